"""Optimal tariffs, trade wars and agreements between powers, each with its certificate."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar import games
from multipolar.errors import InputError, choose
from multipolar.model import Assumptions, Outcome, solve
from multipolar.policy import Instrument, Policy, Tariff, TariffSchedule
from multipolar.policy.fields import HIGHEST_RATE
from multipolar.strategy.tariff_game import By, TariffGame
from multipolar.world import World

Array = NDArray[np.float64]
Rule = Literal["equal-gains", "nash-bargaining"]
Disagreement = Literal["today", "war"]
OnRound = Callable[[int, float], None]

CERTIFIED = 1e-6  # largest derivative of log real income left to follow
STARTS = (0.0, 0.5)  # uniform tariffs that a war is also started from


@dataclass(frozen=True)
class TariffPlay:
    """What players choose, what it does to everyone, and how sure that it is a resting point.

    `before` is today (the policy given), `after` the outcome under the tariffs chosen; both against
    the benchmark. `uphill` by player: the largest derivative of its log payoff in a log tariff that
    its bounds would let it follow. `starts`: how far other starts ended from here (the largest
    difference of a log payoff); empty where none were tried.
    """

    kind: str
    players: tuple[str, ...]
    by: str
    tariffs: pd.DataFrame  # player, partner, sector, rate_before, rate
    before: Outcome
    after: Outcome
    policy: Policy
    members: Mapping[str, tuple[str, ...]]
    uphill: Mapping[str, float]
    converged: bool
    rounds: int
    seconds: float
    starts: tuple[float, ...] = ()

    def payoffs(self) -> pd.DataFrame:
        """Real income of each player: change from the benchmark today, there, and between."""
        rows = {}
        for name, codes in self.members.items():
            income = self.before.income_before.sel(country=list(codes))
            today, there = (
                float((income * (1 + outcome.real_income.sel(country=list(codes)))).sum())
                for outcome in (self.before, self.after)
            )
            base = float(income.sum())
            rows[name] = {
                "real income today, % change": 100 * (today / base - 1),
                "real income then, % change": 100 * (there / base - 1),
                "gain against today, %": 100 * (there / today - 1),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("player")

    def incidence(self) -> pd.Series:
        """Who pays: real income of every country against today, %; losers first."""
        change = (1 + self.after.real_income) / (1 + self.before.real_income) - 1
        series = 100 * change.to_series()
        return series.sort_values().rename("real income, % change against today")

    def table(self) -> pd.DataFrame:
        """The tariffs chosen, as means over sectors: a row a player and partner, in percent."""
        grouped = 100 * self.tariffs.groupby(["player", "partner"], sort=False)[
            ["rate_before", "rate"]
        ].agg(["median", "max"])
        return pd.DataFrame(
            {
                "tariff today, %, median": grouped["rate_before", "median"],
                "tariff then, %, median": grouped["rate", "median"],
                "tariff then, %, highest": grouped["rate", "max"],
            }
        )


def optimal(
    world: World,
    country: str,
    *,
    policy: Policy | Instrument | None = None,
    assumptions: Assumptions | None = None,
    by: By = "partner",
    partners: Sequence[str] | None = None,
    sectors: str | Sequence[str] = "goods",
    retaliation: Mapping[str, float] | None = None,
    political: Mapping[str, float] | Array | None = None,
    bounds: tuple[float, float] = (0.0, HIGHEST_RATE),
) -> TariffPlay:
    """The tariffs that serve a country (or bloc) best, others' given or answering by a rule.

    `by`: one tariff on all ("uniform"), by "partner", by "sector", or by "partner-sector".
    `partners`: selectors of those it taxes (default: every other country). `retaliation`:
    {partner: share}: its tariffs rise with the country's on its goods, sector by sector, by
    that share of it, and fall with it, not below zero (1 answers in kind). `political`: weights
    on sectors' real income (1 where none is given). `bounds`: lowest and highest tariff,
    fractions. A local optimum from today's tariffs by adjoint gradients; the certificate is in
    the result. Raises `InputError` and `NotConverged`.
    """
    begin = time.perf_counter()
    taxed = _others(world, country) if partners is None else list(partners)
    game = TariffGame(
        world, [country], policy, assumptions, by=by, partners={country: taxed},
        sectors=sectors, political=political, mirror=retaliation,
    )  # fmt: skip
    box = _box(game, bounds)
    start = np.clip(game.guess(), box.low, box.high)
    x = games.best_reply(game, 0, game.own[0], start, box)
    values, pull = game(x)
    left = np.abs(box.uphill(x, pull(np.ones(1)))).max()
    play = games.Play(x, values, np.array([left]), 1, bool(left <= CERTIFIED))
    return _told("optimal", game, play, policy, assumptions, begin)


def nash(
    world: World,
    players: Sequence[str],
    *,
    policy: Policy | Instrument | None = None,
    assumptions: Assumptions | None = None,
    by: By = "partner",
    against: Literal["players", "everyone"] = "players",
    sectors: str | Sequence[str] = "goods",
    bounds: tuple[float, float] = (0.0, HIGHEST_RATE),
    several_starts: bool = True,
    on_round: OnRound = lambda _k, _u: None,
) -> TariffPlay:
    """A trade war: tariffs from which no player gains by moving its own.

    `players`: countries or blocs, which tax one another ("players") or "everyone". With
    `several_starts` the search is repeated from uniform tariffs of 0 and 50 %, and the result says
    how far apart it ended. Raises `InputError` and `NotConverged`.
    """
    begin = time.perf_counter()
    game = _between(world, players, policy, assumptions, by, against, sectors)
    box = _box(game, bounds)
    first = np.clip(game.guess(), box.low, box.high)
    play = games.nash(game, game.own, first, box, tolerance=CERTIFIED / 2, on_round=on_round)
    apart = []
    for rate in STARTS if several_starts else ():
        again = games.nash(
            game, game.own, np.full(first.size, np.log1p(rate)), box,
            tolerance=CERTIFIED / 2, on_round=on_round,
        )  # fmt: skip
        apart.append(float(np.abs(again.payoffs - play.payoffs).max()))
    return _told("nash", game, play, policy, assumptions, begin, tuple(apart))


def cooperate(
    world: World,
    players: Sequence[str],
    *,
    policy: Policy | Instrument | None = None,
    assumptions: Assumptions | None = None,
    by: By = "partner",
    against: Literal["players", "everyone"] = "players",
    sectors: str | Sequence[str] = "goods",
    rule: Rule = "equal-gains",
    disagreement: Disagreement = "today",
    bounds: tuple[float, float] = (0.0, HIGHEST_RATE),
    on_round: OnRound = lambda _k, _u: None,
) -> TariffPlay:
    """The best joint agreement on tariffs: starting from `disagreement`, "today" or "war".

    `rule`: "equal-gains" makes the smallest gain in log real income over disagreement as large as
    can be (Ossa 2014, section IV.C: no player can gain more without another gaining less),
    "nash-bargaining" the product of gains (Nash 1950). Raises `InputError` and `NotConverged`;
    `converged` is false where no agreement within the bounds leaves all players better off.
    """
    for name, value, allowed in (
        ("rule", rule, Rule),
        ("disagreement", disagreement, Disagreement),
    ):
        if value not in get_args(allowed):
            raise InputError(
                f"{value!r} is not known{choose(value, get_args(allowed))}", field=name, value=value
            )
    begin = time.perf_counter()
    game = _between(world, players, policy, assumptions, by, against, sectors)
    box = _box(game, bounds)
    start = np.clip(game.guess(), box.low, box.high)
    floor = game.today()
    if disagreement == "war":
        war = games.nash(game, game.own, start, box, tolerance=CERTIFIED / 2, on_round=on_round)
        start, floor = war.actions, war.payoffs

    def gains(x: Array) -> tuple[Array, games.Pullback]:
        values, pull = game(x)
        return values - floor, pull

    if rule == "equal-gains":
        play = games.maximin(gains, start, box, tolerance=CERTIFIED, on_round=on_round)
    else:
        play = games.nash_bargain(gains, np.zeros(len(floor)), start, box, tolerance=CERTIFIED)
    return _told(f"cooperate, {rule}, else {disagreement}", game, play, policy, assumptions, begin)


def _between(
    world: World,
    players: Sequence[str],
    policy: Policy | Instrument | None,
    assumptions: Assumptions | None,
    by: By,
    against: str,
    sectors: str | Sequence[str],
) -> TariffGame:
    if len(players) < 2:
        raise InputError("needs two players or more", field="players", value=list(players))
    if against not in ("players", "everyone"):
        raise InputError(
            f"{against!r} is not known{choose(against, ('players', 'everyone'))}", field="against"
        )
    rest = [c for c in world.countries
            if all(c not in _codes(world, name) for name in players)]  # fmt: skip
    partners = {
        name: [other for other in players if other != name]
        + (rest if against == "everyone" else [])
        for name in players
    }
    return TariffGame(
        world, players, policy, assumptions, by=by, partners=partners, sectors=sectors
    )


def _codes(world: World, selector: str) -> tuple[str, ...]:
    return tuple(world.countries[k] for k in world.pick_countries(selector))


def _others(world: World, country: str) -> list[str]:
    own = _codes(world, country)
    return [code for code in world.countries if code not in own]


def _box(game: TariffGame, bounds: tuple[float, float]) -> games.Box:
    low, high = bounds
    if not -1 < low < high <= HIGHEST_RATE:
        raise InputError(
            f"tariffs between {low:g} and {high:g}: must lie above -1, in order, and at most "
            f"{HIGHEST_RATE:g} (fractions: 0.1 = 10 %)",
            field="bounds",
            value=bounds,
        )
    return game.box(low, high)


def _told(
    kind: str,
    game: TariffGame,
    play: games.Play,
    policy: Policy | Instrument | None,
    assumptions: Assumptions | None,
    begin: float,
    starts: tuple[float, ...] = (),
) -> TariffPlay:
    """The result in words that people know: tariffs by label, outcomes before and after."""
    today = Policy() if policy is None else policy
    chosen = with_tariffs(game.world, today, game.levels(play.actions))
    rates = np.expm1(play.actions)
    rows = [
        (d.player, d.partner, d.sector, old, new)
        for d, old, new in zip(game.decisions, np.expm1(game.start()), rates, strict=True)
    ]
    rows += [(who, on, "answer", old, new) for who, on, old, new in game.answers(play.actions)]
    before = solve(game.world, today, assumptions)
    return TariffPlay(
        kind=kind,
        players=game.players,
        by=game.by,
        tariffs=pd.DataFrame(rows, columns=["player", "partner", "sector", "rate_before", "rate"]),
        before=before,
        after=solve(game.world, chosen, assumptions),
        policy=chosen,
        members={name: _codes(game.world, name) for name in game.players},
        uphill=dict(zip(game.players, (float(u) for u in play.uphill), strict=True)),
        converged=play.converged,
        rounds=play.rounds,
        seconds=time.perf_counter() - begin,
        starts=starts,
    )


def with_tariffs(world: World, policy: Policy | Instrument, levels: Array) -> Policy:
    """A policy whose tariffs are these levels [s, i, n]; its other acts stay."""
    acts = policy.instruments if isinstance(policy, Policy) else (policy,)
    kept = [act for act in acts if not isinstance(act, Tariff | TariffSchedule)]
    moved = np.where(levels == world.arrays()["tariff"], np.nan, levels)
    if not np.isnan(moved).all():
        kept.append(TariffSchedule(levels=moved, source="tariffs chosen"))
    return Policy(tuple(kept))
