"""What a coalition pays and what a target loses, at the best mix of sanctions."""

import pandas as pd

from multipolar import leverage
from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.display.words import called, ends_in_words, sector_name
from multipolar.model import Case
from multipolar.model.groups import label
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Sectors, Side, entry
from multipolar.questions.asking.question import Question, Shown, measure
from multipolar.questions.asking.reading import source

COST, LOSS = "cost to the coalition, bn USD a year", "loss of the target, bn USD a year"
ACTIONS = {
    "tariff": "tariff, %",
    "import_coverage": "imports embargoed, %",
    "export_coverage": "exports withheld, %",
}
WEIGHTS = (0.0, 0.1, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0)


class Frontier(Question):
    """What a coalition pays and what a target loses, at the best mix of sanctions."""

    cost = "minutes"
    scenario = ""

    coalition: Side = entry("coalition", "Who sanctions: a country or bloc.", pick="side")
    target: Side = entry("target", "Who is sanctioned: a country or bloc.", pick="side")
    weights: tuple[float, ...] = entry(
        "weights",
        "USD that the coalition would give up for a USD of the target's loss; searched from the "
        "mildest up.",
        default=WEIGHTS,
        unit="USD per USD",
        min_length=1,
        max_length=40,
    )
    sectors: Sectors = entry("sectors", "What may be sanctioned.", default="goods", pick="sectors")

    def ask(self, case: Case, on_step: OnStep = quiet) -> leverage.Frontier:
        """Points, mix, and uniform embargoes; see `leverage.frontier`."""
        weights = tuple(sorted(set(self.weights)))
        return leverage.frontier(
            case, self.coalition, self.target, weights, self.sectors, on_step=on_step
        )

    def tell(self, case: Case, found: leverage.Frontier) -> list[Answer]:
        """The frontier beside uniform embargoes, and the mix at the largest weight."""
        who, points = label(self.target), found.points
        rows = pd.DataFrame(
            {
                COST: points["cost"].to_numpy() / 1e3,
                LOSS: points["loss"].to_numpy() / 1e3,
                "cost, % of its real income": 100 * points["cost_share"].to_numpy(),
                "loss, % of its real income": 100 * points["loss_share"].to_numpy(),
            },
            pd.Index([f"{w:g}" for w in points["weight"]], name="USD given for a USD of loss"),
        )
        title = f"Sanctions by {called(label(self.coalition))} on {called(who)}: the frontier"
        remark = (
            "Each point is a local optimum, searched for from the one before. Largest slope left, "
            f"in units of the target's income: {points['slope'].max():.0e}."
        )
        answer = Answer(f"frontier-{who}", title, rows, remark, (self._lines(case, found),))
        return [answer, self._mix(case, found.mix)]

    def _lines(self, case: Case, found: leverage.Frontier) -> Figure:
        best = found.points.assign(sanctions="best mix")
        plain = found.uniform.assign(sanctions="uniform embargo of everything")
        columns = ["loss", "sanctions", "cost"]
        both = pd.concat([best[columns], plain[columns]], ignore_index=True)
        table = pd.DataFrame(
            {LOSS: both["loss"] / 1e3, "sanctions": both["sanctions"], COST: both["cost"] / 1e3}
        ).sort_values(LOSS)
        return charts.lines(
            table,
            key=f"frontier-{label(self.target)}",
            title="What the coalition pays and what the target loses",
            source=source(case),
            alt="Cost against loss, best mix and plain embargo: "
            + ends_in_words(table[["sanctions", COST]]),
            note="Below zero the coalition gains: its tariffs move the terms of trade.",
        )

    def _mix(self, case: Case, mix: pd.DataFrame) -> Answer:
        """Which instrument in which sector, at the largest weight; the picture has all weights."""
        heaviest = mix["weight"].max()
        here = mix[mix["weight"] == heaviest]
        rows = pd.DataFrame(
            {heading: 100 * here[column].to_numpy() for column, heading in ACTIONS.items()},
            pd.Index([sector_name(s) for s in here["sector"]], name="sector"),
        )
        cells = pd.DataFrame(
            {
                "sector": [sector_name(s) for s in mix["sector"]],
                "USD given for a USD of loss": [f"{w:g}" for w in mix["weight"]],
                ACTIONS["export_coverage"]: 100 * mix["export_coverage"].to_numpy(),
            }
        )
        figure = charts.heat_map(
            cells,
            digits=0,
            signed=False,
            key=f"frontier-mix-{label(self.target)}",
            title="What the coalition withholds, by what it would give up",
            source=source(case),
            alt="Exports withheld by sector and weight: " + ends_in_words(cells.iloc[:, [0, 2]]),
        )
        title = f"The best mix at {heaviest:g} USD for a USD of loss"
        return Answer(figure.key, title, rows, figures=(figure,))

    def say(self, case: Case, found: leverage.Frontier) -> list[str]:
        """The point at the largest weight."""
        last = found.points.iloc[-1]
        verb = "pays" if last["cost"] > 0 else "gains"
        coalition, target = called(label(self.coalition)), called(label(self.target))
        paid = f"{coalition} {verb} {abs(last['cost']) / 1e3:,.1f} bn USD a year"
        lost = f"{target} loses {last['loss'] / 1e3:,.1f} bn"
        return [f"At {last['weight']:g} USD for a USD of loss {paid} and {lost}."]

    def shown(self, case: Case, found: leverage.Frontier) -> list[Shown]:
        """Cost and loss at each weight."""
        return [
            Shown(measure, {"weight": text}, f"{word} at {text}", "bn USD", 1e-3, text, column)
            for text in (f"{weight:g}" for weight in found.points["weight"])
            for measure, word, column in (("paid", "cost", COST), ("loss", "loss", LOSS))
        ]

    @measure("cost to the coalition", "million USD a year")
    def paid(self, case: Case, found: leverage.Frontier, *, weight: str) -> float:
        """At a weight."""
        return float(found.points.set_index("weight")["cost"][float(weight)])

    @measure("loss of the target", "million USD a year")
    def loss(self, case: Case, found: leverage.Frontier, *, weight: str) -> float:
        """At a weight."""
        return float(found.points.set_index("weight")["loss"][float(weight)])
