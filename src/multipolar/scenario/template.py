"""A workbook to write a scenario in: sheets with drop-downs and checks, an example that runs."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from multipolar.display.workbook import Book
from multipolar.model.catalogue import ASSUMPTIONS
from multipolar.policy.fields import HIGHEST_RATE, ActField
from multipolar.policy.table import ACTS
from multipolar.questions.asking import registry
from multipolar.scenario.sheets import (
    ASKED,
    ASSUMED,
    MORE,
    POLICY,
    SCENARIO,
    SCHEDULE,
    act_columns,
)
from multipolar.world.labels import (
    bloc_names,
    bloc_titles,
    country_names,
    sector_groups,
    sector_names,
)

FIELDS = {
    "title": ("A scenario of my own", "for people"),
    "story": ("", "what it is about"),
    "date": (None, "only acts in force on this day count; empty: all acts"),
    "world": ("world-2023", "a world that ships, or a file"),
    "benchmark_tariffs": ("yes", "no: from a world without tariffs"),
    "network": ("", "for acts on gas: gas-2021, gas-2022, gas-2023, gas-2030, gas-2035"),
    "path": ("", "periods of questions about a path, such as 2025Q1:2028Q4"),
    "extends": ("", "another scenario to start from"),
    "without": ("", "ids of acts that are left out of it, separated by semicolons"),
    "without_questions": ("", "kinds or names of its questions that are left out"),
    "cites": ("", "facts of the ledger, by key"),
}
EXAMPLE = {
    "id": "us-electronics", "act": "tariff", "importer": "USA", "exporter": "CHN",
    "sectors": "electronics", "rate": 0.25, "how": "add", "from": dt.date(2025, 4, 9),
    "source": "hypothetical",
}  # fmt: skip
FIRST = ("id", "act", "importer", "exporter", "sectors", "rate", "how", "from", "until", "evidence",
         "source", "note")  # fmt: skip
QUESTIONS = ("ask", "name", "countries", "country", "exporter", "importer", "target", "rival",
             "one", "other", "pairs", "sectors", MORE)  # fmt: skip
LAST = 500  # rows that are checked
CODES = "Codes"
DAY = dt.date(1990, 1, 1), dt.date(2100, 1, 1)
SEVERAL = "Several words are separated by semicolons. Any other code of the sheet Codes will do."


def template() -> bytes:
    """The workbook, with one act and two questions as an example."""
    book = Book("A scenario for multipolar")
    _scenario(book)
    codes = _code_lists()
    _acts(book, codes)
    _assumptions(book)
    _questions(book, codes)
    _schedule(book, codes)
    _codes(book, codes)
    return book.to_bytes()


def _code_lists() -> dict[str, dict[str, str]]:
    """Every list of codes: the code, and what it is."""
    blocs = {name: bloc_titles().get(name, "") for name in bloc_names()}
    groups = {name: ", ".join(inside) for name, inside in sector_groups().items()}
    acts = {
        name: f"{kind.meaning} Fields: {', '.join(kind.fields)}." for name, kind in ACTS.items()
    }
    return {
        "country or bloc": {"*": "everyone", **blocs, **country_names()},
        "sector or group": {"*": "all sectors", **groups, **sector_names()},
        "act": acts,
        "question": dict(sorted(registry.summaries().items())),
    }


def _scenario(book: Book) -> None:
    sheet = book.sheet(SCENARIO)
    rows = [(name, value, about) for name, (value, about) in FIELDS.items()]
    _table(book, sheet, pd.DataFrame(rows, columns=["field", "value", "what it is"]))
    sheet.set_column(1, 1, 40)
    line = 1 + list(FIELDS).index("benchmark_tariffs")
    sheet.data_validation(line, 1, line, 1, {"validate": "list", "source": ["yes", "no"]})
    line = 1 + list(FIELDS).index("date")
    sheet.write_blank(line, 1, None, book.look("day"))
    sheet.data_validation(line, 1, line, 1, _between("date", *DAY))


def _acts(book: Book, codes: Mapping[str, Any]) -> None:
    sheet = book.sheet(POLICY)
    columns = [*FIRST, *(name for name in act_columns() if name not in FIRST)]
    _table(book, sheet, pd.DataFrame([EXAMPLE], columns=columns).astype(object))
    sheet.freeze_panes(1, 2)
    held = _held()
    for k, name in enumerate(columns):
        sheet.set_column(k, k, 16)
        if name == "act":
            _list(sheet, k, codes, "act", strict=True)
        elif name in ("from", "until"):
            sheet.data_validation(1, k, LAST, k, _between("date", *DAY))
            sheet.set_column(k, k, 12, book.look("day"))
        elif name in held:
            _check(book, sheet, k, held[name], codes)
    book.write(sheet, 1, columns.index("rate"), EXAMPLE["rate"], num_format="0.0%")


def _held() -> dict[str, ActField]:
    """The fields of acts by name; where kinds differ, the widest limits."""
    found: dict[str, ActField] = {}
    for kind in ACTS.values():
        for name, field in kind.fields.items():
            found.setdefault(name, field)
    return found


def _check(
    book: Book, sheet: Worksheet, column: int, field: ActField, codes: Mapping[str, Any]
) -> None:
    """The drop-down or the limits of a column of acts."""
    if field.holds == "countries":
        _list(sheet, column, codes, "country or bloc")
    elif field.holds == "sectors":
        _list(sheet, column, codes, "sector or group")
    elif field.holds == "choice":
        sheet.data_validation(
            1, column, LAST, column, {"validate": "list", "source": list(field.choices)}
        )
    elif field.name == "rate":
        sheet.data_validation(1, column, LAST, column, _rate())
        sheet.set_column(column, column, 9, book.look(num_format="0.0%"))
    elif field.holds == "number":
        sheet.data_validation(1, column, LAST, column, _between("decimal", -1e9, 1e9))


def _rate() -> dict[str, Any]:
    """A rate is a fraction, shown as a percentage."""
    about = {"input_title": "Rate", "input_message": "25 % is 0.25; write 25% or 0.25."}
    return _between("decimal", -1.0, HIGHEST_RATE) | about


def _between(kind: str, low: Any, high: Any) -> dict[str, Any]:
    return {
        "validate": kind, "criteria": "between", "minimum": low, "maximum": high,
        "error_title": f"Not a {'day' if kind == 'date' else 'number'}",
        "error_message": f"From {low} to {high}.",
    }  # fmt: skip


def _list(
    sheet: Worksheet, column: int, codes: Mapping[str, Any], kind: str, *, strict: bool = False
) -> None:
    """A drop-down of codes; unless `strict`, another text is allowed after a question."""
    at = 2 * list(codes).index(kind)
    letter = chr(ord("A") + at)
    source = f"={CODES}!${letter}$2:${letter}${1 + len(codes[kind])}"
    more = {"error_type": "stop"} if strict else {
        "error_type": "information", "error_title": "Not in the list", "error_message": SEVERAL,
    }  # fmt: skip
    sheet.data_validation(1, column, LAST, column, {"validate": "list", "source": source, **more})


def _assumptions(book: Book) -> None:
    sheet = book.sheet(ASSUMED)
    rows = [(name, "", _choices(name), about.meaning) for name, about in ASSUMPTIONS.items()]
    frame = pd.DataFrame(rows, columns=["assumption", "value", "choices", "what it is"])
    _table(book, sheet, frame)
    sheet.set_column(1, 1, 24)
    for line, about in enumerate(ASSUMPTIONS.values(), start=1):
        if about.choices:
            free = about.limits is not None or about.takes_table
            sheet.data_validation(
                line, 1, line, 1,
                {"validate": "list", "source": list(about.choices),
                 "error_type": "information" if free else "stop"},
            )  # fmt: skip
        elif about.limits:
            sheet.data_validation(line, 1, line, 1, _between("decimal", *about.limits))


def _choices(name: str) -> str:
    """What an assumption may be, and what it is if nothing is said."""
    about = ASSUMPTIONS[name]
    said = list(about.choices)
    if about.limits:
        low, high = about.limits
        said.append(f"{low:g} to {high:g} {about.unit}".strip())
    if about.takes_table:
        said.append("SECTOR = NUMBER; ...")
    return f"{', '.join(said)} (default: {about.default})"


def _questions(book: Book, codes: Mapping[str, Any]) -> None:
    sheet = book.sheet(ASKED)
    rows = [{"ask": "gains", "countries": "USA; CHN; EU"}, {"ask": "markets", "exporter": "CHN"}]
    _table(book, sheet, pd.DataFrame(rows, columns=list(QUESTIONS)).astype(object))
    for k, name in enumerate(QUESTIONS):
        sheet.set_column(k, k, 16)
        if name == "ask":
            _list(sheet, k, codes, "question", strict=True)
        elif name in ("country", "exporter", "importer", "target", "rival", "one", "other"):
            _list(sheet, k, codes, "country or bloc")
        elif name == "sectors":
            _list(sheet, k, codes, "sector or group")
    about = 'Further fields of the question as in a scenario file: top = 10, over = ["RUS"]'
    sheet.write_comment(0, QUESTIONS.index(MORE), about)


def _schedule(book: Book, codes: Mapping[str, Any]) -> None:
    """Many tariffs at once; the levels that the rows set take the place of those in force."""
    sheet = book.sheet(SCHEDULE)
    columns = ["importer", "exporter", "sector", "rate", "from"]
    _table(book, sheet, pd.DataFrame(columns=columns, dtype=object))
    for k in (0, 1):
        _list(sheet, k, codes, "country or bloc")
    _list(sheet, 2, codes, "sector or group")
    sheet.data_validation(1, 3, LAST, 3, _rate())
    sheet.data_validation(1, 4, LAST, 4, _between("date", *DAY))
    sheet.set_column(0, 2, 18)
    sheet.set_column(3, 3, 9, book.look(num_format="0.0%"))
    sheet.set_column(4, 4, 12, book.look("day"))


def _codes(book: Book, codes: Mapping[str, Mapping[str, str]]) -> None:
    """The lists that the drop-downs are made of, each with what its codes are."""
    sheet = book.sheet(CODES)
    for k, (kind, known) in enumerate(codes.items()):
        book.table(sheet, pd.DataFrame(known.items(), columns=[kind, "what it is"]), 0, 2 * k)


def _table(book: Book, sheet: Worksheet, frame: pd.DataFrame) -> None:
    book.table(sheet, frame)
    sheet.freeze_panes(1, 1)
