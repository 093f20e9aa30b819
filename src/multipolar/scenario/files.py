"""Scenario files: where they are, what they hold, and how one extends another."""

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from multipolar.errors import InputError, did_you_mean
from multipolar.scenario.sheets import fields_of
from multipolar.world.files import is_file, read_text
from multipolar.world.sheets import is_workbook

FOLDER = Path(str(files("multipolar") / "scenarios"))
LARGEST = 10_000_000  # bytes in a file
DEEPEST = 50  # how many files may extend one another
BY_ITSELF = ("causes",)  # questions that a run asks by itself, and that a file may leave out
HIGHEST = 1e18  # numbers above this must be typing errors

SHAPES: dict[str, type] = {
    "extends": str, "without": list, "without_questions": list, "policy": list, "cites": list,
    "evidence": list, "headline": list, "assumptions": dict, "anticipation": dict,
    "taken_back": dict,
    "questions": list, "findings": list, "claims": list, "draft": dict,
}  # fmt: skip
KINDS: dict[type, str] = {str: "text", list: "a list", dict: "a table"}


def scenario_names() -> list[str]:
    """The scenarios that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def find(name: str | Path) -> Path:
    """The file of a shipped scenario, or of a path; raises `InputError` if there is neither."""
    text = str(name)
    if text in scenario_names():
        return FOLDER / f"{text}.toml"
    try:
        if Path(text).exists():
            return Path(text)
    except (OSError, ValueError):
        raise InputError("is not a possible file name", file=ascii(text[:80])) from None
    hint = did_you_mean(text, scenario_names())
    listed = hint or f"; scenarios that ship: {', '.join(scenario_names())}"
    raise InputError(f"no scenario and no file of this name{listed}", file=text)


def read(path: Path) -> dict[str, Any]:
    """The fields of a TOML file or a workbook; raises `InputError` if it cannot be read."""
    text = "" if is_workbook(path) else read_text(path, limit=LARGEST)
    try:
        data = fields_of(path) if is_workbook(path) else tomllib.loads(text)
        _check_values(data, "")
    except (tomllib.TOMLDecodeError, ValueError) as error:
        if isinstance(error, InputError):
            raise error.located(file=str(path)) from None
        raise InputError(f"is not a readable TOML file: {error}", file=str(path)) from None
    except RecursionError:
        raise InputError("is nested too deep to be read", file=str(path)) from None
    return data


def _check_values(value: Any, field: str) -> None:
    """Refuse numbers that are too large and characters that cannot be shown."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check_text(str(key), field)
            _check_values(inner, f"{field}.{key}".strip("."))
    elif isinstance(value, list):
        for inner in value:
            _check_values(inner, field)
    elif isinstance(value, int | float) and abs(value) > HIGHEST:
        raise InputError("is too large a number", field=field)
    elif isinstance(value, str):
        _check_text(value, field)


def _check_text(text: str, field: str) -> None:
    if not all(char.isprintable() or char in "\n\r\t\u00a0\u00ad" for char in text):
        raise InputError(
            "holds characters that cannot be shown, such as control codes", field=field
        )


