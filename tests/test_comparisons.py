"""Published results of others beside ours: docs/comparisons.md has what the script finds."""

import re
from pathlib import Path

import pandas as pd
import pytest
import scripts

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "comparisons.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def script():
    return scripts.script("comparisons")


@pytest.mark.parametrize("fed", ["C", "H", "N"])
def test_the_document_has_what_the_script_finds(script, fed):
    """Every figure of a case, ours to the last printed digit."""
    section = TEXT.split(f"\n## {fed}. ")[1].split("\n## ")[0]
    printed = re.findall(r"^\| .* \|$", section, re.MULTILINE)[1:]
    table = pd.read_csv(script.FOLDER / "published.csv")
    rows = table[table["id"] == fed]
    assert len(printed) == len(rows)
    for line, measure in zip(printed, rows["measure"], strict=True):
        ours = [float(cell) for cell in line.strip("| ").split("|")[-3:]]
        found = [script.measured(script.solved(fed, k), measure) for k in script.COLUMNS]
        assert ours == pytest.approx(found, abs=0.0051)


def test_every_figure_says_where_it_was_read(script):
    """Source, measure, how it was read, address; at least 25 figures of 8 studies."""
    table = pd.read_csv(script.FOLDER / "published.csv")
    assert not table.isna().any().any()
    assert set(table["id"]) == set(script.FEEDS)
    assert len(table) >= 25
    assert table["source"].str.partition(",")[0].nunique() >= 8
