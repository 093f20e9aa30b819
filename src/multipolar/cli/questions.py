"""A command for each question, made from its class: fields become arguments and options."""

import shlex
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, get_args, get_origin

import click
from pydantic.fields import FieldInfo

from multipolar.cli import options
from multipolar.cli.output import deliver
from multipolar.errors import InputError, NotConverged
from multipolar.questions.asking import registry

if TYPE_CHECKING:
    from multipolar.model import Case
    from multipolar.questions.asking.question import Question

REPEATABLE = ("list", "many", "sides", "pairs", "table", "tables")  # shapes of several values


def command(kind: str) -> click.Command:
    """The command of a kind of question."""
    asks = registry.kind_of(kind)
    fields = {name: info for name, info in asks.model_fields.items() if name != "name"}
    shapes = {name: _shape(info) for name, info in fields.items()}
    made = click.Command(
        kind,
        params=[_parameter(name, info, shapes[name]) for name, info in fields.items()],
        callback=lambda **given: _answer(asks, shapes, given),
        help=_help(asks, fields),
        short_help=(asks.__doc__ or "").splitlines()[0],
    )
    scenario = click.option(
        "--scenario", default=asks.scenario, show_default=bool(asks.scenario),
        shell_complete=options.named,
        help="Scenario or TOML file whose acts are in force; empty: nobody acts.",
    )  # fmt: skip
    world = click.option("--world", default="", help="Another world: a shipped one or a file.")
    for decorate in (
        options.json_file,
        options.out,
        options.draws,
        options.ranged,
        options.tariffs,
        options.assume,
        world,
        scenario,
    ):
        made = decorate(made)
    return made


def _help(asks: "type[Question]", fields: Mapping[str, FieldInfo]) -> str:
    needed = [(n.upper(), info) for n, info in fields.items() if info.is_required()]
    lines = [f"{name}: {info.description}" for name, info in needed if info.description]
    return "\n\n".join([(asks.__doc__ or "").strip(), *lines])


def _shape(info: FieldInfo) -> str:
    """How a field is written on a command line."""
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    kind, parts = info.annotation, get_args(info.annotation)
    by_pick = {"pairs": "pairs", "side": "list", "sectors": "list", "sides": "sides"}
    by_kind: dict[Any, str] = {bool: "flag", dict: "table"}
    if shape := by_pick.get(str(extra.get("pick"))) or by_kind.get(get_origin(kind) or kind):
        return shape
    if get_origin(kind) is not tuple:
        return "one"
    if Ellipsis not in parts:
        return f"tuple {len(parts)}"
    return "tables" if isinstance(parts[0], type) and _is_model(parts[0]) else "many"


def _is_model(kind: type) -> bool:
    from pydantic import BaseModel

    return issubclass(kind, BaseModel)


def _parameter(name: str, info: FieldInfo, shape: str) -> click.Parameter:
    words = name.replace("_", "-")
    if info.is_required() and shape != "tables":
        return click.Argument(
            [name], nargs=-1 if shape in ("many", "sides", "pairs") else 1, required=True
        )
    text = _described(info, shape)
    if shape == "flag":
        return click.Option([f"--{words}/--no-{words}"], default=None, help=text)
    several = shape in REPEATABLE
    nargs = int(shape.partition(" ")[2] or 1) if shape.startswith("tuple") else 1
    metavar = {"table": "NAME=NUMBER", "pairs": "ONE:OTHER", "tables": "{...}"}.get(shape)
    return click.Option([f"--{words}"], multiple=several, nargs=nargs, help=text, metavar=metavar)


def _described(info: FieldInfo, shape: str) -> str:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    choices = [str(c) for c in get_args(info.annotation) if isinstance(c, str)]
    default = info.default
    parts = [str(info.description or info.title or "")]
    if choices:
        parts.append(f"One of {', '.join(choices)}.")
    if extra.get("unit"):
        parts.append(f"In {extra['unit']}.")
    if default not in (None, (), "", {}) and shape != "flag":
        shown = ", then ".join(map(str, default)) if isinstance(default, tuple) else default
        parts.append(f"[default: {shown}]")
    if shape in REPEATABLE:
        parts.append("Repeatable.")
    if shape == "sides":
        parts.append("A comma takes several together: CHN,HKG.")
    if shape == "tables":
        parts.append('Each an inline TOML table: {act = "tariff", importer = "USA", rate = 0.1}.')
    return " ".join(parts)


