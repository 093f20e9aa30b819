"""The tables on alignment that ship, read once; their sources are in data/SOURCES.md."""

import datetime as dt
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from multipolar.world.labels import bloc

FOLDER = files("multipolar.alignment") / "data"
VOTES = {"Y": 1.0, "A": 0.5, "N": 0.0}  # not voting is no vote
UKRAINE = ("2014-03-27", "2022-03-02", "2025-02-24")  # 68/262, ES-11/1, ES-11/7
PACTS = ("NATO", "CSTO")  # their members are bound to defend one another
WIDTH = 2 * 1.6448536269514722  # of the interval from 5 % to 95 %, in standard deviations


@cache
def read(name: str) -> pd.DataFrame:
    """A table as it ships; not to be changed in place."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype={"votes": str} if name == "votes-2025" else None,
                           keep_default_na=name != "ukraine-votes")  # fmt: skip


@cache
def ideal_points() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ideal points (state, year) and their standard errors, in standard deviations of a year.

    Bailey, Strezhnev & Voeten (2017). Levels move with the agenda of a year, so each year is
    measured from the mean, in standard deviations, of the states that have a point in every year.
    """
    table = read("ideal-points")
    point = table.pivot(index="iso3", columns="year", values="point")
    width = table.assign(sd=(table["high"] - table["low"]) / WIDTH)
    error = width.pivot(index="iso3", columns="year", values="sd")
    always = point.dropna()
    scale = always.std(ddof=0)
    return (point - always.mean()) / scale, error / scale


@cache
def ukraine_votes() -> pd.DataFrame:
    """Votes on Ukraine (state, date): 1 for, 0.5 abstained, 0 against, NaN not cast."""
    table = read("ukraine-votes").set_index("iso3")
    return table.apply(lambda column: column.map(VOTES)).astype(float)


@cache
def votes_2025() -> pd.DataFrame:
    """All votes of 2025 (state, place of the resolution), coded in the same way."""
    table = read("votes-2025").set_index("iso3")["votes"]
    coded = [[VOTES.get(letter, np.nan) for letter in votes] for votes in table]
    return pd.DataFrame(coded, table.index)


def allied(states: list[str], day: dt.date) -> np.ndarray:
    """Whether two states are bound to defend one another [state, state], as far as is known.

    Members of NATO and of the CSTO on a day, and the pacts of alliances.csv (as of 2018); NaN for
    what is no member of the United Nations.
    """
    place = {state: k for k, state in enumerate(states)}
    bound = np.zeros((len(states), len(states)))
    for pact in PACTS:
        at = [place[state] for state in bloc(pact, day) if state in place]
        bound[np.ix_(at, at)] = 1
    for one, other in read("alliances")[["one", "other"]].itertuples(index=False):
        if one in place and other in place:
            bound[place[one], place[other]] = bound[place[other], place[one]] = 1
    np.fill_diagonal(bound, 1)
    members = np.array([state in votes_2025().index for state in states])
    return np.where(members[:, None] & members[None], bound, np.nan)
