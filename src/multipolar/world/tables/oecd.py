"""OECD's Inter-Country Input-Output tables, releases of 2023 and 2025, as distributed.

A csv file a year (`2022_SML.csv`, with China and Mexico split `2022_EXT.csv`), in zip archives of
several years (`2016-2022_SML.zip`). The first row has the labels of the columns, the first column
(`V1`) those of the rows: COUNTRY_SECTOR; then, in the columns, COUNTRY_USE for six final uses and
OUT; then, in the rows, TLS (taxes less subsidies on products), VA (value added) and OUT. Million
USD at current basic prices. Source: OECD, ReadMe_ICIO_small.xlsx and ReadMe_ICIO_extended.xlsx.
"""

import gzip
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError, choose
from multipolar.progress import OnStep, quiet
from multipolar.world.files import is_file
from multipolar.world.labels import older_sectors, sector_names
from multipolar.world.tables.table import IMBALANCE, TINY, Table

Array = NDArray[np.float64]

USES = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")
TAXES, VALUE_ADDED, OUTPUT = "TLS", "VA", "OUT"
PART_OF = {"CN1": "CHN", "CN2": "CHN", "MX1": "MEX", "MX2": "MEX"}
BLOCK = 1 << 24  # bytes that are parsed at once: several hundred rows


def read_oecd(
    path: str | Path,
    year: int | None = None,
    release: str | None = None,
    *,
    tiny: float = TINY,
    imbalance: float = IMBALANCE,
    on_step: OnStep = quiet,
) -> Table:
    """Read one year of OECD's ICIO tables from a csv, csv.gz or zip file.

    `year` is needed where a zip has several. `release` ("2025" or "2023"), if given, must be the
    file's. The parts of China (CN1, CN2) and Mexico (MX1, MX2) of the extended files are added up.
    `tiny` and `imbalance` as for `Table.from_matrices`. Raises `InputError` naming the file and the
    place for a file that is truncated, of another release, or does not balance, and for countries
    without all their rows and columns.
    """
    member = _member(Path(path), year)
    with _opened(member) as stream:
        header = stream.readline().decode("utf-8-sig", errors="replace").rstrip("\r\n")
    columns = [label.strip().strip('"') for label in header.split(",")[1:]]
    layout = _Layout.of(columns, member.shown)
    known = _release(layout.sectors, release, member.shown)
    rows, values = _read_rows(member, columns, on_step)
    return _table(layout, known, rows, values, member, tiny=tiny, imbalance=imbalance)


# --- which file ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Member:
    """A csv file, by itself or inside an archive; `shown` names it in messages."""

    path: Path
    inside: str
    shown: str
    year: int | None


@contextmanager
def _opened(member: _Member) -> Iterator[IO[bytes]]:
    try:
        if member.inside:
            with zipfile.ZipFile(member.path) as archive, archive.open(member.inside) as stream:
                yield stream
        elif member.path.suffix == ".gz":
            with gzip.open(member.path) as stream:
                yield cast(IO[bytes], stream)
        else:
            with member.path.open("rb") as stream:
                yield stream
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        reason = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        raise InputError(reason, file=member.shown) from None


def _member(path: Path, year: int | None) -> _Member:
    if not is_file(path):
        raise InputError("no file of this name", file=str(path))
    if path.suffix.lower() != ".zip":
        return _Member(path, "", str(path), year or _year_in(path.name))
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [name for name in archive.namelist() if name.lower().endswith(".csv")]
    except zipfile.BadZipFile:
        reason = "is not a whole zip archive: unreadable or truncated"
        raise InputError(reason, file=str(path)) from None
    years = {_year_in(Path(name).name): name for name in inside}
    if year is None and len(inside) == 1:
        year = next(iter(years))
    if year not in years:
        listed = ", ".join(str(each) for each in sorted(y for y in years if y))
        asked = "holds several years; say which" if year is None else f"has no table of {year}"
        raise InputError(
            f"{asked} (it has {listed or 'no csv file'})", file=str(path), field="year"
        )
    name = years[year]
    return _Member(path, name, f"{path}: {name}", year)


