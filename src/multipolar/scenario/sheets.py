"""A scenario written in a workbook: its sheets as the fields that a TOML file would give.

Sheets: Scenario, Acts, Assumptions, Questions, Schedule; only the first is needed. Several words in
a cell are separated by semicolons. `multipolar template` writes one to fill in.
"""

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomli_w
from pydantic.fields import FieldInfo

from multipolar.errors import InputError, InputErrors, did_you_mean
from multipolar.model.catalogue import ASSUMPTIONS
from multipolar.policy.table import ACTS
from multipolar.questions.asking import registry
from multipolar.questions.asking.fields import pick_of
from multipolar.world.sheets import Cell, Row, at, check_headings, is_workbook, read_sheets, rows_of

SCENARIO, POLICY, ASSUMED, ASKED, SCHEDULE = (
    "Scenario", "Acts", "Assumptions", "Questions", "Schedule",
)  # fmt: skip
TEXTS = ("title", "story", "date", "world", "path", "network", "extends", "known_until")
LISTS = ("without", "without_questions", "cites")
DAYS = ("date", "known_until", "from", "until")
SWITCH = "benchmark_tariffs"
OF_AN_ACT = ("id", "act", "from", "until", "evidence", "source", "note")
MORE = "more"  # a question's further fields, as TOML: top = 10, over = ["RUS"]

Places = dict[str, list[tuple[str, int]]]  # a field of the scenario: sheets and rows


def act_columns() -> list[str]:
    """The columns of the sheet of acts: common ones and those of every kind of act."""
    own = [name for kind in ACTS.values() for name in kind.fields]
    return [*OF_AN_ACT, *dict.fromkeys(own)]


def fields_of(path: Path) -> dict[str, Any]:
    """The fields of a scenario in a workbook; raises `InputError` naming sheet, row and column."""
    try:
        return _read(path)[0]
    except InputError as error:
        raise error.located(file=str(path)) from None


def as_toml(path: Path) -> str:
    """The same scenario as the text of a TOML file."""
    return tomli_w.dumps(fields_of(path), multiline_strings=True)


@contextmanager
def naming_cells(path: Path) -> Iterator[None]:
    """Errors about a scenario's fields name sheet, row and column if it is in a workbook."""
    try:
        yield
    except InputErrors as errors:
        raise InputErrors([placed(error, path) for error in errors.errors]) from None
    except InputError as error:
        raise placed(error, path) from None


def placed(error: InputError, path: Path) -> InputError:
    """The error, with the cell in the place of the field if the scenario is in a workbook."""
    if not is_workbook(path) or error.field.startswith("sheet ") or error.file != str(path):
        return error
    _, places = _read(path)
    found = [known for known in places if f"{error.field}.".startswith(f"{known}.")]
    if not found:
        return error
    known = max(found, key=len)
    (sheet, _), rows = places[known][0], " or ".join(str(row) for _, row in places[known])
    column = error.field[len(known) + 1 :]
    column = column or ("value" if sheet in (SCENARIO, ASSUMED) else "")
    return InputError(error.reason, file=error.file, field=at(sheet, rows, column))


def _read(path: Path) -> tuple[dict[str, Any], Places]:
    """The fields, and where each is."""
    sheets, places = read_sheets(path), Places()
    if SCENARIO.casefold() not in {name.casefold() for name in sheets}:
        reason = f"has no sheet {SCENARIO!r}{did_you_mean(SCENARIO, sheets)}"
        raise InputError(f"{reason}; `multipolar template FILE.xlsx` writes one to fill in")
    data = _scenario(list(rows_of(sheets, SCENARIO)), places)
    acts = _acts(list(rows_of(sheets, POLICY)), places)
    if list(rows_of(sheets, SCHEDULE)):
        acts.append({"id": "schedule", "act": "tariff-schedule", "file": path.name})
    assumed = _assumptions(list(rows_of(sheets, ASSUMED)), places)
    asked = _questions(list(rows_of(sheets, ASKED)), places)
    more = {"assumptions": assumed, "policy": acts, "questions": asked}
    return data | {name: value for name, value in more.items() if value}, places


def _scenario(rows: list[Row], places: Places) -> dict[str, Any]:
    """The fields of the first sheet: one in each row, under "field" and "value"."""
    check_headings(rows, ["field", "value", "what it is"])
    data: dict[str, Any] = {}
    known = [*TEXTS, *LISTS, SWITCH]
    for row in rows:
        name, value = str(row.cells.get("field", "")), row.cells.get("value")
        if value is None:
            continue
        if name not in known:
            raise row.wrong("field", f"{name!r} is no field{did_you_mean(name, known)}; "
                            f"fields: {', '.join(known)}")  # fmt: skip
        if name in data:
            raise row.wrong("field", f"{name!r} is there twice")
        places[name] = [(row.sheet, row.number)]
        if name in LISTS:
            data[name] = _words(value)
        elif name == SWITCH:
            data[name] = _switch(row, value)
        else:
            data[name] = _day(row, "value", value) if name in DAYS else str(value)
    return data


