"""The JSON Schema of a scenario file, made from the classes that read it.

Editors complete and check a file that names it (`#:schema scenario.schema.json`). It knows shapes,
limits and choices; whether a country, an act of another file or a link exists, only loading says.
"""

from collections.abc import Mapping
from typing import Any

from multipolar.model.catalogue import ASSUMPTIONS, Assumption
from multipolar.policy.dated import DatedAct
from multipolar.policy.fields import ActField
from multipolar.policy.table import ACTS, ActKind
from multipolar.questions.asking import registry
from multipolar.scenario.scenario import Scenario

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
WORD: Schema = {"type": "string", "minLength": 1}
SELECTOR: Schema = {"anyOf": [WORD, {"type": "array", "items": WORD, "minItems": 1}]}


def scenario_schema() -> Schema:
    """The schema as plain data; dates are strings such as "2025-05-06"."""
    made = Scenario.model_json_schema()
    properties = {k: v for k, v in made["properties"].items() if k not in ("name", "file")}
    kinds = {name: _question(name, kind) for name, kind in registry.kinds().items()}
    defs = {**made.get("$defs", {}), **_hoisted(kinds)}
    defs["DatedAct"] = {"oneOf": [_act(kind) for kind in ACTS.values()]}
    properties["policy"] = {"type": "array", "items": {"$ref": "#/$defs/DatedAct"}}
    properties["questions"] = {"type": "array", "items": {"oneOf": list(kinds.values())}}
    properties["assumptions"] = assumptions_schema()
    used = {name: each for name, each in defs.items() if name != "Question"}
    return {
        "$schema": DIALECT,
        "title": "A scenario of multipolar",
        "description": "Who does what to whom, under which assumptions, and what is asked.",
        "type": "object",
        "additionalProperties": False,
        "anyOf": [{"required": ["title"]}, {"required": ["extends"]}],
        "properties": properties,
        "$defs": used,
    }


def assumptions_schema() -> Schema:
    """The schema of a table of assumptions."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _assumption(each) for name, each in ASSUMPTIONS.items()},
    }


def _hoisted(kinds: Mapping[str, Schema]) -> Schema:
    """Definitions that the questions' own schemas carry, moved to the top."""
    found: Schema = {}
    for schema in kinds.values():
        found |= schema.pop("$defs", {})
    return found


def _question(name: str, kind: Any) -> Schema:
    schema = kind.model_json_schema()
    properties = {"ask": {"const": name, "description": schema.get("description", "")}}
    required = ["ask", *schema.get("required", [])]
    return {**schema, "properties": properties | schema["properties"], "required": required}


def _act(kind: ActKind) -> Schema:
    common = DatedAct.model_json_schema()["properties"]
    own = {name: _field(each) for name, each in kind.fields.items()}
    needed = [name for name, each in kind.fields.items() if each.required]
    return {
        "type": "object",
        "title": kind.title,
        "additionalProperties": False,
        "properties": {**common, "act": {"const": kind.name, "description": kind.meaning}, **own},
        "required": ["id", "act", *needed],
    }


def _field(field: ActField) -> Schema:
    about = " ".join(filter(None, (field.title, f"({field.unit})" if field.unit else "")))
    if field.holds in ("countries", "sectors", "text"):
        return {**SELECTOR, "description": about}
    if field.holds == "choice":
        return {"enum": list(field.choices), "description": about}
    if field.holds == "file":
        return {**WORD, "description": about}
    return {"type": "number", "description": about, **_between(field.low, field.high)}


def _between(low: float, high: float) -> Schema:
    limits = {"minimum": low, "maximum": high}
    return {name: end for name, end in limits.items() if abs(end) != float("inf")}


def _assumption(about: Assumption) -> Schema:
    kinds: list[Schema] = []
    if about.choices:
        kinds.append({"enum": list(about.choices)})
    if about.limits:
        kinds.append({"type": "number", **_between(*about.limits)})
    if about.takes_table:
        kinds.append({"type": "object", "additionalProperties": {"type": "number"}})
    return {"anyOf": kinds, "default": about.default, "description": about.meaning}
