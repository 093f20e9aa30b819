"""What the documents say is what the code does."""

import re
from pathlib import Path

import pytest

from multipolar.model.outcome import CONTENTS
from multipolar.scenario import Scenario

ROOT = Path(__file__).parents[1]


def blocks(path: str, language: str) -> list[str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("path", ["README.md", "docs/start.md", "docs/page.md"])
def test_the_python_in_the_documents_runs(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for block in blocks(path, "python"):
        exec(compile(block, path, "exec"), {})  # noqa: S102
    if path == "README.md":
        assert (
            "United States adds 145 % to its tariff on goods from China" in capsys.readouterr().out
        )


def test_the_scenario_in_the_documents_runs(tmp_path, world):
    path = tmp_path / "chips.toml"
    path.write_text(blocks("docs/start.md", "toml")[0], encoding="utf-8")
    assert Scenario.load(path).run(world).converged


def test_the_table_of_an_outcome_is_complete():
    """The table in docs/equations.md is CONTENTS, row by row."""
    text = (ROOT / "docs/equations.md").read_text(encoding="utf-8")
    for name, (dims, unit, what) in CONTENTS.items():
        assert f"| `{name}` | {', '.join(dims)} | {unit} | {what} |" in text


def test_the_readme_has_the_numbers_of_the_main_job(world):
    """The one result in the README is what the main job finds."""
    outcome = Scenario.load("may-2025").run(world).outcome
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
