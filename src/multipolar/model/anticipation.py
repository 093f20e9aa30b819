"""Anticipation: buyers who look for suppliers answer to what is announced before it begins.

Habits turn over at the speed s (`assumptions.SPEED`), so a supplier chosen today is kept for 1 / s
years on average. Who knows that, and discounts the future at the rate rho, chooses by the mean of
log trade costs over that time, as prices that are seldom reset look ahead (Calvo 1983, Journal of
Monetary Economics 12):

    E ln kappa = (rho + s) int_0^inf exp(-(rho + s) u) ln kappa_{t+u} du
               = ln kappa_t + sum_k exp(-(rho + s) wait_k) (ln kappa_k - ln kappa_{k-1})

over the turns k, the days on which acts that are known begin. The mean over a period's days enters
the target of habits in the place of the period's own costs; see `sourcing.lean`.
"""

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.model.assumptions import SPEED
from multipolar.model.economy import log_costs, varieties_lost
from multipolar.model.sourcing import Ahead
from multipolar.policy.calendar import DAYS_A_YEAR, Dated, Period, outlook
from multipolar.policy.wedges import Wedges
from multipolar.world import World


@dataclass(frozen=True)
class Anticipation:
    """Buyers who know an act from its announcement on (`Dated.announced`), and adapt to it.

    An act that begins in u years counts in what they adapt to with weight x exp(-(discount +
    0.34) u). `discount`: a rate a year. `weight`: the share of buyers who believe what is
    announced. They take an act that is in force, or announced, to stay, unless an act that is
    known begins on the day of its end. Only suppliers change before an act begins: nobody buys
    ahead and stores. Both numbers are round and no estimates.
    """

    discount: float = 0.05
    weight: float = 1.0

    def __post_init__(self) -> None:
        for name, value in (("discount", self.discount), ("weight", self.weight)):
            if isinstance(value, bool) or not 0 <= value <= 1:
                raise InputError(
                    f"{value!r} must lie between 0 and 1", field=f"anticipation.{name}", value=value
                )

    def weigh(self, first: dt.date, end: dt.date, turn: dt.date) -> float:
        """The mean weight of a turn over the days from `first` until before `end`, or `turn`."""
        rate = self.discount + SPEED
        longest, least = ((turn - day).days / DAYS_A_YEAR for day in (first, end))
        mean = (math.exp(-rate * least) - math.exp(-rate * longest)) / (rate * (longest - least))
        return self.weight * mean


def foresee(
    anticipation: Anticipation,
    world: World,
    acts: Sequence[Dated],
    period: Period,
    laid: Callable[[tuple[Dated, ...]], Wedges],
    theta: NDArray[np.float64],
) -> Ahead | None:
    """What buyers expect in a period beyond it; None if nothing is known to come.

    `laid` lays acts out on the world; `theta` are long-run trade elasticities [s].
    """
    stretches = outlook(acts, period)
    if not stretches:
        return None
    cost = np.zeros(world.tariff.shape)
    lost = np.zeros(world.expenditure.shape)
    for first, end, regimes in stretches:
        each = [laid(there) for _, there in regimes]
        costs = [np.asarray(log_costs(world, wedges)) for wedges in each]
        gone = [varieties_lost(world, wedges, theta) for wedges in each]
        for k, (turn, _) in enumerate(regimes[1:], start=1):
            weight = (end - first).days / period.days * anticipation.weigh(first, end, turn)
            cost += weight * (costs[k] - costs[k - 1])
            lost += weight * (gone[k] - gone[k - 1])
    return Ahead(jnp.asarray(cost), jnp.asarray(lost))
