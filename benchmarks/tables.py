"""OECD's ICIO tables at full size: seconds and memory to read one and to make a world of it.

    python benchmarks/tables.py

writes a table of 81 economies x 50 sectors in OECD's layout into a folder for the time being (it is
world-2023 with an 81st economy split off Germany: the right size, not the right numbers), reads it
back, balances it and regroups it, each in a process of its own. Prints Markdown.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

LIMITS = {"seconds": 60.0, "memory": 6.0}  # issue 17


def write(path: Path) -> None:
    """The simulated table, most cells not round numbers, as OECD's."""
    import pyarrow as pa
    from published import oecd
    from pyarrow import csv
    from worlds import split_country

    import multipolar as mp

    flows = split_country(mp.World.load().without_tariffs(), "DEU", "ROW", 0.1)
    frame = oecd(mp.World.from_flows(**flows)).round(6).reset_index()
    csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), path)


def measure(path: Path) -> dict[str, float]:
    """Seconds of each step in this process, and the most memory it had, in GB."""
    begun = time.perf_counter()
    from multipolar.world import balance, regroup
    from multipolar.world.tables import read_oecd

    times = {"import": time.perf_counter()}
    table = read_oecd(path)
    times["read"] = time.perf_counter()
    world = balance(table).world.check(1e-9)
    times["balance, check to 1e-9"] = time.perf_counter()
    regroup(world, {"EU": "EU"})
    times["regroup"] = time.perf_counter()
    seconds = {}
    for step, end in times.items():
        seconds[step], begun = end - begun, end
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    cells = len(table.countries) * len(table.sectors)
    return seconds | {"memory": most, "cells": cells, "bytes": path.stat().st_size}


def main() -> None:
    """Write the table in one process, measure in another, print both."""
    if len(sys.argv) > 2:
        path = Path(sys.argv[2])
        if sys.argv[1] == "write":
            write(path)
        else:
            print(json.dumps(measure(path)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "2022_SML.csv"
        command = [sys.executable, __file__]
        subprocess.run([*command, "write", str(path)], check=True)  # noqa: S603  (this very file)
        done = subprocess.run(  # noqa: S603  (this very file)
            [*command, "measure", str(path)], check=True, capture_output=True, text=True
        )
    found = json.loads(done.stdout)
    memory, cells, size = (found.pop(key) for key in ("memory", "cells", "bytes"))
    print(f"A file of {size / 1e6:.0f} MB, {cells} x {cells} inputs\n")
    print("| step | seconds |\n|---|---|")
    for step, seconds in found.items():
        print(f"| {step} | {seconds:.1f} |")
    total = sum(found.values())
    print(f"| together | {total:.1f} (at most {LIMITS['seconds']:.0f}) |")
    print(f"\nMemory: {memory:.1f} GB at most ({LIMITS['memory']:.0f} GB)")


if __name__ == "__main__":
    main()
