"""Answers about strategy: optimal and war tariffs, agreements, deals; tables and pictures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.figure import Figure
from multipolar.display.words import called, ends_in_words, name, source_line
from multipolar.strategy import Deals, TariffPlay
from multipolar.strategy.deals import COLUMNS
from multipolar.world.labels import sector_names

INCOME = "real income, % change against today"
RATE = "tariff, %"
FEW = 5  # third countries: up to these, the parts of the deal are drawn instead of a map
MOST_PARTNERS = 14  # rows of the picture of tariffs
DEAL_SHOWN = ("tariff", "relief", "loss", "deal", "accepts", "least", "break_even")


def play_answers(play: TariffPlay) -> list[Answer]:
    """What players choose and what it does to everyone. `play`: what `strategy` returns."""
    return [_payoffs(play), _tariffs(play)]


def _title(play: TariffPlay) -> str:
    who = ", ".join(name(player) for player in play.players)
    kinds = {
        "optimal": f"The tariffs that serve {who} best",
        "nash": f"Trade war of {who}",
    }
    return kinds.get(play.kind, f"Agreement of {who} ({play.kind})")


def _key(play: TariffPlay) -> str:
    kind = play.kind.split(",")[0]
    return f"{kind}-{'-'.join(play.players)}-{play.by}".replace(" ", "").lower()


def _payoffs(play: TariffPlay) -> Answer:
    rows = play.payoffs().rename(index=name)
    spread = play.incidence()
    others = spread.drop([c for codes in play.members.values() for c in codes], errors="ignore")
    if len(others):
        ends = ", ".join(
            f"{name(c)} {others[c]:+.2f} %" for c in (others.index[0], others.index[-1])
        )
        bystanders = f" Bystanders: from {ends.replace(', ', ' to ')}."
    else:
        bystanders = ""
    table = pd.DataFrame(
        {"code": spread.index, "country": [name(c) for c in spread.index], INCOME: spread.values}
    )
    figure = charts.shape_map(
        table,
        key=f"{_key(play)}-map",
        title=f"{_title(play)}: who pays",
        source=source_line(play.after.world, play.after.assumptions),
        alt=f"World map of real income against today: {ends_in_words(table[['country', INCOME]])}",
    )
    return Answer(
        f"{_key(play)}-gains", _title(play), rows, _standing(play) + bystanders, (figure,)
    )


def _standing(play: TariffPlay) -> str:
    """How sure: the certificate in words."""
    slope = max(play.uphill.values())
    if not play.converged:
        return f"NOT a resting point: a slope of {slope:.0e} is left after {play.rounds} rounds."
    words = f"Nobody's slope exceeds {slope:.0e} (log real income by log tariff)."
    if play.starts:
        apart = 100 * max(play.starts)
        words += f" {len(play.starts)} other starts end within {apart:.1g} % of these incomes."
    return words


def _tariffs(play: TariffPlay) -> Answer:
    """The tariffs, by partner; by sector where they are told apart."""
    rows = play.table()
    alone = play.tariffs["player"].nunique() == 1
    rows.index = pd.Index(
        [name(on) if alone else f"{name(by)} on {name(on)}" for by, on in rows.index],
        name="tariff on" if alone else "tariff",
    )
    several = len(play.players) > 1 or play.tariffs["partner"].nunique() > 1
    chosen = play.tariffs.assign(rate=100 * play.tariffs["rate"])
    chosen = chosen[chosen["player"].isin(play.players)]
    if len(play.players) > 1:
        table = chosen.groupby(["player", "partner"], sort=False)["rate"].median().reset_index()
        table["player"], table["partner"] = table["player"].map(name), table["partner"].map(name)
        table.columns = pd.Index(["by", "on", RATE])
    elif "sector" in play.by:
        table = chosen.groupby(["sector", "partner"], sort=False)["rate"].median().reset_index()
        table = table[table["partner"].isin(list(dict.fromkeys(table["partner"]))[:MOST_PARTNERS])]
        table["sector"] = [sector_names().get(s, s) for s in table["sector"]]
        table["partner"] = table["partner"].map(name)
        table.columns = pd.Index(["sector", "on", RATE])
    else:
        table = chosen[["partner", "rate"]].assign(partner=chosen["partner"].map(name))
        table.columns = pd.Index(["on", RATE])
        table = table.sort_values(RATE, ascending=False).head(2 * ROWS)
    figures = (_tariff_picture(play, table),) if several else ()
    ranked = rows.sort_values("tariff then, %, median", ascending=False)
    shown = rows if len(rows) <= 3 * ROWS else pd.concat([ranked.head(ROWS), ranked.tail(ROWS)])
    remark = "" if len(shown) == len(rows) else f"The ends of {len(rows)} rows; all in the CSV."
    return Answer(f"{_key(play)}-tariffs", f"{_title(play)}: the tariffs", shown, remark, figures)


def _tariff_picture(play: TariffPlay, table: pd.DataFrame) -> Figure:
    words = table.iloc[:, [-2, -1]]
    about: Any = {
        "key": f"{_key(play)}-tariffs",
        "title": f"{_title(play)}: the tariffs",
        "source": source_line(play.after.world, play.after.assumptions),
        "alt": f"Tariffs chosen: {ends_in_words(words.sort_values(words.columns[-1]))}",
    }
    if table.shape[1] == 3:
        return charts.heat_map(table, signed=False, subtitle=f"{RATE}, median", **about)
    return charts.ranked_bars(table, digits=1, **about)


def play_records(play: TariffPlay) -> dict[str, object]:
    """A play as plain data for the JSON; rates and changes are fractions."""
    today, then = play.before.real_income, play.after.real_income
    change = ((1 + then) / (1 + today) - 1).to_series()
    return {
        "kind": play.kind,
        "players": list(play.players),
        "by": play.by,
        "status": "converged" if play.converged else "no resting point found",
        "uphill": dict(play.uphill),
        "rounds": play.rounds,
        "seconds": play.seconds,
        "other_starts_apart": list(play.starts),
        "payoffs": {
            player: {
                "today": row.iloc[0] / 100,
                "then": row.iloc[1] / 100,
                "gain": row.iloc[2] / 100,
            }
            for player, row in play.payoffs().iterrows()
        },
        "tariffs": play.tariffs.to_dict("records"),
        "real_income_against_today": {str(c): float(v) for c, v in change.items()},
    }


# --- deals ---------------------------------------------------------------------------------------


def deals_answer(deals: Deals, source: str) -> Answer:
    """Every third country's answer. `deals`: what `strategy.deal` returns."""
    terms, table = deals.terms, deals.table
    named = table.rename(index=name)
    hegemon, rival = called(terms.hegemon), called(terms.rival)
    shown = named[[COLUMNS[key] for key in DEAL_SHOWN]]
    shown = shown.assign(accepts=np.where(shown["accepts"], "yes", "no"))
    yes = deals.accepting()
    answer = "its best" if terms.retaliation == "optimal" else f"{100 * terms.retaliation:g} points"
    remark = (
        f"Asked: {100 * terms.demand:g} % on goods from {rival}, for {100 * terms.offer:g} % "
        f"of the tariff of {hegemon} taken away; {rival} retaliates by {answer}. {len(yes)} of "
        f"{len(table)} accept; leanings count only where stated."
    )
    if deals.failed:
        remark += f" No equilibrium, no answer: {', '.join(map(name, deals.failed))}."
    key = f"deal-{terms.hegemon}-{terms.rival}"
    title = f"The deal of {hegemon} against {rival}"
    draw = _many_deals if len(table) > FEW else _few_deals
    return Answer(key, title, shown, remark, draw(deals, source))


