"""What is assumed about a pipeline that is not built yet, and how it is drawn for a range."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from scipy.stats import qmc

from multipolar.errors import InputError, choose

MOST_DRAWS = 100_000


@dataclass(frozen=True)
class Terms:
    """What is assumed about a pipeline; every number is an assumption of the user.

    `capex`: what it costs to build, billion USD, spread over `years` at `discount_rate`. `onward`:
    transport within the buyer's country to where it competes with LNG, `running`: the seller's and
    the transit state's cost of running it, USD/MMBtu. `lng`: change of the price of gas in the
    buyer's market before the line is built, because there is more or less LNG in the world,
    USD/MMBtu. `demand`: change of the buyer's demand, fraction. `variety`: what the buyer pays
    above the market for another supplier, USD/MMBtu of the line's gas (negative: what it wants off
    for depending on this one). `detour`: what going round the transit state costs more, billion
    USD of capex; `patience_...`: the discount rates at which the sides wait.
    """

    capex: float = 22.0
    years: float = 30.0
    discount_rate: float = 0.10
    onward: float = 1.5
    running: float = 0.8
    lng: float = 0.0
    demand: float = 0.0
    variety: float = 0.0
    detour: float = 6.0
    patience_seller: float = 0.10
    patience_transit: float = 0.10
    patience_buyer: float = 0.10

    def __post_init__(self) -> None:
        positive = ("years", "discount_rate", "patience_seller", "patience_transit",
                    "patience_buyer")  # fmt: skip
        for each in fields(self):
            value = getattr(self, each.name)
            low = 1e-6 if each.name in positive else -1e3
            low = 0.0 if each.name in ("capex", "onward", "running", "detour") else low
            low = -0.9 if each.name == "demand" else low
            if not isinstance(value, int | float) or not low <= value <= 1e4:
                raise InputError(f"must lie between {low:g} and 10000 (it is {value!r})",
                                 field=each.name, value=value)  # fmt: skip

    @property
    def annuity(self) -> float:
        """What a unit of capex costs a year."""
        rate, years = self.discount_rate, self.years
        return float(rate / -np.expm1(-years * np.log1p(rate)))

    def changed(self, **changes: Any) -> "Terms":
        """The same terms with some replaced; raises `InputError` for an unknown one."""
        known = [each.name for each in fields(self)]
        for name in changes:
            if name not in known:
                raise InputError(f"no such driver{choose(name, known)}", field=name, value=name)
        return replace(self, **changes)


# Ranges of the drivers: capex between the lowest and the highest report (Reuters, October 2023: up
# to 13.6; FT, November 2025: over 30), the others assumed.
DRAWN: Mapping[str, tuple[float, float]] = {
    "capex": (13.6, 34.0),
    "discount_rate": (0.07, 0.14),
    "onward": (0.8, 2.5),
    "running": (0.5, 1.2),
    "lng": (-3.0, 2.0),
    "demand": (-0.15, 0.15),
    "variety": (-0.5, 0.5),
    "detour": (2.0, 10.0),
}


def drawn_terms(terms: Terms, number: int, seed: int = 0) -> list[Terms]:
    """Terms with every driver of `DRAWN` drawn evenly and independently from its range.

    A Latin hypercube (McKay, Beckman & Conover 1979): each range is covered evenly.
    """
    if not 1 <= number <= MOST_DRAWS:
        raise InputError(f"must lie between 1 and {MOST_DRAWS}", field="draws", value=number)
    places = qmc.LatinHypercube(len(DRAWN), rng=np.random.default_rng(seed)).random(number)
    low, high = np.array(list(DRAWN.values())).T
    drawn = low + places * (high - low)
    return [terms.changed(**dict(zip(DRAWN, map(float, row), strict=True))) for row in drawn]
