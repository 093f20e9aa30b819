"""Table: an inter-country input-output table as published, before anything is balanced.

Rows and columns of the published matrices run over pairs (country, sector), country by country.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.world.naming import check_labels

Array = NDArray[np.float64]

TINY = 1e-6  # million USD: one dollar a year
IMBALANCE = 0.01  # of a row's total: published tables miss theirs by up to this, or are wrong
SMALLEST = 10.0  # million USD: gaps are measured against at least this
EXAMPLES = 3


@dataclass(frozen=True, eq=False)
class Table:
    """An inter-country input-output table, million USD a year at basic prices.

    `intermediate_sales` [sector, exporter, importer] is summed over the sectors that buy,
    `intermediate_use` [input, sector, country] over the exporters that sell; both without negative
    and tiny entries, which `negative` and `tiny` count and add up (cells, million USD).
    `final_sales` [use, sector, exporter, importer] is as published, changes of inventories below
    zero included. `output` [sector, country] is the published total of each row; `row_gap` is by
    how much the published entries miss it. Make one with `from_matrices`.
    """

    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    uses: tuple[str, ...]
    intermediate_sales: Array
    intermediate_use: Array
    final_sales: Array
    output: Array
    row_gap: Array
    negative: tuple[int, float]
    tiny: tuple[int, float]
    name: str = ""
    year: int | None = None
    source: str = ""

    @classmethod
    def from_matrices(
        cls,
        countries: Sequence[str],
        sectors: Sequence[str],
        uses: Sequence[str],
        *,
        inputs: Array,
        final: Array,
        output: Array | None = None,
        cost: Array | None = None,
        tiny: float = TINY,
        imbalance: float = IMBALANCE,
        name: str = "",
        year: int | None = None,
        source: str = "",
    ) -> "Table":
        """A table from its matrices; `inputs` may be changed in place.

        `inputs` [country x sector, country x sector] and `final` [country x sector, country x use];
        `output` [country x sector], published totals of the rows (default: what they add up to);
        `cost` [country x sector], published totals of the columns: inputs, taxes, value added.
        Raises `InputError` for labels that cannot be, numbers that are not finite, and rows or
        columns that miss their totals by more than `imbalance`.
        """
        check_labels(countries, "country", source)
        check_labels(sectors, "sector", source)
        rows = [f"{country}_{sector}" for country in countries for sector in sectors]
        n, j, u = len(countries), len(sectors), len(uses)
        _refuse_missing(inputs, rows, source)
        _refuse_missing(final, rows, source)
        sold = inputs.sum(axis=1) + final.sum(axis=1)
        total = sold if output is None else output
        _refuse_imbalance("row", rows, sold, total, imbalance, source)
        if cost is not None:
            _refuse_imbalance("column", rows, cost, total, imbalance, source)
        negative = _zeroed(inputs, inputs < 0)
        small = _zeroed(inputs, (inputs > 0) & (inputs < tiny))
        blocks = inputs.reshape(n, j, n, j)
        return cls(
            countries=tuple(countries),
            sectors=tuple(sectors),
            uses=tuple(uses),
            intermediate_sales=np.ascontiguousarray(blocks.sum(axis=3).transpose(1, 0, 2)),
            intermediate_use=np.ascontiguousarray(blocks.sum(axis=0).transpose(0, 2, 1)),
            final_sales=np.ascontiguousarray(final.reshape(n, j, n, u).transpose(3, 1, 0, 2)),
            output=np.ascontiguousarray(total.reshape(n, j).T),
            row_gap=np.ascontiguousarray((sold - total).reshape(n, j).T),
            negative=negative,
            tiny=small,
            name=name,
            year=year,
            source=source,
        )

    def __repr__(self) -> str:
        size = f"{len(self.countries)} countries x {len(self.sectors)} sectors"
        return f"<Table {self.name or self.source}: {size}, uses {', '.join(self.uses)}>"


def _zeroed(flows: Array, where: NDArray[np.bool_]) -> tuple[int, float]:
    """Set entries to zero; how many they were, and their sum."""
    cells, value = int(where.sum()), float(flows[where].sum())
    flows[where] = 0.0
    return cells, value


def _refuse_missing(block: Array, rows: Sequence[str], source: str) -> None:
    bad = ~np.isfinite(block)
    if bad.any():
        row = rows[int(bad.any(axis=1).argmax())]
        raise InputError(
            f"{int(bad.sum())} entries are empty or not numbers, the first in row {row}",
            file=source,
        )


def _refuse_imbalance(
    kind: str, rows: Sequence[str], found: Array, total: Array, imbalance: float, source: str
) -> None:
    """Refuse rows or columns whose entries miss the published total by more than `imbalance`."""
    gap = np.abs(found - total) / np.maximum(np.abs(total), SMALLEST)
    bad = np.nonzero(~(gap <= imbalance))[0]
    if not bad.size:
        return
    worst = int(bad[np.argmax(gap[bad])])
    others = [rows[int(k)] for k in bad if k != worst][:EXAMPLES]
    also = f"; so do {bad.size - 1} more, such as {', '.join(others)}" if others else ""
    raise InputError(
        f"{kind} {rows[worst]} adds up to {found[worst]:,.1f} million USD, but its published total "
        f"is {total[worst]:,.1f}{also} (imbalance {2 * gap[worst]:.2g} would allow it)",
        file=source,
        field="OUT",
    )
