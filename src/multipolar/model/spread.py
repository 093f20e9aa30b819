"""Spread: what many draws of one number say; pure numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BAND = (0.05, 0.95)  # the ends of a 90 % band
CERTAIN = 0.95  # share of draws with one sign from which the sign counts as certain
FEWEST = 8  # draws below which there is no band
ANSWERED = 0.8  # share of draws that must give a number: those that do not are no random ones
ZERO = 1e-9  # numbers below this have no sign that means something


@dataclass(frozen=True)
class Band:
    """A number and what draws around it give, all in the number's unit.

    `central`: under the case's own assumptions; `low`, `high`: ends of the 90 % band;
    `same_sign`: the share of draws with the sign of `central`; `count`: draws with a number.
    """

    central: float
    median: float
    low: float
    high: float
    same_sign: float
    count: int

    @property
    def sign_certain(self) -> bool:
        """Whether nearly all draws have the sign of the central number."""
        return self.same_sign >= CERTAIN


def band(central: float, values: Array) -> Band:
    """The band of draws [draw] around a central number; draws without a number (NaN) are left out.

    Quantiles are those of the draws (linear between neighbours). All NaN, with a count of zero,
    where fewer than `FEWEST` draws, or than the share `ANSWERED` of them, have a number.
    """
    known = values[np.isfinite(values)]
    if known.size < max(FEWEST, ANSWERED * values.size):
        return Band(central, *(float("nan"),) * 4, 0)
    low, median, high = np.quantile(known, (BAND[0], 0.5, BAND[1]))
    same = np.mean(_sign(known) == _sign(np.array(central)))
    return Band(central, float(median), float(low), float(high), float(same), known.size)


def _sign(values: Array) -> Array:
    return np.sign(np.where(np.abs(values) > ZERO, values, 0.0))


def first_order_shares(errors: Array, values: Array, groups: Sequence[str]) -> Mapping[str, float]:
    """First-order Sobol indices by group, from the draws themselves.

    Var(E[y | z_j]) / Var(y) of each input, by regression of values [draw] on the first two Hermite
    polynomials of each standard normal error [draw, input] (Sudret 2008, Reliability Engineering &
    System Safety 93, eq. 34-36, degree 2 without interactions); summed over the inputs of a group.
    With fewer than three draws for each coefficient, only the first polynomial; empty where draws
    do not suffice or do not vary.
    """
    known = np.isfinite(values)
    z, y = errors[known], values[known]
    count, inputs = z.shape
    if count < 3 * (inputs + 1) or y.std() <= 1e-12 * max(1e-12, np.abs(y).max()):
        return {}
    terms = [z, (z**2 - 1) / np.sqrt(2)] if count >= 3 * (2 * inputs + 1) else [z]
    slopes, *_ = np.linalg.lstsq(
        np.column_stack([np.ones(count), *terms]), (y - y.mean()) / y.std(), rcond=None
    )
    each = (slopes[1:].reshape(len(terms), inputs) ** 2).sum(axis=0)
    shares: dict[str, float] = {}
    for group, share in zip(groups, each, strict=True):
        shares[group] = shares.get(group, 0.0) + float(share)
    return shares
