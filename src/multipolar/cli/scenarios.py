"""The commands about scenarios, worlds and the page; thin over `scenario`, `report` and `app`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from multipolar.cli.options import Assume, Tariffs, assumptions_of, case_of
from multipolar.cli.output import print_or_write, steps
from multipolar.errors import InputError, choose


def run(
    scenario: Annotated[str, typer.Argument(help="A scenario that ships, or a TOML file.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for report.html, report.md, figures, JSON, CSV, NetCDF."),
    ] = None,
    json_file: Annotated[
        str | None,
        typer.Option("--json", help="File for the machine-readable result; - prints it."),
    ] = None,
    assume: Assume = None,
    tariffs: Tariffs = True,
) -> None:
    """Solve a scenario and print who gains, who loses, and the answers it asks for."""
    from multipolar.report import as_json, write_run
    from multipolar.report.terminal import plain_console, print_run

    changed = assumptions_of(assume or [])
    with steps() as on_step:
        result = case_of(scenario, changed, tariffs=tariffs).run(on_step=on_step)
    if out is not None:
        write_run(result, out, {"assume": changed, "tariffs": tariffs})
    if json_file is not None:
        print_or_write(as_json(result), json_file)
    if json_file == "-":
        return
    console = plain_console()
    print_run(result, console)
    for path in (out, json_file):
        if path is not None:
            console.print(f"Written: {path}")


def sensitivity(
    scenario: Annotated[str, typer.Argument(help="A scenario, by name or file.")],
    target: Annotated[
        list[str],
        typer.Argument(help="What to move: real_income USA, trade CHN RUS, price USA C26."),
    ],
    wrt: Annotated[
        str,
        typer.Option(help="tariff, export_tax, trade_cost, productivity or trade_elasticity."),
    ] = "tariff",
    by: Annotated[str, typer.Option(help="Bilateral levers by pair, or by cell.")] = "pair",
    top: Annotated[int, typer.Option(min=1, help="How many rows.")] = 20,
    assume: Assume = None,
    tariffs: Tariffs = True,
    json_file: Annotated[
        str | None, typer.Option("--json", help="File for the whole table as JSON; - prints it.")
    ] = None,
) -> None:
    """Rank the levers that move a result most, at a scenario's policy (first order)."""
    from multipolar.model import sensitivity as derivatives
    from multipolar.model.sensitivity import BILATERAL
    from multipolar.report.terminal import plain_console

    case = case_of(scenario, assumptions_of(assume or []), tariffs=tariffs)
    benchmark = case.benchmark()
    policy, assumed = case.policy_on(case.date), case.assume()
    table = derivatives(benchmark, policy, tuple(target), wrt, assumed, by)
    if json_file is not None:
        data = {
            "scenario": case.name,
            "world": benchmark.name,
            "assumptions": assumed.as_dict(),
            "measure": table.columns[0],
            "order": "first",
            "levers": table.set_axis(["slope"], axis=1).reset_index().to_dict("records"),
        }
        print_or_write(data, json_file)
        return
    rows = Table(wrt, "effect", box=None, pad_edge=False)
    for key, slope in table.head(top).iloc[:, 0].items():
        labels = key if isinstance(key, tuple) else (key,)
        lever = " to ".join(labels[-2:]) if wrt in BILATERAL else " in ".join(labels)
        if by == "cell" and wrt in BILATERAL:
            lever = f"{labels[0]} from {lever}"
        rows.add_row(lever, f"{slope:+.3g}")
    console = plain_console()
    console.print(f"Levers that move it most, at the margin of {case.name}.")
    console.print(f"Effect on {table.columns[0]}:")
    console.print(rows)
    console.print(f"First order: exact for small moves only. {assumed.sentence()}.")


def picture(
    scenario: Annotated[str, typer.Argument(help="A scenario, by name or file.")],
    out: Annotated[Path, typer.Option(help="File: .png, .svg, .html (with tooltips) or .csv.")],
    figure: Annotated[str, typer.Argument(help="Which of its pictures.")] = "map-real-income",
    assume: Assume = None,
    tariffs: Tariffs = True,
) -> None:
    """Draw one picture of a scenario: the world map, or another of its report."""
    from multipolar.report import answers

    run = case_of(scenario, assumptions_of(assume or []), tariffs=tariffs).run()
    known = {drawn.key: drawn for answer in answers(run) for drawn in answer.figures}
    if figure not in known:
        raise InputError(f"no picture of this name{choose(figure, known)}", field=figure)
    known[figure].save(out)


def scenarios() -> None:
    """List the scenarios that ship."""
    from multipolar.report.terminal import plain_console
    from multipolar.scenario import Scenario, scenario_names

    table = Table("name", "title", "date", box=None, pad_edge=False)
    for name in scenario_names():
        case = Scenario.load(name)
        table.add_row(name, case.title, str(case.date or ""))
    plain_console().print(table)


def show(scenario: Annotated[str, typer.Argument(help="A scenario, by name or file.")]) -> None:
    """Show what a scenario assumes: acts in force with their sources, evidence, questions."""
    from multipolar.report.terminal import plain_console
    from multipolar.scenario import Scenario

    case = Scenario.load(scenario)
    console = plain_console()
    console.print(case.title, style="bold")
    console.print(" ".join(case.story.split()))
    console.print(f"\nWorld {case.world}; {case.assume().sentence()}")
    console.print(f"\nActs in force{f' on {case.date}' if case.date else ''}", style="bold")
    for act in case.acts(case.date):
        console.print(f"- {act.id}: {case.policy_of(act)!r}")
        rests = [f"evidence {key}" for key in act.evidence] + ([act.source] if act.source else [])
        console.print(f"    {'; '.join(rests)}{f'. {act.note}' if act.note else ''}", style="dim")
    if case.facts:
        console.print("\nEvidence", style="bold")
    for fact in case.facts:
        value = f": {fact.shown}" if fact.shown else ""
        console.print(f"- {fact.key}: {fact.says}{value} ({fact.standing})")
        rests = ["; ".join(fact.accounts), *fact.objections, fact.note.rstrip(".")]
        console.print(f"    {'. '.join(filter(None, rests))}.", style="dim")
    console.print(f"\nFile: {case.file}")


def world(
    name: Annotated[str, typer.Argument(help="A world that ships, or a file.")] = "world-2023",
    json_file: Annotated[
        str | None, typer.Option("--json", help="File for the table as JSON; - prints it.")
    ] = None,
) -> None:
    """Check a world and print its countries: size, trade, tariffs."""
    from multipolar.report.terminal import as_table, plain_console
    from multipolar.report.world_table import countries
    from multipolar.world import World

    benchmark = World.load(name).check()
    table = countries(benchmark)
    if json_file is not None:
        data = {
            "world": benchmark.name,
            "checksum": benchmark.checksum,
            "countries": table.to_dict("index"),
        }
        print_or_write(data, json_file)
        return
    console = plain_console()
    console.print(as_table(table, f"{benchmark.name}: accounts add up (checked to 1e-9)"))


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0: a free one.")] = 8025,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Serve the page that solves while you move the slider."""
    from multipolar.app import serve as serve_page

    serve_page(host, port, open_browser=open_browser)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    for command in (run, sensitivity, picture, scenarios, show, world, serve):
        app.command()(command)
