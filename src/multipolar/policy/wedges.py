"""Wedges: a policy laid out on a world's labels.

How instruments combine on a cell, whatever order they were written in: first all that "set" (the
wider selection before the narrower one, so that an exception overrides a rule; two that disagree
are refused if neither selection contains the other), then all that "scale", then all that "add".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError

if TYPE_CHECKING:
    from multipolar.world import World

Array = NDArray[np.float64]
BILATERAL = ("tariff", "export_tax", "trade_cost", "coverage", "leak", "markup", "serviced",
             "ceiling", "discount")  # fmt: skip
NATIONAL = ("route", "productivity", "labour", "transfer")
How = Literal["add", "set", "scale"]


class Wedges:
    """A policy laid out on a world: levels after the policy, [sector, exporter, importer] first.

    Fractions, except `transfer`, which is in million USD. Bilateral wedges never touch domestic
    sales; they are held in the cells that any act is about (`touched`), where `at` reads them. Each
    is also an attribute, a read-only array [s, i, n] that is made when it is asked for:

    - `tariff`, `export_tax`: ad valorem levels, the latter on the seller's price
    - `trade_cost`: iceberg cost added
    - `coverage`: share of varieties not delivered
    - `leak`, `markup`: share of these varieties that third countries deliver, and what they add to
      the price
    - `serviced`, `ceiling`, `discount`: share of sales under a price cap, the cap as a ratio to the
      benchmark price, and how far sales outside the cap are below the market price
    """

    touched: NDArray[np.intp]  # flat indices of the cells [s, i, n] that any act is about
    levels: Mapping[str, Array]  # bilateral wedges that an act sets: levels in these cells
    route: Array  # [i, n, k] which third countries k earn the mark-up; sums to 1 over k, or is zero
    productivity: Array  # [s, n] change
    labour: Array  # [n] change
    transfer: Array  # [n] transfer received, million USD, on top of the benchmark's

    def __init__(
        self, world: "World", touched: NDArray[np.intp], levels: Mapping[str, Array]
    ) -> None:
        self._before, self._whole = world.arrays()["tariff"], dict[str, Array]()
        self.touched = touched
        self.levels = {name: levels[name] for name in BILATERAL if name in levels}
        self.route, self.productivity, self.labour, self.transfer = (
            levels.get(name, np.broadcast_to(0.0, _shape(name, self._before))) for name in NATIONAL
        )

    def at(self, wedge: str) -> Array | float:
        """A bilateral wedge in the touched cells; plain zero if nothing and nobody sets it."""
        if wedge in self.levels:
            return self.levels[wedge]
        return self._before.reshape(-1)[self.touched] if wedge == "tariff" else 0.0

    def __getattr__(self, wedge: str) -> Array:
        if wedge not in BILATERAL:
            raise AttributeError(wedge)
        if wedge not in self._whole:
            before = self._before if wedge == "tariff" else np.broadcast_to(0.0, self._before.shape)
            if wedge in self.levels:
                before = before.copy()
                before.reshape(-1)[self.touched] = self.levels[wedge]
                before.flags.writeable = False
            self._whole[wedge] = before
        return self._whole[wedge]


@dataclass(frozen=True)
class Layer:
    """One instrument on a world: where it acts, with which number, and how it combines."""

    wedge: str
    cells: NDArray[np.intp]  # flat indices into the wedge's array, ascending
    level: Array | float  # one number, or one for each cell
    how: How
    compound: bool
    act: object  # the act it belongs to, for messages


def wedges_of(layers: Sequence[Layer], world: "World") -> Wedges:
    """The wedges that layers add up to; see `policy.Policy.wedges`."""
    before = world.arrays()["tariff"]
    touched, place = _cells_of([layer for layer in layers if layer.wedge in BILATERAL], before.size)
    levels: dict[str, Array] = {}
    for wedge in dict.fromkeys(layer.wedge for layer in layers):
        mine = [layer for layer in layers if layer.wedge == wedge]
        if wedge in BILATERAL:
            mine = [replace(layer, cells=place[layer.cells]) for layer in mine]
            array = before.reshape(-1)[touched] if wedge == "tariff" else np.zeros(touched.size)
        else:
            array = np.zeros(_shape(wedge, before))
        _combine(array.reshape(-1), mine)
        _check_range(wedge, array, touched, world)
        levels[wedge] = array
    return Wedges(world, touched, levels)


def _cells_of(layers: Sequence[Layer], size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The cells that any of the layers is about, ascending; and the place of each among them."""
    about, place = np.zeros(size, dtype=bool), np.empty(size, dtype=np.intp)
    for layer in layers:
        about[layer.cells] = True
    touched = np.flatnonzero(about)
    place[touched] = np.arange(touched.size)
    return touched, place


