"""The command that judges what the accounts claim."""

import click

from multipolar.cli import options
from multipolar.cli.output import print_or_write
from multipolar.errors import InputError, choose


@click.command()
@click.argument("scenario", default="may-2025")
@click.argument("ids", nargs=-1)
@options.json_file
@options.assume
@options.tariffs
@options.quick
def claims(
    scenario: str,
    ids: tuple[str, ...],
    json_file: str | None,
    assume: tuple[str, ...],
    *,
    tariffs: bool,
    quick: bool,
) -> None:
    """Judge what the accounts claim: a verdict, a number, why, and what would turn it.

    SCENARIO: a shipped scenario, or a TOML file. IDS: the claims to judge; all if none is named.
    """
    from multipolar.display.progress import bars
    from multipolar.report.terminal import plain_console, print_verdicts

    asked = options.scenario_of(scenario, assume, tariffs=tariffs)
    known = [claim.id for claim in asked.claims]
    for name in ids:
        if name not in known:
            raise InputError(
                f"{asked.name} has no claim {name!r}{choose(name, known)}", field="IDS"
            )
    with bars() as on_step:
        verdicts = asked.judged(ids or known, quick=quick, on_step=on_step)
    if json_file is not None:
        print_or_write({"claims": [verdict.as_data() for verdict in verdicts]}, json_file)
    if json_file != "-":
        print_verdicts(verdicts, plain_console())
