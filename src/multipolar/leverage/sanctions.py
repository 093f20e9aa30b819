"""Sanctions and third countries: which measures belong to whom, and who leaks despite a threat.

A policy says which trade a measure falls on, but only partly whose measure it is. A tariff belongs
to the importer, an export tax to the exporter. An embargo, a trade cost and a leak between two
countries count as measures of either country. A price cap works through services, wherever the
goods go: it counts as a joint measure of all countries that embargo the exporter.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.leverage.cutoff import changes, members
from multipolar.model import Case
from multipolar.model.groups import label
from multipolar.policy import Embargo, Instrument, Leakage, Policy
from multipolar.policy.selection import say_who
from multipolar.policy.wedges import BILATERAL, Layer
from multipolar.progress import OnStep, quiet
from multipolar.world import World
from multipolar.world.labels import Selector

Mask = NDArray[np.bool_]

CAPPED = ("serviced", "ceiling", "discount")


# --- lifting -------------------------------------------------------------------------------------


def lift(case: Case, sectors: Selector = "*", by: Selector = "*", on: Selector = "*") -> Case:
    """The case without the measures of some countries on others, in some sectors.

    Tariffs and export taxes of `by` on `on`, embargoes, trade costs and leaks between the two, and
    price caps on `on` if nobody else embargoes it, return to the benchmark in those cells.
    Everything else stays: measures between others, domestic shocks, transfers. Raises `InputError`
    for unknown names.
    """
    measures = Measures.of(case, sectors, by, on)
    acts = [_without(act, measures, case.world) for act in case.policy]
    return case.with_policy(Policy(tuple(act for act in acts if act is not None)))


@dataclass(frozen=True)
class Measures:
    """The measures of some countries (`by`) on others (`on`), given by codes.

    `cap`: whether price caps on `on` belong to `by`, whoever the buyer is.
    """

    sectors: tuple[str, ...]
    by: tuple[str, ...]
    on: tuple[str, ...]
    cap: bool

    @classmethod
    def of(cls, case: Case, sectors: Selector, by: Selector, on: Selector) -> "Measures":
        """The measures in a case that the selectors name."""
        world = case.world
        what = world.pick_goods() if sectors == "goods" else world.pick_sectors(sectors)
        ours, target = members(world, by, "by"), members(world, on, "on")
        others = np.setdiff1d(np.arange(len(world.countries)), [*ours, *target])
        shut = case.policy.wedges(world).coverage.max(axis=0)
        alone = not (shut[np.ix_(target, others)].any() or shut[np.ix_(others, target)].any())
        return cls(
            tuple(world.sectors[s] for s in what),
            tuple(world.countries[k] for k in ours),
            tuple(world.countries[k] for k in target),
            alone,
        )

    def cells(self, world: World) -> dict[str, Mask]:
        """The cells of each bilateral wedge [sector, exporter, importer]."""
        what, everyone = world.pick_sectors(self.sectors), range(len(world.countries))
        ours, target = world.pick_countries(self.by), world.pick_countries(self.on)
        buys, sells, capped = (np.zeros(world.tariff.shape, dtype=bool) for _ in range(3))
        buys[np.ix_(what, target, ours)] = sells[np.ix_(what, ours, target)] = True
        capped[np.ix_(what, target, everyone if self.cap else ours)] = True
        cells = dict.fromkeys(BILATERAL, buys | sells) | dict.fromkeys(CAPPED, capped)
        return cells | {"tariff": buys, "export_tax": sells}

    def change(self, case: Case, lifted: Case) -> bool:
        """Whether lifting the measures changed anything."""
        one, other = (part.policy.wedges(part.world) for part in (case, lifted))
        return any(
            bool((getattr(one, name)[at] != getattr(other, name)[at]).any())
            for name, at in self.cells(case.world).items()
        )


def _without(act: Instrument, measures: Measures, world: World) -> Instrument | None:
    """The act without some measures: unchanged if it has none of them, None if it has no others."""
    cells, layers = measures.cells(world), list(act.layers(world))
    inside = [cells[x.wedge].ravel()[x.cells] for x in layers if x.wedge in BILATERAL]
    if not any(part.any() for part in inside):
        return act
    national = any(x.wedge not in BILATERAL and x.wedge != "route" for x in layers)
    if not national and all(part.all() for part in inside):
        return None
    return _Lifted(act, measures, name=act.name)


@dataclass(frozen=True, repr=False)
class _Lifted(Instrument):
    """An act without the measures that were lifted.

    It keeps the lifted cells, at a level that changes nothing: where two acts "set" the same cell,
    the number of cells that each of them covers decides which one counts.
    """

    act: Instrument
    lifted: Measures

    def layers(self, world: World) -> Iterator[Layer]:
        """The layers of the act, without effect where it was lifted."""
        cells = self.lifted.cells(world)
        for layer in self.act.layers(world):
            if layer.wedge in BILATERAL:
                free = cells[layer.wedge].ravel()[layer.cells]
                level = np.where(free, _nothing(layer, world), layer.level)
                yield replace(layer, level=level)
            else:
                yield layer

    def __repr__(self) -> str:
        by, on, what = (say_who(x) for x in (self.lifted.by, self.lifted.on, self.lifted.sectors))
        return f"{self.act!r} (lifted by {by} on {on}: {what})"


def _nothing(layer: Layer, world: World) -> NDArray[np.float64] | float:
    """The level at which a layer leaves its cells as the benchmark has them."""
    if layer.how == "set":
        return world.tariff.to_numpy().ravel()[layer.cells] if layer.wedge == "tariff" else 0.0
    return 1.0 if layer.how == "scale" and not layer.compound else 0.0


# --- who leaks -----------------------------------------------------------------------------------


def who_leaks(
    case: Case,
    leakage: Leakage,
    candidates: Selector | None = None,
    *,
    on_step: OnStep = quiet,
) -> pd.DataFrame:
    """Which third countries gain most from passing on blocked goods, and which a threat stops.

    Each candidate (default: those named in `leakage.via`; "*" for every other country) is tried as
    the only third country, all else equal. A row for each, largest gain first: `country`, `gain`
    over not leaking (million USD a year), `gain_share` (of its real income), `gain_punished` with
    the secondary sanctions of `leakage` (million USD a year), `leaks` (whether it still gains
    then), `target` (gain of the importer of what leaks, million USD a year), `status` ("converged",
    or why there is no number). Raises `InputError` for unknown names, if no third country is left,
    and if nothing is blocked that could leak; `NotConverged` where the case has no equilibrium.
    """
    world = case.world
    _refuse_open(case, leakage)
    asked = leakage.via if candidates is None else candidates
    buys = members(world, leakage.importer, "importer")
    parties = np.union1d(members(world, leakage.exporter, "exporter"), buys)
    third = [k for k in members(world, asked, "candidates") if k not in parties]
    if not third:
        raise InputError("no third country is left to leak", field="candidates", value=asked)
    free = replace(leakage, sanctioner=None, secondary=0.0)
    acts: dict[str, Instrument] = {}
    for code in (world.countries[k] for k in third):
        acts[code] = replace(free, via=code)
        if leakage.sanctioner is not None:
            acts[f"{code}, punished"] = replace(leakage, via=code)
    change, income = changes(case, acts, throw=False, on_step=on_step)
    rows = [_leaker(k, world.countries[k], change, income, buys) for k in third]
    return pd.DataFrame(rows).sort_values("gain", ascending=False, ignore_index=True)


def _leaker(
    k: int, code: str, change: xr.DataArray, income: NDArray[np.float64], buys: NDArray[np.intp]
) -> dict[str, object]:
    """The row of third country k; `change` (scenario, country) with and without punishment."""
    free = change.sel(scenario=code)
    hit = f"{code}, punished"
    punished = change.sel(scenario=hit) if hit in change["scenario"] else free
    failed = [words for part in (free, punished)
              if (words := str(part["status"].item())) != "converged"]  # fmt: skip
    return {
        "country": code,
        "gain": float(free[k]) * income[k],
        "gain_share": float(free[k]),
        "gain_punished": float(punished[k]) * income[k],
        "leaks": bool(punished[k] > 0),
        "target": float((free.to_numpy()[buys] * income[buys]).sum()),
        "status": failed[0] if failed else "converged",
    }


def _refuse_open(case: Case, leakage: Leakage) -> None:
    """Refuse a leak where no embargo blocks anything."""
    where = Embargo(leakage.exporter, leakage.importer, leakage.sectors)
    (layer,) = where.layers(case.world)
    if not case.policy.wedges(case.world).coverage.ravel()[layer.cells].any():
        raise InputError(
            f"nothing is blocked from {label(leakage.exporter)} to {label(leakage.importer)} under "
            "this policy, so nothing can leak; ask it of a case with an embargo between them",
            field="leakage",
        )
