"""How close states are to one another: five measures, each with its date and its uncertainty.

Every measure is a closeness of pairs (state, state): symmetric, and largest with oneself. A state
without data has NaN; nothing is filled in.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from multipolar.alignment import tables
from multipolar.errors import InputError, choose
from multipolar.world import World

Array = NDArray[np.float64]
NOW, BEFORE = (2022, 2025), (2018, 2021)
WEIGHTS: Mapping[str, float] = {
    "ideal points": 1.0, "votes": 1.0, "Ukraine": 1.0, "alliance": 1.0, "trade": 1.0,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Measure:
    """One closeness of pairs: `closeness` and its standard error `error` (state, state).

    `dated` says of when, `unit` in what. Where an error is NaN, the measure is a record and no
    estimate.
    """

    closeness: pd.DataFrame
    error: pd.DataFrame
    dated: str
    unit: str


def pooled(years: tuple[int, int] = NOW) -> pd.DataFrame:
    """Ideal points pooled over years, weighted by precision: columns point, error, years.

    In standard deviations of all states; index: every state that voted in one of the years. The
    years are pooled and never compared one with another: the point of 2024 rests on 8 votes, that
    of 2025 on 158. Where years differ by more than their errors, the error grows by the square root
    of chi-squared over its degrees of freedom (Birge 1932): a drift of the agenda widens it.
    Raises `InputError` for years without data.
    """
    point, error = tables.ideal_points()
    first, last = years
    known_from, known_to = min(map(int, point.columns)), max(map(int, point.columns))
    if not (known_from <= first <= last <= known_to):
        reason = f"ideal points are known from {known_from} to {known_to}"
        raise InputError(reason, field="years", value=f"{first} to {last}")
    at, known = point.loc[:, first:last], point.loc[:, first:last].notna()
    precision = (error.loc[:, first:last] ** -2).where(known)
    total = precision.sum(axis=1).replace(0.0, np.nan)
    mean, count = (precision * at).sum(axis=1) / total, known.sum(axis=1)
    chi_squared = (precision * at.sub(mean, axis=0) ** 2).sum(axis=1)
    birge = np.sqrt(np.maximum(chi_squared / np.maximum(count - 1, 1), 1.0))
    found = pd.DataFrame({"point": mean, "error": birge * total**-0.5, "years": count})
    return found[found["years"] > 0]


def distances(years: tuple[int, int] = NOW) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Distance of pooled ideal points (state, state) and its standard error; a metric."""
    found = pooled(years)
    point, variance = found["point"].to_numpy(), found["error"].to_numpy() ** 2
    apart = np.abs(point[:, None] - point[None])
    error = np.sqrt(variance[:, None] + variance[None])
    np.fill_diagonal(error, 0.0)
    states = found.index
    return pd.DataFrame(apart, states, states), pd.DataFrame(error, states, states)


def between(table: pd.DataFrame, one: str, other: str) -> float:
    """The number of a pair in a table (state, state); NaN for a state that is not in it."""
    at = table.index.get_indexer(pd.Index([one, other]))
    return float(table.to_numpy(float)[at[0], at[1]]) if at.min() >= 0 else float("nan")


