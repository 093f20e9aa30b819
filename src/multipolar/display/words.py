"""An outcome in the reader's terms: names, goods trade as statistics have it, what it rests on."""

from importlib.metadata import version

import numpy as np
import pandas as pd

from multipolar.model import Assumptions, Outcome
from multipolar.world.labels import country_names, pick_group, sector_names

# What stands under a picture; in full in the SOURCES.md beside the world.
DATA = {
    "world-2023": "OECD Inter-Country Input-Output tables 2025, CEPII BACI V202501, World Bank",
    "world-2021": "as world-2023, Russia's goods trade of 2021 from IMF IMTS",
}


BLOCS = {"SANCTIONS": "the sanctions coalition", "EU": "the European Union"}

ARTICLE = (
    "United States", "United Kingdom", "Netherlands", "Philippines", "United Arab Emirates",
)  # fmt: skip


def name(country: str) -> str:
    """A country's or bloc's name for people; its code where it has none."""
    return country_names().get(country) or BLOCS.get(country, country)


def called(country: str) -> str:
    """A country within a sentence: "the United States"."""
    known = name(country)
    return f"the {known}" if known in ARTICLE else known


def percent(after: pd.Series, before: pd.Series) -> pd.Series:
    """Change in percent; NaN from nothing."""
    return 100 * (after / before.where(before > 0) - 1)


def goods_trade(outcome: Outcome, when: str) -> np.ndarray:
    """Goods flows [sector, exporter, importer] before tariff, million USD; home sales left out."""
    suffix = "" if when == "after" else "_before"
    at = pick_group(outcome.sectors)
    trade, tariff = (getattr(outcome, name + suffix).values[at] for name in ("trade", "tariff"))
    flow = trade / (1 + tariff)
    flow[:, np.eye(len(outcome.countries), dtype=bool)] = 0.0
    return flow


def sector_index(outcome: Outcome, at: list[int]) -> pd.Index:
    """Names of some sectors for people, as the index of a table."""
    codes = [outcome.sectors[k] for k in at]
    return pd.Index([sector_names().get(code, code) for code in codes], name="sector")


def source(outcome: Outcome) -> str:
    """Where an outcome's numbers come from, and what they assume, in a line."""
    return source_line(outcome.world, outcome.assumptions)


def source_line(world: str, assumptions: Assumptions) -> str:
    """Where numbers worked out on a world come from, and what they assume, in a line."""
    data = next((made for known, made in DATA.items() if world.startswith(known)), "")
    return (
        f"multipolar {version('multipolar')}, world {world or 'without a name'}"
        f"{f' (data: {data})' if data else ''}. "
        f"Assumes {assumptions.sentence()}."
    )


def ends_in_words(table: pd.DataFrame, few: int = 3) -> str:
    """The lowest and highest of a table (label, number) in words, for who cannot see a picture."""
    label, measure = table.columns[:2]
    ranked = table.dropna(subset=[measure]).sort_values(measure)
    parts = [
        ", ".join(f"{row[label]} {row[measure]:+.2f}" for row in rows.to_dict("records"))
        for rows in (ranked[:few], ranked[::-1][:few])
    ]
    return f"{measure}. Lowest: {parts[0]}. Highest: {parts[1]}."


def written(value: object, heading: str) -> tuple[str, int]:
    """A cell of a table as text, and its sign where the heading says that it is a change."""
    if not isinstance(value, int | float):
        return str(value), 0
    if pd.isna(value):
        return "-", 0
    moves = any(word in heading for word in ("change", "won", "lost", "worth"))
    moves = moves or heading.startswith("real income")
    digits = 1 if "bn USD" in heading and abs(value) >= 10 else 2 if abs(value) >= 0.1 else 3
    text = f"{value:+,.{digits}f}" if moves else f"{value:,.{digits}f}"
    if not moves or float(f"{value:.{digits}f}") == 0:
        return text, 0
    return text, -1 if value < 0 else 1
