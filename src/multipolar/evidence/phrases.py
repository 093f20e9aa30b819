"""Phrases: an instrument with what its clause says about it: who, on whom, what, how much, when.

Three forms: a noun ("a 25 % tariff on steel from Mexico"), a verb that bans trade ("halted imports
of ..."), and "to tax"; and the named lines of the gas network.
"""

# ruff: noqa: SIM905 (lists of words read better as text)

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from multipolar.evidence.lexicon import Instrument, Lexicon, Link
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
OWN = frozenset("its their his her".split())
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

    `who` acts on `whom`; `spared` are exempt. `direction`: whether a ban is on what is bought or
    sold. `how`: "set" for a new level ("to 25 %"), `old` the level before. `unplaced`: goods are named that
    the lexicon does not know; `stranger`: so is somebody. `inferred`: what was not said but concluded.
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

    def span(self, *positions: int) -> None:
        """Widen the span so that it covers some words."""
        self.first = min((self.first, *positions))
        self.last = max((self.last, *positions))


# --- who -----------------------------------------------------------------------------------------


def subject(sentence: Sentence, k: int) -> tuple[list[str], int | None]:
    """Who does what the verb at `k` says: the actors before it in its clause, and the first's place.

    An actor after a preposition is not the subject; an adjective is one only before an office
    ("the Turkish ministry"); a possessive likewise.
    """
    words = sentence.words
    for j in reversed(before(sentence, k)):
        intends = words[j].kind == "actor" and words[j + 1].text in INTENTS
        if intends and any(word.text == "to" for word in words[j + 2 : j + 3]):
            return [words[j].code], j
        if words[j].kind == "actor" and _can_act(words, j) and not _governed(words, j):
            found = [words[j].code]
            while j >= 2 and words[j - 1].text in ("and", ",") and words[j - 2].kind == "actor":
                j -= 2
                found.insert(0, words[j].code)
            return found, j
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


# --- nouns ---------------------------------------------------------------------------------------


def nouns_in(sentence: Sentence) -> Iterator[Found]:
    """Every instrument that the sentence names by a noun."""
    for k, word in enumerate(sentence.words):
        if word.kind == "instrument" and not _is_no_instrument(sentence, k):
            found = Found(word.value, k, k)
            _left(sentence, k, found)
            _verb(sentence, found)
            _right(sentence, k, found)
            if found.whom and found.bearers:
                found.unplaced = False  # they are not the object, which is named
            found.whom = found.whom or [c for c in found.bearers if c not in found.who]
            yield found


def _is_no_instrument(sentence: Sentence, k: int) -> bool:
    """ "on duty", "the duty to", "levy" as a verb, a ban on something that is not traded."""
    words, word = sentence.words, sentence.words[k]
    after = words[k + 1].text if k + 1 < len(words) else ""
    ahead = words[k - 1].text if k else ""
    if word.text.startswith("tariff") and any(
        w.of("trade.no_tariff") for w in words[max(k - 2, 0) : k]
    ):
        return True
    if word.text in ("duty", "duties"):
        levied = k + 2 < len(words) and words[k + 2].kind == "rate"
        return (ahead in ("on", "off", "heavy", "active") or after in ("to", "free", "officer")
                or (after == "of" and not levied))  # fmt: skip
    if word.text == "levies":
        if k and words[k - 1].kind == "actor" and any(w.kind == "instrument" for w in words[:k]):
            return True
        return after in ("a", "an", "duties", "tariffs") or (words[k + 1 :][:1] != () and (
            words[k + 1].kind == "rate"))  # fmt: skip
    return word.text in ("levy", "ban", "sanction", "embargo") and ahead in ("to", "will", "would")


