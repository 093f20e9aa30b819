"""Anderson acceleration of a preconditioned fixed point, compiled once; of one point, or of many.

optimistix and lineax have no accelerated fixed-point iteration, and their Newton methods build the
Jacobian of all unknowns (8,080 of them for 80 x 50); SciPy's `anderson` is a Python loop with a
line search. The comparison is in `docs/solver.md`.

A point is an array [dim], or [dim, member] for a batch. The members of a batch do not influence one
another: each has its own memory, and stops at its own best point.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

DEPTH = 8
LONGEST_STEP = 1.5  # in logs: guards against overflow far from the solution; rarely active
PATIENCE = 40  # passes without halving the best residual before the memory is dropped
RIDGE = 1e-14

Gap = Callable[[Array], tuple[Array, Array]]


class Result(NamedTuple):
    """Where the iteration ended: the point, its residual max|step(v) - v|, the number of passes."""

    point: Array
    residual: Array
    iterations: Array


class Iteration(NamedTuple):
    """An iteration under way; [..] stands for the members, if there are any."""

    turn: Array  # [] passes so far, of whoever has been in the batch longest
    k: Array  # [..] points evaluated
    v: Array  # [dim, ..] the point to evaluate next
    here: Array  # [dim, ..] the point before, from which the last step was taken
    f: Array  # [dim, ..] preconditioned step there
    best: Array  # [dim, ..] best point so far, its step and its residual
    best_f: Array
    best_r: Array  # [..]
    mark_r: Array  # [..] residual to halve before patience runs out
    mark_k: Array  # [..]
    damping: Array  # [..]
    used: Array  # [DEPTH, ..] which columns of the memory are filled
    jumps: Array  # [DEPTH, dim, ..] differences of points plus damped steps
    turns: Array  # [DEPTH, dim, ..] differences of steps
    gram: Array  # [DEPTH, DEPTH, ..] turns turns'
    slope: Array  # [DEPTH, ..] turns f


def solve_fixed_point(
    gap: Gap, start: Array, tolerance: float | Array, max_iterations: int | Array
) -> Result:
    """Find v with step(v) = v.

    `gap(v)` returns the preconditioned step at v [dim] and the plain residual there []. Walker & Ni
    (2011, SIAM J. Numer. Anal. 49), type II. When a pass gives NaN, or none of the last `PATIENCE`
    passes halved the residual, the memory is dropped and the iteration restarts, damped, from the
    best point so far.
    """
    end = go_on(gap, begin(start), tolerance, max_iterations)
    return Result(end.best, end.best_r, end.k - 1)


def begin(start: Array) -> Iteration:
    """The iteration before its first pass."""
    members = start.shape[1:]
    # A batch reads its memory from far away: single precision halves that, and moves no result,
    # since what is stored are differences between points.
    precision = jnp.float32 if members else start.dtype
    memory, none = jnp.zeros((DEPTH, *start.shape), precision), jnp.zeros_like(start)
    count = jnp.zeros(members, dtype=int)
    infinite = jnp.full(members, jnp.inf)
    return Iteration(
        jnp.zeros((), dtype=int), count, start, none, none, start, none, infinite, infinite, count,
        jnp.ones(members), jnp.zeros((DEPTH, *members), dtype=bool), memory, memory,
        jnp.zeros((DEPTH, DEPTH, *members)), jnp.zeros((DEPTH, *members)),
    )  # fmt: skip


def go_on(
    gap: Gap,
    iteration: Iteration,
    tolerance: float | Array,
    max_iterations: int | Array,
    leave: int | Array = 0,
) -> Iteration:
    """Pass after pass, until no more than `leave` members are unfinished."""

    def unfinished(s: Iteration) -> Array:
        open_still = (s.best_r > tolerance) & (s.k <= max_iterations)
        return open_still.sum() > leave

    def one_pass(s: Iteration) -> Iteration:
        f, r = gap(s.v)
        return _next(s, f, r, s.best_r <= tolerance)

    end: Iteration = jax.lax.while_loop(unfinished, one_pass, iteration)
    return end


def _next(s: Iteration, f: Array, r: Array, finished: Array) -> Iteration:
    """Take the step `f` and residual `r` at the point `v` in, and choose the next point."""
    broken = ~jnp.isfinite(r) | ~jnp.isfinite(f).all(0)
    better = ~broken & (r < s.best_r) & ~finished
    halved = better & (r < 0.5 * s.mark_r)
    k = s.k + ~finished
    restart = broken | ((k - s.mark_k > PATIENCE) & ~halved)
    best, best_f = jnp.where(better, s.v, s.best), jnp.where(better, f, s.best_f)
    here, f = jnp.where(restart, best, s.v), jnp.where(restart, best_f, f)
    s = _remember(s, here, f, ~restart & (s.k > 0))._replace(
        used=s.used.at[s.turn % DEPTH].set(s.k > 0) & ~restart,
        damping=jnp.where(restart, jnp.maximum(0.5 * s.damping, 0.02), s.damping),
    )
    step = s.damping * f - _combined(_fit(s), s.jumps)
    longest = jnp.maximum(jnp.abs(step).max(0), 1e-300)
    return s._replace(
        turn=s.turn + 1,
        k=k,
        v=here + step * jnp.minimum(1.0, LONGEST_STEP / longest),
        here=here,
        f=f,
        best=best,
        best_f=best_f,
        best_r=jnp.where(better, r, s.best_r),
        mark_r=jnp.where(halved, r, s.mark_r),
        mark_k=jnp.where(halved | restart, k, s.mark_k),
    )


def _remember(s: Iteration, here: Array, f: Array, moved: Array) -> Iteration:
    """Store how point and step came about, in place, and update the products of the memory."""
    slot = s.turn % DEPTH
    dv, df = (jnp.where(moved, new - old, 0.0) for new, old in ((here, s.here), (f, s.f)))
    turns = s.turns.at[slot].set(df.astype(s.turns.dtype))
    kept: Any = turns[slot].astype(df.dtype)  # as rounded, so that all products fit together
    row = _products(turns, df)
    return s._replace(
        jumps=s.jumps.at[slot].set((dv + s.damping * df).astype(s.jumps.dtype)),
        turns=turns,
        gram=s.gram.at[slot].set(row).at[:, slot].set(row),
        slope=(s.slope + row).at[slot].set((kept * f).sum(0)),  # f = f before + df
    )


def _products(memory: Array, v: Array) -> Array:
    """The product of every column of the memory with v  [DEPTH, ..]."""
    return memory @ v if v.ndim == 1 else (memory * v).sum(1)


def _combined(weights: Array, memory: Array) -> Array:
    """The weighted sum of the columns of the memory  [dim, ..]."""
    return weights @ memory if weights.ndim == 1 else (weights[:, None] * memory).sum(0)


def _fit(s: Iteration) -> Array:
    """The least-squares fit of the step by past turns [DEPTH, ..], by scaled normal equations."""
    gram, slope = jnp.moveaxis(s.gram, (0, 1), (-2, -1)), jnp.moveaxis(s.slope, 0, -1)
    scale = jnp.sqrt(jnp.diagonal(gram, axis1=-2, axis2=-1))
    used = jnp.moveaxis(s.used, 0, -1) & (scale > 0)
    inverse = jnp.where(used, 1 / jnp.where(used, scale, 1.0), 0.0)
    ridge = jnp.where(used, RIDGE, 1.0)[..., None] * jnp.eye(DEPTH)
    system = gram * inverse[..., :, None] * inverse[..., None, :] + ridge
    gamma = jnp.linalg.solve(system, (slope * inverse)[..., None])[..., 0] * inverse
    return jnp.moveaxis(gamma, -1, 0)
