"""Scenario: a TOML file of story, evidence, dated policy, assumptions and questions; and its run.

The one composer: it turns a file into a world, a policy and assumptions, asks the model, and hands
the outcomes on. A scenario file is data, never code. `docs/scenarios.md` has the fields.
"""

import dataclasses
import datetime as dt
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from multipolar.errors import InputError, did_you_mean
from multipolar.model import Assumptions, Outcome, solve
from multipolar.policy import INSTRUMENTS, Policy, TariffSchedule
from multipolar.world import World
from multipolar.world.labels import bloc_names

FOLDER = Path(str(files("multipolar") / "scenarios"))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Evidence(_Strict):
    """A fact that the scenario rests on, with the accounts that state it."""

    key: str
    says: str
    value: float | None = None
    unit: str = ""
    accounts: tuple[str, ...] = Field(min_length=1)  # "file.txt, paragraph n"
    note: str = ""


class Act(BaseModel):
    """One dated act of a policy. Beyond these fields it takes those of its instrument."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    act: str
    start: dt.date | None = Field(default=None, alias="from")
    until: dt.date | None = None
    evidence: tuple[str, ...] = ()
    source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _rests_on_something(self) -> "Act":
        if not self.evidence and not self.source:
            raise ValueError("name the evidence or the source that this act rests on")
        if self.start and self.until and self.until <= self.start:
            raise ValueError(f"ends on {self.until}, before it begins on {self.start}")
        return self

    def in_force(self, day: dt.date | None) -> bool:
        """Whether the act is in force on a day; the last day is the day before `until`."""
        if day is None:
            return True
        return (self.start is None or self.start <= day) and (
            self.until is None or day < self.until
        )


class WhatIf(_Strict):
    """A second policy to compare with: acts added to the scenario's, acts left out of it."""

    name: str
    title: str
    country: str
    policy: tuple[Act, ...] = ()
    without: tuple[str, ...] = ()


class Questions(_Strict):
    """What the reader wants to know; every list of countries or pairs."""

    headline: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    markets: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    prices: tuple[str, ...] = ()
    what_if: tuple[WhatIf, ...] = ()


class Finding(_Strict):
    """What the scenario is expected to find; held against the run in the tests."""

    says: str
    measure: Literal["real_income", "price_index", "tariff_revenue", "trade", "worth"]
    country: str = ""
    exporter: str = ""
    importer: str = ""
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
    evidence: tuple[Evidence, ...] = ()
    policy: tuple[Act, ...] = ()
    assumptions: dict[str, Any] = {}
    questions: Questions = Questions()
    findings: tuple[Finding, ...] = ()
    file: str = ""

    @model_validator(mode="after")
    def _hangs_together(self) -> "Scenario":
        ids = [act.id for act in self.policy]
        for name in ids:
            if ids.count(name) > 1:
                raise ValueError(f"two acts have the id {name!r}")
        keys = [fact.key for fact in self.evidence]
        for act in self.policy:
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
        scenario = cls._build(_read(path), path)
        scenario.policy_on(scenario.date)  # so that a bad act fails here, not after the world loads
        Assumptions.from_dict({}) if not scenario.assumptions else scenario.assume()
        return scenario

    @classmethod
    def _build(cls, data: dict[str, Any], path: Path) -> "Scenario":
        if data.get("extends"):
            data = _extend(data, path)
        data["file"] = str(path)
        data.setdefault("name", path.stem)
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise _readable(error, path) from None

    # --- what it means -----------------------------------------------------------------------

    def acts(self, day: dt.date | None) -> list[Act]:
        """The acts in force on a day."""
        return [act for act in self.policy if act.in_force(day)]

    def policy_on(self, day: dt.date | None) -> Policy:
        """The policy in force on a day (None: every act)."""
        return self._sum(self.acts(day))

    def _sum(self, acts: list[Act]) -> Policy:
        policy = Policy()
        for act in acts:
            policy = policy + self.policy_of(act)
        return policy

    def policy_of(self, act: Act) -> Policy:
        """The instrument that an act names, with blocs as of the scenario's date."""
        given = {key: _dated(value, self.date) for key, value in (act.model_extra or {}).items()}
        try:
            if act.act == "tariff-schedule":
                return Policy((self._schedule(given),))
            if act.act not in INSTRUMENTS:
                known = [*INSTRUMENTS, "tariff-schedule"]
                raise InputError(
                    f"{act.act!r} is no instrument{did_you_mean(act.act, known)}; "
                    f"choose one of {', '.join(known)}",
                    field="act",
                )
            kind = INSTRUMENTS[act.act]
            _check_fields(given, [field.name for field in dataclasses.fields(kind)], kind)
            return Policy((kind(**given),))
        except InputError as error:
            raise error.located(file=self.file, field=f"policy.{act.id}") from None

    def _schedule(self, given: dict[str, Any]) -> TariffSchedule:
        _check_fields(given, ["file", "how"], TariffSchedule)
        name = given.get("file")
        if not isinstance(name, str) or Path(name).name != name:
            raise InputError("needs the name of a CSV beside the scenario", field="file")
        return TariffSchedule.from_csv(Path(self.file).parent / name, given.get("how", "set"))

    def assume(self) -> Assumptions:
        """The scenario's assumptions."""
        try:
            return Assumptions.from_dict(self.assumptions)
        except InputError as error:
            raise error.located(file=self.file, field="assumptions") from None

    def run(self, world: World | None = None) -> "Run":
        """Solve the scenario and its what-ifs.

        `world`: instead of the one it names. Raises `InputError` and `NotConverged`.
        """
        world = World.load(self.world) if world is None else world
        if not self.benchmark_tariffs:
            world = world.without_tariffs()
        self._check_questions(world)
        assumptions = self.assume()
        acts = self.acts(self.date)
        self._check_acts([*acts, *(a for w in self.questions.what_if for a in w.policy)], world)
        try:
            outcome = solve(world, self._sum(acts), assumptions)
            others = {}
            for what_if in self.questions.what_if:
                kept = [act for act in acts if act.id not in what_if.without]
                others[what_if.name] = solve(
                    world, self._sum([*kept, *what_if.policy]), assumptions
                )
        except InputError as error:
            raise error.located(file=self.file) from None
        return Run(self, outcome, types.MappingProxyType(others))

    def _check_acts(self, acts: list[Act], world: World) -> None:
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
            "what_if": [what_if.country for what_if in asked.what_if],
        }
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

    @cached_property
    def converged(self) -> bool:
        """Whether every solve converged."""
        return self.outcome.converged and all(o.converged for o in self.what_if.values())

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
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"is not a readable TOML file: {error}", file=str(path)) from None


