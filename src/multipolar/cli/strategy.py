"""The commands about strategy; thin over `strategy` and `report.strategic`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from multipolar.cli.options import Assume, Json, Out, assumptions_of, case_of
from multipolar.cli.output import hand_over, progress_bar, rounds, steps
from multipolar.errors import InputError

if TYPE_CHECKING:
    from multipolar.scenario import Scenario
    from multipolar.strategy import TariffPlay

Today = Annotated[
    str,
    typer.Option("--scenario", help="Whose tariffs are in force today: a scenario or TOML file."),
]
By = Annotated[str, typer.Option(help="uniform, partner, sector or partner-sector.")]
Sectors = Annotated[list[str] | None, typer.Option(help="Sectors that are taxed. Repeatable.")]
Highest = Annotated[float, typer.Option(help="Highest tariff, fraction (10 = 1,000 %).")]
Against = Annotated[str, typer.Option(help="Whom they tax: players, or everyone.")]


def optimal(
    country: Annotated[str, typer.Argument(help="A country or bloc.")],
    scenario: Today = "may-2025",
    by: By = "partner",
    partner: Annotated[
        list[str] | None, typer.Option(help="Whose goods it taxes; none: everyone's. Repeatable.")
    ] = None,
    retaliation: Annotated[
        list[str] | None,
        typer.Option(help="Who answers, and how much of it: --retaliation CHN=1. Repeatable."),
    ] = None,
    political: Annotated[
        list[str] | None,
        typer.Option(help="Weight on a sector's income: --political C29=1.5. Repeatable."),
    ] = None,
    sectors: Sectors = None,
    highest: Highest = 10.0,
    assume: Assume = None,
    out: Out = None,
    json_file: Json = None,
) -> None:
    """The tariffs that serve a country best, others' given or answering, and who pays for them."""
    from multipolar import strategy

    case = _today(scenario, assume)
    with steps() as on_step:
        on_step(f"tariffs of {country}")
        play = strategy.optimal(
            case.benchmark(),
            country,
            policy=case.policy_on(case.date),
            assumptions=case.assume(),
            by=by,  # type: ignore[arg-type]
            partners=partner or None,
            sectors=sectors or "goods",
            retaliation=_numbers("retaliation", retaliation),
            political=_numbers("political", political) or None,
            bounds=(0.0, highest),
        )
    _show(play, case, out, json_file)


def nash(
    players: Annotated[list[str], typer.Argument(help="Countries or blocs, two or more.")],
    scenario: Today = "may-2025",
    by: By = "partner",
    against: Against = "players",
    starts: Annotated[bool, typer.Option(help="Try other starts too.")] = True,
    sectors: Sectors = None,
    highest: Highest = 10.0,
    assume: Assume = None,
    out: Out = None,
    json_file: Json = None,
) -> None:
    """A trade war: tariffs from which no power gains by moving its own."""
    from multipolar import strategy

    case = _today(scenario, assume)
    with rounds("trade war") as on_round:
        play = strategy.nash(
            case.benchmark(),
            players,
            policy=case.policy_on(case.date),
            assumptions=case.assume(),
            by=by,  # type: ignore[arg-type]
            against=against,  # type: ignore[arg-type]
            sectors=sectors or "goods",
            bounds=(0.0, highest),
            several_starts=starts,
            on_round=on_round,
        )
    _show(play, case, out, json_file)


def cooperate(
    players: Annotated[list[str], typer.Argument(help="Countries or blocs, two or more.")],
    scenario: Today = "may-2025",
    by: By = "partner",
    against: Against = "players",
    rule: Annotated[str, typer.Option(help="equal-gains or nash-bargaining.")] = "equal-gains",
    disagreement: Annotated[
        str, typer.Option(help="What comes without agreement: today, or war.")
    ] = "today",
    sectors: Sectors = None,
    highest: Highest = 10.0,
    assume: Assume = None,
    out: Out = None,
    json_file: Json = None,
) -> None:
    """The best joint agreement on tariffs, and what it gains over today or over war."""
    from multipolar import strategy

    case = _today(scenario, assume)
    with rounds("agreement") as on_round:
        play = strategy.cooperate(
            case.benchmark(),
            players,
            policy=case.policy_on(case.date),
            assumptions=case.assume(),
            by=by,  # type: ignore[arg-type]
            against=against,  # type: ignore[arg-type]
            sectors=sectors or "goods",
            rule=rule,  # type: ignore[arg-type]
            disagreement=disagreement,  # type: ignore[arg-type]
            bounds=(0.0, highest),
            on_round=on_round,
        )
    _show(play, case, out, json_file)


