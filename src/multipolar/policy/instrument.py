"""What every act is: an instrument that acts on a world's labels. A policy is a sum of them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from multipolar.policy.fields import ActField, fields_of
from multipolar.policy.selection import check_choice, check_number, frozen_selector
from multipolar.policy.wedges import Layer, Wedges, wedges_of

if TYPE_CHECKING:
    from multipolar.world import World


@dataclass(frozen=True, repr=False)
class Instrument:
    """One act. Instruments and policies add up to policies.

    `name` tells the acts of a policy apart (`Policy.without`); it changes no result.
    """

    name: str = field(default="", kw_only=True, compare=False)

    def layers(self, world: "World") -> Iterator[Layer]:
        """The instrument on a world's labels; raises `InputError` for a selector that it lacks."""
        raise NotImplementedError

    def __post_init__(self) -> None:
        """Freeze the selectors and check every field against its description."""
        kind: Any = type(self)
        described = fields_of(kind)
        for name, about in described.items():
            value = getattr(self, name)
            if about.holds == "choice":
                check_choice(name, value, about.choices)
            elif about.holds in ("countries", "sectors") and not about.left_out(value):
                object.__setattr__(self, name, frozen_selector(name, value))
        for name, about in described.items():
            if about.holds == "number":
                check_number(name, getattr(self, name), *self.limits(about))

    def limits(self, described: ActField) -> tuple[float, float]:
        """The lowest and highest number allowed (both included)."""
        return described.low, described.high

    def __add__(self, other: "Instrument | Policy") -> "Policy":
        return Policy((self,)) + other

    def __radd__(self, other: object) -> "Policy":
        return Policy((self,)).__radd__(other)

    def wedges(self, world: "World") -> Wedges:
        """The policy of this one act, laid out on a world."""
        return Policy((self,)).wedges(world)


@dataclass(frozen=True)
class Policy:
    """A sum of instruments. Immutable; pure data; the empty policy changes nothing."""

    instruments: tuple[Instrument, ...] = ()

    def __add__(self, other: "Instrument | Policy") -> "Policy":
        if not isinstance(other, Instrument | Policy):
            return NotImplemented
        more = other.instruments if isinstance(other, Policy) else (other,)
        return Policy(self.instruments + more)

    def __radd__(self, other: object) -> "Policy":
        if other == 0:  # so that sum([...]) works
            return self
        return NotImplemented

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self.instruments)

    def __len__(self) -> int:
        return len(self.instruments)

    def without(self, names: Collection[str]) -> "Policy":
        """The policy without the acts of these names."""
        return Policy(tuple(act for act in self.instruments if act.name not in names))

    def __repr__(self) -> str:
        if not self.instruments:
            return "no policy"
        return "; ".join(repr(act) for act in self.instruments)

    def _repr_html_(self) -> str:
        """Its acts as a list, in a notebook."""
        rows = [f"{act.name}: {act!r}" if act.name else repr(act) for act in self.instruments]
        return "".join(f"<li>{escape(row)}</li>" for row in rows).join(("<ul>", "</ul>"))

    def wedges(self, world: "World") -> Wedges:
        """Lay the policy out on a world.

        Raises `InputError` for unknown labels, for "set"s that contradict each other, and for
        levels that make no sense together (a tariff of -100 % or less, coverage outside 0 to 1).
        """
        return wedges_of([layer for act in self.instruments for layer in act.layers(world)], world)
