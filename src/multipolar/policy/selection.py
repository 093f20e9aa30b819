"""What an act covers, and how to say it: selectors, cells, checks, sentences."""

import math
import numbers
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError, choose
from multipolar.policy.fields import HIGHEST_RATE
from multipolar.policy.wedges import How
from multipolar.world.labels import Selector, bloc_called, say
from multipolar.world.per_world import PerWorld

if TYPE_CHECKING:
    from multipolar.world import World


def foreign_cells(world: "World") -> NDArray[np.bool_]:
    """Where exporter and importer differ [1, exporter, importer]."""
    return ~np.eye(len(world.countries), dtype=bool)[None]


def bilateral_cells(
    world: "World", exporter: Selector, importer: Selector, sectors: Selector
) -> NDArray[np.intp]:
    """The cells [sector, exporter, importer] of a bilateral act, flat; never domestic ones."""

    def make() -> NDArray[np.intp]:
        cells = _bilateral_cells(world, exporter, importer, sectors)
        cells.flags.writeable = False
        return cells

    return _CELLS.get(world, (exporter, importer, sectors), make)


# The members of a batch share most of their acts.
_CELLS: PerWorld[NDArray[np.intp]] = PerWorld(keep=64)


def _bilateral_cells(
    world: "World", exporter: Selector, importer: Selector, sectors: Selector
) -> NDArray[np.intp]:
    sells = positions(world, "exporter", exporter)
    buys = positions(world, "importer", importer)
    what = world.pick_goods() if sectors == "goods" else positions(world, "sectors", sectors)
    pair = np.array(sells)[:, None] != np.array(buys)[None, :]
    for side, other in ((importer, exporter), (exporter, importer)):
        for bloc in (
            word for word in words_of(side) if bloc_called(word) and "*" in words_of(other)
        ):
            inside = world.pick_countries(bloc)
            pair &= ~(np.isin(sells, inside)[:, None] & np.isin(buys, inside)[None, :])
    if not pair.any():
        raise InputError(
            f"{say_who(exporter)} and {say_who(importer)} have no border between them",
            field="exporter",
        )
    cells = block(world.arrays()["tariff"].shape, what, sells, buys)
    return cells[np.tile(pair.ravel(), cells.size // pair.size)]


def positions(world: "World", field: str, selector: Selector) -> list[int]:
    """Positions that a selector picks; an error names the instrument's field."""
    pick = world.pick_sectors if field == "sectors" else world.pick_countries
    try:
        return pick(selector)
    except InputError as error:
        raise InputError(error.reason, field=field, value=error.value) from None


def block(shape: tuple[int, ...], *axes: list[int]) -> NDArray[np.intp]:
    """Flat indices of a block of an array, ascending."""
    cells: NDArray[np.intp] = np.ravel_multi_index(np.ix_(*axes), shape).ravel()
    return cells


def words_of(selector: Selector) -> tuple[str, ...]:
    """The words of a selector."""
    return (selector,) if isinstance(selector, str) else tuple(selector)


def frozen_selector(field: str, selector: object) -> Selector:
    """A selector that cannot change any more; `InputError` if it names nothing."""
    if isinstance(selector, str):
        words: tuple[str, ...] = (selector,)
    else:
        words = tuple(selector) if isinstance(selector, Iterable) else ()
    if not all(isinstance(word, str) for word in words) or not any(
        word.strip() and not word.strip().startswith("-") for word in words
    ):
        raise InputError(
            f'{selector!r} names nothing; write a code, a name, a group, "*", or a list of these',
            field=field,
            value=selector,
        )
    return selector if isinstance(selector, str) else words


# --- checks and words --------------------------------------------------------------------------


def check_choice(field: str, value: object, choices: Collection[str]) -> None:
    """Refuse a value that is not one of the choices."""
    if value not in choices:
        raise InputError(
            f"{value!r} is not known{choose(value, choices)}", field=field, value=value
        )


def check_number(name: str, value: object, low: float, high: float) -> None:
    """Refuse a value that is not a number from `low` to `high`; rates are fractions."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        raise InputError(f"{value!r} is not a number", field=name, value=value)
    number = float(value)
    if number > high:
        hint = f"; was {number:g} % meant? Write {number / 100:g}" if high <= HIGHEST_RATE else ""
        raise InputError(
            f"{number:g} is above {high:g}; rates are fractions (1.45 = 145 %){hint}",
            field=name,
            value=value,
        )
    if number < low or (low == -1.0 and number == low):
        fractions = "; rates are fractions (-0.05 = -5 %)" if low < 0 else ""
        raise InputError(
            f"{number:g} is below what is possible ({low:g}){fractions}",
            field=name,
            value=value,
        )


@lru_cache(maxsize=512)
def say_who(selector: Selector, everyone: str = "everyone") -> str:
    """A selector of countries in words."""
    return say(selector, everyone)


def say_what(sectors: Selector) -> str:
    """A selector of sectors in words."""
    return say_who(sectors, everyone="everything")


def say_change(what: str, rate: float, how: How, *, compound: bool = False) -> str:
    """A clause such as "adds 10 % to its tariff", "sets ... to 10 %", "multiplies ... by 2"."""
    if how == "scale":
        return f"multiplies {what} by {rate + compound:g}"
    percent = f"{100 * rate:g} %"
    return f"sets {what} to {percent}" if how == "set" else f"adds {percent} to {what}"
