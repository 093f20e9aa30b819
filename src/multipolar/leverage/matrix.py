"""All pairs: the exact loss of each country when each other country cuts it off; and a screen.

One embargo of all trade between two countries gives the loss of both, so n (n - 1) / 2 solves fill
the matrix. Finished rows are saved and found again by the next run (`kept_rows`), so a run that was
killed loses nothing. The policy of the case is in force on both sides of every comparison.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.leverage.cutoff import blocs_of, purchases_of
from multipolar.leverage.kept_rows import Cut, KeptRows
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.world.labels import Selector

Array = NDArray[np.float64]


def dependence_matrix(
    case: Case,
    sectors: Selector = "*",
    *,
    folder: Path | None = None,
    on_step: OnStep = quiet,
) -> xr.Dataset:
    """Loss (country, partner) of each country when each other country cuts it off, exact.

    `loss`: fraction of the country's real income, positive = it loses; `status` of each cut-off
    ("converged", or why there is no number); `value_added` (country), million USD a year at the
    benchmark. The diagonal is zero. `folder` keeps finished rows (default: the user's cache); the
    attribute `folder` says where they are, `note` why they are not kept (if so). Raises
    `InputError` for unknown sectors, `NotConverged` where the case has no equilibrium.
    """
    codes = case.world.countries

    def cuts(k: int) -> dict[str, Cut]:
        return {partner: (codes[k], [partner]) for partner in codes[k + 1 :]}

    before = 1 + case.outcome.real_income.to_numpy()
    loss = np.zeros((len(codes), len(codes)))
    status = np.full(loss.shape, "converged", dtype=object)
    kept = KeptRows(case, sectors, "pairs", folder)
    for name, found in kept.rows({codes[k]: cuts(k) for k in range(len(codes) - 1)}, on_step):
        k = codes.index(name)
        lost = 1 - (1 + found["real_income"].to_numpy()) / before
        loss[k, k + 1 :] = lost[:, k]
        loss[k + 1 :, k] = np.diagonal(lost[:, k + 1 :])
        status[k, k + 1 :] = status[k + 1 :, k] = found["status"].to_numpy()
    return _labelled(loss, status, codes, kept)


def bloc_matrix(
    case: Case,
    sectors: Selector = "*",
    blocs: Sequence[str] | None = None,
    *,
    folder: Path | None = None,
    on_step: OnStep = quiet,
) -> xr.Dataset:
    """Loss (country, partner) of each country when each bloc cuts it off, exact.

    `blocs`: names (default: all that have members in the world). A member is cut off from the other
    members of its own bloc. Otherwise as `dependence_matrix`.
    """
    world, codes = case.world, case.world.countries
    names = blocs_of(world) if blocs is None else list(blocs)
    if not names:
        raise InputError("name a bloc or more", field="blocs")

    def cuts(name: str) -> dict[str, Cut]:
        inside = {codes[k] for k in world.pick_countries(name)}
        rest = {code: sorted(inside - {code}) for code in codes}
        return {code: (code, others) for code, others in rest.items() if others}

    before = 1 + case.outcome.real_income.to_numpy()
    kept = KeptRows(case, sectors, "blocs", folder)
    loss = np.full((len(codes), len(names)), np.nan)
    status = np.full(loss.shape, "converged", dtype=object)
    for name, found in kept.rows({name: cuts(name) for name in names}, on_step):
        at = [codes.index(str(code)) for code in found["scenario"].to_numpy()]
        lost = 1 - (1 + found["real_income"].to_numpy()) / before
        loss[at, names.index(name)] = lost[np.arange(len(at)), at]
        status[at, names.index(name)] = found["status"].to_numpy()
    return _labelled(loss, status, names, kept)


def power(matrix: xr.Dataset) -> pd.Series:
    """Power of each partner: mean loss of the others when it cuts them off, by their value added.

    A fraction of real income for each `partner`, largest first; NaN where there is no number.
    """
    size = matrix["value_added"].to_numpy()
    loss = matrix["loss"].to_numpy()
    own = matrix["country"].to_numpy()[:, None] == matrix["partner"].to_numpy()[None]
    weight = np.where(own | np.isnan(loss), 0.0, size[:, None])
    total = weight.sum(axis=0)
    mean = (weight * np.nan_to_num(loss)).sum(axis=0) / np.where(total > 0, total, np.nan)
    return pd.Series(mean, matrix["partner"].to_index(), name="power").sort_values(ascending=False)


def asymmetry(matrix: xr.Dataset) -> xr.DataArray:
    """Leverage (country, partner) of the partner: the country's loss over the partner's loss.

    Exchanging the two gives the inverse. NaN where the partner loses nothing.
    """
    loss = matrix["loss"].to_numpy()
    other = np.where(loss.T != 0, loss.T, np.nan)
    return matrix["loss"].copy(data=loss / other).rename("leverage")


def screen(case: Case, rho: float = 1.0) -> xr.DataArray:
    """A closed form for the loss (country, partner) from a cut-off: for ranking, never for levels.

    Clayton, Maggiori & Schreger (2024): -1/(rho-1) ln sum_k Omega_k (1 - omega_k)^((rho-1)/theta_k)
    with omega the partner's share in the country's spending on sector k, Omega the sector's share
    in final spending, theta = sigma - 1, rho the elasticity between sectors; for rho = 1, as in
    the model, its limit -sum_k Omega_k ln(1 - omega_k) / theta_k. It ignores inputs, lost export
    markets and terms of trade. It is infinite where a partner is the only seller. A fraction of
    real income, positive = loss; shares are those under the case (of the benchmark if the case has
    no acts). Raises `InputError` for a rho that is not above zero, `NotConverged`.
    """
    if not 0 < rho < np.inf:
        raise InputError(f"an elasticity must be above zero, not {rho!r}", field="rho", value=rho)
    world = case.world
    theta = case.assumptions.trade_elasticity(world)[:, None, None]
    omega = world.expenditure_share.values
    if len(case.policy):
        bought = purchases_of(case)
        spent = bought.sum(axis=1, keepdims=True)
        omega = bought / np.where(spent > 0, spent, 1.0)
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


def _labelled(loss: Array, status: Array, partners: list[str], kept: KeptRows) -> xr.Dataset:
    world, dims = kept.case.world, ("country", "partner")
    size = world.value_added.to_numpy()
    return xr.Dataset(
        {
            "loss": (dims, loss, {"units": "fraction of real income, positive = loss"}),
            "status": (dims, status),
            "value_added": (("country",), size, {"units": "million USD a year, benchmark"}),
        },
        {"country": world.countries, "partner": partners},
        {
            "world": world.name,
            "world_checksum": world.checksum,
            "folder": "" if kept.note else str(kept.folder),
            "note": kept.note,
        },
    )
