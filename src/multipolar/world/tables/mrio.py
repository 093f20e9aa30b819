"""EXIOBASE 3, Eora26, GLORIA and WIOD 2013, read with pymrio (optional: `multipolar[tables]`)."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from multipolar.errors import InputError, choose
from multipolar.progress import OnStep, quiet
from multipolar.world.naming import LONGEST_LABEL
from multipolar.world.tables.table import IMBALANCE, TINY, Table

# Millions of its own currency in one unit of the table; the names without blanks and signs.
UNITS = {"millionusd": 1.0, "millusd": 1.0, "musd": 1.0, "mus$": 1.0, "000usd": 1e-3,
         "kusd": 1e-3, "000us$": 1e-3}  # fmt: skip
EUROS = {"meur": 1.0, "millioneur": 1.0, "milleur": 1.0}
ISO3 = {
    "AT": "AUT", "AU": "AUS", "BE": "BEL", "BG": "BGR", "BR": "BRA", "CA": "CAN", "CH": "CHE",
    "CN": "CHN", "CY": "CYP", "CZ": "CZE", "DE": "DEU", "DK": "DNK", "EE": "EST", "ES": "ESP",
    "FI": "FIN", "FR": "FRA", "GB": "GBR", "GR": "GRC", "HR": "HRV", "HU": "HUN", "ID": "IDN",
    "IE": "IRL", "IN": "IND", "IT": "ITA", "JP": "JPN", "KR": "KOR", "LT": "LTU", "LU": "LUX",
    "LV": "LVA", "MT": "MLT", "MX": "MEX", "NL": "NLD", "NO": "NOR", "PL": "POL", "PT": "PRT",
    "RO": "ROU", "RU": "RUS", "SE": "SWE", "SI": "SVN", "SK": "SVK", "TR": "TUR", "TW": "TWN",
    "US": "USA", "ZA": "ZAF",
}  # fmt: skip
FORMATS = ("exiobase", "eora", "gloria", "wiod-2013")


def read_mrio(
    path: str | Path,
    kind: str,
    year: int | None = None,
    *,
    dollars: float | None = None,
    tiny: float = TINY,
    imbalance: float = IMBALANCE,
    on_step: OnStep = quiet,
) -> Table:
    """Read a file or folder with pymrio's parser of `kind`: exiobase, eora, gloria, wiod-2013.

    `dollars`: US dollars for one euro in the table's year, needed where values are in euros
    (EXIOBASE). GLORIA at full size needs more than 20 GB of memory in pymrio. Raises `InputError`
    without pymrio, and with pymrio's own words where it cannot read the files.
    """
    if kind not in FORMATS:
        raise InputError(f"no format {kind!r}{choose(kind, FORMATS)}", field="format", value=kind)
    if not Path(path).exists():
        raise InputError("no file or folder of this name", file=str(path))
    pymrio = _pymrio()
    parsers: dict[str, Callable[[], Any]] = {
        "exiobase": lambda: pymrio.parse_exiobase3(path),
        "eora": lambda: pymrio.parse_eora26(path, year=year),
        "gloria": lambda: pymrio.parse_gloria(path, year=year or 2022),
        "wiod-2013": lambda: pymrio.parse_wiod(path, year=year),
    }
    on_step(f"reading {Path(path).name} with pymrio")
    try:
        system = parsers[kind]()
    except Exception as error:  # pymrio raises whatever its libraries raise
        said = " ".join(str(error).split())[:160] or type(error).__name__
        raise InputError(f"pymrio cannot read it as {kind}: {said}", file=str(path)) from None
    return from_pymrio(
        system,
        dollars=dollars,
        tiny=tiny,
        imbalance=imbalance,
        name=f"{kind} {year or ''}".strip(),
        year=year,
        source=str(path),
    )


def from_pymrio(
    system: Any,
    *,
    dollars: float | None = None,
    tiny: float = TINY,
    imbalance: float = IMBALANCE,
    name: str = "",
    year: int | None = None,
    source: str = "",
) -> Table:
    """A table from an `IOSystem` of pymrio.

    EXIOBASE's countries of two letters become ISO3 codes; names of sectors are cut to 40
    characters. Values are converted to million USD by the system's unit. Raises `InputError` for a
    unit that is not known, euros without `dollars`, and regions without final uses.
    """
    if system.Z is None:
        system = system.copy().calc_system()
    flows, bought = system.Z, system.Y
    regions = list(dict.fromkeys(flows.index.get_level_values(0)))
    sectors = list(dict.fromkeys(flows.index.get_level_values(1)))
    uses = list(dict.fromkeys(bought.columns.get_level_values(1)))
    rows = [(region, sector) for region in regions for sector in sectors]
    columns = [(region, use) for region in regions for use in uses]
    for wanted, index in ((rows, flows.index), (rows, flows.columns), (columns, bought.columns)):
        gone = [pair for pair in wanted if pair not in index]
        if gone:
            reason = f"has no {' '.join(map(str, gone[0]))} ({len(gone)} rows or columns missing)"
            raise InputError(reason, file=source)
    unit = str(system.unit.iloc[0, 0])
    scale = _scale(unit, dollars, source)
    return Table.from_matrices(
        _countries(regions),
        _short(sectors),
        _short(uses),
        inputs=scale * flows.loc[rows, rows].to_numpy(dtype=float),
        final=scale * bought.loc[rows, columns].to_numpy(dtype=float),
        tiny=tiny,
        imbalance=imbalance,
        name=name or str(getattr(system.meta, "name", "") or "pymrio"),
        year=year,
        source=source,
    )


def _pymrio() -> Any:
    try:
        import pymrio
    except ImportError:
        raise InputError(
            "this format needs pymrio; install it with: pip install 'multipolar[tables]'",
            field="format",
        ) from None
    return pymrio


def _scale(unit: str, dollars: float | None, source: str) -> float:
    """Million USD in one unit of the table."""
    plain = re.sub(r"[^a-z0-9$]", "", unit.casefold())
    if plain in UNITS:
        return UNITS[plain]
    if plain not in EUROS:
        known = ", ".join((*UNITS, *EUROS))
        raise InputError(f"unit {unit!r} is not known ({known})", file=source, field="unit")
    if dollars is None or not dollars > 0:
        raise InputError(
            f"values are in {unit}; say how many US dollars a euro was (dollars=, --dollars)",
            file=source,
            field="unit",
        )
    return EUROS[plain] * dollars


def _countries(regions: Sequence[str]) -> list[str]:
    """ISO3 codes for EXIOBASE's codes of two letters; other regions keep their names."""
    return _short([ISO3.get(region, region) for region in regions])


def _short(labels: Sequence[str]) -> list[str]:
    """Names that can be labels: without slashes and "@", at most 40 characters, all different."""
    made: list[str] = []
    for label in map(str, labels):
        plain = " ".join(label.replace("/", " or ").replace("\\", " ").replace("@", " at ").split())
        plain = plain.lstrip("-").strip()[:LONGEST_LABEL].strip() or "-"
        taken, count = {each.casefold() for each in made}, 2
        short = plain
        while short.casefold() in taken:
            tail = f" {count}"
            short, count = plain[: LONGEST_LABEL - len(tail)].strip() + tail, count + 1
        made.append(short)
    return made
