"""Who retells whom among made-up, spun accounts: precision, recall, seconds.

`python benchmarks/evidence.py`. The texts are those of tests/spinning.py, with seeds of their own.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import spinning

from multipolar.evidence import Account, compare, facts_of

CASES = ((1000, 1.0, 201), (1000, 2.0, 202), (1000, 3.0, 203), (10_000, 1.0, 204))


def measured(n: int, strength: float, seed: int) -> str:
    """A row of the table: `n` accounts, spun `strength` times as hard as usual."""
    made = spinning.accounts(n, seed, strength)
    accounts = [Account.from_text(name, text) for name, text, _ in made]
    start = time.perf_counter()
    found = compare(accounts)
    compared = time.perf_counter()
    facts_of(found)
    done = time.perf_counter()
    true = spinning.true_pairs([label for *_, label in made])
    told = spinning.true_pairs([str(number) for number in found.report])
    hit = len(true & told)
    return (
        f"| {n:,} | {strength:g} | {len(true):,} | {hit / len(told):.4f} | {hit / len(true):.4f} "
        f"| {len(found.pairs):,} | {compared - start:.1f} | {done - compared:.1f} |"
    )


if __name__ == "__main__":
    print("| accounts | spinning | true pairs | precision | recall | pairs scored | s | s, facts |")
    print("|---|---|---|---|---|---|---|---|")
    for case in CASES:
        print(measured(*case), flush=True)
