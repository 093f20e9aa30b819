"""Any table in long form: a CSV of one flow a row, or a labelled dataset (xarray, NetCDF)."""

from collections.abc import Hashable
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from multipolar.errors import InputError, did_you_mean
from multipolar.progress import OnStep, quiet
from multipolar.world.files import is_file
from multipolar.world.tables.table import IMBALANCE, TINY, Table

COLUMNS = ("exporter", "sector", "importer", "use", "value")
INPUTS = ("input", "exporter", "sector", "importer")
FINAL = ("use", "sector", "exporter", "importer")


def read_long(
    path: str | Path,
    year: int | None = None,
    *,
    tiny: float = TINY,
    imbalance: float = IMBALANCE,
    name: str = "",
    on_step: OnStep = quiet,
) -> Table:
    """Read a CSV with the columns exporter, sector, importer, use, value (million USD).

    One flow a row: what the exporter's sector sells to the importer for a use. A `use` that is also
    in the column `sector` is a purchase by firms of that sector; any other is a final use, such as
    "consumption". Rows about one flow are added up; flows without a row are zero. Raises
    `InputError` naming file, row and column.
    """
    import pyarrow as pa
    from pyarrow import csv

    if not is_file(path):
        raise InputError("no file of this name", file=str(path))
    on_step(f"reading {Path(path).name}")
    types = dict.fromkeys(COLUMNS[:4], pa.dictionary(pa.int32(), pa.string()))
    options = csv.ConvertOptions(
        column_types=types | {"value": pa.float64()}, strings_can_be_null=True
    )
    try:
        frame = csv.read_csv(
            path, csv.ReadOptions(use_threads=False), convert_options=options
        ).to_pandas()
    except (OSError, pa.ArrowInvalid) as error:
        reason = f"is not a readable CSV ({str(error).splitlines()[0][:120]})"
        raise InputError(reason, file=str(path)) from None
    for column in COLUMNS:
        if column not in frame:
            hint = did_you_mean(column, map(str, frame.columns))
            raise InputError(f"no column {column!r}{hint}", file=str(path))
        empty = frame[column].isna()
        if empty.any():
            row = int(empty.to_numpy().argmax()) + 2
            raise InputError("has an empty cell", file=str(path), field=f"line {row}: {column}")
    title = name or Path(path).stem
    return _table(frame, title, year=year, source=str(path), tiny=tiny, imbalance=imbalance)


def _table(
    frame: pd.DataFrame,
    name: str,
    *,
    year: int | None,
    source: str,
    tiny: float,
    imbalance: float,
) -> Table:
    sectors = list(dict.fromkeys(frame["sector"]))
    countries = list(dict.fromkeys([*frame["exporter"], *frame["importer"]]))
    uses = [use for use in dict.fromkeys(frame["use"]) if use not in sectors]
    if not uses:
        raise InputError(
            "has no final use: every value of the column is also a sector", file=source, field="use"
        )

    def place(column: str, labels: list[str]) -> np.ndarray:
        return np.asarray(frame[column].astype(object).map({k: i for i, k in enumerate(labels)}))

    n, j, u = len(countries), len(sectors), len(uses)
    row = place("exporter", countries) * j + place("sector", sectors)
    buyer, use = place("importer", countries), place("use", [*sectors, *uses]).astype(int)
    value, by_firms = frame["value"].to_numpy(dtype=float), use < j
    inputs, final = np.zeros((n * j, n * j)), np.zeros((n * j, n * u))
    for block, here, column in (
        (inputs, by_firms, buyer * j + use),
        (final, ~by_firms, buyer * u + use - j),
    ):
        np.add.at(block, (row[here].astype(int), column[here].astype(int)), value[here])
    return Table.from_matrices(
        countries,
        sectors,
        uses,
        inputs=inputs,
        final=final,
        tiny=tiny,
        imbalance=imbalance,
        name=name,
        year=year,
        source=source,
    )


def from_dataset(
    data: xr.Dataset, *, tiny: float = TINY, imbalance: float = IMBALANCE, source: str = ""
) -> Table:
    """A table from a dataset of `inputs` and `final`, million USD at basic prices.

    `inputs` has the dims (input, exporter, sector, importer): what the importer's sector buys of
    an input from the exporter. `final` has the dims (use, sector, exporter, importer). Any order of
    the dims; `input` and `sector`, `exporter` and `importer` carry the same labels in the same
    order. Attributes `name` and `year` are kept. Raises `InputError`.
    """
    for variable, dims in (("inputs", INPUTS), ("final", FINAL)):
        if variable not in data:
            raise InputError(f"has no variable {variable!r}", file=source)
        if set(data[variable].dims) != set(dims):
            reason = f"has dims {data[variable].dims}; {', '.join(dims)} are needed"
            raise InputError(reason, file=source, field=variable)
    countries, sectors, uses = (_labels(data, dim, source) for dim in ("exporter", "sector", "use"))
    if _labels(data, "importer", source) != countries or _labels(data, "input", source) != sectors:
        raise InputError(
            "exporter and importer, or input and sector, have different labels", file=source
        )
    n, j, u = len(countries), len(sectors), len(uses)
    inputs = data["inputs"].transpose("exporter", "input", "importer", "sector")
    final = data["final"].transpose("exporter", "sector", "importer", "use")
    year = data.attrs.get("year")
    return Table.from_matrices(
        countries,
        sectors,
        uses,
        inputs=np.array(inputs.values, dtype=float).reshape(n * j, n * j),
        final=np.array(final.values, dtype=float).reshape(n * j, n * u),
        tiny=tiny,
        imbalance=imbalance,
        name=str(data.attrs.get("name", "")),
        year=None if year is None else int(year),
        source=source,
    )


def _labels(data: xr.Dataset, dim: Hashable, source: str) -> list[str]:
    if dim not in data.coords:
        raise InputError("has no labels", file=source, field=str(dim))
    return [str(label) for label in data[dim].values]
