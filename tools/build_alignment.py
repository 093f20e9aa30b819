"""Build the tables of `multipolar/alignment/data` from the files of their publishers.

    python tools/build_alignment.py FOLDER

FOLDER holds `affinity/` and `countries/` with the downloads that data/SOURCES.md names. Of SIPRI
and the Correlates of War only concentrations are written, never their tables.
"""

import sys
from pathlib import Path

import pandas as pd

from multipolar.alignment.polarity import concentration, largest, players

OUT = Path(__file__).parents[1] / "src" / "multipolar" / "alignment" / "data"
FIRST_YEAR = 2014
LETTERS = {"yes": "Y", "no": "N", "abstain": "A", "absent": "-"}
DATES = ("2014-03-27", "2022-03-02", "2025-02-24")  # 68/262, ES-11/1, ES-11/7


def ideal_points(folder: Path) -> pd.DataFrame:
    """Ideal points of states by year with their 5 % and 95 % points and number of votes."""
    table = pd.read_csv(folder / "affinity" / "unga_ideal_points_2000_2025.csv")
    names = {"n_votes": "votes", "ideal_point": "point", "q5": "low", "q95": "high"}
    kept = table[table["year"] >= FIRST_YEAR].rename(columns=names)
    return kept[["iso3", "year", "votes", "point", "low", "high"]].round(4)


def ukraine_votes(folder: Path) -> pd.DataFrame:
    """One row a state, one column a vote on Ukraine."""
    found = pd.concat(
        pd.read_csv(folder / "affinity" / name)
        for name in ("unga_ukraine_votes.csv", "unga_ukraine_votes_2025.csv")
    )
    found = found[found["resolution"].isin(["68/262", "ES-11/1", "ES-11/7"])]
    wide = found.assign(vote=found["vote"].map(LETTERS)).pivot(
        index="iso3", columns="date", values="vote"
    )
    return wide[list(DATES)].reset_index()


def gdp(folder: Path) -> pd.DataFrame:
    """Gross domestic product, million USD, states with a figure in every year."""
    table = pd.read_csv(folder / "countries" / "wdi_gdp_current_usd_2018_2023.csv")
    wide = table.pivot(index="iso3", columns="year", values="gdp_current_usd") / 1e6
    return wide.dropna().round(0).astype(int).reset_index()


def concentrations(folder: Path) -> pd.DataFrame:
    """Concentration of military spending and capabilities, by state and by bloc."""
    rows = []
    for measure, file, column in (
        ("military spending", "sipri_milex_2018_2024.csv", "milex_current_usd_m"),
        ("capabilities", "cow_nmc_2010_2022.csv", "cinc"),
    ):
        table = pd.read_csv(folder / "countries" / file)
        table = table[table["iso3"].str.len() == 3]
        wide = table.pivot(index="iso3", columns="year", values=column).dropna()
        for by in ("state", "bloc"):
            sums = wide if by == "state" else wide.groupby(players(wide.index)).sum()
            for year in sums:
                found = concentration(sums[year]) | largest(sums[year])
                rows.append({"measure": measure, "year": year, "by": by, **found})
    return pd.DataFrame(rows).round(5)


def main() -> None:
    """Write every table."""
    folder = Path(sys.argv[1])
    ideal_points(folder).to_csv(OUT / "ideal-points.csv", index=False)
    ukraine_votes(folder).to_csv(OUT / "ukraine-votes.csv", index=False)
    votes = pd.read_csv(folder / "affinity" / "unga_2025_votes_by_country.csv")
    votes.to_csv(OUT / "votes-2025.csv", index=False)
    gdp(folder).to_csv(OUT / "gdp.csv", index=False)
    concentrations(folder).to_csv(OUT / "concentration.csv", index=False)


if __name__ == "__main__":
    main()
