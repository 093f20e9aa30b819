"""Anderson acceleration of a preconditioned fixed point, compiled once; of one point, or of many.

optimistix and lineax have no accelerated fixed-point iteration, and their Newton methods build the
Jacobian of all unknowns (8,080 of them for 80 x 50); SciPy's `anderson` is a Python loop with a
line search. The comparison is in `docs/solver.md`.

A point is an array [dim], or [dim, member] for a batch. The members of a batch do not influence one
another: each has its own memory, and stops at its own best point.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

DEPTH = 8
SKETCH = 1024  # rows of a sketch, at least
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
    g: Array  # [row, ..] its sketch
    best: Array  # [dim, ..] best point so far
    best_r: Array  # [..] its residual
    mark_r: Array  # [..] residual to halve before patience runs out
    mark_k: Array  # [..]
    damping: Array  # [..]
    fresh: Array  # [..] whether the next point is the first since the start or a restart
    used: Array  # [DEPTH, ..] which columns of the memory are filled
    jumps: Array  # [DEPTH, dim, ..] differences of points plus damped steps
    turns: Array  # [DEPTH, row, ..] sketches of the differences of steps
    gram: Array  # [DEPTH, DEPTH, ..] turns turns'


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
    none, g = jnp.zeros_like(start), sketch(start)
    count = jnp.zeros(members, dtype=int)
    infinite = jnp.full(members, jnp.inf)
    return Iteration(
        jnp.zeros((), dtype=int), count, start, none, none, g, start, infinite, infinite, count,
        jnp.ones(members), jnp.ones(members, dtype=bool), jnp.zeros((DEPTH, *members), dtype=bool),
        jnp.zeros((DEPTH, *start.shape), precision), jnp.zeros((DEPTH, *g.shape)),
        jnp.zeros((DEPTH, DEPTH, *members)),
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
    best, g = jnp.where(better, s.v, s.best), sketch(f)
    s = _remember(s, f, g, ~(s.fresh | restart))
    used = s.used & ~restart
    step = s.damping * f - _combined(_fit(s.gram, _products(s.turns, g), used), s.jumps)
    longest = jnp.maximum(jnp.abs(step).max(0), 1e-300)
    ahead = s.v + step * jnp.minimum(1.0, LONGEST_STEP / longest)
    return s._replace(
        turn=s.turn + 1,
        k=k,
        v=jnp.where(restart, best, ahead),
        here=s.v,
        f=f,
        g=g,
        best=best,
        best_r=jnp.where(better, r, s.best_r),
        mark_r=jnp.where(halved, r, s.mark_r),
        mark_k=jnp.where(halved | restart, k, s.mark_k),
        damping=jnp.where(restart, jnp.maximum(0.5 * s.damping, 0.02), s.damping),
        fresh=restart,
        used=used,
    )


def _remember(s: Iteration, f: Array, g: Array, moved: Array) -> Iteration:
    """Store how point and step came about, in place, and a row of the Gram matrix."""
    slot = s.turn % DEPTH
    jump = jnp.where(moved, s.v - s.here + s.damping * (f - s.f), 0.0)
    turn = jnp.where(moved, g - s.g, 0.0)
    turns = s.turns.at[slot].set(turn)
    row = _products(turns, turn)
    return s._replace(
        used=s.used.at[slot].set(moved),
        jumps=s.jumps.at[slot].set(jump.astype(s.jumps.dtype)),
        turns=turns,
        gram=s.gram.at[slot].set(row).at[:, slot].set(row),
    )


def sketch(v: Array) -> Array:
    """Sums of a few components each, with random signs  [row, ..]: they keep lengths and angles.

    The fit has `DEPTH` unknowns; a thousand random sums determine it about as well as all
    components do (Woodruff 2014, Foundations and Trends in TCS 10, section 2), and a batch reads
    them faster. One point is its own sketch: where a search is hard, the exact fit finds more.
    """
    if v.ndim == 1:
        return v
    parts = max(1, len(v) // SKETCH)
    rows = -(-len(v) // parts)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], parts * rows)
    total = jnp.zeros((rows, *v.shape[1:]), v.dtype)
    for part in range(parts):
        piece = v[part * rows : (part + 1) * rows]
        sign = signs[part * rows : part * rows + len(piece)].reshape(-1, *[1] * (v.ndim - 1))
        total = total.at[: len(piece)].add(sign * piece)
    return total


def _products(memory: Array, v: Array) -> Array:
    """The product of every column of the memory with v  [DEPTH, ..]."""
    if v.ndim == 1:
        return memory @ v
    return jnp.stack([(column * v).sum(0) for column in memory])


def _combined(weights: Array, memory: Array) -> Array:
    """The weighted sum of the columns of the memory  [dim, ..]."""
    if weights.ndim == 1:
        return weights @ memory
    parts = [weight * column for weight, column in zip(weights, memory, strict=True)]
    return sum(parts[1:], start=parts[0])  # XLA's own sum over the first axis is 30 times slower


def _fit(gram: Array, slope: Array, used: Array) -> Array:
    """The least-squares fit of the step by past turns [DEPTH, ..], by scaled normal equations."""
    gram, slope = jnp.moveaxis(gram, (0, 1), (-2, -1)), jnp.moveaxis(slope, 0, -1)
    scale = jnp.sqrt(jnp.diagonal(gram, axis1=-2, axis2=-1))
    used = jnp.moveaxis(used, 0, -1) & (scale > 0)
    inverse = jnp.where(used, 1 / jnp.where(used, scale, 1.0), 0.0)
    ridge = jnp.where(used, RIDGE, 1.0)[..., None] * jnp.eye(DEPTH)
    system = gram * inverse[..., :, None] * inverse[..., None, :] + ridge
    gamma = jnp.linalg.solve(system, (slope * inverse)[..., None])[..., 0] * inverse
    return jnp.moveaxis(gamma, -1, 0)
