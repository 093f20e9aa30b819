"""Cut-offs: what countries and blocs lose when trade between them ends; who needs whom more.

Loss of n from a cut-off by H: the fall of n's real income when all trade between the two stops,
both ways, in full equilibrium (exact hats, not a share of trade). Leverage of H over n is the loss
of n over the loss of H. The measures follow Clayton, Maggiori & Schreger (2024, "A Theory of
Economic Coercion and Fragmentation"); the numbers come from the model here. The policy of the case
is in force on both sides of every comparison.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multipolar.errors import InputError, NotConverged
from multipolar.model import Case, solve_many
from multipolar.model.groups import label
from multipolar.policy import Embargo, Instrument, Policy
from multipolar.progress import OnStep, quiet, within
from multipolar.world import World
from multipolar.world.labels import Selector, bloc, bloc_names

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

SHORT_RUN = 1.0  # years: the start of the path of trade elasticities; the long run is its end
CONVERGED = "converged"


def cut_off(
    one: Selector, other: Selector, sectors: Selector = "*", coverage: float = 1.0
) -> Policy:
    """The end of trade between two countries or blocs, both ways.

    A country in both keeps trading with its own side. Example: ``cut_off("RUS", "SANCTIONS")``.
    """
    there = Embargo(one, other, sectors, coverage=coverage)
    return there + Embargo(other, one, sectors, coverage=coverage)


def at_horizons(case: Case) -> dict[str, Case]:
    """The case in the short run (one year) and in the long run, by name.

    A case that assumes a number of years has that horizon only.
    """
    years = case.assumptions.horizon
    if years != "long-run":
        return {f"{years:g} year{'s' if years != 1 else ''}": case}
    return {"short run": case.assuming(horizon=SHORT_RUN), "long run": case}


def standoff(
    case: Case,
    one: Selector,
    other: Selector,
    sectors: Selector = "*",
    *,
    on_step: OnStep = quiet,
) -> pd.DataFrame:
    """What two countries or blocs lose when trade between them ends, and who has leverage.

    A row for each horizon and side, with columns (`COLUMNS`) `horizon`, `country`, `loss` (fraction
    of its real income), `cost` (million USD a year), `leverage` over the other side (loss of the
    other side over its own loss). Raises `InputError` for unknown names and for two sides that
    overlap, `NotConverged` where there is no equilibrium.
    """
    case.world.pick_sectors(sectors)
    apart(case.world, one=one, other=other)
    rows = []
    for horizon, then in at_horizons(case).items():
        pair = pair_losses(then, one, other, sectors, on_step=within(on_step, horizon))
        rows += [{"horizon": horizon} | row for row in pair]
    return pd.DataFrame(rows)


def pair_losses(
    case: Case, one: Selector, other: Selector, sectors: Selector, *, on_step: OnStep = quiet
) -> list[dict[str, object]]:
    """The two sides of a standoff at one horizon: `country`, `loss`, `cost`, `leverage`."""
    sides = {
        label(one): members(case.world, one, "one"),
        label(other): members(case.world, other, "other"),
    }
    ends = {" without ".join(sides): cut_off(one, other, sectors)}
    change, income = changes(case, ends, on_step=on_step)
    losses = {side: weighted(change[0], income, who) for side, who in sides.items()}
    rows: list[dict[str, object]] = []
    for side, against in zip(sides, reversed(sides), strict=True):
        (mine, cost), (theirs, _) = losses[side], losses[against]
        ratio = theirs / mine if mine else np.nan
        rows.append({"country": side, "loss": mine, "cost": cost, "leverage": ratio})
    return rows


def exposure(
    case: Case, country: Selector, sectors: Selector = "*", *, on_step: OnStep = quiet
) -> pd.DataFrame:
    """Which partners a country or bloc needs: its loss when each other country or bloc cuts it off.

    A row for each horizon and `partner`, largest loss first: `kind` ("country" or "bloc"), `loss`,
    `partner_loss` (fractions of real income), `leverage` of the partner (their ratio), `status`.
    Of a bloc, only the members outside the country or bloc take part. NaN where there is no
    equilibrium; `status` says why. Raises `InputError` for unknown names, `NotConverged` where the
    case has no equilibrium.
    """
    world = case.world
    world.pick_sectors(sectors)
    inside = members(world, country, "country")
    others = _others(world, inside)
    if not others:
        raise InputError("nobody is left outside", field="country", value=country)
    policies = {
        name: cut_off(country, [world.countries[k] for k in at], sectors)
        for name, at in others.items()
    }
    rows = []
    for horizon, then in at_horizons(case).items():
        change, income = changes(then, policies, throw=False, on_step=within(on_step, horizon))
        for name, at in others.items():
            here = change.sel(scenario=name)
            loss, theirs = (weighted(here, income, np.array(who))[0] for who in (inside, at))
            rows.append(
                {
                    "horizon": horizon,
                    "partner": name,
                    "kind": "country" if name in world.countries else "bloc",
                    "loss": loss,
                    "partner_loss": theirs,
                    "leverage": loss / theirs if theirs else np.nan,
                    "status": str(here["status"].item()),
                }
            )
    return largest_first(rows)


def _others(world: World, inside: Indices) -> dict[str, list[int]]:
    """Every country outside, and the outside members of every bloc that has two or more of them."""
    others = {code: [k] for k, code in enumerate(world.countries) if k not in inside}
    for name in blocs_of(world) if others else ():
        rest = np.setdiff1d(members(world, name, "bloc"), inside)
        if rest.size > 1:
            others[name] = rest.tolist()
    return others


def complementarity(
    case: Case,
    coalition: Sequence[Selector],
    target: Selector,
    sectors: Selector = "*",
    *,
    on_step: OnStep = quiet,
) -> pd.DataFrame:
    """Whether a coalition hurts a target more together than its members do one by one.

    A row for each `horizon`: `together`, the loss of the target when all cut it off; `apart`, the
    sum of its losses when each alone does; `complementarity`, their difference (fractions of real
    income). It is positive where the others could have supplied what one member denies (always so
    in Clayton, Maggiori & Schreger, where prices are fixed). Here the first cut-off already worsens
    the target's terms of trade with all other countries, which can outweigh this. Raises
    `InputError` for unknown names and a coalition of one, `NotConverged` where there is no
    equilibrium.
    """
    if isinstance(coalition, str) or len(coalition) < 2:
        raise InputError("a coalition needs two members or more", field="coalition")
    who = members(case.world, target, "target")
    whole = [word for side in coalition for word in ([side] if isinstance(side, str) else side)]
    policies = {label(side): cut_off(side, target, sectors) for side in coalition}
    policies["together"] = cut_off(whole, target, sectors)
    rows = []
    for horizon, then in at_horizons(case).items():
        change, income = changes(then, policies, on_step=within(on_step, horizon))
        loss = {key: weighted(change.sel(scenario=key), income, who)[0] for key in policies}
        together = loss.pop("together")
        each = sum(loss.values())
        rows.append(
            {
                "horizon": horizon,
                "together": together,
                "apart": each,
                "complementarity": together - each,
            }
        )
    return pd.DataFrame(rows)


# --- shared by the files of this room ------------------------------------------------------------


def changes(
    case: Case,
    acts: Mapping[str, Policy | Instrument],
    *,
    throw: bool = True,
    on_step: OnStep = quiet,
) -> tuple[xr.DataArray, Array]:
    """Real-income change (scenario, country) of acts added to the case's policy, and income.

    As `compared`.
    """
    policies = {name: case.policy + act for name, act in acts.items()}
    return compared(case, policies, throw=throw, on_step=on_step)


def compared(
    case: Case,
    policies: Mapping[str, Policy],
    *,
    throw: bool = True,
    on_step: OnStep = quiet,
) -> tuple[xr.DataArray, Array]:
    """Real-income change (scenario, country) under other policies, and income [country].

    The `status` of each scenario is a coordinate. Changes are fractions relative to the case;
    income is in million USD under the case. Raises `NotConverged` where the case has no
    equilibrium; for a policy without one it raises too, or leaves NaN (`throw`).
    """
    before = 1 + case.outcome.real_income.to_numpy()
    found = _solved(case, policies, on_step)
    if throw:
        for name, status in zip(policies, found["status"].values, strict=True):
            if status != CONVERGED:
                raise NotConverged(f"{name}: {status}")
    change = (1 + found["real_income"]) / before - 1
    return change.assign_coords(status=found["status"]), income_of(case)


def _solved(case: Case, policies: Mapping[str, Policy], on_step: OnStep) -> xr.Dataset:
    """Real income (scenario, country) and status of policies on the case's world."""
    return solve_many(
        case.world, policies, case.assumptions, variables="real_income", on_step=on_step
    )


