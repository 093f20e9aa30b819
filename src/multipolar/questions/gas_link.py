"""What a gas link is worth to whom: by Shapley value and nucleolus, without it and with it."""

from functools import partial

import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import listed
from multipolar.energy import equilibrium, link_worth, market_of, market_under
from multipolar.energy.changes import named
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import entry
from multipolar.questions.asking.gas import gas_source, network_line, player_name
from multipolar.questions.asking.question import Question, measure

PLAYERS = ("RUS", "UKR", "BLR", "POB", "TUR", "NOR", "DEU", "CEE")


SAME = 0.001  # relative or bn USD: less than that tells no players apart


class GasLink(Question):
    """What a gas pipeline or terminal is worth to whom, by Shapley value and nucleolus."""

    cost = "seconds"
    needs_trade = False
    needs_network = True
    scenario = "shut-off-2022"

    link: str = entry("link", "A link of the gas network, by its name.", default="Nord Stream")
    players: tuple[str, ...] = entry(
        "players", "Who bargains: 2 to 12 owners of nodes and links; all others only trade.",
        default=PLAYERS, min_length=2, max_length=12,
    )  # fmt: skip
    outlay: float = entry(
        "cost", "Of building and running a planned link.", default=0.0, unit="million USD a year",
        ge=0,
    )  # fmt: skip

    bypasses: dict[str, float] = entry(
        "bypasses", "Other planned links that may be built instead, with their cost a year.",
        default={}, unit="million USD a year",
    )  # fmt: skip

    def rests(self, case: Case) -> str:
        """The gas network; no trade is solved."""
        return network_line(case)

    def ask(self, case: Case, on_step: OnStep = quiet) -> pd.DataFrame:
        """A row for each player; see `energy.link_worth`. The case's acts come first; no bans."""
        network = market_of(case).network
        for name in self.bypasses:
            named("bypasses", partial(network.link, name))
        market = market_under(market_of(case), case.policy, [self.link, *self.bypasses])
        return link_worth(market, self.link, self.players, self.outlay, self.bypasses, on_step)

    def tell(self, case: Case, found: pd.DataFrame) -> list[Answer]:
        """Each player's value and the change that the link makes."""
        market = equilibrium(market_of(case))
        rows = pd.DataFrame(
            {
                "Shapley change, bn USD": found["shapley"] / 1e3,
                "Shapley value with it, bn USD": found["shapley_with"] / 1e3,
                "nucleolus change, bn USD": found["nucleolus"] / 1e3,
                "nucleolus with it, bn USD": found["nucleolus_with"] / 1e3,
            }
        ).set_axis(pd.Index([player_name(market, p) for p in found.index], name="player"))
        title = f"What {self.link} is worth to whom"
        figure = charts.ranked_bars(
            rows.iloc[:, :1].sort_values("Shapley change, bn USD", ascending=False).reset_index(),
            key=f"gas-link-{self.link}",
            title=title,
            subtitle="change of the Shapley value, bn USD a year",
            source=gas_source(market),
        )
        remark = (
            "A coalition is worth the surplus that it can make on the network without the others; "
            "large consumers look powerful by level, so read the change."
        )
        return [Answer(figure.key, title, rows, remark, (figure,))]

    def say(self, case: Case, found: pd.DataFrame) -> list[str]:
        """Who gains and who loses most."""
        change = found["shapley"] / 1e3
        up, down = str(change.idxmax()), str(change.idxmin())
        outcome = equilibrium(market_of(case))
        first, last = (level(change, at) for at in (up, down))
        names = {p: player_name(outcome, p) for p in change.index}
        if len(first) == len(change):
            told = f"{self.link} adds as much for every player ({change[up]:+.1f} bn USD a year)"
            return [f"{told}, by Shapley value."]
        most, least = (listed([names[p] for p in which]) for which in (first, last))
        each, same = (" each", "the same to") if len(first) > 1 else ("", "most to")
        told = f"{self.link} is worth {same} {most} ({change[up]:+.1f} bn USD a year{each})"
        return [f"{told} and least to {least} ({change[down]:+.1f}), by Shapley value."]

    @measure("what the link adds to a player's Shapley value", "million USD a year")
    def shapley(self, case: Case, found: pd.DataFrame, *, player: str) -> float:
        """By the network's name of the player."""
        return float(found["shapley"][player])

    @measure("what the link adds to a player's nucleolus", "million USD a year")
    def nucleolus(self, case: Case, found: pd.DataFrame, *, player: str) -> float:
        """By the network's name of the player."""
        return float(found["nucleolus"][player])


def level(change: pd.Series, player: str) -> list[str]:
    """The players with the same number up to what is shown, in order."""
    near = (change - change[player]).abs() < SAME * max(1.0, abs(float(change[player])))
    return [str(each) for each in change.index[near]]
