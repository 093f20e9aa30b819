"""Files: written whole or not at all, and read with a clear refusal."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import xarray as xr

from multipolar.errors import InputError


def write_whole(path: str | os.PathLike[str], write: Callable[[Path], object]) -> Path:
    """Let `write` fill a draft beside its place and move it there: no half file is ever seen.

    What is no regular file (a pipe, a device) is written to as it is. Raises `InputError` for a
    folder and for what cannot be written.
    """
    target = Path(path)
    if target.is_dir():
        raise InputError("is a folder, not a file to write", file=str(target))
    draft = None
    try:
        if target.exists() and not target.is_file():
            write(target)
            return target
        handle, name = tempfile.mkstemp(suffix=target.suffix, dir=target.parent)
        os.close(handle)
        draft = Path(name)
        write(draft)
        draft.chmod(0o644)
        draft.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot be written ({reason})", file=str(target)) from None
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)
    return target


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write text as UTF-8, whole or not at all."""
    return write_whole(path, lambda draft: draft.write_text(text, encoding="utf-8"))


def write_netcdf(data: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Write a dataset as compressed NetCDF, whole or not at all."""
    numbers = [k for k, v in data.variables.items() if v.ndim and v.dtype.kind == "f"]
    packed = {name: {"zlib": True, "shuffle": True} for name in numbers}
    return write_whole(
        path, lambda draft: data.to_netcdf(draft, engine="h5netcdf", encoding=packed)
    )


def read_netcdf(path: Path, what: str) -> xr.Dataset:
    """Read a whole dataset into memory; `InputError` if the file is unreadable or truncated."""
    try:
        with xr.open_dataset(path, engine="h5netcdf") as data:
            return data.load()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise InputError(
            f"cannot be read as {what}: unreadable or truncated NetCDF ({reason})", file=str(path)
        ) from None


def read_text(path: str | os.PathLike[str], limit: int = 10_000_000) -> str:
    """Read."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8; save it as UTF-8 text", file=str(path)) from None
