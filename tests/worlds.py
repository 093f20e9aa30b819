"""Small random worlds and policies, each from a seed."""

import numpy as np

import multipolar as mp

COUNTRIES = ("USA", "CHN", "RUS", "DEU", "IND")
SECTORS = ("grain", "steel", "banking")

# Every closure and supply variant once; the tests add what is their own.
COMMON_VARIANTS = (
    mp.Assumptions(),
    mp.Assumptions(deficits="own-gdp"),
    mp.Assumptions(deficits="purged"),
    mp.Assumptions(supply="krugman"),
    mp.Assumptions(supply="krugman", scale_of="country", deficits="purged"),
    mp.Assumptions(labour_elasticity=0.5),
)


def random_flows(seed, countries=4, sectors=3, *, tariffs=True, inputs=True, theta=None):
    """The arguments of `World.from_flows` for a world drawn from `seed`.

    Countries of different size, a preference for home, some flows missing, tariffs from 0 to 40 %,
    elasticities from 1.5 to 12. Firms use up to seven tenths of what is bought, and their inputs
    cost up to seven tenths of output. Exports come within a few percent of imports.
    """
    rng = np.random.default_rng(seed)
    shape = (sectors, countries, countries)
    size = rng.lognormal(0, 0.5, countries)
    sales = rng.lognormal(0, 1, shape) * np.outer(size, size)
    home = np.arange(countries)
    ring = np.roll(np.eye(countries), 1, axis=1) > 0  # so that everyone sells and buys abroad
    sales *= (rng.random(shape) < 0.9) | ring
    sales[:, home, home] = 3 * size**2 * countries * rng.lognormal(0, 0.3, (sectors, countries))
    sales = 1e5 * near_balance(sales, rng)
    tariff = rng.uniform(0, 0.4, shape) * (rng.random(shape) < 0.7) * tariffs
    tariff[:, home, home] = 0
    use = rng.random((sectors, sectors, countries)) * inputs
    use *= (0.7 * sales.sum(axis=2) / np.maximum(use.sum(axis=0), 1e-300))[None]
    bought = 0.7 * (sales * (1 + tariff)).sum(axis=1)
    use *= np.minimum(1, bought / np.maximum(use.sum(axis=1), 1e-300))[:, None]
    elasticity = rng.uniform(1.5, 12, sectors)
    return {
        "countries": COUNTRIES[:countries],
        "sectors": SECTORS[:sectors],
        "sales": sales,
        "intermediate_use": use,
        "trade_elasticity": elasticity if theta is None else np.full(sectors, float(theta)),
        "tariff": tariff,
        "name": f"seed {seed}",
    }


def near_balance(sales, rng):
    """Sales scaled by exporter so that exports come near imports; what is left is the deficit."""
    for _ in range(50):
        total = sales.sum(axis=0)
        foreign = total - np.diag(np.diag(total))
        ratio = foreign.sum(axis=0) / foreign.sum(axis=1)
        sales = sales * np.sqrt(ratio)[None, :, None]
    return sales * rng.uniform(0.95, 1.05, len(ratio))[None, :, None]


def random_world(seed, countries=4, sectors=3, **how):
    """A small world drawn from `seed`; arguments as for `random_flows`."""
    return mp.World.from_flows(**random_flows(seed, countries, sectors, **how))


def random_policy(seed, world, *, alias=None, transfers=True):
    """One to four acts between the first four countries of `COUNTRIES`, drawn from `seed`.

    Draws do not depend on the order of labels. `alias`: selectors to write instead of some codes.
    """
    rng = np.random.default_rng((seed, 1))
    alias = alias or {}

    def two():
        first, second = rng.choice(COUNTRIES[:4], 2, replace=False)
        return alias.get(first, str(first)), alias.get(second, str(second))

    def what():
        options = ["*", *sorted(world.sectors)]
        return options[rng.integers(len(options))]

    def act(kind):
        (one, other), sectors, rate = two(), what(), float(rng.uniform(0, 0.5))
        return {
            "tariff": lambda: mp.Tariff(one, other, sectors, rate=rate),
            "export tax": lambda: mp.ExportTax(one, other, sectors, rate=rate),
            "trade cost": lambda: mp.TradeCost(one, other, sectors, rate=rate),
            "embargo": lambda: mp.Embargo(one, other, sectors, coverage=2 * rate),
            "productivity": lambda: mp.Productivity(one, sectors, change=rate - 0.2),
            "labour": lambda: mp.LabourSupply(one, change=rate - 0.2),
            "transfer": lambda: mp.Transfer(
                one, other, amount=0.1 * rate * float(world.value_added.sum()) / len(COUNTRIES)
            ),
        }[kind]()

    kinds = ["tariff", "export tax", "trade cost", "embargo", "productivity", "labour"]
    kinds += ["transfer"] * transfers
    return sum((act(kind) for kind in rng.choice(kinds, rng.integers(1, 5))), mp.Policy())


def split_country(world, code, name, share):
    """The arguments of `World.from_flows` for a world in which a country is two of the same kind.

    The new one, put last, has `share` of everything the old one had: of its output, of its
    purchases from everyone, and so `share` squared of what the old one sold to itself.
    """
    part = np.zeros((len(world.countries) + 1, len(world.countries)))
    part[:-1] = np.eye(len(world.countries))
    old = world.countries.index(code)
    part[old, old], part[-1, old] = 1 - share, share
    sales = world.trade.values / (1 + world.tariff.values)
    inputs = (1 - world.value_added_share.values) * world.output.values
    use = world.input_share.values * inputs
    return {
        "countries": [*world.countries, name],
        "sectors": world.sectors,
        "sales": np.einsum("ai,bn,sin->sab", part, part, sales, optimize=True),
        "intermediate_use": np.einsum("bn,ksn->ksb", part, use),
        "tariff": np.einsum(
            "ai,bn,sin->sab", part > 0, part > 0, world.tariff.values, optimize=True
        ),
        "trade_elasticity": world.trade_elasticity.values,
        "name": f"{world.name}, {code} split",
        "year": world.year,
    }


def split_sector(world, code, name, share):
    """The same for a sector that becomes two of the same kind: same costs, same buyers."""
    part = np.zeros((len(world.sectors) + 1, len(world.sectors)))
    part[:-1] = np.eye(len(world.sectors))
    old = world.sectors.index(code)
    part[old, old], part[-1, old] = 1 - share, share
    sales = world.trade.values / (1 + world.tariff.values)
    inputs = (1 - world.value_added_share.values) * world.output.values
    use = world.input_share.values * inputs
    return {
        "countries": world.countries,
        "sectors": [*world.sectors, name],
        "sales": np.einsum("as,sin->ain", part, sales),
        "intermediate_use": np.einsum("ak,bs,ksn->abn", part, part, use, optimize=True),
        "tariff": np.einsum("as,sin->ain", part > 0, world.tariff.values),
        "trade_elasticity": (part > 0) @ world.trade_elasticity.values,
        "name": f"{world.name}, {code} split",
        "year": world.year,
    }
