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

import jax
import jax.numpy as jnp
from jax import Array

from multipolar.model.nests import (
    bundle_prices,
    consumer_prices,
    final_demand,
    input_demand,
    materials_prices,
    share_at,
)
from multipolar.model.symbols import (
    Bundles,
    Economy,
    Few,
    Floor,
    Flows,
    Prices,
    Rents,
    State,
)

__all__ = ["Bundles", "Economy", "Few", "Floor", "Flows", "Prices", "Rents", "State"]  # the symbols


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
    cpi = consumer_prices(economy.nests, economy.alpha, price)
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


def bundles(economy: Economy, w: Array, price: Array) -> Bundles:
    """w^beta prod_k (P_n^k)^((1 - beta) G_n^ks)  (eq. 2), or with other elasticities than one."""
    materials = materials_prices(economy.nests, economy.G, price)
    return Bundles(materials, bundle_prices(economy.nests, economy.beta, w, materials))


def payrolls(economy: Economy, w: Array, b: Bundles, Y: Array) -> Array:
    """beta_n^s cost_n^s: what sales pay to labour  [s, n]."""
    return share_at(economy.nests, economy.beta, w, b.all) * cost(economy, Y)


def spending(economy: Economy, f: "Flows") -> Array:
    """X_n^k = sum_s G_n^ks (1 - beta_n^s) cost_n^s + alpha_n^k I_n  (eq. 8)."""
    n, price, b = economy.nests, f.prices.price, f.bundles
    bill = share_at(n, 1 - economy.beta, b.materials, b.all) * cost(economy, f.Y)
    use = input_demand(n, economy.G, price, b.materials, bill)
    return use + final_demand(n, economy.alpha, price, f.prices.cpi) * f.income


def unit_cost(economy: Economy, w: Array, f: "Flows") -> Array:
    """c_n^s = bundle_n^s / (A size^psi)  (eq. 2), in logs."""
    return f.bundles.all - jnp.log(economy.A) - size_gain(economy, w, f)


def size_gain(economy: Economy, w: Array, f: "Flows") -> Array:
    """Psi log size [s, n]: how much size lowers cost, in logs; skipped without scale economies.

    Size is the labour of the sector (payroll / w) or of the country, L.
    """

    def gain() -> Array:
        made = (economy.Y > 0) & (f.Y > 0)
        growth = jnp.log(jnp.where(made, f.Y, 1.0) / jnp.where(made, economy.Y, 1.0))
        share = share_at(economy.nests, jnp.ones_like(growth), w, f.bundles.all)
        sector = jnp.where(made, growth + jnp.log(share) - w, 0.0)
        return economy.psi_sector[:, None] * sector + economy.psi_country[:, None] * jnp.log(f.L)

    gains: Array = jax.lax.cond(economy.size_matters, gain, lambda: jnp.zeros_like(f.Y))
    return gains


def flows(economy: Economy, state: State) -> Flows:
    """Prices, output, revenue, labour and income that a state implies."""
    X = jnp.where(economy.X > 0, jnp.exp(state.X), 0.0)
    p = prices(economy, state.c)
    border = border_value(economy, p, X)
    taxes = export_taxes(economy, p, X)
    margins, rent = rents(economy, state.c, p, X)
    Y = border - taxes - margins  # Y_i^s = sum_n pi'_in X_n / (t_in x_in), less margins of others
    R = tariff_revenue(economy, p, X)
    b = bundles(economy, state.w, p.price)
    earned = payrolls(economy, state.w, b, Y).sum(0)
    keep = tax_relief(economy, earned, R)
    willing = labour(economy, state.w, p.cpi, keep)
    idle = without_work(economy, earned / (willing * economy.VA), p.cpi)
    work = (1 - idle) * willing
    L = work if economy.floor is None else willing * (1 - idle) ** economy.floor.share
    payroll = jnp.exp(state.w) * L * economy.VA
    profits = (economy.profit[:, None] * Y).sum(0)
    D = transfers(economy, payroll + profits)
    E = taxes.sum(0)
    at_home = jnp.einsum("snn->sn", economy.K_border).reshape(economy.X.shape)
    home = (p.scaled * at_home * X / p.demand).sum(0)
    exports, imports = border.sum(0) - home, X.sum(0) - R - home
    income = payroll + profits + R + E + D + rent
    return Flows(
        p,
        b,
        Y,
        earned,
        R,
        E,
        keep,
        L,
        work,
        idle,
        payroll,
        profits,
        D,
        rent,
        income,
        exports,
        imports,
    )


def without_work(economy: Economy, wage: Array, cpi: Array) -> Array:
    """The share without work  [n], where `wage` is what sales would pay if all worked, change.

    The wage does not fall below its floor; employment then falls until sales pay it, and nobody
    works for less: min(wage - floor, unemployment) = 0 (Schmitt-Grohe & Uribe 2016, Journal of
    Political Economy 124, eqs. 4 to 6; Rodriguez-Clare, Ulate & Vasquez 2025). Zero without floor.
    """
    floor = economy.floor
    if floor is None:
        return jnp.zeros_like(wage)
    lowest = jnp.exp(floor.least + jnp.where(floor.real, cpi, 0.0))
    return jnp.maximum(0.0, 1 - wage / lowest)


def labour_market(f: Flows) -> Array:
    """sum_s beta_n^s cost_n^s / (w_n L_n VA_n)  [n]: one where sales equal the payroll (eq. 9)."""
    return f.earned / f.payroll


def numeraire(economy: Economy, f: Flows) -> Array:
    """World value added that sales pay over its benchmark value  []: one, by choice of units."""
    before = (economy.VA + (economy.profit[:, None] * economy.Y).sum(0)).sum(0)
    return (f.earned + f.profits).sum(0) / before


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
    X = spending(economy, f)
    w = state.w + jnp.log(labour_market(f)) - jnp.log(numeraire(economy, f))
    active = economy.X > 0
    logs = jnp.where(active, jnp.log(jnp.where(active, X, 1.0)), 0.0)
    return State(w, unit_cost(economy, state.w, f), logs)


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
    goods = jnp.abs(goods_market(X, spending(economy, f)))
    work = jnp.abs(labour_market(f) - 1)
    if economy.floor is not None:  # its units matter
        work = work + jnp.abs(numeraire(economy, f) - 1)
    costs = jnp.abs(unit_cost(economy, state.w, f) - state.c)
    made = economy.Y > 0
    worst = jnp.maximum(goods.max((0, 1)), work.max(0))
    return jnp.maximum(worst, jnp.where(made, costs, 0.0).max((0, 1)))


def purchases(economy: Economy, state: State) -> Array:
    """Flows [s, i, n] at importer prices, million USD: pi'_in X_n."""
    p = prices(economy, state.c)
    X = jnp.where(economy.X > 0, jnp.exp(state.X), 0.0)
    return p.scaled[:, :, None] * economy.K * (X / p.demand)[:, None, :]
