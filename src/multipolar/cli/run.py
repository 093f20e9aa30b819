"""The commands that solve a scenario: the run with all its questions, and one picture of it."""

from pathlib import Path

import click

from multipolar.cli import options
from multipolar.cli.output import print_or_write, say_written
from multipolar.errors import InputError, NotConverged, choose


@click.command()
@options.scenario
@options.out
@options.json_file
@options.assume
@options.tariffs
@options.day
@options.ranged
@options.draws
@options.path
@options.quick
def run(
    scenario: str,
    out: str | None,
    json_file: str | None,
    assume: tuple[str, ...],
    day: str | None,
    draws: int | None,
    over: str | None,
    *,
    tariffs: bool,
    ranged: bool,
    quick: bool,
) -> None:
    """Solve a scenario and print who gains, who loses, and the answers it asks for.

    SCENARIO: a shipped scenario (see multipolar scenarios), a TOML file, or a workbook (.xlsx).
    """
    from multipolar.display.progress import bars
    from multipolar.report import as_json, write_run
    from multipolar.report.terminal import plain_console, print_run
    from multipolar.scenario import affordable, anything

    asked, folder = (
        options.along(options.scenario_of(scenario, assume, tariffs=tariffs, day=day), over),
        options.folder_of(out, json_file),
    )
    options.refuse_on_gas(
        needs_trade=not asked.only_gas or any(q.needs_trade for q in asked.all_questions()),
        assumed=assume, tariffs=tariffs, ranged=ranged, draws=draws,
    )  # fmt: skip
    with bars() as on_step:
        result = asked.run(asks=affordable if quick else anything, on_step=on_step)
        if how := options.range_of(ranged=ranged, draws=draws):
            result = result.with_ranges(**how, on_step=on_step)
        if folder is not None:
            given = {"date": day, "path": over, "draws": how.get("draws"), "quick": quick}
            given |= {"patient": True} if how and draws is None else {}
            changed = {"assume": options.assumptions_of(assume), "tariffs": tariffs}
            changed |= {name: value for name, value in given.items() if value}
            write_run(result, folder, changed, on_step)
    if json_file is not None:
        print_or_write(as_json(result), json_file)
    if json_file != "-":
        print_run(result, plain_console())
        say_written(folder, json_file)
        if folder is None:
            _say_what_is_next(scenario)
    if not result.converged:
        raise NotConverged("; ".join(result.failures))


def _say_what_is_next(scenario: str) -> None:
    from multipolar.report.terminal import plain_console

    plain_console().print(
        f"Next: multipolar run {scenario} --out report writes everything as a report; "
        "multipolar serve opens it in the browser."
    )


@click.command()
@options.scenario
@click.argument("figure", default="map-real-income")
@click.option("--out", required=True, help="File: .png, .svg, .html (with tooltips) or .csv.")
@options.assume
@options.tariffs
def picture(
    scenario: str, figure: str, out: str, assume: tuple[str, ...], *, tariffs: bool
) -> None:
    """Draw one picture of a scenario: the world map, or another of its report."""
    from multipolar.display.figure import check_ending
    from multipolar.display.progress import bars

    check_ending(Path(out))
    asked = options.scenario_of(scenario, assume, tariffs=tariffs)
    with bars() as on_step:
        result = asked.run(judge=False, on_step=on_step)
    known = {drawn.key: drawn for answer in result.answers for drawn in answer.figures}
    if figure not in known:
        raise InputError(f"no picture of this name{choose(figure, known)}", field=figure)
    say_written(known[figure].save(out))


@click.command()
@click.argument("folder")
def verify(folder: str) -> None:
    """Check a finished run: its files, its inputs, and every number, by solving again.

    FOLDER: what run --out wrote.
    """
    from multipolar.display.progress import bars
    from multipolar.report import as_json
    from multipolar.report.manifest import verify as differences
    from multipolar.report.terminal import plain_console

    with bars() as on_step:
        wrong = differences(Path(folder), as_json, on_step)
    if wrong:
        raise NotConverged("the run does not verify:\n  " + "\n  ".join(wrong))
    plain_console().print(f"{folder} verifies: files, inputs and numbers are those of the run.")
