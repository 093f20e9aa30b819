"""The fields of acts as data: what each holds, its unit, limits and default.

An act's dataclass has an `ActField` for each field that a file or a page may fill in; the
checks, the docs and the page's controls are all made from it.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, get_args

from multipolar.policy.wedges import How

Holds = Literal["countries", "sectors", "number", "choice", "file", "text"]
HIGHEST_RATE = 10.0
KEY = "act field"


@dataclass(frozen=True)
class ActField:
    """One field of an act.

    `holds`: a selector of countries or of sectors, a number, a choice, the name of a file, or
    names (of links and nodes of the gas network).
    Numbers lie between `low` and `high`; `slider` is the range that a control on a page offers.
    `default` is None where the field is required (or is an optional selector that is left out).
    """

    name: str
    title: str
    holds: Holds
    unit: str = ""
    low: float = float("-inf")
    high: float = float("inf")
    slider: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    default: Any = None
    required: bool = field(default=False)

    def left_out(self, value: object) -> bool:
        """Whether a value means that an optional selector was left out."""
        return value is None and self.default is None and not self.required


def about(title: str, holds: Holds, **more: Any) -> Mapping[str, ActField]:
    """The metadata of a dataclass field; its name and default are those of the field itself."""
    return {KEY: ActField("", title, holds, **more)}


def countries(title: str) -> Mapping[str, ActField]:
    """Metadata of a selector of countries."""
    return about(title, "countries")


def number(
    title: str, unit: str, low: float, high: float, slider: tuple[float, float] | None = None
) -> Mapping[str, ActField]:
    """Metadata of a number from `low` to `high`."""
    return about(title, "number", unit=unit, low=low, high=high, slider=slider)


SECTORS = about("Sectors", "sectors")
HOW = about("How it combines with what is there", "choice", choices=get_args(How))


@cache
def fields_of(kind: Any) -> Mapping[str, ActField]:
    """The described fields of an act's dataclass by name, in order."""
    found: dict[str, ActField] = {}
    for each in dataclasses.fields(kind):
        described = each.metadata.get(KEY)
        if described is not None:
            required = each.default is dataclasses.MISSING
            found[each.name] = dataclasses.replace(
                described,
                name=each.name,
                default=None if required else each.default,
                required=required,
            )
    return MappingProxyType(found)
