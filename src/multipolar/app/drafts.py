"""What the page asks for: a shipped scenario with changes, or one built from nothing.

A `Draft` is what a scenario file may say, less what names files; it becomes the fields of such a
file (`fields_of`), so that what is solved is what can be downloaded and run elsewhere. Data, never
code.
"""

from functools import cache
from threading import Lock
from typing import Annotated, Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from multipolar.energy.network import shipped_networks
from multipolar.errors import InputError, choose
from multipolar.policy import NetworkAct
from multipolar.policy.dated import DatedAct
from multipolar.policy.table import ACTS, INSTRUMENTS
from multipolar.scenario import Scenario, scenario_names
from multipolar.world import World
from multipolar.world.labels import country_names

Short = Annotated[str, Field(max_length=80)]
Codes = Annotated[list[Short], Field(max_length=100)]
Number = Annotated[float, Field(allow_inf_nan=False)]
NAME = "page"
NETWORK = "gas-2023"  # on which acts on gas work, if nothing else is chosen
GAS_QUESTIONS = ("gas-market", "gas-replacement")
WATCHED = ("USA", "CHN", "DEU", "JPN", "IND", "RUS", "GBR", "BRA", "MEX", "VNM")
ENTERED = "Entered on the page"
FEW = 3  # changes that a title names
LONGEST_TITLE = 200
_LOADING = Lock()


class DraftAct(BaseModel):
    """One act: its instrument (as in a scenario file) and that instrument's fields."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Number | Short | Codes] = Field(init=False)

    id: Annotated[str, Field(pattern=r"^[\w .-]{1,60}$")]
    act: Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(INSTRUMENTS)})]


class Draft(BaseModel):
    """A scenario as the page asks for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: Annotated[str, Field(max_length=80, description="A shipped scenario; empty: none.")] = ""
    without: Annotated[Codes, Field(description="Acts of the base that are left out.")] = []
    acts: Annotated[list[DraftAct], Field(max_length=40)] = []
    assumptions: Annotated[
        dict[Short, Number | Short | dict[Short, Number]], Field(max_length=20)
    ] = {}
    network: Annotated[
        Short, Field(description="The gas network on which acts on gas work; empty: as the base.")
    ] = ""
    tariffs: Annotated[
        bool | None, Field(description="Keep the benchmark's tariffs; none: as the base does.")
    ] = None
    watch: Annotated[
        list[Short], Field(max_length=20, description="Countries and blocs named with the rest.")
    ] = []
    title: Annotated[str, Field(max_length=200)] = ""


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SolveRequest(_Request):
    """A draft to solve; `specs` asks for the charts' specifications beside their numbers."""

    case: Draft
    specs: bool = False


class CompareRequest(_Request):
    """Two drafts to set beside each other."""

    first: Draft
    second: Draft


class TableRequest(_Request):
    """A table of a draft as CSV: "countries" for all of them, or the key of an answer."""

    case: Draft
    table: Annotated[str, Field(max_length=80)] = "countries"


class RangeRequest(_Request):
    """A draft to ask again over draws of the elasticities, or to judge claims under."""

    case: Draft


class AskRequest(_Request):
    """A question to ask of a draft: its kind under "ask", and its fields."""

    case: Draft
    question: Annotated[dict[str, Any], Field(max_length=40)]


@cache
def shipped(name: str) -> Scenario:
    """A scenario that ships, read once."""
    return Scenario.load(name)


def world(name: str, *, tariffs: bool) -> World:
    """A world, loaded once; by one thread at a time, for HDF5 bears no more."""
    with _LOADING:
        return _world(name, tariffs)


@cache
def _world(name: str, tariffs: bool) -> World:
    loaded = World.load(name)
    return loaded if tariffs else loaded.without_tariffs()


def scenario_of(draft: Draft) -> Scenario:
    """The draft as a scenario; raises `InputError` for what makes no sense."""
    return Scenario.from_data(fields_of(draft), NAME)


def fields_of(draft: Draft) -> dict[str, Any]:
    """The fields of the scenario file that says the same."""
    if draft.base and draft.base not in scenario_names():
        reason = f"no scenario {draft.base!r} ships{choose(draft.base, scenario_names())}"
        raise InputError(reason, field="base", value=draft.base)
    acts = [_act(asked) for asked in draft.acts]
    fields = _of_base(draft) if draft.base else _of_nothing(draft)
    fields["title"] = (draft.title or f"{fields['title']}{_changes(draft)}")[:LONGEST_TITLE]
    if draft.tariffs is not None:
        fields["benchmark_tariffs"] = draft.tariffs
    fields |= _on_gas(draft, fields)
    return fields | {"assumptions": dict(draft.assumptions), "policy": acts}


def _on_gas(draft: Draft, fields: dict[str, Any]) -> dict[str, Any]:
    """The network and the questions about gas, if an act is on gas or a network was chosen.

    Only networks that ship: a page names no folders.
    """
    if draft.network and draft.network not in shipped_networks():
        reason = f"no gas network {draft.network!r}{choose(draft.network, shipped_networks())}"
        raise InputError(reason, field="network", value=draft.network)
    acts = any(_is_gas(asked.act) for asked in draft.acts)
    parent = shipped(draft.base) if draft.base else None
    if not acts and not (parent and parent.network):
        return {}
    asked = fields.get("questions", [])
    known = [question.kind for question in parent.questions] if parent else []
    more = [{"ask": kind} for kind in GAS_QUESTIONS if acts and kind not in known]
    network = draft.network or (parent.network if parent else "") or NETWORK
    return {"network": network, "questions": [*asked, *more]}


