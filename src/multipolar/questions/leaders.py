"""Two leaders offer and threaten, then third countries choose: who agrees under which moves."""

from collections.abc import Mapping

import pandas as pd

from multipolar import strategy
from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import called, capital, listed, name
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.courting import CourtingQuestion, words_of
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import measure
from multipolar.questions.asking.reading import source
from multipolar.strategy import Choices
from multipolar.strategy import Leaders as Found

FEW = 4  # how many equilibria are written out
OFFER, THREAT = "relief, % of the tariff", "retaliation, points"


class Leaders(CourtingQuestion):
    """Two leaders offer and threaten, then third countries choose: who agrees under which moves."""

    cost = "seconds"

    thirds: tuple[Side, ...] = entry(
        "third countries",
        "The countries that both court.",
        pick="sides",
        min_length=1,
        max_length=12,
    )
    offers: tuple[float, ...] = entry(
        "offers", "Shares of its tariff that the hegemon might take away.",
        default=(0.0, 0.5, 1.0), unit="fraction", min_length=1, max_length=10,
    )  # fmt: skip
    threats: tuple[float, ...] = entry(
        "threats", "What the rival might add to its tariff.",
        default=(0.0, 0.1, 0.25, 0.5), unit="fraction", min_length=1, max_length=10,
    )  # fmt: skip
    alignment: float = entry(
        "alignment",
        "What a third country's siding is worth to a leader, stated by you.",
        default=0.0,
        unit="fraction of real income",
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> Found:
        """Every pair of moves, and where the leaders rest; see `strategy.two_leaders`."""
        thirds = words_of(self.thirds)
        return strategy.two_leaders(
            case,
            strategy.Terms(self.hegemon, self.rival, self.demand),
            thirds,
            Choices(self.offers, self.threats),
            siding=self.siding or None,
            alignment=self.alignment,
            on_step=on_step,
        )

    def tell(self, case: Case, found: Found) -> list[Answer]:
        """Who agrees under each pair of moves, and what the leaders get."""
        moves = found.moves
        hegemon, rival = name(self.hegemon), name(self.rival)
        rows = pd.DataFrame(
            {
                "agree": [_codes(group) for group in moves["agree"]],
                "or also": [_codes(group, "") for group in moves["agree_also"]],
                f"{hegemon}, % change": 100 * moves["hegemon"].to_numpy(),
                f"{rival}, % change": 100 * moves["rival"].to_numpy(),
            },
            pd.Index(
                [
                    f"{100 * o:g} %, {100 * t:g} points"
                    for o, t in zip(moves["offer"], moves["threat"], strict=True)
                ],
                name="relief, retaliation",
            ),
        )
        count = [len(group) for group in moves["agree"]]
        cells = pd.DataFrame(
            {
                OFFER: [f"{100 * o:g}" for o in moves["offer"]],
                THREAT: [f"{100 * t:g}" for t in moves["threat"]],
                "countries that agree": [float(k) for k in count],
            }
        )
        figure = charts.heat_map(
            cells,
            key=f"leaders-{self.hegemon}-{self.rival}",
            title="How many agree",
            subtitle=f"rows: {OFFER} by {hegemon}; columns: {THREAT} by {rival}",
            source=source(case),
            alt="Countries that agree by relief and retaliation, from "
            f"{min(count)} to {max(count)}.",
            digits=0,
            signed=False,
        )
        title = f"{hegemon} offers, {rival} threatens"
        return [Answer(figure.key, title, rows, _resting(found), (figure,))]

    def say(self, case: Case, found: Found) -> list[str]:
        """Where the leaders come to rest."""
        who = f"{called(self.hegemon)} and {called(self.rival)}"
        if len(found.equilibria) == 1:
            offer, threat = found.equilibria[0]
            return [f"{capital(who)} rest at {_moves(offer, threat)}."]
        return [f"The moves of {who} have {len(found.equilibria)} resting points."]

    @measure("third countries that agree", "countries")
    def agreeing(self, case: Case, found: Found, *, offer: str, threat: str) -> float:
        """Under a pair of moves."""
        moves = found.moves
        at = (moves["offer"] == float(offer)) & (moves["threat"] == float(threat))
        return float(len(moves[at]["agree"].iloc[0]))


def _codes(group: tuple[str, ...], nobody: str = "nobody") -> str:
    return ", ".join(group) or nobody


def _resting(found: Found) -> str:
    """The equilibria in words, and whether they are known to be all."""
    known = "These are all that there are." if found.complete else "There may be others."
    if found.degenerate:
        known = (
            "A leader is indifferent between moves, so these are corners of whole sets of "
            f"resting points. {known if not found.complete else 'No other corners exist.'}"
        )
    written = [_moves(offer, threat) for offer, threat in found.equilibria[:FEW]]
    more = len(found.equilibria) - len(written)
    rest = [f"{more} more, among which the leaders are indifferent"] if more > 0 else []
    return f"The leaders rest at: {listed([*written, *rest])}. {known}"


def _moves(offer: Mapping[float, float], threat: Mapping[float, float]) -> str:
    return f"relief {_mixed(offer, ' %')} against retaliation {_mixed(threat, ' points')}"


def _mixed(moves: Mapping[float, float], unit: str) -> str:
    if len(moves) == 1:
        return f"{100 * next(iter(moves)):g}{unit}"
    return " or ".join(
        f"{100 * move:g}{unit} (chance {100 * p:.0f} %)" for move, p in moves.items()
    )
