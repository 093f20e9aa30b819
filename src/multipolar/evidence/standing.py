"""Standing: whether a statement says that something is so, or planned, feared, denied, quoted.

Rules over cues of the lexicon, within one clause. A clause between commas that only describes
("which ...", "one of ...") does not reach what stands outside it.
"""

# ruff: noqa: SIM905 (lists of words read better as text)

import re
from collections.abc import Iterable

from multipolar.evidence.sentences import Sentence, Word

IN_FORCE, PLANNED, HYPOTHETICAL = "in-force", "planned", "hypothetical"
DENIED, ENDED, QUOTED, ATTRIBUTED = "denied", "ended", "quoted", "attributed"
STANDINGS = (IN_FORCE, PLANNED, HYPOTHETICAL, DENIED, ENDED, QUOTED, ATTRIBUTED)
DESCRIBES = ("which", "who", "whose", "where", "one", "1", "a", "an", "including", "such", "like",
             "with")  # fmt: skip
NEAR = 9  # words after an instrument in which a cue such as "would take effect" counts
PREPOSITIONS = frozenset(
    "of with from to against on in at by for between toward towards into over via through upon "
    "near under among about without".split()
)
BE = frozenset("is are was were be been being gets got get".split())


def before(sentence: Sentence, k: int) -> list[int]:
    """The words before `k` in its clause, without clauses between commas that only describe."""
    clause = sentence.clause(k)
    words, chunks = sentence.words, [[]]  # type: ignore[var-annotated]
    for j in range(clause.start, k):
        if words[j].text == "," and not _in_list(words, j):
            chunks.append([])
        else:
            chunks[-1].append(j)
    kept = [
        chunk
        for n, chunk in enumerate(chunks)
        if n in (0, len(chunks) - 1) or not chunk or words[chunk[0]].text not in DESCRIBES
    ]
    return [j for chunk in kept for j in chunk]


def _in_list(words: tuple[Word, ...], j: int) -> bool:
    kinds = {words[i].kind for i in (j - 1, j + 1) if 0 <= i < len(words)}
    return kinds <= {"actor"} or kinds <= {"good"}


def standing(sentence: Sentence, first: int, last: int, *, governed: Iterable[int] = ()) -> str:
    """How words `first` to `last` stand to the facts; `governed` are words that name the act."""
    words = sentence.words
    if sentence.in_quotation(first) and sentence.in_quotation(last):
        return QUOTED
    mine = set(governed)
    cues = {
        name
        for j in [*before(sentence, first), *range(first, last + 1)]
        for name in words[j].classes
        if name.startswith("cues.") and j not in mine and not _is_no_cue(words, j)
    } | set(_after(sentence, last))
    if sentence.statement.text.rstrip("\"\u201d' ").endswith("?"):
        cues.add("cues.hypothetical")
    if cues >= {"cues.planned", "cues.hypothetical"} and _only_would(sentence, first):
        cues.discard("cues.hypothetical")
    for name in (DENIED, HYPOTHETICAL, PLANNED, ENDED):
        if f"cues.{name}" in cues:
            return name
    return IN_FORCE


def _only_would(sentence: Sentence, first: int) -> bool:
    """Whether nothing but "would" is hypothetical before a word: "by the draft, it would cut"."""
    cues = [sentence.words[j] for j in before(sentence, first)]
    return all(word.text == "would" for word in cues if "cues.hypothetical" in word.classes)


def _is_no_cue(words: tuple[Word, ...], j: int) -> bool:
    """Words that look like a cue and are none: "No. 2", "not only", "no longer than"."""
    after = words[j + 1] if j + 1 < len(words) else None
    if words[j].text in ("no", "not") and after is not None:
        return after.kind == "number" or after.text in ("only", "just")
    return False


def _after(sentence: Sentence, last: int) -> Iterable[str]:
    """Cues after an instrument: soon, or "if" and "unless" anywhere in the clause."""
    words, clause = sentence.words, sentence.clause(last)
    for j in range(last + 1, clause.stop):
        soon = j <= last + NEAR
        if "cues.after" in words[j].classes and (soon or words[j].text in ("if", "unless")):
            yield f"cues.{_kind_of(words[j : j + 3])}"
        if words[j].text == "," and soon and j + 1 < clause.stop and words[j + 1].of("cues.denied"):
            yield "cues.denied"


def _kind_of(words: Iterable[Word]) -> str:
    text = " ".join(word.text for word in words)
    if re.match(
        r"(will|to take|to be|planned|proposed|is planned|are planned|has been prop)", text
    ):
        return PLANNED
    if re.match(r"(would|could|might|may|if|unless|is being|is under)", text):
        return HYPOTHETICAL
    return DENIED if text.startswith(("never", "was rejected", "were rejected")) else ENDED


# --- who speaks ----------------------------------------------------------------------------------


def speech_about(sentence: Sentence, k: int) -> int | None:
    """The verb of speech to whose content word `k` belongs; None if the account itself speaks."""
    words = sentence.words
    for j in reversed(before(sentence, k)):
        if speaks(words, j):
            return j
    clauses = sentence.clauses
    tail = [j for j in range(k + 1, len(words)) if words[j].text == ","]
    for comma in tail[-2:]:
        chunk = range(comma + 1, min(comma + 16, len(words)))
        verbs = [j for j in chunk if speaks(words, j)]
        if (
            verbs
            and (clauses[verbs[0]] - clauses[k] <= 1)
            and not _content_follows(words, verbs[0])
        ):
            return verbs[0]
    return None


def speaks(words: tuple[Word, ...], j: int) -> bool:
    """Whether a word is a verb of speech; "added importance" is none."""
    if not (words[j].of("speech.says") or words[j].of("speech.claims")):
        return False
    if words[j].text in ("added", "adds", "states", "report", "reports", "noted", "told"):
        near = [w.text for w in (*words[max(j - 1, 0) : j], *words[j + 1 : j + 2])]
        named = j > 0 and (words[j - 1].kind == "actor" or words[j - 1].of("speech.roles"))
        return named or bool(
            {",", ".", "that", "he", "she", "they", "it", '"', "\u201d"} & set(near)
        )
    return True


def _content_follows(words: tuple[Word, ...], verb: int) -> bool:
    """Whether a verb of speech opens a content of its own ("..., said that ...")."""
    return verb + 1 < len(words) and words[verb + 1].text == "that"


def speaker_words(sentence: Sentence, verb: int) -> list[int]:
    """The words of a sentence that name who speaks: around the verb, up to a comma or clause."""
    words, clause = sentence.words, sentence.clause(verb)
    after = list(range(verb + 1, min(verb + 9, clause.stop)))
    ahead = list(range(max(clause.start, verb - 9), verb))
    stops = [n for n, j in enumerate(reversed(ahead)) if words[j].text in (",", '"', "\u201d")]
    ahead = ahead[len(ahead) - stops[0] :] if stops else ahead
    known = [j for j in ahead if words[j].kind == "actor" or words[j].of("speech.roles")]
    if words[verb].text == "according" or not (ahead and (known or len(ahead) > 1)):
        end = next((n for n, j in enumerate(after) if words[j].text in (",", ".", "that")), None)
        return after[:end]
    return ahead
