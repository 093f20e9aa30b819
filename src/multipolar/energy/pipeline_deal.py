"""What a pipeline is worth to its three sides, and at which price of its gas all of them gain.

A seller, a transit state and a buyer; the market is solved with and without the line. Each side's
gain counts everything that changes for it: its users, its fields, what its other sales earn. The
price of the line's gas at the buyer's border only divides the surplus: the seller's break-even is
the lower end of the band, the buyer's the upper end; the transit state's fee comes out of what lies
between.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import brentq

from multipolar.energy.batch import solve_programs
from multipolar.energy.calibration import Market
from multipolar.energy.network import MILLION_USD, RUSSIAN, near
from multipolar.energy.program import Array
from multipolar.energy.terms import Terms
from multipolar.energy.transport import Pieces, pieces
from multipolar.errors import InputError, NotConverged
from multipolar.games import shapley

CONVERGED = 1e-6
LEAST_LNG, MOST_LNG = 0.9, 8.0  # shares of the world's LNG taken away or added, at most
MOST_TRIES = 60
LEAST_CAPACITY = 1e-3  # bcm
SAME_PRICE = 1e-3  # USD/MMBtu


@dataclass(frozen=True)
class Sides:
    """Who deals: the players who sell, let through and buy, and the link between them."""

    link: str = "Power of Siberia 2"
    seller: str = "RUS"
    transit: str = "MNG"
    buyer: str = "CHN"


@dataclass(frozen=True, eq=False)
class Deals:
    """Deals under m sets of terms; every field [m].

    `flow`: Russian bcm a year. `surplus`: of the three sides together, after all costs, million USD
    a year; `low`, `high`: the band of the border price, USD per 1,000 Russian m3, in which seller
    and buyer gain, before the transit state is paid; `fee_high`: the most that it can be paid (what
    the detour costs, or the whole surplus if that is less), USD per 1,000 Russian m3; `others`:
    what everybody else gains, million USD a year; `market_price`: where the line ends, with it,
    USD/MMBtu; `residual`: the worst of the programs.
    """

    flow: Array
    surplus: Array
    low: Array
    high: Array
    fee_high: Array
    others: Array
    market_price: Array
    residual: Array


def deals(market: Market, terms: Sequence[Terms], sides: Sides | None = None) -> Deals:
    """Every deal at once: the market with and without the line under each set of terms.

    Raises `InputError` for a link or player that the network lacks, `NotConverged` where a market
    is not solved.
    """
    who = sides or Sides()
    at = _checked(market, who)
    glut = _glut(market, terms, who, at)
    without, line = (_Solved.of(market, terms, who, at, glut, built=b) for b in (False, True))
    before, after = without.welfare(), line.welfare()
    change = {side: after[side] - before[side] for side in before}
    end = market.network.nodes.index.get_indexer(pd.Index(market.network.links["to"]))[at]
    price = line.price[:, end]
    size = MILLION_USD * line.flow[:, at]
    # The market credits the line's whole margin to the seller; the buyer pays the margin's part.
    at_border = (price - _of(terms, "onward")) * size
    seller = change["seller"] - at_border - 1000 * _of(terms, "capex") * _of(terms, "annuity")
    buyer = change["buyer"] + at_border + _of(terms, "variety") * size
    surplus, volume = seller + buyer, line.flow[:, at] / RUSSIAN
    detour = 1000 * _of(terms, "detour") * _of(terms, "annuity")
    most = np.clip(np.minimum(detour, surplus), 0, None)
    some = np.where(volume > LEAST_CAPACITY, volume, np.nan)  # without gas there is no price
    return Deals(
        flow=volume,
        surplus=surplus,
        low=-seller / some,
        high=buyer / some,
        fee_high=np.nan_to_num(most / some),
        others=change["others"],
        market_price=price,
        residual=np.maximum(without.residual, line.residual),
    )


def _of(terms: Sequence[Terms], name: str) -> Array:
    return np.array([getattr(each, name) for each in terms])


def _checked(market: Market, who: Sides) -> int:
    name = market.network.link(who.link)
    known = market.network.players()
    for side in ("seller", "transit", "buyer"):
        if getattr(who, side) not in known:
            player = getattr(who, side)
            raise InputError(f"{player!r} owns nothing here{near(player, known)}", field=side)
    return int(market.network.links.index.get_indexer(pd.Index([name]))[0])


def line_capacity(market: Market, at: int) -> float:
    """What the line can carry, bcm: what an act opened, else what is planned."""
    planned = float(market.network.links["planned"].to_numpy(float)[at])
    found = float(market.capacity[at]) or planned
    if not found > 0:
        reason = f"{market.network.links.index[at]!r} has no planned capacity; open-link gives one"
        raise InputError(reason, field="link")
    return found


def _glut(market: Market, terms: Sequence[Terms], who: Sides, at: int) -> Array:
    """How much more LNG there is [m], bcm a year, so that the buyer's price moves by `Terms.lng`.

    By false position in Illinois fashion (Dowell & Jarratt 1971); price falls in the quantity.
    """
    glut = np.zeros(len(terms))
    some = np.flatnonzero(_of(terms, "lng"))
    if not some.size:
        return glut
    end = market.network.nodes.index.get_indexer(pd.Index(market.network.links["to"]))[at]
    asked = [terms[int(k)] for k in some]

    def price(more: Array) -> Array:
        return _Solved.of(market, asked, who, at, more, built=False).price[:, end]

    wanted = price(np.zeros(some.size)) + _of(asked, "lng")
    glut[some] = _where(lambda more: price(more) - wanted, *_bracket(market, some.size))
    return glut


def _bracket(market: Market, size: int) -> tuple[Array, Array]:
    export = (market.network.links["kind"] == "lng-export").to_numpy()
    total = float(market.flow[export].sum())
    return np.full(size, -LEAST_LNG * total), np.full(size, MOST_LNG * total)


def _where(gap: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Where falling functions are zero [m]."""
    below, above = gap(low), gap(high)
    if (below < 0).any() or (above > 0).any():
        raise NotConverged("no amount of LNG moves the buyer's price as far as stated")
    came_from = np.zeros(len(low))
    for _ in range(MOST_TRIES):
        point = (low * above - high * below) / np.where(above == below, 1.0, above - below)
        here = gap(point)
        if np.abs(here).max() < SAME_PRICE:
            return point
        side = np.sign(here)
        # An end that stays twice counts half, so that the search closes in from both sides.
        stale = np.where(side == came_from, 0.5, 1.0)
        above = np.where(side > 0, above * stale, here)
        below = np.where(side > 0, here, below * stale)
        low, high = np.where(side > 0, point, low), np.where(side > 0, high, point)
        came_from = side
    raise NotConverged("the search for an amount of LNG did not end")


