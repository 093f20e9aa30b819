"""Ranges: a question asked again over draws of the elasticities, and under another structure.

Two ranges, never pooled: draws from the priors of the elasticities (`model.priors`), and the same
question under other closures, supply, tables and horizons, one changed at a time. All questions of
a case are asked of the same draws, and what one draw solves, all of them read.
"""

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError, NotConverged
from multipolar.model import Case
from multipolar.model.batch import cores
from multipolar.model.cases import read_each
from multipolar.model.priors import Priors, alternatives, drawn
from multipolar.model.spread import Band, band, first_order_shares
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.question import Question, Shown

if TYPE_CHECKING:
    from multipolar.questions.asking.asked import Asked

Array = NDArray[np.float64]

DRAWS = 256
PATIENCE = 60.0  # seconds that the range of one question may take, unless the user says how many


@dataclass(frozen=True)
class Ranged:
    """A measure with its two ranges, in the measure's own unit (`shown.scale` makes it readable).

    `shares`: of the variance over the draws, by group of the priors; `input` is the one input that
    carries most, `input_share` its share. `structure`: the number under another structure, by what
    was changed; NaN where there is none.
    """

    shown: Shown
    band: Band
    shares: Mapping[str, float]
    input: str
    input_share: float
    structure: Mapping[str, float]


@dataclass(frozen=True)
class Ranges:
    """The ranges of a question's measures.

    `draws` were asked for, from `seed`; `failed` counts those that gave no answer, by reason;
    `refused` says which structures gave none, and why. `left` says why `question` has no ranges.
    """

    draws: int
    seed: int
    ranged: tuple[Ranged, ...] = ()
    failed: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    left: str = ""
    question: str = ""

    def of(self, measure: str, names: Mapping[str, str]) -> Ranged | None:
        """The ranges of a measure; None if it has none."""
        found = (r for r in self.ranged if r.shown.measure == measure and r.shown.of == names)
        return next(found, None)


@dataclass(frozen=True)
class _Item:
    """What is read of one question: its shown measures, and where they stand in a row."""

    asked: "Asked"
    shown: tuple[Shown, ...]
    at: slice


def with_ranges(
    asked: Sequence["Asked"],
    draws: int = DRAWS,
    *,
    seed: int = 0,
    patience: float = PATIENCE,
    extra: Callable[["Asked"], Sequence[Shown]] = lambda _asked: (),
    on_step: OnStep = quiet,
) -> list["Asked"]:
    """The same questions with ranges; all must be asked of one case.

    `extra`: measures to read besides those that the answers show. A question whose draws would take
    longer than `patience` seconds is left without ranges and says so. Members run on threads, a
    whole solve each; the same seed gives the same numbers whatever the number of threads. Raises
    `InputError` for a count of draws that makes no sense.
    """
    open_questions = [each for each in asked if each.converged]
    if not open_questions:
        return list(asked)
    case = open_questions[0].case
    known, errors, under = drawn(case.world, case.assumptions, draws, seed)
    others = alternatives(case.assumptions)
    cases = [case.assuming(**each.as_dict()) for each in (*under, *others.values())]
    items, told = _items(open_questions, extra), {}
    without = {id(each) for each in open_questions} - {id(item.asked) for item in items}
    chosen, left = _affordable(items, cases, patience, draws)
    values, reasons = _evaluate(chosen, cases, on_step)
    for item in chosen:
        own = values[:, item.at]
        why = [reason.get(id(item.asked), "") for reason in reasons]
        told[id(item.asked)] = Ranges(
            draws,
            seed,
            _ranged(item, own, known, errors, list(others)),
            Counter(filter(None, why[:draws])),
            {name: text for name, text in zip(others, why[draws:], strict=True) if text},
        )
    left |= {id(each): _unshown(each.question) for each in open_questions if id(each) in without}
    told |= {
        id(each): Ranges(draws, seed, left=left[id(each)], question=each.question.called)
        for each in open_questions
        if id(each) in left
    }
    return [
        dataclasses.replace(each, ranges=told[id(each)]) if id(each) in told else each
        for each in asked
    ]


