"""Names of countries, sectors and blocs, and the selectors that pick them.

A selector is a code in either case, a name, the name of a bloc or of a sector group, ``"*"``, or a
list of these; in a list, a leading minus takes away: ``["*", "-RUS"]``. Blocs are dated:
``BRICS@2023-12-31`` is BRICS as of that day. Plain Python, so that the command line starts fast.
"""

import csv
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from types import MappingProxyType

from multipolar.errors import InputError, did_you_mean

Selector = str | Sequence[str]
WITH_ARTICLE = frozenset(
    ("United States", "United Kingdom", "Netherlands", "Philippines", "United Arab Emirates")
)


# --- the tables --------------------------------------------------------------------------------


@cache
def table(name: str) -> tuple[Mapping[str, str], ...]:
    """The rows of a table shipped in `world/data` (their columns: `world/data/SOURCES.md`)."""
    with (files("multipolar.world") / "data" / f"{name}.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return tuple(MappingProxyType(row) for row in rows)


def _names_in(name: str, key: str) -> Mapping[str, str]:
    return MappingProxyType({row[key]: row["name"] for row in table(name)})


@cache
def country_names() -> Mapping[str, str]:
    """ISO3 code -> readable name, for the economies of the shipped worlds."""
    return _names_in("countries", "iso3")


@cache
def other_country_names() -> Mapping[str, str]:
    """ISO3 code -> readable name, for every other country and territory."""
    return _names_in("other-countries", "iso3")


@cache
def sector_names() -> Mapping[str, str]:
    """Sector code -> readable name."""
    return _names_in("sectors", "sector")


@cache
def bloc_titles() -> Mapping[str, str]:
    """Bloc -> its name in a sentence, such as "the European Union"."""
    return _names_in("bloc-names", "bloc")


def bloc_names() -> tuple[str, ...]:
    """Every bloc that ships, in table order."""
    return tuple(bloc_titles())


@cache
def sector_groups() -> Mapping[str, tuple[str, ...]]:
    """Group name -> sector codes, in table order."""
    groups: dict[str, list[str]] = {}
    for row in table("sectors"):
        for name in row["groups"].split():
            groups.setdefault(name, []).append(row["sector"])
    return MappingProxyType({name: tuple(codes) for name, codes in groups.items()})


@cache
def older_sectors() -> Mapping[str, tuple[str, ...]]:
    """Sector code of OECD's release of 2023 -> the sectors of today that it consists of."""
    return MappingProxyType(
        {row["sector"]: tuple(row["parts"].split()) for row in table("older-sectors")}
    )


@cache
def _all_groups() -> Mapping[str, tuple[str, ...]]:
    """The groups of sectors, with the older codes whose parts are all inside."""
    return MappingProxyType(
        {
            name: (*codes, *(old for old, parts in older_sectors().items() if {*parts} <= {*codes}))
            for name, codes in sector_groups().items()
        }
    )


@cache
def sector_keywords() -> Mapping[str, tuple[str, ...]]:
    """Everyday word (in lower case) -> the sectors that it may mean: "oil" -> B06, C19."""
    found: dict[str, list[str]] = {}
    for row in table("sectors"):
        for word in _listed(row["keywords"]):
            found.setdefault(word.casefold(), []).append(row["sector"])
    return MappingProxyType({word: tuple(codes) for word, codes in found.items()})


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(";") if word.strip()]


# --- what a word means ---------------------------------------------------------------------------


@cache
def _country_words() -> Mapping[str, str]:
    """Code, name and aliases (in lower case) -> ISO3 code."""
    words = {}
    for row in table("countries"):
        for word in (row["iso3"], row["name"], *_listed(row["aliases"])):
            words[word.casefold()] = row["iso3"]
    return MappingProxyType(words)


@cache
def _bloc_words() -> Mapping[str, str]:
    words = {}
    for row in table("bloc-names"):
        for word in (row["bloc"], row["name"], *_listed(row["aliases"])):
            words[_plain(word)] = row["bloc"]
    return MappingProxyType(words)


def _plain(text: str) -> str:
    return text.strip().casefold().removeprefix("the ").strip()


