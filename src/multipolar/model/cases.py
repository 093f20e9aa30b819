"""Cases side by side: each is solved, read, and forgotten; memory holds as many as there are cores.

This is the one seam between questions that are asked of many cases and how batches are solved.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from multipolar.model.batch import cores
from multipolar.model.case import Case
from multipolar.progress import OnStep, quiet


def read_each(
    cases: Sequence[Case],
    read: Callable[[int], None],
    text: str = "solving",
    on_step: OnStep = quiet,
) -> None:
    """Let `read(k)` read the outcome of each case, on threads; a case forgets its own afterwards.

    `read` must not raise what concerns one case alone. `on_step` hears of every case that is done;
    if it raises, cases that have not begun are not begun.
    """

    def member(k: int) -> None:
        read(k)
        cases[k].forget()

    pool = ThreadPoolExecutor(cores())
    try:
        jobs = [pool.submit(member, k) for k in range(len(cases))]
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            on_step(text, done, len(jobs))
    finally:
        pool.shutdown(cancel_futures=True)
