"""Question: what a person asks of a case; how it is asked and told, and what it measures.

A question is one class in one file: its fields, `ask` (numbers), `tell` (tables, pictures, words),
`say` (sentences for the headline), `data` (for JSON), and its measures. Subclasses register
themselves; TOML, commands, page, JSON and report are made from the registry (`registry`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from multipolar.display.answer import Answer
from multipolar.display.words import name as called
from multipolar.errors import InputError, choose
from multipolar.model import Assumptions, Case
from multipolar.policy.dated import DatedAct
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import check_field, pick_of
from multipolar.questions.asking.plain import plain
from multipolar.questions.asking.registry import KNOWN
from multipolar.world import World
from multipolar.world.labels import resolve

Cost = Literal["reads", "seconds", "minutes"]
M = TypeVar("M", bound=Callable[..., float])


@dataclass(frozen=True)
class Measure:
    """A number in a question's result, to which findings and other questions can refer.

    `names`: what must be named to read it, such as "country"; `optional`: what may be named. `unit`
    as in results: fractions and million USD.
    """

    title: str
    unit: str
    names: tuple[str, ...]
    optional: tuple[str, ...]
    read: Callable[..., float]  # (question, case, found, **names)


@dataclass(frozen=True)
class Shown:
    """A measure that an answer shows: which one, of what, and where it stands in a table.

    `label` names it for people. `row` and `column` are labels of the answer's table (empty: it
    stands in none); `scale` times the measure is the number there, in the column's unit.
    """

    measure: str
    of: Mapping[str, str]
    label: str
    unit: str
    scale: float = 1.0
    row: str = ""
    column: str = ""


IN_TABLES = {"fraction": ("%", 100.0), "million USD": ("bn USD", 1e-3)}  # unit, and its scale


def in_tables(unit: str) -> tuple[str, float]:
    """The unit in which people read a measure of this unit, and what it is multiplied by."""
    return next((how for start, how in IN_TABLES.items() if unit.startswith(start)), (unit, 1.0))


def measure(title: str, unit: str) -> Callable[[M], M]:
    """Mark a method ``(self, case, found, *, country) -> float`` as a measure of its question."""

    def mark(method: M) -> M:
        named = list(signature(method).parameters.values())[3:]
        needed = tuple(p.name for p in named if p.default is Parameter.empty)
        optional = tuple(p.name for p in named if p.default is not Parameter.empty)
        method.__dict__["measure"] = Measure(title, unit, needed, optional, method)
        return method

    return mark


class Question(BaseModel):
    """What a person asks of a case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ClassVar[str] = ""  # its name in files and commands; made from the class's name
    # "reads": read from the outcome of the case; otherwise how long it takes in addition.
    cost: ClassVar[Cost] = "reads"
    needs_trade: ClassVar[bool] = True  # whether it reads the trade world; false: only the network
    needs_network: ClassVar[bool] = False  # whether it reads the gas network
    # Whether it says only what acts on trade change: without such acts it would say zeros.
    tells_change: ClassVar[bool] = False
    on_a_path: ClassVar[bool] = False  # whether it is about a path, period by period
    scenario: ClassVar[str] = "may-2025"  # a command asks it of this scenario by default
    measures: ClassVar[Mapping[str, Measure]] = {}

    name: str = Field(
        default="", title="name", description="A name, if there are several questions of one kind."
    )

    def __init_subclass__(cls, *, abstract: bool = False, **more: Any) -> None:
        super().__init_subclass__(**more)
        marked = {name: getattr(value, "measure", None) for name, value in vars(cls).items()}
        own = {name: found for name, found in marked.items() if isinstance(found, Measure)}
        cls.measures = {**cls.measures, **own}
        if not abstract:
            cls.kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()
            KNOWN[cls.kind] = cls

    # --- what a question says about itself --------------------------------------------------------

    def rests(self, case: Case) -> str:
        """On which data its numbers rest, in a sentence."""
        return f"World {case.world.name} (checksum {case.world.checksum})."

    def assumed(self, case: Case) -> Assumptions:
        """The assumptions about trade on which its numbers rest."""
        return case.assumptions

    def ask(self, case: Case, on_step: OnStep = quiet) -> Any:
        """The numbers; those of a question that is read off the outcome are the outcome itself.

        Raises `InputError` and `NotConverged`.
        """
        on_step("solving")
        return case.outcome

    def tell(self, case: Case, found: Any) -> list[Answer]:
        """The result for people: tables with units, remarks, pictures."""
        raise NotImplementedError

    def say(self, case: Case, found: Any) -> list[str]:
        """Sentences for the headline; none if the tables say enough."""
        return []

    def data(self, case: Case, found: Any) -> Any:
        """The result as plain data: fractions, million USD, None if there is no number."""
        return plain(found)

    def shown(self, case: Case, found: Any) -> list[Shown]:
        """The measures that the answers show; those that need no names if nothing else is said."""
        whose = getattr(self, "country", None) or getattr(self, "exporter", None)
        of = f"{called(whose)}: " if isinstance(whose, str) else ""
        return [
            Shown(name, {}, f"{of}{about.title.partition(';')[0]}", *in_tables(about.unit))
            for name, about in self.measures.items()
            if not about.names
        ]

    def beside(self, case: Case) -> tuple[Case, ...]:
        """Other cases whose outcomes the answer reads, so that they can be solved with it."""
        return ()

    def status(self, found: Any) -> str:
        """Either "converged", or what was not found."""
        return "converged"

    def acts(self) -> tuple[DatedAct, ...]:
        """Acts that the question itself contains."""
        return ()

    def leaves_out_unknown(self, known: list[str]) -> str:
        """What is wrong with the names of acts that the question leaves out; empty if nothing is.

        `known`: the ids of a scenario's acts.
        """
        return ""

    # --- what follows -----------------------------------------------------------------------------

    @property
    def called(self) -> str:
        """The question's name in steps and errors."""
        return f"{self.kind} {self.name}".strip()

    def check(self, world: World) -> None:
        """Raise `InputError` with the field if the question names something that a world lacks."""
        for field, info in type(self).model_fields.items():
            if pick := pick_of(info):
                check_field(world, field, pick, getattr(self, field))

    def fields(self) -> dict[str, Any]:
        """The fields that differ from their defaults, as a scenario file has them."""
        given: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return {"ask": self.kind, **given}

    def measured(self, case: Case, found: Any, name: str, **names: str) -> float:
        """A measure of a result; raises `InputError` for an unknown measure or wrong `names`."""
        if name not in self.measures:
            raise InputError(
                f"{self.kind} has no measure {name!r}{choose(name, self.measures)}", field="measure"
            )
        known = self.measures[name]
        for given in names:
            if given not in known.names + known.optional:
                raise InputError(f"{name} takes no {given}{choose(given, known.names)}", field="of")
        for needed in known.names:
            if needed not in names:
                raise InputError(f"{name} needs {needed}", field=f"of.{needed}")
        coded = {key: resolve(text) or text for key, text in names.items()}
        try:
            return float(known.read(self, case, found, **coded))
        except (KeyError, IndexError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            told = " and ".join(f"{key} {text!r}" for key, text in names.items())
            raise InputError(f"the answer has no {name} of {told}", field="of") from None
