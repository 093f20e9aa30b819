"""The headline in words: what each question says, and how far to trust it."""

from collections.abc import Iterable, Iterator
from itertools import chain

from multipolar.model import Assumptions, Case
from multipolar.questions.asking.bands import sentences
from multipolar.questions.asking.question import Question
from multipolar.scenario import Run
from multipolar.scenario.claim import counted

GAS_HEDGE = (
    "This compares two equilibria of the gas market, before and after; it is not a forecast. It "
    "has no storage but what is stated, no weather, no credit, and contracts only as slow flows."
)


def headline(run: Run) -> list[str]:
    """What was found, in sentences; the last ones say how far to trust them."""
    said = _chosen(run) or [sentence for asked in run.asked for sentence in asked.said]
    said += [f"{counted(run.claims)}."] if run.claims else []
    ranges = [asked.ranges for asked in run.asked if asked.ranges]
    last = hedges(run.scenario.all_questions(), run.case, on_trade=not run.only_gas)
    return [*said, *skipped(run), *sentences(ranges), *last]


def _chosen(run: Run) -> list[str]:
    """The sentences that the scenario wants in its headline."""
    told: dict[str, Iterator[str]] = {}
    for asked in run.asked:
        told[asked.question.kind] = chain(told.get(asked.question.kind, ()), asked.said)
    said = (next(told[kind], "") for kind in run.scenario.headline if kind in told)
    return [sentence for sentence in said if sentence]


def skipped(run: Run) -> list[str]:
    """Which questions were not asked because no act is on trade."""
    left = ", ".join(question.called for question in run.scenario.skipped)
    if not left:
        return []
    return [f"No act here is on trade, so what acts on trade change is not asked ({left})."]


def hedges(asked: Iterable[Question], case: Case, *, on_trade: bool = False) -> list[str]:
    """How far to trust what some questions say: about gas, about trade, or about both."""
    asked = list(asked)
    gas = [GAS_HEDGE] if any(question.needs_network for question in asked) else []
    if any(question.on_a_path for question in asked):
        gas.append(hedge_on_a_path(case.assumptions, foreseen=case.anticipation is not None))
        asked = [question for question in asked if not question.on_a_path]
    if on_trade and asked:
        return [*gas, hedge(case.assumptions)]
    trade = [question.assumed(case) for question in asked if question.needs_trade]
    return [*gas, *(hedge(assumed) for assumed in trade[:1])]


def hedge(assumed: Assumptions) -> str:
    """How far to trust what was said before."""
    years = assumed.horizon
    if isinstance(years, str):
        when = "in the long run"
    else:
        when = "after one year" if years == 1 else f"after {years:g} years"
    given = assumed.elasticities_used()
    elasticities = "as given by the user" if given == "as given" else f"set {given!r}"
    return (
        f"This compares two equilibria, before and {when}; it is not a forecast. It holds if trade "
        f"reacts to prices as the elasticities say ({elasticities}), with "
        f"{assumed.phrase('supply')} and with {assumed.phrase('deficits')}; "
        f"other assumptions give other sizes. {_missing(assumed)}"
    )


def _missing(assumed: Assumptions) -> str:
    if assumed.wages == "flexible":
        return "It has no finance, no inventories, no unemployment."
    return (
        "Wages do not fall below a floor, and who finds no work is idle. It has no finance and "
        "no inventories."
    )


def hedge_on_a_path(assumed: Assumptions, *, foreseen: bool = False) -> str:
    """How far to trust what was said of a path; `foreseen`: buyers act on what is announced."""
    early = (
        "Buyers change suppliers, but do not store goods, before what is announced begins."
        if foreseen
        else "Nobody acts on what is only announced."
    )
    return (
        "Over time: one equilibrium for each period, not a forecast. It holds if buyers adapt as "
        f"fast as trade elasticities grow, with {assumed.phrase('deficits')}; other assumptions "
        f"give other sizes. {early} It has no finance, no inventories, no unemployment."
    )
