from .regrouping import regroup
from .world import World

__all__ = ["World", "regroup"]
