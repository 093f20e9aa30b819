"""Run: a scenario after it was solved and its questions were asked."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import count
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from multipolar.display.answer import Answer
from multipolar.errors import InputError, did_you_mean
from multipolar.model import Case, Outcome
from multipolar.progress import OnStep, quiet, within
from multipolar.questions.asking.asked import Asked, ask
from multipolar.questions.asking.question import Question, Shown
from multipolar.questions.asking.ranges import DRAWS, PATIENCE, with_ranges
from multipolar.questions.asking.registry import kind_of
from multipolar.scenario import judging
from multipolar.scenario.claim import Verdict
from multipolar.scenario.finding import Finding
from multipolar.world import World

if TYPE_CHECKING:
    from multipolar.scenario.scenario import Scenario

T = TypeVar("T")


def anything(_question: Question) -> bool:
    """Every question may be asked."""
    return True


def affordable(question: Question) -> bool:
    """Questions that take minutes, games and bargaining, may not."""
    return question.cost != "minutes"


@dataclass(frozen=True, eq=False)
class Run:
    """A scenario, the case made from it, and its questions with the results.

    `left` are questions that were not asked because they take long; `not_asked` says, by kind, why
    a question that runs ask by themselves was not. `claims`: the verdicts on the scenario's claims.
    """

    scenario: "Scenario"
    case: Case
    asked: tuple[Asked, ...]
    left: tuple[Question, ...] = ()
    not_asked: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[Verdict, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """What the economy does under the scenario."""
        return self.case.outcome

    @property
    def only_gas(self) -> bool:
        """Whether the run is about the gas network alone: trade is not solved for it."""
        return self.scenario.only_gas

    @property
    def only_path(self) -> bool:
        """Whether every question is about a path."""
        return bool(self.asked) and all(asked.question.on_a_path for asked in self.asked)

    @property
    def on_trade(self) -> bool:
        """Whether any number in it is one of trade."""
        return not self.only_gas or any(asked.question.needs_trade for asked in self.asked)

    @property
    def converged(self) -> bool:
        """Whether every question has its equilibrium."""
        return all(asked.converged for asked in self.asked)

    @property
    def failures(self) -> list[str]:
        """What was not found, one line each."""
        return [f"{a.question.called}: {a.status}" for a in self.asked if not a.converged]

    @cached_property
    def answers(self) -> list[Answer]:
        """Every answer in order, told once. Keys are made different, because they name files."""
        told: dict[str, Answer] = {}
        claims = [judging.told(self.claims)] if self.claims else []
        asked = (answer for asked in self.asked for answer in asked.answers)
        for answer in (*claims, *asked):
            known = told.get(answer.key)
            if known is None:
                told[answer.key] = answer
            elif known.joins and answer.joins:
                told[answer.key] = _joined(known, answer)
            else:
                keys = (f"{answer.key}-{number}" for number in count(2))
                key = next(key for key in keys if key not in told)
                told[key] = dataclasses.replace(answer, key=key)
        return _figures_apart(list(told.values()))

    def _repr_html_(self) -> str:
        """Every question with its result, in a notebook."""
        return "".join(asked._repr_html_() for asked in self.asked)

    def with_ranges(
        self,
        draws: int = DRAWS,
        *,
        seed: int = 0,
        patience: float = PATIENCE,
        on_step: OnStep = quiet,
    ) -> "Run":
        """The run with a range for every number that its answers show and its findings are about.

        See `questions.asking.ranges.with_ranges`.
        """

        def expected(asked: Asked) -> list[Shown]:
            return [
                Shown(finding.quantity, finding.of, "", "")
                for finding in self.scenario.findings
                if finding.kind == asked.question.kind
                and finding.question in ("", asked.question.name)
            ]

        asked = with_ranges(
            self.asked, draws, seed=seed, patience=patience, extra=expected, on_step=on_step
        )
        return dataclasses.replace(self, asked=tuple(asked))

    def find(self, kind: str, name: str = "") -> Asked:
        """The question of a kind (and name); it is asked now if the scenario does not ask it.

        Raises `InputError` if there is no such question, or if it needs fields to be asked.
        """
        known = [a for a in self.asked if a.question.kind == kind and name in ("", a.question.name)]
        if known:
            return known[0]
        names = [a.question.name for a in self.asked if a.question.kind == kind]
        if name:
            hint = did_you_mean(name, names)
            raise InputError(f"no question {kind} {name!r} is asked{hint}", field="question")
        of_kind = kind_of(kind)
        if any(field.is_required() for field in of_kind.model_fields.values()):
            raise InputError(f"the scenario asks no {kind}", field="measure")
        return ask(of_kind(), self.case)

    @cached_property
    def verdicts(self) -> list[tuple[Finding, float]]:
        """The scenario's findings with the numbers that they are about; not those of `left`.

        Raises `InputError`, naming the finding, for a measure that does not exist.
        """
        told, left = [], {(question.kind, question.name) for question in self.left}
        for number, finding in enumerate(self.scenario.findings, start=1):
            if (finding.kind, finding.question) in left:
                continue
            try:
                told.append((finding, self.measure(finding)))
            except InputError as error:
                raise error.located(file=self.scenario.file, field=f"findings.{number}") from None
        return told

    def certainty(self, finding: Finding) -> dict[str, float]:
        """The share of draws with the sign of a finding's number; empty if there are no draws."""
        asked = self.find(finding.kind, finding.question)
        known = asked.ranges.of(finding.quantity, finding.of) if asked.ranges else None
        return {"same_sign": known.band.same_sign} if known and known.band.count else {}

    def measure(self, finding: Finding) -> float:
        """The number that a finding is about; raises `InputError` for an unknown measure."""
        asked = self.find(finding.kind, finding.question)
        return asked.measure(finding.quantity, **finding.of)


