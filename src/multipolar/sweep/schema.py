"""The JSON Schema of a sweep's design, made from the classes that read it."""

from typing import Any

from multipolar.model.batch import COUNTRY_MEASURES
from multipolar.scenario.schema import DIALECT, assumptions_schema
from multipolar.sweep.design import SAMPLES, Design

Schema = dict[str, Any]


def sweep_schema() -> Schema:
    """The schema as plain data; whether an act or a measure exists, only loading says."""
    made = Design.model_json_schema()
    properties = {name: each for name, each in made["properties"].items() if name != "file"}
    properties["assumptions"] = assumptions_schema()
    properties["keep"] = {"type": "array", "items": {"enum": list(COUNTRY_MEASURES)}}
    sampled = {"properties": {"kind": {"enum": list(SAMPLES)}}, "required": ["kind"]}
    return {
        "$schema": DIALECT,
        "title": "A design of multipolar sweep",
        "description": "Which scenarios a sweep solves, and what it keeps of each.",
        "type": "object",
        "additionalProperties": False,
        "required": made["required"],
        "properties": properties,
        "if": sampled,
        "then": {"required": ["count"]},
        "else": {"properties": {"count": False}},
        "$defs": made["$defs"],
    }
