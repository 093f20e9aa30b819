"""Read a published table of any known format."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from multipolar.errors import InputError, choose
from multipolar.progress import OnStep, quiet
from multipolar.world.files import read_netcdf
from multipolar.world.tables.long import from_dataset, read_long
from multipolar.world.tables.mrio import FORMATS as WITH_PYMRIO
from multipolar.world.tables.mrio import read_mrio
from multipolar.world.tables.oecd import read_oecd
from multipolar.world.tables.table import IMBALANCE, TINY, Table
from multipolar.world.tables.wiod import read_wiod

FORMATS = ("oecd", "wiod", "long", "netcdf", *WITH_PYMRIO)


def read_table(
    path: str | Path,
    kind: str,
    year: int | None = None,
    *,
    dollars: float | None = None,
    tiny: float = TINY,
    imbalance: float = IMBALANCE,
    on_step: OnStep = quiet,
) -> Table:
    """Read a table of a format in `FORMATS`.

    oecd: ICIO, releases of 2023 and 2025; wiod: release of 2016, for Stata; long: a CSV of
    exporter, sector, importer, use, value; netcdf: a dataset of `inputs` and `final`; exiobase,
    eora, gloria, wiod-2013: with pymrio. `dollars`: US dollars for a euro, for tables in euros.
    Raises `InputError` as the reader of the format does.
    """
    how: dict[str, Any] = {"tiny": tiny, "imbalance": imbalance}
    readers: dict[str, Callable[[], Table]] = {
        "oecd": lambda: read_oecd(path, year, on_step=on_step, **how),
        "wiod": lambda: read_wiod(path, year, on_step=on_step, **how),
        "long": lambda: read_long(path, year, on_step=on_step, **how),
        "netcdf": lambda: from_dataset(read_netcdf(path, "a table"), source=str(path), **how),
    }
    if kind in WITH_PYMRIO:
        return read_mrio(path, kind, year, dollars=dollars, on_step=on_step, **how)
    if kind not in readers:
        raise InputError(f"no format {kind!r}{choose(kind, FORMATS)}", field="format", value=kind)
    return readers[kind]()


def kind_of(path: str | Path) -> str:
    """The format that a file's name means; "world" for a world and for the name of one.

    Raises `InputError` where the name says nothing.
    """
    name = Path(path).name.lower()
    if name.endswith(".nc"):
        return "world" if "expenditure_share" in read_netcdf(path, "a table") else "netcdf"
    if name.endswith(".dta") or "wiot" in name:
        return "wiod"
    if "_sml" in name or "_ext" in name or name.startswith("icio"):
        return "oecd"
    if name.endswith(".csv"):
        return "long"
    if not Path(path).exists():
        return "world"  # which says what there is
    raise InputError(
        f"say which format it is: {', '.join(FORMATS)}", file=str(path), field="format"
    )