Demand = Annotated[float, typer.Option(help="Tariff on the rival's goods that is asked for.")]
Siding = Annotated[
    list[str] | None,
    typer.Option(help="Cost of siding, fraction of real income: --siding VNM=0.01. Repeatable."),
]


def deal(
    third: Annotated[list[str] | None, typer.Argument(help="Third countries; none: all.")] = None,
    hegemon: Annotated[str, typer.Option(help="Who offers.")] = "USA",
    rival: Annotated[str, typer.Option(help="Against whom.")] = "CHN",
    demand: Demand = 0.25,
    offer: Annotated[float, typer.Option(help="Share of its tariff that is taken away.")] = 1.0,
    retaliation: Annotated[
        str, typer.Option(help="What the rival adds to its tariff, fraction; or optimal.")
    ] = "0.25",
    siding: Siding = None,
    scenario: Today = "may-2025",
    assume: Assume = None,
    out: Out = None,
    json_file: Json = None,
) -> None:
    """What would buy each third country against the rival, and what would stop it."""
    from multipolar import strategy
    from multipolar.display.words import source_line
    from multipolar.report.strategic import deals_answer, deals_records

    case = _today(scenario, assume)
    world = case.benchmark()
    if retaliation.isalpha() and retaliation != "optimal":
        raise InputError("give a fraction, such as 0.25, or optimal", field="retaliation")
    answer = "optimal" if retaliation == "optimal" else _number("retaliation", retaliation)
    terms = strategy.Terms(hegemon, rival, demand, offer, answer)  # type: ignore[arg-type]
    with progress_bar() as bar:
        task = bar.add_task("deals", total=None)
        found = strategy.deal(
            world,
            terms,
            third or "*",
            policy=case.policy_on(case.date),
            assumptions=case.assume(),
            siding=_numbers("siding", siding),
            on_country=lambda done, total: bar.update(task, completed=done, total=total),
        )
    source = source_line(world.name, case.assume())
    answers = [deals_answer(found, source)]
    hand_over(answers, deals_records(found), world, case.assume(), out, json_file)


def leaders(
    third: Annotated[list[str], typer.Argument(help="Third countries that both court.")],
    hegemon: Annotated[str, typer.Option(help="Who offers.")] = "USA",
    rival: Annotated[str, typer.Option(help="Who threatens.")] = "CHN",
    demand: Demand = 0.25,
    alignment: Annotated[
        float, typer.Option(help="Worth of a third country's siding to a leader, of real income.")
    ] = 0.0,
    siding: Siding = None,
    scenario: Today = "may-2025",
    assume: Assume = None,
    out: Out = None,
    json_file: Json = None,
) -> None:
    """Both hegemons move, then third countries choose: who agrees under which offer and threat."""
    from multipolar import strategy
    from multipolar.display.words import source_line
    from multipolar.report.strategic import leaders_answer

    case = _today(scenario, assume)
    world = case.benchmark()
    with steps() as on_step:
        on_step(f"offers and threats to {', '.join(third)}")
        moves, equilibria = strategy.two_leaders(
            world,
            strategy.Terms(hegemon, rival, demand),
            third,
            policy=case.policy_on(case.date),
            assumptions=case.assume(),
            siding=_numbers("siding", siding),
            alignment=alignment,
        )
    source = source_line(world.name, case.assume())
    answers = [leaders_answer(hegemon, rival, moves, equilibria, source)]
    data = {"moves": moves.to_dict("records"), "equilibria": equilibria}
    hand_over(answers, data, world, case.assume(), out, json_file)


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    for command in (optimal, nash, cooperate, deal, leaders):
        app.command()(command)


def _today(scenario: str, assume: list[str] | None) -> "Scenario":
    return case_of(scenario, assumptions_of(assume or []), tariffs=True)


def _show(play: "TariffPlay", case: "Scenario", out: Any, json_file: str | None) -> None:
    from multipolar.errors import NotConverged
    from multipolar.report.strategic import play_answers, play_records

    world = case.benchmark()
    hand_over(play_answers(play), play_records(play), world, case.assume(), out, json_file)
    if not play.converged:
        raise NotConverged(f"no resting point: a slope of {max(play.uphill.values()):.0e} is left")


def _numbers(option: str, given: list[str] | None) -> dict[str, float]:
    """NAME=NUMBER options as a table."""
    found = {}
    for text in given or []:
        who, equals, number = text.partition("=")
        if not equals:
            raise InputError(f"{text!r} is no NAME=NUMBER, such as CHN=1", field=option, value=text)
        found[who] = _number(option, number)
    return found


def _number(option: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{text!r} is not a number", field=option, value=text) from None
