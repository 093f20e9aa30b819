"""The part of a scenario file that takes back what is in its world already."""

from pydantic import BaseModel, ConfigDict, Field

from multipolar.errors import InputError
from multipolar.model.rebase import taken_back
from multipolar.policy import Policy
from multipolar.policy.dated import DatedAct
from multipolar.world import World
from multipolar.world.per_world import PerWorld


class TakenBack(BaseModel):
    """Acts that undo what is in the scenario's world, so that a path can begin before it.

    `to`: the year of the economy that they lead to; `years`: how old what they undo is in the
    world; `policy`: the acts, without dates.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: int = Field(ge=1900, le=2100)
    years: float = Field(gt=0, le=100)
    policy: tuple[DatedAct, ...]

    def of(self, world: World) -> World:
        """The world with these acts; as it is, if it is of that year or an earlier one."""
        if world.year is not None and world.year <= self.to:
            return world
        try:
            back = sum((act.policy() for act in self.policy), Policy())
            key = (repr(back), self.to, self.years)
            return _KNOWN.get(world, key, lambda: taken_back(world, back, self.years, self.to))
        except InputError as error:
            raise error.located(field="taken_back") from None


_KNOWN: PerWorld[World] = PerWorld()
