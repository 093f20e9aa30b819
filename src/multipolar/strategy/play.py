"""Optimal tariffs, trade wars and agreements between powers, each with its certificate."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar import games
from multipolar.errors import InputError, choose
from multipolar.model import Case, Outcome
from multipolar.policy import Policy, TariffSchedule
from multipolar.progress import OnStep, quiet
from multipolar.strategy.tariff_game import USUAL, By, TariffGame, Tariffs
from multipolar.world import World

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Kind = Literal["optimal", "nash", "cooperate"]
Against = Literal["players", "everyone"]
Rule = Literal["equal-gains", "nash-bargaining"]
Disagreement = Literal["today", "war"]

CERTIFIED = 1e-6  # largest derivative of log real income that a certified result may leave
STARTS = (0.0, 0.5)  # uniform tariffs from which a war is also started


@dataclass(frozen=True)
class TariffPlay:
    """What players choose, what it does to everyone, and how sure it is a resting point.

    `kind`, and for an agreement its `rule` and `disagreement`. `tariffs`: a row for each decision:
    `player`, `partner`, `sector`, `today` and `then` (fractions; where a decision covers many
    tariffs, `today` is their mean by trade), `reply` (whether it follows another tariff by a rule).
    `before` is the case, `after` the outcome under the tariffs chosen, `policy` the policy with
    them; both outcomes are relative to the benchmark. `members`: the countries of each player.
    `cells`: for each player and partner, the cells of its tariffs (flat, [sector, exporter,
    importer]). `uphill` by player: the largest derivative of its log payoff in a log tariff that
    its bounds would let it follow. `starts`: how far from here other starts ended (the largest
    difference of a log payoff); empty where none were tried. `over_war` by player: what an
    agreement that war would replace gains over that war, a fraction of real income.
    """

    kind: Kind
    players: tuple[str, ...]
    by: By
    tariffs: pd.DataFrame
    before: Outcome
    after: Outcome
    policy: Policy
    members: Mapping[str, tuple[str, ...]]
    cells: Mapping[tuple[str, str], Indices]
    uphill: Mapping[str, float]
    converged: bool
    rounds: int
    seconds: float
    starts: tuple[float, ...] = ()
    rule: Rule | None = None
    disagreement: Disagreement | None = None
    over_war: Mapping[str, float] = field(default_factory=dict)

    def payoffs(self) -> pd.DataFrame:
        """Real income of each player: `today` and `then` relative to the benchmark, and the `gain`.

        Fractions, 0.01 = +1 %. `gain_over_war` where the agreement's alternative is war.
        """
        rows = {}
        for name, codes in self.members.items():
            income = self.before.income_before.sel(country=list(codes))
            today, there = (
                float((income * (1 + outcome.real_income.sel(country=list(codes)))).sum())
                for outcome in (self.before, self.after)
            )
            base = float(income.sum())
            rows[name] = {
                "today": today / base - 1,
                "then": there / base - 1,
                "gain": there / today - 1,
            }
        table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("player")
        return table.assign(gain_over_war=pd.Series(self.over_war)) if self.over_war else table

    def incidence(self) -> pd.Series:
        """Who pays: change of every country's real income from today, fraction; losers first."""
        change = (1 + self.after.real_income) / (1 + self.before.real_income) - 1
        return change.to_series().sort_values().rename("real_income")

    def table(self) -> pd.DataFrame:
        """Tariffs of each player on each partner: `today`, `then`, `highest`; fractions.

        Means are weighted by the benchmark's trade in the cells that are taxed; `highest` is the
        highest tariff chosen in any of these cells.
        """
        trade, today = (self.before.values[name].ravel() for name in ("trade_before", "tariff"))
        then = self.after.values["tariff"].ravel()
        rows = {}
        for pair, at in self.cells.items():
            weight = trade[at] if trade[at].any() else np.ones(at.size)
            rows[pair] = {
                "today": float(weight @ today[at] / weight.sum()),
                "then": float(weight @ then[at] / weight.sum()),
                "highest": float(then[at].max()),
            }
        index = pd.MultiIndex.from_tuples(list(rows), names=["player", "partner"])
        return pd.DataFrame(list(rows.values()), index)


