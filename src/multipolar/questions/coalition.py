"""Whether a coalition hurts a target more together than its members do one by one."""

import pandas as pd

from multipolar import leverage
from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import called, listed, name
from multipolar.model import Case
from multipolar.model.groups import label
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Sectors, Side, entry
from multipolar.questions.asking.question import Question, measure
from multipolar.questions.asking.reading import on_horizons, parties_apart, source

LOSS = "loss of real income, %"


class Coalition(Question):
    """Whether a coalition hurts a target more together than its members do one by one."""

    cost = "seconds"
    scenario = ""

    target: Side = entry("target", "Who is cut off: a country or bloc.", pick="side")
    members: tuple[Side, ...] = entry(
        "members", "Countries or blocs that cut it off.", pick="sides", min_length=2, max_length=20
    )
    sectors: Sectors = entry("sectors", "What is cut off.", default="*", pick="sectors")

    def ask(self, case: Case, on_step: OnStep = quiet) -> pd.DataFrame:
        """A row for each horizon; see `leverage.complementarity`."""
        parties_apart(case.outcome, (self.target, *self.members), "members")
        return leverage.complementarity(
            case, self.members, self.target, self.sectors, on_step=on_step
        )

    def tell(self, case: Case, found: pd.DataFrame) -> list[Answer]:
        """The target's loss from all together and from each apart."""
        who = label(self.target)
        rows = pd.DataFrame(
            {
                f"{LOSS}, cut off by all": 100 * found["together"].to_numpy(),
                f"{LOSS}, sum of one by one": 100 * found["apart"].to_numpy(),
                "more together, percentage points": 100 * found["complementarity"].to_numpy(),
            },
            pd.Index(found["horizon"], name="horizon"),
        )
        bars = pd.DataFrame(
            [
                (f"{horizon}, {how}", 100 * float(row[column]))
                for horizon, row in zip(found["horizon"], found.to_dict("records"), strict=True)
                for how, column in (("all together", "together"), ("one by one", "apart"))
            ],
            columns=["cut off", LOSS],
        )
        names = listed([name(label(side)) for side in self.members])
        title = f"{name(who)} cut off by {names}: together, and one by one"
        figure = charts.ranked_bars(
            bars, key=f"coalition-{who}", title=title, source=source(case), rise_is_loss=True
        )
        remark = (
            "More together: what one denies, another could have supplied. Less: the first cut-off "
            "already worsens the target's terms of trade with all others. "
        ) + on_horizons(found["horizon"])
        return [Answer(figure.key, title, rows, remark.strip(), (figure,))]

    def say(self, case: Case, found: pd.DataFrame) -> list[str]:
        """Whether the coalition together does more than its parts."""
        row = found.iloc[-1]
        more = "more" if row["complementarity"] > 0 else "less"
        lost = f"{called(label(self.target))} loses {100 * row['together']:.2f} %"
        gap = f"{100 * abs(row['complementarity']):.2f} points {more} than from each alone"
        return [f"{row['horizon'].capitalize()}: cut off by all, {lost}, {gap}."]

    @measure("loss of the target cut off by all, less the sum of its losses from each", "fraction")
    def complementarity(self, case: Case, found: pd.DataFrame, *, horizon: str = "") -> float:
        """At the longest horizon unless one is named."""
        at = found[found["horizon"] == horizon] if horizon else found
        return float(at["complementarity"].iloc[-1])
