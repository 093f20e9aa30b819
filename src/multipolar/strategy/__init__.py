"""What each country would rationally do next: optimal, Nash and cooperative tariffs, and deals."""

from multipolar.strategy.bargain import Terms
from multipolar.strategy.columns import DEALS, MOVES, PAYOFFS, TARIFFS
from multipolar.strategy.deals import Deals, deal
from multipolar.strategy.leaders import Choices, Leaders, two_leaders
from multipolar.strategy.play import (
    Against,
    Disagreement,
    Rule,
    TariffPlay,
    cooperate,
    nash,
    optimal,
)
from multipolar.strategy.tariff_game import By, Tariffs

__all__ = [
    "DEALS",
    "MOVES",
    "PAYOFFS",
    "TARIFFS",
    "Against",
    "By",
    "Choices",
    "Deals",
    "Disagreement",
    "Leaders",
    "Rule",
    "TariffPlay",
    "Tariffs",
    "Terms",
    "cooperate",
    "deal",
    "nash",
    "optimal",
    "two_leaders",
]
