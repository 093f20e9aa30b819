"""How questions read an outcome: goods trade as in statistics, parties, sources."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar.display.words import called, name, sector_name, source_line
from multipolar.errors import InputError
from multipolar.model import Case, Course, Outcome
from multipolar.model.groups import label
from multipolar.world.labels import Selector, pick_countries, pick_group

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Party:
    """A country or bloc of a world: its label, its readable name, the positions of its members."""

    label: str
    name: str
    called: str  # its name in a sentence
    at: Indices


def party(countries: Sequence[str], selector: Selector) -> Party:
    """The party that a selector names; `countries` are the labels of a world.

    Several codes may stand in one text: "CHN, HKG".
    """
    if isinstance(selector, str) and ", " in selector and selector not in countries:
        selector = selector.split(", ")
    at = np.array(pick_countries(selector, countries))
    text = countries[int(at[0])] if at.size == 1 else label(selector)
    return Party(text, name(text), called(text), at)


def parties(outcome: Outcome | Course, selectors: Sequence[Selector]) -> list[Party]:
    """The parties that selectors name, in order."""
    return [party(outcome.countries, selector) for selector in selectors]


def parties_apart(outcome: Outcome, selectors: Sequence[Selector], field: str) -> list[Party]:
    """The parties that selectors name; raises `InputError` where two share a country."""
    found = parties(outcome, selectors)
    for k, one in enumerate(found):
        for other in found[:k]:
            if np.intersect1d(one.at, other.at).size:
                raise InputError(
                    f"{other.label} and {one.label} overlap; name parties apart", field=field
                )
    return found


def source(case: Case) -> str:
    """Where a case's numbers come from, and what they assume, in one line."""
    return source_line(case.world.name, case.assumptions.sentence())


def goods_trade(outcome: Outcome, when: str) -> Array:
    """Goods flows [sector, exporter, importer] before tariff, million USD, without home sales."""
    suffix = "" if when == "after" else "_before"
    at = pick_group(outcome.sectors)
    trade, tariff = (outcome.values[each + suffix][at] for each in ("trade", "tariff"))
    flow: Array = trade / (1 + tariff)
    flow[:, np.eye(len(outcome.countries), dtype=bool)] = 0.0
    return flow


def goods_sales(outcome: Outcome, exporter: Indices, when: str) -> Array:
    """Goods sales of a party [sector, importer] before tariff, million USD; home sales included."""
    suffix = "" if when == "after" else "_before"
    cells = np.ix_(np.array(pick_group(outcome.sectors)), exporter)
    trade, tariff = (outcome.values[each + suffix][cells] for each in ("trade", "tariff"))
    sales: Array = (trade / (1 + tariff)).sum(axis=1)
    return sales


def between(flow: Array, exporter: Indices, importer: Indices) -> float:
    """Trade of two parties, from flows [exporter, importer]; million USD."""
    return float(flow[np.ix_(exporter, importer)].sum())


def trade_rows(
    outcome: Outcome, pairs: Iterable[tuple[Selector, Selector]]
) -> list[dict[str, Any]]:
    """Goods trade of each pair before and after, million USD a year; the change as a fraction."""
    flows = [goods_trade(outcome, when).sum(axis=0) for when in ("before", "after")]
    rows = []
    for pair in pairs:
        exporter, importer = parties(outcome, pair)
        before, after = (between(flow, exporter.at, importer.at) for flow in flows)
        rows.append(
            {
                "exporter": exporter.label,
                "importer": importer.label,
                "sectors": "goods",
                "before": before,
                "after": after,
                "change": after / before - 1 if before > 0 else None,
            }
        )
    return rows


def goods_sectors(outcome: Outcome, group: str = "goods") -> tuple[list[int], pd.Index]:
    """Positions and names of a group's sectors."""
    at = pick_group(outcome.sectors, group)
    return at, pd.Index([sector_name(outcome.sectors[k]) for k in at], name="sector")


def before_after_table(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Flows in million USD as a table in bn USD, with changes, largest loss first."""
    before, after = before / 1e3, after / 1e3
    return pd.DataFrame(
        {
            "before, bn USD": before,
            "after, bn USD": after,
            "change, bn USD": after - before,
            "change, %": 100 * (after / before.where(before > 0) - 1),
        }
    ).sort_values("change, bn USD")


def on_horizons(horizons: Iterable[str]) -> str:
    """A sentence on what the short run is, where results speak of one; else empty."""
    told = (
        "Short run: as buyers and sellers can react one year after the cut, with the trade "
        "elasticities of that horizon; long run: in the end."
    )
    return told if "short run" in set(horizons) else ""


def income_change(outcome: Outcome, who: Indices) -> tuple[float, float]:
    """Change of a party's real income: a fraction, and million USD of the benchmark."""
    income, change = outcome.values["income_before"], outcome.values["real_income"]
    moved = float((income * change)[who].sum())
    return moved / float(income[who].sum()), moved
