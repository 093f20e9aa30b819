"""Nouns: instruments named by a noun, such as "a 25 % tariff on steel from Mexico"."""

from collections.abc import Iterator

from multipolar.evidence.phrases import (
    ARTICLES,
    BY,
    FAR,
    INTO,
    MODALS,
    OUT_OF,
    OWN,
    STAYS,
    Found,
    has_object,
    is_stranger,
    is_unplaced,
    led,
    note,
    note_day,
    read_object,
    stands_in,
    subject,
)
from multipolar.evidence.sentences import BREAKS, Sentence, Word
from multipolar.evidence.standing import BE, PREPOSITIONS, before

QUOTES = "\"\u201c\u201d'\u2018\u2019$"
FILLERS = ("of", "up", "to", "about", "around", "nearly", "at", "least", "most", "over")
MOST_PLAIN = 3  # unknown words between an instrument and whose it is


def nouns_in(sentence: Sentence) -> Iterator[Found]:
    """Every instrument that the sentence names by a noun."""
    for k, word in enumerate(sentence.words):
        if word.kind == "instrument" and not is_no_instrument(sentence, k):
            found = Found(word.value, k, k)
            _left(sentence, k, found)
            _verb(sentence, found)
            _right(sentence, k, found)
            if found.whom and found.bearers:
                found.unplaced = False  # they are not the object, which is named
            found.whom = found.whom or [c for c in found.bearers if c not in found.who]
            yield found


def is_no_instrument(sentence: Sentence, k: int) -> bool:
    """Whether a word only looks like an instrument: "on duty", "to levy", a hotel's tariff."""
    words, word = sentence.words, sentence.words[k]
    after = words[k + 1 : k + 6]
    following = after[0].text if after else ""
    ahead = words[k - 1].text if k else ""
    if word.text.startswith("tariff"):
        return any(w.of("trade.no_tariff") for w in words[max(k - 2, 0) : k])
    if word.text in ("duty", "duties"):
        rest = [w for w in after if w.text not in FILLERS]
        levied = bool(rest) and rest[0].kind == "rate"
        idle = ahead in ("on", "off", "heavy", "active") or following in ("to", "free", "officer")
        return idle or (following == "of" and not levied)
    if word.text == "levies":
        verb = bool(k) and words[k - 1].kind == "actor"
        laid = any(w.kind == "instrument" for w in words[:k])
        rate = bool(after) and after[0].kind == "rate"
        return (verb and laid) or rate or following in ("a", "an", "duties", "tariffs")
    return word.text in ("levy", "ban", "sanction", "embargo") and ahead in ("to", "will", "would")


# --- what stands before the noun -----------------------------------------------------------------


def _left(sentence: Sentence, k: int, found: Found) -> None:
    """What stands before the noun: rate, goods, whose it is."""
    words, clause, plain = sentence.words, sentence.clause(k), 0
    for j in range(k - 1, clause.start - 1, -1):
        word = words[j]
        if word.kind == "actor":
            _whose(sentence, j, k, found)
            found.span(j)
            return
        if word.kind == "word" and word.text in OWN:
            owner = [w.code for w in words[:j] if w.kind == "actor"][-1:]
            found.who = owner if word.text == "whose" else []
            found.inferred += [] if found.who else ["who"]
            found.definite = True
            return
        if not _named(words, j, found):
            if not _modifies(word) or plain > MOST_PLAIN:
                return
            plain += word.text not in ARTICLES
        found.span(j)


def _named(words: tuple[Word, ...], j: int, found: Found) -> bool:
    """Note what a word before the noun says; false if it says nothing."""
    word = words[j]
    if word.kind == "rate":
        found.rate = float(word.value) / 100 if found.rate is None else found.rate
    elif word.kind == "good":
        note(found, word)
    elif word.of("trade.buys") or word.of("trade.sells"):
        found.direction = "buys" if word.of("trade.buys") else "sells"
    elif word.of("trade.part"):
        found.partial = True
    elif is_stranger(words, j):
        found.stranger = True
    elif word.text in ("the", "these", "those"):
        found.definite = True
    else:
        return False
    return True


