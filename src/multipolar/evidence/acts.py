"""Acts: who lays what on whom, how much, since when, as far as an account says it.

Rules over the words of a lexicon, not understanding. Precision comes before recall: a part that the
clause does not name is looked for in its paragraph and said to be inferred, or left open; what is
open, planned, denied or merely said is listed, never drafted as an act.
"""

# ruff: noqa: SIM905 (lists of words read better as text)

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from multipolar.evidence.accounts import Account
from multipolar.evidence.bans import bans_in, links_in, taxes_in
from multipolar.evidence.lexicon import Lexicon, shipped_lexicon
from multipolar.evidence.nouns import nouns_in
from multipolar.evidence.phrases import EVERYONE, Found, actor_of, subject
from multipolar.evidence.sentences import Sentence, sentences_of
from multipolar.evidence.standing import (
    ATTRIBUTED,
    DENIED,
    ENDED,
    HYPOTHETICAL,
    IN_FORCE,
    PLANNED,
    before,
    speaker_words,
    speech_about,
    standing,
)
from multipolar.world import labels

LONG_AGO = 15  # years before its account from which an act is history
MOST_INFERRED = 1  # parts that may be concluded in an act that is drafted
LINE, TAX_AT_HOME = "gas line", "domestic tax"
SURE = ("high", "medium", "low")


@dataclass(frozen=True)
class Recognised:
    """An act, a plan or a mere mention of one, where it stands and how sure it is.

    `status`: one of `standing.STANDINGS`. `who` acts on `whom` (codes, "*": everyone); `spared`
    are exempt. `rate`: fraction. `since`: as precise as stated. `inferred`: what the clause leaves
    open and its paragraph says.
    `because`: why no act can be drafted from it; empty if one can. `sure`: high (the clause says
    all), medium (one part concluded from its paragraph), low (more).
    """

    kind: str
    act: str
    status: str
    who: tuple[str, ...]
    whom: tuple[str, ...]
    spared: tuple[str, ...]
    goods: tuple[str, ...]
    sectors: tuple[str, ...]
    rate: float | None
    how: str
    direction: str
    since: str
    until: str
    speaker: str
    account: str
    paragraph: int
    start: int
    end: int
    inferred: tuple[str, ...] = ()
    because: str = ""
    link: str = ""

    @property
    def sure(self) -> str:
        """How sure the reading is: high, medium or low."""
        return SURE[min(len(self.inferred), 2)]

    @property
    def drafted(self) -> bool:
        """Whether an act can be drafted from it."""
        return self.status == IN_FORCE and not self.because


@dataclass
class _Paragraph:
    """What the paragraph has said so far: who last laid an instrument, who last was a subject."""

    number: int = 0
    who: dict[str, list[str]] = field(default_factory=dict)
    subject: list[str] = field(default_factory=list)
    bought: tuple[dict[str, tuple[str, ...]], list[str]] = field(default_factory=lambda: ({}, []))


def acts_of(account: Account, lexicon: Lexicon | None = None) -> list[Recognised]:
    """What an account says about acts, in order; the lexicon is the shipped one by default."""
    lexicon = lexicon or shipped_lexicon()
    return acts_in(sentences_of(account, lexicon), lexicon)


def acts_in(sentences: Iterable[Sentence], lexicon: Lexicon) -> list[Recognised]:
    """What the sentences of an account say about acts, in order."""
    found: list[Recognised] = []
    so_far = _Paragraph()
    for sentence in sentences:
        if sentence.statement.paragraph != so_far.number:
            so_far = _Paragraph(sentence.statement.paragraph)
        found += _in_sentence(sentence, lexicon, so_far)
        _remember(sentence, so_far)
    return found


