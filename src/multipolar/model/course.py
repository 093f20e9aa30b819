"""Course: a path as one labelled dataset with a time axis, and how people read it."""

import datetime as dt
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.model.assumptions import Assumptions
from multipolar.model.frames import tidy, write_parquet
from multipolar.model.outcome import CHANGE, CONTENTS, SC, SII, C, Outcome
from multipolar.policy.calendar import Dated, Period
from multipolar.world import World
from multipolar.world.files import read_netcdf, write_netcdf
from multipolar.world.labels import Selector, pick_countries, pick_group, pick_sectors

Array = NDArray[np.float64]

# Quantities of an `Outcome` that a path keeps of each period, and those of the benchmark.
KEPT = ("real_income", "price_index", "wage", "real_wage", "employment", "exports", "imports",
        "tariff_revenue", "income", "price", "output", "output_volume")  # fmt: skip
BEFORE = ("exports_before", "imports_before", "tariff_revenue_before", "income_before",
          "output_before")  # fmt: skip
SHOWN = 6  # economies that a notebook shows
ANY_YEAR = 1.0  # a path's elasticities are those of a horizon of years, not of the long run
TRADE = "million USD a year, before tariff; world value added is the numeraire"


@dataclass(frozen=True)
class Mark:
    """A day on which an act begins or ends."""

    day: dt.date
    text: str


