"""The commands about dependence and sanctions, as a user meets them."""

import json

import pytest
from test_cli import multipolar

SHORT = ("--assume", "horizon=1")


def test_leverage_of_a_pair_as_json():
    done = multipolar("leverage", "RUS", "CHN", *SHORT, "--json", "-")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["question"] == ["Russia and China cut off from each other"]
    rows = {row["country"]: row for row in data["result"]}
    assert set(rows) == {"RUS", "CHN"}
    assert rows["RUS"]["leverage"] * rows["CHN"]["leverage"] == pytest.approx(1)


def test_chokepoints_with_tables_and_pictures(tmp_path):
    done = multipolar("leverage", "--chokepoints", "JPN", *SHORT, "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Chokepoints of Japan" in done.stdout
    for name in ("report.html", "chokepoints-JPN.csv", "figures/chokepoints-JPN.svg"):
        assert (tmp_path / name).is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["leverage"], "name a country or two, or give one of --matrix"),
        (["leverage", "RUS", "--matrix"], "name a country or two, or give one of --matrix"),
        (["leverage", "RUS", "RUS"], "RUS and RUS overlap"),
        (["leverage", "RUSS", "CHN"], "did you mean RUS"),
        (["leverage", "RUS", "CHN", "--sectors", "godos"], "no sector 'godos'; did you mean goods"),
        (["leverage", "RUS", "CHN", "--assume", "horizn=1"], "did you mean horizon"),
    ],
)
def test_a_wrong_question_is_a_line_not_a_traceback(arguments, message):
    done = multipolar(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert message.casefold() in " ".join(done.stderr.split()).casefold()


def test_peel_away_with_a_bargaining_range():
    done = multipolar("peel-away", "sanctions-2022", "--stake", "500", "--war-cost", "83", "58",
                      "--json", "-")  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)["result"]
    assert result["packages"][0]["package"] == "nothing"
    assert result["bargaining_range"]["low"] < 0.5 < result["bargaining_range"]["high"]


def test_leaks_and_weaker_speak_to_people():
    told = multipolar("leaks", "sanctions-2022", "--through", "TUR", "--secondary", "0.05")
    assert "Turkey gains most" in told.stdout
    assert "A weaker Russia" in multipolar("weaker", "RUS", *SHORT).stdout
