"""What a truce changed: the path with it, and the path on which what it ended goes on."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from multipolar.display.answer import Answer
from multipolar.errors import InputError, did_you_mean
from multipolar.model import Case, Course
from multipolar.progress import OnStep, quiet, within
from multipolar.questions.asking.along import OnAPath, by_period, over_time
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import measure
from multipolar.questions.asking.reading import Party, parties

GAP = "real income, points of % that the truce adds"


@dataclass(frozen=True)
class TwoCourses:
    """A path with a truce and one without it."""

    here: Course
    without: Course


class Truce(OnAPath):
    """What a truce changed over time, against a path on which what it ended goes on."""

    agreed: tuple[str, ...] = entry(
        "agreed", "Acts that there are only because of the truce, by their ids.",
        pick="acts", default=(),
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
        acts = case.on_a_path
        if wrong := self.leaves_out_unknown([act.name for act in acts]):
            raise InputError(wrong)
        if not self.agreed and not self.ended:
            raise InputError("name the acts that the truce ended, or brought", field="ended")
        others = tuple(
            act.going_on() if act.name in self.ended else act
            for act in acts
            if act.name not in self.agreed
        )
        here = self.walk(case, within(on_step, "with the truce"))
        without = self.walk(case.with_dated(others), within(on_step, "without it"))
        return TwoCourses(here, without)

    def leaves_out_unknown(self, known: list[str]) -> str:
        """A sentence about an act that is named but does not exist; empty where all do."""
        for act in (*self.agreed, *self.ended):
            if act not in known:
                return f"names {act!r}, which is not an act{did_you_mean(act, known)}"
        return ""

    def _parties(self, found: TwoCourses) -> Iterator[tuple[Side, Party]]:
        return zip(self.countries, parties(found.here, self.countries), strict=True)

    def tell(self, case: Case, found: TwoCourses) -> list[Answer]:
        """Real income with the truce and without it, by period."""
        columns, gaps = {}, {}
        for each, who in self._parties(found):
            here, without = (100 * course.income(each) for course in (found.here, found.without))
            columns[f"{who.name}, with it, % change"] = here
            columns[f"{who.name}, without, % change"] = without
            gaps[who.name] = here - without
        figure = over_time(
            case, found.here, gaps, GAP, "truce", "What the truce adds to real income"
        )
        table = pd.DataFrame(columns)
        remark = "Against the benchmark. Without it: the acts that it ended go on."
        return [Answer("truce", "What the truce changed", table, remark, (figure,))]

    def say(self, case: Case, found: TwoCourses) -> list[str]:
        """What it is worth over the path, in money."""
        span = f"{found.here.labels[0]} to {found.here.labels[-1]}"
        told = [
            f"{who.name} {found.here.worth(each, found.without) / 1e3:+,.1f} bn USD"
            for each, who in self._parties(found)
        ]
        return [f"What the truce is worth, {span} together: {', '.join(told)}."]

    def data(self, case: Case, found: TwoCourses) -> dict[str, object]:
        """By country: real income with it and without it, fractions; its worth, million USD."""
        return {
            who.label: {
                "with": by_period(found.here.income(each)),
                "without": by_period(found.without.income(each)),
                "worth": found.here.worth(each, found.without),
            }
            for each, who in self._parties(found)
        }

    @measure("what the truce is worth over all periods together", "million USD")
    def worth(self, case: Case, found: TwoCourses, *, country: str) -> float:
        """To a country or bloc: real income with it less that without."""
        return found.here.worth(country, found.without)
