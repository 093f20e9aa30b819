"""Kinds of question that no file of the package holds: what a plug-in would bring."""

import threading
import time
from typing import Literal

import pandas as pd

from multipolar.display.answer import Answer
from multipolar.questions.asking.fields import Country, Sectors, Side, entry
from multipolar.questions.asking.question import Question


def tally():
    """One with a field of every sort, answered at once."""

    class Tally(Question):
        """How many economies somebody counts, and how often."""

        cost = "seconds"

        whose: Country = entry("whose", "Who counts.", pick="country")
        times: int = entry("times", "How often.", default=2, ge=1, le=9)
        share: float = entry("share", "Of what.", default=0.5, unit="fraction", ge=0, le=1)
        mood: Literal["glad", "sad"] = entry("mood", default="glad")
        aloud: bool = entry("aloud", default=False)
        against: Side = entry("against", default="*", pick="side")
        others: tuple[Side, ...] = entry("others", default=(), pick="sides")
        routes: tuple[tuple[Side, Side], ...] = entry("routes", default=(), pick="pairs")
        goods: Sectors = entry("goods", default="goods", pick="sectors")
        weights: dict[str, float] = entry("weights", default={})
        grid: tuple[float, ...] = entry("grid", default=(1.0, 2.0))
        answer: float | Literal["best"] = entry("answer", default="best")
        stake: float | None = entry("stake", default=None)

        def ask(self, case, on_step):
            for done in range(1, self.times + 1):
                on_step("counting", done, self.times)
            return len(case.world.countries)

        def tell(self, case, found):
            fields = {name: str(getattr(self, name)) for name in type(self).model_fields}
            table = pd.DataFrame({"value": fields | {"total": str(found * self.times)}})
            return [Answer("tally", "A tally", table, "Counted.")]

        def say(self, case, found):
            total = found * self.times
            return [f"{self.whose} counts {found} economies {self.times} times: {total}."]

    return Tally


def dawdle():
    """One that works until its gate opens."""

    class Dawdle(Question):
        """It takes its time."""

        cost = "seconds"
        most: int = entry("most", "Steps.", default=600)

        def ask(self, case, on_step):
            Dawdle.begun.append(self.name)
            try:
                for done in range(self.most):
                    on_step("dawdling", done, self.most)
                    if Dawdle.gate.wait(0.02):
                        break
            finally:
                Dawdle.ended.append(time.monotonic())
            return 1

        def tell(self, case, found):
            return [Answer("dawdle", "It took its time", pd.DataFrame({"it": [found]}))]

    Dawdle.begun, Dawdle.ended, Dawdle.gate = [], [], threading.Event()
    return Dawdle
