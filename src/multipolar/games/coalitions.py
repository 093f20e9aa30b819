"""Coalitional games: values of coalitions, Shapley value, nucleolus."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from multipolar.errors import InputError

Array = NDArray[np.float64]

MAX_PLAYERS = 12  # 4,096 coalitions


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
    possible and fixes the coalitions that reach it, until the point is unique.
    """
    players, inside = _members(v)
    rows = inside.astype(float)
    grand = len(v) - 1
    fixed, excess = {grand}, {grand: 0.0}
    point = np.full(players, v[grand] / players)
    while np.linalg.matrix_rank(rows[sorted(fixed)]) < players:
        loose = np.array([m for m in range(1, grand) if m not in fixed])
        kept = sorted(fixed)
        end = linprog(
            np.r_[np.zeros(players), 1.0],
            A_ub=np.c_[-rows[loose], -np.ones(len(loose))],
            b_ub=-v[loose],
            A_eq=np.c_[rows[kept], np.zeros(len(kept))],
            b_eq=v[kept] - np.array([excess[m] for m in kept]),
            bounds=[(None, None)] * (players + 1),
            method="highs",
        )
        if not end.success:
            raise InputError(f"no nucleolus was found for this game: {end.message}", field="v")
        solution = np.asarray(end.x)
        point, least = solution[:-1], float(solution[-1])
        tight = loose[-np.asarray(end.ineqlin.marginals) > tolerance]
        fixed.update(int(m) for m in tight)
        excess |= {int(m): least for m in tight}
    return point


def _members(v: Array) -> tuple[int, NDArray[np.bool_]]:
    players = len(v).bit_length() - 1
    if len(v) != 1 << players or not 1 <= players <= MAX_PLAYERS or v[0] != 0:
        raise InputError(
            f"a game needs 2^k values for 1 to {MAX_PLAYERS} players, zero for the empty coalition",
            field="v",
        )
    return players, (np.arange(len(v))[:, None] >> np.arange(players) & 1).astype(bool)