def _left(sentence: Sentence, k: int, found: Found) -> None:
    """What stands before the noun: rate, goods, whose it is."""
    words, clause, plain, j = sentence.words, sentence.clause(k), 0, k - 1
    while j >= clause.start:
        word = words[j]
        if word.kind == "rate" and found.rate is None:
            found.rate = float(word.value) / 100
        elif word.kind == "good":
            found.goods[word.value[0]] = word.value[1]
        elif word.kind == "actor":
            _whose(sentence, j, k, found)
            found.span(j)
            if found.rate is None and words[j - 1].kind == "rate" and j > clause.start:
                found.rate = float(words[j - 1].value) / 100  # "the 25 % Ottawa tariff"
            break
        elif word.of("trade.buys") or word.of("trade.sells"):
            found.direction = "buys" if word.of("trade.buys") else "sells"
        elif word.of("trade.part"):
            found.partial = True
        elif word.text in OWN:
            found.inferred.append("who")
            found.definite = True
            break
        elif _is_stranger(words, j):
            found.stranger = True
        elif word.text in ("the", "these", "those"):
            found.definite = True
        elif not _modifies(word) or plain > 3:
            break
        else:
            plain += word.text not in ARTICLES
        found.span(j)
        j -= 1


def _modifies(word: Word) -> bool:
    """Whether a word may stand between an instrument and whose it is."""
    if word.kind == "mark":
        return word.text in "\"\u201c\u201d'\u2018\u2019$"
    if word.text in STAYS or word.text in ARTICLES or word.kind == "number":
        return True
    closed = word.text in PREPOSITIONS or word.text in MODALS or word.text in BE
    other = word.of("verbs") or word.of("cues") or word.of("speech") or word.kind != "word"
    return not (closed or other or word.text in ("and", "or", "to"))


def _whose(sentence: Sentence, j: int, k: int, found: Found) -> None:
    """An actor before the noun: "China's", "Chinese", "US and EU"; "China tariffs" says on whom."""
    words, word = sentence.words, sentence.words[j]
    if word.form == "noun" and not word.possessive:
        if j == k - 1 and word.code not in found.whom:
            found.whom.append(word.code)
            found.inferred.append("on whom")
        return
    found.who.insert(0, word.code)
    while j >= 2 and words[j - 1].text in ("and", ",") and words[j - 2].kind == "actor":
        j -= 2
        if words[j].form in ("adjective", "both") or words[j].possessive:
            found.who.insert(0, words[j].code)


def _verb(sentence: Sentence, found: Found) -> None:
    """The verb that lays, changes, ends or bears the instrument, and its subject and object."""
    words = sentence.words
    ahead = before(sentence, found.first)[-FAR:]
    names = ("verbs.impose", "verbs.sets", "verbs.ended", "verbs.face", "verbs.exempt")
    place = next((j for j in reversed(ahead) if any(words[j].of(name) for name in names)), None)
    if place is None or any(words[j].kind == "instrument" for j in ahead if j > place):
        return
    verb, found.verb = words[place], place
    actors, at = subject(sentence, place)
    passive = any(words[i].text in BE for i in range(max(place - 2, 0), place))
    passive = passive or words[place + 1].text == "by"
    between = range(place + 1, found.first)
    if verb.of("verbs.exempt"):
        _spare(sentence, between, actors, found, passive=passive)
    elif verb.of("verbs.face") and (passive or not verb.of("verbs.impose")):
        _bear(sentence, place, actors, found)
    else:
        found.ended = verb.of("verbs.ended")  # unless a new level follows
        found.answers = any(words[i].of("trade.back") for i in [*ahead, place])
        if not found.who:
            found.who = actors
            sure = bool(actors) and not stands_in(sentence, place, at)
            found.inferred = [part for part in found.inferred if part != "who"]
            found.inferred += [] if sure else ["who"]
        hit = [words[i] for i in between if words[i].kind in ("actor", "good")]
        for word in hit if any(words[i].text in ("with", "a", "on") for i in between) else ():
            _to(found, word)
    found.span(place, *([at] if at is not None else []))


def _to(found: Found, word: Word) -> None:
    """Note an actor or a good as what the instrument falls on."""
    if word.kind == "good":
        found.goods[word.value[0]] = word.value[1]
    elif word.code not in (*found.who, *found.whom):
        found.whom.append(word.code)


