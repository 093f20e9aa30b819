"""The members of a batch: who is searched for together, and who alone.

Almost everything that is asked many times differs from one economy in few cells. Such members share
its kernels (`search.together`); the others are solved one by one.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from threading import Event

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError, NotConverged
from multipolar.model import equilibrium as eq
from multipolar.model import search
from multipolar.model.assumptions import Assumptions
from multipolar.model.economy import (
    Kernels,
    benchmark_kernels,
    economy_under,
    economy_with,
    kernels_at,
)
from multipolar.model.quantities import Quantities
from multipolar.model.search.together import FEW_SLOTS, MOST_CELLS, Arrival, Member
from multipolar.model.solve import purge, refuse_impossible, solve_state
from multipolar.policy import Instrument, Policy
from multipolar.policy.wedges import Wedges
from multipolar.progress import OnStep
from multipolar.world import World

Array = NDArray[np.float64]
Act = Policy | Instrument
Keep = Callable[[int, str, float, int, Quantities | None], None]

FEWEST = FEW_SLOTS // 2  # to be searched for together; fewer are quicker one by one
SMALLEST = 100_000  # cells [s, i, n]; smaller worlds are solved faster than one more compilation


class Batch:
    """The members of a batch, by number, and `keep`, to which every result is given once.

    `keep` gets number, status, residual, passes and, if there is an equilibrium, its quantities.
    """

    def __init__(
        self,
        world: World,
        members: Sequence[tuple[Act, Assumptions]],
        tolerance: float,
        max_iterations: int,
        keep: Keep,
    ) -> None:
        self._world, self._members, self._give = world, members, keep
        self._tolerance, self._limit = tolerance, max_iterations
        self._stop, self._ends = Event(), SimpleQueue[BaseException | None]()

    def run(self, workers: int, on_step: OnStep) -> None:
        """Solve all members on threads; if `on_step` raises, others are not begun any more."""
        pool = ThreadPoolExecutor(workers)
        try:
            for job in self._jobs(workers):
                pool.submit(self._heard, job)
            for done in range(1, len(self._members) + 1):
                if error := self._ends.get():
                    raise error
                on_step("solving", done, len(self._members))
        finally:
            self._stop.set()
            pool.shutdown(cancel_futures=True)

    def _heard(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            self._ends.put(error)

    def _keep(
        self, k: int, status: str, residual: float = np.nan, passes: int = 0,
        found: Quantities | None = None,
    ) -> None:  # fmt: skip
        self._give(k, status, residual, passes, found)
        self._ends.put(None)

    def _jobs(self, workers: int) -> Iterator[Callable[[], None]]:
        """What threads can do side by side: shares of those of one kind, and lone members."""
        kinds: dict[str, list[int]] = {}
        for k, (policy, assumed) in enumerate(self._members):
            if isinstance(policy, Policy | Instrument) and isinstance(assumed, Assumptions):
                kinds.setdefault(_kind(assumed), []).append(k)
            else:
                yield partial(self._alone, k)  # which says what is wrong
        for numbers in kinds.values():
            shares = [numbers[k::workers] for k in range(workers)]
            worth = len(shares[-1]) >= FEWEST and self._world.tariff.size >= SMALLEST
            shared = self._shared(numbers) if worth else None
            if shared is None:
                yield from (partial(self._alone, k) for k in numbers)
            else:
                yield from (partial(self._together, shared, share) for share in shares)

    def _alone(self, k: int, start: eq.State | None = None) -> None:
        if self._stop.is_set():
            return
        policy, assumed = self._members[k]
        try:
            solved = solve_state(self._world, policy, assumed, self._tolerance, self._limit, start)
        except (InputError, NotConverged) as error:
            self._keep(k, f"refused: {error}")
            return
        found = solved.quantities() if solved.converged else None
        self._keep(k, solved.status, solved.found.residual, solved.found.passes, found)

    def _shared(self, numbers: Sequence[int]) -> "Shared | None":
        """The economy whose kernels members share: the benchmark, or the first member's.

        The search begins at the benchmark, or at the first member's equilibrium if that is nearer.
        """
        first, second = (self._members[k] for k in numbers[:2])
        try:
            benchmark = Shared(self._world, Policy(), first[1])
            nearer = Shared(self._world, *first)
            apart = [shared.member(*second)[1] for shared in (benchmark, nearer)]
            sizes = [member.cells.size if member else math.inf for member in apart]
            near = sizes[1] < sizes[0] / 2
            if near or first[0] is second[0]:
                solved = solve_state(self._world, *first, self._tolerance, self._limit)
                for shared in (benchmark, nearer) if solved.converged else ():
                    shared.start = solved.found.state
        except (InputError, NotConverged):
            return None
        return nearer if near else benchmark

    def _together(self, shared: "Shared", numbers: Sequence[int]) -> None:
        laid_out: dict[int, Wedges] = {}
        members = self._seatable(shared, numbers, laid_out)
        few = len(numbers) < 3 * FEW_SLOTS
        for arrival in search.find_together(
            shared.pre, members, shared.start, self._tolerance, self._limit, few=few
        ):
            self._arrived(shared, arrival, laid_out.pop(arrival.number))

    def _seatable(
        self, shared: "Shared", numbers: Sequence[int], laid_out: dict[int, Wedges]
    ) -> Iterator[tuple[int, Member]]:
        """Those who can be searched for together; the others are done with on the way."""
        for k in numbers:
            if self._stop.is_set():
                return
            try:
                wedges, member = shared.member(*self._members[k])
            except InputError as error:
                self._keep(k, f"refused: {error}")
                continue
            if member is None:
                self._alone(k)
            else:
                laid_out[k] = wedges
                yield k, member

    def _arrived(self, shared: "Shared", arrival: Arrival, wedges: Wedges) -> None:
        k, state, flows, residual, passes = arrival
        if not residual <= self._tolerance:
            self._alone(k)
            return
        assumed = self._members[k][1]
        economy = partial(economy_under, shared.world, wedges, assumed)
        kappa = assumed.labour_elasticity
        found = Quantities(shared.world, wedges, state, flows, kappa, economy)
        self._keep(k, "converged", residual, passes, found)


class Shared:
    """An economy whose kernels a batch shares: that of a policy, under some assumptions."""

    def __init__(self, world: World, policy: Act, assumed: Assumptions) -> None:
        self.world = purge(world, assumed) if assumed.deficits == "purged" else world
        wedges = policy.wedges(self.world)
        economy = economy_under(self.world, wedges, assumed)
        self.start = eq.start(economy)  # where searches begin
        self.pre = search.prepare(self.world, economy)
        self._kernels = Kernels(economy.K, economy.K_border, economy.K_taxed)
        self._touched = wedges.touched
        self._before, self._flat = (
            [np.asarray(array).reshape(-1) for array in kernels]
            for kernels in (benchmark_kernels(self.world), self._kernels)
        )

    def member(self, policy: Act, assumed: Assumptions) -> tuple[Wedges, Member | None]:
        """A member of the batch; None if it differs in too many cells, or has rents.

        Raises `InputError` for a policy that does not fit.
        """
        wedges = policy.wedges(self.world)
        if wedges.touched.size + self._touched.size > MOST_CELLS:
            return wedges, None
        economy = economy_with(self.world, self._kernels, wedges, assumed)
        new = kernels_at(self.world, wedges, assumed.trade_elasticity(self.world))
        refuse_impossible(self.world, wedges, new.K, economy)
        cells = np.union1d(wedges.touched, self._touched)
        at = np.searchsorted(cells, wedges.touched)
        more = []
        for before, shared, mine in zip(self._before, self._flat, new, strict=True):
            own = before[cells]
            own[at] = mine
            more.append(own - shared[cells])
        differs = np.flatnonzero(np.any(more, axis=0))
        if economy.rents is not None or differs.size > MOST_CELLS // 2:
            return wedges, None
        return wedges, Member(economy, cells[differs], *(array[differs] for array in more))


def _kind(assumed: Assumptions) -> str:
    """Equal for assumptions under which members can share everything but what `OWN` lists."""
    given = assumed.as_dict()
    if assumed.deficits != "purged" and assumed.supply != "fixed-firms":
        del given["elasticities"]  # it changes neither the benchmark nor the profits
    return repr(sorted(given.items()))
