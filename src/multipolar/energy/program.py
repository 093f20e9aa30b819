"""Separable quadratic programs on a network, by Clarabel; every solution carries its residuals."""

import time
from dataclasses import dataclass, replace

import clarabel
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]
TOLERANCE = 1e-9
ACCEPTED = 1e-6
PASSES = 2


@dataclass(frozen=True, eq=False)
class Solved:
    """The minimum of ``w'x²/2 + c'x`` with ``B x = b`` and ``0 <= x <= high``.

    `x` [k]; `price` [n], the multipliers of B x = b; `scarcity` [k], those of x <= high.
    `residual`: the largest violation of a condition of optimality, relative to the size of its
    terms; `gap`: the relative duality gap; `status`: "converged" or a sentence.
    """

    x: Array
    price: Array
    scarcity: Array
    residual: float
    gap: float
    status: str
    seconds: float


def solve_program(
    weight: Array, linear: Array, balance: sparse.csc_matrix, right: Array, high: Array
) -> Solved:
    """Solve one program and check its Karush-Kuhn-Tucker conditions from outside the solver."""
    began = time.perf_counter()
    if (high == 0).any():  # what is fixed would leave its multiplier undetermined
        free = high > 0
        part = solve_program(weight[free], linear[free], balance[:, free], right, high[free])
        x, scarcity = np.zeros(len(weight)), np.zeros(len(weight))
        x[free], scarcity[free] = part.x, part.scarcity
        return replace(part, x=x, scarcity=scarcity)
    x, price = np.zeros(len(weight)), np.zeros(len(right))
    for _ in range(PASSES):  # the second time around the first answer, where numbers are small
        move, more, floor, scarcity, objectives, told = _solve(
            weight, weight * x + linear + balance.T @ price, balance, right - balance @ x, x, high
        )
        x, price = x + move, price + more
    residual = _residual(weight, linear, balance, right, high, x, price, floor, scarcity)
    gap = abs(objectives[0] - objectives[1]) / max(1.0, abs(objectives[0]))
    good = residual < ACCEPTED and gap < ACCEPTED
    status = "converged" if good else f"not converged: {told}, residual {residual:.0e}"
    return Solved(x, price, scarcity, residual, gap, status, time.perf_counter() - began)


def _solve(
    weight: Array, linear: Array, balance: sparse.csc_matrix, right: Array, below: Array,
    high: Array,
) -> tuple[Array, Array, Array, Array, tuple[float, float], str]:  # fmt: skip
    """Moves d >= -below, d <= high - below from a point, and the multipliers, by Clarabel."""
    k, n = len(weight), len(right)
    limited = np.flatnonzero(np.isfinite(high))
    rows = sparse.identity(k, format="csr")
    A = sparse.vstack([balance, -rows, rows[limited]], format="csc")
    b = np.concatenate([right, below, (high - below)[limited]])
    cones = [clarabel.ZeroConeT(n), clarabel.NonnegativeConeT(k + len(limited))]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = TOLERANCE
    settings.max_threads = 1
    P = sparse.diags(weight, format="csc")
    found = clarabel.DefaultSolver(P, linear, A, b, cones, settings).solve()
    z = np.array(found.z)
    scarcity = np.zeros(k)
    scarcity[limited] = z[n + k :]
    objectives = (found.obj_val, found.obj_val_dual)
    return np.array(found.x), z[:n], z[n : n + k], scarcity, objectives, str(found.status)


def _residual(
    weight: Array, linear: Array, balance: sparse.csc_matrix, right: Array, high: Array,
    x: Array, price: Array, floor: Array, scarcity: Array,
) -> float:  # fmt: skip
    """Stationarity, balance, bounds and complementary slackness; the worst of them."""
    terms = np.abs(weight * x) + np.abs(linear) + abs(balance).T @ np.abs(price) + 1.0
    still = (weight * x + linear + balance.T @ price - floor + scarcity) / terms
    size = max(1.0, float(np.abs(x).max(initial=0)))
    room = np.where(np.isfinite(high), high - x, 0.0)
    worst = [
        np.abs(still).max(initial=0),
        np.abs(balance @ x - right).max(initial=0) / size,
        -min(0.0, float(x.min(initial=0)), float(room.min(initial=0))) / size,
        np.abs(floor * x / terms).max(initial=0) / size,
        np.abs(scarcity * room / terms).max(initial=0) / size,
    ]
    return float(max(worst))
