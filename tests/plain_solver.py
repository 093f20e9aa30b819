"""A second solver: slow, plain, and independent of `multipolar.model`.

Caliendo & Parro (2015, Review of Economic Studies 82, eqs. 2-10) in changes, written down from the
paper: an outer loop on wages, within it a loop on prices, within it nothing but the formulas. The
trade elasticity falls on every cell in every pass; nothing is factored, accelerated or compiled.
Perfect competition, labour inelastic, deficits fixed in world value added (the numeraire). With
elasticities of substitution, costs and consumption are nested CES (Baqaee & Farhi 2024).

Index order: [sector, exporter, importer], [sector, country], [input, sector, country].
"""

from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-11
MOST_STEPS = 20_000


@dataclass(frozen=True)
class Plain:
    """The equilibrium in levels (flows, million USD) and in changes, 1 = no change."""

    wage: np.ndarray  # [country], change
    price: np.ndarray  # [sector, country], change
    cost: np.ndarray  # [sector, country], change
    trade: np.ndarray  # [sector, exporter, importer], million USD at importer prices
    real_income: np.ndarray  # [country], change
    gap: float  # largest excess demand for labour, as a fraction, at the end
    steps: int


def solve(world, policy, *, wage=None, tolerance=TOLERANCE, elasticities=(1, 1, 1)):
    """The equilibrium of `world` under `policy`, looked for from `wage` (default: no change).

    `elasticities`: between value added and materials, across inputs, across final goods.
    """
    b, shock = world.arrays(), policy.wedges(world)
    theta = b["trade_elasticity"]
    VA, D = b["value_added"], b["transfer"] + shock.transfer
    labour = 1 + shock.labour
    wage = np.ones(len(VA)) if wage is None else np.array(wage, dtype=float)
    price = np.ones_like(b["expenditure"])
    X = b["expenditure"].copy()

    damping = 1 / (1 + (theta[:, None] * b["consumption_share"]).sum(axis=0))
    gap = 1.0
    for steps in range(1, MOST_STEPS):  # noqa: B007  (told at the end)
        wage = wage * VA.sum() / (wage * labour * VA).sum()
        fine = max(1e-3 * gap, 1e-2 * tolerance)
        price, cost, share = prices(b, shock, wage, price, fine, elasticities)
        alpha, beta, G = shares(b, wage, price, elasticities)
        X, Y = spending(alpha, beta, G, shock, share, wage * labour * VA + D, X, fine)
        excess = (beta * Y).sum(axis=0) / (wage * labour * VA)
        worst = np.abs(excess - 1).max()
        if worst < tolerance:
            break
        if worst > 2 * gap:  # the last step overshot
            damping = damping / 2
        gap = worst
        wage = wage * excess**damping
    else:
        raise RuntimeError(f"the plain solver stopped at an excess demand of {worst:.1e}")

    income_before = VA + revenue(b["expenditure_share"], b["expenditure"], 1 + b["tariff"]) + (
        b["transfer"]
    )  # fmt: skip
    income = wage * labour * VA + D + all_revenue(shock, share, X)
    index = ces(b["consumption_share"], price, elasticities[2])
    return Plain(
        wage=wage,
        price=price,
        cost=cost,
        trade=share * X[:, None, :],
        real_income=income / income_before / index,
        gap=worst,
        steps=steps,
    )


def ces(weights, price, elasticity):
    """The price of a bundle over the first axis: its weighted power mean, or geometric mean."""
    if elasticity == 1:
        return np.exp((weights * np.log(price)).sum(axis=0))
    r = 1 - elasticity
    return (weights * price**r).sum(axis=0) ** (1 / r)


def parts(b, wage, price, elasticities):
    """The prices of materials and of value added with materials  [s, n]."""
    beta, G = b["value_added_share"], b["input_share"]
    materials = ces(G, price[:, None], elasticities[1])
    both = np.stack([np.broadcast_to(wage, beta.shape), materials])
    return materials, ces(np.stack([beta, 1 - beta]), both, elasticities[0])


def shares(b, wage, price, elasticities):
    """Shares at these prices: in consumption, of value added in cost, of inputs in materials."""
    nest, across, final = elasticities
    materials, bundle = parts(b, wage, price, elasticities)
    alpha = b["consumption_share"] * price ** (1 - final)
    G = b["input_share"] * (price[:, None] / materials) ** (1 - across)
    beta = b["value_added_share"] * (wage / bundle) ** (1 - nest)
    return alpha / alpha.sum(axis=0), beta, G


def prices(b, shock, wage, price, tolerance, elasticities=(1, 1, 1)):
    """Prices, costs and shares that wages imply, eqs. 2, 10 and 6.

    c = w^beta prod P^((1 - beta) G) / A,  P = (sum pi (kappa c)^-theta)^(-1 / theta).
    """
    theta = b["trade_elasticity"]
    kappa = (1 + shock.tariff) / (1 + b["tariff"])
    kappa = kappa * (1 + shock.export_tax) * (1 + shock.trade_cost)
    varieties = b["expenditure_share"] * (1 - shock.coverage)
    share = np.empty_like(kappa)
    for _ in range(MOST_STEPS):
        cost = parts(b, wage, price, elasticities)[1] / (1 + shock.productivity)
        new = np.ones_like(price)
        for s, th in enumerate(theta):
            bought = varieties[s] * (kappa[s] * cost[s][:, None]) ** -th
            total = bought.sum(axis=0)
            new[s] = np.where(total > 0, total, 1.0) ** (-1 / th)
            share[s] = bought / np.where(total > 0, total, 1.0)
        change = np.abs(np.log(new / price)).max()
        price = new
        if change < tolerance:
            return price, cost, share
    raise RuntimeError("the plain solver's prices do not settle")


def spending(alpha, beta, G, shock, share, earned, X, tolerance):
    """Spending and output that shares imply: X = G (1 - beta) Y + alpha (earned + revenue)."""
    taxes = (1 + shock.tariff) * (1 + shock.export_tax)
    for _ in range(MOST_STEPS):
        Y = (share / taxes * X[:, None, :]).sum(axis=2)
        income = earned + all_revenue(shock, share, X)
        new = np.einsum("ksn,sn->kn", G, (1 - beta) * Y) + alpha * income
        change = np.abs(new - X).max(axis=0) / new.sum(axis=0)
        X = new
        if change.max() < tolerance:
            return X, (share / taxes * X[:, None, :]).sum(axis=2)
    raise RuntimeError("the plain solver's spending does not settle")


def revenue(share, X, t):
    """Tariff revenue of the importers."""
    return (share * (1 - 1 / t) * X[:, None, :]).sum(axis=(0, 1))


def all_revenue(shock, share, X):
    """Tariff revenue of the importers and export tax revenue of the exporters."""
    t, x = 1 + shock.tariff, 1 + shock.export_tax
    border = share / t * X[:, None, :]
    return revenue(share, X, t) + (border * (1 - 1 / x)).sum(axis=(0, 2))
