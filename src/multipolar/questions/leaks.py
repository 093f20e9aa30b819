"""Which third country gains most from passing on blocked goods, and which a threat stops."""

import pandas as pd

from multipolar import leverage
from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.words import called, capital, name
from multipolar.model import Case
from multipolar.policy import Leakage
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Question, Shown, measure
from multipolar.questions.asking.reading import source

GAIN = "gain from leaking, bn USD"


class Leaks(Question):
    """Which third country gains most from passing on blocked goods, and which a threat stops."""

    cost = "seconds"
    scenario = "sanctions-2022"

    exporter: Side = entry(
        "exporter", "Whose blocked sales leak.", default="SANCTIONS", pick="side"
    )
    importer: Side = entry(
        "importer", "The buyer of the blocked goods.", default="RUS", pick="side"
    )
    through: Side = entry(
        "through", "Third countries that might pass on the goods.", default="*", pick="side"
    )
    share: float = entry(
        "share", "How much of the blocked trade returns.", default=0.33, unit="fraction", ge=0, le=1
    )
    markup: float = entry(
        "mark-up", "What the third country adds.", default=0.2, unit="fraction", ge=0, le=10
    )
    secondary: float = entry(
        "secondary sanctions",
        "Coverage of the exporter's embargo on a country that leaks.",
        default=0.0,
        unit="fraction",
        ge=0,
        le=1,
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> pd.DataFrame:
        """A row for each third country; see `leverage.who_leaks`."""
        act = Leakage(
            self.exporter,
            self.importer,
            self.through,
            share=self.share,
            markup=self.markup,
            sanctioner=self.exporter if self.secondary else None,
            secondary=self.secondary,
        )
        return leverage.who_leaks(case, act, on_step=on_step)

    def tell(self, case: Case, found: pd.DataFrame) -> list[Answer]:
        """Who gains, and who still gains under the threat."""
        rows = pd.DataFrame(
            {
                GAIN: found["gain"].to_numpy() / 1e3,
                "gain, % of real income change": 100 * found["gain_share"].to_numpy(),
                "gain if punished, bn USD": found["gain_punished"].to_numpy() / 1e3,
                "leaks": ["yes" if leaks else "no" for leaks in found["leaks"]],
            },
            pd.Index([name(c) for c in found["country"]], name="third country"),
        )
        if not self.secondary:
            rows = rows.drop(columns=["gain if punished, bn USD", "leaks"])
        ends = rows if len(rows) <= 3 * ROWS else pd.concat([rows.head(2 * ROWS), rows.tail(3)])
        cut = f" The ends of {len(rows)} rows; the JSON has all." if len(ends) < len(rows) else ""
        title = "Who would pass on what is blocked"
        figure = charts.ranked_bars(
            rows[[GAIN]].head(2 * ROWS).reset_index(),
            digits=2,
            key="who-leaks",
            title=title,
            source=source(case),
        )
        return [Answer(figure.key, title, ends, " ".join(self.say(case, found)) + cut, (figure,))]

    def say(self, case: Case, found: pd.DataFrame) -> list[str]:
        """Who gains most, and how many countries a threat stops."""
        first = found.iloc[0]
        said = [
            (
                f"{capital(called(first['country']))} gains most from passing on what is blocked: "
                f"{first['gain'] / 1e3:,.2f} bn USD a year."
            )
        ]
        if self.secondary:
            stopped = int((~found["leaks"]).sum())
            said.append(f"Secondary sanctions stop {stopped} of {len(found)}.")
        return said

    def shown(self, case: Case, found: pd.DataFrame) -> list[Shown]:
        """The gain of the third countries at the head of the table."""
        return [
            Shown("gain", {"country": code}, name(code), "bn USD", 1e-3, name(code), GAIN)
            for code in found["country"].head(2 * ROWS)
        ]

    @measure("gain from leaking", "million USD a year")
    def gain(self, case: Case, found: pd.DataFrame, *, country: str) -> float:
        """Of a third country."""
        return float(found.set_index("country")["gain"][country])