def country_called(text: str) -> str | None:
    """The code of the country that a code, name or alias ("UK") means; None if it means none."""
    return _country_words().get(_plain(text))


def bloc_called(text: str) -> str | None:
    """The bloc that a name or alias means, dated or not, without its date; None if it means none.

    ``"the European Union"`` and ``"eu@2020-01-01"`` are ``"EU"``.
    """
    return _bloc_words().get(_plain(text.partition("@")[0]))


def resolve(text: str) -> str | None:
    """The country's code or the bloc that a word means; None if it means neither.

    Either case, names and aliases: ``"UK"`` is ``"GBR"``; a bloc keeps its date.
    """
    country = country_called(text)
    if country is not None:
        return country
    name, at, day = text.partition("@")
    known = bloc_called(name)
    return None if known is None else f"{known}{at}{day.strip()}"


def say(selector: Selector, everyone: str = "everyone") -> str:
    """A selector of countries or sectors in words: "the European Union and Japan"."""
    items = (selector,) if isinstance(selector, str) else tuple(selector)
    kept = _and([_said(item, everyone) for item in items if not item.startswith("-")])
    without = [_said(item, everyone) for item in items if item.startswith("-")]
    return f"{kept} except {_and(without)}" if without else kept


def _said(item: str, everyone: str) -> str:
    code = item.lstrip("- ")
    if code == "*":
        return everyone
    return called(code) or sector_names().get(code.upper(), code)


def called(text: str) -> str | None:
    """A country or bloc as a sentence names it: "the United States"; None if it is neither."""
    country, known = country_called(text), bloc_called(text)
    if country is not None:
        name = country_names()[country]
        return f"the {name}" if name in WITH_ARTICLE else name
    if known is None:
        return None
    _, at, day = text.partition("@")
    return f"{bloc_titles()[known]}{f' of {day}' if at else ''}"


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


@cache
def bloc(name: str, on: dt.date | None = None) -> tuple[str, ...]:
    """Members (ISO3) of a bloc on a day (default: today), in table order.

    Raises `InputError` for an unknown bloc.
    """
    known = _bloc_words().get(_plain(name))
    if known is None:
        raise InputError(
            f"no bloc {name!r}{did_you_mean(name, bloc_names())}", field="bloc", value=name
        )
    day = (on or dt.date.today()).isoformat()
    return tuple(
        row["iso3"]
        for row in table("blocs")
        if row["bloc"] == known
        and row["joined"] <= day
        and (row["left"] == "" or day < row["left"])
    )


def _dated_bloc(text: str) -> tuple[str, ...] | None:
    """Members of the bloc that `text` names ("EU", "BRICS@2023-12-31"); None if it names none."""
    name, at, day = text.partition("@")
    if bloc_called(name) is None:
        return None
    try:
        return bloc(name, dt.date.fromisoformat(day.strip()) if at else None)
    except ValueError:
        raise InputError(
            f"{day!r} is not a date; write BLOC@YYYY-MM-DD", field="bloc", value=text
        ) from None


