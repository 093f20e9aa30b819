"""Draft: ledger entries proposed from accounts, for people to finish.

A person must check every entry: a proposal says DRAFT where the person has to say what the accounts
state, and the ledger cannot be read as long as it contains that word.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import tomli_w

from multipolar.evidence.facts import Sighting, StatedFact
from multipolar.evidence.ledger import DRAFT
from multipolar.evidence.quantities import shown
from multipolar.evidence.retellings import Retellings

KINDS = ("money", "percent", "points", "duration", "ordinal", "count", "date")


def draft(found: Retellings, facts: list[StatedFact]) -> str:
    """Proposed entries as TOML: all quantities and dates in the accounts, with conflicts."""
    entries, keys = [], set[str]()
    for fact in facts:
        if fact.kind not in KINDS:
            continue
        entry = _entry(found, fact)
        base, n = entry["key"], 2
        while entry["key"] in keys:
            entry["key"], n = f"{base}-{n}", n + 1
        keys.add(entry["key"])
        entries.append(entry)
    reports = [
        {"name": f"report-{number}", "accounts": [found.accounts[k].name for k in members]}
        for number, members in enumerate(found.reports, 1)
    ]
    head = (
        "# Proposed by multipolar evidence draft. Read every account cited; say in `says` what it\n"
        "# states, name `subject` and `quantity`, delete what is not needed. The reports belong\n"
        "# in reports.toml, the facts in facts/.\n\n"
    )
    return head + tomli_w.dumps({"report": reports, "fact": entries}, multiline_strings=False)


def _entry(found: Retellings, fact: StatedFact) -> dict[str, Any]:
    value, unit = _in_ledger_units(fact)
    about = re.sub(r"[^a-z0-9]+", "-", fact.about.casefold()).strip("-").split("-")[:3]
    number = re.sub(r"[^a-z0-9]+", "-", shown(fact.kind, fact.unit, fact.value).casefold())
    notes = [
        f"{found.accounts[s.account].name}: {doubt}" for s in fact.stated for doubt in s.doubts
    ]
    entry: dict[str, Any] = {
        "key": "-".join([number.strip("-"), *about]),
        "says": f"{DRAFT}: {fact.kind}, about {fact.about}",
        "value": value,
        "unit": unit,
        "accounts": _cited(found, fact.stated),
        "note": "; ".join(notes),
    }
    if fact.against:
        entry["against"] = [
            {
                "value": _in_ledger_units(replace(fact, value=s.reading.value))[0],
                "accounts": _cited(found, [s]),
                "settled": "",
            }
            for s in fact.against
        ]
        entry["note"] = "; ".join(
            [
                *notes,
                *(
                    f"{_in_ledger_units(replace(fact, value=s.reading.value))[0]}: {doubt}"
                    for s in fact.against
                    for doubt in s.doubts
                ),
            ]
        )
    return {name: part for name, part in entry.items() if part != ""}


def _in_ledger_units(fact: StatedFact) -> tuple[Any, str]:
    """Money in billions; everything else as read."""
    if fact.kind == "money" and isinstance(fact.value, float):
        return fact.value / 1e9, f"bn {fact.unit}"
    return fact.value, fact.unit


def _cited(found: Retellings, sightings: Iterable[Sighting]) -> list[str]:
    return list(
        dict.fromkeys(
            found.accounts[s.account].cite(
                found.accounts[s.account].statements[s.reading.statement]
            )
            for s in sightings
        )
    )