def _extend(data: dict[str, Any], path: Path) -> dict[str, Any]:
    """The parent's fields under the child's; its acts less those in `without`, then the child's."""
    beside = path.parent / f"{data['extends']}.toml"
    parent_path = beside if beside.is_file() else _find(data["extends"])
    if parent_path.resolve() == path.resolve():
        raise InputError("a scenario cannot extend itself", file=str(path), field="extends")
    parent = _read(parent_path)
    if parent.get("extends"):
        parent = _extend(parent, parent_path)
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
    merged["evidence"] = parent.get("evidence", []) + data.get("evidence", [])
    merged["assumptions"] = parent.get("assumptions", {}) | data.get("assumptions", {})
    merged["questions"] = parent.get("questions", {}) | data.get("questions", {})
    return merged


def _readable(error: ValidationError, path: Path) -> InputError:
    """The first of pydantic's complaints, as one of ours."""
    # A misspelt field is two complaints, one missing and one unknown: the unknown one tells more.
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    field = ".".join(str(part) for part in first["loc"])
    known = {
        name
        for model in (Scenario, Evidence, Act, WhatIf, Questions, Finding)
        for name in model.model_fields
    }
    value = first.get("input")
    shown = f" (it is {value!r})" if isinstance(value, str | int | float) else ""
    reason = {
        "extra_forbidden": f"no such field{did_you_mean(field.rpartition('.')[2], known)}",
        "missing": "this field is missing",
        "value_error": str(first.get("ctx", {}).get("error", first["msg"])),
    }.get(first["type"], first["msg"] + shown)
    return InputError(reason, file=str(path), field=field, value=value)


def _check_fields(given: Mapping[str, Any], known: list[str], kind: type) -> None:
    for name in given:
        if name not in known:
            raise InputError(
                f"a {kind.__name__} has no such field{did_you_mean(name, known)}; "
                f"it has {', '.join(known)}",
                field=name,
            )
    needed = [
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.init
    ]
    if kind is not TariffSchedule:
        for name in needed:
            if name not in given:
                raise InputError("this field is missing", field=name)


def _dated(value: Any, day: dt.date | None) -> Any:
    """Blocs in a selector, as of the scenario's date unless they carry their own."""
    if isinstance(value, list):
        return [_dated(item, day) for item in value]
    if day is None or not isinstance(value, str) or "@" in value:
        return value
    name = value.lstrip("-").strip().casefold()
    return f"{value}@{day}" if name in {bloc.casefold() for bloc in bloc_names()} else value
