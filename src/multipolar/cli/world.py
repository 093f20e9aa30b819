"""The command about worlds: show one, build one of a published table, fetch such a table."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from multipolar.cli import options
from multipolar.cli.output import print_or_write, say_written
from multipolar.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.progress import OnStep
    from multipolar.world import World

Step = tuple[str, "pd.DataFrame"]  # a title and what moved
LISTED = 10  # pairs that are shown of those that moved


class Worlds(click.Group):
    """Without the name of a command, the first word is a world to show."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put "show" first where no command is named."""
        if not args or args[0] not in (*self.commands, "-h", "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Worlds, invoke_without_command=False)
def world() -> None:
    """Check a world and print its countries; build a world of your own.

    multipolar world [NAME] shows one: a world that ships, or a file.
    """


@world.command()
@click.argument("name", default="world-2023")
@options.json_file
def show(name: str, json_file: str | None) -> None:
    """Check a world and print its countries: size, trade, tariffs."""
    from multipolar.report.terminal import as_tables, plain_console
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
    title = f"{benchmark.name}: accounts add up (checked to 1e-9)"
    for part in as_tables(table, title, console.width):
        console.print(part)


@world.command()
@click.argument("table")
@click.option("--out", metavar="FILE.nc", required=True, help="The world file to write.")
@click.option(
    "--format",
    "kind",
    metavar="FORMAT",
    help="oecd, wiod, long, netcdf, exiobase, eora, gloria, wiod-2013, world. "
    "[default: by the file's name]",
)
@click.option("--year", type=int, help="The year of the table, where a file has several.")
@click.option("--name", default="", help="The name of the world.")
@click.option(
    "--imbalance",
    type=float,
    default=0.01,
    show_default=True,
    metavar="FRACTION",
    help="By how much rows may miss their published totals.",
)
@click.option(
    "--dollars", type=float, metavar="RATE", help="US dollars for a euro, for tables in euros."
)
@click.option(
    "--elasticities",
    metavar="FILE|NUMBER",
    help="CSV of sector, theta; or one number for sectors without an estimate.",
)
@click.option(
    "--rebase", metavar="FILE", help="CSV of exporter, importer, value: bilateral totals to meet."
)
@click.option("--rebase-year", type=int, metavar="YEAR", help="The year of the totals.")
@click.option(
    "--valuation",
    type=float,
    default=1.0,
    show_default=True,
    help="Value at basic prices of one unit of the totals.",
)
@click.option(
    "--tariffs",
    metavar="FILE",
    help="CSV of importer, exporter, sector, rate: tariffs that the flows bear already.",
)
@click.option(
    "--alter-tariffs",
    "altered",
    metavar="FILE",
    help="The same, as new tariffs: shares of spending stay, incomes adjust.",
)
@click.option("--regroup", metavar="MAP.toml", help="Merge countries and sectors, last of all.")
@options.json_file
def build(table: str, out: str, json_file: str | None, **how: Any) -> None:
    """Build a world file from a published TABLE (or change a world that exists).

    The file can be used wherever a world is named: --world FILE.nc, or world = "FILE.nc" in a
    scenario. What was moved to make the accounts add up is printed.
    """
    from multipolar.display.progress import bars
    from multipolar.report.terminal import as_tables, plain_console

    if Path(out).suffix != ".nc":
        raise InputError(f"{out!r} is not a file FILE.nc", file="--out")
    with bars() as on_step:
        made, steps = _made(table, how, on_step)
        on_step("writing")
        made.save(out)
    if json_file is not None:
        tables = {title: part.reset_index().to_dict("records") for title, part in steps}
        print_or_write({"world": made.name, "checksum": made.checksum, "moved": tables}, json_file)
    if json_file == "-":
        return
    console = plain_console()
    for title, part in steps:
        for shown in as_tables(part, title, console.width):
            console.print(shown)
    console.print(f"{made!r}: accounts add up (checked to 1e-9)")
    say_written(out, json_file)


@world.command()
@click.argument("table", metavar="oecd-2025|oecd-2023|wiod-2016")
@click.option("--year", type=int, required=True, help="The year that is needed.")
@click.option("--out", metavar="FOLDER", help="Folder to keep it in. [default: the user's cache]")
@click.option("--any-revision", is_flag=True, help="Take it without the checksum that is known.")
def fetch(table: str, year: int, out: str | None, any_revision: bool) -> None:
    """Fetch a published table from its publisher's address, once."""
    from multipolar.display.progress import bars
    from multipolar.world.tables import fetch as get

    with bars() as on_step:
        file = get(table, year, out, any_revision=any_revision, on_step=on_step)
    say_written(file)


def _made(table: str, how: dict[str, Any], on_step: "OnStep") -> "tuple[World, list[Step]]":
    """The world that the options ask for, and what moved in each step."""
    steps: list[Step] = []
    made = _begun(table, how, steps, on_step)
    for change in (_rebased, _taxed, _altered, _regrouped):
        made = change(made, how, steps, on_step)
    return made, steps


def _begun(table: str, how: dict[str, Any], steps: list[Step], on_step: "OnStep") -> "World":
    from multipolar.world import World, balance
    from multipolar.world.tables import kind_of, read_table

    kind = how["kind"] or kind_of(table)
    given = _elasticities(how["elasticities"])
    if kind == "world":
        known = World.load(table)
        return known if given is None else known.with_elasticity(_theta(known, given))
    read = read_table(
        table,
        kind,
        how["year"],
        dollars=how["dollars"],
        imbalance=how["imbalance"],
        on_step=on_step,
    )
    on_step("balancing")
    balanced = balance(read, trade_elasticity=given, name=how["name"])
    by_use = balanced.final_use.sum(("sector", "country")).to_series() / 1e3
    steps.append((f"{read.name}: what was moved", _shown(balanced.report)))
    steps.append(("Final purchases by use", by_use.to_frame("bn USD")))
    return balanced.world


def _rebased(made: "World", how: dict[str, Any], steps: list[Step], on_step: "OnStep") -> "World":
    from multipolar.world import read_totals, rebase

    if not how["rebase"]:
        return made
    totals = read_totals(how["rebase"], made.countries, how["rebase_year"], on_step=on_step)
    found = rebase(
        made,
        totals,
        valuation=how["valuation"],
        year=how["rebase_year"],
        name=how["name"],
        on_step=on_step,
    )
    pairs = found.pairs.head(LISTED).set_index(["exporter", "importer"]) / 1e3
    pairs.index = [" to ".join(pair) for pair in pairs.index]
    pairs.index.name = "pair"
    steps.append(("Rebased: the fit", _plain(found.report)))
    steps.append(("Rebased: what moved most, bn USD", pairs))
    return found.world


def _taxed(made: "World", how: dict[str, Any], steps: list[Step], on_step: "OnStep") -> "World":  # noqa: ARG001
    from multipolar.policy import TariffSchedule
    from multipolar.world import lay_tariffs

    if not how["tariffs"]:
        return made
    levels = TariffSchedule.from_csv(how["tariffs"]).wedges(made).tariff
    return lay_tariffs(made, levels)


def _altered(made: "World", how: dict[str, Any], steps: list[Step], on_step: "OnStep") -> "World":
    from multipolar.model import alter_tariffs
    from multipolar.policy import TariffSchedule

    if not how["altered"]:
        return made
    on_step("altering tariffs")
    changed = alter_tariffs(made, TariffSchedule.from_csv(how["altered"]), name=how["name"])
    steps.append(("Tariffs altered", _revenue(made, changed)))
    return changed


def _regrouped(made: "World", how: dict[str, Any], steps: list[Step], on_step: "OnStep") -> "World":  # noqa: ARG001
    from multipolar.world import read_map, regroup

    if not how["regroup"]:
        return made
    try:
        return regroup(made, **read_map(how["regroup"]), name=how["name"])
    except InputError as error:
        raise error.located(file=how["regroup"]) from None


def _elasticities(given: str | None) -> Any:
    from multipolar.world import read_elasticities

    if given is None:
        return None
    try:
        return float(given)
    except ValueError:
        return read_elasticities(given)


def _theta(made: "World", given: Any) -> Any:
    from multipolar.world import trade_elasticities

    return trade_elasticities(made.sectors, given)


def _shown(report: "pd.DataFrame") -> "pd.DataFrame":
    """The report of balancing in units for people."""
    table = report.assign(
        cells=[f"{int(cells):,}" for cells in report["cells"]],
        moved=report["moved"] / 1e3,
        share=100 * report["share"],
    )
    names = {
        "moved": "moved, bn USD",
        "share": "of world output, %",
        "largest": "largest cell",
    }
    return table.rename(columns=names)


def _plain(report: "pd.DataFrame") -> "pd.DataFrame":
    """A report of numbers in several units as text."""

    def words(rows: "pd.DataFrame") -> Iterator[str]:
        for value, unit in zip(rows["value"], rows["unit"], strict=True):
            yield f"{value:,.6g} {unit}" if unit else f"{100 * value:.4g} %"

    return report.assign(value=list(words(report)))[["value"]]


def _revenue(before: "World", after: "World") -> "pd.DataFrame":
    import pandas as pd

    table = pd.DataFrame(
        {
            "revenue before, bn USD": before.tariff_revenue.to_series() / 1e3,
            "revenue after, bn USD": after.tariff_revenue.to_series() / 1e3,
            "value added, change, %": 100
            * (after.value_added.to_series() / before.value_added.to_series() - 1),
        }
    )
    moved = (table.iloc[:, 1] - table.iloc[:, 0]).abs().sort_values(ascending=False)
    return table.loc[moved.index[:LISTED]].rename_axis("country")
