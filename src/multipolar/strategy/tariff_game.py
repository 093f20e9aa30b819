"""The game of tariffs: what players decide, and what it is worth to them, with its gradient.

A player is a country, or a bloc with one tariff. It decides a few numbers (one for each partner,
say), each of which sets the tariffs of many cells. What it is worth is the log of its real income,
or of real income by sector, weighted (Ossa 2014, AER 104, eq. 3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError, choose
from multipolar.games import Box, Pullback
from multipolar.model import Assumptions, differentiable
from multipolar.model.gradient import Model, Response, slopes
from multipolar.policy import Instrument, Policy
from multipolar.policy.fields import HIGHEST_RATE
from multipolar.world import World

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
By = Literal["uniform", "partner", "sector", "partner-sector"]

SMALLEST_FLOW = 1e-4  # of the largest: the scale of a decision is not stretched further


@dataclass(frozen=True)
class Decision:
    """One number that a player decides: its tariff on some partners and sectors."""

    player: str
    partner: str
    sector: str


@dataclass(frozen=True)
class _Lever:
    """The cells that a decision sets: t = offset + share x decision; an answer not below zero."""

    cells: Indices
    offset: Array
    share: Array
    answer: NDArray[np.bool_]  # whether the tariff is the partner's answer


class TariffGame:
    """Payoffs of joint decisions x = log(1 + tariff) [a]; a `games.Payoffs`.

    `players`: selectors, each a country or a bloc. `partners`: for each player the selectors of
    those whose goods it taxes. `mirror`: {partner: share}: that partner's tariff on the player's
    goods rises with the player's on its, sector by sector, by that share (one player only).
    `political`: {sector selector: weight}, 1 where none is given, or an array [s, n]. Raises
    `InputError` for players that overlap and for one that has nobody to tax.
    """

    def __init__(
        self,
        world: World,
        players: Sequence[str],
        policy: Policy | Instrument | None,
        assumptions: Assumptions | None,
        *,
        by: By,
        partners: Mapping[str, Sequence[str]],
        sectors: str | Sequence[str] = "goods",
        political: Mapping[str, float] | Array | None = None,
        mirror: Mapping[str, float] | None = None,
    ) -> None:
        if by not in get_args(By):
            raise InputError(f"{by!r} is not known{choose(by, get_args(By))}", field="by", value=by)
        self.world, self.players, self.by = world, tuple(players), by
        self.members = {name: world.pick_countries(name) for name in self.players}
        self._check_players()
        self.sectors = _goods(world, sectors)
        self.model = self._today = differentiable(world, policy, assumptions)
        self._tariff = np.array(self.model.levers.tariff)
        self._flow = np.asarray(self.model.found().trade)
        self.decisions: list[Decision] = []
        self._levers: list[_Lever] = []
        self._mirror = dict(mirror or {})
        for name in self.players:
            self._decide(name, partners[name], self._mirror)
        self._collect()
        self._weights(political)

    def _check_players(self) -> None:
        seen: dict[int, str] = {}
        for name, countries in self.members.items():
            for n in countries:
                if n in seen:
                    raise InputError(
                        f"{self.world.countries[n]} plays for both {seen[n]} and {name}; players "
                        "must not overlap",
                        field="players",
                        value=name,
                    )
                seen[n] = name

    # --- decisions -----------------------------------------------------------------------------

    def _decide(self, player: str, partners: Sequence[str], mirror: Mapping[str, float]) -> None:
        """The decisions of a player, one for each combination that `by` tells apart."""
        at_home = set(self.members[player])
        abroad = {
            name: [i for i in self.world.pick_countries(name) if i not in at_home]
            for name in partners
        }
        abroad = {name: countries for name, countries in abroad.items() if countries}
        if not abroad:
            raise InputError(f"{player} has nobody to tax", field="partners", value=partners)
        everyone = [i for countries in abroad.values() for i in countries]
        for name, part in mirror.items():
            if not 0 <= part <= HIGHEST_RATE or set(self.world.pick_countries(name)) - {*everyone}:
                raise InputError(
                    f"{name} = {part:g}: name a partner whose goods are taxed, and a share of 0 or "
                    "more (1 answers in kind)",
                    field="retaliation",
                    value=name,
                )
        apart = list(abroad.items()) if "partner" in self.by else [("*", everyone)]
        goods = [(self.world.sectors[s], [s]) for s in self.sectors]
        goods = goods if "sector" in self.by else [("goods", self.sectors)]
        for partner, exporters in apart:
            for sector, which in goods:
                self.decisions.append(Decision(player, partner, sector))
                self._levers.append(self._lever(player, exporters, which, mirror))

    def _lever(
        self, player: str, exporters: list[int], sectors: list[int], mirror: Mapping[str, float]
    ) -> _Lever:
        shape, home = self._tariff.shape, self.members[player]
        own = np.ravel_multi_index(np.ix_(sectors, exporters, home), shape).ravel()
        cells, offset, share = [own], [np.zeros(own.size)], [np.ones(own.size)]
        for name, part in mirror.items():
            back = [i for i in self.world.pick_countries(name) if i in exporters]
            if not back:
                continue
            s, i, n = np.meshgrid(sectors, back, home, indexing="ij")
            theirs = np.ravel_multi_index((s, n, i), shape).ravel()
            ours = np.ravel_multi_index((s, i, n), shape).ravel()
            cells.append(theirs)
            offset.append(self._tariff.ravel()[theirs] - part * self._tariff.ravel()[ours])
            share.append(np.full(theirs.size, part))
        answer = np.repeat([False, True], [own.size, sum(c.size for c in cells[1:])])
        return _Lever(np.concatenate(cells), np.concatenate(offset), np.concatenate(share), answer)

    def _collect(self) -> None:
        """All levers as flat arrays; where each player's decisions are."""
        count = [lever.cells.size for lever in self._levers]
        self._cells = np.concatenate([lever.cells for lever in self._levers])
        self._offset = np.concatenate([lever.offset for lever in self._levers])
        self._share = np.concatenate([lever.share for lever in self._levers])
        self._answer = np.concatenate([lever.answer for lever in self._levers])
        self._column = np.repeat(np.arange(len(count)), count)
        owner = np.array([self.players.index(d.player) for d in self.decisions])
        self.own = [np.flatnonzero(owner == k) for k in range(len(self.players))]

    def start(self) -> Array:
        """Today's tariffs as decisions: averages by trade where a decision covers many [a]."""
        return np.log1p(self._mean(self._flow, self._tariff.ravel()[self._cells]))

    def guess(self) -> Array:
        """Where a search starts: today's tariffs, but at most 1 / theta [a].

        That is the optimum against a large world (Gros 1987); far above it trade has stopped, the
        payoff is flat, and every tariff would pass for a local optimum.
        """
        inverse = 1 / np.asarray(self.model.levers.trade_elasticity)
        sector = self._cells // len(self.world.countries) ** 2
        large = self._mean(self.world.trade.values, inverse[sector])
        return np.minimum(self.start(), np.log1p(large))

    def _mean(self, flow: Array, of: Array) -> Array:
        """Mean over the cells of a decision, weighted by a flow [s, i, n]; of: [c]."""
        weight = np.where(self._answer, 0.0, np.maximum(flow.ravel()[self._cells], 1e-12))
        total = np.bincount(self._column, weight, len(self.decisions))
        mean = np.bincount(self._column, weight * of, len(self.decisions)) / total
        return np.asarray(mean, dtype=np.float64)

    def box(self, low: float, high: float) -> Box:
        """Bounds on tariffs (fractions), and steps that fit the trade that a decision moves.

        The benchmark's trade: today's tariffs may have stopped what an optimal one lets in.
        """
        flow = np.maximum(self._flow, self.world.trade.values).ravel()[self._cells]
        flow = np.where(self._answer, 0.0, flow)
        total = np.bincount(self._column, flow, len(self.decisions))
        largest = np.array([total[self.own[self.players.index(d.player)]].max()
                            for d in self.decisions])  # fmt: skip
        scale = np.sqrt(1 / np.clip(total / np.where(largest > 0, largest, 1), SMALLEST_FLOW, 1.0))
        size = len(self.decisions)
        return Box(np.full(size, np.log1p(low)), np.full(size, np.log1p(high)), scale)

    def answers(self, x: Array) -> list[tuple[str, str, float, float]]:
        """Partners' answers: who, on whom, mean tariff today and under decisions, by trade."""
        found, trade = [], self.world.trade.values.ravel()
        cells, rates = self._cells[self._answer], self.tariffs(x)[self._answer]
        importer = cells % len(self.world.countries)
        for name in self._mirror:
            at = np.isin(importer, self.world.pick_countries(name))
            weight = trade[cells[at]] / max(float(trade[cells[at]].sum()), 1e-300)
            today = self._tariff.ravel()[cells[at]]
            found.append((name, self.players[0], float(weight @ today), float(weight @ rates[at])))
        return found

    # --- payoffs -------------------------------------------------------------------------------

    def _weights(self, political: Mapping[str, float] | Array | None) -> None:
        income = np.asarray(self.model.fixed.income)
        self._of = np.zeros((len(self.players), income.size))
        for k, countries in enumerate(self.members.values()):
            self._of[k, countries] = income[countries] / income[countries].sum()
        self._political: Array | None = None
        if isinstance(political, np.ndarray):
            self._political = political.astype(float)
        elif political is not None:
            weight = np.ones((len(self.world.sectors), income.size))
            for selector, value in political.items():
                weight[self.world.pick_sectors(selector)] = value
            self._political = weight

    def tariffs(self, x: Array) -> Array:
        """The tariffs [c] that decisions set in `cells`."""
        rates = self._offset + self._share * np.expm1(x)[self._column]
        return np.where(self._answer, np.maximum(rates, 0.0), rates)

    def levels(self, x: Array) -> Array:
        """Tariffs of the whole world [s, i, n] under decisions."""
        tariff = self._tariff.copy()
        tariff.ravel()[self._cells] = np.minimum(self.tariffs(x), HIGHEST_RATE)
        return tariff

    def __call__(self, x: Array) -> tuple[Array, Pullback]:
        """Log payoffs of all players [k], and their weighted gradient in x [a]."""
        rates = self.tariffs(x)
        self.model = model = self.model.at_tariffs(self._cells, rates)
        worth = self._worth(model)
        cut = (rates <= 0.0) & self._answer
        slope = np.where(cut, 0.0, self._share) * np.exp(x)[self._column]

        def pull(weights: Array) -> Array:
            national = (weights / worth) @ self._of
            bar = np.asarray(slopes(model, self._response(national), "tariff"))
            by_cell = bar.ravel()[self._cells] * slope
            return np.asarray(np.bincount(self._column, by_cell, x.size), dtype=np.float64)

        return np.log(worth), pull

    def today(self) -> Array:
        """Log payoffs under today's tariffs, cell by cell as they are [k]."""
        return np.log(self._worth(self._today))

    def _worth(self, model: Model) -> Array:
        if self._political is None:
            return 1 + self._of @ model.real_income
        by_sector = np.asarray(model.found().sector_income)
        return self._of @ (self._political * by_sector).sum(axis=0)

    def _response(self, national: Array) -> Response:
        """The weights of a payoff, for the gradient."""
        nothing = dict.fromkeys(Response._fields)
        if self._political is None:
            chosen = {"real_income": jnp.asarray(national)}
        else:
            chosen = {"sector_income": jnp.asarray(self._political * national)}
        return Response(**(nothing | chosen))  # type: ignore[arg-type]


def _goods(world: World, sectors: str | Sequence[str]) -> list[int]:
    if sectors == "goods":
        return world.pick_goods()
    return world.pick_sectors(sectors if isinstance(sectors, str) else list(sectors))
