"""The gas market under a case: prices, flows, who burns less, who earns more."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.energy import (
    USD_PER_1000_RUSSIAN,
    GasAssumptions,
    GasOutcome,
    Network,
    market_of,
    outcomes,
    surplus_change,
)
from multipolar.energy.changes import assumptions_of
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import entry
from multipolar.questions.asking.gas import (
    flow_map,
    gas_source,
    level_map,
    network_line,
    node_names,
)
from multipolar.questions.asking.question import Question, measure

STILL = 5e-3  # USD/MMBtu or bcm a year: less than that is no move


@dataclass(frozen=True, eq=False)
class GasFound:
    """The market before and after: `nodes`, `links` (bcm, USD/MMBtu), `surplus` (million USD).

    `surplus`: changes; NaN where an act shifts the curve (see `energy.surplus_change`). `residual`,
    `gap`: violation of the conditions of optimality and duality gap, relative.
    """

    network: str
    nodes: pd.DataFrame
    links: pd.DataFrame
    surplus: pd.DataFrame
    residual: float
    gap: float


class GasMarket(Question):
    """The gas market under the case's acts: prices, flows, who burns less, who earns more."""

    cost = "reads"
    needs_trade = False
    needs_network = True
    scenario = "ukraine-transit-ends"

    conjecture: float = entry(
        "market power", "0: sellers compete; 1: each counts on moving the price abroad (Cournot).",
        default=0.0, ge=0, le=1,
    )  # fmt: skip

    def _solved(self, case: Case) -> tuple[GasOutcome, GasOutcome]:
        assumed: GasAssumptions = assumptions_of(case).changed(conjecture=self.conjecture)
        return outcomes(case, assumed)

    def rests(self, case: Case) -> str:
        """The gas network; no trade is solved."""
        return network_line(case)

    def ask(self, case: Case, on_step: OnStep = quiet) -> GasFound:
        """Before and after; see `energy.outcomes`."""
        on_step("solving the gas market")
        before, after = self._solved(case)
        inland = node_names(after).index
        was = before.nodes().drop(columns="name").add_suffix("_before")
        nodes = after.nodes().join(was)
        links = after.links().assign(flow_before=before.flow)
        surplus = surplus_change(before, after).loc[inland]
        residual = max(before.residual, after.residual)
        gap = max(before.gap, after.gap)
        return GasFound(after.market.network.name, nodes.loc[inland], links, surplus, residual, gap)

    def tell(self, case: Case, found: GasFound) -> list[Answer]:
        """Prices and consumption by node; the flows that move most; a map."""
        if self._still(found):
            return [self._levels(case, found)]
        before, after = self._solved(case)
        nodes = found.nodes.dropna(subset=["price"])
        change = nodes["price"] - nodes["price_before"]
        top = change.abs().nlargest(ROWS + 4).index
        prices = pd.DataFrame(
            {
                "price before, USD/MMBtu": nodes.loc[top, "price_before"],
                "price change, USD/MMBtu": change[top],
                "price change, USD per 1,000 m3": change[top] * USD_PER_1000_RUSSIAN,
                "consumption change, bcm": (nodes["consumption"] - nodes["consumption_before"])[
                    top
                ],
            }
        ).set_axis(pd.Index(nodes.loc[top, "name"], name="node"))
        picture = flow_map(
            before, after, key="gas-network", title="Gas flows and prices under the acts"
        )
        remark = (
            f"Network {found.network}; a year; m3 at Russian conditions. Optimal to "
            f"{found.residual:.0e}, duality gap {found.gap:.0e}."
        )
        answers = [Answer("gas-prices", "What gas costs", prices, remark, (picture,))]
        return [*answers, self._flows(found)]

    def _levels(self, case: Case, found: GasFound) -> Answer:
        """What gas costs where nothing moves: a table of changes would hold zeros only."""
        nodes = found.nodes.dropna(subset=["price"]).nlargest(ROWS + 4, "consumption")
        columns = {"price": "price, USD/MMBtu", "consumption": "consumption, bcm"}
        rows = nodes.set_index("name")[list(columns)].rename(columns=columns).rename_axis("node")
        remark = f"Network {found.network}; a year; the largest users. No act moves this market."
        outcome = self._solved(case)[1]
        figure = charts.ranked_bars(
            rows.iloc[:, :1].sort_values("price, USD/MMBtu", ascending=False).reset_index(),
            key="gas-prices", title="What gas costs", source=gas_source(outcome),
        )  # fmt: skip
        year = outcome.market.network.year
        picture = level_map(outcome, key="gas-network", title=f"Gas flows and prices, {year}")
        return Answer(figure.key, figure.title, rows, remark, (picture, figure))

    def _still(self, found: GasFound) -> bool:
        """Whether neither prices nor flows move: a table would hold zeros only."""
        price = (found.nodes["price"] - found.nodes["price_before"]).abs().max()
        flow = (found.links["flow"] - found.links["flow_before"]).abs().max()
        return bool(price < STILL and flow < STILL)

    def _flows(self, found: GasFound) -> Answer:
        links = found.links[found.links["kind"] != "route"]
        moved = links["flow"] - links["flow_before"]
        top = moved.abs().nlargest(ROWS + 4).index
        table = pd.DataFrame(
            {
                "before, bcm": links.loc[top, "flow_before"],
                "after, bcm": links.loc[top, "flow"],
                "change, bcm": moved[top],
                "worth of 1 bcm more capacity, USD/MMBtu": links.loc[top, "scarcity"],
            }
        ).rename_axis("link")
        return Answer("gas-flows", "Which flows move", table, "Links moved most, bcm a year.")

    def say(self, case: Case, found: GasFound) -> list[str]:
        """The price that moves most where gas is burnt."""
        nodes = found.nodes[found.nodes["consumption_before"] > 1]
        change = (nodes["price"] - nodes["price_before"]).fillna(0.0)
        if np.abs(change).max() < STILL:
            return [f"No act moves the gas market of {found.network}."]
        place = str(change.abs().idxmax())
        told = (
            f"Gas costs {change[place]:+.2f} USD/MMBtu in {nodes['name'][place]}, where its price "
            f"moves most; {change.get('BNL', 0.0):+.2f} at the Dutch hub."
        )
        return [told]

    @measure("change of the price of gas", "USD/MMBtu")
    def price(self, case: Case, found: GasFound, *, node: str) -> float:
        """At a node, by its code or name."""
        at = _network(case).node(node)
        return float(found.nodes["price"][at] - found.nodes["price_before"][at])

    @measure("change of a link's flow", "bcm a year")
    def flow(self, case: Case, found: GasFound, *, link: str) -> float:
        """By its name."""
        at = _network(case).link(link)
        return float(found.links["flow"][at] - found.links["flow_before"][at])

    @measure("change of surplus", "million USD a year")
    def surplus(self, case: Case, found: GasFound, *, node: str) -> float:
        """Of consumers, producers and sellers' transport there; NaN if an act shifts a curve."""
        return float(found.surplus.loc[_network(case).node(node)].to_numpy().sum())


def _network(case: Case) -> Network:
    return market_of(case).network
