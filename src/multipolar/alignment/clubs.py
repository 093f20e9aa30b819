"""Choose a side: every third country joins one hegemon, the other, or neither.

A player k picks a_k: 1 the first hegemon's club, -1 the second's, 0 neither. A hegemon lifts a
share `offer` of its tariffs on who joins it and adds `threat` to those on who joins the other;
neutrals get a share `neutral` of both threats. k maximises

    ln W_k(a_k, a_-k) - kappa/2 (a_k - home_k)^2

with W its real income in full equilibrium and home_k where its votes put it (-1 China, 1 the G7).
Joining one side is worth less the more others join it (they share its market), so no lattice
theorem holds: best replies start from all three extremes, and every resting point is reported.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar.alignment.affinity import NOW, pooled
from multipolar.alignment.blocs import CORE
from multipolar.errors import InputError, NotConverged
from multipolar.model import Case, solve_many
from multipolar.policy import Instrument
from multipolar.policy.wedges import Layer
from multipolar.progress import OnStep, quiet
from multipolar.world.labels import bloc, bloc_called

if TYPE_CHECKING:
    from multipolar.world import World

Array = NDArray[np.float64]
Profile = tuple[int, ...]
ACTIONS = (1, 0, -1)
GAIN = 1e-9  # of log income, from which a player moves
ROUNDS = 60


@dataclass(frozen=True)
class Offers:
    """What the hegemons offer and threaten: shares and tariffs as fractions; `neutral` is p."""

    first: str = "USA"
    second: str = "CHN"
    offer: float = 1.0
    threat: float = 0.25
    neutral: float = 0.5


@dataclass(frozen=True, repr=False, eq=False)
class _Treatment(Instrument):
    """What the hegemons' tariffs on goods change by, laid out in their cells."""

    cells: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    change: Array = field(default_factory=lambda: np.zeros(0))

    def layers(self, world: "World") -> Iterator[Layer]:  # noqa: ARG002  (laid out already)
        """One layer of many changes; see `Instrument.layers`."""
        yield Layer("tariff", self.cells, self.change, "add", compound=False, act=self)

    def __repr__(self) -> str:
        return "the hegemons' offers and threats"


@dataclass(frozen=True)
class Resting:
    """Where best replies from one start come to rest; `profile` is empty if they do not.

    `how`: "at once" (all move together) or "in turn" (only who gains most, after a cycle).
    `kappa`: break-even weight on affinity by player; `worth`: log income of each action [player,
    action in the order of `ACTIONS`] given the others, as far as it was solved for.
    """

    start: int
    profile: Profile
    how: str
    rounds: int
    worth: Array
    kappa: Array


def home(players: Mapping[str, Sequence[str]]) -> pd.Series:
    """Where votes put each player: -1 with China, 1 with the G7 without the United States.

    Relative distance of pooled ideal points; members of a player count by their mean. NaN where no
    member votes.
    """
    point = pooled(NOW)["point"]
    west, east = point[list(CORE)].mean(), point["CHN"]
    states = {
        name: [s for m in members for s in (bloc(m) if bloc_called(m) else (m,))]
        for name, members in players.items()
    }  # a bloc can be one economy of a world
    means = pd.Series({name: point.reindex(at).mean() for name, at in states.items()}, dtype=float)
    to_east, to_west = (means - east).abs(), (means - west).abs()
    return (to_east - to_west) / (to_east + to_west)


