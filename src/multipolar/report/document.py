"""Report: question, headline, pictures, tables, assumptions, sources; one HTML file or Markdown.

The HTML contains its pictures as SVG and no script: it opens without a network and where scripts
are blocked, and it prints sharply. `report_of` makes the report of a run, `report_on` the report of
one question.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from multipolar.display import theme
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.display.words import written
from multipolar.evidence import Fact
from multipolar.model import Case
from multipolar.questions.asking.asked import Asked
from multipolar.report.headline import headline, hedges
from multipolar.scenario import FOLDER, Run, Scenario
from multipolar.scenario.claim import Verdict
from multipolar.scenario.judging import by_topic
from multipolar.scenario.sheets import as_toml
from multipolar.world.sheets import is_workbook

LEAVES_OUT = (
    "Time: two equilibria are compared, or one for each period of a path; nothing is forecast.",
    "Finance, inventories, savings, unemployment, rigid exchange rates and firms.",
    "Factors: one composite of labour and capital, mobile between sectors, fixed within countries.",
    "Chokepoints: 50 sectors hide rare earths, lithography and the like.",
    "Countries outside the world's economies; their trade is spread over those within.",
    "Politics: nobody reacts except by the acts listed here.",
)


@dataclass(frozen=True)
class Report:
    """What a report says, in order. `assumptions` and `provenance` are rows of name and text."""

    title: str
    question: str
    headline: list[str]
    answers: list[Answer]
    assumptions: list[tuple[str, str, str]]  # name, value, what it means
    acts: list[tuple[str, str, str]]  # name, what it does, what it rests on
    evidence: list[Fact]
    provenance: list[tuple[str, str]]
    command: str
    scenario: str = ""  # the file, as text
    leaves_out: tuple[str, ...] = LEAVES_OUT
    claims: Sequence[tuple[str, list[Verdict]]] = ()  # by system
    opening: Figure | None = None  # a picture that stands before everything but the headline

    @property
    def figures(self) -> list[Figure]:
        """Every picture, in order."""
        return [figure for answer in self.answers for figure in answer.figures]


def report_of(run: Run, options: Mapping[str, Any] | None = None, file_name: str = "") -> Report:
    """The report of a run.

    `options`: what the command line changed, needed to reproduce the run. `file_name`: the name of
    the scenario file, for a scenario that has no file on this machine.
    """
    scenario = run.scenario
    day = f" ({scenario.date.day} {scenario.date:%B %Y})" if scenario.date else ""
    if run.only_gas:
        found = "of the gas market; each table says how closely. Trade was not solved"
    else:
        outcome = run.outcome
        found = f"{outcome.status}: residual {outcome.residual:.0e}, {outcome.iterations} passes"
    return Report(
        title=f"{scenario.title}{day}",
        question=" ".join(scenario.story.split()),
        headline=headline(run),
        answers=run.answers,
        claims=by_topic(run.claims),
        opening=_map_of(run) if run.claims else None,
        assumptions=run.case.assumptions.rows() if run.on_trade else [],
        acts=[(act.id, _does(scenario, act.id), _rests_on(scenario, act.id))
              for act in scenario.acts(scenario.date)],
        evidence=list(scenario.facts),
        provenance=[
            *provenance(run.case),
            *_network(run.case),
            ("Equilibrium", found),
            *(("Not asked", f"{kind}, because {why}") for kind, why in run.not_asked.items()),
        ],
        command=command(scenario, options or {}, file_name),
        scenario=_text(scenario),
    )  # fmt: skip


def _map_of(run: Run) -> Figure | None:
    """The first map of a run."""
    figures = (figure for answer in run.answers for figure in answer.figures)
    return next((figure for figure in figures if figure.key.startswith("map")), None)


def report_on(asked: Asked, command: str) -> Report:
    """The report of one question that was asked of a case."""
    answers = asked.answers
    remarks = [answer.remark for answer in answers if answer.remark]
    return Report(
        title=answers[0].title,
        question=f"Asked of: {asked.case.name}." if asked.case.name else "",
        headline=[
            *(asked.sentences or remarks[:1]),
            *hedges([asked.question], asked.case),
        ],
        answers=answers,
        assumptions=(
            asked.question.assumed(asked.case).rows() if asked.question.needs_trade else []
        ),
        acts=[(act.name or "act", repr(act), "") for act in asked.case.policy],
        evidence=[],
        provenance=[*provenance(asked.case), *_network(asked.case), ("Status", asked.status)],
        command=command,
    )


def provenance(case: Case) -> list[tuple[str, str]]:
    """Which numbers and which software the result comes from."""
    return [
        ("World", f"{case.world.name}, checksum {case.world.checksum}"),
        ("Software", f"multipolar {version('multipolar')}"),
    ]


def _network(case: Case) -> list[tuple[str, str]]:
    """The gas network that a case names, if any."""
    return [("Gas network", case.network)] if case.network else []


def command(scenario: Scenario, options: Mapping[str, Any], file_name: str = "") -> str:
    """The command line that makes the same report again."""
    path = Path(scenario.file)
    shipped = path.parent == FOLDER and path.is_file()
    parts = ["multipolar", "run", file_name or (path.stem if shipped else path.name)]
    for name, value in options.get("assume", {}).items():
        shown = f"{value:g}" if isinstance(value, float) else value
        parts += ["--assume", f"{name}={shown}"]
    if "date" in options:
        parts += ["--date", str(options["date"])]
    if not options.get("tariffs", True):
        parts.append("--no-tariffs")
    if options.get("quick"):
        parts.append("--quick")
    if "path" in options:
        parts += ["--path", options["path"]]
    if "draws" in options:
        parts += ["--draws", str(options["draws"])]
    return shlex.join([*parts, "--out", "report"])


def _does(scenario: Scenario, act_id: str) -> str:
    act = next(act for act in scenario.policy if act.id == act_id)
    return "; ".join(map(repr, scenario.policy_of(act)))


def _rests_on(scenario: Scenario, act_id: str) -> str:
    act = next(act for act in scenario.policy if act.id == act_id)
    says = {fact.key: fact.says for fact in scenario.facts}
    parts = [f"fact: {says[key]}" for key in act.evidence] + [act.source] * bool(act.source)
    return f"{'; '.join(parts)}{f'. {act.note}' if act.note else ''}"


def _text(scenario: Scenario) -> str:
    path = Path(scenario.file)
    if not path.is_file():
        return ""
    return as_toml(path) if is_workbook(path) else path.read_text(encoding="utf-8-sig")


# --- HTML and Markdown ---------------------------------------------------------------------------


def to_html(report: Report) -> str:
    """The report as one HTML file that needs nothing else."""
    pictures = {figure.key: figure.svg(captioned=False) for figure in report.figures}
    page = _templates().get_template("report.html")
    return page.render(report=report, pictures=pictures, theme=theme)


def to_markdown(report: Report, folder: str = "figures") -> str:
    """The report as Markdown; pictures are PNG files in `folder`, by their keys."""
    page = _templates().get_template("report.md")
    return page.render(report=report, folder=folder)


def _templates() -> jinja2.Environment:
    loader = jinja2.PackageLoader("multipolar.report", "templates")
    made = jinja2.Environment(
        loader=loader,
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"cells": _cells, "md": _markdown_cell}
    return made


def _cells(table: pd.DataFrame) -> list[tuple[str, list[tuple[str, str]]]]:
    """Rows of a table for a template: label, then text and class of each cell."""
    signs = {-1: "loss", 0: "", 1: "gain"}
    rows = zip(table.index, table.to_numpy(), strict=True)
    return [
        (
            str(label),
            [
                (text, signs[sign])
                for text, sign in (
                    written(value, heading)
                    for value, heading in zip(row, table.columns, strict=True)
                )
            ],
        )
        for label, row in rows
    ]


def _markdown_cell(text: object) -> str:
    """Text that stays plain text in a Markdown table."""
    plain = " ".join(str(text).split())
    for mark in "\\`*_[]<>|":
        plain = plain.replace(mark, f"\\{mark}")
    return plain
