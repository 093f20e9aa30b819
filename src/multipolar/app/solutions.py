"""What the page gets: a run as plain data, small enough to send at every move of a slider."""

import dataclasses
from functools import cache
from typing import Any

import numpy as np

from multipolar.app.drafts import Draft, scenario_of
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.display.sheets import csv_of
from multipolar.display.words import name, written
from multipolar.errors import InputError, choose
from multipolar.model.assumptions import ASSUMPTIONS
from multipolar.policy.dated import DatedAct
from multipolar.policy.table import ACTS, ActKind
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking import registry
from multipolar.questions.asking.asked import Asked, ask
from multipolar.questions.asking.question import Question
from multipolar.report.comparison import compare
from multipolar.report.document import report_of, to_html
from multipolar.report.files import countries_table
from multipolar.report.headline import headline
from multipolar.scenario import Run, Scenario, scenario_names
from multipolar.world import World
from multipolar.world.labels import bloc_names, sector_groups, sector_names


@cache
def world(name: str, *, tariffs: bool) -> World:
    """A world, loaded once."""
    loaded = World.load(name)
    return loaded if tariffs else loaded.without_tariffs()


def run_of(draft: Draft, *, long: bool = False, on_step: OnStep = quiet) -> Run:
    """Solve a draft; its questions that take long only where they are asked for."""
    scenario = scenario_of(draft)
    benchmark = world(scenario.world, tariffs=scenario.benchmark_tariffs)
    return scenario.run(
        benchmark, asks=lambda question: long or question.cost == "reads", on_step=on_step
    )


def solution(draft: Draft, *, specs: bool) -> dict[str, Any]:
    """A draft solved: headline, answers as written tables, pictures; and what takes longer."""
    run = run_of(draft)
    outcome = run.outcome
    income = zip(outcome.countries, outcome.real_income.to_numpy().tolist(), strict=True)
    return {
        "title": run.scenario.title,
        "headline": headline(run),
        "status": outcome.status,
        "residual": outcome.residual,
        "milliseconds": 1e3 * outcome.seconds,
        "world": outcome.world,
        "assumptions": outcome.assumptions.sentence(),
        "real_income": dict(income),
        "answers": [as_data(answer, specs=specs) for answer in run.answers],
        "left": [_left(question) for question in run.left],
    }


def _left(question: Question) -> dict[str, Any]:
    """A question that is not answered until it is asked for."""
    title = getattr(question, "title", "") or (type(question).__doc__ or "").splitlines()[0]
    return {"title": title, "cost": question.cost, "question": question.fields()}


def as_data(answer: Answer, *, specs: bool) -> dict[str, Any]:
    """An answer as plain data: its table as text with the sign of every change, its pictures."""
    shown = answer.shown
    return {
        "key": answer.key,
        "title": answer.title,
        "remark": answer.remark,
        "index": str(shown.index.name or ""),
        "columns": [str(column) for column in shown.columns],
        "rows": [
            [str(label), [list(written(v, h)) for v, h in zip(row, shown.columns, strict=True)]]
            for label, row in zip(shown.index, shown.to_numpy(), strict=True)
        ],
        "csv": csv_of(answer.table) if specs else "",
        "figures": [_figure(figure, specs=specs) for figure in answer.figures],
    }


def _figure(figure: Figure, *, specs: bool) -> dict[str, Any]:
    """A picture's numbers and words; its specification, less what never changes, where asked."""
    data: dict[str, Any] = {
        "key": figure.key,
        "title": figure.title,
        "subtitle": figure.subtitle,
        "caption": figure.caption,
        "alt": figure.alt,
        "settings": dict(figure.settings),
        "datasets": {"rows": figure.rows(), **figure.others},
    }
    if specs:
        data["spec"] = dataclasses.replace(figure, fixed={}).spec()
        data["fixed"] = list(figure.fixed)
    return data


def comparison(first: Draft, second: Draft) -> dict[str, Any]:
    """Two drafts beside each other."""
    runs = [run_of(draft) for draft in (first, second)]
    titles = [run.scenario.title for run in runs]
    return {"titles": titles, "answer": as_data(compare(*runs), specs=True)}


def answered(draft: Draft, fields: dict[str, Any], on_step: OnStep = quiet) -> dict[str, Any]:
    """A question asked of a draft: sentences, answers, data; raises `InputError`."""
    question = registry.build(fields)
    if question.acts() and any(
        act.act not in ACTS or ACTS[act.act].names_a_file for act in question.acts()
    ):
        raise InputError("names a file, which a page cannot", field="question.policy")
    scenario = scenario_of(draft)
    on_step("laying out the world")
    case = scenario.case(world(scenario.world, tariffs=scenario.benchmark_tariffs))
    return asked_data(ask(question, case, on_step))