@dataclass(frozen=True, eq=False)
class _Solved:
    """The market under each set of terms, with or without the line; arrays [m, n] or [m, a]."""

    market: Market
    who: Sides
    supply: Array
    demand: Array
    parts: Pieces
    made: Array
    used: Array
    carried: Array
    price: Array
    residual: Array

    @property
    def flow(self) -> Array:
        """Of links [m, a], bcm."""
        return self.parts.flow(self.carried)

    @classmethod
    def of(
        cls,
        market: Market,
        terms: Sequence[Terms],
        who: Sides,
        at: int,
        glut: Array,
        *,
        built: bool,
    ) -> "_Solved":
        n = len(market.price)
        more = _more_lng(market, glut)
        supply, demand, link = _costs(market, terms, who, at, more)
        landing = (market.network.links["kind"] == "lng-import").to_numpy()
        room = np.where(landing, np.maximum(glut, 0.0)[:, None], more)  # terminals follow the LNG
        capacity = np.maximum(market.capacity + room, 0.0)
        capacity = np.where(capacity > LEAST_CAPACITY, capacity, 0.0)
        capacity[:, at] = line_capacity(market, at) if built else 0.0
        parts = pieces(link, market.link_slope, market.link_knee, capacity)
        made = np.where(market.production > 0, np.inf, 0.0)
        used = np.where(market.consumption > 0, np.inf, 0.0)
        limits = [np.broadcast_to(each, supply.shape) for each in (made, used, made)]
        limit = np.hstack([*limits[:2], parts.room, limits[2]])
        slopes = [np.broadcast_to(each, supply.shape)
                  for each in (market.supply_slope, market.demand_slope, np.zeros(n))]  # fmt: skip
        weight = np.hstack([*slopes[:2], parts.slope, slopes[2]])
        linear = np.hstack([supply, demand, parts.price, np.zeros_like(supply)])
        eye = sparse.identity(n)
        ways = market.incidence[:, parts.link]
        balance = sparse.csc_matrix(sparse.hstack([eye, -eye, ways, -eye]))
        found = solve_programs(weight, linear, balance, market.stocks[None], limit)
        if found.residual.max() > CONVERGED:
            raise NotConverged(f"a gas market was not solved: residual {found.residual.max():.0e}")
        x = found.x
        return cls(market, who, supply, demand, parts, x[:, :n], x[:, n : 2 * n], x[:, 2 * n : -n],
                   -found.price, found.residual)  # fmt: skip

    def welfare(self) -> dict[str, Array]:
        """Surplus of seller, buyer, everybody else, million USD a year [m]; rents to who sends."""
        m, links = self.market, self.market.network.links
        place = m.network.nodes.index
        start, end = (place.get_indexer(pd.Index(links[e])) for e in ("from", "to"))
        keeps = 1 - links["loss"].to_numpy(float)
        users = -(self.demand + 0.5 * m.demand_slope * self.used + self.price) * self.used
        wells = (self.price - self.supply - 0.5 * m.supply_slope * self.made) * self.made
        spread = self.price[:, end] * keeps - self.price[:, start]
        rent = spread * self.flow - self.parts.cost(self.carried)
        owner = m.network.nodes["player"].to_numpy(str)
        found = {}
        for side, player in (("seller", self.who.seller), ("buyer", self.who.buyer)):
            nodes, routes = owner == player, owner[start] == player
            own = (users + wells)[:, nodes].sum(axis=1) + rent[:, routes].sum(axis=1)
            found[side] = MILLION_USD * own
        total = MILLION_USD * ((users + wells).sum(axis=1) + rent.sum(axis=1))
        return found | {"others": total - found["seller"] - found["buyer"]}


