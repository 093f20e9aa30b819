"""Claim: what somebody in the accounts asserts, what decides it here, and the verdict.

The rules, in this order (`judge`):

1. not answerable: nothing here can answer it, or what answers it was left out or has no result.
2. Official figures decide where there are some: supported or contradicted.
3. too small to matter: the number is nearer to zero than `small`.
4. sign not certain: less than 95 % of the draws of elasticities are on the number's side.
5. supported, if the number is on the claimed side; else contradicted.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from multipolar.errors import InputError, choose, did_you_mean
from multipolar.evidence import Fact, ledger
from multipolar.model.spread import CERTAIN, band
from multipolar.questions.asking import registry
from multipolar.questions.asking.question import in_tables

SUPPORTED, CONTRADICTED, SMALL, UNCERTAIN, UNANSWERABLE = VERDICTS = (
    "supported", "contradicted", "too small to matter", "sign not certain", "not answerable",
)  # fmt: skip
IN_TABLES = {SMALL: "too small", UNCERTAIN: "not certain", UNANSWERABLE: "no answer"}
NEAR_ZERO = {"fraction": 0.0005, "million USD": 500.0}  # by the start of a measure's unit
TOPICS = {
    "tariffs": "Tariffs and retaliation", "markets": "New markets", "lifeline": "The lifeline",
    "sanctions": "Sanctions", "leverage": "Leverage", "courting": "Who could be peeled away",
    "deals": "Deals", "pipeline": "The pipeline and Europe's exit", "russia": "Russia's economy",
    "cars": "Cars and their fee", "hedgers": "Hedgers and blocs", "order": "World order",
}  # fmt: skip
Topic = Literal["tariffs", "markets", "lifeline", "sanctions", "leverage", "courting", "deals",
                "pipeline", "russia", "cars", "hedgers", "order"]  # fmt: skip
Of = dict[str, str]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class History(_Strict):
    """Official figures that decide a claim: a number that must be above or below another."""

    says: str = Field(min_length=1)
    value: float = Field(allow_inf_nan=False)
    unit: str
    above: float | None = None
    below: float | None = None
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _one_side(self) -> "History":
        if (self.above is None) == (self.below is None):
            raise ValueError("needs above or below, and not both")
        return self

    @property
    def holds(self) -> bool:
        """Whether the figure is on the claimed side."""
        if self.above is not None:
            return self.value > self.above
        return self.below is not None and self.value < self.below


class Claim(_Strict):
    """What somebody asserts, in words of our own, and what decides it here.

    `speaker` and `accounts` ("file, paragraph n"): who says it, and where. `about`: the countries.
    Exactly one of these decides: `measure` ("gains.real_income") with `of`, as in findings;
    `fact`, a key of the ledger that official figures check; `history`; or `unanswerable`, the
    reason why nothing here can answer it. A measure is read in this scenario or in another
    (`scenario`), from the question of its kind (and name, `question`), or from one asked for the
    claim alone (`asks`: its fields); with `compared_with` the number is the relative change from
    that measure. `expects`: the claimed sign; or `at_least` or `at_most`, in the measure's unit.
    `small`: what is too small to matter. `turns`: what would turn the verdict.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    says: str = Field(min_length=1)
    topic: Topic
    speaker: str = Field(min_length=1)
    accounts: tuple[str, ...] = Field(min_length=1)
    about: tuple[str, ...] = ()
    measure: str = ""
    of: Of = {}
    compared_with: Of = {}
    question: str = ""
    asks: dict[str, Any] = {}
    scenario: str = ""
    expects: Literal["+", "-", ""] = ""
    at_least: float | None = None
    at_most: float | None = None
    small: float | None = None
    fact: str = ""
    history: History | None = None
    unanswerable: str = ""
    turns: str = ""

    @model_validator(mode="after")
    def _one_thing_decides(self) -> "Claim":
        ways = {
            "measure": bool(self.measure), "fact": bool(self.fact),
            "history": self.history is not None, "unanswerable": bool(self.unanswerable),
        }  # fmt: skip
        if sum(ways.values()) != 1:
            raise ValueError(f"the claim {self.id!r} needs exactly one of {', '.join(ways)}")
        sides = [bool(self.expects), self.at_least is not None, self.at_most is not None]
        if self.measure and sum(sides) != 1:
            raise ValueError(
                f"the claim {self.id!r} needs exactly one of expects, at_least, at_most"
            )
        if not self.measure and any(sides):
            raise ValueError(f"the claim {self.id!r} has a side, but no measure to be on it")
        if self.measure and "." not in self.measure:
            raise ValueError(
                f"the measure {self.measure!r} must be a question and a measure of it, such as "
                "gains.real_income"
            )
        return self

    @property
    def kind(self) -> str:
        """The kind of question that is measured."""
        return self.measure.partition(".")[0]

    @property
    def quantity(self) -> str:
        """The measure of that question."""
        return self.measure.partition(".")[2]

    @property
    def edge(self) -> float:
        """The number that parts what supports the claim from what contradicts it."""
        return next((x for x in (self.at_least, self.at_most) if x is not None), 0.0)

    def holds(self, number: float) -> bool:
        """Whether a number is on the claimed side."""
        if self.expects == "-" or self.at_most is not None:
            return number <= self.edge
        return number >= self.edge


