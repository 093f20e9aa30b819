"""Scenario: a TOML file of story, evidence, dated policy, assumptions and questions; and its run.

The one composer: it turns a file into a world, a policy and assumptions, asks the model, and hands
the outcomes on. A scenario file is data, never code. `docs/scenarios.md` has the fields.
"""

import copy
import dataclasses
import datetime as dt
import tomllib
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from multipolar import strategy
from multipolar.errors import InputError, did_you_mean
from multipolar.evidence import Fact, ledger
from multipolar.leverage import standoff
from multipolar.model import Assumptions, Outcome, solve
from multipolar.policy import DatedAct, Policy
from multipolar.world import World

FOLDER = Path(str(files("multipolar") / "scenarios"))


def _upper(text: object) -> object:
    return text.upper() if isinstance(text, str) else text


Code = Annotated[str, BeforeValidator(_upper)]  # a country, in either case


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WhatIf(_Strict):
    """A second policy to compare with: acts added to the scenario's, acts left out of it."""

    name: str
    title: str
    country: Code
    policy: tuple[DatedAct, ...] = ()
    without: tuple[str, ...] = ()


class Game(_Strict):
    """What powers would choose: see `strategy.optimal` (one player), `nash`, `cooperate`."""

    kind: Literal["optimal", "nash", "cooperate"]
    players: tuple[str, ...]
    by: strategy.By = "partner"
    against: Literal["players", "everyone"] = "players"
    sectors: str = "goods"
    rule: strategy.Rule = "equal-gains"
    disagreement: strategy.Disagreement = "today"

    def play(self, world: World, policy: Policy, assumptions: Assumptions) -> strategy.TariffPlay:
        """Play it on a world, from a policy in force."""
        if self.kind == "optimal":
            if len(self.players) != 1:
                raise InputError("takes one player", field="players", value=self.players)
            return strategy.optimal(
                world, self.players[0], policy=policy, assumptions=assumptions, by=self.by,
                sectors=self.sectors,
            )  # fmt: skip
        between: dict[str, Any] = {
            "policy": policy, "assumptions": assumptions, "by": self.by,
            "against": self.against, "sectors": self.sectors,
        }  # fmt: skip
        if self.kind == "nash":
            return strategy.nash(world, self.players, **between)
        return strategy.cooperate(
            world, self.players, rule=self.rule, disagreement=self.disagreement, **between
        )


class Deal(_Strict):
    """A hegemon's offer to third countries: see `strategy.Terms`."""

    hegemon: str
    rival: str
    demand: float
    offer: float = 1.0
    retaliation: float | Literal["optimal"] = 0.25
    thirds: tuple[str, ...] = ("*",)
    siding: dict[str, float] = {}

    def ask(self, world: World, policy: Policy, assumptions: Assumptions) -> strategy.Deals:
        """Every third country's answer on a world, from a policy in force."""
        terms = strategy.Terms(self.hegemon, self.rival, self.demand, self.offer, self.retaliation)
        return strategy.deal(
            world, terms, self.thirds, policy=policy, assumptions=assumptions, siding=self.siding
        )


class Questions(_Strict):
    """What the reader wants to know; every list of countries or pairs, codes in either case."""

    headline: tuple[Code, ...] = ()
    pairs: tuple[tuple[Code, Code], ...] = ()
    markets: tuple[Code, ...] = ()
    output: tuple[Code, ...] = ()
    prices: tuple[Code, ...] = ()
    suppliers: tuple[tuple[Code, str], ...] = ()  # importer and sector
    leverage: tuple[tuple[Code, Code], ...] = ()  # countries or blocs
    games: tuple[Game, ...] = ()
    deals: tuple[Deal, ...] = ()
    what_if: tuple[WhatIf, ...] = ()


class Finding(_Strict):
    """What the scenario is expected to find; held against the run in the tests."""

    says: str
    measure: Literal["real_income", "price_index", "tariff_revenue", "trade", "worth"]
    country: str = ""
    exporter: str = ""
    importer: str = ""
    sectors: str = "*"
    what_if: str = ""
    sign: Literal["+", "-"]
    because: str


