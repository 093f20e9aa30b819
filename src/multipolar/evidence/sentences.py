"""Sentences: statements cut into words, and what the lexicon knows about each of them.

A word is an actor, an instrument, a good, a line, a rate, a date, a mark or none of these; besides,
it may belong to classes of the lexicon (verbs, cues, speech). Clauses end at semicolons, dashes
and conjunctions such as "while" and "after", so that what is said about one does not reach another.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from multipolar.evidence.accounts import Account, Statement
from multipolar.evidence.lexicon import TOKEN, Lexicon, Phrase, bare
from multipolar.evidence.quantities import Reading, readings_of

QUOTED = 4  # words from which what stands between quotation marks is somebody's speech
OPENS = ("after", "although", "amid", "amidst", "as", "because", "before", "but", "despite",
         "given", "once", "since", "though", "until", "when", "whereas", "while")  # fmt: skip
BREAKS = (";", ":", "(", ")", "\u2013", "\u2014")
NOT_PLURAL = ("americas", "koreas", "emirates")
DASHES = "-\u2010\u2011"


@dataclass(frozen=True)
class Word:
    """A word or several that name one thing: its characters [start, end) of the account.

    `kind`: actor, instrument, good, link, everyone, rate, points, date, mark, number or word;
    `value`: what the lexicon or the reading says. `classes`: such as "verbs.impose".
    """

    kind: str
    text: str
    start: int
    end: int
    value: Any = None
    possessive: bool = False
    classes: frozenset[str] = frozenset()
    capital: bool = False

    @property
    def code(self) -> str:
        """The code of an actor."""
        return str(self.value[0])

    @property
    def form(self) -> str:
        """How an actor is named: noun, adjective, both, person."""
        return str(self.value[1])

    def of(self, group: str) -> bool:
        """Whether the word belongs to a class, or to any class of a group."""
        return any(name == group or name.startswith(f"{group}.") for name in self.classes)


@dataclass(frozen=True)
class Sentence:
    """A statement with its words. `quoted`: characters of the account inside quotations."""

    account: Account
    statement: Statement
    words: tuple[Word, ...]
    quoted: tuple[tuple[int, int], ...] = field(repr=False, default=())

    @cached_property
    def clauses(self) -> tuple[int, ...]:
        """The clause of every word."""
        number, found = 0, []
        for k, word in enumerate(self.words):
            number += _breaks(self.words, k)
            found.append(number)
            number += word.text in BREAKS
        return tuple(found)

    def clause(self, k: int) -> range:
        """The positions of the words of the clause to which word `k` belongs."""
        mine = self.clauses[k]
        first = self.clauses.index(mine)
        return range(first, first + self.clauses.count(mine))

    def in_quotation(self, k: int) -> bool:
        """Whether a word stands inside a quotation."""
        return any(start <= self.words[k].start < end for start, end in self.quoted)


def _breaks(words: tuple[Word, ...], k: int) -> bool:
    """Whether a new clause begins with word `k`."""
    word, after = words[k], words[k + 1 : k + 6]
    before = words[k - 1].text if k else ""
    if word.text in OPENS and word.kind == "word":
        if word.text == "as":
            near = after[0].text if after else ""
            return before not in ("such", "as", "well") and near not in ("of", "well", "much")
        if word.text in ("since", "until", "before", "after"):
            return not (after and after[0].kind in ("date", "number"))
        return not (word.text == "once" and k == 0)
    if word.text == "and" and after:
        actor = next((j for j, w in enumerate(after[:2]) if w.kind == "actor"), None)
        acts = actor is not None and any(
            w.of("verbs") or w.of("cues") for w in after[actor + 1 : actor + 3]
        )
        listed = k > 0 and words[k - 1].kind == "actor" and not _has_verb(words, k)
        return (acts and not listed) or (before == "," and any(w.of("verbs") for w in after[:3]))
    return False


def _has_verb(words: tuple[Word, ...], k: int) -> bool:
    """Whether a verb of the lexicon stands before word `k`, so that "and" may open a clause."""
    return any(word.of("verbs") or word.of("cues") for word in words[:k])


def sentences_of(account: Account, lexicon: Lexicon) -> list[Sentence]:
    """The sentences of an account, in order; their own date at its head is not a word."""
    by_statement: dict[int, list[Reading]] = {}
    for reading in readings_of(account):
        if reading.kind in ("percent", "points", "date"):
            by_statement.setdefault(reading.statement, []).append(reading)
    quoted = list(_quotations(account))
    found, at = [], 0
    for place, statement in enumerate(account.statements):
        while at < len(quoted) and quoted[at][1] <= statement.start:
            at += 1
        near = []
        for span in quoted[at:]:
            if span[0] >= statement.end:
                break
            near.append(span)
        words = tuple(_words(statement, by_statement.get(place, []), lexicon, account.head))
        found.append(Sentence(account, statement, words, tuple(near)))
    return found


# --- words ---------------------------------------------------------------------------------------


def _words(
    statement: Statement, readings: list[Reading], lexicon: Lexicon, head: int
) -> Iterator[Word]:
    tokens = [
        token
        for token in TOKEN.finditer(statement.text)
        if token.group() not in DASHES and statement.start + token.start() >= head
    ]
    tokens = [token for k, token in enumerate(tokens) if not _of_number(tokens, k)]
    kinds = {"percent": "rate", "points": "points", "date": "date"}
    k = 0
    while k < len(tokens):
        start = statement.start + tokens[k].start()
        reading = next((r for r in readings if r.start <= start < r.end), None)
        if reading is not None:
            yield Word(kinds[reading.kind], reading.text.casefold(), reading.start, reading.end,
                       reading.value)  # fmt: skip
            while k < len(tokens) and statement.start + tokens[k].start() < reading.end:
                k += 1
            continue
        texts = [token.group() for token in tokens[k : k + 8]]
        thing, possessive = _thing(texts, lexicon)
        length = len(thing.words) if thing else 1
        last = tokens[k + length - 1]
        yield _word(texts, thing, start, statement.start + last.end(), lexicon,
                    possessive=possessive)  # fmt: skip
        k += length


def _of_number(tokens: list[re.Match[str]], k: int) -> bool:
    """Whether a mark belongs to a number, as in "No. 2" and "n \u00b0 2"."""
    sign = tokens[k].group()
    if sign not in ".\u00b0\u00ba" or k == 0:
        return False
    return sign != "." or (tokens[k - 1].group().casefold() == "no"
                           and tokens[k + 1 : k + 2] != []
                           and tokens[k + 1].group()[0].isdigit())  # fmt: skip


def _word(
    texts: list[str], thing: Phrase | None, start: int, end: int, lexicon: Lexicon, *,
    possessive: bool,
) -> Word:  # fmt: skip
    first = texts[0]
    text = bare(first).casefold()
    classes = frozenset(
        str(p.value) for p in lexicon.classes.get(text, ()) if _fits(p, texts, spelt=False)
    ) | frozenset(
        str(p.value)
        for p in lexicon.classes.get(first.casefold().replace("\u2019", "'"), ())
        if len(p.words) == 1
    )
    if thing is not None:
        text = " ".join(bare(t) for t in texts[: len(thing.words)]).casefold()
        return Word(thing.kind, text, start, end, thing.value, possessive, classes)
    kind = "word" if first[0].isalpha() else "number" if first[0].isdigit() else "mark"
    if kind == "word" and first.casefold() in ("may", "will", "march") and first[0].isupper():
        classes = frozenset()  # a month or a name
    if re.search(r"n[\u2019']t$", first.casefold()):
        classes |= {"cues.denied"}
    return Word(kind, text, start, end, None, first[-1] in "'\u2019" or bare(first) != first,
                classes, first[0].isupper())  # fmt: skip


def _thing(texts: list[str], lexicon: Lexicon) -> tuple[Phrase | None, bool]:
    """The longest phrase that begins here, and whether it ends in a possessive."""
    first = bare(texts[0])
    for phrase in lexicon.things.get(first.casefold(), ()):
        if _fits(phrase, texts, spelt=True):
            last = texts[len(phrase.words) - 1]
            if phrase.kind != "everyone" or bare(last) == last:  # "the world's ..." is not all
                return phrase, bare(last) != last
    if first[-1:] in "sS" and len(first) > 2 and first.casefold() not in NOT_PLURAL:
        # An apostrophe that was lost in scraping: "Trumps tariffs".
        for phrase in lexicon.things.get(first[:-1].casefold(), ()):
            if phrase.kind == "actor" and _fits(phrase, [first[:-1]], spelt=True):
                return phrase, True
    return None, False


def _fits(phrase: Phrase, texts: list[str], *, spelt: bool) -> bool:
    """Whether a text begins with a phrase; `spelt`: capitals of the phrase are needed."""
    if len(phrase.words) > len(texts):
        return False
    pairs = list(zip(phrase.words, texts, strict=False))
    for word, text in pairs:
        plain = bare(text)
        if word.casefold() != plain.casefold():
            return False
        if spelt and word[0].isupper() and not plain[0].isupper():
            return False
        if spelt and len(word) > 1 and word.isupper() and not plain.isupper():
            return False
    return True


# --- quotations ----------------------------------------------------------------------------------

PAIRS = {"\u201c": "\u201d", "\u00ab": "\u00bb", "\u201e": "\u201c"}


def _quotations(account: Account) -> Iterator[tuple[int, int]]:
    """The quotations of an account: one that is not closed ends with its paragraph."""
    for line in re.finditer(r"[^\r\n]+", account.text):
        opened, closing = -1, ""
        for mark in re.finditer('["\u201c\u201d\u201e\u00ab\u00bb]', line.group()):
            sign = mark.group()
            if opened < 0:
                opened, closing = mark.end(), PAIRS.get(sign, '"')
            elif sign == closing or (closing == '"' and sign == "\u201d"):
                yield from _long(account, line.start() + opened, line.start() + mark.start())
                opened = -1
        if opened >= 0:
            yield from _long(account, line.start() + opened, line.end())


def _long(account: Account, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span, if it is long enough to be speech and not a word held with tongs."""
    if len(account.text[start : min(end, start + 400)].split()) >= QUOTED:
        yield start, end