def _shape(wedge: str, tariff: Array) -> tuple[int, ...]:
    s, n = tariff.shape[:2]
    return {"route": (n, n, n), "productivity": (s, n)}.get(wedge, (n,))


def _combine(flat: Array, layers: list[Layer]) -> None:
    """Apply the layers to one wedge, in place, by the rule in the module docstring."""
    sets = sorted((x for x in layers if x.how == "set"), key=lambda x: -x.cells.size)
    _refuse_contradictions(sets, flat.size)
    for layer in sets:
        flat[layer.cells] = layer.level
    for layer in (x for x in layers if x.how == "scale"):
        # Changes compound as 1 + x; rates are multiplied as they are.
        shift = 1.0 if layer.compound else 0.0
        flat[layer.cells] = (flat[layer.cells] + shift) * (layer.level + shift) - shift
    for layer in (x for x in layers if x.how == "add"):
        flat[layer.cells] += layer.level


def _refuse_contradictions(sets: list[Layer], size: int) -> None:
    """Refuse two "set"s that overlap, disagree there, and do not nest. `sets`: widest first."""
    place = np.zeros(size, dtype=np.int32)  # a cell's position in the layer, plus one
    for k, layer in enumerate(sets):
        others = [wider for wider in sets[:k] if not _same_level(wider, layer)]
        if not others:
            continue
        place[layer.cells] = np.arange(1, layer.cells.size + 1)
        for wider in others:
            at = place[wider.cells]
            over = np.flatnonzero(at)
            nested = over.size == layer.cells.size < wider.cells.size
            if not over.size or nested:
                continue
            mine = np.broadcast_to(layer.level, layer.cells.shape)[at[over] - 1]
            theirs = np.broadcast_to(wider.level, wider.cells.shape)[over]
            if not np.array_equal(mine, theirs):
                raise InputError(
                    f"two instruments set the same {layer.wedge} to different levels: "
                    f"{str(wider.act)!r} and {str(layer.act)!r}; drop one, or use how = 'add'",
                    field="how",
                )
        place[layer.cells] = 0


def _same_level(one: Layer, other: Layer) -> bool:
    return np.ndim(one.level) == np.ndim(other.level) == 0 and bool(one.level == other.level)


def _check_range(wedge: str, array: Array, touched: NDArray[np.intp], world: "World") -> None:
    if wedge == "coverage":
        np.minimum(array, 1.0, out=array)
    elif wedge == "route":
        total = array.sum(axis=2, keepdims=True)
        np.divide(array, total, out=array, where=total > 0)
    elif wedge != "transfer" and array.size and array.min() <= -1:
        both = [world.countries, world.countries]
        flat = int(array.argmin())
        if wedge in BILATERAL:
            axes, flat = [world.sectors, *both], int(touched[flat])
        else:
            axes = [world.sectors, both[0]] if array.ndim == 2 else both[:1]
        where = np.unravel_index(flat, [len(axis) for axis in axes])
        cell = ", ".join(axis[k] for axis, k in zip(axes, where, strict=True))
        raise InputError(
            f"the instruments add up to {100 * array.min():.4g} % at ({cell}); it must stay above "
            "-100 %",
            field=wedge,
        )
