"""The symbols of the equations: what an economy is made of, what is sought, and what follows.

Index order as in `equilibrium`: [s, i, n] = [sector, exporter, importer]; [s, n] = [sector,
country]; [n, k, s] = [country, input, sector]. Changes ("hats") are relative to the benchmark.
"""

from typing import Any, NamedTuple

from jax import Array

from multipolar.model.nests import Nests


class Rents(NamedTuple):
    """What others than the maker earn on a sale: margins of third countries, discounts, price caps.

    Fractions of the border value of [s, i, n].
    """

    third: Array  # [s, i, n] to third countries
    route: Array  # [i, n, k] how third countries k share it; sums to 1 over k
    buyer: Array  # [s, i, n] to the importer's country: what a shadow fleet must discount
    serviced: Array  # [s, i, n] sold at the cap
    ceiling: Array  # [s, i, n] the cap as a ratio to the benchmark price


class Few(NamedTuple):
    """The cells in which the members of a batch differ from the kernels that they share."""

    seller: Array  # [cell] flat index of [s, i]
    buyer: Array  # [cell] flat index of [s, n]
    K: Array  # [cell, member] what to add to K
    K_border: Array  # [cell, member] what to add to K_border
    K_taxed: Array  # [cell, member] what to add to K_taxed


class Floor(NamedTuple):
    """The wage below which nobody works; what works with labour (capital, land) has no floor."""

    least: Array  # [] log of the lowest wage, change
    real: Any  # [] whether in consumer prices; otherwise in the numeraire
    share: Array  # [] of labour in value added


class Economy(NamedTuple):
    """A benchmark and what policy and assumptions make of it; arrays as in the module docstring."""

    K: Array  # [s, i, n] pi (1 - phi) kappa^-theta: what an importer would buy at old costs
    K_border: Array  # [s, i, n] K / t: net of tariff, export tax included
    K_taxed: Array  # [s, i, n] K / t (1 - 1 / x): the part that the exporter takes as export tax
    alpha: Array  # [s, n] consumption shares
    beta: Array  # [s, n] value-added shares of cost
    G: Array  # [n, k, s] input shares
    theta: Array  # [s] trade elasticity
    profit: Array  # [s] profit shares of sales: zero except under fixed firms
    VA: Array  # [n] value added, without profits
    X: Array  # [s, n] spending
    Y: Array  # [s, n] output
    R: Array  # [n] tariff revenue
    D: Array  # [n] transfers received, at fixed world value added
    d: Array  # [n] transfers received, per unit of own value added
    A: Array  # [s, n] productivity, change
    L: Array  # [n] labour supply, exogenous change
    psi_sector: Array  # [s] elasticity of unit cost to sector size
    psi_country: Array  # [s] elasticity of unit cost to country size
    kappa: Array  # [] labour supply elasticity
    size_matters: Array  # [] whether either psi is anywhere different from zero
    taxes_exports: Array  # [] whether K_taxed is anywhere different from zero
    relief: Array  # [] 1 where tariff revenue relieves the income tax, 0 where it is handed out
    rents: Rents | None  # None without leaks and caps: a separate, cheaper compiled program
    few: Few | None = None  # None except in a batch
    nests: Nests | None = None  # None where all elasticities are one (Cobb-Douglas): cheaper
    floor: Floor | None = None  # None where wages are flexible


class State(NamedTuple):
    """The unknowns of the fixed point: changes of wages and unit costs, and spending; in logs."""

    w: Array  # [n] log wage, change
    c: Array  # [s, n] log unit cost, change
    X: Array  # [s, n] log spending, level


class Prices(NamedTuple):
    """The prices and the demand for each seller that given unit costs imply."""

    price: Array  # [s, n] log price of a sector's bundle, change
    cpi: Array  # [n] log consumer price index, change
    scaled: Array  # [s, i] c^-theta, scaled within the sector so that the cheapest seller has 1
    demand: Array  # [s, n] sum_i c_i^-theta K_in, in the same scale


class Bundles(NamedTuple):
    """The prices of what sectors buy, in logs of changes."""

    materials: Array  # [s, n] of the inputs together
    all: Array  # [s, n] of value added and materials together


class Flows(NamedTuple):
    """Everything that a state implies; levels in million USD."""

    prices: Prices
    bundles: Bundles
    Y: Array  # [s, n] output
    earned: Array  # [n] what sales pay to labour
    R: Array  # [n] tariff revenue
    E: Array  # [n] export tax revenue
    keep: Array  # [n] (1 - tax') / (1 - tax)
    L: Array  # [n] labour, with what works with it, change
    work: Array  # [n] labour employed, change
    idle: Array  # [n] the share of those who would work for whom there is no work
    payroll: Array  # [n] value added at these wages, w L VA
    profits: Array  # [n]
    D: Array  # [n] transfers
    rent: Array  # [n] margins, discounts and capped sales: received less given up
    income: Array  # [n]
    exports: Array  # [n] sales abroad before tariff
    imports: Array  # [n] purchases abroad before tariff
