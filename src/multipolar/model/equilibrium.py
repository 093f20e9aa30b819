"""The equilibrium conditions in exact hats, one function each, to be read beside the paper.

Caliendo & Parro (2015, Review of Economic Studies 82), in changes relative to the benchmark
(Dekle, Eaton & Kortum 2008), with export taxes, embargo coverage, scale economies and elastic
labour. Index order: [s, i, n] = [sector, exporter, importer]; [s, n] = [sector, country];
[n, k, s] = [country, input, sector]: each country's input matrix is in one piece, which is several
times faster. Hats are changes; levels are in million USD, with world value added fixed.

Trade enters only through kernels K, which are computed once for a policy. A pass of the iteration
then costs only a few matrix-vector products for each sector (`docs/solver.md`).

Many economies at once: every array except K, K_border, K_taxed and G may have one more axis at the
end, the members of a batch (of length one where they do not differ). They share the kernels and
differ from them in few cells (`Few`), so that products with vectors become products with matrices.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array


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


def over_sellers(economy: Economy, kernel: str, scaled: Array) -> Array:
    """sum_i scaled_i K_in  [s, n], for one of the three kernels."""
    total = jnp.einsum("si...,sin->sn...", scaled, getattr(economy, kernel))
    few = economy.few
    if few is None:
        return total
    return _with_few(total, getattr(few, kernel), scaled, few.seller, few.buyer)


def over_buyers(economy: Economy, kernel: str, wanted: Array) -> Array:
    """sum_n K_in wanted_n  [s, i], for one of the three kernels."""
    total = jnp.einsum("sn...,sin->si...", wanted, getattr(economy, kernel))
    few = economy.few
    if few is None:
        return total
    return _with_few(total, getattr(few, kernel), wanted, few.buyer, few.seller)


def _with_few(total: Array, more: Array, of: Array, here: Array, there: Array) -> Array:
    """A sum with what each member has more in few cells: from places `here` to places `there`."""
    members = more.shape[1]
    added = more * of.reshape(-1, members)[here]
    return total.reshape(-1, members).at[there].add(added).reshape(total.shape)


def prices(economy: Economy, c: Array) -> Prices:
    """P_n^s = [ sum_i c_i^-theta K_in ]^(-1/theta)  (Caliendo & Parro 2015, eq. 10)."""
    theta = economy.theta[:, None]
    cheapest = c.min(axis=1, keepdims=True)
    scaled = jnp.exp(-theta * (c - cheapest))
    demand = over_sellers(economy, "K", scaled)
    bought = demand > 0
    price = jnp.where(bought, cheapest - jnp.log(jnp.where(bought, demand, 1.0)) / theta, 0.0)
    cpi = (economy.alpha * price).sum(0)
    return Prices(price, cpi, scaled, jnp.where(bought, demand, 1.0))


def border_value(economy: Economy, p: Prices, X: Array) -> Array:
    """sum_n pi'_in X_n / t_in: sales [s, i] before tariff, export tax included."""
    return p.scaled * over_buyers(economy, "K_border", X / p.demand)


def export_taxes(economy: Economy, p: Prices, X: Array) -> Array:
    """sum_n pi'_in X_n / t_in (1 - 1 / x_in)  [s, i]; skipped where nobody taxes exports."""

    def collected() -> Array:
        return p.scaled * over_buyers(economy, "K_taxed", X / p.demand)

    taxes: Array = jax.lax.cond(economy.taxes_exports, collected, lambda: jnp.zeros_like(X))
    return taxes


def rents(economy: Economy, c: Array, p: Prices, X: Array) -> tuple[Array, Array]:
    """Margins [s, i] that makers do not receive of their sales, and every country's net rents [n].

    With V_in the border value: third countries earn V x third; importers earn V x buyer and, on the
    serviced part, the excess of the seller's price over the cap, V x serviced max(0, 1 - ceiling /
    c). The seller's country gives this up; its producers' marginal price does not change (Johnson,
    Rachel & Wolfram 2023).
    """
    r = economy.rents
    if r is None:
        return jnp.zeros_like(X), jnp.zeros_like(X[0])
    V = p.scaled[:, :, None] * economy.K_border * (X / p.demand)[:, None, :]
    capped = V * r.serviced * jnp.maximum(0.0, 1 - r.ceiling * jnp.exp(-c)[:, :, None])
    third = V * r.third
    buyer = V * r.buyer
    earned = jnp.einsum("in,ink->k", third.sum(0), r.route) + (buyer + capped).sum((0, 1))
    return (third + buyer).sum(2), earned - capped.sum((0, 2))


