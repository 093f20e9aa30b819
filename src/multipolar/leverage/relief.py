"""Peeling a country away from another: what relief is worth to each side, and what stops it.

Starting from today's policy, a suitor lifts part of its measures; the rival may retaliate by ending
its trade with the target. What the target gains from the first and loses from the second limits
what it can be offered. A frozen conflict adds a bargaining range (Fearon 1995, International
Organization 49(3)).
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.leverage.cutoff import (
    apart,
    at_horizons,
    compared,
    cut_off,
    pair_losses,
    weighted,
)
from multipolar.leverage.sanctions import Measures, lift
from multipolar.model import Case
from multipolar.model.groups import label
from multipolar.policy import Instrument, LabourSupply, Policy, Productivity, Transfer
from multipolar.policy.wedges import BILATERAL
from multipolar.progress import OnStep, quiet, within
from multipolar.world import World
from multipolar.world.labels import Selector

Indices = NDArray[np.intp]

# What relief may cover. Finance is in no package, because the model has no finance.
PACKAGES: Mapping[str, Selector] = {
    "energy": ["energy"],
    "technology": ["electronics", "C27", "C28", "C302T309"],
    "other goods": ["goods", "-energy", "-electronics", "-C27", "-C28", "-C302T309"],
    "everything": "*",
}


@dataclass(frozen=True)
class Relief:
    """What each package of relief is worth, compared with the measures in force.

    `packages`: a row for each `package` (the first, "nothing", keeps the measures): `target`,
    `suitor`, `rival`: gains (million USD a year); `target_share` (gain, fraction of its real
    income); `closed`: the target's gain, or loss, if also all trade between rival and target
    stops; `rival_closed`: the rival's gain in that case (million USD a year); `holds`: whether
    relief outweighs losing the rival (closed > 0); `status` ("converged", or why there is no
    number). `others`: whether the case has other measures too (of other countries, or of the
    target); these stay.
    """

    packages: pd.DataFrame
    others: bool


def peel_away(
    case: Case,
    target: Selector,
    suitor: Selector,
    rival: Selector,
    packages: Mapping[str, Selector] | None = None,
    *,
    on_step: OnStep = quiet,
) -> Relief:
    """What each package of relief is worth to each side, and to the target if the rival closes.

    The rival closes when it ends all trade with the target. A package is a name and the sectors in
    which the suitor lifts its own measures on the target (`lift`); the measures of others stay
    (default: `PACKAGES`, as far as the world has their sectors). Gains are relative to the
    equilibrium of the case. Raises `InputError` for unknown names, sides that overlap, and a suitor
    with no measure to lift; `NotConverged` where the case has no equilibrium.
    """
    who = apart(case.world, target=target, suitor=suitor, rival=rival)
    packages = _in_world(case.world) if packages is None else packages
    if not packages or "nothing" in packages:
        raise InputError('name packages of relief; "nothing" is always included', field="packages")
    lifted = {name: lift(case, what, suitor, target) for name, what in packages.items()}
    if not any(
        Measures.of(case, what, suitor, target).change(case, lifted[name])
        for name, what in packages.items()
    ):
        raise InputError(
            f"{label(suitor)} has no measure on {label(target)} to lift in these packages",
            field="suitor",
            value=suitor,
        )
    policies = {"nothing": case.policy} | {name: one.policy for name, one in lifted.items()}
    closing = cut_off(target, rival)
    asked = policies | {_shut(name): policy + closing for name, policy in policies.items()}
    change, income = compared(case, asked, throw=False, on_step=on_step)
    rows = [
        _package(name, change.sel(scenario=[name, _shut(name)]), income, who) for name in policies
    ]
    return Relief(pd.DataFrame(rows), _others(case, suitor, target))


def _in_world(world: World) -> dict[str, Selector]:
    """The usual packages, as far as a world has their sectors."""
    known = {word for words in PACKAGES.values() for word in words if _knows(world, word)}
    found: dict[str, Selector] = {}
    for name, words in PACKAGES.items():
        kept = [word for word in words if word in known]
        if any(not word.startswith("-") for word in kept):
            found[name] = kept
    return found


def _knows(world: World, word: str) -> bool:
    try:
        return bool(world.pick_sectors(word.removeprefix("-")))
    except InputError:
        return False


def _shut(package: str) -> str:
    return f"{package}, closed"


def _package(
    name: str, change: xr.DataArray, income: NDArray[np.float64], who: Mapping[str, Indices]
) -> dict[str, object]:
    """The row of a package; `change` has the scenarios [lifted, lifted and closed]."""
    gains, shut = (
        {side: [-x for x in weighted(part, income, at)] for side, at in who.items()}
        for part in change
    )
    failed = [str(status) for status in change["status"].values if status != "converged"]
    return {
        "package": name,
        **{side: pair[1] for side, pair in gains.items()},
        "target_share": gains["target"][0],
        "closed": shut["target"][1],
        "rival_closed": shut["rival"][1],
        "holds": bool(shut["target"][1] > 0),
        "status": failed[0] if failed else "converged",
    }


def _others(case: Case, suitor: Selector, target: Selector) -> bool:
    """Whether measures between countries remain after the suitor has lifted all of its own."""
    world = case.world
    left, none = lift(case, "*", suitor, target).policy.wedges(world), Policy().wedges(world)
    return any(not np.array_equal(getattr(left, name), getattr(none, name)) for name in BILATERAL)


def weaker(
    case: Case,
    target: Selector,
    partners: Mapping[str, Selector],
    labour_force: float = -0.05,
    productivity: float = -0.05,
    debt_service: float = 0.0,
    creditor: Selector | None = None,
    *,
    on_step: OnStep = quiet,
) -> pd.DataFrame:
    """How a weaker target changes each side's leverage over it.

    `labour_force`, `productivity`: changes (fractions); `debt_service`: million USD a year paid to
    `creditor`; each is left out if zero. A row for each state of the target, partner and horizon:
    `state` ("as_is", "labour_force", "productivity", "debt_service"), `shock` (the change, or the
    payment), `partner`, `horizon`, `loss` of the target (fraction of its real income in that
    state), `partner_loss` (fraction), `leverage` of the partner. Raises `InputError` for unknown
    names, sides that overlap and a debt without a creditor; `NotConverged`.
    """
    if not partners:
        raise InputError("name a partner or more", field="partners")
    for selector in partners.values():
        apart(case.world, target=target, partners=selector)
    shocks = _shocks(target, labour_force, productivity, debt_service, creditor)
    cases = {"as_is": case} | {name: case.plus(act) for name, (_, act) in shocks.items()}
    rows = []
    for done, (state, weakened) in enumerate(cases.items()):
        on_step(state, done, len(cases))
        shock = shocks[state][0] if state in shocks else 0.0
        found = _leverages(weakened, target, partners, within(on_step, state))
        rows += [{"state": state, "shock": shock} | row for row in found]
    return pd.DataFrame(rows)


def _leverages(
    case: Case, target: Selector, partners: Mapping[str, Selector], on_step: OnStep
) -> Iterator[dict[str, object]]:
    """Each partner's leverage over the target, at each horizon."""
    horizons = at_horizons(case)
    for partner, selector in partners.items():
        for horizon, then in horizons.items():
            listener = within(on_step, f"{partner}, {horizon}")
            mine, theirs = pair_losses(then, target, selector, "*", on_step=listener)
            yield {
                "partner": partner,
                "horizon": horizon,
                "loss": mine["loss"],
                "partner_loss": theirs["loss"],
                "leverage": theirs["leverage"],
            }


