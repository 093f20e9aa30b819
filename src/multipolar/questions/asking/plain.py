"""Results as plain data, for JSON: tables as rows, arrays by label, None if there is no number."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr


def plain(found: Any) -> Any:
    """Turn dataclasses, data frames, labelled arrays and numbers into JSON's types.

    A data frame becomes a list of rows, each beginning with its named index; a labelled array
    becomes nested tables by label.
    """
    if isinstance(found, np.generic):
        found = found.item()
    if isinstance(found, float):
        return found if np.isfinite(found) else None
    if found is None or isinstance(found, bool | int | str):
        return found
    if isinstance(found, pd.DataFrame | pd.Series | xr.DataArray | xr.Dataset):
        return _table(found)
    if isinstance(found, Mapping):
        return {str(key): plain(value) for key, value in found.items()}
    return _other(found)


def _other(found: Any) -> Any:
    """Sequences, dataclasses, dates; anything else as text."""
    if isinstance(found, list | tuple | set | frozenset | np.ndarray):
        return [plain(value) for value in found]
    if dataclasses.is_dataclass(found):
        names = [field.name for field in dataclasses.fields(found) if field.repr]
        return {name: plain(getattr(found, name)) for name in names}
    return found.isoformat() if isinstance(found, dt.date) else str(found)


def _table(found: Any) -> Any:
    """Rows of a data frame, entries of a series, labelled arrays by label."""
    if isinstance(found, pd.DataFrame):
        named = found.reset_index() if any(found.index.names) else found
        return [plain(row) for row in named.to_dict("records")]
    if isinstance(found, pd.Series):
        return plain(found.to_dict())
    if isinstance(found, xr.Dataset):
        return {str(name): _by_label(array) for name, array in found.items()}
    return _by_label(found)


def _by_label(array: xr.DataArray) -> Any:
    """Nested tables, the first dimension outside."""
    labels = [
        array[dim].to_numpy().tolist() if dim in array.coords else range(array.sizes[dim])
        for dim in array.dims
    ]
    values = array.to_numpy()
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        values = values.astype(object)
        values[~finite] = None
    return _nested(values.tolist(), labels)


def _nested(values: Any, labels: Sequence[Iterable[Any]]) -> Any:
    if not labels:
        return values
    first, *inner = labels
    return {str(k): _nested(each, inner) for k, each in zip(first, values, strict=True)}
