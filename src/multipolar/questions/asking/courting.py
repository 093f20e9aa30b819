"""What the questions about deals have in common: who courts, against whom, for what."""

from collections.abc import Iterable

from multipolar.questions.asking.fields import Country, Side, entry
from multipolar.questions.asking.question import Question


class CourtingQuestion(Question, abstract=True):
    """A hegemon that courts third countries against a rival."""

    hegemon: Country = entry("hegemon", "Who offers.", default="USA", pick="side")
    rival: Country = entry(
        "rival", "Against whom; the rival may retaliate.", default="CHN", pick="side"
    )
    demand: float = entry(
        "demand",
        "Tariff on the rival's goods that is asked for.",
        default=0.25,
        unit="fraction",
        ge=0,
        le=10,
    )
    siding: dict[str, float] = entry(
        "siding",
        "What siding with the hegemon costs a country, stated by you.",
        default={},
        unit="fraction of real income",
    )


def words_of(sides: Iterable[Side]) -> list[str]:
    """The words of several sides as one selector."""
    return [word for side in sides for word in ([side] if isinstance(side, str) else side)]
