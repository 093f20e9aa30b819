"""How long gas takes: a market, all coalitions of twelve players, the nucleolus, 1,000 draws.

python benchmarks/gas.py
"""

import time
from collections.abc import Callable
from typing import Any

from multipolar.energy import (
    GasAssumptions,
    Network,
    Terms,
    calibrate,
    deals,
    drawn_terms,
    equilibrium,
    network_game,
)

PLAYERS = ("RUS", "UKR", "BLR", "POB", "TUR", "NOR", "DEU", "CEE", "ITA", "BLK", "DZA")
TWELVE = {
    **{p: [p] for p in PLAYERS},
    "WEST": ["BNL", "FRA", "GBR", "IBE"],
}


def timed(what: str, do: Callable[[], Any]) -> Any:
    """Do it and print its processor and elapsed time."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = do()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{what}: {cpu:.2f} s of processor time, {wall:.2f} s")
    return found


def main() -> None:
    """Time everything once."""
    market = timed("calibrate", lambda: calibrate(Network.load(2021)))
    timed("one market", lambda: equilibrium(market))
    game = timed("4,096 coalitions", lambda: network_game(market, TWELVE))
    timed("Shapley value", game.shapley)
    timed("nucleolus", game.nucleolus)
    outlook = calibrate(Network.load(2035), GasAssumptions.long_run())
    timed("1,000 draws", lambda: deals(outlook, drawn_terms(Terms(), 1000)))


if __name__ == "__main__":
    main()
