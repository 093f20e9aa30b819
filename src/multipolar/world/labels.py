"""Names of countries, sectors and blocs, and the selectors that pick them.

A selector is a code in either case, a name, the name of a bloc or of a sector group, ``"*"``, or a
list of these. Blocs are dated: ``BRICS@2023-12-31`` is BRICS as of that day.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

import pandas as pd

from multipolar.errors import InputError, did_you_mean

Selector = str | Sequence[str]


@cache
def table(name: str) -> pd.DataFrame:
    """One of the tables shipped in `world/data` (their columns: `world/data/SOURCES.md`)."""
    with (files("multipolar.world") / "data" / f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, comment="#", keep_default_na=False, dtype=str)


def country_names() -> dict[str, str]:
    """ISO3 code -> name for people."""
    return dict(zip(table("countries")["iso3"], table("countries")["name"], strict=True))


def sector_names() -> dict[str, str]:
    """Sector code -> name for people."""
    return dict(zip(table("sectors")["sector"], table("sectors")["name"], strict=True))


@cache
def sector_groups() -> dict[str, tuple[str, ...]]:
    """Group name -> sector codes, in table order."""
    groups: dict[str, list[str]] = {}
    for code, names in zip(table("sectors")["sector"], table("sectors")["groups"], strict=True):
        for name in names.split():
            groups.setdefault(name, []).append(code)
    return {name: tuple(codes) for name, codes in groups.items()}


def bloc_names() -> list[str]:
    """Every bloc that ships, in table order."""
    return list(dict.fromkeys(table("blocs")["bloc"]))


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


def _pick(
    selector: Selector,
    labels: Sequence[str],
    names: Mapping[str, str],
    groups: Mapping[str, Iterable[str]],
    kind: str,
) -> list[int]:
    """Positions in `labels` that `selector` picks, in label order, without repeats."""
    position = {label.casefold(): k for k, label in enumerate(labels)}
    by_name = {names[label].casefold(): k for k, label in enumerate(labels) if label in names}
    by_group = {name.casefold(): set(members) for name, members in groups.items()}
    chosen: set[int] = set()
    for item in [selector] if isinstance(selector, str) else list(selector):
        text = str(item).strip()
        key = text.casefold()
        if text == "*":
            chosen.update(range(len(labels)))
        elif key in position:
            chosen.add(position[key])
        elif key in by_name:
            chosen.add(by_name[key])
        else:
            members = by_group.get(key)
            if members is None and kind == "country":
                dated = _dated_bloc(text)
                members = None if dated is None else set(dated)
            if members is None:
                known = [*labels, *names.values(), *groups]
                if kind == "country":
                    known += bloc_names()
                raise InputError(
                    f"this world has no {kind} {text!r}{did_you_mean(text, known)}",
                    field=kind,
                    value=text,
                )
            inside = [k for k, label in enumerate(labels) if label in members]
            if not inside:
                raise InputError(
                    f"none of {text!r} is in this world ({kind} codes: {', '.join(labels[:4])}...)",
                    field=kind,
                    value=text,
                )
            chosen.update(inside)
    if not chosen:
        raise InputError(f"an empty list selects no {kind}", field=kind, value=selector)
    return sorted(chosen)


def pick_countries(selector: Selector, labels: Sequence[str]) -> list[int]:
    """Positions of the selected countries in `labels`; raises `InputError` with a suggestion."""
    return _pick(selector, labels, country_names(), {}, "country")


def pick_sectors(selector: Selector, labels: Sequence[str]) -> list[int]:
    """Positions of the selected sectors in `labels`; raises `InputError` with a suggestion."""
    return _pick(selector, labels, sector_names(), sector_groups(), "sector")