class ClubGame:
    """The game on a case: its players, where they are at home, and incomes by profile, kept."""

    def __init__(self, case: Case, offers: Offers, kappa: float = 0.0) -> None:
        """Players: the EU as one, every other economy alone; who does not vote is left out.

        `kappa`: weight on affinity, zero or more; infinite: affinity alone. Raises `InputError`.
        """
        self.case, self.offers, self.kappa = case, offers, kappa
        _check(case.world, offers, kappa)
        self.players = _players(case.world, offers)
        self.home = home(self.players).dropna()
        self.players = {name: self.players[name] for name in self.home.index}
        if not self.players:
            raise InputError("no third country of this world votes", field="first")
        world = case.world
        place = {code: k for k, code in enumerate(world.countries)}
        self._at = [np.array([place[c] for c in members]) for members in self.players.values()]
        self._owner = np.concatenate([np.full(len(at), k) for k, at in enumerate(self._at)])
        self._sizes = world.value_added.to_numpy()
        shape = world.arrays()["tariff"].shape
        goods, who = np.array(world.pick_goods()), np.concatenate(self._at)
        ends = [place[offers.first], place[offers.second]]
        cells = np.ix_(goods, who, np.array(ends))
        self._cells = np.ravel_multi_index(cells, shape).ravel()
        self._base = case.policy.wedges(world).tariff[cells]
        self._order = np.argsort(self._cells)
        self._known: dict[tuple[Profile, float], Array] = {}

    def treatment(self, profile: Profile, neutral: float) -> Instrument:
        """The hegemons' acts under a profile."""
        side = np.array(profile, dtype=float)[self._owner]
        towards = np.stack([side, -side], axis=1)  # [member, hegemon]: 1 joins it
        lifted = np.where(towards == 1, self.offers.offer, 0.0)
        added = np.select([towards == 1, towards == 0], [0.0, neutral], 1.0) * self.offers.threat
        change = added[None] - lifted[None] * self._base
        return _Treatment(cells=self._cells[self._order], change=change.ravel()[self._order])

    def incomes(
        self, profiles: Sequence[Profile], neutral: float | None = None, on_step: OnStep = quiet
    ) -> Array:
        """Log real incomes [profile, player], exact; NaN where there is no equilibrium."""
        p = self.offers.neutral if neutral is None else neutral
        missing = list(dict.fromkeys(q for q in profiles if (q, p) not in self._known))
        if missing:
            found = solve_many(
                self.case.world,
                [self.case.policy + self.treatment(q, p) for q in missing],
                self.case.assumptions,
                variables="real_income",
                on_step=on_step,
            )["real_income"].to_numpy()
            for q, change in zip(missing, found, strict=True):
                self._known[q, p] = np.array(
                    [np.log1p(np.average(change[at], weights=self._sizes[at])) for at in self._at]
                )
        return np.array([self._known[q, p] for q in profiles])

    def worth(
        self, profile: Profile, neutral: float | None = None, on_step: OnStep = quiet
    ) -> Array:
        """Log income [player, action] of each action, the others as in the profile."""
        asked = [_with(profile, k, a) for k in range(len(profile)) for a in ACTIONS]
        found = self.incomes(asked, neutral, on_step).reshape(len(profile), len(ACTIONS), -1)
        return np.array([found[k, :, k] for k in range(len(profile))])

    def payoffs(self, worth: Array) -> Array:
        """Income less what the distance from home costs [player, action]."""
        return worth - 0.5 * self.kappa * self._apart()

    def _apart(self) -> Array:
        apart: Array = (np.array(ACTIONS)[None] - self.home.to_numpy()[:, None]) ** 2
        return apart

    def at_home(self) -> Profile:
        """The action nearest to each player's home: what affinity alone would choose."""
        return tuple(ACTIONS[k] for k in self._apart().argmin(axis=1))

    def break_even(self, worth: Array) -> Array:
        """The weight on affinity from which each player acts as affinity says [player].

        Largest over other actions a of 2 (ln W(a) - ln W(a*)) / ((a - home)^2 - (a* - home)^2),
        with a* the action nearest home; zero if income says the same.
        """
        apart = self._apart()
        nearest = apart.argmin(axis=1)
        rows = np.arange(len(apart))
        gain, further = (x - x[rows, nearest][:, None] for x in (worth, apart))
        ratio = np.where(further > 0, 2 * gain / np.where(further > 0, further, 1.0), 0.0)
        found: Array = np.maximum(ratio.max(axis=1), 0.0)
        return found

    def rest(self, start: int, on_step: OnStep = quiet) -> Resting:
        """Where best replies from everybody at `start` come to rest."""
        profile: Profile = (start,) * len(self.players)
        if np.isinf(self.kappa):
            nothing = np.full((len(profile), len(ACTIONS)), np.nan)
            return Resting(start, self.at_home(), "at once", 0, nothing, nothing[:, 0])
        seen, how = {profile}, "at once"
        for round_ in range(1, ROUNDS + 1):
            worth = self.worth(profile, on_step=on_step)
            if not np.isfinite(worth).all():
                raise NotConverged("an equilibrium under the hegemons' tariffs was not found")
            gains = self.payoffs(worth) - self._own(worth, profile)[:, None]
            movers = np.flatnonzero(gains.max(axis=1) > GAIN)
            if not movers.size:
                return Resting(start, profile, how, round_, worth, self.break_even(worth))
            if how == "in turn":
                movers = movers[[gains.max(axis=1)[movers].argmax()]]
            best = {int(k): ACTIONS[gains[k].argmax()] for k in movers}
            profile = tuple(best.get(k, a) for k, a in enumerate(profile))
            if profile in seen:
                if how == "in turn":
                    break
                how, seen = "in turn", set()
            seen.add(profile)
        nothing = np.full((len(profile), len(ACTIONS)), np.nan)
        return Resting(start, (), how, round_, nothing, nothing[:, 0])

    def _own(self, worth: Array, profile: Profile) -> Array:
        taken = [ACTIONS.index(a) for a in profile]
        found: Array = self.payoffs(worth)[np.arange(len(profile)), taken]
        return found


