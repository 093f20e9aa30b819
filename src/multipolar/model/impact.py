"""The impact derivative: how a lever moves real income in one period of a path, habits given.

The adjoint of that period's equilibrium (`gradient.pulls`), carried on through the kernels that
hold the habits (`sourcing.lean`). Periods before are given, and so is what buyers have learnt in
them; what a lever does to later periods is not in it.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from multipolar.errors import InputError, choose
from multipolar.model import search, sourcing
from multipolar.model.anticipation import Anticipation
from multipolar.model.assumptions import Assumptions
from multipolar.model.course import Course
from multipolar.model.economy import export_tax_part, kernels, log_trade_cost
from multipolar.model.gradient import pulls
from multipolar.model.path import Capital, Standing, ready
from multipolar.policy.calendar import Dated, Period, periods
from multipolar.policy.wedges import Wedges
from multipolar.progress import OnStep, quiet
from multipolar.world import World
from multipolar.world.labels import Selector, pick_countries

LEVERS = ("tariff", "export_tax", "trade_cost")


def impact(
    world: World,
    acts: Sequence[Dated],
    over: str | Sequence[Period],
    whose: Selector,
    wrt: str = "tariff",
    assumptions: Assumptions | None = None,
    *,
    capital: Capital | None = None,
    anticipation: Anticipation | None = None,
    start: Course | None = None,
    on_step: OnStep = quiet,
) -> xr.DataArray:
    """How a tariff in force in the last period of a path moves real income then, habits given.

    Dims (sector, exporter, importer): d real income of `whose` (fraction; a bloc's together) per
    unit of the lever (1.0 = 100 percentage points) throughout the period. `wrt`: "tariff",
    "export_tax" or "trade_cost". Other arguments as in `path`. It is the impact: buyers have the
    habits of the periods before, and what the lever does later is left out; what is expected moves
    with it. Raises `InputError`, also where an act in force leaks or caps prices, and
    `NotConverged`.
    """
    if wrt not in LEVERS:
        raise InputError(f"{wrt!r} cannot be moved{choose(wrt, LEVERS)}", field="wrt", value=wrt)
    steps = periods(over) if isinstance(over, str) else tuple(over)
    walk = ready(world, acts, steps, assumptions, capital, anticipation, start)
    for k, step in enumerate(steps):
        on_step(f"{step.label}, {k + 1} of {len(steps)}", k, len(steps))
        wedges, ahead = walk.wedges_in(acts, step), walk.ahead_in(acts, step)
        standing = walk.lean(step, wedges, ahead)
        walk.take(step, wedges, ahead)
    if standing.economy.rents is not None:
        raise InputError(
            "no derivatives are taken around an act that leaks or caps prices; leave it out, or "
            "compare two paths",
            field="policy",
        )
    slope = _slope(walk.world, standing, walk.state, wedges, _weights(walk.world, whose), wrt)
    labels = {"sector": world.sectors, **dict.fromkeys(("exporter", "importer"), world.countries)}
    about = {"units": f"fraction of real income per unit of {wrt}; habits given"}
    return xr.DataArray(slope, labels, tuple(labels), attrs=about)


def _weights(world: World, whose: Selector) -> np.ndarray:
    at = pick_countries(whose, world.countries)
    weights = np.zeros(len(world.countries))
    weights[at] = _income(world)[at] / _income(world)[at].sum()
    return weights


def _income(world: World) -> np.ndarray:
    parts = (world.value_added, world.tariff_revenue, world.transfer)
    return np.asarray(sum(part.values for part in parts))


def _slope(
    world: World, standing: Standing, state: Any, wedges: Wedges, weights: np.ndarray, wrt: str
) -> np.ndarray:
    """The gradient in a lever  [s, i, n]; sales at home have none."""
    economy = standing.leaning.economy
    if wrt == "export_tax":
        economy = economy._replace(taxes_exports=jnp.asarray(True))
    pre = search.prepare(world, economy)
    bar = pulls(economy, state, pre, jnp.asarray(_income(world)), jnp.asarray(weights))
    levers = {name: jnp.asarray(np.ascontiguousarray(getattr(wedges, name))) for name in LEVERS}
    before = jnp.asarray(world.tariff.values)
    _, back = jax.vjp(partial(_leaning_kernels, standing, before, levers, wrt), levers[wrt])
    slope = np.array(back(tuple(bar[name] for name in ("K", "K_border", "K_taxed")))[0])
    home = np.arange(len(world.countries))
    slope[:, home, home] = 0.0
    return slope


def _leaning_kernels(
    standing: Standing, before: Any, levers: dict[str, Any], wrt: str, lever: Any
) -> tuple[Any, Any, Any]:
    """The kernels of the period, habits laid to them, at another level of one lever."""
    moved = {**levers, wrt: lever}
    theta = standing.economy.theta[:, None, None]
    kappa = log_trade_cost(before, moved["tariff"], moved["export_tax"], moved["trade_cost"])
    share = standing.economy.K * jnp.exp(theta * standing.kappa)
    made = kernels(share, theta, kappa, moved["tariff"], export_tax_part(moved["export_tax"]))
    economy = standing.economy._replace(**made._asdict())
    _, _, c, habits, speed, ahead, _ = standing
    found = sourcing.lean(economy, kappa, c, habits, speed, ahead).economy
    return found.K, found.K_border, found.K_taxed
