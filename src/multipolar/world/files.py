"""Files: written whole or not at all, and read with a clear refusal."""

import os
import secrets
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from multipolar.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

LARGEST_TEXT = 20_000_000  # bytes: a table of half a million rows
LARGEST_DATA = 4_000_000_000  # bytes
STALE = 3600.0  # seconds: a draft older than this belongs to a process that was killed


def write_whole(path: str | os.PathLike[str], write: Callable[[Path], object]) -> Path:
    """Let `write` fill a draft file beside `path`, then move it there: no half file is ever seen.

    A link stays a link, and the file that it points to is written. An existing file keeps its
    permissions; a new one gets those of the user's mask. A pipe or a device is written to directly.
    Raises `InputError` for a folder and for a path that cannot be written.
    """
    shown = os.fspath(path)
    try:
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise InputError("is a folder, not a file to write", file=shown)
        if target.exists() and not target.is_file():
            write(target)
        else:
            _replace(target, write)
    except InputError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot be written ({reason})", file=shown) from None
    except ValueError as error:
        if "\0" not in shown:
            raise
        raise InputError(f"is not a possible file name ({error})", file=shown) from None
    return Path(path)


def _replace(target: Path, write: Callable[[Path], object]) -> None:
    pattern = f".{target.stem[:60]}.*.draft{target.suffix}"
    for left in target.parent.glob(_literal(pattern)):
        if time.time() - left.stat().st_mtime > STALE:
            left.unlink(missing_ok=True)
    draft = target.with_name(pattern.replace("*", secrets.token_hex(6)))
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        if target.exists():
            draft.chmod(stat.S_IMODE(target.stat().st_mode))
        write(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _literal(pattern: str) -> str:
    """A file pattern in which only the star is special."""
    return "".join(f"[{letter}]" if letter in "[?" else letter for letter in pattern)


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write text as UTF-8, whole or not at all."""
    return write_whole(path, lambda draft: draft.write_text(text, encoding="utf-8"))


def write_netcdf(data: "xr.Dataset", path: str | os.PathLike[str]) -> Path:
    """Write a dataset as compressed NetCDF, whole or not at all."""
    numbers = [k for k, v in data.variables.items() if v.ndim and v.dtype.kind == "f"]
    packed = {name: {"zlib": True, "shuffle": True} for name in numbers}
    return write_whole(
        path, lambda draft: data.to_netcdf(draft, engine="h5netcdf", encoding=packed)
    )


# --- reading -------------------------------------------------------------------------------------


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether there is a regular file of this name; false if it cannot be the name of a file."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # a name that is too long, a null character
        return False


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether there is a folder of this name; false if it cannot be the name of one."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def read_bytes(path: str | os.PathLike[str], limit: int = LARGEST_TEXT) -> bytes:
    """The bytes of a regular file of at most `limit` bytes.

    Raises `InputError` for a file that is missing, unreadable or larger, and for folders, pipes
    and devices, because reading these might never end.
    """
    file = _regular(path, limit)
    try:
        with file.open("rb") as opened:
            data = opened.read(limit + 1)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=str(path)) from None
    _refuse_large(len(data), limit, path)  # it may have grown meanwhile, or report no size
    return data


def read_text(path: str | os.PathLike[str], limit: int = LARGEST_TEXT) -> str:
    """The text of a UTF-8 file, with or without a byte-order mark; errors as in `read_bytes`."""
    try:
        return read_bytes(path, limit).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 text (byte {error.start}); save it as UTF-8", file=str(path)
        ) from None


def read_netcdf(path: str | os.PathLike[str], what: str) -> "xr.Dataset":
    """Read a whole dataset into memory; `InputError` if the file is unreadable or truncated."""
    import xarray as xr

    file = _regular(path, LARGEST_DATA)
    try:
        with xr.open_dataset(file, engine="h5netcdf") as data:
            return data.load()
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise InputError(
            f"cannot be read as {what}: unreadable or truncated NetCDF ({reason})", file=str(path)
        ) from None


def _regular(path: str | os.PathLike[str], limit: int) -> Path:
    file = Path(path)
    try:
        status = file.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read ({reason})", file=str(path)) from None
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
        raise InputError(f"is {kind}, not a file to read", file=str(path))
    _refuse_large(status.st_size, limit, path)
    return file


def _refuse_large(size: int, limit: int, path: str | os.PathLike[str]) -> None:
    if size > limit:
        raise InputError(
            f"is {size / 1e6:,.1f} MB; at most {limit / 1e6:,.1f} MB are read", file=str(path)
        )
