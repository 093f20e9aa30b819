"""Running: gives the chunks of a design to workers, writes what comes back, and can be resumed."""

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multipolar.errors import InputError
from multipolar.progress import OnStep, quiet
from multipolar.scenario import Scenario
from multipolar.sweep import shards
from multipolar.sweep.design import Design
from multipolar.sweep.executors import Make, processes
from multipolar.sweep.members import Members

AHEAD = 2  # chunks given out for each worker: one at work, one waiting; so memory is bounded
LOST = 3  # times that all workers may be lost before the sweep gives up


@dataclass(frozen=True)
class Swept:
    """What a sweep did: where, how many scenarios and failures there are, what was there before."""

    folder: Path
    scenarios: int
    failed: int
    found: int  # scenarios that earlier runs had finished
    seconds: float

    @property
    def rate(self) -> float:
        """Scenarios a second that this run solved."""
        return (self.scenarios - self.found) / self.seconds if self.seconds else 0.0


def run(
    design: Design | str | Path | dict[str, Any],
    folder: str | Path,
    *,
    executor: tuple[Make, int] | None = None,
    on_step: OnStep = quiet,
) -> Swept:
    """Solve the scenarios of a design into a folder; those that are there already are kept.

    `design`: a `Design`, a TOML file, or its fields. `executor`: `processes()` (the default) or
    `dask(address)`. A scenario without an equilibrium is a row whose status says why. Killed at any
    moment, the same call goes on where it was. Raises `InputError` for a design that makes no
    sense and for a folder that cannot be written.
    """
    members = members_of(design)
    folder = Path(folder)
    made = shards.fingerprint(members)
    shards.begin(folder, members, made)
    known = members.design
    left = [
        chunk
        for chunk in range(known.chunks)
        if not shards.is_there(folder, made, chunk, len(known.numbers(chunk)))
    ]
    total = sum(len(known.numbers(chunk)) for chunk in left)
    text = f"solving {total:,} of {known.size:,} scenarios" if left else "all there"
    begin, done = time.perf_counter(), 0
    on_step(text, 0, total)
    for chunk, content in _worked(members, made, left, executor or processes()):
        shards.write(folder, made, chunk, content)
        done += len(known.numbers(chunk))
        on_step(text, done, total)
    seconds = time.perf_counter() - begin
    return Swept(folder, known.size, shards.failures(folder).total(), known.size - total, seconds)


def members_of(design: Design | str | Path | dict[str, Any]) -> Members:
    """A design on its scenario and world, checked."""
    if isinstance(design, dict):
        design = Design.from_data(design)
    elif not isinstance(design, Design):
        design = Design.load(design)
    scenario = design.find_scenario()
    return Members(design, scenario, scenario.benchmark()).check()


def _worked(
    members: Members, made: str, left: list[int], executor: tuple[Make, int]
) -> Iterator[tuple[int, bytes]]:
    """The shards that are left, as they are finished; lost workers are replaced a few times."""
    make, workers = executor
    missing, lost = list(left), 0
    while missing:
        with make() as pool:
            try:
                for chunk, content in _stream(pool, members, made, list(missing), workers):
                    yield chunk, content
                    missing.remove(chunk)
            except BrokenProcessPool:
                lost += 1
                if lost >= LOST:
                    raise InputError(
                        "the workers were killed again and again (is there enough memory?); "
                        "what is finished is kept",
                        field="workers",
                    ) from None


def _stream(
    pool: Executor, members: Members, made: str, chunks: list[int], workers: int
) -> Iterator[tuple[int, bytes]]:
    """Give out chunks, a few ahead of the workers, and yield what comes back."""
    waiting, out = iter(chunks), set[Future[tuple[int, bytes]]]()
    task = (members.design, members.scenario, made)
    try:
        while True:
            for chunk in waiting:
                out.add(pool.submit(work, *task, chunk))
                if len(out) >= AHEAD * workers:
                    break
            if not out:
                return
            done, out = wait(out, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        for future in out:
            future.cancel()


_HELD: dict[str, Members] = {}  # in a worker: the sweep at work, with its world


def work(design: Design, scenario: Scenario, made: str, chunk: int) -> tuple[int, bytes]:
    """Solve a chunk; its number, and its shard as bytes. Runs in a worker."""
    members = _HELD.get(made)
    if members is None:
        _HELD.clear()
        members = _HELD[made] = Members(design, scenario, scenario.benchmark())
    columns = members.solved(members.design.numbers(chunk))
    return chunk, shards.packed(columns, made, chunk)
