"""Lexicon: the words by which actors, instruments, verbs, goods and topics are known, as data.

`lexicon.toml` ships; a user's file of the same form adds to it. A phrase is matched word by word in
lower case; where the lexicon has a capital the text must have one, and an abbreviation such as "US"
must be written in capitals, so that "us" is nobody.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from multipolar.errors import InputError, choose, did_you_mean
from multipolar.world import labels
from multipolar.world.files import read_text

SHIPPED = Path(str(files("multipolar.evidence") / "lexicon.toml"))
LARGEST = 1_000_000  # bytes in a user's lexicon
BESIDE = "lexicon.toml"  # taken from a folder of accounts, if it is there
DRAFTED = ("tariff", "export-tax", "embargo")  # the kinds of act that can be drafted
TOKEN = re.compile(
    r"(?:[^\W\d_]\.){2,}|[^\W\d_]+(?:[\u2019'][^\W\d_]+)*[\u2019']?|\d+(?:[.,]\d+)*%?|[^\w\s]"
)
NOT_POSSESSIVE = ("it's", "he's", "she's", "that's", "there's", "what's", "who's", "let's")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Actor(_Entry):
    """A country or bloc, and the words that mean it."""

    code: str
    names: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    @field_validator("code")
    @classmethod
    def _is_known(cls, code: str) -> str:
        known = [*labels.country_names(), *labels.other_country_names(), *labels.bloc_names()]
        if code not in known:
            raise ValueError(f"no country or bloc has the code {code!r}{did_you_mean(code, known)}")
        return code


class Instrument(_Entry):
    """What is laid on trade. `act`: the act drafted; empty: never, and `because` says why."""

    kind: str
    words: tuple[str, ...]
    act: str = ""
    because: str = ""

    @field_validator("act")
    @classmethod
    def _can_be_drafted(cls, act: str) -> str:
        if act and act not in DRAFTED:
            raise ValueError(f"{act!r} cannot be drafted{choose(act, DRAFTED)}, or leave it out")
        return act


class Link(_Entry):
    """A named line of the gas network, and the countries at its ends."""

    name: str
    words: tuple[str, ...]
    ends: tuple[str, ...] = ()


class Topic(_Entry):
    """What claims are about; `question`: the kind of question proposed for it."""

    name: str
    title: str
    words: tuple[str, ...]
    question: str = ""


Words = Mapping[str, tuple[str, ...]]
GROUPS = ("adjectives", "seats", "offices", "verbs", "trade", "cues", "speech", "goods",
          "directions", "people")  # fmt: skip
LISTS = {"actor": Actor, "instrument": Instrument, "link": Link, "topic": Topic}


@dataclass(frozen=True)
class Phrase:
    """Some words of the lexicon, what kind of thing they name, and which."""

    words: tuple[str, ...]
    kind: str
    value: Any


@dataclass(frozen=True)
class Lexicon:
    """Entries by kind, and words by group and name."""

    actors: tuple[Actor, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    links: tuple[Link, ...] = ()
    topics: tuple[Topic, ...] = ()
    groups: Mapping[str, Words] = field(default_factory=dict)

    def extended(self, other: "Lexicon") -> "Lexicon":
        """Both; what the other says about a word counts."""
        names = {**self.groups, **other.groups}
        groups: dict[str, Words] = {}
        for name in names:
            one, two = self.groups.get(name, {}), other.groups.get(name, {})
            joined = {
                key: (one.get(key, ()) if name != "goods" or key not in two else ())
                + two.get(key, ())
                for key in {**one, **two}
            }
            groups[name] = joined
        return Lexicon(
            self.actors + other.actors,
            other.instruments + self.instruments,
            other.links + self.links,
            self.topics + other.topics,
            groups,
        )

    def words(self, group: str, name: str) -> tuple[str, ...]:
        """The words of a group under a name."""
        return self.groups.get(group, {}).get(name, ())

    @cached_property
    def given_names(self) -> frozenset[str]:
        """Given names, in lower case."""
        return frozenset(name.casefold() for name in self.words("people", "given"))

    @cached_property
    def things(self) -> Mapping[str, list[Phrase]]:
        """Phrases that name something (actor, instrument, good, line), by first word."""
        return _by_first_word(self._things())

    @cached_property
    def classes(self) -> Mapping[str, list[Phrase]]:
        """Phrases of verbs, cues, trade and speech, by first word; their value is the class."""
        groups = ("verbs", "cues", "trade", "speech", "offices", "directions")
        return _by_first_word(
            [
                Phrase(_split(text), "class", f"{group}.{name}")
                for group in groups
                for name, texts in self.groups.get(group, {}).items()
                for text in texts
            ]
            + [
                Phrase(_split(text), "class", f"topic.{topic.name}")
                for topic in self.topics
                for text in topic.words
            ]
        )

    def _things(self) -> Iterator[Phrase]:
        for text, (code, form) in self._actor_words().items():
            yield Phrase(_split(text), "actor", (code, form))
        for instrument in self.instruments:
            for text in instrument.words:
                yield Phrase(_split(text), "instrument", instrument)
        for link in self.links:
            for text in link.words:
                yield Phrase(_split(text), "link", link)
        for word, codes in self._goods().items():
            if codes:
                yield Phrase(_split(word), "good", (word, codes))
        for text in self.words("trade", "everyone"):
            yield Phrase(_split(text), "everyone", "*")
        for text in self.words("trade", "nobody"):
            yield Phrase(_split(text), "word", None)

    def _actor_words(self) -> dict[str, tuple[str, str]]:
        """Word -> code and form: "noun", "adjective", "both" ("US") or "person"."""
        found: dict[str, tuple[str, str]] = {}

        def note(texts: Iterable[str], code: str, form: str) -> None:
            for text in texts:
                known = found.get(text)
                both = known is not None and known[0] == code and known[1] != form
                found[text] = (code, "both" if both else form)

        for row in labels.table("countries"):
            note((row["name"], *_listed(row["aliases"])), row["iso3"], "noun")
        for row in labels.table("bloc-names"):
            note((row["name"], *_listed(row["aliases"])), row["bloc"], "noun")
        for code, name in labels.other_country_names().items():
            if name not in AMBIGUOUS:
                note((name,), code, "noun")
        for code, texts in self.groups.get("seats", {}).items():
            note(texts, code, "noun")
        for code, texts in self.groups.get("adjectives", {}).items():
            note(texts, code, "adjective")
        for actor in self.actors:
            note((*actor.names, *actor.seats), actor.code, "noun")
            note(actor.people, actor.code, "person")
            note(actor.adjectives, actor.code, "adjective")
        return found

    def _goods(self) -> dict[str, tuple[str, ...]]:
        """Word -> sectors or groups of goods; empty where it means something else as often."""
        goods = set(labels.sector_groups()["goods"])
        found = {
            word: tuple(code for code in codes if code in goods)
            for word, codes in labels.sector_keywords().items()
        }
        names = {labels.sector_names()[code].casefold(): (code,) for code in goods}
        single = {name: codes for name, codes in names.items() if " " not in name}
        return (
            single
            | found
            | {word.casefold(): codes for word, codes in self.groups["goods"].items()}
        )


AMBIGUOUS = frozenset(("Georgia", "Chad", "Guinea", "Niger", "Mali", "Togo", "Oman"))


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(";") if word.strip()]


def _split(text: str) -> tuple[str, ...]:
    """A phrase as the words that the text is cut into; capitals are kept."""
    return tuple(bare(word) for word in TOKEN.findall(text) if word not in "-\u2010\u2011.")


def bare(word: str) -> str:
    """A word without its possessive, typographic apostrophes made plain."""
    if "'" not in word and "\u2019" not in word:
        return word
    plain = word.replace("\u2019", "'")
    if plain.casefold() in NOT_POSSESSIVE:
        return plain
    return re.sub(r"'s?$", "", plain, flags=re.IGNORECASE)


def _by_first_word(phrases: Iterable[Phrase]) -> Mapping[str, list[Phrase]]:
    """Phrases by their first word in lower case, the longest first."""
    found: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        if phrase.words:
            found.setdefault(phrase.words[0].casefold(), []).append(phrase)
    for row in found.values():
        row.sort(key=lambda phrase: -len(phrase.words))
    return found


# --- reading -------------------------------------------------------------------------------------


@cache
def shipped_lexicon() -> Lexicon:
    """The lexicon that comes with the package."""
    return read_lexicon(SHIPPED)


def lexicon_with(*paths: str | Path) -> Lexicon:
    """The shipped lexicon, extended by files; raises `InputError` as `read_lexicon` does."""
    found = shipped_lexicon()
    for path in paths:
        found = found.extended(read_lexicon(Path(path)))
    return found


def read_lexicon(path: Path) -> Lexicon:
    """A lexicon from a TOML file.

    Raises `InputError`, naming file and field, for a file that is not TOML, unknown fields, words
    that are no text, codes, sectors and acts that do not exist.
    """
    try:
        data = tomllib.loads(read_text(path, LARGEST))
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"is not a readable TOML file: {error}", file=str(path)) from None
    for name in data:
        if name not in (*LISTS, *GROUPS):
            reason = f"a lexicon has no such field{choose(name, (*LISTS, *GROUPS))}"
            raise InputError(reason, file=str(path), field=name)
    entries = {name: _entries(data.get(name, []), name, path) for name in LISTS}
    groups = {name: _group(data.get(name, {}), name, path) for name in GROUPS}
    return Lexicon(entries["actor"], entries["instrument"], entries["link"], entries["topic"],
                   groups)  # fmt: skip


def _entries(given: Any, name: str, path: Path) -> tuple[Any, ...]:
    if not isinstance(given, list):
        raise InputError(f"write each as [[{name}]]", file=str(path), field=name)
    kind: Any = LISTS[name]
    found = []
    for number, entry in enumerate(given, start=1):
        try:
            found.append(kind.model_validate(entry))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join([f"{name} {number}", *map(str, first["loc"])])
            reason = str(first.get("ctx", {}).get("error", first["msg"]))
            if first["type"] == "extra_forbidden":
                hint = did_you_mean(first["loc"][-1], kind.model_fields)
                reason = f"no such field{hint}; it has {', '.join(kind.model_fields)}"
            raise InputError(reason, file=str(path), field=place) from None
    return tuple(found)


def _group(given: Any, name: str, path: Path) -> Words:
    if not isinstance(given, dict):
        raise InputError(f"must be a table [{name}]", file=str(path), field=name)
    for key, texts in given.items():
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise InputError("needs a list of words", file=str(path), field=f"{name}.{key}")
    if name == "goods":
        known = [*labels.sector_names(), *labels.sector_groups(), "gas"]
        named = [(key, code) for key, codes in given.items() for code in codes]
        _refuse_unknown(named, known, "no sector or group", name, path)
    if name in ("adjectives", "seats"):
        codes = [*labels.country_names(), *labels.other_country_names(), *labels.bloc_names()]
        named = [(key, key) for key in given]
        _refuse_unknown(named, codes, "no country or bloc has the code", name, path)
    return {key: tuple(texts) for key, texts in given.items()}


def _refuse_unknown(
    named: list[tuple[str, str]], known: list[str], reason: str, group: str, path: Path
) -> None:
    for key, code in named:
        if code not in known:
            said = f"{reason} {code!r}{did_you_mean(code, known)}"
            raise InputError(said, file=str(path), field=f"{group}.{key}")
