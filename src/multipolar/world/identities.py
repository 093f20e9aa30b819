"""The accounting identities of a world: what must add up, and what follows from it.

Plain arrays, index order [sector, exporter, importer], [input, sector, country] and
[sector, country]. Symbols of Caliendo & Parro (2015): pi expenditure shares, alpha consumption
shares, beta value-added shares, G input shares, X spending, Y output, D transfers, t = 1 + tariff.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError

Array = NDArray[np.float64]
Labels = Sequence[str]


def output(pi: Array, X: Array, t: Array) -> Array:
    """Output at basic prices, Y_i^s = sum_n pi_in^s X_n^s / t_in^s."""
    sold: Array = np.einsum("sin,sn->si", pi / t, X)
    return sold


def revenue(pi: Array, X: Array, t: Array) -> Array:
    """Tariff revenue, R_n = sum_{s,i} (1 - 1/t_in^s) pi_in^s X_n^s."""
    collected: Array = np.einsum("sin,sn->n", pi * (1 - 1 / t), X)
    return collected


def intermediate_use(values: Mapping[str, Array]) -> Array:
    """Spending of firms [input, sector, country] = G (1 - beta) Y, million USD."""
    Y = output(values["expenditure_share"], values["expenditure"], 1 + values["tariff"])
    return values["input_share"] * ((1 - values["value_added_share"]) * Y)[None]


def spending_from_shares(
    values: Mapping[str, Array], countries: Labels, name: str, rounding: float
) -> dict[str, Array]:
    """Spending X and value added that solve the identities, as `expenditure`, `value_added`.

    X = alpha (VA + R + D) + G (1 - beta) Y with VA as given is a contraction of modulus
    max(1 - beta). If VA then differs from sum_s beta Y by at most `rounding`, iterating with
    VA = sum_s beta Y (world spending conserved) removes the difference; otherwise `InputError`.
    """
    pi, t = values["expenditure_share"], 1 + values["tariff"]
    alpha, beta, G = (
        values[key] for key in ("consumption_share", "value_added_share", "input_share")
    )
    VA, D = values["value_added"], values["transfer"]

    def spending(X: Array, VA: Array | None) -> Array:
        Y = output(pi, X, t)
        earned = (beta * Y).sum(0) if VA is None else VA
        income = earned + revenue(pi, X, t) + D
        use: Array = np.einsum("ksn,sn->kn", G, (1 - beta) * Y)
        return alpha * income + use

    X = _iterate(lambda X: spending(X, VA), alpha * VA, countries, name)
    implied = (beta * output(pi, X, t)).sum(0)
    gap = np.abs(implied / VA - 1)
    if gap.max() > rounding:
        n = int(gap.argmax())
        raise InputError(
            f"{countries[n]} has value added {VA[n]:,.6g}, but its sales pay {implied[n]:,.6g}: "
            "shares, value added and transfers contradict each other",
            file=name,
            field="value_added",
        )
    X = _iterate(lambda X: spending(X, None), X, countries, name)
    return {"expenditure": X, "value_added": (beta * output(pi, X, t)).sum(0)}


def _iterate(step: Callable[[Array], Array], X: Array, countries: Labels, name: str) -> Array:
    for _ in range(20_000):
        new = step(X)
        change = np.abs(new - X).max(0)
        X = new
        if change.max() <= 1e-14 * np.abs(X).max():
            return X
    raise InputError(
        f"spending does not settle (worst in {countries[int(change.argmax())]}); "
        "is there value added in every loop of inputs?",
        file=name,
        field="value_added_share",
    )


def shares_from_flows(
    sales: Array, use: Array, tariff: Array, countries: Labels, sectors: Labels, name: str
) -> dict[str, Array]:
    """Shares and levels that an input-output table implies; the keys of `World.from_arrays`.

    A (sector, country) without output gets value-added share 1 and itself as input; a
    (sector, importer) that buys nothing gets the home country as its supplier.
    """
    flows = {"sales": sales, "intermediate_use": use, "tariff": tariff}
    _refuse(flows, tuple(flows), countries, sectors, name)
    X_in = sales * (1 + tariff)
    X, Y, inputs = X_in.sum(1), sales.sum(2), use.sum(0)
    final = X - use.sum(1)
    _first(
        inputs > Y * (1 + 1e-12),
        "intermediate_use",
        "inputs cost more than output brings",
        (sectors, countries),
        name,
    )
    _first(
        final < -1e-9 * X - 1e-9,
        "sales",
        "purchases do not cover what firms use as input",
        (sectors, countries),
        name,
    )
    final = np.maximum(final, 0.0)
    home = np.eye(len(countries))[None]
    itself = np.eye(len(sectors))[:, :, None]
    income = final.sum(0)
    _first(income <= 0, "sales", "final spending is not positive", (countries,), name)
    idle, bought = inputs <= 0, X > 0
    beta = np.where(Y > 0, 1 - inputs / np.where(Y > 0, Y, 1.0), 1.0)
    VA = (beta * Y).sum(0)
    return {
        "expenditure_share": np.where(
            bought[:, None], X_in / np.where(bought, X, 1.0)[:, None], home
        ),
        "expenditure": X,
        "input_share": np.where(idle, itself, use / np.where(idle, 1.0, inputs)),
        "value_added_share": beta,
        "consumption_share": final / income,
        "value_added": VA,
        "transfer": income - VA - (sales * tariff).sum((0, 1)),
    }


# --- refusals ----------------------------------------------------------------------------------

AXES = {
    "expenditure_share": "sii", "sales": "sii", "tariff": "sii",
    "input_share": "ssi", "intermediate_use": "ssi",
    "expenditure": "si", "value_added_share": "si", "consumption_share": "si",
    "value_added": "i", "transfer": "i", "trade_elasticity": "s",
}  # fmt: skip


def _first(
    bad: NDArray[np.bool_],
    field: str,
    reason: str,
    labels: tuple[Labels, ...],
    name: str,
    values: Array | None = None,
) -> None:
    """Raise `InputError` for the first bad cell, naming it by its labels."""
    if not bad.any():
        return
    where = tuple(int(k[0]) for k in np.nonzero(bad))
    cell = ", ".join(str(axis[k]) for axis, k in zip(labels, where, strict=True))
    shown = "" if values is None else f" {values[where]:.10g}"
    more = int(bad.sum()) - 1
    also = f" (and in {more} more cells)" if more else ""
    raise InputError(f"{reason}{shown} at ({cell}){also}", file=name, field=field)


def _refuse(
    values: Mapping[str, Array],
    fields: Sequence[str],
    countries: Labels,
    sectors: Labels,
    name: str,
) -> None:
    """Refuse NaN anywhere, and negative numbers everywhere except in transfers."""
    for field in fields:
        array = values[field]
        labels = tuple({"s": sectors, "i": countries}[axis] for axis in AXES[field])
        _first(~np.isfinite(array), field, "not a number:", labels, name, array)
        if field != "transfer":
            _first(array < 0, field, "negative value", labels, name, array)


SINGLE_PRECISION = 1e-6  # error to expect in sums of single-precision numbers


def renormalised(values: Mapping[str, Array]) -> dict[str, Array]:
    """Scale shares and transfers that miss their sums only by the rounding of single precision."""
    scaled = {}
    for field, axis in (("expenditure_share", 1), ("input_share", 0), ("consumption_share", 0)):
        total = values[field].sum(axis, keepdims=True)
        near = (np.abs(total - 1) <= SINGLE_PRECISION) & (np.abs(total - 1) > 1e-12)
        scaled[field] = values[field] / np.where(near, total, 1.0)
    VA, D = values["value_added"], values["transfer"]
    world, left = float(VA.sum()), float(D.sum())
    if 1e-12 * world < abs(left) <= SINGLE_PRECISION * world:
        scaled["transfer"] = D - left * VA / world
    return scaled


def refuse_domestic_tariffs(tariff: Array, countries: Labels, sectors: Labels, name: str) -> None:
    """Raise `InputError` where a country taxes what it buys at home."""
    home = np.einsum("snn->sn", tariff)
    _first(home != 0, "tariff", "a tariff on domestic sales:", (sectors, countries), name, home)


def check_shares(
    values: Mapping[str, Array], countries: Labels, sectors: Labels, tolerance: float, name: str
) -> None:
    """Refuse NaN, negative numbers, shares that do not sum to 1, impossible elasticities."""
    _refuse(values, [key for key in AXES if key in values], countries, sectors, name)
    by_cell = (sectors, countries)
    for field, axis, labels in (
        ("expenditure_share", 1, by_cell),
        ("input_share", 0, by_cell),
        ("consumption_share", 0, (countries,)),
    ):
        total = values[field].sum(axis)
        _first(
            np.abs(total - 1) > tolerance,
            field,
            "shares must sum to 1, but sum to",
            labels,
            name,
            total,
        )
    beta, theta = values["value_added_share"], values["trade_elasticity"]
    _first(beta > 1 + tolerance, "value_added_share", "above 1:", by_cell, name, beta)
    _first(theta <= 0, "trade_elasticity", "must be positive, is", (sectors,), name, theta)
    VA = values["value_added"]
    _first(VA <= 0, "value_added", "must be positive, is", (countries,), name, VA)
    world = float(VA.sum())
    if abs(float(values["transfer"].sum())) > tolerance * world:
        raise InputError(
            f"transfers must sum to zero over the world, but sum to {values['transfer'].sum():.6g}",
            file=name,
            field="transfer",
        )


def check(
    values: Mapping[str, Array], countries: Labels, sectors: Labels, tolerance: float, name: str
) -> None:
    """Refuse a world whose shares, goods markets or incomes do not add up to `tolerance`."""
    check_shares(values, countries, sectors, tolerance, name)
    pi, X, t = values["expenditure_share"], values["expenditure"], 1 + values["tariff"]
    alpha, beta = values["consumption_share"], values["value_added_share"]
    Y = output(pi, X, t)
    income = values["value_added"] + revenue(pi, X, t) + values["transfer"]
    _first(income <= 0, "transfer", "income is not positive:", (countries,), name, income)
    demand = alpha * income + np.einsum("ksn,sn->kn", values["input_share"], (1 - beta) * Y)
    # Errors are relative to the cell, or to its country's total where the cell is tiny.
    size = np.maximum(np.abs(X), 1e-6 * X.sum(0))
    gap = (X - demand) / size
    _first(
        np.abs(gap) > tolerance,
        "expenditure",
        "spending differs from final and input demand by the fraction",
        (sectors, countries),
        name,
        gap,
    )
    gap = (beta * Y).sum(0) / values["value_added"] - 1
    _first(
        np.abs(gap) > tolerance,
        "value_added",
        "sales pay a value added that differs by the fraction",
        (countries,),
        name,
        gap,
    )
