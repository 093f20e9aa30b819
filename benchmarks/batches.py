"""Many worlds at once: milliseconds a scenario, beside another revision of this code.

    python benchmarks/batches.py --beside 882014a

times the code that is installed and, in a process of its own, the revision named (taken from the
repository's history), turn and turn about; 882014a is version 0.1.0 before batches shared kernels.
Least of two runs each, tolerance 1e-9, may-2025's world. Prints Markdown.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np

import multipolar as mp
from multipolar.leverage.kept_rows import KeptRows
from multipolar.progress import quiet
from multipolar.scenario import Scenario

ROOT = Path(__file__).parents[1]
TOLERANCE = 1e-9
TURNS = 2
Asked = tuple[list[mp.Policy], list[mp.Assumptions]]


def cut_offs(world: mp.World, count: int) -> Asked:
    """Pairs of countries cut off from each other: a hundred cells, one year after."""
    codes = world.countries
    pairs = [(a, b) for k, a in enumerate(codes) for b in codes[k + 1 :]]
    chosen = pairs[:: max(1, len(pairs) // count)][:count]
    acts = [mp.Embargo(a, b) + mp.Embargo(b, a) for a, b in chosen]
    return acts, [mp.Assumptions(horizon=1.0)] * len(acts)


def random_acts(world: mp.World, count: int, cells: int = 300) -> Asked:
    """Tariffs and embargoes between random countries, of about as many cells each."""
    rng = np.random.default_rng(1)
    policies = []
    for _ in range(count):
        policy = mp.Policy()
        for _ in range(max(1, cells // 26)):
            a, b = (str(code) for code in rng.choice(world.countries, 2, replace=False))
            embargo = mp.Embargo(a, b, "goods", coverage=float(rng.uniform(0, 1)))
            tariff = mp.Tariff(a, b, rate=float(rng.uniform(0, 1)))
            policy += embargo if rng.random() < 0.3 else tariff
        policies.append(policy)
    return policies, [mp.Assumptions()] * count


def around_may(world: mp.World, count: int) -> Asked:
    """May 2025 with the American tariff on one more partner moved."""
    case = Scenario.load("may-2025")
    policy = case.policy_on(case.date)
    others = [code for code in world.countries if code != "USA"]
    acts = [
        policy + mp.Tariff("USA", others[k % 79], rate=0.01 * (1 + k // 79)) for k in range(count)
    ]
    return acts, [mp.Assumptions()] * count


def elasticities(world: mp.World, count: int) -> Asked:
    """May 2025 under other trade elasticities in every sector."""
    case, rng = Scenario.load("may-2025"), np.random.default_rng(0)
    theta = dict(zip(world.sectors, world.trade_elasticity.values, strict=True))
    draws = [
        {sector: float(value * np.exp(rng.normal(0, 0.2))) for sector, value in theta.items()}
        for _ in range(count)
    ]
    policy = case.policy_on(case.date)
    return [policy] * count, [mp.Assumptions(elasticities=draw) for draw in draws]


KINDS: dict[str, Callable[[mp.World, int], Asked]] = {
    "cut-offs of two countries": cut_offs,
    "random acts, 300 cells": random_acts,
    "one tariff more than May 2025": around_may,
    "other elasticities, May 2025": elasticities,
}


def least_ms(world: mp.World, asked: Asked) -> tuple[float, float]:
    """Milliseconds and passes a scenario."""
    times = []
    for _ in range(3):  # the first compiles
        begin = time.perf_counter()
        found = mp.solve_many(world, *asked, tolerance=TOLERANCE)
        times.append(1e3 * (time.perf_counter() - begin) / len(asked[0]))
    return min(times[1:]), float(found.iterations.mean())


def matrix_ms(world: mp.World) -> float:
    """Milliseconds a cut-off of eight rows of the dependence matrix, one year after, kept on disk.

    Its own tolerance, 1e-7.
    """
    codes, times = world.countries, []
    rows = {
        codes[k]: {other: (codes[k], [other]) for other in codes[k + 1 :]} for k in range(0, 80, 10)
    }
    case = mp.Case(world, assumptions=mp.Assumptions(horizon=1.0))
    for _ in range(3):  # the first compiles
        with tempfile.TemporaryDirectory() as folder:
            kept = KeptRows(case, "*", "pairs", Path(folder))
            begin = time.perf_counter()
            count = sum(row.sizes["scenario"] for _, row in kept.rows(rows, quiet))
            times.append(1e3 * (time.perf_counter() - begin) / count)
    return min(times[1:])


def measured() -> dict[str, list[float]]:
    """All that is timed here, by title."""
    world = mp.World.load()
    found = {title: list(least_ms(world, make(world, 64))) for title, make in KINDS.items()}
    for size in (1, 4, 16, 256):
        found[f"cut-offs, batch of {size}"] = list(least_ms(world, cut_offs(world, size)))
    for cells in (30, 1000, 3000):
        title = f"random acts, {cells} cells"
        found[title] = list(least_ms(world, random_acts(world, 64, cells)))
    found["the dependence matrix, 352 of 3,160 cut-offs"] = [matrix_ms(world), 0.0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found | {"memory, MB": [peak, 0.0]}


def in_its_own_process(source: Path) -> dict[str, list[float]]:
    """The same, measured with the code of some folder."""
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(  # noqa: S603  (this very file)
        [sys.executable, __file__, "--json"],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def exported(revision: str, folder: str) -> Path:
    """The sources of a revision, in a folder."""
    command = ["git", "archive", revision, "src"]
    packed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return Path(folder) / "src"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--beside", default="882014a", help="a revision")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.json:
        print(json.dumps(measured()))
        return
    with tempfile.TemporaryDirectory() as folder:
        other = exported(given.beside, folder)
        turns = [
            (in_its_own_process(other), in_its_own_process(ROOT / "src")) for _ in range(TURNS)
        ]
    print(f"| | {given.beside}, ms | passes | this code, ms | passes | times as fast |")
    print("|---|---|---|---|---|---|")
    for title in turns[0][0]:
        (old, before), (new, after) = (min(turn[k][title] for turn in turns) for k in (0, 1))
        numbers = f"{old:,.2f} | {before:.1f} | {new:,.2f} | {after:.1f} | {old / new:.2f}"
        print(f"| {title} | {numbers} |")


if __name__ == "__main__":
    main()
