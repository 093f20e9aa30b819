"""Phrases: what words around an instrument say about it: who, on whom, which goods, since when."""

# ruff: noqa: SIM905 (lists of words read better as text)

from collections.abc import Iterable
from dataclasses import dataclass, field

from multipolar.evidence.lexicon import Instrument
from multipolar.evidence.sentences import BREAKS, Sentence, Word
from multipolar.evidence.standing import BE, PREPOSITIONS, before

FAR = 12  # words between a verb and its instrument, or an instrument and its object
EVERYONE = "*"
ARTICLES = frozenset(
    "the a an new additional extra further further all such any its their his her own sweeping "
    "radical wide broad total full complete blanket across-the-board general flat strict".split()
)
STAYS = frozenset(
    "planned proposed possible potential former draft threatened promised announced looming "
    "upcoming likely prospective hypothetical forthcoming".split()
)
INTENTS = frozenset(
    "plan plans program programme proposal decision move bid effort threat promise pledge push "
    "bill offer scheme".split()
)
PRONOUNS = frozenset("it he she they".split())
OWN = frozenset("its their his her whose".split())
THEM = frozenset("both them neighbours neighbors each country".split())
MODALS = frozenset("will would could may might can should has have had that which who".split())
GENERIC = frozenset(
    "goods imports exports products product merchandise shipments economy sales items producers "
    "exporters companies firms makers trade wares all most nearly almost other and or made foreign "
    "entire whole country nation last next since early late again too also today yesterday now "
    "still just as alone itself worth it them imported exported origin".split()
)
INTO = frozenset("to into in entering".split())
BY = frozenset(["by"])
OUT_OF = frozenset("of from".split())
EXCEPT = frozenset("except excluding besides bar save".split())


@dataclass
class Found:
    """What a clause says about an instrument; words are given by their positions.

    `who` acts on `whom`; `spared` are exempt, `bearers` are said to face it. `direction`: whether a
    ban is on what is bought or sold. `how`: "set" for a new level ("to 25 %"), `old` the level
    before. `unplaced`: it names goods that the lexicon does not know; `stranger`: somebody whom it
    does not. `inferred`: what was not said but concluded.
    """

    instrument: Instrument
    first: int
    last: int
    who: list[str] = field(default_factory=list)
    whom: list[str] = field(default_factory=list)
    spared: list[str] = field(default_factory=list)
    bearers: list[str] = field(default_factory=list)
    goods: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rate: float | None = None
    how: str = "add"
    old: float | None = None
    direction: str = ""
    since: Word | None = None
    until: Word | None = None
    ended: bool = False
    partial: bool = False
    answers: bool = False
    definite: bool = False
    verb: int | None = None
    inferred: list[str] = field(default_factory=list)
    because: str = ""
    unplaced: bool = False
    stranger: bool = False
    everyone: bool = False

    def span(self, *positions: int) -> None:
        """Widen the span so that it covers some words."""
        self.first = min((self.first, *positions))
        self.last = max((self.last, *positions))


# --- who -----------------------------------------------------------------------------------------


def subject(sentence: Sentence, k: int) -> tuple[list[str], int | None]:
    """Who does what the verb at `k` says: actors before it in its clause, and where they begin.

    An actor after a preposition is not the subject; an adjective is one only before an office
    ("the Turkish ministry"); a possessive likewise.
    """
    words = sentence.words
    for j in reversed(before(sentence, k)):
        intends = words[j].kind == "actor" and words[j + 1].text in INTENTS
        if intends and any(word.text == "to" for word in words[j + 2 : j + 3]):
            return [words[j].code], j
        if words[j].kind == "actor" and _can_act(words, j) and not _governed(words, j):
            first = j
            while words[first - 1].text in ("and", ",") and words[first - 2].kind == "actor":
                first -= 2
                if first < 2:
                    break
            return [w.code for w in words[first : j + 1 : 2]], first
    return [], None


def stands_in(sentence: Sentence, k: int, at: int | None) -> bool:
    """Whether a pronoun, and not its antecedent `at`, stands before the verb at `k`."""
    first = 0 if at is None else at
    return any(sentence.words[j].text in PRONOUNS for j in before(sentence, k) if j >= first)


def _can_act(words: tuple[Word, ...], j: int) -> bool:
    word = words[j]
    after = words[j + 1] if j + 1 < len(words) else None
    if word.form == "adjective" or word.possessive:
        return after is not None and (after.of("offices") or
                                      (after.kind == "actor" and not word.possessive))  # fmt: skip
    return True


def _governed(words: tuple[Word, ...], j: int) -> bool:
    """Whether an actor stands after a preposition, at most two words before it."""
    for i in range(j - 1, max(j - 3, -1), -1):
        if words[i].text in PREPOSITIONS:
            return True
        if words[i].text not in ("the", "a", "an") and not (
            words[i].kind == "actor" and words[i].form != "noun"
        ):
            return False
    return False


def actor_of(sentence: Sentence, positions: Iterable[int]) -> str:
    """The first actor among some words; empty if there is none."""
    return next(
        (sentence.words[j].code for j in positions if sentence.words[j].kind == "actor"), ""
    )


