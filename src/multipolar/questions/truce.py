"""What a truce changed: the path with it, and the path on which what it ended goes on."""

import pandas as pd

from multipolar.display.answer import Answer
from multipolar.model import Case
from multipolar.questions.asking.along import TwoCourses, WithAndWithout, by_period, over_time
from multipolar.questions.asking.question import measure

GAP = "real income, points of % that the truce adds"


class Truce(WithAndWithout):
    """What a truce changed over time, against a path on which what it ended goes on."""

    def tell(self, case: Case, found: TwoCourses) -> list[Answer]:
        """Real income with the truce and without it, by period."""
        columns, gaps = {}, {}
        for each, who in self.each(found):
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
            for each, who in self.each(found)
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
            for each, who in self.each(found)
        }

    @measure("what the truce is worth over all periods together", "million USD")
    def worth(self, case: Case, found: TwoCourses, *, country: str) -> float:
        """To a country or bloc: real income with it less that without."""
        return found.here.worth(country, found.without)
