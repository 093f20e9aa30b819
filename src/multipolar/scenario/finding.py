"""Finding: what a scenario is expected to find, bound to a measure of a question."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Finding(BaseModel):
    """What the scenario is expected to find; the tests compare it with the run.

    `measure` names a question's kind and its measure ("gains.real_income"), `of` what the measure
    needs ({country = "USA"}), `question` the name of the question if there are several of a kind.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: str
    measure: str
    of: dict[str, str] = {}
    question: str = ""
    sign: Literal["+", "-"]
    because: str

    def holds(self, number: float) -> bool:
        """Whether a number has the sign that is expected."""
        return (number > 0) == (self.sign == "+")

    @property
    def kind(self) -> str:
        """The kind of question that is measured."""
        return self.measure.partition(".")[0]

    @property
    def quantity(self) -> str:
        """The measure of that question."""
        return self.measure.partition(".")[2]
