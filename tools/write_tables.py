"""Write what is made from the code: tables of questions, acts, assumptions; the file's schema.

    python tools/write_tables.py

Each stands between two marks, such as <!-- questions --> and <!-- end of questions -->; the tests
hold what stands there against what this makes.
"""

import json
import re
from pathlib import Path
from typing import Any, get_args

from multipolar.model.catalogue import ASSUMPTIONS
from multipolar.policy.table import ACTS
from multipolar.questions.asking import registry
from multipolar.scenario.schema import scenario_schema

DOCS = Path(__file__).parents[1] / "docs"
SCHEMA = DOCS.parent / "src/multipolar/scenarios/scenario.schema.json"
PLACES = {"questions": "questions.md", "acts": "scenarios.md", "assumptions": "assumptions.md"}


def questions() -> str:
    """A section a question: what it asks, its fields, its measures."""
    return "\n".join(_question(kind, each) for kind, each in registry.kinds().items())


def _question(kind: str, each: Any) -> str:
    rows = [
        f"| `{name}` | {_cell(info.description or info.title or '')} | {_default(info)} |"
        for name, info in each.model_fields.items()
        if name != "name"
    ]
    measures = [
        f"`{name}` ({known.title}, {known.unit}{_of(known)})"
        for name, known in each.measures.items()
    ]
    takes = {"reads": "at once", "seconds": "in seconds", "minutes": "in minutes"}[each.cost]
    told = f"Measures: {'; '.join(measures)}.\n" if measures else ""
    head = f"### {kind}\n\n{(each.__doc__ or '').splitlines()[0]} Answered {takes}."
    return (
        f"{head}\n\n| field | what | default |\n|---|---|---|\n" + "\n".join(rows) + f"\n\n{told}"
    )


def _of(known: Any) -> str:
    names = [*known.names, *(f"{name}?" for name in known.optional)]
    return f"; of {', '.join(names)}" if names else ""


def _default(info: Any) -> str:
    if info.is_required():
        return "needed"
    if info.default in ((), "", None, {}):
        return ""
    if isinstance(info.default, tuple):
        return f"`{', '.join(map(str, info.default))}`"
    choices = [str(c) for c in get_args(info.annotation) if isinstance(c, str)]
    others = f" (or {', '.join(c for c in choices if c != info.default)})" if choices else ""
    return f"`{info.default}`{others}"


def acts() -> str:
    """A row a kind of act: its name, what it means, its fields with their defaults."""
    rows = []
    for kind in ACTS.values():
        fields = [
            f"`{name}`" + ("" if field.required or field.default is None else f" ({field.default})")
            for name, field in kind.fields.items()
        ]
        rows.append(f"| `{kind.name}` | {_cell(kind.meaning)} | {', '.join(fields)} |")
    return "| `act` | what it does | fields (default) |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def assumptions() -> str:
    """A row an assumption: what it may be, its default, what it means."""
    rows = []
    for about in ASSUMPTIONS.values():
        words = [f"`{word}`: {meaning}" for word, meaning in about.choices.items()]
        limits = [f"{about.limits[0]:g} to {about.limits[1]:g} {about.unit}".strip()] if (
            about.limits) else []  # fmt: skip
        rows.append(
            f"| `{about.name}` | {_cell(about.meaning)} | {_cell('; '.join(words + limits))} | "
            f"`{about.default}` | {_cell(about.source)} |"
        )
    head = "| assumption | what | may be | default | source |\n|---|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def with_tables(name: str, text: str) -> str:
    """A document's text with its table made anew."""
    table = {"questions": questions, "acts": acts, "assumptions": assumptions}[name]()
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"{start}.*?{end}", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{PLACES[name]} lacks the marks {start} and {end}")
    return pattern.sub(lambda _: f"{start}\n\n{table}\n{end}", text)


def main() -> None:
    """Write every table into its document."""
    for name, file in PLACES.items():
        path = DOCS / file
        path.write_text(with_tables(name, path.read_text(encoding="utf-8")), encoding="utf-8")
    SCHEMA.write_text(json.dumps(scenario_schema(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
