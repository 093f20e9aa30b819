"""Who came to the parade of 9 May 2025: how well closeness to Russia tells it.

A closeness is judged by the area under its ROC curve: the chance that a state whose leader came is
closer than one whose leader did not, ties by half (Mann & Whitney 1947; Hanley & McNeil 1982).
"""

from collections.abc import Collection

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from multipolar.alignment import tables
from multipolar.alignment.affinity import agreement, distances, trade_shares
from multipolar.world import World

HOST = "RUS"


def attended() -> tuple[str, ...]:
    """States that voted in 2025 and whose leader was announced; see data/SOURCES.md."""
    table = tables.read("parade-2025")
    leaders = table.loc[table["who"] == "leader", "iso3"]
    return tuple(str(state) for state in leaders if state in tables.votes_2025().index)


def closeness_to_host(world: World) -> pd.DataFrame:
    """Closeness to Russia of each state that voted in 2025, by measure; NaN without data.

    Distance of ideal points (minus), agreement in votes of 2025, votes against Kyiv's resolutions
    of 2022 and 2025, the sum of the ranks of these three, and Russia's share in goods trade (only
    economies of the world).
    """
    states = tables.votes_2025().index.drop(HOST)
    ranked = pd.DataFrame(
        {
            "ideal points": -distances()[0][HOST].reindex(states),
            "votes": agreement(tables.votes_2025())[0][HOST].reindex(states),
            "Ukraine": -tables.ukraine_votes().iloc[:, 1:].mean(axis=1).reindex(states),
        }
    )
    known = ranked.dropna()
    total = known.rank().sum(axis=1).reindex(states)
    trade = trade_shares(world)[HOST] if HOST in world.countries else pd.Series(dtype=float)
    return ranked.assign(**{"rank sum": total, "trade": trade.reindex(states)})


def roc_area(closeness: pd.Series, came: Collection[str]) -> float:
    """Area under the ROC curve, 0.5 for no better than chance; NaN if all or none came.

    States without a number are left out.
    """
    known = closeness.dropna()
    positive = known.index.isin(list(came))
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not (ones and zeros):
        return float("nan")
    rank = rankdata(known.to_numpy())
    return float((rank[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def missed(
    closeness: pd.Series, came: Collection[str], few: int = 5
) -> tuple[list[str], list[str]]:
    """Who came though far away, farthest first; and who stayed away though close, closest first."""
    known = closeness.dropna().sort_values(kind="stable")
    guests = np.asarray(known.index.isin(list(came)))
    far = [str(state) for state in known.index[guests][:few]]
    near = [str(state) for state in known.index[~guests][::-1][:few]]
    return far, near
