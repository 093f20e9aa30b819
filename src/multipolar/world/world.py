"""World: a benchmark economy, countries x sectors, whose accounts add up."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib.resources import as_file, files
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from multipolar.errors import InputError, did_you_mean
from multipolar.world import identities
from multipolar.world.arrays import DIMS, UNITS, dataset, in_order, read_arrays
from multipolar.world.files import is_file, read_netcdf, write_netcdf
from multipolar.world.labels import Selector, pick_countries, pick_group, pick_sectors

Array = NDArray[np.float64]
SHOWN = 10  # economies that a notebook shows


@dataclass(frozen=True, eq=False)
class World:
    """A benchmark economy before anyone acts. Immutable.

    `data` is a dataset of float64 arrays with the dims of `DIMS`; each is a property here too.
    Flows are in million USD at the prices the importer pays, tariff included. Build one with
    `load`, `from_arrays` or `from_flows`; `check` states the accounting identities, which hold for
    every world. Raises `InputError` for a dataset that is not a world.
    """

    _data: xr.Dataset

    def __post_init__(self) -> None:
        object.__setattr__(self, "_data", in_order(self._data))
        for name in DIMS:
            self._data[name].values.flags.writeable = False
        self.check()

    def __reduce__(self) -> tuple[type["World"], tuple[xr.Dataset]]:
        return World, (self._data,)

    @property
    def data(self) -> xr.Dataset:
        """Everything as one dataset: a copy of the labels, read-only views of the arrays."""
        return self._data.copy(deep=False)

    # --- what it holds -----------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The world's name, such as ``world-2023``."""
        return str(self._data.attrs.get("name", ""))

    @property
    def year(self) -> int | None:
        """The year that the world describes, if stated."""
        year = self._data.attrs.get("year")
        return int(year) if isinstance(year, int | np.integer) else None

    @property
    def countries(self) -> list[str]:
        """ISO3 codes (or bloc names), in array order."""
        return list(self._labels[0])

    @property
    def sectors(self) -> list[str]:
        """Sector codes, in array order."""
        return list(self._labels[1])

    @cached_property
    def _labels(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        country, sector = (self._data[name].values for name in ("country", "sector"))
        return tuple(str(c) for c in country), tuple(str(s) for s in sector)

    @property
    def expenditure_share(self) -> xr.DataArray:
        """Share of the importer's spending on a sector that goes to each exporter; sums to 1."""
        return self._data["expenditure_share"]

    @property
    def expenditure(self) -> xr.DataArray:
        """Spending (sector, importer), million USD, tariff included."""
        return self._data["expenditure"]

    @property
    def input_share(self) -> xr.DataArray:
        """Share of each input in a sector's spending on inputs; sums to 1 over input."""
        return self._data["input_share"]

    @property
    def value_added_share(self) -> xr.DataArray:
        """Value added as a fraction of output (sector, country)."""
        return self._data["value_added_share"]

    @property
    def consumption_share(self) -> xr.DataArray:
        """Share of final spending by sector (sector, country); sums to 1."""
        return self._data["consumption_share"]

    @property
    def value_added(self) -> xr.DataArray:
        """Value added (country), million USD."""
        return self._data["value_added"]

    @property
    def transfer(self) -> xr.DataArray:
        """Transfer from abroad (country), million USD; positive = trade deficit."""
        return self._data["transfer"]

    @property
    def tariff(self) -> xr.DataArray:
        """Benchmark tariff (sector, exporter, importer), ad valorem fraction."""
        return self._data["tariff"]

    @property
    def trade_elasticity(self) -> xr.DataArray:
        """Trade elasticity theta (sector): of tariff-inclusive shares with respect to cost."""
        return self._data["trade_elasticity"]

    @cached_property
    def trade(self) -> xr.DataArray:
        """Flows (sector, exporter, importer), million USD at importer prices, with home sales."""
        flows = self.expenditure_share * self.expenditure
        flows = flows.transpose(*DIMS["expenditure_share"])
        flows.values.flags.writeable = False
        return flows.assign_attrs(units=UNITS["expenditure"])

    @cached_property
    def output(self) -> xr.DataArray:
        """Output (sector, country), million USD at basic prices."""
        sales = (self.trade / (1 + self.tariff)).sum("importer").rename(exporter="country")
        sales.values.flags.writeable = False
        return sales.assign_attrs(units="million USD a year, basic prices")

    @cached_property
    def tariff_revenue(self) -> xr.DataArray:
        """Tariff revenue (country), million USD."""
        paid = (self.trade * self.tariff / (1 + self.tariff)).sum(("sector", "exporter"))
        paid.values.flags.writeable = False
        return paid.rename(importer="country").assign_attrs(units=UNITS["value_added"])

    @cached_property
    def checksum(self) -> str:
        """First 16 hex digits of the SHA-256 of labels and arrays; identifies the numbers used."""
        digest = hashlib.sha256(" ".join(self.countries + self.sectors).encode())
        for name in DIMS:
            digest.update(np.ascontiguousarray(self._data[name].values).tobytes())
        return digest.hexdigest()[:16]

    def arrays(self) -> Mapping[str, Array]:
        """The plain arrays by name, in the index orders of `DIMS`; read-only."""
        return self._arrays

    @cached_property
    def _arrays(self) -> Mapping[str, Array]:
        return MappingProxyType({name: self._data[name].values for name in DIMS})

    @cached_property
    def abroad(self) -> tuple[Array, Array]:
        """Exports and imports [country] before tariff, home sales left out, million USD."""
        home = np.einsum("sii->si", self.trade.values / (1 + self.tariff.values)).sum(axis=0)
        bought = self.expenditure.values.sum(axis=0) - self.tariff_revenue.values
        return self.output.values.sum(axis=0) - home, bought - home

    def __repr__(self) -> str:
        size = f"{len(self.countries)} countries x {len(self.sectors)} sectors"
        total = float(self.value_added.sum()) / 1e6
        return f"<World {self.name or 'unnamed'}: {size}, value added {total:.1f} trillion USD>"

    # --- selecting by label ------------------------------------------------------------------

    def _repr_html_(self) -> str:
        """Its largest economies, in a notebook."""
        value_added = self.value_added.to_series() / 1e3
        table = pd.DataFrame({"value added, bn USD": value_added, "exports, bn USD": self.abroad[0]
                              / 1e3, "imports, bn USD": self.abroad[1] / 1e3})  # fmt: skip
        largest = table.nlargest(SHOWN, "value added, bn USD").round(1)
        return f"<p>{escape(repr(self))}</p>{largest.to_html()}"

    def pick_countries(self, selector: Selector) -> list[int]:
        """Positions of the countries that a selector names (code, name, bloc, list, "*")."""
        return pick_countries(selector, self._labels[0], self.name)

    def pick_goods(self) -> list[int]:
        """Positions of the goods sectors; of all sectors where the world has no such group."""
        return pick_group(self.sectors)

    def pick_sectors(self, selector: Selector) -> list[int]:
        """Positions of the sectors that a selector names (code, name, group, list, "*")."""
        return pick_sectors(selector, self._labels[1], self.name)

    # --- laws --------------------------------------------------------------------------------

    def check(self, tolerance: float = 1e-9) -> "World":
        """Return the world if its accounts hold to `tolerance` (relative); raise `InputError`.

        Shares sum to 1; nothing is NaN; nothing except transfers is negative; every purchased cell
        has a supplier; output = sales and income = spending + transfer; transfers sum to zero.
        """
        identities.check(self.arrays(), self.countries, self.sectors, tolerance, self.name)
        return self

    # --- ways to build one -------------------------------------------------------------------

    @classmethod
    def from_arrays(
        cls,
        countries: Sequence[str],
        sectors: Sequence[str],
        *,
        expenditure_share: ArrayLike,
        input_share: ArrayLike,
        value_added_share: ArrayLike,
        consumption_share: ArrayLike,
        value_added: ArrayLike,
        transfer: ArrayLike,
        trade_elasticity: ArrayLike,
        tariff: ArrayLike | None = None,
        name: str = "",
        year: int | None = None,
        rounding: float = 1e-6,
    ) -> "World":
        """Build a world from plain arrays in the index orders of `DIMS`.

        Spending follows from the identities, X = alpha (VA + R + D) + G (1 - beta) Y (Caliendo &
        Parro 2015, eqs. 8-9). A mismatch of value added with sales up to `rounding` (relative) is
        taken as rounding in the source and moved into value added, which moves by several times as
        much where spending follows around loops of inputs; a larger one raises `InputError`, as do
        NaN, negative shares, shares that do not sum to 1, tariffs on domestic sales, and shapes or
        labels that do not fit. Shares and transfers that miss their sum by less than 1e-6, as
        single precision does, are scaled to meet it.
        """
        given = {
            "expenditure_share": expenditure_share,
            "input_share": input_share,
            "value_added_share": value_added_share,
            "consumption_share": consumption_share,
            "value_added": value_added,
            "transfer": transfer,
            "tariff": np.zeros(np.shape(expenditure_share)) if tariff is None else tariff,
            "trade_elasticity": trade_elasticity,
        }
        if not 0 <= rounding < 1:  # NaN too
            raise InputError(
                f"{rounding!r} must be a fraction from 0 to 1", field="rounding", value=rounding
            )
        values = read_arrays(given, countries, sectors, name)
        identities.refuse_domestic_tariffs(values["tariff"], countries, sectors, name)
        values |= identities.renormalised(values)
        identities.check_shares(values, countries, sectors, 1e-9, name)
        values |= identities.spending_from_shares(values, countries, name, rounding)
        return cls(dataset(values, countries, sectors, name, year))

    @classmethod
    def from_flows(
        cls,
        countries: Sequence[str],
        sectors: Sequence[str],
        *,
        sales: ArrayLike,
        intermediate_use: ArrayLike,
        trade_elasticity: ArrayLike,
        tariff: ArrayLike | None = None,
        name: str = "",
        year: int | None = None,
        domestic_tariffs: bool = False,
    ) -> "World":
        """Build a world from an input-output table.

        `sales` [sector, exporter, importer] at basic prices (before tariff); `intermediate_use`
        [input, sector, country], spending of firms at the prices they pay. Everything else,
        including transfers, follows from these. `domestic_tariffs`: accept tariffs on sales at
        home, which arise when countries with tariffs between them are merged. Raises `InputError`
        for NaN, negative flows, inputs that cost more than output brings, purchases that do not
        cover what firms use, and shapes or labels that do not fit.
        """
        given = {
            "sales": sales,
            "intermediate_use": intermediate_use,
            "tariff": np.zeros(np.shape(sales)) if tariff is None else tariff,
            "trade_elasticity": trade_elasticity,
        }
        read = read_arrays(given, countries, sectors, name)
        flows, use, levy, theta = read.values()
        if not domestic_tariffs:
            identities.refuse_domestic_tariffs(levy, countries, sectors, name)
        values = identities.shares_from_flows(flows, use, levy, countries, sectors, name)
        values |= {"tariff": levy, "trade_elasticity": theta}
        return cls(dataset(values, countries, sectors, name, year))

    def with_elasticity(self, trade_elasticity: ArrayLike) -> "World":
        """The same accounts under other trade elasticities (sector)."""
        theta = np.asarray(trade_elasticity, dtype=float)
        if theta.shape != (len(self.sectors),) or not (np.isfinite(theta) & (theta > 0)).all():
            raise InputError(
                f"needs {len(self.sectors)} positive numbers, one for each sector",
                field="trade_elasticity",
            )
        return World(self._data.assign(trade_elasticity=("sector", theta)))

    def without_tariffs(self) -> "World":
        """The same flows before tariff, without benchmark tariffs.

        What firms paid in tariffs on inputs is added to value added; what households paid is taken
        out of their spending; output does not change.
        """
        levy = 1 + self.tariff.values
        sales = self.trade.values / levy
        before_tariff = sales.sum(1) / np.where(self.expenditure > 0, self.expenditure, 1.0)
        use = identities.intermediate_use(self.arrays()) * before_tariff[:, None, :]
        return World.from_flows(
            self.countries,
            self.sectors,
            sales=sales,
            intermediate_use=use,
            trade_elasticity=self.trade_elasticity.values,
            name=f"{self.name.removesuffix('-no-tariffs')}-no-tariffs" if self.name else "",
            year=self.year,
        )

    # --- files -------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the world as NetCDF, whole or not at all."""
        return write_netcdf(self._data, path)

    @classmethod
    def load(cls, name: str | os.PathLike[str] = "world-2023") -> "World":
        """Load a world that comes with the package (by name) or a NetCDF file that `save` wrote.

        Raises `InputError` for an unknown name and for a file that is missing, unreadable,
        truncated, or not a world.
        """
        if not isinstance(name, str | os.PathLike):
            raise InputError(f"{name!r} is not the name of a world", field="world", value=name)
        text = os.fspath(name)
        folder = files("multipolar.world") / "data"
        shipped = sorted(f.name[:-3] for f in folder.iterdir() if f.name.endswith(".nc"))
        if text in shipped:
            with as_file(folder / f"{text}.nc") as path:
                return cls._read(path)
        if not is_file(text):
            hint = did_you_mean(text, shipped) or f"; worlds that ship: {', '.join(shipped)}"
            raise InputError(f"no world and no file of this name{hint}", file=text, field="world")
        return cls._read(Path(text))

    @classmethod
    def _read(cls, path: Path) -> "World":
        data = read_netcdf(path, "a world")
        try:
            return cls(data)
        except InputError as error:
            raise InputError(
                error.reason, file=str(path), field=error.field, value=error.value
            ) from None
