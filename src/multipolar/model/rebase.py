"""An earlier benchmark: a world with acts taken back that came some years before it."""

from multipolar.errors import InputError
from multipolar.model.assumptions import Assumptions
from multipolar.model.path import on_a_path
from multipolar.model.solve import as_world, solve
from multipolar.policy import Instrument, Policy
from multipolar.world import World


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