def _shocks(
    target: Selector,
    labour_force: float,
    productivity: float,
    debt_service: float,
    creditor: Selector | None,
) -> dict[str, tuple[float, Instrument]]:
    """For each state, what weakens the target: how much, and the act."""
    shocks: dict[str, tuple[float, Instrument]] = {
        "labour_force": (labour_force, LabourSupply(target, change=labour_force)),
        "productivity": (productivity, Productivity(target, change=productivity)),
    }
    if debt_service:
        if creditor is None:
            raise InputError("the debt needs a creditor; name one", field="creditor")
        paid = Transfer(target, creditor, amount=debt_service)
        shocks["debt_service"] = (debt_service, paid)
    return shocks


def bargaining_range(
    stake: float,
    chance: float,
    cost_one: float,
    cost_other: float,
    *,
    years: float = 1.0,
    discount: float = 0.0,
) -> dict[str, float]:
    """Settlements that both sides of a war prefer to fighting: [p - c_A, p + c_B] (Fearon 1995).

    `stake`: what is fought over, million USD (its value to both, stated by the user); `chance`: p,
    the chance that side one wins it by fighting on; `cost_one`, `cost_other`: what fighting costs
    each side, million USD a year: sanction losses (`peel_away`) plus stated military cost; `years`:
    how long fighting would last, at a `discount` rate. `low`, `high`: the shares of the stake for
    side one between which both prefer a deal; outside 0 to 1 one side would also pay the other.
    `width`: the sum of costs over the stake.
    """
    for name, value, low, high in (
        ("stake", stake, 1e-9, math.inf),
        ("chance", chance, 0.0, 1.0),
        ("cost_one", cost_one, 0.0, math.inf),
        ("cost_other", cost_other, 0.0, math.inf),
        ("years", years, 0.0, 1e3),
        ("discount", discount, 0.0, 1.0),
    ):
        if not low <= value <= high:
            raise InputError(f"{value!r} must be from {low:g} to {high:g}", field=name, value=value)
    lasting = years if discount == 0 else -math.expm1(-discount * years) / discount
    share_one, share_other = (lasting * cost / stake for cost in (cost_one, cost_other))
    return {
        "low": chance - share_one,
        "high": chance + share_other,
        "width": share_one + share_other,
    }
