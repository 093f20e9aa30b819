"""Many tariffs at once."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multipolar.errors import InputError, did_you_mean
from multipolar.policy.acts import Tariff
from multipolar.policy.fields import HIGHEST_RATE, HOW
from multipolar.policy.instrument import Instrument
from multipolar.policy.selection import (
    bilateral_cells,
    check_number,
    foreign_cells,
)
from multipolar.policy.wedges import How, Layer
from multipolar.world.labels import Selector

if TYPE_CHECKING:
    from multipolar.world import World

Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class TariffSchedule(Instrument):
    """Many tariffs at once: an array of levels, or the rows of a CSV.

    `levels` [sector, exporter, importer], fractions, NaN where nothing changes; or `rows`, each a
    tariff of its own. Of two rows on a cell the one that covers fewer cells counts; two of the same
    size that disagree are refused. The table as a whole is then set, added or scaled as `how` says.
    """

    levels: ArrayLike | None = None
    rows: tuple[Tariff, ...] = ()
    how: How = field(default="set", metadata=HOW)
    source: str = "an array"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.levels is None and not self.rows:
            raise InputError("a schedule needs levels or rows", field="levels")

    @classmethod
    def from_csv(cls, path: str | Path, how: How = "set") -> "TariffSchedule":
        """Read `importer`, `exporter`, `sector`, `rate` (fraction) from a CSV with a header.

        Labels are selectors, so a row may name a bloc or "goods", and a semicolon separates the
        words of a list. Lines that begin with # are skipped. Raises `InputError` naming file, row
        and field for a missing column, an unreadable number or a rate above 10.
        """
        name = str(path)
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot be read ({error})", file=name) from None
        reader = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
        wanted = ("importer", "exporter", "sector", "rate")
        for column in wanted:
            if column not in (reader.fieldnames or ()):
                hint = did_you_mean(column, reader.fieldnames or ())
                raise InputError(
                    f"no column of this name (needed: {', '.join(wanted)}){hint}",
                    file=name,
                    field=column,
                )
        rows = tuple(_row(row, f"row {k}", name) for k, row in enumerate(reader, start=1))
        if not rows:
            raise InputError("has no rows", file=name)
        return cls(rows=rows, how=how, source=name)

    def layers(self, world: "World") -> Iterator[Layer]:
        """One layer of many levels; see `Instrument.layers`."""
        levels = self._table(world) if self.levels is None else np.asarray(self.levels, dtype=float)
        if levels.shape != world.tariff.shape:
            raise InputError(
                f"has shape {levels.shape}; {world.tariff.shape} is needed "
                "(sector, exporter, importer)",
                field="levels",
            )
        given = levels[~np.isnan(levels)]
        for extreme in (given.max(initial=0.0), given.min(initial=0.0)):
            check_number("levels", float(extreme), -1.0, HIGHEST_RATE)
        cells = np.flatnonzero(np.isfinite(levels) & foreign_cells(world))
        level = levels.ravel()[cells]
        yield Layer("tariff", cells, level, self.how, compound=False, act=self)

    def _table(self, world: "World") -> Array:
        """The rows as one array of levels, NaN where no row speaks."""
        levels, width = np.full(world.tariff.size, np.nan), np.full(world.tariff.size, np.inf)
        for number, row in enumerate(self.rows, start=1):
            try:
                cells = bilateral_cells(world, row.exporter, row.importer, row.sectors)
            except InputError as error:
                column = "sector" if error.field == "sectors" else error.field
                raise InputError(
                    error.reason,
                    file=self.source,
                    field=f"row {number}.{column}",
                    value=error.value,
                ) from None
            rival = (width[cells] == cells.size) & (levels[cells] != row.rate)
            if rival.any():
                raise InputError(
                    f"contradicts an earlier row on the same cells ({row!r})",
                    file=self.source,
                    field=f"row {number}",
                    value=row.rate,
                )
            cells = cells[width[cells] > cells.size]
            levels[cells], width[cells] = row.rate, cells.size
        return levels.reshape(world.tariff.shape)

    def __repr__(self) -> str:
        verb = {"set": "sets", "add": "adds", "scale": "scales by"}[self.how]
        return f"a schedule of tariffs from {self.source} {verb} its levels"


def _row(row: dict[str, str | None], place: str, file: str) -> Tariff:
    def selector(name: str) -> Selector:
        words = [word.strip() for word in (row[name] or "").split(";") if word.strip()]
        return words[0] if len(words) == 1 else words

    try:
        rate = float(row["rate"] or "")
    except ValueError:
        raise InputError(
            f"{row['rate'] or 'nothing'!r} is not a number", file=file, field=f"{place}, rate"
        ) from None
    try:
        return Tariff(selector("importer"), selector("exporter"), selector("sector"), rate=rate)
    except InputError as error:
        raise error.located(file=file, field=place) from None