class Scenario(_Strict):
    """A case: who does what to whom, on which evidence, under which assumptions."""

    name: str = ""
    title: str
    story: str
    date: dt.date | None = None
    world: str = "world-2023"
    benchmark_tariffs: bool = True
    extends: str = ""
    without: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()  # facts of the ledger, by key
    evidence: tuple[Fact, ...] = ()  # facts of its own
    policy: tuple[DatedAct, ...] = ()
    assumptions: dict[str, Any] = {}
    questions: Questions = Questions()
    findings: tuple[Finding, ...] = ()
    file: str = ""

    @model_validator(mode="after")
    def _hangs_together(self) -> "Scenario":
        ids = [act.id for act in self.policy]
        added = [act.id for what_if in self.questions.what_if for act in what_if.policy]
        for name in ids + added:
            if (ids + added).count(name) > 1:
                raise ValueError(f"two acts have the id {name!r}")
        for what_if in self.questions.what_if:
            for name in what_if.without:
                if name not in ids:
                    hint = did_you_mean(name, ids)
                    raise ValueError(
                        f"what-if {what_if.name!r} leaves out {name!r}, which is no act{hint}"
                    )
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

    @classmethod
    def load(cls, name: str | Path) -> "Scenario":
        """Load a scenario that ships (by name) or a TOML file.

        Raises `InputError`, naming file, field, value and what would be right, for an unknown name,
        a file that is missing or not TOML, an unknown or missing field, and for acts, selectors or
        dates that make no sense.
        """
        path = _find(name)
        return cls._checked(_read(path), path)

    @classmethod
    def from_data(cls, data: Mapping[str, Any], name: str = "unnamed") -> "Scenario":
        """A scenario from the fields of a file, without one; it may extend those that ship.

        Raises `InputError` as `load` does.
        """
        return cls._checked(copy.deepcopy(dict(data)), FOLDER / f"{name}.toml")

    @classmethod
    def _checked(cls, data: dict[str, Any], path: Path) -> "Scenario":
        scenario = cls._build(data, path)
        for act in scenario.all_acts():  # so that a bad act fails here, whatever the date
            scenario.policy_of(act)
        scenario.assume()
        return scenario

    @classmethod
    def _build(cls, data: dict[str, Any], path: Path) -> "Scenario":
        data = _whole(data, path)
        data["file"] = str(path)
        data.setdefault("name", path.stem)
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise _readable(error, path, data) from None

    # --- what it means -----------------------------------------------------------------------

    def all_acts(self) -> list[DatedAct]:
        """Every act that the file names, those of its what-ifs too."""
        return [*self.policy, *(act for w in self.questions.what_if for act in w.policy)]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact that it rests on: its own, and those of the ledger that it or an act cites."""
        own = {fact.key: fact for fact in self.evidence}
        cited = [*self.cites, *(key for act in self.all_acts() for key in act.evidence)]
        return tuple(({key: ledger()[key] for key in cited if key not in own} | own).values())

    @property
    def contested(self) -> list[str]:
        """A sentence for each fact that it rests on and that is contested."""
        return [
            f"{fact.key} is contested: {'; '.join(fact.objections)}"
            for fact in self.facts
            if fact.contested
        ]

    def acts(self, day: dt.date | None) -> list[DatedAct]:
        """The acts in force on a day."""
        return [act for act in self.policy if act.in_force(day)]

    def policy_on(self, day: dt.date | None) -> Policy:
        """The policy in force on a day (None: every act)."""
        return self._sum(self.acts(day))

    def _sum(self, acts: list[DatedAct]) -> Policy:
        return sum((self.policy_of(act) for act in acts), start=Policy())

    def policy_of(self, act: DatedAct) -> Policy:
        """The instrument that an act names, with blocs as of the scenario's date."""
        beside = act.folder or str(Path(self.file).parent)
        try:
            return act.model_copy(update={"folder": beside}).policy(self.date)
        except InputError as error:
            raise error.located(file=self.file, field=f"policy.{act.id}") from None

    def assume(self) -> Assumptions:
        """The scenario's assumptions."""
        try:
            return Assumptions.from_dict(self.assumptions)
        except InputError as error:
            raise error.located(file=self.file, field="assumptions") from None

    def benchmark(self) -> World:
        """The world that the scenario names, without tariffs if it says so."""
        try:
            world = World.load(self.world)
        except InputError as error:
            raise InputError(str(error), file=self.file, field="world", value=self.world) from None
        return world if self.benchmark_tariffs else world.without_tariffs()

    def run(
        self,
        world: World | None = None,
        *,
        games: bool = True,
        on_step: Callable[[str], None] = lambda _text: None,
    ) -> "Run":
        """Solve the scenario and its what-ifs, and play the games and deals that it asks about.

        `world`: instead of its benchmark. `games`: false leaves games and deals out, which take
        seconds to minutes; `on_step` hears which one begins. Raises `InputError` and
        `NotConverged`.
        """
        world = self.benchmark() if world is None else world
        self._check_questions(world)
        assumptions = self.assume()
        acts = self.acts(self.date)
        self._check_acts(self.all_acts(), world)
        try:
            outcome = solve(world, self._sum(acts), assumptions)
            others = {}
            for what_if in self.questions.what_if:
                kept = [act for act in acts if act.id not in what_if.without]
                more = [act for act in what_if.policy if act.in_force(self.date)]
                others[what_if.name] = solve(world, self._sum([*kept, *more]), assumptions)
            standoffs = {
                (one, other): standoff(
                    world, one, other, assumptions=assumptions, under=self._sum(acts)
                )
                for one, other in self.questions.leverage
            }
        except InputError as error:
            raise error.located(file=self.file) from None
        return Run(
            self,
            outcome,
            types.MappingProxyType(others),
            types.MappingProxyType(standoffs),
            *(self._played(world, on_step) if games else ((), ())),
        )

    def _played(
        self, world: World, on_step: Callable[[str], None]
    ) -> tuple[tuple[strategy.TariffPlay, ...], tuple[strategy.Deals, ...]]:
        policy, assumptions, field = self.policy_on(self.date), self.assume(), "games"
        plays, deals = [], []
        try:
            for game in self.questions.games:
                on_step(f"{game.kind} of {', '.join(game.players)}")
                plays.append(game.play(world, policy, assumptions))
            field = "deals"
            for deal in self.questions.deals:
                on_step(f"deals of {deal.hegemon} against {deal.rival}")
                deals.append(deal.ask(world, policy, assumptions))
        except InputError as error:
            raise error.located(file=self.file, field=f"questions.{field}") from None
        return tuple(plays), tuple(deals)

    def _check_acts(self, acts: list[DatedAct], world: World) -> None:
        """Refuse an act whose selectors the world lacks, by its id."""
        for act in acts:
            policy = self.policy_of(act)
            try:
                for instrument in policy:
                    list(instrument.layers(world))
            except InputError as error:
                raise error.located(file=self.file, field=f"policy.{act.id}") from None

    def _check_questions(self, world: World) -> None:
        asked = self.questions
        groups: dict[str, list[str]] = {
            "headline": list(asked.headline),
            "pairs": [code for pair in asked.pairs for code in pair],
            "markets": list(asked.markets),
            "output": list(asked.output),
            "prices": list(asked.prices),
            "suppliers": [code for code, _ in asked.suppliers],
            "what_if": [what_if.country for what_if in asked.what_if],
        }
        for _, sector in asked.suppliers:
            try:
                world.pick_sectors(sector)
            except InputError as error:
                raise InputError(
                    error.reason, file=self.file, field="questions.suppliers", value=sector
                ) from None
        for field, codes in groups.items():
            for code in codes:
                if code not in world.countries:
                    hint = did_you_mean(code, world.countries)
                    raise InputError(
                        f"this world has no country {code!r}{hint}",
                        file=self.file,
                        field=f"questions.{field}",
                        value=code,
                    )


