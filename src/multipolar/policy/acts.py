"""Tariffs, export taxes, trade costs, embargoes; shocks within a country; transfers."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from multipolar.errors import InputError
from multipolar.policy.instrument import Instrument
from multipolar.policy.selection import (
    HIGHEST_RATE,
    bilateral_cells,
    block,
    check_how,
    check_number,
    positions,
    say_change,
    say_what,
    say_who,
)
from multipolar.policy.wedges import How, Layer
from multipolar.world import World
from multipolar.world.labels import Selector


class Bilateral(Instrument):
    """What two countries' borders share: who sells, who buys, what, how it combines."""

    exporter: Selector
    importer: Selector
    sectors: Selector
    how: How
    wedge: ClassVar[str]
    number: ClassVar[str] = "rate"
    lowest: ClassVar[float] = -1.0
    highest: ClassVar[float] = HIGHEST_RATE
    compound: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_how(self.how)
        scales = self.how == "scale"
        high = HIGHEST_RATE if scales else self.highest
        low = 0.0 if scales and not self.compound else self.lowest
        check_number(self.number, getattr(self, self.number), low, high)

    def layers(self, world: World) -> Iterator[Layer]:
        """One layer; see `Instrument.layers`."""
        cells = bilateral_cells(world, self.exporter, self.importer, self.sectors)
        level = getattr(self, self.number)
        yield Layer(self.wedge, cells, level, self.how, self.compound, self)

    @property
    def _route(self) -> str:
        return f"{say_what(self.sectors)} from {say_who(self.exporter)} to {say_who(self.importer)}"


@dataclass(frozen=True, repr=False)
class Tariff(Bilateral):
    """A tariff: `importer` taxes imports from `exporter`, fraction of the border value.

    The rate adds to the tariff already there unless `how` is "set" (the new level) or "scale"
    (a multiple of it). ``"*"`` facing a bloc means everyone outside the bloc.
    """

    importer: Selector
    exporter: Selector = "*"
    sectors: Selector = "goods"
    rate: float = field(kw_only=True)
    how: How = field(default="add", kw_only=True)
    wedge: ClassVar[str] = "tariff"

    def __repr__(self) -> str:
        what = f"its tariff on {say_what(self.sectors)} from {say_who(self.exporter)}"
        return f"{say_who(self.importer)} {say_change(what, self.rate, self.how)}"


@dataclass(frozen=True, repr=False)
class ExportTax(Bilateral):
    """An export tax: `exporter` taxes sales to `importer`, fraction of the seller's price."""

    exporter: Selector
    importer: Selector = "*"
    sectors: Selector = "goods"
    rate: float = field(kw_only=True)
    how: How = field(default="add", kw_only=True)
    wedge: ClassVar[str] = "export_tax"

    def __repr__(self) -> str:
        what = f"its export tax on {say_what(self.sectors)} to {say_who(self.importer)}"
        return f"{say_who(self.exporter)} {say_change(what, self.rate, self.how)}"


@dataclass(frozen=True, repr=False)
class TradeCost(Bilateral):
    """A change of iceberg trade cost from `exporter` to `importer`: 0.1 = 10 % dearer to ship."""

    exporter: Selector
    importer: Selector
    sectors: Selector = "*"
    rate: float = field(kw_only=True)
    how: How = field(default="add", kw_only=True)
    wedge: ClassVar[str] = "trade_cost"
    lowest: ClassVar[float] = -0.99
    compound: ClassVar[bool] = True

    def __repr__(self) -> str:
        what = f"the cost of shipping {self._route}"
        return "a shock " + say_change(what, self.rate, self.how, compound=True)


@dataclass(frozen=True, repr=False)
class Embargo(Bilateral):
    """An embargo: a share `coverage` of the varieties from `exporter` to `importer` is not sold."""

    exporter: Selector
    importer: Selector
    sectors: Selector = "*"
    coverage: float = field(default=1.0, kw_only=True)
    how: How = field(default="add", kw_only=True)
    wedge: ClassVar[str] = "coverage"
    number: ClassVar[str] = "coverage"
    lowest: ClassVar[float] = 0.0
    highest: ClassVar[float] = 1.0

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

    def __post_init__(self) -> None:
        super().__post_init__()
        check_how(self.how)
        check_number("change", self.change, -0.99, HIGHEST_RATE)


@dataclass(frozen=True, repr=False)
class Productivity(Domestic):
    """A change of productivity: -0.05 = the same inputs make 5 % less."""

    country: Selector
    sectors: Selector = "*"
    change: float = field(kw_only=True)
    how: How = field(default="add", kw_only=True)

    def layers(self, world: World) -> Iterator[Layer]:
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
    """A change of a country's labour force: -0.02 = 2 % fewer hands."""

    country: Selector
    change: float = field(kw_only=True)
    how: How = field(default="add", kw_only=True)

    def layers(self, world: World) -> Iterator[Layer]:
        """One layer [country]; see `Instrument.layers`."""
        cells = np.array(positions(world, "country", self.country))
        yield Layer("labour", cells, self.change, self.how, compound=True, act=self)

    def __repr__(self) -> str:
        clause = say_change("its labour supply", self.change, self.how, compound=True)
        return f"{say_who(self.country)} {clause}"


@dataclass(frozen=True, repr=False)
class Transfer(Instrument):
    """A payment from `sender` to `receiver`, million USD a year, in units of world value added.

    Several senders or receivers share it in proportion to value added.
    """

    sender: Selector
    receiver: Selector
    amount: float = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("amount", self.amount, 0.0, math.inf)

    def layers(self, world: World) -> Iterator[Layer]:
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
