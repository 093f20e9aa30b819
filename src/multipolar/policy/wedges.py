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


# Levels that say something only where others are not zero: these weigh them in a mean.
WEIGHED_BY = {"leak": ("coverage",), "markup": ("coverage", "leak"), "ceiling": ("serviced",)}


def mean_wedges(world: "World", parts: Sequence[tuple[float, Wedges]]) -> Wedges:
    """The mean of wedges, as over the days of a period; `parts` are shares, which add up to one.

    What applies only to part of a sale (a mark-up, a ceiling) is weighed by that part.
    """
    if len(parts) == 1:
        return parts[0][1]
    touched = np.unique(np.concatenate([wedges.touched for _, wedges in parts]))
    before = world.arrays()["tariff"].reshape(-1)[touched]

    def level(wedges: Wedges, name: str) -> Array:
        array = before.copy() if name == "tariff" else np.zeros(touched.size)
        array[np.searchsorted(touched, wedges.touched)] = wedges.at(name)
        return array

    levels: dict[str, Array] = {}
    for name in (name for name in BILATERAL if any(name in w.levels for _, w in parts)):
        total, weight = np.zeros(touched.size), np.zeros(touched.size)
        for share, wedges in parts:
            part = share * np.ones(touched.size)
            for other in WEIGHED_BY.get(name, ()):
                part = part * level(wedges, other)
            total, weight = total + part * level(wedges, name), weight + part
        levels[name] = np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), 0.0)
    for name in NATIONAL:
        levels[name] = sum(share * getattr(wedges, name) for share, wedges in parts)
    return Wedges(world, touched, levels)


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


def credits_of(layers: Sequence[Layer], world: "World") -> list[Array]:
    """What each layer adds to its wedge's level, in its own cells; together all of the change.

    Of layers that set a cell, the one that counts gets the change; equal ones share it alike. What
    multiplies shares by the logs of its factors, so that no order matters.
    """
    before, found = world.arrays()["tariff"], dict[int, Array]()
    for wedge in dict.fromkeys(layer.wedge for layer in layers):
        mine = [k for k, layer in enumerate(layers) if layer.wedge == wedge]
        shape = before.shape if wedge in BILATERAL else _shape(wedge, before)
        start = (before if wedge == "tariff" else np.broadcast_to(0.0, shape)).reshape(-1)
        found |= dict(zip(mine, _credits([layers[k] for k in mine], start), strict=True))
    return [found[k] for k in range(len(layers))]


def _credits(layers: Sequence[Layer], start: Array) -> list[Array]:
    """The credits of the layers of one wedge; see `credits_of`."""
    width, sharing = np.full(start.size, np.inf), np.ones(start.size)
    level = np.array(start)
    for layer in sorted((x for x in layers if x.how == "set"), key=lambda x: -x.cells.size):
        same = width[layer.cells] == layer.cells.size
        sharing[layer.cells] = np.where(same, sharing[layer.cells] + 1, 1.0)
        width[layer.cells], level[layer.cells] = layer.cells.size, layer.level
    growth, zeros = np.zeros(start.size), np.zeros(start.size)
    for layer in (x for x in layers if x.how == "scale"):
        factor = np.broadcast_to(layer.level + layer.compound, layer.cells.shape)
        zeros[layer.cells] += factor == 0
        growth[layer.cells] += np.log(np.where(factor > 0, factor, 1.0))
    shift = float(any(x.compound for x in layers))
    scaled = (level + shift) * np.where(zeros > 0, -1.0, np.expm1(growth))
    parts = []
    for layer in layers:
        at, size = layer.cells, layer.cells.size
        if layer.how == "set":
            credit = np.where(width[at] == size, (level[at] - start[at]) / sharing[at], 0.0)
        elif layer.how == "scale":
            factor = np.broadcast_to(layer.level + layer.compound, at.shape)
            grown = np.log(np.where(factor > 0, factor, 1.0))
            part = grown / np.where(growth[at] == 0, 1.0, growth[at])
            credit = scaled[at] * np.where(
                zeros[at] > 0, (factor == 0) / np.maximum(zeros[at], 1), part
            )
        else:
            credit = np.broadcast_to(layer.level, at.shape).astype(float)
        parts.append(credit)
    return _clipped(layers, parts, start.size) if layers[0].wedge == "coverage" else parts


def _clipped(layers: Sequence[Layer], parts: list[Array], size: int) -> list[Array]:
    """Coverage ends at one: where more is asked for, everyone's part is cut alike."""
    total = np.zeros(size)
    for layer, credit in zip(layers, parts, strict=True):
        total[layer.cells] += credit
    cut = np.minimum(1.0, 1 / np.maximum(total, 1.0))
    return [credit * cut[layer.cells] for layer, credit in zip(layers, parts, strict=True)]


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