def _year_in(name: str) -> int | None:
    """The year of the table: the last one in the file's name (ICIO2023_2020.csv is of 2020)."""
    found = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", name)
    return int(found[-1]) if found else None


# --- what its labels say -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Layout:
    """Where everything is: places of the columns, and the labels in their order."""

    countries: tuple[str, ...]  # with the parts of split countries
    sectors: tuple[str, ...]
    uses: tuple[str, ...]
    producers: tuple[str, ...]  # COUNTRY_SECTOR, country by country
    at: dict[str, int]  # label -> column

    @classmethod
    def of(cls, columns: Sequence[str], shown: str) -> "_Layout":
        """The layout that the labels of the columns mean; `InputError` for gaps in it."""
        at = {label: k for k, label in enumerate(columns)}
        if len(at) < len(columns):
            twice = next(label for k, label in enumerate(columns) if at[label] != k)
            raise InputError(f"column {twice!r} occurs twice", file=shown, field="header")
        if OUTPUT not in at:
            raise InputError(
                f"has no column {OUTPUT!r}: it is no ICIO table of 2023 or 2025, or its first line "
                "is cut",
                file=shown,
                field="header",
            )
        pairs = [label.split("_", 1) for label in columns if label != OUTPUT]
        odd = next((pair[0] for pair in pairs if len(pair) < 2), None)
        if odd is not None:
            reason = f"column {odd!r} is not COUNTRY_SECTOR or COUNTRY_USE"
            raise InputError(reason, file=shown, field="header")
        uses = tuple(use for use in USES if any(second == use for _, second in pairs))
        made = [(country, second) for country, second in pairs if second not in USES]
        countries, sectors = (tuple(dict.fromkeys(pair[k] for pair in made)) for k in (0, 1))
        producers = tuple(f"{country}_{sector}" for country in countries for sector in sectors)
        whole = dict.fromkeys(PART_OF.get(country, country) for country in countries)
        buyers = tuple(f"{country}_{use}" for country in whole for use in uses)
        absent = [label for label in (*producers, *buyers) if label not in at]
        if absent or not uses:
            what = absent[0] if absent else f"COUNTRY_{USES[0]}"
            raise InputError(
                f"has no column {what!r} ({max(len(absent), 1)} columns are missing)",
                file=shown,
                field="header",
            )
        return cls(countries, sectors, uses, producers, at)


def _release(sectors: Sequence[str], asked: str | None, shown: str) -> str:
    """The release whose sectors these are: "2025" or "2023"."""
    newer = set(sector_names())
    older = newer - {part for parts in older_sectors().values() for part in parts}
    older |= set(older_sectors())
    fitting = [
        name for name, codes in (("2025", newer), ("2023", older)) if codes.issuperset(sectors)
    ]
    if asked is not None and asked not in ("2025", "2023"):
        raise InputError(f"no release {asked!r}{choose(asked, ('2025', '2023'))}", field="release")
    if not fitting:
        strange = next(code for code in sectors if code not in newer | older)
        raise InputError(
            f"is of another release than 2023 and 2025: no sector {strange!r} there",
            file=shown,
            field="release",
        )
    if asked is not None and asked not in fitting:
        reason = f"is of the release of {fitting[0]}, not of {asked}"
        raise InputError(reason, file=shown, field="release")
    return asked or fitting[0]


# --- its numbers ---------------------------------------------------------------------------------