# --- selectors -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Names:
    """What a selector may say: labels of a world, readable names, groups."""

    kind: str
    labels: tuple[str, ...]
    names: Mapping[str, str]
    groups: Mapping[str, Iterable[str]]

    @cached_property
    def known(self) -> dict[str, frozenset[int]]:
        """What each word except blocs means: positions by code, name, alias and group."""
        position = {label: k for k, label in enumerate(self.labels)}
        words = {
            name.casefold(): frozenset(position[m] for m in members if m in position)
            for name, members in self.groups.items()
        }
        if self.kind == "country":
            words |= {
                word: frozenset({position[code]})
                for word, code in _country_words().items()
                if code in position
            }
        words |= {self.names.get(m, m).casefold(): frozenset({k}) for m, k in position.items()}
        words |= {m.casefold(): frozenset({k}) for m, k in position.items()}
        return words | {"*": frozenset(position.values())}

    def find(self, text: str, world: str) -> frozenset[int]:
        """Positions of what one word of a selector names; raises `InputError` with a suggestion."""
        inside = self.known.get(text.casefold()) or self.known.get(_plain(text))
        if inside:
            return inside
        members: tuple[str, ...] | None = () if inside is not None else None
        if members is None and self.kind == "country":
            members = _dated_bloc(text)
        if members is None:
            raise self.unknown(text, world)
        inside = frozenset(k for k, label in enumerate(self.labels) if label in set(members))
        # A world whose countries were merged into a bloc has a label of that name.
        merged = inside or self.known.get((bloc_called(text) or "").casefold())
        if not merged:
            raise InputError(
                f"none of {text!r} is in this world ({self.kind} codes: "
                f"{', '.join(self.labels[:4])}...)",
                field=self.kind,
                value=text,
            )
        return merged

    def unknown(self, text: str, world: str) -> InputError:
        """The error for a word that means nothing here."""
        if self.kind == "country":
            absent = _country_elsewhere(text)
            if absent:
                reason = (
                    f"{absent} is not among the {len(self.labels)} countries of "
                    f"{world or 'this world'}"
                )
                return InputError(reason, field=self.kind, value=text)
        return InputError(
            f"this world has no {self.kind} {text!r}{self._hint(text)}",
            field=self.kind,
            value=text,
        )

    def _hint(self, text: str) -> str:
        codes = [k for k in sector_keywords().get(_plain(text), ()) if k in self.labels]
        if self.kind == "sector" and codes:
            said = [f"{code} ({sector_names()[code]})" for code in codes]
            return f"; did you mean {', '.join(said[:-1])}{' or ' if said[1:] else ''}{said[-1]}?"
        known = [*self.labels, *self.groups, *(bloc_names() if self.kind == "country" else [])]
        if len(text) > max(len(label) for label in self.labels):  # a name, not a code
            known += [self.names[label] for label in self.labels if label in self.names]
            known += list(bloc_titles().values()) if self.kind == "country" else []
        return did_you_mean(text, known)


def _country_elsewhere(text: str) -> str | None:
    """The name of a real country, for a world that does not have it."""
    code = country_called(text)
    if code is not None:
        return country_names()[code]
    others = other_country_names()
    spelt = {word.casefold(): name for pair in others.items() for word, name in
             ((pair[0], pair[1]), (pair[1], pair[1]))}  # fmt: skip
    return spelt.get(_plain(text))


@lru_cache(maxsize=32)
def _names(kind: str, labels: tuple[str, ...]) -> _Names:
    if kind == "country":
        return _Names(kind, labels, country_names(), {})
    return _Names(kind, labels, sector_names(), _all_groups())


def _pick(selector: Selector, names: _Names, world: str) -> list[int]:
    """Positions that `selector` picks, in label order, without repeats."""
    words = [selector] if isinstance(selector, str) else selector
    if not isinstance(words, Iterable) or not all(isinstance(word, str) for word in words):
        raise InputError(
            f"{selector!r} does not name a {names.kind}", field=names.kind, value=selector
        )
    chosen: set[int] = set()
    for word in (w.strip() for w in words if not w.strip().startswith("-")):
        chosen |= names.find(word, world)
    for word in (w.strip() for w in words if w.strip().startswith("-")):
        chosen -= names.find(word[1:].strip(), world)
    if not chosen:
        raise InputError(f"{selector!r} selects no {names.kind}", field=names.kind, value=selector)
    return sorted(chosen)


def pick_countries(selector: Selector, labels: Sequence[str], world: str = "") -> list[int]:
    """Positions of the selected countries in `labels`; raises `InputError` with a suggestion.

    `world`: the name of the world that the labels belong to, for the message.
    """
    return _pick(selector, _names("country", tuple(labels)), world)


def pick_sectors(selector: Selector, labels: Sequence[str], world: str = "") -> list[int]:
    """Positions of the selected sectors in `labels`; raises `InputError` with a suggestion."""
    return _pick(selector, _names("sector", tuple(labels)), world)


def pick_group(labels: Sequence[str], group: str = "goods") -> list[int]:
    """Positions of a group's sectors in `labels`; of all sectors where the group has none."""
    members = set(_all_groups()[group])
    return [k for k, label in enumerate(labels) if label in members] or list(range(len(labels)))
