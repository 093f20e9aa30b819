"""The sanctions frontier: what a coalition pays for what a target loses, at the best mix.

The coalition chooses, sector by sector and alike for all members, a tariff on the target's goods,
how much of them to embargo, and how much of its own sales to withhold, so as to maximise

    W_coalition - weight x W_target,

real income in million USD; `weight` is the dollars that it would give for a dollar of the target's
loss (de Souza, Hu, Li & Mei 2022, working paper). Gradients are adjoints of the equilibrium
(`model.gradient`), the search is L-BFGS-B. The price cap is no choice here: it moves money at given
marginal prices, and no derivative is taken of it. Coverage enters convexly, so an optimum can be a
local one; each weight starts from the one before.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from scipy.optimize import minimize

from multipolar.errors import InputError, NotConverged
from multipolar.leverage.cutoff import changes, members, say, weighted
from multipolar.model import Assumptions, differentiable
from multipolar.model.gradient import slopes
from multipolar.model.sensitivity import target_weights
from multipolar.policy import Embargo, Policy, Tariff
from multipolar.world import World
from multipolar.world.labels import Selector

Array = NDArray[np.float64]

WEIGHTS = (0.0, 0.1, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0)
FULLEST = 0.99  # coverage that counts as an embargo: at 1 nothing is left to derive
HIGHEST_TARIFF = 2.0
STEPS = 80  # of the search, for each weight
ACTIONS = ("tariff", "imports embargoed", "exports withheld")


@dataclass(frozen=True)
class Frontier:
    """The frontier and the mix on it.

    `points`: a row for each weight: `weight`, `cost` and `loss` (million USD a year), `cost_share`
    and `loss_share` (fractions of real income), `slope` (the largest entry of the projected
    gradient, million USD per unit of an instrument, over the target's income), `steps`.
    `mix`: a row for each weight and sector, a column for each action (fractions).
    `uniform`: embargoes of every sector alike, both ways, by `coverage`: what mixing is held
    against.
    """

    points: pd.DataFrame
    mix: pd.DataFrame
    uniform: pd.DataFrame


def frontier(
    world: World,
    coalition: Selector,
    target: Selector,
    assumptions: Assumptions | None = None,
    weights: Sequence[float] = WEIGHTS,
    *,
    sectors: Selector = "goods",
    steps: int = STEPS,
    progress: bool = True,
) -> Frontier:
    """Trace the frontier: the best sanctions at each weight, from the mildest up.

    Raises `InputError` for unknown names, sides that overlap and weights below zero, and
    `NotConverged` if a weight has no equilibrium at all.
    """
    game = _Game.of(world, coalition, target, sectors, assumptions or Assumptions())
    if not weights or min(weights) < 0:
        raise InputError("weights are dollars per dollar, at least 0", field="weights")
    console = Console(stderr=True)
    show = progress and sys.stderr.isatty()
    points, mixes, x = [], [], np.zeros(3 * len(game.sectors))
    with Progress(transient=True, console=console, disable=not show) as bar:
        task = bar.add_task("sanctions at each weight", total=len(weights))
        for weight in sorted(weights):
            best = _best(game, weight, x, steps)
            x = best.x
            found = {"slope": best.slope, "steps": best.steps}
            points.append({"weight": weight} | game.point(x) | found)
            table = pd.DataFrame(x.reshape(3, -1).T, columns=list(ACTIONS))
            table.insert(0, "sector", [world.sectors[s] for s in game.sectors])
            table.insert(0, "weight", weight)
            mixes.append(table)
            bar.advance(task)
    return Frontier(pd.DataFrame(points), pd.concat(mixes, ignore_index=True), game.uniform())


@dataclass(frozen=True)
class _Best:
    x: Array
    slope: float
    steps: int


@dataclass(frozen=True)
class _Game:
    """Who sanctions whom with what; instruments as one vector [tariffs, imports, exports]."""

    world: World
    coalition: Selector
    target: Selector
    sectors: NDArray[np.intp]
    assumptions: Assumptions
    inside: NDArray[np.intp]
    there: NDArray[np.intp]
    income: Array

    @classmethod
    def of(
        cls,
        world: World,
        coalition: Selector,
        target: Selector,
        sectors: Selector,
        assumptions: Assumptions,
    ) -> "_Game":
        inside, there = members(world, coalition, "coalition"), members(world, target, "target")
        if np.intersect1d(inside, there).size:
            raise InputError(
                f"{say(coalition)} and {say(target)} overlap; name two sides apart", field="target"
            )
        what = world.pick_goods() if sectors == "goods" else world.pick_sectors(sectors)
        _, income = changes(world, {}, assumptions)
        return cls(world, coalition, target, np.array(what), assumptions, inside, there, income)

    def policy(self, x: Array) -> Policy:
        """The instruments as acts."""
        acts: list[Tariff | Embargo] = []
        for s, tau, buys, sells in zip(self.sectors, *x.reshape(3, -1), strict=True):
            code = self.world.sectors[s]
            acts += [
                Tariff(self.coalition, self.target, code, rate=float(tau)),
                Embargo(self.target, self.coalition, code, coverage=float(buys)),
                Embargo(self.coalition, self.target, code, coverage=float(sells)),
            ]
        return Policy(tuple(acts))

    def objective(self, x: Array, weight: float) -> tuple[float, Array]:
        """Minus the objective over the target's income, and its gradient."""
        scale = float(self.income[self.there].sum())
        gain = np.zeros(len(self.income))
        gain[self.inside] = self.income[self.inside] / scale
        gain[self.there] = -weight * self.income[self.there] / scale
        try:
            model = differentiable(self.world, self.policy(x), self.assumptions)
        except (InputError, NotConverged):
            return np.inf, np.zeros_like(x)
        pick = target_weights(self.world, ("real_income", self.world.countries[0]))
        weights = pick._replace(real_income=jnp.asarray(gain))
        tau, cost = (
            np.asarray(slopes(model, weights, lever)) for lever in ("tariff", "trade_cost")
        )
        theta = self.assumptions.trade_elasticity(self.world)[self.sectors]
        buy = np.ix_(self.sectors, self.there, self.inside)
        sell = np.ix_(self.sectors, self.inside, self.there)
        _, phi_buy, phi_sell = x.reshape(3, -1)
        # Coverage and cost both enter through K = pi (1 - phi) (1 + cost)^-theta.
        parts = (
            tau[buy].sum((1, 2)),
            cost[buy].sum((1, 2)) / theta / (1 - phi_buy),
            cost[sell].sum((1, 2)) / theta / (1 - phi_sell),
        )
        return -float(gain @ model.real_income), -np.concatenate(parts)

    def point(self, x: Array) -> dict[str, float]:
        """Cost and loss of the instruments, exact."""
        change, income = changes(self.world, {"best": self.policy(x)}, self.assumptions)
        return self._row(change[0], income)

    def uniform(self) -> pd.DataFrame:
        """Embargoes of all sectors alike, by coverage."""
        levels = (0.2, 0.4, 0.6, 0.8, FULLEST)
        zero = np.zeros(len(self.sectors))
        acts = {
            f"{level:g}": self.policy(np.concatenate([zero, zero + level, zero + level]))
            for level in levels
        }
        change, income = changes(self.world, acts, self.assumptions)
        rows = [self._row(change[k], income) for k in range(len(levels))]
        table = pd.DataFrame(rows)
        table.insert(0, "coverage", levels)
        return table

    def _row(self, change: xr.DataArray, income: Array) -> dict[str, float]:
        cost_share, cost = weighted(change, income, self.inside)
        loss_share, loss = weighted(change, income, self.there)
        return {"cost": cost, "loss": loss, "cost_share": cost_share, "loss_share": loss_share}


def _best(game: _Game, weight: float, start: Array, steps: int) -> _Best:
    """The best instruments at a weight, from a start."""
    n = len(game.sectors)
    highest = np.repeat([HIGHEST_TARIFF, FULLEST, FULLEST], n)
    found = minimize(
        game.objective,
        start,
        args=(weight,),
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(np.zeros(3 * n), highest, strict=True)),
        options={"maxiter": steps, "maxcor": 20, "ftol": 1e-10, "gtol": 1e-6},
    )
    if not np.isfinite(found.fun):
        raise NotConverged(f"no equilibrium at any sanctions tried for weight {weight:g}")
    slope = np.where(
        ((found.x <= 0) & (found.jac > 0)) | ((found.x >= highest) & (found.jac < 0)), 0, found.jac
    )
    return _Best(found.x, float(np.abs(slope).max()), int(found.nit))
