"""Derivatives of the equilibrium: the fixed point made differentiable, and its gradient.

At v* = step(v*, levers) the implicit function theorem gives dv* = (I - J)^-1 (d step / d levers)
dlevers. The iteration is never stored: forward mode solves with I - J, reverse mode with its
transpose, both by the same accelerated, preconditioned iteration that found v*.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from multipolar.errors import InputError, NotConverged
from multipolar.model import equilibrium as eq
from multipolar.model import search
from multipolar.model.assumptions import Assumptions
from multipolar.model.economy import (
    Kernels,
    export_tax_part,
    kernels,
    log_trade_cost,
    replaced,
)
from multipolar.model.search import preconditioner
from multipolar.model.search.acceleration import solve_fixed_point
from multipolar.model.search.preconditioner import Preconditioner, precondition
from multipolar.model.solve import MAX_ITERATIONS, solve_state
from multipolar.policy import Instrument, Policy
from multipolar.world import World

ACCEPTED = 1e-9  # residual of the conditions at which a state counts as an equilibrium
ACCURACY = 1e-10  # relative accuracy of the linear solves
TOLERANCE = 1e-13  # of the equilibrium at which derivatives are taken: optima are flat


class Levers(NamedTuple):
    """What can be moved, as levels after the policy; index order as in `wedges.Wedges`.

    With fixed firms an elasticity moves only trade, not the markup.
    """

    tariff: Array  # [s, i, n] ad valorem
    export_tax: Array  # [s, i, n] ad valorem
    trade_cost: Array  # [s, i, n] iceberg cost added
    productivity: Array  # [s, n] change
    trade_elasticity: Array  # [s]


class Response(NamedTuple):
    """What the levers change: changes as fractions, flows in million USD; as in `Outcome`."""

    real_income: Array  # [n]
    sector_income: Array  # [s, n] sector's real income over the country's at the benchmark
    price_index: Array  # [n]
    wage: Array  # [n]
    price: Array  # [s, n]
    output: Array  # [s, n]
    tariff_revenue: Array  # [n]
    exports: Array  # [n]
    imports: Array  # [n]
    trade: Array  # [s, i, n]


class _Fixed(NamedTuple):
    """What the levers do not change."""

    economy: eq.Economy
    share: Array  # [s, i, n] benchmark pi (1 - phi)
    tariff: Array  # [s, i, n] benchmark tariff
    income: Array  # [n] benchmark income
    state: eq.State  # the equilibrium at the policy: where the search starts
    pre: Preconditioner


@dataclass(frozen=True)
class Model:
    """The equilibrium as a differentiable function of levers.

    ``jax.grad(lambda levers: model.respond(levers).real_income[us])(model.levers)`` is the
    gradient at the policy; `jax.jvp` gives one direction; `respond` also solves at other levers.
    """

    levers: Levers
    fixed: _Fixed
    taxes_exports: bool  # whether the policy taxes exports
    real_income: np.ndarray  # [n] change at the policy, fraction

    def respond(self, levers: Levers) -> Response:
        """Solve at other levers; differentiable in both modes, and usable under `jax.jit`."""
        return _respond(levers, self.fixed)

    def at_tariffs(self, cells: NDArray[np.intp], rates: NDArray[np.float64]) -> "Model":
        """The model with other tariffs [c] in some cells (flat, as in `wedges.Wedges.touched`).

        The search begins at this model's equilibrium. Raises `NotConverged`.
        """
        economy = self._economy_at(cells, rates)
        end = search.run(economy, self.fixed.pre, self.fixed.state, TOLERANCE, MAX_ITERATIONS)
        if not float(end.residual) <= ACCEPTED:
            raise NotConverged(f"conditions still fail by {float(end.residual):.1e}")
        levers = self.levers._replace(tariff=replaced(self.levers.tariff, cells, rates))
        fixed = self.fixed._replace(economy=economy, state=end.state)
        change = income_change(np.asarray(fixed.income), end.flows)
        return Model(levers, fixed, self.taxes_exports, change)

    @property
    def kernels(self) -> Kernels:
        """The kernels at these levers."""
        economy = self.fixed.economy
        return Kernels(economy.K, economy.K_border, economy.K_taxed)

    def kernels_at(self, cells: NDArray[np.intp], rates: NDArray[np.float64]) -> Kernels:
        """The kernels in some cells (flat) at other tariffs there  [c]."""
        old, x = (
            np.asarray(lever).ravel()[cells]
            for lever in (self.levers.tariff, self.levers.export_tax)
        )
        economy, sector = self.fixed.economy, cells // self.fixed.income.size**2
        theta = np.asarray(self.levers.trade_elasticity)[sector]
        share = np.asarray(economy.K).ravel()[cells]  # at the old tariff
        rise = log_trade_cost(old, rates, 0.0, 0.0)
        new = kernels(share, theta, rise, rates, export_tax_part(x))
        return new if self.taxes_exports else new._replace(K_taxed=np.zeros(cells.size))

    def _economy_at(self, cells: NDArray[np.intp], rates: NDArray[np.float64]) -> eq.Economy:
        economy = self.fixed.economy
        moved: dict[str, Any] = {
            name: replaced(getattr(economy, name), cells, kernel)
            for name, kernel in self.kernels_at(cells, rates)._asdict().items()
            if name != "K_taxed" or self.taxes_exports
        }
        return economy._replace(**moved)

    def found(self) -> Response:
        """The response at these levers."""
        return _found(self.fixed)


def income_change(before: NDArray[np.float64], flows: eq.Flows) -> NDArray[np.float64]:
    """Change of real income [n] that flows imply, fraction; `before`: the benchmark's income."""
    change = np.asarray(flows.income) / before / np.exp(np.asarray(flows.prices.cpi)) - 1
    return np.asarray(change)


