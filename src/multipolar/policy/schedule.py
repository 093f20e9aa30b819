"""Many tariffs at once."""

import csv
import datetime as dt
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multipolar.errors import InputError, did_you_mean
from multipolar.policy.fields import HIGHEST_RATE, HOW
from multipolar.policy.instrument import Instrument
from multipolar.policy.selection import (
    bilateral_cells,
    check_number,
    foreign_cells,
    frozen_selector,
    positions,
    say_what,
    say_who,
)
from multipolar.policy.wedges import How, Layer
from multipolar.world.files import read_text
from multipolar.world.labels import Selector
from multipolar.world.sheets import check_headings, is_workbook, read_sheets, rows_of

if TYPE_CHECKING:
    from multipolar.world import World

Array = NDArray[np.float64]
WANTED = ("importer", "exporter", "sector", "rate")
FROM = "from"  # the column of days, where a table has one


class Row(NamedTuple):
    """One row of a schedule: selectors, the new level as a fraction, its row number in the file."""

    importer: Selector
    exporter: Selector
    sectors: Selector
    rate: float
    number: int = 0

    def __str__(self) -> str:
        what = f"{say_what(self.sectors)} from {say_who(self.exporter)}"
        return f"{say_who(self.importer)} on {what}: {100 * self.rate:g} %"


@dataclass(frozen=True, repr=False, eq=False)
class TariffSchedule(Instrument):
    """Many tariffs at once: an array of levels, or the rows of a CSV.

    `levels` [sector, exporter, importer], fractions, NaN where nothing changes (a labelled array is
    read by its labels); or `rows`. Where two rows cover a cell, the one that covers fewer cells
    counts; two of the same size that disagree are refused. The table as a whole is then set, added
    or scaled as `how` says.
    """

    levels: ArrayLike | None = None
    rows: tuple[Row, ...] | None = None
    how: How = field(default="set", metadata=HOW)
    source: str = "an array"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.levels is None and self.rows is None:
            raise InputError("a schedule needs levels or rows", field="levels")

    @classmethod
    def from_csv(
        cls, path: str | Path, how: How = "set", day: dt.date | None = None
    ) -> "TariffSchedule":
        """Read `importer`, `exporter`, `sector`, `rate` (fraction) from a CSV with a header.

        With a column `from` (YYYY-MM-DD) a row counts from that day until another row about the
        same importer, exporter and sector takes its place; `day` is the day that is asked for
        (None: after all rows). Where no row counts yet, nothing changes.

        Labels are selectors, so a row may name a bloc or "goods", and a semicolon separates the
        words of a list. Lines that begin with # are skipped. Of a workbook (.xlsx) the sheet
        "Schedule" is read, and a row is called by its number there. Raises `InputError` naming
        file, row and field for a missing or repeated column, an unreadable number or day, two rows
        that begin together, or a rate above 10.
        """
        name = str(path)
        header, numbered = _from_sheet(path) if is_workbook(path) else _from_lines(path)
        at = _columns(header, name)
        if not numbered:
            raise InputError("has no rows", file=name)
        if FROM in header:
            numbered = _in_force(numbered, at, header.index(FROM), day, name)
        found = tuple(
            _row([row[k] if k < len(row) else "" for k in at], number, name)
            for number, row in numbered
        )
        return cls(rows=found, how=how, source=name)

    def layers(self, world: "World") -> Iterator[Layer]:
        """One layer of many levels; see `Instrument.layers`."""
        levels = self._rows_as_levels(world) if self.levels is None else self._levels(world)
        cells = np.flatnonzero(np.isfinite(levels) & foreign_cells(world))
        level = levels.ravel()[cells]
        yield Layer("tariff", cells, level, self.how, compound=False, act=self)

    def _levels(self, world: "World") -> Array:
        from multipolar.world.arrays import read_arrays

        given: dict[str, ArrayLike] = {"levels": self.levels if self.levels is not None else ()}
        levels = read_arrays(given, world.countries, world.sectors, "")["levels"]
        told = levels[~np.isnan(levels)]
        for extreme in (told.max(initial=0.0), told.min(initial=0.0)):
            check_number("levels", float(extreme), -1.0, HIGHEST_RATE)
        return levels

    def _rows_as_levels(self, world: "World") -> Array:
        """The rows as one array of levels, NaN where no row sets a level."""
        shape = world.arrays()["tariff"].shape
        levels, width = np.full(math.prod(shape), np.nan), np.full(math.prod(shape), np.inf)
        single, wide = self._by_width(world)
        for row in wide:
            try:
                cells = bilateral_cells(world, row.exporter, row.importer, row.sectors)
            except InputError as error:
                raise self._at(row, error) from None
            rival = (width[cells] == cells.size) & (levels[cells] != row.rate)
            if rival.any():
                raise self._contradicts(row)
            cells = cells[width[cells] > cells.size]
            levels[cells], width[cells] = row.rate, cells.size
        self._lay_single(single, shape, levels, width)
        return levels.reshape(shape)

    def _by_width(self, world: "World") -> tuple[list[tuple[Row, int, int, int]], list[Row]]:
        """Rows about one sector of one pair, with their positions; and all others."""
        find = cache(lambda field, selector: tuple(positions(world, field, selector)))
        single, wide = [], []
        for row in self.rows or ():
            try:
                what, sells, buys = (
                    find("sectors", row.sectors),
                    find("exporter", row.exporter),
                    find("importer", row.importer),
                )
            except InputError:
                wide.append(row)  # laid out like any act: it may be wrong, or need a rule for goods
                continue
            if len(what) == len(sells) == len(buys) == 1 and sells != buys:
                single.append((row, what[0], sells[0], buys[0]))
            else:
                wide.append(row)
        return single, wide

    def _lay_single(
        self,
        single: list[tuple[Row, int, int, int]],
        shape: tuple[int, ...],
        levels: Array,
        width: Array,
    ) -> None:
        if not single:
            return
        where = np.array([at for _, *at in single]).T
        cells = np.ravel_multi_index(tuple(where), shape)
        rates = np.array([row.rate for row, *_ in single])
        before = np.where(width[cells] == 1, levels[cells], rates)
        levels[cells] = rates
        rival = np.flatnonzero((levels[cells] != rates) | (before != rates))
        if rival.size:
            raise self._contradicts(single[int(rival[0])][0])

    def _contradicts(self, row: Row) -> InputError:
        return InputError(
            f"contradicts another row on the same cells ({row})",
            file=self.source,
            field=f"row {row.number}",
            value=row.rate,
        )

    def _at(self, row: Row, error: InputError) -> InputError:
        column = "sector" if error.field == "sectors" else error.field
        return InputError(
            error.reason,
            file=self.source,
            field=f"row {row.number}.{column}",
            value=error.value,
        )

    def __repr__(self) -> str:
        verb = {"set": "sets", "add": "adds", "scale": "scales by"}[self.how]
        return f"a schedule of tariffs from {self.source} {verb} its levels"


