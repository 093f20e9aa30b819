"""What questions on alignment have in common: their day and their sources."""

import datetime as dt
from importlib.metadata import version

from multipolar.model import Case

SOURCE = (
    f"multipolar {version('multipolar')} (data: Bailey, Strezhnev & Voeten, ideal points of April "
    "2026; United Nations, votes; ATOP 5; decree 430-r; World Bank; derived from SIPRI and the "
    "Correlates of War)."
)


def day_of(case: Case) -> dt.date:
    """The day of memberships and pacts: that of the case, otherwise today."""
    return case.date or dt.date.today()


def rests_on(case: Case) -> str:
    """On what the answers rest, in a sentence."""
    return (
        f"Votes up to 2025; memberships as of {day_of(case)}, goods trade of the benchmark "
        f"{case.world.name}; no equilibrium is solved."
    )
