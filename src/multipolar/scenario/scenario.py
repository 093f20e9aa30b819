"""Scenario: who does what to whom, on which evidence, under which assumptions, and what is asked.

A scenario file is data, never code. `docs/scenarios.md` has the fields.
"""

import copy
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from multipolar.errors import InputError, InputErrors, did_you_mean
from multipolar.evidence import Fact, ledger
from multipolar.model import Assumptions, Case
from multipolar.policy import NetworkAct, Policy
from multipolar.policy.calendar import Dated, Periods
from multipolar.policy.dated import DatedAct
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking import registry
from multipolar.questions.asking.question import Question
from multipolar.questions.causes import Causes
from multipolar.questions.gains import Gains
from multipolar.scenario.along import along
from multipolar.scenario.claim import Claim, Verdict, misread
from multipolar.scenario.files import FOLDER, find, read, whole
from multipolar.scenario.finding import Finding
from multipolar.scenario.foresight import Foresight
from multipolar.scenario.on_network import check_network
from multipolar.scenario.parts import acts_of, noted, questions_of, readable
from multipolar.scenario.run import Run, affordable, anything, run_of
from multipolar.scenario.sheets import naming_cells, placed
from multipolar.scenario.shown import as_html
from multipolar.scenario.taken_back import TakenBack
from multipolar.world import World

HEADLINE = 6  # countries of the headline whose change a run shares out by itself


