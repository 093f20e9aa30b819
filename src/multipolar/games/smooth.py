"""Games over payoffs: best replies, Nash equilibria, maximin, bargaining, Shapley, nucleolus.

Pure: payoffs are callables or arrays, and no part knows a country. Smooth games are played on one
joint vector of actions within bounds; a player owns some of its places. Two-player matrix games are
nashpy's, linear programs HiGHS's and quasi-Newton steps SciPy's.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import nashpy
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize

from multipolar.errors import InputError

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
MAX_PLAYERS = 12  # of a coalitional game: 4,096 coalitions


@dataclass(frozen=True)
class Box:
    """Where actions live: bounds and the scale on which a step is about one, each [a]."""

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
    would let it follow; in a maximin or a bargain the largest of the objective's.
    """

    actions: Array  # [a]
    payoffs: Array  # [k]
    uphill: Array
    rounds: int
    converged: bool


# --- smooth games --------------------------------------------------------------------------------


def best_reply(
    payoffs: Payoffs,
    player: int,
    own: Indices,
    actions: Array,
    box: Box,
    tolerance: float = TOLERANCE,
) -> Array:
    """The joint actions [a] with the places `own` moved to where they serve `player` best.

    A local best reply: by L-BFGS-B from where the actions are.
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
    """Where a smooth objective (value, gradient) is largest within a box, from `start`.

    SciPy's L-BFGS-B on actions divided by their scale; stops when no derivative that can be
    followed exceeds `tolerance`, when a step raises the objective by less than `flat` of it, and
    after so many `steps`.
    """
    unit = box.scale

    def downhill(y: Array) -> tuple[float, Array]:
        value, gradient = objective(np.clip(y * unit, box.low, box.high))
        return -value, -gradient * unit

    end = minimize(
        downhill, start / unit, jac=True, method="L-BFGS-B",
        bounds=list(zip(box.low / unit, box.high / unit, strict=True)),
        options={"maxiter": steps, "maxfun": 4 * MAX_STEPS, "maxcor": MEMORY, "ftol": flat,
                 "gtol": tolerance * float(unit.min())},
    )  # fmt: skip
    return np.clip(end.x * unit, box.low, box.high)


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
            # Early rounds need no exact reply: the others will move again.
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
    weighted payoffs vanishes at the solution (the certificate). Payoffs should be of like size,
    such as logs of gains.
    """
    actions = np.clip(start, box.low, box.high)
    values, _ = payoffs(actions)
    count, penalty = len(values), 10.0 / max(float(np.ptp(values)), 1e-3)
    weights, rounds, left = np.full(count, 1 / count), 0, math.inf
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
        slack = float(values @ moved - values.min())
        left = float(np.abs(box.uphill(actions, pull(moved))).max(initial=0.0))
        weights, rounds = moved, rounds + 1
        on_round(rounds, max(left, slack))
        if max(left, slack) <= tolerance:
            break
        penalty *= 2.0
    done = max(left, slack) <= tolerance
    return Play(actions, values, np.full(count, left), rounds, done)


