"""Every equilibrium condition, worked out again from an outcome's arrays alone.

Nothing here comes from `multipolar.model` but the outcome. Index order: [sector, exporter,
importer], [sector, country], [input, sector, country].
"""

import numpy as np

import multipolar as mp


def benchmark(world, outcome):
    """The world against which an outcome's changes are meant.

    The world itself, unless deficits were purged: then the one rebuilt from the benchmark flows
    that the outcome reports.
    """
    if outcome.assumptions.deficits != "purged":
        return world
    spent = (1 - world.value_added_share.values) * outcome.output_before.values
    tariff = outcome.tariff_before.values
    return mp.World.from_flows(
        world.countries,
        world.sectors,
        sales=outcome.trade_before.values / (1 + tariff),
        intermediate_use=world.input_share.values * spent[None],
        tariff=tariff,
        trade_elasticity=world.trade_elasticity.values,
        name=f"{world.name}, purged",
    )


def failures(world, policy, outcome):
    """Largest relative failure of each condition by name; all near zero at an equilibrium."""
    world = benchmark(world, outcome)
    b, shock, given = world.arrays(), policy.wedges(world), outcome.assumptions
    theta = given.trade_elasticity(world)
    o = {name: outcome.data[name].values for name in outcome.data.data_vars}
    t, x = 1 + o["tariff"], 1 + shock.export_tax
    VA = b["value_added"]
    w, c = 1 + o["wage"], 1 + o["unit_cost"]
    willing, L = (1 + o["employment"]) / (1 - o["unemployment"]), labour(outcome).values
    P, index = 1 + o["price"], 1 + o["price_index"]

    X = o["trade"].sum(axis=1)
    border = o["trade"] / t
    through, kept, rent = others(border, shock, theta, c)
    sold = kept / x
    Y, R = sold.sum(axis=2), (o["trade"] - border).sum(axis=(0, 1))
    E = (kept - sold).sum(axis=(0, 2))
    margins = (border - kept).sum(axis=(0, 2))
    abroad = border.sum(axis=0) * (1 - np.eye(len(VA)))
    payroll, income = w * L * VA, o["income"]
    unscaled, alpha, beta, G = bundled(b, given.substitution(world), w, P, index)
    spent = np.einsum("ksn,sn->kn", G, (1 - beta) * Y) + alpha * income
    own = b["transfer"] / VA * payroll
    fixed = b["transfer"]
    if given.deficits == "own-gdp":
        fixed = own - payroll * own.sum() / payroll.sum()

    kappa = t / (1 + b["tariff"]) * x * (1 + shock.trade_cost) / (1 - shock.discount)
    weight = b["expenditure_share"] * through
    weight = weight * (kappa * c[:, :, None]) ** -theta[:, None, None]
    total = weight.sum(axis=1)
    bought = np.where(total > 0, total, 1)
    spends = np.broadcast_to((X > 0)[:, None], weight.shape)
    predicted = weight / bought[:, None]
    share = o["trade"] / np.where(X > 0, X, 1)[:, None]

    size = np.ones_like(c)
    if given.supply == "krugman":
        made = (o["output_before"] > 0) & (Y > 0)
        paid, before = beta * Y, b["value_added_share"] * o["output_before"]
        growth = np.where(made, paid / np.where(made, before, 1), 1) / np.where(made, w, 1)
        size = growth if given.scale_of == "sector" else np.broadcast_to(L, c.shape)
        size = size ** (given.scale / theta[:, None])
    cost = unscaled / (1 + shock.productivity) / size
    relief = 0.0
    if given.revenue == "income-tax":
        relief = R / payroll - o["tariff_revenue_before"] / VA
    labour_force = (1 + shock.labour) * (w / index / (1 - relief)) ** given.labour_elasticity
    world_va = VA.sum()
    tiny = 1e-6 * X.sum(axis=0)

    return {
        "labour markets": np.abs((beta * Y).sum(axis=0) / payroll - 1).max(),
        "goods markets": (np.abs(X - spent) / np.maximum(X, tiny)).max(),
        "output": np.abs(Y - o["output"]).max() / Y.max(),
        "tariff revenue": np.abs(R - o["tariff_revenue"]).max() / world_va,
        "export tax revenue": np.abs(E - o["export_tax_revenue"]).max() / world_va,
        "rent": np.abs(rent - o["rent"]).max() / world_va,
        "income": np.abs(payroll + R + E + o["transfer"] + rent - income).max() / world_va,
        "transfers": np.abs(fixed + shock.transfer - o["transfer"]).max() / world_va,
        "transfers sum to zero": abs(o["transfer"].sum()) / world_va,
        "trade balance": np.abs(
            border.sum(axis=(0, 2)) - border.sum(axis=(0, 1)) + o["transfer"] + rent - margins
        ).max() / world_va,
        "exports": np.abs(abroad.sum(axis=1) - outcome.exports.values).max() / world_va,
        "imports": np.abs(abroad.sum(axis=0) - outcome.imports.values).max() / world_va,
        "numeraire": abs(payroll.sum() / world_va - 1),
        "prices": np.abs(bought ** (-1 / theta[:, None]) / P - 1)[X > 0].max(),
        "shares": np.abs(share - predicted)[spends].max(),
        "unit costs": np.abs(np.where(Y > 0, cost / c - 1, 0)).max(),
        "consumer prices": np.abs(
            bundle(b["consumption_share"], P, given.substitution(world)[2]) / index - 1
        ).max(),
        "wage floor": above_floor(given, w * L / (1 + o["employment"]), index, o["unemployment"]),
        "real income": np.abs(
            income / o["income_before"] / index / (1 + o["real_income"]) - 1
        ).max(),
        "employment": np.abs(labour_force / willing - 1).max(),
    }  # fmt: skip


