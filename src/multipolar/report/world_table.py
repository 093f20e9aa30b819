"""A world at a glance: its countries by size, trade and tariff."""

import numpy as np
import pandas as pd

from multipolar.display.words import name
from multipolar.world import World


def countries(world: World) -> pd.DataFrame:
    """Value added, trade and tariff by country, largest first, units in the headings."""
    border = (world.trade / (1 + world.tariff)).to_numpy().sum(axis=0)
    border = np.where(np.eye(len(border), dtype=bool), 0.0, border)
    imports = border.sum(axis=0)
    table = pd.DataFrame(
        {
            "value added, bn USD": world.value_added.to_series() / 1e3,
            "exports, bn USD": border.sum(axis=1) / 1e3,
            "imports, bn USD": imports / 1e3,
            "deficit, bn USD": world.transfer.to_series() / 1e3,
            "mean tariff, % of imports": 100 * world.tariff_revenue.to_series() / imports,
        },
    ).sort_values("value added, bn USD", ascending=False)
    return table.rename(index=name).rename_axis("country")
