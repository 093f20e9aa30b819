"""Bans: trade that a verb stops or taxes, such as "halted imports of ..."; named gas lines."""

from collections.abc import Iterable, Iterator

from multipolar.evidence.lexicon import Lexicon, Link
from multipolar.evidence.nouns import is_no_instrument
from multipolar.evidence.phrases import (
    BY,
    EVERYONE,
    FAR,
    INTO,
    MODALS,
    OUT_OF,
    Found,
    goes_on,
    led,
    note_day,
    read_object,
    subject,
    taken_in,
)
from multipolar.evidence.sentences import BREAKS, Sentence
from multipolar.evidence.standing import BE, before

# Verbs that also stop other things than trade: what they stop must be named as trade or ties.
OFTEN_ELSE = ("end", "cut", "stop", "quit", "sep", "wean", "sev", "com", "phas", "halt", "susp",
              "ceas", "block", "bar")  # fmt: skip
TRADE_NEAR = 5  # words between such a verb and "imports"


def bans_in(sentence: Sentence, lexicon: Lexicon) -> Iterator[Found]:
    """Trade that a verb stops: "halted imports of ...", "stopped buying", "sever gas ties"."""
    ban = next((each for each in lexicon.instruments if each.kind == "ban"), None)
    for k, word in enumerate(sentence.words):
        noun = word.kind == "instrument" and not is_no_instrument(sentence, k)
        if ban is None or not word.of("verbs.ban") or noun:
            continue
        found = Found(ban, k, k, verb=k)
        near = [w.text for w in sentence.words[max(k - 2, 0) : k]]
        passive = bool(BE & set(near)) and "to" not in near
        if _is_of_trade(sentence, k, found, passive=passive):
            _who(sentence, k, found, passive=passive)
            yield found


def _is_of_trade(sentence: Sentence, k: int, found: Found, *, passive: bool) -> bool:
    """Read what the verb stops into `found`; whether that is trade."""
    verb = sentence.words[k].text
    ties = _stopped(sentence, k, found, passive=passive)
    if verb == "cut" and not ties:
        return False  # "cut imports" is less of them
    plain = bool(found.goods and found.whom) and not verb.startswith(OFTEN_ELSE)
    trade = bool(found.direction) or ties or plain
    found.direction = found.direction or "buys"
    if ties:
        found.because = "which trade ends, and from when, is not said"
    return trade


def _who(sentence: Sentence, k: int, found: Found, *, passive: bool) -> None:
    words = sentence.words
    actors, at = subject(sentence, k)
    if passive:
        after = range(k + 1, len(words))
        found.who = [words[j].code for j in after if words[j].kind == "actor" and led(words, j, BY)]
    else:
        found.who = [code for code in actors if code not in found.whom]
        found.inferred += [] if found.who else ["who"]
    if at is not None:
        found.span(at)


def _stopped(sentence: Sentence, k: int, found: Found, *, passive: bool) -> bool:
    """Read what is stopped into `found`; whether it is "ties" of some good."""
    words, clause, way, ties = sentence.words, sentence.clause(k), "", False
    after = range(k + 1, min(clause.stop, k + 2 * FAR))
    places: Iterable[int] = before(sentence, k)[-FAR:] if passive else after
    for seen, j in enumerate(places):
        word = words[j]
        if not passive and _ends(sentence, j, way):
            break
        if word.kind == "date":
            note_day(words, j, found)
        elif word.kind == "everyone" and "import" in word.text:
            found.direction = found.direction or "buys"
        elif word.of("trade.ties"):
            ties = ties or bool(found.goods)
        elif word.of("trade.buys") or word.of("trade.sells"):
            side = "buys" if word.of("trade.buys") else "sells"
            found.direction = found.direction or (side if seen < TRADE_NEAR or passive else "")
        else:
            way = taken_in(words, j, found, way) or way
        found.span(j)
    if found.everyone and not found.whom:
        found.whom.append(EVERYONE)
    return ties


def _ends(sentence: Sentence, j: int, way: str) -> bool:
    """Whether what a verb stops has been named before word `j`."""
    words, word = sentence.words, sentence.words[j]
    if word.kind == "actor":
        return way not in (*INTO, *OUT_OF, "with") and word.form not in ("adjective", "both")
    if word.text in BREAKS or word.text in MODALS or word.kind in ("rate", "instrument"):
        return True
    if word.text == ",":
        return not goes_on(words, j)
    trade = word.of("trade") or word.of("verbs.ban")
    return word.of("verbs") and not trade


# --- taxes, lines --------------------------------------------------------------------------------


def taxes_in(sentence: Sentence, lexicon: Lexicon) -> Iterator[Found]:
    """Tariffs told by a verb: "India taxes Chinese steel at 25 %"."""
    tariff = next((each for each in lexicon.instruments if each.act == "tariff"), None)
    words = sentence.words
    for k, word in enumerate(words):
        if tariff is None or word.kind != "word" or not word.of("verbs.tax"):
            continue
        found = Found(tariff, k, k, verb=k)
        end = read_object(sentence, k + 1, found)
        if end + 1 < len(words) and words[end].text == "at" and words[end + 1].kind == "rate":
            actors, at = subject(sentence, k)
            found.rate = float(words[end + 1].value) / 100
            found.who = [code for code in actors if code not in found.whom]
            found.span(end + 1, *([at] if at is not None else []))
            if found.whom or found.goods:
                yield found


def links_in(sentence: Sentence) -> Iterator[tuple[Link, int]]:
    """Named lines of the gas network, each once a sentence."""
    seen: set[str] = set()
    for k, word in enumerate(sentence.words):
        if word.kind == "link" and word.value.name not in seen:
            seen.add(word.value.name)
            yield word.value, k
