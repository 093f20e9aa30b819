"""Arrays that make a world: what is accepted, under which labels, and how it is laid out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from multipolar.errors import InputError
from multipolar.world.naming import check_labels

Array = NDArray[np.float64]
Labels = Sequence[str]

DIMS: dict[str, tuple[str, ...]] = {
    "expenditure_share": ("sector", "exporter", "importer"),
    "expenditure": ("sector", "importer"),
    "input_share": ("input", "sector", "country"),
    "value_added_share": ("sector", "country"),
    "consumption_share": ("sector", "country"),
    "value_added": ("country",),
    "transfer": ("country",),
    "tariff": ("sector", "exporter", "importer"),
    "trade_elasticity": ("sector",),
}
OTHER_DIMS = {
    "sales": DIMS["tariff"],
    "levels": DIMS["tariff"],
    "intermediate_use": DIMS["input_share"],
}
SAME_LABELS = {"exporter": "country", "importer": "country", "input": "sector"}

UNITS = {
    "expenditure": "million USD a year, at the prices the importer pays",
    "value_added": "million USD a year",
    "transfer": "million USD a year, positive = deficit",
    "tariff": "ad valorem fraction",
    "trade_elasticity": "1",
}
LONG_NAMES = {
    "expenditure_share": "share of the importer's spending on a sector that goes to the exporter",
    "expenditure": "spending of the importer on a sector, tariff included",
    "input_share": "share of an input in a sector's spending on inputs",
    "value_added_share": "value added over output",
    "consumption_share": "share of a sector in final spending",
    "value_added": "value added",
    "transfer": "transfers received from abroad",
    "tariff": "benchmark tariff",
    "trade_elasticity": "trade elasticity, in values before tariff",
}


def described(name: str) -> dict[str, str]:
    """Unit and long name of one of the arrays of `DIMS`."""
    return {"units": UNITS.get(name, "fraction"), "long_name": LONG_NAMES[name]}


def read_arrays(
    given: Mapping[str, ArrayLike], countries: Labels, sectors: Labels, name: str
) -> dict[str, Array]:
    """The arrays as plain float64 ones, in the orders of `DIMS`, checked against the labels.

    An array with names (xarray, pandas) counts by them: dims in another order are put in order,
    other dims and other labels are refused. Raises `InputError` for impossible labels, for anything
    but real numbers (masked cells too), and for shapes that do not fit.
    """
    check_labels(countries, "country", name)
    check_labels(sectors, "sector", name)
    labels = {"country": list(countries), "sector": list(sectors)}
    labels |= {dim: labels[same] for dim, same in SAME_LABELS.items()}
    return {
        field: _read(array, field, {dim: labels[dim] for dim in _dims(field)}, name)
        for field, array in given.items()
    }


def _dims(field: str) -> tuple[str, ...]:
    return OTHER_DIMS.get(field) or DIMS[field]


def _read(array: ArrayLike, field: str, axes: Mapping[str, list[str]], name: str) -> Array:
    order = ", ".join(axes)
    if isinstance(array, xr.DataArray):
        if set(array.dims) != set(axes):
            raise InputError(f"has dims {array.dims}; {order} are needed", file=name, field=field)
        array = array.transpose(*axes)
        named = {str(dim): list(array[dim].values) for dim in array.dims if dim in array.coords}
    elif isinstance(array, pd.DataFrame | pd.Series):
        named = {
            dim: list(index)
            for dim, index in zip(axes, array.axes, strict=False)
            if not isinstance(index, pd.RangeIndex)
        }
    else:
        named = {}
    for dim, found in named.items():
        if found != axes[dim]:
            raise InputError(
                f"the labels of its {dim} are not those of the world, or not in the same order "
                f"({', '.join(map(str, found[:3]))}...); reorder it first",
                file=name,
                field=field,
            )
    numbers = _numbers(array, field, name)
    shape = tuple(len(labels) for labels in axes.values())
    if numbers.shape != shape:
        reason = f"has shape {numbers.shape}; {shape} is needed ({order})"
        raise InputError(reason, file=name, field=field)
    return numbers


def _numbers(array: Any, field: str, name: str) -> Array:
    if np.ma.is_masked(array):
        raise InputError("has masked cells; fill them", file=name, field=field)
    try:
        plain = np.asarray(array)
        if plain.dtype.kind not in "biufO":
            raise TypeError(f"dtype {plain.dtype}")
        return np.array(plain, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"does not hold real numbers ({error})", file=name, field=field) from None


def dataset(
    values: Mapping[str, Array], countries: Labels, sectors: Labels, name: str, year: int | None
) -> xr.Dataset:
    """The arrays of `DIMS` under their labels, with units."""
    country, sector = list(countries), list(sectors)
    labels = {
        "sector": sector, "input": sector,
        "exporter": country, "importer": country, "country": country,
    }  # fmt: skip
    attrs: dict[str, Any] = {"name": name} | ({} if year is None else {"year": year})
    arrays = {
        key: xr.DataArray(np.array(values[key]), dims=dims, attrs=described(key))
        for key, dims in DIMS.items()
    }
    return xr.Dataset(arrays, coords=labels, attrs=attrs)


def in_order(data: xr.Dataset) -> xr.Dataset:
    """A dataset with its variables in the orders of `DIMS`, as float64.

    Raises `InputError` for anything that is not a world: a missing variable, other dims, no
    numbers, labels that are impossible or differ between axes.
    """
    if not isinstance(data, xr.Dataset):
        raise InputError(f"{data!r} is not a dataset", field="data", value=data)
    for name, dims in DIMS.items():
        if name not in data:
            raise InputError(f"is not a world: no variable {name!r}")
        if set(data[name].dims) != set(dims):
            raise InputError(f"has dims {tuple(data[name].dims)}; {dims} are needed", field=name)
        if data[name].dtype.kind != "f":
            raise InputError("does not hold numbers", field=name)
    _check_axes(data)
    return data.assign(
        {name: data[name].transpose(*dims).astype(np.float64, copy=False)
         .assign_attrs(described(name)) for name, dims in DIMS.items()}
    )  # fmt: skip


def _check_axes(data: xr.Dataset) -> None:
    """Every axis carries the same countries, or the same sectors, in the same order."""
    for axis, kind in SAME_LABELS.items():
        for name in (axis, kind):
            if name not in data.coords:
                raise InputError("has no labels", field=name)
        if not np.array_equal(data[axis].values, data[kind].values):
            raise InputError(f"labels differ from those of {kind!r}", field=axis)
    for kind in ("country", "sector"):
        check_labels(data[kind].values.tolist(), kind)
