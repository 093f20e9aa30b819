"""Readings: quantities, dates and named people in the statements of an account, normalised.

No reading is better than a wrong one: what is not fully understood is left out ("the two ships",
"early May", months and weekdays without a year in an account that does not give its day, numbers
in names such as "Siberia 2"). "Tens of thousands" is ten thousand, and says that it is the least.
Values: money in units of currency, percent as written, durations in their
unit, ordinals as their number, dates as precise as given (`2025-05-07`, `05-07`, `2022-02`,
`mid-2024`, `2024`).
"""

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from multipolar.evidence.accounts import Account
from multipolar.evidence.marks import NUMBER_WORDS, ORDINAL, TENS
from multipolar.evidence.people import people_in

Value = float | str
NO_DAY = "no such day"
NEAR = 24  # characters before a quantity in which its qualifier stands
AHEAD = 3  # months after its account up to which a month without year may lie; else it is past


@dataclass(frozen=True)
class Reading:
    """What one statement of an account says: kind, unit, value, and its characters [start, end).

    `statement`: position in the account. `doubt`: why the reading itself is uncertain.
    `qualifier`: words before it such as "more than".
    """

    kind: str  # money, percent, points, duration, ordinal, count, date, person
    unit: str
    value: Value
    statement: int
    start: int
    end: int
    text: str
    doubt: str = ""
    qualifier: str = ""


# "cardinal" and "milliard": what spinning and translating back turn "billion" into.
SCALES = {
    "thousand": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6, "mio": 1e6, "billion": 1e9, "bn": 1e9,
    "b": 1e9, "milliard": 1e9, "cardinal": 1e9, "trillion": 1e12, "tn": 1e12, "trn": 1e12,
}  # fmt: skip
GARBLED = ("cardinal",)
CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "€": "EUR",
    "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "pounds": "GBP", "yuan": "CNY",
    "renminbi": "CNY", "rouble": "RUB", "roubles": "RUB", "ruble": "RUB", "rubles": "RUB",
    "yen": "JPY", "rupees": "INR",
}  # fmt: skip
TIMES = {"day": "day", "week": "week", "month": "month", "year": "year", "twelvemonth": "year"}
SAME = {"tons": "tonnes", "workers": "people", "troops": "soldiers", "kilometers": "kilometres",
        "companies": "firms", "plants": "factories", "nations": "countries"}  # fmt: skip
MONTHS = {name.casefold(): k for k, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.casefold(): k for k, name in enumerate(calendar.month_abbr) if name}
MONTHS["sept"] = 9
WEEKDAYS = [name.casefold() for name in calendar.day_name]

UNITS = [word for word, value in NUMBER_WORDS.items() if word not in ORDINAL and value < 20]
_LOW = "|".join(sorted(UNITS, key=len, reverse=True))
_TENS = "|".join(word for word in TENS if word not in ("hundred", "dozen"))
_BELOW = rf"(?:(?:{_TENS})(?:[-\s]+(?:{_LOW}))?|{_LOW})"
_SPELT = rf"(?:(?:(?:{_LOW}|a)[-\s]+hundred(?:[-\s]+(?:and[-\s]+)?{_BELOW})?)|{_BELOW})"
_DIGITS = r"(?<!\d)(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_NUMBER = rf"(?:{_DIGITS}|\b{_SPELT}\b)"
_SCALE = rf"(?:{'|'.join(sorted(SCALES, key=len, reverse=True))})\b"
_WORD = r"(?:dollars?|euros?|pounds|yuan|renminbi|rou?bles?|yen|rupees|usd|eur)\b"
_MONTH = rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b\.?"
_ORDINAL = rf"(?:(?<!\d)\d+\s?(?:st|nd|rd|th)\b|\b(?:{'|'.join(ORDINAL[1:])})\b)"
_DAY = r"(?:\d{1,2}(?:st|nd|rd|th)?)"
_OF_YEAR = r"(?:,?\s+(?P<year>(?:19|20)\d\d)\b)?"
_HYPHEN = r"\s*[-\u2010\u2013]\s*"

