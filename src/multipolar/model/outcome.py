"""Outcome: what the model found, labelled, with units, status and assumptions."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multipolar.errors import InputError, NotConverged
from multipolar.model import groups
from multipolar.model.assumptions import Assumptions
from multipolar.model.frames import tidy, write_parquet
from multipolar.world.arrays import SAME_LABELS
from multipolar.world.files import read_netcdf, write_netcdf
from multipolar.world.labels import Selector
from multipolar.world.naming import check_labels

Array = NDArray[np.float64]

C, SC, SII = ("country",), ("sector", "country"), ("sector", "exporter", "importer")
CHANGE = "fraction of benchmark, 0.01 = +1 %"
NOMINAL = f"{CHANGE}; world value added is the numeraire"
LEVEL = "million USD a year; world value added is the numeraire"

# name: (dims, unit, what it is). The table in docs/equations.md is printed from this one.
CONTENTS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "real_income": (C, CHANGE, "income over consumer prices, change"),
    "welfare": (C, CHANGE, "real income less the cost of labour, change"),
    "price_index": (C, NOMINAL, "consumer price index, change"),
    "wage": (C, NOMINAL, "wage (return to value added), change"),
    "real_wage": (C, CHANGE, "wage over consumer prices, change"),
    "employment": (C, CHANGE, "labour employed, change"),
    "unemployment": (C, "fraction", "of those who would work, who find none; wages have a floor"),
    "price": (SC, NOMINAL, "price of a sector's bundle to buyers, change"),
    "unit_cost": (SC, NOMINAL, "unit cost of production, change"),
    "output": (SC, LEVEL, "output at basic prices, after"),
    "output_before": (SC, LEVEL, "output at basic prices, benchmark"),
    "output_volume": (SC, CHANGE, "quantity produced, change"),
    "trade": (SII, LEVEL, "flows at importer prices, tariff included, after; home sales included"),
    "trade_before": (SII, LEVEL, "the same, benchmark"),
    "exports": (C, LEVEL, "exports before the importer's tariff, after"),
    "exports_before": (C, LEVEL, "the same, benchmark"),
    "imports": (C, LEVEL, "imports before tariff, after"),
    "imports_before": (C, LEVEL, "the same, benchmark"),
    "tariff": (SII, "ad valorem fraction", "tariff after the policy"),
    "tariff_before": (SII, "ad valorem fraction", "benchmark tariff"),
    "tariff_revenue": (C, LEVEL, "tariff revenue, after"),
    "tariff_revenue_before": (C, LEVEL, "tariff revenue, benchmark"),
    "export_tax_revenue": (C, LEVEL, "export tax revenue, after"),
    "profits": (C, LEVEL, "profits of firms, after; zero except under fixed firms"),
    "rent": (C, LEVEL, "margins on leaked goods, discounts, capped sales: received less paid"),
    "income": (C, LEVEL, "value added, profits, revenue, transfers and rent, after"),
    "income_before": (C, LEVEL, "the same, benchmark"),
    "transfer": (C, LEVEL, "transfers received, after"),
    "terms_of_trade": (C, CHANGE, "first-order welfare effect through export and import prices"),
    "volume_of_trade": (C, CHANGE, "first-order welfare effect through taxed import volumes"),
}


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the model found. Immutable.

    Every name in `CONTENTS` is an attribute, a labelled array with its unit. `status` is
    "converged" or says what went wrong; in that case reading a number raises `NotConverged`.
    `residual` is the largest relative failure of any equilibrium condition; `seconds` is the time.
    """

    world: str
    checksum: str
    policy: str
    assumptions: Assumptions
    status: str
    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    residual: float = math.nan
    iterations: int = 0
    seconds: float = 0.0
    values: Mapping[str, Array] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.values, dict):  # `Quantities` are read-only already
            return
        for array in self.values.values():
            array.flags.writeable = False
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    @property
    def converged(self) -> bool:
        """Whether the numbers are an equilibrium."""
        return self.status == "converged"

    @property
    def data(self) -> xr.Dataset:
        """Everything as one dataset, with units; raises `NotConverged` without an equilibrium.

        The labels are copies, the arrays read-only views.
        """
        return self._data.copy(deep=False)

    @cached_property
    def _data(self) -> xr.Dataset:
        if not self.converged:
            raise NotConverged(f"this outcome has no numbers: {self.status}")
        country, sector = list(self.countries), list(self.sectors)
        labels = {"sector": sector, "country": country, "exporter": country, "importer": country}
        arrays = {
            name: xr.DataArray(
                self.values[name], dims=dims, attrs={"units": unit, "long_name": title}
            )
            for name, (dims, unit, title) in CONTENTS.items()
        }
        about = {
            "world": self.world,
            "world_checksum": self.checksum,
            "policy": self.policy,
            "assumptions": json.dumps(self.assumptions.as_dict()),
            "status": self.status,
            "residual": self.residual,
            "iterations": self.iterations,
            "seconds": self.seconds,
        }
        return xr.Dataset(arrays, coords=labels, attrs=about)

    def __getattr__(self, name: str) -> xr.DataArray:
        if name in CONTENTS:
            return self._data[name]
        raise AttributeError(f"an outcome has no {name!r}; it has {', '.join(CONTENTS)}")

    def border_trade(self, when: str = "after") -> xr.DataArray:
        """Flows (sector, exporter, importer) before tariff, million USD, "before" or "after"."""
        if when not in ("before", "after"):
            raise InputError(f"{when!r} is not known; choose before or after", field="when")
        suffix = "" if when == "after" else "_before"
        flow = self.data[f"trade{suffix}"] / (1 + self.data[f"tariff{suffix}"])
        return flow.assign_attrs(units=LEVEL)

    def table(self, countries: str | Sequence[Selector] | None = None) -> pd.DataFrame:
        """A table for people: units in the headings, largest real-income loss first.

        `countries`: codes, names or blocs (default: every country), one row each in the order
        given. A bloc's row is for its members together; its trade is that across its border.
        Raises `InputError` for a name that is not in this world.
        """
        if not self.converged:
            raise NotConverged(f"this outcome has no numbers: {self.status}")
        asked = [countries] if isinstance(countries, str) else countries
        rows = groups.national(self) if asked is None else groups.rows_of(self, asked)
        table = pd.DataFrame(
            {
                "real income, % change": 100 * rows["real_income"],
                "consumer prices, % change": 100 * rows["price_index"],
                "wage, % change": 100 * rows["wage"],
                "exports, % change": 100 * (rows["exports"] / rows["exports_before"] - 1),
                "imports, % change": 100 * (rows["imports"] / rows["imports_before"] - 1),
                "tariff revenue, bn USD": rows["tariff_revenue"] / 1e3,
                "terms of trade, % of income": 100 * rows["terms_of_trade"],
                "volume of trade, % of income": 100 * rows["volume_of_trade"],
            }
        )
        if self.assumptions.wages == "floor":
            table.insert(3, "without work, %", 100 * rows["unemployment"])
        table = table.sort_values("real income, % change") if asked is None else table
        table.attrs["assumptions"] = self.assumptions.sentence()
        return table

    def __repr__(self) -> str:
        return (
            f"<Outcome {self.status} on {self.world or 'an unnamed world'}: {self.policy}; "
            f"{self._in_a_word()}{self.assumptions.sentence()}; residual {self.residual:.1e}, "
            f"{self.iterations} passes, {1e3 * self.seconds:.0f} ms>"
        )

    def _in_a_word(self) -> str:
        """Real income of all countries together; empty where there are no numbers."""
        if not self.converged:
            return ""
        income, change = self.values["income_before"], self.values["real_income"]
        together = 100 * float(income @ change) / float(income.sum())
        return f"real income of its {len(self.countries)} countries together {together:+.2f} %; "

    def _repr_html_(self) -> str:
        """The table, in a notebook; if there is none, what went wrong."""
        told = f"<p>{escape(repr(self))}</p>"
        return told + self.table().round(2).to_html() if self.converged else told

    def to_pandas(self, what: str = "countries") -> pd.DataFrame:
        """A tidy table of "countries", "sectors" or "trade" (flows by sector and pair).

        Labels are in the first columns, then every quantity with these dims; fractions and million
        USD as in `data`, the units in `attrs["units"]`. Raises `InputError` for another table and
        `NotConverged` without an equilibrium.
        """
        return tidy(self._data, what)

    def to_parquet(self, path: str | os.PathLike[str], what: str = "countries") -> Path:
        """Write one of the tables of `to_pandas` as Parquet, whole or not at all."""
        return write_parquet(self.to_pandas(what), path)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the outcome as NetCDF, whole or not at all."""
        return write_netcdf(self.data, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Outcome":
        """Read an outcome that `save` wrote.

        Raises `InputError` for a file that is not an outcome, and for one that was altered and
        cannot be right: numbers that are not finite, other dims, labels that disagree.
        """
        data = read_netcdf(path, "an outcome")
        try:
            _check_saved(data)
            about = {name: data.attrs[name] for name in SAVED}
            assumptions = Assumptions.from_dict(json.loads(str(about["assumptions"])))
            residual, passes, seconds = (
                float(about[name]) for name in ("residual", "iterations", "seconds")
            )
            if not (math.isfinite(residual) and residual >= 0 and math.isfinite(passes)):
                raise InputError("is not the residual of an equilibrium", field="residual")
        except InputError as error:
            raise InputError(error.reason, file=str(path), field=error.field) from None
        except (KeyError, TypeError, ValueError) as error:
            reason = f"is not an outcome: {error} is missing or makes no sense"
            raise InputError(reason, file=str(path)) from None
        return cls(
            world=str(about["world"]),
            checksum=str(about["world_checksum"]),
            policy=str(about["policy"]),
            assumptions=assumptions,
            status=str(about["status"]),
            residual=residual,
            iterations=int(passes),
            seconds=seconds,
            countries=tuple(data["country"].values.tolist()),
            sectors=tuple(data["sector"].values.tolist()),
            values={name: data[name].values for name in CONTENTS},
        )


SAVED = ("world", "world_checksum", "policy", "assumptions", "status", "residual", "iterations",
         "seconds")  # fmt: skip


def _check_saved(data: xr.Dataset) -> None:
    """Refuse a dataset that is not a saved outcome."""
    for name, (dims, _, _) in CONTENTS.items():
        if name not in data:
            raise InputError(f"is not an outcome: no variable {name!r}")
        if data[name].dims != dims:
            raise InputError(f"has dims {data[name].dims}; {dims} are needed", field=name)
        if data[name].dtype.kind != "f" or not np.isfinite(data[name].values).all():
            raise InputError("holds a value that is not a finite number", field=name)
    for axis, kind in SAME_LABELS.items():
        if axis in data.dims and not np.array_equal(data[axis].values, data[kind].values):
            raise InputError(f"labels differ from those of {kind!r}", field=axis)
    for kind in ("country", "sector"):
        check_labels(data[kind].values.tolist(), kind)
    if data.attrs.get("status") != "converged":
        raise InputError("is not that of an outcome that converged", field="status")
