"""Two hegemons bid for third countries: the terms, and what they are worth to each country.

A hegemon offers a third country relief from its own tariff if that country raises its tariff on
the rival's goods to a stated level; the rival retaliates with a tariff on the third country's
goods.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.model import Case
from multipolar.model.nearby import Move
from multipolar.world import World

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

HARSHEST = 10.0  # largest retaliation tried, 1,000 points; if this does not deter, nothing does
SAME = 1e-9  # difference of log real incomes that the accuracy of two solves may make


@dataclass(frozen=True)
class Terms:
    """What is on the table; all fractions.

    `demand`: the tariff on the rival's goods that is asked for (cells that are already higher
    stay); `offer`: the share of the hegemon's tariff that is taken away; `retaliation`: what the
    rival adds to its tariff, or "optimal": the retaliation that then serves the rival best.
    """

    hegemon: str
    rival: str
    demand: float
    offer: float = 1.0
    retaliation: float | Literal["optimal"] = 0.25

    def __post_init__(self) -> None:
        within_bounds("demand", self.demand, 0.0, 10.0)
        within_bounds("offer", self.offer, 0.0, 1.0)
        if self.retaliation != "optimal":
            within_bounds("retaliation", self.retaliation, 0.0, HARSHEST)


class Offer(NamedTuple):
    """What one third country is told; fractions. `demand` None: nothing is asked of it."""

    demand: float | None
    relief: float
    retaliation: float


class Bargain:
    """One hegemon and one rival bid for third countries, starting from the policy of a case."""

    def __init__(self, case: Case, hegemon: str, rival: str) -> None:
        self.world = world = case.world
        self.hegemon, self.rival = world.pick_countries(hegemon), world.pick_countries(rival)
        if set(self.hegemon) & set(self.rival):
            raise InputError(f"{hegemon} cannot be its own rival", field="rival", value=rival)
        self.today = case.model
        self._goods = world.pick_goods()
        self._tariff = np.asarray(self.today.levers.tariff)
        self._flow = np.asarray(self.today.found().trade)

    def thirds_of(self, selector: str | Sequence[str]) -> list[int]:
        """The countries of a selector on neither side; raises `InputError` if none is left."""
        two = {*self.hegemon, *self.rival}
        left = [k for k in self.world.pick_countries(selector) if k not in two]
        if not left:
            raise InputError("no third country among these", field="thirds", value=selector)
        return left

    def cells(self, exporters: Sequence[int], importers: Sequence[int]) -> Indices:
        """The flat cells of goods from some exporters to some importers."""
        return np.ravel_multi_index(
            np.ix_(self._goods, list(exporters), list(importers)), self._tariff.shape
        ).ravel()

    def tariff(self, exporters: Sequence[int], importers: Sequence[int]) -> float:
        """Today's mean tariff, weighted by the benchmark's trade as `TariffPlay.table` does."""
        at = self.cells(exporters, importers)
        rate, trade = self._tariff.ravel()[at], self.world.trade.values.ravel()[at]
        return float(trade @ rate / trade.sum()) if trade.sum() > 0 else 0.0

    def moved(self, thirds: Sequence[int], offer: "Offer") -> Move:
        """The tariffs that change, cells and rates, if these third countries have agreed."""
        cells, rates = [np.empty(0, dtype=np.intp)], [np.empty(0)]
        level = self._tariff.ravel()
        for k in thirds:
            asked, relief, reply = (
                self.cells(self.rival, [k]), self.cells([k], self.hegemon),
                self.cells([k], self.rival),
            )  # fmt: skip
            cells += [asked, relief, reply]
            rates += [
                np.maximum(level[asked], -1.0 if offer.demand is None else offer.demand),
                (1 - offer.relief) * level[relief],
                level[reply] + offer.retaliation,
            ]
        return np.concatenate(cells), np.concatenate(rates)

    def income(
        self, k: int, demand: float | None, offer: float, retaliation: float
    ) -> tuple[float, float, float]:
        """Log real income of third country k, the hegemon and the rival, against today.

        Raises `NotConverged`.
        """
        there = self.today.at_tariffs(*self.moved([k], Offer(demand, offer, retaliation)))
        logs = self.log_incomes(there.real_income)
        return float(logs[k]), float(self.of(self.hegemon, logs)), float(self.of(self.rival, logs))

    def log_incomes(self, changes: Array) -> Array:
        """Log real income against today [..., n] for changes against the benchmark [..., n]."""
        return np.log1p(changes) - np.log1p(self.today.real_income)

    def of(self, members: Sequence[int], logs: Array) -> Array:
        """A bloc's log real income [...] from its members' [..., n], weighted by their income."""
        weight = np.asarray(self.today.fixed.income)[list(members)]
        mean: Array = np.log(np.exp(logs[..., list(members)]) @ weight / weight.sum())
        return mean


def siding_costs(world: World, siding: Mapping[str, float] | None) -> Array:
    """The stated cost of siding with the hegemon for each country [n], fractions of real income."""
    cost = np.zeros(len(world.countries))
    for selector, value in (siding or {}).items():
        within_bounds("siding", value, -1.0, 1.0)
        cost[world.pick_countries(selector)] = value
    return cost


def within_bounds(field: str, value: float, low: float, high: float) -> None:
    """Refuse a value that is not a fraction between two bounds."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise InputError(
            f"{value!r} is not a fraction between {low:g} and {high:g} (0.25 = 25 %)",
            field=field,
            value=value,
        )
