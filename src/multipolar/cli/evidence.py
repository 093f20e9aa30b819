"""The command about evidence; the work is in `evidence` and `report.testimony`."""

import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from multipolar.cli import options
from multipolar.cli.output import deliver
from multipolar.errors import InputError

if TYPE_CHECKING:
    from multipolar.display.answer import Answer


@click.command()
@click.argument("words", nargs=-1, metavar="[SCENARIO | compare FILE... | draft FILE...]")
@click.option("--out", metavar="FOLDER", help="Folder for the report; with draft, the file.")
@options.json_file
def evidence(words: tuple[str, ...], out: str | None, json_file: str | None) -> None:
    """The facts that scenarios rest on; what accounts state, and who retells whom.

    Without arguments: the ledger. With a scenario or file: what it rests on. compare: who retells
    whom among accounts (text files or folders), their conflicts, their facts. draft: proposed
    entries for the ledger.
    """
    first, *rest = words or ("",)
    if first == "draft":
        _draft(rest, out, json_file)
    elif first == "compare":
        _compare(rest, out, json_file)
    elif rest:
        raise InputError(
            f"takes one scenario, or compare or draft before account files; got {first!r} first",
            file="evidence",
        )
    else:
        _ledger(first, out, json_file)


def _ledger(scenario: str, out: str | None, json_file: str | None) -> None:
    from multipolar.evidence import ledger
    from multipolar.report.testimony import acts_answer, acts_data, ledger_answer
    from multipolar.scenario import Scenario

    if scenario:
        case = Scenario.load(scenario)
        facts, title = list(case.facts), f"What {case.name} rests on"
    else:
        facts, title = list(ledger().values()), "The ledger"
    answers = [ledger_answer(facts, title)]
    data: dict[str, Any] = {"facts": [fact.as_data() for fact in facts]}
    if scenario:
        answers.append(acts_answer(case))
        data |= {"scenario": case.name, "acts": acts_data(case), "contested": case.contested}
    _hand_over(answers, data, out, json_file)


def _compare(files: list[str], out: str | None, json_file: str | None) -> None:
    from multipolar.display.progress import bars
    from multipolar.evidence import compare, facts_of, read_accounts
    from multipolar.report.testimony import compare_answers, compare_data

    with bars() as on_step:
        found = compare(read_accounts(_named(files, "compare")), on_step)
    facts = facts_of(found)
    _hand_over(compare_answers(found, facts), compare_data(found, facts), out, json_file)


def _draft(files: list[str], out: str | None, json_file: str | None) -> None:
    from multipolar.display.progress import bars
    from multipolar.evidence import compare, facts_of, read_accounts
    from multipolar.evidence.draft import draft
    from multipolar.world.files import write_text

    if json_file is not None:
        raise InputError("writes TOML for the ledger; compare has --json", file="evidence draft")
    with bars() as on_step:
        found = compare(read_accounts(_named(files, "draft")), on_step)
    text = draft(found, facts_of(found))
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out, text)


def _named(files: list[str], form: str) -> list[str]:
    if not files:
        raise InputError("name text files, or a folder of them", file=f"evidence {form}")
    return files


def _hand_over(
    answers: list["Answer"], data: dict[str, Any], out: str | None, json_file: str | None
) -> None:
    """Print answers; write their report or the JSON if asked."""
    from importlib.metadata import version

    from multipolar.questions.asking.plain import plain
    from multipolar.report.document import Report

    report = Report(
        title=answers[0].title,
        question="",
        headline=[answers[0].remark],
        answers=answers,
        assumptions=[],
        acts=[],
        evidence=[],
        provenance=[("Software", f"multipolar {version('multipolar')}")],
        command=shlex.join(["multipolar", *sys.argv[1:]]),
        leaves_out=LEAVES_OUT,
    )
    question = [answer.title for answer in answers]
    result = plain({"question": question, "version": version("multipolar")} | data)
    deliver(result, report, options.folder_of(out), json_file)


LEAVES_OUT = (
    "Whether a fact is true. It shows who states it, how independently, and what contradicts it.",
    "Statements without a quantity, a date or a person; sarcasm, denial and who is quoted.",
)
