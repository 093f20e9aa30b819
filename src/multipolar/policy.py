"""Instruments, policies, and the wedges they become on a world's labels.

A policy is pure data: a sum of instruments. `Policy.wedges(world)` lays it out as arrays; how
instruments meet on a cell is in `multipolar.wedges`.
"""

import csv
import math
import numbers
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multipolar.errors import InputError, choose, did_you_mean
from multipolar.wedges import How, Layer, Wedges, lay_out
from multipolar.world import World
from multipolar.world.labels import Selector, bloc_names, country_names, sector_names

Array = NDArray[np.float64]

HIGHEST_RATE = 10.0
SELECTORS = ("importer", "exporter", "sectors", "country", "sender", "receiver")


@dataclass(frozen=True, repr=False)
class Instrument:
    """One act. Instruments and policies add up to policies."""

    def layers(self, world: World) -> Iterator[Layer]:
        """The instrument on a world's labels; raises `InputError` for a selector it lacks."""
        raise NotImplementedError

    def __post_init__(self) -> None:
        """Freeze and check the selectors; numbers are checked by each instrument."""
        for name in SELECTORS:
            if hasattr(self, name):
                object.__setattr__(self, name, _frozen(name, getattr(self, name)))

    def __add__(self, other: "Instrument | Policy") -> "Policy":
        return Policy((self,)) + other

    def __radd__(self, other: object) -> "Policy":
        return Policy((self,)).__radd__(other)

    def wedges(self, world: World) -> Wedges:
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

    def __repr__(self) -> str:
        if not self.instruments:
            return "no policy"
        return "; ".join(repr(act) for act in self.instruments)

    def wedges(self, world: World) -> Wedges:
        """Lay the policy out on a world.

        Raises `InputError` for unknown labels, for contradicting "set"s, and for levels that make
        no sense together (a tariff of -100 % or less, coverage outside 0 to 1).
        """
        return lay_out([layer for act in self.instruments for layer in act.layers(world)], world)


# --- bilateral acts ----------------------------------------------------------------------------


class _Bilateral(Instrument):
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
        _check_how(self.how)
        scales = self.how == "scale"
        high = HIGHEST_RATE if scales else self.highest
        low = 0.0 if scales and not self.compound else self.lowest
        _check_number(self.number, getattr(self, self.number), low, high)

    def layers(self, world: World) -> Iterator[Layer]:
        """One layer; see `Instrument.layers`."""
        cells = _cells(world, self.exporter, self.importer, self.sectors)
        level = getattr(self, self.number)
        yield Layer(self.wedge, cells, level, self.how, self.compound, self)

    @property
    def _route(self) -> str:
        return f"{_what(self.sectors)} from {_who(self.exporter)} to {_who(self.importer)}"


@dataclass(frozen=True, repr=False)
class Tariff(_Bilateral):
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
        what = f"its tariff on {_what(self.sectors)} from {_who(self.exporter)}"
        return f"{_who(self.importer)} {_changes(what, self.rate, self.how)}"


@dataclass(frozen=True, repr=False)
class ExportTax(_Bilateral):
    """An export tax: `exporter` taxes sales to `importer`, fraction of the seller's price."""

    exporter: Selector
    importer: Selector = "*"
    sectors: Selector = "goods"
    rate: float = field(kw_only=True)
    how: How = field(default="add", kw_only=True)
    wedge: ClassVar[str] = "export_tax"

    def __repr__(self) -> str:
        what = f"its export tax on {_what(self.sectors)} to {_who(self.importer)}"
        return f"{_who(self.exporter)} {_changes(what, self.rate, self.how)}"


@dataclass(frozen=True, repr=False)
class TradeCost(_Bilateral):
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
        return "a shock " + _changes(what, self.rate, self.how, compound=True)


@dataclass(frozen=True, repr=False)
class Embargo(_Bilateral):
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
        return f"coverage: {_changes(f'the embargo of {self._route}', self.coverage, self.how)}"


