"""Build the tables of `scenarios/tariffs.toml`: what the United States added, and the answers.

    python tools/build_tariffs.py FOLDER

FOLDER holds `us_tariff_increase_by_date_partner_sector.csv` (the trade war tracker's engine run on
its product files, by sector of this project), `us_ieepa_rates_by_country_2025.csv`, and
`retaliation_2025_us_exports_covered_by_sector.csv`. Sources and corrections: the lines at the head
of the tables.
"""

import sys
from pathlib import Path

import pandas as pd

import multipolar as mp

SCENARIOS = Path(__file__).parents[1] / "src/multipolar/scenarios"
TABLE, ANSWERS = SCENARIOS / "us-tariffs-2025-2026.csv", SCENARIOS / "answers-2025.csv"

HEAD = """\
# What the United States added to its tariffs of 1 January 2025, by partner, sector and day:
# fractions, weighted by imports of 2024.
# Source: Waugh, Trade War Tracker, trade-war-redux-2025 (MIT), at product level on Census imports
# of 2024, snapshot of 23 July 2026; later rows are announced acts.
# Ours, from the Federal Register: China 10 % on 4 February 2025 and 145 % on 9 April; ceilings
# that include the most-favoured-nation duty; country rates of 5 to 9 April 2025 replaced by the
# 10 % that stood; days of the Geneva truce, of 10 November 2025 and of the metals step.
# Rows for "goods" are of partners outside the source: the country rates of Executive Orders 14257
# and 14326, energy and medicines exempt. Written by tools/build_tariffs.py.
"""

PAUSED = ("2025-04-05", "2025-04-08")  # country rates in the source; in law they stood for hours
AFTER_PAUSE = "2025-04-11"
CHINA = ("CHN", "HKG")
# What the source dates differently from the Federal Register, by whom it concerns.
DATES = {
    ("2025-05-12", CHINA): "2025-05-14",
    ("2025-11-01", CHINA): "2025-11-10",
    ("2025-06-03", None): "2025-06-04",
}
# Of partners that the source leaves out only the country rates are known. Annex II of Executive
# Order 14257 exempts energy and medicines.
EXEMPT = ("B05", "B06", "C19", "C21")
STEPS = (  # from, column of the table of country rates or a number in per cent
    ("2025-04-05", 10.0),
    ("2025-08-07", "reciprocal_2025_08_07_pct"),
    ("2026-02-20", 0.0),
    ("2026-02-24", 10.0),
    ("2026-07-24", 0.0),
)


ANSWERS_HEAD = """\
# Lists of American goods that Canada and China taxed in 2025, averages over sectors: fractions.
# Sources: lists of 4 and 13 March (Canada, 25 %) and 10 March 2025 (China, 10 and 15 % on farm
# goods) as in Waugh, Trade War Tracker, tariff-lists (MIT), on American exports of 2024, over the
# flows of world-2023. Canada's are scaled to the value that its government stated (21.7 and 20.7
# bn USD), which whole products exceed. Written by tools/build_tariffs.py.
"""
# By list: share of what its products cover that was meant; first day; the day on which it ended.
LISTS = {
    "CAN_IEEPA_CAD30bn": (0.55, "2025-03-04", "2025-09-01"),
    "CAN_steel_alu_other_CAD29.8bn": (0.60, "2025-03-13", ""),
    "CHN_agri_10": (1.0, "2025-03-10", "2025-11-10"),
    "CHN_agri_15": (1.0, "2025-03-10", "2025-11-10"),
}