def asked_data(asked: Asked) -> dict[str, Any]:
    """A question with what was found, as the page shows it."""
    return {
        "title": asked.case.name,
        "status": asked.status,
        "headline": asked.sentences,
        "answers": [as_data(answer, specs=True) for answer in asked.answers],
        "data": asked.data,
    }


def cost_of(fields: dict[str, Any]) -> str:
    """How long a question takes; raises `InputError` for a kind that does not exist."""
    return str(registry.kind_of(str(fields.get("ask", ""))).cost)


def table_csv(draft: Draft, table: str) -> str:
    """All countries, or an answer's table, as CSV with units in the headings."""
    run = run_of(draft)
    if table == "countries":
        return csv_of(countries_table(run.outcome))
    tables = {answer.key: answer.table for answer in run.answers}
    if table not in tables:
        known = ["countries", *tables]
        raise InputError(f"no table {table!r}{choose(table, known)}", field="table", value=table)
    return csv_of(tables[table])


def report_html(draft: Draft) -> str:
    """The report of a draft as one HTML file, with what takes seconds."""
    scenario = scenario_of(draft)
    benchmark = world(scenario.world, tariffs=scenario.benchmark_tariffs)
    run = scenario.run(benchmark, asks=lambda question: question.cost != "minutes")
    return to_html(report_of(run, file_name=f"{draft.base or 'case'}.toml"))


# --- what can be chosen ---------------------------------------------------------------------------


@cache
def choices() -> dict[str, Any]:
    """Everything that the page offers: made from the tables of acts, assumptions and questions."""
    shipped = [Scenario.load(each) for each in scenario_names()]
    known = world("world-2023", tariffs=True)
    return {
        "scenarios": [
            {"name": s.name, "title": s.title, "story": " ".join(s.story.split())} for s in shipped
        ],
        "countries": {code: name(code) for code in known.countries},
        "blocs": {bloc: name(bloc) for bloc in bloc_names()},
        "sectors": {code: sector_names().get(code, code) for code in known.sectors},
        "groups": list(sector_groups()),
        "acts": {kind.name: _kind(kind) for kind in ACTS.values() if not kind.names_a_file},
        "assumptions": [_assumption(about.name) for about in ASSUMPTIONS.values()],
        "questions": [_question(kind) for kind in registry.kinds().values()],
    }


def _kind(kind: ActKind) -> dict[str, Any]:
    fields = {n: dataclasses.asdict(field) for n, field in kind.fields.items()}
    for field in fields.values():
        for end in ("low", "high"):
            field[end] = field[end] if np.isfinite(field[end]) else None
    slider = kind.slider.name if kind.slider else None
    return {"title": kind.title, "meaning": kind.meaning, "fields": fields, "slider": slider}


def _assumption(named: str) -> dict[str, Any]:
    about = ASSUMPTIONS[named]
    return {
        "name": about.name,
        "title": about.title,
        "default": about.default,
        "meaning": about.meaning,
        "choices": dict(about.choices),
        "limits": list(about.limits) if about.limits else None,
        "unit": about.unit,
        "only_with": list(about.only_with) if about.only_with else None,
    }


def _question(kind: type[Question]) -> dict[str, Any]:
    """A kind of question: its sentence, how long it takes, the schema that makes its form."""
    return {
        "ask": kind.kind,
        "summary": (kind.__doc__ or "").splitlines()[0],
        "cost": kind.cost,
        "schema": kind.model_json_schema(),
    }


def described(scenario: Scenario) -> dict[str, Any]:
    """A shipped scenario: its acts in force, each with its fields, and its own assumptions."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "story": " ".join(scenario.story.split()),
        "date": scenario.date.isoformat() if scenario.date else None,
        "tariffs": scenario.benchmark_tariffs,
        "assumptions": scenario.assume().as_dict(),
        "acts": [_described(scenario, act) for act in scenario.acts(scenario.date)],
        "headline": [side for side in scenario.countries if isinstance(side, str)],
        "questions": [question.fields() for question in scenario.all_questions()],
        "evidence": [fact.as_data() for fact in scenario.facts],
        "contested": scenario.contested,
    }


def _described(scenario: Scenario, act: DatedAct) -> dict[str, Any]:
    fields = {key: value for key, value in (act.model_extra or {}).items() if key != "file"}
    return {
        "id": act.id,
        "act": act.act,
        "fields": fields,
        "says": "; ".join(repr(instrument) for instrument in scenario.policy_of(act)),
        "source": "; ".join(filter(None, (act.source, ", ".join(act.evidence), act.note))),
        "fixed": ACTS[act.act].names_a_file,  # a schedule: in force or not, nothing to move
    }
