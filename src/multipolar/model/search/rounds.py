"""The search for an equilibrium: the preconditioned fixed point, in rounds, and in parts."""

from collections.abc import Callable
from threading import Lock
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from multipolar.model import equilibrium as eq
from multipolar.model.economy import benchmark_kernels
from multipolar.model.search import preconditioner
from multipolar.model.search.acceleration import Gap, solve_fixed_point
from multipolar.model.search.preconditioner import Preconditioner, precondition
from multipolar.world import World

Array = NDArray[np.float64]

ROUND = 150  # passes before the preconditioner is computed again, at the current state
MARGIN = 0.9  # the iteration aims a little below the tolerance; the conditions decide
SHORTEST_STRIDE = 1 / 64  # smallest share of the policy that is added at a time
SHAPES = 6  # number of kinds of economy (world size, rents, nests, floors) kept compiled
SMALLEST = 1e-15  # rounding allows no smaller tolerance


class Found(NamedTuple):
    """Where a search ended."""

    economy: eq.Economy
    state: eq.State
    flows: eq.Flows
    residual: float  # largest relative failure of the conditions
    passes: int


class Round(NamedTuple):
    """Where a round of passes ended."""

    state: eq.State
    flows: eq.Flows  # implied by the state
    residual: jax.Array  # [] of the conditions
    passes: jax.Array  # []


def find(
    world: World,
    economy: eq.Economy,
    pre: Preconditioner,
    tolerance: float,
    max_iterations: int,
    start: eq.State | None = None,
) -> Found:
    """Search from `start` (default: the benchmark); if that fails, add the policy part by part.

    `pre` is what `prepare` returned. The residual is that of the equilibrium conditions.
    """
    state = _start(economy) if start is None else start
    found = _search(economy, pre, state, tolerance, max_iterations)
    if found.residual <= tolerance or found.passes >= max_iterations:
        return found
    return _walk(world, found, pre, tolerance, max_iterations)


def _search(
    economy: eq.Economy,
    pre: Preconditioner,
    state: eq.State,
    tolerance: float,
    max_iterations: int,
) -> Found:
    """Rounds of passes from a state.

    If one round is not enough, the policy has moved the economy far from its benchmark: the blocks
    of the preconditioner are then computed at the current state, and the search goes on.
    """
    passes, best, inner = 0, np.inf, MARGIN * tolerance
    while True:
        limit = min(ROUND, max_iterations - passes)
        state, flows, distance, taken = run(economy, pre, state, inner, limit)
        residual, passes = float(distance), passes + int(taken)
        stuck = passes >= max_iterations or inner < SMALLEST
        if residual <= tolerance or stuck or not np.isfinite(residual):
            break
        if int(taken) < limit:  # the iteration has ended, but the conditions need more accuracy
            inner *= 0.3
        elif residual < best:
            best = residual
            pre = preconditioner.at_state(economy, state)
        else:
            break
    return Found(economy, state, flows, residual, passes)


def _walk(
    world: World, failed: Found, pre: Preconditioner, tolerance: float, max_iterations: int
) -> Found:
    """Solve for half the policy, then for more of it, each time from the last solution."""
    state, done, step, passes = _start(failed.economy), 0.0, 0.5, failed.passes
    while passes < max_iterations and step >= SHORTEST_STRIDE:
        share = min(1.0, done + step)
        here = _part_of(world, failed.economy, share)
        found = _search(here, pre, state, tolerance, min(2 * ROUND, max_iterations - passes))
        passes += found.passes
        if found.residual <= tolerance:
            state, done, step = found.state, share, 1.5 * step
            pre = preconditioner.at_state(here, state)
            if done == 1.0:
                return found._replace(economy=failed.economy, passes=passes)
        else:
            step /= 2
    return failed._replace(passes=passes)


def _part_of(world: World, economy: eq.Economy, share: float) -> eq.Economy:
    """The economy under a share of the policy: wedges and shocks raised to that power."""
    before = benchmark_kernels(world)

    def mean(benchmark: Array, after: jax.Array) -> jax.Array:
        both = (benchmark > 0) & (np.asarray(after) > 0)
        logs = (1 - share) * np.log(np.where(both, benchmark, 1.0))
        logs = logs + share * np.log(np.where(both, after, 1.0))
        return jnp.asarray(np.where(both, np.exp(logs), 0.0))

    return economy._replace(
        K=mean(before.K, economy.K),
        K_border=mean(before.K_border, economy.K_border),
        K_taxed=share * economy.K_taxed,
        rents=None if economy.rents is None else _part_of_rents(economy.rents, share),
        A=economy.A**share,
        L=economy.L**share,
    )


def _part_of_rents(rents: eq.Rents, share: float) -> eq.Rents:
    return rents._replace(
        third=share * rents.third, buyer=share * rents.buyer, serviced=share * rents.serviced
    )


_start = jax.jit(eq.start)


@jax.jit
def run(
    economy: eq.Economy,
    pre: Preconditioner,
    start: eq.State,
    tolerance: float,
    max_iterations: int,
) -> Round:
    """One round of the fixed point."""
    pack, unpack = packing(start)
    gap = preconditioned(economy, pre, start)
    result = solve_fixed_point(gap, pack(start), tolerance, max_iterations)
    state = unpack(result.point)
    distance = eq.residual(economy, state)
    return Round(state, eq.flows(economy, state), distance, result.iterations)


def preconditioned(economy: eq.Economy, pre: Preconditioner, like: eq.State) -> Gap:
    """The preconditioned step at a point, and the residual there; see `solve_fixed_point`."""
    pack, unpack = packing(like)

    def gap(v: jax.Array) -> tuple[jax.Array, jax.Array]:
        move = pack(eq.step(economy, unpack(v))) - v
        return pack(precondition(pre, unpack(move))), jnp.abs(move).max(0)

    return gap


def packing(
    like: eq.State,
) -> tuple[Callable[[eq.State], jax.Array], Callable[[jax.Array], eq.State]]:
    """Functions between a state and one vector [dim, ..], for states of the shape of `like`."""
    n, shape = len(like.w), like.c.shape
    members = like.w.shape[1:]

    def pack(state: eq.State) -> jax.Array:
        c, X = (part.reshape(-1, *members) for part in (state.c, state.X))
        return jnp.concatenate([state.w, c, X])

    def unpack(v: jax.Array) -> eq.State:
        c, X = jnp.split(v[n:], 2)
        return eq.State(v[:n], c.reshape(shape), X.reshape(shape))

    return pack, unpack


def prepare(world: World, economy: eq.Economy) -> Preconditioner:
    """The benchmark's preconditioner. Also compiles the search, so that solve times exclude it."""
    pre = preconditioner.at_benchmark(world, economy)
    leaves, structure = jax.tree.flatten(economy)
    kind = (structure, *map(np.shape, leaves))  # what a program is compiled for
    with _LOCK:
        known = kind in _COMPILED
        if not known and len(_COMPILED) >= SHAPES:
            # JAX would otherwise keep these programs for good: 46 MB for each kind.
            jax.clear_caches()  # type: ignore[no-untyped-call]
            _COMPILED.clear()
    if not known:
        run(economy, pre, _start(economy), 1.0, 0).residual.block_until_ready()
        with _LOCK:
            _COMPILED.add(kind)
    return pre


_COMPILED: set[tuple[Any, ...]] = set()
_LOCK = Lock()
