"""What others found, beside this model fed the same; writes the table of docs/validation.md.

    python benchmarks/comparisons.py          # writes docs/comparisons.md

Published figures and where they were read: `benchmarks/comparisons/published.csv`. Nothing is
fitted to them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd

import multipolar as mp
from multipolar.display.words import name
from multipolar.questions.asking.reading import goods_trade
from multipolar.scenario import Scenario
from multipolar.world.labels import pick_countries

HERE = Path(__file__).parent
FOLDER = HERE / "comparisons"
DOCS = HERE.parent / "docs"

EAST = ["CHN", "HKG", "RUS"]
WEST = ["G7", "EU", "AUS", "NZL", "KOR", "TWN", "NOR", "CHE", "ISL"]
ENERGY = ["B05", "B06", "C19"]
GOODS = ["goods", "-B05", "-B06", "-C19"]  # without commodities, as the OECD has it

LONG = mp.Assumptions()
YEAR = mp.Assumptions(horizon=1)
FLOOR = mp.Assumptions(horizon=1, wages="floor")
COLUMNS = {"long run": LONG, "one year": YEAR, "one year, wages do not fall": FLOOR}


def act_of(scenario: str) -> mp.Policy:
    """The acts in force in a shipped scenario."""
    case = Scenario.load(scenario)
    return case.policy_on(case.date)


def both(kind: type, one: object, other: object, *sectors: object, **how: object) -> mp.Policy:
    """An act in both directions."""
    return kind(one, other, *sectors, **how) + kind(other, one, *sectors, **how)


@dataclass(frozen=True)
class Fed:
    """What an institute fed, and what is fed here."""

    theirs: str
    ours: str
    policy: Callable[[], mp.Policy]
    gap: str
    world: str = "world-2023"


FEEDS = {
    "A": Fed(
        "the tariffs announced on 2 April 2025, nobody answers", "`liberation-day`",
        lambda: act_of("liberation-day"),
        "Kiel's public code has neither scarcity nor rigid wages; its series of real production "
        "leaves tariff revenue out (see the end). Yale's is output, not income: terms of trade do "
        "not count there",
    ),
    "B": Fed(
        "145 % on China, 125 % in return, 10 % on others", "`may-2025-no-exemptions`",
        lambda: act_of("may-2025-no-exemptions"),
        "Kiel's fall of trade is that of a theta of 0.9 to 1.5, the WTO's of 3.1 (our reading of "
        "their numbers); the long run here has 6.8 on these flows, one year 1.0",
    ),
    "C": Fed(
        "the same with exemptions for electronics", "`may-2025`", lambda: act_of("may-2025"),
        "the WTO's horizon lies between one year and the long run here",
    ),
    "D": Fed(
        "after the truce of 12 May 2025", "`truce-2025-05-12`",
        lambda: act_of("truce-2025-05-12"),
        "Yale's Britain has the deal of 8 May, which is not in the scenario",
    ),
    "E": Fed(
        "25 % more on all goods from the EU, no answer", "the same",
        lambda: mp.Policy((mp.Tariff("USA", "EU", "goods", rate=0.25, how="add"),)),
        "the United States gains by its terms of trade here, and revenue counts as income; what "
        "the EU sells falls too far, in the long run most (hindcasts.md)",
    ),
    "F": Fed(
        "the same, answered in kind", "the same",
        lambda: both(mp.Tariff, "USA", "EU", "goods", rate=0.25, how="add"),
        "as above",
    ),
    "G": Fed(
        "25 % more on cars from everywhere", "the same on C29, parts included",
        lambda: mp.Policy((mp.Tariff("USA", "*", "C29", rate=0.25, how="add"),)),
        "C29 here includes parts",
    ),
    "H": Fed(
        "10 points more on all but commodities, both ways", "goods without B05, B06, C19",
        lambda: both(mp.Tariff, "USA", ["*", "-USA"], GOODS, rate=0.1, how="add"),
        "NiGEM has demand and confidence, which fall with trade; none here but a floor of wages",
    ),
    "I": Fed(
        "25 % on CAN and MEX, 30 % on CHN, 10 % on others, answered in kind", "the same",
        lambda: sum(
            (both(mp.Tariff, "USA", n, "goods", rate=r, how="add")
             for n, r in ((["CAN", "MEX"], 0.25), ("CHN", 0.3),
                          (["*", "-USA", "-CAN", "-MEX", "-CHN"], 0.1))),
            mp.Policy(),
        ),
        "their wages are rigid in part of the horizon only",
    ),
    "J": Fed(
        "all trade of G7 and allies with China and Russia ends", "the same",
        lambda: both(mp.Embargo, WEST, EAST),
        "their labour is tied to its sector in the first months, here it moves",
    ),
    "K": Fed(
        "Taiwan's chips do not arrive", "no C26 from Taiwan anywhere",
        lambda: mp.Policy((mp.Embargo("TWN", ["*", "-TWN"], "C26"),)),
        "both let other chips take their place",
    ),
    "L": Fed(
        "China blockades Taiwan for a year; allies answer with tariffs and sanctions",
        "`taiwan-blockade`", lambda: act_of("taiwan-blockade"),
        "three quarters of Korea's loss there is output that stops for want of chips, by "
        "input-output tables; see the scenario's own assumptions in the note below",
    ),
    "M": Fed(
        "no Russian energy", "Germany, and the EU, buy no B05, B06, C19 from Russia",
        lambda: mp.Policy((mp.Embargo("RUS", "EU", ENERGY),)),
        "oil and gas are one sector here; see the note below for the ends of the range",
        world="world-2021",
    ),
    "N": Fed(
        "trade cost of 150 % on all that the EU buys from Russia", "the same",
        lambda: mp.Policy((mp.TradeCost("RUS", "EU", rate=1.5),)),
        "their labour stays in its sector; their world is of 2008, when the Baltic states bought "
        "more in Russia",
        world="world-2021",
    ),
    "O": Fed(
        "the tariffs of 2018-19", "taken back from the world of 2023 (docs/hindcasts.md)",
        lambda: tariffs_of_2018(),  # noqa: PLW0108  (defined below)
        "averages by partner here, varieties there",
    ),
}  # fmt: skip


def tariffs_of_2018() -> mp.Policy:
    """The tariffs of the war taken back; the change is told with the opposite sign."""
    from hindcasts import CHINA_ON_US, US_ON_CHINA

    return mp.Policy((
        mp.Tariff("USA", "CHN", "goods", rate=(US_ON_CHINA[0] - US_ON_CHINA[1]) / 100, how="add"),
        mp.Tariff("CHN", "USA", "goods", rate=(CHINA_ON_US[0] - CHINA_ON_US[1]) / 100, how="add"),
    ))  # fmt: skip


@cache
def solved(fed: str, column: str) -> mp.Outcome:
    """The outcome of a feed under the assumptions of a column."""
    world = mp.World.load(FEEDS[fed].world)
    return mp.solve(world, FEEDS[fed].policy(), COLUMNS[column], throw=False)


def measured(outcome: mp.Outcome, measure: str) -> float:
    """A measure such as "real_income DEU" of an outcome, % change; NaN without an equilibrium."""
    if not outcome.converged:
        return float("nan")
    what, *who = measure.split()
    world = list(outcome.countries)
    if what in ("trade", "flow"):
        one, other = (members(n, world) for n in who)
        before, after = (goods_trade(outcome, when).sum(axis=0) for when in ("before", "after"))
        ways = [(one, other), (other, one)] if what == "trade" else [(one, other)]
        sums = [sum(m[np.ix_(*way)].sum() for way in ways) for m in (before, after)]
        return float(100 * (sums[1] / sums[0] - 1))
    cells = members(who[0], world)
    if what == "exports":
        return 100 * float(outcome.exports.values[cells].sum()
                           / outcome.exports_before.values[cells].sum() - 1)  # fmt: skip
    weights = outcome.income_before.values[cells]
    return 100 * float(np.average(outcome.data[what].values[cells], weights=weights))


def members(selector: str, countries: list[str]) -> list[int]:
    """Positions of a country or bloc, or of everybody."""
    whole = list(range(len(countries)))
    return whole if selector == "world" else pick_countries(selector, countries)


def compared() -> pd.DataFrame:
    """The published figures with ours beside them, one row each."""
    table = pd.read_csv(FOLDER / "published.csv")
    for column in COLUMNS:
        sign = np.where(table["id"] == "O", -1, 1)
        found = [measured(solved(fed, column), what) for fed, what in
                 zip(table["id"], table["measure"], strict=True)]  # fmt: skip
        table[column] = sign * np.array(found)
    return table


SAID = {
    "real_income": "real income", "exports": "exports", "trade": "goods trade, both ways",
    "flow": "goods sold from and to",
}  # fmt: skip


def said(measure: str) -> str:
    """A measure in words: "real income, Germany"."""
    what, *who = measure.split()
    return f"{SAID[what]}, {' and '.join('world' if n == 'world' else name(n) for n in who)}"


def main() -> None:
    """Write the document."""
    table = compared()
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701
    template = environment.from_string((FOLDER / "comparisons.md.jinja").read_text())
    studies = table["source"].str.partition(",")[0].nunique()
    text = template.render(
        table=table, feeds=FEEDS, columns=list(COLUMNS), said=said, notes=notes(), sources=studies
    )
    (DOCS / "comparisons.md").write_text(text)
    print(table.drop(columns=["address", "read"]).to_string())


def notes() -> dict[str, float]:
    """Single numbers that the text of the document quotes."""
    day, blockade = solved("A", "one year"), Scenario.load("taiwan-blockade")
    between, own = Scenario.load("taiwan-decoupling"), blockade.assume()
    world, energy = mp.World.load(), mp.World.load("world-2021")
    cut = blockade.policy_on(None)
    scarce = replace(
        YEAR, elasticities=dict.fromkeys(ENERGY, 2.0), input_elasticity=0.05,
        materials_elasticity=0.05,
    )  # fmt: skip

    def korea(policy: mp.Policy, assumed: mp.Assumptions) -> float:
        return measured(mp.solve(world, policy, assumed), "real_income KOR")

    def germany(assumed: mp.Assumptions) -> float:
        return measured(mp.solve(energy, FEEDS["M"].policy(), assumed), "real_income DEU")

    usual = replace(own, elasticities="by-horizon")
    across = mp.solve(world, FEEDS["B"].policy(), replace(YEAR, elasticities="world"))
    return {
        "wage_usa": measured(day, "real_wage USA"),
        "wage_world": measured(day, "real_wage world"),
        "day_floor": measured(solved("A", "one year, wages do not fall"), "real_income world"),
        "germany_floor": measured(solved("J", "one year, wages do not fall"), "real_income DEU"),
        "korea_between": korea(between.policy_on(None), between.assume()),
        "korea_free": korea(cut, replace(usual, wages="flexible")),
        "korea_floor": korea(cut, usual),
        "korea_scarce": korea(cut, own),
        "collapse_long": measured(solved("B", "long run"), "trade USA CHN"),
        "collapse_year": measured(solved("B", "one year"), "trade USA CHN"),
        "collapse_across": measured(across, "trade USA CHN"),
        "energy_high": germany(YEAR),
        "energy_low": germany(scarce),
        "energy_floor": germany(replace(scarce, wages="floor")),
    }


if __name__ == "__main__":
    main()
