"""The commands about dependence and sanctions; thin over `leverage` and `report.dependence`."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multipolar.errors import InputError

if TYPE_CHECKING:
    from multipolar.model import Assumptions
    from multipolar.report import Answer
    from multipolar.report.document import Report
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
    horizons = ask.at_horizons(assumed)
    source = source_line(benchmark.name, next(iter(horizons.values())))
    if chokepoints:
        table = ask.chokepoints(benchmark, chokepoints, assumptions=assumed)
        answers = [tell.chokepoints_answer(chokepoints, table, source)]
        data: Any = table.to_dict("records")
    elif other:
        table = ask.standoff(benchmark, one, other, what, assumed)
        answers, data = [standoff_answer(table)], table.to_dict("records")
    elif one:
        table = ask.exposure(benchmark, one, what, assumed)
        answers, data = [tell.exposure_answer(one, table, source)], table.to_dict("records")
    else:
        answers, data = _matrices(benchmark, assumed, what, blocs=blocs)
    _hand_over(answers, data, benchmark, assumed, out, json_file, horizons)


def frontier(
    coalition: Annotated[str, typer.Argument(help="Who sanctions: a country or bloc.")],
    target: Annotated[str, typer.Argument(help="Whom: a country or bloc.")],
    weight: Annotated[
        list[float] | None,
        typer.Option(help="USD given for a USD of the target's loss. Repeatable."),
    ] = None,
    sectors: Sectors = None,
    assume: Assume = None,
    world: WorldName = "world-2023",
    out: Out = None,
    json_file: Json = None,
) -> None:
    """The sanctions frontier: least cost to the coalition for each loss of the target."""
    from multipolar.leverage import frontier as trace
    from multipolar.leverage.frontier import WEIGHTS
    from multipolar.report.reading import source_line
    from multipolar.report.sanctioning import frontier_answers

    benchmark, assumed = _world_and_assumptions(world, assume)
    found = trace(
        benchmark, coalition, target, assumed, weight or WEIGHTS, sectors=sectors or "goods"
    )
    answers = frontier_answers(coalition, target, found, source_line(benchmark.name, assumed))
    parts = {"points": found.points, "mix": found.mix, "uniform": found.uniform}
    data = {key: table.to_dict("records") for key, table in parts.items()}
    _hand_over(answers, data, benchmark, assumed, out, json_file)


def peel_away(
    scenario: Annotated[str, typer.Argument(help="The sanctions in force: a scenario or file.")],
    target: Annotated[str, typer.Option(help="Who is courted.")] = "RUS",
    courtier: Annotated[str, typer.Option(help="Who offers relief.")] = "SANCTIONS",
    rival: Annotated[str, typer.Option(help="From whom the target is courted away.")] = "CHN",
    stake: Annotated[
        float | None, typer.Option(help="What a war is about, bn USD, stated: adds the range.")
    ] = None,
    chance: Annotated[float, typer.Option(help="Chance that the target wins it.")] = 0.5,
    war_cost: Annotated[
        tuple[float, float],
        typer.Option(help="Stated military costs of target and courtier, bn USD a year."),
    ] = (0.0, 0.0),
    years: Annotated[float, typer.Option(help="Years that fighting and sanctions last.")] = 1.0,
    assume: Assume = None,
    out: Out = None,
    json_file: Json = None,
) -> None:
    """What relief from sanctions is worth to each side, and what the rival holds against it.

    With --stake also what both sides of the war would rather settle for than fight on.
    """
    from multipolar.cli import assumptions_of, case_of
    from multipolar.leverage import bargaining_range
    from multipolar.leverage import peel_away as court
    from multipolar.report.reading import source_line
    from multipolar.report.sanctioning import bargain_answer, peel_away_answer

    case = case_of(scenario, assumptions_of(assume or []), tariffs=True)
    benchmark, assumed = case.benchmark(), case.assume()
    table = court(
        benchmark, target, courtier, rival, case.policy_on(case.date), assumptions=assumed
    )
    sides = {"target": target, "courtier": courtier, "rival": rival}
    answers = [peel_away_answer(sides, table, source_line(benchmark.name, assumed))]
    data: dict[str, Any] = {"sides": sides, "packages": table.to_dict("records")}
    if stake is not None:
        whole = table[table["package"] == "everything"]
        costs = [
            1e3 * cost + max(0.0, float(whole[side].iloc[0]))
            for cost, side in zip(war_cost, ("target", "courtier"), strict=True)
        ]
        found = bargaining_range(1e3 * stake, chance, *costs, years=years)
        answers.append(bargain_answer(found, years))
        data["bargaining_range"] = found
    _hand_over(answers, data, benchmark, assumed, out, json_file)


def leaks(
    scenario: Annotated[str, typer.Argument(help="The sanctions in force: a scenario or file.")],
    exporter: Annotated[str, typer.Option(help="Whose blocked sales leak.")] = "SANCTIONS",
    importer: Annotated[str, typer.Option(help="To whom.")] = "RUS",
    through: Annotated[str, typer.Option(help="Third countries that might leak.")] = "*",
    share: Annotated[float, typer.Option(help="Share of what is blocked that returns.")] = 0.33,
    markup: Annotated[float, typer.Option(help="What the third country adds to it.")] = 0.2,
    secondary: Annotated[
        float, typer.Option(help="Secondary sanctions: coverage of the exporter's embargo on it.")
    ] = 0.0,
    assume: Assume = None,
    out: Out = None,
    json_file: Json = None,
) -> None:
    """Which third country gains most from passing on what is blocked, and whom a threat stops."""
    from multipolar.cli import assumptions_of, case_of
    from multipolar.leverage import who_leaks
    from multipolar.policy import Leakage
    from multipolar.report.sanctioning import leaks_answer

    case = case_of(scenario, assumptions_of(assume or []), tariffs=True)
    benchmark, assumed = case.benchmark(), case.assume()
    act = Leakage(
        exporter,
        importer,
        through,
        share=share,
        markup=markup,
        sanctioner=exporter if secondary else None,
        secondary=secondary,
    )
    table = who_leaks(benchmark, case.policy_on(case.date), act, assumptions=assumed)
    _hand_over([leaks_answer(table)], table.to_dict("records"), benchmark, assumed, out, json_file)


def weaker(
    target: Annotated[str, typer.Argument(help="Who weakens.")] = "RUS",
    against: Annotated[list[str] | None, typer.Option(help="Partners; CHN and SANCTIONS.")] = None,
    hands: Annotated[float, typer.Option(help="Change of its labour force, fraction.")] = -0.05,
    productivity: Annotated[float, typer.Option(help="Change of productivity.")] = -0.05,
    debt_service: Annotated[float, typer.Option(help="Paid to the first partner, bn USD.")] = 0.0,
    assume: Assume = None,
    world: WorldName = "world-2023",
    out: Out = None,
    json_file: Json = None,
) -> None:
    """How a weaker country changes each partner's leverage over it."""
    from multipolar.leverage import at_horizons
    from multipolar.leverage import weaker as weaken
    from multipolar.report.sanctioning import weaker_answer

    benchmark, assumed = _world_and_assumptions(world, assume)
    partners = against or ["CHN", "SANCTIONS"]
    table = weaken(
        benchmark,
        target,
        {partner: partner for partner in partners},
        hands=hands,
        productivity=productivity,
        debt_service=1e3 * debt_service,
        creditor=partners[0],
        assumptions=assumed,
    )
    answers, data = [weaker_answer(target, table)], table.to_dict("records")
    _hand_over(answers, data, benchmark, assumed, out, json_file, at_horizons(assumed))


