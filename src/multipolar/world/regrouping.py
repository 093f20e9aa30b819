"""Regroup: merge countries into blocs and sectors into groups; the accounts still add up."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError, choose
from multipolar.world import identities
from multipolar.world.files import read_text
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


def read_map(path: str | Path) -> dict[str, dict[str, Selector]]:
    """The groups in a TOML file, for `regroup`: ``regroup(world, **read_map("eight.toml"))``.

    Two tables, `countries` and `sectors`, either of which may be left out; in each, a new label and
    the selector of what it merges: ``EU = "EU"``, ``REST = ["*", "-EU", "-USA"]``. Raises
    `InputError` naming file and field.
    """
    try:
        found = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is not TOML ({error})", file=str(path)) from None
    for name, groups in found.items():
        if name not in ("countries", "sectors"):
            reason = f"no table of this name{choose(name, ('countries', 'sectors'))}"
            raise InputError(reason, file=str(path), field=name)
        if not isinstance(groups, dict):
            raise InputError("is a table of new label = selector", file=str(path), field=name)
        for label, selector in groups.items():
            _refuse_no_selector(selector, str(path), f"{name}.{label}")
    if not any(found.values()):
        raise InputError("names no groups of countries or sectors", file=str(path))
    return found


def _refuse_no_selector(selector: Any, file: str, field: str) -> None:
    words = selector if isinstance(selector, list) else [selector]
    if not words or not all(isinstance(word, str) for word in words):
        reason = f"{selector!r} is not a code, a name, a bloc, or a list of these"
        raise InputError(reason, file=file, field=field, value=selector)