def bundled(b, elasticities, w, P, index):
    """What sectors pay for value added and materials, and all shares at these prices."""
    nest, across, final = (np.asarray(e)[..., None] for e in elasticities)
    beta, G = b["value_added_share"], b["input_share"]
    materials = bundle(G, P[:, None], across)
    parts = np.stack([np.broadcast_to(w, beta.shape), materials])
    price = bundle(np.stack([beta, 1 - beta]), parts, nest)
    alpha = b["consumption_share"] * (P / index) ** (1 - final)
    beta = beta * (w / price) ** (1 - nest)
    return price, alpha, beta, G * (P[:, None] / materials) ** (1 - across)


def above_floor(given, wage, index, idle):
    """Largest failure of min(wage - floor, unemployment) = 0."""
    if given.wages == "flexible":
        return idle.max()
    lowest = (1 - given.wage_fall) * (index if given.floor_in == "consumer-prices" else 1)
    return np.abs(np.minimum(wage / lowest - 1, idle)).max()


def labour(outcome):
    """Labour with what works with it: of those who would work, u idle lower it by share x u."""
    idle, given = outcome.unemployment, outcome.assumptions
    share = given.labour_share if given.wages == "floor" else 1
    return (1 + outcome.employment) / (1 - idle) ** (1 - share)


def bundle(weights, prices, elasticity):
    """The price of a CES bundle over the first axis, from prices (not in logs)."""
    weights, prices = np.asarray(weights), np.asarray(prices)
    r = 1 - np.asarray(elasticity)
    one, power = np.abs(r) < 1e-12, np.where(np.abs(r) < 1e-12, 1.0, r)
    mean = (weights * prices**power).sum(axis=0)
    whole = weights.sum(axis=0)
    mean = np.where(whole > 0, mean, 1.0)
    return np.where(one, np.exp((weights * np.log(prices)).sum(axis=0)), mean ** (1 / power))


def others(border, shock, theta, c):
    """What embargoes let through, what sales leave the exporter, and everyone's rents, net."""
    phi, leak, m, d = shock.coverage, shock.leak, shock.markup, shock.discount
    leaked = phi * leak * (1 + m) ** -theta[:, None, None]
    through = (1 - phi) + leaked
    third = border * (1 - d) * leaked / np.where(through > 0, through, 1) * m / (1 + m)
    capped = border * (1 - d) * shock.serviced
    capped = capped * np.maximum(0, 1 - shock.ceiling / c[:, :, None])
    received = np.einsum("sin,ink->k", third, shock.route) + (border * d + capped).sum((0, 1))
    return through, border * (1 - d) - third, received - capped.sum((0, 2))


def worst(world, policy, outcome):
    """Name and size of the condition that fails most."""
    found = failures(world, policy, outcome)
    name = max(found, key=found.get)
    return name, float(found[name])
