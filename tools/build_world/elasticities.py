"""The numbers of `world/data/elasticities.csv`, from its mapping and the published estimates."""

from pathlib import Path

import pandas as pd

SERVICES = 5.0  # documented default, no estimate: see world/data/SOURCES.md

TARIFFS_2018 = 2.7  # -3.7 of values before tariff (Tamberi 2025), so -2.7 of values with tariff
PETROLEUM = "C19"  # the one manufacture that is sold like a raw material


def _prefixes(codes: str) -> list[str]:
    spans: list[str] = []
    for part in codes.split():
        first, _, last = part.partition("-")
        spans += [f"{k:04d}" for k in range(int(first), int(last) + 1)] if last else [part]
    return spans


def fill(table: pd.DataFrame, caliendo_parro: Path, protee: Path) -> pd.DataFrame:
    """Fill the estimates for the mapping in `caliendo_parro_sectors` and `hs_codes`.

    Caliendo & Parro: mean over the sectors named. Fontagne, Guimbard & Orefice: median over the HS6
    products whose longest listed prefix (4 digits before 2) is the sector's. Default: Caliendo &
    Parro, petroleum cut to the largest of their other estimates. Tamberi's for manufactures, which
    are what it was measured on; the default elsewhere.
    """
    theta = pd.read_csv(caliendo_parro).set_index("sector")["theta"]
    products = pd.read_csv(protee, dtype={"HS6": str}).dropna(subset="sigma")
    hs = products["HS6"].str.zfill(6)
    owner = {p: s for s, c in table["hs_codes"].items() for p in _prefixes(c)}
    sector = hs.str[:4].map(owner).fillna(hs.str[:2].map(owner))
    median = -products["sigma"].groupby(sector).median()
    ceiling = theta.drop("Petroleum").max()
    out = table.copy()
    for code, names in table["caliendo_parro_sectors"].items():
        estimate = theta[names.split("; ")].mean() if names else SERVICES
        out.loc[code, "caliendo-parro"] = round(estimate, 2)
        out.loc[code, "default"] = round(min(estimate, ceiling), 2)
        out.loc[code, "fontagne"] = round(median[code], 2) if names else SERVICES
        measured = str(code).startswith("C") and code != PETROLEUM
        out.loc[code, "tariffs-2018"] = TARIFFS_2018 if measured else out.loc[code, "default"]
    return out
