"""Regroup: merge countries into blocs and sectors into groups; the accounts still add up."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError
from multipolar.world import identities
from multipolar.world.labels import Selector
from multipolar.world.world import World

Array = NDArray[np.float64]


def regroup(
    world: World,
    countries: Mapping[str, Selector] | None = None,
    sectors: Mapping[str, Selector] | None = None,
    name: str = "",
) -> World:
    """Merge labels: ``regroup(world, {"EU": "EU", "REST": ["*", "-EU", "-USA"]})``.

    Keys are new labels, values are selectors; labels that no selector names stay as they are.
    Flows are added; tariffs are averaged, weighted by the flows they fall on; the trade elasticity
    of merged sectors is weighted by spending. Raises `InputError` for a label in two groups.
    """
    into, codes = _membership(world.countries, countries or {}, world.pick_countries, "country")
    down, groups = _membership(world.sectors, sectors or {}, world.pick_sectors, "sector")
    sales = world.trade.values / (1 + world.tariff.values)
    duty = sales * world.tariff.values
    merged, paid = (
        np.einsum("as,bi,cn,sin->abc", down, into, into, flow, optimize=True)
        for flow in (sales, duty)
    )
    use = identities.intermediate_use(world.arrays())
    spending = world.expenditure.values.sum(axis=1)
    return World.from_flows(
        codes,
        groups,
        sales=merged,
        intermediate_use=np.einsum("ak,bs,cn,ksn->abc", down, down, into, use, optimize=True),
        tariff=paid / np.where(merged > 0, merged, 1.0),
        trade_elasticity=down @ (spending * world.trade_elasticity.values) / (down @ spending),
        name=name or f"{world.name}, regrouped",
        year=world.year,
        domestic_tariffs=True,
    )


def _membership(
    labels: list[str],
    groups: Mapping[str, Selector],
    pick: Callable[[Selector], list[int]],
    kind: str,
) -> tuple[Array, list[str]]:
    """A 0/1 matrix [new, old] and the new labels: groups first, then the unchanged labels."""
    owner: dict[int, str] = {}
    for group, selector in groups.items():
        for k in pick(selector):
            if k in owner:
                raise InputError(
                    f"{labels[k]} is in both {owner[k]!r} and {group!r}", field=kind, value=selector
                )
            owner[k] = group
    new = list(groups) + [label for k, label in enumerate(labels) if k not in owner]
    matrix = np.zeros((len(new), len(labels)))
    for k, label in enumerate(labels):
        matrix[new.index(owner.get(k, label)), k] = 1.0
    return matrix, new
