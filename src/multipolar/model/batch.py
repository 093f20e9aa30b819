"""Many policies or assumptions at once: one compiled program, all cores, failures as rows."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from multipolar.errors import InputError, did_you_mean
from multipolar.model.assumptions import Assumptions
from multipolar.model.members import Batch
from multipolar.model.outcome import CONTENTS
from multipolar.model.quantities import Quantities
from multipolar.model.solve import MAX_ITERATIONS, TOLERANCE, check_tolerance
from multipolar.policy import Instrument, Policy
from multipolar.progress import OnStep, quiet
from multipolar.world import World

COUNTRY_MEASURES = tuple(name for name, (dims, _, _) in CONTENTS.items()
                         if dims == ("country",)
                         and name not in ("terms_of_trade", "volume_of_trade"))  # fmt: skip

Act = Policy | Instrument
Policies = Act | Sequence[Act] | Mapping[str, Act]


def solve_many(
    world: World,
    policies: Policies,
    assumptions: Assumptions | Sequence[Assumptions] | None = None,
    *,
    variables: str | Sequence[str] = COUNTRY_MEASURES,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
    workers: int | None = None,
    on_step: OnStep = quiet,
) -> xr.Dataset:
    """Solve a batch; each variable asked for has dims (scenario, ...), in the order given.

    `policies`: one, a sequence (labelled 0, 1, ...) or a mapping of names to policies.
    `assumptions`: one for all, or one for each policy; a single policy is solved under each of the
    assumptions. `variables`: names of `Outcome` contents. The result also has `status`, `residual`
    and `iterations` by scenario: a member that is refused or has no equilibrium is a row of NaN
    whose status says why; the other members go on. As many members are in memory as there are
    `workers` (default: the `cores`). `on_step` is called for every member that is done; if it
    raises, or the user interrupts, members that have not begun are not begun.

    Members that differ in few cells are searched for together, on kernels that they share
    (`members.Batch`, `benchmarks/README.md`). Raises `InputError` for unknown variables and for
    lists that do not match.
    """
    variables = (variables,) if isinstance(variables, str) else tuple(variables)
    _check(variables, workers)
    check_tolerance(tolerance)
    names, members = _members(policies, assumptions)
    out = _empty(world, names, variables)

    def keep(k: int, status: str, residual: float, passes: int, found: Quantities | None) -> None:
        out["status"][k], out["residual"][k], out["iterations"][k] = status, residual, passes
        if found is not None:
            for name in variables:
                out[name][k] = found[name]

    batch = Batch(world, members, tolerance, max_iterations, keep)
    batch.run(workers or cores(), on_step)
    return _labelled(world, names, variables, out)


def _check(variables: Sequence[str], workers: int | None) -> None:
    if workers is not None and workers < 1:
        raise InputError(f"needs at least one worker, not {workers}", field="workers")
    for name in variables:
        if name not in CONTENTS:
            raise InputError(
                f"an outcome has no {name!r}{did_you_mean(name, CONTENTS)}", field="variables"
            )


def cores() -> int:
    """How many cores this process may use; this can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):  # Linux; elsewhere nothing restricts a process
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _members(
    policies: Policies, assumptions: Assumptions | Sequence[Assumptions] | None
) -> tuple[list[str | int], list[tuple[Act, Assumptions]]]:
    names: list[str | int]
    if isinstance(policies, Policy | Instrument):
        policies = [policies]
    if isinstance(policies, Mapping):
        names, acts = list(policies), list(policies.values())
    else:
        names, acts = list(range(len(policies))), list(policies)
    if assumptions is None or isinstance(assumptions, Assumptions):
        return names, [(act, assumptions or Assumptions()) for act in acts]
    if len(acts) == 1:
        acts, names = acts * len(assumptions), list(range(len(assumptions)))
    if len(acts) != len(assumptions):
        raise InputError(
            f"{len(acts)} policies but {len(assumptions)} assumptions; give one of either, or the "
            "same number of both",
            field="assumptions",
        )
    return names, list(zip(acts, assumptions, strict=True))


def _empty(
    world: World, names: Sequence[str | int], variables: Sequence[str]
) -> dict[str, np.ndarray]:
    size = {"sector": len(world.sectors)}
    out = {
        name: np.full(
            (len(names), *(size.get(dim, len(world.countries)) for dim in CONTENTS[name][0])),
            np.nan,
        )
        for name in variables
    }
    return out | {
        "status": np.full(len(names), "", dtype=object),
        "residual": np.full(len(names), np.nan),
        "iterations": np.zeros(len(names), dtype=int),
    }


def _labelled(
    world: World, names: Sequence[str | int], variables: Sequence[str], out: dict[str, np.ndarray]
) -> xr.Dataset:
    arrays = {
        name: xr.DataArray(
            out[name], dims=("scenario", *CONTENTS[name][0]), attrs={"units": CONTENTS[name][1]}
        )
        for name in variables
    }
    about = {name: ("scenario", out[name]) for name in ("status", "residual", "iterations")}
    used = {dim for array in arrays.values() for dim in array.dims}
    labels = {
        "sector": world.sectors,
        "country": world.countries,
        "exporter": world.countries,
        "importer": world.countries,
    }
    coords = {"scenario": list(names)} | {k: v for k, v in labels.items() if k in used}
    return xr.Dataset(arrays | about, coords=coords, attrs={"world": world.name})
