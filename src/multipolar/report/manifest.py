"""The manifest: what went into a run, what came out, and on which versions; and its verification.

A run can be checked by anybody who has its folder and its inputs: `verify` compares every input and
every written file with the manifest, solves again, and compares number by number.
"""

import datetime as dt
import hashlib
import json
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from multipolar.errors import InputError
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.ranges import PATIENCE
from multipolar.scenario import Run, Scenario, affordable, anything, inputs
from multipolar.world.files import is_file, read_bytes

MANIFEST, RESULT = "manifest.json", "result.json"
PACKAGES = ("multipolar", "jax", "jaxlib", "numpy", "scipy", "pandas", "xarray")
LARGEST = 2_000_000_000  # bytes of a file that is hashed
AGREES = 1e-8  # relative difference of numbers that two solves may have
TINY = 1e-9  # below this size a number counts as zero
TIMED = ("seconds", "iterations", "residual")  # may differ between machines
SHOWN = 20  # differences that are listed


def manifest_of(
    run: Run, folder: Path, written: Sequence[str], options: Mapping[str, Any]
) -> dict[str, Any]:
    """What stands beside a run's files: inputs and outputs with SHA-256, versions, options."""
    return {
        "multipolar": version("multipolar"),
        "made": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "scenario": run.scenario.name,
        "scenario_file": str(Path(run.scenario.file).absolute()),
        "world": run.case.world.name,
        "world_checksum": run.case.world.checksum,
        "options": dict(options),
        "status": "; ".join(run.failures) or "converged",
        "residual": None if run.only_gas else run.outcome.residual,
        "packages": {name: version(name) for name in PACKAGES},
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "inputs": {str(path): sha256(path) for path in inputs(Path(run.scenario.file).absolute())},
        "files": {name: sha256(folder / name) for name in written},
    }


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(read_bytes(path, LARGEST)).hexdigest()


def verify(folder: Path, again: Any, on_step: OnStep = quiet) -> list[str]:
    """What differs between a run's folder and the same run done again; empty where nothing does.

    `again` makes the JSON of a run (`report.as_json`). Inputs and written files are held against
    the manifest byte by byte, the world by its checksum, and the numbers of result.json against a
    new solve to 1e-8. Raises `InputError` for a folder without a manifest that can be read.
    """
    if not is_file(folder / MANIFEST):
        raise InputError(
            "has no manifest.json; name a folder that run --out wrote", file=str(folder)
        )
    manifest = _read(folder / MANIFEST)
    for needed in ("scenario_file", "inputs", "files", "world_checksum"):
        if not isinstance(manifest, dict) or needed not in manifest:
            raise InputError(
                "is not the manifest of a run", file=str(folder / MANIFEST), field=needed
            )
    wrong = list(_changed(manifest, folder, on_step))
    options = manifest.get("options", {})
    scenario = Scenario.load(manifest["scenario_file"]).with_options(
        options.get("assume", {}),
        tariffs=options.get("tariffs", True),
        date=dt.date.fromisoformat(options["date"]) if "date" in options else None,
    )
    scenario = scenario.along(options["path"]) if options.get("path") else scenario
    run = scenario.run(asks=affordable if options.get("quick") else anything, on_step=on_step)
    if "draws" in options:
        patience = PATIENCE if options.get("patient", False) else float("inf")
        run = run.with_ranges(options["draws"], patience=patience, on_step=on_step)
    if run.case.world.checksum != manifest["world_checksum"]:
        wrong.append(f"world {run.case.world.name}: its numbers are not those of the run")
    found = json.loads(json.dumps(again(run)))
    wrong += _differences("", _read(folder / RESULT), found)
    return wrong[:SHOWN] + ([f"and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else [])


def _changed(manifest: Mapping[str, Any], folder: Path, on_step: OnStep) -> Iterator[str]:
    """Inputs and outputs that are gone or no longer what they were."""
    known = [(Path(name), digest) for name, digest in manifest["inputs"].items()]
    known += [(folder / name, digest) for name, digest in manifest["files"].items()]
    for done, (path, digest) in enumerate(known):
        on_step("hashing", done, len(known))
        if not path.is_file():
            yield f"{path}: is gone"
        elif sha256(path) != digest:
            yield f"{path}: has changed since the run"


def _differences(place: str, old: Any, new: Any) -> Iterator[str]:
    """Where two results differ, by the path to the number."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if key not in TIMED:
                yield from _differences(f"{place}.{key}".strip("."), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for k, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differences(f"{place}[{k}]", one, other)
    elif isinstance(old, int | float) and isinstance(new, int | float):
        size = max(abs(old), abs(new))
        if size > TINY and abs(old - new) > AGREES * size:
            yield f"{RESULT}: {place} was {old:.10g} and is {new:.10g}"
    elif old != new:
        yield f"{RESULT}: {place} was {_short(old)} and is {_short(new)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:60]}..."


def _read(path: Path) -> Any:
    try:
        return json.loads(read_bytes(path, LARGEST))
    except ValueError as error:
        raise InputError(f"is no JSON that can be read ({error})", file=str(path)) from None
