"""Economy: a world, wedges and assumptions as the arrays that the equilibrium conditions read.

The kernel of trade, K = pi d kappa^-theta, is stated here and nowhere else (`kernels`).
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.model import equilibrium as eq
from multipolar.model.assumptions import Assumptions
from multipolar.model.nests import Nests
from multipolar.policy.wedges import Wedges
from multipolar.world import World
from multipolar.world.per_world import PerWorld

Array = NDArray[np.float64]

SMALL = 10_000  # numbers in an array: below this, copying is cheaper than aligning


class Kernels(NamedTuple):
    """What an importer would buy at old costs, and where the money goes; all of one shape."""

    K: Any  # pi d kappa^-theta, where d is the share that embargoes let through
    K_border: Any  # K / t: net of tariff, export tax included
    K_taxed: Any  # the part of K / t that the exporter's government takes as export tax


def log_trade_cost(
    tariff_before: Any, tariff: Any, export_tax: Any, trade_cost: Any, discount: Any = 0.0
) -> Any:
    """Log kappa, kappa = (1 + t') / (1 + t) x (1 + x) (1 + cost) / (1 - discount)."""
    xp: Any = jnp if isinstance(tariff, jax.Array) else np
    tariffs = xp.log1p(tariff) - xp.log1p(tariff_before)
    return tariffs + xp.log1p(export_tax) + xp.log1p(trade_cost) - xp.log1p(-discount)


def export_tax_part(export_tax: Any) -> Any:
    """The export tax as a share of the border value, x / (1 + x)."""
    return export_tax / (1 + export_tax)


def kernels(share: Any, theta: Any, log_kappa: Any, tariff: Any, taken: Any) -> Kernels:
    """K = share x kappa^-theta, K / t, and the part `taken` of K / t (Caliendo & Parro 2015).

    `share` is pi without what embargoes keep out; `tariff` is the level after the policy. The
    shapes must broadcast. With JAX arrays the result can be differentiated; NumPy arrays work too.
    """
    xp: Any = jnp if isinstance(log_kappa, jax.Array) else np
    K = share * xp.exp(-theta * log_kappa)
    border = K / (1 + tariff)
    return Kernels(K, border, border * taken)


def benchmark_kernels(world: World) -> Kernels:
    """The kernels before anyone acts [s, i, n]: no change of costs, and no export taxes."""
    a = world.arrays()
    nothing = np.zeros_like(a["tariff"])
    return kernels(a["expenditure_share"], 1.0, nothing, a["tariff"], nothing)


def economy_under(world: World, wedges: Wedges, assumptions: Assumptions) -> eq.Economy:
    """The arrays that the equilibrium conditions read: benchmark, wedges, assumptions."""
    kernel = _kernels(world, wedges, assumptions.trade_elasticity(world))
    return economy_with(world, kernel, wedges, assumptions)


def economy_with(
    world: World, kernel: Kernels, wedges: Wedges, assumptions: Assumptions
) -> eq.Economy:
    """The same with kernels that are known; rents and export taxes are those of the wedges."""
    base = benchmark(world)
    VA, D = world.arrays()["value_added"], world.arrays()["transfer"]
    theta = assumptions.trade_elasticity(world)
    own = assumptions.deficits == "own-gdp"
    krugman = assumptions.scale / theta if assumptions.supply == "krugman" else 0 * theta
    by_sector = assumptions.scale_of == "sector"
    profit = 1 / (1 + theta) if assumptions.supply == "fixed-firms" else 0 * theta
    beta: Any = base["value_added_share"]
    labour: Any = base["value_added"]
    if profit.any():
        beta, labour = _without_profits(world, profit)
    # Small arrays stay NumPy arrays: converting them to JAX arrays first would be slower.
    arrays: dict[str, Any] = {
        **kernel._asdict(),
        "alpha": base["consumption_share"],
        "beta": beta,
        "G": base["input_share"],
        "theta": theta,
        "profit": profit,
        "VA": labour,
        "X": base["expenditure"],
        "Y": base["output"],
        "R": base["tariff_revenue"],
        "D": wedges.transfer + (0 if own else D),
        "d": D / VA if own else 0 * D,
        "A": 1 + wedges.productivity,
        "L": 1 + wedges.labour,
        "psi_sector": krugman * by_sector,
        "psi_country": krugman * (not by_sector),
        "kappa": np.float64(assumptions.labour_elasticity),
        "size_matters": np.bool_(krugman.any()),
        "taxes_exports": np.bool_(np.any(wedges.at("export_tax"))),
        "relief": np.float64(assumptions.revenue == "income-tax"),
        "rents": _rents(world, wedges, theta),
        "nests": _nests(world, assumptions),
        "floor": _floor(assumptions),
    }
    return eq.Economy(**arrays)


def _nests(world: World, assumptions: Assumptions) -> Nests | None:
    """The elasticities of substitution other than between origins; None where all are one."""
    materials, inputs, final = assumptions.substitution(world)
    if (materials == 1).all() and (inputs == 1).all() and final == 1:
        return None
    alike = (inputs == inputs[0]).all()
    across = np.float64(1 - inputs[0]) if alike else 1 - inputs[:, None]
    r: Any = (1 - materials, across, np.float64(1 - final))
    return Nests(*r)


def _floor(assumptions: Assumptions) -> eq.Floor | None:
    """The lowest wage; None where wages are flexible."""
    if assumptions.wages == "flexible":
        return None
    least: Any = np.log1p(-np.float64(assumptions.wage_fall))
    real: Any = np.bool_(assumptions.floor_in == "consumer-prices")
    share: Any = np.float64(assumptions.labour_share)
    return eq.Floor(least, real, share)


def _without_profits(world: World, profit: Array) -> tuple[Array, Array]:
    """Value-added shares of cost [s, n], and value added [n], once profits are taken out."""
    beta, Y = world.arrays()["value_added_share"], world.output.values
    short = (beta <= profit[:, None]) & (Y > 0)
    if short.any():
        s, n = np.argwhere(short)[0]
        raise InputError(
            f"with fixed firms {100 * profit[s]:.0f} % of the sales of {world.sectors[s]} would be "
            f"profit, but value added in {world.countries[n]} is {100 * beta[s, n]:.0f} %; "
            "raise the sector's elasticity, or choose another supply",
            field="supply",
            value="fixed-firms",
        )
    cost = 1 - profit[:, None]
    of_cost = np.clip((beta - profit[:, None]) / cost, 0.0, 1.0)
    return of_cost, (of_cost * cost * Y).sum(axis=0)


def _kernels(world: World, wedges: Wedges, theta: Array) -> Kernels:
    """The kernels under a policy: those of the benchmark, recomputed in the cells it touches."""
    base, cells, new = benchmark(world), wedges.touched, kernels_at(world, wedges, theta)
    taxed = np.any(wedges.at("export_tax"))
    return Kernels(
        replaced(base["expenditure_share"], cells, new.K),
        replaced(base["border_share"], cells, new.K_border),
        replaced(base["nothing"], cells, new.K_taxed) if taxed else base["nothing"],
    )


def kernels_at(world: World, wedges: Wedges, theta: Array) -> Kernels:
    """The kernels under a policy, in the cells that it touches  [cell]."""
    a, cells = world.arrays(), wedges.touched
    t, x, discount = (wedges.at(name) for name in ("tariff", "export_tax", "discount"))
    theta = theta[cells // len(world.countries) ** 2]
    let_through, margin = _let_through(wedges, theta)
    share = a["expenditure_share"].reshape(-1)[cells]
    taken = (1 - discount) * (1 - margin) * export_tax_part(x)
    return kernels(share * let_through, theta, log_costs_at(world, wedges), t, taken)


def log_costs_at(world: World, wedges: Wedges) -> Array:
    """Log kappa in the cells that a policy touches  [cell]."""
    before = world.arrays()["tariff"].reshape(-1)[wedges.touched]
    levels = (wedges.at(name) for name in ("tariff", "export_tax", "trade_cost", "discount"))
    return np.broadcast_to(log_trade_cost(before, *levels), before.shape)


def log_costs(world: World, wedges: Wedges) -> jax.Array:
    """Log kappa under a policy  [s, i, n]."""
    return replaced(benchmark(world)["nothing"], wedges.touched, log_costs_at(world, wedges))


def varieties_lost(world: World, wedges: Wedges, theta: Array) -> Array:
    """The share of each market's varieties that embargoes keep out, at elasticities [s]  [s, n]."""
    share, cells = world.arrays()["expenditure_share"], wedges.touched
    let_through, _ = _let_through(wedges, theta[cells // len(world.countries) ** 2])
    gone = np.zeros(share.shape)
    gone.reshape(-1)[cells] = share.reshape(-1)[cells] * (1 - let_through)
    return np.asarray(gone.sum(axis=1))


def _let_through(wedges: Wedges, theta: Array) -> tuple[Array, Array]:
    """The share of pi that embargoes let through, and the third countries' part of the payment.

    (1 - phi) + phi leak (1 + markup)^-theta, in the cells that a policy touches; of the price of a
    leaked variety, markup / (1 + markup) goes to the third country that passes it on.
    """
    phi, leak, markup = (wedges.at(name) for name in ("coverage", "leak", "markup"))
    leaked = phi * leak * np.exp(-theta * np.log1p(markup))
    through = (1 - phi) + leaked
    part = leaked / np.where(through > 0, through, 1.0) * markup / (1 + markup)
    return through, part


def _rents(world: World, wedges: Wedges, theta: Array) -> eq.Rents | None:
    """What others than the maker earn on a sale, in fractions of border values; see `eq.Rents`."""
    if not ("leak" in wedges.levels or "serviced" in wedges.levels):
        return None
    nothing, cells = benchmark(world)["nothing"], wedges.touched
    whole = {
        name: replaced(nothing, cells, np.broadcast_to(level, cells.shape))
        for name, level in rents_at(world, wedges, theta).items()
    }
    return eq.Rents(**whole, route=jnp.asarray(wedges.route))


def rents_at(world: World, wedges: Wedges, theta: Array) -> dict[str, Array | float]:
    """The arrays of `eq.Rents`, but for `route`, in the cells that a policy touches  [cell]."""
    discount = wedges.at("discount")
    _, margin = _let_through(wedges, theta[wedges.touched // len(world.countries) ** 2])
    return {
        "third": (1 - discount) * margin,
        "buyer": discount,
        "serviced": (1 - discount) * wedges.at("serviced"),
        "ceiling": wedges.at("ceiling"),
    }


def replaced(array: jax.Array, cells: NDArray[np.intp], new: Array) -> jax.Array:
    """A copy of an array with some cells replaced; aligned, so that JAX uses it without a copy."""
    if not cells.size:
        return array
    if array.size < SMALL:
        small: Any = np.array(array)
        small.ravel()[cells] = new
        return small
    line = 64 // array.itemsize
    room = np.empty(array.size + line)
    ahead = -(room.ctypes.data // array.itemsize) % line
    copy = room[ahead : ahead + array.size]
    copy[:] = np.asarray(array).ravel()
    copy[cells] = new
    return jax.device_put(copy.reshape(array.shape), may_alias=True)


def benchmark(world: World) -> dict[str, jax.Array]:
    """The benchmark's arrays on the device, once for each world."""

    def make() -> dict[str, jax.Array]:
        untouched = benchmark_kernels(world)
        arrays = {
            **world.arrays(),
            "input_share": world.input_share.values.transpose(2, 0, 1),
            "output": world.output.values,
            "tariff_revenue": world.tariff_revenue.values,
            "border_share": untouched.K_border,
            "nothing": untouched.K_taxed,
        }
        return {name: jnp.asarray(array) for name, array in arrays.items()}

    return _BENCHMARKS.get(world, None, make)


_BENCHMARKS: PerWorld[dict[str, jax.Array]] = PerWorld()