def run_of(
    scenario: "Scenario",
    world: World | None = None,
    *,
    asks: Callable[[Question], bool] = anything,
    judge: bool = True,
    on_step: OnStep = quiet,
) -> Run:
    """Solve a scenario and ask its questions; see `Scenario.run`."""
    on_step("laying out the world")
    case = scenario.case(world)
    questions = scenario.all_questions()
    for question in questions:
        _located(scenario, question, partial(question.check, case.world))
    if not scenario.only_gas:
        on_step("solving (the first run compiles the solver)")
        case.outcome  # noqa: B018  (so that no question is asked where there is no equilibrium)
    chosen = [question for question in questions if asks(question)]
    found = []
    for k, question in enumerate(chosen, start=1):
        step = within(on_step, f"question {k} of {len(chosen)}, {question.called}")
        found.append(_located(scenario, question, partial(ask, question, case, step)))
    left = tuple(question for question in questions if question not in chosen)
    own = {id(question) for question in scenario.questions}
    failed = [a for a in found if a.failure and id(a.question) not in own]  # nobody asked them
    not_asked = scenario.not_asked | {a.question.kind: a.failure for a in failed}
    kept = tuple(a for a in found if a not in failed)
    run = Run(scenario, case, kept, left, not_asked)
    if not (judge and scenario.claims):
        return run
    claims = judging.judged(run, type(scenario).load, asks=asks, on_step=on_step)
    return dataclasses.replace(run, claims=claims)


def _located(scenario: "Scenario", question: Question, do: Callable[[], T]) -> T:
    try:
        return do()
    except InputError as error:
        field = (
            "questions" if error.field.startswith(question.kind) else f"questions.{question.kind}"
        )
        raise error.located(file=scenario.file, field=field) from None


def _joined(first: Answer, more: Answer) -> Answer:
    """Two answers as one table."""
    remarks = dict.fromkeys(filter(None, (first.remark, more.remark)))
    return dataclasses.replace(
        first,
        table=pd.concat([first.table, more.table]),
        remark=" ".join(remarks),
        figures=(*first.figures, *more.figures),
    )


def _figures_apart(answers: list[Answer]) -> list[Answer]:
    """The same answers with different keys for all pictures, because keys name files."""
    seen: dict[str, int] = {}
    told = []
    for answer in answers:
        figures = []
        for figure in answer.figures:
            seen[figure.key] = seen.get(figure.key, 0) + 1
            again = f"{figure.key}-{seen[figure.key]}"
            figures.append(
                figure if seen[figure.key] == 1 else dataclasses.replace(figure, key=again)
            )
        told.append(dataclasses.replace(answer, figures=tuple(figures)))
    return told