def _many_deals(deals: Deals, source: str) -> tuple[Figure, ...]:
    """Where the deal is worth it, and what stands against what."""
    terms, table = deals.terms, deals.table
    hegemon, rival, measure = called(terms.hegemon), called(terms.rival), COLUMNS["deal"]
    names = [name(code) for code in table.index]
    values = pd.DataFrame({"code": table.index, "country": names, measure: table[measure].values})
    world_map = charts.shape_map(
        values,
        key=f"deal-{terms.hegemon}-{terms.rival}-map",
        title=f"Who would take the deal of {hegemon} against {rival}",
        source=source,
        alt=f"World map of the worth of the deal: {ends_in_words(values[['country', measure]])}",
    )
    both = table.rename(index=name)[[COLUMNS["loss"], COLUMNS["relief"]]].reset_index()
    scatter = charts.scatter(
        both,
        key=f"deal-{terms.hegemon}-{terms.rival}-sides",
        title="Two dependences",
        subtitle=f"gain from relief by {hegemon} against loss under retaliation by {rival}, "
        "% of real income",
        source=source,
        alt=f"Gain from relief against loss under retaliation: "
        f"{ends_in_words(both[['country', COLUMNS['relief']]])}",
    )
    return world_map, scatter


def _few_deals(deals: Deals, source: str) -> tuple[Figure, ...]:
    """What the deal is made of, country by country."""
    terms, measure = deals.terms, "% of real income"
    pieces = ("relief", "demand", "loss", "deal", "counter")
    values = pd.DataFrame(
        [
            (COLUMNS[piece].split(",")[0], name(str(code)), row[COLUMNS[piece]])
            for piece in pieces
            for code, row in deals.table.iterrows()
        ],
        columns=["part", "country", measure],
    )
    about: Any = {
        "key": f"deal-{terms.hegemon}-{terms.rival}-parts",
        "title": "What the deal is made of",
        "source": source,
        "alt": f"Parts of the deal: {ends_in_words(values[['part', measure]])}",
    }
    if len(deals.table) == 1:
        return (charts.ranked_bars(values[["part", measure]], **about),)
    return (charts.heat_map(values, digits=2, **about),)


