"""Acts on the gas network, applied to a market; and the gas market of a case."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar.energy.calibration import GasAssumptions, Market, calibrate
from multipolar.energy.equilibrium import GasOutcome, equilibrium
from multipolar.energy.network import Network, near
from multipolar.errors import InputError
from multipolar.model import Case
from multipolar.policy import (
    CloseLink,
    GasBan,
    GasDemand,
    GasStocks,
    GasSupply,
    Instrument,
    LinkCapacity,
    NetworkAct,
    OpenLink,
    Policy,
)

T = TypeVar("T")
DEFAULT = "gas-2023"
LAST_YEAR = 2025  # later networks are outlooks


@dataclass(frozen=True, eq=False)
class Changed:
    """A market under acts, and the bans among them: seller -> nodes."""

    market: Market
    bans: Mapping[str, tuple[str, ...]]

    def solve(self) -> GasOutcome:
        """Its equilibrium; see `equilibrium`."""
        return equilibrium(self.market, self.bans)


def gas_equilibrium(
    network: Network | Market, changes: Policy | Instrument | Iterable[Instrument] = ()
) -> GasOutcome:
    """What the gas market does under acts on the network.

    Raises `InputError` for a link or node that the network lacks, and `NotConverged`.
    """
    market = network if isinstance(network, Market) else calibrate(network)
    return apply(market, changes).solve()


def network_acts(policy: Policy | Instrument | Iterable[Instrument]) -> Iterator[NetworkAct]:
    """The acts of a policy that work on the gas network."""
    acts = (policy,) if isinstance(policy, Instrument) else policy
    return (act for act in acts if isinstance(act, NetworkAct))


def apply(market: Market, changes: Policy | Instrument | Iterable[Instrument]) -> Changed:
    """The market under the network acts of a policy, in order; other acts are left out."""
    bans: dict[str, tuple[str, ...]] = {}
    for act in network_acts(changes):
        try:
            if isinstance(act, GasBan):
                seller = _seller(market.network, act.seller)
                nodes = named("buyer", partial(market.network.pick_nodes, act.buyer))
                bans[seller] = tuple(dict.fromkeys([*bans.get(seller, ()), *nodes]))
            else:
                market = _changed(market, act)
        except InputError as error:
            raise error.located(field=act.name) from None
    return Changed(market, bans)


def market_under(
    market: Market,
    changes: Policy | Instrument | Iterable[Instrument],
    lines: Iterable[str],
) -> Market:
    """The market under acts, for what tells no sellers apart and asks what some links are worth.

    Raises `InputError` for a ban, which needs sellers told apart, and for acts that shut a line.
    """
    changed = apply(market, changes)
    for seller in changed.bans:
        reason = f"a gas-ban on {seller} cannot be told here, where all gas is alike"
        raise InputError(f"{reason}; close the links instead (close-link)", field="policy")
    named = {
        market.network.links.index[k]
        for act in network_acts(changes)
        if isinstance(act, CloseLink | OpenLink | LinkCapacity)
        for k in _links(market.network, act.link)
    }
    for line in map(market.network.link, lines):
        at = market.network.links.index.get_loc(line)
        if line in named and changed.market.capacity[at] == 0:
            reason = f"an act shuts {line!r}, whose worth is asked; leave the act out"
            raise InputError(reason, field="policy", value=line)
    return changed.market


def named(field: str, find: Callable[[], T]) -> T:
    """What is found; an error names the field of the act, not that of the network."""
    try:
        return find()
    except InputError as error:
        raise InputError(error.reason, field=field, value=error.value) from None


def _seller(network: Network, name: str) -> str:
    sellers = [p for p in dict.fromkeys(network.nodes["player"]) if p]
    if name in sellers:
        return name
    player = str(network.nodes["player"].get(name, ""))
    if not player:
        raise InputError(f"no seller {name!r}{near(name, sellers)}", field="seller", value=name)
    return player


def _changed(market: Market, act: NetworkAct) -> Market:
    if isinstance(act, CloseLink | OpenLink | LinkCapacity):
        at = _links(market.network, act.link)
        capacity = market.capacity.copy()
        capacity[at] = _capacity(market, act, at)
        return replace(market, capacity=capacity)
    if isinstance(act, GasDemand | GasSupply | GasStocks):
        at = market.network.nodes.index.get_indexer(pd.Index(market.network.pick_nodes(act.node)))
        return _shifted(market, act, at)
    raise InputError(f"{act!r} is no act that the gas network knows")


def _links(network: Network, which: str | tuple[str, ...]) -> NDArray[np.intp]:
    names = [which] if isinstance(which, str) else list(which)
    return network.links.index.get_indexer(pd.Index([network.link(name) for name in names]))


def _capacity(
    market: Market, act: CloseLink | OpenLink | LinkCapacity, at: NDArray[np.intp]
) -> NDArray[np.float64]:
    old = market.capacity[at]
    if isinstance(act, CloseLink):
        return np.zeros(len(at))
    if isinstance(act, OpenLink):
        links = market.network.links
        plan = links["planned"] if "planned" in links else links["capacity"]
        planned = plan.to_numpy(float)[at]
        found = np.where(act.capacity > 0, act.capacity, np.maximum(old, planned))
        if not (np.nan_to_num(found) > 0).all():
            raise InputError("no capacity is planned; say which one", field="capacity")
        return np.asarray(found, float)
    if act.how == "set":
        return np.full(len(at), act.capacity)
    return old + act.capacity if act.how == "add" else old * act.capacity


def _shifted(
    market: Market, act: GasDemand | GasSupply | GasStocks, at: NDArray[np.intp]
) -> Market:
    """Curves shifted sideways: at each price so much more or less."""
    if isinstance(act, GasStocks):
        stocks, share = market.stocks.copy(), market.consumption[at]
        if share.sum() <= 0:
            raise InputError("nobody consumes gas there", field="node", value=act.node)
        stocks[at] += act.volume * share / share.sum()
        return replace(market, stocks=stocks)
    if isinstance(act, GasDemand):
        price = market.demand_price.copy()
        price[at] += market.demand_slope[at] * act.change * market.consumption[at]
        return replace(market, demand_price=price)
    price = market.supply_price.copy()
    price[at] -= market.supply_slope[at] * act.change * market.production[at]
    return replace(market, supply_price=price)


# --- of a case ------------------------------------------------------------------------------------


def assumptions_of(case: Case, network: str = "") -> GasAssumptions:
    """Short-run assumptions for a year that has been, long-run ones for an outlook."""
    year = Network.load(case.network or network or DEFAULT).year
    return GasAssumptions.long_run() if year > LAST_YEAR else GasAssumptions()


def market_of(case: Case, assumptions: GasAssumptions | None = None, network: str = "") -> Market:
    """The calibrated network that a case holds (`Case.network`), else `network`, else of 2023."""
    name = case.network or network or DEFAULT
    assumed = assumptions or assumptions_of(case, network)
    key = f"gas market {name} {assumed}"
    return case.once(key, lambda: calibrate(Network.load(name), assumed))


def outcomes(
    case: Case, assumptions: GasAssumptions | None = None
) -> tuple[GasOutcome, GasOutcome]:
    """The gas market before and under the network acts of a case; each is solved once."""
    market = market_of(case, assumptions)
    key = f"gas outcome {market.network.name} {market.assumptions}"
    before = case.once(f"{key} before", lambda: equilibrium(market))
    after = case.once(f"{key} after", lambda: apply(market, case.policy).solve())
    return before, after
