"""The deals of two hegemons: what buys a third country, what deters it, and who gives way.

A hegemon offers a third country relief from its own tariff if that country raises its tariff on
the rival's goods to a stated level; the rival answers with a tariff on the third country's goods.
The third country compares real incomes, and with whom it would side anyway where a weight on that
is stated.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

from multipolar import games
from multipolar.errors import InputError, NotConverged
from multipolar.model import Assumptions, differentiable
from multipolar.model.gradient import Model
from multipolar.policy import Instrument, Policy
from multipolar.world import World

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

GRID = 5  # levels of its own tariff on the rival that a third country weighs without a deal
HARSHEST = 10.0  # retaliation, 1,000 points: what does not deter then never does
CLOSE = 1e-4  # of a share or a tariff, to which break-evens are found


@dataclass(frozen=True)
class Terms:
    """What is on the table; all fractions.

    `demand`: the tariff on the rival's goods that is asked for (cells already higher stay);
    `offer`: the share of the hegemon's tariff that is taken away; `retaliation`: what the rival
    adds to its tariff, or "optimal": what then serves the rival best.
    """

    hegemon: str
    rival: str
    demand: float
    offer: float = 1.0
    retaliation: float | Literal["optimal"] = 0.25

    def __post_init__(self) -> None:
        _within("demand", self.demand, 0.0, 10.0)
        _within("offer", self.offer, 0.0, 1.0)
        if self.retaliation != "optimal":
            _within("retaliation", self.retaliation, 0.0, HARSHEST)


@dataclass(frozen=True)
class Deals:
    """The answer of every third country to the same terms.

    `table`: a row a country; percentages of real income are against today. `failed`: countries for
    which no equilibrium was found, with the reason; they are in no row.
    """

    terms: Terms
    table: pd.DataFrame
    failed: Mapping[str, str]

    def accepting(self) -> list[str]:
        """The countries that take the deal."""
        return list(self.table.index[self.table["accepts"]])


class Table:
    """The bargaining table of one hegemon and one rival on a world, under today's policy."""

    def __init__(
        self,
        world: World,
        hegemon: str,
        rival: str,
        policy: Policy | Instrument | None = None,
        assumptions: Assumptions | None = None,
    ) -> None:
        self.world = world
        self.hegemon, self.rival = world.pick_countries(hegemon), world.pick_countries(rival)
        if set(self.hegemon) & set(self.rival):
            raise InputError(f"{hegemon} cannot be its own rival", field="rival", value=rival)
        self.today = differentiable(world, policy, assumptions)
        self._goods = world.pick_goods()
        self._tariff = np.asarray(self.today.levers.tariff)
        self._flow = np.asarray(self.today.found().trade)

    def thirds_of(self, selector: str | Sequence[str]) -> list[int]:
        """Those of a selector who are on neither side; raises `InputError` where none is left."""
        two = {*self.hegemon, *self.rival}
        left = [k for k in self.world.pick_countries(selector) if k not in two]
        if not left:
            raise InputError("no third country among these", field="thirds", value=selector)
        return left

    def cells(self, exporters: Sequence[int], importers: Sequence[int]) -> Indices:
        """Goods of some exporters at some importers' borders, flat."""
        return np.ravel_multi_index(
            np.ix_(self._goods, list(exporters), list(importers)), self._tariff.shape
        ).ravel()

    def tariff(self, exporters: Sequence[int], importers: Sequence[int]) -> float:
        """Today's mean tariff, weighted by today's trade before tariff."""
        at = self.cells(exporters, importers)
        rate, flow = self._tariff.ravel()[at], self._flow.ravel()[at]
        base = flow / (1 + rate)
        return float(base @ rate / base.sum()) if base.sum() > 0 else 0.0

    def under(
        self, thirds: Sequence[int], demand: float | None, offer: float, retaliation: float
    ) -> Model:
        """The model where these third countries have agreed (`demand` None: have not)."""
        cells, rates = [np.empty(0, dtype=np.intp)], [np.empty(0)]
        for k in thirds:
            asked, relief, answer = (
                self.cells(self.rival, [k]), self.cells([k], self.hegemon),
                self.cells([k], self.rival),
            )  # fmt: skip
            level = self._tariff.ravel()
            cells += [asked, relief, answer]
            rates += [
                np.maximum(level[asked], -1.0 if demand is None else demand),
                (1 - offer) * level[relief],
                level[answer] + retaliation,
            ]
        return self.today.at_tariffs(np.concatenate(cells), np.concatenate(rates))

    def income(
        self, k: int, demand: float | None, offer: float, retaliation: float
    ) -> tuple[float, float, float]:
        """Log real income of third country k, the hegemon and the rival, against today."""
        logs = self.log_incomes(self.under([k], demand, offer, retaliation))
        return float(logs[k]), self.of(self.hegemon, logs), self.of(self.rival, logs)

    def log_incomes(self, model: Model) -> Array:
        """Log real income of every country against today [n]."""
        return np.log1p(model.real_income) - np.log1p(self.today.real_income)

    def of(self, members: Sequence[int], logs: Array) -> float:
        """A bloc's log real income, by benchmark income."""
        weight = np.asarray(self.today.fixed.income)[list(members)]
        return float(np.log(weight @ np.exp(logs[list(members)]) / weight.sum()))


