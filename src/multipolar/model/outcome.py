"""Outcome: what the model found, labelled, with units, status and assumptions."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multipolar.errors import InputError, NotConverged
from multipolar.model import equilibrium as eq
from multipolar.model.variants import Assumptions
from multipolar.policy import Wedges
from multipolar.world import World
from multipolar.world.world import read_netcdf, write_netcdf

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
    "employment": (C, CHANGE, "labour supplied, change"),
    "price": (SC, NOMINAL, "price of a sector's bundle to buyers, change"),
    "unit_cost": (SC, NOMINAL, "unit cost of production, change"),
    "output": (SC, LEVEL, "output at basic prices, after"),
    "output_before": (SC, LEVEL, "output at basic prices, benchmark"),
    "output_volume": (SC, CHANGE, "quantity produced, change"),
    "trade": (SII, LEVEL, "flows at importer prices, tariff included, after; home sales too"),
    "trade_before": (SII, LEVEL, "the same, benchmark"),
    "tariff": (SII, "ad valorem fraction", "tariff after the policy"),
    "tariff_before": (SII, "ad valorem fraction", "benchmark tariff"),
    "tariff_revenue": (C, LEVEL, "tariff revenue, after"),
    "tariff_revenue_before": (C, LEVEL, "tariff revenue, benchmark"),
    "export_tax_revenue": (C, LEVEL, "export tax revenue, after"),
    "income": (C, LEVEL, "value added, revenue and transfers, after"),
    "income_before": (C, LEVEL, "the same, benchmark"),
    "transfer": (C, LEVEL, "transfers received, after"),
    "terms_of_trade": (C, CHANGE, "first-order welfare effect through export and import prices"),
    "volume_of_trade": (C, CHANGE, "first-order welfare effect through taxed import volumes"),
}


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the model found. Immutable.

    Every name in `CONTENTS` is an attribute, a labelled array with its unit. `status` is
    "converged" or says what went wrong, and then the numbers refuse to be read (`NotConverged`).
    `residual` is the largest relative failure of any equilibrium condition; `seconds` the solve.
    """

    world: str
    checksum: str
    policy: str
    assumptions: Assumptions
    status: str
    residual: float
    iterations: int
    seconds: float
    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    values: Mapping[str, Array] = field(repr=False)

    @property
    def converged(self) -> bool:
        """Whether the numbers are an equilibrium."""
        return self.status == "converged"

    @cached_property
    def data(self) -> xr.Dataset:
        """Everything as one dataset, with units; raises `NotConverged` if there is nothing."""
        if not self.converged:
            raise NotConverged(f"this outcome has no numbers: {self.status}")
        country, sector = list(self.countries), list(self.sectors)
        labels = {"sector": sector, "country": country, "exporter": country, "importer": country}
        arrays = {
            name: xr.DataArray(self.values[name], dims=dims, attrs={"units": unit, "title": title})
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
            return self.data[name]
        raise AttributeError(f"an outcome has no {name!r}; it has {', '.join(CONTENTS)}")

    @property
    def exports(self) -> xr.DataArray:
        """Exports (country) before the importer's tariff, million USD, after."""
        return self._crossing("trade", "tariff", "exporter")

    @property
    def imports(self) -> xr.DataArray:
        """Imports (country) before tariff, million USD, after."""
        return self._crossing("trade", "tariff", "importer")

    @property
    def exports_before(self) -> xr.DataArray:
        """Exports (country) before the importer's tariff, million USD, benchmark."""
        return self._crossing("trade_before", "tariff_before", "exporter")

    @property
    def imports_before(self) -> xr.DataArray:
        """Imports (country) before tariff, million USD, benchmark."""
        return self._crossing("trade_before", "tariff_before", "importer")

    def border_trade(self, when: str = "after") -> xr.DataArray:
        """Flows (sector, exporter, importer) before tariff, million USD, "before" or "after"."""
        suffix = {"after": "", "before": "_before"}[when]
        flow = self.data[f"trade{suffix}"] / (1 + self.data[f"tariff{suffix}"])
        return flow.assign_attrs(units=LEVEL)

    def _crossing(self, flow: str, levy: str, side: str) -> xr.DataArray:
        # Plain arrays: xarray's alignment would cost more than the solve.
        if not self.converged:
            raise NotConverged(f"this outcome has no numbers: {self.status}")
        border = self.values[flow] / (1 + self.values[levy])
        total = border.sum(axis=0)
        total = total - np.diag(np.diag(total))
        sums = total.sum(axis=1 if side == "exporter" else 0)
        return xr.DataArray(
            sums, {"country": list(self.countries)}, "country", attrs={"units": LEVEL}
        )

    def table(self, countries: list[str] | None = None) -> pd.DataFrame:
        """What a person reads: a row a country, largest real-income loss first, units on top."""
        rows = pd.DataFrame(
            {
                "real income, % change": 100 * self.real_income.to_series(),
                "consumer prices, % change": 100 * self.price_index.to_series(),
                "wage, % change": 100 * self.wage.to_series(),
                "exports, % change": 100 * (self.exports / self.exports_before - 1).to_series(),
                "imports, % change": 100 * (self.imports / self.imports_before - 1).to_series(),
                "tariff revenue, bn USD": self.tariff_revenue.to_series() / 1e3,
                "terms of trade, % of income": 100 * self.terms_of_trade.to_series(),
                "volume of trade, % of income": 100 * self.volume_of_trade.to_series(),
            }
        )
        rows = rows.sort_values("real income, % change")
        rows.attrs["assumptions"] = self.assumptions.sentence()
        return rows if countries is None else rows.loc[countries]

    def __repr__(self) -> str:
        return (
            f"<Outcome {self.status} on {self.world or 'an unnamed world'}: {self.policy}; "
            f"{self.assumptions.sentence()}; residual {self.residual:.1e}, "
            f"{self.iterations} passes, {1e3 * self.seconds:.0f} ms>"
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the outcome as NetCDF, whole or not at all."""
        return write_netcdf(self.data, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Outcome":
        """Read an outcome that `save` wrote; `InputError` if it is not one."""
        data = read_netcdf(Path(path), "an outcome")
        missing = [name for name in CONTENTS if name not in data]
        if missing:
            raise InputError(f"is not an outcome: no variable {missing[0]!r}", file=str(path))
        about = data.attrs
        return cls(
            world=str(about["world"]),
            checksum=str(about["world_checksum"]),
            policy=str(about["policy"]),
            assumptions=Assumptions.from_dict(json.loads(about["assumptions"])),
            status=str(about["status"]),
            residual=float(about["residual"]),
            iterations=int(about["iterations"]),
            seconds=float(about["seconds"]),
            countries=tuple(str(c) for c in data["country"].values),
            sectors=tuple(str(s) for s in data["sector"].values),
            values={name: data[name].values for name in CONTENTS},
        )


def describe(
    world: World, wedges: Wedges, economy: eq.Economy, state: eq.State
) -> dict[str, Array]:
    """Everything in `CONTENTS` from a solved state; plain arrays."""
    f, purchases = eq.solved(economy, state)
    trade = np.asarray(purchases)
    before = world.trade.values
    a = world.arrays()
    income = np.asarray(f.income)
    income_before = a["value_added"] + world.tariff_revenue.values + a["transfer"]
    cpi, w = np.asarray(f.prices.cpi), np.asarray(state.w)
    real_income = income / income_before / np.exp(cpi)
    made = a["expenditure"] > 0
    price = np.where(made, np.expm1(np.asarray(f.prices.price)), 0.0)
    cost = np.where(world.output.values > 0, np.expm1(np.asarray(state.c)), 0.0)
    output, output_before = np.asarray(f.Y), world.output.values
    volume = output / np.where(output_before > 0, output_before, 1.0) / (1 + cost)
    out = {
        "real_income": real_income - 1,
        "welfare": _welfare(economy, real_income, income_before, f, w),
        "price_index": np.expm1(cpi),
        "wage": np.expm1(w),
        "real_wage": np.expm1(w - cpi),
        "employment": np.asarray(f.L) - 1,
        "price": price,
        "unit_cost": cost,
        "output": output,
        "output_before": output_before,
        "output_volume": np.where(output_before > 0, volume - 1, 0.0),
        "trade": trade,
        "trade_before": before,
        "tariff": wedges.tariff,
        "tariff_before": a["tariff"],
        "tariff_revenue": np.asarray(f.R),
        "tariff_revenue_before": world.tariff_revenue.values,
        "export_tax_revenue": np.asarray(f.E),
        "income": income,
        "income_before": income_before,
        "transfer": np.asarray(f.D),
    }
    tot, vot = linear_welfare(out)
    return out | {"terms_of_trade": tot, "volume_of_trade": vot}


def _welfare(
    economy: eq.Economy, real_income: Array, income_before: Array, f: eq.Flows, w: Array
) -> Array:
    """Change of consumption less the cost of labour, in units of consumption  [n].

    Preferences without income effect on labour (as in Ignatenko et al. 2025): labour costs
    kappa / (1 + kappa) of net-of-tax real payroll. Equal to real income where labour is inelastic.
    """
    kappa = float(economy.kappa)
    cpi, L, keep = (np.asarray(part) for part in (f.prices.cpi, f.L, f.keep))
    before = kappa / (1 + kappa) * np.asarray(economy.VA) / keep
    after = before * keep * L * np.exp(w - cpi)
    change: Array = (real_income * income_before - after) / (income_before - before) - 1
    return change


def linear_welfare(values: Mapping[str, Array]) -> tuple[Array, Array]:
    """Terms of trade and volume of trade [n], fractions of benchmark income.

    Caliendo & Parro (2015, eq. 15 and Table 2), the first-order effect with changes as they are:
    ToT_n = [ sum_{s,m} x_mn (c_n - 1) - sum_{s,i} x_ni (c_i - 1) ] / I_n,
    VoT_n = sum_{s,i} tau_ni x_ni [ (x'/x - 1) - (c_i - 1) ] / I_n, with benchmark flows x and
    tariffs tau, x net of tariff. At large elasticities it strays far from the exact change.
    """
    x = values["trade_before"] / (1 + values["tariff_before"])
    after = values["trade"] / (1 + values["tariff"])
    c = values["unit_cost"]
    income = values["income_before"]
    sold = (x.sum(axis=2) * c).sum(axis=0)
    bought = np.einsum("sin,si->n", x, c)
    growth = after - x - x * c[:, :, None]
    vot = (values["tariff_before"] * growth).sum(axis=(0, 1))
    return (sold - bought) / income, vot / income
