"""The registry: every question, found by looking into this room. There is no other list.

A file of `multipolar.questions` holds the question of its name: `peel_away.py` the question
"peel-away". A question defined elsewhere (a plug-in, a test) is known once its class exists.
"""

import ast
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from multipolar.errors import InputError, InputErrors, choose, did_you_mean

PACKAGE = "multipolar.questions"
KNOWN: dict[str, Any] = {}  # kind -> class; filled by the classes themselves


@cache
def _files() -> dict[str, str]:
    """Kind of question -> module, by the names of the files; nothing is imported."""
    names = sorted(
        path.name.removesuffix(".py")
        for path in files(PACKAGE).iterdir()
        if path.name.endswith(".py") and not path.name.startswith("_")
    )
    return {name.replace("_", "-"): f"{PACKAGE}.{name}" for name in names}


def summaries() -> dict[str, str]:
    """Every kind of question with its one sentence, without importing this package's questions."""
    found = _read_summaries()
    others = {kind: each for kind, each in KNOWN.items() if kind not in found}
    return {**found, **{k: (each.__doc__ or "").splitlines()[0] for k, each in others.items()}}


@cache
def _read_summaries() -> Mapping[str, str]:
    """The sentences in this package's files: they are parsed once."""
    found = {}
    for kind, module in _files().items():
        source = (files(PACKAGE) / f"{module.rpartition('.')[2]}.py").read_text(encoding="utf-8")
        classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
        texts = [ast.get_docstring(node) or "" for node in classes if kind == _kebab(node.name)]
        found[kind] = texts[0].splitlines()[0] if texts else ""
    return found


def _kebab(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


def kinds() -> Mapping[str, Any]:
    """Every kind of question: name -> class."""
    for module in _files().values():
        import_module(module)
    return dict(sorted(KNOWN.items()))


def kind_of(name: str) -> Any:
    """The class of a kind of question; raises `InputError` with a suggestion."""
    if name in _files():
        import_module(_files()[name])
    if name not in KNOWN:
        raise InputError(
            f"{name!r} is not a question{choose(name, summaries())}", field="ask", value=name
        )
    return KNOWN[name]


def build(fields: Mapping[str, Any]) -> Any:
    """A question from the fields of a file: ``{"ask": "standoff", "one": "CHN", ...}``.

    Raises `InputError`, or `InputErrors` if several things are wrong.
    """
    if not isinstance(fields, Mapping) or not isinstance(fields.get("ask"), str):
        raise InputError(f"needs a kind, such as ask = {next(iter(_files()))!r}", field="ask")
    kind = kind_of(fields["ask"])
    given = {name: value for name, value in fields.items() if name != "ask"}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise InputErrors.of(
            [readable(each, kind.model_fields) for each in error.errors()]
        ) from None


EXPECTED = {
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "string_type": "must be text, in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "date_from_datetime_inexact": "must be a day, without a time",
    "date_from_datetime_parsing": "must be a day such as 2025-05-06, without quotes",
    "date_type": "must be a day such as 2025-05-06, without quotes",
    "missing": "this field is missing",
}


def readable(complaint: Mapping[str, Any], known: Mapping[str, Any]) -> InputError:
    """One of pydantic's errors as an `InputError`."""
    kind, value = complaint["type"], complaint.get("input")
    # The names of a union's members mean nothing to a reader.
    place = [
        str(part)
        for part in complaint["loc"]
        if not str(part).startswith(("function-", "tuple[", "str", "float", "literal["))
    ]
    shown = f" (it is {value!r})" if isinstance(value, str | int | float) else ""
    message = str(complaint["msg"])
    if kind == "extra_forbidden":
        name = place[-1] if place else ""
        message = f"no such field{did_you_mean(name, known)}; it has {', '.join(known)}"
    elif kind == "value_error":
        message = str(complaint.get("ctx", {}).get("error", message))
    elif kind in ("too_short", "too_long"):
        least = kind == "too_short"
        limit = complaint.get("ctx", {}).get("min_length" if least else "max_length")
        message = f"needs {limit} entries or more" if least else f"takes {limit} entries at most"
    elif kind == "literal_error":
        message = f"{value!r} is not known{_choices(complaint, value)}"
    elif kind in EXPECTED:
        message = EXPECTED[kind] + ("" if kind == "missing" else shown)
    else:
        message = message[0].lower() + message[1:] + shown
    return InputError(message, field=".".join(place), value=value)


def _choices(complaint: Mapping[str, Any], value: object) -> str:
    expected = str(complaint.get("ctx", {}).get("expected", ""))
    words = [word.strip(" '\"") for part in expected.split(" or ") for word in part.split(",")]
    return choose(value, words)
