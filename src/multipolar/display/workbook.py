"""Workbook: sheets of text, real tables and native charts for a spreadsheet program, as bytes.

The same contents make the same bytes. No text becomes a formula or a link: what begins like a
formula is kept as text by a quote mark in the cell's style, also after somebody edits it.
"""

import datetime as dt
import math
import re
import textwrap
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pandas as pd
import xlsxwriter
from pandas.api.types import is_integer_dtype, is_numeric_dtype
from xlsxwriter.worksheet import Worksheet

from multipolar.display import theme
from multipolar.display.sheets import DIGITS, FORMULA
from multipolar.display.words import written

MADE = dt.datetime(2025, 1, 1)  # a fixed day, so that the bytes do not change
LONGEST_NAME, LONGEST_TEXT = 31, 32_767  # characters of a sheet's name, and in a cell
NARROWEST, WIDEST = 9, 60  # characters across a column
BUTTON = 3  # characters that the button of a filter covers in a heading
LINE = 15  # points of a line of text
LOOKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "top": {"valign": "top"},
    "title": {"bold": True, "font_size": 14},
    "strong": {"bold": True},
    "quiet": {"font_color": theme.QUIET},
    "prose": {"text_wrap": True, "valign": "top"},
    "heading": {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1},
    "link": {"font_color": theme.GAIN, "underline": 1},
    "day": {"num_format": "yyyy-mm-dd", "align": "left"},
}


class Book:
    """A workbook in the making: sheets are added in order, `to_bytes` ends it."""

    def __init__(self, title: str) -> None:
        self._file = BytesIO()
        self.book = xlsxwriter.Workbook(
            self._file,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
             "strings_to_numbers": False},
        )  # fmt: skip
        self.book.set_properties({"title": title[:255], "created": MADE})
        self._looks: dict[str, Any] = {}
        self._tables = 0

    def sheet(self, name: str, tab: str = "") -> Worksheet:
        """A new sheet; its name is made one that no other sheet has and that programs accept."""
        taken = {known.name.casefold() for known in self.book.worksheets()}
        sheet: Worksheet = self.book.add_worksheet(sheet_name(name, taken))
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)  # as wide as a page, as long as it is
        if tab:
            sheet.set_tab_color(tab)
        return sheet

    def look(self, name: str = "plain", **more: Any) -> Any:
        """A format of `LOOKS`, with more properties; one object for each, as programs want it."""
        key = f"{name} {sorted(more.items())}"
        if key not in self._looks:
            self._looks[key] = self.book.add_format({**LOOKS[name], **more})
        return self._looks[key]

    def write(
        self,
        sheet: Worksheet,
        row: int,
        column: int,
        value: object,
        look: str = "plain",
        **more: Any,
    ) -> None:
        """Write one value: numbers and days as such, all else as text; nothing for a gap."""
        if isinstance(value, bool | str) or value is None:
            self._write_text(sheet, row, column, value, look, more)
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, column, value, self.look("day", **more))
        elif isinstance(value, int | float):
            if math.isfinite(value):
                sheet.write_number(row, column, float(DIGITS % value), self.look(look, **more))
        else:
            self._write_text(sheet, row, column, str(value), look, more)

    def _write_text(
        self,
        sheet: Worksheet,
        row: int,
        column: int,
        value: object,
        look: str,
        more: dict[str, Any],
    ) -> None:
        text = "" if value is None else str(value)
        if not text:
            return
        made = self.look(look, **more, **_guard(text))
        sheet.write_string(row, column, text[:LONGEST_TEXT], made)

    def link(self, sheet: Worksheet, row: int, column: int, to: str) -> None:
        """A link to another sheet of this workbook."""
        quoted = to.replace("'", "''")
        sheet.write_url(row, column, f"internal:'{quoted}'!A1", self.look("link", **_guard(to)), to)

    def table(
        self, sheet: Worksheet, frame: pd.DataFrame, row: int = 0, column: int = 0
    ) -> tuple[int, int]:
        """A data frame as a table with filters and number formats; columns get their widths.

        Returns the last row and column (counted from zero). The index is not written. Gaps stay
        empty. Changes are coloured as losses and gains, as the headings say.
        """
        headings = unique([str(name) or "row" for name in frame.columns])
        last, right = row + max(len(frame), 1), column + len(headings) - 1
        self._tables += 1
        plain = re.sub(r"[^A-Za-z0-9]+", "_", sheet.name)
        numbers = [is_numeric_dtype(frame.iloc[:, k]) for k in range(len(headings))]
        sides = ["right" if each else "left" for each in numbers]
        about = {
            "name": f"table_{self._tables}_{plain}".rstrip("_"),
            "columns": [
                {"header": heading, "header_format": self._heading(heading, side)}
                for heading, side in zip(headings, sides, strict=True)
            ],
            "style": "Table Style Light 1",
        }
        sheet.add_table(row, column, last, right, about)
        widths = [_width(h, frame.iloc[:, k]) for k, h in enumerate(headings)]
        for k, heading in enumerate(headings):
            self._column(sheet, row, column + k, heading, frame.iloc[:, k], widths[k])
        self._heights(sheet, row, headings, frame, widths)
        return last, right

    def _heading(self, text: str, side: str) -> Any:
        return self.look("heading", align=side, **_guard(text))

    def _column(
        self, sheet: Worksheet, row: int, column: int, heading: str, values: pd.Series, width: int
    ) -> None:  # fmt: skip
        """One column of a table below its heading."""
        shape = number_format(heading, values)
        look = "top" if shape or width < WIDEST else "prose"
        more = {"num_format": shape} if shape else {}
        for number, value in enumerate(values.tolist(), start=row + 1):
            self.write(sheet, number, column, value, look, **more)
        if shape and len(values):
            self._colour(sheet, heading, (row + 1, column, row + len(values), column))
        sheet.set_column(column, column, width)

    def _heights(
        self, sheet: Worksheet, row: int, headings: Sequence[str], frame: pd.DataFrame,
        widths: Sequence[int],
    ) -> None:  # fmt: skip
        """Give heading and rows with long texts their height; not every program finds it itself."""
        lines = [lines_of(h, width - BUTTON) for h, width in zip(headings, widths, strict=True)]
        sheet.set_row(row, LINE * max(lines))
        wide = [k for k, width in enumerate(widths) if width == WIDEST]
        for number in range(len(frame) if wide else 0):
            most = max(lines_of(str(frame.iat[number, k]), WIDEST) for k in wide)
            if most > 1:
                sheet.set_row(row + 1 + number, LINE * most)

    def prose(self, sheet: Worksheet, row: int, column: int, text: str, width: int) -> None:
        """Write a text of several lines into a column of a width, and give the row its height."""
        self.write(sheet, row, column, text, "prose")
        sheet.set_row(row, LINE * lines_of(text, width))

    def _colour(self, sheet: Worksheet, heading: str, cells: tuple[int, int, int, int]) -> None:
        """Colour losses and gains in a column of changes; in other columns nothing."""
        if not (sign := written(1.0, heading)[1]):
            return
        rise, fall = (theme.GAIN, theme.LOSS)[::sign]
        for criteria, colour in ((">", rise), ("<", fall)):
            rule = {"type": "cell", "criteria": criteria, "value": 0}
            sheet.conditional_format(*cells, rule | {"format": self.look(font_color=colour)})

    def to_bytes(self) -> bytes:
        """The finished workbook; nothing can be added afterwards."""
        self.book.close()
        return self._file.getvalue()


