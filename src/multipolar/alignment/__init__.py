"""Alignment: how close states are, which blocs they form, how many poles the world has."""

from multipolar.alignment.affinity import (
    agreement,
    between,
    beyond_chance,
    changes,
    combined,
    distances,
    measures,
    pooled,
    trade_shares,
)
from multipolar.alignment.blocs import blocs, by_rules, disagreements, flips, memberships
from multipolar.alignment.clubs import Offers, clubs, neutrality, tipping
from multipolar.alignment.fragmentation import fragment, gravity, wall
from multipolar.alignment.polarity import concentration, polarity

__all__ = [
    "Offers",
    "agreement",
    "between",
    "beyond_chance",
    "blocs",
    "by_rules",
    "changes",
    "clubs",
    "combined",
    "concentration",
    "disagreements",
    "distances",
    "flips",
    "fragment",
    "gravity",
    "measures",
    "memberships",
    "neutrality",
    "polarity",
    "pooled",
    "tipping",
    "trade_shares",
    "wall",
]