@dataclass(frozen=True)
class Run:
    """A scenario and what the model found for it and for its what-ifs."""

    scenario: Scenario
    outcome: Outcome
    what_if: Mapping[str, Outcome]
    standoffs: Mapping[tuple[str, str], pd.DataFrame] = dataclasses.field(default_factory=dict)
    games: tuple[strategy.TariffPlay, ...] = ()
    deals: tuple[strategy.Deals, ...] = ()

    @cached_property
    def converged(self) -> bool:
        """Whether every solve converged."""
        outcomes = (self.outcome, *self.what_if.values())
        return all(o.converged for o in outcomes) and all(g.converged for g in self.games)

    def worth(self, name: str) -> float:
        """What the scenario is worth to a what-if's country against the what-if, million USD.

        Difference of real income, in units of the country's benchmark income.
        """
        what_if = next(w for w in self.scenario.questions.what_if if w.name == name)
        other = self.what_if[name]
        at = {"country": what_if.country}
        gain = self.outcome.real_income.sel(at) - other.real_income.sel(at)
        return float(gain * self.outcome.income_before.sel(at))


def scenario_names() -> list[str]:
    """The scenarios that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


# --- files -------------------------------------------------------------------------------------


def _find(name: str | Path) -> Path:
    text = str(name)
    if text in scenario_names():
        return FOLDER / f"{text}.toml"
    path = Path(text)
    if not path.is_file():
        hint = did_you_mean(text, scenario_names())
        listed = hint or f"; scenarios that ship: {', '.join(scenario_names())}"
        raise InputError(f"no scenario and no file of this name{listed}", file=text)
    return path


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError("is not UTF-8; save it as UTF-8 text", file=str(path)) from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"is not a readable TOML file: {error}", file=str(path)) from None


SHAPES: dict[str, type] = {
    "extends": str, "without": list, "policy": list, "cites": list, "evidence": list,
    "assumptions": dict, "questions": dict,
}  # fmt: skip


def _whole(data: dict[str, Any], path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """A file's fields with those of the files that it extends; its shape checked first."""
    kinds: dict[type, str] = {str: "text", list: "a list", dict: "a table"}
    for name, kind in SHAPES.items():
        if name in data and not isinstance(data[name], kind):
            raise InputError(
                f"must be {kinds[kind]}, is {data[name]!r}", file=str(path), field=name
            )
    for act in data.get("policy", []):
        if not isinstance(act, dict):
            raise InputError(f"must hold tables, has {act!r}", file=str(path), field="policy")
        act.setdefault("folder", str(path.parent))
    return _extend(data, path, (*seen, path.resolve())) if data.get("extends") else data


