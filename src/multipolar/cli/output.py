"""What commands produce: tables for people, JSON, reports."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multipolar.report.document import Report


def print_or_write(data: Mapping[str, Any], target: str) -> None:
    """Print data as JSON (target "-"), or write it to a file."""
    from multipolar.report.files import json_text
    from multipolar.world.files import write_text

    if target == "-":
        sys.stdout.write(json_text(data))
    else:
        write_text(target, json_text(data))


def deliver(
    result: Mapping[str, Any],
    report: "Report",
    out: Path | None,
    json_file: str | None,
    notes: Sequence[str] = (),
    said: Sequence[str] = (),
) -> None:
    """Write the report and the JSON if asked; print the answers and notes for people."""
    from multipolar.display.progress import bars
    from multipolar.report.files import write_report
    from multipolar.report.terminal import plain_console, print_answer

    if out is not None:
        with bars() as on_step:
            write_report(report, result, out, on_step)
    if json_file is not None:
        print_or_write(result, json_file)
    if json_file == "-":
        return
    console = plain_console()
    for sentence in said:
        console.print(sentence)
    for answer in report.answers:
        print_answer(answer, console)
    for note in notes:
        console.print(note)
    say_written(out, json_file)


def say_written(*paths: Path | str | None) -> None:
    """Name the files and folders that were written."""
    from multipolar.report.terminal import plain_console

    for path in paths:
        if path is not None:
            plain_console().print(f"Written: {path}")