def optimal(
    case: Case,
    country: str,
    tariffs: Tariffs = USUAL,
    *,
    partners: Sequence[str] | None = None,
    retaliation: Mapping[str, float] | None = None,
    political: Mapping[str, float] | Array | None = None,
    on_step: OnStep = quiet,
) -> TariffPlay:
    """The tariffs that serve a country (or bloc) best, if others stay put or reply by a rule.

    `partners`: selectors of the countries it taxes (default: every other country). `retaliation`:
    {partner: share}: the partner's tariffs rise by that share of the rise of the country's tariffs
    on its goods, sector by sector, and fall with them, but not below zero (1 replies in kind).
    `political`: weights on sectors' real income (1 where none is given). The result is a local
    optimum, searched from today's tariffs with adjoint gradients; it includes the certificate.
    Raises `InputError` and `NotConverged`.
    """
    begin = time.perf_counter()
    taxed = _others(case.world, country) if partners is None else list(partners)
    game = TariffGame(
        case, {country: taxed}, tariffs, political=political, mirror=retaliation, on_step=on_step
    )
    box = game.box()
    start = np.clip(game.guess(), box.low, box.high)
    x = games.best_reply(game, 0, game.own[0], start, box)
    values, pull = game(x)
    left = np.abs(box.uphill(x, pull(np.ones(1)))).max()
    play = games.Play(x, values, np.array([left]), 1, bool(left <= CERTIFIED))
    return _told("optimal", game, play, begin)


def nash(
    case: Case,
    players: Sequence[str],
    tariffs: Tariffs = USUAL,
    *,
    against: Against = "players",
    several_starts: bool = True,
    on_step: OnStep = quiet,
) -> TariffPlay:
    """A trade war: tariffs from which no player gains by moving its own.

    `players`: countries or blocs; they tax one another (`against` "players") or "everyone". With
    `several_starts` the search is repeated from uniform tariffs of 0 and 50 %, and the result says
    how far apart the searches ended. `on_step` is told of rounds. Raises `InputError` and
    `NotConverged`.
    """
    begin = time.perf_counter()
    game = _between(case, players, tariffs, against, on_step)
    box = game.box()
    first = np.clip(game.guess(), box.low, box.high)
    play = _war(game, first, box)
    apart = []
    for rate in STARTS if several_starts else ():
        again = _war(game, np.full(first.size, np.log1p(rate)), box)
        apart.append(float(np.abs(again.payoffs - play.payoffs).max()))
    return _told("nash", game, play, begin, starts=tuple(apart))


def cooperate(
    case: Case,
    players: Sequence[str],
    tariffs: Tariffs = USUAL,
    *,
    against: Against = "players",
    rule: Rule = "equal-gains",
    disagreement: Disagreement = "today",
    on_step: OnStep = quiet,
) -> TariffPlay:
    """The best joint agreement on tariffs: starting from `disagreement`, "today" or "war".

    `rule`: "equal-gains" makes the smallest gain in log real income over disagreement as large as
    possible (Ossa 2014, section IV.C: no player can gain more without another gaining less);
    "nash-bargaining" does so with the product of gains (Nash 1950). `on_step` is told of rounds.
    Raises `InputError` and `NotConverged`; `converged` is false if no agreement within the bounds
    makes all players better off.
    """
    _known("rule", rule, get_args(Rule))
    _known("disagreement", disagreement, get_args(Disagreement))
    begin = time.perf_counter()
    game = _between(case, players, tariffs, against, on_step)
    box = game.box()
    start = np.clip(game.guess(), box.low, box.high)
    floor = game.today()
    if disagreement == "war":
        war = _war(game, start, box)
        start, floor = war.actions, war.payoffs

    def gains(x: Array) -> tuple[Array, games.Pullback]:
        values, pull = game(x)
        return values - floor, pull

    if rule == "equal-gains":
        heard = _counts(game)
        play = games.maximin(gains, start, box, tolerance=CERTIFIED, on_round=heard)
    else:
        play = games.nash_bargain(gains, np.zeros(len(floor)), start, box, tolerance=CERTIFIED)
    gained = dict(zip(game.players, np.expm1(play.payoffs).tolist(), strict=True))
    over_war = gained if disagreement == "war" else {}
    return _told(
        "cooperate", game, play, begin, rule=rule, disagreement=disagreement, over_war=over_war
    )


