"""Sheets of a workbook as rows of cells, read with a clear refusal.

Headings are in a sheet's first row; rows are numbered as a spreadsheet program shows them.
"""

import datetime as dt
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from multipolar.errors import InputError, did_you_mean
from multipolar.world.files import read_bytes

ENDINGS = (".xlsx", ".xlsm")
LARGEST = 20_000_000  # bytes of a workbook
UNPACKED = 200_000_000  # bytes of its parts: a small file can hold very much

Cell = str | float | int | bool | dt.date


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its filled cells by heading (in small letters)."""

    sheet: str
    number: int
    cells: Mapping[str, Cell]

    def wrong(self, column: str, reason: str, value: object = None) -> InputError:
        """An error about one cell."""
        return InputError(reason, field=at(self.sheet, self.number, column), value=value)


def at(sheet: str, row: int | str, column: str = "") -> str:
    """A place in a workbook, for messages."""
    return f"sheet {sheet}, row {row}{f', column {column}' if column else ''}"


def is_workbook(path: str | os.PathLike[str]) -> bool:
    """Whether a path is that of a workbook, by its ending."""
    return Path(path).suffix.lower() in ENDINGS


def read_sheets(path: str | os.PathLike[str]) -> dict[str, list[list[Cell]]]:
    """Every sheet of a workbook as rows of cells, by its name; empty cells are "".

    Raises `InputError` for a file that is no workbook, or too large.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    data = read_bytes(path, LARGEST)
    try:
        with zipfile.ZipFile(BytesIO(data)) as parts:
            size = sum(part.file_size for part in parts.infolist())
        if size > UNPACKED:
            raise InputError(f"is too large a workbook ({size:,} bytes unpacked)", file=str(path))
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        return {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)  # type: ignore[misc]
            for name in book.sheet_names
        }
    except (zipfile.BadZipFile, CalamineError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"is not a readable workbook ({error})", file=str(path)) from None


def rows_of(sheets: Mapping[str, list[list[Cell]]], name: str) -> Iterator[Row]:
    """The rows of a sheet that have a filled cell; none if there is no such sheet.

    Raises `InputError` for a heading that is there twice, and for a cell without a heading.
    """
    known = {sheet.casefold(): sheet for sheet in sheets}
    sheet = known.get(name.casefold())
    if sheet is None or not sheets[sheet]:
        return
    head, *rows = sheets[sheet]
    headings = [str(cell).strip().casefold() for cell in head]
    for heading in headings:
        if heading and headings.count(heading) > 1:
            raise InputError("this column is there more than once", field=at(sheet, 1, heading))
    for number, row in enumerate(rows, start=2):
        cells: dict[str, Cell] = {}
        for k, cell in enumerate(row):
            value = _tidy(cell)
            if value == "":
                continue
            if k >= len(headings) or not headings[k]:
                reason = f"{value!r} stands in a column without a heading"
                raise InputError(reason, field=at(sheet, number))
            cells[headings[k]] = value
        if cells:
            yield Row(sheet, number, cells)


def _tidy(cell: Any) -> Cell:
    """A cell's value: texts without spaces around them, whole numbers whole, days without hours."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    value: Cell = cell if isinstance(cell, bool | int | float | dt.date) else str(cell)
    return value


def check_headings(rows: list[Row], known: list[str]) -> None:
    """Raise `InputError` for a column that nobody would read."""
    for row in rows:
        for heading in row.cells:
            if heading not in known:
                hint = did_you_mean(heading, known)
                reason = f"no column of this name{hint}; columns: {', '.join(known)}"
                raise row.wrong(heading, reason)
