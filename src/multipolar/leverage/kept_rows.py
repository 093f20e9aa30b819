"""Rows of solves kept on disk: written whole when finished, and checked before they are used.

A label is never used as the name of a file. The folder's name and every file say what the rows
depend on; a row is solved again if its file says anything else, or if its numbers are not those
that were written. If the cache cannot be written, the work goes on without it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import metadata
from pathlib import Path

import numpy as np
import xarray as xr
from platformdirs import user_cache_dir

from multipolar.errors import InputError
from multipolar.leverage.cutoff import cut_off
from multipolar.model import Case, solve_many
from multipolar.policy.wedges import NATIONAL
from multipolar.progress import OnStep
from multipolar.world.files import read_netcdf, write_netcdf
from multipolar.world.labels import Selector

# Largest relative failure of any condition. Losses are then correct to about 1e-7 of income, far
# more than the four digits that are shown.
TOLERANCE = 1e-7
GROUP = 256  # cut-offs that are solved together, at least; a killed run loses no more
FORMAT = 2  # version of the rows kept on disk

Cut = tuple[str, list[str]]  # a country, and the countries from which it is cut off


class KeptRows:
    """Real income under cut-offs added to a case, row by row, solved or found on disk.

    `note`: why rows are not kept; empty if they are.
    """

    def __init__(self, case: Case, sectors: Selector, what: str, folder: Path | None) -> None:
        self.case, self.sectors, self.note = case, sectors, ""
        root = Path(user_cache_dir("multipolar")) / "dependence" if folder is None else folder
        self.folder = root / f"{what}-{_digest(self.about)[:16]}"

    @cached_property
    def about(self) -> dict[str, str]:
        """What the rows depend on, as text that a file can hold."""
        case, world = self.case, self.case.world
        wedges = case.policy.wedges(world)
        moved = {"touched": wedges.touched, **wedges.levels}
        moved |= {name: getattr(wedges, name) for name in NATIONAL}
        contents = {name: _digest(wedge.tobytes()) for name, wedge in sorted(moved.items())}
        return {
            "format": str(FORMAT),
            "version": metadata.version("multipolar"),
            "world": world.checksum,
            "assumptions": json.dumps(case.assumptions.as_dict(), sort_keys=True),
            "trade_elasticity": _digest(case.assumptions.trade_elasticity(world).tobytes()),
            "policy": _digest(contents),
            "sectors": json.dumps([world.sectors[s] for s in world.pick_sectors(self.sectors)]),
        }

    def rows(
        self, rows: Mapping[str, Mapping[str, Cut]], on_step: OnStep
    ) -> Iterator[tuple[str, xr.Dataset]]:
        """Every row's real income (scenario, country) and status."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._not_kept(error, on_step)
        done, total = 0, sum(map(len, rows.values()))
        waiting: dict[str, Mapping[str, Cut]] = {}
        on_step("cutting off", done, total)
        for name, cuts in rows.items():
            found = self._found(cuts)
            if found is None:
                waiting[name] = cuts
            else:
                yield name, found
                done += len(cuts)
                on_step("cutting off", done, total)
            if sum(map(len, waiting.values())) >= GROUP:
                yield from self._solved(waiting, on_step, done, total)
                done, waiting = done + sum(map(len, waiting.values())), {}
        yield from self._solved(waiting, on_step, done, total)

    def _not_kept(self, error: Exception, on_step: OnStep) -> None:
        self.note = f"rows are not kept for another time: {error}"
        on_step(self.note)

    def _about(self, cuts: Mapping[str, Cut]) -> dict[str, str]:
        return self.about | {"cuts": _digest(cuts)}

    def _found(self, cuts: Mapping[str, Cut]) -> xr.Dataset | None:
        countries = self.case.world.countries
        return _read(self._path(cuts), self._about(cuts), list(cuts), countries)

    def _path(self, cuts: Mapping[str, Cut]) -> Path:
        return self.folder / f"row-{_digest(cuts)[:16]}.nc"

    def _solved(
        self, rows: Mapping[str, Mapping[str, Cut]], on_step: OnStep, before: int, whole: int
    ) -> Iterator[tuple[str, xr.Dataset]]:
        """Some rows, solved in one batch and written."""
        acts = [
            self.case.policy + cut_off(*cut, self.sectors)
            for cuts in rows.values()
            for cut in cuts.values()
        ]
        if not acts:
            return

        def step(text: str, done: int = 0, total: int = 0) -> None:  # noqa: ARG001
            on_step("cutting off", before + done, whole)

        found = solve_many(
            self.case.world, acts, self.case.assumptions, variables="real_income",
            tolerance=TOLERANCE, on_step=step,
        )  # fmt: skip
        found["status"] = found["status"].astype(str)
        begin = 0
        for name, cuts in rows.items():
            row = found.isel(scenario=slice(begin, begin + len(cuts)))
            begin += len(cuts)
            yield name, self._written(row.assign_coords(scenario=list(cuts)), cuts, on_step)

    def _written(self, row: xr.Dataset, cuts: Mapping[str, Cut], on_step: OnStep) -> xr.Dataset:
        row.attrs = self._about(cuts) | {"contents": _contents(row)}
        if not self.note:
            try:
                write_netcdf(row, self._path(cuts))
            except (InputError, OSError, RuntimeError) as error:
                self._not_kept(error, on_step)
        return row


def _read(
    path: Path, about: Mapping[str, str], scenarios: list[str], countries: list[str]
) -> xr.Dataset | None:
    """A row from disk; None if there is none or if it is not the one that was asked for."""
    try:
        if not path.is_file():
            return None
        found = read_netcdf(path, "a row of the dependence matrix")
        same = all(found.attrs[name] == text for name, text in about.items())
        here = found["real_income"].dims == ("scenario", "country")
        labels = (found["scenario"].to_numpy().tolist(), found["country"].to_numpy().tolist())
        known = labels == (scenarios, countries)
        if same and here and known and found.attrs["contents"] == _contents(found):
            return found
    except (InputError, KeyError, OSError, RuntimeError, TypeError, ValueError):
        pass  # written by something else: solve the row again and overwrite the file
    return None


def _contents(row: xr.Dataset) -> str:
    """The numbers of a row as text, to check later that they have not changed."""
    income = np.ascontiguousarray(row["real_income"].to_numpy(), dtype=np.float64)
    return _digest({"real_income": _digest(income.tobytes()),
                    "status": [str(status) for status in row["status"].to_numpy()]})  # fmt: skip


def _digest(what: object) -> str:
    data = what if isinstance(what, bytes) else json.dumps(what, sort_keys=True).encode()
    return hashlib.sha256(data).hexdigest()
