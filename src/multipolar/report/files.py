"""Results as files: JSON for machines, CSV of every table, the outcome, and a manifest."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multipolar.display.figure import Figure
from multipolar.display.sheets import csv_of
from multipolar.display.words import name
from multipolar.errors import InputError
from multipolar.model import Outcome
from multipolar.model.groups import national
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.asked import Asked
from multipolar.questions.asking.plain import plain
from multipolar.questions.asking.reading import goods_trade, trade_rows
from multipolar.report.document import Report, report_of, to_html, to_markdown
from multipolar.report.headline import headline
from multipolar.report.manifest import MANIFEST, manifest_of
from multipolar.report.workbook import ACTS, WORKBOOK, acts_table, workbook_of
from multipolar.scenario import Run
from multipolar.world.files import write_text, write_whole

NO_TABLES: Mapping[str, pd.DataFrame] = {}
FIGURES = "figures"
ENDINGS = ("png", "svg", "csv")

UNITS = {
    "real_income": "fraction, change",
    "price_index": "fraction, change; world value added is the numeraire",
    "wage": "fraction, change; world value added is the numeraire",
    "exports": "fraction, change in value before tariff",
    "imports": "fraction, change in value before tariff",
    "tariff_revenue": "million USD a year, after",
    "tariff_revenue_before": "million USD a year, benchmark",
    "terms_of_trade": "fraction of income, first order",
    "volume_of_trade": "fraction of income, first order",
    "trade": "million USD a year, goods, before tariff; change is a fraction",
    "questions": "fractions and million USD a year; answers are the tables that people read",
    "seconds": "seconds",
}


def as_json(run: Run) -> dict[str, Any]:
    """The run as plain data: status, every country, the trade asked for, questions, evidence."""
    scenario = run.scenario
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "date": scenario.date.isoformat() if scenario.date else None,
        **_stands_on(run.asked[0] if run.asked else Asked(scenario.all_questions()[0], run.case)),
        "policy": [repr(act) for act in run.case.policy],
        **_equilibrium(run),
        "headline": headline(run),
        "countries": {} if run.only_gas else _countries(run.outcome),
        "trade": [] if run.only_gas else _trade(run),
        "questions": [asked.data for asked in run.asked],
        "answers": [answer_data(answer) for answer in run.answers],
        "not_asked": dict(run.not_asked),
        "claims": [verdict.as_data() for verdict in run.claims],
        "findings": [
            {
                **finding.model_dump(),
                "number": number,
                "holds": finding.holds(number),
                **run.certainty(finding),
            }
            for finding, number in run.verdicts
        ],
        "evidence": [fact.as_data() for fact in scenario.facts],
        "contested": scenario.contested,
        "units": UNITS,
    }


def _equilibrium(run: Run) -> dict[str, Any]:
    """How the run ended; a run about gas alone has no equilibrium of trade."""
    failed = "; ".join(run.failures)
    if run.only_gas:
        return {"status": failed or "converged", "network": run.case.network}
    outcome = run.outcome
    return {
        "status": failed or outcome.status,
        "residual": outcome.residual,
        "iterations": outcome.iterations,
        "seconds": outcome.seconds,
    }


def asked_json(asked: Asked) -> dict[str, Any]:
    """One question as plain data."""
    data = dict(asked.data)
    return {
        "question": {key: data[key] for key in data if key not in ("status", "found")},
        "title": [answer.title for answer in asked.answers],
        "case": asked.case.name,
        **_stands_on(asked),
        "policy": [repr(act) for act in asked.case.policy],
        "status": asked.status,
        "headline": asked.sentences,
        "result": data["found"],
        "answers": [answer_data(answer) for answer in asked.answers],
        "units": "fractions and million USD a year; answers are the tables that people read",
    }


def _stands_on(asked: Asked) -> dict[str, Any]:
    world = asked.case.world
    return {
        "world": world.name,
        "world_checksum": world.checksum,
        "version": version("multipolar"),
        "assumptions": asked.case.assumptions.as_dict(),
    }


def answer_data(answer: Any) -> dict[str, Any]:
    """An answer's table as rows, as people read it."""
    return {
        "key": answer.key,
        "title": answer.title,
        "remark": answer.remark,
        "rows": plain(answer.table.reset_index()),
    }


def _countries(outcome: Outcome) -> dict[str, dict[str, float | None]]:
    table = national(outcome)
    for flow in ("exports", "imports"):
        table[flow] = table[flow] / table[f"{flow}_before"] - 1
    shown = [column for column in UNITS if column in table.columns]
    rows: dict[str, dict[str, float | None]] = plain(table[shown].to_dict("index"))
    return rows


def _trade(run: Run) -> list[dict[str, Any]]:
    """Goods trade of the pairs asked for, and of all pairs of countries named in the headline."""
    outcome, named = run.outcome, run.scenario.countries
    asked = [asked.question for asked in run.asked if asked.question.kind == "trade"]
    wanted = [pair for question in asked for pair in getattr(question, "pairs", ())]
    wanted += [(i, n) for i in named for n in named if i != n]
    return trade_rows(outcome, dict.fromkeys(wanted))


