"""The fields of a question: their titles, their limits, and what they pick.

A field's title, meaning, unit and limits are in its JSON Schema, from which the command line, the
page and the documentation are made. `pick` says that a field names something in a world: one
"country", one "side" (a country, a bloc, or a list), several "sides", "pairs" of sides, or
"sectors"; or "acts" of the case, by their ids. Names become codes when they are read ("Germany" is
DEU, "European Union" is EU).
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from multipolar.errors import InputError
from multipolar.world import World
from multipolar.world.labels import resolve


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

    `limits` are those of pydantic: ge, le, gt, lt, min_length, max_length. A field without a
    default must be given.
    """
    extra: Any = {name: value for name, value in (("pick", pick), ("unit", unit)) if value}
    return Field(default, title=title, description=about, json_schema_extra=extra, **limits)


def _codes(given: object) -> object:
    """Names become codes, lists become tuples; everything else stays as it is."""
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
    """What a field picks; empty if it names nothing in a world."""
    extra = info.json_schema_extra
    return str(extra.get("pick", "")) if isinstance(extra, dict) else ""


def check_field(world: World, name: str, pick: str, value: Any) -> None:
    """Raise `InputError`, with the field's name, if a field names something that a world lacks."""
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
