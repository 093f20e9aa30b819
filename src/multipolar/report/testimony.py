"""Answers about evidence: the ledger's standing, who retells whom, conflicts, facts, garbles."""

import textwrap
from collections.abc import Iterable
from typing import Any

import pandas as pd

import multipolar
from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.evidence import Account, Fact, Retellings, outline
from multipolar.evidence.facts import Sighting
from multipolar.evidence.facts import StatedFact as Stated
from multipolar.evidence.outline import Outline
from multipolar.evidence.quantities import shown
from multipolar.evidence.retellings import Pair
from multipolar.scenario import Scenario

DRAWN = 30  # how many accounts fit in a matrix of scores
ROWS = 60  # how many rows of a long list a table shows; the JSON has all
SOURCE = 60  # how many characters of a source a table shows
TELLERS = 12  # how many retellings of a report are printed side by side
PREFIX = 8  # characters of an account's name; more if names would otherwise be the same


def ledger_answer(facts: Iterable[Fact], title: str) -> Answer:
    """Facts with value, unit, standing and objections."""
    facts = list(facts)
    rows = [
        {
            "fact": fact.key,
            "value": fact.shown or "-",
            "independent sources": float(fact.sources),
            "accounts": float(len({account.partition(",")[0] for account in fact.accounts})),
            "contested": "yes" if fact.contested else "no",
            "official figures": fact.verdict or "-",
        }
        for fact in facts
    ]
    columns = ["fact", "value", "independent sources", "accounts", "contested", "official figures"]
    table = _whole_numbers(pd.DataFrame(rows, columns=columns).set_index("fact"))
    remarks = [f"{fact.key}: {'; '.join(fact.objections)}." for fact in facts if fact.contested]
    remarks.append("Retellings of one report count as one source.")
    return Answer("evidence", title, table, " ".join(remarks))


def acts_data(scenario: Scenario) -> list[dict[str, Any]]:
    """The acts in force, what each does, and the standing of the facts it rests on."""
    facts = {fact.key: fact for fact in scenario.facts}
    return [
        {
            "act": act.id,
            "does": repr(scenario.policy_of(act)),
            "facts": {key: facts[key].standing for key in act.evidence},
            "source": act.source,
        }
        for act in scenario.acts(scenario.date)
    ]


def acts_answer(scenario: Scenario) -> Answer:
    """The acts in force with the facts and documents that they rest on."""
    acts = acts_data(scenario)
    table = pd.DataFrame(
        {
            "facts of the accounts": [
                "; ".join(f"{key} ({standing})" for key, standing in act["facts"].items()) or "-"
                for act in acts
            ],
            "documented source": [
                textwrap.shorten(act["source"], SOURCE, placeholder=" ...") or "-" for act in acts
            ],
        },
        pd.Index([act["act"] for act in acts], name="act"),
    )
    remark = "" if acts else "No act is in force."
    return Answer("acts", f"What the acts of {scenario.name} rest on", table, remark)


def compare_answers(found: Retellings, facts: list[Stated]) -> list[Answer]:
    """Which accounts tell one report, and why; outlines, conflicts, facts."""
    answers = [_retellings_answer(found)]
    for number, members in enumerate(found.reports):
        if 1 < len(members) <= TELLERS:
            answers += _outline_answers(found, number + 1, outline(found, members))
    conflicts = [fact for fact in facts if fact.contested]
    if conflicts:
        answers.append(_conflicts_answer(found, conflicts))
    return [*answers, _facts_answer(found, facts)]


def short_names(accounts: Iterable[Account]) -> list[str]:
    """Names of accounts for a table: without ending, as short as possible but still different."""
    stems = [account.name.removesuffix(".txt") for account in accounts]
    longest = max(map(len, stems), default=PREFIX)
    for length in range(PREFIX, longest):
        cut = [stem[:length].rstrip("-_ ") for stem in stems]
        if len(set(cut)) == len(set(stems)):
            return cut
    return stems