def _matrices(
    world: "World", assumptions: "Assumptions", sectors: str | list[str], *, blocs: bool
) -> tuple[list["Answer"], dict[str, Any]]:
    from multipolar.leverage import at_horizons, bloc_matrix, dependence_matrix
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
    horizons: Mapping[str, "Assumptions"] | None = None,
) -> None:
    """Print answers; write the report of them, or the JSON, where asked.

    `horizons`: those asked for by name, if more than that of the assumptions.
    """
    from multipolar.cli import print_or_write
    from multipolar.report.files import finite, write_report
    from multipolar.report.terminal import plain_console, print_answer

    horizons = horizons or {}
    result = finite(_result(answers, data, world, assumptions, horizons))
    if out is not None:
        write_report(_report(answers, world, assumptions), result, out)
    if json_file is not None:
        print_or_write(result, json_file)
    if json_file == "-":
        return
    console = plain_console()
    for answer in answers:
        print_answer(answer, console)
    console.print()
    console.print(f"World {world.name} (checksum {world.checksum}). {assumptions.sentence()}.")
    if len(horizons) > 1:
        console.print("Short run: elasticities after one year (docs/assumptions.md).")
    console.print("A comparison of two equilibria, not a forecast; no finance, no single products.")
    for path in (out, json_file):
        if path is not None:
            console.print(f"Written: {path}")


def _result(
    answers: list["Answer"],
    data: Any,
    world: "World",
    assumptions: "Assumptions",
    horizons: Mapping[str, "Assumptions"],
) -> dict[str, Any]:
    """What is printed with --json."""
    import multipolar

    return {
        "question": [answer.title for answer in answers],
        "world": world.name,
        "world_checksum": world.checksum,
        "version": multipolar.__version__,
        "assumptions": assumptions.as_dict(),
        "horizons": {name: end.horizon for name, end in horizons.items()},
        "units": "losses and shares are fractions; costs and imports million USD a year",
        "result": data,
    }


def _report(answers: list["Answer"], world: "World", assumptions: "Assumptions") -> "Report":
    """The answers as a report, with the command that made them."""
    import multipolar
    from multipolar.report.document import Report, assumed

    return Report(
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


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    for command in (leverage, frontier, peel_away, leaks, weaker):
        app.command()(command)
