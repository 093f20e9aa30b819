"""The deals of a hegemon: when a third country accepts, what deters it, what each side gets.

The third country compares real incomes. If the user states a cost of siding, it counts that too.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.optimize.elementwise import find_root

from multipolar.errors import InputError, NotConverged
from multipolar.model import Case
from multipolar.model.batch import cores
from multipolar.model.nearby import Move, incomes_at
from multipolar.progress import OnStep, quiet
from multipolar.strategy.bargain import HARSHEST, SAME, Bargain, Offer, Terms, siding_costs
from multipolar.strategy.columns import DEALS

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

GRID = 5  # levels of its own tariff on the rival that a third country considers without a deal
CLOSE = 1e-4  # accuracy of break-even points, as a share or a tariff


@dataclass(frozen=True)
class Deals:
    """The reply of every third country to the same terms.

    `table`: a row for each `country`, the best deal first; the columns are in `columns.DEALS`,
    fractions relative to today, except `transfer` (million USD a year). `failed`: countries for
    which no equilibrium was found, with the reason; the table leaves them out.
    """

    terms: Terms
    table: pd.DataFrame
    failed: Mapping[str, str]

    def accepting(self) -> list[str]:
        """The countries that take the deal."""
        return list(self.table.index[self.table["accepts"]])


def deal(
    case: Case,
    terms: Terms,
    thirds: str | Sequence[str] = "*",
    siding: Mapping[str, float] | None = None,
    *,
    on_step: OnStep = quiet,
) -> Deals:
    """Every third country's reply to a hegemon's deal: yes or no, and what would change it.

    A country accepts if its real income under the deal, retaliation included, is at least what it
    has without: the best it can do by choosing its own tariff on the rival between today's and
    the demand. `siding`: {country: cost of siding with the hegemon, a fraction of real income,
    negative for a country that wants to}, zero unless stated; the column `siding` is the cost up to
    which the country accepts. Raises `InputError` for unknown names, sides that overlap and a case
    with leakage or price caps, `NotConverged` where the case has no equilibrium; a country for
    which none is found is in `failed`.
    """
    bargain = Bargain(case, terms.hegemon, terms.rival)
    asked = bargain.thirds_of(thirds)
    countries = case.world.countries
    cost = siding_costs(case.world, siding)
    for k in np.flatnonzero(cost):
        if k not in asked:
            raise InputError(
                f"{countries[k]} is not among the third countries asked", field="siding"
            )
    courted = _Courted(bargain, terms, asked, cost, on_step)
    rows = courted.rows()
    kept = [position for position, k in enumerate(asked) if k not in courted.failed]
    index = pd.Index([countries[asked[position]] for position in kept], name="country")
    table = pd.DataFrame({name: rows[name][kept] for name in list(DEALS)[1:]}, index=index)
    failed = {countries[k]: reason for k, reason in courted.failed.items()}
    return Deals(terms, table.sort_values("deal", ascending=False), failed)


class _Courted:
    """All third countries asked, side by side; `failed`: those without an equilibrium, and why."""

    def __init__(
        self,
        bargain: Bargain,
        terms: Terms,
        asked: Sequence[int],
        cost: Array,
        on_step: OnStep,
    ) -> None:
        self._bargain, self._terms, self._asked = bargain, terms, np.array(asked)
        self._cost, self._on_step = cost[self._asked], on_step
        self.failed: dict[int, str] = {}

    def rows(self) -> dict[str, Array]:
        """The columns of `columns.DEALS` [country]."""
        bargain, reply = self._bargain, self._replies()
        own, of_hegemon, of_rival = self._answers(reply)
        outside = np.maximum(0.0, np.max([own[f"level {k}"] for k in range(1, GRID)], axis=0))
        surplus = own["deal"] - outside
        least, deterring = self._break_evens(outside + self._cost, reply)
        change = bargain.today.real_income[self._asked]
        income = np.asarray(bargain.today.fixed.income)[self._asked] * (1 + change)
        short = np.maximum(0.0, np.expm1(self._cost - surplus))
        return {
            "tariff": np.array([bargain.tariff([k], bargain.hegemon) for k in self._asked]),
            "relief": np.expm1(own["relief"]),
            "demand": np.expm1(own["demand"]),
            "retaliation": reply,
            "loss": np.expm1(own["deal"] - own["unpunished"]),
            "deal": np.expm1(surplus),
            "accepts": surplus >= self._cost - SAME,
            "least": least,
            "break_even": deterring,
            "siding": np.expm1(surplus),
            "transfer": short * income,
            "counter": np.expm1(self._counter()),
            "hegemon": np.expm1(of_hegemon["deal"]),
            "rival": np.expm1(of_rival["deal"]),
        }

    def _answers(self, reply: Array) -> tuple[dict[str, Array], ...]:
        """Log real income of third country, hegemon and rival [country], by what is agreed on."""
        demand, relief, count = self._terms.demand, self._terms.offer, self._asked.size
        levels = np.linspace(0.0, demand, GRID).tolist()  # its own choice, without a deal
        same = {f"level {k}": Offer(levels[k], 0.0, 0.0) for k in range(1, GRID)} | {
            "unpunished": Offer(demand, relief, 0.0),
            "relief": Offer(None, relief, 0.0),
            "demand": Offer(demand, 0.0, 0.0),
        }
        offers = {name: [offer] * count for name, offer in same.items()}
        offers["deal"] = [Offer(demand, relief, rate) for rate in reply.tolist()]
        at = np.tile(np.arange(count), len(offers))
        found = self._worth(at, list(chain.from_iterable(offers.values())))
        return tuple(
            dict(zip(offers, part.reshape(len(offers), count), strict=True)) for part in found
        )

    def _solved(self, at: Indices, moves: Sequence[Move]) -> Array:
        """Log real incomes against today [move, n]; NaN where there is no equilibrium."""
        found = incomes_at(self._bargain.today, moves, self._on_step)
        for number, reason in found.failed.items():
            self.failed.setdefault(int(self._asked[at[number]]), reason)
        return self._bargain.log_incomes(found.real_income)

    def _worth(self, at: Indices, offers: Sequence[Offer]) -> tuple[Array, Array, Array]:
        """Log real income of third countries (by position), hegemon and rival under offers."""
        bargain, thirds = self._bargain, self._asked[at]
        moves = [bargain.moved([k], offer) for k, offer in zip(thirds, offers, strict=True)]
        logs = self._solved(at, moves)
        own = logs[np.arange(at.size), thirds]
        return own, bargain.of(bargain.hegemon, logs), bargain.of(bargain.rival, logs)

    def _counter(self) -> Array:
        """Log real income of each country if the rival removed its tariff on its goods."""
        cells = [self._bargain.cells([k], self._bargain.rival) for k in self._asked]
        logs = self._solved(
            np.arange(self._asked.size), [(each, np.zeros(each.size)) for each in cells]
        )
        return logs[np.arange(self._asked.size), self._asked]

    def _break_evens(self, needed: Array, reply: Array) -> tuple[Array, Array]:
        """The least relief that is accepted, and the least retaliation that deters [country].

        All roots at once; NaN where even the most is not enough.
        """
        demand, offer, count = self._terms.demand, self._terms.offer, self._asked.size

        def gain(x: Array, *about: Any) -> Array:
            (number,) = about
            at, deters = number % count, number >= count
            offers = [
                Offer(demand, offer, level) if harsh else Offer(demand, level, float(reply[k]))
                for level, k, harsh in zip(x.tolist(), at.tolist(), deters.tolist(), strict=True)
            ]
            rise = self._worth(at, offers)[0] - needed[at] + SAME
            return np.where(deters, -rise, rise)

        most = np.repeat([1.0, HARSHEST], count)
        found = find_root(
            gain, (0.0 * most, most), args=(np.arange(2 * count),),
            tolerances={"xatol": CLOSE, "xrtol": 0.0, "fatol": 0.0, "frtol": 0.0},
        )  # fmt: skip
        at_zero = (found.bracket[0] == 0.0) & (found.f_bracket[0] >= 0)
        roots = np.where(at_zero & ~found.success, 0.0, found.x)
        return roots[:count], roots[count:]

    def _replies(self) -> Array:
        """The rise of the rival's tariff on each country's goods once it has agreed."""
        reply = self._terms.retaliation
        if reply != "optimal":
            return np.full(self._asked.size, float(reply))
        rates = np.zeros(self._asked.size)
        with ThreadPoolExecutor(cores()) as pool:
            jobs = {pool.submit(self._best_reply, int(k)): at for at, k in enumerate(self._asked)}
            try:
                for done, job in enumerate(as_completed(jobs), start=1):
                    rates[jobs[job]] = self._heard(job, int(self._asked[jobs[job]]))
                    self._on_step("retaliations", done, len(jobs))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return rates

    def _heard(self, job: "Future[float]", k: int) -> float:
        try:
            return job.result()
        except NotConverged as error:
            self.failed[k] = str(error)
            return 0.0

    def _best_reply(self, k: int) -> float:
        """The retaliation that serves the rival best."""
        demand, offer = self._terms.demand, self._terms.offer
        found = minimize_scalar(
            lambda rate: -self._bargain.income(k, demand, offer, float(rate))[2],
            bounds=(0.0, 2.0), method="bounded", options={"xatol": 1e-3},
        )  # fmt: skip
        return float(found.x)
