"""How the fixed point is found: accelerated, preconditioned, in rounds, in batches."""

from multipolar.model.search.rounds import Found, find, packing, prepare, run
from multipolar.model.search.together import find_together

__all__ = ["Found", "find", "find_together", "packing", "prepare", "run"]
