"""World: a benchmark economy, countries x sectors, whose accounts add up."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from multipolar.errors import InputError, did_you_mean
from multipolar.world import accounts
from multipolar.world.files import read_netcdf, write_netcdf
from multipolar.world.labels import Selector, pick_countries, pick_group, pick_sectors

Array = NDArray[np.float64]

DIMS: dict[str, tuple[str, ...]] = {
    "expenditure_share": ("sector", "exporter", "importer"),
    "expenditure": ("sector", "importer"),
    "input_share": ("input", "sector", "country"),
    "value_added_share": ("sector", "country"),
    "consumption_share": ("sector", "country"),
    "value_added": ("country",),
    "transfer": ("country",),
    "tariff": ("sector", "exporter", "importer"),
    "trade_elasticity": ("sector",),
}

UNITS = {
    "expenditure": "million USD a year, at the prices the importer pays",
    "value_added": "million USD a year",
    "transfer": "million USD a year, positive = deficit",
    "tariff": "ad valorem fraction",
}


@dataclass(frozen=True, eq=False)
class World:
    """A benchmark economy before anyone acts. Immutable.

    `data` is a dataset of float64 arrays with the dims of `DIMS`; each is a property here too.
    Flows are in million USD at the prices the importer pays, tariff included. Build one with
    `load`, `from_arrays` or `from_flows`; `check` states the accounting identities.
    """

    _data: xr.Dataset

    def __post_init__(self) -> None:
        for name in DIMS:
            self._data[name].values.flags.writeable = False
        _check_labels(self._data)

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
        """The year it stands for, if stated."""
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
        """Trade elasticity theta (sector), of tariff-inclusive shares to cost."""
        return self._data["trade_elasticity"]

    @cached_property
    def trade(self) -> xr.DataArray:
        """Flows (sector, exporter, importer), million USD at importer prices, home sales too."""
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
        """First 16 hex digits of the SHA-256 of labels and arrays: names the numbers used."""
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

    # --- questions of labels -----------------------------------------------------------------

    def pick_countries(self, selector: Selector) -> list[int]:
        """Positions of the countries that a selector names (code, name, bloc, list, "*")."""
        return pick_countries(selector, self.countries)

    def pick_goods(self) -> list[int]:
        """Positions of the goods sectors; of all sectors where the world has none so named."""
        return pick_group(self.sectors)

    def pick_sectors(self, selector: Selector) -> list[int]:
        """Positions of the sectors that a selector names (code, name, group, list, "*")."""
        return pick_sectors(selector, self.sectors)

    # --- laws --------------------------------------------------------------------------------

    def check(self, tolerance: float = 1e-9) -> "World":
        """Return the world if its accounts hold to `tolerance` (relative); raise `InputError`.

        Shares sum to 1; nothing is NaN or negative (but transfers); every purchased cell has a
        supplier; output = sales and income = spending + transfer; transfers sum to zero.
        """
        accounts.check(self.arrays(), self.countries, self.sectors, tolerance, self.name)
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
        taken as rounding in the source and moved into value added; a larger one raises
        `InputError`, as do NaN, negative shares, shares that do not sum to 1, and shapes that do
        not fit the labels.
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
        values = {key: _numbers(array, key, name) for key, array in given.items()}
        _check_shapes(values, countries, sectors, name)
        accounts.check_shares(values, countries, sectors, 1e-9, name)
        values |= accounts.spending_from_shares(values, countries, name, rounding)
        return cls(_dataset(values, countries, sectors, name, year)).check()

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
    ) -> "World":
        """Build a world from an input-output table.

        `sales` [sector, exporter, importer] at basic prices (before tariff); `intermediate_use`
        [input, sector, country], spending of firms at the prices they pay. Everything else,
        transfers too, is what these imply. Raises `InputError` for NaN, negative flows, inputs
        dearer than output, and purchases that do not cover what firms use.
        """
        flows = _numbers(sales, "sales", name)
        levy = np.zeros_like(flows) if tariff is None else _numbers(tariff, "tariff", name)
        use = _numbers(intermediate_use, "intermediate_use", name)
        theta = _numbers(trade_elasticity, "trade_elasticity", name)
        given = {"sales": flows, "intermediate_use": use, "tariff": levy}
        _check_shapes(given | {"trade_elasticity": theta}, countries, sectors, name)
        values = accounts.shares_from_flows(flows, use, levy, countries, sectors, name)
        values |= {"tariff": levy, "trade_elasticity": theta}
        return cls(_dataset(values, countries, sectors, name, year)).check()

    def with_elasticity(self, trade_elasticity: ArrayLike) -> "World":
        """The same accounts under other trade elasticities (sector)."""
        theta = np.asarray(trade_elasticity, dtype=float)
        if theta.shape != (len(self.sectors),) or not (np.isfinite(theta) & (theta > 0)).all():
            raise InputError(
                f"needs {len(self.sectors)} positive numbers, one a sector",
                field="trade_elasticity",
            )
        return World(self._data.assign(trade_elasticity=("sector", theta)))

    def without_tariffs(self) -> "World":
        """The same flows before tariff, free of benchmark tariffs: the switch for zero.

        What firms paid in tariffs on inputs returns to value added, what households paid leaves
        their spending; output does not move.
        """
        levy = 1 + self.tariff.values
        sales = self.trade.values / levy
        before_tariff = sales.sum(1) / np.where(self.expenditure > 0, self.expenditure, 1.0)
        use = accounts.intermediate_use(self.arrays()) * before_tariff[:, None, :]
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
        """Load a world that ships (by name) or a NetCDF file that `save` wrote.

        Raises `InputError` for an unknown name and for a file that is missing, unreadable,
        truncated, or not a world.
        """
        if not isinstance(name, str | os.PathLike):
            raise InputError(f"{name!r} is no name of a world", field="world", value=name)
        text = os.fspath(name)
        folder = files("multipolar.world") / "data"
        shipped = sorted(f.name[:-3] for f in folder.iterdir() if f.name.endswith(".nc"))
        if text in shipped:
            with as_file(folder / f"{text}.nc") as path:
                return cls._read(path)
        if not Path(text).exists():
            hint = did_you_mean(text, shipped) or f"; worlds that ship: {', '.join(shipped)}"
            raise InputError(f"no world and no file of this name{hint}", file=text, field="world")
        world = cls._read(Path(text))
        try:
            return world.check()
        except InputError as error:
            raise InputError(
                error.reason, file=text, field=error.field, value=error.value
            ) from None

    @classmethod
    def _read(cls, path: Path) -> "World":
        data = read_netcdf(path, "a world")
        missing = [name for name in DIMS if name not in data]
        if missing:
            raise InputError(f"is not a world: no variable {missing[0]!r}", file=str(path))
        for name, dims in DIMS.items():
            if set(data[name].dims) != set(dims):
                raise InputError(
                    f"has dims {tuple(data[name].dims)}; {dims} are needed",
                    file=str(path),
                    field=name,
                )
            if data[name].dtype.kind != "f":
                raise InputError("does not hold numbers", file=str(path), field=name)
        ordered = data.assign({name: data[name].transpose(*dims) for name, dims in DIMS.items()})
        try:
            return cls(ordered)
        except InputError as error:
            raise error.located(file=str(path)) from None


def _dataset(
    values: Mapping[str, Array],
    countries: Sequence[str],
    sectors: Sequence[str],
    name: str,
    year: int | None,
) -> xr.Dataset:
    country, sector = [str(c) for c in countries], [str(s) for s in sectors]
    labels = {
        "sector": sector,
        "input": sector,
        "exporter": country,
        "importer": country,
        "country": country,
    }
    attrs: dict[str, Any] = {"name": name} | ({} if year is None else {"year": year})
    arrays = {
        key: xr.DataArray(
            np.array(values[key]), dims=dims, attrs={"units": UNITS.get(key, "fraction")}
        )
        for key, dims in DIMS.items()
    }
    return xr.Dataset(arrays, coords=labels, attrs=attrs)


def _numbers(array: ArrayLike, field: str, name: str) -> Array:
    try:
        return np.asarray(array, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"does not hold numbers ({error})", file=name, field=field) from None


def _check_labels(data: xr.Dataset) -> None:
    """Every axis carries the same countries, or the same sectors, in the same order."""
    for axis, kind in (("exporter", "country"), ("importer", "country"), ("input", "sector")):
        for name in (axis, kind):
            if name not in data.coords:
                raise InputError("has no labels", field=name)
        if not np.array_equal(data[axis].values, data[kind].values):
            raise InputError(f"labels differ from those of {kind!r}", field=axis)


def _check_shapes(
    values: Mapping[str, Array], countries: Sequence[str], sectors: Sequence[str], name: str
) -> None:
    for labels, kind in ((countries, "country"), (sectors, "sector")):
        if not len(labels):
            raise InputError(f"a world needs at least one {kind}", file=name, field=kind)
        repeated = [label for label in labels if list(labels).count(label) > 1]
        if repeated:
            raise InputError(f"the {kind} {repeated[0]!r} is listed twice", file=name, field=kind)
    length = {"sector": len(sectors), "input": len(sectors)}
    for key, array in values.items():
        dims = {"sales": DIMS["tariff"], "intermediate_use": DIMS["input_share"]}.get(key)
        dims = dims or DIMS[key]
        shape = tuple(length.get(dim, len(countries)) for dim in dims)
        if array.shape != shape:
            order = ", ".join(dims)
            raise InputError(
                f"has shape {array.shape}; {shape} is needed ({order})", file=name, field=key
            )