# --- on whom -------------------------------------------------------------------------------------


def note(found: Found, word: Word) -> None:
    """Note an actor or a good as what the instrument falls on."""
    if word.kind == "good":
        found.goods[word.value[0]] = word.value[1]
    elif word.code not in (*found.who, *found.whom):
        found.whom.append(word.code)


def read_object(sentence: Sentence, j: int, found: Found) -> int:
    """What the instrument falls on, after "on"; returns the place where that ends."""
    words, clause, way, start = sentence.words, sentence.clause(j - 1), "", j
    while j < clause.stop:
        found.direction = found.direction or _direction(words[j], way)
        taken = taken_in(words, j, found, way)
        if taken is None and _ends_object(words, j):
            break
        way = way if taken is None else taken
        j += 1
    if found.everyone and not found.whom:
        found.whom.append(EVERYONE)
    if j > start:
        found.span(j - 1)
    return j


def _direction(word: Word, way: str) -> str:
    if word.of("trade.sells") and way == "":
        return "sells"
    return "buys" if word.of("trade.buys") else ""


def taken_in(words: tuple[Word, ...], j: int, found: Found, way: str) -> str | None:
    """Note what a word of an object says; the preposition that holds after it, None if nothing.

    `way`: the preposition that holds before it, such as "from".
    """
    word = words[j]
    if word.kind == "actor":
        _note_actor(found, word, way)
    elif word.kind == "good":
        note(found, word)
    elif word.kind == "everyone":
        found.everyone = True
    elif word.kind == "word" and word.text in (*INTO, *OUT_OF, *EXCEPT, "with"):
        return word.text
    elif not _remarked(words, j, found):
        return None
    return way


def _note_actor(found: Found, word: Word, way: str) -> None:
    if way in EXCEPT:
        found.spared.append(word.code)
    elif way in INTO and found.instrument.act != "embargo":
        found.who = found.who or [word.code]
    else:
        note(found, word)


def _remarked(words: tuple[Word, ...], j: int, found: Found) -> bool:
    """Note what a word says that names neither actor nor known good; false if it says nothing."""
    word = words[j]
    if is_stranger(words, j):
        found.stranger = True
    elif is_unplaced(words, j):
        found.unplaced = True
    elif word.kind == "word" and (word.text in OWN or word.text in THEM):
        found.inferred += [] if found.whom else ["on whom"]
    elif word.of("trade.part"):
        found.partial = True
    else:
        return False
    return True


def is_stranger(words: tuple[Word, ...], j: int) -> bool:
    """Whether a word may name somebody whom the lexicon does not know: a capital, and not first."""
    word = words[j]
    return word.kind == "word" and word.capital and j > 0 and not word.classes


def is_unplaced(words: tuple[Word, ...], j: int) -> bool:
    """Whether a word names goods that the lexicon lacks: after "Swiss", "Japan's", "imports of"."""
    word, ahead = words[j], words[j - 1]
    if word.kind != "word" or word.classes or word.text in GENERIC or word.text in PREPOSITIONS:
        return False
    if word.text in ARTICLES or word.text in BE or word.text in MODALS or word.text in OWN:
        return False
    whose = ahead.kind == "actor" and (ahead.possessive or ahead.form in ("adjective", "both"))
    return whose or (ahead.text == "of" and j > 1 and words[j - 2].of("trade"))


def _ends_object(words: tuple[Word, ...], j: int) -> bool:
    word = words[j]
    if word.kind in ("rate", "points", "date", "instrument", "link") or word.text in BREAKS:
        return True
    if word.text == ",":
        return not goes_on(words, j)
    verb = any(word.of(f"verbs.{name}") for name in ("impose", "sets", "ended", "strike", "face"))
    other = word.text in MODALS or word.text in BE or word.text in ("by", "with", "for", "at")
    return verb or other or word.of("cues") or word.of("speech") or word.text == "since"


def goes_on(words: tuple[Word, ...], comma: int) -> bool:
    """Whether a list goes on after a comma: an actor after an actor, a good after a good."""
    kind = words[comma - 1].kind
    after = [w for w in words[comma + 1 : comma + 4] if w.text not in ("and", "the")]
    return kind in ("actor", "good") and bool(after) and after[0].kind == kind


# --- when ----------------------------------------------------------------------------------------


def note_day(words: tuple[Word, ...], j: int, found: Found) -> None:
    """The day from or until which it is in force, by the word before it."""
    ahead = [words[i].text for i in range(max(j - 2, 0), j)]
    if "until" in ahead or "through" in ahead:
        found.until = found.until or words[j]
    elif {"by", "before"} & set(ahead):
        return
    elif {"from", "since", "on", "of", "in", "effective", "starting", "beginning"} & set(ahead):
        found.since = found.since or words[j]


def has_object(found: Found) -> bool:
    """Whether it is known on whom the instrument falls, and not yet who lays it."""
    return bool(found.whom or found.bearers) and not found.who


def led(words: tuple[Word, ...], j: int, by: frozenset[str]) -> bool:
    """Whether a preposition such as "in" stands before an actor, an article aside."""
    return words[j - 2 if words[j - 1].text == "the" else j - 1].text in by
