"""Who sides with whom, by stated rules; every rule with its margin and its certainty.

A rule assigns "West", "China's side" or "between". States without the data that a rule needs
are not assigned. Rules disagree about many states: `by_rules` shows all of them side by side.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from multipolar.alignment import tables
from multipolar.alignment.affinity import NOW, beyond_chance, pooled
from multipolar.errors import InputError, choose
from multipolar.world.labels import bloc

WEST, EAST, BETWEEN = "West", "China's side", "between"
CORE = ("CAN", "DEU", "FRA", "GBR", "ITA", "JPN")  # the G7 without the United States, an outlier
RuleName = Literal[
    "G7 and the vote of 2022", "ideal points", "vote of 2022", "vote of 2025", "votes of 2025",
    "alliances", "sanctions",
]  # fmt: skip
CUT = 1 / 3  # of a relative distance, from which a state sides with one of two
DEFAULT: Final = "G7 and the vote of 2022"
EASTERN = ("BRICS", "SCO", "EAEU", "CSTO")
BESIDE = ("NATO", "EU", "G7", "OECD", *EASTERN)


@dataclass(frozen=True)
class Rule:
    """How a rule assigns: in words, in which unit its margin is."""

    says: str
    unit: str


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        DEFAULT: Rule(
            "West: nearer to the G7 without the United States than halfway between Argentina and "
            "Brazil; the others by the vote of 2 March 2022: for is between, abstained or against "
            "China's side, not cast nothing",
            "standard deviations of ideal points",
        ),
        "ideal points": Rule(
            "relative distance of ideal points to China and to the G7 without the United States; "
            "from 1/3 on a side",
            "relative distance",
        ),
        "vote of 2022": Rule("2 March 2022: for is West, against China's side", "vote"),
        "vote of 2025": Rule(
            "24 February 2025 (ES-11/7): for is West, against China's side", "vote"
        ),
        "votes of 2025": Rule(
            "agreement beyond chance in 192 votes, with the mean of the G7 without the United "
            "States less with China; from 0.2 on a side",
            "difference of kappas",
        ),
        "alliances": Rule(
            "a pact of defence with the United States is West, with Russia China's side", "pact"
        ),
        "sanctions": Rule(
            "the states that Russia's decree 430-r calls unfriendly are West, members of the SCO, "
            "the EAEU or the CSTO China's side",
            "membership",
        ),
    }
)
KAPPA = 0.2


def blocs(
    rule: str = DEFAULT,
    years: tuple[int, int] = NOW,
    cut: float | None = None,
    day: dt.date = dt.date(2025, 5, 6),
) -> pd.DataFrame:
    """The bloc of each state by one rule: columns bloc, margin, certainty; index iso3.

    `margin`: how far the state is from the nearest cut, in the rule's unit (NaN for records such as
    votes and pacts). `certainty`: probability of its bloc under the standard errors of the ideal
    points (normal, independent); 1 for a record. `cut`: from which a state sides, instead of the
    rule's own. Only states with the rule's data have a row. Raises `InputError`.
    """
    if rule not in RULES:
        raise InputError(f"no rule {rule!r}{choose(rule, RULES)}", field="rule", value=rule)
    if rule == DEFAULT:
        found = _by_core_and_vote(years, cut)
    elif rule == "ideal points":
        found = _by_relative_distance(years, CUT if cut is None else cut)
    elif rule == "votes of 2025":
        kappa = beyond_chance(tables.votes_2025())
        found = _sides(kappa[list(CORE)].mean(axis=1) - kappa["CHN"], KAPPA if cut is None else cut)
        found.loc["CHN", "bloc"] = EAST
    elif rule.startswith("vote of"):
        vote = tables.ukraine_votes()[tables.UKRAINE[1 if rule.endswith("2022") else 2]].dropna()
        found = _records(vote.map({1.0: WEST, 0.5: BETWEEN, 0.0: EAST}))
    else:
        found = _by_pacts(day) if rule == "alliances" else _by_sanctions(day)
    return found.dropna(subset=["bloc"]).rename_axis("iso3")


def _records(sides: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"bloc": sides, "margin": np.nan, "certainty": 1.0})


def _core_distance(years: tuple[int, int]) -> tuple[pd.Series, pd.Series]:
    """Distance of ideal points to the mean of the core, and its standard error."""
    found = pooled(years)
    at = found.loc[list(CORE)]
    error = np.hypot(found["error"], np.sqrt((at["error"] ** 2).sum()) / len(CORE))
    return (found["point"] - at["point"].mean()).abs(), error


def core_cut(years: tuple[int, int] = NOW) -> float:
    """Halfway between the distances of Argentina and Brazil to the G7 without the United States."""
    distance, _ = _core_distance(years)
    return float(distance[["ARG", "BRA"]].mean())


def _by_core_and_vote(years: tuple[int, int], cut: float | None) -> pd.DataFrame:
    distance, error = _core_distance(years)
    limit = core_cut(years) if cut is None else cut
    # The far side of the core is West too: the United States is beyond it.
    beyond = pooled(years)["point"] > pooled(years).loc[list(CORE), "point"].mean()
    margin = (limit - distance).where(~beyond, limit + distance)
    vote = tables.ukraine_votes()[tables.UKRAINE[1]].reindex(distance.index)
    rest = vote.map({1.0: BETWEEN, 0.5: EAST, 0.0: EAST})
    sides = rest.where(margin <= 0, WEST)
    certainty = pd.Series(norm.cdf(np.abs(margin) / error), distance.index)
    return pd.DataFrame({"bloc": sides, "margin": margin.abs(), "certainty": certainty})


def _by_relative_distance(years: tuple[int, int], cut: float) -> pd.DataFrame:
    """Relative distance net = (to China - to the West) / (their sum), from -1 to 1."""
    found = pooled(years)
    point, error = found["point"], found["error"]
    ends = {EAST: point["CHN"], WEST: point[list(CORE)].mean()}
    far, near = (point - ends[EAST]).abs(), (point - ends[WEST]).abs()
    net = (far - near) / (far + near)
    # Between two ends net is linear in the point; the errors of the ends are part of it.
    gap = abs(ends[WEST] - ends[EAST])
    of_west = np.sqrt((error[list(CORE)] ** 2).sum()) / len(CORE)
    share = (net + 1) / 2
    spread = (
        2 / gap * np.sqrt(error**2 + (share * of_west) ** 2 + ((1 - share) * error["CHN"]) ** 2)
    )
    sides = _sides(net, cut)
    own = pd.Series({"CHN": EAST} | dict.fromkeys(CORE, WEST))
    for state, side in own.items():
        sides.loc[state, "bloc"] = side
    upper, lower = norm.sf((cut - net) / spread), norm.cdf((-cut - net) / spread)
    odds = pd.DataFrame({WEST: upper, EAST: lower, BETWEEN: 1 - upper - lower}, net.index)
    own_odds = odds.where(pd.DataFrame({side: sides["bloc"] == side for side in odds}))
    sides["certainty"] = own_odds.sum(axis=1)
    sides.loc[own.index, "certainty"] = 1.0
    return sides


def _sides(net: pd.Series, cut: float) -> pd.DataFrame:
    """West from `cut` on, China's side from -`cut` on, between the others."""
    sides = pd.Series(np.select([net >= cut, net <= -cut], [WEST, EAST], BETWEEN), net.index)
    margin = np.minimum((net - cut).abs(), (net + cut).abs())
    return pd.DataFrame({"bloc": sides.where(net.notna()), "margin": margin, "certainty": np.nan})