def deals_records(deals: Deals) -> dict[str, object]:
    """Deals as plain data: column keys short, percentages and points as fractions."""
    rows = {}
    for country, row in deals.table.iterrows():
        values = {key: row[title] for key, title in COLUMNS.items()}
        rows[str(country)] = {
            key: value if key in ("accepts", "transfer") else float(value) / 100
            for key, value in values.items()
        }
    terms = deals.terms
    return {
        "terms": {
            "hegemon": terms.hegemon, "rival": terms.rival, "demand": terms.demand,
            "offer": terms.offer, "retaliation": terms.retaliation,
        },
        "countries": rows,
        "failed": dict(deals.failed),
    }  # fmt: skip


def leaders_answer(
    hegemon: str,
    rival: str,
    moves: pd.DataFrame,
    equilibria: Sequence[Mapping[str, object]],
    source: str,
) -> Answer:
    """Two leaders and their followers. What `strategy.two_leaders` returns."""
    offered, threatened = moves["relief, % of the tariff"], moves["retaliation, points"]
    rows = moves.drop(columns=[offered.name, threatened.name]).rename(columns={"or": "or also"})
    rows.index = pd.Index(
        [f"{o:g} %, {r:g} points" for o, r in zip(offered, threatened, strict=True)],
        name="relief, retaliation",
    )
    played = "; ".join(
        f"relief {_mixed(e['relief'])} against retaliation {_mixed(e['retaliation'])}"
        for e in equilibria[:ROWS]
    )
    count = moves["agree"].map(lambda text: len([w for w in text.split(", ") if w]))
    cells = pd.DataFrame(
        {
            "relief, % of the tariff": moves["relief, % of the tariff"].map("{:g}".format),
            "retaliation, points": moves["retaliation, points"].map("{:g}".format),
            "countries that agree": np.asarray(count, dtype=float),
        }
    )
    figure = charts.heat_map(
        cells,
        key=f"leaders-{hegemon}-{rival}",
        title="How many agree",
        source=source,
        alt=f"Countries that agree by relief and retaliation, from {count.min()} to {count.max()}.",
        digits=0,
        signed=False,
    )
    remark = f"Equilibria of the leaders: {played or 'none found'}."
    title = f"{name(hegemon)} offers, {name(rival)} threatens"
    return Answer(f"leaders-{hegemon}-{rival}", title, rows, remark, (figure,))


def _mixed(strategy: object) -> str:
    if not isinstance(strategy, Mapping):
        return ""
    if len(strategy) == 1:
        return str(next(iter(strategy)))
    return " or ".join(f"{move} ({100 * p:.0f} %)" for move, p in strategy.items())
