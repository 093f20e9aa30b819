"""How buyers slowly change their suppliers: the kernel of trade from one period to the next.

Boehm, Levchenko & Pandalai-Nayar (2023) find trade elasticities that grow from theta_S on impact to
theta_L at a speed. The same path follows from habits: a period's purchases weigh suppliers by
pi exp(h), and the habits B close the share lambda = 1 - exp(-speed dt) of their distance from the
long run in every period (compare Anderson & Yotov 2020, Short Run Gravity, Journal of International
Economics 126, where sellers' marketing capital adjusts partially). The update is implicit: the part
lambda of this period's adjustment takes place in this period, with the elasticity theta =
theta_S + lambda (theta_L - theta_S). An explicit update would oscillate with annual periods.

Index order as in `equilibrium`: [s, i, n] = [sector, exporter, importer]; [s, n].
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from multipolar.model import equilibrium as eq


class Habits(NamedTuple):
    """What buyers carry from one period into the next; zero at the benchmark."""

    B: Array  # [s, i, n] log weight of a supplier beyond the benchmark's
    lost: Array  # [s, n] share of varieties lost to embargoes that buyers have adapted to


class Speed(NamedTuple):
    """How far habits go in one period, and between which elasticities."""

    weight: Any  # [] lambda
    short: Any  # [s] theta_S, on impact
    long: Any  # [s] theta_L


class Ahead(NamedTuple):
    """How what is expected differs from a period's costs; see `anticipation`."""

    cost: Array  # [s, i, n] expected log kappa less that of the period
    lost: Array  # [s, n] expected share of varieties lost, less that of the period


class Leaning(NamedTuple):
    """A period's economy, whose kernels hold the habits."""

    economy: eq.Economy
    h: Array  # [s, i, n] log weight of a supplier in this period
    lost: Array  # [s, n] as in `Habits`, for the next period


def no_habits(economy: eq.Economy) -> Habits:
    """The habits of somebody who has bought as in the benchmark for long."""
    return Habits(jnp.zeros(economy.K.shape), jnp.zeros(economy.X.shape))


@jax.jit
def lean(
    economy: eq.Economy,
    kappa: Array,
    c: Array,
    habits: Habits,
    speed: Speed,
    ahead: Ahead | None = None,
) -> Leaning:
    """The economy of a period: K = pi d exp(h) kappa^-theta, with h = (1 - lambda) B + level.

    `economy` has the kernels without habits; `kappa` is the log change of trade costs [s, i, n],
    `c` the log unit cost [s, i] expected (of the period before). Only the level of h in a market,
    which moves no share, depends on `c`. What is expected beyond the period (`ahead`) leans h
    further, by -lambda (theta_L - theta_S) ahead.
    """
    theta = economy.theta[:, None, None]
    base = economy.K * jnp.exp(theta * kappa)  # pi d
    h, coming = (1 - speed.weight) * habits.B, 0.0
    if ahead is not None:
        h = h - (speed.weight * (speed.long - speed.short))[:, None, None] * ahead.cost
        coming = speed.weight * ahead.lost
    known = (1 - speed.weight) * habits.lost + coming
    level, lost = _level(base, h, h - theta * (kappa + c[:, :, None]), known, speed)
    h = h + level[:, None, :]
    grown = jnp.exp(h)
    kernels = {name: getattr(economy, name) * grown for name in ("K", "K_border", "K_taxed")}
    return Leaning(economy._replace(**kernels), h, lost)


def _level(base: Array, h: Array, score: Array, lost: Array, speed: Speed) -> tuple[Array, Array]:
    """The level that makes the price index of a market gain what CES says  [s, n].

    Let x = ln(share / base). With a constant elasticity T the weights m = (share - base) / x (Sato
    1976, Vartia 1976, Econometrica 44 and 43) give sum m x = v, the share of varieties that
    embargoes take, and hence the exact index ln P = sum m ln(kappa c) / sum m + v / (T sum m). Here
    the elasticity is theta, and the index is the same if sum m h = v (1 - theta / T). T lies
    between theta_S and theta_L: the share of v to which buyers have adapted, `lost` / v, says
    where. `lost` is given without what this period's v adds to it.
    """
    theta = (speed.short + speed.weight * (speed.long - speed.short))[:, None]
    highest = jnp.max(jnp.where(base > 0, score, -jnp.inf), axis=1, keepdims=True)
    highest = jnp.where(jnp.isfinite(highest), highest, 0.0)
    total = (base * jnp.exp(score - highest)).sum(1, keepdims=True)
    x = score - highest - jnp.log(jnp.where(total > 0, total, 1.0))
    near = jnp.abs(x) < 1e-6
    m = base * jnp.where(near, 1 + x / 2, jnp.expm1(x) / jnp.where(near, 1.0, x))
    v = jnp.maximum(1 - base.sum(1), 0.0)
    v = jnp.where(v > 1e-12, v, 0.0)  # rounding
    lost = lost + speed.weight * v
    adapted = jnp.where(v > 0, jnp.minimum(1.0, lost / jnp.where(v > 0, v, 1.0)), 0.0)
    T = speed.short[:, None] + adapted * (speed.long - speed.short)[:, None]
    short_of = v * (1 - theta / T) - (m * h).sum(1)
    weight = m.sum(1)
    return jnp.where(weight > 0, short_of / jnp.where(weight > 0, weight, 1.0), 0.0), lost


@jax.jit
def adapt(leaning: Leaning, kappa: Array, c: Array, price: Array, speed: Speed) -> Habits:
    """The habits after a period: B' = h - lambda (theta_L - theta_S) (ln kappa c - ln P)."""
    further = (speed.weight * (speed.long - speed.short))[:, None, None]
    cheaper = kappa + c[:, :, None] - price[:, None, :]
    return Habits(leaning.h - further * cheaper, leaning.lost)
