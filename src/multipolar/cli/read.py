"""The command that drafts a scenario from accounts; the work is in `evidence.proposal`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from multipolar.errors import InputError

if TYPE_CHECKING:
    from multipolar.evidence.acts import Recognised
    from multipolar.evidence.recognition import Recognition

SHOWN = 20  # acts, plans and other mentions that the terminal lists


@click.command()
@click.argument("accounts", nargs=-1, metavar="ACCOUNT...")
@click.option("--out", metavar="FILE", help="The file for the draft; without it, it is printed.")
@click.option(
    "--lexicon", "lexicons", multiple=True, metavar="FILE",
    help="More actors, instruments and goods, as TOML. Repeatable.",
)  # fmt: skip
def read(accounts: tuple[str, ...], out: str | None, lexicons: tuple[str, ...]) -> None:
    """Draft a scenario from accounts: acts, plans, claims, facts, questions.

    ACCOUNT: text files, or folders of them; a lexicon.toml in such a folder is used too. No run
    accepts the draft before somebody has confirmed its acts.
    """
    from multipolar.display.progress import bars
    from multipolar.evidence import read_accounts
    from multipolar.evidence.lexicon import BESIDE, lexicon_with
    from multipolar.evidence.proposal import proposal
    from multipolar.evidence.recognition import read as read_all
    from multipolar.world.files import is_file, write_text

    if not accounts:
        raise InputError("name text files, or a folder of them", file="read")
    if out is not None and not out.endswith(".toml"):
        raise InputError("a draft is a scenario file; name it *.toml", file="--out", value=out)
    beside = [str(path) for name in accounts if is_file(path := Path(name) / BESIDE)]
    used = [*beside, *lexicons]
    with bars() as on_step:
        reading = read_all(read_accounts(accounts), lexicon_with(*used), on_step)
    text = proposal(reading)
    if out is None:
        sys.stdout.write(text)
        return
    write_text(out, text)
    for line in _told(reading, used, out):
        click.echo(line)


def _told(reading: "Recognition", lexicons: list[str], out: str) -> list[str]:
    """What was found, for the terminal."""
    from multipolar.evidence.claims import safe_text
    from multipolar.evidence.standing import IN_FORCE

    acts = [_line(group[0], f"{len({r.account for r in group})} acc.") for group in reading.acts]
    other = [_line(each, each.status) for each in reading.left]
    force = sum(each.status == IN_FORCE for each in reading.left)
    told = [
        f"{len(acts)} drafted as acts:", *acts[:SHOWN],
        f"{len(other)} only listed; {force} of them in force, with something missing:",
        *other[:SHOWN],
    ]  # fmt: skip
    told += [f"  ... and {len(other) - SHOWN} more"] if len(other) > SHOWN else []
    told.append(f"{len(reading.claims)} claims, {len(reading.facts)} facts.")
    told += [f"With the words of {safe_text(name)}." for name in lexicons]
    told.append(f"Written: {safe_text(out)}")
    if acts:
        told.append(
            'Next: read what each act names as its source, take out its line "confirm = true", '
            f"and multipolar run {safe_text(out)}"
        )
    return told


def _line(each: "Recognised", remark: str) -> str:
    """One mention in a line of at most 80 characters: who, what, on whom, how much, how sure."""
    rate = "" if each.rate is None else f" {100 * each.rate:g} %"
    goods = f" on {', '.join(each.goods[:2])}" if each.goods and not each.link else ""
    what = each.link or f"{each.kind}{goods}"
    who = "+".join(each.who) or "?"
    whom = "+".join(each.whom or each.spared) or "?"
    return f"  {f'{who} -> {whom}: {what}{rate}'[:52]:<52} {remark:<12} {each.sure}"
