"""The preconditioner: how the economy reacts, near a state, to a gap in its conditions.

Costs depend on the country's own inputs, and spending on its own sales: those blocks are inverted
exactly. Wages depend on everything: how each wage moves every market, once costs and spending have
followed, is computed beforehand and inverted. The iteration only has to deal with costs and
spending that depend on one another across borders. The preconditioner only steers the search:
single precision does not change a result, and halves the memory that a pass reads.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from multipolar.model import equilibrium as eq
from multipolar.model.economy import benchmark_kernels
from multipolar.model.nests import Nests, final_demand, input_shares, share_at
from multipolar.world import World
from multipolar.world.per_world import PerWorld

Array = NDArray[np.float64]

FOLLOWING = 12  # rounds in which costs and spending follow a wage; more would save no pass
LOOSE = 1e-6  # of the largest singular value: below, a wage is not pinned down and is left alone


class Preconditioner(NamedTuple):
    """The matrices that turn a plain move into a better step."""

    cost: jax.Array  # [n, s, k] (I - own inputs)^-1
    spending: jax.Array  # [n, k, s] (I - own sales)^-1, in logs
    wage: jax.Array  # [n, m] (I - d wage / d wage)^-1, after costs and spending have followed
    follow: jax.Array  # [m, 2 s n] how costs and spending follow the wage of country m


def precondition(pre: Preconditioner, move: eq.State) -> eq.State:
    """The preconditioned step for a plain move; linear in the move."""
    w = pre.wage @ move.w
    # One flat matrix is fast both forward and transposed.
    follow = jnp.einsum("m...,mk->k...", w.astype(jnp.float32), pre.follow)
    follow = follow.reshape(2, *move.c.shape)
    c, X = _at_home(pre.cost, pre.spending, move)
    return eq.State(w, (c + follow[0]).astype(w.dtype), (X + follow[1]).astype(w.dtype))


# Draws of the elasticities at two horizons ask for up to ten; each takes 4 MB at 80 x 50.
_AT_BENCHMARK: PerWorld[Preconditioner] = PerWorld(keep=12)


def at_benchmark(world: World, economy: eq.Economy) -> Preconditioner:
    """The preconditioner at a world's benchmark, computed once for a set of assumptions.

    Elasticities matter only through their typical ratio to those of the world, rounded to powers of
    two, so that the members of a batch over elasticities share one preconditioner.
    """
    theta, own = np.asarray(economy.theta), world.arrays()["trade_elasticity"]
    typical = np.array_equal(theta, own)
    size = 1.0 if typical else float(2.0 ** np.round(np.median(np.log2(theta / own))))
    psi_sector, psi_country = (
        np.round(np.asarray(psi) * theta / (size * own), 9) if economy.size_matters else 0 * own
        for psi in (economy.psi_sector, economy.psi_country)
    )
    kappa, relief, closure = economy.kappa, economy.relief, bool(np.asarray(economy.d).any())
    profits = bool(np.asarray(economy.profit).any())
    key = (
        size, psi_sector.tobytes(), psi_country.tobytes(), float(kappa), float(relief), closure,
        profits, _key(economy.nests),
    )  # fmt: skip

    def make() -> Preconditioner:
        a = world.arrays()
        untouched: dict[str, Any] = {
            **benchmark_kernels(world)._asdict(),
            "taxes_exports": np.bool_(False),
            "theta": size * own, "psi_sector": psi_sector, "psi_country": psi_country,
            "D": 0 * a["transfer"] if closure else a["transfer"],
            "A": np.ones_like(a["expenditure"]), "L": np.ones_like(a["transfer"]),
            "rents": None, "floor": None,
        }  # fmt: skip
        benchmark = economy._replace(**untouched)
        return at_state(benchmark, eq.start(benchmark))

    return _AT_BENCHMARK.get(world, key, make)


def _key(nests: Nests | None) -> tuple[bytes, ...]:
    return () if nests is None else tuple(np.asarray(r).tobytes() for r in nests)


def at_state(economy: eq.Economy, state: eq.State) -> Preconditioner:
    """The preconditioner at the state that a search has reached."""
    here = Here(economy, state)
    cost, spending = (jnp.asarray(block, jnp.float32) for block in _own_blocks(here))
    if np.any(economy.psi_sector):
        wage, follow = _at_home_only(here, np.asarray(cost), np.asarray(spending))
    else:
        answer, c, X = (np.asarray(part) for part in _answers(economy, state, cost, spending))
        wage = _inverse(np.eye(len(answer)) - answer.T)
        follow = np.stack([c, X], axis=1)
    flat = follow.reshape(len(wage), -1)
    return Preconditioner(cost, spending, jnp.asarray(wage), jnp.asarray(flat, jnp.float32))


def _inverse(free: Array) -> Array:
    """Pseudo-inverse: directions that nothing pins down are left alone; zero if there are NaNs."""
    if not np.isfinite(free).all():
        return np.eye(len(free))
    return np.asarray(np.linalg.pinv(free, rcond=LOOSE), dtype=np.float64)


@jax.jit
def _answers(
    economy: eq.Economy, state: eq.State, cost: jax.Array, spending: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """How one pass changes each wage [m, n] once costs and spending [m, s, n] have followed."""
    _, tangent = jax.linearize(partial(eq.step, economy), state)

    def of(w: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        def follow(_: int, here: eq.State) -> eq.State:
            there = tangent(here)
            c, X = _at_home(cost, spending, jax.tree.map(jnp.subtract, there, here))
            return eq.State(w, here.c + c, here.X + X)

        nowhere = eq.State(w, jnp.zeros_like(state.c), jnp.zeros_like(state.X))
        there = jax.lax.fori_loop(0, FOLLOWING, follow, nowhere)
        return tangent(there).w, there.c, there.X

    return jax.vmap(of)(jnp.eye(state.w.size))


def _at_home(cost: jax.Array, spending: jax.Array, move: eq.State) -> tuple[jax.Array, jax.Array]:
    """Costs and spending after each country's own feedback has fully worked."""
    c = jnp.einsum("nsk,kn...->sn...", cost, move.c.astype(jnp.float32))
    X = jnp.einsum("nks,sn...->kn...", spending, move.X.astype(jnp.float32))
    return c, X


