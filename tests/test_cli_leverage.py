"""The commands about dependence and sanctions, as a user meets them."""

import json

import pytest
from test_cli import multipolar

import multipolar as mp
from multipolar.cli import app

SHORT = ("--assume", "horizon=1")


def ask(*arguments):
    """Run a command in this process; errors are raised."""
    app(list(arguments), standalone_mode=False)


def test_leverage_of_a_pair_as_json_in_a_process_of_its_own():
    done = multipolar("leverage", "RUS", "CHN", *SHORT, "--json", "-")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["question"] == ["Russia and China cut off from each other"]
    assert data["horizons"] == {"1 years": 1.0}
    rows = {row["country"]: row for row in data["result"]}
    assert set(rows) == {"RUS", "CHN"}
    assert rows["RUS"]["leverage"] * rows["CHN"]["leverage"] == pytest.approx(1)


def test_a_wrong_name_is_a_line_not_a_traceback():
    done = multipolar("leverage", "RUSS", "CHN")
    assert done.returncode == 2
    assert "did you mean RUS" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["leverage"], "name a country or two, or give one of --matrix"),
        (["leverage", "RUS", "--matrix"], "name a country or two, or give one of --matrix"),
        (["leverage", "RUS", "RUS"], "RUS and RUS overlap"),
        (["leverage", "RUS", "CHN", "--sectors", "godos"], "no sector 'godos'; did you mean goods"),
        (["leverage", "RUS", "CHN", "--assume", "horizn=1"], "did you mean horizon"),
        (["frontier", "G8", "RUS"], "coalition: this world has no country 'G8'"),
        (["peel-away", "sanctions-2023"], "did you mean sanctions-2022"),
        (["leaks", "sanctions-2022", "--share", "33"], "share: 33 is above 1"),
        (["weaker", "RUS", "--hands", "-5"], "change: -5 is below what is possible"),
    ],
)
def test_questions_that_make_no_sense(arguments, message):
    with pytest.raises(mp.InputError, match=message):
        ask(*arguments)


def test_chokepoints_with_tables_and_pictures(tmp_path, capsys):
    ask("leverage", "--chokepoints", "JPN", *SHORT, "--out", str(tmp_path))
    assert "Chokepoints of Japan" in capsys.readouterr().out
    for name in ("report.html", "chokepoints-JPN.csv", "figures/chokepoints-JPN.svg"):
        assert (tmp_path / name).is_file()


def test_the_frontier_as_json(capsys):
    ask("frontier", "SANCTIONS", "RUS", "--weight", "0", "--sectors", "energy", "--json", "-")
    result = json.loads(capsys.readouterr().out)["result"]
    assert result["points"][0]["cost"] <= 0
    assert {row["sector"] for row in result["mix"]} == {"B05", "B06", "C19", "D"}


def test_peel_away_with_a_bargaining_range(capsys):
    ask("peel-away", "sanctions-2022", "--stake", "500", "--war-cost", "83", "58", "--json", "-")
    result = json.loads(capsys.readouterr().out)["result"]
    assert result["packages"][0]["package"] == "nothing"
    assert result["bargaining_range"]["low"] < 0.5 < result["bargaining_range"]["high"]


def test_leaks_and_weaker_speak_to_people(capsys):
    ask("leaks", "sanctions-2022", "--through", "TUR", "--secondary", "0.05")
    assert "Turkey gains most" in capsys.readouterr().out
    ask("weaker", "RUS", *SHORT)
    assert "A weaker Russia" in capsys.readouterr().out
