"""The parts of a scenario file, read one by one, so that all errors are told at once."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from multipolar.errors import InputError, InputErrors
from multipolar.evidence import Fact
from multipolar.policy.dated import DatedAct
from multipolar.questions.asking import registry
from multipolar.questions.asking.question import Question
from multipolar.scenario.claim import Claim
from multipolar.scenario.files import acts_in
from multipolar.scenario.finding import Finding

T = TypeVar("T")
MOST_QUESTIONS = 100


def questions_of(asked: list[dict[str, Any]], wrong: list[InputError]) -> tuple[Question, ...]:
    """The questions of a file; errors in any of them are collected in `wrong`."""
    if len(asked) > MOST_QUESTIONS:
        reason = f"asks {len(asked)} questions; at most {MOST_QUESTIONS} are answered"
        wrong.append(InputError(reason, field="questions"))
        return ()
    built = []
    for number, fields in enumerate(asked, start=1):
        called = str(fields.get("name") or fields.get("ask") or number)
        built.append(noted(wrong, f"questions.{called}", partial(registry.build, fields)))
    return tuple(question for question in built if question is not None)


def acts_of(data: Mapping[str, Any]) -> Iterator[DatedAct]:
    """The acts of a file that can be read as such; what is wrong with others is told elsewhere."""
    for fields in acts_in(data):
        try:
            yield DatedAct.model_validate(fields)
        except ValidationError:
            continue


def noted(wrong: list[InputError], field: str, make: Callable[[], T]) -> T | None:
    """What `make` returns; if it raises `InputError`, None, and the error goes to `wrong`."""
    try:
        return make()
    except InputErrors as errors:
        wrong += [error.located(field=field) for error in errors.errors]
    except InputError as error:
        wrong.append(error.located(field=field))
    return None


def readable(complaint: Any, data: Mapping[str, Any], whole: type[BaseModel]) -> InputError:
    """One of pydantic's errors as an `InputError`, naming acts by their ids.

    `whole`: the class of the scenario itself.
    """
    place = [str(part) for part in complaint["loc"]]
    if len(place) > 1 and place[0] == "policy" and place[1].isdigit():
        place[1] = str(data["policy"][int(place[1])].get("id", place[1]))
    models: dict[str, type[BaseModel]] = {
        "policy": DatedAct,
        "evidence": Fact,
        "findings": Finding,
        "claims": Claim,
    }
    fields = models.get(place[0] if len(place) > 1 else "", whole).model_fields
    known = {field.alias or name: field for name, field in fields.items()}
    return registry.readable({**complaint, "loc": place}, known)