def _whole_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Counts as text, so that no decimals are shown."""
    counts = table.select_dtypes("number").columns
    return table.assign(**{name: table[name].map("{:.0f}".format) for name in counts})


def _retellings_answer(found: Retellings) -> Answer:
    names = short_names(found.accounts)
    pairs = sorted(found.pairs, key=lambda pair: -pair.score)[:ROWS]
    counts = pd.DataFrame(
        {
            "statements shared": [len(pair.matches) for pair in pairs],
            "names": [pair.names for pair in pairs],
            "numbers": [pair.numbers for pair in pairs],
            "quotations": [pair.quotations for pair in pairs],
        },
        pd.Index([f"{names[p.one]} and {names[p.other]}" for p in pairs], name="accounts"),
    )
    table = _whole_numbers(counts)
    table.insert(0, "score, 0 to 1", [pair.score for pair in pairs])
    table.insert(2, "in order, share", [pair.order for pair in pairs])
    table["one report"] = ["yes" if _one_report(found, pair) else "no" for pair in pairs]
    several = [members for members in found.reports if len(members) > 1]
    told = "; ".join(", ".join(names[k] for k in m[:TELLERS]) for m in several[:TELLERS])
    n, reports = len(names), len(found.reports)
    remark = f"{n} account{'s' * (n != 1)}, {reports} independent report{'s' * (reports != 1)}. "
    remark += f"Retellings of one report: {told}." if several else "None retells another."
    if found.copies:
        same = (f"{names[one]} and {names[other]}" for one, other in found.copies[:TELLERS])
        remark += f" The same text: {'; '.join(same)}."
    figures = (_matrix(found, names),) if 1 < n <= DRAWN else ()
    return Answer("retellings", "Who tells the same report", table, remark, figures)


def _one_report(found: Retellings, pair: Pair) -> bool:
    return found.report[pair.one] == found.report[pair.other]


def _matrix(found: Retellings, names: list[str]) -> Figure:
    order = [k for members in found.reports for k in members]
    cells = [(names[i], names[j], 1.0 if i == j else found.score(i, j))
             for i in order for j in order]  # fmt: skip
    told = (f"{names[p.one]} and {names[p.other]} {p.score:.2f}" for p in found.pairs)
    return charts.heat_map(
        pd.DataFrame(cells, columns=["account", "other account", "score, 0 to 1"]),
        key="retellings",
        title="Who tells the same report",
        source=f"multipolar {multipolar.__version__}, from the accounts given.",
        alt=f"Matrix of scores: {', '.join(told)}.",
        digits=2,
        signed=False,
    )


def _outline_answers(found: Retellings, number: int, told: Outline) -> list[Answer]:
    names = short_names(found.accounts)

    def paragraphs(account: int, statements: Iterable[int]) -> str:
        made = found.accounts[account].statements
        return ", ".join(dict.fromkeys(str(made[s].paragraph) for s in statements)) or "-"

    table = pd.DataFrame(
        {
            f"{names[k]}, paragraph": [paragraphs(k, s.told_by.get(k, ())) for s in told.statements]
            for k in told.members
        },
        pd.Index([s.label for s in told.statements], name="statement"),
    )
    parts = [
        f"{names[k]} lacks {len(told.drops[k])} of these statements, and only it has "
        f"{len(told.adds[k])} (paragraphs {paragraphs(k, told.adds[k])})."
        for k in told.members
    ]
    title = f"Report {number}: what its retellings have in common, in order"
    answers = [Answer(f"outline-{number}", title, table, " ".join(parts))]
    if told.garbles:
        rows = pd.DataFrame(
            {
                "paragraph": [paragraphs(g.account, [g.statement]) for g in told.garbles],
                "written": [g.written for g in told.garbles],
                "the others": [g.others for g in told.garbles],
            },
            pd.Index([names[g.account] for g in told.garbles], name="account"),
        )
        answers.append(Answer(f"garbled-{number}", f"Report {number}: garbled", rows))
    return answers


def _conflicts_answer(found: Retellings, facts: list[Stated]) -> Answer:
    names = short_names(found.accounts)
    rows, reasons = [], []
    for fact in facts:
        value = shown(fact.kind, fact.unit, fact.value)
        for sighting in fact.against:
            other = shown(fact.kind, fact.unit, sighting.reading.value)
            why = "; ".join(sighting.doubts) or "nothing speaks against it"
            reasons.append(f"{other} in {names[sighting.account]}: {why}.")
            rows.append(
                {
                    "about": fact.about,
                    "stands": value if fact.resolved else "undecided",
                    "stated by": f"{value}: {_cited(found, names, fact.stated)}",
                    "against": f"{other}: {_cited(found, names, [sighting])}",
                }
            )
    table = pd.DataFrame(rows).set_index("about")
    return Answer("conflicts", "Where accounts contradict each other", table, " ".join(reasons))


def _facts_answer(found: Retellings, facts: list[Stated]) -> Answer:
    names = short_names(found.accounts)
    rows = [
        {
            "value": shown(fact.kind, fact.unit, fact.value),
            "kind": fact.kind,
            "independent sources": str(fact.sources),
            "accounts and paragraphs": _cited(found, names, fact.stated),
            "about": fact.about,
        }
        for fact in facts[:ROWS]
    ]
    columns = ["value", "kind", "independent sources", "accounts and paragraphs", "about"]
    table = pd.DataFrame(rows, columns=columns).set_index("value")
    more = f"{len(facts) - ROWS} more are in the JSON. " if len(facts) > ROWS else ""
    remark = f"{more}Retellings of one report count as one source."
    return Answer("facts", "What the accounts state", table, remark)


def _cited(found: Retellings, names: list[str], sightings: Iterable[Sighting]) -> str:
    places: dict[str, list[str]] = {}
    for sighting in sightings:
        statement = found.accounts[sighting.account].statements[sighting.reading.statement]
        places.setdefault(names[sighting.account], []).append(str(statement.paragraph))
    cited = [f"{name} {'+'.join(dict.fromkeys(at))}" for name, at in list(places.items())[:TELLERS]]
    more = len(places) - TELLERS
    return ", ".join(cited) + (f" and {more} more" if more > 0 else "")


# --- as data -------------------------------------------------------------------------------------


def compare_data(found: Retellings, facts: list[Stated]) -> dict[str, Any]:
    """All results as plain data, each with its file, paragraph and characters."""
    names = [account.name for account in found.accounts]
    return {
        "accounts": [
            {"account": name, "report": report, "statements": len(account.statements)}
            for name, report, account in zip(names, found.report, found.accounts, strict=True)
        ],
        "same_text": [[names[one], names[other]] for one, other in found.copies],
        "pairs": [
            {
                "accounts": [names[pair.one], names[pair.other]],
                "score": pair.score,
                "coverage": pair.coverage,
                "order": pair.order,
                "statements": len(pair.matches),
                "names": pair.names,
                "numbers": pair.numbers,
                "quotations": pair.quotations,
                "words": pair.words,
            }
            for pair in found.pairs
        ],
        "reports": [_report_data(found, members) for members in found.reports],
        "facts": [
            {
                "kind": fact.kind,
                "unit": fact.unit,
                "value": fact.value,
                "about": fact.about,
                "independent_sources": fact.sources,
                "resolved": fact.resolved,
                "stated": [_sighting_data(found, s) for s in fact.stated],
                "against": [_sighting_data(found, s) for s in fact.against],
            }
            for fact in facts
        ],
    }


def _report_data(found: Retellings, members: list[int]) -> dict[str, Any]:
    names = [found.accounts[k].name for k in members]
    if len(members) == 1:
        return {"accounts": names}
    told = outline(found, members)
    return {
        "accounts": names,
        "outline": [
            {
                "label": statement.label,
                "told_by": [
                    _place(found, k, s) for k, made in statement.told_by.items() for s in made
                ],
            }
            for statement in told.statements
        ],
        "adds": [_place(found, k, s) for k, made in told.adds.items() for s in made],
        "drops": {found.accounts[k].name: list(places) for k, places in told.drops.items()},
        "garbles": [
            _place(found, g.account, g.statement) | {"written": g.written, "others": g.others}
            for g in told.garbles
        ],
    }


def _place(found: Retellings, account: int, statement: int) -> dict[str, Any]:
    made = found.accounts[account].statements[statement]
    return {
        "account": found.accounts[account].name,
        "paragraph": made.paragraph,
        "characters": [made.start, made.end],
    }


def _sighting_data(found: Retellings, sighting: Sighting) -> dict[str, Any]:
    reading = sighting.reading
    return _place(found, sighting.account, reading.statement) | {
        "characters": [reading.start, reading.end],
        "text": reading.text,
        "value": reading.value,
        "qualifier": reading.qualifier,
        "doubts": list(sighting.doubts),
    }
