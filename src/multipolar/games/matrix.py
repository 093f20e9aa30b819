"""Matrix games of two players: every extreme equilibrium, also of degenerate games."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError

Array = NDArray[np.float64]
Equilibrium = tuple[Array, Array]

MOST_VERTICES = 200_000  # candidates up to which all equilibria are found: 9 by 9 moves
BATCH = 5_000
SAME = 1e-9  # difference of probabilities, or of payoffs scaled to 1, that is ignored
SINGULAR = 1e-12
MOST_PIVOTS = 5_000  # pivots on one path


@dataclass(frozen=True)
class MatrixGame:
    """What was found about a game.

    `equilibria`: mixed strategies over rows and over columns, pure ones first; at least one, as
    every finite game has (Nash 1951). In a `degenerate` game (somewhere, more moves are best
    replies than the other side mixes) they can be corners of whole sets of equilibria. `complete`:
    whether these are all the corners. For a game too large for that, only the equilibria that Lemke
    and Howson's paths lead to are found, and it counts as degenerate only if one of these shows it.
    """

    equilibria: list[Equilibrium]
    degenerate: bool
    complete: bool


def bimatrix(first: Array, second: Array) -> MatrixGame:
    """The equilibria of a two-player game.

    `first`, `second`: payoffs [row, column] of the row and the column player. The corners of both
    best-reply polytopes, paired where every move is unplayed or a best reply (von Stengel 2002,
    Handbook of Game Theory 3, ch. 45; Avis, Rosenberg, Savani & von Stengel 2010). Raises
    `InputError` for matrices of different shapes, without moves, or with infinite numbers.
    """
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if first.shape != second.shape or first.ndim != 2 or not first.size:
        raise InputError(
            f"payoff matrices of shape {first.shape} and {second.shape}; they need the same "
            "shape, and moves",
            field="payoffs",
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise InputError("payoffs must be finite numbers", field="payoffs")
    rows, columns = first.shape
    mine, theirs = _scaled(first), _scaled(second)
    if math.comb(rows + columns, rows) > MOST_VERTICES:
        return _by_paths(mine, theirs)
    xs, x_tight = _corners(theirs.T)  # constraints on x: x >= 0, then columns' payoffs
    ys, y_tight = _corners(mine)
    y_labels = np.hstack([y_tight[:, columns:], y_tight[:, :columns]])  # in the order of x's
    found = [
        (x / x.sum(), y / y.sum())
        for x, tight in zip(xs, x_tight, strict=True)
        for y in ys[(tight | y_labels).all(axis=1)]
        if x.any() and y.any()
    ]
    many = bool((x_tight.sum(axis=1) > rows).any() or (y_tight.sum(axis=1) > columns).any())
    return MatrixGame(sorted(found, key=_order), many, complete=True)


def _scaled(payoffs: Array) -> Array:
    """Payoffs shifted and scaled to between 1 and 2, which changes no equilibrium."""
    spread = float(np.ptp(payoffs))
    return 1 + (payoffs - payoffs.min()) / (spread if spread > 0 else 1.0)


def _corners(payoffs: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Corners [v, k] of {z >= 0, payoffs z <= 1}, and which of the constraints are tight there.

    Tight [v, k + moves]: first z = 0, then those moves of the other side that are best replies.
    """
    moves, k = payoffs.shape
    left = np.vstack([-np.eye(k), payoffs])
    right = np.r_[np.zeros(k), np.ones(moves)]
    found: list[Array] = []
    for some in _batches(k + moves, k):
        square, sides = left[some], right[some]
        proper = np.abs(np.linalg.det(square)) > SINGULAR
        points = np.linalg.solve(square[proper], sides[proper][..., None])[..., 0]
        found.extend(points[(points @ left.T <= right + SAME).all(axis=1)])
    points = np.array(found)
    _, first = np.unique(points.round(8) + 0.0, axis=0, return_index=True)
    points = np.where(np.abs(points[first]) <= SAME, 0.0, points[first])
    return points, np.abs(points @ left.T - right) <= SAME


def _batches(constraints: int, size: int) -> Iterator[NDArray[np.intp]]:
    sets = combinations(range(constraints), size)
    while some := list(islice(sets, BATCH)):
        yield np.array(some)


def _by_paths(first: Array, second: Array) -> MatrixGame:
    """What the paths of Lemke and Howson (1964) from every label lead to."""
    found: dict[bytes, Equilibrium] = {}
    many = False
    for label in range(sum(first.shape)):
        x, y = _path(first, second, label)
        if not is_nash(first, second, x, y):
            continue
        found.setdefault(np.r_[x, y].round(8).tobytes(), (x, y))
        replies = (first @ y >= (first @ y).max() - SAME, x @ second >= (x @ second).max() - SAME)
        many |= bool(replies[0].sum() > (y > SAME).sum() or replies[1].sum() > (x > SAME).sum())
    return MatrixGame(sorted(found.values(), key=_order), many, complete=False)


def _path(first: Array, second: Array, label: int) -> Equilibrium:
    """The equilibrium at the other end of the path on which one label is missing.

    Complementary pivoting from the empty strategies; ties are broken lexicographically, so that the
    path ends in degenerate games too. Payoffs are positive. Labels: rows, then columns.
    """
    rows, columns = first.shape
    # One table for each side: strategies, slacks, right-hand side; slacks are basic at first.
    tables = [np.hstack([second.T, np.eye(columns), np.ones((columns, 1))]),
              np.hstack([first, np.eye(rows), np.ones((rows, 1))])]  # fmt: skip
    labels = [list(range(rows + columns)), [*range(rows, rows + columns), *range(rows)]]
    basis = [list(range(rows, rows + columns)), list(range(columns, columns + rows))]
    side, entering = (0, label) if label < rows else (1, label - rows)
    for _ in range(MOST_PIVOTS):
        table = tables[side]
        row = _leaving(table, entering, len(table))
        left = labels[side][basis[side][row]]
        table[row] /= table[row, entering]
        others = np.arange(len(table)) != row
        table[others] -= np.outer(table[others, entering], table[row])
        basis[side][row] = entering
        if left == label:
            break
        side = 1 - side
        entering = labels[side].index(left)
    weights = []
    for table, basic, moves in zip(tables, basis, (rows, columns), strict=True):
        z = np.zeros(rows + columns)
        z[basic] = table[:, -1]
        weights.append(np.maximum(z[:moves], 0.0) / max(float(z[:moves].sum()), SINGULAR))
    return weights[0], weights[1]


def _leaving(table: Array, entering: int, slacks: int) -> int:
    """The row with the smallest right-hand side over the pivot; ties go to the slack columns."""
    rows = np.flatnonzero(table[:, entering] > SAME)
    keys = table[rows][:, [-1, *range(-1 - slacks, -1)]] / table[rows, entering][:, None]
    return int(rows[np.lexsort(keys.round(10).T[::-1])[0]])


def is_nash(first: Array, second: Array, x: Array, y: Array, tolerance: float = 1e-7) -> bool:
    """Whether neither side of a two-player game gains by another move, within a tolerance."""
    mine, theirs = first @ y, x @ second
    return bool(mine.max() - x @ mine <= tolerance and theirs.max() - theirs @ y <= tolerance)


def _order(pair: Equilibrium) -> tuple[int, list[int], list[int]]:
    x, y = (np.flatnonzero(side > SAME) for side in pair)
    return len(x) + len(y), x.tolist(), y.tolist()
