"""What the page asks: a shipped scenario with changes, or one built from nothing. Data, never code.

A `Case` is what a scenario file may say, less what names files; it becomes the fields of such a
file (`fields_of`), so that what is solved is what can be downloaded and run elsewhere.
"""

from functools import cache
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field

from multipolar.errors import InputError, choose
from multipolar.policy import INSTRUMENTS
from multipolar.scenario import Scenario, scenario_names
from multipolar.world.labels import country_names

Short = Annotated[str, Field(max_length=80)]
Codes = Annotated[list[Short], Field(max_length=100)]
Number = Annotated[float, Field(allow_inf_nan=False)]
NAME = "page"
ACTORS = ("importer", "exporter", "country", "sender", "receiver")
WATCHED = ("USA", "CHN", "DEU", "JPN", "IND", "RUS", "GBR", "BRA", "MEX", "VNM")
ENTERED = "Entered on the page"


class AskedAct(BaseModel):
    """One act: its instrument (as in a scenario file) and that instrument's fields."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Number | Short | Codes] = Field(init=False)

    id: Annotated[str, Field(pattern=r"^[\w .-]{1,60}$")]
    act: Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(INSTRUMENTS)})]


class Case(BaseModel):
    """A scenario as the page asks for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: Annotated[str, Field(max_length=80, description="A shipped scenario; empty: none.")] = ""
    without: Annotated[Codes, Field(description="Acts of the base that are left out.")] = []
    acts: Annotated[list[AskedAct], Field(max_length=40)] = []
    assumptions: Annotated[
        dict[Short, Number | Short | dict[Short, Number]], Field(max_length=20)
    ] = {}
    tariffs: Annotated[bool, Field(description="Keep the benchmark's tariffs.")] = True
    title: Annotated[str, Field(max_length=200)] = ""


class SolveRequest(BaseModel):
    """A case to solve; `specs` asks for the charts' specifications beside their numbers."""

    model_config = ConfigDict(extra="forbid")
    case: Case
    specs: bool = False


class CompareRequest(BaseModel):
    """Two cases to set beside each other."""

    model_config = ConfigDict(extra="forbid")
    first: Case
    second: Case


class TableRequest(BaseModel):
    """A table of a case as CSV: "countries" for all of them, or the key of an answer."""

    model_config = ConfigDict(extra="forbid")
    case: Case
    table: Annotated[str, Field(max_length=80)] = "countries"


class LeversRequest(BaseModel):
    """A result, and the kind of lever to rank by how much it moves it."""

    model_config = ConfigDict(extra="forbid")
    case: Case
    target: Annotated[list[Short], Field(min_length=1, max_length=3)]
    wrt: Literal["tariff", "export_tax", "trade_cost", "productivity", "trade_elasticity"] = (
        "tariff"
    )
    top: Annotated[int, Field(ge=1, le=100)] = 15


class NextRequest(BaseModel):
    """What somebody would do next, or what a pair is to each other, where a case stands."""

    model_config = ConfigDict(extra="forbid")
    case: Case
    question: Literal["optimal", "war", "deal", "standoff"]
    one: Short
    other: Short = "CHN"


@cache
def shipped(name: str) -> Scenario:
    """A scenario that ships, read once."""
    return Scenario.load(name)


def scenario_of(case: Case) -> Scenario:
    """The case as a scenario; raises `InputError` for what makes no sense."""
    return Scenario.from_data(fields_of(case), NAME)


def fields_of(case: Case) -> dict[str, Any]:
    """The fields of the scenario file that says the same."""
    if case.base and case.base not in scenario_names():
        reason = f"no scenario {case.base!r} ships{choose(case.base, scenario_names())}"
        raise InputError(reason, field="base", value=case.base)
    acts = [_act(asked) for asked in case.acts]
    fields: dict[str, Any] = {}
    if case.base:
        parent = shipped(case.base)
        changed = bool(case.without or acts or case.assumptions)
        fields["title"] = case.title or parent.title + (", changed" if changed else "")
        fields["extends"] = case.base
        fields["without"] = list(case.without)
        if case.without:  # its what-ifs compare with acts that may be gone
            fields["questions"] = {"what_if": []}
    else:
        if case.without:
            raise InputError("there is no base to leave acts out of", field="without")
        fields["title"] = case.title or "A scenario built on the page"
        fields["story"] = "Acts entered on the page; they rest on no evidence but themselves."
        fields["questions"] = _questions(case.acts)
    fields["benchmark_tariffs"] = case.tariffs
    return fields | {"assumptions": dict(case.assumptions), "policy": acts}


def to_toml(case: Case) -> str:
    """The case as a scenario file."""
    scenario_of(case)  # refuse here what `multipolar run` would refuse
    return tomli_w.dumps(fields_of(case), multiline_strings=True)


def _act(asked: AskedAct) -> dict[str, Any]:
    """An act as a scenario file has it; only instruments, which name no files."""
    if asked.act not in INSTRUMENTS:
        raise InputError(
            f"{asked.act!r} is no instrument{choose(asked.act, INSTRUMENTS)}",
            field=f"acts.{asked.id}.act",
            value=asked.act,
        )
    given = dict(asked.model_extra or {})
    for reserved in ("file", "folder", "from", "until", "evidence", "source", "note"):
        if reserved in given:
            raise InputError("no such field here", field=f"acts.{asked.id}.{reserved}")
    return {"id": asked.id, "act": asked.act, **given, "source": ENTERED}


def _questions(acts: list[AskedAct]) -> dict[str, Any]:
    """What a built scenario asks: about those it names, and some that everyone watches."""
    fields = [asked.model_extra or {} for asked in acts]
    named = [given[side] for given in fields for side in ACTORS if side in given]
    single = [code for code in named if isinstance(code, str) and _is_code(code)]
    questions: dict[str, Any] = {
        "headline": list(dict.fromkeys([*(code.upper() for code in single), *WATCHED]))[:12]
    }
    for side, asks in (("exporter", "markets"), ("importer", "prices")):
        codes = [given[side] for given in fields if isinstance(given.get(side), str)]
        first = [code.upper() for code in codes if _is_code(code)][:1]
        if first:
            questions[asks] = first
    return questions


def _is_code(text: str) -> bool:
    return text.upper() in country_names()
