"""Solve: takes a world, a policy and assumptions; returns an outcome."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from multipolar.errors import InputError, NotConverged
from multipolar.model import equilibrium as eq
from multipolar.model import search
from multipolar.model.assumptions import Assumptions
from multipolar.model.economy import economy_under
from multipolar.model.outcome import Outcome
from multipolar.model.quantities import Quantities
from multipolar.policy import Instrument, Policy
from multipolar.policy.wedges import Wedges
from multipolar.world import World
from multipolar.world.per_world import PerWorld

Array = NDArray[np.float64]

TOLERANCE = 1e-10
SMALLEST_TOLERANCE = 1e-14  # below, rounding decides
LITTLE_LEFT = 0.5  # income over payroll; below, the fixed surplus is taken to be the obstacle
MAX_ITERATIONS = 2000


def solve(
    world: World,
    policy: Policy | Instrument | None = None,
    assumptions: Assumptions | None = None,
    *,
    throw: bool = True,
    start: Outcome | None = None,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> Outcome:
    """What the economy does under a policy.

    Returns an `Outcome` in changes against the benchmark (with `deficits="purged"`: against the
    benchmark without deficits). `start` is an outcome nearby, on the same world, from which the
    search begins (default: the benchmark); it changes the time, not the result. `tolerance` is
    the largest relative failure of any equilibrium condition. Raises `InputError` for a policy
    that does not fit the world or leaves a market without a supplier, and `NotConverged` when no
    equilibrium is found (with ``throw=False`` the outcome says so, and reading its numbers raises
    the error).
    """
    policy = Policy() if policy is None else policy
    assumptions = assumptions or Assumptions()
    warm = None if start is None else _state_of(start, world)
    try:
        solved = solve_state(world, policy, assumptions, tolerance, max_iterations, warm)
    except NotConverged as error:  # deficits that cannot be purged
        if throw:
            raise
        return outcome_of(world, policy, assumptions, str(error))
    if throw and not solved.converged:
        raise NotConverged(f"{solved.status}; policy: {policy!r}")
    return outcome_of(
        solved.world, policy, assumptions, solved.status,
        residual=solved.found.residual, iterations=solved.found.passes, seconds=solved.seconds,
        values=solved.quantities() if solved.converged else {},
    )  # fmt: skip


def outcome_of(
    world: World,
    policy: Policy | Instrument,
    assumptions: Assumptions,
    status: str,
    **found: Any,
) -> Outcome:
    """The outcome of a policy; `world` is the benchmark against which changes are told.

    `found`: the fields of `Outcome` that a search gives.
    """
    return Outcome(
        world=world.name, checksum=world.checksum, policy=repr(policy), assumptions=assumptions,
        status=status, countries=tuple(world.countries), sectors=tuple(world.sectors), **found,
    )  # fmt: skip


@dataclass(frozen=True)
class Solved:
    """Where a search ended, in plain arrays; `solve` and `solve_many` make outcomes from it."""

    world: World
    wedges: Wedges
    found: search.Found
    status: str
    seconds: float

    @property
    def converged(self) -> bool:
        """Whether the state is an equilibrium."""
        return self.status == "converged"

    def quantities(self) -> Quantities:
        """The quantities that the state implies."""
        found = self.found
        return Quantities(
            self.world,
            self.wedges,
            found.state,
            found.flows,
            float(found.economy.kappa),
            lambda: found.economy,
        )


def solve_state(
    world: World,
    policy: Policy | Instrument,
    assumptions: Assumptions,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
    start: eq.State | None = None,
) -> Solved:
    """Lay a policy out on a world and search; raises `InputError` for bad input."""
    for given, kind, field in ((world, World, "world"), (assumptions, Assumptions, "assumptions")):
        if not isinstance(given, kind):
            raise InputError(f"{given!r} is not a {kind.__name__}", field=field, value=given)
    if not isinstance(policy, Policy | Instrument):
        raise InputError(
            f"a {type(policy).__name__} is not a policy; add instruments up, use sum([...]), or "
            "ask a scenario for its policy_on(date)",
            field="policy",
        )
    check_tolerance(tolerance)
    if assumptions.deficits == "purged":
        world = purge(world, assumptions)
    wedges = policy.wedges(world)
    economy = economy_under(world, wedges, assumptions)
    refuse_impossible(world, wedges, np.asarray(economy.K).reshape(-1)[wedges.touched], economy)
    pre = search.prepare(world, economy)
    begin = time.perf_counter()
    found = search.find(world, economy, pre, tolerance, max_iterations, start)
    seconds = time.perf_counter() - begin
    converged = bool(found.residual <= tolerance)
    status = "converged" if converged else why(world, found, max_iterations)
    return Solved(world, wedges, found, status, seconds)


def check_tolerance(tolerance: float) -> None:
    """Refuse a tolerance that no search can reach, or that says nothing."""
    if not SMALLEST_TOLERANCE <= tolerance < 1:  # NaN too
        raise InputError(
            f"{tolerance!r} must lie between {SMALLEST_TOLERANCE:g} and 1",
            field="tolerance",
            value=tolerance,
        )


def _state_of(outcome: Outcome, world: World) -> eq.State:
    """The state that an outcome was made from."""
    if list(outcome.countries) != world.countries or list(outcome.sectors) != world.sectors:
        raise InputError("this outcome is of another world", field="start")
    spending = outcome.trade.to_numpy().sum(axis=1)
    wage, cost = outcome.wage.to_numpy(), outcome.unit_cost.to_numpy()
    logs = np.log(np.where(spending > 0, spending, 1.0))
    return eq.State(*(jnp.asarray(part) for part in (np.log1p(wage), np.log1p(cost), logs)))


def purge(world: World, assumptions: Assumptions) -> World:
    """The same world without deficits: transfers fall to zero, with no other shock."""
    without = Assumptions(**(assumptions.as_dict() | {"deficits": "world-gdp"}))
    return _PURGED.get(world, repr(without), lambda: _balance(world, without))


_PURGED: PerWorld[World] = PerWorld()


def _balance(world: World, assumptions: Assumptions) -> World:
    none = Policy().wedges(world)
    economy = economy_under(world, none, assumptions)._replace(D=jnp.zeros(len(world.countries)))
    pre = search.prepare(world, economy)
    found = search.find(world, economy, pre, TOLERANCE / 100, MAX_ITERATIONS)
    if not found.residual <= TOLERANCE:
        raise NotConverged(f"deficits cannot be purged: {why(world, found, MAX_ITERATIONS)}")
    balanced = Quantities(
        world, none, found.state, found.flows, float(economy.kappa), lambda: economy
    )
    return as_world(world, balanced, f"{world.name}, deficits purged", world.year)


def as_world(world: World, found: Mapping[str, Array], name: str, year: int | None) -> World:
    """What was found under a policy as a benchmark of its own.

    `found`: quantities of an outcome in which shares of inputs and of final goods stand still.
    """
    inputs = (1 - world.value_added_share.values) * found["output"]
    return World.from_flows(
        world.countries,
        world.sectors,
        sales=found["trade"] / (1 + found["tariff"]),
        intermediate_use=world.input_share.values * inputs,
        tariff=found["tariff"],
        trade_elasticity=world.trade_elasticity.values,
        name=name,
        year=year,
        domestic_tariffs=True,
    )


def refuse_impossible(world: World, wedges: Wedges, K: Array, economy: eq.Economy) -> None:
    """Refuse a policy under which no equilibrium can exist.

    `K` is the kernel in the cells that the policy touches; the economy may have other kernels.
    Raises `InputError`.
    """
    sold, routes = _OPEN.get(world, None, lambda: _count_open(world))
    stopped = wedges.touched[
        (K <= 0) & (world.arrays()["expenditure_share"].flat[wedges.touched] > 0)
    ]
    if not (stopped.size or wedges.transfer.any()):
        return
    n = len(world.countries)
    sector, pair = np.divmod(stopped, n * n)
    closed = np.bincount(sector * n + pair % n, minlength=sold.size).reshape(sold.shape)
    _refuse_empty_markets(world, closed >= np.maximum(sold, 1))
    still = routes - np.bincount(pair, minlength=n * n).reshape(n, n)
    _refuse_unpayable_transfers(world, economy, still > 0)


def _count_open(world: World) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many sellers every market has [s, n], and in how many sectors each pair trades [i, n]."""
    sold = world.arrays()["expenditure_share"] > 0
    return sold.sum(axis=1), sold.sum(axis=0)