def _spare(
    sentence: Sentence, between: range, actors: list[str], found: Found, *, passive: bool
) -> None:
    """Who is spared: between verb and instrument, or the subject of "escape", "is exempt"."""
    words = sentence.words
    inside = [words[i].code for i in between if words[i].kind == "actor"]
    found.spared = inside or actors or _first_actor(sentence, between.start)
    if inside and not passive and not found.who:
        found.who = [code for code in actors if code not in inside]


def _first_actor(sentence: Sentence, k: int) -> list[str]:
    return [w.code for w in sentence.words[:k] if w.kind == "actor"][:1]


def _bear(sentence: Sentence, place: int, actors: list[str], found: Found) -> None:
    """Who bears the instrument: the subject of "face", or whose goods the subject are."""
    words = sentence.words
    ahead = before(sentence, place)
    found.goods |= {words[j].value[0]: words[j].value[1] for j in ahead if words[j].kind == "good"}
    origin = [w.code for j in ahead if (w := words[j]).kind == "actor" and _is_origin(words, j)]
    found.bearers = list(actors) or origin[-1:]
    found.unplaced = any(_is_unplaced(words, j) for j in ahead if j)


def _is_origin(words: tuple[Word, ...], j: int) -> bool:
    word = words[j]
    return word.form == "adjective" or word.possessive or words[max(j - 1, 0)].text in OUT_OF


# --- what stands after the noun ------------------------------------------------------------------


def _right(sentence: Sentence, k: int, found: Found) -> None:
    """Rate, object, agent and days after the noun."""
    words, clause = sentence.words, sentence.clause(k)
    j = k + 1
    while j < min(clause.stop, k + 3 * FAR):
        word, ahead = words[j], words[j - 1].text
        if word.kind in ("rate", "points"):
            _rate(sentence, j, found)
        elif word.kind == "date":
            _day(words, j, found)
        elif word.kind == "instrument" and not _is_no_instrument(sentence, j):
            break
        elif word.kind == "actor" and ahead in ("that", "which") and not found.who:
            found.who.append(word.code)
            found.span(j)
        elif word.of("trade.falls_on") and word.kind == "word":
            j = _object(sentence, j + 1, found)
            continue
        elif (word.kind == "actor" and _led(words, j, BY) and not found.who) or (word.kind == "actor" and _led(words, j, INTO) and _has_object(found)):
            found.who.append(word.code)
            found.span(j)
        elif word.of("verbs.strike") and not found.whom:
            j = _struck(sentence, j, found)
            continue
        elif word.text in BREAKS:
            break
        j += 1
    for i in before(sentence, k):
        if words[i].kind == "date" and found.since is None and found.verb is not None:
            _day(words, i, found)


def _has_object(found: Found) -> bool:
    return bool(found.whom or found.bearers) and not found.who


def _led(words: tuple[Word, ...], j: int, by: frozenset[str]) -> bool:
    """Whether a preposition such as "in" stands before an actor, an article aside."""
    return words[j - 2 if words[j - 1].text == "the" else j - 1].text in by


def _rate(sentence: Sentence, j: int, found: Found) -> None:
    words = sentence.words
    verb = words[found.verb] if found.verb is not None else None
    sets = verb is not None and verb.of("verbs.sets")
    ahead = words[j - 1].text
    if words[j].kind == "points":
        if verb is not None and found.rate is None:
            down = verb.text[:3] in ("cut", "low", "red", "tri", "sla")
            found.rate = (-1 if down else 1) * float(words[j].value) / 100
            found.ended = False
    elif ahead == "to" and sets:
        found.rate, found.how, found.ended = float(words[j].value) / 100, "set", False
    elif ahead == "from":
        found.old = float(words[j].value) / 100
    elif found.rate is None and ahead in ("of", "at", "reaching", "around", "about", "to", "over"):
        found.rate = float(words[j].value) / 100
        found.how = "set" if ahead == "to" else "add"
    elif found.rate is None and ahead == "by":
        found.because = (
            "the text says by how many per cent the rate changes, not by how many points"
        )
    found.span(j)


