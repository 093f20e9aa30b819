"""Who could do without whom: the coalitional game on the network, and what one link changes in it.

The value of a coalition is the most surplus that its members' nodes and links, and those of nobody
in the game, can make together (Hubert & Ikonnikova 2011; Hubert & Cobanli 2015): a link carries gas
only if its owners, its transit states and both ends are in. Planned links may be built at their
cost a year if that pays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from multipolar.energy.batch import solve_programs
from multipolar.energy.calibration import Market
from multipolar.energy.network import MILLION_USD, near
from multipolar.energy.program import Array
from multipolar.energy.transport import pieces
from multipolar.errors import InputError, NotConverged
from multipolar.games import nucleolus, shapley
from multipolar.games.coalitions import MAX_PLAYERS
from multipolar.progress import OnStep, quiet

Mask = NDArray[np.bool_]
CONVERGED = 1e-6


@dataclass(frozen=True, eq=False)
class NetworkGame:
    """A game on the network: `values` [2^k] by bit mask, million USD a year.

    Counted from what every player and the passive nodes make alone, so that the empty coalition and
    every player without links is worth nothing. `built` [2^k]: the planned links that the coalition
    builds. `residual`: the worst of all the programs.
    """

    players: tuple[str, ...]
    values: Array
    built: tuple[tuple[str, ...], ...]
    residual: float

    def shapley(self) -> pd.Series:
        """Shapley value by player, million USD a year."""
        return pd.Series(shapley(self.values), pd.Index(self.players, name="player"))

    def nucleolus(self) -> pd.Series:
        """Nucleolus by player, million USD a year."""
        size = max(float(np.abs(self.values).max()), 1e-9)
        found = nucleolus(self.values / size) * size
        return pd.Series(found, pd.Index(self.players, name="player"))

    def value(self, *members: str) -> float:
        """What some players can make together, million USD a year."""
        return float(self.values[sum(1 << self.players.index(m) for m in set(members))])


def network_game(
    market: Market,
    players: Sequence[str] | Mapping[str, Sequence[str]],
    plans: Mapping[str, float] | None = None,
    on_step: OnStep = quiet,
) -> NetworkGame:
    """The game of up to 12 players on a market's network.

    `players`: owners as the network names them, or a name for several. `plans`: planned links with
    their cost in million USD a year, at the capacity planned. Raises `InputError` for an unknown
    player or link, `NotConverged` if a coalition's program has no solution.
    """
    sides = _sides(market, players)
    plans = {market.network.link(name): cost for name, cost in (plans or {}).items()}
    member = _coalitions(len(sides))
    needs = _needs(market, sides)
    choices = list(chain(*(combinations(plans, k) for k in range(len(plans) + 1))))
    surplus = np.full((len(choices), len(member)), -np.inf)
    worst = 0.0
    for row, chosen in enumerate(choices):
        able = _able(market, needs, member, chosen)
        limits = _limits(market, needs, member, chosen)[able]
        found, residual = _surplus(market, limits, on_step)
        surplus[row, able] = found - sum(plans[name] for name in chosen)
        worst = max(worst, residual)
    if worst > CONVERGED:
        raise NotConverged(f"a coalition's market was not solved: residual {worst:.0e}")
    best = surplus.argmax(axis=0)
    alone, residual = _surplus(market, _autarky(market, needs), quiet)
    values = surplus.max(axis=0) - surplus.max(axis=0)[0] - member @ alone
    return NetworkGame(tuple(sides), values, tuple(choices[k] for k in best), max(worst, residual))


def link_worth(
    market: Market,
    link: str,
    players: Sequence[str] | Mapping[str, Sequence[str]],
    cost: float = 0.0,
    plans: Mapping[str, float] | None = None,
    on_step: OnStep = quiet,
) -> pd.DataFrame:
    """What a link changes for each player: Shapley value and nucleolus without, with, change.

    A link with capacity is taken away; a planned one may be built. `cost`: of having it, million
    USD a year. `plans`: other planned links that coalitions may build in any case, with their cost.
    Index: player; columns: shapley_without, shapley_with, shapley, and the same of the nucleolus;
    million USD a year.
    """
    name = market.network.link(link)
    at = int(market.network.links.index.get_indexer(pd.Index([name]))[0])
    less = without_link(market, name)
    if market.capacity[at] > 0:  # as it is, not as it was once planned
        has = less.network.with_links([name], planned=float(market.capacity[at]))
        less = replace(less, network=has)
    others = dict(plans or {})
    both = (others, {name: cost, **others})
    games = [network_game(less, players, options, on_step) for options in both]
    table: dict[str, pd.Series] = {}
    for concept in ("shapley", "nucleolus"):
        before, after = (getattr(game, concept)() for game in games)
        table |= {f"{concept}_without": before, f"{concept}_with": after, concept: after - before}
    return pd.DataFrame(table)


def without_link(market: Market, name: str) -> Market:
    """The market with a link shut."""
    capacity = market.capacity.copy()
    capacity[market.network.links.index.get_loc(name)] = 0.0
    return replace(market, capacity=capacity)


def _sides(
    market: Market, players: Sequence[str] | Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    named = players if isinstance(players, Mapping) else {p: (p,) for p in players}
    if not 1 <= len(named) <= MAX_PLAYERS:
        reason = f"a game takes 1 to {MAX_PLAYERS} players, not {len(named)}"
        raise InputError(reason, field="players")
    known = market.network.players()
    owners = [owner for each in named.values() for owner in each]
    for owner in owners:
        if owner not in known:
            reason = f"{owner!r} owns nothing here{near(owner, known)}"
            raise InputError(reason, field="players", value=owner)
        if owners.count(owner) > 1:
            raise InputError(f"{owner!r} is named twice", field="players", value=owner)
    return {name: tuple(each) for name, each in named.items()}


def _coalitions(players: int) -> Mask:
    """Whether player k is in coalition m [2^k, k]."""
    return (np.arange(1 << players)[:, None] >> np.arange(players) & 1).astype(bool)


@dataclass(frozen=True, eq=False)
class Needs:
    """Which players must be in for a node [n, k] and for a link [a, k] to be used."""

    node: Mask
    link: Mask


def _needs(market: Market, sides: Mapping[str, tuple[str, ...]]) -> Needs:
    nodes, links = market.network.nodes, market.network.links
    node = np.array([[p in owners for owners in sides.values()] for p in nodes["player"]])
    own = [str(text).split("+") for text in links["owners"]]
    link = np.array([[bool(set(o) & set(owners)) for owners in sides.values()] for o in own])
    for end in ("from", "to"):
        link = link | node[nodes.index.get_indexer(pd.Index(links[end]))]
    return Needs(node, link)


def _planned(market: Market, chosen: Sequence[str]) -> Array:
    """Capacity [a] with the chosen links built."""
    capacity = market.capacity.copy()
    at = market.network.links.index.get_indexer(pd.Index(list(chosen)))
    planned = market.network.links["planned"].to_numpy(float)
    capacity[at] = np.maximum(capacity[at], planned[at])
    return capacity


def _able(market: Market, needs: Needs, member: Mask, chosen: Sequence[str]) -> Mask:
    """Coalitions that hold every player whom the chosen links need [m]."""
    at = market.network.links.index.get_indexer(pd.Index(list(chosen)))
    wanted = needs.link[at].any(axis=0) if len(at) else np.zeros(member.shape[1], bool)
    return np.asarray(~(wanted & ~member).any(axis=1))


def _limits(market: Market, needs: Needs, member: Mask, chosen: Sequence[str]) -> Array:
    """Limits of production, consumption, flows and gas left unsold [m, 3n + a] by coalition."""
    nodes = ~(~member[:, None, :] & needs.node[None]).any(axis=2)
    links = ~(~member[:, None, :] & needs.link[None]).any(axis=2)
    made = np.where(nodes & (market.production > 0), np.inf, 0.0)
    used = np.where(nodes & (market.consumption > 0), np.inf, 0.0)
    return np.hstack([made, used, np.where(links, _planned(market, chosen), 0.0), made])


def _autarky(market: Market, needs: Needs) -> Array:
    """Limits for each player with nobody else, not even passive nodes [k, 3n + a]."""
    nodes = needs.node.T
    start, end = (
        market.network.nodes.index.get_indexer(pd.Index(market.network.links[e]))
        for e in ("from", "to")
    )
    others = (needs.link.sum(axis=1) > 1)[None]
    links = nodes[:, start] & nodes[:, end] & ~others
    made = np.where(nodes & (market.production > 0), np.inf, 0.0)
    used = np.where(nodes & (market.consumption > 0), np.inf, 0.0)
    return np.hstack([made, used, np.where(links, market.capacity, 0.0), made])


def _surplus(market: Market, limits: Array, on_step: OnStep) -> tuple[Array, float]:
    """Surplus of each program, million USD a year, and the worst residual. Equal ones once."""
    n = len(market.price)
    eye, none = sparse.identity(n), np.zeros(n)
    different, place = np.unique(limits, axis=0, return_inverse=True)
    made, used, capacity, unsold = np.split(different, [n, 2 * n, different.shape[1] - n], axis=1)
    parts = pieces(market.link_price, market.link_slope, market.link_knee, capacity)
    different = np.hstack([made, used, parts.room, unsold])
    balance = sparse.csc_matrix(sparse.hstack([eye, -eye, market.incidence[:, parts.link], -eye]))
    weight = np.concatenate([market.supply_slope, market.demand_slope, parts.slope[0], none])
    linear = np.concatenate([market.supply_price, -market.demand_price, parts.price[0], none])
    nothing = np.zeros((1, len(market.price)))  # no stores: what a coalition cannot fill it leaves
    found = solve_programs(weight[None], linear[None], balance, nothing, different, on_step)
    values = -MILLION_USD * found.value
    return values[place.ravel()], float(found.residual.max(initial=0.0))