def _war(game: TariffGame, start: Array, box: games.Box) -> games.Play:
    heard = _counts(game)
    return games.nash(game, game.own, start, box, tolerance=CERTIFIED / 2, on_round=heard)


def _counts(game: TariffGame) -> Callable[[int, float], None]:
    """A function that tells the game how many rounds are done."""

    def on_round(rounds: int, _left: float) -> None:
        game.rounds = rounds

    game.rounds = 0
    return on_round


def _between(
    case: Case, players: Sequence[str], tariffs: Tariffs, against: Against, on_step: OnStep
) -> TariffGame:
    if isinstance(players, str) or len(players) < 2:
        raise InputError("needs two players or more", field="players", value=players)
    if len(set(players)) != len(players):
        raise InputError("players must not overlap; name each once", field="players", value=players)
    _known("against", against, get_args(Against))
    inside = {code for name in players for code in _codes(case.world, name)}
    rest = [code for code in case.world.countries if code not in inside]
    partners = {
        name: [other for other in players if other != name]
        + (rest if against == "everyone" else [])
        for name in players
    }
    return TariffGame(case, partners, tariffs, on_step=on_step)


def _known(field: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise InputError(
            f"{value!r} is not known{choose(value, allowed)}", field=field, value=value
        )


def _codes(world: World, selector: str) -> tuple[str, ...]:
    return tuple(world.countries[k] for k in world.pick_countries(selector))


def _others(world: World, country: str) -> list[str]:
    own = _codes(world, country)
    return [code for code in world.countries if code not in own]


def _told(
    kind: Kind,
    game: TariffGame,
    play: games.Play,
    begin: float,
    *,
    starts: tuple[float, ...] = (),
    rule: Rule | None = None,
    disagreement: Disagreement | None = None,
    over_war: Mapping[str, float] | None = None,
) -> TariffPlay:
    """The result: tariffs with labels, outcomes before and after."""
    case = game.case
    chosen = case.with_policy(with_tariffs(case, game.levels(play.actions)))
    rates = np.expm1(play.actions)
    rows = [
        (d.player, d.partner, d.sector, old, new, False)
        for d, old, new in zip(game.decisions, np.expm1(game.start()), rates, strict=True)
    ]
    rows += [(who, on, "*", old, new, True) for who, on, old, new in game.replies(play.actions)]
    columns = ["player", "partner", "sector", "today", "then", "reply"]
    return TariffPlay(
        kind=kind,
        players=game.players,
        by=game.chosen.by,
        tariffs=pd.DataFrame(rows, columns=columns),
        before=case.outcome,
        after=chosen.outcome,
        policy=chosen.policy,
        members={name: _codes(game.world, name) for name in game.players},
        cells=game.cells(),
        uphill=dict(zip(game.players, (float(u) for u in play.uphill), strict=True)),
        converged=play.converged,
        rounds=play.rounds,
        seconds=time.perf_counter() - begin,
        starts=starts,
        rule=rule,
        disagreement=disagreement,
        over_war=over_war or {},
    )


def with_tariffs(case: Case, levels: Array) -> Policy:
    """The policy of a case with its tariffs replaced by these [s, i, n]; its other acts stay."""
    world = case.world
    kept = [
        act for act in case.policy
        if any(layer.wedge != "tariff" for layer in act.layers(world))
    ]  # fmt: skip
    moved = np.where(levels == world.arrays()["tariff"], np.nan, levels)
    if not np.isnan(moved).all():
        kept.append(TariffSchedule(levels=moved, source="tariffs chosen"))
    return Policy(tuple(kept))
