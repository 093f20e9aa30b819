"""Peeling a country away from another: what relief is worth to each side, and what holds it.

Against today's policy a courtier lifts part of its measures; the rival may close in answer. What
the target gains by the first and loses by the second bounds what it can be offered. A frozen
conflict adds a bargaining range (Fearon 1995, International Organization 49(3)).
"""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.leverage.cutoff import changes, cut_off, members, standoff, weighted
from multipolar.leverage.sanctions import lift
from multipolar.model import Assumptions
from multipolar.policy import LabourSupply, Policy, Productivity, Transfer
from multipolar.world import World
from multipolar.world.labels import Selector

# What relief may cover. Finance is in none of them: the model has none.
PACKAGES: Mapping[str, Selector] = {
    "energy": ["energy"],
    "technology": ["electronics", "C27", "C28", "C302T309"],
    "other goods": ["goods", "-energy", "-electronics", "-C27", "-C28", "-C302T309"],
    "everything": "*",
}


def peel_away(
    world: World,
    target: Selector,
    courtier: Selector,
    rival: Selector,
    sanctions: Policy,
    packages: Mapping[str, Selector] = PACKAGES,
    assumptions: Assumptions | None = None,
) -> pd.DataFrame:
    """What each package of relief is worth to each side, and to the target if its rival closes.

    A row for each package (the first, "nothing", keeps the sanctions): `target`, `courtier`,
    `rival`: gains against the sanctions in force (million USD a year); `target_share` (of its real
    income); `closed`: the target's gain, or loss, if besides all trade between rival and target
    stops; `rival_closed`: what that costs the rival; `holds`: whether relief outweighs the loss of
    the rival (closed > 0). All against the equilibrium under `sanctions`.
    """
    sides = {"target": target, "courtier": courtier, "rival": rival}
    who = {name: members(world, side, name) for name, side in sides.items()}
    others = _between_others(world, sanctions, who["target"], who["courtier"])
    policies = {"nothing": sanctions} | {
        name: lift(world, sanctions, what) for name, what in packages.items()
    }
    closing = cut_off(target, rival)
    asked = {"": Policy()} | policies
    asked |= {f"{name}, closed": policy + closing for name, policy in policies.items()}
    change, income = changes(world, asked, assumptions or Assumptions(), throw=False)
    base = change.sel(scenario="nothing")
    gain = (1 + change) / (1 + base) - 1
    income = income * (1 + base.to_numpy())
    rows = []
    for name in policies:
        gains = {
            side: [-x for x in weighted(gain.sel(scenario=name), income, at)]
            for side, at in who.items()
        }
        shut = gain.sel(scenario=f"{name}, closed")
        closed = -weighted(shut, income, who["target"])[1]
        rows.append(
            {
                "package": name,
                **{side: pair[1] for side, pair in gains.items()},
                "target_share": gains["target"][0],
                "closed": closed,
                "rival_closed": -weighted(shut, income, who["rival"])[1],
                "holds": closed > 0,
            }
        )
    table = pd.DataFrame(rows)
    table.attrs["others"] = others
    return table


def _between_others(
    world: World, sanctions: Policy, target: NDArray[np.intp], courtier: NDArray[np.intp]
) -> bool:
    """Whether the policy has measures between others too; `InputError` where it has none here."""
    wedges = sanctions.wedges(world)
    pair = np.zeros(wedges.tariff.shape[1:], dtype=bool)
    pair[np.ix_(courtier, target)] = pair[np.ix_(target, courtier)] = True
    here = pair.ravel()[wedges.touched % pair.size]
    if not here.any():
        raise InputError("no measure between courtier and target is in force", field="courtier")
    return bool((~here).any())


def weaker(
    world: World,
    target: Selector,
    partners: Mapping[str, Selector],
    *,
    hands: float = -0.05,
    productivity: float = -0.05,
    debt_service: float = 0.0,
    creditor: Selector | None = None,
    under: Policy | None = None,
    assumptions: Assumptions | None = None,
) -> pd.DataFrame:
    """How a weaker target changes each side's leverage over it.

    `hands`, `productivity`: changes (fractions); `debt_service`: million USD a year paid to
    `creditor`. A row for each state of the target, partner and horizon: `state`, `partner`,
    `horizon`, `loss` of the target (fraction of its real income in that state), `partner_loss`,
    `leverage` of the partner.
    """
    base = Policy() if under is None else under
    states = {
        "as it is": base,
        f"labour force {100 * hands:+g} %": base + LabourSupply(target, change=hands),
        f"productivity {100 * productivity:+g} %": base + Productivity(target, change=productivity),
    }
    if debt_service:
        if creditor is None:
            raise InputError("who is paid? name a creditor", field="creditor")
        states[f"debt service {debt_service / 1e3:g} bn USD"] = base + Transfer(
            target, creditor, amount=debt_service
        )
    rows = []
    for state, policy in states.items():
        for partner, selector in partners.items():
            table = standoff(world, target, selector, "*", assumptions, policy)
            for horizon, pair in table.groupby("horizon", sort=False):
                mine, theirs = pair.iloc[0], pair.iloc[1]
                rows.append(
                    {
                        "state": state,
                        "partner": partner,
                        "horizon": horizon,
                        "loss": mine["loss"],
                        "partner_loss": theirs["loss"],
                        "leverage": theirs["leverage"],
                    }
                )
    return pd.DataFrame(rows)


def bargaining_range(
    stake: float,
    chance: float,
    cost_one: float,
    cost_other: float,
    *,
    years: float = 1.0,
    discount: float = 0.0,
) -> dict[str, float]:
    """What two sides of a war would both rather settle for: [p - c_A, p + c_B] (Fearon 1995).

    `stake`: what is fought over, million USD (its value to both, stated by the user); `chance`: p,
    that side one would win it by fighting on; `cost_one`, `cost_other`: what fighting costs each,
    million USD a year: sanction losses (`peel_away`) plus stated military cost; `years` it would
    last, at a `discount` rate. `low`, `high`: the shares of the stake for side one between which
    both prefer a deal; outside 0 to 1 a side would pay besides. `width`: the sum of costs over the
    stake.
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