def draws_of(
    wanted: Sequence[tuple["Asked", Sequence[Shown]]],
    draws: int,
    *,
    seed: int = 0,
    on_step: OnStep = quiet,
) -> Array:
    """Numbers [draw, measure] of some measures over draws; all must be asked of one case.

    The measures come in the order of `wanted`. A draw without an answer is NaN.
    """
    items, end = [], 0
    for asked, shown in wanted:
        items.append(_Item(asked, tuple(shown), slice(end, end + len(shown))))
        end += len(shown)
    case = items[0].asked.case
    _, _, under = drawn(case.world, case.assumptions, draws, seed)
    cases = [case.assuming(**each.as_dict()) for each in under]
    return _evaluate(items, cases, on_step)[0]


def _items(asked: Sequence["Asked"], extra: Callable[["Asked"], Sequence[Shown]]) -> list[_Item]:
    items, end = [], 0
    for each in asked:
        if not each.question.needs_trade:
            continue  # nothing in it hangs on trade elasticities
        shown = list(each.question.shown(each.case, each.found))
        known = [(one.measure, one.of) for one in shown]
        shown += [one for one in extra(each) if (one.measure, one.of) not in known]
        if shown:
            items.append(_Item(each, tuple(shown), slice(end, end + len(shown))))
            end += len(shown)
    return items


def _affordable(
    items: Sequence[_Item], cases: Sequence[Case], patience: float, draws: int
) -> tuple[list[_Item], dict[int, str]]:
    """The questions whose draws take no longer than `patience`; and why others are left.

    Reading from an outcome is cheap; what takes seconds is tried on the first draw; what takes
    minutes is judged by the time that its answer took.
    """
    chosen, left = [], {}
    for item in items:
        question = item.asked.question
        seconds = {"reads": 0.0, "minutes": item.asked.seconds}.get(question.cost)
        if seconds is None:
            seconds = 0.0 if patience == float("inf") else _timed(question, cases[0])
        whole = seconds * len(cases) / cores()
        if whole <= patience:
            chosen.append(item)
            continue
        fewer = min(32, max(8, int(draws * patience / whole)))
        shorter = seconds * (fewer + len(cases) - draws) / cores()
        left[id(item.asked)] = (
            f"{draws} draws would take about {_lasting(whole)}; --draws {fewer} takes about "
            f"{_lasting(shorter)}"
        )
    return chosen, left


def _unshown(question: Question) -> str:
    """Why a question has no number that could have a range."""
    if not question.needs_trade:
        return "nothing in it hangs on trade elasticities"
    return "none of the numbers in its tables is followed over the draws"


def _timed(question: Question, case: Case) -> float:
    begin = time.perf_counter()
    with suppress(InputError, NotConverged):
        question.ask(case)
    return time.perf_counter() - begin


def _lasting(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} minutes"


def _evaluate(
    items: Sequence[_Item], cases: Sequence[Case], on_step: OnStep
) -> tuple[Array, list[dict[int, str]]]:
    """Numbers [case, number] of all questions, and why a question has none under a case."""
    width = max((item.at.stop for item in items), default=0)
    values = np.full((len(cases), width), np.nan)
    reasons: list[dict[int, str]] = [{} for _ in cases]
    if not items:
        return values, reasons

    def read(k: int) -> None:
        for item in items:
            asked = item.asked
            try:
                found = asked.question.ask(cases[k])
                status = asked.question.status(found)
                if status != "converged":
                    raise NotConverged(status)
                values[k, item.at] = [
                    asked.question.measured(cases[k], found, each.measure, **each.of)
                    for each in item.shown
                ]
            except (InputError, NotConverged) as error:
                reasons[k][id(asked)] = getattr(error, "reason", str(error))

    def beside(case: Case) -> list[Case]:
        return [other for item in items for other in item.asked.question.beside(case)]

    read_each(cases, read, beside, "drawing elasticities", on_step)
    return values, reasons


def _ranged(
    item: _Item, values: Array, known: Priors, errors: Array, others: Sequence[str]
) -> tuple[Ranged, ...]:
    """The ranges of a question's measures from values [case, measure], draws first."""
    asked, draws = item.asked, len(errors)
    ranged = []
    for shown, column in zip(item.shown, values.T, strict=True):
        central = asked.question.measured(asked.case, asked.found, shown.measure, **shown.of)
        shares = first_order_shares(errors, column[:draws], known.groups)
        each = first_order_shares(errors, column[:draws], known.inputs)
        most = max(each, key=lambda name: each[name], default="")
        ranged.append(
            Ranged(
                shown,
                band(central, column[:draws]),
                shares,
                most,
                each.get(most, float("nan")),
                dict(zip(others, column[draws:].tolist(), strict=True)),
            )
        )
    return tuple(ranged)
