"""Path: what the economy does period by period, while acts come and go and buyers adapt.

Each period is one static equilibrium with kernels that hold buyers' habits (`sourcing`); the search
starts from the period before, with one compiled program for all periods. The benchmark's sourcing
is taken to be fully adapted to the benchmark's trade costs, and a path starts there.
"""

import datetime as dt
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from multipolar.errors import InputError, NotConverged
from multipolar.model import equilibrium as eq
from multipolar.model import search, sourcing
from multipolar.model.anticipation import Anticipation, foresee
from multipolar.model.assumptions import RATIO_ON_IMPACT, SPEED, TABLES, Assumptions
from multipolar.model.course import ANY_YEAR, STATE, Course, course_of, record
from multipolar.model.economy import economy_under, log_costs
from multipolar.model.outcome import Outcome
from multipolar.model.resuming import check_fits, fingerprint, first_day, joined
from multipolar.model.solve import (
    MAX_ITERATIONS,
    TOLERANCE,
    Solved,
    check_tolerance,
    purge,
    refuse_impossible,
    why,
)
from multipolar.policy.calendar import Dated, Period, periods, refuse_doubles, shares_of
from multipolar.policy.instrument import Policy
from multipolar.policy.wedges import Wedges, mean_wedges
from multipolar.progress import OnStep, quiet
from multipolar.world import World

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Capital:
    """Capital that grows out of income (Anderson, Larch & Yotov 2020, Economic Journal 130).

    Value added uses capital with the share `share`; each year K' = K^(1 - depreciation) x
    (real income)^depreciation. Log utility makes the saving rate constant, so that perfect
    foresight needs no search over the future, and savers do not answer to what is only announced.
    The numbers are round and no estimates.
    """

    share: float = 1 / 3
    depreciation: float = 0.06

    def __post_init__(self) -> None:
        for name, value in (("share", self.share), ("depreciation", self.depreciation)):
            if not 0 <= value < 1:
                raise InputError(
                    f"{value!r} must lie between 0 and 1", field=f"capital.{name}", value=value
                )


def path(
    world: World,
    acts: Sequence[Dated],
    over: str | Sequence[Period],
    assumptions: Assumptions | None = None,
    *,
    capital: Capital | None = None,
    anticipation: Anticipation | None = None,
    start: Course | None = None,
    keep: str | os.PathLike[str] | None = None,
    tolerance: float = TOLERANCE,
    on_step: OnStep = quiet,
) -> Course:
    """What the economy does under dated acts, period by period.

    `acts`: policies with the days on which they begin and end. `over`: such as "2025Q1:2028Q4" (see
    `calendar.periods`). An act in force for part of a period counts for its days. Trade
    elasticities grow with the time since a change, whatever the assumption `horizon` says;
    elasticities of substitution that are "by-horizon" are held at their long-run value, one.
    `capital`: lets capital grow; without it, it stands still. `anticipation`: lets buyers adapt to
    what is announced; without it, nobody acts on it. `start`: an earlier path that ends where
    `over` begins; the path goes on from there, and what is returned has the periods of both (the
    acts are those of both). `keep`: a file for the path, in which the periods that were solved
    are, even if it is interrupted. Raises `InputError` for acts or periods that make no sense, or
    an earlier path that does not fit, and `NotConverged`, naming the period.
    """
    steps = periods(over) if isinstance(over, str) else tuple(over)
    walk = ready(world, acts, steps, assumptions, capital, anticipation, start, tolerance)
    options = options_of(capital, anticipation)
    told: list[dict[str, Any]] = []

    def so_far() -> Course:
        done = steps[: len(told)]
        begun = fingerprint(acts, done[-1].end, foreseen=anticipation is not None)
        about = {**options, "acts": begun}
        course = course_of(
            walk.world, acts, done, walk.assumptions, told, about, walk.left_behind()
        )
        return joined(start, course) if start else course

    try:
        for k, step in enumerate(steps):
            on_step(f"{step.label}, {k + 1} of {len(steps)}", k, len(steps))
            outcome = walk.take(step, walk.wedges_in(acts, step), walk.ahead_in(acts, step))
            told.append(record(outcome, walk.K_now if capital else None))
    finally:
        if keep is not None and told:
            so_far().save(keep)
    return so_far()