_COUNTED = (
    r"(?P<noun>countries|economies|nations|ships|tankers|barrels|tonnes|tons|soldiers|troops|people"
    r"|workers|jobs|vehicles|cars|firms|companies|plants|factories|agreements|leaders|delegations"
    r"|containers|homes|megawatts|kilometres|kilometers|miles|ports|banks|mines|wells|reactors"
    r"|drones|missiles|aircraft|planes|trucks|trains|wagons|wind farms|turbines|farmers|miners"
    r"|dockers|fishermen|passengers|tourists|refugees|students|hectares|acres|villages|towns|cities"
    r"|provinces|lawmakers|deputies|seats|members|contracts|warehouses|refineries|smelters|mills"
    r"|vessels|ferries|boats|shops|stores|schools|hospitals|residents|households|litres|bushels"
    r"|head of cattle|employees|staff)\b"
)
_MANY = r"(?:tens|dozens|scores|hundreds|thousands|millions)"

# The order matters: text that an earlier pattern took is hidden from later ones.
PATTERNS = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "iso": r"\b(?P<iso>(?:19|20)\d\d-\d\d-\d\d)\b",
        "day": rf"\b(?P<month>{_MONTH})\s+(?P<day>{_DAY})\b(?!\s*%){_OF_YEAR}",
        "day_first": (
            rf"\b(?P<day>{_DAY})\s+(?:of\s+)?(?P<month>{_MONTH}){_OF_YEAR}"
        ),
        "month": rf"\b(?P<month>{_MONTH})\s+(?:of\s+)?(?P<year>(?:19|20)\d\d)\b",
        "of_month": (
            rf"(?P<ahead>\b(?:in|since|until|by|of|from|during|through|last|next|this)\s+)"
            rf"(?P<month>{_MONTH})(?!\s*\d)"
        ),
        "part": rf"\b(?P<part>mid|early|late)(?:{_HYPHEN}|\s+)(?P<year>(?:19|20)\d\d)\b",
        "quarter": rf"(?P<n>{_ORDINAL})\s+quarter\b(?:\s+of\s+(?P<year>(?:19|20)\d\d))?",
        "money": (
            rf"(?P<sign>us\$|[$€£])\s?(?P<n>{_DIGITS})(?:[\s-]?(?P<scale>{_SCALE}))?"
        ),
        "money_word": rf"(?P<n>{_NUMBER})(?:[\s-]?(?P<scale>{_SCALE}))?\s+(?P<sign>{_WORD})",
        "points": rf"(?P<n>{_NUMBER})\s?(?:percentage|per cent|percent|%)[\s-]points?\b",
        "percent": rf"(?P<n>{_NUMBER})\s?(?:%|per\s?cent\b|pct\b)",
        "ordinal": (
            rf"(?P<n>{_ORDINAL})\s+(?P<noun>12 months|twelvemonth|year|time|visit|trip|anniversary"
            r"|birthday|round|week|month|day|meeting|summit|package|term)\b"
        ),
        "rank": r"\b(?:no\.?|n\s?[°º]|number)\s?(?P<n>\d+)\b(?=(?:\s+in the world)?)",
        "duration": (
            rf"(?P<n>{_NUMBER})(?:{_HYPHEN}|\s+)(?P<noun>days?|weeks?|months?|years?)\b"
        ),
        "count": (
            rf"(?P<n>{_NUMBER})\s+(?:(?P<scale>{_SCALE})\s+)?(?:[a-z]+\s+)?"
            rf"{_COUNTED}"
        ),
        "many": (
            rf"\b(?P<many>{_MANY})\s+of\s+(?:(?P<scale>thousands|millions|billions)\s+of\s+)?"
            rf"(?:[a-z]+\s+)?{_COUNTED}"
        ),
        "year": r"(?<![\d.,$€£#-])\b(?P<year>(?:19|20)\d\d)\b(?!\s*%|[.,]\d|-\d)",
        "weekday": rf"\b(?P<weekday>{'|'.join(WEEKDAYS)})\b",
    }.items()
}  # fmt: skip


