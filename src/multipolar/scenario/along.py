"""A scenario along a path: its questions about a path, over periods that somebody chooses."""

from typing import TYPE_CHECKING

from multipolar.errors import InputError
from multipolar.policy import periods
from multipolar.questions.asking.question import Question
from multipolar.questions.income_path import IncomePath
from multipolar.questions.trade import Trade
from multipolar.questions.trade_path import TradePath

if TYPE_CHECKING:
    from multipolar.scenario.scenario import Scenario

FEW = 6  # countries or pairs that a table over time has room for


def along(scenario: "Scenario", written: str) -> "Scenario":
    """The scenario with only questions about a path; see `Scenario.along`."""
    periods(written)
    if scenario.acts_on_gas:
        raise InputError("all acts are on the gas network, which has no path", field="path")
    own = tuple(
        question.model_copy(update={"over": written})
        for question in scenario.questions
        if question.on_a_path
    )
    questions = own or _usual(scenario, written)
    return scenario.model_copy(
        update={
            "path": written,
            "questions": questions,
            "findings": (),
            "without_questions": ("causes",),
        }
    )


def _usual(scenario: "Scenario", written: str) -> tuple[Question, ...]:
    """Income of the headline's countries, and trade of the pairs that are asked about."""
    countries = scenario.countries[:FEW] or ("USA", "CHN")
    income = IncomePath(countries=countries, over=written)
    pairs = [pair for each in scenario.questions if isinstance(each, Trade) for pair in each.pairs]
    return (income, TradePath(pairs=tuple(pairs[:FEW]), over=written)) if pairs else (income,)