def _with(profile: Profile, k: int, action: int) -> Profile:
    return (*profile[:k], action, *profile[k + 1 :])


def _players(world: "World", offers: Offers) -> dict[str, tuple[str, ...]]:
    """Label -> members: the EU's members as one, every other economy alone, no hegemon."""
    union = [c for c in bloc("EU") if c in world.countries]
    thirds = [c for c in world.countries if c not in (offers.first, offers.second)]
    found = {c: (c,) for c in thirds if c not in union}
    if len(union) > 1:
        return {"EU": tuple(union), **found}
    return {**{c: (c,) for c in union}, **found}


def _check(world: "World", offers: Offers, kappa: float) -> None:
    for name in ("first", "second"):
        if getattr(offers, name) not in world.countries:
            value = getattr(offers, name)
            raise InputError(f"{value!r} is not in this world", field=name, value=value)
    if offers.first == offers.second:
        raise InputError("the hegemons are one and the same", field="second", value=offers.second)
    if not kappa >= 0:
        raise InputError("a weight is zero or more", field="kappa", value=kappa)


@dataclass(frozen=True, eq=False)
class Clubs:
    """Resting points from the three extremes, and how many find the first club a substitute.

    `substitutes`: players for whom joining the first is worth less if all others join it than if
    all others stay neutral, of `players`; None where affinity alone decides.
    """

    players: tuple[str, ...]
    home: pd.Series
    resting: tuple[Resting, ...]
    substitutes: int | None


def clubs(case: Case, offers: Offers, kappa: float = 0.0, *, on_step: OnStep = quiet) -> Clubs:
    """Who joins whom: best replies from all three extremes, every resting point.

    Raises `InputError` for hegemons that the world lacks and `NotConverged` where an equilibrium
    is not found.
    """
    game = ClubGame(case, offers, kappa)
    found = tuple(game.rest(start, on_step) for start in ACTIONS)
    substitutes = None
    if np.isfinite(kappa):
        all_in, none_in = (game.worth((start,) * len(game.players)) for start in (1, 0))
        joining = [worth[:, 0] - worth[:, 1] for worth in (all_in, none_in)]
        substitutes = int((joining[0] < joining[1]).sum())
    return Clubs(tuple(game.players), game.home, found, substitutes)


def neutrality(
    case: Case, offers: Offers, shares: Sequence[float], *, on_step: OnStep = quiet
) -> tuple[pd.DataFrame, pd.Series]:
    """What staying neutral costs by the neutrals' share of the threats [player, share].

    max(ln W(join the first), ln W(join the second)) - ln W(neutral), all others neutral; negative:
    staying out pays. The second result is which club, 1 or -1, is worth more at the last share.
    """
    game = ClubGame(case, offers)
    nobody: Profile = (0,) * len(game.players)
    prices, sides = {}, pd.Series(dtype=float)
    for k, share in enumerate(shares):
        on_step("neutrality", k, len(shares))
        worth = game.worth(nobody, share)
        prices[share] = np.maximum(worth[:, 0], worth[:, 2]) - worth[:, 1]
        sides = pd.Series(np.where(worth[:, 0] >= worth[:, 2], 1, -1), list(game.players))
    return pd.DataFrame(prices, pd.Index(list(game.players), name="player")), sides


def tipping(prices: pd.DataFrame) -> pd.Series:
    """The share of the threats at which each player leaves neutrality, lowest first.

    Between two shares the price is taken as linear; zero if it leaves at once, NaN if it never
    does. `prices` [player, share], shares ascending.
    """
    shares = np.array([float(str(share)) for share in prices.columns])
    found = {}
    for player, row in zip(prices.index, prices.to_numpy(), strict=True):
        over = np.flatnonzero(row > GAIN)
        if not over.size:
            found[player] = np.nan
        elif over[0] == 0:
            found[player] = shares[0]
        else:
            k: Any = over[0]
            low, high = row[k - 1], row[k]
            found[player] = shares[k - 1] + (shares[k] - shares[k - 1]) * -low / (high - low)
    return pd.Series(found, name="tips at", dtype=float).sort_values()
