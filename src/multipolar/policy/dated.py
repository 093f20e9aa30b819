"""The file format of one dated act: what is done, from when until when, on which evidence."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from multipolar.errors import InputError, choose, did_you_mean
from multipolar.policy.instrument import Instrument, Policy
from multipolar.policy.network import NetworkAct
from multipolar.policy.schedule import TariffSchedule
from multipolar.policy.table import ACTS, ActKind
from multipolar.world.labels import bloc_called

HYPOTHETICAL = "hypothetical"  # the source of an act without evidence or source


class DatedAct(BaseModel):
    """One dated act of a policy. Besides these fields it takes those of its instrument.

    `act` is a name of `policy.table.ACTS`; `id` tells the acts of a file apart and becomes the
    `Instrument.name`. `announced`: the day from which it is known that it will begin, where a path
    lets buyers anticipate. An act without evidence and source is hypothetical. `confirm`: a draft's
    act that nobody has confirmed yet; its scenario is not solved.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    act: str
    start: dt.date | None = Field(default=None, alias="from")
    until: dt.date | None = None
    announced: dt.date | None = None
    evidence: tuple[str, ...] = ()
    source: str = ""
    note: str = ""
    confirm: bool = Field(default=False, strict=True)
    folder: str = ""  # the folder of a file that the act names; filled in on loading

    @model_validator(mode="before")
    @classmethod
    def _rests_on_something(cls, given: Any) -> Any:
        if not isinstance(given, Mapping) or given.get("evidence") or given.get("source"):
            return given
        return {**given, "source": HYPOTHETICAL}

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> "DatedAct":
        if self.start and self.until and self.until <= self.start:
            raise ValueError(f"ends on {self.until}, before it begins on {self.start}")
        if self.announced and (self.start is None or self.announced > self.start):
            begins = f"begins on {self.start}" if self.start else "has no day in from"
            raise ValueError(f"is announced on {self.announced}, but {begins}")
        return self

    @property
    def on_network(self) -> bool:
        """Whether the act works on the gas network, and so moves no trade."""
        return self.act in ACTS and issubclass(ACTS[self.act].instrument, NetworkAct)

    def in_force(self, day: dt.date | None) -> bool:
        """Whether the act is in force on a day (None: always); `until` itself is not included."""
        if day is None:
            return True
        return (self.start is None or self.start <= day) and (
            self.until is None or day < self.until
        )

    def policy(self, day: dt.date | None = None) -> Policy:
        """The act as a policy of one instrument, blocs with their members of `day`.

        None leaves blocs undated, that is, as of today. Raises `InputError`, naming the field, for
        an unknown act, an unknown or missing field, and values that the instrument refuses.
        """
        if self.act not in ACTS:
            reason = f"{self.act!r} is not an instrument{choose(self.act, ACTS)}"
            raise InputError(reason, field="act", value=self.act)
        kind = ACTS[self.act]
        names = {key for key, field in kind.fields.items() if field.holds == "text"}  # no blocs
        given = {
            key: value if key in names else _dated(value, day)
            for key, value in (self.model_extra or {}).items()
        }
        _check_fields(given, kind)
        if kind.names_a_file:
            return Policy((replace(self._schedule(given, day), name=self.id),))
        instrument: Instrument = kind.instrument(**given, name=self.id)
        return Policy((instrument,))

    def _schedule(self, given: Mapping[str, Any], day: dt.date | None) -> TariffSchedule:
        name = given["file"]
        if not isinstance(name, str) or Path(name).name != name:
            raise InputError("needs the name of a CSV beside the scenario", field="file")
        try:
            return TariffSchedule.from_csv(Path(self.folder) / name, given.get("how", "set"), day)
        except InputError as error:
            raise InputError(str(error), field="file", value=name) from None


def _check_fields(given: Mapping[str, Any], kind: ActKind) -> None:
    for name in given:
        if name not in kind.fields:
            raise InputError(
                f"a {kind.instrument.__name__} has no such field"
                f"{did_you_mean(name, kind.fields)}; it has {', '.join(kind.fields)}",
                field=name,
            )
    for name, field in kind.fields.items():
        if field.required and name not in given:
            raise InputError("this field is missing", field=name)


def _dated(value: Any, day: dt.date | None) -> Any:
    """Blocs in a selector, as of a day unless they carry a date of their own."""
    if isinstance(value, list):
        return [_dated(item, day) for item in value]
    if day is None or not isinstance(value, str) or "@" in value:
        return value
    known = bloc_called(value.lstrip("- "))
    minus = "-" if value.lstrip().startswith("-") else ""
    return f"{minus}{known}@{day}" if known else value
