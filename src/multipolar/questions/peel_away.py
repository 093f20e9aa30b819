"""What relief from sanctions is worth to each side, and whether the rival can outweigh it."""

from dataclasses import dataclass

import pandas as pd

from multipolar import leverage
from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import called, capital, name
from multipolar.model import Case
from multipolar.model.groups import label
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Question, Shown, measure
from multipolar.questions.asking.reading import source


@dataclass(frozen=True)
class Courted:
    """What relief is worth (`leverage.Relief`), and the bargaining range if a war is stated.

    `bargain`: `leverage.bargaining_range`: low, high, width, shares of the stake.
    """

    relief: leverage.Relief
    bargain: dict[str, float] | None


class PeelAway(Question):
    """What relief from sanctions is worth to each side, and whether the rival can outweigh it."""

    cost = "seconds"
    scenario = "sanctions-2022"

    target: Side = entry("target", "Who is courted.", default="RUS", pick="side")
    suitor: Side = entry("suitor", "Who offers relief.", default="SANCTIONS", pick="side")
    rival: Side = entry(
        "rival", "The partner from which the target is courted away.", default="CHN", pick="side"
    )
    stake: float | None = entry(
        "stake",
        "Value of what a war is about, stated by you: adds the range in which both would settle.",
        default=None,
        unit="bn USD",
        gt=0,
    )
    chance: float = entry(
        "chance", "That the target wins it.", default=0.5, unit="fraction", ge=0, le=1
    )
    war_cost: tuple[float, float] = entry(
        "war cost", "Military costs of target and suitor, stated.", default=(0.0, 0.0),
        unit="bn USD a year",
    )  # fmt: skip
    years: float = entry(
        "years", "How long fighting and sanctions last.", default=1.0, unit="years", gt=0, le=100
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> Courted:
        """Relief by package; see `leverage.peel_away` and `leverage.bargaining_range`."""
        relief = leverage.peel_away(case, self.target, self.suitor, self.rival, on_step=on_step)
        if self.stake is None:
            return Courted(relief, None)
        whole = relief.packages.set_index("package").loc["everything"].to_dict()
        costs = [
            1e3 * cost + max(0.0, float(whole[side]))
            for cost, side in zip(self.war_cost, ("target", "suitor"), strict=True)
        ]
        found = leverage.bargaining_range(1e3 * self.stake, self.chance, *costs, years=self.years)
        return Courted(relief, found)

    def tell(self, case: Case, found: Courted) -> list[Answer]:
        """Each package and each side; the bargaining range where a stake is stated."""
        packages = found.relief.packages
        target, suitor, rival = (name(label(x)) for x in (self.target, self.suitor, self.rival))
        closed = f"worth to {target} if {rival} closes, bn USD"
        money = {
            f"worth to {target}, bn USD": "target",
            f"worth to {suitor}, bn USD": "suitor",
            f"worth to {rival}, bn USD": "rival",
            closed: "closed",
            f"worth to {rival} then, bn USD": "rival_closed",
        }
        rows = pd.DataFrame(
            {heading: packages[column].to_numpy() / 1e3 for heading, column in money.items()},
            pd.Index(packages["package"], name="relief"),
        )
        figure = charts.ranked_bars(
            rows[[closed]].reset_index(),
            digits=1,
            key=f"peel-away-{label(self.target)}",
            title=f"Would relief outweigh what {target} loses if {rival} closes?",
            subtitle=f"gain of {target} with relief and without {rival}, bn USD a year",
            source=source(case),
        )
        title = (
            f"What {called(label(self.suitor))} can offer {target}, and what {rival} can withhold"
        )
        also = " Measures of others stay." if found.relief.others else ""
        answer = Answer(figure.key, title, rows, self.say(case, found)[0] + also, (figure,))
        return [answer] if found.bargain is None else [answer, self._range(found.bargain)]

    def _range(self, found: dict[str, float]) -> Answer:
        rows = pd.DataFrame(
            {"share of the stake, %": [100 * found[k] for k in ("low", "high", "width")]},
            pd.Index(
                ["the least the target takes", "the most the suitor gives", "between"], name="deal"
            ),
        )
        remark = (
            f"Costs of {self.years:g} years of fighting and sanctions; outside 0 to 100 one side "
            "pays."
        )
        return Answer("bargaining-range", "What both would rather settle for", rows, remark)

    def say(self, case: Case, found: Courted) -> list[str]:
        """Whether any relief outweighs losing the rival."""
        packages = found.relief.packages
        held = [str(p) for p in packages.loc[packages["holds"], "package"]]
        answer = f"lifting {' or '.join(held)} outweighs" if held else "no package outweighs"
        target, rival = called(label(self.target)), called(label(self.rival))
        return [capital(f"for {target} {answer} the loss of {rival}.")]

    def shown(self, case: Case, found: Courted) -> list[Shown]:
        """What each package is worth to the target, and if the rival closes."""
        target, rival = (name(label(x)) for x in (self.target, self.rival))
        columns = {
            "target": f"worth to {target}, bn USD",
            "closed": f"worth to {target} if {rival} closes, bn USD",
        }
        return [
            Shown(
                "gain",
                {"side": side, "package": package},
                f"{package}, {column.removesuffix(', bn USD')}",
                "bn USD",
                1e-3,
                package,
                column,
            )
            for package in found.relief.packages["package"]
            for side, column in columns.items()
        ]

    @measure("gain from a package of relief", "million USD a year")
    def gain(
        self,
        case: Case,
        found: Courted,
        *,
        side: str = "target",
        package: str = "everything",
    ) -> float:
        """Of the target, the suitor or the rival; "closed": of the target if the rival closes."""
        return float(found.relief.packages.set_index("package")[side][package])