def json_text(data: Mapping[str, Any]) -> str:
    """Data as the JSON that every command prints and writes."""
    return json.dumps(data, indent=1, allow_nan=False) + "\n"


# --- folders -------------------------------------------------------------------------------------


def make_folder(folder: Path) -> Path:
    """The folder for results, created if needed; `InputError` if that is not possible."""
    if not str(folder).strip() or folder == Path():
        raise InputError("name a folder for the results", file="--out")
    for made in (folder, folder / FIGURES):
        try:
            made.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(f"cannot be made ({reason})", file=str(made)) from None
    return folder


def write_run(
    run: Run, folder: Path, options: Mapping[str, Any], on_step: OnStep = quiet
) -> list[Path]:
    """Write everything about a run into a folder; the manifest comes last and lists the rest.

    report.html, report.md, figures/ and results.xlsx for people; result.json, a CSV for each table,
    countries.csv, trade.csv and outcome.nc for machines. An older manifest in the folder is removed
    first; files that it lists and that are not written again are removed too. Raises `InputError`
    for a folder that cannot be made or written to.
    """
    make_folder(folder)
    old = _listed(folder)
    (folder / MANIFEST).unlink(missing_ok=True)  # otherwise it would list files of two runs
    whole = whole_tables(run)
    written = write_report(report_of(run, options), as_json(run), folder, on_step, whole)
    written += [
        write_text(folder / f"{key}.csv", csv_of(table, index=False))
        for key, table in whole.items()
        if key != ACTS
    ]
    written += [] if run.only_gas else [run.outcome.save(folder / "outcome.nc")]
    names = [path.relative_to(folder).as_posix() for path in written]
    for stale in old - set(names):
        (folder / stale).unlink(missing_ok=True)
    manifest = manifest_of(run, folder, names, options)
    return [*written, write_text(folder / MANIFEST, json_text(manifest))]


def _listed(folder: Path) -> set[str]:
    """The files in the folder that an earlier run wrote there."""
    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        known = {str(name) for name in files}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {name for name in known if set(Path(name).parts[:-1]) <= {FIGURES}}


def write_report(
    report: Report,
    data: Mapping[str, Any],
    folder: Path,
    on_step: OnStep = quiet,
    whole: Mapping[str, pd.DataFrame] = NO_TABLES,
) -> list[Path]:
    """Write a report: report.html, report.md, figures/, CSV tables, results.xlsx, result.json.

    `whole`: tables that only the workbook has (`whole_tables`).
    """
    make_folder(folder)
    written = [write_text(folder / "result.json", json_text(data))]
    written += [write_text(folder / f"{a.key}.csv", csv_of(a.table)) for a in report.answers]
    written += _write_figures(report.figures, folder / FIGURES, on_step)
    written.append(write_text(folder / "report.md", to_markdown(report, FIGURES)))
    written.append(write_text(folder / "report.html", to_html(report)))
    on_step("writing the workbook")
    book = workbook_of(report, whole, folder / FIGURES)
    written.append(write_whole(folder / WORKBOOK, lambda draft: draft.write_bytes(book)))
    return written


def whole_tables(run: Run) -> dict[str, pd.DataFrame]:
    """A run's tables that no answer shows: acts with days and sources, all countries, all pairs."""
    acts = {ACTS: acts_table(run.scenario)}
    if run.only_gas:
        return acts
    countries = countries_table(run.outcome).reset_index()
    return {**acts, "countries": countries, "trade": trade_table(run.outcome)}


def countries_table(outcome: Outcome) -> pd.DataFrame:
    """Every country, by iso3 code: percentages, and the same in bn USD."""
    table = outcome.table()
    income = national(outcome)["income_before"][table.index] / 1e3
    worth = table["real income, % change"] / 100 * income
    table.insert(1, "real income, bn USD", worth)
    table.insert(0, "country", [name(code) for code in table.index])
    return table.rename_axis("iso3")


def trade_table(outcome: Outcome) -> pd.DataFrame:
    """Goods trade of every pair, before tariff, million USD."""
    before, after = (goods_trade(outcome, when).sum(axis=0) for when in ("before", "after"))
    i, n = np.nonzero((before > 0) | (after > 0))
    codes = np.array(outcome.countries)
    return pd.DataFrame(
        {
            "exporter": codes[i],
            "importer": codes[n],
            "goods before, million USD": before[i, n],
            "goods after, million USD": after[i, n],
        }
    )


def _write_figures(figures: list[Figure], folder: Path, on_step: OnStep) -> list[Path]:
    """Every figure as PNG, SVG and CSV, in parallel: drawing takes seconds."""
    files = [(figure, f"{figure.key}.{ending}") for figure in figures for ending in ENDINGS]
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(figure.save, folder / name) for figure, name in files]
        for done, _ in enumerate(as_completed(jobs), start=1):
            on_step("drawing", done, len(jobs))
        return [job.result() for job in jobs]
