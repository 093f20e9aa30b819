"""The game of tariffs: what players decide, and what it is worth to them, with its gradient.

A player is a country, or a bloc with one tariff. It decides a few numbers (for example one for each
partner); each number sets the tariffs of many cells. A player's payoff is the log of its real
income, or of a weighted sum of real income by sector (Ossa 2014, AER 104, eq. 3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError, choose
from multipolar.games import Box, Pullback
from multipolar.model import Case
from multipolar.model.gradient import Model, Response, slopes
from multipolar.policy.fields import HIGHEST_RATE
from multipolar.progress import OnStep, quiet
from multipolar.world import World
from multipolar.world.labels import Selector

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
By = Literal["uniform", "partner", "sector", "partner-sector"]

SMALLEST_FLOW = 1e-4  # of the largest flow; smaller flows do not change the scale of a decision


@dataclass(frozen=True)
class Tariffs:
    """Which tariffs players choose.

    `by`: one tariff on everything ("uniform"), or one by "partner", by "sector", or by
    "partner-sector". `sectors`: a selector of what is taxed. `bounds`: lowest and highest tariff,
    fractions. Raises `InputError` for other values.
    """

    by: By = "partner"
    sectors: Selector = "goods"
    bounds: tuple[float, float] = (0.0, HIGHEST_RATE)

    def __post_init__(self) -> None:
        if self.by not in get_args(By):
            raise InputError(
                f"{self.by!r} is not known{choose(self.by, get_args(By))}",
                field="by",
                value=self.by,
            )
        object.__setattr__(self, "bounds", tuple(self.bounds))
        low, high = self.bounds
        if not -1 < low < high <= HIGHEST_RATE:
            raise InputError(
                f"tariffs between {low:g} and {high:g}: must lie above -1, in order, and at most "
                f"{HIGHEST_RATE:g} (fractions: 0.1 = 10 %)",
                field="bounds",
                value=self.bounds,
            )


USUAL = Tariffs()


@dataclass(frozen=True)
class Decision:
    """One number that a player decides: its tariff on some partners and sectors."""

    player: str
    partner: str
    sector: str


@dataclass(frozen=True)
class _Lever:
    """The cells that a decision sets: t = offset + share x decision; replies are at least zero."""

    cells: Indices
    offset: Array
    share: Array
    reply: NDArray[np.bool_]  # whether the tariff is the partner's reply


class TariffGame:
    """Payoffs of joint decisions x = log(1 + tariff) [a]; a `games.Payoffs`.

    `partners`: for each player (a country or a bloc) the selectors of the countries whose goods it
    taxes. `mirror`: {partner: share}: that partner's tariff on the player's goods rises by this
    share of the rise of the player's tariff on the partner's goods, sector by sector (one player
    only). `political`: {sector selector: weight}, 1 where none is given, or an array [s, n]. Raises
    `InputError` for players that overlap, for a player that has nobody to tax, and for weights that
    are not numbers of 0 or more. `on_step` is told of every payoff computed, with `rounds` done.
    """

    def __init__(
        self,
        case: Case,
        partners: Mapping[str, Sequence[str]],
        tariffs: Tariffs = USUAL,
        *,
        political: Mapping[str, float] | Array | None = None,
        mirror: Mapping[str, float] | None = None,
        on_step: OnStep = quiet,
    ) -> None:
        self.case, self.world, self.chosen = case, case.world, tariffs
        self.players = tuple(partners)
        self.members = {name: self.world.pick_countries(name) for name in self.players}
        self._check_players()
        self.sectors = _goods(self.world, tariffs.sectors)
        self.rounds, self._tried, self._on_step = 0, 0, on_step
        on_step("the tariffs of today")
        self.model = self._today = case.model
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
        """The decisions of a player, one for each combination that `by` distinguishes."""
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
                    "more (1 replies in kind)",
                    field="retaliation",
                    value=name,
                )
        by = self.chosen.by
        apart = list(abroad.items()) if "partner" in by else [("*", everyone)]
        goods = [(self.world.sectors[s], [s]) for s in self.sectors]
        goods = goods if "sector" in by else [("*", self.sectors)]
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
        reply = np.repeat([False, True], [own.size, sum(c.size for c in cells[1:])])
        return _Lever(np.concatenate(cells), np.concatenate(offset), np.concatenate(share), reply)

    def _collect(self) -> None:
        """All levers as flat arrays, and the positions of each player's decisions."""
        count = [lever.cells.size for lever in self._levers]
        self._cells = np.concatenate([lever.cells for lever in self._levers])
        self._offset = np.concatenate([lever.offset for lever in self._levers])
        self._share = np.concatenate([lever.share for lever in self._levers])
        self._reply = np.concatenate([lever.reply for lever in self._levers])
        self._column = np.repeat(np.arange(len(count)), count)
        owner = np.array([self.players.index(d.player) for d in self.decisions])
        self.own = [np.flatnonzero(owner == k) for k in range(len(self.players))]

    def start(self) -> Array:
        """Today's tariffs as decisions: averages by trade where a decision covers many [a]."""
        return np.log1p(self._mean(self._flow, self._tariff.ravel()[self._cells]))

    def guess(self) -> Array:
        """The start of a search: today's tariffs, but at most 1 / theta [a].

        1 / theta is the optimum against a large world (Gros 1987); far above it trade has stopped,
        the payoff is flat, and every tariff would look like a local optimum.
        """
        inverse = 1 / np.asarray(self.model.levers.trade_elasticity)
        sector = self._cells // len(self.world.countries) ** 2
        large = self._mean(self.world.trade.values, inverse[sector])
        return np.minimum(self.start(), np.log1p(large))

    def _mean(self, flow: Array, of: Array) -> Array:
        """Mean of values `of` [c] over the cells of a decision, weighted by a flow [s, i, n]."""
        weight = np.where(self._reply, 0.0, np.maximum(flow.ravel()[self._cells], 1e-12))
        total = np.bincount(self._column, weight, len(self.decisions))
        mean = np.bincount(self._column, weight * of, len(self.decisions)) / total
        return np.asarray(mean, dtype=np.float64)

    def box(self) -> Box:
        """The bounds on tariffs, and steps that fit the trade that a decision moves.

        It uses benchmark trade: today's tariffs may have stopped what optimal ones let in.
        """
        low, high = self.chosen.bounds
        flow = np.maximum(self._flow, self.world.trade.values).ravel()[self._cells]
        flow = np.where(self._reply, 0.0, flow)
        total = np.bincount(self._column, flow, len(self.decisions))
        largest = np.array([total[self.own[self.players.index(d.player)]].max()
                            for d in self.decisions])  # fmt: skip
        scale = np.sqrt(1 / np.clip(total / np.where(largest > 0, largest, 1), SMALLEST_FLOW, 1.0))
        size = len(self.decisions)
        return Box(np.full(size, np.log1p(low)), np.full(size, np.log1p(high)), scale)

    def replies(self, x: Array) -> list[tuple[str, str, float, float]]:
        """Replies: who, on whose goods, mean tariff today and under the decisions, by trade."""
        found, trade = [], self.world.trade.values.ravel()
        cells, rates = self._cells[self._reply], self.tariffs(x)[self._reply]
        importer = cells % len(self.world.countries)
        for name in self._mirror:
            at = np.isin(importer, self.world.pick_countries(name))
            weight = trade[cells[at]] / max(float(trade[cells[at]].sum()), 1e-300)
            today = self._tariff.ravel()[cells[at]]
            found.append((name, self.players[0], float(weight @ today), float(weight @ rates[at])))
        return found

    def cells(self) -> dict[tuple[str, str], Indices]:
        """The cells that each player's decisions on a partner set, and each partner's replies."""
        cells = {}
        decided = np.array([(d.player, d.partner) for d in self.decisions])[self._column]
        for pair in dict.fromkeys((d.player, d.partner) for d in self.decisions):
            mine = (decided == pair).all(axis=1) & ~self._reply
            cells[pair] = self._cells[mine]
        replies = self._cells[self._reply]
        for name in self._mirror:
            back = np.isin(replies % len(self.world.countries), self.world.pick_countries(name))
            cells[name, self.players[0]] = replies[back]
        return cells

    # --- payoffs -------------------------------------------------------------------------------

    def _weights(self, political: Mapping[str, float] | Array | None) -> None:
        income = np.asarray(self.model.fixed.income)
        self._of = np.zeros((len(self.players), income.size))
        for k, countries in enumerate(self.members.values()):
            self._of[k, countries] = income[countries] / income[countries].sum()
        self._political: Array | None = None
        if isinstance(political, np.ndarray):
            if political.shape != self._tariff.shape[:2]:
                raise InputError(
                    f"weights of shape {political.shape}; {self._tariff.shape[:2]} is needed "
                    "(sector, country)",
                    field="political",
                )
            self._political = political.astype(float)
        elif political is not None:
            weight = np.ones((len(self.world.sectors), income.size))
            for selector, value in political.items():
                weight[self.world.pick_sectors(selector)] = value
            self._political = weight
        if self._political is not None and not (
            np.isfinite(self._political).all() and self._political.min() >= 0
        ):
            raise InputError("weights on sectors are numbers of 0 or more", field="political")

    def tariffs(self, x: Array) -> Array:
        """The tariffs [c] that decisions set in `cells`."""
        rates = self._offset + self._share * np.expm1(x)[self._column]
        return np.where(self._reply, np.maximum(rates, 0.0), rates)

    def levels(self, x: Array) -> Array:
        """Tariffs of the whole world [s, i, n] under decisions."""
        tariff = self._tariff.copy()
        tariff.ravel()[self._cells] = np.minimum(self.tariffs(x), HIGHEST_RATE)
        return tariff

    def __call__(self, x: Array) -> tuple[Array, Pullback]:
        """Log payoffs of all players [k], and a function for their weighted gradient in x [a]."""
        self._tried += 1
        self._on_step(f"{self._tried} tariffs tried", self.rounds)
        rates = self.tariffs(x)
        self.model = model = self.model.at_tariffs(self._cells, rates)
        worth = self._worth(model)
        cut = (rates <= 0.0) & self._reply
        slope = np.where(cut, 0.0, self._share) * np.exp(x)[self._column]

        def pull(weights: Array) -> Array:
            national = (weights / worth) @ self._of
            bar = np.asarray(slopes(model, self._response(national), "tariff"))
            by_cell = bar.ravel()[self._cells] * slope
            return np.asarray(np.bincount(self._column, by_cell, x.size), dtype=np.float64)

        return np.log(worth), pull

    def today(self) -> Array:
        """Log payoffs under today's actual tariffs, cell by cell [k]."""
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


def _goods(world: World, sectors: Selector) -> list[int]:
    if sectors == "goods":
        return world.pick_goods()
    return world.pick_sectors(sectors if isinstance(sectors, str) else list(sectors))