@dataclass(frozen=True, eq=False)
class Course:
    """What the economy does period by period. Immutable.

    `data` has the dims time, country, sector, exporter and importer; `time` is the first day of a
    period, and `label`, `end`, `years`, `residual` and `passes` belong to it. Changes are fractions
    of the benchmark; flows are million USD at annual rates, also in a quarter. `trade` is before
    tariff, so that periods with different tariffs compare. Its variables are attributes. `state` is
    what the last period left behind, from which a path goes on (`path(..., start=course)`).
    """

    data: xr.Dataset
    assumptions: Assumptions
    marks: tuple[Mark, ...] = ()
    seconds: float = field(default=math.nan)
    state: xr.Dataset | None = field(default=None, repr=False)

    def __getattr__(self, name: str) -> xr.DataArray:
        if name != "data" and name in self.data:
            return self.data[name]
        known = "" if name == "data" else f"; it has {', '.join(map(str, self.data))}"
        raise AttributeError(f"a path has no {name!r}{known}")

    @property
    def countries(self) -> list[str]:
        """The codes of the world's countries."""
        return [str(code) for code in self.data["country"].values]

    @property
    def labels(self) -> list[str]:
        """The periods as they are written, such as 2025Q1."""
        return [str(label) for label in self.data["label"].values]

    def income(self, whose: Selector) -> pd.Series:
        """Change of the real income of countries together, a fraction, by period."""
        at = pick_countries(whose, self.countries)
        weight = self.data["income_before"].values[at]
        change = self.data["real_income"].values[:, at] @ weight / weight.sum()
        return pd.Series(change, pd.Index(self.labels, name="period"))

    def flow(
        self,
        exporter: Selector,
        importer: Selector,
        sectors: str | Sequence[str] = "goods",
    ) -> pd.Series:
        """Trade between two sides before tariff, million USD a year, by period; "before" is first.

        Sales at home are left out.
        """
        countries, known = self.countries, self.data["sector"].values.tolist()
        what = pick_group(known) if sectors == "goods" else pick_sectors(sectors, known)
        i = np.array(pick_countries(exporter, countries))
        n = np.array(pick_countries(importer, countries))
        abroad = i[:, None] != n
        cells = np.ix_(np.array(what), i, n)
        before = (self.data["trade_before"].values[cells] * abroad).sum()
        whole = self.data["trade"].values
        each = [(period[cells] * abroad).sum() for period in whole]
        return pd.Series([before, *each], pd.Index(["before", *self.labels], name="period"))

    def table(self, countries: Sequence[Selector] = ("USA", "CHN")) -> pd.DataFrame:
        """Real income by period for people, % change; a column for each country or bloc."""
        return pd.DataFrame({f"{whose}, % change": 100 * self.income(whose) for whose in countries})

    def sentence(self) -> str:
        """The assumptions in one readable line."""
        told = self.data.attrs.get("anticipation")
        return along_a_path(self.assumptions) + (
            f", {anticipated(**json.loads(told))}" if told else ""
        )

    def worth(self, whose: Selector, other: "Course") -> float:
        """Real income here less that on another path, million USD over all periods together."""
        at = pick_countries(whose, self.countries)
        gap = (self.data["real_income"].values - other.data["real_income"].values)[:, at]
        return float(self.data["years"].values @ (gap @ self.data["income_before"].values[at]))

    def __repr__(self) -> str:
        labels = self.labels
        return (
            f"<Course {labels[0]} to {labels[-1]}, {len(labels)} periods on "
            f"{self.data.attrs['world'] or 'an unnamed world'}; {self.sentence()}; "
            f"residual {float(self.data['residual'].max()):.1e}, {self.seconds:.1f} s>"
        )

    def to_pandas(self, what: str = "countries") -> pd.DataFrame:
        """A tidy table by period of "countries", "sectors" or "trade", as `Outcome.to_pandas`.

        `time` is the first day of a period.
        """
        return tidy(self.data, what)

    def to_parquet(self, path: str | os.PathLike[str], what: str = "countries") -> Path:
        """Write one of the tables of `to_pandas` as Parquet, whole or not at all."""
        return write_parquet(self.to_pandas(what), path)

    def _repr_html_(self) -> str:
        """Real income by period of the largest economies, in a notebook."""
        size = self.data["income_before"].to_series().nlargest(SHOWN).index
        return f"<p>{escape(repr(self))}</p>{self.table(list(size)).round(2).to_html()}"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the path as NetCDF, whole or not at all."""
        if self.state is None:
            return write_netcdf(self.data, path)
        return write_netcdf(self.data.merge(self.state.rename(_TO_FILE)), path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Course":
        """Read a path that `save` wrote; raises `InputError` for any other file."""
        data = read_netcdf(path, "a path")
        try:
            assumptions = Assumptions.from_dict(json.loads(str(data.attrs["assumptions"])))
            told = json.loads(str(data.attrs["marks"]))
            marks = tuple(Mark(dt.date.fromisoformat(day), text) for day, text in told)
            seconds = float(data.attrs["seconds"])
        except (KeyError, ValueError, TypeError):
            raise InputError("is not a path that was saved", file=str(path)) from None
        missing = [name for name in (*KEPT, *BEFORE, "trade", "label") if name not in data]
        if missing:
            raise InputError(f"is not a path: no variable {missing[0]!r}", file=str(path))
        state = None
        if all(name in data for name in _TO_FILE.values()):
            state = data[list(_TO_FILE.values())].rename({v: k for k, v in _TO_FILE.items()})
            data = data.drop_vars(list(_TO_FILE.values()))
        return cls(data, assumptions, marks, seconds, state)


# What a period leaves behind: logs of changes from the benchmark, except where it says more.
STATE: dict[str, tuple[str, ...]] = {
    "wage": C, "cost": SC, "spending": SC,  # where the search ended; spending is log million USD
    "habit": SII, "lost": SC,  # as in `sourcing.Habits`
    "stock": C,  # capital of the next period over the benchmark's
}  # fmt: skip
_TO_FILE = {name: f"state_{name}" for name in STATE}


def anticipated(discount: float, weight: float) -> str:
    """How announced acts are anticipated, in words."""
    some = "" if weight == 1 else f" by {100 * weight:g} % of buyers"
    return f"announced acts anticipated{some} at a discount of {100 * discount:g} % a year"


def along_a_path(assumptions: Assumptions) -> str:
    """The assumptions of a path in one line."""
    said = replace(assumptions, horizon=ANY_YEAR).sentence()
    return said.replace(f", after {ANY_YEAR:g} year", ", growing along the path")


def record(outcome: Outcome, capital: Array | None = None) -> dict[str, Any]:
    """The numbers of a period that a path keeps."""
    values = outcome.values
    kept: dict[str, Any] = {name: values[name] for name in KEPT}
    kept["trade"] = values["trade"] / (1 + values["tariff"])
    kept |= {name: getattr(outcome, name) for name in ("residual", "seconds")}
    kept["passes"] = outcome.iterations
    return kept if capital is None else {**kept, "capital": capital - 1}


def course_of(
    world: World,
    acts: Sequence[Dated],
    steps: Sequence[Period],
    assumptions: Assumptions,
    told: Sequence[Mapping[str, Any]],
    options: Mapping[str, str],
    state: xr.Dataset | None = None,
) -> Course:
    """The path that its periods' numbers make; `options` are kept among its attributes."""
    marks = marks_of(acts, steps[0].start, steps[-1].end)
    about = {
        "world": world.name,
        "world_checksum": world.checksum,
        "assumptions": json.dumps(assumptions.as_dict()),
        **options,
    }
    data = _dataset(world, steps, told).assign_attrs(about)
    return marked(data, assumptions, marks, sum(period["seconds"] for period in told), state)


