"""Proposal: a scenario drafted from accounts, as TOML, for a person to read and confirm.

Every act says `confirm = true` until somebody takes that line out; a run refuses the file before.
No sentence of an account is copied: file, paragraph and characters say where to look.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import tomli_w

from multipolar.evidence.accounts import Account
from multipolar.evidence.acts import Recognised
from multipolar.evidence.claims import Claim, safe_text
from multipolar.evidence.facts import StatedFact
from multipolar.evidence.quantities import shown
from multipolar.evidence.recognition import Recognition, told_by
from multipolar.evidence.retellings import Retellings
from multipolar.evidence.standing import ENDED, IN_FORCE
from multipolar.world import labels

WORLD = "world-2023"
NAMED = 8  # countries in the question who gains
PAIRS = 6
HEAD = """\
#:schema scenario.schema.json
# Drafted by multipolar read. No run accepts it as long as an act says `confirm = true`: read what
# its source names, correct it, and take that line out, or the act. What stands under [draft] is for
# you; no run reads it.

"""


# --- the file ------------------------------------------------------------------------------------


def proposal(reading: Recognition, world: str = WORLD) -> str:
    """The drafted scenario as TOML text."""
    accounts = reading.found.accounts
    days = [account.dated for account in accounts if account.dated]
    policy = _ids([_policy(group) for group in reading.acts])
    data: dict[str, Any] = {
        "title": f"Draft from {len(accounts)} account{'s' * (len(accounts) != 1)}",
        "story": _story(reading),
        "world": world,
        **({"date": max(days)} if days else {}),
        "policy": policy,
        "questions": _questions(reading),
        "draft": _beside(reading),
    }
    return HEAD + tomli_w.dumps({k: v for k, v in data.items() if v or k == "draft"})


def _story(reading: Recognition) -> str:
    return (
        f"Recognised in {_many(len(reading.found.accounts), 'account')} "
        f"({_many(len(reading.found.reports), 'independent report')}): "
        f"{_many(len(reading.acts), 'act')} in force. Listed beside them under [draft]: "
        f"{_many(len(reading.left), 'other mention')} and {_many(len(reading.claims), 'claim')}. "
        "Nobody has confirmed this yet."
    )


def _many(n: int, what: str) -> str:
    return f"{n or 'no'} {what}{'s' * (n != 1)}"


def _policy(group: list[Recognised]) -> dict[str, Any]:
    first = group[0]
    who, whom = _selector(first.who, ()), _selector(first.whom, first.spared)
    sells = first.act == "export-tax" or (first.act == "embargo" and first.direction == "sells")
    since = next((each.since for each in group if _day(each.since)), "")
    until = next((each.until for each in group if len(each.until) == 10), "")
    entry: dict[str, Any] = {
        "confirm": True,
        "id": _id(first),
        "act": first.act,
        "exporter": who if sells else whom,
        "importer": whom if sells else who,
    }
    if first.sectors:
        entry["sectors"] = first.sectors[0] if len(first.sectors) == 1 else list(first.sectors)
    elif first.act == "embargo":
        entry["sectors"] = "goods"
    if first.rate is not None:
        entry["rate"] = first.rate
        entry |= {"how": "set"} if first.how == "set" else {}
    if since:
        entry["from"] = dt.date.fromisoformat(_day(since))
    if until and (not since or _day(since) < until):
        entry["until"] = dt.date.fromisoformat(until)
    return entry | {"source": "; ".join(_where(each) for each in group), "note": _note(group)}


def _selector(codes: tuple[str, ...], without: tuple[str, ...]) -> str | list[str]:
    listed = [*codes, *(f"-{code}" for code in without)]
    return listed[0] if len(listed) == 1 else listed


def _day(since: str) -> str:
    """The first day of what is stated: of a month or a year; empty for "mid-2024" and the like."""
    parts = since.split("-")
    if not all(part.isdigit() for part in parts) or len(parts[0]) != 4:
        return ""
    return "-".join([*parts, "01", "01"][:3]) if _exists(parts) else ""


def _exists(parts: list[str]) -> bool:
    try:
        dt.date(*(int(part) for part in [*parts, "1", "1"][:3]))
    except ValueError:
        return False
    return True


def _id(each: Recognised) -> str:
    parts = [
        *each.who[:2],
        each.act,
        *(w.replace("*", "all") for w in each.whom[:2]),
        *each.goods[:1],
    ]
    return "-".join(part.lower().replace(" ", "-") for part in parts)


def _ids(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for entry in entries:
        seen[entry["id"]] += 1
        entry["id"] += f"-{seen[entry['id']]}" if seen[entry["id"]] > 1 else ""
    return entries


def _where(each: Recognised | Claim) -> str:
    return (
        f"{safe_text(each.account)}, paragraph {each.paragraph}, characters {each.start}-{each.end}"
    )


def _note(group: list[Recognised]) -> str:
    first = group[0]
    accounts = told_by(group)
    told = [f"Sure: {first.sure}.", f"Stated by {accounts} account{'s' * (accounts != 1)}."]
    if first.inferred:
        told.append(f"Concluded, not said in the clause: {', '.join(first.inferred)}.")
    if first.spared:
        told.append(f"Called exempt: {', '.join(first.spared)}.")
    if first.goods:
        told.append(f"Goods named: {', '.join(first.goods)}; the sectors may hold more.")
    if first.act == "embargo":
        told.append("Read as stopping all of it (coverage 1).")
    elif first.how == "add":
        told.append("Read as added to the tariffs of the benchmark.")
    since = next((each.since for each in group if each.since), "")
    if since and len(since) != 10:
        told.append(f"Since {since}, no day said.")
    return " ".join(told)


# --- what stands beside --------------------------------------------------------------------------


def _beside(reading: Recognition) -> dict[str, Any]:
    accounts = reading.found.accounts
    mentions = [_mention(each) for each in reading.left]
    return {
        "accounts": [safe_text(account.name) for account in accounts],
        "reports": [[safe_text(accounts[k].name) for k in members]
                    for members in reading.found.reports],
        "question": _proposed(reading),
        "plan": [m for m in mentions if m["status"] not in (IN_FORCE, ENDED)],
        "left_out": [m for m in mentions if m["status"] in (IN_FORCE, ENDED)],
        "claim": [_claim(number, each) for number, each in enumerate(reading.claims, 1)],
        "fact": [_fact(reading.found, each) for each in reading.facts],
    }  # fmt: skip


def _mention(each: Recognised) -> dict[str, Any]:
    given: dict[str, Any] = {
        "status": each.status,
        "instrument": each.kind,
        "who": list(each.who),
        "whom": list(each.whom),
        "spared": list(each.spared),
        "sectors": list(each.sectors),
        "link": each.link,
        "rate": each.rate,
        "from": each.since,
        "until": each.until,
        "speaker": safe_text(each.speaker),
        "account": safe_text(each.account),
        "paragraph": each.paragraph,
        "characters": [each.start, each.end],
        "sure": each.sure,
        "inferred": list(each.inferred),
        "because": each.because or f"{each.status}, not in force" if each.status != IN_FORCE
        else each.because or "another rate of the same act is stated by more accounts, or first",
    }  # fmt: skip
    return {name: value for name, value in given.items() if value not in ("", [], None)}


def _claim(number: int, each: Claim) -> dict[str, Any]:
    return {
        "id": f"claim-{number}",
        "says": each.says,
        "speaker": safe_text(each.speaker),
        "account": safe_text(each.account),
        "paragraph": each.paragraph,
        "characters": [each.start, each.end],
        "about": list(each.about),
        "topic": each.topic,
        "direction": each.direction,
        "standing": each.standing,
        "question": each.question,
    }


def _fact(found: Retellings, fact: StatedFact) -> dict[str, Any]:
    accounts = found.accounts
    told = {
        "kind": fact.kind,
        "value": safe_text(shown(fact.kind, fact.unit, fact.value)),
        "sources": fact.sources,
        "accounts": list(dict.fromkeys(_sighted(accounts, s) for s in fact.stated)),
        "doubts": sorted({safe_text(doubt) for s in fact.stated for doubt in s.doubts}),
        "against": [
            {
                "value": safe_text(shown(fact.kind, fact.unit, s.reading.value)),
                "account": _sighted(accounts, s),
                "doubts": [safe_text(doubt) for doubt in s.doubts],
            }
            for s in fact.against
        ],
        "undecided": not fact.resolved,
    }
    return {name: value for name, value in told.items() if value not in ([], False)}


def _sighted(accounts: Sequence[Account], sighting: Any) -> str:
    account = accounts[sighting.account]
    reading = sighting.reading
    return (
        f"{safe_text(account.name)}, paragraph {account.statements[reading.statement].paragraph}, "
        f"characters {reading.start}-{reading.end}"
    )


# --- questions -----------------------------------------------------------------------------------


def _questions(reading: Recognition) -> list[dict[str, Any]]:
    """What a run answers at once: who gains, and trade and new markets of those whom acts touch."""
    acts = [group[0] for group in reading.acts]
    if not acts:
        return []
    touched = _in_world(code for act in acts for code in (*act.who, *act.whom))
    rest = [code for code in _in_world(_named(reading)) if code not in touched]
    asked: list[dict[str, Any]] = [{"ask": "gains", "countries": [*touched, *rest][:NAMED]}]
    pairs = [
        list(pair)
        for act in acts
        for who in _in_world(act.who)
        for whom in _in_world(act.whom)
        for pair in ((whom, who), (who, whom))
    ]
    unique = [pair for k, pair in enumerate(pairs) if pair not in pairs[:k]][:PAIRS]
    asked += [{"ask": "trade", "pairs": unique}] if unique else []
    hit = next((c for act in acts if act.act == "tariff" for c in _in_world(act.whom)), None)
    return asked + ([{"ask": "markets", "exporter": hit}] if hit else [])


def _proposed(reading: Recognition) -> list[dict[str, Any]]:
    """Questions that the topics of the claims raise, with the countries that they name most."""
    counts = Counter(claim.question for claim in reading.claims if claim.question)
    proposed = []
    for kind, n in counts.most_common():
        about = Counter(
            c for claim in reading.claims if claim.question == kind for c in claim.about
        )
        names = [c for c, _ in about.most_common() if c in labels.country_names()]
        fields = _fields(kind, names)
        if fields is not None:
            proposed.append({"ask": kind, **fields, "because": f"{n} claims are about it"})
    return proposed


def _fields(kind: str, names: list[str]) -> dict[str, Any] | None:
    """The fields of a question from the countries named most often; None if it needs more."""
    if kind in ("polarity", "blocs", "gas-market"):
        return {}
    if kind == "gains":
        return {"countries": names[:NAMED]}
    if kind in ("markets", "prices", "output", "exposure"):
        field = "exporter" if kind == "markets" else "country"
        return {field: names[0]} if names else None
    if len(names) < 2:
        return None
    pairs: dict[str, dict[str, Any]] = {
        "trade": {"pairs": [[names[0], names[1]], [names[1], names[0]]]},
        "affinity": {"one": names[0], "other": names[1]},
        "dependence": {"partners": [names[0], names[1]]},
        "cooperate": {"players": names[:2]},
    }
    return pairs.get(kind)


def _named(reading: Recognition) -> list[str]:
    counts = Counter(code for claim in reading.claims for code in claim.about)
    return [code for code, _ in counts.most_common()]


def _in_world(codes: Iterable[str]) -> list[str]:
    known = (*labels.country_names(), *labels.bloc_names())
    return list(dict.fromkeys(code for code in codes if code in known))
