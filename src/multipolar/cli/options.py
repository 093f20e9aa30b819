"""Options that several commands share, and how they are read."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from multipolar.errors import InputError

if TYPE_CHECKING:
    from multipolar.model import Case
    from multipolar.scenario import Scenario


def named(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Names of shipped scenarios that begin with what was typed; for completion in a shell."""
    from importlib.resources import files

    names = (path.name for path in (files("multipolar") / "scenarios").iterdir())
    return sorted(n.removesuffix(".toml") for n in names if n.endswith(".toml")
                  and n.startswith(begun))  # fmt: skip


scenario = click.argument("scenario", shell_complete=named)
assume = click.option(
    "--assume", multiple=True, metavar="NAME=VALUE",
    help="Override an assumption: --assume deficits=purged. Repeatable.",
)  # fmt: skip
tariffs = click.option(
    "--tariffs/--no-tariffs", default=True,
    help="Keep the benchmark's tariffs, or start from none.",
)  # fmt: skip
day = click.option(
    "--date", "day", metavar="YYYY-MM-DD",
    help="The day on which acts count, in the place of the scenario's own.",
)  # fmt: skip
ranged = click.option(
    "--range", "ranged", is_flag=True,
    help="Show how sure each number is: its range over draws of the elasticities.",
)  # fmt: skip
quick = click.option(
    "--quick", is_flag=True,
    help="Leave out what takes minutes: games and bargaining.",
)  # fmt: skip
draws = click.option(
    "--draws", type=int, metavar="N",
    help="How many draws (implies --range), however long they take. [default: 256]",
)  # fmt: skip
path = click.option(
    "--path", "over", metavar="PERIODS",
    help="Follow the dated acts over time instead: 2025Q1:2028Q4, 2025:2030, 2025-01:2026-12.",
)  # fmt: skip
out = click.option(
    "--out", type=str, metavar="FOLDER", help="Folder for the report, tables and pictures."
)
json_file = click.option(
    "--json", "json_file", metavar="FILE", help="File for the machine-readable result; - prints it."
)


def scenario_of(
    name: str, assumed: tuple[str, ...], *, tariffs: bool = True, day: str | None = None
) -> "Scenario":
    """A scenario with the changes that the command line makes."""
    from multipolar.scenario import Scenario

    found, date = Scenario.load(name), day_of(day)
    return found.with_options(assumptions_of(assumed), tariffs=tariffs, date=date)


def day_of(text: str | None) -> dt.date | None:
    """A day written as 2025-04-12; `InputError` for what is none."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        reason = f"{text!r} is not a day; write it as 2025-04-12"
        raise InputError(reason, file="--date") from None


def along(scenario: "Scenario", over: str | None) -> "Scenario":
    """The scenario along a path, if the command line names its periods."""
    try:
        return scenario if over is None else scenario.along(over)
    except InputError as error:
        raise InputError(error.reason, file="--path", value=over) from None


def case_of(scenario: str, world: str, assumed: tuple[str, ...], *, tariffs: bool = True) -> "Case":
    """The case of a scenario (empty: a world without acts), on another world if one is named."""
    from multipolar.model import Assumptions, Case
    from multipolar.world import World

    if scenario:
        asked = scenario_of(scenario, assumed, tariffs=tariffs)
        if world:
            asked = asked.model_copy(update={"world": world})
        return asked.case()
    benchmark = World.load(world or "world-2023")
    benchmark = benchmark if tariffs else benchmark.without_tariffs()
    return Case(benchmark, assumptions=Assumptions.from_dict(assumptions_of(assumed)))


def assumptions_of(given: tuple[str, ...]) -> dict[str, Any]:
    """Pairs NAME=VALUE as assumptions; a value that can be read as a number becomes one."""
    from multipolar.model import Assumptions

    changed: dict[str, Any] = {}
    for text in given:
        name, found, value = text.partition("=")
        if not found:
            raise InputError(
                f"{text!r} is not NAME=VALUE, such as deficits=purged", file="--assume"
            )
        try:
            changed[name.strip()] = float(value)
        except ValueError:
            changed[name.strip()] = value.strip()
    try:
        Assumptions.from_dict(changed)
    except InputError as error:
        raise error.located(file="--assume") from None
    return changed


def range_of(*, ranged: bool, draws: int | None) -> dict[str, Any]:
    """The arguments of `with_ranges` that the options mean; empty if no range is asked for."""
    if draws is not None:
        return {"draws": draws, "patience": float("inf")}
    return {"draws": DRAWS} if ranged else {}


def refuse_on_gas(
    *, needs_trade: bool, assumed: tuple[str, ...], tariffs: bool, ranged: bool, draws: int | None
) -> None:
    """Raise `InputError` for options about trade where only the gas market is solved."""
    given = {"--assume": bool(assumed), "--no-tariffs": not tariffs,
             "--range": ranged, "--draws": draws is not None}  # fmt: skip
    for option, used in given.items():
        if used and not needs_trade:
            raise InputError(
                "is about trade, and here only the gas market is solved; leave it out (what may be "
                "assumed about gas is among the options and fields of the questions)",
                file=option,
            )


DRAWS = 256


def folder_of(out: str | None, json_file: str | None = None) -> Path | None:
    """The folder for results, made before anything is solved; `InputError` if it cannot be made.

    A file for the JSON that cannot be one is refused here too.
    """
    if json_file is not None and json_file != "-":
        path = Path(json_file)
        if path.is_dir() or not json_file.strip():
            raise InputError("is a folder, not a file to write", file=json_file)
        if not path.absolute().parent.is_dir():
            raise InputError("cannot be written (no such folder)", file=json_file)
    if out is None:
        return None
    from multipolar.report.files import make_folder

    return make_folder(Path(out))
