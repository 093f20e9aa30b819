"""Solve: a world, a policy and assumptions in, an outcome out."""

import time
import weakref
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from multipolar.errors import InputError, NotConverged
from multipolar.model import equilibrium as eq
from multipolar.model.fixed_point import solve_fixed_point
from multipolar.model.outcome import Outcome, describe
from multipolar.model.variants import Assumptions
from multipolar.policy import Instrument, Policy, Wedges
from multipolar.world import World

Array = NDArray[np.float64]

TOLERANCE = 1e-10
MAX_ITERATIONS = 2000


class Preconditioner(NamedTuple):
    """Each country's own share of the feedback, inverted: what makes few passes suffice.

    Costs feed on the country's own inputs, spending on its own sales, labour demand on its own
    wage; solving those blocks exactly leaves only what crosses borders to the iteration.
    """

    wage: jax.Array  # [n] 1 / (1 + elasticity of labour demand to the own wage)
    cost: jax.Array  # [n, s, k] (I - own inputs)^-1
    spending: jax.Array  # [n, k, s] (I - own sales)^-1, in logs
    labour_share: jax.Array  # [s, n] effect of the wage on cost
    final_share: jax.Array  # [s, n] final spending out of value added, over spending


def solve(
    world: World,
    policy: Policy | Instrument | None = None,
    assumptions: Assumptions | None = None,
    *,
    throw: bool = True,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> Outcome:
    """What the economy does under a policy.

    Returns an `Outcome` in changes against the benchmark (with `deficits="purged"`: against the
    benchmark without deficits). `tolerance` is the largest relative failure of any equilibrium
    condition. Raises `InputError` for a policy that does not fit the world or leaves a market
    without a supplier, `NotConverged` when no equilibrium is found (with ``throw=False`` the
    outcome says so and refuses to give numbers).
    """
    policy = Policy() if policy is None else policy
    policy = Policy((policy,)) if isinstance(policy, Instrument) else policy
    assumptions = assumptions or Assumptions()
    if assumptions.deficits == "purged":
        world = purge(world, assumptions)
    wedges = policy.wedges(world)
    economy = lay_out(world, wedges, assumptions)
    _refuse_empty_markets(world, economy)
    _refuse_unpayable_transfers(world, economy)
    _run(economy, preconditioner(world, economy), tolerance, 0)  # compiles, the first time only
    begin = time.perf_counter()
    state, distance, passes = _run(
        economy, preconditioner(world, economy), tolerance, max_iterations
    )
    residual, iterations = float(distance), int(passes)
    converged = bool(residual <= tolerance)
    status = "converged" if converged else _why(residual, iterations, max_iterations)
    seconds = time.perf_counter() - begin
    if throw and not converged:
        raise NotConverged(f"{status}; policy: {policy!r}")
    values = describe(world, wedges, economy, state) if converged else {}
    return Outcome(
        world=world.name,
        checksum=world.checksum,
        policy=repr(policy),
        assumptions=assumptions,
        status=status,
        residual=residual,
        iterations=iterations,
        seconds=seconds,
        countries=tuple(world.countries),
        sectors=tuple(world.sectors),
        values=values,
    )


def purge(world: World, assumptions: Assumptions) -> World:
    """The same world without deficits: transfers fall to zero, nothing else is shocked."""
    without = Assumptions(**(assumptions.as_dict() | {"deficits": "world-gdp"}))
    cache = _PURGED.setdefault(world, {})
    key = repr(without)
    if key not in cache:
        none = Policy().wedges(world)
        economy = lay_out(world, none, without)._replace(D=jnp.zeros(len(world.countries)))
        state, residual, _ = _run(
            economy, preconditioner(world, economy), TOLERANCE / 100, MAX_ITERATIONS
        )
        if residual > TOLERANCE:
            raise NotConverged(f"deficits cannot be purged: residual {float(residual):.1e}")
        f, flow = eq.solved(economy, state)
        use = np.asarray(economy.G.transpose(1, 2, 0) * ((1 - economy.beta) * f.Y))
        cache[key] = World.from_flows(
            world.countries,
            world.sectors,
            sales=np.asarray(flow) / (1 + world.tariff.values),
            intermediate_use=use,
            tariff=world.tariff.values,
            trade_elasticity=world.trade_elasticity.values,
            name=f"{world.name}, deficits purged",
            year=world.year,
        )
    return cache[key]


# What is worked out once for a world lives as long as the world does.
_BENCHMARKS: "weakref.WeakKeyDictionary[World, dict[str, jax.Array]]" = weakref.WeakKeyDictionary()
_PURGED: "weakref.WeakKeyDictionary[World, dict[str, World]]" = weakref.WeakKeyDictionary()
_PRECONDITIONERS: "weakref.WeakKeyDictionary[World, dict[bytes, Preconditioner]]" = (
    weakref.WeakKeyDictionary()
)


def lay_out(world: World, wedges: Wedges, assumptions: Assumptions) -> eq.Economy:
    """The arrays that the equilibrium conditions read: benchmark, wedges, assumptions."""
    base = _benchmark(world)
    theta = assumptions.trade_elasticity(world)
    K, K_border, K_seller = _kernels(
        base["expenditure_share"],
        base["tariff"],
        wedges.tariff,
        wedges.export_tax,
        wedges.trade_cost,
        wedges.coverage,
        theta,
    )
    own = assumptions.deficits == "own-gdp"
    D = world.transfer.values
    krugman = assumptions.scale / theta if assumptions.supply == "krugman" else 0 * theta
    by_sector = assumptions.scale_of == "sector"
    return eq.Economy(
        K=K,
        K_border=K_border,
        K_seller=K_seller,
        alpha=base["consumption_share"],
        beta=base["value_added_share"],
        G=base["input_share"],
        theta=jnp.asarray(theta),
        VA=base["value_added"],
        X=base["expenditure"],
        Y=base["output"],
        R=base["tariff_revenue"],
        D=jnp.asarray(wedges.transfer + (0 if own else D)),
        d=jnp.asarray(D / world.value_added.values if own else 0 * D),
        A=jnp.asarray(1 + wedges.productivity),
        L=jnp.asarray(1 + wedges.labour),
        psi_sector=jnp.asarray(krugman * by_sector),
        psi_country=jnp.asarray(krugman * (not by_sector)),
        kappa=jnp.asarray(float(assumptions.labour_elasticity)),
        taxes_exports=jnp.asarray(bool(wedges.export_tax.any())),
        relief=jnp.asarray(float(assumptions.revenue == "income-tax")),
    )


@jax.jit
def _kernels(
    pi: jax.Array,
    t0: jax.Array,
    t: jax.Array,
    x: jax.Array,
    cost: jax.Array,
    phi: jax.Array,
    theta: jax.Array,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """K = pi (1 - phi) kappa^-theta, K / t and K / (t x); taxes given as rates."""
    log_kappa = jnp.log1p(t) - jnp.log1p(t0) + jnp.log1p(x) + jnp.log1p(cost)
    K = pi * (1 - phi) * jnp.exp(-theta[:, None, None] * log_kappa)
    return K, K / (1 + t), K / ((1 + t) * (1 + x))


def _benchmark(world: World) -> dict[str, jax.Array]:
    """The benchmark's arrays on the device, once for each world."""
    if world not in _BENCHMARKS:
        arrays = world.arrays() | {
            "input_share": world.input_share.values.transpose(2, 0, 1),
            "output": world.output.values,
            "tariff_revenue": world.tariff_revenue.values,
        }
        _BENCHMARKS[world] = {name: jnp.asarray(array) for name, array in arrays.items()}
    return _BENCHMARKS[world]


def preconditioner(world: World, economy: eq.Economy) -> Preconditioner:
    """Own-country blocks of the benchmark's feedback, once for each world and elasticities."""
    cache = _PRECONDITIONERS.setdefault(world, {})
    theta, psi = np.asarray(economy.theta), np.asarray(economy.psi_sector)
    key = theta.tobytes() + psi.tobytes()
    if key not in cache:
        cache.clear()  # one set of elasticities at a time is enough, and bounds the memory
        cache[key] = _invert_own_blocks(world, theta, psi)
    return cache[key]


def _invert_own_blocks(world: World, theta: Array, psi: Array) -> Preconditioner:
    a = world.arrays()
    pi, beta, G, X = (
        a[name] for name in ("expenditure_share", "value_added_share", "input_share", "expenditure")
    )
    home = np.einsum("snn->sn", pi)
    own_inputs = np.einsum("sn,ksn,kn->nsk", 1 - beta, G, home)
    bought = np.where(X > 0, X, 1.0)
    own_sales = np.einsum("ksn,sn,sn,kn->nks", G, 1 - beta, home * X, 1 / bought)
    eye = np.eye(len(world.sectors))
    Y = world.output.values
    at_home = np.clip(home * X / np.where(Y > 0, Y, 1.0), 0.0, 1.0)
    exposed = (1 - at_home) + at_home * (1 - home)
    elasticity = (beta * Y * theta[:, None] * exposed).sum(0) / (beta * Y).sum(0)
    final = a["consumption_share"] * a["value_added"] / bought
    # Dearer sells less, and with scale economies a smaller sector is dearer still.
    own_inputs += np.einsum("s,sn,sk->nsk", psi * theta, exposed, eye)
    parts = (
        1 / (1 + elasticity),
        np.linalg.inv(eye - own_inputs),
        np.linalg.inv(eye - own_sales),
        beta,
        final,
    )
    return Preconditioner(*(jnp.asarray(part) for part in parts))


@jax.jit
def _run(
    economy: eq.Economy, pre: Preconditioner, tolerance: float, max_iterations: int
) -> tuple[eq.State, jax.Array, jax.Array]:
    """The fixed point from the benchmark; residual by the conditions themselves."""
    first = eq.start(economy)
    n, cells = first.w.size, first.c.size

    def pack(state: eq.State) -> jax.Array:
        return jnp.concatenate([state.w, state.c.ravel(), state.X.ravel()])

    def unpack(v: jax.Array) -> eq.State:
        c, X = v[n : n + cells], v[n + cells :]
        return eq.State(v[:n], c.reshape(first.c.shape), X.reshape(first.c.shape))

    def gap(v: jax.Array) -> tuple[jax.Array, jax.Array]:
        new = eq.step(economy, unpack(v))
        dw, dc, dX = (new_part - old for new_part, old in zip(new, unpack(v), strict=True))
        plain = jnp.maximum(jnp.abs(dw).max(), jnp.maximum(jnp.abs(dc).max(), jnp.abs(dX).max()))
        w = pre.wage * dw
        c = jnp.einsum("nsk,kn->sn", pre.cost, dc + pre.labour_share * w)
        X = jnp.einsum("nks,sn->kn", pre.spending, dX + pre.final_share * w)
        return pack(eq.State(w, c, X)), plain

    result = solve_fixed_point(gap, pack(first), tolerance / 2, max_iterations)
    state = unpack(result.point)
    return state, eq.residual(economy, state), result.iterations


def _refuse_empty_markets(world: World, economy: eq.Economy) -> None:
    """Refuse a policy under which someone who buys finds no seller at any price."""
    empty = (np.asarray(economy.K).sum(axis=1) <= 0) & (world.expenditure.values > 0)
    if empty.any():
        s, n = (int(k[0]) for k in np.nonzero(empty))
        more = int(empty.sum()) - 1
        also = f", nor {more} more markets" if more else ""
        raise InputError(
            f"the policy leaves {world.sectors[s]} in {world.countries[n]} without a supplier"
            f"{also}; lower the coverage of an embargo, or leave one seller open",
            field="policy",
        )


def _refuse_unpayable_transfers(world: World, economy: eq.Economy) -> None:
    """Refuse transfers between countries that a policy leaves without a route to deliver them.

    A transfer is a trade surplus or deficit: a group of countries cut off from the rest can have
    neither, a country that may not sell abroad no surplus, one that may not buy abroad no deficit.
    """
    route = np.asarray(economy.K).sum(axis=0) > 0
    np.fill_diagonal(route, val=False)
    D = np.asarray(economy.D) + np.asarray(economy.d) * np.asarray(economy.VA)
    small = 1e-9 * world.value_added.values.sum()
    count, group = connected_components(route, directed=False)
    stuck = np.zeros(len(D), dtype=bool)
    if count > 1:
        balance = np.bincount(group, weights=D, minlength=count)
        stuck = np.abs(balance)[group] > small
    stuck |= ~route.any(axis=1) & (-small > D) | ~route.any(axis=0) & (small < D)
    if stuck.any():
        crowd = np.bincount(group, minlength=count)[group]
        n = min(np.flatnonzero(stuck), key=lambda k: (crowd[k], -abs(D[k])))
        kind = "surplus" if D[n] < 0 else "deficit"
        raise InputError(
            f"the policy cuts {world.countries[n]} off, but it has a trade {kind} of "
            f"{abs(D[n]) / 1e3:,.1f} bn USD that it could then not run; take deficits out first "
            "(assumption deficits = 'purged')",
            field="policy",
        )


def _why(residual: float, iterations: int, limit: int) -> str:
    if not np.isfinite(residual):
        return f"no equilibrium found: no finite numbers after {iterations} passes"
    stop = "the limit" if iterations >= limit else "a stop"
    return (
        f"no equilibrium found: conditions still fail by {residual:.1e} after {iterations} passes "
        f"({stop}); try a smaller policy, lower elasticities, or perfect competition"
    )
