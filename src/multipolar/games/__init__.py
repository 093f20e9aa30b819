"""Games over payoffs: best replies, Nash equilibria, maximin, bargaining, Shapley, nucleolus.

Pure: payoffs are callables or arrays, and no part knows a country.
"""

from multipolar.games.coalitions import coalition_values, nucleolus, shapley
from multipolar.games.matrix import MatrixGame, bimatrix, is_nash
from multipolar.games.smooth import (
    Box,
    Payoffs,
    Play,
    Pullback,
    best_reply,
    maximin,
    maximise,
    nash,
    nash_bargain,
    simplex,
)

__all__ = [
    "Box",
    "MatrixGame",
    "Payoffs",
    "Play",
    "Pullback",
    "best_reply",
    "bimatrix",
    "coalition_values",
    "is_nash",
    "maximin",
    "maximise",
    "nash",
    "nash_bargain",
    "nucleolus",
    "shapley",
    "simplex",
]
