"""Answers: the questions of a scenario as small tables with units; reads outcomes, never solves.

Goods trade is shown before the importer's tariff, as trade statistics have it, in USD of the
benchmark's year with world value added as the numeraire.
"""

import numpy as np
import pandas as pd

from multipolar.display.answer import ROWS, Answer
from multipolar.display.words import goods_trade, name, percent, sector_index, source
from multipolar.model import Outcome
from multipolar.report import pictures
from multipolar.report.strategic import deals_answer, play_answers
from multipolar.scenario import Run
from multipolar.world.labels import pick_group, pick_sectors, sector_names

MOST = 10  # countries side by side


def answers(run: Run) -> list[Answer]:
    """The answers to a scenario's questions, in the order a reader asks them."""
    asked, outcome = run.scenario.questions, run.outcome
    found = [who_gains(outcome, list(asked.headline))]
    for country in asked.markets:
        found += [markets(outcome, country), new_goods(outcome, country)]
    if asked.pairs:
        found.append(pairs(outcome, list(asked.pairs)))
    found += [worth(run)] if asked.what_if else []
    found += [output(outcome, country) for country in asked.output]
    found += [prices(outcome, country) for country in asked.prices]
    found += [suppliers(outcome, country, sector) for country, sector in asked.suppliers]
    found += [standoff_answer(table) for table in run.standoffs.values()]
    found += [answer for play in run.games for answer in play_answers(play)]
    found += [deals_answer(deals, source(outcome)) for deals in run.deals]
    if len(asked.headline) > 1:
        found.append(headline_trade(outcome, list(asked.headline)[:MOST]))
    return found


def who_gains(outcome: Outcome, headline: list[str]) -> Answer:
    """Real income, prices and trade of the headline countries and of the extremes."""
    table = outcome.table()
    ranked = list(table.index)
    chosen = headline or ranked[:ROWS] + ranked[-ROWS:]
    extremes = [c for c in ranked[:3] + ranked[-3:] if c not in chosen]
    rows = table.loc[[c for c in ranked if c in chosen or c in extremes]]
    income = outcome.income_before.to_series() / 1e3
    rows.insert(1, "real income, bn USD", rows["real income, % change"] / 100 * income[rows.index])
    total = float((outcome.real_income * outcome.income_before).sum() / 1e3)
    share = 100 * total / float(income.sum())
    extra = f" Not asked for but at the ends: {', '.join(map(name, extremes))}." if extremes else ""
    rows = rows.rename(index=name).rename_axis("country")
    return Answer(
        "real-income",
        "Who gains and who loses",
        rows,
        f"Real income of the {len(ranked)} countries together: {total:+,.0f} bn USD "
        f"({share:+.2f} %).{extra}",
        (pictures.income_map(outcome), pictures.income_bars(outcome, rows)),
    )


def _border(outcome: Outcome, when: str) -> np.ndarray:
    return goods_trade(outcome, when) / 1e3


def _before_after(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "before, bn USD": before,
            "after, bn USD": after,
            "change, bn USD": after - before,
            "change, %": percent(after, before),
        }
    ).sort_values("change, bn USD")


def _ends(table: pd.DataFrame) -> pd.DataFrame:
    return table if len(table) <= 2 * ROWS else pd.concat([table[:3], table[-ROWS:]])


def markets(outcome: Outcome, country: str) -> Answer:
    """Where a country's goods exports shrink and grow, by destination."""
    i = outcome.countries.index(country)
    index = pd.Index([name(c) for c in outcome.countries], name="destination")
    before, after = (
        pd.Series(_border(outcome, when)[:, i].sum(axis=0), index) for when in ("before", "after")
    )
    table = _before_after(before[before > 0], after[before > 0])
    change = table["change, bn USD"].to_numpy()
    lost, won = change[change < 0].sum(), change[change > 0].sum()
    return Answer(
        f"markets-{country}",
        f"{name(country)}'s goods exports: lost and new markets",
        _ends(table),
        f"Lost {-lost:,.0f} bn USD, won {won:,.0f} bn USD elsewhere.",
        (pictures.diversion(outcome, country, _ends(table)),),
    )


def new_goods(outcome: Outcome, country: str) -> Answer:
    """The same by sector: what is lost in the shrinking markets, won in the growing ones."""
    i = outcome.countries.index(country)
    before, after = (_border(outcome, when)[:, i] for when in ("before", "after"))
    shrinks = (after - before).sum(axis=0) < 0
    change = after - before
    table = pd.DataFrame(
        {
            "exports before, bn USD": before.sum(axis=1),
            "lost in shrinking markets, bn USD": change[:, shrinks].sum(axis=1),
            "won in growing markets, bn USD": change[:, ~shrinks].sum(axis=1),
            "change, %": 100 * change.sum(axis=1) / np.where(before.sum(1) > 0, before.sum(1), 1.0),
        },
        sector_index(outcome, pick_group(outcome.sectors)),
    )
    largest = table["lost in shrinking markets, bn USD"].sort_values().index[: ROWS + 2]
    return Answer(
        f"new-goods-{country}", f"{name(country)}'s goods exports by sector", table.loc[largest]
    )


def pairs(outcome: Outcome, wanted: list[tuple[str, str]]) -> Answer:
    """Goods trade of chosen pairs."""
    before, after = (_border(outcome, when).sum(axis=0) for when in ("before", "after"))
    at = [(outcome.countries.index(i), outcome.countries.index(n)) for i, n in wanted]
    index = pd.Index([f"{name(i)} to {name(n)}" for i, n in wanted], name="goods trade")
    series = [pd.Series([flow[cell] for cell in at], index) for flow in (before, after)]
    table = _before_after(*series).loc[index]
    return Answer("pairs", "Trade between", table, figures=(pictures.pair_changes(outcome, table),))