def _by_pacts(day: dt.date) -> pd.DataFrame:
    states = sorted(tables.votes_2025().index)  # members of the United Nations
    bound = pd.DataFrame(tables.allied(states, day), states, states) > 0
    sides = np.select([bound["USA"], bound["RUS"] | (bound.index == "CHN")], [WEST, EAST], BETWEEN)
    return _records(pd.Series(sides, states))


def _by_sanctions(day: dt.date) -> pd.DataFrame:
    west = bloc("SANCTIONS", day)
    east = {state for name in ("SCO", "EAEU", "CSTO") for state in bloc(name, day)}
    states = sorted({*tables.votes_2025().index, *west})
    sides = [WEST if s in west else EAST if s in east else BETWEEN for s in states]
    return _records(pd.Series(sides, states))


def by_rules(
    states: Sequence[str], years: tuple[int, int] = NOW, day: dt.date = dt.date(2025, 5, 6)
) -> pd.DataFrame:
    """The bloc of each state (row) by each rule (column); NaN where a rule lacks data."""
    found = {rule: blocs(rule, years, day=day)["bloc"].reindex(list(states)) for rule in RULES}
    return pd.DataFrame(found).rename_axis("iso3")


def memberships(states: Sequence[str], day: dt.date) -> pd.Series:
    """The organisations of `BESIDE` to which each state belongs on a day, as a text."""
    belongs = {name: set(bloc(name, day)) for name in BESIDE}
    texts = [", ".join(n for n, members in belongs.items() if s in members) for s in states]
    return pd.Series(texts, pd.Index(list(states), name="iso3"))


def flips(table: pd.DataFrame) -> pd.Series:
    """Whether any two rules put a state into different blocs; one row for each state."""
    return table.nunique(axis=1) > 1


def disagreements(states: Sequence[str], rule: str = "ideal points") -> pd.DataFrame:
    """States whose bloc by ideal points and whose vote of 2 March 2022 disagree.

    Columns bloc, vote (for, abstained, against, not cast). Disagree: West and not for; China's side
    and for. Nobody in between disagrees.
    """
    side = blocs(rule)["bloc"].reindex(list(states)).dropna()
    told = tables.read("ukraine-votes").set_index("iso3")[tables.UKRAINE[1]].reindex(side.index)
    vote = told.map({"Y": "for", "A": "abstained", "N": "against", "-": "not cast"}).dropna()
    side = side[vote.index]
    against = ((side == WEST) & (vote != "for")) | ((side == EAST) & (vote == "for"))
    return pd.DataFrame({"bloc": side, "vote": vote})[against]
