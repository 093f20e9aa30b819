"""Anderson acceleration of a preconditioned fixed point, compiled once.

optimistix and lineax have no accelerated fixed-point iteration, and their Newton methods build the
Jacobian of all unknowns (8,080 of them for 80 x 50); SciPy's `anderson` is a Python loop with a
line search. `docs/solver.md` has the comparison.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

DEPTH = 8
LONGEST_STEP = 1.5  # in logs: a guard against overflow far from the solution, rarely active
PATIENCE = 40  # passes without halving the best residual before the memory is dropped
RIDGE = 1e-14


class Result(NamedTuple):
    """Where the iteration ended: the point, its residual max|step(v) - v|, and the passes taken."""

    point: Array
    residual: Array
    iterations: Array


class _Loop(NamedTuple):
    k: Array
    v: Array  # current point
    f: Array  # preconditioned step there
    best: Array  # best point so far, its step and its residual
    best_f: Array
    best_r: Array
    mark_r: Array  # residual to halve before patience runs out
    mark_k: Array
    damping: Array
    filled: Array  # columns of memory filled since the last restart
    moves: Array  # [DEPTH, dim] differences of points
    turns: Array  # [DEPTH, dim] differences of steps


def solve_fixed_point(
    gap: Callable[[Array], tuple[Array, Array]],
    start: Array,
    tolerance: float | Array,
    max_iterations: int | Array,
) -> Result:
    """Find v with step(v) = v.

    `gap(v)` returns the preconditioned step at v (dim,) and the plain residual there (scalar).
    Walker & Ni (2011, SIAM J. Numer. Anal. 49), type II. The memory is dropped, and the iteration
    restarts damped from the best point seen, when a pass gives no number or none of the last
    `PATIENCE` passes halved the residual.
    """
    f, r = gap(start)
    memory = jnp.zeros((DEPTH, start.size))
    zero = jnp.zeros((), dtype=int)
    loop = _Loop(zero, start, f, start, f, r, r, zero, jnp.ones(()), zero, memory, memory)

    def unfinished(s: _Loop) -> Array:
        return (s.best_r > tolerance) & (s.k < max_iterations)

    end = jax.lax.while_loop(unfinished, lambda s: _pass(gap, s), loop)
    return Result(end.best, end.best_r, end.k)


def _pass(gap: Callable[[Array], tuple[Array, Array]], s: _Loop) -> _Loop:
    step = s.damping * s.f - _correction(s)
    step = step * jnp.minimum(1.0, LONGEST_STEP / jnp.maximum(jnp.abs(step).max(), 1e-300))
    v = s.v + step
    f, r = gap(v)
    broken = ~jnp.isfinite(r) | ~jnp.isfinite(f).all()
    better = ~broken & (r < s.best_r)
    halved = better & (r < 0.5 * s.mark_r)
    stalled = ~broken & (s.k + 1 - s.mark_k >= PATIENCE) & ~halved
    restart = broken | stalled

    best, best_f = jnp.where(better, v, s.best), jnp.where(better, f, s.best_f)
    best_r = jnp.where(better, r, s.best_r)
    slot = s.filled % DEPTH
    return _Loop(
        k=s.k + 1,
        v=jnp.where(restart, best, v),
        f=jnp.where(restart, best_f, f),
        best=best,
        best_f=best_f,
        best_r=best_r,
        mark_r=jnp.where(halved, r, s.mark_r),
        mark_k=jnp.where(halved | restart, s.k + 1, s.mark_k),
        damping=jnp.where(restart, jnp.maximum(0.5 * s.damping, 0.02), s.damping),
        filled=jnp.where(restart, 0, s.filled + 1),
        moves=s.moves.at[slot].set(v - s.v),
        turns=s.turns.at[slot].set(f - s.f),
    )


def _correction(s: _Loop) -> Array:
    """(moves + damping turns) gamma, gamma the least-squares fit of the step by past turns."""
    gram, right = s.turns @ s.turns.T, s.turns @ s.f
    scale = jnp.sqrt(jnp.diagonal(gram))
    used = (jnp.arange(DEPTH) < s.filled) & (scale > 0)
    inverse = jnp.where(used, 1 / jnp.where(used, scale, 1.0), 0.0)
    system = gram * jnp.outer(inverse, inverse) + jnp.diag(jnp.where(used, RIDGE, 1.0))
    gamma = jnp.linalg.solve(system, right * inverse) * inverse
    correction: Array = gamma @ s.moves + s.damping * (gamma @ s.turns)
    return correction
