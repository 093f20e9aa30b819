"""Coalitional games: values of coalitions, Shapley value, nucleolus."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from multipolar.errors import InputError

Array = NDArray[np.float64]

MAX_PLAYERS = 12  # 4,096 coalitions
SPANNED = 1e-9  # a distance from a span that counts as none
ENTERING = 40  # coalitions that enter a program at once


def coalition_values(players: int, value: Callable[[frozenset[int]], float]) -> Array:
    """Values v [2^players], by bit mask: player k is in coalition m where bit k of m is set."""
    if not 1 <= players <= MAX_PLAYERS:
        raise InputError(f"takes 1 to {MAX_PLAYERS} players, not {players}", field="players")
    members = (frozenset(k for k in range(players) if m >> k & 1) for m in range(1 << players))
    return np.array([value(m) if m else 0.0 for m in members])


def shapley(v: Array) -> Array:
    """Shapley value [k] of a game v [2^k] (Shapley 1953): average marginal contributions."""
    players, inside = _members(v)
    size = inside.sum(axis=1)
    factorial = np.array([math.factorial(k) for k in range(players + 1)], dtype=float)
    masks = np.arange(len(v))
    value = np.empty(players)
    for k in range(players):
        without = masks[~inside[:, k]]
        weight = factorial[size[without]] * factorial[players - size[without] - 1]
        value[k] = weight @ (v[without | (1 << k)] - v[without]) / factorial[players]
    return value


def nucleolus(v: Array, tolerance: float = 1e-9) -> Array:
    """Nucleolus [k] of a game v [2^k] (Schmeidler 1969): the largest excesses as small as possible.

    By a sequence of linear programs (Kopelowitz 1967): each makes the largest excess as small as
    possible and fixes the coalitions that reach it, until the point is unique. A coalition whose
    excess follows from the fixed ones leaves the sequence (Potters, Reijnierse & Ansing 1996); each
    program takes in only the coalitions that bind, worst first.
    """
    players, inside = _members(v)
    rows = inside.astype(float)
    grand = len(v) - 1
    fixed, excess = [grand], [0.0]
    point = np.full(players, v[grand] / players)
    while (basis := _basis(rows[fixed])).shape[0] < players:
        beyond = np.abs(rows - rows @ basis.T @ basis).max(axis=1) > SPANNED
        point, least, tight = _least_excess(v, rows, np.flatnonzero(beyond), fixed, excess,
                                            tolerance)  # fmt: skip
        fixed += tight
        excess += [least] * len(tight)
    return point


def _basis(rows: Array) -> Array:
    """Orthonormal rows that span the given ones."""
    _, size, found = np.linalg.svd(rows, full_matrices=False)
    return np.asarray(found[size > SPANNED])


def _least_excess(
    v: Array,
    rows: Array,
    loose: NDArray[np.intp],
    fixed: list[int],
    excess: list[float],
    tolerance: float,
) -> tuple[Array, float, list[int]]:
    """The point at which the largest excess of the loose coalitions is least, it, and who has it.

    Coalitions enter the program in order of how far they exceed what it found so far.
    """
    scale = max(float(np.abs(v).max()), 1.0)
    start = np.linalg.lstsq(rows[fixed], v[fixed] - excess, rcond=None)[0]
    active = list(loose[np.argsort(rows[loose] @ start - v[loose])[:ENTERING]])
    while True:
        end = linprog(
            np.r_[np.zeros(rows.shape[1]), 1.0],
            A_ub=np.c_[-rows[active], -np.ones(len(active))],
            b_ub=-v[active],
            A_eq=np.c_[rows[fixed], np.zeros(len(fixed))],
            b_eq=v[fixed] - excess,
            bounds=[(None, None)] * rows.shape[1] + [(-10 * scale, None)],
            method="highs",
        )
        if not end.success:
            raise InputError(f"no nucleolus was found for this game: {end.message}", field="v")
        solution = np.asarray(end.x)
        point, least = solution[:-1], float(solution[-1])
        over = v[loose] - rows[loose] @ point - least
        over[np.isin(loose, active)] = -np.inf
        worst = np.argsort(-over)[:ENTERING]
        entering = loose[worst[over[worst] > tolerance * scale]]
        if not entering.size:
            tight = np.asarray(active)[-np.asarray(end.ineqlin.marginals) > tolerance]
            return point, least, [int(m) for m in tight]
        active += list(entering)


def _members(v: Array) -> tuple[int, NDArray[np.bool_]]:
    players = len(v).bit_length() - 1
    if len(v) != 1 << players or not 1 <= players <= MAX_PLAYERS or v[0] != 0:
        raise InputError(
            f"a game needs 2^k values for 1 to {MAX_PLAYERS} players, zero for the empty coalition",
            field="v",
        )
    return players, (np.arange(len(v))[:, None] >> np.arange(players) & 1).astype(bool)
