"""The command about evidence; thin over `evidence` and `report.testimony`."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multipolar.cli.output import deliver, steps
from multipolar.errors import InputError

if TYPE_CHECKING:
    from multipolar.report import Answer


def evidence(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SCENARIO | compare FILE... | draft FILE...]",
            help="Nothing: the ledger. A scenario or file: what it rests on. compare: who retells "
            "whom among accounts (text files or folders), conflicts, facts. draft: entries "
            "proposed for the ledger.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the report; with draft, the file.")
    ] = None,
    json_file: Annotated[
        str | None,
        typer.Option("--json", help="File for the machine-readable result; - prints it."),
    ] = None,
) -> None:
    """The facts that scenarios rest on, and what accounts state and who retells whom."""
    first, *rest = words or [""]
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


def _ledger(scenario: str, out: Path | None, json_file: str | None) -> None:
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


def _compare(files: list[str], out: Path | None, json_file: str | None) -> None:
    from multipolar.evidence import compare, facts_of, read_accounts
    from multipolar.report.testimony import compare_answers, compare_data

    with steps() as on_step:
        found = compare(read_accounts(_named(files, "compare")), on_step)
    facts = facts_of(found)
    _hand_over(compare_answers(found, facts), compare_data(found, facts), out, json_file)


def _draft(files: list[str], out: Path | None, json_file: str | None) -> None:
    from multipolar.evidence import compare, facts_of, read_accounts
    from multipolar.evidence.draft import draft
    from multipolar.world.files import write_text

    if json_file is not None:
        raise InputError("writes TOML for the ledger; compare has --json", file="evidence draft")
    with steps() as on_step:
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
    answers: list["Answer"], data: dict[str, Any], out: Path | None, json_file: str | None
) -> None:
    """Print answers; write the report of them, or the JSON, where asked."""
    import multipolar
    from multipolar.report.document import Report

    report = Report(
        title=answers[0].title,
        question="",
        headline=[answers[0].remark],
        answers=answers,
        assumptions=[],
        acts=[],
        evidence=[],
        provenance=[("Software", f"multipolar {multipolar.__version__}")],
        command=shlex.join(["multipolar", *sys.argv[1:]]),
        leaves_out=LEAVES_OUT,
    )
    question = [answer.title for answer in answers]
    result = {"question": question, "version": multipolar.__version__} | data
    deliver(result, report, out, json_file)


LEAVES_OUT = (
    "Whether a fact is true: only who states it, how independently, and what contradicts it.",
    "Statements without a quantity, a date or a person; sarcasm, denial and who is quoted.",
)


def add_to(app: typer.Typer) -> None:
    """Give the command line this command."""
    app.command()(evidence)
