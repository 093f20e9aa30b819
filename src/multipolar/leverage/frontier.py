"""The sanctions frontier: what a coalition pays and what a target loses, at the best mix.

The coalition chooses for each sector, the same for all members, a tariff on the target's goods,
how much of these goods to embargo, and how much of its own sales to withhold. It maximises

    W_coalition - weight x W_target,

real income in million USD; `weight` is the dollars that it would give up for a dollar of the
target's loss (de Souza, Hu, Li & Mei 2022, working paper). Gradients are adjoints of the
equilibrium (`model.gradient`), the search is `games.maximise`. The price cap is not one of the
choices: it moves money at given marginal prices, and no derivative is taken of it. Coverage enters
convexly, so an optimum may be only local; the search for each weight starts from the optimum of the
weight before. The case's own policy stays in force.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multipolar import games
from multipolar.errors import InputError, NotConverged
from multipolar.leverage.cutoff import apart, changes, weighted
from multipolar.model import Case
from multipolar.model.gradient import Model, slopes
from multipolar.model.sensitivity import target_weights
from multipolar.policy import Embargo, Policy, Tariff
from multipolar.progress import OnStep, quiet, within
from multipolar.world.labels import Selector

Array = NDArray[np.float64]

WEIGHTS = (0.0, 0.1, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0)
FULLEST = 0.99  # coverage that counts as an embargo: at 1 there is no derivative
HIGHEST_TARIFF = 2.0
STEPS = 80  # steps of the search for each weight
FLAT = 1e-10  # relative rise of the objective at which the search ends
LEVEL = 1e-6  # derivative at which the search ends
ACTIONS = ("tariff", "import_coverage", "export_coverage")


@dataclass(frozen=True)
class Frontier:
    """The frontier and the mix on it.

    `points`: a row for each weight: `weight` (USD per USD), `cost` of the coalition and `loss` of
    the target (million USD a year), `cost_share` and `loss_share` (fractions of real income),
    `slope` (the largest derivative that could still be followed, as a fraction of the target's
    income per unit of an instrument), `evaluations` (how many sanctions were tried).
    `mix`: a row for each `weight` and `sector`: `tariff` (fraction, added to what is there),
    `import_coverage`, `export_coverage` (fractions embargoed and withheld).
    `uniform`: embargoes with the same `coverage` (fraction) in every sector, both ways, with
    `cost`, `loss`, `cost_share`, `loss_share`: the best mix is compared with these.
    """

    points: pd.DataFrame
    mix: pd.DataFrame
    uniform: pd.DataFrame


def frontier(
    case: Case,
    coalition: Selector,
    target: Selector,
    weights: Sequence[float] = WEIGHTS,
    sectors: Selector = "goods",
    *,
    steps: int = STEPS,
    on_step: OnStep = quiet,
) -> Frontier:
    """Trace the frontier: the best sanctions at each weight, from the smallest weight up.

    Raises `InputError` for unknown names, sides that overlap, weights below zero, and a case with
    leakage or price caps; `NotConverged` if a weight has no equilibrium at all.
    """
    game = _Game.of(case, coalition, target, sectors)
    if not len(weights) or not all(np.isfinite(w) and w >= 0 for w in weights):
        raise InputError(
            "weights are dollars per dollar of the target's loss, at least 0", field="weights"
        )
    if steps < 1:
        raise InputError(f"needs at least one step, not {steps}", field="steps", value=steps)
    points, mixes, x = [], [], np.zeros(3 * len(game.sectors))
    for done, weight in enumerate(sorted(weights)):
        on_step("sanctions at each weight", done, len(weights))
        listener = within(on_step, f"weight {weight:g}")
        x, about = _best(game, weight, x, steps, listener)
        points.append({"weight": weight} | game.point(x) | about)
        mix = pd.DataFrame(x.reshape(3, -1).T, columns=list(ACTIONS))
        mix.insert(0, "sector", [case.world.sectors[s] for s in game.sectors])
        mix.insert(0, "weight", weight)
        mixes.append(mix)
    on_step("sanctions at each weight", len(weights), len(weights))
    return Frontier(pd.DataFrame(points), pd.concat(mixes, ignore_index=True), game.uniform())


@dataclass(frozen=True)
class _Game:
    """The two sides and the instruments, as one vector [tariffs, imports, exports]."""

    case: Case
    coalition: Selector
    target: Selector
    sectors: NDArray[np.intp]
    inside: NDArray[np.intp]
    there: NDArray[np.intp]
    gain: Array  # [2, country] incomes of coalition and target, over the target's income

    @classmethod
    def of(cls, case: Case, coalition: Selector, target: Selector, sectors: Selector) -> "_Game":
        sides = apart(case.world, coalition=coalition, target=target)
        inside, there = sides.values()
        world = case.world
        what = world.pick_goods() if sectors == "goods" else world.pick_sectors(sectors)
        income = np.asarray(case.model.fixed.income)
        gain = np.zeros((2, len(income)))
        for row, who in zip(gain, (inside, there), strict=True):
            row[who] = income[who] / income[there].sum()
        return cls(case, coalition, target, np.array(what), inside, there, gain)

    def policy(self, x: Array) -> Policy:
        """The instruments as acts."""
        acts: list[Tariff | Embargo] = []
        for s, tau, buys, sells in zip(self.sectors, *x.reshape(3, -1), strict=True):
            code = self.case.world.sectors[s]
            acts += [
                Tariff(self.coalition, self.target, code, rate=float(tau)),
                Embargo(self.target, self.coalition, code, coverage=float(buys)),
                Embargo(self.coalition, self.target, code, coverage=float(sells)),
            ]
        return Policy(tuple(acts))

    def objective(self, x: Array, weight: float) -> tuple[float, Array]:
        """Objective over the target's income, and gradient; minus infinity without equilibrium."""
        gain = self.gain[0] - weight * self.gain[1]
        there = self.case.plus(self.policy(x))
        try:
            model = there.model
        except NotConverged:
            return -np.inf, np.zeros_like(x)
        pick = target_weights(there.world, ("real_income", there.world.countries[0]))
        weights = pick._replace(real_income=jnp.asarray(gain))
        tau, cost = (
            np.asarray(slopes(model, weights, lever)) for lever in ("tariff", "trade_cost")
        )
        coverage = cost * self._cost_of_coverage(there, model)
        buy = np.ix_(self.sectors, self.there, self.inside)
        sell = np.ix_(self.sectors, self.inside, self.there)
        parts = [slope.sum((1, 2)) for slope in (tau[buy], coverage[buy], coverage[sell])]
        return float(gain @ model.real_income), np.concatenate(parts)

    @staticmethod
    def _cost_of_coverage(there: Case, model: Model) -> Array:
        """The trade cost that acts like a little more coverage [sector, exporter, importer].

        Both enter through K = pi (1 - phi) (1 + cost)^-theta; where K is zero, nothing moves.
        """
        left = 1 - there.policy.wedges(there.world).coverage
        theta = np.asarray(model.levers.trade_elasticity)[:, None, None]
        rise = (1 + np.asarray(model.levers.trade_cost)) / theta
        return np.divide(rise, left, out=np.zeros(left.shape), where=left > 0)

    def point(self, x: Array) -> dict[str, float]:
        """Cost and loss under these instruments, exact."""
        change, income = changes(self.case, {"best": self.policy(x)})
        return self._row(change[0], income)

    def uniform(self) -> pd.DataFrame:
        """Embargoes with the same coverage in all sectors."""
        levels = (0.2, 0.4, 0.6, 0.8, FULLEST)
        zero = np.zeros(len(self.sectors))
        acts = {
            f"{level:g}": self.policy(np.concatenate([zero, zero + level, zero + level]))
            for level in levels
        }
        change, income = changes(self.case, acts)
        rows = [self._row(change[k], income) for k in range(len(levels))]
        table = pd.DataFrame(rows)
        table.insert(0, "coverage", levels)
        return table

    def _row(self, change: xr.DataArray, income: Array) -> dict[str, float]:
        cost_share, cost = weighted(change, income, self.inside)
        loss_share, loss = weighted(change, income, self.there)
        return {"cost": cost, "loss": loss, "cost_share": cost_share, "loss_share": loss_share}


def _best(
    game: _Game, weight: float, start: Array, steps: int, on_step: OnStep
) -> tuple[Array, dict[str, float]]:
    """The best instruments at a weight, searched from a start; with `slope` and `evaluations`."""
    n, tried = len(game.sectors), 0

    def objective(x: Array) -> tuple[float, Array]:
        nonlocal tried
        tried += 1
        on_step("sanctions tried", tried)
        return game.objective(x, weight)

    highest = np.repeat([HIGHEST_TARIFF, FULLEST, FULLEST], n)
    box = games.Box(np.zeros(3 * n), highest, np.ones(3 * n))
    x = games.maximise(objective, start, box, LEVEL, steps=steps, flat=FLAT)
    value, gradient = game.objective(x, weight)
    if not np.isfinite(value):
        raise NotConverged(f"no equilibrium at any sanctions tried for weight {weight:g}")
    slope = float(np.abs(box.uphill(x, gradient)).max())
    return x, {"slope": slope, "evaluations": tried}