def _switch(row: Row, value: Cell) -> bool:
    said = {"yes": True, "no": False, "true": True, "false": False}.get(str(value).casefold())
    if said is None:
        raise row.wrong("value", f"{value!r} is neither yes nor no")
    return said


def _day(row: Row, column: str, value: Cell) -> dt.date:
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise row.wrong(column, f"{value!r} is not a day such as 2025-04-09") from None


def _words(value: Cell) -> list[str]:
    return [word.strip() for word in str(value).split(";") if word.strip()]


def _selector(value: Cell) -> str | list[str]:
    """One word, or several that stand together."""
    words = _words(value)
    return words[0] if len(words) == 1 else words


def _acts(rows: list[Row], places: Places) -> list[dict[str, Any]]:
    """An act for each row; without an id it is called by its row."""
    check_headings(rows, act_columns())
    acts = []
    for row in rows:
        act: dict[str, Any] = {"id": f"act-{row.number}"}
        for name, value in row.cells.items():
            act[name] = _of_act(row, name, value)
        if "act" not in act:
            raise row.wrong("act", f"says not what is done; choose one of {', '.join(ACTS)}")
        places.setdefault(f"policy.{act['id']}", []).append((row.sheet, row.number))
        acts.append(act)
    return acts


def _of_act(row: Row, name: str, value: Cell) -> Any:
    """A cell of an act as its field."""
    if name in DAYS:
        return _day(row, name, value)
    if name == "evidence":
        return _words(value)
    if name in OF_AN_ACT:
        return str(value)
    kind = ACTS.get(str(row.cells.get("act", "")))
    held = kind.fields[name].holds if kind and name in kind.fields else ""
    if held == "number" and not _is_number(value):
        raise row.wrong(name, f"{value!r} is not a number (a rate of 25 % is 0.25)", value)
    return value if _is_number(value) else _selector(value)


def _is_number(value: Cell) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _assumptions(rows: list[Row], places: Places) -> dict[str, Any]:
    """An assumption in each row that has a value; "C26 = 0.5; goods = 1" is one by sector."""
    check_headings(rows, ["assumption", "value", "choices", "what it is"])
    data: dict[str, Any] = {}
    for row in rows:
        name, value = str(row.cells.get("assumption", "")), row.cells.get("value")
        if value is None:
            continue
        if name in data:
            raise row.wrong("assumption", f"{name!r} is there twice")
        places[f"assumptions.{name}"] = [(row.sheet, row.number)]
        table = name in ASSUMPTIONS and ASSUMPTIONS[name].takes_table and "=" in str(value)
        data[name] = _by_sector(row, str(value)) if table else value
    return data


def _by_sector(row: Row, text: str) -> dict[str, float]:
    told = {}
    for part in _words(text):
        sectors, _, number = part.rpartition("=")
        try:
            told[sectors.strip()] = float(number)
        except ValueError:
            raise row.wrong(
                "value", f"{part!r} is not SECTOR = NUMBER, such as C26 = 0.5"
            ) from None
    return told


def _questions(rows: list[Row], places: Places) -> list[dict[str, Any]]:
    """A question for each row: its kind under "ask", its fields under their names, or in "more"."""
    asked = []
    for row in rows:
        kind = str(row.cells.get("ask", ""))
        try:
            fields = registry.kind_of(kind).model_fields
        except InputError as error:
            raise row.wrong("ask", error.reason, kind) from None
        told: dict[str, Any] = {"ask": kind}
        for name, value in row.cells.items():
            if name == MORE:
                told |= _toml(row, str(value))
            elif name != "ask":
                told[name] = _of_question(row, name, value, fields.get(name))
        called = f"questions.{told.get('name') or kind}"
        places.setdefault(called, []).append((row.sheet, row.number))
        asked.append(told)
    return asked


def _of_question(row: Row, name: str, value: Cell, field: FieldInfo | None) -> Any:
    """A cell of a question as its field; commas join countries to one side: CHN, HKG; USA."""
    pick = pick_of(field) if field is not None else ""
    if pick == "sides":
        return [_side(word) for word in _words(value)]
    if pick == "pairs":
        pairs = [word.partition(":") for word in _words(value)]
        if not all(colon for _, colon, _ in pairs):
            raise row.wrong(name, f"{value!r} are not pairs such as CHN:USA; CHN:RUS")
        return [[_side(one), _side(other)] for one, _, other in pairs]
    if isinstance(value, str) and (pick or ";" in value):
        return _selector(value)
    return value


def _side(text: str) -> str | list[str]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    return words[0] if len(words) == 1 else words


def _toml(row: Row, text: str) -> Mapping[str, Any]:
    try:
        told: dict[str, Any] = tomllib.loads(f"it = {{{text}}}")["it"]
    except tomllib.TOMLDecodeError as error:
        raise row.wrong(MORE, f"is not readable TOML such as top = 10: {error}") from None
    return told