# --- acts within a country ---------------------------------------------------------------------


class _Domestic(Instrument):
    """A change within a country."""

    country: Selector
    change: float
    how: How

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_how(self.how)
        _check_number("change", self.change, -0.99, HIGHEST_RATE)


@dataclass(frozen=True, repr=False)
class Productivity(_Domestic):
    """A change of productivity: -0.05 = the same inputs make 5 % less."""

    country: Selector
    sectors: Selector = "*"
    change: float = field(kw_only=True)
    how: How = field(default="add", kw_only=True)

    def layers(self, world: World) -> Iterator[Layer]:
        """One layer [sector, country]; see `Instrument.layers`."""
        cells = _flat(
            (len(world.sectors), len(world.countries)),
            _picked(world, "sectors", self.sectors),
            _picked(world, "country", self.country),
        )
        yield Layer("productivity", cells, self.change, self.how, compound=True, act=self)

    def __repr__(self) -> str:
        what = f"productivity in {_what(self.sectors)}"
        return f"{_who(self.country)} {_changes(what, self.change, self.how, compound=True)}"


@dataclass(frozen=True, repr=False)
class LabourSupply(_Domestic):
    """A change of a country's labour force: -0.02 = 2 % fewer hands."""

    country: Selector
    change: float = field(kw_only=True)
    how: How = field(default="add", kw_only=True)

    def layers(self, world: World) -> Iterator[Layer]:
        """One layer [country]; see `Instrument.layers`."""
        cells = np.array(_picked(world, "country", self.country))
        yield Layer("labour", cells, self.change, self.how, compound=True, act=self)

    def __repr__(self) -> str:
        clause = _changes("its labour supply", self.change, self.how, compound=True)
        return f"{_who(self.country)} {clause}"


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
        _check_number("amount", self.amount, 0.0, math.inf)

    def layers(self, world: World) -> Iterator[Layer]:
        """One layer [country]; see `Instrument.layers`."""
        size = world.arrays()["value_added"]
        paid = np.zeros(len(size))
        for side, sign in (("sender", -1.0), ("receiver", 1.0)):
            who = _picked(world, side, getattr(self, side))
            paid[who] += sign * self.amount * size[who] / size[who].sum()
        if not paid.any() and self.amount:
            raise InputError(
                f"{_who(self.sender)} would pay itself", field="receiver", value=self.receiver
            )
        cells = np.flatnonzero(paid)
        yield Layer("transfer", cells, paid[cells], "add", compound=False, act=self)

    def __repr__(self) -> str:
        return f"{_who(self.sender)} pays {_who(self.receiver)} {self.amount:,.0f} million USD"


