"""From a year's accounts to a market: flows that balance, and curves through them.

First the observed flows and balances are reconciled (weighted least squares under the accounting
identity of each node). Then every node gets a linear inverse demand and supply curve and every
link a linear marginal cost through what was observed, all strictly rising or falling, so that
flows and prices are unique. What engineering cost does not explain of a price difference stays on
the link as a `residual` wedge and is reported.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from multipolar.energy.network import Network
from multipolar.energy.prices import USED, node_prices
from multipolar.energy.program import Array, solve_program
from multipolar.energy.transport import Pieces, pieces
from multipolar.errors import InputError, choose

BALANCE_ERROR = 0.03  # relative standard error of production and consumption, assumed
FLOW_ERROR = 0.05  # of an observed flow, assumed
LEAST_ERROR = 0.2  # bcm
LEAST_COST = 0.05  # of its engineering cost: marginal cost of a link in use, at least
KNEE = 0.1  # of marginal cost at the benchmark: from there down it falls gently to zero
SLACK = 0.02  # a link within 2 % of its capacity counts as full: its wedge may be scarcity rent


@dataclass(frozen=True)
class GasAssumptions:
    """How gas reacts to prices; every number is an assumption unless its comment has a source.

    Elasticities are short run (about a year). `route_flexibility`: by how much of its usual flow a
    sea route grows when it earns 1 USD/MMBtu more; `american_flexibility` the same for sellers of
    North America, whose contracts name no destination. `new_route`: bcm that an unused route would
    carry as if it were in use. `conjecture`: 0 competition, 1 Cournot. Flexibilities, Asia's and
    liquefaction's elasticity and the slope of pipelines were chosen, rounded, on 2022 alone
    (`docs/gas.md`); 2023 was not used.
    """

    demand_elasticity_europe: float = 0.12  # Natixis (Artus) 2022, short run, European Union
    demand_elasticity_asia: float = 0.18
    demand_elasticity_rest: float = 0.06
    supply_elasticity: float = 0.10
    liquefaction_elasticity: float = 0.06
    route_flexibility: float = 0.03
    american_flexibility: float = 0.36
    new_route: float = 0.5
    pipeline_slope: float = 9.0  # USD/MMBtu between an empty and a full pipeline: contracts
    grid_slope: float = 0.9  # the same within Europe, where hubs trade freely
    conjecture: float = 0.0

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            low = 0.0 if each.name == "conjecture" else 1e-6
            high = 1.0 if each.name == "conjecture" else 100.0
            if not isinstance(value, int | float) or not low <= value <= high:
                raise InputError(f"must lie between {low:g} and {high:g} (it is {value!r})",
                                 field=each.name, value=value)  # fmt: skip

    @classmethod
    def long_run(cls) -> "GasAssumptions":
        """For an outlook: plants and contracts adjust; all of it assumed."""
        return cls(
            demand_elasticity_europe=0.5, demand_elasticity_asia=0.5, demand_elasticity_rest=0.3,
            supply_elasticity=0.6, liquefaction_elasticity=0.6, route_flexibility=0.5,
            american_flexibility=1.0, pipeline_slope=1.0, new_route=2.0,
        )  # fmt: skip

    def changed(self, **changes: Any) -> "GasAssumptions":
        """The same assumptions with some replaced; raises `InputError` for an unknown one."""
        known = [each.name for each in fields(self)]
        for name in changes:
            if name not in known:
                raise InputError(f"no such assumption{choose(name, known)}", field=name)
        return replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Market:
    """A calibrated network. Arrays follow the rows of `network.nodes` [n] and `network.links` [a].

    Inverse demand ``demand_price - demand_slope q``, marginal cost of production ``supply_price +
    supply_slope x``, of transport ``link_price + link_slope f`` (below `link_knee` flatter, down to
    zero where nothing flows: `transport`), all in USD/MMBtu and bcm.
    `stocks` [n]: bcm put into stores. `production`, `consumption`, `flow`, `price`: the benchmark.
    `residual` [a]: the part of the wedge that engineering cost does not explain. `moved`: bcm by
    which reconciling moved the observations, in total. `seller` [n]: whose gas is produced there.
    """

    network: Network
    assumptions: GasAssumptions
    stocks: Array
    production: Array
    consumption: Array
    flow: Array
    price: Array
    demand_price: Array
    demand_slope: Array
    supply_price: Array
    supply_slope: Array
    link_price: Array
    link_slope: Array
    link_knee: Array
    capacity: Array
    residual: Array
    moved: float
    seller: NDArray[np.str_] = field(default_factory=lambda: np.array([], dtype=str))

    @property
    def incidence(self) -> sparse.csc_matrix:
        """What a unit sent over link a adds to node n [n, a]."""
        return incidence(self.network)

    @property
    def costless(self) -> Array:
        """What each node can produce before its marginal cost rises above zero [n], bcm."""
        return np.where(self.production > 0, np.maximum(-self.supply_price / self.supply_slope, 0),
                        0.0)  # fmt: skip

    @property
    def pieces(self) -> Pieces:
        """The curves of transport in pieces that programs can hold."""
        return pieces(self.link_price, self.link_slope, self.link_knee, self.capacity)

    def transport(self, flow: Array) -> tuple[Array, Array]:
        """Marginal cost of transport (USD/MMBtu) and what it costs (times bcm), by link [a]."""
        endless = np.full(len(flow), np.inf)
        parts = pieces(self.link_price, self.link_slope, self.link_knee, endless)
        carried = parts.split(flow)
        marginal = parts.price + parts.slope * carried
        upper, lower = np.split(marginal, [parts.links])
        bent = parts.link[parts.links :]
        upper[bent] = np.where(carried[bent] > 0, upper[bent], lower)
        return upper, parts.cost(carried)

    def residuals(self) -> pd.DataFrame:
        """By link: flow (bcm), price difference, engineering cost, residual (USD/MMBtu)."""
        links = self.network.links
        start, end = ends(self.network)
        spread = self.price[end] * (1 - links["loss"].to_numpy(float)) - self.price[start]
        table = {"flow": self.flow, "spread": spread, "cost": links["cost"].to_numpy(float),
                 "residual": self.residual}  # fmt: skip
        return pd.DataFrame(table, links.index)


def ends(network: Network) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the nodes where links begin and end [a]."""
    place = network.nodes.index
    found = [place.get_indexer(pd.Index(network.links[end])) for end in ("from", "to")]
    return found[0], found[1]