def differentiable(
    world: World,
    policy: Policy | Instrument | None = None,
    assumptions: Assumptions | None = None,
) -> Model:
    """The model around a policy as a differentiable function.

    Raises `InputError` and `NotConverged` as `solve` does.
    """
    policy = policy if policy is not None else Policy()
    solved = solve_state(world, policy, assumptions or Assumptions(), TOLERANCE, MAX_ITERATIONS)
    if not solved.converged:
        raise NotConverged(solved.status)
    wedges, economy = solved.wedges, solved.found.economy
    if economy.rents is not None:
        raise InputError(
            "no derivatives are taken around a policy that leaks or caps prices; leave these acts "
            "out, or compare two solves",
            field="policy",
        )
    levers = Levers(
        tariff=jnp.asarray(wedges.tariff),
        export_tax=jnp.asarray(np.ascontiguousarray(wedges.export_tax)),
        trade_cost=jnp.asarray(np.ascontiguousarray(wedges.trade_cost)),
        productivity=jnp.asarray(np.ascontiguousarray(wedges.productivity)),
        trade_elasticity=jnp.asarray(economy.theta),
    )
    fixed = _Fixed(
        economy=economy._replace(taxes_exports=jnp.asarray(True)),
        share=jnp.asarray(solved.world.expenditure_share.values * (1 - wedges.coverage)),
        tariff=jnp.asarray(solved.world.tariff.values),
        income=jnp.asarray(solved.quantities().income_before),
        state=solved.found.state,
        pre=preconditioner.at_benchmark(solved.world, economy),
    )
    taxes_exports = bool(wedges.export_tax.any())
    return Model(levers, fixed, taxes_exports, solved.quantities().real_income)


def _economy(levers: Levers, fixed: _Fixed) -> eq.Economy:
    """The economy at some levers, differentiable in them."""
    theta = levers.trade_elasticity
    new = kernels(
        fixed.share,
        theta[:, None, None],
        _log_kappa(levers, fixed),
        levers.tariff,
        export_tax_part(levers.export_tax),
    )
    scale = fixed.economy.theta / theta  # scale economies are stated as a share of 1 / theta
    return fixed.economy._replace(
        **new._asdict(),
        theta=theta,
        A=1 + levers.productivity,
        psi_sector=fixed.economy.psi_sector * scale,
        psi_country=fixed.economy.psi_country * scale,
    )


