"""What the page gets: a run as plain data, small enough to send at every move of a slider."""

import dataclasses
from functools import cache
from typing import Any

import pandas as pd

from multipolar import strategy
from multipolar.app.requests import Case, LeversRequest, NextRequest, scenario_of
from multipolar.display.figure import Figure
from multipolar.display.words import name, source_line, written
from multipolar.errors import InputError, choose
from multipolar.leverage import standoff
from multipolar.model import sensitivity
from multipolar.model.assumptions import ASSUMPTIONS
from multipolar.model.sensitivity import BILATERAL, TARGETS
from multipolar.policy import ACTS, DatedAct
from multipolar.report import Answer, answers
from multipolar.report.answers import standoff_answer
from multipolar.report.comparison import compare
from multipolar.report.document import report_of, to_html
from multipolar.report.headline import headline
from multipolar.report.strategic import deals_answer, play_answers
from multipolar.scenario import Run, Scenario, scenario_names
from multipolar.world import World
from multipolar.world.labels import bloc_names, sector_groups, sector_names

DEMAND = 0.25  # the tariff on the rival's goods that a deal on the page asks for
LEVER_TARGETS = ("real_income", "price_index", "tariff_revenue", "exports", "imports")


@cache
def world(name: str, *, tariffs: bool) -> World:
    """A world, loaded once."""
    loaded = World.load(name)
    return loaded if tariffs else loaded.without_tariffs()


def run_of(case: Case, *, what_ifs: bool) -> Run:
    """Solve a case; its what-ifs, which take a solve each, only where they are shown."""
    scenario = scenario_of(case)
    if not what_ifs:
        asked = scenario.questions.model_copy(update={"what_if": ()})
        scenario = scenario.model_copy(update={"questions": asked})
    benchmark = world(scenario.world, tariffs=scenario.benchmark_tariffs)
    return scenario.run(benchmark, games=False)


def solution(case: Case, *, specs: bool) -> dict[str, Any]:
    """A case solved: headline, answers as written tables, the data of every picture."""
    run = run_of(case, what_ifs=False)
    found, outcome = answers(run), run.outcome
    return {
        "title": run.scenario.title,
        "headline": headline(run),
        "status": outcome.status,
        "residual": outcome.residual,
        "milliseconds": 1e3 * outcome.seconds,
        "world": outcome.world,
        "assumptions": outcome.assumptions.sentence(),
        "real_income": {
            code: float(value)
            for code, value in zip(outcome.countries, outcome.real_income.values, strict=True)
        },
        "answers": [as_data(answer, specs=specs) for answer in found],
    }


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


def comparison(first: Case, second: Case) -> dict[str, Any]:
    """Two cases beside each other."""
    runs = [run_of(case, what_ifs=False) for case in (first, second)]
    titles = [run.scenario.title for run in runs]
    return {"titles": titles, "answer": as_data(compare(*runs), specs=True)}


def levers(asked: LeversRequest) -> dict[str, Any]:
    """The levers that move a result most, at the margin of a case."""
    scenario = scenario_of(asked.case)
    benchmark = world(scenario.world, tariffs=scenario.benchmark_tariffs)
    policy, assumed = scenario.policy_on(scenario.date), scenario.assume()
    table = sensitivity(benchmark, policy, tuple(asked.target), asked.wrt, assumed)
    between = asked.wrt in BILATERAL
    rows = []
    for key, slope in table.head(asked.top).iloc[:, 0].items():
        labels = [_called(str(k)) for k in (key if isinstance(key, tuple) else (key,))]
        lever = f"{labels[0]} to {labels[1]}" if between else " in ".join(labels)
        rows.append({"lever": lever, "slope": float(slope)})
    return {"measure": str(table.columns[0]), "rows": rows}


