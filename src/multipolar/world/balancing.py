"""Balancing: flows that add up, from sources that do not.

Index order [sector, exporter, importer], [sector, country] or [input, sector, country]; million USD
at basic prices. `balance` makes a world of a published table; `lay_tariffs` puts tariffs on the
flows of a world. The functions below them do the arithmetic.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import nnls

from multipolar.world import identities
from multipolar.world.arrays import Labels, read_arrays
from multipolar.world.elasticities import Elasticities, trade_elasticities
from multipolar.world.world import World

if TYPE_CHECKING:
    from multipolar.world.tables.table import Table

Array = NDArray[np.float64]

# Inputs cost at most this share of output: a cell without value added has no wage to adjust. It is
# also the cap of the network that world-2023 is made of.
DEAREST_INPUTS = 0.98


@dataclass(frozen=True, eq=False)
class Balanced:
    """A world made of a published table, and what had to be moved.

    `report` has a row for each step: `cells`, how many entries it changed; `moved`, by how much
    together (million USD); `share`, that as a fraction of world output; `largest`, the cell that
    moved most. `final_use` (use, sector, country): final purchases by use, million USD at basic
    prices, which add up to the final spending of the world (changes of inventories may be below
    zero).
    """

    world: World
    report: pd.DataFrame
    final_use: xr.DataArray


def balance(
    table: "Table",
    *,
    trade_elasticity: Elasticities | None = None,
    tariff: ArrayLike | None = None,
    dearest: float = DEAREST_INPUTS,
    name: str = "",
    year: int | None = None,
) -> Balanced:
    """Make a world of a published table: identities to 1e-9, nothing negative, output kept.

    Negative and tiny purchases of firms count as zero. Final purchases, summed over uses, that are
    negative (inventories run down by more than is bought) count as zero. The final sales of each
    producer are then scaled so that all its sales are its published output; where firms alone buy
    more than that, output rises to what they buy. Inputs that cost more than `dearest` of output
    are cut in proportion. What firms pay in taxes on products is in value added. `tariff` [sector,
    exporter, importer] is laid on these flows as in `lay_tariffs`. `trade_elasticity` as for
    `trade_elasticities`. Raises `InputError` where no world can be made.
    """
    final = table.final_sales.sum(axis=0)
    cells = (table.sectors, table.countries, table.countries)
    steps = [
        _step("negative inputs set to zero", *table.negative),
        _step("tiny inputs set to zero", *table.tiny),
        _moved("negative final purchases set to zero", np.minimum(final, 0.0), cells),
        _moved("rows scaled to their total", table.row_gap, cells[:2]),
    ]
    sales, output = _sales(table.intermediate_sales, np.maximum(final, 0.0), table.output)
    steps += [
        _moved("final purchases, after less before",
               (sales - table.intermediate_sales - final), cells),
        _moved("output raised to what firms buy", output - table.output, cells[:2]),
    ]  # fmt: skip
    theta = trade_elasticities(table.sectors, trade_elasticity)
    levy = _levy(tariff, table.countries, table.sectors)
    use = affordable(table.intermediate_use, sales, levy, dearest)
    asked = at_importer_prices(table.intermediate_use, sales, levy)
    steps.append(_moved("inputs cut to what output pays", use - asked, (cells[0], *cells[:2])))
    world = World.from_flows(
        table.countries,
        table.sectors,
        sales=sales,
        intermediate_use=use,
        tariff=levy,
        trade_elasticity=theta,
        name=name or table.name,
        year=year or table.year,
    )
    report = pd.DataFrame(steps).set_index("step")
    report.insert(2, "share", report["moved"] / table.output.sum())
    return Balanced(world, report, _final_use(table, sales, world))


def _sales(inputs: Array, final: Array, output: Array) -> tuple[Array, Array]:
    """All sales [sector, exporter, importer] and the output [sector, exporter] that they make."""
    left, offered = output - inputs.sum(axis=2), final.sum(axis=2)
    scale = np.maximum(left, 0.0) / np.where(offered > 0, offered, 1.0)
    # A row that adds up already is left alone: a ratio near one would only add rounding.
    scale = np.where(np.abs(left - offered) <= 1e-12 * np.abs(output), 1.0, scale)
    sales = inputs + final * scale[:, :, None]
    unsold = np.where((offered <= 0) & (left > 0), left, 0.0)
    home = np.arange(output.shape[1])
    sales[:, home, home] += np.where(unsold > 1e-12 * np.abs(output), unsold, 0.0)
    return sales, sales.sum(axis=2)


def _final_use(table: "Table", sales: Array, world: World) -> xr.DataArray:
    """Final purchases by use that add up to those of the balanced table."""
    final, kept = table.final_sales.sum(axis=0), sales - table.intermediate_sales
    scale = np.where(final > 0, kept / np.where(final > 0, final, 1.0), 0.0)
    by_use = np.einsum("usin,sin->usn", table.final_sales, scale, optimize=True)
    by_use[0] += np.where(final > 0, 0.0, kept).sum(axis=1)
    return xr.DataArray(
        by_use,
        coords={"use": list(table.uses), "sector": world.sectors, "country": world.countries},
        dims=("use", "sector", "country"),
        attrs={"units": "million USD a year, basic prices"},
    )


def _levy(tariff: ArrayLike | None, countries: Labels, sectors: Labels) -> Array:
    if tariff is None:
        return np.zeros((len(sectors), len(countries), len(countries)))
    levy = read_arrays({"tariff": tariff}, countries, sectors, "")["tariff"]
    identities.refuse_domestic_tariffs(levy, countries, sectors, "")
    return levy


def _step(step: str, cells: int, moved: float, largest: str = "") -> dict[str, object]:
    return {"step": step, "cells": cells, "moved": abs(moved), "largest": largest}


def _moved(step: str, change: Array, labels: tuple[Labels, ...]) -> dict[str, object]:
    """A row of the report for a change by cells."""
    size = np.abs(change)
    counted = size > 1e-6  # million USD: less is rounding
    if not counted.any():
        return _step(step, 0, 0.0)
    where = np.unravel_index(int(size.argmax()), size.shape)
    cell = " ".join(axis[int(k)] for axis, k in zip(labels, where, strict=True))
    return _step(step, int(counted.sum()), float(size.sum()), cell)


def lay_tariffs(world: World, tariff: ArrayLike, *, dearest: float = DEAREST_INPUTS) -> World:
    """The same flows before tariff, with other tariffs on them.

    `tariff` [sector, exporter, importer], fractions. An accounting exercise in which no trade
    responds: what firms pay in tariffs comes out of value added, what households pay goes to their
    government. Inputs are cut where they would cost more than `dearest` of output. For tariffs to
    which trade responds see `multipolar.alter_tariffs`. Raises `InputError`.
    """
    levy = _levy(tariff, world.countries, world.sectors)
    sales, use = at_basic_prices(world)
    return World.from_flows(
        world.countries,
        world.sectors,
        sales=sales,
        intermediate_use=affordable(use, sales, levy, dearest),
        tariff=levy,
        trade_elasticity=world.trade_elasticity.values,
        name=world.name,
        year=world.year,
    )


def at_basic_prices(world: World) -> tuple[Array, Array]:
    """Sales [sector, exporter, importer] and use of inputs [input, sector, country] before tariff.

    Firms' purchases bear the same average tariff as all purchases of the sector by the country.
    """
    sales = world.trade.values / (1 + world.tariff.values)
    spending = world.expenditure.values
    before = sales.sum(axis=1) / np.where(spending > 0, spending, 1.0)
    return sales, identities.intermediate_use(world.arrays()) * before[:, None, :]


def expenditure_shares(intermediate_sales: Array) -> Array:
    """Where firms buy. A country whose firms buy nothing of a sector is taken to buy at home."""
    total = intermediate_sales.sum(axis=1, keepdims=True)
    home = np.eye(intermediate_sales.shape[1])[None]
    return np.where(total > 0, intermediate_sales / np.where(total > 0, total, 1.0), home)


def final_spending(shares: Array, final_sales: Array) -> tuple[Array, Array]:
    """Final spending [sector, importer] >= 0 whose purchases come nearest to final sales.

    Non-negative least squares sector by sector. Second result: the residual of each sector as a
    fraction of its final sales.
    """
    spending = np.empty_like(final_sales)
    residual = np.empty(final_sales.shape[0])
    for k, (share, sales) in enumerate(zip(shares, final_sales, strict=True)):
        spending[k], norm = nnls(share, sales)
        residual[k] = norm / max(float(np.linalg.norm(sales)), 1e-300)
    return spending, residual


def fit_to_trade(
    flows: Array, output: Array, need: Array, target: Array, goods: NDArray[np.bool_], rounds: int
) -> Array:
    """Iterative proportional fitting of flows [sector, exporter, importer].

    Three constraints in turn: goods totals by pair equal `target` (NaN: free); purchases by
    (sector, importer) cover what firms there `need` as input; sales equal `output`. The result
    meets the last one exactly.
    """
    flows = flows.copy()
    fixed = np.isfinite(target) & ~np.eye(len(target), dtype=bool)
    for _ in range(rounds):
        total = flows[goods].sum(axis=0)
        step = np.where(fixed & (total > 0), target / np.where(total > 0, total, 1.0), 1.0)
        flows[goods] *= np.where(fixed, step, 1.0)
        bought = flows.sum(axis=1)
        flows *= np.where(bought < need, need / np.where(bought > 0, bought, 1.0), 1.0)[:, None, :]
        sold = flows.sum(axis=2)
        flows *= np.where(sold > 0, output / np.where(sold > 0, sold, 1.0), 0.0)[:, :, None]
    return flows


def affordable(use: Array, sales: Array, levy: Array, dearest: float = 1.0) -> Array:
    """Use of inputs at importer prices, cut where purchases or output fall short of it.

    `use` [input, sector, country] and `sales` at basic prices, `levy` ad valorem; inputs cost at
    most the share `dearest` of output. Firms' purchases bear the same average tariff as all
    purchases of the sector by the country.
    """
    paid = at_importer_prices(use, sales, levy)
    inputs, output = paid.sum(axis=0), sales.sum(axis=2)
    ceiling = dearest * output / np.where(inputs > 0, inputs, 1.0)
    return paid * np.where(inputs > 0, np.minimum(1.0, ceiling), 1.0)


def at_importer_prices(use: Array, sales: Array, levy: Array) -> Array:
    """Use of inputs at importer prices, cut where purchases fall short of it; see `affordable`."""
    bought = sales.sum(axis=1)
    need = use.sum(axis=1)
    covered = np.minimum(1.0, bought / np.where(need > 0, need, 1.0))
    dearer = (sales * (1 + levy)).sum(axis=1) / np.where(bought > 0, bought, 1.0)
    return use * (covered * dearer)[:, None, :]
