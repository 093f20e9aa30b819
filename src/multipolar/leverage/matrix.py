"""All pairs: the loss of each country from a cut-off by each other, exact; and a screen of it.

One embargo of all trade between two countries tells the loss of both, so n (n - 1) / 2 solves fill
the matrix. Rows are saved whole as they finish and found again by the next run: nothing is lost
when it is killed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from platformdirs import user_cache_dir
from rich.console import Console
from rich.progress import Progress

from multipolar.errors import InputError
from multipolar.leverage.cutoff import blocs_of, cut_off
from multipolar.model import Assumptions, solve_many
from multipolar.policy import Policy
from multipolar.world import World
from multipolar.world.files import read_netcdf, write_netcdf
from multipolar.world.labels import Selector

Array = NDArray[np.float64]

# Largest relative failure of any condition: the losses are then right to about seven digits of
# the income they are a part of, far more than the four that are shown.
TOLERANCE = 1e-7
FORMAT = 1  # of the rows kept on disk


def dependence_matrix(
    world: World,
    assumptions: Assumptions | None = None,
    sectors: Selector = "*",
    *,
    folder: Path | None = None,
    progress: bool = True,
) -> xr.Dataset:
    """Loss (country, partner) of each country from a cut-off by each other, exact.

    `loss`: fraction of the country's real income, positive = it loses; `status` of each cut-off
    ("converged", or why there is no number). The diagonal is zero. `folder` keeps finished rows
    (default: the user's cache), by world, sectors and assumptions.
    """
    codes = world.countries

    def acts(k: int) -> dict[str, Policy]:
        return {b: cut_off(codes[k], b, sectors) for b in codes[k + 1 :]}

    rows = {codes[k]: acts(k) for k in range(len(codes) - 1)}
    loss = np.zeros((len(codes), len(codes)))
    status = np.full(loss.shape, "converged", dtype=object)
    kept = _Kept(world, assumptions or Assumptions(), sectors, "pairs", folder)
    for name, found in kept.rows(rows, progress=progress):
        k = codes.index(name)
        income = found["real_income"].to_numpy()
        loss[k, k + 1 :] = -income[:, k]
        loss[k + 1 :, k] = -np.diagonal(income[:, k + 1 :])
        status[k, k + 1 :] = status[k + 1 :, k] = found["status"].to_numpy()
    return _labelled(loss, status, codes, codes, world, kept)


def bloc_matrix(
    world: World,
    assumptions: Assumptions | None = None,
    sectors: Selector = "*",
    blocs: list[str] | None = None,
    *,
    folder: Path | None = None,
    progress: bool = True,
) -> xr.Dataset:
    """Loss (country, partner) of each country from a cut-off by each bloc, exact.

    A member is cut off from its own bloc's other members. As `dependence_matrix` otherwise.
    """
    codes, names = world.countries, list(blocs or blocs_of(world))

    def acts(name: str) -> dict[str, Policy]:
        inside = {codes[k] for k in world.pick_countries(name)}
        rest = {code: [*sorted(inside - {code})] for code in codes}
        return {code: cut_off(code, others, sectors) for code, others in rest.items() if others}

    kept = _Kept(world, assumptions or Assumptions(), sectors, "blocs", folder)
    loss = np.full((len(codes), len(names)), np.nan)
    status = np.full(loss.shape, "converged", dtype=object)
    for name, found in kept.rows({name: acts(name) for name in names}, progress=progress):
        at = [codes.index(str(code)) for code in found["scenario"].to_numpy()]
        income = found["real_income"].to_numpy()
        loss[at, names.index(name)] = -income[np.arange(len(at)), at]
        status[at, names.index(name)] = found["status"].to_numpy()
    return _labelled(loss, status, codes, names, world, kept)


def power(matrix: xr.Dataset, world: World) -> pd.Series:
    """Power of each partner: mean loss of the others from its cut-off, weighted by value added."""
    size = world.value_added.values
    loss = matrix["loss"].to_numpy()
    own = matrix["country"].to_numpy()[:, None] == matrix["partner"].to_numpy()[None]
    weight = np.where(own | np.isnan(loss), 0.0, size[:, None])
    total = weight.sum(axis=0)
    mean = (weight * np.nan_to_num(loss)).sum(axis=0) / np.where(total > 0, total, np.nan)
    return pd.Series(mean, matrix["partner"].to_index(), name="power").sort_values(ascending=False)


def asymmetry(matrix: xr.Dataset) -> xr.DataArray:
    """Leverage (country, partner) of the partner over the country: loss of the first over second.

    The reversed pair has the inverse. NaN where the partner loses nothing.
    """
    loss = matrix["loss"].to_numpy()
    other = np.where(loss.T != 0, loss.T, np.nan)
    return matrix["loss"].copy(data=loss / other).rename("leverage")


def screen(world: World, assumptions: Assumptions | None = None, rho: float = 1.0) -> xr.DataArray:
    """A closed form for the loss (country, partner) of a cut-off: for ranking, never for levels.

    Clayton, Maggiori & Schreger (2024): -1/(rho-1) ln sum_k Omega_k (1 - omega_k)^((rho-1)/theta_k)
    with omega the partner's share in the country's spending on sector k, Omega the sector's share
    in final spending, theta = sigma - 1, rho the elasticity between sectors; here (rho = 1, as in
    the model) its limit -sum_k Omega_k ln(1 - omega_k) / theta_k. It knows neither inputs, nor
    lost export markets, nor anyone's terms of trade. Where a partner is the only seller: infinite.
    """
    theta = (assumptions or Assumptions()).trade_elasticity(world)[:, None, None]
    omega = world.expenditure_share.values
    Omega = world.consumption_share.values[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        log_left = np.log1p(-omega) / theta
        if rho == 1:
            lost = -np.where(Omega > 0, Omega * log_left, 0.0).sum(axis=0)
        else:
            kept = np.where(Omega > 0, Omega * np.exp((rho - 1) * log_left), 0.0).sum(axis=0)
            lost = -np.log(kept) / (rho - 1)
    np.fill_diagonal(lost, 0.0)
    labels = {"partner": world.countries, "country": world.countries}
    return xr.DataArray(lost, labels, ("partner", "country"), name="loss").transpose()


def _labelled(
    loss: Array,
    status: Array,
    countries: list[str],
    partners: list[str],
    world: World,
    kept: "_Kept",
) -> xr.Dataset:
    dims = ("country", "partner")
    return xr.Dataset(
        {
            "loss": (dims, loss, {"units": "fraction of real income, positive = loss"}),
            "status": (dims, status),
        },
        {"country": countries, "partner": partners},
        {"world": world.name, "world_checksum": world.checksum, "folder": str(kept.folder)},
    )


class _Kept:
    """Rows of solves on disk: each written whole when it is finished, found again by its name."""

    def __init__(
        self,
        world: World,
        assumptions: Assumptions,
        sectors: Selector,
        what: str,
        folder: Path | None,
    ) -> None:
        self.world, self.assumptions = world, assumptions
        about = [FORMAT, world.checksum, assumptions.as_dict(), list(world.pick_sectors(sectors))]
        key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]
        root = Path(user_cache_dir("multipolar")) / "dependence" if folder is None else folder
        self.folder = root / f"{what}-{key}"

    def rows(
        self, rows: Mapping[str, Mapping[str, Policy]], *, progress: bool
    ) -> Iterator[tuple[str, xr.Dataset]]:
        """Every row's real income (scenario, country) and status, solved or read."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot be made ({error.strerror})", file=str(self.folder)) from None
        console = Console(stderr=True)
        total = sum(len(acts) for acts in rows.values())
        with Progress(
            transient=True, console=console, disable=not (progress and console.is_terminal)
        ) as bar:
            task = bar.add_task("cutting off", total=total)
            for name, acts in rows.items():
                yield name, self._row(name, acts)
                bar.advance(task, len(acts))

    def _row(self, name: str, acts: Mapping[str, Policy]) -> xr.Dataset:
        path = self.folder / f"{name}.nc"
        if path.is_file():
            try:
                found = read_netcdf(path, "a row of the dependence matrix")
                if [str(label) for label in found["scenario"].to_numpy()] == list(acts):
                    return found
            except (InputError, KeyError):
                pass  # written by something else: solved again, and written over
        found = solve_many(
            self.world,
            acts,
            self.assumptions,
            variables="real_income",
            tolerance=TOLERANCE,
        )
        found["status"] = found["status"].astype(str)
        write_netcdf(found, path)
        return found
