"""Asked: a question with its result, told once for all readers."""

import time
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from multipolar.display.answer import Answer
from multipolar.errors import InputError, NotConverged
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking import bands
from multipolar.questions.asking.question import Question
from multipolar.questions.asking.ranges import Ranges
from multipolar.questions.asking.registry import build


@dataclass(frozen=True, eq=False)
class Asked:
    """A question, the case it was asked of, and its result; `failure` if there is none.

    `seconds`: how long the answer took. `ranges`: those of its measures, if they were asked for.
    """

    question: Question
    case: Case
    found: Any = None
    failure: str = ""
    seconds: float = 0.0
    ranges: Ranges | None = None

    @cached_property
    def status(self) -> str:
        """Either "converged", or why there is no result."""
        return self.failure or self.question.status(self.found)

    @property
    def converged(self) -> bool:
        """Whether the numbers may be read."""
        return self.status == "converged"

    @cached_property
    def answers(self) -> list[Answer]:
        """The result for people; a failure is an answer that says so."""
        if self.failure:
            nothing = pd.DataFrame(index=pd.Index([], name="nothing found"))
            title = f"{self.question.called}: no answer"
            key = self.question.called.replace(" ", "-")
            return [Answer(key, title, nothing, f"No answer: {self.failure}.")]
        told = self.question.tell(self.case, self.found)
        return bands.with_bands(told, self.ranges) if self.ranges else told

    @cached_property
    def sentences(self) -> list[str]:
        """Sentences for the headline; how sure they are comes last."""
        return [*self.said, *bands.sentences([self.ranges] if self.ranges else [])]

    @cached_property
    def said(self) -> list[str]:
        """Sentences for the headline, without how sure they are."""
        if self.failure:
            return [f"No answer to {self.question.called}: {self.failure}."]
        return self.question.say(self.case, self.found)

    @cached_property
    def data(self) -> dict[str, Any]:
        """The question, its status and its result as plain data."""
        found = None if self.failure else self.question.data(self.case, self.found)
        ranges = {"ranges": bands.data(self.ranges)} if self.ranges else {}
        return {**self.question.fields(), "status": self.status, "found": found, **ranges}

    def _repr_html_(self) -> str:
        """Sentences, tables and pictures, in a notebook."""
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        return said + "".join(answer._repr_html_() for answer in self.answers)

    def measure(self, name: str, **names: str) -> float:
        """A measure of the result; raises `NotConverged` if there is no result."""
        if self.failure:
            raise NotConverged(self.failure)
        return self.question.measured(self.case, self.found, name, **names)


def ask(question: Question | str, case: Case, on_step: OnStep = quiet, **fields: Any) -> Asked:
    """Ask a question of a case; without an equilibrium the answer says so.

    Give a question's kind with its fields: ``ask("standoff", case, one="CHN", other="RUS")``.
    Raises `InputError`, naming the question, for fields that make no sense.
    """
    asks: Question = build({"ask": question, **fields}) if isinstance(question, str) else question
    try:
        asks.check(case.world)
        begin = time.perf_counter()
        found = asks.ask(case, on_step)
        return Asked(asks, case, found, seconds=time.perf_counter() - begin)
    except NotConverged as error:
        return Asked(asks, case, failure=str(error))
    except InputError as error:
        raise error.located(field=asks.called.replace(" ", ".")) from None