def worth(run: Run) -> Answer:
    """What the scenario is worth to a country against each what-if."""
    rows = {}
    for what_if in run.scenario.questions.what_if:
        at = {"country": what_if.country}
        here, there = (
            100 * float(o.real_income.sel(at)) for o in (run.outcome, run.what_if[what_if.name])
        )
        rows[what_if.title] = {
            "with it, real income, % change": here,
            "without it, real income, % change": there,
            "worth, bn USD a year": run.worth(what_if.name) / 1e3,
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("what if")
    return Answer("what-if", "What it is worth", table)


def output(outcome: Outcome, country: str) -> Answer:
    """Factory output by sector: quantity and value."""
    n = outcome.countries.index(country)
    at = pick_group(outcome.sectors, "manufacturing")
    before = outcome.output_before.to_numpy()[at, n] / 1e3
    volume = outcome.output_volume.to_numpy()[at, n]
    table = pd.DataFrame(
        {
            "output before, bn USD": before,
            "quantity, % change": 100 * volume,
            "value, bn USD change": outcome.output.to_numpy()[at, n] / 1e3 - before,
        },
        sector_index(outcome, at),
    ).sort_values("quantity, % change")
    total = 100 * float((before * volume).sum() / before.sum())
    return Answer(
        f"output-{country}",
        f"{name(country)}'s factories",
        table,
        f"All together: {total:+.2f} % in quantity.",
        (pictures.output_bars(outcome, country, table[["quantity, % change"]]),),
    )


def standoff_answer(table: pd.DataFrame) -> Answer:
    """Two sides without each other. `table`: what `leverage.standoff` returns."""
    sides = list(dict.fromkeys(table["country"]))
    labels = list(zip(table["country"], table["horizon"], strict=True))
    rows = pd.DataFrame(
        {
            "loss of real income, %": 100 * table["loss"].to_numpy(),
            "loss, bn USD a year": table["cost"].to_numpy() / 1e3,
            "leverage over the other": table["leverage"].to_numpy(),
        },
        pd.Index([f"{name(c)}, {h}" for c, h in labels], name="side"),
    )
    stronger = max(sides, key=lambda c: float(table[table["country"] == c]["leverage"].iloc[-1]))
    return Answer(
        f"standoff-{'-'.join(sides)}",
        f"{name(sides[0])} and {name(sides[1])} cut off from each other",
        rows,
        f"Leverage: what the other side loses over what oneself loses. {name(stronger)} has it.",
    )


def suppliers(outcome: Outcome, country: str, sector: str) -> Answer:
    """Who sells a country a sector's goods, its own makers too, and what buyers pay."""
    n, at = outcome.countries.index(country), pick_sectors(sector, outcome.sectors)
    index = pd.Index([name(c) for c in outcome.countries], name="supplier")
    before, after = (
        pd.Series(outcome.border_trade(when).to_numpy()[at, :, n].sum(axis=0) / 1e3, index)
        for when in ("before", "after")
    )
    table = _before_after(before[before > 0], after[before > 0])
    large = table[["before, bn USD", "after, bn USD"]].max(axis=1).nlargest(ROWS + 2).index
    spent = outcome.trade_before.to_numpy()[at, :, n].sum(axis=1)
    paid = np.average(outcome.price.to_numpy()[at, n], weights=np.maximum(spent, 1e-300))
    what = sector_names().get(sector, sector)
    return Answer(
        f"suppliers-{country}-{sector}",
        f"{name(country)}: who supplies {what.lower()}",
        table.loc[large],
        f"Buyers pay {100 * paid:+.1f} % (tariff included, against world value added).",
        (pictures.supply(outcome, f"{country}-{sector}", what, table.loc[large]),),
    )


def prices(outcome: Outcome, country: str) -> Answer:
    """What buyers pay by sector, the consumer price index, and the treasury's take."""
    n = outcome.countries.index(country)
    goods = pick_group(outcome.sectors)
    price = 100 * outcome.price.to_numpy()[goods, n]
    imports = _border(outcome, "before")[:, :, n].sum(axis=1)
    table = pd.DataFrame(
        {"price to buyers, % change": price, "imports before, bn USD": imports},
        sector_index(outcome, goods),
    )
    at = {"country": country}
    take, took = (float(getattr(outcome, f"tariff_revenue{k}").sel(at)) for k in ("", "_before"))
    index = 100 * float(outcome.price_index.sel(at))
    wage = 100 * float(outcome.wage.sel(at))
    dearest = table.sort_values("price to buyers, % change", ascending=False)[: ROWS + 2]
    return Answer(
        f"prices-{country}",
        f"{name(country)}: prices and revenue",
        dearest,
        f"Consumer prices {index:+.2f} %, wages {wage:+.2f} % (both against world value added). "
        f"Tariff revenue {took / 1e3:,.0f} to {take / 1e3:,.0f} bn USD a year.",
        (pictures.price_bars(outcome, country, dearest),),
    )


def headline_trade(outcome: Outcome, countries: list[str]) -> Answer:
    """Goods trade among the headline countries, and what each of them makes."""
    before, after = (_border(outcome, when).sum(axis=0) for when in ("before", "after"))
    at = [outcome.countries.index(c) for c in countries]
    within = np.ix_(at, at)
    index = pd.Index([name(c) for c in countries], name="country")
    sold = _before_after(*(pd.Series(t[within].sum(axis=1), index) for t in (before, after)))
    return Answer(
        "headline-trade",
        "Goods sold to the other headline countries",
        sold,
        figures=(
            pictures.goods_flows(outcome, countries),
            pictures.sector_heat(outcome, countries),
        ),
    )
