"""Many separable quadratic programs on one network at once, by an interior point.

All programs share the balances ``B x = b``; their costs and limits differ. Mehrotra's (1992)
predictor and corrector; what is left to solve in each step is one weighted Laplacian of the network
for each program, so all are factored in one call. A program that has converged leaves the batch.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from multipolar.energy.program import Array
from multipolar.progress import OnStep, quiet

Mask = NDArray[np.bool_]
TOLERANCE = 1e-9
MOST_STEPS = 60
CHUNK = 512
TINY = 1e-13
BACK = 0.995  # of the way to the boundary


@dataclass(frozen=True, eq=False)
class SolvedMany:
    """Minima of ``w'x²/2 + c'x`` with ``B x = b``, ``0 <= x <= high``, one row each.

    `x` [m, k]; `price` [m, n], multipliers of B x = b; `value` [m], the minima; `residual` [m], the
    largest violation of a condition of optimality, relative to prices and quantities.
    """

    x: Array
    price: Array
    value: Array
    residual: Array


def solve_programs(
    weight: Array,
    linear: Array,
    balance: sparse.csc_matrix,
    right: Array,
    high: Array,
    on_step: OnStep = quiet,
) -> SolvedMany:
    """Solve programs given by rows: `weight`, `linear`, `high` [m, k], `right` [m, n]."""
    shape = np.broadcast_shapes(weight.shape, linear.shape, high.shape)
    weight, linear, high = (np.broadcast_to(a, shape) for a in (weight, linear, high))
    right = np.broadcast_to(right, (shape[0], balance.shape[0]))
    free = high > 0
    given = Given(weight, linear, right, high, free, free & np.isfinite(high))
    whole = Shape(sparse.csr_matrix(balance), sparse.csr_matrix(balance.T), _squares(balance))
    parts = []
    for first in range(0, shape[0], CHUNK):
        on_step("solving gas markets", first, shape[0])
        parts.append(_solve(_rows(given, slice(first, first + CHUNK)), whole))
    return SolvedMany(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _squares(balance: sparse.csc_matrix) -> sparse.csr_matrix:
    """Row j: the outer product of column j of B with itself, flat [k, n * n]."""
    n = balance.shape[0]
    rows, columns, values = [], [], []
    for j in range(balance.shape[1]):
        part = slice(balance.indptr[j], balance.indptr[j + 1])
        at, by = balance.indices[part], balance.data[part]
        rows.append(np.full(at.size**2, j))
        columns.append((at[:, None] * n + at[None, :]).ravel())
        values.append(np.outer(by, by).ravel())
    flat = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.csr_matrix(flat, (balance.shape[1], n * n))


class Given(NamedTuple):
    """The programs, one row each; `free`: not fixed at zero, `capped`: with a limit."""

    weight: Array
    linear: Array
    right: Array
    high: Array
    free: Mask
    capped: Mask


class State(NamedTuple):
    """Where the search is: quantities, prices, multipliers of x >= 0 and of x <= high."""

    x: Array
    y: Array
    low_z: Array
    high_z: Array


class Shape(NamedTuple):
    """What all programs share."""

    balance: sparse.csr_matrix
    transpose: sparse.csr_matrix
    squares: sparse.csr_matrix


def _solve(given: Given, shape: Shape) -> tuple[Array, Array, Array, Array]:
    m = len(given.right)
    scale = np.maximum(np.abs(given.linear).max(axis=1), 1.0)
    size = np.maximum(100.0, np.abs(given.right).max(axis=1))
    now, error = _start(given, scale, size), np.full(m, np.inf)
    going = np.arange(m)
    for _ in range(MOST_STEPS):
        here, part = (_rows(each, going) for each in (now, given))
        gaps = _gaps(part, here, shape)
        error[going] = _error(gaps, here, scale[going], size[going])
        left = error[going] > TOLERANCE
        going = going[left]
        if not going.size:
            break
        here, part, gaps = _rows(here, left), _rows(part, left), _rows(gaps, left)
        for array, moved in zip(now, _step(part, here, gaps, shape), strict=True):
            array[going] = moved
    value = (0.5 * given.weight * now.x**2 + given.linear * now.x).sum(axis=1)
    return now.x, now.y, value, error


def _rows(arrays: Any, which: Any) -> Any:
    """The same named tuple with some rows of each array."""
    return type(arrays)(*(array[which] for array in arrays))


def _start(given: Given, scale: Array, size: Array) -> State:
    half = 0.5 * np.where(given.capped, np.minimum(given.high, size[:, None]), size[:, None])
    multiplier = np.broadcast_to(scale[:, None], half.shape)
    return State(
        np.where(given.free, half, 0.0),
        np.zeros(given.right.shape),
        np.where(given.free, multiplier, 0.0),
        np.where(given.capped, multiplier, 0.0),
    )


class Gaps(NamedTuple):
    """How far from optimal: stationarity, balance, complementarity below and above."""

    still: Array
    balance: Array
    below: Array
    above: Array


def _gaps(given: Given, now: State, shape: Shape) -> Gaps:
    still = given.weight * now.x + given.linear + (shape.transpose @ now.y.T).T
    still = np.where(given.free, still - now.low_z + now.high_z, 0.0)
    room = np.where(given.capped, given.high - now.x, 0.0)
    balance = (shape.balance @ now.x.T).T - given.right
    return Gaps(still, balance, now.x * now.low_z, room * now.high_z)


def _error(gaps: Gaps, now: State, scale: Array, size: Array) -> Array:
    amounts = np.maximum(size, np.abs(now.x).max(axis=1))
    slack = (gaps.below.max(axis=1) + gaps.above.max(axis=1)) / (scale * amounts)
    still, balance = (np.abs(g).max(axis=1) for g in (gaps.still, gaps.balance))
    return np.max([still / scale, balance / amounts, slack], axis=0)


def _step(given: Given, now: State, gaps: Gaps, shape: Shape) -> State:
    """One predictor and corrector step."""
    # Rounding may leave no room at all between a quantity and its limit.
    room = np.where(given.capped, np.maximum(given.high - now.x, TINY), 1.0)
    own = np.where(given.free, np.maximum(now.x, TINY), 1.0)
    stiff = np.where(given.free, given.weight + now.low_z / own + now.high_z / room, np.inf)
    ease = 1 / stiff
    n = given.right.shape[1]
    laplacian = (ease @ shape.squares).reshape(-1, n, n)
    laplacian[:, np.arange(n), np.arange(n)] += 1e-11  # for nodes that nothing reaches
    inverse = np.linalg.inv(laplacian)

    def direction(below: Array, above: Array) -> State:
        pull = gaps.still + np.where(given.free, below / own, 0.0) - above / room
        rest = gaps.balance - (shape.balance @ (ease * pull).T).T
        dy = np.einsum("mij,mj->mi", inverse, rest)
        dx = -ease * (pull + (shape.transpose @ dy.T).T)
        low = np.where(given.free, -(below + now.low_z * dx) / own, 0.0)
        high = np.where(given.capped, (now.high_z * dx - above) / room, 0.0)
        return State(dx, dy, low, high)

    def lengths(move: State) -> tuple[Array, Array]:
        far = np.minimum(_reach(own, move.x, given.free), _reach(room, -move.x, given.capped))
        low = _reach(now.low_z, move.low_z, given.free)
        dual = np.minimum(low, _reach(now.high_z, move.high_z, given.capped))
        return np.minimum(1.0, BACK * far)[:, None], np.minimum(1.0, BACK * dual)[:, None]

    guess = direction(gaps.below, gaps.above)
    far, dual = lengths(guess)
    count = (given.free.sum(axis=1) + given.capped.sum(axis=1))[:, None]
    mean = (gaps.below + gaps.above).sum(axis=1, keepdims=True) / count
    after = (now.x + far * guess.x) * (now.low_z + dual * guess.low_z)
    above = (room - far * guess.x) * (now.high_z + dual * guess.high_z)
    after = (after + np.where(given.capped, above, 0.0)).sum(axis=1, keepdims=True) / count
    centre = mean * np.clip(after / mean, 0, 1) ** 3
    move = direction(
        np.where(given.free, gaps.below + guess.x * guess.low_z - centre, 0.0),
        np.where(given.capped, gaps.above - guess.x * guess.high_z - centre, 0.0),
    )
    far, dual = lengths(move)
    steps = (far, dual, dual, dual)
    return State(*(a + step * d for a, step, d in zip(now, steps, move, strict=True)))


def _reach(one: Array, change: Array, bound: Mask) -> Array:
    """How far along `change` what is bound stays positive [m]."""
    falls = bound & (change < 0)
    return np.where(falls, one / np.where(falls, -change, 1.0), np.inf).min(axis=1)
