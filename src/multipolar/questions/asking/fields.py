"""The fields of a question: what each is called, what it may be, and what it picks.

A field's title, meaning, unit and limits stand in its JSON Schema, from which the command line, the
page and the documentation derive. `pick` says that a field names something of a world: one
"country", one "side" (a country, a bloc, or a list), several "sides", "pairs" of sides, or
"sectors"; or "acts" of the case, by their ids. Names for people become codes on the way in
("Germany" is DEU, "European Union" is EU).
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from multipolar.errors import InputError
from multipolar.world import World
from multipolar.world.labels import resolve

PICKS = ("country", "side", "sides", "pairs", "sectors", "acts")


def entry(
    title: str,
    about: str = "",
    *,
    default: Any = PydanticUndefined,
    pick: str = "",
    unit: str = "",
    **limits: Any,
) -> Any:
    """A field of a question: its title, what it means, its default, what it picks, its unit.

    `limits` are pydantic's: ge, le, gt, lt, min_length, max_length. Without a default the field
    must be given.
    """
    extra: Any = {name: value for name, value in (("pick", pick), ("unit", unit)) if value}
    return Field(default, title=title, description=about, json_schema_extra=extra, **limits)


def _codes(given: object) -> object:
    """Names for people as codes; lists as tuples; what is no text stays as it is."""
    if isinstance(given, str):
        sign, name = ("-", given[1:]) if given.startswith("-") else ("", given)
        return sign + (resolve(name.strip()) or name.strip())
    if isinstance(given, list | tuple):
        return tuple(_codes(item) for item in given)
    return given


Country = Annotated[str, BeforeValidator(_codes)]
Side = Annotated[str | tuple[str, ...], BeforeValidator(_codes)]
Sectors = str | tuple[str, ...]


def pick_of(info: FieldInfo) -> str:
    """What a field picks; empty where it names nothing of a world."""
    extra = info.json_schema_extra
    return str(extra.get("pick", "")) if isinstance(extra, dict) else ""


def check_field(world: World, name: str, pick: str, value: Any) -> None:
    """Refuse a field that names what a world lacks, by the field's name."""
    for selector in _selectors(pick, value):
        try:
            if pick == "sectors":
                if selector != "goods":
                    world.pick_sectors(selector)
                continue
            found = world.pick_countries(selector)
        except InputError as error:
            raise InputError(error.reason, field=name, value=error.value) from None
        if pick == "country" and len(found) > 1:
            raise InputError(
                f"{selector!r} is {len(found)} countries; name one", field=name, value=selector
            )


def _selectors(pick: str, value: Any) -> Iterable[str | Sequence[str]]:
    if pick == "acts":
        return []  # of the case, not of its world
    if pick == "pairs":
        return [side for pair in value for side in pair]
    if pick == "sides":
        return list(value)
    return [value] if value else []
