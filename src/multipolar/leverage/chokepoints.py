"""Chokepoints: the sectors and suppliers that carry most of a dependence."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.leverage.cutoff import at_horizons, changes, members, weighted
from multipolar.model import Assumptions
from multipolar.policy import Embargo
from multipolar.world import World
from multipolar.world.labels import Selector

Array = NDArray[np.float64]

SCREENED = 60  # cells solved exactly, the largest of the closed form


def chokepoints(
    world: World,
    target: Selector,
    supplier: Selector = "*",
    assumptions: Assumptions | None = None,
    top: int = SCREENED,
) -> pd.DataFrame:
    """What a country or bloc loses when one supplier withholds one sector, largest first.

    A row for each horizon, `supplier` and `sector`: `loss` (fraction of the target's real income),
    `cost` (million USD a year), `imports` (million USD, tariff included, benchmark), `share` of the
    target's spending on the sector, `rest` (the supplier's own loss). The `top` cells of a closed
    form (final and intermediate use alike) are solved exactly. A sector is as fine as the world's:
    lithography or gallium is not seen.
    """
    if top < 1:
        raise InputError(f"needs at least one cell, not {top}", field="top")
    inside = members(world, target, "target")
    sellers = np.setdiff1d(members(world, supplier, "supplier"), inside)
    if not sellers.size:
        raise InputError("nobody outside the target is left to supply it", field="supplier")
    bought = world.trade.values[:, :, inside].sum(axis=2)
    spent = bought.sum(axis=1, keepdims=True)
    share = bought / np.where(spent > 0, spent, 1.0)
    codes = [world.countries[k] for k in inside]
    rows = []
    for name, assumed in at_horizons(assumptions).items():
        theta = assumed.trade_elasticity(world)
        cells = _largest(spent, share, theta, sellers, top)
        acts = {
            f"{world.countries[i]} {world.sectors[s]}": Embargo(
                world.countries[i], codes, world.sectors[s]
            )
            for s, i in cells
        }
        change, income = changes(world, acts, assumed, throw=False)
        for (s, i), key in zip(cells, acts, strict=True):
            here = change.sel(scenario=key)
            loss, cost = weighted(here, income, inside)
            rows.append(
                {
                    "horizon": name,
                    "supplier": world.countries[i],
                    "sector": world.sectors[s],
                    "loss": loss,
                    "cost": cost,
                    "imports": bought[s, i],
                    "share": share[s, i],
                    "rest": -float(here[i]),
                }
            )
    table = pd.DataFrame(rows).sort_values("loss", ascending=False, kind="stable")
    return table.sort_values("horizon", ascending=False, kind="stable", ignore_index=True)


def _largest(
    spent: Array, share: Array, theta: Array, sellers: NDArray[np.intp], top: int
) -> list[tuple[int, int]]:
    """Cells (sector, seller) by -spent ln(1 - share) / theta, the closed form, largest first."""
    score = np.full(share.shape, -1.0)
    lost = -spent * np.log1p(-np.minimum(share, 1 - 1e-12)) / theta[:, None]
    score[:, sellers] = lost[:, sellers]
    order = np.argsort(-score, axis=None, kind="stable")[:top]
    cells = zip(*np.unravel_index(order, score.shape), strict=True)
    return [(int(s), int(i)) for s, i in cells if score[s, i] > 0]
