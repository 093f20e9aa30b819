"""Acts on the gas network: they lay nothing on a trade world; `multipolar.energy` reads them.

They name links and nodes by the names of the network that the case holds, which are checked where
the network is known.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from multipolar.errors import InputError
from multipolar.policy.fields import about, number
from multipolar.policy.instrument import Instrument
from multipolar.policy.wedges import Layer

if TYPE_CHECKING:
    from multipolar.world import World

Where = str | tuple[str, ...]
LINK = about("Link", "text")


class NetworkAct(Instrument):
    """An act on the gas network."""

    def layers(self, world: "World") -> Iterator[Layer]:  # noqa: ARG002
        """None: the act changes nothing on a trade world."""
        return iter(())

    def __post_init__(self) -> None:
        """Freeze lists of names; refuse what is no name."""
        super().__post_init__()
        for each in ("link", "node", "seller", "buyer"):
            given = getattr(self, each, "x")
            names = [given] if isinstance(given, str) else given
            if not isinstance(names, list | tuple) or not names or not all(
                isinstance(name, str) and name.strip() for name in names
            ):  # fmt: skip
                raise InputError("needs a name or a list of names", field=each, value=given)
            if isinstance(given, list):
                object.__setattr__(self, each, tuple(given))


def said(which: Where) -> str:
    """One name, or several."""
    return which if isinstance(which, str) else ", ".join(which)


@dataclass(frozen=True, repr=False)
class CloseLink(NetworkAct):
    """Nothing flows through a pipeline, terminal or sea route any more."""

    link: Where = field(metadata=LINK)

    def __repr__(self) -> str:
        return f"{said(self.link)} is closed"


@dataclass(frozen=True, repr=False)
class OpenLink(NetworkAct):
    """A link that is planned or shut is opened at its planned capacity, or at the one given."""

    link: Where = field(metadata=LINK)
    capacity: float = field(
        default=0.0,
        kw_only=True,
        metadata=number("Capacity; 0: as planned", "bcm a year", 0.0, math.inf),
    )

    def __repr__(self) -> str:
        size = f" with {self.capacity:g} bcm a year" if self.capacity else ""
        return f"{said(self.link)} is opened{size}"


@dataclass(frozen=True, repr=False)
class LinkCapacity(NetworkAct):
    """A link's capacity is set, scaled, or added to: a cap on its flow, or an expansion."""

    link: Where = field(metadata=LINK)
    capacity: float = field(
        kw_only=True, metadata=number("Capacity", "bcm a year, or a multiple", 0.0, math.inf)
    )
    how: Literal["set", "add", "scale"] = field(
        default="set",
        kw_only=True,
        metadata=about("How it combines", "choice", choices=("set", "add", "scale")),
    )

    def __repr__(self) -> str:
        verb = {"set": "carries at most {} bcm a year", "add": "carries {} bcm a year more",
                "scale": "has its capacity multiplied by {}"}[self.how]  # fmt: skip
        return f"{said(self.link)} {verb.format(f'{self.capacity:g}')}"


@dataclass(frozen=True, repr=False)
class GasBan(NetworkAct):
    """A seller's gas is neither sold to the buyers nor let through, by whichever way it comes."""

    seller: str = field(metadata=about("Seller", "text"))
    buyer: Where = field(metadata=about("Buyers: nodes or a region", "text"))

    def __repr__(self) -> str:
        return f"gas of {self.seller} is not sold to {said(self.buyer)}"


@dataclass(frozen=True, repr=False)
class GasDemand(NetworkAct):
    """At every price, the nodes' users want more or less gas: 0.1 = a tenth more."""

    node: Where = field(metadata=about("Nodes, or a region", "text"))
    change: float = field(
        kw_only=True, metadata=number("Change", "fraction", -0.99, 10.0, (-0.5, 0.5))
    )

    def __repr__(self) -> str:
        return f"demand for gas in {said(self.node)} {100 * self.change:+g} %"


@dataclass(frozen=True, repr=False)
class GasSupply(NetworkAct):
    """At every price, the nodes' fields yield more or less gas: -0.1 = a tenth less."""

    node: Where = field(metadata=about("Nodes, or a region", "text"))
    change: float = field(
        kw_only=True, metadata=number("Change", "fraction", -0.99, 10.0, (-0.5, 0.5))
    )

    def __repr__(self) -> str:
        return f"production of gas in {said(self.node)} {100 * self.change:+g} %"


@dataclass(frozen=True, repr=False)
class GasStocks(NetworkAct):
    """So much more gas goes into the nodes' stores in the year, shared by consumption."""

    node: Where = field(metadata=about("Nodes, or a region", "text"))
    volume: float = field(kw_only=True, metadata=number("Volume", "bcm a year", -1000.0, 1000.0))

    def __repr__(self) -> str:
        return f"{said(self.node)} stores {self.volume:g} bcm more"
