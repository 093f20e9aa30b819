"""Questions about a path: their periods, their sources, and how a number is drawn over time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from multipolar.display import charts
from multipolar.display.figure import Figure
from multipolar.display.words import source_line
from multipolar.errors import InputError, did_you_mean
from multipolar.model import Assumptions, Case, Course
from multipolar.model.path import on_a_path
from multipolar.policy.calendar import Periods
from multipolar.progress import OnStep, quiet, within
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Cost, Question
from multipolar.questions.asking.reading import Party, parties

DAY = "middle of the period"
TOGETHER = 3  # lines in one picture; more have a panel each


@dataclass(frozen=True)
class TwoCourses:
    """A path with a deal and one without it."""

    here: Course
    without: Course


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


class WithAndWithout(OnAPath, abstract=True):
    """A question about a deal: the path with it, and the path on which what it ended goes on."""

    agreed: tuple[str, ...] = entry(
        "agreed", "Acts that there are only because of it, by their ids.", pick="acts", default=(),
    )  # fmt: skip
    ended: tuple[str, ...] = entry(
        "ended", "Acts that it ended, and that would have gone on, by their ids.",
        pick="acts", default=(),
    )  # fmt: skip
    countries: tuple[Side, ...] = entry(
        "countries", "Countries or blocs, at most four.", pick="sides",
        default=("USA", "CHN"), min_length=1, max_length=4,
    )  # fmt: skip

    def ask(self, case: Case, on_step: OnStep = quiet) -> TwoCourses:
        """Both paths; raises `InputError` if no act is named, or one that the case has not."""
        acts, deal = case.on_a_path, self.kind.replace("-", " ")
        if wrong := self.leaves_out_unknown([act.name for act in acts]):
            raise InputError(wrong)
        if not self.agreed and not self.ended:
            raise InputError("name the acts that the deal ended, or brought", field="ended")
        others = tuple(
            act.going_on() if act.name in self.ended else act
            for act in acts
            if act.name not in self.agreed
        )
        here = self.walk(case, within(on_step, f"{deal}, with it"))
        without = self.walk(case.with_dated(others), within(on_step, f"{deal}, without it"))
        return TwoCourses(here, without)

    def leaves_out_unknown(self, known: list[str]) -> str:
        """A sentence about an act that is named but does not exist; empty where all do."""
        for act in (*self.agreed, *self.ended):
            if act not in known:
                return f"names {act!r}, which is not an act{did_you_mean(act, known)}"
        return ""

    def each(self, found: TwoCourses) -> Iterator[tuple[Side, Party]]:
        """Its countries and blocs, as they were named and as they are known."""
        return zip(self.countries, parties(found.here, self.countries), strict=True)


def source(case: Case, course: Course) -> str:
    """Where the numbers of a path come from, and what they assume, in one line."""
    return source_line(case.world.name, course.sentence())


def by_period(line: pd.Series) -> dict[str, float]:
    """One number for each period as plain data."""
    return {str(period): float(value) for period, value in line.items()}


def over_time(
    case: Case, course: Course, lines: Mapping[str, pd.Series], heading: str, key: str, title: str
) -> Figure:
    """Lines over the calendar with the days on which acts begin or end; many have a panel each.

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
    draw = charts.over_time if len(lines) <= TOGETHER else charts.panels
    return draw(
        values,
        [(mark.day.isoformat(), f"{mark.day}: {mark.text}") for mark in course.marks],
        key=key,
        title=title,
        subtitle=f"{heading}; dashed: an act begins or ends",
        source=source(case, course),
        alt=f"{heading}, over time: {told}.",
    )