QUALIFIER = re.compile(
    r"\b(more than|less than|fewer than|at least|at most|just over|just under|up to|over|under"
    r"|about|around|roughly|nearly|almost|some|approximately)\s+$",
    re.IGNORECASE,
)


def readings_of(account: Account) -> list[Reading]:
    """Every quantity, date and person of an account, in order of appearance."""
    found = []
    for place, statement in enumerate(account.statements):
        text, taken = statement.text, [False] * len(statement.text)
        for kind, pattern in PATTERNS.items():
            for match in pattern.finditer(text):
                if any(taken[match.start() : match.end()]):
                    continue
                if statement.start + match.end() <= account.head:
                    continue  # the account's own date is not a fact that it states
                read = _read(kind, match, account)
                first, last = match.span("month" if kind == "of_month" else 0)
                ahead = text[max(0, first - NEAR) : first]
                if read is None or (kind == "count" and read[2] == 2 and KNOWN.search(ahead)):
                    continue
                taken[first:last] = [True] * (last - first)
                before = QUALIFIER.search(ahead)
                found.append(Reading(
                    *read[:3], place, statement.start + first, statement.start + last,
                    text[first:last], read[3], before.group(1).casefold() if before else "",
                ))  # fmt: skip
        found += [
            Reading("person", "", name.casefold(), place, statement.start + at,
                    statement.start + at + length, name)
            for name, at, length in people_in(text)
        ]  # fmt: skip
    return sorted(found, key=lambda reading: (reading.start, reading.end))


Read = tuple[str, str, Value, str]  # kind, unit, value, doubt


def _read(kind: str, match: re.Match[str], account: Account) -> Read | None:
    got = match.groupdict()
    if kind in (
        "iso",
        "day",
        "day_first",
        "month",
        "of_month",
        "part",
        "quarter",
        "year",
        "weekday",
    ):
        plain = (got.get("month") or "A")[0].islower()  # "may 4" and "march 5" are not dates
        if kind == "of_month" and not plain:
            return _month_alone(got, account.dated, ahead=bool(FUTURE.search(match.string)))
        return None if plain else _date(kind, got, account)
    if kind == "many":
        return _many(got)
    number = _number(got["n"])
    return None if number is None else _quantity(kind, number, got)


def _quantity(kind: str, number: float, got: dict[str, str | None]) -> Read | None:
    noun, scale = ((got.get(part) or "").casefold() for part in ("noun", "scale"))
    value = _rounded(number * SCALES.get(scale, 1.0))
    doubt = f"{scale!r} read as billion" if scale in GARBLED else ""
    if kind in ("money", "money_word"):
        return "money", CURRENCIES[str(got["sign"]).casefold()], value, doubt
    if kind == "count":
        return ("count", SAME.get(noun, noun), value, doubt) if value >= 2 else None
    if kind == "ordinal" and number < 2:  # "for the first time" is not a quantity
        return None
    unit = {
        "percent": "%",
        "points": "percentage points",
        "rank": "rank",
        "duration": TIMES.get(noun.rstrip("s"), noun),
        "ordinal": {"12 months": "year", "twelvemonth": "year"}.get(noun, noun),
    }[kind]
    return "ordinal" if kind == "rank" else kind, unit, number, ""


LEAST = {"tens": 10.0, "dozens": 12.0, "scores": 20.0, "hundreds": 100.0, "thousands": 1e3,
         "millions": 1e6}  # fmt: skip
# "The two ships" have been counted before.
KNOWN = re.compile(r"\b(?:the|these|those|both|all|his|her|its|their|our|other|first|last)\s+$",
                   re.IGNORECASE)  # fmt: skip


def _many(got: dict[str, str | None]) -> Read:
    """The least that "tens of thousands of soldiers" can mean, and that it is the least."""
    noun, scale = ((got.get(part) or "").casefold() for part in ("noun", "scale"))
    value = LEAST[str(got["many"]).casefold()] * SCALES.get(scale.rstrip("s"), 1.0)
    return "count", SAME.get(noun, noun), value, f"at least: {got['many']} of them"


