"""Gas: the network, its market, what a pipeline is worth to whom. Pure economics, numbers out.

Quantities are bcm a year of the Energy Institute's cubic metre, prices USD/MMBtu, money million
USD a year, unless a field says otherwise.
"""

from multipolar.energy.calibration import GasAssumptions, Market, calibrate, reconcile
from multipolar.energy.changes import (
    apply,
    assumptions_of,
    gas_equilibrium,
    market_of,
    market_under,
    outcomes,
)
from multipolar.energy.coalitions import NetworkGame, link_worth, network_game
from multipolar.energy.coupling import Coupled, coupled
from multipolar.energy.equilibrium import GasOutcome, equilibrium, surplus_change, trace
from multipolar.energy.network import USD_PER_1000_RUSSIAN, Network, per_1000_cubic_metres
from multipolar.energy.pipeline_deal import (
    Deals,
    Sides,
    break_evens,
    deals,
    division,
)
from multipolar.energy.terms import Terms, drawn_terms

__all__ = [
    "USD_PER_1000_RUSSIAN",
    "Coupled",
    "Deals",
    "GasAssumptions",
    "GasOutcome",
    "Market",
    "Network",
    "NetworkGame",
    "Sides",
    "Terms",
    "apply",
    "assumptions_of",
    "break_evens",
    "calibrate",
    "coupled",
    "deals",
    "division",
    "drawn_terms",
    "equilibrium",
    "gas_equilibrium",
    "link_worth",
    "market_of",
    "market_under",
    "network_game",
    "outcomes",
    "per_1000_cubic_metres",
    "reconcile",
    "surplus_change",
    "trace",
]
