"""How the fixed point is found: accelerated, preconditioned, in rounds; adds no economics."""

from multipolar.model.search.rounds import Found, find, packing, prepare, run

__all__ = ["Found", "find", "packing", "prepare", "run"]
