"""Labelled results as tidy tables: a row for each label, a column for each quantity, with units."""

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import xarray as xr

from multipolar.errors import InputError, choose
from multipolar.world.files import write_whole

# The tables of a dataset by what a row is of; time comes first on a path.
TABLES: Mapping[str, tuple[str, ...]] = {
    "countries": ("country",),
    "sectors": ("sector", "country"),
    "trade": ("sector", "exporter", "importer"),
}


def tidy(data: xr.Dataset, what: str) -> pd.DataFrame:
    """One of `TABLES` as a data frame: labels in the first columns, then the quantities.

    `attrs["units"]` has the unit of every quantity by column; fractions and million USD, as in the
    dataset. Raises `InputError` for another table.
    """
    if what not in TABLES:
        raise InputError(f"no table {what!r}{choose(what, TABLES)}", field="what", value=what)
    dims = TABLES[what]
    names = [name for name, array in data.items() if set(array.dims) - {"time"} == set(dims)]
    part = data[names].drop_vars([name for name in data.coords if name not in data.dims])
    order = [dim for dim in ("time", *dims) if dim in data.dims]
    frame = part.to_dataframe(dim_order=order).reset_index()
    frame.attrs["units"] = {str(name): data[name].attrs.get("units", "") for name in names}
    return frame


def write_parquet(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a data frame as Parquet, whole or not at all; its units are in the file's metadata."""
    return write_whole(path, lambda draft: frame.to_parquet(draft, index=False))
