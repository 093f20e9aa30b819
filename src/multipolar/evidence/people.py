"""People: names of persons in a text, known by title, verb of speech, role, or given name.

A title is no name ("Mr. Yuri Ushakov" is Yuri Ushakov); a surname alone is not read.
"""

# ruff: noqa: SIM905 (lists of words read better as text)

# ruff: noqa: SIM905 (lists of words read better as text)

import re
from collections.abc import Iterator

from multipolar.evidence.lexicon import shipped_lexicon
from multipolar.evidence.marks import COMMON

_PART = r"[A-Z][a-z\u00e0-\u017e]+"
_SMALL = r"(?:da|de|del|der|den|di|du|van|von|al|bin|bint|ibn)"
_NAME = rf"(?P<name>{_PART}\s(?:{_SMALL}\s){{0,2}}{_PART}(?:\s{_PART})?)"
_SAYS = r"(?:said|says|added|adds|told|states|stated|according to|warned|argued)"
_TITLE = (
    r"(?i:President|Prime Minister|Premier|Chancellor|Minister|Secretary of State|Mr\.?|Mrs\.?"
    r"|Ms\.?|Dr\.?|Professor|Prof\.?|Sir|Senator|Sen\.?|General|Gen\.?|Governor|Gov\.?"
    r"|counterpart|envoy,?|Commissioner|Ambassador|spokeswoman|spokesman|spokesperson)"
)
_ROLE = r"(?:(?:a|an|the)\s+)?(?:director|head|professor|chair|chief|minister|analyst|economist)"
PEOPLE = [
    re.compile(pattern)
    for pattern in (
        rf"\b{_SAYS}\s+(?:{_TITLE}\s+)?{_NAME}",
        rf"\b{_TITLE}\s+{_NAME}",
        rf"\b{_NAME}\s+(?:said|says|added|told|states|warned|argued)\b",
        rf"\b{_NAME},\s+{_ROLE}\b",
    )
]
# Names in a row, such as "Luiz Inacio Lula da Silva"; whether they begin with a given name is asked
# afterwards.
ROW = re.compile(rf"\b{_PART}(?:\s(?:{_SMALL}\s){{0,2}}{_PART}){{1,4}}\b(?!\s?[-\u2011])")
TITLES = frozenset(
    "mr mrs ms dr prof professor sir president minister senator sen general gen governor gov "
    "premier chancellor commissioner ambassador".split()
)
NO_PERSON = frozenset(
    "european american chinese russian western asian united global south north state foreign "
    "ministry union council center centre institute university the he she it red world war "
    "president minister administration on in for at by street avenue road square bridge airport "
    "river lake bay island islands mountain valley prize award cup trophy stadium bank group "
    "holdings motors airlines fleet army navy foundation hospital college school academy church "
    "party club united city county party movement party day week plan doctrine thought treaty act "
    "company corporation brothers sons house hall tower museum theatre theater park hotel order "
    "mr mrs ms dr prof sir asset".split()
)


def people_in(text: str) -> Iterator[tuple[str, int, int]]:
    """Names of persons in a text, each once: the name, where it begins, how long it is."""
    seen: set[str] = set()
    for name, start, length in (*_named(text), *_given(text)):
        key = name.casefold()
        if key in seen or (NO_PERSON | COMMON) & set(key.split()):
            continue
        if any(key in known or known in key for known in seen):
            continue  # the same, with a word more or less
        seen.add(key)
        yield name, start, length


def _named(text: str) -> Iterator[tuple[str, int, int]]:
    """Names beside a title, a verb of speech or a role; titles at their head are taken off."""
    for pattern in PEOPLE:
        for match in pattern.finditer(text):
            start, end = match.span("name")
            words = match["name"].split()
            while len(words) > 2 and words[0].casefold() in TITLES:
                start = text.index(words[1], start + len(words[0]))
                words = words[1:]
            yield " ".join(words), start, end - start


def _given(text: str) -> Iterator[tuple[str, int, int]]:
    """Names that begin with a given name: with one word after it, or more if they are known too."""
    given = shipped_lexicon().given_names
    for row in ROW.finditer(text):
        words = list(re.finditer(r"\S+", row.group()))
        first = next((k for k, w in enumerate(words) if w.group().casefold() in given), None)
        if first is None or first == len(words) - 1:
            continue
        kept = words[first:]
        texts = [word.group() for word in kept]
        large = [t for t in texts[1:] if t[0].isupper() and t.casefold() not in given]
        if len(large) > 1 and not any(t[0].islower() for t in texts):
            continue  # "Donald Asset Clean" is no name, and which part is cannot be known
        begin, end = row.start() + kept[0].start(), row.start() + kept[-1].end()
        yield " ".join(texts), begin, end - begin
