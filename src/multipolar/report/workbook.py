"""Workbook: a report as one file for a spreadsheet program, with everything that the folder has.

Every table of an answer is a sheet with a real table, its picture beside it as a native chart, or
as an image where there is none; the charts' numbers are on a sheet of their own.
"""

import textwrap
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from multipolar.display import theme
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.display.native import WIDTH, native_chart, numbers_of
from multipolar.display.words import DATA, capital
from multipolar.display.workbook import Book, sheet_name
from multipolar.evidence import Fact
from multipolar.report.document import Report
from multipolar.scenario import Scenario

WORKBOOK = "results.xlsx"
ACTS = "acts"
FIXED = ("Overview", "Assumptions", "Acts", "Countries", "Trade", "Evidence", "Sources",
         "Chart data")  # fmt: skip
LINE = 110  # characters of a line of prose
ROW = 20  # pixels of a row
SCREEN = 96  # dots per inch for which sheets are laid out


def workbook_of(
    report: Report, whole: Mapping[str, pd.DataFrame], pictures: Path | None = None
) -> bytes:
    """A report as a workbook (.xlsx); the same report makes the same bytes.

    `whole`: further tables by name, each a sheet; that called "acts" takes the place of the
    report's acts. `pictures`: a folder with figures as PNG, by their keys, for those that have no
    native chart; without it these are left out.
    """
    book = Book(report.title)
    names = _sheet_names(report.answers)
    acts = whole.get(ACTS, pd.DataFrame(report.acts, columns=["act", "what it does", "rests on"]))
    others = {capital(name): table for name, table in whole.items() if name != ACTS}
    tables = {
        "Assumptions": pd.DataFrame(
            report.assumptions, columns=["assumption", "value", "what it means"]
        ),
        "Acts": acts,
    }
    ends = {**others, "Evidence": evidence_table(report.evidence), "Sources": _sources(report)}
    first = [name for name, table in tables.items() if len(table)]
    last = [name for name, table in ends.items() if len(table)]
    drawn = any(numbers_of(figure) is not None for figure in report.figures)
    _overview(book, report, [*first, *names, *last, *(["Chart data"] if drawn else [])])
    for name in first:
        _table(book, name, tables[name])
    sheets = [book.sheet(name, theme.GAIN) for name in names]
    for name in last:
        _table(book, name, ends[name])
    data = book.sheet("Chart data") if drawn else None
    row = 0
    for sheet, answer in zip(sheets, report.answers, strict=True):
        row = _answer(book, sheet, answer, data, row, pictures)
    return book.to_bytes()


def _sheet_names(answers: Iterable[Answer]) -> list[str]:
    """The names of the answers' sheets, made from their keys, or titles where a key is taken."""
    names: list[str] = []
    for answer in answers:
        taken = {name.casefold() for name in (*FIXED, *names)}
        name = capital(answer.key.replace("-", " "))
        names.append(sheet_name(answer.title if name.casefold() in taken else name, taken))
    return names


def _overview(book: Book, report: Report, names: list[str]) -> None:
    """The first sheet: what was asked and found, how to make it again, and what is where."""
    sheet = book.sheet("Overview", theme.INK)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, LINE)
    book.write(sheet, 0, 0, report.title, "title")
    rows = [("", report.question), *_listed("In short", report.headline)]
    rows += [*report.provenance, ("Command", report.command)]
    rows += _listed("What it leaves out", report.leaves_out)
    row = 2
    for label, text in rows:
        if label or text:
            book.write(sheet, row, 0, label, "strong", valign="top")
            book.prose(sheet, row, 1, text, LINE)
            row += 1
    book.write(sheet, row + 1, 0, "Sheets", "strong")
    for number, name in enumerate(names, start=row + 1):
        book.link(sheet, number, 1, name)


def _listed(label: str, texts: Iterable[str]) -> list[tuple[str, str]]:
    """Texts below one another; only the first has the label."""
    return [("" if k else label, text) for k, text in enumerate(texts)]