def _in_sentence(sentence: Sentence, lexicon: Lexicon, so_far: _Paragraph) -> Iterator[Recognised]:
    seen: list[Found] = []
    for found in [*nouns_in(sentence), *bans_in(sentence, lexicon), *taxes_in(sentence, lexicon)]:
        _complete(sentence, found, so_far)
        inside = any(other.first <= found.first and found.last <= other.last for other in seen)
        if inside or not _is_about_trade(sentence, found):
            continue
        seen.append(found)
        if found.who and not found.spared:
            so_far.who[found.instrument.act or found.instrument.kind] = found.who
        made = _recognised(sentence, found)
        yield made
        if found.old is not None and made.status in (PLANNED, HYPOTHETICAL):
            # "would cut its tariff from 35 % to 10 %" says that 35 % are in force.
            old = replace(made, status=IN_FORCE, rate=found.old, how="set", since="", speaker="")
            yield replace(old, because=_because(old, found, sentence))
    for link, k in links_in(sentence):
        yield _line(sentence, link.name, tuple(link.ends), k)


def _is_about_trade(sentence: Sentence, found: Found) -> bool:
    """Whether somebody is named, and it is no ban on players or sanction on a club."""
    if found.instrument.act == "embargo" and not (found.direction or found.goods):
        return "embargo" in _text(sentence, found)
    if found.unplaced and not found.goods and not found.instrument.act:
        return False
    named = found.who or found.whom or found.spared
    return bool(named) or (found.stranger and found.rate is not None)


def _text(sentence: Sentence, found: Found) -> str:
    return " ".join(word.text for word in sentence.words[found.first : found.last + 1])


def _remember(sentence: Sentence, so_far: _Paragraph) -> None:
    words = sentence.words
    named = [k for k, w in enumerate(words) if w.kind == "actor" and not w.possessive
             and w.form in ("noun", "both", "person")]  # fmt: skip
    if named:
        so_far.subject = [words[named[0]].code]
    trades = any(w.of("trade.buys") or w.of("trade.sells") for w in words)
    if trades:
        so_far.bought = (
            {w.value[0]: w.value[1] for w in words if w.kind == "good"},
            [w.code for w in words if w.kind == "actor"],
        )


# --- what the clause does not say ----------------------------------------------------------------


def _complete(sentence: Sentence, found: Found, so_far: _Paragraph) -> None:
    """Look in sentence and paragraph for who acts and on whom, where the clause leaves it open."""
    words = sentence.words
    family = found.instrument.act or found.instrument.kind
    if not found.who:
        found.inferred = [part for part in found.inferred if part != "who"]
        open_ = not found.whom or found.spared or found.definite
        known = so_far.who.get(family, []) if open_ else []
        if found.verb is not None and not found.spared and not words[found.verb].of("verbs.face"):
            earlier, _ = _subject_before(sentence, found.first)
            known = [c for c in earlier or so_far.subject if c not in found.whom] or known
        if known:
            found.who = list(known)
            found.inferred.append("who")
    if not found.whom and not found.spared:
        _complete_whom(sentence, found)
    if found.instrument.kind == TAX_AT_HOME:
        goods, actors = so_far.bought
        found.goods = found.goods or dict(goods)
        found.whom = found.whom or [code for code in actors if code not in found.who]


def _subject_before(sentence: Sentence, k: int) -> tuple[list[str], int | None]:
    """The subject of an earlier clause of the sentence."""
    first = sentence.clause(k).start
    while first > 0:
        found = subject(sentence, first - 1)
        if found[0]:
            return found
        first = sentence.clause(first - 1).start
    return [], None


def _complete_whom(sentence: Sentence, found: Found) -> None:
    words = sentence.words
    if "on whom" in found.inferred:  # "its economy", "the country"
        ahead = [w for w in words[: found.last] if w.kind == "actor" and w.code not in found.who]
        found.whom = [ahead[0].code] if ahead else []
    elif len(words) > 2 and words[0].text == "for" and words[1].kind == "actor":
        found.whom = [words[1].code] if words[1].code not in found.who else []
        found.inferred += ["on whom"] if found.whom else []
    elif found.stranger:
        return
    elif (
        found.who
        and found.goods
        and not found.answers
        and (found.rate is not None or found.direction)
    ):
        found.whom = [EVERYONE]
        found.inferred.append("on everyone")


# --- results -------------------------------------------------------------------------------------


