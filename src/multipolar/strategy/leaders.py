"""Two leaders and their followers: both hegemons move, then the third countries reply."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar import games
from multipolar.errors import InputError, NotConverged
from multipolar.model import Case
from multipolar.model.nearby import incomes_at
from multipolar.progress import OnStep, quiet
from multipolar.strategy.bargain import (
    HARSHEST,
    SAME,
    Bargain,
    Offer,
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
    offers = [Offer(terms.demand, *pair) for pair in product(choices.offers, choices.threats)]
    rows = []
    for offer, rest in zip(offers, _followers(bargain, able, cost, offers, on_step), strict=True):
        sides = alignment * len(rest.agree)
        rows.append(
            {
                "offer": offer.relief,
                "threat": offer.retaliation,
                "agree": _codes(case, rest.agree),
                "agree_also": () if rest.agree == rest.also else _codes(case, rest.also),
                "hegemon": float(bargain.of(bargain.hegemon, rest.logs)) + sides,
                "rival": float(bargain.of(bargain.rival, rest.logs)) - sides,
            }
        )
    moves = pd.DataFrame(rows)
    return Leaders(terms, moves, *_equilibria(choices, moves))


class _Rest(NamedTuple):
    """Who agrees, who agrees in the other resting point, and log real incomes against today [n]."""

    agree: Group
    also: Group
    logs: Array


def _followers(
    bargain: Bargain,
    able: Sequence[int],
    cost: Array,
    offers: Sequence[Offer],
    on_step: OnStep,
) -> list[_Rest]:
    """Where the third countries come to rest under each offer; all offers side by side."""
    known: dict[tuple[Offer, Group], Array] = {}
    rests: dict[tuple[Offer, Group], Group] = {}  # by where the replies begin
    replies = {
        (offer, start): _settle(able, start, cost)
        for offer in offers
        for start in (Group(), Group(able))
    }
    asks = {key: next(each) for key, each in replies.items()}
    while asks:
        on_step("pairs of moves", len(rests), len(replies))
        wanted = [(key[0], group) for key, groups in asks.items() for group in groups]
        new = [each for each in dict.fromkeys(wanted) if each not in known]
        known.update(zip(new, _logs(bargain, new), strict=True))
        for key, groups in list(asks.items()):
            try:
                asks[key] = replies[key].send([known[key[0], group] for group in groups])
            except StopIteration as ended:
                rests[key] = ended.value
                del asks[key]
    on_step("pairs of moves", len(replies), len(replies))
    found = []
    for offer in offers:
        small, large = (rests[offer, start] for start in (Group(), Group(able)))
        found.append(_Rest(small, large, known[offer, small]))
    return found


def _logs(bargain: Bargain, asked: Sequence[tuple[Offer, Group]]) -> Array:
    """Log real incomes against today [asked, n] if these groups agree; raises `NotConverged`."""
    moves = [bargain.moved(sorted(group), offer) for offer, group in asked]
    found = incomes_at(bargain.today, moves)
    if found.failed:
        raise NotConverged(next(iter(found.failed.values())))
    return bargain.log_incomes(found.real_income)


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
    able: Sequence[int], start: Group, cost: Array
) -> Generator[tuple[Group, Group], list[Array], Group]:
    """Who agrees once each third country has replied to the others; at most a few rounds.

    Yields two groups and wants to be sent log real incomes if the one, and if the other, agrees.
    """
    agreed = start
    for _ in range(len(able) + 1):
        before = agreed
        for k in able:
            yes, no = yield agreed | {k}, agreed - {k}
            agreed = agreed | {k} if yes[k] - cost[k] >= no[k] - SAME else agreed - {k}
        if agreed == before:
            break
    return agreed
