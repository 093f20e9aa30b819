"""How long gas takes: a market, all coalitions of twelve players, the nucleolus, 1,000 draws.

python benchmarks/gas.py
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from multipolar.energy import (
    GasAssumptions,
    Network,
    Terms,
    apply,
    calibrate,
    deals,
    drawn_terms,
    equilibrium,
    link_worth,
    network_game,
)
from multipolar.policy import GasStocks, GasSupply, Instrument, LinkCapacity

PLAYERS = ("RUS", "UKR", "BLR", "POB", "TUR", "NOR", "DEU", "CEE", "ITA", "BLK", "DZA")
TWELVE = {
    **{p: [p] for p in PLAYERS},
    "WEST": ["BNL", "FRA", "GBR", "IBE"],
}


EUROPE = ("GBR", "BNL", "DEU", "FRA", "IBE", "ITA", "CEE", "POB", "BLK")
RUSSIAN_ROUTES = (
    "Nord Stream", "Yamal-Europe II (BY-PL)", "Baltic lines RU-FI/EE/LV", "TurkStream 2",
    "Ukraine-Slovakia/Hungary", "Ukraine-Poland", "Ukraine-Romania (Trans-Balkan)",
    "Blue Stream + TurkStream 1", "Power of Siberia 1",
)  # fmt: skip


# --- hindcasts ------------------------------------------------------------------------------------


def r_squared(seen: pd.Series, found: pd.Series) -> float:
    """Share of the variation between links that is found."""
    return float(1 - ((seen - found) ** 2).sum() / ((seen - seen.mean()) ** 2).sum())


def given(before: Network, after: Network) -> list[Instrument]:
    """What a hindcast is told: Russian flows, links that opened or closed, Europe's stores."""
    flow, capacity = after.links["flow"], after.links["capacity"]
    acts: list[Instrument] = [
        LinkCapacity(name, capacity=float(flow[name])) for name in RUSSIAN_ROUTES
    ]
    acts += [
        LinkCapacity(name, capacity=float(capacity[name]))
        for name in ("Baltic Pipe", "Maghreb-Europe")
    ]
    east = flow["Power of Siberia 1"] / before.links["flow"]["Power of Siberia 1"] - 1
    stored = after.nodes["stocks"].sum() - before.nodes["stocks"].sum()
    return [*acts, GasSupply("RUE", change=float(east)), GasStocks(EUROPE, volume=float(stored))]


def hindcast(
    before: Network, after: Network, assumptions: GasAssumptions | None = None
) -> dict[str, float]:
    """R2 by observed link, of no change and of the model, over all and over those not told.

    `lng`, `american`: LNG to Europe and Turkey and North America's part, relative to what was seen;
    `price`: at the Dutch hub, USD/MMBtu.
    """
    outcome = apply(calibrate(before, assumptions), given(before, after)).solve()
    found, seen, was = outcome.links(), after.links["flow"], before.links["flow"]
    known = seen.notna() & was.notna()
    untold = known & ~known.index.isin(RUSSIAN_ROUTES)
    ports = [f"{n}-m" for n in (*EUROPE, "TUR")]
    europe = found["to"].isin(ports) & (found["kind"] == "route")
    american = europe & found.index.str.startswith("LNG NAM")
    return {
        "no_change": r_squared(seen[known], was[known]),
        "model": r_squared(seen[known], found["flow"][known]),
        "no_change_untold": r_squared(seen[untold], was[untold]),
        "model_untold": r_squared(seen[untold], found["flow"][untold]),
        "lng": float(found["flow"][europe].sum() / seen[europe].sum()),
        "american": float(found["flow"][american].sum() / seen[american].sum()),
        "price": float(outcome.nodes()["price"]["BNL"]),
    }


# --- Nord Stream against South Stream -------------------------------------------------------------


def two_streams(assumptions: GasAssumptions) -> pd.DataFrame:
    """What each line, built for nothing in 2021 without both, adds to every player's value."""
    network = Network.load(2021)
    links = network.links.copy()
    south = links.loc["TurkStream 2"].copy()
    south["capacity"], south["planned"], south["flow"], south["owners"] = 0, 63 * 0.927, np.nan, ""
    links.loc["South Stream"] = south
    market = calibrate(replace(network, links=links), assumptions)
    at = market.network.links.index.isin(["Nord Stream", "TurkStream 2"])
    market = replace(market, capacity=np.where(at, 0.0, market.capacity))
    players = [p for p in PLAYERS if p != "DZA"]
    table = {}
    for line in ("Nord Stream", "South Stream"):
        worth = link_worth(market, line, players)
        table |= {f"{line}, {concept}": worth[concept] for concept in ("shapley", "nucleolus")}
    return pd.DataFrame(table)


# --- speed ----------------------------------------------------------------------------------------


def timed(what: str, do: Callable[[], Any]) -> Any:
    """Do it and print its processor and elapsed time."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = do()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{what}: {cpu:.2f} s of processor time, {wall:.2f} s")
    return found


def main() -> None:
    """Print hindcasts, the two streams, and times."""
    years = {year: Network.load(year) for year in (2021, 2022, 2023)}
    told = {year: hindcast(years[2021], years[year]) for year in (2022, 2023)}
    print(pd.DataFrame(told).round(3))
    for name, assumed in (("short", GasAssumptions()), ("long", GasAssumptions.long_run())):
        print(f"{name} run, million USD a year\n{two_streams(assumed).round(0).to_string()}")
    market = timed("calibrate", lambda: calibrate(Network.load(2021)))
    timed("one market", lambda: equilibrium(market))
    game = timed("4,096 coalitions", lambda: network_game(market, TWELVE))
    timed("Shapley value", game.shapley)
    timed("nucleolus", game.nucleolus)
    outlook = calibrate(Network.load(2035), GasAssumptions.long_run())
    timed("1,000 draws", lambda: deals(outlook, drawn_terms(Terms(), 1000)))


if __name__ == "__main__":
    main()