def _more_lng(market: Market, glut: Array) -> Array:
    """How much more LNG plants, ships and terminals carry at the same cost [m, a], bcm.

    Shared as flows are: with the plants come the ships and the contracts to fill them.
    """
    kind = market.network.links["kind"].to_numpy(str)
    more = np.zeros((len(glut), len(kind)))
    for each in ("lng-export", "route", "lng-import"):
        flow = np.where(kind == each, market.flow, 0.0)
        more += glut[:, None] * flow / flow.sum()
    return more


def _costs(
    market: Market, terms: Sequence[Terms], who: Sides, at: int, more: Array
) -> tuple[Array, Array, Array]:
    """Linear costs of production, demand (less what it pays) [m, n] and links [m, a]."""
    nodes = market.network.nodes
    link = market.link_price - market.link_slope * more
    link[:, at] = _of(terms, "running") + _of(terms, "onward")
    start = nodes.index.get_indexer(pd.Index(market.network.links["from"]))
    wells = np.zeros((len(terms), len(nodes)))
    export = (market.network.links["kind"] == "lng-export").to_numpy()
    np.add.at(wells.T, start[export], more.T[export])
    supply = market.supply_price - np.where(market.production > 0, market.supply_slope, 0) * wells
    buyer = (nodes["player"] == who.buyer).to_numpy()
    shift = np.where(buyer, market.demand_slope * market.consumption, 0.0)
    demand = market.demand_price + shift * _of(terms, "demand")[:, None]
    return supply, -demand, link


