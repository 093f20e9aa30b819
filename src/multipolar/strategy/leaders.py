"""Two leaders and their followers: both hegemons move, then the third countries reply."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar import games
from multipolar.errors import InputError
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.strategy.bargain import (
    HARSHEST,
    Bargain,
    Terms,
    siding_costs,
    within_bounds,
)

Array = NDArray[np.float64]
Mix = dict[float, float]
Group = frozenset[int]


@dataclass(frozen=True)
class Choices:
    """What the leaders choose from; fractions.

    `offers`: shares of the hegemon's tariff that it takes away, 0 to 1; `threats`: what the rival
    adds to its tariff on countries that agree, 0 to 10. Raises `InputError` for an empty list, for
    repeated values, and for values outside these bounds.
    """

    offers: tuple[float, ...] = (0.0, 0.5, 1.0)
    threats: tuple[float, ...] = (0.0, 0.1, 0.25, 0.5)

    def __post_init__(self) -> None:
        for name, most in (("offers", 1.0), ("threats", HARSHEST)):
            given = tuple(getattr(self, name))
            if not given or len(set(given)) != len(given):
                raise InputError("give one or more, each once", field=name, value=given)
            for value in given:
                within_bounds(name, value, 0.0, most)
            object.__setattr__(self, name, given)


USUAL = Choices()


@dataclass(frozen=True)
class Leaders:
    """What follows from each pair of moves, and where the leaders come to rest.

    `terms`: as asked; only its hegemon, rival and demand are used. `moves`: a row for each pair of
    moves; the columns are in `columns.MOVES`. `equilibria`: mixed strategies of the two: {offer:
    probability} and {threat: probability}; moves that are not played are left out. `degenerate`:
    whether a leader has more best replies than the other side mixes, so that the equilibria may be
    corners of whole sets of equilibria. `complete`: whether these are known to be all corners.
    """

    terms: Terms
    moves: pd.DataFrame
    equilibria: tuple[tuple[Mix, Mix], ...]
    degenerate: bool
    complete: bool


def two_leaders(
    case: Case,
    terms: Terms,
    thirds: str | Sequence[str],
    choices: Choices = USUAL,
    *,
    siding: Mapping[str, float] | None = None,
    alignment: float = 0.0,
    on_step: OnStep = quiet,
) -> Leaders:
    """Both hegemons move, then the third countries: the matrix of outcomes and its equilibria.

    The hegemon picks a relief, the rival a retaliation against the countries that agree (`terms`
    states the demand). The third countries reply to each other's decisions, once starting with none
    agreeing and once with all. If this ends in two different groups, the smaller one is played, and
    the row has both. `siding`: as in `deal`. `alignment`: what it is worth to a leader that a third
    country sides with it, a fraction of real income (zero unless given). Raises `InputError` and
    `NotConverged` as `deal` does.
    """
    within_bounds("alignment", alignment, -1.0, 1.0)
    bargain = Bargain(case, terms.hegemon, terms.rival)
    able = bargain.thirds_of(thirds if isinstance(thirds, str) else list(thirds))
    cost = siding_costs(case.world, siding)
    pairs = list(product(choices.offers, choices.threats))
    rows = []
    for done, (offer, threat) in enumerate(pairs):
        on_step("pairs of moves", done, len(pairs))
        rest = _followers(bargain, able, cost, (terms.demand, offer, threat))
        sides = alignment * len(rest.agree)
        rows.append(
            {
                "offer": offer,
                "threat": threat,
                "agree": _codes(case, rest.agree),
                "agree_also": () if rest.agree == rest.also else _codes(case, rest.also),
                "hegemon": bargain.of(bargain.hegemon, rest.logs) + sides,
                "rival": bargain.of(bargain.rival, rest.logs) - sides,
            }
        )
    on_step("pairs of moves", len(pairs), len(pairs))
    moves = pd.DataFrame(rows)
    return Leaders(terms, moves, *_equilibria(choices, moves))


class _Rest(NamedTuple):
    """Who agrees, who agrees in the other resting point, and log real incomes against today [n]."""

    agree: Group
    also: Group
    logs: Array


def _followers(
    bargain: Bargain, able: Sequence[int], cost: Array, moves: tuple[float, float, float]
) -> _Rest:
    """Where the third countries come to rest under a demand, an offer and a threat."""

    @cache
    def logs(group: Group) -> Array:
        return bargain.log_incomes(bargain.under(sorted(group), *moves))

    small, large = (_settle(able, start, logs, cost) for start in (Group(), Group(able)))
    return _Rest(small, large, logs(small))


def _equilibria(
    choices: Choices, moves: pd.DataFrame
) -> tuple[tuple[tuple[Mix, Mix], ...], bool, bool]:
    """The equilibria of the leaders' game, whether it is degenerate, and whether these are all."""
    shape = (len(choices.offers), len(choices.threats))
    # In percent, because the matrix solver ignores differences smaller than its tolerance.
    worth = (100 * moves[leader].to_numpy().reshape(shape) for leader in ("hegemon", "rival"))
    game = games.bimatrix(*worth)
    mixes = ((_mix(choices.offers, x), _mix(choices.threats, y)) for x, y in game.equilibria)
    return tuple(mixes), game.degenerate, game.complete


def _mix(moves: Sequence[float], chances: Array) -> Mix:
    return {move: float(p) for move, p in zip(moves, chances, strict=True) if p > 0}


def _codes(case: Case, group: Group) -> tuple[str, ...]:
    return tuple(case.world.countries[k] for k in sorted(group))


def _settle(
    able: Sequence[int], start: Group, logs: Callable[[Group], Array], cost: Array
) -> Group:
    """Who agrees once each third country has replied to the others; at most a few rounds."""
    agreed = start
    for _ in range(len(able) + 1):
        before = agreed
        for k in able:
            yes, no = (logs(group)[k] for group in (agreed | {k}, agreed - {k}))
            agreed = agreed | {k} if yes - cost[k] >= no else agreed - {k}
        if agreed == before:
            break
    return agreed