def agreement(votes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Agreement in votes (state, state): mean of 1 - |difference| over votes that both cast.

    `votes` (state, vote): 1 for, 0.5 abstained, 0 against, NaN not cast. The standard error takes
    votes as independent draws. Lijphart's index (1963).
    """
    codes = votes.to_numpy()
    alike = 1 - np.abs(codes[:, None] - codes[None])
    both = np.isfinite(alike)
    count = both.sum(axis=2).astype(float)
    count[count == 0] = np.nan
    total, squares = (np.where(both, alike**k, 0).sum(axis=2) for k in (1, 2))
    mean = total / count
    error = np.sqrt(np.maximum(squares / count - mean**2, 0) / count)
    states = votes.index
    return pd.DataFrame(mean, states, states), pd.DataFrame(error, states, states)


def beyond_chance(votes: pd.DataFrame) -> pd.DataFrame:
    """Agreement (state, state) above what both states' own habits would give: Cohen's kappa.

    1: always alike; 0: as two who vote by their habits, apart from one another; weighted by
    |difference| (Cohen 1968; Hage 2011 for states). A state that never varies has NaN.
    """
    codes = votes.to_numpy()
    here = np.isfinite(codes)
    levels = np.array(sorted(tables.VOTES.values()))
    cast = np.stack([(codes == level) for level in levels]).astype(float)
    counts = np.einsum("lav,bv->lab", cast, here.astype(float))  # a's votes where b voted too
    both = counts.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        habit = counts / both
        apart = np.abs(levels[:, None] - levels[None])
        expected = np.einsum("lab,lm,mba->ab", habit, apart, habit)
        observed = 1 - agreement(votes)[0].to_numpy()
        kappa = np.where(expected > 0, 1 - observed / expected, np.nan)
    return pd.DataFrame(kappa, votes.index, votes.index)


def trade_shares(world: World) -> pd.DataFrame:
    """Share of each partner (column) in the goods trade of each economy (row), both ways.

    Before tariffs, at the benchmark; rows add up to one.
    """
    at = world.pick_goods()
    sales = (world.trade.values[at] / (1 + world.tariff.values[at])).sum(axis=0)
    both = sales + sales.T
    np.fill_diagonal(both, 0.0)
    total = both.sum(axis=1, keepdims=True)
    return pd.DataFrame(both / np.where(total > 0, total, np.nan), world.countries, world.countries)


def measures(world: World, day: dt.date, years: tuple[int, int] = NOW) -> dict[str, Measure]:
    """The five measures among the economies of a world, as closeness: larger is closer."""
    states = list(world.countries)

    def among(table: pd.DataFrame) -> pd.DataFrame:
        return table.reindex(index=states, columns=states)

    apart, apart_error = (among(x) for x in distances(years))
    alike, alike_error = agreement(tables.votes_2025().reindex(states))
    war, _ = agreement(tables.ukraine_votes().iloc[:, 1:].reindex(states))
    bound = pd.DataFrame(tables.allied(states, day), states, states)
    share = trade_shares(world)
    trade = (share + share.T) / 2
    nothing = bound * np.nan
    said = f"{years[0]} to {years[1]}"
    return {
        "ideal points": Measure(-apart, apart_error, said, "standard deviations of all states"),
        "votes": Measure(alike, alike_error, "2025", "share of agreement in 192 votes"),
        "Ukraine": Measure(war, nothing, "2 Mar 2022 and 24 Feb 2025", "share of agreement"),
        "alliance": Measure(bound, nothing, f"{day:%-d %b %Y}; others 2018", "1: bound to defend"),
        "trade": Measure(trade, nothing, "benchmark", "mean share in goods trade"),
    }


def combined(
    found: Mapping[str, Measure], weights: Mapping[str, float] = WEIGHTS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weighted mean of the percentiles of pairs (state, state), and the weight that is known.

    A percentile is the share of all pairs that are less close, by one measure, ties by half.
    Where a measure has no data, the others share its weight; the second table says how much of
    all weight is known. Raises `InputError` for weights that name no measure or are not positive.
    """
    for name, weight in weights.items():
        if name not in found:
            raise InputError(f"no measure {name!r}{choose(name, found)}", field="weights")
        if not (np.isfinite(weight) and weight >= 0):
            raise InputError(f"{weight!r} is no weight", field=f"weights.{name}", value=weight)
    if not sum(weights.values()) > 0:
        raise InputError("needs a weight above zero", field="weights")
    states = next(iter(found.values())).closeness.index
    total, known = np.zeros((2, len(states), len(states)))
    for name, weight in weights.items():
        rank = percentiles(found[name].closeness.to_numpy())
        total += weight * np.nan_to_num(rank)
        known += weight * np.isfinite(rank)
    with np.errstate(invalid="ignore"):
        mean = np.where(known > 0, total / known, np.nan)
    share = known / sum(weights.values())
    return pd.DataFrame(mean, states, states), pd.DataFrame(share, states, states)


def percentiles(closeness: Array) -> Array:
    """Each pair's percentile among all pairs, 0 to 1; one on the diagonal."""
    upper = np.triu_indices(len(closeness), 1)
    values = closeness[upper]
    known = np.isfinite(values)
    rank = np.full(values.size, np.nan)
    if known.any():
        rank[known] = (rankdata(values[known]) - 0.5) / known.sum()
    found = np.full(closeness.shape, np.nan)
    found[upper] = rank
    found[upper[::-1]] = rank
    np.fill_diagonal(found, 1.0)
    return found


def changes(
    states: Sequence[str],
    anchors: Sequence[str],
    before: tuple[int, int] = BEFORE,
    now: tuple[int, int] = NOW,
) -> pd.DataFrame:
    """Change of the distance to each anchor between two spans of years, all states and anchors.

    Columns state, anchor, before, now, change (standard deviations of all states; negative: it
    came closer), error, and z = change / error. States without points in either span are left out.
    """
    (old, old_error), (new, new_error) = distances(before), distances(now)
    rows = [s for s in states if s in old.index and s in new.index]
    ends = [a for a in anchors if a in old.index and a in new.index]
    index = pd.MultiIndex.from_product([rows, ends], names=["state", "anchor"])
    found = pd.DataFrame(
        {
            "before": old.loc[rows, ends].to_numpy().ravel(),
            "now": new.loc[rows, ends].to_numpy().ravel(),
        },
        index,
    )
    found["change"] = found["now"] - found["before"]
    errors = [error.loc[rows, ends].to_numpy() for error in (old_error, new_error)]
    found["error"] = np.hypot(*errors).ravel()
    found["z"] = found["change"] / found["error"].where(found["error"] > 0)
    apart = index.get_level_values("state") != index.get_level_values("anchor")
    return found[apart].reset_index()
