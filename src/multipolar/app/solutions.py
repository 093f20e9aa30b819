"""What the page gets: a run as plain data, small enough to send at every move of a slider."""

import dataclasses
from typing import Any

import numpy as np

from multipolar.app.drafts import Draft, scenario_of, world
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.display.sheets import csv_of
from multipolar.display.words import written
from multipolar.errors import InputError, choose
from multipolar.model import Outcome
from multipolar.policy.table import ACTS
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking import registry
from multipolar.questions.asking.asked import Asked, ask
from multipolar.questions.asking.question import Question
from multipolar.questions.asking.ranges import DRAWS
from multipolar.questions.asking.reading import income_change
from multipolar.report.comparison import compare
from multipolar.report.document import Report, report_of, to_html
from multipolar.report.files import countries_table, whole_tables
from multipolar.report.headline import headline
from multipolar.report.workbook import workbook_of
from multipolar.scenario import Run, affordable
from multipolar.scenario.judging import told
from multipolar.world.labels import bloc_names, pick_countries


def run_of(draft: Draft) -> Run:
    """Solve a draft; its questions that take long are left until they are asked for."""
    scenario = scenario_of(draft)
    benchmark = world(scenario.world, tariffs=scenario.benchmark_tariffs)
    return scenario.run(benchmark, asks=lambda question: question.cost == "reads", judge=False)


def solution(draft: Draft, *, specs: bool) -> dict[str, Any]:
    """A draft solved: headline, answers as written tables, pictures; and what takes longer."""
    return _solved(run_of(draft), specs=specs)


def ranged(draft: Draft, on_step: OnStep = quiet) -> dict[str, Any]:
    """The same with a band beside every number, from `draws` draws of the elasticities."""
    on_step("solving")
    run = run_of(draft).with_ranges(DRAWS, on_step=on_step)
    return {**_solved(run, specs=True), "draws": DRAWS}


def _solved(run: Run, *, specs: bool) -> dict[str, Any]:
    return {
        "title": run.scenario.title,
        "headline": headline(run),
        **(_of_gas(run) if run.only_gas else _of_trade(run.outcome)),
        "network": run.case.network,
        "answers": [as_data(answer, specs=specs) for answer in run.answers],
        "left": [_left(question) for question in run.left],
    }


def _of_trade(outcome: Outcome) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "residual": outcome.residual,
        "milliseconds": 1e3 * outcome.seconds,
        "world": outcome.world,
        "assumptions": outcome.assumptions.sentence(),
        "real_income": _incomes(outcome),
    }


def _of_gas(run: Run) -> dict[str, Any]:
    """The same where only the gas market was solved: nobody's income is known."""
    seconds = sum(asked.seconds for asked in run.asked)
    return {
        "status": "; ".join(run.failures) or "converged",
        "residual": None,
        "milliseconds": 1e3 * seconds,
        "world": "",
        "assumptions": "",
        "real_income": {},
    }


def _incomes(outcome: Outcome) -> dict[str, float]:
    """Real income of every country, and of the blocs that are in this world; fractions."""
    changes = zip(outcome.countries, outcome.real_income.to_numpy().tolist(), strict=True)
    known = dict(changes)
    for bloc in bloc_names():
        try:
            at = np.array(pick_countries(bloc, outcome.countries))
        except InputError:
            continue  # none of its members is in this world
        known[bloc] = income_change(outcome, at)[0]
    return known


def _left(question: Question) -> dict[str, Any]:
    """A question that is not answered until it is asked for."""
    summary = (type(question).__doc__ or "").splitlines()[0].removesuffix(".")
    title = getattr(question, "title", "") or summary
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
    if any(run.only_gas for run in runs):
        reason = "real incomes are compared, and a case about gas alone has none"
        raise InputError(f"{reason}; add an act on trade, or stop comparing", field="first")
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


def judged(draft: Draft, on_step: OnStep = quiet) -> dict[str, Any]:
    """What the accounts claim, judged under a draft, without games; `InputError` if they do not."""
    scenario = scenario_of(draft)
    if not scenario.claims:
        raise InputError("this scenario names no claims of accounts; may-2025 does", field="claims")
    ids = [claim.id for claim in scenario.claims]
    verdicts = scenario.judged(ids, quick=True, on_step=on_step)
    answer = told(verdicts)
    return {
        "title": scenario.title,
        "headline": [verdict.sentence() for verdict in verdicts],
        "answers": [as_data(answer, specs=True) | {"csv": csv_of(answer.table)}],
        "data": [verdict.as_data() | {"lines": verdict.lines()} for verdict in verdicts],
    }


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
    """All countries, or an answer's table, as CSV with units in the headings.

    Of a case about gas alone, the first answer's table stands for all countries.
    """
    run = run_of(draft)
    if table == "countries" and run.only_gas and run.answers:
        return csv_of(run.answers[0].table)
    if table == "countries" and not run.only_gas:
        return csv_of(countries_table(run.outcome))
    tables = {answer.key: answer.table for answer in run.answers}
    if table not in tables:
        known = [*([] if run.only_gas else ["countries"]), *tables]
        raise InputError(f"no table {table!r}{choose(table, known)}", field="table", value=table)
    return csv_of(tables[table])


def report_html(draft: Draft) -> str:
    """The report of a draft as one HTML file, with what takes seconds."""
    return to_html(_report(_run_with_seconds(draft), draft))


def workbook(draft: Draft) -> bytes:
    """The same as a workbook, with all countries and pairs."""
    run = _run_with_seconds(draft)
    return workbook_of(_report(run, draft), whole_tables(run))


def _run_with_seconds(draft: Draft) -> Run:
    scenario = scenario_of(draft)
    benchmark = world(scenario.world, tariffs=scenario.benchmark_tariffs)
    return scenario.run(benchmark, asks=affordable)


def _report(run: Run, draft: Draft) -> Report:
    return report_of(run, file_name=f"{draft.base or 'case'}.toml")
