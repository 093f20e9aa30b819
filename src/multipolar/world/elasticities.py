"""Trade elasticities for the sectors of any world."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError, did_you_mean
from multipolar.world.files import read_text
from multipolar.world.labels import older_sectors, table

Array = NDArray[np.float64]
Elasticities = float | Mapping[str, float]


def trade_elasticities(sectors: Sequence[str], given: Elasticities | None = None) -> Array:
    """Trade elasticity theta of each sector.

    `given`: by sector, or one number for every sector that the shipped table does not know. Sectors
    of OECD's releases that are not given have the shipped `default` estimate; of the release of
    2023, the mean over the sectors of today that they consist of. Raises `InputError` naming
    sectors that have none, because no number is made up, and names of no sector.
    """
    known = {row["sector"]: float(row["default"]) for row in table("elasticities")}
    known |= {
        old: float(np.mean([known[part] for part in parts]))
        for old, parts in older_sectors().items()
    }
    if isinstance(given, Mapping):
        strange = [sector for sector in given if sector not in sectors]
        if strange:
            reason = f"no sector {strange[0]!r}{did_you_mean(strange[0], sectors)}"
            raise InputError(reason, field="elasticities", value=strange[0])
        known |= given
    elif given is not None:
        known = dict.fromkeys(sectors, float(given)) | known
    without = [sector for sector in sectors if sector not in known]
    if without:
        raise InputError(
            f"no trade elasticity is known for {len(without)} of {len(sectors)} sectors, such as "
            f"{', '.join(map(repr, without[:3]))}; give a table of sector, theta, or one number",
            field="elasticities",
        )
    theta = np.array([known[sector] for sector in sectors])
    if not (np.isfinite(theta) & (theta > 0)).all():
        raise InputError("must be positive numbers", field="elasticities")
    return theta


def read_elasticities(path: str | Path) -> dict[str, float]:
    """Elasticities by sector from a CSV with the columns sector and theta; `InputError`."""
    rows = list(csv.DictReader(read_text(path).splitlines()))
    if not rows or {"sector", "theta"} - {*rows[0]}:
        raise InputError("needs rows with the columns sector, theta", file=str(path))
    found = {}
    for line, row in enumerate(rows, 2):
        try:
            found[row["sector"].strip()] = float(row["theta"])
        except (TypeError, ValueError, AttributeError):
            raise InputError(
                f"{row['theta']!r} is not a number", file=str(path), field=f"line {line}: theta"
            ) from None
    return found
