"""Benchmark tariffs on goods: World Bank weighted means, zero inside free-trade blocs."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar.world.labels import bloc

Array = NDArray[np.float64]

# Customs unions and free-trade blocs taken as duty-free within. RCEP is left out: its cuts are
# phased over twenty years and had hardly begun in 2022.
DUTY_FREE = ("EU", "EAEU", "ASEAN", "GCC", "MERCOSUR", "USMCA", "CPTPP")

# Trade-weighted averages from 1 July 2022 (Bown, PIIE, "US-China Trade War Tariffs: An Up-to-Date
# Chart"), because World Bank weighted means do not show the surcharges of 2018-19.
US_ON_CHINA, CHINA_ON_US = 0.1928, 0.2114

LATEST_YEAR = 2022
LATEST_DAY = pd.Timestamp(2022, 12, 31).date()


def weighted_means(path: Path, countries: list[str]) -> pd.Series:
    """Latest weighted-mean applied tariff up to 2022, fraction, by ISO3; NaN where none exists.

    World Bank WDI TM.TAX.MRCH.WM.AR.ZS, a file of iso3, country, year, per cent. Luxembourg, which
    the series lacks, shares the common tariff of the European Union.
    """
    table = pd.read_csv(path).dropna().sort_values("year")
    table = table[table["year"] <= LATEST_YEAR]
    latest = table.groupby("iso3")["weighted_mean_applied_tariff_pct"].last() / 100
    latest["LUX"] = latest["BEL"]
    return latest.reindex(countries)


def duty_free_pairs(countries: list[str]) -> NDArray[np.bool_]:
    """Pairs [exporter, importer] that share a free-trade bloc at the end of 2022, and home."""
    free = np.eye(len(countries), dtype=bool)
    for name in DUTY_FREE:
        inside = np.isin(countries, bloc(name, LATEST_DAY))
        free |= inside[:, None] & inside[None, :]
    return free


def benchmark_tariffs(mean: pd.Series, imports: Array, countries: list[str]) -> Array:
    """Tariff [exporter, importer] on goods, fraction; `imports` of goods in the same order.

    A country's mean covers all its imports, duty-free ones too, so the rate on the others is that
    mean divided by their share in imports; the mean of an EU member covers imports from outside
    the Union only and is taken as it is. No mean (Taiwan): no tariff, a documented gap.
    """
    free = duty_free_pairs(countries)
    foreign = ~np.eye(len(countries), dtype=bool)
    total = np.where(foreign, imports, 0.0).sum(axis=0)
    dutiable = np.where(free, 0.0, imports).sum(axis=0)
    inside_union = np.isin(countries, bloc("EU", LATEST_DAY))
    spread = np.where(inside_union, 1.0, total / np.where(dutiable > 0, dutiable, np.inf))
    rate = mean.fillna(0.0).to_numpy() * spread
    tariff = np.where(free, 0.0, rate[None, :])
    china, us = countries.index("CHN"), countries.index("USA")
    tariff[china, us], tariff[us, china] = US_ON_CHINA, CHINA_ON_US
    return tariff
