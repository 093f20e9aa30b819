"""When a deal pays back: from which period on its gains, added up, exceed what it cost before."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from multipolar.display.answer import Answer
from multipolar.model import Case
from multipolar.questions.asking.along import TwoCourses, WithAndWithout, by_period, over_time
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import measure
from multipolar.world.labels import pick_countries

SUM = "real income that the deal adds, summed, bn USD"
NOTHING = 1e-9  # of a year's income: below this, a sum is rounding


class Sum(NamedTuple):
    """What a deal adds up to for somebody."""

    line: pd.Series  # million USD by period, discounted, up to its end
    years: float  # from the path's first day until it pays back; infinite if never within the path
    period: str  # in which it pays back; empty if never within the path


class PayBack(WithAndWithout):
    """When a deal pays back: from when on its gains, added up, exceed what it cost before."""

    discount: float = entry(
        "discount", "Rate a year at which later income counts less.", default=0.03, ge=0, le=1,
        unit="fraction",
    )  # fmt: skip

    def _sum(self, found: TwoCourses, whose: Side) -> Sum:
        """What the deal adds to the real income of a country or bloc."""
        here, years = found.here, found.here.data["years"].values
        income = float(
            here.data["income_before"].values[pick_countries(whose, here.countries)].sum()
        )
        weight = years * (1 + self.discount) ** -(np.cumsum(years) - years / 2)
        gain = (here.income(whose) - found.without.income(whose)) * income
        return _sum((gain * weight).cumsum(), years, NOTHING * income)

    def _sums(self, found: TwoCourses) -> dict[str, Sum]:
        """By label of the question's countries."""
        return {who.label: self._sum(found, each) for each, who in self.each(found)}

    def tell(self, case: Case, found: TwoCourses) -> list[Answer]:
        """The sums by period, and when each is above zero for good."""
        sums, names = self._sums(found), {who.label: who.name for _, who in self.each(found)}
        lines = {names[label]: each.line / 1e3 for label, each in sums.items()}
        figure = over_time(case, found.here, lines, SUM, "pay-back", "When the deal pays back")
        table = pd.DataFrame({f"{name}, summed, bn USD": line for name, line in lines.items()})
        remark = (
            f"Real income with the deal less that without it, added up since "
            f"{found.here.labels[0]}, at a discount of {100 * self.discount:g} % a year. "
            f"{' '.join(self.say(case, found))}"
        )
        return [Answer("pay-back", "When the deal pays back", table, remark, (figure,))]

    def say(self, case: Case, found: TwoCourses) -> list[str]:
        """From which period on, by country."""
        sums = self._sums(found)
        told = [f"{who.name} {_told(sums[who.label])}" for _, who in self.each(found)]
        return [f"When the deal pays back: {'; '.join(told)}."]

    def data(self, case: Case, found: TwoCourses) -> dict[str, object]:
        """By country: the sums, million USD; period and years until it pays back, or null."""
        return {
            label: {
                "sum": by_period(each.line),
                "period": each.period or None,
                "years": each.years if math.isfinite(each.years) else None,
            }
            for label, each in self._sums(found).items()
        }

    @measure("what the deal adds to real income, summed and discounted", "million USD")
    def worth(
        self, case: Case, found: TwoCourses, *, country: str, period: str | None = None
    ) -> float:
        """To a country or bloc, up to the end of a period (or of all)."""
        line = self._sum(found, country).line
        return float(line.iloc[-1] if period is None else line[period])

    @measure("years until the deal pays back; infinite if never within the path", "years")
    def years(self, case: Case, found: TwoCourses, *, country: str) -> float:
        """From the path's first day until the sum is above zero for good; zero if it always is."""
        return self._sum(found, country).years


def _sum(line: pd.Series, years: np.ndarray, nothing: float) -> Sum:
    """When a sum is above zero for good; within its period, as if it grew evenly."""
    values, ends = line.to_numpy(), np.cumsum(years)
    if not values[-1] > nothing:
        return Sum(line, math.inf, "")
    below = np.flatnonzero(values <= nothing)
    if not below.size or (np.abs(values[: below[-1] + 1]) <= nothing).all():
        first = int(below[-1]) + 1 if below.size else 0  # nothing happened before
        return Sum(line, 0.0, str(line.index[first]))
    last = int(below[-1])
    rest = -values[last] / (values[last + 1] - values[last])
    return Sum(line, float(ends[last] + rest * years[last + 1]), str(line.index[last + 1]))


def _told(sum_: Sum) -> str:
    if math.isinf(sum_.years):
        last = float(sum_.line.iloc[-1]) / 1e3
        return f"never within the path (last {last:+,.1f} bn USD)"
    if sum_.years == 0:
        return f"from its first effect on, in {sum_.period}"
    return f"in {sum_.period}, after {sum_.years:.1f} years"
