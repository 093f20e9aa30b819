"""Names of countries, sectors and blocs, and the selectors that pick them.

A selector is a code in either case, a name, the name of a bloc or of a sector group, ``"*"``, or a
list of these; in a list, a leading minus takes away: ``["*", "-RUS"]``. Blocs are dated:
``BRICS@2023-12-31`` is BRICS as of that day.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from types import MappingProxyType

import pandas as pd

from multipolar.errors import InputError, did_you_mean

Selector = str | Sequence[str]


@cache
def table(name: str) -> pd.DataFrame:
    """One of the tables shipped in `world/data` (their columns: `world/data/SOURCES.md`)."""
    with (files("multipolar.world") / "data" / f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, comment="#", keep_default_na=False, dtype=str)


@cache
def country_names() -> Mapping[str, str]:
    """ISO3 code -> name for people."""
    rows = table("countries")
    return MappingProxyType(dict(zip(rows["iso3"], rows["name"], strict=True)))


@cache
def sector_names() -> Mapping[str, str]:
    """Sector code -> name for people."""
    rows = table("sectors")
    return MappingProxyType(dict(zip(rows["sector"], rows["name"], strict=True)))


@cache
def sector_groups() -> Mapping[str, tuple[str, ...]]:
    """Group name -> sector codes, in table order."""
    groups: dict[str, list[str]] = {}
    for code, names in zip(table("sectors")["sector"], table("sectors")["groups"], strict=True):
        for name in names.split():
            groups.setdefault(name, []).append(code)
    return MappingProxyType({name: tuple(codes) for name, codes in groups.items()})


@cache
def bloc_names() -> tuple[str, ...]:
    """Every bloc that ships, in table order."""
    return tuple(dict.fromkeys(table("blocs")["bloc"]))


@cache
def bloc(name: str, on: dt.date | None = None) -> tuple[str, ...]:
    """Members (ISO3) of a bloc on a day (default: today), in table order.

    Raises `InputError` for an unknown bloc.
    """
    spelling = {known.casefold(): known for known in bloc_names()}
    if name.casefold() not in spelling:
        raise InputError(
            f"no bloc {name!r}{did_you_mean(name, bloc_names())}", field="bloc", value=name
        )
    day = (on or dt.date.today()).isoformat()
    rows = table("blocs")
    rows = rows[rows["bloc"] == spelling[name.casefold()]]
    inside = (rows["joined"] <= day) & ((rows["left"] == "") | (day < rows["left"]))
    return tuple(rows[inside]["iso3"])


def _dated_bloc(text: str) -> tuple[str, ...] | None:
    """Members of the bloc that `text` names ("EU", "BRICS@2023-12-31"), None if it names none."""
    name, _, day = text.partition("@")
    if name.casefold() not in {known.casefold() for known in bloc_names()}:
        return None
    try:
        return bloc(name, dt.date.fromisoformat(day) if day else None)
    except ValueError:
        raise InputError(
            f"{day!r} is not a date; write BLOC@YYYY-MM-DD", field="bloc", value=text
        ) from None


@dataclass(frozen=True)
class _Names:
    """What a selector may say: labels of a world, names for people, groups."""

    kind: str
    labels: tuple[str, ...]
    names: Mapping[str, str]
    groups: Mapping[str, Iterable[str]]

    @cached_property
    def known(self) -> dict[str, frozenset[int]]:
        """What each word means, but dated blocs: positions by code, name and group."""
        position = {label: k for k, label in enumerate(self.labels)}
        words = {
            name.casefold(): frozenset(position[m] for m in members if m in position)
            for name, members in self.groups.items()
        }
        words |= {self.names.get(m, m).casefold(): frozenset({k}) for m, k in position.items()}
        words |= {m.casefold(): frozenset({k}) for m, k in position.items()}
        return words | {"*": frozenset(position.values())}

    def find(self, text: str) -> frozenset[int]:
        """Positions that one word of a selector means; raises `InputError` with a suggestion."""
        inside = self.known.get(text.casefold())
        if inside:
            return inside
        members: tuple[str, ...] | None = () if inside is not None else None
        if members is None and self.kind == "country":
            members = _dated_bloc(text)
        if members is None:
            raise self.unknown(text)
        inside = frozenset(k for k, label in enumerate(self.labels) if label in set(members))
        if not inside:
            raise InputError(
                f"none of {text!r} is in this world ({self.kind} codes: "
                f"{', '.join(self.labels[:4])}...)",
                field=self.kind,
                value=text,
            )
        return inside

    def unknown(self, text: str) -> InputError:
        """The error for a word that means nothing here."""
        known = [*self.labels, *self.groups, *(bloc_names() if self.kind == "country" else [])]
        if len(text) > max(len(label) for label in self.labels):  # a name, not a code
            known += [self.names[label] for label in self.labels if label in self.names]
        hint = did_you_mean(text, known)
        return InputError(
            f"this world has no {self.kind} {text!r}{hint}", field=self.kind, value=text
        )


@lru_cache(maxsize=32)
def _names(kind: str, labels: tuple[str, ...]) -> _Names:
    if kind == "country":
        return _Names(kind, labels, country_names(), {})
    return _Names(kind, labels, sector_names(), sector_groups())


def _pick(selector: Selector, names: _Names) -> list[int]:
    """Positions that `selector` picks, in label order, without repeats."""
    words = [selector] if isinstance(selector, str) else selector
    if not isinstance(words, Iterable) or not all(isinstance(word, str) for word in words):
        raise InputError(
            f"{selector!r} does not name a {names.kind}", field=names.kind, value=selector
        )
    chosen: set[int] = set()
    for word in (w.strip() for w in words if not w.strip().startswith("-")):
        chosen |= names.find(word)
    for word in (w.strip() for w in words if w.strip().startswith("-")):
        chosen -= names.find(word[1:].strip())
    if not chosen:
        raise InputError(f"{selector!r} selects no {names.kind}", field=names.kind, value=selector)
    return sorted(chosen)


def pick_countries(selector: Selector, labels: Sequence[str]) -> list[int]:
    """Positions of the selected countries in `labels`; raises `InputError` with a suggestion."""
    return _pick(selector, _names("country", tuple(labels)))


def pick_sectors(selector: Selector, labels: Sequence[str]) -> list[int]:
    """Positions of the selected sectors in `labels`; raises `InputError` with a suggestion."""
    return _pick(selector, _names("sector", tuple(labels)))


def pick_group(labels: Sequence[str], group: str = "goods") -> list[int]:
    """Positions of a group's sectors in `labels`; of all of them where none is so named."""
    members = set(sector_groups()[group])
    return [k for k, label in enumerate(labels) if label in members] or list(range(len(labels)))


def resolve(text: str) -> str | None:
    """Code."""
    if text.upper() in country_names():
        return text.upper()
    for code, known in country_names().items():
        if known.casefold() == text.casefold():
            return code
    for known in bloc_names():
        if known.casefold() == text.casefold():
            return known
    return None
