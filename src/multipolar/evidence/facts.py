"""Facts: readings aligned across accounts, independent sources counted, conflicts side by side.

Within a report, readings of corresponding statements are one fact if they agree. They are a
conflict if they have the same kind and unit, each account has only one of the two, and no third
reading could be meant. Across reports they are one fact if value and surroundings agree. All
retellings of one report together count as one source.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from multipolar.evidence.marks import Marks
from multipolar.evidence.outline import Garble, aligned, outline
from multipolar.evidence.quantities import NO_DAY, Reading, Value, readings_of
from multipolar.evidence.retellings import Retellings

SHARED_NAMES, SHARED_MARKS = 2, 3  # shared surroundings that make one fact of two reports'
SAME_STATEMENT = 0.5  # share of marks in common from which two reports contradict each other
YEARS_AROUND = 5  # how far outside the other years of its account a year is out of place
SAME_PERSON = 85.0  # per cent of letters in common from which two names are one, garbled
CROWD = 200  # largest number of facts with one value that are compared with each other
LABEL = 5


@dataclass(frozen=True)
class Sighting:
    """A reading in an account (given by its position), and reasons to doubt it."""

    account: int
    reading: Reading
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatedFact:
    """What accounts state: kind, unit and value of the accepted reading, and all sightings.

    `against`: sightings of other values. `resolved`: whether something decides between them.
    `sources`: independent reports that state the value.
    """

    kind: str
    unit: str
    value: Value
    about: str
    stated: tuple[Sighting, ...]
    against: tuple[Sighting, ...] = ()
    resolved: bool = True
    sources: int = 1

    @property
    def contested(self) -> bool:
        """Whether some account has another value."""
        return bool(self.against)


@dataclass
class _Draft:
    kind: str
    sightings: list[Sighting]
    marks: Marks  # of the statements that state it
    around: Marks = field(default_factory=dict)  # of the neighbouring statements

    @property
    def accounts(self) -> set[int]:
        return {s.account for s in self.sightings}

    @property
    def values(self) -> set[Value]:
        return {s.reading.value for s in self.sightings}

    @property
    def unit(self) -> str:
        units = [s.reading.unit for s in self.sightings]
        return max(units, key=units.count)


def facts_of(found: Retellings) -> list[StatedFact]:
    """The facts that accounts state; those with the most independent sources come first."""
    readings = {k: readings_of(account) for k, account in enumerate(found.accounts)}
    garbles: list[Garble] = []
    drafts: list[_Draft] = []
    for members in found.reports:
        garbles += outline(found, members).garbles if len(members) > 2 else ()
        drafts += _within(found, members, readings)
    merged = _across(found, drafts)
    facts = [_resolved(found, draft, readings, garbles) for draft in merged]
    return sorted(facts, key=lambda f: (-f.sources, -len(f.stated), f.stated[0].account,
                                        f.stated[0].reading.start))  # fmt: skip


# --- within a report -----------------------------------------------------------------------------


def _within(
    found: Retellings, members: list[int], readings: dict[int, list[Reading]]
) -> list[_Draft]:
    drafts = []
    for group in aligned(found, members):
        sightings = [
            Sighting(k, reading)
            for k, statements in group.items()
            for reading in readings[k]
            if reading.statement in statements
        ]
        drafts += _slots(found, sightings)
    return drafts


def _slots(found: Retellings, sightings: list[Sighting]) -> list[_Draft]:
    """Sightings of corresponding statements as facts: equal ones together, then the others."""
    slots: list[_Draft] = []
    for sighting in sightings:
        reading = sighting.reading
        home = next(
            (
                slot
                for slot in slots
                if slot.kind == reading.kind
                and (slot.unit == reading.unit or reading.kind == "ordinal")
                and any(same(value, reading.value) for value in slot.values)
            ),
            None,
        )
        if home is None:
            home = _Draft(reading.kind, [], {})
            slots.append(home)
        home.sightings.append(sighting)
    for slot in slots:
        _surround(found, slot)
    return _contradicted(slots)


def _contradicted(slots: list[_Draft]) -> list[_Draft]:
    """Slots of corresponding statements; those that must be readings of one thing are joined."""
    partners = {
        i: [j for j, other in enumerate(slots) if j != i and _rivals(slot, other)]
        for i, slot in enumerate(slots)
    }
    joined: list[_Draft] = []
    done: set[int] = set()
    for i, slot in enumerate(slots):
        if i in done:
            continue
        near = partners[i]
        if len(near) == 1 and partners[near[0]] == [i]:
            slot.sightings += slots[near[0]].sightings
            slot.marks |= slots[near[0]].marks
            slot.around |= slots[near[0]].around
            done.add(near[0])
        joined.append(slot)
    return joined


def _rivals(one: _Draft, other: _Draft) -> bool:
    """Whether two slots can be readings of one thing: same kind and unit, no account has both."""
    if one.kind != other.kind or one.unit != other.unit or one.accounts & other.accounts:
        return False
    if one.kind == "person":
        pairs = [(str(v), str(w)) for v in one.values for w in other.values]
        return any(fuzz.ratio(v, w) >= SAME_PERSON for v, w in pairs)
    return one.kind != "date" or _shape(one) == _shape(other)


def _shape(draft: _Draft) -> set[str]:
    return {re.sub(r"\d", "0", str(value))[-5:] for value in draft.values}


def same(one: Value, other: Value) -> bool:
    """Whether two values agree; a day without a year agrees with the same day of any year."""
    if isinstance(one, str) and isinstance(other, str):
        short, long = sorted((one, other), key=len)
        return one == other or (bool(re.fullmatch(r"\d\d-\d\d", short)) and long[4:] == f"-{short}")
    return one == other


# --- across reports ------------------------------------------------------------------------------


def _surround(found: Retellings, draft: _Draft) -> None:
    for sighting in draft.sightings:
        table, at = found.weights.of_account(sighting.account), sighting.reading.statement
        draft.marks |= table[at]
        for near in table[max(0, at - 1) : at + 2]:
            draft.around |= near


def _across(found: Retellings, drafts: list[_Draft]) -> list[_Draft]:
    """Join drafts of different reports that state one thing; found by value, not by all pairs."""
    known = {
        (found.report[s.account], s.reading.kind, s.reading.value)
        for draft in drafts
        for s in draft.sightings
    }
    kept: list[_Draft] = []
    shelves: dict[tuple[str, str, str], list[_Draft]] = {}
    for draft in drafts:
        told = _reports(found, draft.accounts)
        for key in sorted(_shelves(draft)):
            home = next(
                (
                    d
                    for d in shelves.get(key, [])[:CROWD]
                    if (draft.kind == "person" or not told & _reports(found, d.accounts))
                    and (_agree(d, draft) or _contradict(found, d, draft, known))
                ),
                None,
            )
            if home is not None:
                home.sightings += draft.sightings
                home.marks |= draft.marks
                home.around |= draft.around
                break
        else:
            kept.append(draft)
            for key in _shelves(draft):
                shelves.setdefault(key, []).append(draft)
    return kept


def _shelves(draft: _Draft) -> set[tuple[str, str, str]]:
    """The keys of a draft: its values, and its names, by which contradictions are found."""
    tails = {str(v)[-5:] if draft.kind == "date" else str(v) for v in draft.values}
    names = set() if draft.kind in ("date", "person") else {
        key for key, mark in draft.marks.items() if mark.kind == "name"
    }  # fmt: skip
    unit = "" if draft.kind == "ordinal" else draft.unit
    return {(draft.kind, unit, tail) for tail in tails | names}


def _agree(one: _Draft, other: _Draft) -> bool:
    """Whether two reports state one thing: the same value in the same surroundings."""
    if not any(same(v, w) for v in one.values for w in other.values):
        return False
    shared = {k for k in one.around.keys() & other.around.keys() if not k.startswith("#")}
    names = {k for k in shared if "name" in (one.around[k].kind, other.around[k].kind)}
    person = one.kind == "person"
    return person or len(names) >= SHARED_NAMES or len(shared) >= SHARED_MARKS


def _contradict(
    found: Retellings, one: _Draft, other: _Draft, known: set[tuple[int, str, Value]]
) -> bool:
    """Whether two reports differ about one thing: almost the same statement, neither has both."""
    if one.kind in ("date", "person") or one.unit != other.unit:
        return False
    for here, there in ((one, other), (other, one)):
        for report in _reports(found, here.accounts):
            if any((report, one.kind, value) in known for value in there.values):
                return False
    common = {k for k in one.marks.keys() & other.marks.keys() if not k.startswith("#")}
    return len(common) >= max(4, SAME_STATEMENT * min(len(one.marks), len(other.marks)))


def _reports(found: Retellings, accounts: Iterable[int]) -> set[int]:
    return {found.report[k] for k in accounts}


def _reports_of(found: Retellings, side: list[Sighting]) -> set[int]:
    return _reports(found, (s.account for s in side))


# --- which reading is accepted -------------------------------------------------------------------


def _sides(draft: _Draft) -> list[list[Sighting]]:
    """Sightings by the value that they state."""
    sides: list[list[Sighting]] = []
    for sighting in draft.sightings:
        side = next((s for s in sides if same(s[0].reading.value, sighting.reading.value)), None)
        if side is None:
            sides.append([sighting])
        else:
            side.append(sighting)
    return sides


def _resolved(
    found: Retellings,
    draft: _Draft,
    readings: dict[int, list[Reading]],
    garbles: list[Garble],
) -> StatedFact:
    sides = _sides(draft)
    hard = [_hard_doubts(side, sides, readings) for side in sides]
    ranks = [
        (
            not doubts,
            len(_reports(found, (s.account for s in side))),
            len({s.account for s in side}),
        )
        for side, doubts in zip(sides, hard, strict=True)
    ]
    best = max(range(len(sides)), key=lambda k: ranks[k])
    told = _reports_of(found, sides[best])
    value = max((s.reading.value for s in sides[best]), key=lambda v: len(str(v)))
    against = [
        Sighting(s.account, s.reading,
                 (*hard[k], *_soft_doubts(s, side, sides[best], garbles, found)))
        for k, side in enumerate(sides) if k != best for s in side
    ]  # fmt: skip
    own = [
        Sighting(s.account, s.reading, tuple(filter(None, [*hard[best], s.reading.doubt])))
        for s in sides[best]
    ]
    return StatedFact(
        kind=draft.kind,
        unit=draft.unit,
        value=value,
        about=_about(draft),
        stated=tuple(own),
        against=tuple(against),
        resolved=not any(
            rank == ranks[best]
            or (rank[:2] == ranks[best][:2] and not _reports_of(found, side) & told)
            for k, (side, rank) in enumerate(zip(sides, ranks, strict=True))
            if k != best
        ),
        sources=len(told),
    )


def _hard_doubts(
    side: list[Sighting], sides: list[list[Sighting]], readings: dict[int, list[Reading]]
) -> list[str]:
    """Why a value is hardly possible: no such day, or a year far from the accounts' others."""
    doubts = [s.reading.doubt for s in side if s.reading.doubt == NO_DAY][:1]
    year = _year(side[0].reading.value) if side[0].reading.kind == "date" else None
    if year is None or len(sides) == 1:
        return doubts
    others = {
        y
        for s in side
        for reading in readings[s.account]
        if reading.kind == "date" and reading is not s.reading
        and (y := _year(reading.value)) not in (None, year)
    }  # fmt: skip
    known = sorted(y for y in others if y is not None)
    low, high = (known[0], known[-1]) if known else (year, year)
    rival = [_year(s[0].reading.value) for s in sides if s is not side]
    outside = len(known) > 1 and not low - YEARS_AROUND <= year <= high + YEARS_AROUND
    if outside and any(r is not None and low - 1 <= r <= high + 1 for r in rival):
        doubts.append(f"impossible date: every other year of the account is {low} to {high}")
    return doubts


