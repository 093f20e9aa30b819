"""Flows of the benchmark: the OECD network's technology, pulled to the goods trade of BACI.

Index order of every array here: [sector, exporter, importer], [sector, country] or
[input, sector, country]; million USD at basic prices.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