_OPEN: PerWorld[tuple[NDArray[np.int64], NDArray[np.int64]]] = PerWorld()


def _refuse_empty_markets(world: World, without: NDArray[np.bool_]) -> None:
    """Refuse a policy under which a buyer finds no seller at any price  [s, n]."""
    empty = without & (world.arrays()["expenditure"] > 0)
    if empty.any():
        s, n = (int(k[0]) for k in np.nonzero(empty))
        more = int(empty.sum()) - 1
        also = f", nor {more} more markets" if more else ""
        raise InputError(
            f"the policy leaves {world.sectors[s]} in {world.countries[n]} without a supplier"
            f"{also}; lower the coverage of an embargo, or leave one seller open",
            field="policy",
        )


def _refuse_unpayable_transfers(
    world: World, economy: eq.Economy, route: NDArray[np.bool_]
) -> None:
    """Refuse a policy that makes fixed payments between countries impossible.

    `route` [i, n]: who can sell to whom. A group of countries that is cut off from the others can
    have neither surplus nor deficit. A country that may not sell abroad can only buy what transfers
    pay for; a country that may not buy abroad can only sell as much as it gives away.
    """
    np.fill_diagonal(route, val=False)
    D = np.asarray(economy.D) + np.asarray(economy.d) * np.asarray(economy.VA)
    small = 1e-9 * world.arrays()["value_added"].sum()
    sells, buys = route.any(axis=1), route.any(axis=0)
    count, group = _groups(route)
    balance = np.bincount(group, weights=D, minlength=count)
    stuck = np.flatnonzero(
        ((np.abs(balance)[group] > small) & (count > 1))
        | (~sells & (-small > D))
        | (~buys & (small < D))
    )
    if stuck.size:
        crowd = np.bincount(group, minlength=count)[group]
        worst = min(stuck.tolist(), key=lambda k: (crowd[k], -abs(D[k])))
        kind = "surplus" if D[worst] < 0 else "deficit"
        raise InputError(
            f"the policy cuts {world.countries[worst]} off, but it has a trade {kind} of "
            f"{abs(D[worst]) / 1e3:,.1f} bn USD that it could then not run; take deficits out "
            "first (assumption deficits = 'purged')",
            field="policy",
        )
    for one_way, verb, other in (
        (buys & ~sells & (small > D), "sell", "buys"),
        (sells & ~buys & (-small < D), "buy", "sells"),
    ):
        if one_way.any():
            n = int(one_way.argmax())
            raise InputError(
                f"the policy lets {world.countries[n]} {verb} nothing abroad, so nothing balances "
                f"what it still {other} there; stop both directions, or leave some of both open",
                field="policy",
            )


