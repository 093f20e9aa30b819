"""Rebasing: a world with the bilateral trade of another year, by iterative proportional fitting."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multipolar.errors import InputError, did_you_mean
from multipolar.progress import OnStep, quiet
from multipolar.world.balancing import DEAREST_INPUTS, affordable, at_basic_prices, fit_to_trade
from multipolar.world.files import is_file, read_text
from multipolar.world.labels import Selector, country_called
from multipolar.world.world import World

Array = NDArray[np.float64]

ROUNDS = 600
STEP = 25  # rounds between two looks at the fit
CLOSE = 1e-12  # of the targets' sum: nothing left to move
STALLED = 1e-4  # of the error: what the last rounds must still have taken away


@dataclass(frozen=True, eq=False)
class Rebased:
    """A world with other bilateral totals, and what moved.

    `report`: a row a number, all as fractions but where `unit` says otherwise. `pairs`: one row for
    each pair with a target, million USD at basic prices: `before`, `target`, `after`; those that
    moved most first.
    """

    world: World
    report: pd.DataFrame
    pairs: pd.DataFrame


def rebase(
    world: World,
    totals: xr.DataArray,
    *,
    sectors: Selector | None = None,
    valuation: float = 1.0,
    year: int | None = None,
    name: str = "",
    rounds: int = ROUNDS,
    on_step: OnStep = quiet,
) -> Rebased:
    """The world with bilateral totals of another year or source; outputs and technology stay.

    `totals` (exporter, importer), million USD, NaN where a pair is left free (also every pair that
    it lacks, and home); a country that the world does not have raises `InputError`. `sectors`:
    what the totals cover (default: goods; all sectors of a world without that group). `valuation`:
    value in this world, at basic prices, of one unit of the totals (world-2023 was fitted with 0.85
    to BACI's f.o.b. values, see docs/world.md).

    Flows are scaled in turn until the totals of pairs are met, firms' needs of every input are
    covered, and the sales of every producer are its output (iterative proportional fitting, Deming
    & Stephan 1940; Bacharach 1970). Zeros stay zeros. Tariffs keep their rates. Rebasing a world to
    its own totals changes nothing.
    """
    covered = world.pick_goods() if sectors is None else world.pick_sectors(sectors)
    chosen = np.isin(np.arange(len(world.sectors)), covered)
    target = valuation * _on(world, totals)
    sales, use = at_basic_prices(world)
    output, need = sales.sum(axis=2), use.sum(axis=1)
    flows, done = _fit(sales, output, need, target, chosen, rounds, on_step)
    levy = world.tariff.values
    # A world's own inputs may cost more than the usual ceiling; that is no reason to cut them.
    dearest = max(DEAREST_INPUTS, 1 - float(world.value_added_share.values.min()))
    rebased = World.from_flows(
        world.countries,
        world.sectors,
        sales=flows,
        intermediate_use=affordable(use, flows, levy, dearest),
        tariff=levy,
        trade_elasticity=world.trade_elasticity.values,
        name=name or f"{world.name}, rebased" + (f" to {year}" if year else ""),
        year=year or world.year,
        domestic_tariffs=True,
    )
    before, after = (block[chosen].sum(axis=0) for block in (sales, flows))
    pairs = _pairs(world, before, target, after)
    return Rebased(rebased, _report(world, rebased, pairs, done), pairs)


def _on(world: World, totals: xr.DataArray) -> Array:
    """Totals on the world's countries, NaN where there are none and at home."""
    if set(totals.dims) != {"exporter", "importer"}:
        raise InputError(f"has dims {totals.dims}; exporter, importer are needed", field="totals")
    for dim in ("exporter", "importer"):
        for label in map(str, totals[dim].values):
            if label not in world.countries:
                hint = did_you_mean(label, world.countries)
                raise InputError(f"this world has no country {label!r}{hint}", field="totals")
    target = totals.reindex(exporter=world.countries, importer=world.countries)
    wide = np.array(target.transpose("exporter", "importer").values, dtype=float)
    if (wide < 0).any() or np.isinf(wide).any():
        raise InputError("must be numbers of zero or more", field="totals")
    np.fill_diagonal(wide, np.nan)
    return wide


def _fit(
    flows: Array,
    output: Array,
    need: Array,
    target: Array,
    chosen: NDArray[np.bool_],
    rounds: int,
    on_step: OnStep,
) -> tuple[Array, int]:
    """Fitted flows, and the rounds they took; ends early when they stand still."""
    error, done = _error(flows, target, chosen), 0
    while done < rounds and error > CLOSE:
        on_step("fitting flows to the totals", done, rounds)
        flows = fit_to_trade(flows, output, need, target, chosen, min(STEP, rounds - done))
        done += STEP
        last, error = error, _error(flows, target, chosen)
        if abs(last - error) <= STALLED * error:
            break
    return flows, min(done, rounds)


def _error(flows: Array, target: Array, chosen: NDArray[np.bool_]) -> float:
    """Sum of misses of the totals over the sum of the totals."""
    miss = np.abs(flows[chosen].sum(axis=0) - target)
    return float(np.nansum(miss) / max(float(np.nansum(target)), 1e-300))


def _pairs(world: World, before: Array, target: Array, after: Array) -> pd.DataFrame:
    i, n = np.nonzero(np.isfinite(target))
    codes = np.array(world.countries)
    table = pd.DataFrame(
        {"exporter": codes[i], "importer": codes[n], "before": before[i, n],
         "target": target[i, n], "after": after[i, n]}
    )  # fmt: skip
    order = (table["after"] - table["before"]).abs().sort_values(ascending=False, kind="stable")
    return table.loc[order.index].reset_index(drop=True)


def _report(world: World, rebased: World, pairs: pd.DataFrame, rounds: int) -> pd.DataFrame:
    total = max(float(pairs["target"].sum()), 1e-300)
    miss = (pairs["after"] - pairs["target"]).abs()
    closed = (pairs["before"] <= 0) & (pairs["target"] > 0)
    old, new = world.output.values, rebased.output.values
    earned = rebased.value_added.values / world.value_added.values - 1
    final = [
        each.consumption_share.values * (each.expenditure.values.sum(0) - _inputs(each))
        for each in (world, rebased)
    ]
    rows = [
        ("pairs with a total", len(pairs), "pairs"),
        ("pairs whose total cannot be met, because nothing flows", int(closed.sum()), "pairs"),
        ("rounds", rounds, "rounds"),
        ("totals missed before", (pairs["before"] - pairs["target"]).abs().sum() / total, ""),
        ("totals missed after", miss.sum() / total, ""),
        ("largest miss after", miss.max() if len(pairs) else 0.0, "million USD"),
        ("trade of the pairs moved", (pairs["after"] - pairs["before"]).abs().sum() / total, ""),
        ("output moved, of world output", np.abs(new - old).sum() / old.sum(), ""),
        ("final spending moved, of the world's", np.abs(final[1] - final[0]).sum()
         / final[0].sum(), ""),
        (f"value added moved most, {world.countries[int(np.abs(earned).argmax())]}",
         float(np.abs(earned).max()), ""),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["what", "value", "unit"]).set_index("what")


def _inputs(world: World) -> Array:
    """What firms spend on inputs [country], million USD."""
    paid = (1 - world.value_added_share.values) * world.output.values
    return paid.sum(axis=0)


# --- totals from a file --------------------------------------------------------------------------

BACI = ("t", "i", "j", "k", "v")
COUNTRY_CODES = "country_codes_V*.csv"


def read_totals(
    path: str | Path,
    countries: Sequence[str],
    year: int | None = None,
    *,
    on_step: OnStep = quiet,
) -> xr.DataArray:
    """Bilateral totals (exporter, importer), million USD, from a CSV, for a world's `countries`.

    Columns exporter, importer, value (million USD), countries as ISO3 codes or names; lines that
    begin with # are skipped; with a column `year`, the rows of `year` count. Or a file of BACI as
    CEPII distributes it (t, i, j, k, v in thousand USD, by product), with `country_codes_V*.csv` in
    the same folder. Rows about one pair are added up; rows about countries that the world does
    not have are left out. Raises `InputError` naming file, line and column.
    """
    if not is_file(path):
        raise InputError("no file of this name", file=str(path))
    with Path(path).open(encoding="utf-8-sig", errors="replace") as file:
        header = [word.strip().strip('"') for word in file.readline().split(",")]
    table = _baci(Path(path), on_step) if tuple(header[:5]) == BACI else _plain(path, year)
    inside = table["exporter"].isin(countries) & table["importer"].isin(countries)
    if not inside.any():
        raise InputError("has no pair of countries that this world has", file=str(path))
    summed = table[inside].groupby(["exporter", "importer"])["value"].sum()
    wide = summed.unstack().reindex(index=list(countries), columns=list(countries))
    return xr.DataArray(
        wide.to_numpy(dtype=float),
        coords={"exporter": list(countries), "importer": list(countries)},
        dims=("exporter", "importer"),
        attrs={"units": "million USD a year"},
    )


def _plain(path: str | Path, year: int | None) -> pd.DataFrame:
    numbered = [
        (k, line) for k, line in enumerate(read_text(path).splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]  # fmt: skip
    rows = csv.reader(line for _, line in numbered)
    header = [word.strip() for word in next(rows, [])]
    for column in ("exporter", "importer", "value"):
        if column not in header:
            hint = did_you_mean(column, header)
            raise InputError(f"no column {column!r}{hint}", file=str(path))
    if year is not None and "year" not in header:
        raise InputError(f"no column 'year' to find {year} in", file=str(path))
    at = {name: header.index(name) for name in header}
    found = []
    for (line, _), row in zip(numbered[1:], rows, strict=True):
        cells = dict.fromkeys(header, "") | {name: row[k] for name, k in at.items() if k < len(row)}
        if year is not None and cells["year"].strip() != str(year):
            continue
        try:
            value = float(cells["value"])
        except ValueError:
            reason = f"{cells['value']!r} is not a number"
            raise InputError(reason, file=str(path), field=f"line {line}: value") from None
        if not 0 <= value < np.inf:
            reason = f"{value!r} is not a value of zero or more"
            raise InputError(reason, file=str(path), field=f"line {line}: value")
        found.append((_code(cells["exporter"]), _code(cells["importer"]), value))
    if not found:
        said = "" if year is None else f" of {year}"
        raise InputError(f"has no rows{said}", file=str(path))
    return pd.DataFrame(found, columns=["exporter", "importer", "value"])


def _code(word: str) -> str:
    return country_called(word) or word.strip()


def _baci(path: Path, on_step: OnStep) -> pd.DataFrame:
    """CEPII's own file, summed over products, million USD by ISO3 code."""
    tables = sorted(path.parent.glob(COUNTRY_CODES))
    if not tables:
        reason = f"is a file of BACI, and needs its {COUNTRY_CODES} in the same folder"
        raise InputError(reason, file=str(path))
    codes = pd.read_csv(tables[-1]).set_index("country_code")["country_iso3"]
    on_step(f"reading {path.name}")
    try:
        parts = [
            part.groupby(["i", "j"])["v"].sum()
            for part in pd.read_csv(path, usecols=["i", "j", "v"], chunksize=2_000_000)
        ]
    except ValueError as error:
        raise InputError(f"is not a readable file of BACI ({error})", file=str(path)) from None
    total = pd.concat(parts).groupby(level=[0, 1]).sum().reset_index()
    return pd.DataFrame(
        {
            "exporter": total["i"].map(codes),
            "importer": total["j"].map(codes),
            "value": total["v"] / 1e3,
        }
    ).dropna()