class Here:
    """What the blocks are made of, at a state; index order as in `equilibrium`."""

    def __init__(self, economy: eq.Economy, state: eq.State) -> None:
        purchases, flows = _implied(economy, state)
        shares = _shares(economy, state, flows)
        self.beta, self.alpha, self.G = (np.asarray(share) for share in shares)
        self.theta, self.psi = np.asarray(economy.theta), np.asarray(economy.psi_sector)
        trade, self.Y = np.asarray(purchases), np.asarray(flows.Y)
        self.cost = 1 - np.asarray(economy.profit)[:, None]  # of sales
        self.payroll, X = np.asarray(flows.payroll), trade.sum(axis=1)
        self.bought, self.made = np.where(X > 0, X, 1.0), np.where(self.Y > 0, self.Y, 1.0)
        self.sales = np.einsum("snn->sn", trade)  # at home
        self.home = self.sales / self.bought
        at_home = np.clip(self.sales / self.made, 0.0, 1.0)
        self.exposed = (1 - at_home) + at_home * (1 - self.home)  # to rivals


@jax.jit
def _implied(economy: eq.Economy, state: eq.State) -> tuple[jax.Array, eq.Flows]:
    return eq.purchases(economy, state), eq.flows(economy, state)


@jax.jit
def _shares(
    economy: eq.Economy, state: eq.State, f: eq.Flows
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Shares at these prices: of value added in cost [s, n], in consumption [s, n], of inputs."""
    n, price = economy.nests, f.prices.price
    return (
        share_at(n, economy.beta, state.w, f.bundles.all),
        final_demand(n, economy.alpha, price, f.prices.cpi),
        input_shares(n, economy.G, price, f.bundles.materials),
    )


def _own_blocks(here: Here) -> tuple[Array, Array]:
    """(I - own inputs)^-1 [n, s, k] and (I - own sales)^-1 [n, k, s]."""
    eye, bill = np.eye(len(here.theta)), 1 - here.beta
    own_inputs = np.einsum("sn,nks,kn->nsk", bill, here.G, here.home)
    own_sales = np.einsum(
        "nks,sn,sn,kn->nks", here.G, bill * here.cost, here.sales, 1 / here.bought
    )
    # With scale economies a more expensive sector sells less, is smaller, and so costs even more.
    own_inputs += np.einsum("s,sn,sk->nsk", here.psi * here.theta, here.exposed, eye)
    return _inverses(eye - own_inputs), _inverses(eye - own_sales)


def _inverses(blocks: Array) -> Array:
    """Inverses; pseudo-inverses where a block is singular, as with a scale elasticity of one."""
    try:
        return np.asarray(np.linalg.inv(blocks), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.stack([_inverse(block) for block in blocks])


def _at_home_only(here: Here, cost: Array, spending: Array) -> tuple[Array, Array]:
    """The wage matrix, and what follows [m, 2, s, n], each country by itself.

    For scale economies by sector, where costs and spending drive each other: following them across
    borders would make the steps worse.
    """
    value_added = here.beta * here.Y
    elasticity = (value_added * here.theta[:, None] * here.exposed).sum(0) / value_added.sum(0)
    countries = np.arange(len(elasticity))
    follow = np.zeros((len(countries), 2, *here.beta.shape))
    follow[countries, 0, :, countries] = np.einsum("nsk,kn->ns", cost, here.beta)
    final = here.alpha * here.payroll / here.bought
    follow[countries, 1, :, countries] = np.einsum("nks,sn->nk", spending, final)
    return np.diag(1 / (1 + elasticity)), follow
