"""Instruments, policies, and the wedges they become on a world's labels.

A policy is pure data: a sum of instruments. `Policy.wedges(world)` lays it out as arrays; how
instruments combine on a cell is in `multipolar.policy.wedges`.
"""

from multipolar.policy.acts import (
    Embargo,
    ExportTax,
    LabourSupply,
    Productivity,
    Tariff,
    TradeCost,
    Transfer,
)
from multipolar.policy.calendar import Dated, Period, periods
from multipolar.policy.costs import TradeCosts
from multipolar.policy.dated import DatedAct
from multipolar.policy.fields import ActField
from multipolar.policy.instrument import Instrument, Policy
from multipolar.policy.network import (
    CloseLink,
    GasBan,
    GasDemand,
    GasStocks,
    GasSupply,
    LinkCapacity,
    NetworkAct,
    OpenLink,
)
from multipolar.policy.sanctions import Leakage, PriceCap
from multipolar.policy.schedule import TariffSchedule
from multipolar.policy.table import ACTS, INSTRUMENTS, ActKind

__all__ = [
    "ACTS",
    "INSTRUMENTS",
    "ActField",
    "ActKind",
    "CloseLink",
    "Dated",
    "DatedAct",
    "Embargo",
    "ExportTax",
    "GasBan",
    "GasDemand",
    "GasStocks",
    "GasSupply",
    "Instrument",
    "LabourSupply",
    "Leakage",
    "LinkCapacity",
    "NetworkAct",
    "OpenLink",
    "Period",
    "Policy",
    "PriceCap",
    "Productivity",
    "Tariff",
    "TariffSchedule",
    "TradeCost",
    "TradeCosts",
    "Transfer",
    "periods",
]