def incidence(network: Network) -> sparse.csc_matrix:
    """What a unit sent over link a adds to node n [n, a]."""
    start, end = ends(network)
    links = np.arange(len(start))
    kept = 1 - network.links["loss"].to_numpy(float)
    values = np.r_[-np.ones(len(start)), kept]
    shape = (len(network.nodes), len(start))
    return sparse.csc_matrix((values, (np.r_[start, end], np.r_[links, links])), shape)


def calibrate(network: Network, assumptions: GasAssumptions | None = None) -> Market:
    """A market whose equilibrium without any change is the reconciled year."""
    assumed = assumptions or GasAssumptions()
    production, consumption, flow, moved = reconcile(network)
    start, end = ends(network)
    flow = netted(flow, start, end)
    price = node_prices(network, flow, start, end)
    links = network.links
    keeps = 1 - links["loss"].to_numpy(float)
    spread = price[end] * keeps - price[start]
    cost, capacity = links["cost"].to_numpy(float), links["capacity"].to_numpy(float)
    full = (flow >= (1 - SLACK) * capacity) & (spread > cost)
    capacity = np.where(flow > capacity, flow, capacity)
    used = flow > USED
    # A link without capacity carries nothing because it is shut, not because it is dear.
    shut = full | (capacity == 0)
    least = np.where(used, LEAST_COST, 1.0) * cost
    at_flow = np.where(shut, cost, np.maximum(spread, least))
    slope = _link_slopes(network, assumed, flow, capacity, price[end])
    eps_d, eps_s = _elasticities(network, assumed)
    demand_slope = price / (eps_d * np.maximum(consumption, 1e-6))
    supply_slope = price / (eps_s * np.maximum(production, 1e-6))
    return Market(
        network, assumed, network.nodes["stocks"].to_numpy(float),
        production, consumption, flow, price,
        demand_price=price + demand_slope * consumption,
        demand_slope=demand_slope,
        supply_price=price - supply_slope * production,
        supply_slope=supply_slope,
        link_price=at_flow - slope * flow,
        link_slope=slope,
        link_knee=KNEE * at_flow,
        capacity=capacity,
        residual=at_flow - cost,
        moved=moved,
        seller=network.nodes["player"].to_numpy(str),
    )  # fmt: skip