def whole(data: dict[str, Any], path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """A file's fields together with those of the files that it extends; shapes are checked first.

    Raises `InputError` for fields of the wrong shape, and if files extend one another in a circle
    or if there are too many of them.
    """
    for name, kind in SHAPES.items():
        if name in data and not isinstance(data[name], kind):
            raise InputError(
                f"must be {KINDS[kind]}, is {_short(data[name])}", file=str(path), field=name
            )
    for field in ("policy", "questions", "findings", "claims", "evidence"):
        for item in data.get(field, []):
            if not isinstance(item, dict):
                raise InputError(
                    f"must hold tables, has {_short(item)}", file=str(path), field=field
                )
    for number, act in enumerate(acts_in(data), start=1):
        act.setdefault("folder", str(path.parent))
        act.setdefault("id", f"{path.stem}-{number}")
    return _extend(data, path, (*seen, path.resolve())) if data.get("extends") else data


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def acts_in(data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """The acts in a file's fields, including those of its questions, as written there."""
    yield from data.get("policy", [])
    for question in data.get("questions", []):
        acts = question.get("policy", [])
        yield from (act for act in acts if isinstance(act, dict)) if isinstance(acts, list) else ()


def _extend(data: dict[str, Any], path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    """The parent's fields, replaced by the child's; acts of the parent (less `without`) first."""
    parent = _parent(data, path, seen)
    dropped = data.get("without", [])
    ids = [act.get("id", "") for act in parent.get("policy", [])]
    _refuse_unknown(dropped, ids, f"{data['extends']} has no act", path, "without")
    merged = {k: v for k, v in parent.items() if k not in ("name", "findings", "draft")} | data
    kept = [act for act in parent.get("policy", []) if act.get("id") not in dropped]
    merged["policy"] = kept + data.get("policy", [])
    for field in ("cites", "evidence"):
        merged[field] = parent.get(field, []) + data.get(field, [])
    merged["assumptions"] = parent.get("assumptions", {}) | data.get("assumptions", {})
    merged["questions"] = _questions(parent, data, path)
    own = [claim.get("id") for claim in data.get("claims", [])]
    inherited = [claim for claim in parent.get("claims", []) if claim.get("id") not in own]
    merged["claims"] = inherited + data.get("claims", [])
    return merged


def _parent(data: dict[str, Any], path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    try:
        parent_path = _extended(data, path)
    except (InputError, OSError, ValueError) as error:
        raise InputError(str(error), file=str(path), field="extends") from None
    if parent_path.resolve() in seen:
        raise InputError(
            f"{data['extends']!r} comes back to this file: scenarios extend each other in a circle",
            file=str(path),
            field="extends",
        )
    if len(seen) > DEEPEST:
        raise InputError(
            f"more than {DEEPEST} files extend one another", file=str(path), field="extends"
        )
    return whole(read(parent_path), parent_path, seen)


def _extended(data: Mapping[str, Any], path: Path) -> Path:
    """The file that a file extends: one beside it comes before a shipped one."""
    beside = path.parent / f"{data['extends']}.toml"
    return beside if beside.is_file() else find(data["extends"])


def _questions(
    parent: Mapping[str, Any], data: Mapping[str, Any], path: Path
) -> list[dict[str, Any]]:
    """The parent's questions, without kinds that the child asks itself or leaves out.

    `without_questions` leaves out by kind ("markets") or by name.
    """
    inherited, own = parent.get("questions", []), data.get("questions", [])
    dropped = data.get("without_questions", [])
    known = [q.get(key) for q in inherited for key in ("ask", "name") if q.get(key)]
    known += [kind for kind in BY_ITSELF if kind not in known]
    _refuse_unknown(dropped, known, f"{data['extends']} asks no", path, "without_questions")
    replaced = [question.get("ask") for question in own] + dropped
    kept = [q for q in inherited if q.get("ask") not in replaced and q.get("name") not in dropped]
    return kept + own


def _refuse_unknown(
    given: list[Any], known: list[str], reason: str, path: Path, field: str
) -> None:
    for name in given:
        if name not in known:
            hint = did_you_mean(str(name), known)
            raise InputError(f"{reason} {name!r}{hint}", file=str(path), field=field)


def inputs(path: Path) -> list[Path]:
    """The files that make a scenario: its own, those it extends, tables and worlds it names."""
    files, data = [path], read(path)
    folder, world = path.parent, str(data.get("world", ""))
    files += [Path(world)] if is_file(world) else []
    for act in acts_in(data):
        name = act.get("file")
        if isinstance(name, str) and (folder / name).is_file():
            files.append(folder / name)
    if data.get("extends"):
        files += inputs(_extended(data, path))
    return list(dict.fromkeys(files))
