"""Speed and scale, side by side with peers in the same run: `python benchmarks/run.py`.

Prints Markdown tables of medians over repeated runs, with date and machine; about five minutes on
two cores. `--quick` skips the large worlds and the 2,000 policies.
"""

import argparse
import datetime as dt
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np

import multipolar as mp
from multipolar.leverage import dependence_matrix
from multipolar.model import equilibrium as eq
from multipolar.model import gradient, search
from multipolar.model.economy import economy_under
from multipolar.model.search import preconditioner
from multipolar.model.sensitivity import target_weights
from multipolar.scenario import Scenario

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
TOLERANCE = 1e-9


def median_ms(work: Callable[[], object], repeats: int = 21) -> float:
    """Median wall time in milliseconds, the first run (compilation) left out."""
    jax.block_until_ready(work())
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        jax.block_until_ready(work())
        times.append(1e3 * (time.perf_counter() - begin))
    return statistics.median(times)


def table(title: str, head: list[str], rows: list[list[object]]) -> None:
    """Print a Markdown table."""
    print(f"\n## {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        cells = [f"{c:,.2f}" if isinstance(c, float) else str(c) for c in row]
        print(f"| {' | '.join(cells)} |", flush=True)


def synthetic(countries: int, sectors: int, seed: int = 0) -> mp.World:
    """A world of gravity-like flows with input-output links, of any size."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 1, countries)
    distance = np.exp(rng.normal(0, 1, (countries, countries)))
    pull = size[:, None] * size[None, :] * np.exp(-distance) * 0.2
    pull[np.diag_indices(countries)] = 3 * size
    sales = pull[None] * rng.lognormal(0, 0.5, (sectors, countries, 1))
    output, bought = sales.sum(2), sales.sum(1)
    mix = rng.dirichlet(np.ones(sectors), (sectors, countries)).transpose(2, 0, 1)
    use = 0.5 * mix * output[None]
    need = use.sum(1)
    use *= np.minimum(1.0, 0.8 * bought / need)[:, None, :]
    names = [f"N{k:03d}" for k in range(countries)]
    return mp.World.from_flows(
        names,
        [f"S{k:02d}" for k in range(sectors)],
        sales=sales,
        intermediate_use=use,
        trade_elasticity=rng.uniform(3, 9, sectors),
        name=f"synthetic {countries} x {sectors}",
    )


def trade_war(world: mp.World) -> mp.Policy:
    """Two tariffs on everyone and a large one, for worlds without names."""
    first, second = world.countries[0], world.countries[1]
    return (
        mp.Tariff(first, "*", "*", rate=0.1)
        + mp.Tariff(first, second, "*", rate=1.35)
        + mp.Tariff(second, first, "*", rate=1.25)
    )


def solve_ms(world: mp.World, policy: mp.Policy) -> tuple[float, int]:
    """The search alone, cold start of the iteration; milliseconds and passes."""
    economy = economy_under(world, policy.wedges(world), mp.Assumptions())
    pre = preconditioner.at_benchmark(world, economy)
    start = eq.start(economy)
    passes = int(search.run(economy, pre, start, TOLERANCE, 2000).passes)
    return median_ms(lambda: search.run(economy, pre, start, TOLERANCE, 2000)), passes


def main_job(world: mp.World, policy: mp.Policy) -> float:
    """The single solve, warm starts, the batch and the gradient on the shipped world."""
    economy = economy_under(world, policy.wedges(world), mp.Assumptions())
    pre, start = preconditioner.at_benchmark(world, economy), eq.start(economy)
    solved = search.run(economy, pre, start, TOLERANCE, 2000)
    cold = median_ms(lambda: search.run(economy, pre, start, TOLERANCE, 2000), 41)
    nearby = policy + mp.Tariff("USA", "CHN", rate=0.01)
    moved = economy_under(world, nearby.wedges(world), mp.Assumptions())
    warm = median_ms(lambda: search.run(moved, pre, solved.state, TOLERANCE, 2000))
    one_pass = jax.jit(eq.step)
    pass_ms = median_ms(lambda: one_pass(economy, start), 201)
    whole = median_ms(lambda: mp.solve(world, policy, tolerance=TOLERANCE).values["real_income"])
    batch = [policy + mp.Tariff("USA", "CHN", rate=0.01 * k) for k in range(64)]
    many = median_ms(lambda: mp.solve_many(world, batch, tolerance=TOLERANCE).residual.values, 5)
    model = mp.differentiable(world, policy)
    weights = target_weights(world, ("real_income", "USA"))
    slope = median_ms(lambda: gradient.slopes(model, weights, "tariff"))
    table(
        "may-2025 on world-2023 (80 x 50), tolerance 1e-9",
        ["what", "ms", "note"],
        [
            ["solve, cold start of the iteration", cold, f"{int(solved.passes)} passes"],
            ["one pass alone", pass_ms, "dispatch included"],
            ["solve, warm start (tariff moved by 1 point)", warm, ""],
            ["mp.solve, policy to outcome", whole, ""],
            ["batch of 64, a scenario", many / 64, "mp.solve_many, policy to results"],
            ["gradient in all 320,000 tariffs", slope, f"{slope / cold:.2f} x a solve"],
        ],
    )
    return cold


def growth() -> None:
    """How the search grows with countries and sectors (synthetic worlds)."""
    rows: list[list[object]] = []
    for countries in (20, 40, 80, 160):
        world = synthetic(countries, 50)
        ms, passes = solve_ms(world, trade_war(world))
        rows.append([f"{countries} x 50", ms, passes])
    for sectors in (5, 10, 25, 50):
        world = synthetic(80, sectors)
        ms, passes = solve_ms(world, trade_war(world))
        rows.append([f"80 x {sectors}", ms, passes])
    table("Growth: one solve, synthetic worlds", ["countries x sectors", "ms", "passes"], rows)


def against_numpy(world: mp.World, policy: mp.Policy, ours: float) -> None:
    """NumPy on the same world and policy: accelerated, and the tests' solver, slow on purpose."""
    from accelerated import solve as solve_accelerated
    from plain_solver import solve as solve_plainly

    accelerated = median_ms(lambda: solve_accelerated(world, policy, TOLERANCE), 7)
    passes = solve_accelerated(world, policy, TOLERANCE)[1]
    begin = time.perf_counter()
    solve_plainly(world, policy, tolerance=TOLERANCE)
    plain = 1e3 * (time.perf_counter() - begin)
    table(
        "Against NumPy (80 x 50)",
        ["solver", "ms", "ratio"],
        [
            ["multipolar, search", ours, 1],
            [f"factored, Anderson ({passes} passes)", accelerated, f"{accelerated / ours:,.1f} x"],
            ["the tests' plain solver, damped", plain, f"{plain / ours:,.0f} x"],
        ],
    )


def against_gegravity() -> None:
    """The full equilibrium of gegravity on its sample (30 x 1) and on a synthetic 80 x 1 world."""
    from peers import gegravity_ms, sample

    rows: list[list[object]] = []
    for name, data in sample(ROOT).items():
        theirs, world, policy = gegravity_ms(data)
        ours = median_ms(
            lambda w=world, p=policy: mp.solve(w, p, tolerance=1e-8).values["real_income"]
        )
        alone, _ = solve_ms(world, policy)
        rows.append(
            [name, theirs, ours, alone, f"{theirs / ours:,.0f} x", f"{theirs / alone:,.0f} x"]
        )
    table(
        "Against gegravity 0.3, tolerance 1e-8",
        ["countries x sectors", "gegravity simulate, ms", "mp.solve, ms", "our search, ms",
         "ratio", "ratio, search"],
        rows,
    )  # fmt: skip


def random_policy(world: mp.World, rng: np.random.Generator) -> mp.Policy:
    """Tariffs to 500 %, embargoes of random blocs, productivity +-50 %."""
    codes = world.countries
    policy = mp.Policy()
    for _ in range(rng.integers(1, 5)):
        exporter, importer = (str(c) for c in rng.choice(codes, 2, replace=False))
        policy += mp.Tariff(importer, exporter, rate=float(rng.uniform(0, 5)))
    if rng.random() < 0.5:
        policy += mp.Tariff(str(rng.choice(codes)), "*", rate=float(rng.uniform(0, 5)))
    if rng.random() < 0.4:
        group = [str(c) for c in rng.choice(codes, 8, replace=False)]
        policy += mp.Embargo(group[:5], group[5:]) + mp.Embargo(group[5:], group[:5])
    if rng.random() < 0.1:
        policy += mp.Embargo("*", str(rng.choice(codes))) + mp.Embargo(str(rng.choice(codes)), "*")
    if rng.random() < 0.4:
        policy += mp.Productivity(str(rng.choice(codes)), change=float(rng.uniform(-0.5, 0.5)))
    return policy


def two_thousand(world: mp.World, count: int = 2000) -> None:
    """Every one converged, or refused with the reason; none silent."""
    rng = np.random.default_rng(2025)
    policies = [random_policy(world, rng) for _ in range(count)]
    begin = time.perf_counter()
    found = mp.solve_many(world, policies, tolerance=TOLERANCE)
    seconds = time.perf_counter() - begin
    status = found.status.values
    converged = np.array([s == "converged" for s in status])
    refused = np.array([s.startswith("refused") for s in status])
    failed = ~converged & ~refused
    worst = float(found.residual.values[converged].max())
    table(
        f"{count:,} random policies on world-2023",
        ["what", "number"],
        [
            ["converged", int(converged.sum())],
            ["largest residual of the conditions", f"{worst:.1e}"],
            ["refused, with the reason", int(refused.sum())],
            ["no equilibrium found, and saying so", int(failed.sum())],
            ["most passes", int(found.iterations.max())],
            ["seconds", seconds],
            ["ms a scenario", 1e3 * seconds / count],
        ],
    )
    for text in sorted({s[:90] for s in status[refused]})[:3] + sorted(set(status[failed]))[:3]:
        print(f"- {text}")


def dependence(world: mp.World) -> None:
    """Every pair of countries cut off from each other, twice: solved, then read."""
    with tempfile.TemporaryDirectory() as folder:
        rows: list[list[object]] = []
        for what in ("3,160 solves for 6,320 losses", "the same, rows read from disk"):
            begin = time.perf_counter()
            found = dependence_matrix(mp.Case(world), folder=Path(folder))
            failed = int((found["status"] != "converged").sum())
            rows.append([what, f"{time.perf_counter() - begin:.1f}", failed])
    table("Dependence of all pairs, world-2023", ["what", "seconds", "without equilibrium"], rows)


def over_time(world: mp.World) -> None:
    """Sixteen quarters of dated acts, from the acts to the labelled dataset."""
    acts = Scenario.load("may-2025").dated_acts()

    def walk() -> float:
        return mp.path(world, acts, "2025Q1:2028Q4").seconds

    walk()  # compilation
    taken = sorted(walk() for _ in range(7))
    rows: list[list[object]] = [["acts of may-2025, 16 quarters", taken[3], taken[0]]]
    table("A path on world-2023 (80 x 50), tolerance 1e-10", ["what", "s", "fastest"], rows)


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    warnings.simplefilter("ignore")
    print(
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, "
        f"CPython {platform.python_version()}, JAX {jax.__version__}, multipolar {mp.__version__}"
    )
    world = mp.World.load()
    case = Scenario.load("may-2025")
    policy = case.policy_on(case.date)
    cold = main_job(world, policy)
    over_time(world)
    against_numpy(world, policy, cold)
    against_gegravity()
    if not quick:
        growth()
        two_thousand(world)
        dependence(world)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of the whole run: {peak:,.0f} MB.")


if __name__ == "__main__":
    main()