def _day(words: tuple[Word, ...], j: int, found: Found) -> None:
    """The day from or until which it is in force, by the word before it."""
    ahead = [words[i].text for i in range(max(j - 2, 0), j)]
    if "until" in ahead or "through" in ahead:
        found.until = found.until or words[j]
    elif {"by", "before"} & set(ahead):
        return
    elif {"from", "since", "on", "of", "in", "effective", "starting", "beginning"} & set(ahead):
        found.since = found.since or words[j]


def _object(sentence: Sentence, j: int, found: Found) -> int:
    """What the instrument falls on, after "on"; returns the place where that ends."""
    words, clause, way, heading = sentence.words, sentence.clause(j - 1), "", False
    start = j
    while j < clause.stop:
        word = words[j]
        if word.text in EXCEPT:
            way = "except"
        elif word.kind == "actor":
            if way == "except":
                found.spared.append(word.code)
            elif way in INTO:
                found.who = found.who or [word.code]
            else:
                _to(found, word)
        elif word.kind == "good":
            found.goods[word.value[0]] = word.value[1]
        elif word.kind == "everyone":
            heading = True
        elif _is_stranger(words, j):
            found.stranger = True
        elif _is_unplaced(words, j):
            found.unplaced = True
        elif (word.text in OWN and word.kind == "word") or word.text == "country":
            found.inferred.append("on whom")
        elif word.text in OUT_OF or word.text in INTO:
            way = word.text
        elif word.of("trade.sells") and way == "":
            found.direction = found.direction or "sells"
        elif word.of("trade.buys"):
            found.direction = found.direction or "buys"
        elif word.of("trade.part"):
            found.partial = True
        elif _ends_object(words, j):
            break
        j += 1
    if heading and not found.whom:
        found.whom.append(EVERYONE)
    if j > start:
        found.span(j - 1)
    return j


def _is_stranger(words: tuple[Word, ...], j: int) -> bool:
    """Whether a word may name somebody whom the lexicon does not know: a capital, and not first."""
    word = words[j]
    return word.kind == "word" and word.capital and j > 0 and not word.classes


def _is_unplaced(words: tuple[Word, ...], j: int) -> bool:
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
        return not _goes_on(words, j)
    verb = any(word.of(f"verbs.{name}") for name in ("impose", "sets", "ended", "strike", "face"))
    other = word.text in MODALS or word.text in BE or word.text in ("by", "with", "for", "at")
    return verb or other or word.of("cues") or word.of("speech") or word.text == "since"


def _goes_on(words: tuple[Word, ...], comma: int) -> bool:
    """Whether a list goes on after a comma: an actor after an actor, a good after a good."""
    kind = words[comma - 1].kind
    after = [w for w in words[comma + 1 : comma + 4] if w.text not in ("and", "the")]
    return kind in ("actor", "good") and bool(after) and after[0].kind == kind


def _struck(sentence: Sentence, j: int, found: Found) -> int:
    """ "sanctions have forced Moscow to ...": the actor after the verb."""
    words = sentence.words
    for i in range(j + 1, min(j + 4, sentence.clause(j).stop)):
        if words[i].kind == "actor" and words[i].code not in found.who:
            found.whom.append(words[i].code)
            found.span(i)
            return i + 1
    return j + 1


# --- verbs ---------------------------------------------------------------------------------------


