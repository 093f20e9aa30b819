"""A NumPy solver with what a good programmer would do at once: factored kernels and Anderson.

The peer for speed beside the tests' plain solver, which is slow on purpose. The same equations
(Caliendo & Parro 2015), trade factored so that a pass is matrix-vector products, Anderson
acceleration (depth 8) of all unknowns together; wages damped by the trade elasticity, which is all
the preconditioning that there is. Perfect competition, deficits fixed in world value added.
"""

import numpy as np

import multipolar as mp

DEPTH = 8
MOST = 1000


def solve(world: mp.World, policy: mp.Policy, tolerance: float) -> tuple[np.ndarray, int]:
    """Real income [country], change, and the number of passes."""
    b, shock = world.arrays(), policy.wedges(world)
    theta, alpha, beta = b["trade_elasticity"], b["consumption_share"], b["value_added_share"]
    VA, D, X0 = b["value_added"], b["transfer"], b["expenditure"]
    G = np.ascontiguousarray(b["input_share"].transpose(2, 0, 1))  # [country, input, sector]
    kappa = (1 + shock.tariff) / (1 + b["tariff"]) * (1 + shock.trade_cost)
    K = b["expenditure_share"] * (1 - shock.coverage) * kappa ** -theta[:, None, None]
    K_net = K / (1 + shock.tariff)
    damping = 1 / (1 + (theta[:, None] * alpha).sum(axis=0))
    s, n = X0.shape
    active = X0 > 0
    log_X0 = np.log(np.where(active, X0, 1.0))

    def implied(v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        w, c, log_X = v[:n], v[n : n + s * n].reshape(s, n), v[n + s * n :].reshape(s, n)
        X = np.where(active, np.exp(log_X), 0.0)
        sold = np.exp(-theta[:, None] * c)
        demand = np.matmul(sold[:, None, :], K)[:, 0]
        P = -np.log(np.where(demand > 0, demand, 1.0)) / theta[:, None]
        per_unit = X / np.where(demand > 0, demand, 1.0)
        Y = sold * np.matmul(K_net, per_unit[:, :, None])[:, :, 0]
        R = (X - per_unit * np.matmul(sold[:, None, :], K_net)[:, 0]).sum(axis=0)
        income = np.exp(w) * VA + R + D
        use = np.matmul(G, ((1 - beta) * Y).T[:, :, None])[:, :, 0].T + alpha * income
        materials = np.matmul(P.T[:, None, :], G)[:, 0].T
        cost = beta * w + (1 - beta) * materials
        rise = damping * np.log((beta * Y).sum(axis=0) / (np.exp(w) * VA))
        wage = w + rise - np.log((np.exp(w + rise) * VA).sum() / VA.sum())
        spent = np.where(active, np.log(np.where(active, use, 1.0)), 0.0)
        return np.concatenate([wage, cost.ravel(), spent.ravel()]), income, (alpha * P).sum(axis=0)

    v = np.concatenate([np.zeros(n + s * n), log_X0.ravel()])
    net = b["expenditure_share"] / (1 + b["tariff"])
    before = VA + D + (X0 * (1 - net.sum(axis=1))).sum(axis=0)
    points: list[np.ndarray] = []
    steps: list[np.ndarray] = []
    for passes in range(1, MOST):
        new, income, cpi = implied(v)
        f = new - v
        if max(np.abs(f[n:]).max(), (np.abs(f[:n]) / damping).max()) < tolerance:
            return income / before / np.exp(cpi) - 1, passes
        points, steps = [*points[-DEPTH:], v], [*steps[-DEPTH:], f]
        if len(steps) > 1:
            turns = np.diff(np.array(steps), axis=0)
            jumps = np.diff(np.array(points), axis=0) + turns
            gamma = np.linalg.lstsq(turns @ turns.T, turns @ f, rcond=1e-14)[0]
            v = v + f - gamma @ jumps
        else:
            v = v + f
    raise RuntimeError(f"not converged after {MOST} passes")
