"""A trade war: tariffs from which no power gains by moving its own."""

from typing import Literal

from multipolar import strategy
from multipolar.display.words import called, listed
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Country, entry
from multipolar.questions.asking.play import TariffQuestion
from multipolar.strategy import TariffPlay


class Nash(TariffQuestion):
    """A trade war: tariffs from which no power gains by moving its own."""

    cost = "minutes"

    players: tuple[Country, ...] = entry(
        "players", "Countries or blocs, two or more.", pick="sides", min_length=2, max_length=12
    )
    against: Literal["players", "everyone"] = entry("against", "Whom they tax.", default="players")
    starts: bool = entry("starts", "Search from other starts too.", default=True)

    def ask(self, case: Case, on_step: OnStep = quiet) -> TariffPlay:
        """The play; see `strategy.nash`."""
        return strategy.nash(
            case,
            list(self.players),
            self.tariffs,
            against=self.against,
            several_starts=self.starts,
            on_step=on_step,
        )

    def title_of(self, play: TariffPlay) -> str:
        """The title of a play."""
        return f"Trade war of {listed([called(player) for player in play.players])}"

    def verb(self, play: TariffPlay) -> str:
        """What the headline says."""
        who = listed([called(player) for player in play.players])
        return f"A trade war of {who} changes real income against today"

    def say(self, case: Case, found: TariffPlay) -> list[str]:
        """The result for the players; and in words where a war is milder than today."""
        said, mean = super().say(case, found), found.table()
        milder = (mean["then"] < mean["today"]).all() and (found.payoffs()["gain"] > 0).all()
        if found.converged and milder:
            said.append(
                "Even in war the tariffs are lower than today's, and everyone at war gains: "
                "today's are higher than what serves those who levy them."
            )
        return said