def _read(shape: str, value: Any) -> Any:
    """What was written as a field's value; pydantic makes numbers of texts."""
    reads: dict[str, Callable[[Any], Any]] = {
        "list": _list,
        "many": _words,
        "sides": lambda texts: [_list(text) for text in texts],
        "pairs": lambda texts: [_sides(text) for text in texts],
        "table": lambda texts: dict(_pair(text) for text in texts),
        "tables": lambda texts: [_table(text, k) for k, text in enumerate(texts, start=1)],
    }
    return reads[shape](value) if shape in reads else value


def _list(value: object) -> str | list[str]:
    words = _words(value if isinstance(value, tuple) else (value,))
    return words[0] if len(words) == 1 else words


def _sides(text: str) -> list[str | list[str]]:
    one, colon, other = text.partition(":")
    if not colon:
        raise InputError(f"{text!r} is not a pair, such as CHN:USA", field="pairs", value=text)
    return [_list(one), _list(other)]


def _words(texts: Iterable[object]) -> list[str]:
    """The words of texts, which a comma separates."""
    words = [word.strip() for text in texts for word in str(text).split(",")]
    return [word for word in words if word]


def _pair(text: str) -> tuple[str, str]:
    name, equals, number = text.partition("=")
    if not equals:
        raise InputError(f"{text!r} is not NAME=NUMBER, such as CHN=1", value=text)
    return name, number


def _table(text: str, number: int) -> dict[str, Any]:
    try:
        table = tomllib.loads(f"it = {text}")["it"]
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{text!r} is not an inline TOML table: {error}", value=text) from None
    if not isinstance(table, dict):
        raise InputError(f"{text!r} is not an inline TOML table", value=text)
    return {"id": f"act-{number}", **table}


def _answer(asks: "type[Question]", shapes: Mapping[str, str], given: dict[str, Any]) -> None:
    """Ask the question of the case that the options describe, and print or write the result."""
    from multipolar.display.progress import bars
    from multipolar.questions.asking.asked import ask
    from multipolar.questions.asking.ranges import with_ranges
    from multipolar.report.document import report_on
    from multipolar.report.files import asked_json

    fields = {
        name: _read(shape, given[name])
        for name, shape in shapes.items()
        if given[name] is not None and given[name] != ()
    }
    try:
        question = registry.build({"ask": asks.kind, **fields})
    except InputError as error:
        raise error.located(file=asks.kind) from None
    options.refuse_on_gas(
        needs_trade=asks.needs_trade, assumed=given["assume"], tariffs=given["tariffs"],
        ranged=given["ranged"], draws=given["draws"],
    )  # fmt: skip
    folder = options.folder_of(given["out"], given["json_file"])
    with bars() as on_step:
        on_step("laying out the world")
        case = options.case_of(
            given["scenario"], given["world"], given["assume"], tariffs=given["tariffs"]
        )
        asked = ask(question, case, on_step)
        how = options.range_of(ranged=given["ranged"], draws=given["draws"])
        if how:
            (asked,) = with_ranges([asked], **how, on_step=on_step)
        asked.answers  # noqa: B018  (told here, while the progress bar is still shown)
    unranged = "No number of this answer has a range." if how and not asked.ranges else ""
    report = report_on(asked, shlex.join(["multipolar", *sys.argv[1:]]))
    notes = [
        unranged,
        f"Asked of {case.name or 'the benchmark, nobody acting'}. {question.rests(case)}",
        *_hedges(question, case),
    ]
    deliver(asked_json(asked), report, folder, given["json_file"], notes, asked.sentences)
    if not asked.converged:
        raise NotConverged(asked.status)


def _hedges(question: "Question", case: "Case") -> list[str]:
    """How far to trust an answer about gas, about trade, or about both."""
    from multipolar.model.course import along_a_path
    from multipolar.report.headline import GAS_HEDGE, hedge_on_a_path

    if question.on_a_path:
        assumed = question.assumed(case)
        told = hedge_on_a_path(assumed, foreseen=case.anticipation is not None)
        return [f"Assumptions: {along_a_path(assumed)}.", told]
    gas = [GAS_HEDGE] if question.needs_network else []
    if not question.needs_trade:
        return gas
    return [
        *gas,
        f"Assumptions: {question.assumed(case).sentence()}.",
        "A comparison of two equilibria, not a forecast; no finance, no single products.",
    ]
