"""Judging: a run's claims decided by measures, facts and figures, each with its band."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar.display.answer import Answer
from multipolar.errors import InputError, NotConverged
from multipolar.evidence import ledger
from multipolar.model import Case
from multipolar.progress import OnStep, within
from multipolar.questions.asking import registry
from multipolar.questions.asking.asked import Asked, ask
from multipolar.questions.asking.question import Question, Shown
from multipolar.questions.asking.ranges import draws_of
from multipolar.scenario.claim import (
    IN_TABLES,
    TOPICS,
    UNANSWERABLE,
    Claim,
    Number,
    Verdict,
    counted,
    judge,
    judge_fact,
    judge_history,
)
from multipolar.scenario.files import FOLDER

if TYPE_CHECKING:
    from multipolar.scenario.run import Run
    from multipolar.scenario.scenario import Scenario

Array = NDArray[np.float64]
# Draws of a claim's band, by what its question costs. With few, a band is coarse: nearly from the
# lowest to the highest. `--range` draws more, for every number of the run.
DRAWS = {"reads": 16, "seconds": 10}
LEFT_OUT = "the question was left out of this run"


@dataclass
class _Source:
    """Where claims are read: a run, and what was asked for them beside its questions."""

    case: Case
    find: Callable[[str, str], Asked]
    left: Sequence[Question]
    dropped: Sequence[str] = ()  # kinds and names that the scenario leaves out
    own: list[Asked] = field(default_factory=list)

    def asked(self, claim: Claim, on_step: OnStep) -> Asked:
        """The question that a claim is read from; `NotConverged` if it was left out."""
        if not claim.asks:
            left = any(question.kind == claim.kind and claim.question in ("", question.name)
                       for question in self.left)  # fmt: skip
            if left or {claim.kind, claim.question} & set(self.dropped):
                raise NotConverged(LEFT_OUT)
            return self.find(claim.kind, claim.question)
        question = registry.build(claim.asks)
        known = [asked for asked in self.own if asked.question == question]
        if not known:
            known = [ask(question, self.case, on_step)]
            self.own += known
        return known[0]


def judged(
    run: "Run",
    load: Callable[[str], "Scenario"],
    *,
    asks: Callable[[Question], bool],
    on_step: OnStep,
) -> tuple[Verdict, ...]:
    """The verdicts on the claims of a run, in their order.

    `load`: other scenarios, by name. `asks`: which questions may be asked; claims that hang on
    others, or on what the world lacks, are not answerable, and say so. Bands are drawn for
    questions that take seconds at most.
    """
    claims, here = run.scenario.claims, run.scenario
    sources = {"": _Source(run.case, run.find, run.left, here.without_questions)}
    read: dict[str, tuple[Asked, Number]] = {}
    failed: dict[str, str] = {}
    measured = [claim for claim in claims if claim.measure]
    for k, claim in enumerate(measured, start=1):
        step = within(on_step, f"claim {k} of {len(measured)}, {claim.id}")
        try:
            if claim.asks and not asks(registry.build(claim.asks)):
                raise NotConverged(LEFT_OUT)
            if claim.scenario not in sources:
                sources[claim.scenario] = _elsewhere(load(claim.scenario), claims, asks, step)
            asked = sources[claim.scenario].asked(claim, step)
            read[claim.id] = asked, _number(claim, asked)
        except (InputError, NotConverged) as error:
            failed[claim.id] = str(error)
    bands = _bands(claims, read, on_step)
    return tuple(_verdict(run.scenario, claim, read, failed, bands) for claim in claims)


def _elsewhere(
    scenario: "Scenario",
    claims: Iterable[Claim],
    asks: Callable[[Question], bool],
    on_step: OnStep,
) -> _Source:
    """Another scenario, run with only those of its questions that claims are read from."""
    wanted = {
        (claim.kind, claim.question)
        for claim in claims
        if claim.scenario == scenario.name and not claim.asks
    }

    def needed(question: Question) -> bool:
        named = {(question.kind, ""), (question.kind, question.name)}
        return bool(named & wanted) and asks(question)

    run = scenario.run(asks=needed, judge=False, on_step=within(on_step, scenario.name))
    left = [question for question in run.left if not asks(question)]
    return _Source(run.case, run.find, left)


def _number(claim: Claim, asked: Asked) -> Number:
    """The number of a claim, without a band."""
    if not asked.converged:
        raise NotConverged(asked.status)
    value = asked.measure(claim.quantity, **claim.of)
    unit = asked.question.measures[claim.quantity].unit
    if claim.compared_with:
        value, unit = value / asked.measure(claim.quantity, **claim.compared_with) - 1, "fraction"
    return Number(value, unit)


def _bands(
    claims: Iterable[Claim], read: Mapping[str, tuple[Asked, Number]], on_step: OnStep
) -> dict[str, Array]:
    """Draws [draw] of the number of each claim whose question is cheap enough to be asked again."""
    alike: dict[tuple[int, int], list[Claim]] = {}  # by case and draws
    for claim in claims:
        if claim.id in read:
            asked = read[claim.id][0]
            draws = _draws(claim, asked.question)
            if draws:
                alike.setdefault((id(asked.case), draws), []).append(claim)
    bands = {}
    for (_, draws), mine in alike.items():
        ordered = sorted(mine, key=lambda claim: id(read[claim.id][0]))  # each question once
        together = groupby(ordered, key=lambda claim: id(read[claim.id][0]))
        wanted = []
        for claims_of_one in (list(one) for _, one in together):
            shown = [each for claim in claims_of_one for each in _shown(claim)]
            wanted.append((read[claims_of_one[0].id][0], shown))
        columns = iter(draws_of(wanted, draws, on_step=on_step).T)
        for claim in ordered:
            drawn = next(columns)
            bands[claim.id] = drawn / next(columns) - 1 if claim.compared_with else drawn
    return bands


def _draws(claim: Claim, question: Question) -> int:
    """How many draws a claim's band rests on; 0 where none is drawn.

    None where no trade elasticity matters, for games, and for what takes seconds and is compared
    or asked in another scenario: one draw in which a cut-off country finds no equilibrium costs up
    to half a minute.
    """
    slow = question.cost == "seconds" and (claim.scenario or claim.compared_with)
    return 0 if slow or not question.needs_trade else DRAWS.get(question.cost, 0)


def _shown(claim: Claim) -> list[Shown]:
    of = [claim.of, claim.compared_with] if claim.compared_with else [claim.of]
    return [Shown(claim.quantity, names, "", "") for names in of]


def _verdict(
    scenario: "Scenario",
    claim: Claim,
    read: Mapping[str, tuple[Asked, Number]],
    failed: Mapping[str, str],
    bands: Mapping[str, Array],
) -> Verdict:
    made = partial(Verdict, claim, command=command(scenario, claim))
    if claim.unanswerable:
        return made(UNANSWERABLE, claim.unanswerable)
    if claim.fact:
        return made(*judge_fact(ledger()[claim.fact]))
    if claim.history:
        return made(*judge_history(claim.history))
    if claim.id in failed:
        return made(UNANSWERABLE, failed[claim.id])
    plain = read[claim.id][1]
    number = Number.of(plain.value, plain.unit, bands.get(claim.id), claim.edge)
    return made(*judge(claim, number), number=number)


def command(scenario: "Scenario", claim: Claim) -> str:
    """The command line that judges one claim alone."""
    path = Path(scenario.file)
    name = path.stem if path.parent == FOLDER else scenario.file
    return shlex.join(["multipolar", "claims", name, claim.id])


# --- told ----------------------------------------------------------------------------------------


def told(verdicts: tuple[Verdict, ...]) -> Answer:
    """The table of claims for people."""
    rows = []
    for verdict in verdicts:
        number, band = verdict.number.text() if verdict.number else ("", "")
        rows.append([IN_TABLES.get(verdict.word, verdict.word), number, band])
    table = pd.DataFrame(
        rows,
        pd.Index([verdict.claim.says for verdict in verdicts], name="what the accounts say"),
        columns=["verdict", "number", "90 % band"],
    )
    remark = (
        f"{counted(verdicts)}. Bands: {DRAWS['reads']} draws of the trade elasticities, or "
        f"{DRAWS['seconds']} where a draw takes seconds; none for games, for what is slower, "
        "and where no elasticity matters. Who says it, where, why, and what would turn "
        "it: multipolar claims SCENARIO, the report and the JSON."
    )
    return Answer("claims", "What the accounts claim, and what is found", table, remark)


def by_topic(verdicts: tuple[Verdict, ...]) -> list[tuple[str, list[Verdict]]]:
    """The verdicts by system, each with its title; systems without claims are left out."""
    rooms = ((title, [v for v in verdicts if v.claim.topic == t]) for t, title in TOPICS.items())
    return [(title, mine) for title, mine in rooms if mine]
