"""Outline: what the original of some retellings stated, in which order; who departs from it.

The retelling that most others correspond to is the backbone. The statements of each other retelling
are matched with it; a statement that the backbone lacks goes after the one that precedes it.
"""

import re
from collections import Counter
from dataclasses import dataclass

from rapidfuzz import fuzz

from multipolar.evidence.marks import Mark, Marks
from multipolar.evidence.retellings import ALIKE, Retellings

EXPECTED = 0.15  # likeness that is enough for a statement at the expected place
SIMILAR = 68.0  # per cent of letters in common from which one name is the other, garbled
LABEL = 6  # how many marks stand for a statement


@dataclass(frozen=True)
class Told:
    """A statement of the report: which accounts make it, and the positions of their statements."""

    label: str
    told_by: dict[int, tuple[int, ...]]


@dataclass(frozen=True)
class Garble:
    """A name or number in one retelling where the others agree on a similar one."""

    account: int
    statement: int
    written: str
    others: str


@dataclass(frozen=True)
class Outline:
    """A report as far as its retellings show it.

    `statements`: those that two or more retellings make, in order (if there is only one retelling,
    its own). For each account, `adds`: statements that only it has; `drops`: places in `statements`
    that most others have and it lacks.
    """

    members: tuple[int, ...]
    statements: tuple[Told, ...]
    adds: dict[int, tuple[int, ...]]
    drops: dict[int, tuple[int, ...]]
    garbles: tuple[Garble, ...]


def outline(found: Retellings, members: list[int]) -> Outline:
    """The outline of a report from its retellings (positions of accounts)."""
    groups = aligned(found, members)
    shared = [g for g in groups if len(g) > 1 or len(members) == 1]
    told = tuple(Told(_label(found, g), {k: tuple(v) for k, v in g.items()}) for g in shared)
    adds = {
        k: tuple(s for g in groups if len(g) == 1 and k in g for s in g[k] if len(members) > 1)
        for k in members
    }
    drops = {
        k: tuple(
            place for place, g in enumerate(shared) if k not in g and 2 * len(g) > len(members) - 1
        )
        for k in members
    }
    garbles = tuple(x for g in shared for x in _garbles(found, g))
    return Outline(tuple(members), told, adds, drops, garbles)


Group = dict[int, list[int]]  # account: its statements


def aligned(found: Retellings, members: list[int]) -> list[Group]:
    """Statements of the members that correspond, in the order of the report."""
    size = {k: len(found.accounts[k].statements) for k in members}
    closeness = {k: sum(found.score(k, other) for other in members) for k in members}
    ranked = sorted(members, key=lambda k: (-round(closeness[k], 2), -size[k], k))
    groups: list[Group] = [{ranked[0]: [s]} for s in range(size[ranked[0]])]
    for k in ranked[1:]:
        founders = [next((a, rows[0]) for a, rows in g.items()) for g in groups]
        after = -1
        fresh: list[tuple[int, Group]] = []
        for s, (place, alike) in enumerate(found.weights.best(k, founders)):
            if alike >= ALIKE or (alike >= EXPECTED and after < place <= after + 3):
                groups[place].setdefault(k, []).append(s)
                after = place
            else:
                fresh.append((after, {k: [s]}))
        for place, group in reversed(fresh):
            groups.insert(place + 1, group)
    return groups


def _marks(found: Retellings, account: int, statements: list[int]) -> Marks:
    merged: Marks = {}
    for s in statements:
        merged |= found.weights.of_account(account)[s]
    return merged


def _label(found: Retellings, group: Group) -> str:
    """The marks that most retellings of a statement share; names and numbers before words."""
    rows = [_marks(found, k, s) for k, s in group.items()]
    count = Counter(key for row in rows for key in row)
    first = rows[0]
    kinds = {"name": 0, "number": 1, "word": 2}
    kept = [key for key in first if 2 * count[key] >= len(rows)]
    chosen = sorted(kept, key=lambda key: (kinds[first[key].kind], -count[key]))[:LABEL]
    return " ".join(first[key].shown for key in first if key in chosen)


def _garbles(found: Retellings, group: Group) -> list[Garble]:
    """Names and numbers in which one retelling differs from at least two others that agree."""
    if len(group) < 3:
        return []
    rows = {k: _marks(found, k, s) for k, s in group.items()}
    garbles = []
    for k, row in rows.items():
        others = [rows[other] for other in rows if other != k]
        agreed = set.intersection(*(set(other) for other in others)) - set(row)
        known = set().union(*others)
        strange = {key: mark for key, mark in row.items() if key not in known}
        for key in agreed:
            mark = others[0][key]
            near = [m for m in strange.values() if _garbled(m, mark)]
            if near and mark.kind != "word":
                garbles.append(Garble(k, _place(found, k, group[k], near[0]), near[0].shown,
                                      mark.shown))  # fmt: skip
    return sorted(garbles, key=lambda g: (g.account, g.statement, g.others))


def _garbled(written: Mark, meant: Mark) -> bool:
    """Whether one mark can be the other, garbled: letters of a name, a digit of a long number."""
    one, other = written.shown, meant.shown
    if meant.kind == "number" or written.kind == "number":
        digits = all(re.fullmatch(r"\d{3,}", text) for text in (one, other))
        return digits and len(one) == len(other) and _digits_apart(one, other) == 1
    if {one.casefold() + "s", one.casefold()} & {other.casefold(), other.casefold() + "s"}:
        return False  # a possessive without its apostrophe
    return fuzz.ratio(one.casefold(), other.casefold()) >= SIMILAR


def _digits_apart(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _place(found: Retellings, account: int, statements: list[int], mark: Mark) -> int:
    table = found.weights.of_account(account)
    return next((s for s in statements if mark in table[s].values()), statements[0])