def _extend(data: dict[str, Any], path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    """The parent's fields under the child's; its acts less those in `without`, then the child's."""
    beside = path.parent / f"{data['extends']}.toml"
    try:
        parent_path = beside if beside.is_file() else _find(data["extends"])
    except InputError as error:
        raise InputError(str(error), file=str(path), field="extends") from None
    if parent_path.resolve() in seen:
        raise InputError(
            f"{data['extends']!r} comes back to this file: scenarios extend each other in a circle",
            file=str(path),
            field="extends",
        )
    parent = _whole(_read(parent_path), parent_path, seen)
    dropped = data.get("without", [])
    ids = [act.get("id", "") for act in parent.get("policy", [])]
    for name in dropped:
        if name not in ids:
            raise InputError(
                f"{data['extends']} has no act {name!r}{did_you_mean(name, ids)}",
                file=str(path),
                field="without",
            )
    kept = [act for act in parent.get("policy", []) if act.get("id") not in dropped]
    merged = {k: v for k, v in parent.items() if k not in ("name", "findings")} | data
    merged["policy"] = kept + data.get("policy", [])
    merged["cites"] = parent.get("cites", []) + data.get("cites", [])
    merged["evidence"] = parent.get("evidence", []) + data.get("evidence", [])
    merged["assumptions"] = parent.get("assumptions", {}) | data.get("assumptions", {})
    merged["questions"] = parent.get("questions", {}) | data.get("questions", {})
    return merged


EXPECTED = {
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "string_type": "must be text, in quotes",
    "bool_type": "must be true or false",
    "date_from_datetime_inexact": "must be a day, without a time",
    "date_from_datetime_parsing": "must be a day such as 2025-05-06, without quotes",
    "date_type": "must be a day such as 2025-05-06, without quotes",
    "too_short": "must not be empty",
    "too_long": "has too many entries",
}


def _readable(error: ValidationError, path: Path, data: Mapping[str, Any]) -> InputError:
    """The most telling of pydantic's complaints, as one of ours."""
    # A misspelt field is two complaints, one missing and one unknown: the unknown one tells more.
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    place = [str(part) for part in first["loc"]]
    if len(place) > 1 and place[0] == "policy" and place[1].isdigit():
        place[1] = str(data["policy"][int(place[1])].get("id", place[1]))
    field = ".".join(place)
    known = {
        name
        for model in (Scenario, Fact, DatedAct, WhatIf, Questions, Finding)
        for name in (field.alias or key for key, field in model.model_fields.items())
    }
    value = first.get("input")
    shown = f" (it is {value!r})" if isinstance(value, str | int | float) else ""
    reason = {
        "extra_forbidden": f"no such field{did_you_mean(field.rpartition('.')[2], known)}",
        "missing": "this field is missing",
        "value_error": str(first.get("ctx", {}).get("error", first["msg"])),
    }.get(first["type"], EXPECTED.get(first["type"], first["msg"]) + shown)
    return InputError(reason, file=str(path), field=field, value=value)