def next_moves(asked: NextRequest) -> dict[str, Any]:
    """Optimal tariffs of one, war of the two, a deal of the United States, or a full cut-off."""
    scenario = scenario_of(asked.case)
    benchmark = world(scenario.world, tariffs=scenario.benchmark_tariffs)
    policy, assumed = scenario.policy_on(scenario.date), scenario.assume()
    if asked.question == "standoff":
        found = [standoff_answer(standoff(benchmark, asked.one, asked.other, "*", assumed, policy))]
    elif asked.question == "deal":
        terms = strategy.Terms("USA", asked.other, DEMAND)
        deals = strategy.deal(benchmark, terms, asked.one, policy=policy, assumptions=assumed)
        found = [deals_answer(deals, source_line(benchmark.name, assumed))]
    elif asked.question == "war":
        players = [asked.one, asked.other]
        war = strategy.nash(
            benchmark, players, policy=policy, assumptions=assumed, several_starts=False
        )
        found = play_answers(war)
    else:
        play = strategy.optimal(benchmark, asked.one, policy=policy, assumptions=assumed)
        found = play_answers(play)
    return {"answers": [as_data(answer, specs=True) for answer in found]}


def _called(code: str) -> str:
    return sector_names().get(code, name(code))


def table_csv(case: Case, table: str) -> str:
    """All countries, or an answer's table, as CSV with units in the headings."""
    run = run_of(case, what_ifs=True)
    tables: dict[str, pd.DataFrame] = {
        "countries": run.outcome.table().rename_axis("iso3"),
        **{answer.key: answer.table for answer in answers(run)},
    }
    if table not in tables:
        raise InputError(f"no table {table!r}{choose(table, tables)}", field="table", value=table)
    frame = tables[table]
    if table == "countries":
        frame.insert(0, "country", [name(code) for code in frame.index])
    return frame.to_csv(lineterminator="\n")


def report_html(case: Case) -> str:
    """The report of a case as one HTML file."""
    return to_html(report_of(run_of(case, what_ifs=True), file_name=f"{case.base or 'case'}.toml"))


# --- what can be chosen ---------------------------------------------------------------------------


@cache
def choices() -> dict[str, Any]:
    """Everything that the page offers."""
    shipped = [Scenario.load(each) for each in scenario_names()]
    known = world("world-2023", tariffs=True)
    return {
        "scenarios": [
            {"name": s.name, "title": s.title, "story": " ".join(s.story.split())} for s in shipped
        ],
        "countries": {code: name(code) for code in known.countries},
        "blocs": list(bloc_names()),
        "sectors": {code: sector_names().get(code, code) for code in known.sectors},
        "groups": list(sector_groups()),
        "assumptions": {
            name: list(about.choices) for name, about in ASSUMPTIONS.items() if about.choices
        },
        "sliders": {
            kind.name: {
                "field": field.name,
                **dict(zip(("from", "to"), field.slider, strict=True)),
                "least": field.low,
                "most": field.high,
            }
            for kind in ACTS.values()
            if (field := kind.slider) and field.slider
        },
        "instruments": {
            kind.name: list(kind.fields) for kind in ACTS.values() if not kind.names_a_file
        },
        "targets": {target: list(TARGETS[target]) for target in LEVER_TARGETS},
    }


def described(scenario: Scenario) -> dict[str, Any]:
    """A shipped scenario: its acts in force, each with its fields, and its assumptions."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "story": " ".join(scenario.story.split()),
        "date": scenario.date.isoformat() if scenario.date else None,
        "tariffs": scenario.benchmark_tariffs,
        "assumptions": dict(scenario.assumptions),
        "acts": [_described(scenario, act) for act in scenario.acts(scenario.date)],
        "headline": list(scenario.questions.headline),
    }


def _described(scenario: Scenario, act: DatedAct) -> dict[str, Any]:
    fields = {key: value for key, value in (act.model_extra or {}).items() if key != "file"}
    return {
        "id": act.id,
        "act": act.act,
        "fields": fields,
        "says": "; ".join(repr(instrument) for instrument in scenario.policy_of(act)),
        "source": act.source or ", ".join(act.evidence),
        "fixed": ACTS[act.act].names_a_file,  # a schedule: in force or not, nothing to move
    }