def _table(book: Book, name: str, table: pd.DataFrame) -> None:
    """A sheet with nothing but a table."""
    sheet = book.sheet(name)
    book.table(sheet, table)
    sheet.freeze_panes(1, 1)


def _answer(
    book: Book, sheet: Worksheet, answer: Answer, data: Worksheet | None, row: int,
    pictures: Path | None,
) -> int:  # fmt: skip
    """An answer's sheet: title, remark, table, pictures; returns the next free row of `data`."""
    book.write(sheet, 0, 0, answer.title, "title")
    lines = textwrap.wrap(answer.remark, LINE)
    for number, line in enumerate(lines, start=1):
        book.write(sheet, number, 0, line, "quiet")
    top = len(lines) + 2
    table = answer.table.rename_axis(str(answer.table.index.name or "row")).reset_index()
    _, right = book.table(sheet, table, top)
    sheet.freeze_panes(top + 1, 1)
    at = top
    for figure in answer.figures:
        drawn = native_chart(book, data, row, figure) if data is not None else None
        if drawn is not None:
            chart, row = drawn
            sheet.insert_chart(at, right + 2, chart, {"description": figure.alt})
            at += int(chart.height) // ROW + 2
        elif pictures is not None:
            at += _picture(sheet, at, right + 2, figure, pictures)
    return row


def _picture(sheet: Worksheet, row: int, column: int, figure: Figure, folder: Path) -> int:
    """Insert a figure's PNG, if the folder has it; returns how many rows it takes."""
    path = folder / f"{figure.key}.png"
    if not path.is_file():
        return 0
    png = path.read_bytes()
    width, height = (int.from_bytes(png[k : k + 4]) for k in (16, 20))  # of the PNG's header
    scale = WIDTH / (width * SCREEN / _dots_per_inch(png))
    sheet.insert_image(
        row, column, path.name,
        {"image_data": BytesIO(png), "description": figure.alt, "x_scale": scale, "y_scale": scale},
    )  # fmt: skip
    return height * WIDTH // width // ROW + 2


def _dots_per_inch(png: bytes) -> float:
    """What a PNG says about its size; that of a screen if it says nothing."""
    at = png.find(b"pHYs", 0, 200)
    return SCREEN if at < 0 else 0.0254 * int.from_bytes(png[at + 4 : at + 8])


def acts_table(scenario: Scenario) -> pd.DataFrame:
    """The acts in force with their days, what they do, and what they rest on."""
    says = {fact.key: fact.says for fact in scenario.facts}
    rows = [
        {
            "act": act.id,
            "from": str(act.start or ""),
            "until": str(act.until or ""),
            "what it does": "; ".join(map(repr, scenario.policy_of(act))),
            "evidence": "; ".join(says[key] for key in act.evidence),
            "source": act.source,
            "note": act.note,
        }
        for act in scenario.acts(scenario.date)
    ]
    return pd.DataFrame(rows)


def evidence_table(facts: Iterable[Fact]) -> pd.DataFrame:
    """Facts with their values, who states them, and what stands against them."""
    rows = [
        {
            "fact": fact.key,
            "says": fact.says,
            "value": fact.shown,
            "standing": fact.standing,
            "accounts": "; ".join(fact.accounts),
            "objections": "; ".join(fact.objections),
            "official figure": fact.check,
            "note": fact.note,
        }
        for fact in facts
    ]
    return pd.DataFrame(rows)


def _sources(report: Report) -> pd.DataFrame:
    """Where the numbers come from: what the run stands on, the world's data, every picture."""
    known = " ".join(text for _, text in report.provenance)
    rows = [*report.provenance]
    rows += [(f"Data of {world}", text) for world, text in DATA.items() if world in known]
    rows += [(figure.title, figure.source) for figure in report.figures]
    return pd.DataFrame(list(dict.fromkeys(rows)), columns=["what", "source"])