def simplex(point: Array) -> Array:
    """The nearest point whose places are not negative and sum to one [k]."""
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

    `power`: b [k], equal unless given. `converged` is false where nothing within the box leaves
    every player better off than disagreement.
    """
    b = np.full(len(disagreement), 1 / len(disagreement)) if power is None else power / power.sum()
    least = 1e-9 * max(1.0, float(np.abs(disagreement).max()))

    def objective(x: Array) -> tuple[float, Array]:
        values, pull = payoffs(x)
        gain = values - disagreement
        # Below `least` the log goes on as its tangent, so that a start without gains finds the way.
        floor = np.maximum(gain, least)
        value = b @ (np.log(floor) + np.minimum(gain - least, 0.0) / least)
        return float(value), pull(b / floor)

    actions = maximise(objective, np.clip(start, box.low, box.high), box, tolerance)
    values, _ = payoffs(actions)
    left = float(np.abs(box.uphill(actions, objective(actions)[1])).max(initial=0.0))
    gains = bool((values - disagreement > least).all())
    return Play(actions, values, np.full(len(values), left), 1, gains)


# --- matrix games --------------------------------------------------------------------------------


def bimatrix(first: Array, second: Array) -> list[tuple[Array, Array]]:
    """All equilibria found of a two-player game: mixed strategies over rows and over columns.

    `first`, `second`: payoffs [row, column] of the row and the column player. Support enumeration
    (nashpy), complete but for degenerate games; raises `InputError` for matrices of different
    shape.
    """
    if first.shape != second.shape or first.ndim != 2:
        raise InputError(
            f"payoff matrices of shape {first.shape} and {second.shape}; they must be alike",
            field="payoffs",
        )
    game = nashpy.Game(first, second)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that a game is degenerate
        return [(np.asarray(x), np.asarray(y)) for x, y in game.support_enumeration()]


# --- coalitions ----------------------------------------------------------------------------------


def coalition_values(players: int, value: Callable[[frozenset[int]], float]) -> Array:
    """Values v [2^players], by bit mask: player k is in coalition m where bit k of m is set."""
    if not 1 <= players <= MAX_PLAYERS:
        raise InputError(f"takes 1 to {MAX_PLAYERS} players, not {players}", field="players")
    members = (frozenset(k for k in range(players) if m >> k & 1) for m in range(1 << players))
    return np.array([value(m) if m else 0.0 for m in members])


def shapley(v: Array) -> Array:
    """Shapley value [k] of a game v [2^k] (Shapley 1953): average marginal contributions."""
    players, inside = _members(v)
    size = inside.sum(axis=1)
    factorial = np.array([math.factorial(k) for k in range(players + 1)], dtype=float)
    masks = np.arange(len(v))
    value = np.empty(players)
    for k in range(players):
        without = masks[~inside[:, k]]
        weight = factorial[size[without]] * factorial[players - size[without] - 1]
        value[k] = weight @ (v[without | (1 << k)] - v[without]) / factorial[players]
    return value


def nucleolus(v: Array, tolerance: float = 1e-9) -> Array:
    """Nucleolus [k] of a game v [2^k] (Schmeidler 1969): excesses as small as can be, in order.

    By linear programs in sequence (Kopelowitz 1967): the largest excess is made smallest, the
    coalitions whose excess is then fixed are kept there, and so on until the point is unique.
    """
    players, inside = _members(v)
    rows = inside.astype(float)
    grand = len(v) - 1
    fixed, excess = {grand}, {grand: 0.0}
    point = np.full(players, v[grand] / players)
    while np.linalg.matrix_rank(rows[sorted(fixed)]) < players:
        loose = np.array([m for m in range(1, grand) if m not in fixed])
        kept = sorted(fixed)
        end = linprog(
            np.r_[np.zeros(players), 1.0],
            A_ub=np.c_[-rows[loose], -np.ones(len(loose))],
            b_ub=-v[loose],
            A_eq=np.c_[rows[kept], np.zeros(len(kept))],
            b_eq=v[kept] - np.array([excess[m] for m in kept]),
            bounds=[(None, None)] * (players + 1),
            method="highs",
        )
        if not end.success:
            raise InputError(f"the game has no nucleolus that was found: {end.message}", field="v")
        solution = np.asarray(end.x)
        point, least = solution[:-1], float(solution[-1])
        tight = loose[-np.asarray(end.ineqlin.marginals) > tolerance]
        fixed.update(int(m) for m in tight)
        excess |= {int(m): least for m in tight}
    return point


def _members(v: Array) -> tuple[int, NDArray[np.bool_]]:
    players = len(v).bit_length() - 1
    if len(v) != 1 << players or not 1 <= players <= MAX_PLAYERS or v[0] != 0:
        raise InputError(
            f"a game needs 2^k values for 1 to {MAX_PLAYERS} players, the empty coalition's zero",
            field="v",
        )
    return players, (np.arange(len(v))[:, None] >> np.arange(players) & 1).astype(bool)