def bans_in(sentence: Sentence, lexicon: Lexicon) -> Iterator[Found]:
    """Trade that a verb stops: "halted imports of ...", "stopped buying", "sever gas ties"."""
    ban = next((each for each in lexicon.instruments if each.kind == "ban"), None)
    for k, word in enumerate(sentence.words):
        noun = word.kind == "instrument" and not _is_no_instrument(sentence, k)
        if ban is None or not word.of("verbs.ban") or noun:
            continue
        found = Found(ban, k, k, verb=k)
        near = [w.text for w in sentence.words[max(k - 2, 0) : k]]
        passive = bool(BE & set(near)) and "to" not in near
        ties = _stopped(sentence, k, found, passive=passive)
        strict = word.text.startswith(("end", "cut", "stop", "quit", "sep", "wean", "sev", "com",
                                       "phas", "halt", "susp", "ceas", "block", "bar"))  # fmt: skip
        adjective = bool(found.goods and found.whom) and not strict
        if not (found.direction or ties or adjective):
            continue
        if word.text == "cut" and not ties:
            continue
        found.direction = found.direction or "buys"
        found.because = "" if not ties else "which trade ends, and from when, is not said"
        actors, at = subject(sentence, k)
        if passive:
            found.who = [w.code for i, w in enumerate(sentence.words[:-1], 0)
                         if i > k and w.kind == "actor" and _led(sentence.words, i, BY)]  # fmt: skip
        else:
            found.who = [code for code in actors if code not in found.whom]
        found.inferred += [] if found.who or passive else ["who"]
        found.span(*([at] if at is not None else []))
        yield found


def _stopped(sentence: Sentence, k: int, found: Found, *, passive: bool) -> bool:
    """Read what is stopped into `found`; whether it is "ties" of some good."""
    words, clause = sentence.words, sentence.clause(k)
    places = before(sentence, k)[-FAR:] if passive else range(k + 1, min(clause.stop, k + 2 * FAR))
    way, ties, seen = "", False, 0
    for j in places:
        word = words[j]
        seen += 1
        if word.kind == "good":
            found.goods[word.value[0]] = word.value[1]
        elif word.kind == "actor":
            if way in INTO or way in OUT_OF or way == "with" or word.form in ("adjective", "both"):
                _to(found, word)
            elif not passive:
                break
        elif word.kind == "everyone":
            found.whom = found.whom or [EVERYONE]
        elif _is_stranger(words, j):
            found.stranger = True
        elif _is_unplaced(words, j):
            found.unplaced = True
        elif word.kind == "date":
            _day(words, j, found)
        elif word.of("trade.buys") or word.of("trade.sells"):
            if seen <= 5 or passive:
                found.direction = found.direction or ("buys" if word.of("trade.buys") else "sells")
        elif word.of("trade.ties"):
            ties = bool(found.goods)
        elif word.of("trade.part"):
            found.partial = True
        elif word.text == "country":
            found.inferred.append("on whom")
        elif word.text in INTO or word.text in OUT_OF or word.text == "with":
            way = word.text
        elif word.text in BREAKS or word.text in MODALS or word.kind in ("rate", "instrument"):
            break
        elif word.text == "," and not passive:
            if not _goes_on(words, j):
                break
        elif not passive and word.of("verbs") and not word.of("verbs.ban"):
            break
        found.span(j)
    return ties


def taxes_in(sentence: Sentence, lexicon: Lexicon) -> Iterator[Found]:
    """ "India taxes Chinese steel at 25 %"."""
    tariff = next((each for each in lexicon.instruments if each.act == "tariff"), None)
    words = sentence.words
    for k, word in enumerate(words):
        if tariff is None or word.kind != "word" or not word.of("verbs.tax"):
            continue
        found = Found(tariff, k, k, verb=k)
        end = _object(sentence, k + 1, found)
        if end + 1 < len(words) and words[end].text == "at" and words[end + 1].kind == "rate":
            actors, at = subject(sentence, k)
            found.rate = float(words[end + 1].value) / 100
            found.who = [code for code in actors if code not in found.whom]
            found.span(end + 1, *([at] if at is not None else []))
            if found.whom or found.goods:
                yield found


# --- lines ---------------------------------------------------------------------------------------


def links_in(sentence: Sentence) -> Iterator[tuple[Link, int]]:
    """Named lines of the gas network, each once a sentence."""
    seen: set[str] = set()
    for k, word in enumerate(sentence.words):
        if word.kind == "link" and word.value.name not in seen:
            seen.add(word.value.name)
            yield word.value, k
