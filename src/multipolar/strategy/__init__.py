"""What each would rationally do next: optimal, Nash and cooperative tariffs, and deals."""

from multipolar.strategy.deals import Deals, Terms, deal, two_leaders
from multipolar.strategy.play import Disagreement, Rule, TariffPlay, cooperate, nash, optimal
from multipolar.strategy.tariff_game import By

__all__ = [
    "By",
    "Deals",
    "Disagreement",
    "Rule",
    "TariffPlay",
    "Terms",
    "cooperate",
    "deal",
    "nash",
    "optimal",
    "two_leaders",
]