def tariff_revenue(economy: Economy, p: Prices, X: Array) -> Array:
    """R_n = sum_s X_n (1 - sum_i pi'_in / t_in)  [n]."""
    border = over_sellers(economy, "K_border", p.scaled) / p.demand
    return (X * (1 - border)).sum(0)


def tax_relief(economy: Economy, payroll: Array, R: Array) -> Array:
    """(1 - tax') / (1 - tax) where tariff revenue replaces income tax  [n].

    tax' = tax - (R' / wLVA - R / VA), and the benchmark tax is as large as the new revenue, so that
    tax' = 0 where there was no revenue before (Ignatenko et al. 2025).
    """
    removed = R / payroll - economy.R / economy.VA
    return 1 / (1 - economy.relief * removed)


def labour(economy: Economy, w: Array, cpi: Array, keep: Array) -> Array:
    """L_n = exogenous change x ( net wage / consumer prices )^kappa  [n]."""
    return economy.L * jnp.exp(economy.kappa * (jnp.log(keep) + w - cpi))


def transfers(economy: Economy, value_added: Array) -> Array:
    """D'_n: a part fixed in world value added, a part proportional to own; they sum to zero."""
    own = economy.d * value_added
    return economy.D + own - value_added * own.sum(0) / value_added.sum(0)


def cost(economy: Economy, Y: Array) -> Array:
    """Sales less profits [s, n]; equal to sales except under fixed firms.

    Under fixed firms the price is sigma / (sigma - 1) times cost and no firm enters, so that
    1 / sigma of sales is profit, sigma = theta + 1 (Ossa 2014, AER 104, eqs. 5 to 7).
    """
    return (1 - economy.profit[:, None]) * Y


def earned(economy: Economy, Y: Array) -> Array:
    """sum_s beta_n^s cost_n^s: what sales pay to labour  [n]."""
    return (economy.beta * cost(economy, Y)).sum(0)


def spending(economy: Economy, Y: Array, income: Array) -> Array:
    """X_n^k = sum_s G_n^ks (1 - beta_n^s) cost_n^s + alpha_n^k I_n  (eq. 8)."""
    use = jnp.einsum("nks,sn...->kn...", economy.G, (1 - economy.beta) * cost(economy, Y))
    return use + economy.alpha * income


def unit_cost(economy: Economy, w: Array, price: Array, Y: Array, L: Array) -> Array:
    """c_n^s = w^beta prod_k (P_n^k)^((1 - beta) G_n^ks) / (A size^psi)  (eq. 2), in logs.

    Size is the sector's or the country's labour: Y / w, or L.
    """
    materials = jnp.einsum("nks,kn...->sn...", economy.G, price)
    cost = economy.beta * w + (1 - economy.beta) * materials - jnp.log(economy.A)
    return cost - size_gain(economy, w, Y, L)


def size_gain(economy: Economy, w: Array, Y: Array, L: Array) -> Array:
    """Psi log size [s, n]: how much size lowers cost, in logs; skipped without scale economies."""

    def gain() -> Array:
        made = (economy.Y > 0) & (Y > 0)
        growth = jnp.log(jnp.where(made, Y, 1.0) / jnp.where(made, economy.Y, 1.0))
        sector = jnp.where(made, growth - w, 0.0)
        return economy.psi_sector[:, None] * sector + economy.psi_country[:, None] * jnp.log(L)

    gains: Array = jax.lax.cond(economy.size_matters, gain, lambda: jnp.zeros_like(Y))
    return gains


class Flows(NamedTuple):
    """Everything that a state implies; levels in million USD."""

    prices: Prices
    Y: Array  # [s, n] output
    R: Array  # [n] tariff revenue
    E: Array  # [n] export tax revenue
    keep: Array  # [n] (1 - tax') / (1 - tax)
    L: Array  # [n] labour, change
    payroll: Array  # [n] value added at these wages, w L VA
    profits: Array  # [n]
    D: Array  # [n] transfers
    rent: Array  # [n] margins, discounts and capped sales: received less given up
    income: Array  # [n]
    exports: Array  # [n] sales abroad before tariff
    imports: Array  # [n] purchases abroad before tariff


