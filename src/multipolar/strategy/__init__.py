"""What each would rationally do next: optimal, Nash and cooperative tariffs, and deals."""

from multipolar.strategy.deals import Deals, Terms, deal, two_leaders
from multipolar.strategy.play import TariffPlay, cooperate, nash, optimal

__all__ = ["Deals", "TariffPlay", "Terms", "cooperate", "deal", "nash", "optimal", "two_leaders"]
