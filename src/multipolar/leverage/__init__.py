"""Dependence and leverage: who needs whom, who could be peeled away, what sanctions cost."""

from multipolar.leverage.chokepoints import chokepoints
from multipolar.leverage.cutoff import complementarity, cut_off, exposure, standoff
from multipolar.leverage.matrix import asymmetry, bloc_matrix, dependence_matrix, power, screen

__all__ = [
    "asymmetry",
    "bloc_matrix",
    "chokepoints",
    "complementarity",
    "cut_off",
    "dependence_matrix",
    "exposure",
    "power",
    "screen",
    "standoff",
]