def _columns(header: list[str], file: str) -> list[int]:
    """Positions of the wanted columns."""
    for column in WANTED:
        if column not in header:
            raise InputError(
                f"no column of this name (needed: {', '.join(WANTED)})"
                f"{did_you_mean(column, header)}",
                file=file,
                field=column,
            )
        if header.count(column) > 1:
            raise InputError("this column is there more than once", file=file, field=column)
    return [header.index(column) for column in WANTED]


Numbered = list[tuple[int, list[str]]]


def _from_lines(path: str | Path) -> tuple[list[str], Numbered]:
    """Header and rows of a CSV."""
    lines = (line for line in read_text(path).splitlines() if not line.startswith("#"))
    try:
        header, *rows = csv.reader(lines)
    except csv.Error as error:
        raise InputError(f"is not a readable CSV ({error})", file=str(path)) from None
    except ValueError:
        raise InputError("has no rows", file=str(path)) from None
    return header, list(enumerate((row for row in rows if row), 1))


def _from_sheet(path: str | Path) -> tuple[list[str], Numbered]:
    """Header and rows of the sheet "Schedule" of a workbook, cells as text."""
    rows = list(rows_of(read_sheets(path), "Schedule"))
    check_headings(rows, [*WANTED, FROM])
    dated = any(FROM in row.cells for row in rows)
    header = [*WANTED, FROM] if dated else list(WANTED)
    return header, [(r.number, [str(r.cells.get(name, "")) for name in header]) for r in rows]


def _in_force(
    rows: Numbered, at: list[int], dated: int, day: dt.date | None, file: str
) -> Numbered:
    """Of the rows about one importer, exporter and sector the newest that has begun on a day."""
    newest: dict[tuple[str, ...], tuple[dt.date, int, list[str]]] = {}
    for number, row in rows:
        text = row[dated] if dated < len(row) else ""
        try:
            begins = dt.date.fromisoformat(text.strip())
        except ValueError:
            raise InputError(
                f"{text or 'nothing'!r} is not a day such as 2025-04-09",
                file=file, field=f"row {number}, {FROM}",
            ) from None  # fmt: skip
        about = tuple(row[k] if k < len(row) else "" for k in at[:3])
        known = newest.get(about)
        if known and known[0] == begins:
            raise InputError(
                f"begins on the same day as row {known[1]}, about the same",
                file=file, field=f"row {number}, {FROM}",
            )  # fmt: skip
        if (day is None or begins <= day) and (known is None or known[0] < begins):
            newest[about] = (begins, number, row)
    return [(number, row) for _, number, row in newest.values()]


@cache
def _selector(column: str, text: str) -> Selector:
    words = [word.strip() for word in text.split(";") if word.strip()]
    return frozen_selector(column, words[0] if len(words) == 1 else words)


def _row(cells: Iterable[str], number: int, file: str) -> Row:
    importer, exporter, sector, rate = cells
    try:
        level = float(rate) if "_" not in rate else math.nan  # Python reads 1_0 as 10
    except ValueError:
        level = math.nan
    if math.isnan(level):
        raise InputError(
            f"{rate or 'nothing'!r} is not a number", file=file, field=f"row {number}, rate"
        )
    try:
        check_number("rate", level, -1.0, HIGHEST_RATE)
        return Row(
            _selector("importer", importer),
            _selector("exporter", exporter),
            _selector("sectors", sector),
            level,
            number,
        )
    except InputError as error:
        raise error.located(file=file, field=f"row {number}") from None