def income_of(case: Case) -> Array:
    """Income [country] under the case at the benchmark's consumer prices, million USD a year."""
    here = case.outcome
    return np.asarray(here.income_before * (1 + here.real_income))


def purchases_of(case: Case) -> Array:
    """Spending [sector, exporter, importer] under the case, tariff included, million USD.

    If the case has no acts, this is the spending of the benchmark.
    """
    flows = case.outcome.trade if len(case.policy) else case.world.trade
    return flows.to_numpy()


def weighted(change: xr.DataArray, income: Array, who: Indices) -> tuple[float, float]:
    """Loss of a group: as a fraction of its income, and in million USD."""
    lost = -float((change.to_numpy()[who] * income[who]).sum())
    return lost / float(income[who].sum()), lost


def largest_first(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Rows with a `horizon` and a `loss`: the short run first, the largest loss first in each."""
    table = pd.DataFrame(rows).sort_values("loss", ascending=False, kind="stable")
    return table.sort_values("horizon", ascending=False, kind="stable", ignore_index=True)


def members(world: World, selector: Selector, field: str) -> Indices:
    """Positions of the countries that a selector names; an error names the field."""
    try:
        return np.array(world.pick_countries(selector))
    except InputError as error:
        raise InputError(error.reason, field=field, value=error.value) from None


def apart(world: World, **sides: Selector) -> dict[str, Indices]:
    """Positions of each side's countries; `InputError` for sides that overlap."""
    found: dict[str, Indices] = {}
    for field, selector in sides.items():
        here = members(world, selector, field)
        for other, there in found.items():
            if np.intersect1d(here, there).size:
                raise InputError(
                    f"{label(sides[other])} and {label(selector)} overlap; name separate sides",
                    field=field,
                    value=selector,
                )
        found[field] = here
    return found


def blocs_of(world: World) -> list[str]:
    """The blocs that have members in a world today."""
    return [name for name in bloc_names() if set(bloc(name)) & set(world.countries)]
