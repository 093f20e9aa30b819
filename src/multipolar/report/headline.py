"""The headline in words: what each question says, and how far to trust it."""

from multipolar.model import Assumptions
from multipolar.questions.asking.bands import sentences
from multipolar.scenario import Run

GAS_HEDGE = (
    "This compares two equilibria of the gas market, before and after; it is not a forecast. It "
    "has no storage but what is stated, no weather, no credit, and contracts only as slow flows."
)


def headline(run: Run) -> list[str]:
    """What was found, in sentences; the last one says how far to trust them."""
    said = [sentence for asked in run.asked for sentence in asked.said]
    ranges = [asked.ranges for asked in run.asked if asked.ranges]
    last = GAS_HEDGE if run.only_gas else hedge(run.case.assumptions)
    return [*said, *sentences(ranges), last]


def hedge(assumed: Assumptions) -> str:
    """How far to trust what was said before."""
    when = (
        "in the long run" if assumed.horizon == "long-run" else f"after {assumed.horizon:g} years"
    )
    given = assumed.elasticities
    elasticities = f"set {given!r}" if isinstance(given, str) else "as given by the user"
    return (
        f"This compares two equilibria, before and {when}; it is not a forecast. It holds if trade "
        f"reacts to prices as the elasticities say ({elasticities}), with "
        f"{assumed.phrase('supply')} and with {assumed.phrase('deficits')}; "
        "other assumptions give other sizes. It has no "
        "finance, no inventories, no unemployment."
    )
