"""What commands hand over: tables for people, JSON, reports; and bars while they work."""

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

    from multipolar.model import Assumptions
    from multipolar.report import Answer
    from multipolar.report.document import Report
    from multipolar.world import World


def print_or_write(data: dict[str, Any], target: str) -> None:
    """Print data as JSON (target "-"), or write it to a file."""
    from multipolar.report.files import json_text
    from multipolar.world.files import write_text

    if target == "-":
        sys.stdout.write(json_text(data))
    else:
        write_text(target, json_text(data))


def hand_over(
    answers: list["Answer"],
    data: Any,
    world: "World",
    assumptions: "Assumptions",
    out: Path | None,
    json_file: str | None,
    horizons: Mapping[str, "Assumptions"] | None = None,
) -> None:
    """Print answers; write the report of them, or the JSON, where asked.

    `horizons`: those asked for by name, if more than that of the assumptions.
    """
    horizons = horizons or {}
    notes = ["", f"World {world.name} (checksum {world.checksum}). {assumptions.sentence()}."]
    if len(horizons) > 1:
        notes.append("Short run: elasticities after one year (docs/assumptions.md).")
    notes.append("A comparison of two equilibria, not a forecast; no finance, no single products.")
    result = _result(answers, data, world, assumptions, horizons)
    deliver(result, _report(answers, world, assumptions), out, json_file, notes)


def deliver(
    result: dict[str, Any],
    report: "Report",
    out: Path | None,
    json_file: str | None,
    notes: Sequence[str] = (),
) -> None:
    """Write the report and the JSON where asked; print the answers and notes for people."""
    from multipolar.report.files import finite, write_report
    from multipolar.report.terminal import plain_console, print_answer

    result = finite(result)
    if out is not None:
        write_report(report, result, out)
    if json_file is not None:
        print_or_write(result, json_file)
    if json_file == "-":
        return
    console = plain_console()
    for answer in report.answers:
        print_answer(answer, console)
    for note in notes:
        console.print(note)
    for path in (out, json_file):
        if path is not None:
            console.print(f"Written: {path}")


def _result(
    answers: list["Answer"],
    data: Any,
    world: "World",
    assumptions: "Assumptions",
    horizons: Mapping[str, "Assumptions"],
) -> dict[str, Any]:
    """What is printed with --json."""
    import multipolar

    return {
        "question": [answer.title for answer in answers],
        "world": world.name,
        "world_checksum": world.checksum,
        "version": multipolar.__version__,
        "assumptions": assumptions.as_dict(),
        "horizons": {name: end.horizon for name, end in horizons.items()},
        "units": "losses and shares are fractions; costs and imports million USD a year",
        "result": data,
    }


def _report(answers: list["Answer"], world: "World", assumptions: "Assumptions") -> "Report":
    """The answers as a report, with the command that made them."""
    import multipolar
    from multipolar.report.document import Report

    return Report(
        title=answers[0].title,
        question="",
        headline=[answer.remark for answer in answers if answer.remark],
        answers=answers,
        assumptions=assumptions.rows(),
        acts=[],
        evidence=[],
        provenance=[
            ("World", f"{world.name}, checksum {world.checksum}"),
            ("Software", f"multipolar {multipolar.__version__}"),
        ],
        command=shlex.join(["multipolar", *sys.argv[1:]]),
    )


@contextmanager
def progress_bar() -> "Iterator[Progress]":
    """A progress bar on a terminal; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(transient=True, console=console, disable=not sys.stderr.isatty()) as bar:
        yield bar


@contextmanager
def steps() -> "Iterator[Any]":
    """Something to call with the name of each long step as it begins."""
    with progress_bar() as bar:

        def on_step(text: str) -> None:
            for task in bar.task_ids:
                bar.remove_task(task)
            bar.add_task(text, total=None)

        yield on_step


@contextmanager
def rounds(what: str) -> "Iterator[Any]":
    """Something to call after each round of a game."""
    with progress_bar() as bar:
        task = bar.add_task(what, total=None)

        def on_round(count: int, slope: float) -> None:
            bar.update(task, description=f"{what}: round {count}, largest slope left {slope:.0e}")

        yield on_round