def _rounded(value: float) -> float:
    """Rounded, so that 2.3 million is 2300000 and not 2299999.9999999995."""
    return float(f"{value:.12g}")


def _date(kind: str, got: dict[str, str | None], account: Account) -> Read | None:
    doubt = ""
    if kind == "iso":
        value = str(got["iso"])
        year, month, day = map(int, value.split("-"))
        doubt = _no_such_day(year, month, day)
    elif kind in ("day", "day_first"):
        month = MONTHS[str(got["month"]).casefold().rstrip(".")]
        day = int(re.sub(r"\D", "", str(got["day"])))
        stated = int(got["year"]) if got["year"] else None
        doubt = _no_such_day(stated or 2024, month, day)
        near = stated or (account.dated.year if account.dated else None)
        value = f"{near}-{month:02}-{day:02}" if near else f"{month:02}-{day:02}"
    elif kind == "month":
        month = MONTHS[str(got["month"]).casefold().rstrip(".")]
        value = f"{got['year']}-{month:02}"
    elif kind == "part":
        value = f"{str(got['part']).casefold()}-{got['year']}"
    elif kind == "quarter":
        n = _number(str(got["n"]))
        if n is None or not 1 <= n <= 4:
            return None
        value = f"{got['year']}-Q{n:.0f}" if got["year"] else f"Q{n:.0f}"
    elif kind == "year":
        value = str(got["year"])
    else:
        return _weekday(str(got["weekday"]), account.dated)
    return "date", "", value, doubt


FUTURE = re.compile(
    r"\b(?:will|would|could|shall|is to|are to|expected|plan(?:s|ned)?|due|scheduled|next|set to)\b"
)


def _month_alone(got: dict[str, str | None], dated: dt.date | None, *, ahead: bool) -> Read | None:
    """A month without year: the last one, or the next where the sentence looks `ahead`."""
    name = str(got["month"]).rstrip(".")
    if dated is None or (len(name) == 3 and name != "May"):
        return None
    month = MONTHS[name.casefold()]
    later = (month - dated.month) % 12
    word = str(got["ahead"]).strip().casefold()
    may_lie_ahead = ahead and word not in ("since", "last")
    past = later > (AHEAD if may_lie_ahead else 0) and word != "next"
    years = (dated.month + later - 1) // 12 - past
    value = f"{dated.year + years}-{month:02}"
    return "date", "", value, f"year of {name} counted from the account's date"


def _weekday(name: str, dated: dt.date | None) -> Read | None:
    """The nearest day of this name, within three days of the account's own."""
    if dated is None:
        return None
    ahead = (WEEKDAYS.index(name.casefold()) - dated.weekday() + 3) % 7 - 3
    day = dated + dt.timedelta(days=ahead)
    return "date", "", day.isoformat(), f"{name.title()} counted from the account's date"


def _no_such_day(year: int, month: int, day: int) -> str:
    try:
        dt.date(year, month, day)
    except ValueError:
        return NO_DAY
    return ""


def _number(text: str) -> float | None:
    plain = re.sub(r"(?<=\d)\s?(?:st|nd|rd|th)$", "", text.casefold().strip()).replace(",", "")
    try:
        return float(plain)
    except ValueError:
        pass
    total = 0
    for word in re.split(r"[-\s]+", plain):
        if word == "hundred":
            total = max(total, 1) * 100
        elif word not in ("a", "and"):
            if word not in NUMBER_WORDS:
                return None
            total += NUMBER_WORDS[word]
    return float(total)


def shown(kind: str, unit: str, value: Value) -> str:
    """A value with its unit, as text."""
    if isinstance(value, str):
        return value.title() if kind == "person" else value
    if kind == "money":
        scale, word = next(
            (pair for pair in ((1e12, "tn "), (1e9, "bn "), (1e6, "m ")) if value >= pair[0]),
            (1.0, ""),
        )
        return f"{value / scale:,.6g} {word}{unit}"
    if kind == "ordinal":
        return f"no. {value:g}" if unit == "rank" else f"{unit} no. {value:g}"
    return f"{value:,.12g} {unit}"
