"""Results as files: JSON for machines, CSV of every table, the outcome, and a manifest."""

import datetime as dt
import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import Progress

import multipolar
from multipolar.display.figure import Figure
from multipolar.display.words import goods_trade
from multipolar.errors import InputError
from multipolar.model import Outcome
from multipolar.report.answers import answers
from multipolar.report.document import Report, report_of, to_html, to_markdown
from multipolar.report.headline import headline
from multipolar.report.strategic import deals_records, play_records
from multipolar.scenario import Run
from multipolar.world.files import write_text

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
    "worth": "million USD a year of real income",
    "seconds": "seconds",
}


def as_json(run: Run) -> dict[str, Any]:
    """The run as plain data: status, every country, asked-for trade, answers, units, evidence."""
    scenario, outcome = run.scenario, run.outcome
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "date": scenario.date.isoformat() if scenario.date else None,
        "world": outcome.world,
        "world_checksum": outcome.checksum,
        "version": multipolar.__version__,
        "assumptions": outcome.assumptions.as_dict(),
        "policy": [repr(act) for act in scenario.policy_on(scenario.date)],
        "status": outcome.status,
        "residual": outcome.residual,
        "iterations": outcome.iterations,
        "seconds": outcome.seconds,
        "headline": headline(run),
        "countries": _countries(outcome),
        "trade": _trade(run),
        "what_if": {
            what_if.name: {
                "title": what_if.title,
                "country": what_if.country,
                "worth": run.worth(what_if.name),
                "status": run.what_if[what_if.name].status,
            }
            for what_if in scenario.questions.what_if
        },
        "games": [finite(play_records(play)) for play in run.games],
        "deals": [finite(deals_records(deals)) for deals in run.deals],
        "answers": [
            {
                "key": a.key,
                "title": a.title,
                "remark": a.remark,
                "rows": finite(a.table.reset_index().to_dict("records")),
            }
            for a in answers(run)
        ],
        "evidence": [fact.as_data() for fact in scenario.facts],
        "contested": scenario.contested,
        "units": UNITS,
    }


def _countries(outcome: Outcome) -> dict[str, dict[str, float | None]]:
    columns = {
        "real_income": outcome.real_income,
        "price_index": outcome.price_index,
        "wage": outcome.wage,
        "exports": outcome.exports / outcome.exports_before - 1,
        "imports": outcome.imports / outcome.imports_before - 1,
        "tariff_revenue": outcome.tariff_revenue,
        "tariff_revenue_before": outcome.tariff_revenue_before,
        "terms_of_trade": outcome.terms_of_trade,
        "volume_of_trade": outcome.volume_of_trade,
    }
    table = pd.DataFrame({name: array.to_series() for name, array in columns.items()})
    rows: dict[str, dict[str, float | None]] = finite(table.to_dict("index"))
    return rows


def _trade(run: Run) -> list[dict[str, Any]]:
    """Goods trade of the pairs asked for, and of all pairs of headline countries."""
    asked, outcome = run.scenario.questions, run.outcome
    wanted = list(asked.pairs)
    wanted += [(i, n) for i in asked.headline for n in asked.headline if i != n]
    before, after = (goods_trade(outcome, when).sum(axis=0) for when in ("before", "after"))
    rows = []
    for i, n in dict.fromkeys(wanted):
        cell = outcome.countries.index(i), outcome.countries.index(n)
        old, new = float(before[cell]), float(after[cell])
        rows.append(
            {
                "exporter": i,
                "importer": n,
                "sectors": "goods",
                "before": old,
                "after": new,
                "change": new / old - 1 if old > 0 else None,
            }
        )
    return rows


def finite(data: Any) -> Any:
    """The same data with None for what is not a number, which JSON lacks."""
    if isinstance(data, dict):
        return {key: finite(value) for key, value in data.items()}
    if isinstance(data, list):
        return [finite(value) for value in data]
    return None if isinstance(data, float) and not np.isfinite(data) else data


def json_text(data: dict[str, Any]) -> str:
    """Data as the JSON that every command prints and writes."""
    return json.dumps(data, indent=1) + "\n"


def write_run(run: Run, folder: Path, options: dict[str, Any]) -> list[Path]:
    """Write everything about a run into a folder; the manifest comes last and lists the rest.

    report.html, report.md and figures/ for people; result.json, a CSV a table and outcome.nc for
    machines. Raises `InputError` for a folder that cannot be made or written to.
    """
    written = write_report(report_of(run, options), as_json(run), folder)
    written.append(run.outcome.save(folder / "outcome.nc"))
    manifest = _manifest(run, [path.relative_to(folder) for path in written], options)
    return [*written, write_text(folder / "manifest.json", json_text(manifest))]


def write_report(report: Report, data: dict[str, Any], folder: Path) -> list[Path]:
    """Write a report into a folder: report.html, report.md, figures/, CSV tables, result.json."""
    for made in (folder, folder / FIGURES):
        try:
            made.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot be made ({error.strerror})", file=str(made)) from None
    written = [write_text(folder / "result.json", json_text(data))]
    written += [write_text(folder / f"{a.key}.csv", a.table.to_csv()) for a in report.answers]
    written += _write_figures(report.figures, folder / FIGURES)
    written.append(write_text(folder / "report.md", to_markdown(report, FIGURES)))
    written.append(write_text(folder / "report.html", to_html(report)))
    return written


def _write_figures(figures: list[Figure], folder: Path) -> list[Path]:
    """Every figure as PNG, SVG and CSV; with a bar on a terminal, for it takes seconds."""
    files = [(figure, f"{figure.key}.{ending}") for figure in figures for ending in ENDINGS]
    quiet = not sys.stderr.isatty()
    with (
        ThreadPoolExecutor() as pool,
        Progress(console=Console(stderr=True), transient=True, disable=quiet) as bar,
    ):
        jobs = [pool.submit(figure.save, folder / name) for figure, name in files]
        return [job.result() for job in bar.track(jobs, description="drawing")]


def _manifest(run: Run, written: list[Path], options: dict[str, Any]) -> dict[str, Any]:
    source = Path(run.scenario.file)
    return {
        "multipolar": multipolar.__version__,
        "made": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "scenario": run.scenario.name,
        "scenario_file": str(source),
        "scenario_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "world": run.outcome.world,
        "world_checksum": run.outcome.checksum,
        "options": options,
        "status": run.outcome.status,
        "residual": run.outcome.residual,
        "files": [path.as_posix() for path in written],
    }
