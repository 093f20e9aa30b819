"""Smooth games: best replies, Nash equilibria, maximin, bargaining.

Played on one joint vector of actions within bounds; each player owns some of its places.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Pullback = Callable[[Array], Array]
Payoffs = Callable[[Array], tuple[Array, Pullback]]
"""From joint actions [a] to the payoffs of all players [k], and from weights [k] to the gradient of
the weighted sum of payoffs [a]."""

TOLERANCE = 1e-7  # projected gradient at which an action is taken for a best reply
MAX_STEPS = 500  # quasi-Newton steps of one reply
MEMORY = 20  # curvature pairs that L-BFGS-B keeps
MAX_ROUNDS = 60


@dataclass(frozen=True)
class Box:
    """The space of actions: bounds, and the scale on which a step is about one, each [a]."""

    low: Array
    high: Array
    scale: Array

    def uphill(self, actions: Array, gradient: Array) -> Array:
        """The gradient that can still be followed [a]: zero where a bound is in the way."""
        stuck = ((actions <= self.low) & (gradient < 0)) | ((actions >= self.high) & (gradient > 0))
        return np.where(stuck, 0.0, gradient)


@dataclass(frozen=True)
class Play:
    """Joint actions and what they are worth.

    `uphill` is the certificate [k]: the largest derivative of a player's payoff that its bounds
    would let it follow; in a maximin or a bargain, the largest derivative of the objective.
    """

    actions: Array  # [a]
    payoffs: Array  # [k]
    uphill: Array
    rounds: int
    converged: bool


def best_reply(
    payoffs: Payoffs,
    player: int,
    own: Indices,
    actions: Array,
    box: Box,
    tolerance: float = TOLERANCE,
) -> Array:
    """The joint actions [a], with the places `own` moved to where they serve `player` best.

    A local best reply, found by L-BFGS-B from the given actions.
    """
    weights = np.zeros(len(payoffs(actions)[0]))
    weights[player] = 1.0

    def objective(mine: Array) -> tuple[float, Array]:
        joint = actions.copy()
        joint[own] = mine
        values, pull = payoffs(joint)
        return float(values[player]), pull(weights)[own]

    part = Box(box.low[own], box.high[own], box.scale[own])
    reply = actions.copy()
    reply[own] = maximise(objective, actions[own], part, tolerance)
    return reply


def maximise(
    objective: Callable[[Array], tuple[float, Array]],
    start: Array,
    box: Box,
    tolerance: float = TOLERANCE,
    *,
    steps: int = MAX_STEPS,
    flat: float = 0.0,
) -> Array:
    """Where a smooth objective (value, gradient) is largest within a box, searched from `start`.

    SciPy's L-BFGS-B on actions divided by their scale; stops when no derivative that can be
    followed exceeds `tolerance`, when a step raises the objective by less than the fraction `flat`,
    and after `steps` steps.
    """
    unit = box.scale

    def downhill(y: Array) -> tuple[float, Array]:
        value, gradient = objective(np.clip(y * unit, box.low, box.high))
        return -value, -gradient * unit

    with _algebra().limit(limits=1):
        end = minimize(
            downhill, start / unit, jac=True, method="L-BFGS-B",
            bounds=list(zip(box.low / unit, box.high / unit, strict=True)),
            options={"maxiter": steps, "maxfun": 4 * MAX_STEPS, "maxcor": MEMORY, "ftol": flat,
                     "gtol": tolerance * float(unit.min())},
        )  # fmt: skip
    return np.clip(end.x * unit, box.low, box.high)


@cache
def _algebra() -> ThreadpoolController:
    """The linear algebra under SciPy: on matrices this small, threads cost more than the work.

    Read once, after it was loaded.
    """
    return ThreadpoolController()


def nash(
    payoffs: Payoffs,
    own: Sequence[Indices],
    start: Array,
    box: Box,
    *,
    tolerance: float = TOLERANCE,
    max_rounds: int = MAX_ROUNDS,
    on_round: Callable[[int, float], None] = lambda _k, _u: None,
) -> Play:
    """Best replies in turn until nobody's payoff points uphill: a local Nash equilibrium.

    `own[k]`: the places of player k. `on_round` hears the round and the largest derivative left.
    The certificate is `Play.uphill`; it does not rule out a better reply far away.
    """
    actions = np.clip(start, box.low, box.high)
    left = _uphill(payoffs, own, actions, box)
    rounds = 0
    while left.max() > tolerance and rounds < max_rounds:
        for player, places in enumerate(own):
            # Early rounds need no exact reply, because the other players will move again.
            exact = max(tolerance / 2, 1e-2 * float(left.max()))
            actions = best_reply(payoffs, player, places, actions, box, exact)
        left = _uphill(payoffs, own, actions, box)
        rounds += 1
        on_round(rounds, float(left.max()))
    return Play(actions, payoffs(actions)[0], left, rounds, bool(left.max() <= tolerance))


def _uphill(payoffs: Payoffs, own: Sequence[Indices], actions: Array, box: Box) -> Array:
    _, pull = payoffs(actions)
    left = np.zeros(len(own))
    for player, (places, weights) in enumerate(zip(own, np.eye(len(own)), strict=True)):
        left[player] = np.abs(box.uphill(actions, pull(weights))[places]).max(initial=0.0)
    return left


def maximin(
    payoffs: Payoffs,
    start: Array,
    box: Box,
    *,
    tolerance: float = 1e-6,
    max_rounds: int = 40,
    on_round: Callable[[int, float], None] = lambda _k, _u: None,
) -> Play:
    """Joint actions at which the smallest payoff is largest.

    The epigraph form max g s.t. payoff_k >= g, by augmented Lagrangian (Nocedal & Wright 2006,
    ch. 17.4): the multipliers are the players' weights, sum to one, and the gradient of the
    weighted payoffs vanishes at the solution (the certificate). Payoffs should be of similar size,
    such as logs of gains.
    """
    actions = np.clip(start, box.low, box.high)
    values, _ = payoffs(actions)
    count, penalty = len(values), 10.0 / max(float(np.ptp(values)), 1e-3)
    weights, rounds, left, slack = np.full(count, 1 / count), 0, math.inf, math.inf
    while rounds < max_rounds:

        def shortfall(values: Array, weights: Array = weights, rho: float = penalty) -> Array:
            """Multipliers after the step: weights + rho (g - payoff), cut at zero, summing to 1."""
            return simplex(weights - rho * values)

        def objective(
            x: Array, weights: Array = weights, rho: float = penalty
        ) -> tuple[float, Array]:
            values, pull = payoffs(x)
            after = shortfall(values)
            value = float(after @ values + ((after - weights) ** 2).sum() / (2 * rho))
            return value, pull(after)

        actions = maximise(objective, actions, box, tolerance / 4)
        values, pull = payoffs(actions)
        moved = shortfall(values)
        before, slack = slack, float(values @ moved - values.min())
        left = float(np.abs(box.uphill(actions, pull(moved))).max(initial=0.0))
        weights, rounds = moved, rounds + 1
        on_round(rounds, max(left, slack))
        if max(left, slack) <= tolerance:
            break
        # A penalty raised without need makes the problem so steep that its gradient is lost.
        if slack > max(tolerance, before / 2):
            penalty *= 2.0
    done = max(left, slack) <= tolerance
    return Play(actions, values, np.full(count, left), rounds, done)


def simplex(point: Array) -> Array:
    """The nearest point [k] whose entries are not negative and sum to one."""
    ordered = np.sort(point)[::-1]
    level = (np.cumsum(ordered) - 1) / np.arange(1, len(point) + 1)
    return np.maximum(point - level[np.flatnonzero(ordered > level)[-1]], 0.0)


def nash_bargain(
    payoffs: Payoffs,
    disagreement: Array,
    start: Array,
    box: Box,
    power: Array | None = None,
    tolerance: float = TOLERANCE,
) -> Play:
    """Joint actions that maximise sum_k b_k log(payoff_k - disagreement_k) (Nash 1950).

    `power`: b [k], equal unless given. `converged` is false where nothing within the box makes
    every player better off than disagreement.
    """
    b = np.full(len(disagreement), 1 / len(disagreement)) if power is None else power / power.sum()
    least = 1e-9 * max(1.0, float(np.abs(disagreement).max()))

    def objective(x: Array) -> tuple[float, Array]:
        values, pull = payoffs(x)
        gain = values - disagreement
        # Below `least` the log continues as its tangent, so that a start without gains can improve.
        floor = np.maximum(gain, least)
        value = b @ (np.log(floor) + np.minimum(gain - least, 0.0) / least)
        return float(value), pull(b / floor)

    actions = maximise(objective, np.clip(start, box.low, box.high), box, tolerance)
    values, _ = payoffs(actions)
    left = float(np.abs(box.uphill(actions, objective(actions)[1])).max(initial=0.0))
    gains = bool((values - disagreement > least).all())
    return Play(actions, values, np.full(len(values), left), 1, gains)
