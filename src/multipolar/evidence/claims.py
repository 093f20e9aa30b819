"""Claims: who says what about whom, as far as a sentence has a topic, an actor and a direction.

A claim is told in words of our own, made from its topic, actors and direction. The speaker is a
person, a country, or the account itself; a quotation without a name belongs to who spoke last.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from multipolar.evidence.accounts import Account
from multipolar.evidence.acts import speaker_name
from multipolar.evidence.lexicon import Lexicon, Topic, shipped_lexicon
from multipolar.evidence.people import people_in
from multipolar.evidence.phrases import actor_of
from multipolar.evidence.sentences import Sentence, sentences_of
from multipolar.evidence.standing import (
    DENIED,
    HYPOTHETICAL,
    IN_FORCE,
    PLANNED,
    speaker_words,
    speaks,
    speech_about,
    standing,
)
from multipolar.world import labels

THE_ACCOUNT = "the account"
NOT_NAMED = "not named"
OPEN = "not said"
MOST_ABOUT = 4  # actors of a claim
NEAR = 8  # words between a topic and the word that gives its direction
PRONOUNS = ("he", "she", "they", "it")


@dataclass(frozen=True)
class Claim:
    """What somebody asserts. `about`: codes; `direction`: rises, falls, not said.

    `standing`: in-force for what is asserted to be so; hypothetical, planned or denied otherwise.
    """

    speaker: str
    account: str
    paragraph: int
    start: int
    end: int
    topic: str
    title: str
    about: tuple[str, ...]
    direction: str
    standing: str
    question: str = ""

    @property
    def says(self) -> str:
        """The claim in a sentence of our own."""
        what = self.title[:1].upper() + self.title[1:] + _of(self.about)
        verb = {"rises": "rise", "falls": "fall"}.get(self.direction)
        if verb is None:
            return f"Something is said about {self.title}{_of(self.about)}."
        may = {HYPOTHETICAL: "may", PLANNED: "is to", DENIED: "does not"}.get(self.standing)
        return f"{what} {may or 'is said to'} {verb}."


def _of(codes: tuple[str, ...]) -> str:
    names = [labels.called(code) or labels.other_country_names().get(code, code) for code in codes]
    if not names:
        return ""
    joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f" of {joined}" if len(names) == 1 else f" between {joined}"


def claims(accounts: Iterable[Account], lexicon: Lexicon | None = None) -> list[Claim]:
    """The claims of accounts, in order; with the shipped lexicon by default.

    A sentence of the account itself counts only if it has a topic, an actor and a direction; one
    that somebody speaks also without a direction.
    """
    known = lexicon or shipped_lexicon()
    return [
        claim for account in accounts for claim in claims_in(sentences_of(account, known), known)
    ]


def claims_in(sentences: Iterable[Sentence], lexicon: Lexicon) -> Iterator[Claim]:
    """The claims in the sentences of an account, in order."""
    topics = {topic.name: topic for topic in lexicon.topics}
    spoke, paragraph = "", 0
    for sentence in sentences:
        if sentence.statement.paragraph != paragraph:
            paragraph = sentence.statement.paragraph
            spoke = spoke if spoke and _continues(sentence) else ""
        speaker = _speaker(sentence, spoke)
        spoke = speaker if speaker not in ("", NOT_NAMED) else spoke
        yield from _in_sentence(sentence, speaker, topics)


def _continues(sentence: Sentence) -> bool:
    """Whether a paragraph goes on with the words of who spoke last: "... ", he said."""
    words = sentence.words
    return any(speaks(words, j) and words[j - 1].text in PRONOUNS for j in range(1, len(words)))


def _speaker(sentence: Sentence, spoke: str) -> str:
    """Who speaks in a sentence; empty if the account itself does."""
    words = sentence.words
    verb = next((j for j in range(len(words)) if speaks(words, j)), None)
    quoted = [k for k in range(len(words)) if sentence.in_quotation(k)]
    if verb is None:
        return (spoke or NOT_NAMED) if len(quoted) > len(words) / 2 else ""
    around = speaker_words(sentence, verb)
    if any(words[j].text in PRONOUNS for j in around) and spoke:
        return spoke
    offset = sentence.statement.start
    people = [
        name
        for name, at, _ in people_in(sentence.statement.text)
        if around and words[around[0]].start <= offset + at < words[around[-1]].end
    ]
    return people[0] if people else speaker_name(sentence, around, actor_of(sentence, around))


def _in_sentence(sentence: Sentence, speaker: str, topics: dict[str, Topic]) -> Iterator[Claim]:
    words, seen = sentence.words, set[str]()
    everywhere = [word for word in words if word.kind == "actor"]
    for k, word in enumerate(words):
        for name in sorted(word.classes):
            topic = topics.get(name.removeprefix("topic."))
            if topic is None or topic.name in seen or not name.startswith("topic."):
                continue
            about = _about(sentence, k) or tuple(dict.fromkeys(w.code for w in everywhere))
            at, direction = _direction(sentence, k)
            if not about or (direction == OPEN and not speaker):
                continue
            seen.add(topic.name)
            verb = speech_about(sentence, k)
            how = standing(sentence, min(k, at), max(k, at), governed=[verb] if verb else [])
            yield Claim(
                speaker or THE_ACCOUNT, sentence.account.name, sentence.statement.paragraph,
                sentence.statement.start, sentence.statement.end, topic.name, topic.title,
                about[:MOST_ABOUT], direction,
                how if how in (HYPOTHETICAL, PLANNED, DENIED) else IN_FORCE, topic.question,
            )  # fmt: skip


def _about(sentence: Sentence, k: int) -> tuple[str, ...]:
    """The actors of the clause in which the topic stands."""
    clause = sentence.clause(k)
    inside = [sentence.words[j] for j in clause if sentence.words[j].kind == "actor"]
    return tuple(dict.fromkeys(word.code for word in inside))


def _direction(sentence: Sentence, k: int) -> tuple[int, str]:
    """The nearest word of direction around a topic in its clause, and what it says."""
    words, clause = sentence.words, sentence.clause(k)
    near = sorted(
        (abs(j - k), j)
        for j in clause
        if abs(j - k) <= NEAR
        and (words[j].of("directions.rises") or words[j].of("directions.falls"))
    )
    for _, j in near:
        up, down = words[j].of("directions.rises"), words[j].of("directions.falls")
        if up != down:
            return j, "rises" if up else "falls"
    return k, OPEN


def safe_text(text: str) -> str:
    """A text that may stand in a file or report: characters that cannot be shown are replaced."""
    return re.sub(r"[^\x20-\x7e\u00a1-\u024f\u0370-\u03ff\u0400-\u04ff\u2010-\u2026]", "?", text)
