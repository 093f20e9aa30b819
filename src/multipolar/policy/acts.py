"""Tariffs, export taxes, trade costs, embargoes; shocks within a country; transfers."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from multipolar.errors import InputError
from multipolar.policy.fields import HIGHEST_RATE, HOW, SECTORS, ActField, countries, number
from multipolar.policy.instrument import Instrument
from multipolar.policy.selection import (
    bilateral_cells,
    block,
    positions,
    say_change,
    say_what,
    say_who,
)
from multipolar.policy.wedges import How, Layer
from multipolar.world.labels import Selector

if TYPE_CHECKING:
    from multipolar.world import World


class Bilateral(Instrument):
    """What all acts at a border have in common: seller, buyer, sectors, how they combine."""

    exporter: Selector
    importer: Selector
    sectors: Selector
    how: How
    wedge: ClassVar[str]
    number: ClassVar[str] = "rate"
    compound: ClassVar[bool] = False

    def limits(self, described: ActField) -> tuple[float, float]:
        """The lowest and highest number allowed; a multiple of a level cannot be below zero."""
        if self.how != "scale":
            return described.low, described.high
        return described.low if self.compound else 0.0, HIGHEST_RATE

    def layers(self, world: "World") -> Iterator[Layer]:
        """One layer; see `Instrument.layers`."""
        cells = bilateral_cells(world, self.exporter, self.importer, self.sectors)
        level = getattr(self, self.number)
        yield Layer(self.wedge, cells, level, self.how, self.compound, self)

    @property
    def _route(self) -> str:
        return f"{say_what(self.sectors)} from {say_who(self.exporter)} to {say_who(self.importer)}"


@dataclass(frozen=True, repr=False)
class Tariff(Bilateral):
    """A tariff: `importer` taxes imports from `exporter`, as a fraction of the border value.

    The rate adds to the tariff already there unless `how` is "set" (the new level) or "scale"
    (a multiple of it). ``"*"`` opposite a bloc means everyone outside the bloc.
    """

    importer: Selector = field(metadata=countries("Importer"))
    exporter: Selector = field(default="*", metadata=countries("Exporter"))
    sectors: Selector = field(default="goods", metadata=SECTORS)
    rate: float = field(
        kw_only=True,
        metadata=number("Rate", "fraction of the border value", -1.0, HIGHEST_RATE, (0.0, 2.0)),
    )
    how: How = field(default="add", kw_only=True, metadata=HOW)
    wedge: ClassVar[str] = "tariff"

    def __repr__(self) -> str:
        what = f"its tariff on {say_what(self.sectors)} from {say_who(self.exporter)}"
        return f"{say_who(self.importer)} {say_change(what, self.rate, self.how)}"


@dataclass(frozen=True, repr=False)
class ExportTax(Bilateral):
    """An export tax: `exporter` taxes sales to `importer`, as a fraction of the seller's price."""

    exporter: Selector = field(metadata=countries("Exporter"))
    importer: Selector = field(default="*", metadata=countries("Importer"))
    sectors: Selector = field(default="goods", metadata=SECTORS)
    rate: float = field(
        kw_only=True,
        metadata=number("Rate", "fraction of the seller's price", -1.0, HIGHEST_RATE, (0.0, 1.0)),
    )
    how: How = field(default="add", kw_only=True, metadata=HOW)
    wedge: ClassVar[str] = "export_tax"

    def __repr__(self) -> str:
        what = f"its export tax on {say_what(self.sectors)} to {say_who(self.importer)}"
        return f"{say_who(self.exporter)} {say_change(what, self.rate, self.how)}"


@dataclass(frozen=True, repr=False)
class TradeCost(Bilateral):
    """A change of iceberg trade cost from `exporter` to `importer`: 0.1 = 10 % more to ship."""

    exporter: Selector = field(metadata=countries("Exporter"))
    importer: Selector = field(metadata=countries("Importer"))
    sectors: Selector = field(default="*", metadata=SECTORS)
    rate: float = field(
        kw_only=True,
        metadata=number("Cost", "fraction of what shipping takes", -0.99, HIGHEST_RATE, (0.0, 1.0)),
    )
    how: How = field(default="add", kw_only=True, metadata=HOW)
    wedge: ClassVar[str] = "trade_cost"
    compound: ClassVar[bool] = True

    def __repr__(self) -> str:
        what = f"the cost of shipping {self._route}"
        return "a shock " + say_change(what, self.rate, self.how, compound=True)