# --- schedules ---------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False, eq=False)
class TariffSchedule(Instrument):
    """Many tariffs at once: an array of levels, or the rows of a CSV.

    `levels` [sector, exporter, importer], fractions, NaN where nothing changes; or `rows`, each a
    tariff of its own. Of two rows on a cell the one that covers fewer cells counts; two of the same
    size that disagree are refused. The table as a whole is then set, added or scaled as `how` says.
    """

    levels: ArrayLike | None = None
    rows: tuple[Tariff, ...] = ()
    how: How = "set"
    source: str = "an array"

    def __post_init__(self) -> None:
        _check_how(self.how)
        if self.levels is None and not self.rows:
            raise InputError("a schedule needs levels or rows", field="levels")

    @classmethod
    def from_csv(cls, path: str | Path, how: How = "set") -> "TariffSchedule":
        """Read `importer`, `exporter`, `sector`, `rate` (fraction) from a CSV with a header.

        Labels are selectors, so a row may name a bloc or "goods", and a semicolon separates the
        words of a list. Lines that begin with # are skipped. Raises `InputError` naming file, row
        and field for a missing column, an unreadable number or a rate above 10.
        """
        name = str(path)
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot be read ({error})", file=name) from None
        reader = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
        wanted = ("importer", "exporter", "sector", "rate")
        for column in wanted:
            if column not in (reader.fieldnames or ()):
                hint = did_you_mean(column, reader.fieldnames or ())
                raise InputError(
                    f"no column of this name (needed: {', '.join(wanted)}){hint}",
                    file=name,
                    field=column,
                )
        rows = tuple(_row(row, f"row {k}", name) for k, row in enumerate(reader, start=1))
        if not rows:
            raise InputError("has no rows", file=name)
        return cls(rows=rows, how=how, source=name)

    def layers(self, world: World) -> Iterator[Layer]:
        """One layer of many levels; see `Instrument.layers`."""
        levels = self._table(world) if self.levels is None else np.asarray(self.levels, dtype=float)
        if levels.shape != world.tariff.shape:
            raise InputError(
                f"has shape {levels.shape}; {world.tariff.shape} is needed "
                "(sector, exporter, importer)",
                field="levels",
            )
        given = levels[~np.isnan(levels)]
        for extreme in (given.max(initial=0.0), given.min(initial=0.0)):
            _check_number("levels", float(extreme), -1.0, HIGHEST_RATE)
        cells = np.flatnonzero(np.isfinite(levels) & _foreign(world))
        level = levels.ravel()[cells]
        yield Layer("tariff", cells, level, self.how, compound=False, act=self)

    def _table(self, world: World) -> Array:
        """The rows as one array of levels, NaN where no row speaks."""
        levels, width = np.full(world.tariff.size, np.nan), np.full(world.tariff.size, np.inf)
        for number, row in enumerate(self.rows, start=1):
            try:
                cells = _cells(world, row.exporter, row.importer, row.sectors)
            except InputError as error:
                column = "sector" if error.field == "sectors" else error.field
                raise InputError(
                    error.reason,
                    file=self.source,
                    field=f"row {number}.{column}",
                    value=error.value,
                ) from None
            rival = (width[cells] == cells.size) & (levels[cells] != row.rate)
            if rival.any():
                raise InputError(
                    f"contradicts an earlier row on the same cells ({row!r})",
                    file=self.source,
                    field=f"row {number}",
                    value=row.rate,
                )
            cells = cells[width[cells] > cells.size]
            levels[cells], width[cells] = row.rate, cells.size
        return levels.reshape(world.tariff.shape)

    def __repr__(self) -> str:
        verb = {"set": "sets", "add": "adds", "scale": "scales by"}[self.how]
        return f"a schedule of tariffs from {self.source} {verb} its levels"


def _row(row: dict[str, str | None], place: str, file: str) -> Tariff:
    def selector(name: str) -> Selector:
        words = [word.strip() for word in (row[name] or "").split(";") if word.strip()]
        return words[0] if len(words) == 1 else words

    try:
        rate = float(row["rate"] or "")
    except ValueError:
        raise InputError(
            f"{row['rate'] or 'nothing'!r} is not a number", file=file, field=f"{place}, rate"
        ) from None
    try:
        return Tariff(selector("importer"), selector("exporter"), selector("sector"), rate=rate)
    except InputError as error:
        raise error.located(file=file, field=place) from None


INSTRUMENTS: dict[str, type[Instrument]] = {
    "tariff": Tariff,
    "export-tax": ExportTax,
    "trade-cost": TradeCost,
    "embargo": Embargo,
    "productivity": Productivity,
    "labour-supply": LabourSupply,
    "transfer": Transfer,
}


# --- laying out --------------------------------------------------------------------------------


def _foreign(world: World) -> NDArray[np.bool_]:
    return ~np.eye(len(world.countries), dtype=bool)[None]


