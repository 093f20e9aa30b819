"""How many poles the world has: concentration of capabilities, by state and by bloc.

CON (Ray & Singer 1973) is zero for n equal poles whatever n, two as much as nine; effective poles
(the inverse of the Herfindahl-Hirschman index; Laakso & Taagepera 1979) count them. So both are
always shown, with the second over the first. The sample is fixed along the years.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from multipolar.alignment import tables
from multipolar.alignment.blocs import BETWEEN, DEFAULT, blocs
from multipolar.errors import InputError
from multipolar.world import World

By = Literal["state", "bloc"]
HALF = 0.5


def concentration(capability: pd.Series) -> dict[str, float]:
    """Concentration of a capability (player), none negative: con, hhi, poles, second_over_first.

    con = sqrt((hhi - 1/n) / (1 - 1/n)), 0 for equal shares, 1 for one holder of all; of one player
    it is 1. `players` is n. Raises `InputError` for missing, negative or no capability at all.
    """
    held = capability.to_numpy(float)
    if held.size == 0 or not np.isfinite(held).all() or held.min() < 0 or held.sum() <= 0:
        raise InputError("needs capabilities of zero or more, some above zero", field="capability")
    share = np.sort(held / held.sum())[::-1]
    n, hhi = share.size, float((share**2).sum())
    con = np.sqrt(max(hhi - 1 / n, 0.0) / (1 - 1 / n)) if n > 1 else 1.0
    second = float(share[1] / share[0]) if n > 1 else 0.0
    return {
        "players": n, "con": float(con), "hhi": hhi, "poles": 1 / hhi,
        "second_over_first": second, "first_two": float(share[:2].sum()),
    }  # fmt: skip


def largest(capability: pd.Series) -> dict[str, str]:
    """The two largest players."""
    names = capability.sort_values(ascending=False).index[:2]
    return {"first": str(names[0]), "second": str(names[1]) if len(names) > 1 else ""}


def verdict(found: Mapping[str, float]) -> str:
    """Unipolar, bipolar or multipolar, by a convention that is stated and no law.

    Unipolar: the second has less than half of the first. Bipolar: it has more, and the first two
    have more than half of everything. Else multipolar.
    """
    if found["second_over_first"] < HALF:
        return "unipolar"
    return "bipolar" if found["first_two"] > HALF else "multipolar"


def polarity(world: World | None = None, rule: str = DEFAULT) -> pd.DataFrame:
    """Concentrations by measure, year and kind of player ("state", "bloc"): one row each.

    GDP from the table that ships, goods trade from a world's benchmark (one year), military
    spending and capabilities as derived when the tables were built (by the default rule; other
    rules leave these blocs out). A state between the blocs, or without one, stands for itself.
    """
    table = tables.read("gdp").set_index("iso3")
    held = {("GDP", int(str(year))): table[year].astype(float) for year in table}
    if world is not None:
        held["goods trade", 2023] = _traded(world)
    rows = []
    for (measure, year), by_state in held.items():
        by_bloc = by_state.groupby(players(by_state.index, rule)).sum()
        for by, sums in (("state", by_state), ("bloc", by_bloc)):
            about = {"measure": measure, "year": year, "by": by}
            rows.append(about | concentration(sums) | largest(sums))
    derived = tables.read("concentration")
    derived = derived if rule == DEFAULT else derived[derived["by"] == "state"]
    found = pd.concat([pd.DataFrame(rows), derived], ignore_index=True)
    found["verdict"] = [
        verdict({"second_over_first": second, "first_two": two})
        for second, two in zip(found["second_over_first"], found["first_two"], strict=True)
    ]
    return found


def players(states: pd.Index, rule: str = DEFAULT) -> pd.Series:
    """Who a state counts for: its bloc; itself if it is between the blocs or has no data."""
    side = blocs(rule)["bloc"].reindex(states)
    return side.where(side.notna() & (side != BETWEEN), states.to_series())


def _traded(world: World) -> pd.Series:
    """Goods exports and imports before tariffs [country], million USD."""
    at = world.pick_goods()
    sales = (world.trade.values[at] / (1 + world.tariff.values[at])).sum(axis=0)
    np.fill_diagonal(sales, 0.0)
    return pd.Series(sales.sum(axis=0) + sales.sum(axis=1), world.countries)
