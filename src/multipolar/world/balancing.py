"""Balancing: flows that add up, from sources that do not.

Index order [sector, exporter, importer], [sector, country] or [input, sector, country]; million USD
at basic prices.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Array = NDArray[np.float64]


def expenditure_shares(intermediate_sales: Array) -> Array:
    """Where firms buy. A country whose firms buy nothing of a sector is taken to buy at home."""
    total = intermediate_sales.sum(axis=1, keepdims=True)
    home = np.eye(intermediate_sales.shape[1])[None]
    return np.where(total > 0, intermediate_sales / np.where(total > 0, total, 1.0), home)


def final_spending(shares: Array, final_sales: Array) -> tuple[Array, Array]:
    """Final spending [sector, importer] >= 0 whose purchases come nearest to final sales.

    Non-negative least squares sector by sector. Second result: the residual of each sector as a
    fraction of its final sales.
    """
    spending = np.empty_like(final_sales)
    residual = np.empty(final_sales.shape[0])
    for k, (share, sales) in enumerate(zip(shares, final_sales, strict=True)):
        spending[k], norm = nnls(share, sales)
        residual[k] = norm / max(float(np.linalg.norm(sales)), 1e-300)
    return spending, residual


def fit_to_trade(
    flows: Array, output: Array, need: Array, target: Array, goods: NDArray[np.bool_], rounds: int
) -> Array:
    """Iterative proportional fitting of flows [sector, exporter, importer].

    Three constraints in turn: goods totals by pair equal `target` (NaN: free); purchases by
    (sector, importer) cover what firms there `need` as input; sales equal `output`. The result
    meets the last one exactly.
    """
    flows = flows.copy()
    fixed = np.isfinite(target) & ~np.eye(len(target), dtype=bool)
    for _ in range(rounds):
        total = flows[goods].sum(axis=0)
        step = np.where(fixed & (total > 0), target / np.where(total > 0, total, 1.0), 1.0)
        flows[goods] *= np.where(fixed, step, 1.0)
        bought = flows.sum(axis=1)
        flows *= np.where(bought < need, need / np.where(bought > 0, bought, 1.0), 1.0)[:, None, :]
        sold = flows.sum(axis=2)
        flows *= np.where(sold > 0, output / np.where(sold > 0, sold, 1.0), 0.0)[:, :, None]
    return flows


def affordable(use: Array, sales: Array, levy: Array, dearest: float = 1.0) -> Array:
    """Use of inputs at importer prices, cut where purchases or output fall short of it.

    `use` [input, sector, country] and `sales` at basic prices, `levy` ad valorem; inputs cost at
    most the share `dearest` of output. Firms' purchases bear the same average tariff as all
    purchases of the sector by the country.
    """
    bought = sales.sum(axis=1)
    need = use.sum(axis=1)
    covered = np.minimum(1.0, bought / np.where(need > 0, need, 1.0))
    dearer = (sales * (1 + levy)).sum(axis=1) / np.where(bought > 0, bought, 1.0)
    paid = use * (covered * dearer)[:, None, :]
    inputs, output = paid.sum(axis=0), sales.sum(axis=2)
    ceiling = dearest * output / np.where(inputs > 0, inputs, 1.0)
    return paid * np.where(inputs > 0, np.minimum(1.0, ceiling), 1.0)