def reconcile(network: Network) -> tuple[Array, Array, Array, float]:
    """Balanced production, consumption [n], flows [a], and the bcm moved, by least squares.

    Flows that nobody observed carry no weight but a small cost, so that gas takes the cheap way.
    """
    nodes, links = network.nodes, network.links
    made, used = (nodes[c].to_numpy(float) for c in ("production", "consumption"))
    seen = links["flow"].to_numpy(float)
    target = np.concatenate([made, used, seen])
    known = np.isfinite(target)
    error = np.concatenate([BALANCE_ERROR * made, BALANCE_ERROR * used, FLOW_ERROR * seen])
    weight = np.where(known, 1 / np.maximum(np.nan_to_num(error), LEAST_ERROR) ** 2, 1e-5)
    linear = np.concatenate([np.zeros(2 * len(nodes)), 1e-3 * (0.2 + links["cost"].to_numpy())])
    linear = np.where(known, -weight * np.nan_to_num(target), linear)
    identity = sparse.identity(len(nodes))
    balance = sparse.hstack([identity, -identity, incidence(network)], format="csc")
    high = np.concatenate([np.full(2 * len(nodes), np.inf), links["capacity"].to_numpy(float)])
    high = np.where(known & (np.nan_to_num(target) > high), target, high)
    high[: len(nodes)] = np.where(made == 0, 0.0, np.inf)
    high[len(nodes) : 2 * len(nodes)] = np.where(used == 0, 0.0, np.inf)
    end = solve_program(weight, linear, balance, nodes["stocks"].to_numpy(float), high)
    found = np.maximum(end.x, 0)
    found[found < 2e-3] = 0
    moved = float(np.abs(found - target)[known].sum())
    n = len(nodes)
    return found[:n], found[n : 2 * n], found[2 * n :], moved


def netted(flow: Array, start: NDArray[np.intp], end: NDArray[np.intp]) -> Array:
    """Flows less what goes both ways between two places [a]: nobody ships gas there and back.

    Such flows are swaps on paper; each direction loses in proportion to its links' flows.
    """
    pair = np.minimum(start, end) * (start.max() + end.max() + 1) + np.maximum(start, end)
    _, at = np.unique(pair, return_inverse=True)
    ways = np.array([np.bincount(at, flow * (start < end)), np.bincount(at, flow * (start > end))])
    both = ways.min(axis=0)
    total = np.where(start < end, ways[0][at], ways[1][at])
    return flow * (1 - both[at] / np.maximum(total, 1e-12))


def _link_slopes(
    network: Network, assumed: GasAssumptions, flow: Array, capacity: Array, price: Array
) -> Array:
    kind = network.links["kind"].to_numpy(str)
    american = network.links["from"].str.startswith("NAM").to_numpy()
    flexible = np.where(american, assumed.american_flexibility, assumed.route_flexibility)
    planned = network.links.get("planned", network.links["capacity"]).to_numpy(float)
    size = np.where(capacity > 0, capacity, np.nan_to_num(planned))
    size = np.where(np.isfinite(size), size, 100.0)
    region = network.nodes["region"]
    within = (region[network.links["from"]] == "Europe").to_numpy() & (
        region[network.links["to"]] == "Europe"
    ).to_numpy()
    outsiders = network.links["from"].isin(["NOR", "UKR", "BLR", "TUR"]).to_numpy()
    contract = assumed.pipeline_slope / np.maximum(size, 1.0)
    grid = assumed.grid_slope / np.maximum(size, 1.0)
    pipe = np.where(within & ~outsiders, grid, contract)
    slopes = {
        "pipeline": pipe,
        "lng-import": grid,
        "lng-export": price / (assumed.liquefaction_elasticity * np.maximum(flow, 0.5)),
        "route": 1 / (flexible * (flow + assumed.new_route)),
    }
    return np.select([kind == k for k in slopes], list(slopes.values()), default=1.0)


def _elasticities(network: Network, assumed: GasAssumptions) -> tuple[Array, Array]:
    region = network.nodes["region"].to_numpy(str)
    demand = np.select(
        [region == "Europe", region == "Asia"],
        [assumed.demand_elasticity_europe, assumed.demand_elasticity_asia],
        default=assumed.demand_elasticity_rest,
    )
    return demand, np.full(len(region), assumed.supply_elasticity)
