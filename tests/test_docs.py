"""What the documents say is what the code does."""

import ast
import re
import shlex
from importlib import import_module
from pathlib import Path

import click
import pytest

from multipolar.cli import app
from multipolar.model.outcome import CONTENTS
from multipolar.scenario import Scenario

ROOT = Path(__file__).parents[1]


def blocks(path: str, language: str) -> list[str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize(
    "path", ["README.md", "docs/start.md", "docs/page.md", "docs/questions.md", "docs/world.md"]
)
def test_the_python_in_the_documents_runs(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for block in blocks(path, "python"):
        exec(compile(block, path, "exec"), {})  # noqa: S102
    if path == "README.md":
        assert (
            "United States adds 145 % to its tariff on goods from China" in capsys.readouterr().out
        )


@pytest.mark.parametrize("page", ["docs/start.md", "docs/questions.md"])
def test_the_scenario_in_the_documents_runs(page, tmp_path, world):
    path = tmp_path / "mine.toml"
    path.write_text(blocks(page, "toml")[0], encoding="utf-8")
    assert Scenario.load(path).run(world).converged


@pytest.mark.parametrize("name", ["questions", "acts", "assumptions"])
def test_the_tables_in_the_documents_are_those_of_the_code(name, monkeypatch):
    """`python tools/write_tables.py` makes them."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    tables = import_module("write_tables")
    text = (ROOT / "docs" / tables.PLACES[name]).read_text(encoding="utf-8")
    assert tables.with_tables(name, text) == text


def test_every_command_in_the_documents_exists():
    """A line of a document that begins with `multipolar` names a command with its options."""
    context = click.Context(app)
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = page.read_text(encoding="utf-8")
        lines = re.findall(r"^    (?:\.venv/bin/)?multipolar (.*)$", text, re.MULTILINE)
        lines += re.findall(r"`multipolar ([^`]*)`", text)
        for line in lines:
            words = shlex.split(line, comments=True)
            if words[0] == words[0].upper() or words[0].startswith("-"):  # any, or the help
                continue
            command = app.get_command(context, words[0])
            assert command is not None, f"{page.name}: {line}"
            if isinstance(command, click.Group):
                command = command.commands.get(words[1], command.commands["show"])
            known = {option for param in command.params for option in param.opts}
            known |= {option for param in command.params for option in param.secondary_opts}
            for word in words[1:]:
                if word.startswith("--"):
                    assert word in known | {"--help"}, f"{page.name}: {line}"


def test_the_map_of_the_house_is_true():
    """Each room of docs/architecture.md exists, and each room stands there."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| \d+ \| `([\w/]+)` \|", text, re.MULTILINE)
    source = ROOT / "src" / "multipolar"
    for room in named:
        assert (source / room).is_dir() or (source / f"{room}.py").is_file(), room
    rooms = {path.name for path in source.iterdir() if (path / "__init__.py").is_file()}
    assert rooms <= {room.partition("/")[0] for room in named}


def test_no_file_and_no_function_is_long():
    """Files of at most 400 lines, functions of at most 45 without their docstrings."""
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 400, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                told = (ast.get_docstring(node, clean=False) or "").count("\n")
                assert node.end_lineno - node.lineno - told < 46, f"{path}: {node.name}"


def test_the_table_of_an_outcome_is_complete():
    """The table in docs/equations.md is CONTENTS, row by row."""
    text = (ROOT / "docs/equations.md").read_text(encoding="utf-8")
    for name, (dims, unit, what) in CONTENTS.items():
        assert f"| `{name}` | {', '.join(dims)} | {unit} | {what} |" in text


def test_the_readme_has_the_numbers_of_the_main_job(world):
    """The one result in the README is what the main job finds."""
    outcome = Scenario.load("may-2025").case(world).outcome
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for code, name in (
        ("USA", "United States"),
        ("CHN", "China"),
        ("RUS", "Russia"),
        ("CAN", "Canada"),
    ):
        change = 100 * float(outcome.real_income.sel(country=code))
        assert f"| {name} | {change:+.2f} |" in readme


def test_every_page_of_the_documents_is_linked():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert f"docs/{page.name}" in readme