def _guard(text: str) -> dict[str, Any]:
    """What keeps a text from being taken for a formula, also after somebody edits it."""
    return {"quote_prefix": True} if text.startswith(FORMULA) else {}


def sheet_name(text: str, taken: Sequence[str] | set[str] = ()) -> str:
    """A text as the name of a sheet that is none of `taken` (casefolded)."""
    plain = "".join(" " if letter in "[]:*?/\\" else letter for letter in text)
    plain = " ".join(plain.split()).strip("' ")[:LONGEST_NAME].strip("' ") or "Sheet"
    if plain.casefold() == "history":  # a name that one program keeps for itself
        plain = "History of it"
    name, number = plain, 1
    while name.casefold() in taken:
        number += 1
        end = f" {number}"
        name = f"{plain[: LONGEST_NAME - len(end)].rstrip()}{end}"
    return name


def lines_of(text: str, width: int) -> int:
    """How many lines a text takes in a column."""
    return max(len(textwrap.wrap(text, max(width, 1))), 1)


def unique(headings: Sequence[str]) -> list[str]:
    """Headings of which no two are the same in a table, where large and small letters are one."""
    taken: set[str] = set()
    told = []
    for heading in headings:
        name, number = heading, 1
        while name.casefold() in taken:
            number += 1
            name = f"{heading} {number}"
        taken.add(name.casefold())
        told.append(name)
    return told


def number_format(heading: str, values: pd.Series) -> str:
    """How a column's numbers are shown, by unit and size; empty for texts.

    Numbers are never rescaled: a percentage stays the number of per cent.
    """
    if not is_numeric_dtype(values):
        return ""
    largest = float(values.abs().max()) if len(values) else 0.0
    if is_integer_dtype(values):
        return "0"
    if "million USD" in heading or largest >= 1000:
        shape = "#,##0"
    elif "bn USD" in heading and largest >= 10:
        shape = "#,##0.0"
    else:
        shape = "0.00" if largest >= 0.1 else "0.0000"
    return f"+{shape};-{shape};{shape}" if written(1.0, heading)[1] else shape


def _width(heading: str, values: pd.Series) -> int:
    """A column as wide as its texts, or as the longest word of a heading over numbers."""
    words = [len(word) for word in heading.split()]
    texts = [] if is_numeric_dtype(values) else [len(str(value)) for value in values]
    wanted = max([*words, -(-len(heading) // 3), *texts], default=0) + BUTTON
    return min(max(wanted, NARROWEST), WIDEST)
