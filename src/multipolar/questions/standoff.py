"""Two sides cut off from each other: what each loses, and who has leverage."""

import pandas as pd

from multipolar import leverage
from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import called, capital, name
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Sectors, Side, entry
from multipolar.questions.asking.question import Question, Shown, measure
from multipolar.questions.asking.reading import on_horizons, source

LOSS = "loss of real income, %"


class Standoff(Question):
    """Two sides cut off from each other: what each loses, and who has leverage."""

    cost = "seconds"
    scenario = ""

    one: Side = entry("one side", "A country or bloc.", pick="side")
    other: Side = entry("the other side", "A country or bloc.", pick="side")
    sectors: Sectors = entry("sectors", "What is cut off.", default="*", pick="sectors")

    def ask(self, case: Case, on_step: OnStep = quiet) -> pd.DataFrame:
        """A row for each horizon and side; see `leverage.standoff`."""
        return leverage.standoff(case, self.one, self.other, self.sectors, on_step=on_step)

    def tell(self, case: Case, found: pd.DataFrame) -> list[Answer]:
        """Losses and leverage of both, at each horizon."""
        sides = list(dict.fromkeys(found["country"]))
        labels = [
            f"{name(c)}, {h}" for c, h in zip(found["country"], found["horizon"], strict=True)
        ]
        rows = pd.DataFrame(
            {
                LOSS: 100 * found["loss"].to_numpy(),
                "loss, bn USD a year": found["cost"].to_numpy() / 1e3,
                "leverage over the other": found["leverage"].to_numpy(),
            },
            pd.Index(labels, name="side"),
        )
        key = f"standoff-{'-'.join(sides)}"
        title = f"{name(sides[0])} and {name(sides[1])} cut off from each other"
        bars = charts.ranked_bars(
            rows[[LOSS]].reset_index(), key=key, title=title, source=source(case), rise_is_loss=True
        )
        remark = (
            "Leverage: the other side's loss divided by one's own loss. "
            f"{name(self._stronger(found))} has it. {on_horizons(found['horizon'])}"
        )
        return [Answer(key, title, rows, remark.strip(), (bars,))]

    def shown(self, case: Case, found: pd.DataFrame) -> list[Shown]:
        """The loss of each side at each horizon."""
        return [
            Shown(
                "loss",
                {"country": code, "horizon": horizon},
                f"{name(code)}, {horizon}",
                "%",
                100.0,
                f"{name(code)}, {horizon}",
                LOSS,
            )
            for code, horizon in zip(found["country"], found["horizon"], strict=True)
        ]

    def _stronger(self, found: pd.DataFrame) -> str:
        """The side with leverage at the longest horizon."""
        last = found[found["horizon"] == found["horizon"].iloc[-1]]
        return str(last["country"].to_numpy()[last["leverage"].argmax()])

    def say(self, case: Case, found: pd.DataFrame) -> list[str]:
        """Who has leverage, and what both would lose."""
        first = found[found["horizon"] == found["horizon"].iloc[0]]
        strong = self._stronger(found)
        parts = [f"{called(c)} would lose {100 * loss:.2f} %"
                 for c, loss in zip(first["country"], first["loss"], strict=True)]  # fmt: skip
        return [
            (
                f"{capital(' and '.join(parts))} without each other ({first['horizon'].iloc[0]}): "
                f"{called(strong)} has leverage."
            )
        ]

    @measure("loss of real income from the cut-off", "fraction")
    def loss(self, case: Case, found: pd.DataFrame, *, country: str, horizon: str = "") -> float:
        """Of a side, at the longest horizon unless one is named."""
        return _of(found, "loss", country, horizon)

    @measure("leverage: loss of the other side over one's own", "ratio")
    def leverage(
        self, case: Case, found: pd.DataFrame, *, country: str, horizon: str = ""
    ) -> float:
        """Of a side, at the longest horizon unless one is named."""
        return _of(found, "leverage", country, horizon)


def _of(found: pd.DataFrame, column: str, country: str, horizon: str) -> float:
    rows = found[found["country"] == country]
    at = rows[rows["horizon"] == horizon] if horizon else rows
    return float(at[column].iloc[-1])