def _cells(
    world: World, exporter: Selector, importer: Selector, sectors: Selector
) -> NDArray[np.intp]:
    """The cells [sector, exporter, importer] a bilateral act covers, flat; never domestic ones."""
    sells = _picked(world, "exporter", exporter)
    buys = _picked(world, "importer", importer)
    what = world.pick_goods() if sectors == "goods" else _picked(world, "sectors", sectors)
    pair = np.array(sells)[:, None] != np.array(buys)[None, :]
    for side, other in ((importer, exporter), (exporter, importer)):
        for bloc in (word for word in _words(side) if _is_bloc(word) and "*" in _words(other)):
            inside = world.pick_countries(bloc)
            pair &= ~(np.isin(sells, inside)[:, None] & np.isin(buys, inside)[None, :])
    if not pair.any():
        raise InputError(
            f"{_who(exporter)} and {_who(importer)} have no border between them", field="exporter"
        )
    cells = _flat(world.arrays()["tariff"].shape, what, sells, buys)
    return cells[np.tile(pair.ravel(), cells.size // pair.size)]


def _picked(world: World, field: str, selector: Selector) -> list[int]:
    """Positions that a selector picks; an error names the instrument's field."""
    pick = world.pick_sectors if field == "sectors" else world.pick_countries
    try:
        return pick(selector)
    except InputError as error:
        raise InputError(error.reason, field=field, value=error.value) from None


def _flat(shape: tuple[int, ...], *axes: list[int]) -> NDArray[np.intp]:
    """Flat indices of a block of an array, ascending."""
    cells: NDArray[np.intp] = np.ravel_multi_index(np.ix_(*axes), shape).ravel()
    return cells


def _is_bloc(word: str) -> bool:
    name = word.partition("@")[0].strip().casefold()
    return name in {known.casefold() for known in bloc_names()}


def _words(selector: Selector) -> tuple[str, ...]:
    return (selector,) if isinstance(selector, str) else tuple(selector)


def _frozen(field: str, selector: object) -> Selector:
    """A selector that nobody can change any more; `InputError` for what names nothing."""
    if isinstance(selector, str):
        words: tuple[str, ...] = (selector,)
    else:
        words = tuple(selector) if isinstance(selector, Iterable) else ()
    if not all(isinstance(word, str) for word in words) or not any(
        word.strip() and not word.strip().startswith("-") for word in words
    ):
        raise InputError(
            f'{selector!r} names nothing; write a code, a name, a group, "*", or a list of these',
            field=field,
            value=selector,
        )
    return selector if isinstance(selector, str) else words


# --- checks and words --------------------------------------------------------------------------


def _check_how(how: object) -> None:
    if how not in get_args(How):
        raise InputError(
            f"{how!r} is not known{choose(how, get_args(How))}", field="how", value=how
        )


def _check_number(name: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        raise InputError(f"{value!r} is not a number", field=name, value=value)
    number = float(value)
    if number > high:
        hint = f"; was {number:g} % meant? Write {number / 100:g}" if high <= HIGHEST_RATE else ""
        raise InputError(
            f"{number:g} is above {high:g}; rates are fractions (1.45 = 145 %){hint}",
            field=name,
            value=value,
        )
    if number < low or (low == -1.0 and number == low):
        fractions = "; rates are fractions (-0.05 = -5 %)" if low < 0 else ""
        raise InputError(
            f"{number:g} is below what is possible ({low:g}){fractions}",
            field=name,
            value=value,
        )


def _who(selector: Selector, everyone: str = "everyone") -> str:
    items = _words(selector)
    names = {**country_names(), **sector_names()}

    def named(item: str) -> str:
        code = item.lstrip("- ")
        return everyone if code == "*" else names.get(code.upper(), code)

    kept = _and([named(item) for item in items if not item.startswith("-")])
    without = [named(item) for item in items if item.startswith("-")]
    return f"{kept} but {_and(without)}" if without else kept


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _what(sectors: Selector) -> str:
    return _who(sectors, everyone="everything")


def _changes(what: str, rate: float, how: How, *, compound: bool = False) -> str:
    """A clause such as "adds 10 % to its tariff", "sets ... to 10 %", "multiplies ... by 2"."""
    if how == "scale":
        return f"multiplies {what} by {rate + compound:g}"
    percent = f"{100 * rate:g} %"
    return f"sets {what} to {percent}" if how == "set" else f"adds {percent} to {what}"