def ready(
    world: World,
    acts: Sequence[Dated],
    steps: Sequence[Period],
    assumptions: Assumptions | None = None,
    capital: Capital | None = None,
    anticipation: Anticipation | None = None,
    start: Course | None = None,
    tolerance: float = TOLERANCE,
) -> "Walk":
    """A walk before its first step, at the benchmark or where an earlier path ended."""
    assumptions = on_a_path(assumptions or Assumptions())
    check_tolerance(tolerance)
    check_dates(world, acts, steps, first_day(start) if start else None)
    if assumptions.deficits == "purged":
        world = purge(world, assumptions)
    walk = Walk(world, assumptions, capital, anticipation, tolerance)
    if start:
        options = options_of(capital, anticipation)
        check_fits(start, world, assumptions, acts, options, steps[0].start)
        walk.go_on_from(start)
    return walk


def options_of(capital: Capital | None, anticipation: Anticipation | None) -> dict[str, str]:
    """The options of a path as text, by name; those that were not chosen are left out."""
    chosen = {"capital": capital, "anticipation": anticipation}
    return {name: json.dumps(asdict(each)) for name, each in chosen.items() if each is not None}


def on_a_path(assumptions: Assumptions) -> Assumptions:
    """The assumptions that a path makes: those given, in the long run, substitution held there.

    Raises `InputError` for a supply in which trade elasticities mean more than trade.
    """
    if assumptions.supply != "perfect-competition":
        raise InputError(
            f"a path is solved with perfect-competition only: in {assumptions.supply!r} the scale "
            "economies or profits would change with the trade elasticity as buyers adapt",
            field="supply",
            value=assumptions.supply,
        )
    names = (name for name in (*TABLES, "final_elasticity") if name != "elasticities")
    held: dict[str, Any] = {
        name: 1.0 for name in names if getattr(assumptions, name) == "by-horizon"
    }
    return replace(assumptions, horizon="long-run", **held)


def check_dates(
    world: World, acts: Sequence[Dated], steps: Sequence[Period], since: dt.date | None = None
) -> None:
    """Raise `InputError` for doubles, for acts before the path, for a path before its data.

    `since`: the day on which the path began that is continued.
    """
    if not steps:
        raise InputError("has no period; give at least one, such as 2025Q1", field="path")
    refuse_doubles(acts)
    first = since or steps[0].start
    if world.year and first.year < world.year:
        raise InputError(
            f"begins on {first}, but {world.name or 'the world'} is the economy of {world.year}, "
            f"and no data covers what was before; begin in {world.year} or later",
            field="path",
        )
    for act in acts:
        known = act.until and act.until.year < (world.year or first.year)  # in the benchmark
        if act.start and act.start < first and not known:
            raise InputError(
                f"{act.name or 'an act'} is in force since {act.start}, before the path begins on "
                f"{first}; begin the path there, because buyers remember it",
                field="path",
            )


class Standing(NamedTuple):
    """A period whose economy holds the habits of the periods before, not yet solved."""

    economy: eq.Economy  # without habits
    kappa: Any  # [s, i, n] log change of trade costs
    c: Any  # [s, i] log unit cost of the period before
    habits: sourcing.Habits
    speed: sourcing.Speed
    ahead: sourcing.Ahead | None
    leaning: sourcing.Leaning


