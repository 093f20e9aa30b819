"""Questions about a path: their periods, their sources, and how a number is drawn over time."""

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from multipolar.display import charts
from multipolar.display.figure import Figure
from multipolar.display.words import source_line
from multipolar.model import Assumptions, Case, Course
from multipolar.model.path import on_a_path
from multipolar.policy.calendar import Periods
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import entry
from multipolar.questions.asking.question import Cost, Question

DAY = "middle of the period"


class OnAPath(Question, abstract=True):
    """A question about a path: what happens period by period."""

    cost: ClassVar[Cost] = "seconds"
    tells_change: ClassVar[bool] = True
    on_a_path: ClassVar[bool] = True

    over: Periods = entry(
        "periods",
        "Such as 2025Q1:2028Q4, 2025:2030 or 2025-01:2026-12; by default three years by quarter "
        "from the first act on.",
        default="",
    )

    def assumed(self, case: Case) -> Assumptions:
        """Those of a path, on which elasticities grow with time."""
        return on_a_path(case.assumptions)

    def walk(self, case: Case, on_step: OnStep = quiet) -> Course:
        """The path of a case over the question's periods."""
        return case.course(self.over, on_step)


def source(case: Case, course: Course) -> str:
    """Where the numbers of a path come from, and what they assume, in one line."""
    return source_line(case.world.name, course.sentence())


def by_period(line: pd.Series) -> dict[str, float]:
    """One number for each period as plain data."""
    return {str(period): float(value) for period, value in line.items()}


def over_time(
    case: Case, course: Course, lines: Mapping[str, pd.Series], heading: str, key: str, title: str
) -> Figure:
    """Lines over the calendar with the days on which acts begin or end.

    `lines`: by name, one number for each period; `heading` has the unit.
    """
    middle = course.data["time"] + (course.data["end"] - course.data["time"]) / 2
    days = middle.dt.strftime("%Y-%m-%d").values.tolist()
    each = [pd.DataFrame({DAY: days, "line": name, heading: n.values}) for name, n in lines.items()]
    values = pd.concat(each, ignore_index=True)
    told = "; ".join(
        f"{name} {line.iloc[0]:+.2f} at first, {line.iloc[-1]:+.2f} at last"
        for name, line in lines.items()
    )
    return charts.over_time(
        values,
        [(mark.day.isoformat(), f"{mark.day}: {mark.text}") for mark in course.marks],
        key=key,
        title=title,
        subtitle=f"{heading}; dashed: an act begins or ends",
        source=source(case, course),
        alt=f"{heading}, over time: {told}.",
    )
