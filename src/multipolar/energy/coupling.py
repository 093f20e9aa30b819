"""From the gas market to the world economy: what a gas outcome does to trade and real incomes.

One round. What a buyer no longer gets from a seller becomes an embargo on the seller's mining and
extraction (sector B06), of the share that gas has in it; what gas costs more becomes an export tax
on the same share, whose revenue the seller keeps. The taxes are scaled until what they bring in is
what buyers pay more for their gas in the gas market. (The bill for B06 as a whole cannot be the
yardstick: firms and households of the world spend fixed shares on a sector, so it hardly moves with
its price.) Trade reacts as after one year. Gas of places that the world lacks goes nowhere: what is
paid more for it is counted as `unplaced`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from multipolar.energy.equilibrium import OTHERS, GasOutcome
from multipolar.energy.network import MILLION_USD
from multipolar.errors import InputError, NotConverged
from multipolar.model import Case, Outcome
from multipolar.policy import Embargo, ExportTax, Policy
from multipolar.world import World

SECTOR = "B06"
HORIZON = 1.0  # years
LEAST = 0.3  # bcm a year: smaller sales and losses are left out
SMALL_RATE = 1e-5
HIGHEST_TAX = 9.0
MOST_ROUNDS = 8
CLOSE = 0.01  # of what gas costs more


@dataclass(frozen=True, eq=False)
class Coupled:
    """A gas outcome laid on the world: the acts, the outcome, and how well the two agree.

    `without`: the case without its gas acts, at the same horizon.

    `pairs`: a row for each buyer and seller of gas: exporters, importers (countries of the world),
    coverage (fraction), tax (fraction, before scaling), quantity before and after (bcm), `dearer`:
    what the buyer pays more for the gas that it still buys, million USD. `scale`: of all taxes;
    `wanted`: the sum of `dearer`, `found`: what the taxes bring in; `unplaced`: `dearer` of pairs
    that the world lacks; million USD a year.
    """

    policy: Policy
    outcome: Outcome
    without: Outcome
    pairs: pd.DataFrame
    scale: float
    wanted: float
    found: float
    unplaced: float

    def real_income(self) -> pd.Series:
        """By country: what gas alone changes, fraction of real income without the gas acts."""
        found, before = (o.real_income.to_series() for o in (self.outcome, self.without))
        return (1 + found) / (1 + before) - 1


def coupled(case: Case, before: GasOutcome, after: GasOutcome) -> Coupled:
    """The case's world with the acts that its gas outcome amounts to, besides the case's own.

    Raises `InputError` for a world without the sector, `NotConverged` if no scale of the taxes
    brings in what gas costs more.
    """
    if SECTOR not in case.world.sectors:
        raise InputError(f"the world has no sector {SECTOR}, in which gas is sold", field="world")
    pairs, unplaced = gas_pairs(case.world, before, after)
    wanted = float(pairs["dearer"].sum())
    base = case.assuming(horizon=HORIZON)
    scale = 1.0
    for _ in range(MOST_ROUNDS):
        policy = acts(pairs, scale)
        outcome = base.plus(policy).outcome
        found = _revenue(outcome, pairs, scale)
        if abs(found - wanted) <= CLOSE * max(abs(wanted), 100.0):
            return Coupled(policy, outcome, base.outcome, pairs, scale, wanted, found, unplaced)
        scale *= wanted / found if found * wanted > 0 else 0.5
    raise NotConverged("no scale of the export taxes brings in what gas costs more")


def acts(pairs: pd.DataFrame, scale: float) -> Policy:
    """Embargoes and export taxes of all pairs."""
    found: list[Embargo | ExportTax] = []
    for row in pairs.to_dict("records"):
        ends = (row["exporters"], row["importers"], SECTOR)
        if row["coverage"] > 0:
            found.append(Embargo(*ends, coverage=row["coverage"]))
        rate = _rate(row["tax"], scale)
        if abs(rate) > SMALL_RATE:
            found.append(ExportTax(*ends, rate=rate))
    return Policy(tuple(found))


def gas_pairs(world: World, before: GasOutcome, after: GasOutcome) -> tuple[pd.DataFrame, float]:
    """Pairs whose gas trade changes (see `Coupled`), and what is paid more on pairs left out."""
    network = after.market.network
    trade = world.trade.sel(sector=SECTOR).to_numpy()
    place = {country: k for k, country in enumerate(world.countries)}
    sellers = _countries(network.nodes, place)
    price = pd.DataFrame({"before": before.price, "after": after.price}, network.nodes.index)
    rows, unplaced = [], 0.0
    known = [str(seller) for seller in before.sales if seller != OTHERS]
    for buyer in map(str, network.nodes.index[network.nodes["countries"] != ""]):
        importers = _members(str(network.nodes["countries"][buyer]), place)
        for seller in known:
            old, new = (float(o.sales[seller][buyer]) for o in (before, after))
            if network.nodes["player"][buyer] == seller or max(old, new) < LEAST:
                continue
            was, now = float(price["before"][buyer]), float(price["after"][buyer])
            dearer = MILLION_USD * new * (now - was)
            exporters = sellers.get(str(seller), ())
            flow = float(trade[np.ix_([place[c] for c in exporters],
                                      [place[c] for c in importers])].sum())  # fmt: skip
            if flow < MILLION_USD * LEAST:
                unplaced += dearer
                continue
            share = min(MILLION_USD * old * was / flow, 1.0)
            lost = 1 - new / old if old - new > LEAST else 0.0
            tax = share * (now / was - 1)
            rows.append((seller, buyer, exporters, importers, share * lost, tax, old, new, dearer))
    columns = ["seller", "buyer", "exporters", "importers", "coverage", "tax", "before", "after",
               "dearer"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns), unplaced


def _members(text: str, place: dict[str, int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c for c in text.split() if c in place))


def _countries(nodes: pd.DataFrame, place: dict[str, int]) -> dict[str, tuple[str, ...]]:
    inland = nodes[nodes["region"] != "port"]
    return {
        str(player): _members(" ".join(texts), place)
        for player, texts in inland.groupby("player")["countries"]
    }


def _revenue(outcome: Outcome, pairs: pd.DataFrame, scale: float) -> float:
    """What the export taxes on gas bring in, million USD."""
    flow = outcome.border_trade().sel(sector=SECTOR).to_numpy()
    place = {country: k for k, country in enumerate(outcome.countries)}
    found = 0.0
    for row in pairs.to_dict("records"):
        cells = np.ix_([place[c] for c in row["exporters"]], [place[c] for c in row["importers"]])
        rate = _rate(row["tax"], scale)
        found += float(flow[cells].sum()) * rate / (1 + rate)
    return found


def _rate(tax: float, scale: float) -> float:
    return float(np.clip(scale * tax, -0.5, HIGHEST_TAX))
