"""The commands that show what there is: scenarios, and the codes to use."""

import click

from multipolar.cli import options
from multipolar.cli.output import print_or_write


@click.command()
def scenarios() -> None:
    """List the scenarios that ship."""
    import pandas as pd

    from multipolar.report.terminal import as_tables, plain_console
    from multipolar.scenario import Scenario, scenario_names

    known = [Scenario.load(name) for name in scenario_names()]
    table = pd.DataFrame(
        {"title": [each.title for each in known], "date": [str(each.date or "") for each in known]},
        pd.Index([each.name for each in known], name="scenario"),
    )
    console = plain_console()
    for part in as_tables(table, "Scenarios that ship", console.width):
        console.print(part)
    console.print("\nNext: multipolar run may-2025, or multipolar show may-2025.")


@click.command()
@options.scenario
def show(scenario: str) -> None:
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
    console.print("\nQuestions", style="bold")
    for question in case.all_questions():
        console.print(f"- {question.called}: {(type(question).__doc__ or '').splitlines()[0]}")
    if case.facts:
        console.print("\nEvidence", style="bold")
    for fact in case.facts:
        value = f": {fact.shown}" if fact.shown else ""
        console.print(f"- {fact.key}: {fact.says}{value} ({fact.standing})")
        rests = ["; ".join(fact.accounts), *fact.objections, fact.note.rstrip(".")]
        console.print(f"    {'. '.join(filter(None, rests))}.", style="dim")
    console.print(f"\nFile: {case.file}")


@click.command()
@click.argument("kind", default="")
def codes(kind: str) -> None:
    """List the codes of countries, blocs, sectors and groups of sectors.

    KIND: countries, blocs, sectors, groups, or a word to look for.
    """
    import pandas as pd

    from multipolar.errors import InputError, did_you_mean
    from multipolar.report.terminal import as_tables, plain_console
    from multipolar.world.labels import (
        bloc,
        bloc_names,
        country_names,
        resolve,
        sector_groups,
        sector_names,
    )

    rows = {
        "countries": dict(country_names()),
        "blocs": {name: ", ".join(bloc(name)) for name in bloc_names()},
        "sectors": dict(sector_names()),
        "groups": {name: ", ".join(inside) for name, inside in sector_groups().items()},
    }
    if kind not in ("", *rows):
        meant = resolve(kind)
        rows = {name: _holding(known, kind, meant) for name, known in rows.items()}
    if not any(rows.values()):
        hint = did_you_mean(kind, [word for known in rows.values() for word in known])
        raise InputError(f"no code or name contains {kind!r}{hint}", field="codes")
    console = plain_console()
    for name, known in rows.items():
        if (known and kind in ("", name)) or (known and kind not in rows):
            index = pd.Index(list(known), name="code")
            table = pd.DataFrame({"name or members": list(known.values())}, index)
            for part in as_tables(table, name, console.width):
                console.print(part)
            console.print()


def _holding(known: dict[str, str], word: str, meant: str | None) -> dict[str, str]:
    """The entries whose code or name contains a word."""
    text = word.casefold()
    return {
        c: n for c, n in known.items() if c == meant or text in c.casefold() or text in n.casefold()
    }


@click.command()
@click.option("--out", metavar="FILE", help="File to write; without it the schema is printed.")
@click.option("--sweep", is_flag=True, help="The schema of a sweep's design instead.")
def schema(out: str | None, *, sweep: bool) -> None:
    """Print the JSON Schema of a scenario file, with which editors complete and check one.

    Put "#:schema scenario.schema.json" into the first line of a file beside it.
    """
    from multipolar.scenario.schema import scenario_schema
    from multipolar.sweep.schema import sweep_schema

    print_or_write(sweep_schema() if sweep else scenario_schema(), out or "-")


@click.command()
@click.argument("file", metavar="FILE.xlsx")
def template(file: str) -> None:
    """Write a workbook to fill in, which `multipolar run` reads like a scenario file.

    It has drop-downs of acts, countries, blocs, sectors and questions, and an example that runs.
    """
    from pathlib import Path

    from multipolar.cli.output import say_written
    from multipolar.errors import InputError
    from multipolar.report.terminal import plain_console
    from multipolar.scenario.template import template as made
    from multipolar.world.files import write_whole

    path = Path(file)
    if path.suffix.lower() != ".xlsx":
        raise InputError("is not the name of a workbook; end it in .xlsx", file=file)
    if path.exists():
        raise InputError("is there already; name another file, or remove it first", file=file)
    book = made()
    write_whole(path, lambda draft: draft.write_bytes(book))
    say_written(path)
    plain_console().print(f"Next: fill it in, then multipolar run {file} --out results.")