def _log_kappa(levers: Levers, fixed: _Fixed) -> Array:
    """Log of the change in trade costs [s, i, n]."""
    kappa: Array = log_trade_cost(fixed.tariff, levers.tariff, levers.export_tax, levers.trade_cost)
    return kappa


def _equilibrium(economy: eq.Economy, fixed: _Fixed) -> eq.State:
    """The fixed point, differentiable in the economy."""
    pack, unpack = search.packing(fixed.state)

    def excess(v: Array) -> Array:
        return pack(eq.step(economy, unpack(v))) - v

    def find(_: Callable[[Array], Array], start: Array) -> Array:
        end = search.run(economy, fixed.pre, unpack(start), TOLERANCE, MAX_ITERATIONS)
        return pack(end.state)

    def blocks(v: Array) -> Array:
        return pack(precondition(fixed.pre, unpack(v)))

    transposed = _transposed_blocks(fixed.pre, pack, unpack)

    def tangent(linear: Callable[[Array], Array], y: Array) -> Array:
        return jax.lax.custom_linear_solve(
            linear,
            y,
            solve=partial(_linear_solve, blocks),
            transpose_solve=partial(_linear_solve, transposed),
        )

    start = jax.lax.stop_gradient(pack(fixed.state))
    return unpack(jax.lax.custom_root(excess, start, find, tangent))


def _transposed_blocks(
    pre: Preconditioner, pack: Callable[[eq.State], Array], unpack: Callable[[Array], eq.State]
) -> Callable[[Array], Array]:
    def transposed(v: Array) -> Array:
        return jax.linear_transpose(lambda u: pack(precondition(pre, unpack(u))), v)(v)[0]

    return transposed


def _linear_solve(
    blocks: Callable[[Array], Array], matvec: Callable[[Array], Array], y: Array
) -> Array:
    """Solve matvec(x) = y, matvec being J - I or its transpose, by the preconditioned iteration."""
    size = jnp.maximum(jnp.abs(y).max(), 1e-300)

    def gap(x: Array) -> tuple[Array, Array]:
        move = matvec(x) - 1e-3 * y / size  # scaled down, so that no step is cut short
        return blocks(move), 1e3 * jnp.abs(move).max()

    result = solve_fixed_point(gap, jnp.zeros_like(y), ACCURACY, MAX_ITERATIONS)
    return 1e3 * size * result.point


@jax.jit
def _found(fixed: _Fixed) -> Response:
    return _response(fixed.economy, fixed.state, fixed)


@jax.jit  # so that a derivative taken again compiles nothing again
def _respond(levers: Levers, fixed: _Fixed) -> Response:
    economy = _economy(levers, fixed)
    return _response(economy, _equilibrium(economy, fixed), fixed)


def _response(economy: eq.Economy, state: eq.State, fixed: _Fixed) -> Response:
    f = eq.flows(economy, state)
    deflator = fixed.income * jnp.exp(f.prices.cpi)
    # Revenue and transfers are shared among sectors like labour income (Ossa 2014).
    paid = eq.payrolls(economy, state.w, f.bundles, f.Y)
    shared = paid * (f.income - f.profits) / paid.sum(0)
    return Response(
        real_income=f.income / deflator - 1,
        sector_income=(shared + economy.profit[:, None] * f.Y) / deflator,
        price_index=jnp.expm1(f.prices.cpi),
        wage=jnp.expm1(state.w),
        price=jnp.expm1(f.prices.price),
        output=f.Y,
        tariff_revenue=f.R,
        exports=f.exports,
        imports=f.imports,
        trade=eq.purchases(economy, state),
    )


# --- the gradient at the solved policy ---------------------------------------------------------

MOVED = ("K", "K_border", "K_taxed", "theta", "A", "psi_sector", "psi_country")


