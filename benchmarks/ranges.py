"""How far bands of few draws are from those of many, what they cost, and what they hang on.

python benchmarks/ranges.py [SCENARIO] [MANY]
"""

import sys
import time

import numpy as np

from multipolar.scenario import Run, Scenario

WIDTHS = (64, 128, 256, 512)


def ends(run: Run) -> np.ndarray:
    """The ends of every band [number, end]."""
    return np.array(
        [(r.band.low, r.band.high) for a in run.asked if a.ranges for r in a.ranges.ranged]
    )


def main(name: str, many: int) -> None:
    """Print seconds, and how far the ends of bands move, in widths of the band of `many` draws."""
    begin = time.perf_counter()
    run = Scenario.load(name).run()
    print(f"{name} without ranges: {time.perf_counter() - begin:.1f} s, start of Python apart")
    told = {}
    for draws in (*WIDTHS, many):
        begin = time.perf_counter()
        told[draws] = run.with_ranges(draws, patience=float("inf"))
        print(f"{draws} draws: {time.perf_counter() - begin:.1f} s more")
    reference = ends(told[many])
    width = np.diff(reference)
    for draws in WIDTHS:
        moved = np.abs(ends(told[draws]) - reference) / width
        print(f"{draws} draws: ends move by {100 * moved.mean():.1f} % of the width on average, "
              f"{100 * moved.max():.1f} % at most, over {len(reference)} numbers")  # fmt: skip
    for line in [s for a in told[many].asked for s in a.sentences if "of the variance" in s]:
        print(line)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "may-2025", int((sys.argv[2:] or ["1024"])[0]))
