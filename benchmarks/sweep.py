"""Sweeps under load: throughput and memory, kill -9 and resume, a Dask cluster that loses a worker.

python benchmarks/sweep.py long [SCENARIOS] [FOLDER]   throughput, memory, bytes
python benchmarks/sweep.py kill [SCENARIOS]            kill -9 three times, resume, compare
python benchmarks/sweep.py dask [SCENARIOS]            two workers, one killed, compare
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from multipolar import sweep

DESIGN = """
scenario = "may-2025"
kind = "sobol"
count = {count}
chunk = {chunk}
[[vary]]
what = "us-reciprocal-china.rate"
low = 0.0
high = 1.5
[[vary]]
what = "us-reciprocal-others.rate"
low = 0.0
high = 0.3
[[vary]]
what = "china-retaliation.rate"
low = 0.0
high = 1.5
[[vary]]
what = "priors"
"""
KIB = 1024


def design_of(folder: Path, count: int, chunk: int) -> Path:
    """The design as a file: three tariffs and all elasticities, a Sobol sample."""
    path = folder / f"design-{count}-{chunk}.toml"
    path.write_text(DESIGN.format(count=count, chunk=chunk))
    return path


def started(design: Path, out: Path) -> subprocess.Popen[bytes]:
    """The command in a process group of its own."""
    command = [sys.executable, "-m", "multipolar.cli", "sweep", str(design), "--out", str(out)]
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603  (our own command)


def family(process: int) -> list[int]:
    """A process and all that descend from it."""
    children = Path(f"/proc/{process}/task/{process}/children")
    own = children.read_text().split() if children.exists() else []
    return [process, *(each for child in own for each in family(int(child)))]


def resident(process: int) -> int:
    """Memory of one process, bytes; 0 once it has gone."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    lines = [line for line in text.splitlines() if line.startswith("VmRSS")]
    return int(lines[0].split()[1]) * KIB if lines else 0


def shards(out: Path) -> int:
    """How many shards there are."""
    return len(list(out.glob("shards/[!.]*.parquet")))


def long(count: int, folder: Path) -> None:
    """Throughput, the memory of all processes over time, and the bytes of a scenario."""
    out, design = folder / f"long-{count}", design_of(folder, count, 1000)
    begin, seen, first = time.perf_counter(), [], None
    process = started(design, out)
    while process.poll() is None:
        done = shards(out)
        if done and first is None:
            first = time.perf_counter() - begin
        memory = [resident(each) for each in family(process.pid)]
        seen.append((time.perf_counter() - begin, done, sum(memory)))
        time.sleep(2)
    seconds = time.perf_counter() - begin
    size = sum(path.stat().st_size for path in out.glob("shards/[!.]*.parquet"))
    print(f"{count:,} scenarios in {seconds:,.0f} s: {count / seconds:.0f} a second")
    print(f"  first shard after {first or 0:.0f} s; {size / count:,.0f} bytes a scenario on disk")
    for at in (0.1, 0.25, 0.5, 0.75, 0.95):
        when, done, memory = seen[int(at * len(seen))]
        print(f"  after {when:,.0f} s: {done} shards, {memory / 1e6:,.0f} MB in all processes")
    status = sweep.table(out, ["status"])["status"]
    print(f"  {int((status != 'converged').sum()):,} without an equilibrium")


def same(one: Path, other: Path) -> str:
    """Whether two sweeps are the same table, every number equal."""
    first, second = sweep.table(one), sweep.table(other)
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    if list(first.index) != list(range(len(first))):
        return "NOT the same: scenarios are missing or doubled"
    return f"the same table: {len(first):,} rows, {first.shape[1]} columns, every number equal"


def kill(count: int, folder: Path) -> None:
    """Killed three times at a random moment, resumed; against a sweep that was left alone."""
    design, out = design_of(folder, count, 100), folder / "killed"
    dice = random.Random(7)  # noqa: S311  (no secret)
    for round_ in range(3):
        before = shards(out)
        process = started(design, out)
        while shards(out) <= before:
            time.sleep(0.05)
        time.sleep(dice.uniform(0, 4))
        orphans = family(process.pid)[1:]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(3)
        alive = sum(Path(f"/proc/{each}").exists() for each in orphans)
        print(f"kill -9 number {round_ + 1}: {shards(out)} shards of {count // 100} are there; "
              f"{alive} of {len(orphans)} processes live on after 3 s")  # fmt: skip
    started(design, out).wait()
    started(design, folder / "whole").wait()
    print(same(out, folder / "whole"))


def dask(count: int, folder: Path) -> None:
    """A local Dask cluster of two workers, one killed in the middle; against processes."""
    from threading import Thread

    from distributed import Client, LocalCluster

    design, out = design_of(folder, count, 100), folder / "dask"

    def killer(client: Client) -> None:
        while shards(out) < 2:
            time.sleep(0.05)
        victim = next(iter(client.run(os.getpid).values()))
        os.kill(victim, signal.SIGKILL)
        print(f"one of two workers killed after {shards(out)} shards of {count // 100}")

    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        Thread(target=killer, args=(client,), daemon=True).start()
        begin = time.perf_counter()
        sweep.run(design, out, executor=sweep.dask(cluster.scheduler_address))
        print(f"{count:,} scenarios in {time.perf_counter() - begin:.0f} s")
    sweep.run(design, folder / "processes")
    print(same(out, folder / "processes"))


if __name__ == "__main__":
    what = {"long": long, "kill": kill, "dask": dask}[sys.argv[1]]
    number = int(sys.argv[2]) if len(sys.argv) > 2 else {"long": 10_000}.get(sys.argv[1], 2000)
    if len(sys.argv) > 3:
        what(number, Path(sys.argv[3]))
    else:
        with tempfile.TemporaryDirectory() as made:
            what(number, Path(made))
