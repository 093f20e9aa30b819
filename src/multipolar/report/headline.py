"""The headline in words: made from the numbers, hedged by what they assume."""

import numpy as np
import pandas as pd

from multipolar.display.words import called, goods_trade
from multipolar.model import Outcome
from multipolar.scenario import Run
from multipolar.strategy import Deals, TariffPlay

FEW = 3
# Changes of real income (%) whose sign turns with the closure and the elasticities: what
# third countries show in the table of docs/assumptions.md.
NEAR_ZERO = 0.05


def headline(run: Run) -> list[str]:
    """What was found, in sentences; the last one says how far to trust them."""
    asked, outcome = run.scenario.questions, run.outcome
    found = [world(outcome), *countries(outcome, list(asked.headline))]
    found += [exports(outcome, country) for country in asked.markets]
    found += [prices(outcome, country) for country in asked.prices]
    for what_if in asked.what_if:
        found.append(f"{what_if.title}: {run.worth(what_if.name) / 1e3:,.2f} bn USD a year.")
    found += [played(play) for play in run.games] + [taken(deals) for deals in run.deals]
    return [*found, hedge(outcome)]


def played(play: TariffPlay) -> str:
    """What a game ends in, for its players."""
    who = [called(player) for player in play.players]
    if not play.converged:
        return f"The search for what {_list(who)} would choose found no resting point."
    gains = play.payoffs()["gain against today, %"]
    parts = _list([f"{x} {gain:+.2f} %" for x, gain in zip(who, gains, strict=True)])
    kinds = {
        "optimal": "Its own best tariffs change real income against today",
        "nash": f"A trade war of {_list(who)} changes real income against today",
    }
    said = kinds.get(play.kind, "The best agreement changes real income against today")
    return f"{said}: {parts}."


def taken(deals: Deals) -> str:
    """How many take a deal, and who first."""
    yes = deals.accepting()
    first = f", first {_list([called(c) for c in yes[:FEW]])}" if yes else ""
    return (
        f"{len(yes)} of {len(deals.table)} countries would take the deal of "
        f"{called(deals.terms.hegemon)} against {called(deals.terms.rival)}{first}."
    )


def world(outcome: Outcome) -> str:
    """All countries together."""
    income = outcome.income_before.to_numpy()
    move = float((outcome.real_income.to_numpy() * income).sum())
    share = 100 * move / income.sum()
    verb = "neither gain nor lose" if abs(share) < 0.005 else "gain" if share > 0 else "lose"
    amount = "" if abs(share) < 0.005 else f" {abs(share):.2f} % of real income"
    worth = "" if not amount else f", {abs(move) / 1e3:,.0f} bn USD a year"
    return f"The {len(income)} economies together {verb}{amount}{worth}."


def countries(outcome: Outcome, chosen: list[str]) -> list[str]:
    """Those who lose and gain most, in USD, of the chosen countries (of all if none is)."""
    income = outcome.income_before.to_series()
    change = outcome.real_income.to_series()
    table = pd.DataFrame({"percent": 100 * change, "bn": change * income / 1e3})
    table = table.loc[chosen] if chosen else table
    clear = table[table["percent"].abs() >= NEAR_ZERO].sort_values("bn")
    found = [
        _most(verb, rows)
        for verb, rows in (
            ("loses", clear[clear["bn"] < 0][:FEW]),
            ("gains", clear[clear["bn"] > 0][::-1][:FEW]),
        )
        if len(rows)
    ]
    small = [called(c) for c in table.index[table["percent"].abs() < NEAR_ZERO]] if chosen else []
    if small:
        found.append(
            f"For {_list(small)} the change is within {NEAR_ZERO:g} % of zero: its sign depends on "
            "the assumptions."
        )
    return found


def _most(verb: str, rows: pd.DataFrame) -> str:
    parts = [
        f"{called(str(c))} {verb if k == 0 else ''} {abs(row.percent):.2f} % "
        f"({abs(row.bn):,.{0 if abs(row.bn) >= 10 else 1}f} bn USD a year)".replace("  ", " ")
        for k, (c, row) in enumerate(rows.iterrows())
    ]
    first = parts[0][0].upper() + parts[0][1:]
    return f"{_list([first, *parts[1:]])}."


def _list(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def exports(outcome: Outcome, country: str) -> str:
    """The market that a country loses most in, and what it wins elsewhere."""
    i = outcome.countries.index(country)
    before, after = (
        goods_trade(outcome, when).sum(axis=0)[i] / 1e3 for when in ("before", "after")
    )
    change = after - before
    n = int(np.argmin(change))
    who = called(country)
    who = who[0].upper() + who[1:]
    whose = f"{who}'" if who.endswith("s") else f"{who}'s"
    won = change[change > 0].sum()
    elsewhere = (
        f"; elsewhere it wins {won:,.0f} bn" if won >= 0.5 else "; it wins nothing elsewhere"
    )
    if change[n] >= -0.05:
        return (
            f"{who} loses no market; its goods exports grow by {change.sum():,.1f} bn USD a year."
        )
    return (
        f"{whose} goods exports to {called(outcome.countries[n])} fall from {before[n]:,.0f} to "
        f"{after[n]:,.0f} bn USD a year ({100 * change[n] / before[n]:+.0f} %){elsewhere}."
    )


def prices(outcome: Outcome, country: str) -> str:
    """Consumer prices and real wages."""
    at = {"country": country}
    level, real = (100 * float(getattr(outcome, k).sel(at)) for k in ("price_index", "real_wage"))
    verb = "rise" if level > 0 else "fall"
    return (
        f"Consumer prices in {called(country)} {verb} {abs(level):.2f} % relative to world "
        f"incomes; what wages buy changes by {real:+.2f} %."
    )


def hedge(outcome: Outcome) -> str:
    """How far to trust what was said before."""
    assumed = outcome.assumptions
    when = (
        "in the long run" if assumed.horizon == "long-run" else f"after {assumed.horizon:g} years"
    )
    return (
        f"This compares two equilibria, before and {when}; it is no forecast. It holds if trade "
        f"answers prices as the elasticities say ({_elasticities(outcome)}), with "
        f"{assumed.phrase('supply')} and "
        f"trade balances fixed by the rule {assumed.deficits!r}; other assumptions give other "
        "sizes. It has no finance, no inventories, no unemployment."
    )


def _elasticities(outcome: Outcome) -> str:
    given = outcome.assumptions.elasticities
    return f"set {given!r}" if isinstance(given, str) else "as given by the user"
