"""Many trade costs at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multipolar.policy.fields import HIGHEST_RATE, HOW
from multipolar.policy.instrument import Instrument
from multipolar.policy.selection import check_number, foreign_cells
from multipolar.policy.wedges import How, Layer

if TYPE_CHECKING:
    from multipolar.world import World


@dataclass(frozen=True, repr=False, eq=False)
class TradeCosts(Instrument):
    """Many changes of iceberg trade costs at once, from an array: 0.1 = 10 % more to ship.

    `levels` [sector, exporter, importer], fractions, NaN where nothing changes (a labelled array is
    read by its labels). Cells combine with other acts as those of `TradeCost`.
    """

    levels: ArrayLike
    how: How = field(default="add", metadata=HOW)
    source: str = "an array"

    def layers(self, world: "World") -> Iterator[Layer]:
        """One layer of many levels; see `Instrument.layers`."""
        from multipolar.world.arrays import read_arrays

        levels: NDArray[np.float64] = read_arrays(
            {"levels": self.levels}, world.countries, world.sectors, ""
        )["levels"]
        told = levels[~np.isnan(levels)]
        for extreme in (told.max(initial=0.0), told.min(initial=0.0)):
            check_number("levels", float(extreme), -1.0, HIGHEST_RATE)
        cells = np.flatnonzero(np.isfinite(levels) & foreign_cells(world))
        yield Layer("trade_cost", cells, levels.ravel()[cells], self.how, compound=True, act=self)

    def __repr__(self) -> str:
        verb = {"set": "sets", "add": "adds", "scale": "scales by"}[self.how]
        return f"a schedule of trade costs from {self.source} {verb} its levels"
