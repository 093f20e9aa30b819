"""Executors: where the chunks of a sweep are worked, behind the interface of concurrent.futures.

This file imports no solver: a new process runs `_settle` first, and what a core may use is decided
when JAX is imported.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from multipolar.errors import InputError

Make = Callable[[], AbstractContextManager[Executor]]
LOOK = 1.0  # seconds between looks whether the parent is alive


def processes(workers: int | None = None) -> tuple[Make, int]:
    """Processes on this machine, by default one for each core: how to make them, how many.

    They are spawned, each bound to a core of its own where the system allows it before it imports
    the solver, and end by themselves when their parent is killed.
    """
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    count = workers or len(allowed) or os.cpu_count() or 1
    if count < 1:
        raise InputError(f"needs at least one worker, not {count}", field="workers")

    def make() -> Executor:
        context = multiprocessing.get_context("spawn")
        cores = context.Queue()
        for k in range(count):
            cores.put(allowed[k % len(allowed)] if allowed else -1)
        return ProcessPoolExecutor(count, context, _settle, (cores, os.getpid()))

    return make, count


def dask(address: str) -> tuple[Make, int]:
    """The workers of a Dask cluster: how to reach them, how many threads they have together.

    A chunk whose worker is lost is given to another. Raises `InputError` if there is no cluster at
    the address, or if `distributed` is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "needs the packages of the extra: pip install 'multipolar[dask]'", file="--dask"
        ) from None
    connect: Any = Client
    try:
        with connect(address, timeout=20) as client:
            threads = sum(client.nthreads().values())
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"no Dask cluster there ({error})", file="--dask", field=address) from None

    @contextmanager
    def make() -> Iterator[Executor]:
        with connect(address) as client:
            yield client.get_executor(retries=3, pure=False)

    return make, max(1, threads)


def _settle(cores: Any, parent: int) -> None:
    """What a new process does before it works: take a core, end at once and silently on Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    core = cores.get()
    if core >= 0 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process once its parent has gone: a killed parent cannot tell it to."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)
