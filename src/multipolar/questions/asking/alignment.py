"""What questions on alignment have in common: their day and their sources."""

import datetime as dt
from importlib.metadata import version

from multipolar.model import Case

SOURCE = (
    "Bailey, Strezhnev & Voeten (ideal points, April 2026), United Nations (votes), ATOP 5, decree "
    f"430-r, World Bank, SIPRI, Correlates of War; multipolar {version('multipolar')}."
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
