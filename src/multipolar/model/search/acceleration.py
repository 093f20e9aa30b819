"""Anderson acceleration of a preconditioned fixed point, compiled once.

optimistix and lineax have no accelerated fixed-point iteration, and their Newton methods build the
Jacobian of all unknowns (8,080 of them for 80 x 50); SciPy's `anderson` is a Python loop with a
line search. The comparison is in `docs/solver.md`.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

DEPTH = 8
LONGEST_STEP = 1.5  # in logs: guards against overflow far from the solution; rarely active
PATIENCE = 40  # passes without halving the best residual before the memory is dropped
RIDGE = 1e-14


class Result(NamedTuple):
    """Where the iteration ended: the point, its residual max|step(v) - v|, the number of passes."""

    point: Array
    residual: Array
    iterations: Array


class _Loop(NamedTuple):
    k: Array
    v: Array  # current point
    f: Array  # preconditioned step there
    dv: Array  # how point and step came about: differences to the pass before, zero when fresh
    df: Array
    best: Array  # best point so far, its step and its residual
    best_f: Array
    best_r: Array
    mark_r: Array  # residual to halve before patience runs out
    mark_k: Array
    damping: Array
    fresh: Array  # whether the iteration has just (re)started
    filled: Array  # columns of memory filled since
    jumps: Array  # [DEPTH, dim] differences of points plus damped steps
    turns: Array  # [DEPTH, dim] differences of steps
    gram: Array  # [DEPTH, DEPTH] turns turns'


def solve_fixed_point(
    gap: Callable[[Array], tuple[Array, Array]],
    start: Array,
    tolerance: float | Array,
    max_iterations: int | Array,
) -> Result:
    """Find v with step(v) = v.

    `gap(v)` returns the preconditioned step at v (dim,) and the plain residual there (scalar).
    Walker & Ni (2011, SIAM J. Numer. Anal. 49), type II. When a pass gives NaN, or none of the last
    `PATIENCE` passes halved the residual, the memory is dropped and the iteration restarts, damped,
    from the best point so far.
    """
    f, r = gap(start)
    memory, none = jnp.zeros((DEPTH, start.size)), jnp.zeros_like(start)
    zero, yes, one = jnp.zeros((), dtype=int), jnp.ones((), dtype=bool), jnp.ones(())
    loop = _Loop(
        zero, start, f, none, none, start, f, r, r, zero, one, yes, zero, memory, memory,
        jnp.zeros((DEPTH, DEPTH)),
    )  # fmt: skip

    def unfinished(s: _Loop) -> Array:
        return (s.best_r > tolerance) & (s.k < max_iterations)

    end = jax.lax.while_loop(unfinished, lambda s: _pass(gap, s), loop)
    return Result(end.best, end.best_r, end.k)


def _pass(gap: Callable[[Array], tuple[Array, Array]], s: _Loop) -> _Loop:
    s = _remember(s)
    step = s.damping * s.f - _fit(s) @ s.jumps
    step = step * jnp.minimum(1.0, LONGEST_STEP / jnp.maximum(jnp.abs(step).max(), 1e-300))
    v = s.v + step
    f, r = gap(v)
    broken = ~jnp.isfinite(r) | ~jnp.isfinite(f).all()
    better = ~broken & (r < s.best_r)
    halved = better & (r < 0.5 * s.mark_r)
    restart = broken | ((s.k + 1 - s.mark_k >= PATIENCE) & ~halved)
    best, best_f = jnp.where(better, v, s.best), jnp.where(better, f, s.best_f)
    best_r = jnp.where(better, r, s.best_r)
    return s._replace(
        k=s.k + 1,
        v=jnp.where(restart, best, v),
        f=jnp.where(restart, best_f, f),
        dv=jnp.where(restart, 0.0, v - s.v),
        df=jnp.where(restart, 0.0, f - s.f),
        best=best,
        best_f=best_f,
        best_r=best_r,
        mark_r=jnp.where(halved, r, s.mark_r),
        mark_k=jnp.where(halved | restart, s.k + 1, s.mark_k),
        damping=jnp.where(restart, jnp.maximum(0.5 * s.damping, 0.02), s.damping),
        fresh=restart,
        filled=jnp.where(restart, 0, s.filled),
    )


def _remember(s: _Loop) -> _Loop:
    """Store the last differences in the memory, in place, and update a row of the Gram matrix."""
    slot = s.filled % DEPTH
    turns = s.turns.at[slot].set(s.df)
    row = turns @ s.df
    return s._replace(
        filled=s.filled + ~s.fresh,
        jumps=s.jumps.at[slot].set(s.dv + s.damping * s.df),
        turns=turns,
        gram=s.gram.at[slot].set(row).at[:, slot].set(row),
    )


def _fit(s: _Loop) -> Array:
    """The least-squares fit of the step by past turns [DEPTH], by scaled normal equations."""
    scale = jnp.sqrt(jnp.diagonal(s.gram))
    used = (jnp.arange(DEPTH) < s.filled) & (scale > 0)
    inverse = jnp.where(used, 1 / jnp.where(used, scale, 1.0), 0.0)
    system = s.gram * jnp.outer(inverse, inverse) + jnp.diag(jnp.where(used, RIDGE, 1.0))
    gamma: Array = jnp.linalg.solve(system, (s.turns @ s.f) * inverse) * inverse
    return gamma
