"""Compiled programs on disk: where they are kept, and how a damaged one is replaced.

JAX warns of a program that it cannot read, compiles it anew, and leaves the damaged file in place,
so that every later process warns again. Here the damaged file is removed instead, and the program
that is compiled next takes its place.
"""

import os
import re
import warnings
from pathlib import Path
from typing import Any

import jax
from platformdirs import user_cache_dir

DAMAGED = re.compile(r"Error reading persistent compilation cache entry for '([\w.]+)'")


def keep_programs() -> None:
    """Use 64-bit floats, and keep compiled programs in the user's cache folder.

    Where the user has told JAX its own folder (JAX_COMPILATION_CACHE_DIR), that one stays as it is.
    """
    jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]
    if "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    folder = user_cache_dir("multipolar")
    jax.config.update("jax_compilation_cache_dir", folder)  # type: ignore[no-untyped-call]
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)  # type: ignore[no-untyped-call]
    _replace_damaged(Path(folder))


def _replace_damaged(folder: Path) -> None:
    """Let JAX's warning of a damaged program remove that program."""
    shown = warnings.showwarning

    def show(message: Warning | str, *place: Any, **more: Any) -> None:
        damaged = DAMAGED.match(str(message))
        if damaged is None:
            shown(message, *place, **more)
            return
        for path in folder.glob(f"{damaged[1]}-*-cache"):
            path.unlink(missing_ok=True)

    warnings.showwarning = show