def _groups(route: NDArray[np.bool_]) -> tuple[int, NDArray[np.int32]]:
    """How many groups of countries trade with one another, and the group of each."""
    partners = (route | route.T).sum(axis=0)
    if partners.max() == len(route) - 1:  # one trades with all: quicker to see than to search
        return 1, np.zeros(len(route), dtype=np.int32)
    return connected_components(route, directed=False)


def why(world: World, found: search.Found, limit: int) -> str:
    """Why a search found no equilibrium, and what to try."""
    if not np.isfinite(found.residual):
        return f"no equilibrium found: no finite numbers after {found.passes} passes"
    f = found.flows
    left = np.asarray(f.income) / np.asarray(f.payroll)
    n = int(left.argmin())
    if left[n] < LITTLE_LEFT and f.D[n] < 0:
        return (
            f"no equilibrium found: {world.countries[n]}, which must go on running a trade surplus "
            f"of {-float(f.D[n]) / 1e3:,.1f} bn USD, has {100 * left[n]:.0f} % of its payroll left "
            "to spend where the search ended; let deficits move (deficits = 'own-gdp') or take "
            "them out first ('purged')"
        )
    stop = "the limit" if found.passes >= limit else "no progress"
    return (
        f"no equilibrium found: conditions still fail by {found.residual:.1e} after "
        f"{found.passes} passes ({stop}); try a smaller policy, lower elasticities, or perfect "
        "competition"
    )