@dataclass(frozen=True)
class Number:
    """A number that decides a claim, in its unit, with its 90 % band over draws if it has one."""

    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    this_side: float | None = None  # share of draws on the number's side of the claim's edge

    @classmethod
    def of(
        cls, value: float, unit: str, draws: NDArray[np.float64] | None, edge: float
    ) -> "Number":
        """A number with the band of its draws [draw]; too few that gave a number are no band."""
        if draws is None:
            return cls(value, unit)
        drawn = band(value - edge, draws - edge)
        if not drawn.count:
            return cls(value, unit)
        return cls(value, unit, drawn.low + edge, drawn.high + edge, drawn.same_sign)

    def text(self) -> tuple[str, str]:
        """The number and its band for people, in the unit of tables."""
        unit, scale = in_tables(self.unit)
        said = f"{_short(scale * self.value)} {unit.partition(' of ')[0]}".strip()
        if self.low is None or self.high is None:
            return said, ""
        return said, f"{_short(scale * self.low)} to {_short(scale * self.high)}"


@dataclass(frozen=True)
class Verdict:
    """A claim after it was judged: the word, the number if there is one, and why."""

    claim: Claim
    word: str
    why: str
    command: str
    number: Number | None = None

    def sentence(self) -> str:
        """Claim, verdict and number in one line."""
        value, ends = self.number.text() if self.number else ("", "")
        drawn = f", 90 % of draws: {ends}" if ends else ""
        return f"{self.claim.says}: {self.word}{f' ({value}{drawn})' if value else ''}."

    def lines(self) -> list[str]:
        """What there is to say about it beside the word, a line each."""
        value, ends = self.number.text() if self.number else ("", "")
        drawn = f" (90 % of draws: {ends})" if ends else ""
        told = [f"{value}{drawn}"] if value else []
        told += [f"Why: {self.why}."] if self.why else []
        told.append(f"Said by {self.claim.speaker} ({'; '.join(self.claim.accounts)}).")
        told += [f"What would turn it: {self.claim.turns}."] if self.claim.turns else []
        return [*told, f"Again: {self.command}"]

    def as_data(self) -> dict[str, Any]:
        """The claim and its verdict as plain data; numbers in the measure's own unit."""
        number = self.number
        return {
            **self.claim.model_dump(mode="json", exclude_defaults=True),
            "verdict": self.word, "why": self.why, "command": self.command,
            "number": number.value if number else None,
            "unit": number.unit if number else "",
            "low": number.low if number else None,
            "high": number.high if number else None,
            "this_side": number.this_side if number else None,
        }  # fmt: skip


def misread(claim: Claim) -> str:
    """What is wrong with what a claim is read from, as the end of a sentence; empty if nothing."""
    if claim.fact and claim.fact not in ledger():
        return (
            f"names the fact {claim.fact!r}, not in the ledger{did_you_mean(claim.fact, ledger())}"
        )
    if not claim.measure:
        return ""
    try:
        question = registry.kind_of(claim.kind)
        asked = registry.build(claim.asks).kind if claim.asks else claim.kind
    except InputError as error:
        return f"cannot be read: {error}"
    if asked != claim.kind:
        return f"asks {asked!r} and reads a measure of {claim.kind!r}"
    if claim.quantity not in question.measures:
        hint = choose(claim.quantity, question.measures)
        return f"reads {claim.measure!r}, but {claim.kind} has no such measure{hint}"
    return ""


def judge(claim: Claim, number: Number) -> tuple[str, str]:
    """The verdict on a claim that a number decides, and why, by the rules above."""
    small = claim.small
    if small is None:
        starts = (size for start, size in NEAR_ZERO.items() if number.unit.startswith(start))
        small = next(starts, 0.0)
    if claim.expects and abs(number.value) < small:
        unit, scale = in_tables(number.unit)
        return SMALL, f"less than {small * scale:g} {unit}"
    if number.this_side is not None and number.this_side < CERTAIN:
        return UNCERTAIN, f"{100 * number.this_side:.0f} % of draws are on this side"
    return (SUPPORTED if claim.holds(number.value) else CONTRADICTED), _beside(claim, number)


def judge_fact(fact: Fact) -> tuple[str, str]:
    """The verdict of official figures on a fact of the ledger, and why."""
    if fact.official is None:
        return UNANSWERABLE, f"{fact.standing}; no official figure is at hand"
    return (CONTRADICTED if fact.contested else SUPPORTED), fact.check


def judge_history(history: History) -> tuple[str, str]:
    """The verdict of figures, and why."""
    word = SUPPORTED if history.holds else CONTRADICTED
    return word, f"{history.says} ({history.source})"


def counted(verdicts: tuple[Verdict, ...]) -> str:
    """How many verdicts of each kind, in words."""
    many = Counter(verdict.word for verdict in verdicts)
    told = ", ".join(f"{many[word]} {word}" for word in VERDICTS if many[word])
    return f"{len(verdicts)} claims: {told}"


def _beside(claim: Claim, number: Number) -> str:
    if claim.expects:
        return ""
    unit, scale = in_tables(number.unit)
    side = "at least" if claim.at_least is not None else "at most"
    return f"the claim needs {side} {claim.edge * scale:g} {unit}"


def _short(number: float) -> str:
    size = abs(number)
    digits = 0 if size >= 100 or number == round(number) else 1 if size >= 10 else 2
    return f"{number:+,.{digits}f}" if size >= 0.005 or number == 0 else f"{number:+.1g}"
