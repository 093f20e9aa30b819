"""The supply chain's own game: what transport coalitions can earn together (Hubert & Ikonnikova).

A seller reaches one market over several routes. A coalition may use a route if all its owners are
in; it sells what maximises its profit against the market's demand, and may widen a route at the
cost of expansion. Unlike the game of everybody's surplus it leaves out the buyers: it shows the
power of transit states, and how options to build elsewhere take it away (Journal of Industrial
Economics 59, 2011).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from multipolar.energy.program import Array
from multipolar.errors import InputError
from multipolar.games import coalition_values


@dataclass(frozen=True)
class Route:
    """A way to the market: who must agree, room (bcm a year), cost and cost of widening it.

    `cost`: USD/MMBtu; `expansion`: USD/MMBtu of what is added, capital included; inf: cannot be.
    """

    owners: tuple[str, ...]
    capacity: float
    cost: float
    expansion: float = np.inf


def chain_game(
    players: Sequence[str],
    routes: Sequence[Route],
    choke: float,
    slope: float,
    production: float,
) -> Array:
    """Profits [2^k] of all coalitions, by bit mask, in USD/MMBtu times bcm a year.

    The market pays ``choke - slope Q``; gas costs `production` (USD/MMBtu). Raises `InputError` for
    an owner who is no player and for a demand that does not fall.
    """
    if slope <= 0:
        raise InputError("must be positive: demand falls in the price", field="slope", value=slope)
    for route in routes:
        for owner in route.owners:
            if owner not in players:
                raise InputError(f"{owner!r} owns a route but does not play", field="owners")

    def profit(members: frozenset[int]) -> float:
        names = {players[k] for k in members}
        own = [route for route in routes if names >= set(route.owners)]
        return _best(own, choke - production, slope)

    return coalition_values(len(players), profit)


def _best(routes: Sequence[Route], margin: float, slope: float) -> float:
    """The most that a seller can earn over routes: cheapest steps first, while they still pay."""
    steps = [(r.cost, r.capacity) for r in routes if r.capacity > 0]
    steps += [(r.cost + r.expansion, np.inf) for r in routes if np.isfinite(r.expansion)]
    sold = earned = 0.0
    for cost, room in sorted(steps):
        more = min(room, max((margin - cost) / (2 * slope) - sold, 0.0))
        earned += more * (margin - cost - slope * (2 * sold + more))
        sold += more
    return earned