class Walk:
    """A path under way: the state, the habits and the capital that the last period left behind."""

    def __init__(
        self,
        world: World,
        assumptions: Assumptions,
        capital: Capital | None = None,
        anticipation: Anticipation | None = None,
        tolerance: float = TOLERANCE,
    ) -> None:
        self.world, self.assumptions, self.tolerance = world, assumptions, tolerance
        self.anticipation = anticipation
        self.long = replace(assumptions, horizon=ANY_YEAR).full_elasticity(world)
        self.short = RATIO_ON_IMPACT * self.long
        self.capital, self.K = capital, np.ones(len(world.countries))
        self.K_now = self.K  # of the period taken last
        self.state: eq.State | None = None
        self.habits: sourcing.Habits | None = None
        self._laid: dict[tuple[int, ...], Wedges] = {}  # by the acts' identities

    def wedges_in(self, acts: Sequence[Dated], period: Period) -> Wedges:
        """The mean of the wedges over the days of a period."""
        parts = [
            (share, self._lay(there, period.label)) for share, there in shares_of(acts, period)
        ]
        return mean_wedges(self.world, parts)

    def ahead_in(self, acts: Sequence[Dated], period: Period) -> sourcing.Ahead | None:
        """What buyers expect beyond a period; None if they do not look, or nothing is known."""
        if self.anticipation is None:
            return None
        lay = partial(self._lay, label=period.label)
        return foresee(self.anticipation, self.world, acts, period, lay, np.asarray(self.long))

    def _lay(self, there: tuple[Dated, ...], label: str) -> Wedges:
        key = tuple(map(id, there))
        if key not in self._laid:
            policy = sum((act.policy for act in there), Policy())
            try:
                self._laid[key] = policy.wedges(self.world)
            except InputError as error:
                names = ", ".join(act.name for act in there if act.name)
                raise error.located(field=f"{label} ({names})") from None
        return self._laid[key]

    def lean(
        self, period: Period, wedges: Wedges, ahead: sourcing.Ahead | None = None
    ) -> "Standing":
        """A period before its equilibrium is found: its economy, to which habits are laid."""
        world = self.world
        economy = economy_under(world, wedges, replace(self.assumptions, horizon=period.years))
        K = np.asarray(economy.K).reshape(-1)[wedges.touched]
        try:
            refuse_impossible(world, wedges, K, economy)
        except InputError as error:
            raise error.located(field=period.label) from None
        if self.capital:
            economy = economy._replace(L=economy.L * self.K**self.capital.share)
        speed = sourcing.Speed(1 - np.exp(-SPEED * period.years), self.short, self.long)
        kappa = log_costs(world, wedges)
        state = self.state or eq.start(economy)
        habits = self.habits or sourcing.no_habits(economy)
        leaning = sourcing.lean(economy, kappa, state.c, habits, speed, ahead)
        return Standing(economy, kappa, state.c, habits, speed, ahead, leaning)

    def take(self, period: Period, wedges: Wedges, ahead: sourcing.Ahead | None = None) -> Outcome:
        """One period: its equilibrium; then habits and capital move on."""
        world, standing = self.world, self.lean(period, wedges, ahead)
        leaning, self.K_now = standing.leaning, self.K
        begin = time.perf_counter()
        pre = search.prepare(world, leaning.economy)
        found = search.find(world, leaning.economy, pre, self.tolerance, MAX_ITERATIONS, self.state)
        if not found.residual <= self.tolerance:
            raise NotConverged(f"{period.label}: {why(world, found, MAX_ITERATIONS)}")
        seconds = time.perf_counter() - begin
        self.state = found.state
        self.habits = sourcing.adapt(
            leaning, standing.kappa, found.state.c, found.flows.prices.price, standing.speed
        )
        now = replace(self.assumptions, horizon=period.years)
        outcome = self._outcome(Solved(world, wedges, found, "converged", seconds), now)
        self._save_and_invest(outcome, period.years)
        return outcome

    def left_behind(self) -> xr.Dataset | None:
        """What the last period left behind, labelled; see `course.STATE`."""
        if self.state is None or self.habits is None:
            return None
        arrays = (*self.state, *self.habits, self.K)
        names = {"country": self.world.countries, "sector": self.world.sectors}
        names |= dict.fromkeys(("exporter", "importer"), self.world.countries)
        made = {
            name: (dims, np.array(array))
            for (name, dims), array in zip(STATE.items(), arrays, strict=True)
        }
        return xr.Dataset(made, coords=names)

    def go_on_from(self, course: Course) -> None:
        """Stand where a path ended; it has been checked that it fits."""
        w, c, X, B, lost, K = (course.state[name].values for name in STATE)  # type: ignore[index]
        self.state = eq.State(*map(jnp.asarray, (w, c, X)))
        self.habits = sourcing.Habits(jnp.asarray(B), jnp.asarray(lost))
        self.K = K

    def _outcome(self, solved: Solved, assumptions: Assumptions) -> Outcome:
        world = solved.world
        return Outcome(
            world.name, world.checksum, "", assumptions, solved.status, tuple(world.countries),
            tuple(world.sectors), solved.found.residual, solved.found.passes, solved.seconds,
            solved.quantities(),
        )  # fmt: skip

    def _save_and_invest(self, outcome: Outcome, years: float) -> None:
        """K' = K^(1 - delta) (real income)^delta; delta is that of a period."""
        if self.capital is None:
            return
        kept = (1 - self.capital.depreciation) ** years
        income = 1 + outcome.values["real_income"]
        self.K = self.K**kept * income ** (1 - kept)
