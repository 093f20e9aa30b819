"""Sanctions and those who stand beside: who leaks, under which threat."""

import dataclasses

import numpy as np
import pandas as pd

from multipolar.errors import InputError
from multipolar.leverage.cutoff import changes, members
from multipolar.model import Assumptions
from multipolar.policy import Embargo, Instrument, Leakage, Policy, PriceCap, Tariff, TradeCost
from multipolar.world import World
from multipolar.world.labels import Selector


def who_leaks(
    world: World,
    sanctions: Policy,
    leakage: Leakage,
    candidates: Selector | None = None,
    assumptions: Assumptions | None = None,
) -> pd.DataFrame:
    """Who gains most from passing on what is blocked, and whom secondary sanctions stop.

    Each candidate (default: those named in `leakage.via`; "*" for everyone else) is tried as the
    only third country, all else equal. A row for each, largest gain first: `country`, `gain` over
    not leaking (million USD a year), `gain_share` (of its real income), `gain_punished` with the
    secondary sanctions of `leakage`, `leaks` (whether it still gains then), `target` (gain of the
    importer of what leaks, million USD). "Whoever gains most" is the first row.
    """
    asked = leakage.via if candidates is None else candidates
    parties = np.union1d(
        members(world, leakage.exporter, "exporter"), members(world, leakage.importer, "importer")
    )
    third = [k for k in members(world, asked, "candidates") if k not in parties]
    if not third:
        raise InputError("no third country is left to leak", field="candidates", value=asked)
    free = dataclasses.replace(leakage, sanctioner=None, secondary=0.0)
    acts: dict[str, Policy | Instrument] = {}
    for k in third:
        code = world.countries[k]
        acts[code] = dataclasses.replace(free, via=code)
        if leakage.sanctioner is not None:
            acts[f"{code}, punished"] = dataclasses.replace(leakage, via=code)
    change, income = changes(world, acts, assumptions or Assumptions(), sanctions, throw=False)
    target = members(world, leakage.importer, "importer")
    rows = []
    for k in third:
        code = world.countries[k]
        share = float(change.sel(scenario=code)[k])
        hit = f"{code}, punished"
        punished = float(change.sel(scenario=hit)[k]) if hit in acts else share
        there = change.sel(scenario=code).to_numpy()[target] * income[target]
        rows.append(
            {
                "country": code,
                "gain": share * income[k],
                "gain_share": share,
                "gain_punished": punished * income[k],
                "leaks": punished > 0,
                "target": float(there.sum()),
            }
        )
    return pd.DataFrame(rows).sort_values("gain", ascending=False, ignore_index=True)


def lift(world: World, policy: Policy, sectors: Selector) -> Policy:
    """The policy without its tariffs, embargoes, trade costs and caps on some sectors.

    Domestic shocks, transfers and schedules stay. `InputError` for unknown sectors.
    """
    codes = tuple(f"-{world.sectors[k]}" for k in world.pick_sectors(sectors))
    kept: list[Instrument] = []
    for act in policy:
        if isinstance(act, Tariff | Embargo | TradeCost | PriceCap | Leakage):
            words = (act.sectors,) if isinstance(act.sectors, str) else tuple(act.sectors)
            left = {*_codes(world, words)} - {code[1:] for code in codes}
            if left:
                rest = [code for code in world.sectors if code in left]
                kept.append(dataclasses.replace(act, sectors=rest))
        else:
            kept.append(act)
    return Policy(tuple(kept))


def _codes(world: World, words: tuple[str, ...]) -> list[str]:
    at = world.pick_goods() if words == ("goods",) else world.pick_sectors(words)
    return [world.sectors[k] for k in at]
