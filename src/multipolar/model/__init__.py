"""What the economy does."""

from multipolar.model.outcome import Outcome
from multipolar.model.solve import solve
from multipolar.model.variants import Assumptions

__all__ = ["Assumptions", "Outcome", "solve"]
