"""The commands about dependence and sanctions; thin over `leverage` and `report.dependence`."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multipolar.errors import InputError

if TYPE_CHECKING:
    from multipolar.model import Assumptions
    from multipolar.report import Answer
    from multipolar.world import World

Sectors = Annotated[
    list[str] | None, typer.Option(help="Sectors that are cut off: --sectors goods. Repeatable.")
]
Assume = Annotated[
    list[str] | None,
    typer.Option(help="Override an assumption: --assume deficits=purged. Repeatable."),
]
Out = Annotated[Path | None, typer.Option(help="Folder for the report, CSV tables and pictures.")]
Json = Annotated[
    str | None,
    typer.Option("--json", help="File for the machine-readable result; - prints it."),
]
WorldName = Annotated[str, typer.Option("--world", help="A world that ships, or a file.")]


def leverage(
    one: Annotated[str, typer.Argument(help="A country or bloc.")] = "",
    other: Annotated[str, typer.Argument(help="The other side; none: everyone in turn.")] = "",
    matrix: Annotated[bool, typer.Option(help="All pairs of countries, exact.")] = False,
    blocs: Annotated[bool, typer.Option(help="Every country against every bloc, exact.")] = False,
    chokepoints: Annotated[str, typer.Option(help="Chokepoints of a country or bloc.")] = "",
    sectors: Sectors = None,
    assume: Assume = None,
    world: WorldName = "world-2023",
    out: Out = None,
    json_file: Json = None,
) -> None:
    """Who needs whom: losses from cut-offs, a pair, one against all, all pairs, chokepoints.

    Each in the short run (one year) and the long run, unless --assume horizon=YEARS.
    """
    from multipolar import leverage as ask
    from multipolar.report import dependence as tell
    from multipolar.report.answers import standoff_answer
    from multipolar.report.reading import source_line

    asked = [bool(one), matrix, blocs, bool(chokepoints)]
    if sum(asked) != 1:
        raise InputError(
            "name a country or two, or give one of --matrix, --blocs, --chokepoints",
            file="leverage",
        )
    benchmark, assumed = _world_and_assumptions(world, assume)
    what = sectors or "*"
    if chokepoints:
        table = ask.chokepoints(benchmark, chokepoints, assumptions=assumed)
        source = source_line(benchmark.name, assumed)
        answers = [tell.chokepoints_answer(chokepoints, table, source)]
        data: Any = table.to_dict("records")
    elif other:
        table = ask.standoff(benchmark, one, other, what, assumed)
        answers, data = [standoff_answer(table)], table.to_dict("records")
    elif one:
        table = ask.exposure(benchmark, one, what, assumed)
        source = source_line(benchmark.name, assumed)
        answers, data = [tell.exposure_answer(one, table, source)], table.to_dict("records")
    else:
        answers, data = _matrices(benchmark, assumed, what, blocs=blocs)
    _hand_over(answers, data, benchmark, assumed, out, json_file)


def _matrices(
    world: "World", assumptions: "Assumptions", sectors: str | list[str], *, blocs: bool
) -> tuple[list["Answer"], dict[str, Any]]:
    from multipolar.leverage import bloc_matrix, dependence_matrix
    from multipolar.leverage.cutoff import at_horizons
    from multipolar.report import dependence as tell
    from multipolar.report.reading import source_line

    answers, data = [], {}
    solve = bloc_matrix if blocs else dependence_matrix
    for horizon, assumed in at_horizons(assumptions).items():
        found = solve(world, assumed, sectors)
        answers.append(tell.matrix_answer(found, world, horizon, source_line(world.name, assumed)))
        data[horizon] = tell.matrix_records(found, world)
    return answers, data


def _world_and_assumptions(name: str, assume: list[str] | None) -> tuple["World", "Assumptions"]:
    from multipolar.cli import assumptions_of
    from multipolar.model import Assumptions
    from multipolar.world import World

    return World.load(name), Assumptions.from_dict(assumptions_of(assume or []))


def _hand_over(
    answers: list["Answer"],
    data: Any,
    world: "World",
    assumptions: "Assumptions",
    out: Path | None,
    json_file: str | None,
) -> None:
    """Print answers; write the report of them, or the JSON, where asked."""
    import multipolar
    from multipolar.cli import print_or_write
    from multipolar.report.document import Report, assumed
    from multipolar.report.files import finite, write_report
    from multipolar.report.terminal import plain_console, print_answer

    result: dict[str, Any] = finite(
        {
            "question": [answer.title for answer in answers],
            "world": world.name,
            "world_checksum": world.checksum,
            "version": multipolar.__version__,
            "assumptions": assumptions.as_dict(),
            "units": "losses and shares are fractions; costs and imports million USD a year",
            "result": data,
        }
    )
    if out is not None:
        report = Report(
            title=answers[0].title,
            question="",
            headline=[answer.remark for answer in answers if answer.remark],
            answers=answers,
            assumptions=assumed(assumptions),
            acts=[],
            evidence=[],
            provenance=[
                ("World", f"{world.name}, checksum {world.checksum}"),
                ("Software", f"multipolar {multipolar.__version__}"),
            ],
            command=shlex.join(["multipolar", *sys.argv[1:]]),
        )
        write_report(report, result, out)
    if json_file is not None:
        print_or_write(result, json_file)
    if json_file == "-":
        return
    console = plain_console()
    for answer in answers:
        print_answer(answer, console)
    console.print()
    console.print(f"World {world.name} (checksum {world.checksum}). {assumptions.sentence()}.")
    console.print("A comparison of two equilibria, not a forecast; no finance, no single products.")
    for path in (out, json_file):
        if path is not None:
            console.print(f"Written: {path}")


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command()(leverage)
