"""Priors: how far trade elasticities may be from those that a result assumes, as numbers.

Logs of elasticities are normal around the assumed ones. A sector's elasticity moves with the level
common to all, and with an error of its own: the relative standard error of its estimate, or a
convention where there is no estimate. Sectors that rest on the same estimate share its error. The
table and the reasons for each convention: `model/data/SOURCES.md`.
"""

import csv
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from multipolar.errors import InputError
from multipolar.model.assumptions import Assumptions
from multipolar.world import World
from multipolar.world.labels import table

Array = NDArray[np.float64]
Group = Literal["common level", "services", "goods", "not estimated"]

ONE_SIDE = 1.6449  # standard deviations from the median to an end of a 90 % band
COMMON = math.log(2) / (2 * ONE_SIDE)  # the ends of the band are a factor of 2 apart
CONVENTION = math.log(2) / ONE_SIDE  # each end is a factor of 2 from the median
REPLACED = ("Auto", "Other Transport")  # 8.22 in the place of estimates that are near zero
MOST_DRAWS = 65_536


@dataclass(frozen=True)
class Priors:
    """What is uncertain about the elasticities of a world's sectors.

    `inputs`: names of the independent errors, each standard normal; `groups`: what each belongs to;
    `loadings` [input, sector]: change of the log elasticity for one standard deviation.
    """

    inputs: tuple[str, ...]
    groups: tuple[Group, ...]
    loadings: Array

    def draws(self, count: int, seed: int = 0) -> Array:
        """Errors [draw, input] from a scrambled Sobol sequence; the same seed, the same draws.

        Raises `InputError` for a count that is not from 2 to 65,536.
        """
        if not 2 <= count <= MOST_DRAWS:
            raise InputError(f"takes 2 to {MOST_DRAWS:,} draws, not {count}", field="draws")
        sequence = qmc.Sobol(len(self.inputs), scramble=True, rng=np.random.default_rng(seed))
        with warnings.catch_warnings():  # a count that is no power of 2 is less even, not wrong
            warnings.simplefilter("ignore", UserWarning)
            uniform = sequence.random(count)
        return ndtri(np.clip(uniform, 1e-9, 1 - 1e-9))

    def elasticities(self, median: Array, errors: Array) -> Array:
        """Elasticities [draw, sector] for errors [draw, input] around a median [sector]."""
        return median * np.exp(errors @ self.loadings)


@cache
def _errors() -> Mapping[str, tuple[float, float]]:
    """Estimate and standard error of each of Caliendo & Parro's sectors."""
    with (files("multipolar.model") / "data" / "elasticity-errors.csv").open() as file:
        return {
            row["sector"]: (float(row["theta"]), float(row["standard_error"]))
            for row in csv.DictReader(file)
            if row["sector"] not in REPLACED
        }


def _spread(relative: float) -> float:
    """The standard deviation of the log that has this standard deviation relative to its mean."""
    return math.sqrt(math.log1p(relative**2))


def _own_error(estimates: Sequence[str]) -> float:
    """Spread of the log of the mean of some estimates, taken as independent."""
    known = [_errors()[name] for name in estimates if name in _errors()]
    if not known:
        return CONVENTION
    theta, error = np.array(known).T
    return _spread(float(np.sqrt((error**2).sum()) / theta.sum()))


def priors(sectors: Sequence[str]) -> Priors:
    """The priors of a world with these sectors.

    A sector that the table of elasticities does not know, such as one merged from others, has an
    error of its own, by convention: nobody has estimated it.
    """
    rests_on = {row["sector"]: row["caliendo_parro_sectors"] for row in table("elasticities")}
    errors: dict[str, tuple[Group, float, list[int]]] = {}
    for k, sector in enumerate(sectors):
        estimates = rests_on.get(sector)
        if estimates is None:
            errors[f"sector {sector}"] = ("not estimated", CONVENTION, [k])
        elif not estimates:
            errors.setdefault("services", ("services", CONVENTION, []))[2].append(k)
        else:
            size = _own_error(estimates.split("; "))
            errors.setdefault(estimates, ("goods", size, []))[2].append(k)
    loadings = np.zeros((1 + len(errors), len(sectors)))
    loadings[0] = COMMON
    for row, (_, size, at) in enumerate(errors.values(), start=1):
        loadings[row, at] = size
    groups: list[Group] = ["common level", *(group for group, _, _ in errors.values())]
    return Priors(("common level", *errors), tuple(groups), loadings)


def drawn(
    world: World, assumptions: Assumptions, count: int, seed: int = 0
) -> tuple[Priors, Array, list[Assumptions]]:
    """The priors, errors [draw, input], and the assumptions under each draw of elasticities.

    The median is what the assumptions say; the horizon applies to each draw as it does to them.
    """
    known = priors(world.sectors)
    errors = known.draws(count, seed)
    median = assumptions.full_elasticity(world)
    thetas = known.elasticities(median, errors)
    under = [
        replace(assumptions, elasticities=dict(zip(world.sectors, row, strict=True)))
        for row in thetas.tolist()
    ]
    return known, errors, under


# Other answers to questions of structure, each put in the place of what a case assumes.
ALTERNATIVES: tuple[tuple[str, str | float], ...] = (
    ("deficits", "world-gdp"),
    ("deficits", "own-gdp"),
    ("deficits", "purged"),
    ("supply", "perfect-competition"),
    ("supply", "krugman"),
    ("supply", "fixed-firms"),
    ("elasticities", "world"),
    ("elasticities", "caliendo-parro"),
    ("elasticities", "fontagne"),
    ("elasticities", "tariffs-2018"),
    ("horizon", 1.0),
    ("horizon", "long-run"),
)


def alternatives(assumptions: Assumptions) -> dict[str, Assumptions]:
    """The assumptions with one of them changed at a time, by what was changed."""
    given = assumptions.as_dict()
    return {
        f"{name} {value:g} year" if isinstance(value, float) else f"{name} {value}":
            Assumptions.from_dict(given | {name: value})
        for name, value in ALTERNATIVES
        if value not in (given[name], assumptions.elasticities_used())
    }  # fmt: skip
