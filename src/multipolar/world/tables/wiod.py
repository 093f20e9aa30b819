"""WIOD's World Input-Output Tables, release of 2016, as distributed for Stata.

`WIOTS_in_STATA.zip` has a file a year, `WIOT2014_October16_ROW.dta`: a row for each country and
industry (`Country`, `IndustryCode`, `RNr`), then rows of totals (`Country` TOT) up to GO, gross
output; columns v<country><number>, numbers 1 to 56 for industries and 57 to 61 for final uses, and
TOT. Million USD at current basic prices. Source: Timmer, Dietzenbacher, Los, Stehrer & de Vries
(2015), Review of International Economics 23: 575-605.
"""

import io
import re
import struct
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from multipolar.errors import InputError
from multipolar.progress import OnStep, quiet
from multipolar.world.files import is_file
from multipolar.world.tables.table import IMBALANCE, TINY, Table

USES = ("CONS_h", "CONS_np", "CONS_g", "GFCF", "INVEN")  # columns 57 to 61 of each country


def read_wiod(
    path: str | Path,
    year: int | None = None,
    *,
    tiny: float = TINY,
    imbalance: float = IMBALANCE,
    on_step: OnStep = quiet,
) -> Table:
    """Read one year of WIOD's tables (release of 2016) from a .dta file or the zip of all years.

    Raises `InputError` for a file that is missing, truncated, of another release, or not balanced.
    """
    shown, content = _content(Path(path), year)
    on_step(f"reading {Path(path).name}")
    try:
        frame = pd.read_stata(io.BytesIO(content))
    except (ValueError, EOFError, LookupError, OverflowError, struct.error) as error:
        reason = f"is not a whole Stata file: unreadable or truncated ({str(error)[:80]})"
        raise InputError(reason, file=shown) from None
    wanted = ("IndustryCode", "Country", "RNr", "Year", "TOT")
    absent = [column for column in wanted if column not in frame]
    if absent:
        reason = f"is not a table of WIOD's release of 2016: no column {absent[0]!r}"
        raise InputError(reason, file=shown)
    return _table(frame, shown, tiny, imbalance)


def _content(path: Path, year: int | None) -> tuple[str, bytes]:
    if not is_file(path):
        raise InputError("no file of this name", file=str(path))
    try:
        if path.suffix.lower() != ".zip":
            return str(path), path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".dta")]
            inside = [name for name in names if year is None or str(year) in Path(name).name]
            if len(inside) != 1:
                years = sorted(re.findall(r"WIOT(\d{4})", " ".join(names)))
                asked = "holds several years" if year is None else f"has no table of {year}"
                reason = f"{asked}; it has {', '.join(years) or 'no .dta file'}"
                raise InputError(reason, file=str(path), field="year")
            return f"{path}: {inside[0]}", archive.read(inside[0])
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"cannot be read ({error})", file=str(path)) from None


def _table(frame: pd.DataFrame, shown: str, tiny: float, imbalance: float) -> Table:
    made = frame[frame["Country"] != "TOT"]
    countries = list(dict.fromkeys(made["Country"]))
    sectors = list(dict.fromkeys(made["IndustryCode"]))
    found = list(zip(made["Country"], made["IndustryCode"], strict=True))
    expected = [(country, sector) for country in countries for sector in sectors]
    if found != expected:
        gone = sorted(set(expected) - set(found))
        reason = (
            f"{len(gone)} rows are missing, the first {'_'.join(gone[0])}"
            if gone
            else ("its rows do not run country by country")
        )
        raise InputError(f"{reason}; the file is truncated?", file=shown)
    j, u = len(sectors), len(USES)
    first = int(made["RNr"].iloc[0])
    columns = [f"v{c}{k}" for c in countries for k in range(first, first + j)]
    uses = [f"v{c}{57 + k}" for c in countries for k in range(u)]
    absent = [column for column in (*columns, *uses) if column not in frame]
    if absent:
        reason = f"has no column {absent[0]!r} ({len(absent)} columns are missing)"
        raise InputError(reason, file=shown)
    total = frame[(frame["Country"] == "TOT") & (frame["IndustryCode"] == "GO")]
    return Table.from_matrices(
        countries,
        sectors,
        USES,
        inputs=np.array(made[columns], dtype=float),
        final=made[uses].to_numpy(dtype=float),
        output=made["TOT"].to_numpy(dtype=float),
        cost=total[columns].to_numpy(dtype=float)[0] if len(total) else None,
        tiny=tiny,
        imbalance=imbalance,
        name=f"WIOD 2016, {int(made['Year'].iloc[0])}",
        year=int(made["Year"].iloc[0]),
        source=shown,
    )
