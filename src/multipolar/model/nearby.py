"""Many equilibria near one: tariffs moved in few cells, searched for side by side.

A move is a list of cells (flat, as in `wedges.Wedges.touched`) and the tariffs that they get. On
the world that ships, moves share the kernels of the policy from which they start
(`search.together`); those that do not arrive there, and small worlds, are solved one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import NotConverged
from multipolar.model import members, search
from multipolar.model.batch import cores
from multipolar.model.gradient import Model, income_change
from multipolar.model.search.together import FEW_SLOTS, MOST_CELLS, Member
from multipolar.model.solve import MAX_ITERATIONS
from multipolar.progress import OnStep, quiet

Array = NDArray[np.float64]
Move = tuple[NDArray[np.intp], Array]

TOLERANCE = 1e-12  # of the conditions, side by side


@dataclass(frozen=True)
class Nearby:
    """`real_income` [move, country]: change against the benchmark, fraction; NaN for a failure.

    `failed`: why a move has no equilibrium, by number.
    """

    real_income: Array
    failed: Mapping[int, str]


def incomes_at(model: Model, moves: Sequence[Move], on_step: OnStep = quiet) -> Nearby:
    """Real income under each move of a model's tariffs; searches begin at its equilibrium.

    `on_step` hears of every move that is done; if it raises, others are not begun any more.
    """
    found = _Search(model, moves)
    shares = [list(range(len(moves)))[k :: cores()] for k in range(cores())]
    large = model.fixed.share.size >= members.SMALLEST
    together = large and len(shares[-1]) >= members.FEWEST
    pool = ThreadPoolExecutor(cores())
    try:
        for share in shares:
            pool.submit(found.work, share, together=together)
        for done in range(1, len(moves) + 1):
            if isinstance(ended := found.ends.get(), BaseException):
                raise ended
            on_step("solving", done, len(moves))
    finally:
        found.stop.set()
        pool.shutdown(cancel_futures=True)
    return Nearby(found.real_income, found.failed)


class _Search:
    """The moves, and what has been found of them; `ends` hears of each once."""

    def __init__(self, model: Model, moves: Sequence[Move]) -> None:
        self._model, self._moves = model, moves
        self._kernels = [np.asarray(kernel).ravel() for kernel in model.kernels]
        self.real_income = np.full((len(moves), model.real_income.size), np.nan)
        self.failed: dict[int, str] = {}
        self.stop, self.ends = Event(), SimpleQueue[BaseException | None]()

    def work(self, numbers: Sequence[int], *, together: bool) -> None:
        """Solve some of the moves; an error goes to whoever waits."""
        try:
            if together:
                self._together(numbers)
            else:
                for k in numbers:
                    self._alone(k)
        except BaseException as error:
            self.ends.put(error)

    def _alone(self, k: int) -> None:
        if self.stop.is_set():
            return
        try:
            self.real_income[k] = self._model.at_tariffs(*self._moves[k]).real_income
        except NotConverged as error:
            self.failed[k] = str(error)
        self.ends.put(None)

    def _together(self, numbers: Sequence[int]) -> None:
        fixed, few = self._model.fixed, len(numbers) < 3 * FEW_SLOTS
        for k, _, flows, residual, _ in search.find_together(
            fixed.pre, self._seatable(numbers), fixed.state, TOLERANCE, MAX_ITERATIONS, few=few
        ):
            if not residual <= TOLERANCE:
                self._alone(k)
                continue
            self.real_income[k] = income_change(np.asarray(fixed.income), flows)
            self.ends.put(None)

    def _seatable(self, numbers: Sequence[int]) -> Iterator[tuple[int, Member]]:
        """Those who can be searched for together; the others are done with on the way."""
        for k in numbers:
            if self.stop.is_set():
                return
            cells, rates = self._moves[k]
            order = np.argsort(cells)
            cells = cells[order]
            new = self._model.kernels_at(cells, rates[order])
            more = [mine - known[cells] for mine, known in zip(new, self._kernels, strict=True)]
            differs = np.flatnonzero(np.any(more, axis=0))
            if differs.size > MOST_CELLS // 2:
                self._alone(k)
                continue
            own = (array[differs] for array in more)
            yield k, Member(self._model.fixed.economy, cells[differs], *own)
