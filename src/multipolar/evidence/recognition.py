"""Recognition: what accounts say together: one act of many mentions, claims, facts, the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from multipolar.evidence.accounts import Account
from multipolar.evidence.acts import Recognised, acts_in
from multipolar.evidence.claims import Claim, claims_in
from multipolar.evidence.facts import StatedFact, facts_of
from multipolar.evidence.lexicon import Lexicon, shipped_lexicon
from multipolar.evidence.phrases import EVERYONE
from multipolar.evidence.retellings import Retellings, compare
from multipolar.evidence.sentences import sentences_of
from multipolar.evidence.standing import IN_FORCE
from multipolar.progress import OnStep, quiet


@dataclass(frozen=True)
class Recognition:
    """What accounts say: acts (joined across accounts), claims and facts."""

    found: Retellings
    lexicon: Lexicon
    recognised: tuple[Recognised, ...]
    claims: tuple[Claim, ...]

    @cached_property
    def acts(self) -> list[list[Recognised]]:
        """What can be drafted: mentions of one act together, the surest first."""
        groups: dict[tuple[Any, ...], list[Recognised]] = {}
        for each in self.recognised:
            if each.drafted:
                groups.setdefault(_key(each), []).append(each)
        drafted = [sorted(group, key=lambda r: len(r.inferred)) for group in _unrivalled(groups)]
        for group in drafted:
            group[0] = _with_exemptions(group[0], self.recognised)
        return drafted

    @cached_property
    def facts(self) -> list[StatedFact]:
        """The facts that the accounts state."""
        return facts_of(self.found)

    @cached_property
    def left(self) -> list[Recognised]:
        """What was recognised and is in no act."""
        used = {_place(each) for group in self.acts for each in group}
        exempt = {code for group in self.acts for code in group[0].spared}
        return [each for each in self.recognised if _place(each) not in used
                and not (each.spared and set(each.spared) <= exempt)]  # fmt: skip


def read(
    accounts: Sequence[Account], lexicon: Lexicon | None = None, on_step: OnStep = quiet
) -> Recognition:
    """Read accounts: acts, plans and mentions of acts, claims and facts."""
    known = lexicon or shipped_lexicon()
    found = compare(list(accounts), on_step)
    recognised: list[Recognised] = []
    said: list[Claim] = []
    for number, account in enumerate(accounts, start=1):
        on_step("reading accounts", number, len(accounts))
        sentences = sentences_of(account, known)
        recognised += acts_in(sentences, known)
        said += claims_in(sentences, known)
    return Recognition(found, known, tuple(completed(recognised)), tuple(said))


def _place(each: Recognised) -> tuple[Any, ...]:
    return each.account, each.start, each.end, each.kind, each.rate, each.status


# --- one act, many mentions ----------------------------------------------------------------------


def _key(each: Recognised) -> tuple[Any, ...]:
    return (each.act, each.who, each.whom, each.sectors, each.rate, each.how, each.direction
            if each.act == "embargo" else "")  # fmt: skip


def _unrivalled(groups: dict[tuple[Any, ...], list[Recognised]]) -> list[list[Recognised]]:
    """One rate for each act: of rivals the one that most accounts state, or else the first."""
    best: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for key, group in groups.items():
        slot = (*key[:4], key[6])
        rival = best.get(slot)
        if rival is None or told_by(group) > told_by(groups[rival]):
            best[slot] = key
    return [groups[key] for key in best.values()]


def _with_exemptions(act: Recognised, recognised: Sequence[Recognised]) -> Recognised:
    """A tariff on everyone, less those whom any account calls exempt from it."""
    if act.act != "tariff" or act.whom != (EVERYONE,):
        return act
    spared = [
        code
        for each in recognised
        if each.status == IN_FORCE and each.spared and each.act == act.act
        and each.who in ((), act.who) and set(each.sectors) <= set(act.sectors)
        for code in each.spared
    ]  # fmt: skip
    return replace(act, spared=tuple(dict.fromkeys((*act.spared, *spared))))


def told_by(group: list[Recognised]) -> int:
    """How many accounts mention an act."""
    return len({each.account for each in group})


def completed(recognised: Sequence[Recognised]) -> list[Recognised]:
    """What one mention leaves open about an act, filled in where all others agree about it.

    Mentions belong together if kind, goods and rate agree, or kind and goods where one is a plan to
    change the rate.
    """
    done = []
    for each in recognised:
        if each.act and each.goods and each.rate is not None:
            near = [o for o in recognised if o is not each and o.act == each.act
                    and o.goods and set(o.sectors) == set(each.sectors)]  # fmt: skip
            done.append(_filled(each, near))
        else:
            done.append(each)
    return done


def _filled(each: Recognised, near: list[Recognised]) -> Recognised:
    who = {o.who for o in near if o.who and o.who != each.whom
           and (o.rate == each.rate or (o.status != IN_FORCE and o.how == "set"))}  # fmt: skip
    planned = each.status != IN_FORCE
    whom = {o.whom for o in near if o.whom and o.whom != (EVERYONE,)
            and (planned or o.rate == each.rate)}  # fmt: skip
    if not each.who and len(who) == 1 and each.whom:
        made = replace(each, who=next(iter(who)), inferred=(*each.inferred, "who"))
    elif each.whom == (EVERYONE,) and "on everyone" in each.inferred and len(whom) == 1:
        rest = tuple(part for part in each.inferred if part != "on everyone")
        made = replace(each, whom=next(iter(whom)), inferred=(*rest, "on whom"))
    else:
        return each
    if set(made.who) & set(made.whom):
        return each
    open_ = made.because in ("who acts is not said", "")
    how = each.how if planned else "add"
    return replace(made, because="" if open_ else made.because, how=how)
