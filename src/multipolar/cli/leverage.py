"""The commands about dependence and sanctions; thin over `leverage` and `report.dependence`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from multipolar.cli.options import (
    Assume,
    Json,
    Out,
    Sectors,
    WorldName,
    assumptions_of,
    case_of,
    world_and_assumptions,
)
from multipolar.cli.output import hand_over
from multipolar.errors import InputError

if TYPE_CHECKING:
    from multipolar.model import Assumptions
    from multipolar.report import Answer
    from multipolar.world import World


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
    from multipolar.display.words import source_line
    from multipolar.report import dependence as tell
    from multipolar.report.answers import standoff_answer

    asked = [bool(one), matrix, blocs, bool(chokepoints)]
    if sum(asked) != 1:
        raise InputError(
            "name a country or two, or give one of --matrix, --blocs, --chokepoints",
            file="leverage",
        )
    benchmark, assumed = world_and_assumptions(world, assume)
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
    hand_over(answers, data, benchmark, assumed, out, json_file, horizons)


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
    from multipolar.display.words import source_line
    from multipolar.leverage import frontier as trace
    from multipolar.leverage.frontier import WEIGHTS
    from multipolar.report.sanctioning import frontier_answers

    benchmark, assumed = world_and_assumptions(world, assume)
    found = trace(
        benchmark, coalition, target, assumed, weight or WEIGHTS, sectors=sectors or "goods"
    )
    answers = frontier_answers(coalition, target, found, source_line(benchmark.name, assumed))
    parts = {"points": found.points, "mix": found.mix, "uniform": found.uniform}
    data = {key: table.to_dict("records") for key, table in parts.items()}
    hand_over(answers, data, benchmark, assumed, out, json_file)


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
    from multipolar.display.words import source_line
    from multipolar.leverage import bargaining_range
    from multipolar.leverage import peel_away as court
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
    hand_over(answers, data, benchmark, assumed, out, json_file)


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
    hand_over([leaks_answer(table)], table.to_dict("records"), benchmark, assumed, out, json_file)


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

    benchmark, assumed = world_and_assumptions(world, assume)
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
    hand_over(answers, data, benchmark, assumed, out, json_file, at_horizons(assumed))


def _matrices(
    world: "World", assumptions: "Assumptions", sectors: str | list[str], *, blocs: bool
) -> tuple[list["Answer"], dict[str, Any]]:
    from multipolar.display.words import source_line
    from multipolar.leverage import at_horizons, bloc_matrix, dependence_matrix
    from multipolar.report import dependence as tell

    answers, data = [], {}
    solve = bloc_matrix if blocs else dependence_matrix
    for horizon, assumed in at_horizons(assumptions).items():
        found = solve(world, assumed, sectors)
        answers.append(tell.matrix_answer(found, world, horizon, source_line(world.name, assumed)))
        data[horizon] = tell.matrix_records(found, world)
    return answers, data


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    for command in (leverage, frontier, peel_away, leaks, weaker):
        app.command()(command)
