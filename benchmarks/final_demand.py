"""The final demand in world-2023 against national accounts that say where it comes from.

    python benchmarks/final_demand.py --data FOLDER

FOLDER holds two tables, in the layout that the top of each function says: the final use of 2024 by
summary commodity of the United States (Bureau of Economic Analysis, use and import matrices) and
that of 2020 by sector of China (National Bureau of Statistics, domestic and imported). Prints
Markdown for docs/world.md.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import multipolar as mp

LEAST = 0.5  # per cent of final goods: below, shares of what final users buy say nothing
# Sectors that the three classifications have in common: ours, BEA's, and China's numbers.
COMMON = {
    "agriculture, forestry, fishing": ("A01 A02 A03", "111CA 113FF", "1"),
    "oil, gas, coal": ("B05 B06", "211", "2 3"),
    "ores, other mining": ("B07 B08", "212", "4 5"),
    "food": ("C10T12", "311FT", "6"),
    "textiles, clothing": ("C13T15", "313TT 315AL", "7 8"),
    "wood, furniture, other": ("C16 C31T33", "321 337 339", "9 22 23"),
    "paper, printing": ("C17_18", "322 323", "10"),
    "refined petroleum": ("C19", "324", "11"),
    "chemicals, plastics": ("C20 C21 C22", "325 326", "12"),
    "glass, cement": ("C23", "327", "13"),
    "metals": ("C24A C24B", "331", "14"),
    "metal products": ("C25", "332", "15"),
    "machinery": ("C28", "333", "16 17"),
    "electronics, instruments": ("C26", "334", "20 21"),
    "electrical equipment": ("C27", "335", "19"),
    "vehicles, other transport": ("C29 C301 C302T309", "3361MV 3364OT", "18"),
}


def in_the_world(country: str) -> pd.DataFrame:
    """Purchases of a country by common sector, million USD before tariff.

    `bought`, `abroad`: all purchases, and those from abroad; `final`: the share of all purchases
    that final users make, which world-2023 takes to be the same for goods from every country.
    """
    world = mp.World.load()
    n = world.countries.index(country)
    sales = (world.trade.values / (1 + world.tariff.values))[:, :, n]
    inputs = ((1 - world.value_added_share.values) * world.output.values)[:, n]
    spent = world.input_share.values[:, :, n] @ inputs
    final = 1 - spent / np.maximum(world.expenditure.values[:, n], 1e-9)
    table = pd.DataFrame(
        {"bought": sales.sum(axis=1), "abroad": sales.sum(axis=1) - sales[:, n]}, world.sectors
    )
    table["final"] = final * table["bought"]
    table["final abroad"] = final * table["abroad"]
    return pd.DataFrame(
        {name: table.loc[codes.split()].sum() for name, (codes, _, _) in COMMON.items()}
    ).T


def of_bea(folder: Path) -> pd.DataFrame:
    """Columns bea_code, use_*, imp_*: purchases of commodities by use, all and imported."""
    raw = pd.read_csv(folder / "bea_use_and_imports_by_final_use_2024.csv").set_index("bea_code")
    uses = ("pce", "investment", "government", "inventories")
    final, abroad = (raw[[f"{kind}_{use}" for use in uses]].sum(axis=1) for kind in ("use", "imp"))
    table = pd.DataFrame(
        {
            "bought": final + raw["use_intermediate"],
            "abroad": abroad + raw["imp_intermediate"],
            "final": final,
            "final abroad": abroad,
        }
    )
    return pd.DataFrame(
        {k: table.loc[codes.split()].sum() for k, (_, codes, _) in COMMON.items()}
    ).T


def of_china(folder: Path) -> pd.DataFrame:
    """Columns code, origin (domestic, imported), intermediate, and final uses; exports left out."""
    raw = pd.read_csv(folder / "china_nbs_2020_final_use_domestic_imported.csv")
    raw["final"] = raw[["final_consumption", "fixed_capital_formation", "inventories"]].sum(axis=1)
    raw["bought"] = raw["final"] + raw["intermediate"]
    wide = raw.pivot_table(index="code", columns="origin", values=["bought", "final"])
    abroad = next(kind for kind in wide.columns.levels[1] if kind != "domestic")
    table = pd.DataFrame(
        {
            "bought": wide["bought"].sum(axis=1),
            "abroad": wide["bought"][abroad],
            "final": wide["final"].sum(axis=1),
            "final abroad": wide["final"][abroad],
        }
    )
    return pd.DataFrame(
        {k: table.loc[[int(code) for code in codes.split()]].sum()
         for k, (_, _, codes) in COMMON.items()}
    ).T  # fmt: skip


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """Per cent: who buys imports, how much of final use is imported, what is bought in the end."""
    return 100 * pd.DataFrame(
        {
            "of imports, final": table["final abroad"] / table["abroad"],
            "of final, imported": table["final abroad"] / table["final"],
            "of final goods": table["final"] / table["final"].sum(),
        }
    )


def main() -> None:
    """Print a table for each country, and the mean gaps over sectors that final users buy of."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    for code, told in (("USA", of_bea(folder)), ("CHN", of_china(folder))):
        bought = shares(told)["of final goods"] >= LEAST
        ours, theirs = shares(in_the_world(code))[bought], shares(told)[bought]
        print(f"\n| {code} | " + " | ".join(f"{c}, here | accounts" for c in ours) + " |")
        print("|---" * (2 * len(ours.columns) + 1) + "|")
        for name in ours.index:
            cells = [f"{t.loc[name, c]:.1f}" for c in ours for t in (ours, theirs)]
            print(f"| {name} | " + " | ".join(cells) + " |")
        gap = (ours - theirs).abs()
        weight = told["final abroad"][bought].clip(lower=0)
        print("| mean gap, points | " + " | ".join(f"{gap[c].mean():.1f} | " for c in ours) + "|")
        mean = {c: np.average(gap[c], weights=weight) for c in ours}
        print("weighted by final imports:", {c: round(float(v), 1) for c, v in mean.items()})


if __name__ == "__main__":
    main()
