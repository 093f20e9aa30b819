"""Wedges: a policy laid out on a world's labels.

How instruments combine on a cell, whatever order they were written in: first all that "set" (the
wider selection before the narrower one, so that an exception overrides a rule; two that disagree
are refused if neither selection contains the other), then all that "scale", then all that "add".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError

if TYPE_CHECKING:
    from multipolar.world import World

Array = NDArray[np.float64]
BILATERAL = ("tariff", "export_tax", "trade_cost", "coverage", "leak", "markup", "serviced",
             "ceiling", "discount")  # fmt: skip
How = Literal["add", "set", "scale"]


@dataclass(frozen=True)
class Wedges:
    """A policy laid out on a world: levels after the policy, [sector, exporter, importer] first.

    Fractions, except `transfer`, which is in million USD. Bilateral wedges never touch domestic
    sales. Wedges that a policy leaves alone are read-only views of the benchmark.
    """

    tariff: Array  # [s, i, n] ad valorem level
    export_tax: Array  # [s, i, n] ad valorem level, on the seller's price
    trade_cost: Array  # [s, i, n] iceberg cost added
    coverage: Array  # [s, i, n] share of varieties not delivered
    leak: Array  # [s, i, n] share of the undelivered varieties that third countries deliver
    markup: Array  # [s, i, n] what these third countries add to the price
    route: Array  # [i, n, k] which third countries k earn it; sums to 1 over k, or is zero
    serviced: Array  # [s, i, n] share of sales under a price cap
    ceiling: Array  # [s, i, n] the cap as a ratio to the benchmark price
    discount: Array  # [s, i, n] how far sales outside the cap are below the market price
    productivity: Array  # [s, n] change
    labour: Array  # [n] change
    transfer: Array  # [n] transfer received, million USD, on top of the benchmark's
    touched: NDArray[np.intp]  # flat indices of the cells [s, i, n] that any act is about


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
    levels = _benchmark_levels(world)
    for wedge in dict.fromkeys(layer.wedge for layer in layers):
        array = levels[wedge] = levels[wedge].copy()
        _combine(array.reshape(-1), [layer for layer in layers if layer.wedge == wedge])
        _check_range(wedge, array, world)
    about = np.zeros(levels["tariff"].size, dtype=bool)
    for layer in layers:
        if layer.wedge in BILATERAL:
            about[layer.cells] = True
    return Wedges(**levels, touched=np.flatnonzero(about))


def _benchmark_levels(world: "World") -> dict[str, Array]:
    s, n = len(world.sectors), len(world.countries)
    bilateral, domestic, national = (
        np.broadcast_to(0.0, shape) for shape in ((s, n, n), (s, n), (n,))
    )
    return {
        "tariff": world.arrays()["tariff"],
        "export_tax": bilateral,
        "trade_cost": bilateral,
        "coverage": bilateral,
        "leak": bilateral,
        "markup": bilateral,
        "route": np.broadcast_to(0.0, (n, n, n)),
        "serviced": bilateral,
        "ceiling": bilateral,
        "discount": bilateral,
        "productivity": domestic,
        "labour": national,
        "transfer": national,
    }


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


def _check_range(wedge: str, array: Array, world: "World") -> None:
    if wedge == "coverage":
        np.minimum(array, 1.0, out=array)
    elif wedge == "route":
        total = array.sum(axis=2, keepdims=True)
        np.divide(array, total, out=array, where=total > 0)
    elif wedge != "transfer" and array.size and array.min() <= -1:
        where = np.unravel_index(int(array.argmin()), array.shape)
        both = [world.countries, world.countries]
        axes = {3: [world.sectors, *both], 2: [world.sectors, both[0]], 1: both[:1]}[array.ndim]
        cell = ", ".join(axis[k] for axis, k in zip(axes, where, strict=True))
        raise InputError(
            f"the instruments add up to {100 * array.min():.4g} % at ({cell}); it must stay above "
            "-100 %",
            field=wedge,
        )
