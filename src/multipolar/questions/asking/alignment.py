"""What questions on alignment have in common: their day and their sources."""

import datetime as dt
from importlib.metadata import version

from multipolar.model import Case
from multipolar.questions.asking.question import Question

SOURCE = (
    f"multipolar {version('multipolar')} (data: Bailey, Strezhnev & Voeten, ideal points of April "
    "2026; United Nations, votes; ATOP 5; decree 430-r; World Bank; derived from SIPRI and the "
    "Correlates of War)."
)


def day_of(case: Case) -> dt.date:
    """The day of memberships and pacts: that of the case, otherwise today."""
    return case.date or dt.date.today()


class OnAlignment(Question, abstract=True):
    """A question about votes, pacts and sizes: no equilibrium is solved for it."""

    needs_trade = False
    scenario = ""

    def rests(self, case: Case) -> str:
        """Votes, memberships, and the benchmark's trade."""
        return (
            f"Votes up to 2025; memberships as of {day_of(case)}, goods trade of the benchmark "
            f"{case.world.name}; no equilibrium is solved."
        )