def _recognised(sentence: Sentence, found: Found) -> Recognised:
    words = sentence.words
    status = ENDED if found.ended else standing(
        sentence, found.first, found.last, governed=[] if found.verb is None else [found.verb]
    )  # fmt: skip
    if status != IN_FORCE and not found.who:
        found.who = [c for c in subject(sentence, found.first)[0] if c not in found.whom]
    status, speaker = _speaker(sentence, found, status)
    since = str(found.since.value) if found.since else ""
    day = sentence.account.dated
    if status == PLANNED and _has_begun(since, day.isoformat() if day else "", sentence, found):
        status = IN_FORCE
    sectors = tuple(dict.fromkeys(code for codes in found.goods.values() for code in codes))
    made = Recognised(
        kind=found.instrument.kind
        if not found.spared
        else f"exemption from {found.instrument.kind}",
        act=found.instrument.act,
        status=status,
        who=tuple(dict.fromkeys(found.who)),
        whom=tuple(dict.fromkeys(found.whom)),
        spared=tuple(dict.fromkeys(found.spared)),
        goods=tuple(found.goods),
        sectors=sectors,
        rate=found.rate,
        how=found.how,
        direction=found.direction,
        since=since,
        until=str(found.until.value) if found.until else "",
        speaker=speaker,
        account=sentence.account.name,
        paragraph=sentence.statement.paragraph,
        start=words[found.first].start,
        end=words[found.last].end,
        inferred=tuple(dict.fromkeys(found.inferred)),
    )
    return replace(made, because=_because(made, found, sentence))


def _speaker(sentence: Sentence, found: Found, status: str) -> tuple[str, str]:
    """The standing once it is known who says so; who acts may say it of itself."""
    verb = speech_about(sentence, found.first)
    if verb is None:
        return status, ""
    around = speaker_words(sentence, verb)
    who = actor_of(sentence, around)
    own = who in found.who and not sentence.words[verb].of("speech.claims")
    if not who and len(found.who) == 1 and _is_office(sentence, around):
        own = True
        found.inferred.append("that the office speaking is its own")
    told = speaker_name(sentence, around, who)
    return (ATTRIBUTED if status == IN_FORCE and not own else status), told


ANNOUNCING = frozenset("commission government ministry administration customs cabinet".split())


def _is_office(sentence: Sentence, around: Iterable[int]) -> bool:
    return any(sentence.words[j].text in ANNOUNCING for j in around)


PERSON = re.compile(r"[A-Z][a-z\u00e0-\u017e]+(?:\s(?:da|de|van|von|al|bin|der|den)){0,2}"
                    r"\s[A-Z][a-z\u00e0-\u017e]+")  # fmt: skip


def speaker_name(sentence: Sentence, around: Iterable[int], code: str) -> str:
    """Who speaks, in a few words: a person's name, or the country, or "not named"."""
    places = list(around)
    if not places:
        return code or "not named"
    words, offset = sentence.words, sentence.statement.start
    text = sentence.statement.text[words[places[0]].start - offset : words[places[-1]].end - offset]
    names = (" ".join(match.group().split()) for match in PERSON.finditer(text))
    places_named = {words[j].text for j in places if words[j].kind == "actor"}
    known = next((n for n in names if n.split()[0].casefold() not in OFFICES
                  and n.casefold() not in places_named), "")  # fmt: skip
    surname = next((words[j].text.title() for j in places
                    if words[j].kind == "actor" and words[j].form == "person"), "")  # fmt: skip
    return known or surname or code or "not named"


OFFICES = frozenset(
    "president prime foreign finance deputy chinese russian american european german french "
    "minister chancellor secretary the professor dr mr mrs ms union state trade commerce indian "
    "british japanese white world international asian western eastern northern southern".split()
)


def _has_begun(since: str, today: str, sentence: Sentence, found: Found) -> bool:
    """Whether what was announced has begun: a day that has passed, or "took effect"."""
    words = sentence.words
    cues = {word.text for j in before(sentence, found.first) for word in [words[j]]
            if word.of("cues.planned")} | {w.text for w in words[found.first : found.last + 1]
                                            if w.of("cues.planned")}  # fmt: skip
    announced = all(text.startswith(("announc", "unveil", "program")) for text in cues)
    if announced and any(w.of("cues.force") for w in words[found.first :]):
        return "will" not in {w.text for w in words}
    return announced and bool(since and today) and len(since) == 10 and since <= today


