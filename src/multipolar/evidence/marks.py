"""Marks: what survives in a statement when a report is retold (names, numbers, rare words).

Spinning replaces words by synonyms; translating back changes their form. Names, numbers and the
order of statements stay, and so do words that have no synonym. The mark of a word is its first six
letters, so that "Russia", "Russian" and "Russia's" have one mark; that of a number is its value, in
digits or in words.
"""

# ruff: noqa: SIM905

import re
from dataclasses import dataclass

from multipolar.evidence.accounts import Account, Statement

STEM = 6
TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[\u2019'][^\W\d_]+)*")
QUOTE = re.compile(r"[\"\u201c]([^\"\u201c\u201d]{12,})[\"\u201d]")

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()
ORDINAL = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
).split()
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
        "eighty": 80, "ninety": 90, "hundred": 100, "dozen": 12}  # fmt: skip
NUMBER_WORDS = (
    {word: k for k, word in enumerate(SMALL)} | {word: k for k, word in enumerate(ORDINAL)} | TENS
)
# Words that every text has; they say nothing about who retells whom.
COMMON = frozenset(
    "about above according added additional after again against ahead all also although always "
    "among amid and another any are around because become been before being between both but can "
    "come could despite did does doing done down during each either even ever every few find for "
    "from further get give given going good great had has have having her here him his how "
    "however including into its itself just last later like made make many may might more most "
    "much must near need never new next not now off often once only other our out over own part "
    "said same say saying says see seen several shall she should since some still such take "
    "taken than that the their them then there these they this those though through time told "
    "too toward towards under until upon use used very via want was way week well were what when "
    "where whether which while who whom whose why will with within without would year years yet "
    "you your month months day days monday tuesday wednesday thursday friday saturday sunday "
    "january february march april june july august september october november december".split()
)


@dataclass(frozen=True)
class Mark:
    """A mark of a statement: `kind` is name, number or word; `shown` is the account's spelling."""

    kind: str
    shown: str


Marks = dict[str, Mark]  # by stem, or "#" and the value


def marks_of(account: Account) -> list[Marks]:
    """The marks of every statement, in order."""
    tokens = [list(TOKEN.finditer(s.text)) for s in account.statements]
    inside = {
        _bare(t.group()) for row in tokens for t in row[1:] if t.group()[0].isupper()
    }  # words with a capital elsewhere than at the start of a sentence
    return [
        _marks(statement, row, inside)
        for statement, row in zip(account.statements, tokens, strict=True)
    ]


def quotations(statement: Statement) -> list[str]:
    """The quotations in a statement of twelve characters or more."""
    return QUOTE.findall(statement.text)


def _marks(statement: Statement, tokens: list[re.Match[str]], inside: set[str]) -> Marks:
    found: Marks = {}
    for token in tokens:
        text, bare = token.group(), _bare(token.group())
        before = statement.text[: token.start()].rstrip()
        opens = not before or before[-1] in '"\u201c\u2018.:\u2014\u2013'
        if text[0].isdigit():
            value = text.replace(",", "").rstrip(".")
            found[f"#{value.lstrip('0') or '0'}"] = Mark("number", text)
        elif bare in NUMBER_WORDS:
            found[f"#{NUMBER_WORDS[bare]}"] = Mark("number", text)
        elif text[0].isupper() and len(bare) > 1 and bare not in COMMON:
            if not opens or bare in inside:
                found[bare[:STEM]] = Mark("name", _shown(text))
            elif len(bare) > 3:
                found.setdefault(bare[:STEM], Mark("word", bare))
        elif len(bare) > 3 and bare not in COMMON:
            found.setdefault(bare[:STEM], Mark("word", bare))
    return found


def _shown(token: str) -> str:
    return re.sub(r"[\u2019']s?$", "", token)


def _bare(token: str) -> str:
    return _shown(token).casefold()