def _modifies(word: Word) -> bool:
    """Whether a word may stand between an instrument and whose it is."""
    if word.kind == "mark":
        return word.text in QUOTES
    if word.text in STAYS or word.text in ARTICLES or word.kind == "number":
        return True
    closed = word.text in PREPOSITIONS or word.text in MODALS or word.text in BE
    other = word.of("verbs") or word.of("cues") or word.of("speech") or word.kind != "word"
    return not (closed or other or word.text in ("and", "or", "to"))


def _whose(sentence: Sentence, j: int, k: int, found: Found) -> None:
    """An actor before the noun: "China's", "Chinese", "US and EU"; "China tariffs" says on whom."""
    words, word = sentence.words, sentence.words[j]
    if found.rate is None and j > sentence.clause(k).start and words[j - 1].kind == "rate":
        found.rate = float(words[j - 1].value) / 100  # "the 25 % Ottawa tariff"
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
        _lay(sentence, between, actors, found, sure=not stands_in(sentence, place, at))
        found.answers = any(words[i].of("trade.back") for i in ahead)
    found.span(place, *([at] if at is not None else []))


def _lay(
    sentence: Sentence, between: range, actors: list[str], found: Found, *, sure: bool
) -> None:
    """Who lays it: the verb's subject; on whom, where "hit ... with" names them first."""
    words, verb = sentence.words, sentence.words[between.start - 1]
    found.ended = verb.of("verbs.ended")  # unless a new level follows
    if not found.who:
        found.who = actors
        found.inferred = [part for part in found.inferred if part != "who"]
        found.inferred += [] if actors and sure else ["who"]
    if any(words[i].text in ("with", "a", "on") for i in between):
        for i in between:
            if words[i].kind in ("actor", "good"):
                note(found, words[i])


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
    found.unplaced = any(is_unplaced(words, j) for j in ahead if j)


def _is_origin(words: tuple[Word, ...], j: int) -> bool:
    word = words[j]
    return word.form == "adjective" or word.possessive or words[max(j - 1, 0)].text in OUT_OF


# --- what stands after the noun ------------------------------------------------------------------


def _right(sentence: Sentence, k: int, found: Found) -> None:
    """Rate, object, agent and days after the noun."""
    words, clause = sentence.words, sentence.clause(k)
    j, stop = k + 1, min(clause.stop, k + 3 * FAR)
    while j < stop:
        word = words[j]
        another = word.kind == "instrument" and not is_no_instrument(sentence, j)
        if another or word.text in BREAKS:
            break
        if word.of("trade.falls_on") and word.kind == "word":
            j = read_object(sentence, j + 1, found)
        elif word.of("verbs.strike") and not found.whom:
            j = _struck(sentence, j, found)
        else:
            _said_after(sentence, j, found)
            j += 1
    for i in before(sentence, k):
        if words[i].kind == "date" and found.since is None and found.verb is not None:
            note_day(words, i, found)


def _said_after(sentence: Sentence, j: int, found: Found) -> None:
    """Note a rate, a day, or who lays it: "by Japan", "that Japan levies", "in Japan"."""
    words, word = sentence.words, sentence.words[j]
    if word.kind in ("rate", "points"):
        _rate(sentence, j, found)
    elif word.kind == "date":
        note_day(words, j, found)
    elif word.kind == "actor" and not found.who:
        agent = led(words, j, BY) or words[j - 1].text in ("that", "which")
        if agent or (led(words, j, INTO) and has_object(found)):
            found.who.append(word.code)
            found.span(j)


def _rate(sentence: Sentence, j: int, found: Found) -> None:
    words = sentence.words
    verb = words[found.verb] if found.verb is not None else None
    sets = verb is not None and verb.of("verbs.sets")
    ahead = words[j - 1].text
    if ahead == "to" and words[j - 2].text == "up":
        found.because = "only the highest rate is said"
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


def _struck(sentence: Sentence, j: int, found: Found) -> int:
    """The actor after the verb in "sanctions have forced Moscow to ..."."""
    words = sentence.words
    for i in range(j + 1, min(j + 4, sentence.clause(j).stop)):
        if words[i].kind == "actor" and words[i].code not in found.who:
            found.whom.append(words[i].code)
            found.span(i)
            return i + 1
    return j + 1