def by_sector(increases: pd.DataFrame, world: mp.World) -> pd.DataFrame:
    """The source's rows for partners and sectors of a world, dates as in law, fractions."""
    rows = increases.rename(columns={"increase_legal_pp": "rate"})
    rows = rows[rows["sector"].isin(world.sectors)]
    rows["partner"] = rows["partner"].replace({"EU27": "EU"})
    rows = rows[rows["partner"].isin([*world.countries, "EU"])]
    table = rows.pivot_table(index=["partner", "sector"], columns="date", values="rate")
    table = table.ffill(axis=1).fillna(0.0)
    others = ~table.index.get_level_values("partner").isin(CHINA)
    for day in PAUSED:
        table.loc[others, day] = table.loc[others, AFTER_PAUSE]
    pieces = []
    for (partner, sector), levels in table.iterrows():
        changed = levels[levels.diff().fillna(levels).abs() > 1e-9]
        for day, level in changed.items():
            pieces.append((_in_law(str(day), partner), "USA", partner, sector, level / 100))
    return pd.DataFrame(pieces, columns=["from", "importer", "exporter", "sector", "rate"])


def _in_law(day: str, partner: str) -> str:
    for (source, whom), law in DATES.items():
        if day == source and (whom is None or partner in whom):
            return law
    return day


def by_country(rates: pd.DataFrame, world: mp.World, known: set[str]) -> pd.DataFrame:
    """The country rates of partners that the source by sector leaves out."""
    rates = rates.set_index("iso3")
    europe = {world.countries[k] for k in world.pick_countries("EU")}
    rows = []
    for code in world.countries:
        if code in known | europe | {"USA"} or code not in rates.index:
            continue
        if rates.loc[code, "reciprocal_announced_2025_04_02_pct"] == 0:
            continue  # not under the order
        for day, level in STEPS:
            rate = rates.loc[code, level] if isinstance(level, str) else level
            sectors = "goods;" + ";".join(f"-{s}" for s in EXEMPT)
            rows.append((day, "USA", code, sectors, float(rate) / 100))
    return pd.DataFrame(rows, columns=["from", "importer", "exporter", "sector", "rate"])


def answers(covered: pd.DataFrame, world: mp.World) -> pd.DataFrame:
    """Lists of American goods that Canada and China taxed, as averages over their sectors.

    What a list covers of American exports of 2024, over what the world has; not above the list's
    own rate. Two lists of one country on one sector and day add up.
    """
    covered = covered[covered["sector"].isin(world.sectors)]
    rows: dict[tuple[str, str, str], float] = {}
    for measure, imposed, sector, exports, rate in covered.itertuples(index=False):
        share, begins, ends = LISTS[measure]
        flow = float(world.trade.sel(sector=sector, exporter="USA", importer=imposed))
        average = min(share * exports / flow, 1.0) * rate / 100
        for day, sign in ((begins, 1), (ends, -1)):
            if day:
                rows[day, imposed, sector] = rows.get((day, imposed, sector), 0.0) + sign * average
    table = pd.Series(rows).rename_axis(["from", "importer", "sector"]).unstack("from").fillna(0.0)
    levels = table.sort_index(axis=1).cumsum(axis=1).stack()
    long = levels.rename("rate").round(4).reset_index()
    return long.assign(exporter="USA")[["from", "importer", "exporter", "sector", "rate"]]


def main(folder: Path) -> None:
    """Write the tables."""
    world = mp.World.load()
    increases = pd.read_csv(folder / "us_tariff_increase_by_date_partner_sector.csv")
    rates = pd.read_csv(folder / "us_ieepa_rates_by_country_2025.csv")
    one = by_sector(increases, world)
    two = by_country(rates, world, set(one["exporter"]))
    table = pd.concat([one, two]).sort_values(["from", "exporter", "sector"])
    table["rate"] = table["rate"].round(6)
    with TABLE.open("w") as file:
        file.write(HEAD)
        table.to_csv(file, index=False, lineterminator="\n")
    lists = pd.read_csv(folder / "retaliation_2025_us_exports_covered_by_sector.csv")
    with ANSWERS.open("w") as file:
        file.write(ANSWERS_HEAD)
        answers(lists, world).to_csv(file, index=False, lineterminator="\n")
    print(f"{len(table):,} rows, {one['exporter'].nunique()} partners by sector, "
          f"{two['exporter'].nunique()} by country rate")  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))
