"""Answers about sanctions and relief: the frontier, who leaks, who could be peeled away."""

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import ends_in_words, name
from multipolar.leverage import Frontier
from multipolar.world.labels import sector_names

COST, LOSS = "cost to the coalition, bn USD a year", "loss of the target, bn USD a year"


def frontier_answers(coalition: str, target: str, found: Frontier, source: str) -> list[Answer]:
    """The frontier, and the mix on it. `found`: what `leverage.frontier` returns."""
    points = found.points
    rows = pd.DataFrame(
        {
            COST: points["cost"].to_numpy() / 1e3,
            LOSS: points["loss"].to_numpy() / 1e3,
            "cost, % of its real income": 100 * points["cost_share"].to_numpy(),
            "loss, % of its real income": 100 * points["loss_share"].to_numpy(),
        },
        pd.Index([f"{w:g}" for w in points["weight"]], name="USD given for a USD of loss"),
    )
    best = pd.DataFrame({"sanctions": "best mix", "cost": points["cost"], "loss": points["loss"]})
    plain = found.uniform.assign(sanctions="embargo of everything alike")
    both = pd.concat([best, plain[best.columns]], ignore_index=True)
    table = pd.DataFrame(
        {LOSS: both["loss"] / 1e3, "sanctions": both["sanctions"], COST: both["cost"] / 1e3}
    ).sort_values(LOSS)
    words = pd.DataFrame({"sanctions": table["sanctions"], COST: table[COST]})
    figure = charts.lines(
        table,
        key=f"frontier-{target}",
        title=f"What {name(coalition)} pays for what {name(target)} loses",
        source=source,
        alt=f"Cost against loss, best mix and plain embargo: {ends_in_words(words)}",
        note="Below zero the coalition gains: its tariffs move the terms of trade.",
    )
    title = f"Sanctions by {name(coalition)} on {name(target)}: the frontier"
    remark = f"Largest slope left, in units of the target's income: {points['slope'].max():.0e}."
    return [
        Answer(f"frontier-{target}", title, rows, remark, (figure,)),
        _mix(target, found.mix, source),
    ]


def _mix(target: str, mix: pd.DataFrame, source: str) -> Answer:
    """Which instrument in which sector, at the heaviest weight; all weights in the picture."""
    heaviest = mix["weight"].max()
    here = mix[mix["weight"] == heaviest]
    rows = pd.DataFrame(
        {
            "tariff, %": 100 * here["tariff"].to_numpy(),
            "imports embargoed, %": 100 * here["imports embargoed"].to_numpy(),
            "exports withheld, %": 100 * here["exports withheld"].to_numpy(),
        },
        pd.Index([sector_names().get(s, s) for s in here["sector"]], name="sector"),
    )
    cells = pd.DataFrame(
        {
            "sector": [sector_names().get(s, s) for s in mix["sector"]],
            "USD given for a USD of loss": [f"{w:g}" for w in mix["weight"]],
            "exports withheld, %": 100 * mix["exports withheld"].to_numpy(),
        }
    )
    figure = charts.heat_map(
        cells,
        digits=0,
        signed=False,
        key=f"frontier-mix-{target}",
        title="What the coalition withholds, by what it would give",
        source=source,
        alt="Exports withheld by sector and weight: " + ends_in_words(cells.iloc[:, [0, 2]]),
    )
    title = f"The best mix at {heaviest:g} USD for a USD of loss"
    return Answer(f"frontier-mix-{target}", title, rows, figures=(figure,))


def leaks_answer(table: pd.DataFrame) -> Answer:
    """Who would pass on what is blocked. `table`: what `leverage.who_leaks` returns."""
    rows = pd.DataFrame(
        {
            "gain from leaking, bn USD": table["gain"].to_numpy() / 1e3,
            "gain, % of real income change": 100 * table["gain_share"].to_numpy(),
            "gain if punished, bn USD": table["gain_punished"].to_numpy() / 1e3,
            "leaks": ["yes" if leaks else "no" for leaks in table["leaks"]],
        },
        pd.Index([name(c) for c in table["country"]], name="third country"),
    )
    first = name(table["country"].iloc[0])
    threatened = bool((table["gain_punished"] != table["gain"]).any())
    stopped = int((~table["leaks"]).sum())
    stops = f" Secondary sanctions stop {stopped} of {len(table)}." if threatened else ""
    return Answer(
        "who-leaks",
        "Who would pass on what is blocked",
        rows,
        f"{first} gains most." + stops,
    )


def peel_away_answer(sides: dict[str, str], table: pd.DataFrame, source: str) -> Answer:
    """What relief is worth. `sides`: target, courtier, rival; `table`: of `leverage.peel_away`."""
    target, courtier, rival = (name(sides[k]) for k in ("target", "courtier", "rival"))
    money = {
        f"worth to {target}, bn USD": table["target"],
        f"worth to {courtier}, bn USD": table["courtier"],
        f"worth to {rival}, bn USD": table["rival"],
        f"worth to {target} if {rival} closes, bn USD": table["closed"],
        f"that costs {rival}, worth bn USD": table["rival_closed"],
    }
    rows = pd.DataFrame(
        {heading: column.to_numpy() / 1e3 for heading, column in money.items()},
        pd.Index(table["package"], name="relief"),
    )
    bars = rows.iloc[:, [3]].reset_index()
    figure = charts.ranked_bars(
        bars,
        digits=1,
        key=f"peel-away-{sides['target']}",
        title=f"Would relief outweigh what {target} loses if {rival} closes?",
        subtitle=f"gain of {target} with relief and without {rival}, bn USD a year",
        source=source,
        alt=f"Bars of {ends_in_words(bars)}",
    )
    held = [str(p) for p in table.loc[table["holds"], "package"]]
    answer = f"lifting {' or '.join(held)} outweighs" if held else "no package outweighs"
    also = ""
    if table.attrs.get("others"):
        also = f" Relief lifts the measures between others too, not those on {target} alone."
    return Answer(
        f"peel-away-{sides['target']}",
        f"What {courtier} can offer {target}, and what {rival} holds against it",
        rows,
        f"For {target} {answer} the loss of {rival}." + also,
        (figure,),
    )


def bargain_answer(found: dict[str, float], years: float) -> Answer:
    """The range of a frozen conflict. `found`: what `leverage.bargaining_range` returns."""
    rows = pd.DataFrame(
        {"share of the stake, %": [100 * found[k] for k in ("low", "high", "width")]},
        pd.Index(["the least side one takes", "the most the other gives", "between"], name="deal"),
    )
    remark = f"Costs of {years:g} years of fighting and sanctions; outside 0 to 100 one side pays."
    return Answer("bargaining-range", "What both would rather settle for", rows, remark)


def weaker_answer(target: str, table: pd.DataFrame) -> Answer:
    """Leverage over a weaker target. `table`: what `leverage.weaker` returns."""
    labels = [
        f"{row['state']}, {name(row['partner'])}, {row['horizon']}"
        for row in table.to_dict("records")
    ]
    rows = pd.DataFrame(
        {
            f"loss of {name(target)}, %": 100 * table["loss"].to_numpy(),
            "the other's loss, %": 100 * table["partner_loss"].to_numpy(),
            "leverage of the other": table["leverage"].to_numpy(),
        },
        pd.Index(labels, name=f"{name(target)}, cut off from"),
    )
    first = table.groupby(["partner", "horizon"])["leverage"].transform("first")
    moved = 100 * (table["leverage"] / first - 1)
    rows["leverage, % change"] = np.where(moved == 0, np.nan, moved)
    return Answer(f"weaker-{target}", f"A weaker {name(target)}: who gains leverage", rows)