def marked(
    data: xr.Dataset,
    assumptions: Assumptions,
    marks: tuple[Mark, ...],
    seconds: float,
    state: xr.Dataset | None,
) -> Course:
    """A path of these data, whose marks and time of solution are among its attributes."""
    told = json.dumps([(mark.day.isoformat(), mark.text) for mark in marks])
    about = {"marks": told, "seconds": seconds}
    return Course(data.assign_attrs(about), assumptions, marks, seconds, state)


def _dataset(
    world: World, steps: Sequence[Period], told: Sequence[Mapping[str, Any]]
) -> xr.Dataset:
    def over_time(name: str, dims: tuple[str, ...], unit: str, title: str) -> xr.DataArray:
        numbers = np.stack([np.asarray(period[name]) for period in told])
        return xr.DataArray(
            numbers, dims=("time", *dims), attrs={"units": unit, "long_name": title}
        )

    arrays = {name: over_time(name, *CONTENTS[name]) for name in KEPT}
    arrays["trade"] = over_time("trade", SII, TRADE, "flows before tariff")
    if "capital" in told[0]:
        arrays["capital"] = over_time("capital", C, CHANGE, "capital, change")
    before = {
        "exports_before": world.abroad[0],
        "imports_before": world.abroad[1],
        "tariff_revenue_before": world.tariff_revenue.values,
        "income_before": world.value_added.values
        + world.tariff_revenue.values
        + world.transfer.values,
        "output_before": world.output.values,
    }
    for name, values in before.items():
        dims, unit, title = CONTENTS[name]
        arrays[name] = xr.DataArray(values, dims=dims, attrs={"units": unit, "long_name": title})
    arrays["trade_before"] = xr.DataArray(
        world.trade.values / (1 + world.tariff.values),
        dims=SII,
        attrs={"units": TRADE, "long_name": "the same, benchmark"},
    )
    of_time = {
        "label": [step.label for step in steps],
        "end": np.array([step.end for step in steps], dtype="datetime64[ns]"),
        "years": [step.years for step in steps],
        "residual": [period["residual"] for period in told],
        "passes": [period["passes"] for period in told],
    }
    country, sector = world.countries, world.sectors
    return xr.Dataset(
        arrays,
        coords={
            "time": np.array([step.start for step in steps], dtype="datetime64[ns]"),
            "country": country, "sector": sector, "exporter": country, "importer": country,
            **{name: ("time", values) for name, values in of_time.items()},
        },
    )  # fmt: skip


def marks_of(acts: Sequence[Dated], first: dt.date, last: dt.date) -> tuple[Mark, ...]:
    """The days from `first` until before `last` on which acts begin or end; one mark for each."""
    days: dict[dt.date, list[str]] = {}
    for act in acts:
        for day, verb in ((act.start, "begins"), (act.until, "ends")):
            if day is not None and first <= day < last:
                days.setdefault(day, []).append(f"{act.name or 'an act'} {verb}")
    return tuple(Mark(day, "; ".join(days[day])) for day in sorted(days))
