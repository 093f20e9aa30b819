"""Options that several commands share, and what is read from them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multipolar.errors import InputError

if TYPE_CHECKING:
    from multipolar.model import Assumptions
    from multipolar.scenario import Scenario
    from multipolar.world import World

Sectors = Annotated[
    list[str] | None, typer.Option(help="Sectors that are cut off: --sectors goods. Repeatable.")
]
Assume = Annotated[
    list[str] | None,
    typer.Option(help="Override an assumption: --assume deficits=purged. Repeatable."),
]
Tariffs = Annotated[
    bool, typer.Option(help="Keep the benchmark's tariffs; --no-tariffs starts from none.")
]
Out = Annotated[Path | None, typer.Option(help="Folder for the report, CSV tables and pictures.")]
Json = Annotated[
    str | None,
    typer.Option("--json", help="File for the machine-readable result; - prints it."),
]
WorldName = Annotated[str, typer.Option("--world", help="A world that ships, or a file.")]


def case_of(scenario: str, assumed: dict[str, Any], *, tariffs: bool) -> "Scenario":
    """A scenario with what the command line changes in it."""
    from multipolar.scenario import Scenario

    case = Scenario.load(scenario)
    return case.model_copy(
        update={
            "assumptions": case.assumptions | assumed,
            "benchmark_tariffs": case.benchmark_tariffs and tariffs,
        }
    )


def assumptions_of(given: list[str]) -> dict[str, Any]:
    """Pairs NAME=VALUE as assumptions; a value that reads as a number is one."""
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
    from multipolar.model import Assumptions

    try:
        Assumptions.from_dict(changed)
    except InputError as error:
        raise error.located(file="--assume") from None
    return changed


def world_and_assumptions(name: str, assume: list[str] | None) -> tuple["World", "Assumptions"]:
    """A world by name or file, and assumptions from --assume."""
    from multipolar.model import Assumptions
    from multipolar.world import World

    return World.load(name), Assumptions.from_dict(assumptions_of(assume or []))