def deal(
    world: World,
    terms: Terms,
    thirds: str | Sequence[str] = "*",
    *,
    policy: Policy | Instrument | None = None,
    assumptions: Assumptions | None = None,
    siding: Mapping[str, float] | None = None,
    on_country: Callable[[int, int], None] = lambda _done, _all: None,
) -> Deals:
    """Every third country's answer to a hegemon's deal: accept or refuse, and what would turn it.

    A country accepts where its real income under the deal, retaliation included, is at least what
    it has without: the best it can do by its own choice of tariff on the rival between today's and
    the demand. `siding`: {country: cost of siding with the hegemon, a fraction of real income,
    negative for one that wants to}: a stated weight, zero unless given; the column on siding is the
    region over which the answer holds. `on_country` hears how many of how many are done. Raises
    `InputError`; a country without an equilibrium is in `failed`.
    """
    table = Table(world, terms.hegemon, terms.rival, policy, assumptions)
    asked = table.thirds_of(thirds)
    cost = _siding(world, siding)
    for k in np.flatnonzero(cost):
        if k not in asked:
            raise InputError(
                f"{world.countries[k]} is not among the third countries asked", field="siding"
            )
    rows: dict[int, dict[str, object]] = {}
    failed: dict[str, str] = {}
    with ThreadPoolExecutor(2) as pool:
        jobs = {pool.submit(_answer, table, terms, k, cost[k]): k for k in asked}
        for done, job in enumerate(as_completed(jobs), start=1):
            _file(job, jobs[job], world, rows, failed)
            on_country(done, len(jobs))
    index = pd.Index([world.countries[k] for k in sorted(rows)], name="country")
    answers = pd.DataFrame([rows[k] for k in sorted(rows)], index=index)
    return Deals(terms, answers.sort_values(COLUMNS["deal"], ascending=False), failed)


def _file(
    job: "Future[dict[str, object]]",
    k: int,
    world: World,
    rows: dict[int, dict[str, object]],
    failed: dict[str, str],
) -> None:
    try:
        rows[k] = job.result()
    except NotConverged as error:
        failed[world.countries[k]] = str(error)


COLUMNS = {
    "tariff": "hegemon's tariff today, %",
    "relief": "gain from relief alone, % of real income",
    "demand": "effect of the demand alone, % of real income",
    "retaliation": "retaliation, points",
    "loss": "loss under retaliation, % of real income",
    "deal": "deal with retaliation, % of real income",
    "accepts": "accepts",
    "least": "least relief that buys acceptance, % of the tariff",
    "break_even": "break-even retaliation, points",
    "siding": "holds while siding costs less than, % of real income",
    "transfer": "transfer that would buy it, bn USD a year",
    "counter": "gain if the rival drops its own tariff, % of real income",
    "hegemon": "hegemon's real income, % change",
    "rival": "rival's real income, % change",
}


def _answer(table: Table, terms: Terms, k: int, cost: float) -> dict[str, object]:
    """One country's row."""
    demand, offer = terms.demand, terms.offer

    def worth(asked: float | None, relief: float, answer: float) -> float:
        return table.income(k, asked, relief, answer)[0]

    answer = terms.retaliation
    if answer == "optimal":
        answer = _best_retaliation(table, k, demand, offer)
    steps = np.linspace(0.0, demand, GRID)[1:]
    alone = max(0.0, *(worth(float(level), 0.0, 0.0) for level in steps))
    kind, hegemon, rival = table.income(k, demand, offer, answer)
    quiet = worth(demand, offer, 0.0)
    surplus = kind - alone
    income = float(table.today.fixed.income[k]) * (1 + float(table.today.real_income[k]))
    least = _least(lambda c: worth(demand, c, float(answer)) - alone - cost, 1.0)
    threat = _least(lambda r: alone + cost - worth(demand, offer, r), HARSHEST)
    values = {
        "tariff": 100 * table.tariff([k], table.hegemon),
        "relief": 100 * math.expm1(worth(None, offer, 0.0)),
        "demand": 100 * math.expm1(worth(demand, 0.0, 0.0)),
        "retaliation": 100 * float(answer),
        "loss": 100 * math.expm1(kind - quiet),
        "deal": 100 * math.expm1(surplus),
        "accepts": bool(surplus >= cost),
        "least": 100 * least,
        "break_even": 100 * threat,
        "siding": 100 * math.expm1(surplus),
        "transfer": max(0.0, math.expm1(cost - surplus) * income / 1e3),
        "counter": 100 * math.expm1(_counter(table, k)),
        "hegemon": 100 * math.expm1(hegemon),
        "rival": 100 * math.expm1(rival),
    }
    return {COLUMNS[name]: value for name, value in values.items()}


