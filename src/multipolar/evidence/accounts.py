"""Accounts: reports as plain text, read with clear error messages and cut into statements.

A paragraph is a line that is not blank, counted from 1. A statement is a sentence; it knows its
paragraph and the characters of the decoded text that it spans, so that everything said about an
account can be looked up in it.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from multipolar.errors import InputError
from multipolar.world.files import is_folder, read_bytes

LARGEST = 500_000  # bytes: eighty pages; comparing two takes seconds, growing with the square
NAMED = 5  # number of refused files that a message names


@dataclass(frozen=True)
class Statement:
    """A sentence of an account: its paragraph (from 1), its characters [start, end), its text."""

    paragraph: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Account:
    """A report as plain text. `dated`: the day given in its first `head` characters."""

    name: str
    text: str
    statements: tuple[Statement, ...]
    dated: dt.date | None = None
    head: int = 0

    @classmethod
    def from_text(cls, name: str, text: str) -> "Account":
        """An account from text. Raises `InputError` for text without a letter."""
        if not any(character.isalpha() for character in text):
            raise InputError("is empty: an account needs text", file=name)
        return cls(name, text, tuple(_statements(text)), *_dated(text))

    @cached_property
    def latest_year(self) -> int | None:
        """The year of its date, or else the latest that it names."""
        named = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", self.text)]
        return self.dated.year if self.dated else max(named, default=None)

    def cite(self, statement: Statement) -> str:
        """Where a statement stands, as the ledger writes it."""
        return f"{self.name}, paragraph {statement.paragraph}"


def read_accounts(paths: Iterable[str | Path]) -> list[Account]:
    """Read text files and folders (every .txt file in a folder), in the order given.

    A file given twice is read once. Raises `InputError` naming every file (or the first of many)
    that is missing, empty, binary, too large or not UTF-8 (or UTF-16 with a byte-order mark).
    """
    files = list(dict.fromkeys(file for path in paths for file in _files(Path(path))))
    shared = {name for name, n in Counter(file.name for file in files).items() if n > 1}
    found, refused = [], []
    for file in files:
        try:
            name = str(file) if file.name in shared else file.name
            found.append(Account.from_text(name, _decoded(file)))
        except InputError as error:
            refused.append(InputError(error.reason, file=str(file)))
    if refused:
        more = f"; and {len(refused) - NAMED} more" if len(refused) > NAMED else ""
        first = refused[0]
        rest = "".join(f"; {error}" for error in refused[1:NAMED])
        raise InputError(f"{first.reason}{rest}{more}", file=first.file)
    return found


def _files(path: Path) -> list[Path]:
    if not is_folder(path):
        return [path]
    inside = sorted(path.glob("*.txt"))
    if not inside:
        raise InputError("this folder has no .txt file", file=str(path))
    return inside


def _decoded(path: Path) -> str:
    data = read_bytes(path, LARGEST)
    coding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if coding != "utf-16" and b"\0" in data:
        raise InputError("is binary, not plain text")
    try:
        return data.decode(coding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not {coding.upper().removesuffix('-SIG')} text (byte {error.start}); save it as "
            "UTF-8"
        ) from None


# A full stop ends a sentence before a space and a capital, digit or quote; also directly before a
# capital, because scrapers lose spaces. It does not end a sentence after these:
SHORT = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Mx|Messrs|Dr|No|Nos|St|Jr|Sr|Gen|Sen|Rep|Gov|Prof|Col|Lt|Capt|Sgt|Adm|Hon"
    r"|Rev|Fr|Mt|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|Fig|Art|cf|vs|approx|ca|[A-Z]))\.$"
)
# "... from the U.S. The ..." are two sentences; "U.S. Steel" is one.
OPENING = re.compile(
    r"\s+[\"\u201c]?(?:The|This|That|These|It|Its|He|She|They|We|But|And|In|On|At|After|Both|A|An)\s"
)
TAIL = 16  # characters at the end of a piece in which an abbreviation stands
LONGEST = 2_000  # characters of a statement; a longer one is cut between two words
STOP = re.compile(
    r"[.!?][\"\u201d\u2019')\]]*(?=\s+[\"\u201c\u2018'(\[]?[A-Z0-9]|(?<=[a-z]{3}\.)[A-Z][a-z])"
)


def _statements(text: str) -> Iterator[Statement]:
    paragraph = 0
    for line in re.finditer(r"[^\r\n]+", text):
        if not line.group().strip():
            continue
        paragraph += 1
        start = line.start()
        ends = [line.start() + m.end() for m in STOP.finditer(line.group())]
        for end in _cut_short([*ends, line.end()], start, text):
            if end != line.end() and _goes_on(text, start, end):
                continue
            piece = text[start:end]
            body = piece.strip()
            if body:
                first = start + len(piece) - len(piece.lstrip())
                yield Statement(paragraph, first, first + len(body), body)
            start = end


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether a full stop ends an abbreviation and not the sentence."""
    tail = text[max(start, end - TAIL) : end]
    if not SHORT.search(tail):
        return False
    return not (re.search(r"\b(?:[A-Z]\.){2,}$", tail) and OPENING.match(text, end))


def _cut_short(ends: list[int], start: int, text: str) -> Iterator[int]:
    """The ends, and between two that are too far apart the ends of words, or of nothing."""
    for end in ends:
        while end - start > LONGEST:
            blank = text.rfind(" ", start + 1, start + LONGEST)
            start = blank if blank > start else start + LONGEST
            yield start
        yield end
        start = end


HEAD = re.compile(r"\s*(?:date[:\s]*)?(\d{4}-\d{2}-\d{2})\b", re.IGNORECASE)


def _dated(text: str) -> tuple[dt.date | None, int]:
    found = HEAD.match(text)
    try:
        return (dt.date.fromisoformat(found.group(1)), found.end()) if found else (None, 0)
    except ValueError:
        return None, 0