def _because(made: Recognised, found: Found, sentence: Sentence) -> str:
    """Why nothing can be drafted: the first reason that holds; empty if an act can."""
    clash = set(made.who) & set(made.whom)
    reasons = {
        found.instrument.because: bool(found.instrument.because),
        found.because: bool(found.because),
        NO_RATE_TO_SPARE: bool(made.spared and not made.whom),
        STRANGER: found.stranger and not (made.who and made.whom),
        NOBODY: not made.who,
        ON_NOBODY: not made.whom,
        "the goods are not in the lexicon": found.unplaced and not found.goods,
        f"too much had to be concluded ({', '.join(made.inferred)})": (
            len(made.inferred) > MOST_INFERRED
        ),
        ON_NETWORK: "gas" in made.sectors,
        "who acts on whom is not clear": bool(clash),
    }
    told = next((reason for reason, holds in reasons.items() if holds), "")
    return told or _no_size(made, found) or _outside(made) or _long_ago(made, sentence)


NO_RATE_TO_SPARE = "an exemption needs the rate of the tariff from which it spares"
STRANGER = "names an actor whom the lexicon does not know; add it in a file and use --lexicon"
NOBODY, ON_NOBODY = "who acts is not said", "on whom it falls is not said"
ON_NETWORK = "gas is traded on a network of its own; write a gas-ban and name the network"


def _no_size(made: Recognised, found: Found) -> str:
    if made.act in ("tariff", "export-tax"):
        if made.rate is None:
            return "the rate is not said"
        return "" if -1 < made.rate <= 10 else "the rate cannot be right"
    if not made.direction:
        return "whether it stops what is bought or sold is not said"
    return "which share of the trade it stops is not said" if found.partial else ""


def _outside(made: Recognised) -> str:
    known = (*labels.country_names(), *labels.bloc_names(), EVERYONE)
    names = labels.other_country_names()
    absent = [names.get(c, c) for c in (*made.who, *made.whom) if c not in known]
    return (
        f"{', '.join(absent)} is not among the economies of the worlds that ship" if absent else ""
    )


def _long_ago(made: Recognised, sentence: Sentence) -> str:
    day = sentence.account.dated
    year = re.search(r"(?:19|20)\d\d", made.since)
    if day is not None and made.until and len(made.until) == 10 and made.until <= day.isoformat():
        return "it has ended"
    now = sentence.account.latest_year
    if year is None or now is None:
        return ""
    return "it is history" if int(year.group()) < now - LONG_AGO else ""


def _line(sentence: Sentence, name: str, ends: tuple[str, ...], k: int) -> Recognised:
    """A named line of the gas network: listed; a proposal until it is said to be open."""
    words = sentence.words
    open_ = any(w.text in ("opened", "inaugurated", "flows", "commissioned", "started") for w in
                words[k + 1 : k + 6])  # fmt: skip
    status = standing(sentence, k, k)
    certain = status in (DENIED, ENDED) or (open_ and status == IN_FORCE)
    return Recognised(
        kind=LINE, act="", status=status if certain else PLANNED,
        who=ends[:1], whom=ends[1:], spared=(), goods=("gas",), sectors=(), rate=None, how="add",
        direction="sells", since="", until="", speaker=_speaker_of_line(sentence, k),
        account=sentence.account.name, paragraph=sentence.statement.paragraph,
        start=words[k].start, end=words[k].end, link=name,
        because="opening a line needs a network and its year; write an open-link, and network",
    )  # fmt: skip


def _speaker_of_line(sentence: Sentence, k: int) -> str:
    verb = speech_about(sentence, k)
    if verb is None:
        return ""
    around = speaker_words(sentence, verb)
    return speaker_name(sentence, around, actor_of(sentence, around))
