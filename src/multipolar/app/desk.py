"""The desk: as many solves at once as there are cores, a queue with an end, a limit of time.

So memory is bounded whatever arrives: a waiting request is a few kilobytes, and only those at work
hold arrays.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from multipolar.model.batch import cores

T = TypeVar("T")

QUEUE = 200  # requests that may wait
PATIENCE = 60.0  # seconds from asking to answer, at most


class Busy(RuntimeError):  # noqa: N818  (a state of the desk, not a fault)
    """Too many are waiting, or it took too long; ask again later."""


class Desk:
    """Runs jobs on threads, a bounded number of them waiting."""

    def __init__(
        self, workers: int | None = None, queue: int = QUEUE, patience: float = PATIENCE
    ) -> None:
        self.workers = workers or cores()
        self.queue, self.patience = queue, patience
        self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="solve")
        self._inside = 0

    async def run(self, job: Callable[[], T]) -> T:
        """Run a job in its turn; raises `Busy` when the queue is full or time is up.

        A job whose time is up is finished and thrown away: a solve cannot be stopped half-way, but
        ends by itself, for its passes are limited.
        """
        if self._inside >= self.workers + self.queue:
            raise Busy("too many requests are waiting; try again in a few seconds")
        self._inside += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, job)
        future.add_done_callback(self._leave)
        try:
            return await asyncio.wait_for(asyncio.shield(future), self.patience)
        except TimeoutError:
            future.cancel()
            raise Busy(f"no answer within {self.patience:g} seconds; ask for less") from None

    def _leave(self, future: "asyncio.Future[T]") -> None:
        self._inside -= 1
        if not future.cancelled():
            future.exception()  # looked at, so that an answer nobody waits for is no complaint

    def close(self) -> None:
        """Finish what is at work; nothing more is taken."""
        self._pool.shutdown(wait=False, cancel_futures=True)