@partial(jax.jit, static_argnames="wrt")
def _gradient(levers: Levers, fixed: _Fixed, weights: Response, wrt: str) -> Array:
    """Gradient of a weighted sum of responses in one kind of lever, at the solved policy."""
    moved: dict[str, Any] = {name: getattr(fixed.economy, name) for name in MOVED}

    def value(economy: eq.Economy, state: eq.State) -> Array:
        found = _response(economy, state, fixed)
        parts = [jnp.vdot(a, b) for a, b in zip(weights, found, strict=True) if a is not None]
        return sum(parts, start=jnp.zeros(()))

    bar = _total_gradient(value, fixed.economy, moved, fixed.state, fixed.pre)
    return _chain(levers, fixed, bar, wrt)


def _total_gradient(
    value: Callable[[eq.Economy, eq.State], Array],
    economy: eq.Economy,
    moved: dict[str, Any],
    state: eq.State,
    pre: Preconditioner,
) -> dict[str, Any]:
    """The gradient of a value in some arrays of an economy, at its equilibrium, which follows.

    The derivative of L = value(economy, state) + mu' [step(economy, state) - state], with the
    multipliers mu at which L does not move with the state: (I - J') mu = dvalue / dstate.
    """
    pack, unpack = search.packing(state)
    v = pack(state)

    def worth(moved: dict[str, Any], v: Array) -> Array:
        return value(economy._replace(**moved), unpack(v))

    def excess(moved: dict[str, Any], v: Array) -> Array:
        return pack(eq.step(economy._replace(**moved), unpack(v))) - v

    wanted, back = jax.grad(worth, argnums=1)(moved, v), jax.vjp(partial(excess, moved), v)[1]
    blocks = _transposed_blocks(pre, pack, unpack)
    mu = _linear_solve(blocks, lambda x: back(x)[0], -wanted)
    bar: dict[str, Any] = jax.grad(lambda m: worth(m, v) + jnp.vdot(mu, excess(m, v)))(moved)
    return bar


PULLED = ("K", "K_border", "K_taxed", "A", "L", "D")


@jax.jit
def pulls(
    economy: eq.Economy, state: eq.State, pre: Preconditioner, income: Array, weights: Array
) -> dict[str, Any]:
    """The gradient of sum_n weights_n (real income of n) in all arrays that a policy moves.

    At an equilibrium, which follows; `income` is the benchmark's [n]. Arrays as in `eq.Economy`,
    with its rents if it has any.
    """
    moved: dict[str, Any] = {name: getattr(economy, name) for name in PULLED}
    if economy.rents is not None:
        moved["rents"] = economy.rents

    def value(economy: eq.Economy, state: eq.State) -> Array:
        f = eq.flows(economy, state)
        return weights @ (f.income / income / jnp.exp(f.prices.cpi))

    return _total_gradient(value, economy, moved, state, pre)


def _chain(levers: Levers, fixed: _Fixed, bar: dict[str, Array], wrt: str) -> Array:
    """From derivatives in the economy's arrays to those in a lever; the kernels' part by hand."""
    e, theta = fixed.economy, levers.trade_elasticity
    if wrt == "productivity":
        return bar["A"]
    border = e.K_border * bar["K_border"] + e.K_taxed * bar["K_taxed"]
    kernel = e.K * bar["K"] + border  # - d value / d log kappa, per unit of theta
    pull = theta[:, None, None] * kernel
    if wrt == "tariff":
        return -(pull + border) / (1 + levers.tariff)
    if wrt == "trade_cost":
        return -pull / (1 + levers.trade_cost)
    if wrt == "export_tax":
        x = 1 + levers.export_tax
        return (e.K_border * bar["K_taxed"] / x - pull) / x
    scale = (e.psi_sector * bar["psi_sector"] + e.psi_country * bar["psi_country"]) / theta
    return bar["theta"] - scale - (_log_kappa(levers, fixed) * kernel).sum((1, 2))


def slopes(model: Model, weights: Response, wrt: str) -> Array:
    """Gradient of a weighted sum of responses in one kind of lever, at the model's policy.

    `weights` are made by `target_weights`; `wrt` is a field of `Levers`. Shaped like that lever.
    """
    taxed = jnp.asarray(model.taxes_exports or wrt == "export_tax")
    economy = model.fixed.economy._replace(taxes_exports=taxed)
    return _gradient(model.levers, model.fixed._replace(economy=economy), weights, wrt)
