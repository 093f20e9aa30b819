"""Spatial price equilibrium of gas (Samuelson 1952; Takayama & Judge 1971), with market power.

    maximise   sum_n D_n(q_n) - S_n(x_n) - sum_a C_a(F_a)
               - conjecture sum_n b_n sum_s z_sn (z_sn / 2 - z0_sn)
    subject to (x_n - w_n) [n belongs to s] + r_n [s is last] + inflow_sn - outflow_sn = z_sn
               sum_s z_sn = q_n + stocks_n + r_n,   sum_s f_sa = F_a <= capacity_a,   all >= 0

D, S, C are the areas under the curves of a `Market`. Competition needs no sellers, so there is one
label for all gas; sellers are told apart where there is market power or a ban. w is gas that a
place leaves unsold at no cost, so that no price falls below zero: the linear curves alone would pay
for selling, since marginal cost is negative for small quantities. r is gas that a place's stores
send on, at most what they give. The multiplier of
the second constraint is the price at n. The last term makes each foreign sale cost its seller the
price that it depresses, counted from the benchmark, so that the benchmark is an equilibrium under
every conjecture.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from multipolar.energy.calibration import Market, ends
from multipolar.energy.network import MILLION_USD, USD_PER_1000_RUSSIAN
from multipolar.energy.program import Array, solve_program
from multipolar.energy.transport import Pieces
from multipolar.errors import InputError, NotConverged

OTHERS = "others"
PASSES = 1e-4  # bcm a year: less than this is no gas
HANDLING = 1e-4  # USD/MMBtu: what sending gas on from a store costs, so that users there come first
SMALL_SELLER = 3.0  # bcm a year sold abroad: who sells less takes prices as they are


@dataclass(frozen=True, eq=False)
class GasOutcome:
    """What the gas market does. Arrays follow the rows of the network's nodes [n] and links [a].

    `price` [n] USD/MMBtu; `production`, `consumption` [n], `flow` [a] bcm; `discarded` [n], what
    arrives and nobody takes even for nothing, bcm; `scarcity` [a], what one more unit of capacity
    earns, USD/MMBtu; `earned` [n], what the place's fields are paid, USD/MMBtu; `markup` [n], what
    sellers earn above the worth of their gas, million USD a year; `sales` (node, seller), bcm,
    traced in proportion where the equilibrium does not tell sellers apart. `residual`: worst
    violation of the conditions of optimality, relative; `gap`: relative duality gap; `status`:
    "converged".
    """

    market: Market
    price: Array
    production: Array
    consumption: Array
    discarded: Array
    flow: Array
    scarcity: Array
    earned: Array
    markup: Array
    sales: pd.DataFrame
    residual: float
    gap: float
    status: str
    seconds: float

    @property
    def converged(self) -> bool:
        """Whether this is an equilibrium."""
        return self.status == "converged"

    def nodes(self) -> pd.DataFrame:
        """By node: production, consumption (bcm), price (USD/MMBtu, USD per 1,000 Russian m3)."""
        table = {
            "name": self.market.network.nodes["name"],
            "production": self.production,
            "consumption": self.consumption,
            "price": self.price,
            "price_per_1000": self.price * USD_PER_1000_RUSSIAN,
        }
        return pd.DataFrame(table, self.market.network.nodes.index)

    def links(self) -> pd.DataFrame:
        """By link: kind, from, to, flow, capacity (bcm), scarcity (USD/MMBtu)."""
        links = self.market.network.links
        found = links[["kind", "from", "to"]].copy()
        return found.assign(flow=self.flow, capacity=self.market.capacity, scarcity=self.scarcity)

    def surplus(self) -> pd.DataFrame:
        """By node: surplus of consumers, producers, transport, sellers; million USD a year.

        Consumers' surplus is measured on the linear demand curve, less what is paid for gas put
        into stores, so only changes mean something; see `surplus_change`. Producers' is revenue
        less the area under marginal cost where it is above zero. A link's rent is what it earns
        above its marginal cost, and goes to the node where it begins (a port's to its place).
        Sellers' is the mark-up of those who count on moving prices, from the benchmark on.
        """
        m = self.market
        price = np.nan_to_num(self.price)
        consumers = 0.5 * m.demand_slope * self.consumption**2 - price * m.stocks
        beyond = np.maximum(self.production - m.costless, 0)
        area = np.maximum(m.supply_price, 0) * self.production + 0.5 * m.supply_slope * beyond**2
        marginal, cost = m.transport(self.flow)
        rent = (marginal + self.scarcity) * self.flow - cost
        transport = np.zeros(len(price))
        np.add.at(transport, _owners(m), rent)
        table = {"consumers": consumers, "producers": self.earned * self.production - area,
                 "transport": transport}  # fmt: skip
        found = MILLION_USD * pd.DataFrame(table, m.network.nodes.index)
        return found.assign(sellers=self.markup)

    def total_surplus(self) -> float:
        """Of everybody, million USD a year; only its changes mean something."""
        return float(self.surplus().to_numpy().sum())


def surplus_change(before: GasOutcome, after: GasOutcome) -> pd.DataFrame:
    """Change of `GasOutcome.surplus`, million USD a year; NaN where an act shifts the curve itself.

    Of a shifted curve the area that the shift adds would pass for a gain: so producers are left out
    where supply was shifted, consumers where demand was or where stores were filled or drawn on.
    """
    change = after.surplus() - before.surplus()
    was, now = before.market, after.market
    change.loc[was.supply_price != now.supply_price, "producers"] = np.nan
    shifted = (was.demand_price != now.demand_price) | (was.stocks != now.stocks)
    change.loc[shifted, "consumers"] = np.nan
    return change


def _owners(market: Market) -> NDArray[np.intp]:
    """The node to which the rent of each link goes [a]: where it begins, ports' to their place."""
    links = market.network.links
    place = {n: n for n in market.network.nodes.index}
    for kind, port, node in (("lng-export", "to", "from"), ("lng-import", "from", "to")):
        some = links[links["kind"] == kind]
        place |= dict(zip(some[port], some[node], strict=True))
    return market.network.nodes.index.get_indexer(pd.Index(links["from"].map(place)))


def equilibrium(market: Market, bans: Mapping[str, tuple[str, ...]] | None = None) -> GasOutcome:
    """The equilibrium of a market.

    `bans`: for a seller (a player), the nodes that its gas neither enters nor passes.
    Raises `NotConverged` if no equilibrium is found, `InputError` for an unknown seller or node.
    """
    bans = bans or {}
    sellers = _sellers(market, bans)
    weight, linear, balance, high = _program(market, sellers, bans)
    parts = market.pieces
    n, e, s = len(market.production), len(parts.link), len(sellers)
    right = np.zeros(balance.shape[0])
    right[s * n : s * n + n] = market.stocks
    end = solve_program(weight, linear, balance, right, high)
    if end.status != "converged":
        raise NotConverged(
            f"the gas market of {market.network.name or 'this network'}: {end.status}"
        )
    cuts = np.cumsum([n, n, e, s * n, s * len(market.flow), n])
    made, q, carried, z, sent, unsold, store = np.split(np.maximum(end.x, 0), cuts)
    F, z = parts.flow(carried), z.reshape(s, n)
    x, discarded = np.maximum(made - unsold, 0), np.maximum(unsold - made, 0)
    price, passing = _prices(market, end.price, made, sent.reshape(s, -1))
    scarcity = _scarcity(parts, end.scarcity[2 * n : 2 * n + e])
    scarcity = np.where(market.capacity > 0, scarcity, _shut(market, price, passing, bans))
    sales = trace(market, x + store, q + market.stocks + store + discarded, F)
    if s > 1:
        sales = _told_apart(sales, z, sellers)
    earned, markup = _earned(market, sellers, end.price, z, store)
    return GasOutcome(
        market, price, x, q, discarded, F, scarcity, earned, markup, sales, end.residual, end.gap,
        end.status, end.seconds,
    )  # fmt: skip


def _scarcity(parts: Pieces, multipliers: Array) -> Array:
    """What one more unit of capacity earns [a]: on the upper piece, if there is room for it."""
    found = multipliers[: parts.links].copy()
    below = parts.link[parts.links :]
    low = multipliers[parts.links :]
    found[below] = np.where(parts.room[below] > 0, found[below], low)
    return found


def _earned(
    market: Market, sellers: list[str], multipliers: Array, z: Array, store: Array
) -> tuple[Array, Array]:
    """What a place's fields are paid [n], USD/MMBtu, and sellers' mark-ups [n], million USD.

    A seller's mark-up is what users pay above the worth of its gas where they are; it is shared
    over the seller's fields by what they produce. Gas that stores send on is paid likewise.
    """
    s, n = z.shape
    worth = -multipliers[: s * n].reshape(s, n)
    paid = -multipliers[s * n : (s + 1) * n]
    label = _labels(market, sellers)
    gained = ((paid - worth) * z).sum(axis=1)
    made = np.maximum(market.production, 0)
    total = np.bincount(label, made, minlength=s)
    markup = (gained / np.maximum(total, 1e-12))[label] * made
    markup += (worth[-1] - paid) * store
    return worth[label, np.arange(n)], MILLION_USD * markup


def _labels(market: Market, sellers: list[str]) -> NDArray[np.intp]:
    """Whose gas each node produces [n]: positions among the sellers told apart."""
    return np.array([sellers.index(p) if p in sellers else len(sellers) - 1 for p in market.seller])


def _told_apart(sales: pd.DataFrame, z: Array, sellers: list[str]) -> pd.DataFrame:
    """Sales of the sellers whom the equilibrium tells apart; the others share what is left."""
    known = [seller for seller in sellers if seller != OTHERS]
    exact = pd.DataFrame(z[: len(known)].T, sales.index, known).clip(lower=0)
    rest = sales.drop(columns=known)
    left = (sales.sum(axis=1) - exact.sum(axis=1)).clip(lower=0)
    rest = rest.mul(left / rest.sum(axis=1).clip(lower=1e-12), axis=0)
    return exact.join(rest)[list(sales.columns)]


def _prices(market: Market, multipliers: Array, made: Array, sent: Array) -> tuple[Array, Array]:
    """Prices [n]: consumers', where there are any, else of the gas that passes; NaN without any.

    And the price of each seller's gas where some of it passes, else inf [s, n].
    """
    n, sellers = len(made), len(sent)
    consumers = -multipliers[sellers * n : (sellers + 1) * n]
    passing = sent @ abs(market.incidence).T + made / sellers
    at_node = -multipliers[: sellers * n].reshape(sellers, n)
    most = np.argmax(passing, axis=0)
    price = np.where(market.consumption > 0, consumers, at_node[most, np.arange(n)])
    known = (market.consumption > 0) | (passing.max(axis=0) > PASSES)
    return np.where(known, price, np.nan), np.where(passing > PASSES, at_node, np.inf)


def _shut(
    market: Market, price: Array, passing: Array, bans: Mapping[str, tuple[str, ...]]
) -> Array:
    """What a first unit of capacity would earn on a link without any [a], USD/MMBtu.

    The reduced cost of its flow: the price at its end less what gas costs at its start and on the
    way. Where no gas passes (a port of an idle terminal), an open link from or to a place where it
    does sets the price.
    """
    start, end = ends(market.network)
    keeps = 1 - market.network.links["loss"].to_numpy(float)
    may_send = _allowed(market, _sellers(market, bans), bans)[1] > 0
    used, first = market.capacity > 0, np.maximum(market.link_price, 0)
    onward = np.zeros(len(price))  # at worst it is left unsold
    earns = used & np.isfinite(price[end])
    margin = (keeps * np.nan_to_num(price)[end] - first)[earns]
    np.maximum.at(onward, start[earns], margin)
    sold_at = np.where(np.isfinite(price), price, onward)
    worth = np.zeros(len(start))
    for here, able in zip(passing, may_send, strict=True):
        brought = np.full(len(price), np.inf)
        open_links = used & able
        np.minimum.at(brought, end[open_links], ((here[start] + first) / keeps)[open_links])
        bought_at = np.where(np.isfinite(here), here, brought)
        earned = keeps * sold_at[end] - bought_at[start] - first
        worth = np.where(able, np.maximum(worth, earned), worth)
    return worth


def _sellers(market: Market, bans: Mapping[str, tuple[str, ...]]) -> list[str]:
    known = [s for s in dict.fromkeys(market.seller) if s]
    for seller, nodes in bans.items():
        if seller not in known:
            raise InputError(f"{seller!r} sells no gas here; {', '.join(known)} do", field="seller")
        for node in nodes:
            market.network.node(node)
    if market.assumptions.conjecture > 0:
        return [*dict.fromkeys([*bans, *_exporters(market)]), OTHERS]
    return [*bans, OTHERS]


def _exporters(market: Market) -> list[str]:
    """Players who sold enough abroad in the benchmark to have a price to move."""
    bought = market.consumption + market.stocks
    sold = trace(market, market.production, bought, market.flow).drop(columns=OTHERS)
    abroad = {str(s): float(sold[s].to_numpy()[market.seller != s].sum()) for s in sold}
    return [s for s, volume in abroad.items() if volume > SMALL_SELLER]


def _program(
    market: Market, sellers: list[str], bans: Mapping[str, tuple[str, ...]]
) -> tuple[Array, Array, sparse.csc_matrix, Array]:
    """The program's variables in order: x [n], q [n], F in pieces, z [s, n], f [s, a], w, r [n]."""
    n, a, s, parts = len(market.production), len(market.flow), len(sellers), market.pieces
    label = _labels(market, sellers)
    eye_n, eye_a = sparse.identity(n), sparse.identity(a)
    stack = sparse.kron
    own = sparse.csc_matrix((np.ones(n), (label * n + np.arange(n), np.arange(n))), (s * n, n))
    labels, ones = sparse.identity(s), np.ones((1, s))
    stored = sparse.vstack([sparse.csc_matrix(((s - 1) * n, n)), eye_n])
    rows: list[list[Any]] = [
        [own, None, None, -sparse.identity(s * n), stack(labels, market.incidence), -own, stored],
        [None, -eye_n, None, stack(ones, eye_n), None, None, -eye_n],
        [None, None, -parts.of_links, None, stack(ones, eye_a), None, None],
    ]
    balance = sparse.csc_matrix(sparse.bmat(rows))
    power = np.zeros((s, n))
    before = np.zeros((s, n))
    if market.assumptions.conjecture > 0:
        sold = trace(market, market.production, market.consumption + market.stocks, market.flow)
        before = sold.reindex(columns=sellers, fill_value=0.0).to_numpy().T
        foreign = np.array([[p != seller for p in market.seller] for seller in sellers])
        foreign[-1] = False
        power = market.assumptions.conjecture * market.demand_slope[None] * foreign
    weight = np.concatenate(
        [
            market.supply_slope,
            market.demand_slope,
            parts.slope,
            power.ravel(),
            np.zeros(s * a + 2 * n),
        ]
    )
    linear = np.concatenate(
        [market.supply_price, -market.demand_price, parts.price,
         -(power * before).ravel(), np.zeros(s * a + n), np.full(n, HANDLING)]
    )  # fmt: skip
    may_sell, may_send = _allowed(market, sellers, bans)
    limit_x = np.where(market.production > 0, np.inf, 0.0)
    limit_q = np.where(market.consumption > 0, np.inf, 0.0)
    high = np.concatenate([limit_x, limit_q, parts.room, may_sell.ravel(), may_send.ravel(),
                           np.full(n, np.inf), np.maximum(-market.stocks, 0)])  # fmt: skip
    return weight, linear, balance, high


def _allowed(
    market: Market, sellers: list[str], bans: Mapping[str, tuple[str, ...]]
) -> tuple[Array, Array]:
    """Limits of sales [s, n] and flows [s, a] by seller: 0 where banned, else inf."""
    network = market.network
    sold = np.full((len(sellers), len(network.nodes)), np.inf)
    sent = np.full((len(sellers), len(network.links)), np.inf)
    start, end = (network.links[each].to_numpy(str) for each in ("from", "to"))
    from_player = network.links["from"].map(network.nodes["player"]).to_numpy(str)
    for seller, nodes in bans.items():
        closed = [network.node(node) for node in nodes]
        # What crosses the border straight from the seller counts as its gas, whoever produced it.
        sent[:, (from_player == seller) & np.isin(end, closed)] = 0.0
        row = sellers.index(seller)
        sold[row, network.nodes.index.get_indexer(pd.Index(closed))] = 0.0
        sent[row, np.isin(end, closed) | np.isin(start, closed)] = 0.0
    return sold, sent


def trace(market: Market, production: Array, consumption: Array, flow: Array) -> pd.DataFrame:
    """Whose gas is burnt where, bcm (node, seller).

    What a place produces is burnt there first; the rest and what arrives leave it well mixed.
    """
    network = market.network
    start, end = ends(network)
    kept = flow * (1 - network.links["loss"].to_numpy(float))
    sellers = [s for s in dict.fromkeys(market.seller) if s] + [OTHERS]
    label = np.array([sellers.index(p) if p else len(sellers) - 1 for p in market.seller])
    n = len(network.nodes)
    home = np.clip(np.minimum(production, consumption), 0, None)
    own = np.zeros((n, len(sellers)))
    own[np.arange(n), label] = np.maximum(production - home, 0)
    total = own.sum(axis=1)
    np.add.at(total, end, kept)
    mixing = np.zeros((n, n))
    np.add.at(mixing, (end, start), kept)
    total = np.maximum(total, 1e-9)[:, None]
    share = np.linalg.solve(np.eye(n) - mixing / total, own / total)
    sales = (consumption - home)[:, None] * share
    sales[np.arange(n), label] += home
    return pd.DataFrame(sales, network.nodes.index, sellers)
