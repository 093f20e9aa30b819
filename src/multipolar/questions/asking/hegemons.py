"""What the questions about two hegemons' clubs have in common: who offers and threatens what."""

from multipolar.alignment.clubs import Offers
from multipolar.questions.asking.fields import Country, entry
from multipolar.questions.asking.question import Question


class HegemonsQuestion(Question, abstract=True):
    """Two hegemons, each with a club that third countries may join."""

    first: Country = entry("first", "A hegemon.", default="USA", pick="country")
    second: Country = entry("second", "The other hegemon.", default="CHN", pick="country")
    offer: float = entry(
        "offer",
        "Share of its tariffs on goods that a hegemon lifts for who joins it.",
        default=1.0,
        unit="fraction",
        ge=0,
        le=1,
    )
    threat: float = entry(
        "threat",
        "Tariff on goods that it adds for who joins the other.",
        default=0.25,
        unit="fraction",
        ge=0,
        le=10,
    )

    def offers(self, neutral: float) -> Offers:
        """The terms, neutrals with a share of the threats."""
        return Offers(self.first, self.second, self.offer, self.threat, neutral)
