"""Games over payoffs: best replies, Nash equilibria, maximin, bargaining, Shapley, nucleolus.

Pure: payoffs are callables or arrays, and no part knows a country.
"""

from multipolar.games.smooth import (
    Box,
    Payoffs,
    Play,
    Pullback,
    best_reply,
    bimatrix,
    coalition_values,
    maximin,
    maximise,
    nash,
    nash_bargain,
    nucleolus,
    shapley,
    simplex,
)

__all__ = [
    "Box",
    "Payoffs",
    "Play",
    "Pullback",
    "best_reply",
    "bimatrix",
    "coalition_values",
    "maximin",
    "maximise",
    "nash",
    "nash_bargain",
    "nucleolus",
    "shapley",
    "simplex",
]
