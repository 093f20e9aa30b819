"""The hindcasts: docs/hindcasts.md has what the script finds; scores and rule by hand."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scripts

import multipolar as mp

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def script():
    return scripts.script("hindcasts")


def test_the_document_has_the_skill_that_the_script_finds(script):
    """Every row of the table of skill; numbers to the last printed digit."""
    text = (ROOT / "docs" / "hindcasts.md").read_text(encoding="utf-8")
    russia = script.russia()
    found = [russia["exports"], russia["imports"], script.trade_war()["hindcast"],
             script.year_2025()["hindcast"]]  # fmt: skip
    for episode in found:
        row = re.search(
            rf"^\| {re.escape(episode.title)} \| \d{{4}} to .*$", text, re.MULTILINE
        ).group()
        printed = [float(x.strip(" %")) for x in row.split("|")[3:-1]]
        s = episode.scores
        measured = [len(episode.table), s["slope"], s["correlation"], s["rank"], 100 * s["sign"],
                    s["skill"], episode.over_gravity]  # fmt: skip
        half_a_digit = 0.0051 * np.array([1, 1, 1, 1, 100, 1, 1])
        assert (np.abs(np.subtract(printed, measured)) <= half_a_digit).all()


def test_scores_of_a_perfect_and_of_no_prediction(script):
    """Perfect: slope, correlation, skill 1. No change predicted: no skill."""
    actual = pd.Series([0.1, -0.2, 0.4], ["CHN", "DEU", "IND"])
    outcome = mp.solve(mp.World.load())

    def hindcast(predicted):
        table = pd.DataFrame({"predicted": predicted, "actual": actual, "gravity": 0 * actual})
        return script.Hindcast("t", table, "2021 to 2024", outcome)

    perfect = hindcast(actual)
    assert perfect.scores["slope"] == pytest.approx(1)
    assert perfect.scores["correlation"] == pytest.approx(1)
    assert perfect.scores["skill"] == perfect.over_gravity == perfect.scores["sign"] == 1
    half = hindcast(0.5 * actual)
    assert half.scores["slope"] == pytest.approx(2)
    assert half.scores["skill"] == pytest.approx(0.75)


def test_the_gravity_rule_adds_up(script):
    """What is lost spreads over the others in proportion; shares sum to one."""
    flow = pd.Series([4.0, 2.0, 2.0, 0.0], ["CHN", "DEU", "IND", "TUR"])
    rule = script._gravity(flow, ["DEU"], 0.5)
    share = np.exp(rule) * flow[rule.index] / flow.sum()
    assert share.sum() == pytest.approx(1)
    assert share["DEU"] == pytest.approx(0.125)
    assert share["CHN"] / share["IND"] == pytest.approx(2)
