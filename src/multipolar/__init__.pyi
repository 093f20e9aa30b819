from . import leverage, sweep
from .errors import InputError, NotConverged
from .model import (
    Assumptions,
    Case,
    Outcome,
    differentiable,
    first_order,
    sensitivity,
    solve,
    solve_many,
)
from .policy import (
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
    TradeCosts,
    Transfer,
)
from .questions import ask
from .scenario import Scenario
from .world import World, regroup

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
    "Scenario",
    "Tariff",
    "TariffSchedule",
    "TradeCost",
    "TradeCosts",
    "Transfer",
    "World",
    "ask",
    "differentiable",
    "first_order",
    "leverage",
    "regroup",
    "sensitivity",
    "solve",
    "solve_many",
    "sweep",
]

__version__: str
