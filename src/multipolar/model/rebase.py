"""Other benchmarks: a world before acts that are behind it, and a world with other tariffs."""

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError, NotConverged
from multipolar.model.assumptions import Assumptions
from multipolar.model.path import on_a_path
from multipolar.model.solve import as_world, solve
from multipolar.policy import Instrument, Policy
from multipolar.world import World, identities

Array = NDArray[np.float64]

SETTLED = 1e-13  # change of value added in a round, as a fraction of the world's
MAX_ROUNDS = 100_000


def taken_back(
    world: World, back: Policy | Instrument, years: float, year: int | None = None
) -> World:
    """The world before acts that are `years` old in it, as a benchmark from which a path begins.

    `back` undoes the acts, such as tariffs set to what they were; trade answers with the elasticity
    of that age, because the world has adapted to them only so far (with long-run elasticities, a
    path that brings the acts back would not return to the world). Technology, tastes and all that
    happened since stay: this is the later world without the acts, not the earlier one. `year` is
    the year before the acts. Raises `InputError` and `NotConverged`.
    """
    if not years > 0:
        raise InputError(f"{years!r} is not an age in years above zero", field="years", value=years)
    held = on_a_path(Assumptions()).as_dict() | {"horizon": float(years)}
    outcome = solve(world, back, Assumptions.from_dict(held))
    name = f"{world.name} as of {year}" if year else f"{world.name}, acts taken back"
    return as_world(world, outcome.values, name, year)


def alter_tariffs(
    world: World,
    tariffs: Policy | Instrument,
    assumptions: Assumptions | None = None,
    *,
    name: str = "",
    year: int | None = None,
) -> World:
    """The world with other benchmark tariffs, everything else adding up to them.

    `tariffs`: acts that change tariffs, such as a `TariffSchedule`; an act that lays anything else
    raises `InputError`. Without assumptions as AlterTax does (Malcolm 1998, GTAP Technical Paper
    12): all elasticities of substitution are one, so every share of spending at prices with tariff
    stays, and wages, incomes and revenue follow; deficits keep their share of world value added,
    which is kept too. That changes the flows as little as accounts allow. With assumptions, trade
    answers as they say, which is the equilibrium under the tariffs made a benchmark. Raises
    `InputError` and `NotConverged`.
    """
    policy = tariffs if isinstance(tariffs, Policy) else Policy((tariffs,))
    wedges = policy.wedges(world)
    _refuse_other_wedges(world, policy)
    title = name or f"{world.name}, tariffs altered"
    if assumptions is not None:
        return as_world(world, solve(world, policy, assumptions).values, title, year or world.year)
    t = 1 + wedges.tariff
    X = _spending_under(world, t)
    pi, beta = world.expenditure_share.values, world.value_added_share.values
    inputs = (1 - beta) * identities.output(pi, X, t)
    return World.from_flows(
        world.countries,
        world.sectors,
        sales=pi * X[:, None, :] / t,
        intermediate_use=world.input_share.values * inputs,
        tariff=t - 1,
        trade_elasticity=world.trade_elasticity.values,
        name=title,
        year=year or world.year,
        domestic_tariffs=True,
    )


def _spending_under(world: World, t: Array) -> Array:
    """Spending X [sector, importer] with all shares as they are and tariffs t = 1 + rate.

    X = alpha (VA + R + D) + G (1 - beta) Y, with VA = sum_s beta Y and sum_n VA_n as it was: linear
    in X, found by repetition.
    """
    values = world.arrays()
    pi, alpha, beta, G, D = (
        values[key]
        for key in ("expenditure_share", "consumption_share", "value_added_share", "input_share",
                    "transfer")
    )  # fmt: skip
    X, whole = values["expenditure"], float(values["value_added"].sum())
    for _ in range(MAX_ROUNDS):
        Y = identities.output(pi, X, t)
        VA = (beta * Y).sum(axis=0)
        use = np.einsum("ksn,sn->kn", G, (1 - beta) * Y)
        new = alpha * (VA + identities.revenue(pi, X, t) + D) + use
        new *= whole / float((beta * identities.output(pi, new, t)).sum())
        change = np.abs(new - X).max()
        X = new
        if change <= SETTLED * whole:
            return X
    raise NotConverged(f"{world.name}: incomes do not settle under these tariffs")


def _refuse_other_wedges(world: World, policy: Policy) -> None:
    for act in policy:
        if any(layer.wedge != "tariff" for layer in act.layers(world)):
            raise InputError(f"{act!r} does more than change tariffs", field="tariffs", value=act)
