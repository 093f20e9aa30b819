"""Answers on a terminal: the headline, tables that fit, units in headings, changes coloured."""

import datetime as dt
from typing import Literal

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from multipolar.display.answer import Answer
from multipolar.display.words import written
from multipolar.model.course import along_a_path
from multipolar.model.path import on_a_path
from multipolar.report.headline import headline
from multipolar.scenario import Run, Verdict
from multipolar.scenario.claim import counted

GAP = 2  # columns between the columns of a table
LABEL = 30  # columns that a row's label takes before it is wrapped
SENTENCE = 40  # columns that a text takes before it is wrapped
STYLES = {-1: "red", 0: "", 1: "green"}


def plain_console() -> Console:
    """A console that does not read text as markup: titles and stories are the user's own."""
    return Console(markup=False, highlight=False)


def print_run(run: Run, console: Console) -> None:
    """Print a run: title, headline, every answer, what it rests on, what to do next."""
    scenario = run.scenario
    day = f" ({scenario.date})" if scenario.date else ""
    console.print(Text(f"{scenario.title}{day}", style="bold"))
    if scenario.story.strip():
        console.print(" ".join(scenario.story.split()))
    console.print()
    console.print(Text("In short", style="bold"))
    for sentence in headline(run):
        console.print(f"- {sentence}")
    for answer in run.answers:
        print_answer(answer, console)
    console.print()
    console.print(Text("Rests on", style="bold"))
    _print_worlds(run, console)
    acts, facts = len(scenario.acts(scenario.date)), len(scenario.facts)
    console.print(
        f"{acts} {'act' if acts == 1 else 'acts'} in force, {facts} "
        f"{'fact' if facts == 1 else 'facts'} from the accounts."
    )
    if age := scenario.age(dt.date.today()):
        console.print(age)
    for finding, number in run.verdicts:
        if not finding.holds(number):
            console.print(f"Expected, but not found: {finding.says} (it is {number:+.4g}).")
    for objection in scenario.contested:
        console.print(f"Evidence: {objection}.")
    for kind, reason in run.not_asked.items():
        console.print(f"Not asked: {kind}, because {reason}.")
    if run.only_gas:
        return
    outcome = run.outcome
    console.print(
        f"Equilibrium {outcome.status}: residual {outcome.residual:.0e}, {outcome.iterations} "
        f"passes, {1e3 * outcome.seconds:.0f} ms to solve (compilation apart)."
    )


def _print_worlds(run: Run, console: Console) -> None:
    """Print the world and the gas network that a run rests on, and the assumptions."""
    if run.only_gas:
        solved = "solved only for what gas does to incomes" if run.on_trade else "not solved"
        console.print(f"Gas network {run.scenario.network}; trade was {solved}.")
    else:
        if run.scenario.network:
            console.print(f"Gas network {run.scenario.network}.")
        console.print(
            f"World {run.outcome.world} (checksum {run.outcome.checksum}). "
            f"{ON_A_PATH if run.only_path else COMPARED}, not a forecast."
        )
        assumed = run.outcome.assumptions
        told = along_a_path(on_a_path(assumed)) if run.only_path else assumed.sentence()
        console.print(f"Assumptions: {told}.")


COMPARED = "A comparison of two equilibria, before and after"
ON_A_PATH = "A path of equilibria, one for each period"


def print_verdicts(verdicts: tuple[Verdict, ...], console: Console) -> None:
    """Print claims with their verdicts, who says it and where, why, and what would turn it."""
    for verdict in verdicts:
        claim = verdict.claim
        console.print(Text(f"{claim.says}: {verdict.word}", style="bold"))
        for line in verdict.lines():
            console.print(f"  {line}")
    if len(verdicts) > 1:
        console.print(f"{counted(verdicts)}.")


def print_answer(answer: Answer, console: Console) -> None:
    """Print one answer as a table with its remark."""
    console.print()
    for table in as_tables(answer.shown, answer.title, console.width):
        console.print(table)
    if answer.remark:
        console.print(answer.remark)


def as_tables(frame: pd.DataFrame, title: str, width: int) -> list[Table]:
    """A data frame as tables no wider than `width`: columns that do not fit go into a table below.

    Numbers and words are never split; headings are wrapped between words.
    """
    cells = {
        heading: [written(value, str(heading)) for value in frame[heading]]
        for heading in map(str, frame.columns)
    }
    label = _width([str(frame.index.name or ""), *map(str, frame.index)], LABEL)
    parts: list[list[str]] = [[]]
    room = width - label
    for heading, column in cells.items():
        wanted = GAP + _column(heading, [text for text, _ in column])
        if parts[-1] and wanted > room:
            parts.append([])
            room = width - label
        parts[-1].append(heading)
        room -= wanted
    return [
        _table(frame.index, {name: cells[name] for name in part}, title if k == 0 else "", label)
        for k, part in enumerate(parts)
    ]


def _table(
    index: pd.Index, cells: dict[str, list[tuple[str, int]]], title: str, label: int
) -> Table:
    table = Table(
        title=Text(title) if title else None, title_justify="left", title_style="bold",
        box=None, pad_edge=False, padding=(0, GAP, 0, 0),
    )  # fmt: skip
    table.add_column(Text(str(index.name or "")), width=label)
    for heading, column in cells.items():
        texts = [text for text, _ in column]
        numbers = not any(len(text) > 12 for text in texts)
        justify: Literal["right", "left"] = "right" if numbers else "left"
        table.add_column(Text(heading), justify=justify, width=_column(heading, texts))
    for k, name in enumerate(index):
        row = [Text(text, style=STYLES[sign]) for text, sign in (c[k] for c in cells.values())]
        table.add_row(Text(str(name)), *row)
    return table


def _column(heading: str, texts: list[str]) -> int:
    """The width of a column: its heading in at most three or four lines, its texts unbroken."""
    narrow = max(_longest_word(heading), -(-len(heading) // 4))
    return max(_width(texts, SENTENCE), min(narrow, SENTENCE))


def _width(texts: list[str], most: int) -> int:
    """The width of the longest text, but at most `most`, or the longest word if that is wider."""
    longest = max(map(len, texts), default=0)
    return longest if longest <= most else max([most, *map(_longest_word, texts)])


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)
