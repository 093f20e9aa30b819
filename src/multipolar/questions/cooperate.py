"""The best joint agreement on tariffs, and what it gains over today or over war."""

from typing import Literal

from multipolar import strategy
from multipolar.display.words import called, listed
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Country, entry
from multipolar.questions.asking.play import TariffQuestion
from multipolar.strategy import TariffPlay


class Cooperate(TariffQuestion):
    """The best joint agreement on tariffs, and what it gains over today or over war."""

    cost = "minutes"

    players: tuple[Country, ...] = entry(
        "players", "Countries or blocs, two or more.", pick="sides", min_length=2, max_length=12
    )
    against: Literal["players", "everyone"] = entry("against", "Whom they tax.", default="players")
    rule: Literal["equal-gains", "nash-bargaining"] = entry(
        "rule", "How gains are shared.", default="equal-gains"
    )
    disagreement: Literal["today", "war"] = entry(
        "disagreement", "What comes without an agreement.", default="today"
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> TariffPlay:
        """The play; see `strategy.cooperate`."""
        return strategy.cooperate(
            case,
            list(self.players),
            self.tariffs,
            against=self.against,
            rule=self.rule,
            disagreement=self.disagreement,
            on_step=on_step,
        )

    def title_of(self, play: TariffPlay) -> str:
        """The title of a play."""
        who = listed([called(player) for player in play.players])
        return f"Agreement of {who} ({self.rule}, else {self.disagreement})"

    def verb(self, play: TariffPlay) -> str:
        """What the headline says."""
        return "The best agreement changes real income against today"

    def say(self, case: Case, found: TariffPlay) -> list[str]:
        """The result for the players, against today and against the war that may come instead."""
        said = super().say(case, found)
        if found.converged and found.over_war:
            parts = [f"{called(who)} {100 * gain:+.2f} %" for who, gain in found.over_war.items()]
            said.append(f"Against the trade war that would come without it: {listed(parts)}.")
        return said
