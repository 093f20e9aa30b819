"""Shards: the results of a sweep on disk, a Parquet file for each chunk, whole or not there.

A shard's name carries the hash of what made it: design, scenario, world, version, and chunk. So
resuming means that the file is there, and files of another sweep in the folder are never mixed in.
"""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from multipolar.errors import InputError
from multipolar.scenario.files import inputs
from multipolar.sweep.members import Members
from multipolar.world.files import is_file, read_bytes, write_text, write_whole

ABOUT = "sweep.json"
FOLDER = "shards"
MADE = b"multipolar.made"  # the key in a shard's metadata


def fingerprint(members: Members) -> str:
    """The hash of what makes a sweep: design, scenario with its files, world, version."""
    digest = hashlib.sha256()
    design = members.design.model_dump(mode="json", exclude={"file", "title"})
    scenario = members.scenario.model_dump(mode="json", exclude={"file"}, serialize_as_any=True)
    for act in scenario["policy"]:
        act.pop("folder", None)
    told = [design, scenario, members.world.checksum, version("multipolar")]
    digest.update(json.dumps(told, sort_keys=True, default=str).encode())
    path = Path(members.scenario.file)
    for file in inputs(path) if path.is_file() else ():
        digest.update(hashlib.sha256(read_bytes(file, 2_000_000_000)).digest())
    return digest.hexdigest()[:16]


def name_of(made: str, chunk: int) -> str:
    """The name of a shard's file."""
    return f"{made}-{chunk:06d}.parquet"


def packed(columns: Mapping[str, Any], made: str, chunk: int) -> bytes:
    """A shard as the bytes of its file."""
    table = pa.table(dict(columns))
    told = {MADE: json.dumps({"sweep": made, "chunk": chunk}).encode()}
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(told), buffer, compression="zstd")
    return buffer.getvalue()


def write(folder: Path, made: str, chunk: int, content: bytes) -> Path:
    """Write a shard, whole or not at all."""
    return write_whole(
        folder / FOLDER / name_of(made, chunk), lambda draft: draft.write_bytes(content)
    )


def is_there(folder: Path, made: str, chunk: int, rows: int) -> bool:
    """Whether a shard is on disk, can be read, is of this sweep and chunk, and has all its rows."""
    path = folder / FOLDER / name_of(made, chunk)
    if not path.is_file():
        return False
    try:
        about = pq.read_metadata(path)
        told = json.loads((about.metadata or {}).get(MADE, b"{}"))
    except (OSError, ValueError, pa.ArrowException):
        return False
    return told == {"sweep": made, "chunk": chunk} and about.num_rows == rows


def begin(folder: Path, members: Members, made: str) -> None:
    """Write what the folder is of: the sweep's hash, design, and how many shards it has.

    Raises `InputError` for a folder that another sweep was begun in: what is there stays readable.
    """
    try:
        (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made ({error.strerror})", file=str(folder)) from None
    if is_file(folder / ABOUT) and about(folder).get("sweep") != made:
        raise InputError(
            "holds another sweep (another design, scenario, world or version); choose another "
            "folder, or remove that one",
            file=str(folder),
        )
    design = members.design
    told = {
        "sweep": made,
        "multipolar": version("multipolar"),
        "world": members.world.name,
        "world_checksum": members.world.checksum,
        "scenarios": design.size,
        "chunk": design.chunk,
        "shards": design.chunks,
        "design": design.model_dump(mode="json"),
    }
    write_text(folder / ABOUT, json.dumps(told, indent=1) + "\n")


def about(folder: str | Path) -> dict[str, Any]:
    """What a folder is of; raises `InputError` for a folder that no sweep was begun in."""
    path = Path(folder) / ABOUT
    if not is_file(path):
        raise InputError(f"holds no sweep (no {ABOUT})", file=str(folder))
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"cannot be read ({error})", file=str(path)) from None
    return told


def files(folder: str | Path) -> list[Path]:
    """The shards of a folder's sweep that are finished, in order of the scenarios.

    DuckDB reads them in place: ``SELECT * FROM read_parquet([...])``.
    """
    told = about(folder)
    names = (name_of(told["sweep"], chunk) for chunk in range(told["shards"]))
    found = (Path(folder) / FOLDER / name for name in names)
    return [path for path in found if path.is_file()]


def table(folder: str | Path, columns: Iterable[str] | None = None) -> pd.DataFrame:
    """The finished scenarios of a sweep, by number: what varies, status, and what was kept.

    `columns`: only these, besides the number. Changes are fractions, levels million USD a year.
    Raises `InputError` for a folder without a finished shard, and for columns that do not exist.
    """
    paths = files(folder)
    if not paths:
        raise InputError("has no finished shard yet", file=str(folder))
    known = pq.read_schema(paths[0]).names
    wanted = None if columns is None else ["scenario", *columns]
    for name in wanted or ():
        if name not in known:
            raise InputError(f"the sweep keeps no {name!r}", file=str(folder), field="columns")
    parts = [pq.read_table(path, columns=wanted).to_pandas() for path in paths]
    return pd.concat(parts, ignore_index=True).set_index("scenario")


def failures(folder: str | Path) -> Counter[str]:
    """How many finished scenarios have no equilibrium, by reason; reads shard by shard."""
    counts: Counter[str] = Counter()
    for path in files(folder):
        status = pq.read_table(path, columns=["status"])["status"]
        counts.update(
            {each["values"]: each["counts"] for each in status.value_counts().to_pylist()}
        )
    del counts["converged"]
    return counts
