from . import leverage, sweep
from .errors import InputError, NotConverged
from .model import (
    Assumptions,
    Capital,
    Case,
    Course,
    Outcome,
    differentiable,
    first_order,
    path,
    sensitivity,
    solve,
    solve_many,
    taken_back,
)
from .policy import (
    Dated,
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
    "Capital",
    "Case",
    "Course",
    "Dated",
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
    "path",
    "regroup",
    "sensitivity",
    "solve",
    "solve_many",
    "sweep",
    "taken_back",
]

__version__: str
