"""The desk: as many solves at once as there are cores, a queue with an end, a limit of time.

So memory is bounded whatever arrives: a waiting request is a few kilobytes, and only those at work
hold arrays. Questions that take long have a desk of their own, so that they hold up no slider.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from multipolar.model.batch import cores
from multipolar.progress import Cancelled, OnStep

T = TypeVar("T")
Gone = Callable[[], Awaitable[bool]]

QUEUE = 200  # requests that may wait
LONG_WORKERS = 1  # long questions at work: another core is left to those who move a slider
LONG_QUEUE = 20  # long questions that may wait
PATIENCE = 60.0  # seconds from asking to answer, at most
LONGEST = 900.0  # seconds that a long question may take
FIRST = asyncio.FIRST_COMPLETED
LOOK = 0.5  # seconds between looks whether somebody still waits


class Busy(RuntimeError):  # noqa: N818  (a state of the desk, not a fault)
    """Too many are waiting, or it took too long; ask again later."""


async def here() -> bool:
    """Whether the reader has gone: never, where nobody can tell."""
    return False


class Desk:
    """Runs jobs on threads, a bounded number of them waiting."""

    def __init__(
        self, workers: int | None = None, queue: int = QUEUE, patience: float = PATIENCE
    ) -> None:
        self.workers = workers or cores()
        self.queue, self.patience = queue, patience
        self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="solve")
        self._inside, self._lock = 0, threading.Lock()

    async def run(self, job: Callable[[], T], gone: Gone = here) -> T:
        """Run a job in its turn; raises `Busy` when the queue is full or time is up.

        A job that nobody waits for any more is not begun. One whose time is up is finished and
        thrown away: a solve cannot be stopped half-way, but ends by itself, for its passes are
        limited.
        """
        begun, future = self._submit(job)
        clock = asyncio.get_running_loop().time
        end = clock() + self.patience
        while not future.done():
            left = end - clock()
            if left <= 0:
                begun.cancel()
                raise Busy(f"no answer within {self.patience:g} seconds; ask for less")
            await asyncio.wait({future}, timeout=min(LOOK, left))
            if not future.done() and await gone():
                begun.cancel()
                raise Busy("nobody waits for the answer")
        return future.result()

    async def stream(self, job: Callable[[OnStep], Any]) -> AsyncIterator[str]:
        """Run a long job; yields a line of JSON for each step, then one with what it returns.

        When the reader goes, or the time is up, a job at work is stopped at its next step and one
        that waits is not begun. Raises `Busy` as `run` does.
        """
        steps: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        loop, stop = asyncio.get_running_loop(), threading.Event()

        def on_step(text: str, done: int = 0, total: int = 0) -> None:
            if stop.is_set():
                raise Cancelled
            loop.call_soon_threadsafe(
                steps.put_nowait, {"step": text, "done": done, "total": total}
            )

        if self._inside >= self.workers:
            on_step("waiting for its turn")

        def unless_gone() -> Any:
            if stop.is_set():
                raise Cancelled
            return job(on_step)

        begun, future = self._submit(unless_gone)
        end = loop.time() + self.patience
        waiting = asyncio.ensure_future(steps.get())
        try:
            while not (future.done() and steps.empty() and not waiting.done()):
                left = end - loop.time()
                if left <= 0:
                    raise Busy(f"no answer within {self.patience:g} seconds; ask for less")
                await asyncio.wait({future, waiting}, timeout=left, return_when=FIRST)
                if waiting.done():
                    yield json.dumps(waiting.result()) + "\n"
                    waiting = asyncio.ensure_future(steps.get())
                    await asyncio.sleep(0)
            yield json.dumps({"answer": future.result()}, allow_nan=False) + "\n"
        finally:
            stop.set()
            waiting.cancel()
            begun.cancel()

    def _submit(self, job: Callable[[], T]) -> "tuple[Future[T], asyncio.Future[T]]":
        """A job in the queue: the thread's own future, which can be cancelled, and one to await."""
        if self._inside >= self.workers + self.queue:
            raise Busy("too many requests are waiting; try again in a few seconds")
        self._count(1)
        begun = self._pool.submit(job)
        # Not when nobody waits for it any more: it is inside until it has ended.
        begun.add_done_callback(lambda _: self._count(-1))
        future = asyncio.wrap_future(begun)
        future.add_done_callback(_look)
        return begun, future

    def _count(self, more: int) -> None:
        with self._lock:
            self._inside += more

    def close(self) -> None:
        """Finish what is at work; nothing more is taken."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _look(future: "asyncio.Future[Any]") -> None:
    """Look at what it raised, so that an answer nobody waits for is no complaint."""
    if not future.cancelled():
        future.exception()
