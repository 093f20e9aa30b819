"""Periods of time, and which acts are in force in each of them, for how many of its days."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator

from multipolar.errors import InputError
from multipolar.policy.instrument import Instrument, Policy

MOST_PERIODS = 240
DAYS_A_YEAR = 365.25
WRITTEN = (
    "write quarters (2025Q1:2028Q4), months (2025-01:2026-12), years (2025:2030), or days that "
    "begin the periods and end the last one (2025-01-01:2025-05-14:2026-01-01)"
)
LABELS = {  # how a period is written: months that it lasts
    re.compile(r"(\d{4})"): 12,
    re.compile(r"(\d{4})[Qq]([1-4])"): 3,
    re.compile(r"(\d{4})-(\d{2})"): 1,
}


@dataclass(frozen=True)
class Period:
    """A stretch of time; `end` is the first day after it. `years` is its length."""

    label: str
    start: dt.date
    end: dt.date
    years: float

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days


@dataclass(frozen=True)
class Dated:
    """Acts that begin together and end together; `until` is the first day without them.

    Without `start` they begin with the path; without `until` they stay. `announced` is the day from
    which it is known that they will begin (default: when they begin). Raises `InputError` for an
    end that is not after the beginning, and for an announcement after it.
    """

    policy: Policy
    start: dt.date | None = None
    until: dt.date | None = None
    name: str = ""
    announced: dt.date | None = None

    def __post_init__(self) -> None:
        if isinstance(self.policy, Instrument):
            object.__setattr__(self, "policy", Policy((self.policy,)))
        if self.start and self.until and self.until <= self.start:
            raise InputError(
                f"{self.name or 'the act'} ends on {self.until}, before it begins on {self.start}",
                field="until",
                value=self.until,
            )
        if self.announced and (self.start is None or self.announced > self.start):
            begins = f"begins on {self.start}" if self.start else "has no day on which it begins"
            raise InputError(
                f"{self.name or 'the act'} is announced on {self.announced}, but {begins}; write "
                "the day on which it became known, before it begins",
                field="announced",
                value=self.announced,
            )

    def in_force(self, day: dt.date) -> bool:
        """Whether the acts are in force on a day."""
        return (self.start or day) <= day and (self.until is None or day < self.until)

    def coming(self, day: dt.date) -> bool:
        """Whether it is known on a day that the acts will begin later."""
        known = self.announced or self.start
        return known is not None and self.start is not None and known <= day < self.start

    def going_on(self) -> "Dated":
        """The same acts without an end."""
        return replace(self, until=None)


def periods(written: str) -> tuple[Period, ...]:
    """The periods that a text such as "2025Q1:2028Q4" means.

    Quarters, months and years from the first to the last, both included; or irregular periods, by
    the days on which they begin, and the day after the last. Raises `InputError`.
    """
    parts = [part.strip() for part in str(written).split(":")]
    if all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", part) for part in parts) and len(parts) > 1:
        return _between([_day(part) for part in parts])
    for pattern, months in LABELS.items():
        found = [pattern.fullmatch(part) for part in parts]
        if len(parts) <= 2 and all(found):
            first, last = (_count(match, months) for match in (found[0], found[-1]) if match)
            return _regular(first, last, months, parts)
    raise InputError(f"{written!r} is not a row of periods; {WRITTEN}", field="path", value=written)


def _readable(written: str) -> str:
    """The same text; raises `ValueError` if it does not name periods. Empty is allowed."""
    try:
        if written:
            periods(written)
    except InputError as error:
        raise ValueError(error.reason) from None
    return written


Periods = Annotated[str, AfterValidator(_readable)]  # for the fields of files


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is not a day; {WRITTEN}", field="path", value=text) from None


def _count(match: re.Match[str], months: int) -> int:
    """How many periods of this length since the year 0."""
    number = int(match[2]) if match.re.groups > 1 else 1
    if int(match[1]) < 1 or not 1 <= number <= 12 // months:
        raise InputError(f"{match[0]!r} does not exist; {WRITTEN}", field="path", value=match[0])
    return int(match[1]) * (12 // months) + number - 1


def _regular(first: int, last: int, months: int, parts: Sequence[str]) -> tuple[Period, ...]:
    if last < first:
        raise InputError(
            f"ends in {parts[-1]}, before it begins in {parts[0]}; write the earlier one first",
            field="path",
        )
    _check_number(last - first + 1)
    a_year = 12 // months

    def begins(k: int) -> dt.date:
        return dt.date(k // a_year, k % a_year * months + 1, 1)

    def label(k: int) -> str:
        year, number = divmod(k, a_year)
        return {1: f"{year}", 4: f"{year}Q{number + 1}", 12: f"{year}-{number + 1:02}"}[a_year]

    return tuple(
        Period(label(k), begins(k), begins(k + 1), 1 / a_year) for k in range(first, last + 1)
    )


def _between(days: Sequence[dt.date]) -> tuple[Period, ...]:
    _check_number(len(days) - 1)
    made = []
    for start, end in pairwise(days):
        if end <= start:
            raise InputError(
                f"{end} does not come after {start}; write the days in order", field="path"
            )
        made.append(Period(f"{start}", start, end, (end - start).days / DAYS_A_YEAR))
    return tuple(made)


def _check_number(count: int) -> None:
    if count > MOST_PERIODS:
        raise InputError(
            f"{count} periods; at most {MOST_PERIODS} are solved, so take longer ones", field="path"
        )


def shares_of(acts: Iterable[Dated], period: Period) -> list[tuple[float, tuple[Dated, ...]]]:
    """The acts in force within a period, with the shares of its days; the shares add up to one.

    Each entry is a stretch of the period in which no act begins or ends.
    """
    acts = tuple(acts)
    dates = {day for act in acts for day in (act.start, act.until) if day is not None}
    cuts = [period.start, *sorted(d for d in dates if period.start < d < period.end), period.end]
    return [
        ((end - start).days / period.days, tuple(act for act in acts if act.in_force(start)))
        for start, end in pairwise(cuts)
    ]


def outlook(
    acts: Iterable[Dated], period: Period
) -> list[tuple[dt.date, dt.date, list[tuple[dt.date, tuple[Dated, ...]]]]]:
    """What is known to come in a period: stretches of its days, and the turns known during each.

    A stretch goes from a day to the day after it; a turn is a day on which announced acts begin,
    with the acts in force from then on. Nobody foresees an end, unless an act that is known begins
    on that very day in its place. Stretches in which nothing is known to come are left out.
    """
    acts = tuple(acts)
    dates = {day for act in acts for day in (act.start, act.until, act.announced) if day}
    cuts = [period.start, *sorted(d for d in dates if period.start < d < period.end), period.end]
    found = []
    for day, end in pairwise(cuts):
        turns = sorted({act.start for act in acts if act.start and act.coming(day)})
        if turns:
            regimes = [(turn, _expected(acts, day, turn, turns)) for turn in turns]
            found.append((day, end, [(day, _expected(acts, day, day, turns)), *regimes]))
    return found


def _expected(
    acts: Iterable[Dated], day: dt.date, turn: dt.date, turns: Sequence[dt.date]
) -> tuple[Dated, ...]:
    """The acts that somebody expects, on a day, to be in force on a later one."""

    def there(act: Dated) -> bool:
        begun = act.in_force(day) or (
            act.coming(day) and act.start is not None and act.start <= turn
        )
        return begun and not (act.until in turns and act.until is not None and act.until <= turn)

    return tuple(act for act in acts if there(act))


def refuse_doubles(acts: Sequence[Dated]) -> None:
    """Raise `InputError` if the same act is in force twice at a time: it would count twice."""
    for k, one in enumerate(acts):
        for other in acts[:k]:
            start = max(each.start or dt.date.min for each in (one, other))
            end = min((each.until or dt.date.max) for each in (one, other))
            if start < end and len(one.policy) and one.policy == other.policy:
                since = f" from {start}" if start > dt.date.min else ""
                raise InputError(
                    f"{other.name or 'an act'} and {one.name or 'another'} are the same act, and "
                    f"overlap{since}; end the first on that day, or drop one",
                    field="policy",
                )


def usual_periods(acts: Sequence[Dated], year: int | None, count: int = 12) -> str:
    """Quarters from the first act on, as they are written; from `year` if no act has a date."""
    starts = [act.start for act in acts if act.start]
    first = min(starts, default=dt.date(year or dt.date.today().year, 1, 1))
    quarter = first.year * 4 + (first.month - 1) // 3
    ends = [f"{k // 4}Q{k % 4 + 1}" for k in (quarter, quarter + count - 1)]
    return ":".join(ends)