def _soft_doubts(
    sighting: Sighting,
    side: list[Sighting],
    majority: list[Sighting],
    garbles: list[Garble],
    found: Retellings,
) -> list[str]:
    home = found.report[sighting.account]
    peers = [s for s in majority if found.report[s.account] == home]
    if not peers:
        return ["none: an independent report"]
    doubts = []
    if len(side) == 1 and len(peers) > 1:
        doubts.append(f"isolated: 1 account against {len({s.account for s in peers})}")
    one, other = (re.sub(r"\s", "", s.reading.text) for s in (sighting, peers[0]))
    if len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1:
        doubts.append("one character away from the majority's")
    statement = sighting.reading.statement
    for g in garbles:
        near = g.account == sighting.account and abs(g.statement - statement) <= 1
        if near and g.written not in sighting.reading.text:
            doubts.append(f"garbled neighbour: {g.written!r} where others have {g.others!r}")
    if sighting.reading.doubt and sighting.reading.doubt != NO_DAY:
        doubts.append(sighting.reading.doubt)
    return doubts or ["a retelling of the same report has another value"]


def _year(value: Value) -> int | None:
    found = re.search(r"(?:19|20)\d\d", str(value))
    return int(found.group()) if found else None


def _about(draft: _Draft) -> str:
    """The marks that say what a fact is about: those that most of its retellings share."""
    kinds = {"name": 0, "word": 1}
    rows = [(k, m) for k, m in draft.marks.items() if m.kind in kinds]
    chosen = sorted(rows, key=lambda row: kinds[row[1].kind])[:LABEL]
    return " ".join(mark.shown for key, mark in rows if (key, mark) in chosen)
