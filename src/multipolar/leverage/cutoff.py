"""Cut-offs: what countries and blocs lose when trade between them ends; who needs whom more.

Loss of n from a cut-off by H: the fall of n's real income when all trade between the two stops,
both ways, in full equilibrium (exact hats, not a share of trade). Leverage of H over n is the loss
of n over the loss of H. The measures follow Clayton, Maggiori & Schreger (2024, "A Theory of
Economic Coercion and Fragmentation"); the numbers come from the model here.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multipolar.errors import InputError, NotConverged
from multipolar.model import Assumptions, solve_many
from multipolar.policy import Embargo, Instrument, Policy
from multipolar.world import World
from multipolar.world.labels import Selector, bloc, bloc_names

Array = NDArray[np.float64]

# The two ends of the path of trade elasticities: a year after the cut, and for good.
HORIZONS: Mapping[str, Assumptions] = {
    "short run": Assumptions(horizon=1.0),
    "long run": Assumptions(),
}
CONVERGED = "converged"
MEASURES = ("real_income", "income_before")


def cut_off(
    one: Selector, other: Selector, sectors: Selector = "*", coverage: float = 1.0
) -> Policy:
    """The end of trade between two countries or blocs, both ways.

    A country in both keeps trading with its own side; ``cut_off("RUS", "SANCTIONS")``.
    """
    there = Embargo(one, other, sectors, coverage=coverage)
    return there + Embargo(other, one, sectors, coverage=coverage)


def at_horizons(assumptions: Assumptions | None = None) -> dict[str, Assumptions]:
    """The assumptions in the short run (a year) and the long run, by name.

    Assumptions that name a number of years are asked at that horizon only.
    """
    given = (assumptions or Assumptions()).as_dict()
    if given["horizon"] != "long-run":
        return {f"{given['horizon']:g} years": Assumptions(**given)}
    return {name: Assumptions(**given | {"horizon": end.horizon}) for name, end in HORIZONS.items()}


def members(world: World, selector: Selector, field: str) -> NDArray[np.intp]:
    """Positions of the countries a selector names; an error names the field."""
    try:
        return np.array(world.pick_countries(selector))
    except InputError as error:
        raise InputError(error.reason, field=field, value=error.value) from None


def blocs_of(world: World) -> list[str]:
    """The blocs that have members in a world today."""
    return [name for name in bloc_names() if set(bloc(name)) & set(world.countries)]


def changes(
    world: World,
    policies: Mapping[str, Policy | Instrument],
    assumptions: Assumptions,
    under: Policy | None = None,
    *,
    throw: bool = True,
) -> tuple[xr.DataArray, Array]:
    """Real-income change (scenario, country) of policies on top of `under`, and income [country].

    With the `status` of each as a coordinate. Fractions against the equilibrium under `under`
    (default: the benchmark); income in million USD there. Raises `NotConverged` for the first
    policy without an equilibrium, or leaves NaN.
    """
    base = Policy() if under is None else under
    asked = {"": base} | {name: base + act for name, act in policies.items()}
    found = solve_many(world, asked, assumptions, variables=MEASURES)
    status = dict(zip(asked, map(str, found["status"].values), strict=True))
    failed = [name for name in asked if status[name] != CONVERGED]
    if failed and (throw or failed[0] == ""):
        name = failed[0]
        raise NotConverged(f"{name or 'the policy underneath'}: {status[name]}")
    level = 1 + found["real_income"]
    before = level.sel(scenario="", drop=True)
    income = (found["income_before"].sel(scenario="", drop=True) * before).to_numpy()
    change = (level / before - 1).assign_coords(status=found["status"])
    return change.sel(scenario=list(policies)), income


def weighted(change: xr.DataArray, income: Array, who: NDArray[np.intp]) -> tuple[float, float]:
    """Loss of a group: as a fraction of its income, and in million USD."""
    lost = -float((change.to_numpy()[who] * income[who]).sum())
    return lost / float(income[who].sum()), lost


def standoff(
    world: World,
    one: Selector,
    other: Selector,
    sectors: Selector = "*",
    assumptions: Assumptions | None = None,
    under: Policy | None = None,
) -> pd.DataFrame:
    """What two countries or blocs lose when trade between them ends, and who has leverage.

    A row for each horizon and side: `horizon`, `country`, `loss` (fraction of its real income),
    `cost` (million USD a year), `leverage` over the other side (loss of the other over its own
    loss). `under`: a policy in force on either side of the comparison. Raises `InputError` for
    unknown names and for two sides that overlap, `NotConverged` where there is no equilibrium.
    """
    world.pick_sectors(sectors)
    here, there = members(world, one, "one"), members(world, other, "other")
    if np.intersect1d(here, there).size:
        raise InputError(
            f"{say(one)} and {say(other)} overlap; name two sides apart", field="other", value=other
        )
    sides = {say(one): here, say(other): there}
    rows = []
    for name, assumed in at_horizons(assumptions).items():
        policy = {f"{say(one)} without {say(other)}": cut_off(one, other, sectors)}
        change, income = changes(world, policy, assumed, under)
        losses = [weighted(change[0], income, who) for who in sides.values()]
        for k, side in enumerate(sides):
            mine, theirs = losses[k][0], losses[1 - k][0]
            rows.append(
                {
                    "horizon": name,
                    "country": side,
                    "loss": mine,
                    "cost": losses[k][1],
                    "leverage": theirs / mine if mine else np.nan,
                }
            )
    return pd.DataFrame(rows)


def exposure(
    world: World,
    country: Selector,
    sectors: Selector = "*",
    assumptions: Assumptions | None = None,
    under: Policy | None = None,
) -> pd.DataFrame:
    """Whom a country or bloc needs: its loss from a cut-off by each other country and each bloc.

    A row for each horizon and `partner`, largest loss first: `kind` ("country" or "bloc"), `loss`,
    `partner_loss` (fractions of real income), `leverage` of the partner (their ratio), `status`.
    A bloc is cut off as far as it lies outside. NaN where there is no equilibrium; `status` says
    why.
    """
    world.pick_sectors(sectors)
    inside = members(world, country, "country")
    others = {code: [k] for k, code in enumerate(world.countries) if k not in inside}
    if not others:
        raise InputError("nobody is left outside", field="country", value=country)
    for name in blocs_of(world):
        rest = np.setdiff1d(members(world, name, "bloc"), inside)
        if rest.size > 1:
            others[name] = rest.tolist()
    policies = {
        name: cut_off(country, [world.countries[k] for k in at], sectors)
        for name, at in others.items()
    }
    rows = []
    for horizon, assumed in at_horizons(assumptions).items():
        change, income = changes(world, policies, assumed, under, throw=False)
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
    table = pd.DataFrame(rows).sort_values("loss", ascending=False, kind="stable")
    return table.sort_values("horizon", ascending=False, kind="stable", ignore_index=True)


def complementarity(
    world: World,
    coalition: Sequence[Selector],
    target: Selector,
    sectors: Selector = "*",
    assumptions: Assumptions | None = None,
) -> pd.DataFrame:
    """Whether a coalition hurts a target more than its members do one by one.

    A row for each horizon: `together`, the loss of the target cut off by all; `apart`, the sum of
    its losses from each; `complementarity`, their difference (fractions of real income).
    Positive where what one denies the others could have supplied (in Clayton, Maggiori & Schreger
    always: prices stand still there); here a first cut already worsens the target's terms of trade
    with the rest, which can outweigh it.
    """
    if len(coalition) < 2:
        raise InputError("a coalition needs two members or more", field="coalition")
    who = members(world, target, "target")
    whole = [word for side in coalition for word in ([side] if isinstance(side, str) else side)]
    policies = {say(side): cut_off(side, target, sectors) for side in coalition}
    policies["together"] = cut_off(whole, target, sectors)
    rows = []
    for name, assumed in at_horizons(assumptions).items():
        change, income = changes(world, policies, assumed)
        loss = {key: weighted(change.sel(scenario=key), income, who)[0] for key in policies}
        together = loss.pop("together")
        apart = sum(loss.values())
        rows.append(
            {
                "horizon": name,
                "together": together,
                "apart": apart,
                "complementarity": together - apart,
            }
        )
    return pd.DataFrame(rows)


def say(selector: Selector) -> str:
    """A selector as a label."""
    return selector if isinstance(selector, str) else ", ".join(selector)