class Scenario(BaseModel):
    """Who does what to whom, on which evidence, under which assumptions, and what is asked.

    `date`: only acts in force on that day count, and blocs are as of that day (without a date: all
    acts). `questions`: "gains" (who gains) is always asked, and first, and then "causes" (who
    caused it) for the headline's countries, unless all acts are on the gas network. `network`: its
    year, such as "gas-2023". `path`: the periods of questions about a path, such as
    "2025Q1:2028Q4". `anticipation`: lets buyers on a path adapt to what is announced. `cites` names
    facts of the ledger, `evidence` states facts of the scenario's own. `headline`: kinds of
    questions whose first sentence the headline has, a kind named twice its first two; empty: all
    sentences of all. `known_until`: the last day on which the file knows what is in force. `draft`:
    what `multipolar read` found beside the acts; no run reads it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    title: str
    story: str = ""
    date: dt.date | None = None
    known_until: dt.date | None = None
    world: str = "world-2023"
    benchmark_tariffs: bool = True
    network: str = ""
    path: Periods = ""
    anticipation: Foresight | None = None
    taken_back: TakenBack | None = None
    extends: str = ""
    without: tuple[str, ...] = ()
    without_questions: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    evidence: tuple[Fact, ...] = ()
    policy: tuple[DatedAct, ...] = ()
    assumptions: dict[str, Any] = {}
    questions: tuple[Question, ...] = ()
    headline: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    claims: tuple[Claim, ...] = ()
    draft: dict[str, Any] = {}
    file: str = ""

    @model_validator(mode="after")
    def _hangs_together(self) -> "Scenario":
        ids = [act.id for act in self.all_acts()]
        names = [question.name for question in self.questions if question.name]
        for kind, given in (("acts have the id", ids), ("questions have the name", names)):
            for name in given:
                if given.count(name) > 1:
                    raise ValueError(f"two {kind} {name!r}")
        for k, question in enumerate(self.questions):
            if question in self.questions[:k]:
                raise ValueError(f"the question {question.called!r} is asked twice")
            if wrong := question.leaves_out_unknown([act.id for act in self.policy]):
                raise ValueError(f"the question {question.called!r} {wrong}")
        return self

    @model_validator(mode="after")
    def _cites_what_there_is(self) -> "Scenario":
        for key in self.cites:
            if key not in ledger():
                hint = did_you_mean(key, ledger())
                raise ValueError(f"cites {key!r}, not in the ledger{hint}")
        keys = [*(fact.key for fact in self.evidence), *ledger()]
        for act in self.all_acts():
            for key in act.evidence:
                if key not in keys:
                    hint = did_you_mean(key, keys)
                    raise ValueError(f"act {act.id!r} cites evidence {key!r}, not listed{hint}")
        return self

    @model_validator(mode="after")
    def _claims_what_can_be_read(self) -> "Scenario":
        ids = [claim.id for claim in self.claims]
        for claim in self.claims:
            if ids.count(claim.id) > 1:
                raise ValueError(f"two claims have the id {claim.id!r}")
            if wrong := misread(claim):
                raise ValueError(f"the claim {claim.id!r} {wrong}")
        return self

    # --- reading ----------------------------------------------------------------------------------

    @classmethod
    def load(cls, name: str | Path) -> "Scenario":
        """Load a scenario that comes with the package (by name), a TOML file or a workbook.

        Raises `InputError`, naming file, field, value and what would be right, for an unknown name,
        a file that is missing or not TOML, unknown or missing fields, and for acts, questions or
        dates that make no sense. All errors are reported at once.
        """
        path = find(name)
        with naming_cells(path):
            return cls._checked(read(path), path)

    @classmethod
    def from_data(cls, data: Mapping[str, Any], name: str = "unnamed") -> "Scenario":
        """A scenario from the fields of a file, without a file; it may extend shipped scenarios.

        Raises `InputError` as `load` does.
        """
        return cls._checked(copy.deepcopy(dict(data)), FOLDER / f"{name}.toml")

    def with_options(
        self, assumptions: dict[str, Any], *, tariffs: bool = True, date: dt.date | None = None
    ) -> "Scenario":
        """This scenario with some assumptions replaced, on another day, without tariffs at first.

        The changes are not checked here; `assume` checks assumptions and raises `InputError`.
        """
        return self.model_copy(
            update={
                "assumptions": self.assumptions | assumptions,
                "benchmark_tariffs": self.benchmark_tariffs and tariffs,
                "date": date or self.date,
            }
        )

    def age(self, today: dt.date) -> str:
        """How old the file's knowledge is, as a sentence; empty where the file does not say."""
        if self.known_until is None:
            return ""
        days = (today - self.known_until).days
        told = f"What is in force is known here up to {self.known_until}"
        if self.date and self.date > self.known_until:
            told += f"; for {self.date} it is what had been announced by then"
        return f"{told}, {days} days ago." if days > 0 else f"{told}."

    @classmethod
    def _checked(cls, given: dict[str, Any], path: Path) -> "Scenario":
        data = whole(given, path)
        wrong: list[InputError] = []
        fields = {"name": path.stem, **data, "file": str(path)}
        fields["questions"] = questions_of(data.get("questions", []), wrong)
        scenario = None
        try:
            scenario = cls.model_validate(fields)
        except ValidationError as error:
            wrong += [readable(each, data, cls) for each in error.errors()]
        acts: Iterable[DatedAct] = scenario.all_acts() if scenario else acts_of(data)
        day = scenario.date if scenario else None
        for act in acts:  # so that a bad act fails here, whatever the date
            noted(wrong, f"policy.{act.id}", partial(act.policy, day))
        noted(wrong, "assumptions", partial(Assumptions.from_dict, data.get("assumptions", {})))
        if wrong or scenario is None:
            raise InputErrors.of(wrong).located(file=str(path))
        return scenario

    def _repr_html_(self) -> str:
        """Title, acts, assumptions and questions, in a notebook."""
        return as_html(self)

    # --- what it means ----------------------------------------------------------------------------

    def all_acts(self) -> list[DatedAct]:
        """Every act that the file names, including those of its questions."""
        return [*self.policy, *(act for question in self.questions for act in question.acts())]

    def all_questions(self) -> tuple[Question, ...]:
        """The questions in order.

        Who gains comes first, and then, unless it is `not_asked`, who caused it, even if the file
        does not ask them. Where all acts are on the gas network, what acts on trade change is not
        asked (`skipped`); if nothing else is, the gas market is.
        """
        if self.questions and all(question.on_a_path for question in self.questions):
            return self.questions
        if self.acts_on_gas:
            left = tuple(each for each in self.questions if each not in self.skipped)
            return left or (registry.build({"ask": "gas-market"}),)
        gains = [question for question in self.questions if isinstance(question, Gains)]
        rest = [question for question in self.questions if not isinstance(question, Gains)]
        gains = gains or [Gains()]
        asked = any(isinstance(question, Causes) for question in rest)
        causes = [] if asked or self.not_asked else [Causes(countries=self.countries[:HEADLINE])]
        return (*gains, *causes, *rest)

    @property
    def not_asked(self) -> dict[str, str]:
        """Questions that a run asks by itself, but not this one: why, by kind."""
        if any(isinstance(question, Causes) for question in self.questions):
            return {}
        acts = [act for act in self.acts(self.date) if not act.on_network]
        if "causes" in self.without_questions:
            return {"causes": "the scenario leaves it out"}
        if self.acts_on_gas:
            return {"causes": "all acts are on the gas network, so that no trade moves"}
        if not acts:
            return {"causes": "no act is in force"}
        if len(acts) == 1:
            return {"causes": f"{acts[0].id} is the only act in force, and all is its doing"}
        return {}

    @property
    def acts_on_gas(self) -> bool:
        """Whether all acts are on the gas network, or only the network is named."""
        acts = [instrument for act in self.all_acts() for instrument in self.policy_of(act)]
        on_gas = bool(self.network) or bool(acts)
        return on_gas and all(isinstance(act, NetworkAct) for act in acts)

    @property
    def skipped(self) -> tuple[Question, ...]:
        """Questions about what acts on trade change, where no act is on trade."""
        if not self.acts_on_gas:
            return ()
        return tuple(question for question in self.questions if question.tells_change)

    @property
    def only_gas(self) -> bool:
        """Whether acts and questions are about the gas network: trade need not be solved for it."""
        return self.acts_on_gas and all(
            question.needs_network or not question.needs_trade for question in self.all_questions()
        )

    @property
    def countries(self) -> tuple[str | tuple[str, ...], ...]:
        """The countries and blocs that the headline names."""
        gains = (question for question in self.questions if isinstance(question, Gains))
        return next((question.countries for question in gains), ())

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact it rests on: its own, and facts of the ledger that it or an act cites."""
        own = {fact.key: fact for fact in self.evidence}
        cited = [*self.cites, *(key for act in self.all_acts() for key in act.evidence)]
        return tuple(({key: ledger()[key] for key in cited if key not in own} | own).values())

    @property
    def contested(self) -> list[str]:
        """A sentence for each contested fact that the scenario rests on."""
        return [
            f"{fact.key} is contested: {'; '.join(fact.objections)}"
            for fact in self.facts
            if fact.contested
        ]

    def acts(self, day: dt.date | None) -> list[DatedAct]:
        """The acts in force on a day."""
        return [act for act in self.policy if act.in_force(day)]

    def policy_on(self, day: dt.date | None) -> Policy:
        """The policy in force on a day (None: every act), blocs as of the scenario's date."""
        return sum((self.policy_of(act) for act in self.acts(day)), start=Policy())

    def policy_of(self, act: DatedAct) -> Policy:
        """The instrument that an act names, with blocs as of the scenario's date."""
        try:
            return act.policy(self.date)
        except InputError as error:
            raise error.located(file=self.file, field=f"policy.{act.id}") from None

    def assume(self) -> Assumptions:
        """The scenario's assumptions."""
        try:
            return Assumptions.from_dict(self.assumptions)
        except InputError as error:
            raise error.located(file=self.file, field="assumptions") from None

    def benchmark(self) -> World:
        """The world that the scenario names, without tariffs if the scenario says so."""
        try:
            world = World.load(self.world)
        except InputError as error:
            raise InputError(str(error), file=self.file, field="world", value=self.world) from None
        return world if self.benchmark_tariffs else world.without_tariffs()

    def case(self, world: World | None = None) -> Case:
        """The case of its questions: a world (default: its benchmark), policy, assumptions.

        Raises `InputError`, naming the act's id, if an act names something that the world lacks,
        and naming every act of a draft that nobody has confirmed.
        """
        self._refuse_unconfirmed()
        world = self.benchmark() if world is None else world
        world = self.taken_back.of(world) if self.taken_back else world
        for act in self.all_acts():
            for instrument in self.policy_of(act):
                try:
                    list(instrument.layers(world))
                except InputError as error:
                    told = error.located(file=self.file, field=f"policy.{act.id}")
                    raise placed(told, Path(self.file)) from None
        check_network(self)
        policy = self.policy_on(self.date)
        return Case(
            world, policy, self.assume(), self.title, self.date, self.network,
            self.dated_acts(), self.path,
            self.anticipation.of_buyers() if self.anticipation else None,
        )  # fmt: skip

    def _refuse_unconfirmed(self) -> None:
        left = [act.id for act in self.all_acts() if act.confirm]
        if left:
            acts = "1 act of this draft is" if len(left) == 1 else f"{len(left)} acts are"
            raise InputError(
                f"{acts} not confirmed: {', '.join(left)}. Read what the source of each names, "
                'then take out its line "confirm = true", or the act',
                file=self.file,
                field="policy",
            )

    def dated_acts(self) -> tuple[Dated, ...]:
        """The acts on trade with their days, as a path needs them, whatever the date."""
        acts = (act for act in self.policy if not act.on_network)
        return tuple(
            Dated(self.policy_of(act), act.start, act.until, act.id, act.announced) for act in acts
        )

    def along(self, written: str) -> "Scenario":
        """This scenario with only its questions about a path, over other periods.

        Where it asks none, the real income of the headline's countries is asked, and the trade of
        the pairs that it asks about. Raises `InputError` for periods that cannot be read.
        """
        return along(self, written)

    def run(
        self,
        world: World | None = None,
        *,
        asks: Callable[[Question], bool] = anything,
        judge: bool = True,
        on_step: OnStep = quiet,
    ) -> Run:
        """Solve the scenario and ask its questions (those for which `asks` returns true).

        `world`: used instead of its benchmark. `judge`: whether its claims are judged, for which
        other scenarios may be solved too. `on_step` is told which question begins. Raises
        `InputError`, and `NotConverged` if the scenario itself has no equilibrium; a question
        without one is among the run's `failures`.
        """
        return run_of(self, world, asks=asks, judge=judge, on_step=on_step)

    def judged(
        self, ids: Iterable[str], *, quick: bool = False, on_step: OnStep = quiet
    ) -> tuple[Verdict, ...]:
        """The verdicts on some claims; only questions that they are read from are asked.

        `quick`: without games and bargaining, whose claims are then not answerable. Raises
        `InputError`, and `NotConverged` if the scenario has no equilibrium.
        """
        chosen = tuple(claim for claim in self.claims if claim.id in set(ids))
        read = {claim.kind for claim in chosen}

        def asks(question: Question) -> bool:
            return question.kind in read and (affordable(question) or not quick)

        return self.model_copy(update={"claims": chosen}).run(asks=asks, on_step=on_step).claims
