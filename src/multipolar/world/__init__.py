"""The economy before anyone acts."""

from multipolar.world.regroup import regroup
from multipolar.world.world import World

__all__ = ["World", "regroup"]
