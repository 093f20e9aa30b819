"""Build the files of `multipolar/world/data` from their sources.

    python -m build_world --network bench_cache.npz --trade baci.csv --tariffs wdi.csv \
        --caliendo-parro theta.csv --protee protee.csv

Sources and licences: `src/multipolar/world/data/SOURCES.md`. Run from `tools/`.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from build_world import elasticities, flows, tariffs
from multipolar import World
from multipolar.world import balancing
from multipolar.world.labels import sector_groups

DATA = Path(__file__).parents[2] / "src/multipolar/world/data"
# Value of goods in the OECD table (basic prices) over their value in BACI (fob): see docs/world.md.
VALUATION = 0.85
ROUNDS = 600
RUSSIA = Path(__file__).with_name("russia-2021.csv")
# Left at the OECD network's trade: BACI books goods on their way to the mainland and elsewhere as
# Hong Kong's imports, which fitted here would give it a deficit above its value added.
ENTREPOTS = ("HKG",)


def main() -> None:
    """Read the sources named on the command line, write the tables, print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for source in ("network", "trade", "tariffs", "caliendo-parro", "protee"):
        parser.add_argument(f"--{source}", type=Path, required=True)
    paths = parser.parse_args()
    theta = _elasticities(paths.caliendo_parro, paths.protee)
    network = flows.read_network(paths.network)
    baci = flows.read_goods_trade(paths.trade, network.countries)
    entrepot = np.isin(network.countries, ENTREPOTS)
    target = np.where(entrepot[:, None] | entrepot[None, :], np.nan, baci)
    goods = np.isin(network.sectors, sector_groups()["goods"])

    shares = balancing.expenditure_shares(network.intermediate_sales)
    final, residual = balancing.final_spending(shares, network.final_sales)
    first = network.intermediate_sales + shares * final[:, None, :]
    need = network.intermediate_use.sum(axis=1)
    sales = balancing.fit_to_trade(first, network.output, need, VALUATION * target, goods, ROUNDS)
    mean = tariffs.weighted_means(paths.tariffs, network.countries)
    world = _world(network, sales, mean, theta, "world-2023", 2023)
    world.save(DATA / "world-2023.nc")

    russia = network.countries.index("RUS")
    before = flows.with_partner(sales, first, russia)
    russian = flows.read_partner(RUSSIA, network.countries, russia)
    target_2021 = flows.with_partner(target[None], russian[None], russia)[0]
    sales_2021 = balancing.fit_to_trade(
        before, network.output, need, VALUATION * target_2021, goods, ROUNDS
    )
    _world(network, sales_2021, mean, theta, "world-2021", 2021).save(DATA / "world-2021.nc")
    print(f"largest residual of final spending: {residual.max():.3f}")
    for label, flow in (("OECD network alone", first), ("fitted to BACI", sales)):
        print(label, _fit(flow[goods].sum(axis=0), target, network.countries))
    moved = np.abs(world.output.values - network.output).sum() / network.output.sum()
    print(f"output moved: {moved:.2e} of the world; no tariff known for", *mean[mean.isna()].index)
    print(world)
    print("Russia at 2021", _fit(sales_2021[goods].sum(axis=0), target_2021, network.countries))


def _world(
    network: flows.Network,
    sales: NDArray[np.float64],
    mean: pd.Series,
    theta: pd.DataFrame,
    name: str,
    year: int,
) -> World:
    """A world of fitted flows: benchmark tariffs laid on, inputs kept affordable."""
    goods = np.isin(network.sectors, sector_groups()["goods"])
    rates = tariffs.benchmark_tariffs(mean, sales[goods].sum(axis=0), network.countries)
    levy = np.where(goods[:, None, None], rates, 0.0)
    return World.from_flows(
        network.countries,
        network.sectors,
        sales=sales,
        intermediate_use=balancing.affordable(
            network.intermediate_use, sales, levy, balancing.DEAREST_INPUTS
        ),
        tariff=levy,
        trade_elasticity=theta.loc[network.sectors, "default"].astype(float).to_numpy(),
        name=name,
        year=year,
    )


def _elasticities(caliendo_parro: Path, protee: Path) -> pd.DataFrame:
    path = DATA / "elasticities.csv"
    table = pd.read_csv(path, keep_default_na=False, index_col="sector", dtype={"hs_codes": str})
    filled = elasticities.fill(table, caliendo_parro, protee)
    filled.to_csv(path, lineterminator="\n")
    return filled


def _fit(goods: NDArray[np.float64], baci: NDArray[np.float64], countries: list[str]) -> str:
    pair = np.isfinite(baci) & (baci > 0) & (goods > 0) & ~np.eye(len(baci), dtype=bool)
    correlation = np.corrcoef(np.log(goods[pair]), np.log(baci[pair]))[0, 1]
    error = np.abs(goods - VALUATION * baci)[pair].sum() / (VALUATION * baci[pair]).sum()
    parts = [f"log correlation {correlation:.4f} over {pair.sum()} pairs, error {error:.4f}"]
    for pair_of in ("CHN RUS", "RUS CHN", "CHN USA", "DEU USA", "RUS DEU"):
        i, n = (countries.index(code) for code in pair_of.split())
        parts.append(f"{pair_of} {goods[i, n] / 1e3:.1f} (BACI {baci[i, n] / 1e3:.1f})")
    return "; ".join(parts)


if __name__ == "__main__":
    main()
