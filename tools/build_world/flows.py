"""Flows of the benchmark: the OECD network's technology, pulled to the goods trade of BACI.

Index order of every array here: [sector, exporter, importer], [sector, country] or
[input, sector, country]; million USD at basic prices.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """The intermediate-use network of OECD ICIO, margins only of what the build needs."""

    countries: list[str]
    sectors: list[str]
    intermediate_sales: Array  # [sector, exporter, importer], summed over using sectors
    intermediate_use: Array  # [input, sector, country], summed over exporters
    output: Array  # [sector, country]

    @property
    def final_sales(self) -> Array:
        """Sales to final users everywhere [sector, exporter]."""
        return self.output - self.intermediate_sales.sum(axis=2)


def read_network(path: Path) -> Network:
    """Read `bench_cache.npz` as distributed in the wheel `sanction-simulator` 0.1.4."""
    cache = np.load(path)
    countries = [str(code) for code in cache["countries"]]
    sectors = [str(code) for code in cache["sectors"]]
    n, j = len(countries), len(sectors)
    flows = (cache["A"] * (cache["omb"] * cache["s"])).reshape(j, n, j, n)
    return Network(
        countries=countries,
        sectors=sectors,
        intermediate_sales=flows.sum(axis=2),
        intermediate_use=flows.sum(axis=1),
        output=cache["s"].reshape(j, n),
    )


def read_goods_trade(path: Path, countries: list[str]) -> Array:
    """Bilateral goods trade [exporter, importer], million USD; NaN where the file has no row.

    BACI aggregated over products. A missing row is a gap, not a zero: among a dozen countries
    (Korea, Vietnam, Russia, Poland and others) the file lacks pairs that trade billions.
    """
    table = pd.read_csv(path)
    exporter, importer, value = (table.columns[k] for k in range(3))
    wide = table.pivot(index=exporter, columns=importer, values=value)
    return wide.reindex(index=countries, columns=countries).to_numpy(dtype=float)


def read_partner(path: Path, countries: list[str], country: int) -> Array:
    """One country's goods trade [exporter, importer], million USD; NaN for partners not listed.

    A file of partner, exports, imports in bn USD; lines that begin with # are skipped.
    """
    table = pd.read_csv(path, comment="#", index_col="partner").reindex(countries)
    trade = np.full((len(countries), len(countries)), np.nan)
    trade[country], trade[:, country] = 1e3 * table["exports"], 1e3 * table["imports"]
    return trade


def with_partner(flows: Array, others: Array, country: int) -> Array:
    """Flows [sector, exporter, importer] with one country's trade abroad taken from others."""
    mixed = flows.copy()
    home = flows[:, country, country].copy()
    mixed[:, country], mixed[:, :, country] = others[:, country], others[:, :, country]
    mixed[:, country, country] = home
    return mixed


def expenditure_shares(intermediate_sales: Array) -> Array:
    """Where firms buy; a country whose firms buy none of a sector buys at home."""
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
        residual[k] = norm / max(np.linalg.norm(sales), 1e-300)
    return spending, residual


def fit_to_trade(
    flows: Array, output: Array, need: Array, target: Array, goods: NDArray[np.bool_], rounds: int
) -> Array:
    """Iterative proportional fitting of flows [sector, exporter, importer].

    Three constraints in turn: goods totals by pair equal `target` (NaN: free), purchases by
    (sector, importer) cover what firms there `need` as input, sales equal `output`. The last is
    met exactly on return.
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
