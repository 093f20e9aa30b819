"""Ledger: the facts that scenarios rest on, kept by people, with their sources and standing.

`facts/*.toml` hold the facts. `reports.toml` says which accounts retell one report: these count as
one source. A fact is contested as long as another reading in an account is not settled, or if an
official figure differs from it by more than rounding allows.
"""

import datetime as dt
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from multipolar.errors import InputError, did_you_mean
from multipolar.world.files import read_text

FOLDER = Path(str(files("multipolar.evidence") / "facts"))
REPORTS = FOLDER.parent / "reports.toml"
DRAFT = "DRAFT"  # a proposed entry begins with this until someone has read the accounts
Number = Annotated[float, Field(allow_inf_nan=False)]
Value = Number | dt.date | str


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Against(_Strict):
    """Another reading of a fact; `settled`: why it does not count, empty as long as it does."""

    value: Value
    accounts: tuple[str, ...] = Field(min_length=1)
    settled: str = ""


class Official(_Strict):
    """What an official figure says, in the fact's unit; `within`: what rounding allows."""

    value: Number
    within: Number = Field(ge=0)
    source: str = Field(min_length=1)


class Fact(_Strict):
    """A fact with the accounts that state it ("file.txt, paragraph n") and its standing."""

    key: str
    says: str
    subject: str = ""
    quantity: str = ""
    value: Value | None = None
    unit: str = ""
    date: str = ""
    accounts: tuple[str, ...] = Field(min_length=1)
    against: tuple[Against, ...] = ()
    official: Official | None = None
    note: str = ""

    @field_validator("says")
    @classmethod
    def _has_been_read(cls, says: str) -> str:
        if says.startswith(DRAFT):
            raise ValueError("is still a draft: read the accounts, then say what they state")
        return says

    @property
    def shown(self) -> str:
        """Value and unit as text; empty for a fact without a number."""
        if self.value is None:
            return ""
        value = f"{self.value:g}" if isinstance(self.value, float) else str(self.value)
        return f"{value} {self.unit}".strip()

    @property
    def sources(self) -> int:
        """Independent reports among the accounts that state it."""
        return len({retold_report(account) for account in self.accounts})

    @property
    def verdict(self) -> str:
        """Whether official figures agree, with their number; empty where there are none."""
        if self.official is None:
            return ""
        return f"{self.official.value:g} {'agrees' if self._agrees else 'differs'}"

    @property
    def check(self) -> str:
        """What official figures say about the fact; empty where there are none."""
        if self.official is None:
            return ""
        return f"official figure {self.verdict} ({self.official.source})"

    @property
    def _agrees(self) -> bool:
        if self.official is None or not isinstance(self.value, float):
            return True
        return abs(self.value - self.official.value) <= self.official.within * (1 + 1e-9)

    @property
    def objections(self) -> list[str]:
        """Why the fact is contested: unsettled readings, an official figure that differs."""
        found = [
            f"{', '.join(other.accounts)} has {other.value}"
            for other in self.against
            if not other.settled
        ]
        return found + ([self.check] if not self._agrees else [])

    @property
    def contested(self) -> bool:
        """Whether there is an objection to the fact that nobody has settled."""
        return bool(self.objections)

    @property
    def standing(self) -> str:
        """The fact's standing in a few words: independent sources, and whether it is contested."""
        n, accounts = self.sources, len({_file(a) for a in self.accounts})
        told = f"{n} independent source{'s' * (n != 1)}"
        told += f" ({accounts} accounts)" if accounts != n else ""
        return f"{told}, contested" if self.contested else told

    def as_data(self) -> dict[str, Any]:
        """The fact and its standing as plain data."""
        return self.model_dump(mode="json") | {
            "sources": self.sources,
            "contested": self.contested,
            "objections": self.objections,
            "standing": self.standing,
            "check": self.check,
        }


def _file(citation: str) -> str:
    return citation.partition(",")[0].strip()


def retold_report(citation: str) -> str:
    """The report that a cited account retells; one not in `reports.toml` is its own report."""
    return _reports().get(_file(citation), _file(citation))


@cache
def _reports() -> dict[str, str]:
    data = tomllib.loads(REPORTS.read_text(encoding="utf-8"))
    return {account: report["name"] for report in data["report"] for account in report["accounts"]}


@cache
def ledger() -> dict[str, Fact]:
    """The facts that come with the package, by key."""
    return read_ledger(FOLDER)


def read_ledger(folder: Path) -> dict[str, Fact]:
    """The facts in a folder's TOML files, by key.

    Raises `InputError`, naming file, key and field, for a file that is not TOML, for a wrong or
    missing field, for a draft, and for a key that occurs twice.
    """
    facts: dict[str, Fact] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            entries = tomllib.loads(read_text(path)).get("fact", [])
        except (ValueError, RecursionError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"is not a readable TOML file: {error}", file=str(path)) from None
        for entry in entries:
            fact = _checked(entry, path)
            if fact.key in facts:
                raise InputError("two facts have this key", file=str(path), field=fact.key)
            facts[fact.key] = fact
    return facts


def _checked(entry: Any, path: Path) -> Fact:
    try:
        return Fact.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(entry.get("key", "fact")) if isinstance(entry, dict) else "fact"
        field = ".".join([key, *map(str, first["loc"])])
        reason = str(first.get("ctx", {}).get("error", first["msg"]))
        if first["type"] == "extra_forbidden":
            reason = f"no such field{did_you_mean(first['loc'][-1], Fact.model_fields)}"
        raise InputError(reason, file=str(path), field=field) from None
