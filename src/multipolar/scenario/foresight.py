"""The part of a scenario file that lets buyers on a path adapt to what is announced."""

from pydantic import BaseModel, ConfigDict, Field

from multipolar.model import Anticipation


class Foresight(BaseModel):
    """How buyers on a path act on announcements; see `model.anticipation`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    discount: float = Field(default=0.05, ge=0, le=1, strict=True)
    weight: float = Field(default=1.0, ge=0, le=1, strict=True)

    def of_buyers(self) -> Anticipation:
        """The option of `multipolar.path`."""
        return Anticipation(self.discount, self.weight)
