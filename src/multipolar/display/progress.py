"""The one place that draws progress bars: on a terminal's standard error, after a short wait."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from multipolar.progress import OnStep, heeding, quiet


@contextmanager
def bars() -> Iterator[OnStep]:
    """A function to call with the name of each step; draws on a terminal, is quiet elsewhere."""
    if not sys.stderr.isatty():
        yield heeding(quiet)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, transient=True, console=Console(stderr=True)) as drawn:
        task = drawn.add_task("starting", total=None)
        shown = ""

        def on_step(text: str, done: int = 0, total: int = 0) -> None:
            nonlocal shown
            if text != shown:
                drawn.reset(task)
            shown = text
            drawn.update(task, description=text, completed=done, total=total or None)

        yield heeding(on_step)