def _read_rows(member: _Member, columns: Sequence[str], on_step: OnStep) -> tuple[list[str], Array]:
    """Labels and numbers of all rows; an empty cell is NaN."""
    import pyarrow as pa
    from pyarrow import csv

    names = ["V1", *columns]
    how = {"column_types": dict.fromkeys(columns, pa.float64()) | {"V1": pa.string()}}
    labels: list[str] = []
    values = np.empty((len(columns) + 3, len(columns)))
    expected = sum(label.split("_", 1)[-1] not in (*USES, OUTPUT) for label in columns) + 3
    with _opened(member) as stream:
        try:
            batches = csv.open_csv(
                pa.PythonFile(stream, mode="r"),
                csv.ReadOptions(
                    column_names=names, skip_rows=1, block_size=BLOCK, use_threads=True
                ),
                convert_options=csv.ConvertOptions(**how),
            )
            for batch in batches:
                first, last = len(labels), len(labels) + batch.num_rows
                if last > len(values):
                    reason = f"has more rows than columns ({last} so far)"
                    raise InputError(reason, file=member.shown)
                labels += batch.column(0).to_pylist()
                for k in range(len(columns)):
                    values[first:last, k] = batch.column(k + 1).to_numpy(zero_copy_only=False)
                on_step(f"reading {member.path.name}", last, expected)
        except pa.ArrowInvalid as error:
            raise InputError(_reason(str(error), names, labels), file=member.shown) from None
    return labels, values[: len(labels)]


def _reason(text: str, names: Sequence[str], labels: Sequence[str]) -> str:
    """One line for an error of the parser; `labels` are the rows before its block."""
    after = f" after row {labels[-1]}" if labels else ""
    count = re.search(r"Expected (\d+) columns, got (\d+)", text)
    if count:
        short = re.search(r"Row #(\d+)", text)
        where = f"line {short[1]}" if short else f"a line{after}"
        return f"{where} has {count[2]} entries instead of {count[1]}; the file is truncated?"
    place = re.search(r"column #(\d+).*invalid value '([^']*)'", text, re.DOTALL)
    if place:
        column = names[int(place[1])]
        return f"{place[2]!r} is not a number, in column {column}{after}"
    if "Empty CSV" in text:
        return "has no rows after its header; the file is truncated?"
    return f"is not a readable csv table ({text.splitlines()[0][:120]})"


def _table(
    layout: _Layout,
    release: str,
    rows: Sequence[str],
    values: Array,
    member: _Member,
    **how: float,
) -> Table:
    """The numbers under their labels, in the order of the columns; parts of countries added up."""
    place = _places(layout, rows, member.shown)
    countries = tuple(dict.fromkeys(PART_OF.get(code, code) for code in layout.countries))
    order = [place[label] for label in layout.producers]
    made = [layout.at[label] for label in layout.producers]
    bought = [layout.at[f"{country}_{use}"] for country in countries for use in layout.uses]
    whole = values[order]
    inputs, final, sold = whole[:, made], whole[:, bought], whole[:, layout.at[OUTPUT]]
    taxes, earned = (values[place[row]][made] for row in (TAXES, VALUE_ADDED))
    cost = inputs.sum(axis=0) + np.nan_to_num(taxes) + earned
    if countries != layout.countries:
        into = np.array([countries.index(PART_OF.get(code, code)) for code in layout.countries])
        inputs = _added(_added(inputs, into, len(countries)).T, into, len(countries)).T
        final, sold, cost = (_added(part, into, len(countries)) for part in (final, sold, cost))
    return Table.from_matrices(
        countries,
        layout.sectors,
        layout.uses,
        inputs=np.ascontiguousarray(inputs),
        final=final,
        output=sold,
        cost=cost,
        name=" ".join(filter(None, ("OECD ICIO", str(member.year or "")))) + f", release {release}",
        year=member.year,
        source=member.shown,
        **how,
    )


def _places(layout: _Layout, rows: Sequence[str], shown: str) -> dict[str, int]:
    """Where each row is; `InputError` if one is missing."""
    place = {label: k for k, label in enumerate(rows)}
    wanted = (*layout.producers, TAXES, VALUE_ADDED, OUTPUT)
    absent = [label for label in wanted if label not in place]
    if absent:
        last = f"ends with row {rows[-1]}" if rows else "has no rows"
        raise InputError(
            f"{last} and lacks {len(absent)} of {len(wanted)} rows, the first {absent[0]}; "
            "the file is truncated?",
            file=shown,
        )
    return place


def _added(block: Array, into: NDArray[np.int64], count: int) -> Array:
    """Rows, country by country, added up into `count` countries."""
    by_country = block.reshape(len(into), -1)
    merged = np.zeros((count, by_country.shape[1]))
    np.add.at(merged, into, by_country)
    return merged.reshape(-1, *block.shape[1:])
