"""multipolar: an open simulator of the world economy in great-power conflict."""

from multipolar import leverage
from multipolar.errors import InputError, NotConverged
from multipolar.model import (
    Assumptions,
    Case,
    Outcome,
    differentiable,
    first_order,
    sensitivity,
    solve,
    solve_many,
)
from multipolar.policy import (
    Embargo,
    ExportTax,
    Instrument,
    LabourSupply,
    Leakage,
    Policy,
    PriceCap,
    Productivity,
    Tariff,
    TariffSchedule,
    TradeCost,
    Transfer,
)
from multipolar.world import World, regroup

__version__ = "0.1.0"

__all__ = [
    "Assumptions",
    "Case",
    "Embargo",
    "ExportTax",
    "InputError",
    "Instrument",
    "LabourSupply",
    "Leakage",
    "NotConverged",
    "Outcome",
    "Policy",
    "PriceCap",
    "Productivity",
    "Tariff",
    "TariffSchedule",
    "TradeCost",
    "Transfer",
    "World",
    "differentiable",
    "first_order",
    "leverage",
    "regroup",
    "sensitivity",
    "solve",
    "solve_many",
]