def _counter(table: Table, k: int) -> float:
    """Log real income of k if the rival took its tariff on k's goods away."""
    cells = table.cells([k], table.rival)
    model = table.today.at_tariffs(cells, np.zeros(cells.size))
    return float(table.log_incomes(model)[k])


def _best_retaliation(table: Table, k: int, demand: float, offer: float) -> float:
    """The rise of its tariff on k's goods that serves the rival best once k has agreed."""
    found = minimize_scalar(
        lambda r: -table.income(k, demand, offer, float(r))[2],
        bounds=(0.0, 2.0), method="bounded", options={"xatol": 1e-3},
    )  # fmt: skip
    return float(found.x)


def _least(gain: Callable[[float], float], most: float) -> float:
    """The least x in [0, most] at which a rising gain is not negative; NaN where none is."""
    if gain(0.0) >= 0:
        return 0.0
    if gain(most) < 0:
        return math.nan
    return float(brentq(gain, 0.0, most, xtol=CLOSE))


# --- two leaders ---------------------------------------------------------------------------------


def two_leaders(
    world: World,
    terms: Terms,
    thirds: Sequence[str],
    *,
    offers: Sequence[float] = (0.0, 0.5, 1.0),
    threats: Sequence[float] = (0.0, 0.1, 0.25, 0.5),
    policy: Policy | Instrument | None = None,
    assumptions: Assumptions | None = None,
    siding: Mapping[str, float] | None = None,
    alignment: float = 0.0,
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Both hegemons move, then the third countries: the matrix of outcomes and its equilibria.

    The hegemon picks a relief of `offers`, the rival a retaliation of `threats` against those who
    agree (`terms` states the demand); the third countries answer each other's answers, from nobody
    agreeing and from all. `alignment`: what a third country's siding is worth to either leader, a
    fraction of real income (zero unless given). Returns a row for each pair of moves, and the
    equilibria of the leaders' game as mixed strategies; where third countries have two sets of
    answers the smaller is played, and the row says so.
    """
    table = Table(world, terms.hegemon, terms.rival, policy, assumptions)
    able = table.thirds_of(list(thirds))
    cost = _siding(world, siding)
    rows = []
    shape = (len(offers), len(threats))
    mine, theirs = np.zeros(shape), np.zeros(shape)
    for at in np.ndindex(shape):
        offer, threat = offers[at[0]], threats[at[1]]
        small, large = (
            _settle(table, able, start, terms.demand, offer, threat, cost)
            for start in (frozenset[int](), frozenset(able))
        )
        logs = table.log_incomes(table.under(sorted(small), terms.demand, offer, threat))
        mine[at] = table.of(table.hegemon, logs) + alignment * len(small)
        theirs[at] = table.of(table.rival, logs) - alignment * len(small)
        rows.append(
            {
                "relief, % of the tariff": 100 * offer,
                "retaliation, points": 100 * threat,
                "agree": _codes(world, small),
                "or": "" if small == large else _codes(world, large),
                "hegemon, % of real income": 100 * mine[at],
                "rival, % of real income": 100 * theirs[at],
            }
        )
    found: list[dict[str, object]] = [
        {
            "relief": {f"{100 * o:g} %": float(p) for o, p in zip(offers, x, strict=True) if p > 0},
            "retaliation": {
                f"{100 * t:g}": float(p) for t, p in zip(threats, y, strict=True) if p > 0
            },
        }
        for x, y in games.bimatrix(100 * mine, 100 * theirs).equilibria
    ]
    return pd.DataFrame(rows), found


def _codes(world: World, group: frozenset[int]) -> str:
    return ", ".join(world.countries[k] for k in sorted(group))


def _settle(
    table: Table,
    able: Sequence[int],
    start: frozenset[int],
    demand: float,
    offer: float,
    threat: float,
    cost: Array,
) -> frozenset[int]:
    """Who agrees once each third country has answered the others; at most a few rounds."""
    agreed = start
    for _ in range(len(able) + 1):
        before = agreed
        for k in able:
            yes, no = (
                table.log_incomes(table.under(sorted(group), demand, offer, threat))[k]
                for group in (agreed | {k}, agreed - {k})
            )
            agreed = agreed | {k} if yes - cost[k] >= no else agreed - {k}
        if agreed == before:
            break
    return agreed


def _siding(world: World, siding: Mapping[str, float] | None) -> Array:
    cost = np.zeros(len(world.countries))
    for selector, value in (siding or {}).items():
        _within("siding", value, -1.0, 1.0)
        cost[world.pick_countries(selector)] = value
    return cost


def _within(field: str, value: float, low: float, high: float) -> None:
    if not isinstance(value, int | float) or not low <= value <= high:
        raise InputError(
            f"{value!r} is no fraction between {low:g} and {high:g} (0.25 = 25 %)",
            field=field,
            value=value,
        )
