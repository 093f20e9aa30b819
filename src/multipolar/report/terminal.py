"""Answers on a terminal: tables that fit, units in the headings, losses and gains coloured."""

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from multipolar.display.answer import Answer
from multipolar.display.words import written
from multipolar.report.answers import answers
from multipolar.scenario import Run


def plain_console() -> Console:
    """A console that takes no text for markup: titles and stories are the user's own."""
    return Console(markup=False, highlight=False)


def print_run(run: Run, console: Console) -> None:
    """Print a run: title, every answer, what it rests on."""
    scenario, outcome = run.scenario, run.outcome
    day = f" ({scenario.date})" if scenario.date else ""
    console.print(Text(f"{scenario.title}{day}", style="bold"))
    console.print(" ".join(scenario.story.split()))
    for answer in answers(run):
        print_answer(answer, console)
    console.print()
    console.print(Text("Rests on", style="bold"))
    console.print(
        f"World {outcome.world} (checksum {outcome.checksum}). A comparison of two equilibria, "
        "before and after, not a forecast."
    )
    console.print(f"Assumptions: {outcome.assumptions.sentence()}.")
    console.print(
        f"{len(scenario.acts(scenario.date))} acts in force, {len(scenario.facts)} facts from "
        f"the accounts: multipolar evidence {scenario.name}"
    )
    for objection in scenario.contested:
        console.print(f"Evidence: {objection}.")
    console.print(
        f"Equilibrium {outcome.status}: residual {outcome.residual:.0e}, {outcome.iterations} "
        f"passes, {1e3 * outcome.seconds:.0f} ms to solve (compilation apart)."
    )


def print_answer(answer: Answer, console: Console) -> None:
    """Print one answer as a table with its remark."""
    console.print()
    console.print(as_table(answer.shown, answer.title))
    if answer.remark:
        console.print(answer.remark)


def as_table(frame: pd.DataFrame, title: str) -> Table:
    """A data frame as a rich table; changes coloured by sign."""
    table = Table(
        title=Text(title), title_justify="left", title_style="bold", box=None, pad_edge=False
    )
    table.add_column(Text(str(frame.index.name or "")), no_wrap=True)
    for column in frame.columns:
        if _tells(frame[column]):
            table.add_column(Text(column), max_width=40)
        else:
            table.add_column(Text(column), justify="right", overflow="fold", max_width=12)
    for label, row in zip(frame.index, frame.to_numpy(), strict=True):
        cells = [_cell(value, column) for value, column in zip(row, frame.columns, strict=True)]
        table.add_row(Text(str(label)), *cells)
    return table


def _tells(column: pd.Series) -> bool:
    """Whether a column holds sentences rather than numbers and codes."""
    return any(isinstance(value, str) and len(value) > 12 for value in column)


def _cell(value: object, column: str) -> Text:
    text, sign = written(value, column)
    return Text(text, style={-1: "red", 0: "", 1: "green"}[sign])
