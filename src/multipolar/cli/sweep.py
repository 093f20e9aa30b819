"""The command that solves many scenarios from one design."""

import sys
import time

import click

from multipolar.errors import NotConverged
from multipolar.progress import OnStep

SHOWN = 3  # reasons of failures that are shown
EVERY = 60.0  # seconds between lines of progress where there is no terminal


@click.command()
@click.argument("design")
@click.option("--out", required=True, metavar="FOLDER", help="Folder for the results.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes on this machine. [default: one for each core]",
)
@click.option("--dask", metavar="ADDRESS", help="A Dask cluster instead: tcp://scheduler:8786.")
def sweep(design: str, out: str, workers: int | None, dask: str | None) -> None:
    """Solve many scenarios from one design; killed, the same command goes on where it was.

    DESIGN: a TOML file (docs/sweeps.md). FOLDER gets Parquet files of about 1,000 scenarios each.
    """
    from multipolar.display.progress import bars
    from multipolar.report.terminal import plain_console
    from multipolar.sweep.executors import dask as cluster
    from multipolar.sweep.executors import processes
    from multipolar.sweep.running import run

    executor = cluster(dask) if dask else processes(workers)
    with bars() as on_step:
        told = on_step if sys.stderr.isatty() else lines(on_step)
        done = run(design, out, executor=executor, on_step=told)
    console = plain_console()
    new = done.scenarios - done.found
    there = f", {done.found:,} were there" if done.found else ""
    console.print(
        f"{done.scenarios:,} scenarios in {out}{there}: {new:,} done in {done.seconds:,.0f} s "
        f"({done.rate:,.1f} a second). {done.failed:,} of all were refused or have no equilibrium."
    )
    console.print(f"Next: multipolar.sweep.table({out!r}) in Python.")
    if done.failed == done.scenarios:
        raise NotConverged(f"no scenario has an answer; {_reasons(out)}")
    if done.failed:
        console.print(f"Without an answer: {_reasons(out)}.")


def _reasons(folder: str) -> str:
    """The most frequent reasons of failures, with their number."""
    from multipolar.sweep.shards import failures

    counts = failures(folder).most_common(SHOWN)
    return "; ".join(f"{count:,} x {reason}" for reason, count in counts)


def lines(on_step: OnStep) -> OnStep:
    """Progress as a line a minute on standard error, for logs: how far, and how long it will take.

    The estimate is the pace of this run so far; what an earlier run finished does not count.
    """
    begin = last = time.monotonic()

    def told(text: str, done: int = 0, total: int = 0) -> None:
        nonlocal last
        on_step(text, done, total)
        now = time.monotonic()
        if done and (now - last >= EVERY or done == total):
            last = now
            left = (now - begin) / done * (total - done)
            ahead = f", about {left / 60:.0f} minutes left" if done < total else ""
            sys.stderr.write(f"{text}: {done:,} done{ahead}\n")
            sys.stderr.flush()

    return told
