"""Chokepoints: the sectors and suppliers that carry most of a dependence."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.leverage.cutoff import (
    at_horizons,
    changes,
    largest_first,
    members,
    purchases_of,
    weighted,
)
from multipolar.model import Case
from multipolar.policy import Embargo
from multipolar.progress import OnStep, quiet, within
from multipolar.world.labels import Selector

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

SCREENED = 60  # how many cells are solved exactly: the largest ones by the closed form


def chokepoints(
    case: Case,
    target: Selector,
    supplier: Selector = "*",
    top: int = SCREENED,
    *,
    on_step: OnStep = quiet,
) -> pd.DataFrame:
    """What a country or bloc loses when one supplier withholds one sector, largest first.

    A row for each `horizon`, `supplier` and `sector`: `loss` (fraction of the target's real
    income), `cost` (million USD a year), `imports` (million USD a year, tariff included, under the
    case), `share` of the target's spending on the sector, `supplier_loss` (fraction of the
    supplier's own real income), `status` (the numbers are NaN unless it is "converged"). The `top`
    cells of a closed form (for final and intermediate use together) are solved exactly. Sectors are
    those of the world: lithography or gallium cannot be seen. Raises `InputError` for unknown
    names, a target without suppliers and a `top` below one, `NotConverged` where the case has no
    equilibrium.
    """
    world = case.world
    if top < 1:
        raise InputError(f"needs at least one cell, not {top}", field="top")
    inside = members(world, target, "target")
    sellers = np.setdiff1d(members(world, supplier, "supplier"), inside)
    if not sellers.size:
        raise InputError("nobody outside the target is left to supply it", field="supplier")
    rows: list[dict[str, object]] = []
    for horizon, then in at_horizons(case).items():
        found = _withheld(then, inside, sellers, top, within(on_step, horizon))
        rows += [{"horizon": horizon} | row for row in found]
    return largest_first(rows)


def _withheld(
    case: Case, inside: Indices, sellers: Indices, top: int, on_step: OnStep
) -> list[dict[str, object]]:
    """The rows of one horizon."""
    world = case.world
    bought = purchases_of(case)[:, :, inside].sum(axis=2)
    spent = bought.sum(axis=1, keepdims=True)
    share = bought / np.where(spent > 0, spent, 1.0)
    cells = _largest(spent, share, case.assumptions.trade_elasticity(world), sellers, top)
    if not cells:
        raise InputError("the target buys nothing from these suppliers", field="supplier")
    target = [world.countries[k] for k in inside]
    names = [(world.countries[i], world.sectors[s]) for s, i in cells]
    acts = {" ".join(pair): Embargo(pair[0], target, pair[1]) for pair in names}
    change, income = changes(case, acts, throw=False, on_step=on_step)
    rows: list[dict[str, object]] = []
    for (s, i), (supplier, sector), here in zip(cells, names, change, strict=True):
        loss, cost = weighted(here, income, inside)
        rows.append(
            {
                "supplier": supplier,
                "sector": sector,
                "loss": loss,
                "cost": cost,
                "imports": bought[s, i],
                "share": share[s, i],
                "supplier_loss": -float(here[i]),
                "status": str(here["status"].item()),
            }
        )
    return rows


def _largest(
    spent: Array, share: Array, theta: Array, sellers: Indices, top: int
) -> list[tuple[int, int]]:
    """Cells (sector, seller) by -spent ln(1 - share) / theta, the closed form, largest first."""
    score = np.full(share.shape, -1.0)
    lost = -spent * np.log1p(-np.minimum(share, 1 - 1e-12)) / theta[:, None]
    score[:, sellers] = lost[:, sellers]
    order = np.argsort(-score, axis=None, kind="stable")[:top]
    cells = zip(*np.unravel_index(order, score.shape), strict=True)
    return [(int(s), int(i)) for s, i in cells if score[s, i] > 0]
