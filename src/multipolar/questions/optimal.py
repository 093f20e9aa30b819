"""The tariffs that serve a country best, with or without retaliation, and who pays for them."""

from multipolar import strategy
from multipolar.display.words import called
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Country, entry
from multipolar.questions.asking.play import TariffQuestion
from multipolar.strategy import TariffPlay


class Optimal(TariffQuestion):
    """The tariffs that serve a country best, with or without retaliation, and who pays for them."""

    cost = "seconds"

    country: Country = entry("country", "A country or bloc.", pick="side")
    partners: tuple[Country, ...] = entry(
        "partners", "The countries whose goods it taxes; none given: all.", default=(), pick="sides"
    )
    retaliation: dict[str, float] = entry(
        "retaliation",
        "Who retaliates, and by which share of the tariff (1: in kind).",
        default={},
        unit="fraction",
    )
    political: dict[str, float] = entry(
        "political weights", "Weight on the income of a sector; 1 if not given.", default={}
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> TariffPlay:
        """The play; see `strategy.optimal`."""
        return strategy.optimal(
            case,
            self.country,
            self.tariffs,
            partners=list(self.partners) or None,
            retaliation=self.retaliation or None,
            political=self.political or None,
            on_step=on_step,
        )

    def title_of(self, play: TariffPlay) -> str:
        """The title of a play."""
        return f"The tariffs that serve {called(play.players[0])} best"

    def verb(self, play: TariffPlay) -> str:
        """What the headline says."""
        return "Its own best tariffs change real income against today"
