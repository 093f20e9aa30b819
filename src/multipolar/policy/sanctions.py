"""Ways around sanctions, and price caps: blocked trade comes back through third countries."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.policy.fields import HIGHEST_RATE, SECTORS, countries, number
from multipolar.policy.instrument import Instrument
from multipolar.policy.selection import (
    bilateral_cells,
    positions,
    say_what,
    say_who,
)
from multipolar.policy.wedges import Layer
from multipolar.world.labels import Selector

if TYPE_CHECKING:
    from multipolar.world import World

Array = NDArray[np.float64]
PRICE = "such as USD a barrel, the same for cap and price"


@dataclass(frozen=True, repr=False)
class Leakage(Instrument):
    """Blocked trade that comes back: a `share` of what embargoes block returns through `via`.

    Of the varieties that an embargo from `exporter` to `importer` takes off the market (measure
    phi), this share returns through the third countries `via` at a price higher by `markup`: the
    buyer's weight on them is phi x share x (1 + markup)^-theta. They are made, and counted, where
    they were made before; the mark-up is income of the third countries, which share it in
    proportion to what each already passes on (the geometric mean of its purchases from the
    exporter and its sales to the importer in these sectors). Without an embargo, or at share 0, a
    leakage does nothing; at share 1 and mark-up 0 it undoes the embargo. A third country does not
    pass goods on to itself. Where two leakages cover the same cell, the narrower one counts.

    Secondary sanctions: `sanctioner` retaliates with an embargo of coverage `secondary` on all its
    trade, both ways, with `via`. `leverage.who_leaks` tells whether a third country then still
    leaks.
    """

    exporter: Selector = field(metadata=countries("Exporter"))
    importer: Selector = field(metadata=countries("Importer"))
    via: Selector = field(metadata=countries("Third countries"))
    sectors: Selector = field(default="*", metadata=SECTORS)
    share: float = field(
        kw_only=True,
        metadata=number("Share", "share of what is blocked", 0.0, 1.0, (0.0, 1.0)),
    )
    markup: float = field(
        kw_only=True, metadata=number("Mark-up", "fraction of the price", 0.0, HIGHEST_RATE)
    )
    sanctioner: Selector | None = field(
        default=None, kw_only=True, metadata=countries("Who imposes secondary sanctions")
    )
    secondary: float = field(
        default=0.0,
        kw_only=True,
        metadata=number("Secondary sanctions", "share of varieties", 0.0, 1.0),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.secondary) != (self.sanctioner is not None):
            raise InputError(
                "secondary sanctions need both a sanctioner and a coverage (secondary)",
                field="sanctioner",
                value=self.sanctioner,
            )

    def layers(self, world: "World") -> Iterator[Layer]:
        """Share and mark-up on the cells, who earns the mark-up, and secondary embargoes."""
        cells = bilateral_cells(world, self.exporter, self.importer, self.sectors)
        third = positions(world, "via", self.via)
        route = _routes(world, cells, third)
        pair = cells % len(world.countries) ** 2
        cells = cells[(route.sum(axis=2) > 0).ravel()[pair]]
        if not cells.size:
            raise InputError(
                f"{say_who(self.via)} is not a third country between {say_who(self.exporter)} and "
                f"{say_who(self.importer)}",
                field="via",
                value=self.via,
            )
        yield Layer("leak", cells, self.share, "set", compound=False, act=self)
        yield Layer("markup", cells, self.markup, "set", compound=False, act=self)
        at = np.flatnonzero(route)
        yield Layer("route", at, route.ravel()[at], "add", compound=False, act=self)
        if self.sanctioner is not None:
            for pair_of in ((self.sanctioner, self.via), (self.via, self.sanctioner)):
                blocked = bilateral_cells(world, *pair_of, "*")
                yield Layer("coverage", blocked, self.secondary, "add", compound=False, act=self)

    def __repr__(self) -> str:
        share = f"{100 * self.share:g} % of what is blocked of {say_what(self.sectors)}"
        text = (
            f"{share} from {say_who(self.exporter)} to {say_who(self.importer)} returns through "
            f"{say_who(self.via)} at a mark-up of {100 * self.markup:g} %"
        )
        if self.sanctioner is not None:
            text += (
                f", for which {say_who(self.sanctioner)} stops {100 * self.secondary:g} % of its "
                "trade with them"
            )
        return text


def _routes(world: "World", cells: NDArray[np.intp], third: list[int]) -> Array:
    """What each third country may pass on [exporter, importer, third], million USD.

    Where no third country trades with both sides, all of them pass on equal parts.
    """
    n = len(world.countries)
    sector, sells, buys = np.unravel_index(cells, world.arrays()["tariff"].shape)
    trade = world.trade.values[np.unique(sector)].sum(axis=0)
    covered = np.zeros((n, n), dtype=bool)
    covered[sells, buys] = True
    allowed = np.zeros((n, n, n), dtype=bool)
    allowed[:, :, third] = covered[:, :, None]
    k = np.arange(n)
    allowed[k, :, k] = allowed[:, k, k] = False
    passes = np.sqrt(trade[:, None, :] * trade.T[None, :, :])
    passes = np.where(allowed, passes, 0.0)
    none = allowed & (passes.sum(axis=2, keepdims=True) <= 0)
    return np.where(none, 1.0, passes)


@dataclass(frozen=True, repr=False)
class PriceCap(Instrument):
    """A cap on the price of `exporter`'s sales that use the coalition's services.

    `cap` and `price` (in the benchmark, before the cap) are in the same unit, such as USD a barrel.
    A share `service_coverage` of what is sold to `importer` is shipped or insured by the coalition
    and sells at the cap; the shadow fleet carries the rest at the market price less
    `shadow_discount`. Supply responds to the marginal price, that of the shadow fleet: the cap
    takes rent, not barrels, as long as it lies above the cost of extraction (Johnson, Rachel &
    Wolfram 2023; Salant 2023). What the seller forgoes is income of the importer: on serviced sales
    max(0, 1 - cap / (price c)) of what the shadow price pays, where c is the change of the seller's
    price; on all sales the discount. A cap above the price does nothing. Volumes move only with the
    discount and with what the seller's country can afford. Where two caps cover the same cell, the
    narrower one counts.

    The sector is all extraction of oil and gas (B06) unless `sectors` says otherwise, so
    `service_coverage` is a share of that, not of crude oil alone.
    """

    exporter: Selector = field(metadata=countries("Exporter"))
    importer: Selector = field(default="*", metadata=countries("Importer"))
    sectors: Selector = field(default="B06", metadata=SECTORS)
    cap: float = field(kw_only=True, metadata=number("Cap", PRICE, 0.0, math.inf))
    price: float = field(kw_only=True, metadata=number("Market price", PRICE, 0.0, math.inf))
    service_coverage: float = field(
        kw_only=True, metadata=number("Serviced", "share of sales", 0.0, 1.0)
    )
    shadow_discount: float = field(
        default=0.0,
        kw_only=True,
        metadata=number("Discount of the shadow fleet", "fraction of the price", 0.0, 0.99),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.price:
            raise InputError("must be above zero", field="price", value=self.price)

    def layers(self, world: "World") -> Iterator[Layer]:
        """The cells' serviced share, cap as a ratio to the price, and discount."""
        cells = bilateral_cells(world, self.exporter, self.importer, self.sectors)
        for wedge, level in (
            ("serviced", self.service_coverage),
            ("ceiling", self.cap / self.price),
            ("discount", self.shadow_discount),
        ):
            yield Layer(wedge, cells, level, "set", compound=False, act=self)

    def __repr__(self) -> str:
        return (
            f"a price cap of {self.cap:g} (market {self.price:g}) on {say_what(self.sectors)} from "
            f"{say_who(self.exporter)} to {say_who(self.importer)}; "
            f"{100 * self.service_coverage:g} % serviced, shadow fleet at "
            f"{100 * self.shadow_discount:g} % below market"
        )