def flows(economy: Economy, state: State) -> Flows:
    """Prices, output, revenue, labour and income that a state implies."""
    X = jnp.where(economy.X > 0, jnp.exp(state.X), 0.0)
    p = prices(economy, state.c)
    border = border_value(economy, p, X)
    taxes = export_taxes(economy, p, X)
    margins, rent = rents(economy, state.c, p, X)
    Y = border - taxes - margins  # Y_i^s = sum_n pi'_in X_n / (t_in x_in), less margins of others
    R = tariff_revenue(economy, p, X)
    keep = tax_relief(economy, earned(economy, Y), R)
    L = labour(economy, state.w, p.cpi, keep)
    payroll = jnp.exp(state.w) * L * economy.VA
    profits = (economy.profit[:, None] * Y).sum(0)
    D = transfers(economy, payroll + profits)
    E = taxes.sum(0)
    at_home = jnp.einsum("snn->sn", economy.K_border).reshape(economy.X.shape)
    home = (p.scaled * at_home * X / p.demand).sum(0)
    exports, imports = border.sum(0) - home, X.sum(0) - R - home
    income = payroll + profits + R + E + D + rent
    return Flows(p, Y, R, E, keep, L, payroll, profits, D, rent, income, exports, imports)


def labour_market(economy: Economy, f: Flows) -> Array:
    """sum_s beta_n^s cost_n^s / (w_n L_n VA_n)  [n]: one where sales equal the payroll (eq. 9)."""
    return earned(economy, f.Y) / f.payroll


def numeraire(economy: Economy, w: Array, f: Flows) -> Array:
    """World value added at wages w over its benchmark value  []: one, by the choice of units."""
    value_added = (jnp.exp(w) * f.L * economy.VA + f.profits).sum(0)
    before = (economy.VA + (economy.profit[:, None] * economy.Y).sum(0)).sum(0)
    return value_added / before


def goods_market(X: Array, demand: Array) -> Array:
    """(X - demand) / X  [s, n]: zero where spending equals final plus input demand (eq. 8).

    Cells below a millionth of their country's spending are measured against that millionth.
    """
    return (X - demand) / jnp.maximum(X, 1e-6 * X.sum(0))


def step(economy: Economy, state: State) -> State:
    """One pass of the fixed point: at the equilibrium `step` returns its argument.

    Wages move to the level that sales pay for, normalised by the numeraire.
    """
    f = flows(economy, state)
    c = unit_cost(economy, state.w, f.prices.price, f.Y, f.L)
    X = spending(economy, f.Y, f.income)
    w = state.w + jnp.log(labour_market(economy, f))
    w = w - jnp.log(numeraire(economy, w, f))
    active = economy.X > 0
    return State(w, c, jnp.where(active, jnp.log(jnp.where(active, X, 1.0)), 0.0))


def start(economy: Economy) -> State:
    """The benchmark as a state: no wage or cost change, benchmark spending."""
    active = economy.X > 0
    return State(
        jnp.zeros_like(economy.VA),
        jnp.zeros_like(economy.X),
        jnp.where(active, jnp.log(jnp.where(active, economy.X, 1.0)), 0.0),
    )


def residual(economy: Economy, state: State) -> Array:
    """Largest relative failure of the conditions at a state: costs, labour and goods markets.

    Goods and labour markets clear, and costs are consistent with prices. Zero exactly at an
    equilibrium.
    """
    f = flows(economy, state)
    X = jnp.where(economy.X > 0, jnp.exp(state.X), 0.0)
    demand = spending(economy, f.Y, f.income)
    goods = jnp.abs(goods_market(X, demand))
    work = jnp.abs(labour_market(economy, f) - 1)
    costs = jnp.abs(unit_cost(economy, state.w, f.prices.price, f.Y, f.L) - state.c)
    made = economy.Y > 0
    worst = jnp.maximum(goods.max((0, 1)), work.max(0))
    return jnp.maximum(worst, jnp.where(made, costs, 0.0).max((0, 1)))


def purchases(economy: Economy, state: State) -> Array:
    """Flows [s, i, n] at importer prices, million USD: pi'_in X_n."""
    p = prices(economy, state.c)
    X = jnp.where(economy.X > 0, jnp.exp(state.X), 0.0)
    return p.scaled[:, :, None] * economy.K * (X / p.demand)[:, None, :]
