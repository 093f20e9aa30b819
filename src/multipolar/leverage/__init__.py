"""Dependence and leverage: who needs whom, who might change sides, what sanctions cost."""

from multipolar.leverage.chokepoints import chokepoints
from multipolar.leverage.columns import COLUMNS
from multipolar.leverage.cutoff import at_horizons, complementarity, cut_off, exposure, standoff
from multipolar.leverage.frontier import Frontier, frontier
from multipolar.leverage.matrix import asymmetry, bloc_matrix, dependence_matrix, power, screen
from multipolar.leverage.relief import PACKAGES, Relief, bargaining_range, peel_away, weaker
from multipolar.leverage.sanctions import lift, who_leaks

__all__ = [
    "COLUMNS",
    "PACKAGES",
    "Frontier",
    "Relief",
    "asymmetry",
    "at_horizons",
    "bargaining_range",
    "bloc_matrix",
    "chokepoints",
    "complementarity",
    "cut_off",
    "dependence_matrix",
    "exposure",
    "frontier",
    "lift",
    "peel_away",
    "power",
    "screen",
    "standoff",
    "weaker",
    "who_leaks",
]