# --- how the surplus is divided -------------------------------------------------------------------


def division(found: Deals, terms: Sequence[Terms]) -> pd.DataFrame:
    """Gains of the three sides under Nash bargaining and under Shapley, and the price.

    Nash bargaining with nothing as the threat: shares in inverse proportion to the rates at which
    the sides discount (Binmore, Rubinstein & Wolinsky 1986), the transit state's at most what the
    detour would cost. Shapley: of the game in which seller and buyer alone can build the detour.
    Rows: sets of terms; columns: nash_seller, nash_transit, nash_buyer, nash_price, nash_fee, and
    the same of shapley; million USD a year, USD per 1,000 Russian m3. Where there is no surplus
    there is no deal: zeros and NaN.
    """
    surplus, most = np.maximum(found.surplus, 0.0), found.fee_high * found.flow
    rates = np.array([[t.patience_seller, t.patience_transit, t.patience_buyer] for t in terms])
    weight = 1 / rates
    transit = np.minimum(surplus * weight[:, 1] / weight.sum(axis=1), most)
    two = weight[:, [0, 2]] / weight[:, [0, 2]].sum(axis=1, keepdims=True)
    nash = np.c_[(surplus - transit) * two[:, 0], transit, (surplus - transit) * two[:, 1]]
    fair = np.array([shapley(_game(s, b)) for s, b in zip(surplus, surplus - most, strict=True)])
    table = {}
    for concept, shares in (("nash", nash), ("shapley", fair)):
        for k, side in enumerate(("seller", "transit", "buyer")):
            table[f"{concept}_{side}"] = shares[:, k]
        with np.errstate(divide="ignore", invalid="ignore"):
            price = found.high - shares[:, 2] / found.flow
            fee = shares[:, 1] / found.flow
        table[f"{concept}_price"] = np.where(surplus > 0, price, np.nan)
        table[f"{concept}_fee"] = np.where(surplus > 0, fee, np.nan)
    return pd.DataFrame(table)


def _game(surplus: float, bypass: float) -> Array:
    """Values of the coalitions of seller, transit state and buyer, by bit mask."""
    values = np.zeros(8)
    values[0b101], values[0b111] = max(bypass, 0.0), surplus
    return values


BREAK_EVENS: Mapping[str, tuple[float, float]] = {
    "capex": (0.0, 200.0),
    "discount_rate": (0.001, 1.0),
    "lng": (-7.0, 3.0),
    "demand": (-0.6, 0.6),
    "onward": (0.0, 8.0),
    "variety": (-8.0, 8.0),
}


def break_evens(market: Market, terms: Terms, sides: Sides | None = None) -> pd.DataFrame:
    """The value of each driver at which the line is worth nothing, the others as stated.

    Index: driver; columns: stated, break_even (NaN: none between `lowest` and `highest`), lowest,
    highest, in the driver's unit; at_lowest, at_highest: surplus there, million USD a year. For the
    detour, what seller and buyer can make without the transit state.
    """
    rows = {}
    for driver, (low, high) in BREAK_EVENS.items():

        def surplus(value: float, driver: str = driver) -> float:
            return float(deals(market, [terms.changed(**{driver: value})], sides).surplus[0])

        ends = deals(market, [terms.changed(**{driver: v}) for v in (low, high)], sides).surplus
        crosses = ends[0] * ends[1] < 0
        zero = brentq(surplus, low, high, xtol=1e-4) if crosses else np.nan
        rows[driver] = (getattr(terms, driver), zero, low, high, *ends)
    # The transit state: how dear the detour must be before the whole surplus hangs on it.
    whole = max(float(deals(market, [terms], sides).surplus[0]), 0.0)
    rows["detour"] = (terms.detour, whole / 1000 / terms.annuity, 0.0, np.inf, whole, 0.0)
    columns = ["stated", "break_even", "lowest", "highest", "at_lowest", "at_highest"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("driver")