@dataclass(frozen=True, repr=False)
class Embargo(Bilateral):
    """An embargo: a share `coverage` of the varieties from `exporter` to `importer` is not sold."""

    exporter: Selector = field(metadata=countries("Exporter"))
    importer: Selector = field(metadata=countries("Importer"))
    sectors: Selector = field(default="*", metadata=SECTORS)
    coverage: float = field(
        default=1.0,
        kw_only=True,
        metadata=number("Coverage", "share of varieties", 0.0, 1.0, (0.0, 1.0)),
    )
    how: How = field(default="add", kw_only=True, metadata=HOW)
    wedge: ClassVar[str] = "coverage"
    number: ClassVar[str] = "coverage"

    def __repr__(self) -> str:
        if self.how == "add" and self.coverage == 1:
            return f"an embargo stops {self._route}"
        return f"coverage: {say_change(f'the embargo of {self._route}', self.coverage, self.how)}"


# --- acts within a country ---------------------------------------------------------------------


class Domestic(Instrument):
    """A change within a country."""

    country: Selector
    change: float
    how: How


@dataclass(frozen=True, repr=False)
class Productivity(Domestic):
    """A change of productivity: -0.05 = the same inputs make 5 % less."""

    country: Selector = field(metadata=countries("Country"))
    sectors: Selector = field(default="*", metadata=SECTORS)
    change: float = field(
        kw_only=True,
        metadata=number("Change", "fraction", -0.99, HIGHEST_RATE, (-0.3, 0.3)),
    )
    how: How = field(default="add", kw_only=True, metadata=HOW)

    def layers(self, world: "World") -> Iterator[Layer]:
        """One layer [sector, country]; see `Instrument.layers`."""
        cells = block(
            (len(world.sectors), len(world.countries)),
            positions(world, "sectors", self.sectors),
            positions(world, "country", self.country),
        )
        yield Layer("productivity", cells, self.change, self.how, compound=True, act=self)

    def __repr__(self) -> str:
        what = f"productivity in {say_what(self.sectors)}"
        return f"{say_who(self.country)} {say_change(what, self.change, self.how, compound=True)}"


@dataclass(frozen=True, repr=False)
class LabourSupply(Domestic):
    """A change of a country's labour force: -0.02 = 2 % less labour."""

    country: Selector = field(metadata=countries("Country"))
    change: float = field(
        kw_only=True,
        metadata=number("Change", "fraction", -0.99, HIGHEST_RATE, (-0.3, 0.3)),
    )
    how: How = field(default="add", kw_only=True, metadata=HOW)

    def layers(self, world: "World") -> Iterator[Layer]:
        """One layer [country]; see `Instrument.layers`."""
        cells = np.array(positions(world, "country", self.country))
        yield Layer("labour", cells, self.change, self.how, compound=True, act=self)

    def __repr__(self) -> str:
        clause = say_change("its labour supply", self.change, self.how, compound=True)
        return f"{say_who(self.country)} {clause}"


@dataclass(frozen=True, repr=False)
class Transfer(Instrument):
    """A payment from `sender` to `receiver`, million USD a year, in units of world value added.

    Several senders share the payment in proportion to value added, and so do several receivers.
    """

    sender: Selector = field(metadata=countries("Sender"))
    receiver: Selector = field(metadata=countries("Receiver"))
    amount: float = field(
        kw_only=True, metadata=number("Amount", "million USD a year", 0.0, math.inf)
    )

    def layers(self, world: "World") -> Iterator[Layer]:
        """One layer [country]; see `Instrument.layers`."""
        size = world.arrays()["value_added"]
        paid = np.zeros(len(size))
        for side, sign in (("sender", -1.0), ("receiver", 1.0)):
            who = positions(world, side, getattr(self, side))
            paid[who] += sign * self.amount * size[who] / size[who].sum()
        if not paid.any() and self.amount:
            raise InputError(
                f"{say_who(self.sender)} would pay itself", field="receiver", value=self.receiver
            )
        cells = np.flatnonzero(paid)
        yield Layer("transfer", cells, paid[cells], "add", compound=False, act=self)

    def __repr__(self) -> str:
        return (
            f"{say_who(self.sender)} pays {say_who(self.receiver)} {self.amount:,.0f} million USD"
        )