def _is_gas(kind: str) -> bool:
    return kind in INSTRUMENTS and issubclass(INSTRUMENTS[kind], NetworkAct)


def _of_base(draft: Draft) -> dict[str, Any]:
    parent = shipped(draft.base)
    fields: dict[str, Any] = {
        "title": parent.title,
        "extends": draft.base,
        "without": list(draft.without),
        "without_questions": _unanswerable(parent, draft),
    }
    new = [side for side in draft.watch if side not in parent.countries]
    if new:
        who = [list(side) if isinstance(side, tuple) else side for side in parent.countries]
        fields["without_questions"].append("gains")
        fields["questions"] = [{"ask": "gains", "countries": [*who, *dict.fromkeys(new)]}]
    return fields


def _of_nothing(draft: Draft) -> dict[str, Any]:
    if draft.without:
        raise InputError("there is no base to leave acts out of", field="without")
    return {
        "title": "Built on the page" if draft.acts else "Nobody acts yet",
        "story": "Acts entered on the page; they rest on no evidence but themselves.",
        "questions": _questions(draft.acts, draft.watch),
    }


def _changes(draft: Draft) -> str:
    """What a draft changes of its base, as the end of a title: so that two can be told apart."""
    entered = {act.id for act in draft.acts}
    said = [_called(act, moved=act.id in draft.without) for act in draft.acts]
    said += [f"without {name}" for name in draft.without if name not in entered]
    said += [f"{name} {value}" for name, value in draft.assumptions.items()]
    if draft.tariffs is False:
        said.append("without the benchmark's tariffs")
    if len(said) > FEW:
        said = [*said[:FEW], f"{len(said) - FEW} more"]
    return f"; {', '.join(said)}" if said else ""


def _called(asked: DraftAct, *, moved: bool) -> str:
    """An act in few words: a moved one by its id and number, another in full."""
    kind = ACTS.get(asked.act)
    value = (asked.model_extra or {}).get(kind.slider.name) if kind and kind.slider else None
    if moved and isinstance(value, int | float):
        return f"{asked.id} at {100 * value:g} %"
    try:
        act = DatedAct.model_validate(
            {"id": asked.id, "act": asked.act, **(asked.model_extra or {})}
        )
        return " and ".join(repr(instrument) for instrument in act.policy())
    except (InputError, ValidationError):
        return asked.id  # refused, with its reason, when the scenario is read


def _unanswerable(parent: Scenario, draft: Draft) -> list[str]:
    """The base's questions that leave out acts which the draft no longer has."""
    left = {act.id for act in parent.policy} - set(draft.without) | {act.id for act in draft.acts}
    return [
        question.name or question.kind
        for question in parent.questions
        if question.leaves_out_unknown(sorted(left))
    ]


def to_toml(draft: Draft) -> str:
    """The draft as a scenario file."""
    scenario_of(draft)  # refuse here what `multipolar run` would refuse
    return tomli_w.dumps(fields_of(draft), multiline_strings=True)


def _act(asked: DraftAct) -> dict[str, Any]:
    """An act as a scenario file has it; only instruments, which name no files."""
    if asked.act not in INSTRUMENTS:
        raise InputError(
            f"{asked.act!r} is not an instrument{choose(asked.act, INSTRUMENTS)}",
            field=f"acts.{asked.id}.act",
            value=asked.act,
        )
    given = dict(asked.model_extra or {})
    for reserved in ("file", "folder", "from", "until", "evidence", "source", "note"):
        if reserved in given:
            raise InputError("no such field here", field=f"acts.{asked.id}.{reserved}")
    return {"id": asked.id, "act": asked.act, **given, "source": ENTERED}


def _questions(acts: list[DraftAct], watched: list[str]) -> list[dict[str, Any]]:
    """What a built scenario asks: about those it names, and some that everyone watches."""
    sides = [
        (name, (asked.model_extra or {}).get(name))
        for asked in acts
        if asked.act in INSTRUMENTS  # what is none is refused when the acts are read
        for name, field in ACTS[asked.act].fields.items()
        if field.holds == "countries"
    ]
    single = [
        (side, code.upper()) for side, code in sides if isinstance(code, str) and _is_code(code)
    ]
    if acts and all(_is_gas(asked.act) for asked in acts):
        return []  # what happens to gas is asked instead
    named = list(dict.fromkeys([*(code for _, code in single), *WATCHED]))[:12]
    told = list(dict.fromkeys([*watched, *named]))
    questions: list[dict[str, Any]] = [{"ask": "gains", "countries": told}]
    for side, kind, field in (
        ("exporter", "markets", "exporter"),
        ("importer", "prices", "country"),
    ):
        first = next((code for name, code in single if name == side), None)
        if first:
            questions.append({"ask": kind, field: first})
    return [*questions, {"ask": "flows", "countries": named[:10]}]


def _is_code(text: str) -> bool:
    return text.upper() in country_names()
