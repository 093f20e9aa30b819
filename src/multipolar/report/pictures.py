"""Pictures of an outcome: what the answers show. The charts themselves are in `charts`."""

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.figure import Figure
from multipolar.display.words import ends_in_words, goods_trade, name, sector_index, source
from multipolar.model import Outcome
from multipolar.world.labels import pick_group

INCOME = "real income, % change"


def income_map(outcome: Outcome) -> Figure:
    """Real income of every country on the map."""
    values = pd.DataFrame(
        {
            "code": list(outcome.countries),
            "country": [name(c) for c in outcome.countries],
            INCOME: 100 * outcome.real_income.to_numpy(),
        }
    )
    return charts.shape_map(
        values,
        key="map-real-income",
        title="Real income around the world",
        source=source(outcome),
        alt=f"World map of {ends_in_words(values[['country', INCOME]])}",
    )


def income_bars(outcome: Outcome, table: pd.DataFrame) -> Figure:
    """Real income of a table's countries (index: names), largest loss first."""
    values = table[[INCOME]].sort_values(INCOME).reset_index()
    return charts.ranked_bars(
        values,
        key="bars-real-income",
        title="Real income of chosen countries and of the extremes",
        source=source(outcome),
        alt=f"Bars of {ends_in_words(values)}",
    )


def diversion(outcome: Outcome, country: str, table: pd.DataFrame) -> Figure:
    """Where a country's exports went and go. `table`: as `answers.markets` has it."""
    columns = ["before, bn USD", "after, bn USD", "change, bn USD"]
    values = table[columns].reset_index()
    return charts.before_after(
        values,
        key=f"diversion-{country}",
        title=f"{name(country)}'s goods exports, before and after",
        subtitle="bn USD a year before tariff; hollow: before, full: after",
        source=source(outcome),
        alt=f"{name(country)}'s exports by destination, "
        + ends_in_words(values[["destination", "change, bn USD"]]),
        note="The largest losses and gains.",
    )


def supply(outcome: Outcome, key: str, what: str, table: pd.DataFrame) -> Figure:
    """Who supplies a market, before and after. `table`: as `answers.suppliers` has it."""
    values = table[["before, bn USD", "after, bn USD", "change, bn USD"]].reset_index()
    return charts.before_after(
        values,
        key=f"suppliers-{key}",
        title=f"Who supplies {name(key.partition('-')[0])} with {what.lower()}, before and after",
        subtitle="bn USD a year before tariff; hollow: before, full: after",
        source=source(outcome),
        alt="Suppliers, " + ends_in_words(values[["supplier", "change, bn USD"]]),
        note="The largest, makers at home among them.",
    )


def pair_changes(outcome: Outcome, table: pd.DataFrame) -> Figure:
    """Goods trade of chosen pairs, before and after."""
    values = table[["before, bn USD", "after, bn USD", "change, bn USD"]].reset_index()
    return charts.before_after(
        values,
        key="pairs",
        title="Goods trade between chosen pairs, before and after",
        subtitle="bn USD a year before tariff; hollow: before, full: after",
        source=source(outcome),
        alt="Goods trade of pairs, " + ends_in_words(values[[values.columns[0], "change, bn USD"]]),
    )


def goods_flows(outcome: Outcome, countries: list[str]) -> Figure:
    """Goods trade among some countries after the policy, coloured by how it changed."""
    at = [outcome.countries.index(c) for c in countries]
    before, after = (
        goods_trade(outcome, when).sum(axis=0)[np.ix_(at, at)] / 1e3 for when in ("before", "after")
    )
    names = [name(c) for c in countries]
    table = pd.DataFrame(
        [
            (i, n, after[k, m], 100 * (after[k, m] / before[k, m] - 1))
            for k, i in enumerate(names)
            for m, n in enumerate(names)
            if before[k, m] > 0
        ],
        columns=["exporter", "importer", "after, bn USD", "change, %"],
    )
    pairs = table["exporter"] + " to " + table["importer"]
    return charts.flows(
        table,
        key="flows",
        title="Who sells goods to whom",
        subtitle="width: bn USD a year after, before tariff; colour: change against before",
        source=source(outcome),
        alt="Goods trade among " + ", ".join(names) + ": "
        + ends_in_words(pd.DataFrame({"pair": pairs, "change, %": table["change, %"]})),
        note="Trade among these countries only.",
    )  # fmt: skip


def sector_heat(outcome: Outcome, countries: list[str]) -> Figure:
    """Factory output by sector and country, change in quantity."""
    at = pick_group(outcome.sectors, "manufacturing")
    where = [outcome.countries.index(c) for c in countries]
    volume = 100 * outcome.output_volume.to_numpy()[np.ix_(at, where)]
    made = outcome.output_before.to_numpy()[np.ix_(at, where)]
    wide = pd.DataFrame(
        np.where(made > 0, volume, np.nan), sector_index(outcome, at), [name(c) for c in countries]
    )
    table = wide.reset_index().melt("sector", var_name="country", value_name="output, % change")
    cells = table["sector"] + " in " + table["country"]
    return charts.heat_map(
        table,
        key="sectors",
        title="Factory output by sector and country",
        subtitle="quantity, % change",
        source=source(outcome),
        alt="Matrix of sectors and countries: "
        + ends_in_words(pd.DataFrame({"cell": cells, "output, % change": table.iloc[:, 2]})),
    )


def output_bars(outcome: Outcome, country: str, table: pd.DataFrame) -> Figure:
    """A country's output by sector, change in quantity. `table`: by sector (index)."""
    title = f"{name(country)}'s factories, quantity produced"
    return _sector_bars(outcome, f"output-{country}", title, table)


def price_bars(outcome: Outcome, country: str, table: pd.DataFrame) -> Figure:
    """What a country's buyers pay by sector. `table`: by sector (index)."""
    title = f"{name(country)}: where prices rise most"
    return _sector_bars(outcome, f"prices-{country}", title, table, rise_is_loss=True)


def _sector_bars(
    outcome: Outcome, key: str, title: str, table: pd.DataFrame, *, rise_is_loss: bool = False
) -> Figure:
    values = table.iloc[:, :1].reset_index()
    return charts.ranked_bars(
        values,
        key=key,
        title=title,
        source=source(outcome),
        alt=f"Bars of {ends_in_words(values)}",
        digits=1,
        rise_is_loss=rise_is_loss,
    )
