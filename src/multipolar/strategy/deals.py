"""The deals of a hegemon: when a third country accepts, what deters it, what each side gets.

The third country compares real incomes. If the user states a cost of siding, it counts that too.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

from multipolar.errors import InputError, NotConverged
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.strategy.bargain import HARSHEST, Bargain, Terms, siding_costs
from multipolar.strategy.columns import DEALS

Array = NDArray[np.float64]
Row = dict[str, object]

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
    rows: dict[int, Row] = {}
    failed: dict[str, str] = {}
    with ThreadPoolExecutor(2) as pool:
        jobs = {pool.submit(_reply_of, bargain, terms, k, float(cost[k])): k for k in asked}
        try:
            on_step("third countries", 0, len(jobs))
            for done, job in enumerate(as_completed(jobs), start=1):
                _file(job, jobs[job], countries, rows, failed)
                on_step("third countries", done, len(jobs))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    index = pd.Index([countries[k] for k in sorted(rows)], name="country")
    table = pd.DataFrame([rows[k] for k in sorted(rows)], index=index, columns=list(DEALS)[1:])
    return Deals(terms, table.sort_values("deal", ascending=False), failed)


def _file(
    job: "Future[Row]",
    k: int,
    countries: Sequence[str],
    rows: dict[int, Row],
    failed: dict[str, str],
) -> None:
    try:
        rows[k] = job.result()
    except NotConverged as error:
        failed[countries[k]] = str(error)


def _reply_of(bargain: Bargain, terms: Terms, k: int, cost: float) -> Row:
    """One country's row; see `columns.DEALS`."""
    demand, offer = terms.demand, terms.offer

    def worth(asked: float | None, relief: float, threat: float) -> float:
        return bargain.income(k, asked, relief, threat)[0]

    reply = terms.retaliation
    if reply == "optimal":
        reply = _best_retaliation(bargain, k, demand, offer)
    steps = np.linspace(0.0, demand, GRID)[1:]
    alone = max(0.0, *(worth(float(level), 0.0, 0.0) for level in steps))
    kind, hegemon, rival = bargain.income(k, demand, offer, reply)
    unpunished = worth(demand, offer, 0.0)
    surplus = kind - alone
    income = float(bargain.today.fixed.income[k]) * (1 + float(bargain.today.real_income[k]))
    least = _least(lambda c: worth(demand, c, float(reply)) - alone - cost, 1.0)
    deterring = _least(lambda r: alone + cost - worth(demand, offer, r), HARSHEST)
    return {
        "tariff": bargain.tariff([k], bargain.hegemon),
        "relief": math.expm1(worth(None, offer, 0.0)),
        "demand": math.expm1(worth(demand, 0.0, 0.0)),
        "retaliation": float(reply),
        "loss": math.expm1(kind - unpunished),
        "deal": math.expm1(surplus),
        "accepts": bool(surplus >= cost),
        "least": least,
        "break_even": deterring,
        "siding": math.expm1(surplus),
        "transfer": max(0.0, math.expm1(cost - surplus) * income),
        "counter": math.expm1(_counter(bargain, k)),
        "hegemon": math.expm1(hegemon),
        "rival": math.expm1(rival),
    }


def _counter(bargain: Bargain, k: int) -> float:
    """Log real income of k if the rival removed its tariff on k's goods."""
    cells = bargain.cells([k], bargain.rival)
    model = bargain.today.at_tariffs(cells, np.zeros(cells.size))
    return float(bargain.log_incomes(model)[k])


def _best_retaliation(bargain: Bargain, k: int, demand: float, offer: float) -> float:
    """The rise of the rival's tariff on k's goods that serves the rival best once k has agreed."""
    found = minimize_scalar(
        lambda r: -bargain.income(k, demand, offer, float(r))[2],
        bounds=(0.0, 2.0), method="bounded", options={"xatol": 1e-3},
    )  # fmt: skip
    return float(found.x)


def _least(gain: Callable[[float], float], most: float) -> float:
    """The least x in [0, most] where an increasing gain is not negative; NaN if there is none."""
    if gain(0.0) >= 0:
        return 0.0
    if gain(most) < 0:
        return math.nan
    return float(brentq(gain, 0.0, most, xtol=CLOSE))
