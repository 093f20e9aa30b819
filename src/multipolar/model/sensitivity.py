"""Sensitivities: which levers move a result most, for small changes of a policy."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr

from multipolar.errors import InputError, choose
from multipolar.model.assumptions import Assumptions
from multipolar.model.batch import cores
from multipolar.model.gradient import Levers, Response, differentiable, slopes
from multipolar.policy import Instrument, Policy
from multipolar.world import World

BILATERAL = ("tariff", "export_tax", "trade_cost")
TARGETS = {
    "real_income": ("country",),
    "price_index": ("country",),
    "wage": ("country",),
    "tariff_revenue": ("country",),
    "exports": ("country",),
    "imports": ("country",),
    "price": ("country", "sector"),
    "output": ("country", "sector"),
    "trade": ("exporter", "importer"),
}


def sensitivity(
    world: World,
    policy: Policy | Instrument | None,
    target: tuple[str, ...],
    wrt: str = "tariff",
    assumptions: Assumptions | None = None,
    by: str = "pair",
) -> pd.DataFrame:
    """Which levers move a result most: derivatives at a policy, largest first.

    `target`: the name of a result and its labels, such as ``("real_income", "USA")``,
    ``("trade", "CHN", "RUS")`` (all sectors) or ``("price", "USA", "C26")``. `wrt`: a field of
    `Levers`. `by`: bilateral levers one by one ("cell"), or moved together over all goods ("pair").
    The heading says the unit: changes are in percentage points, or million USD for flows, for one
    more percentage point of the lever (for an elasticity: 0.01). First order: exact only for small
    moves. Raises `InputError` for names that do not exist.
    """
    if wrt not in Levers._fields:
        raise InputError(
            f"{wrt!r} cannot be moved{choose(wrt, Levers._fields)}", field="wrt", value=wrt
        )
    if by not in ("pair", "cell"):
        raise InputError(f"{by!r} is not known; choose pair or cell", field="by")
    weights = target_weights(world, target)
    model = differentiable(world, policy, assumptions)
    slope = np.asarray(slopes(model, weights, wrt))
    level = target[0] in ("trade", "output", "exports", "imports", "tariff_revenue")
    unit = "million USD" if level else "percentage points"
    on_goods = " on all goods" if by == "pair" and wrt in BILATERAL else ""
    column = f"{' '.join(target)}, {unit} per percentage point of {wrt}{on_goods}"
    slope = slope * (0.01 if level else 1.0)
    return _ranked(world, slope, column, by)


def first_order(
    world: World,
    policy: Policy | Instrument | None = None,
    assumptions: Assumptions | None = None,
    wrt: str = "tariff",
) -> xr.DataArray:
    """Linear effect of every pair's lever on every country's real income: for ranking only.

    Dims (country, exporter, importer): d real income of `country` (fraction) for the `importer`'s
    tariff, the `exporter`'s export tax, or the pair's trade cost on all goods sectors, per unit
    (1.0 = 100 percentage points). Exact for small moves around `policy`; `docs/solver.md` has its
    error at 1, 10 and 50 percentage points. Raises `InputError` for a lever without pairs.
    """
    if wrt not in BILATERAL:
        raise InputError(
            f"{wrt!r} is not a lever between pairs; choose tariff, export_tax or trade_cost",
            field="wrt",
        )
    model = differentiable(world, policy, assumptions)
    goods = world.pick_goods()

    def row(country: str) -> np.ndarray:
        weights = target_weights(world, ("real_income", country))
        return np.asarray(slopes(model, weights, wrt))[goods].sum(axis=0)

    with ThreadPoolExecutor(cores()) as pool:
        rows = np.stack(list(pool.map(row, world.countries)))
    rows[:, np.eye(len(world.countries), dtype=bool)] = 0.0
    labels = dict.fromkeys(("country", "exporter", "importer"), world.countries)
    about = {"units": f"fraction of real income per unit of {wrt}; first order"}
    return xr.DataArray(rows, labels, tuple(labels), attrs=about)


def target_weights(world: World, target: tuple[str, ...]) -> Response:
    """Weights that pick a target out of a response; None for what is not asked."""
    name, labels = (target or ("",))[0], tuple(target)[1:]
    if name not in TARGETS:
        raise InputError(
            f"{name!r} is not a target{choose(name, TARGETS)}", field="target", value=target
        )
    axes = TARGETS[name]
    if len(labels) != len(axes):
        raise InputError(f"{name} needs {' and '.join(axes)}", field="target", value=target)
    s, n = len(world.sectors), len(world.countries)
    shapes = {"price": (s, n), "output": (s, n), "trade": (s, n, n)}
    array = np.zeros(shapes.get(name, (n,)))
    at = dict(zip(axes, (_one(world, axis, x) for axis, x in zip(axes, labels, strict=True)),
                  strict=True))  # fmt: skip
    if name == "trade":
        array[:, at["exporter"], at["importer"]] = 1.0
    elif "sector" in at:
        array[at["sector"], at["country"]] = 1.0
    else:
        array[at["country"]] = 1.0
    weights: dict[str, Any] = dict.fromkeys(Response._fields)
    return Response(**(weights | {name: jnp.asarray(array)}))


def _one(world: World, axis: str, label: str) -> int:
    """The one country or sector that a label names; groups are refused."""
    found = world.pick_sectors(label) if axis == "sector" else world.pick_countries(label)
    if len(found) > 1:
        raise InputError(
            f"{label!r} stands for {len(found)}; name one {axis}", field="target", value=label
        )
    return found[0]


def _ranked(world: World, slope: np.ndarray, column: str, by: str) -> pd.DataFrame:
    """Slopes as a table, largest first, without cells that are zero."""
    axes = {3: ["sector", "exporter", "importer"], 2: ["sector", "country"], 1: ["sector"]}
    names = axes[slope.ndim]
    if slope.ndim == 3 and by == "pair":
        slope, names = slope[world.pick_goods()].sum(axis=0), names[1:]
    labels = [world.sectors if name == "sector" else world.countries for name in names]
    index = pd.MultiIndex.from_product(labels, names=names)
    table = pd.DataFrame({column: slope.ravel()}, index=index)
    if "exporter" in names:
        home = index.get_level_values("exporter") == index.get_level_values("importer")
        table = table[~home]
    table = table[table[column] != 0]
    return table.iloc[np.argsort(-np.abs(table[column].to_numpy()), kind="stable")]
