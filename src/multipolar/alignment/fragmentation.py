"""A world that falls apart into blocs: costs or embargoes between them, and what trade does then.

A wall between the West and China's side is stated by how much less the two would trade at given
prices; what they trade in equilibrium is less or more, and `gravity` measures it as the literature
does. Economies in between are behind no wall.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar.alignment.blocs import EAST, WEST
from multipolar.errors import InputError
from multipolar.model import Case, solve_many
from multipolar.policy import Embargo, Instrument, Policy
from multipolar.policy.costs import TradeCosts
from multipolar.progress import OnStep, quiet
from multipolar.world import World
from multipolar.world.labels import Selector

Array = NDArray[np.float64]
PASSES, CLOSE = 10_000, 1e-12


def apart(world: World, sides: pd.Series) -> NDArray[np.bool_]:
    """Whether one of a pair [exporter, importer] is West and the other on China's side."""
    side = sides.reindex(world.countries).to_numpy(object)
    west, east = side == WEST, side == EAST
    found: NDArray[np.bool_] = west[:, None] & east[None] | east[:, None] & west[None]
    return found


def wall(
    case: Case, sides: pd.Series, fall: float, sectors: Selector = "goods"
) -> Instrument | Policy:
    """Acts that make trade between the blocs fall by a share `fall` at given prices.

    Below 1 it is an iceberg cost of (1 - fall)^(-1/theta) - 1 by sector, with the trade elasticity
    theta of the case (Gopinath and others 2024: 12 %); 1 is an embargo. `sides`: country -> bloc.
    Raises `InputError` for a fall outside 0 to 1, or if a bloc has no member in the world.
    """
    if not 0 <= fall <= 1:
        raise InputError(f"{fall:g} is no share; write 0.12 for 12 %", field="falls", value=fall)
    world = case.world
    between = apart(world, sides)
    if not between.any():
        raise InputError("a bloc has no member in this world", field="rule")
    if fall == 1:
        west, east = ([c for c in world.countries if sides.get(c) == side] for side in (WEST, EAST))
        return Embargo(west, east, sectors) + Embargo(east, west, sectors)
    theta = case.assumptions.trade_elasticity(world)
    chosen = np.zeros(len(world.sectors), dtype=bool)
    chosen[world.pick_goods() if sectors == "goods" else world.pick_sectors(sectors)] = True
    cost = np.where(chosen, (1 - fall) ** (-1 / theta) - 1, np.nan)
    levels = np.where(between[None], cost[:, None, None], np.nan)
    return TradeCosts(levels, source=f"a wall between blocs ({100 * fall:g} %)")


def gravity(before: Array, after: Array, groups: Sequence[NDArray[np.bool_]]) -> Array:
    """Gravity coefficients of groups of pairs: how trade moved relative to all other pairs.

    `before`, `after`: flows [exporter, importer], the diagonal is left out; `groups`: disjoint
    masks. Poisson pseudo-maximum likelihood of `after` with `before` as exposure and effects of
    exporters and importers (Santos Silva & Tenreyro 2006): its conditions say that fitted flows add
    up to the true ones for every exporter, importer and group, which scaling in turn solves.
    Raises `InputError` where it does not settle.
    """
    foreign = ~np.eye(len(before), dtype=bool)
    fitted, true = np.where(foreign, before, 0.0), np.where(foreign, after, 0.0)
    found = np.zeros(len(groups))

    def factor(target: Array, given: Array) -> Array:
        return np.where(given > 0, target / np.where(given > 0, given, 1.0), 1.0)

    for _ in range(PASSES):
        start = found.copy()
        fitted = fitted * factor(true.sum(axis=1), fitted.sum(axis=1))[:, None]
        fitted = fitted * factor(true.sum(axis=0), fitted.sum(axis=0))[None]
        for k, group in enumerate(groups):
            ratio = float(factor(true[group].sum(), fitted[group].sum()))
            fitted, found[k] = np.where(group, ratio * fitted, fitted), found[k] + np.log(ratio)
        if np.abs(found - start).max(initial=0.0) < CLOSE:
            return found
    raise InputError("the gravity coefficients do not settle", field="groups")


def goods_flows(world: World, trade: Array, tariff: Array) -> Array:
    """Goods trade [exporter, importer] before tariffs, from flows [s, i, n], million USD."""
    at = world.pick_goods()
    flows: Array = (trade[at] / (1 + tariff[at])).sum(axis=0)
    return flows


def fragment(
    case: Case,
    sides: pd.Series,
    falls: Sequence[float],
    sectors: Selector = "goods",
    *,
    on_step: OnStep = quiet,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Walls of each severity, on top of the case: incomes [country, fall], and a summary by fall.

    Incomes are fractions relative to the case. The summary: status; world, West, China's side and
    others (means weighted by value added); west_median, east_median; gravity, the coefficient of
    pairs between the blocs relative to pairs within one, with pairs of others apart (NaN for an
    embargo, where nothing is left). A fall without equilibrium has NaN and says why in its status.
    """
    world = case.world
    between = apart(world, sides)
    known = sides.reindex(world.countries).isin([WEST, EAST]).to_numpy()
    others = ~(known[:, None] & known[None])
    policies = {str(f): case.policy + wall(case, sides, f, sectors) for f in falls}
    found = solve_many(
        world, policies, case.assumptions, variables=("real_income", "trade", "tariff"),
        on_step=on_step,
    )  # fmt: skip
    base = case.outcome
    start = goods_flows(world, base.values["trade"], base.values["tariff"])
    incomes = pd.DataFrame(
        (1 + found["real_income"].to_numpy().T) / (1 + base.real_income.to_numpy()[:, None]) - 1,
        pd.Index(world.countries, name="country"),
        pd.Index(list(falls), name="fall"),
    )
    rows = []
    for k, fall in enumerate(falls):
        status = str(found["status"].to_numpy()[k])
        coefficient = np.nan
        if status == "converged" and fall < 1:
            trade, tariff = (found[name].to_numpy()[k] for name in ("trade", "tariff"))
            flows = goods_flows(world, trade, tariff)
            coefficient = gravity(start, flows, (between, others))[0]
        rows.append({"fall": fall, "status": status, "gravity": coefficient})
    summary = pd.DataFrame(rows).set_index("fall")
    return incomes, summary.join(_by_bloc(incomes, world, sides))


def _by_bloc(incomes: pd.DataFrame, world: World, sides: pd.Series) -> pd.DataFrame:
    """Means by value added, and medians, of incomes [country, fall] by bloc."""
    size = world.value_added.to_numpy()
    side = sides.reindex(world.countries).to_numpy(object)
    groups = {
        "world": np.ones(len(side), dtype=bool), "west": side == WEST, "east": side == EAST,
        "others": (side != WEST) & (side != EAST),
    }  # fmt: skip
    values = incomes.to_numpy()
    means = {
        name: np.average(values[at], axis=0, weights=size[at]) if at.any() else np.nan
        for name, at in groups.items()
    }
    medians = {
        f"{name}_median": np.median(values[groups[name]], axis=0) for name in ("west", "east")
    }
    return pd.DataFrame(means | medians, incomes.columns)
