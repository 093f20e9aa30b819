"""The command line as a user meets it: output, exit status, never a traceback."""

import json
import subprocess
import sys

import pytest

import multipolar as mp


def multipolar(*arguments: str, cwd=None):
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "multipolar.cli", *arguments],
        capture_output=True, text=True, cwd=cwd, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """`run may-2025 --out` with JSON, once."""
    folder = tmp_path_factory.mktemp("out")
    done = multipolar(
        "run", "may-2025", "--out", str(folder / "x"), "--json", str(folder / "r.json")
    )
    return done, folder


def test_run_prints_the_answers(written):
    done, _ = written
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for words in (
        "Who gains and who loses",
        "China's goods exports: lost and new markets",
        "China's goods exports by sector",
        "China to Russia",
        "What its exemption from the 10 % is worth to Russia",
        "China's factories",
        "United States: prices and revenue",
        "Tariff revenue",
        "% change",
        "Equilibrium converged",
    ):
        assert words in " ".join(done.stdout.split()), words


def test_run_writes_files_and_a_manifest(written):
    _, folder = written
    manifest = json.loads((folder / "x" / "manifest.json").read_text())
    assert manifest["world_checksum"] == mp.World.load().checksum
    assert manifest["multipolar"] == mp.__version__
    for name in manifest["files"]:
        assert (folder / "x" / name).stat().st_size > 0
    outcome = mp.Outcome.load(folder / "x" / "outcome.nc")
    assert outcome.converged
    assert len(manifest["scenario_sha256"]) == 64


def test_json_says_what_the_design_says(written):
    _, folder = written
    result = json.loads((folder / "r.json").read_text())
    keys = {"scenario", "world", "assumptions", "status", "residual", "iterations", "seconds"}
    assert keys | {"countries", "trade"} <= set(result)
    assert result["scenario"] == "may-2025"
    assert result["status"] == "converged"
    assert len(result["countries"]) == 80
    measures = {"real_income", "price_index", "wage", "exports", "imports", "tariff_revenue"}
    assert measures <= set(result["countries"]["USA"])
    assert -0.05 < result["countries"]["USA"]["real_income"] < 0
    asked = {(row["exporter"], row["importer"]) for row in result["trade"]}
    assert {("CHN", "RUS"), ("RUS", "CHN"), ("IND", "BRA")} <= asked
    row = next(r for r in result["trade"] if (r["exporter"], r["importer"]) == ("CHN", "USA"))
    assert row["change"] == pytest.approx(row["after"] / row["before"] - 1)


def test_json_to_standard_output_is_json_only():
    done = multipolar("run", "may-2025", "--json", "-", "--assume", "deficits=purged")
    assert done.returncode == 0
    assert json.loads(done.stdout)["assumptions"]["deficits"] == "purged"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "may-2052"], "did you mean may-2025"),
        (["run", "nowhere.toml"], "nowhere.toml: no scenario and no file of this name"),
        (["run", "may-2025", "--assume", "deficit=purged"], "did you mean deficits"),
        (["run", "may-2025", "--assume", "deficits"], "is not NAME=VALUE"),
        (
            ["run", "may-2025", "--assume", "horizon=soon"],
            "horizon: 'soon' must be years",
        ),
        (["show", "trade-war-2"], "no scenario"),
        (["world", "world-2032"], "did you mean world-2021 or world-2023?"),
        (["picture", "may-2025", "map", "--out", "x.png"], "no picture of this name"),
        (["picture", "may-2025", "--out", "x.gif"], "no picture ends in '.gif'"),
        (["serve", "--no-open", "--host", "nowhere.invalid"], "choose another --port or --host"),
        (["rum"], "rum"),
        (["run"], "SCENARIO"),
    ],
)
def test_a_wrong_argument_is_a_line_not_a_traceback(arguments, message):
    done = multipolar(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert message.casefold() in " ".join(done.stderr.split()).casefold()


def test_an_output_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "taken").write_text("a file")
    done = multipolar("run", "may-2025", "--out", str(tmp_path / "taken"))
    assert done.returncode == 2
    assert "taken: cannot be made" in done.stderr


def test_scenarios_show_and_world():
    listed = multipolar("scenarios")
    assert listed.returncode == 0
    assert "may-2025" in listed.stdout
    shown = multipolar("show", "may-2025")
    assert "evidence us-tariff-on-china" in " ".join(shown.stdout.split())
    assert "001_036918e29117ad95.txt" in shown.stdout
    world = multipolar("world", "--json", "-")
    assert json.loads(world.stdout)["countries"]["China"]["value added, bn USD"] > 15_000


def test_no_tariffs_is_another_benchmark():
    done = multipolar("run", "truce-2025-05-12", "--no-tariffs", "--json", "-")
    result = json.loads(done.stdout)
    assert result["world"] == "world-2023-no-tariffs"
    assert result["countries"]["USA"]["tariff_revenue_before"] == 0


def test_sensitivity_ranks_levers_and_speaks_json():
    printed = multipolar("sensitivity", "may-2025", "trade", "CHN", "RUS", "--top", "3")
    assert printed.returncode == 0, printed.stderr
    assert "CHN to RUS" in printed.stdout
    assert "million USD per percentage point of tariff" in " ".join(printed.stdout.split())
    done = multipolar("sensitivity", "may-2025", "trade", "CHN", "RUS", "--json", "-")
    levers = json.loads(done.stdout)["levers"]
    assert {"exporter", "importer", "slope"} == set(levers[0])
    assert len(levers) > 1000
    wrong = multipolar("sensitivity", "may-2025", "real_incom", "USA")
    assert wrong.returncode == 2
    assert "did you mean real_income" in wrong.stderr


def test_titles_are_text_not_markup(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text(
        'title = "see [/x] and [red]"\nstory = "s [1] Bown [/2]"\n[[policy]]\nid = "a"\n'
        'act = "tariff"\nimporter = "USA"\nrate = 0.1\nsource = "[1] Bown [/2]"\n',
        encoding="utf-8",
    )
    for command in ("run", "show"):
        done = multipolar(command, str(path))
        assert done.returncode == 0, done.stderr
        assert "see [/x] and [red]" in done.stdout


def test_writing_over_a_folder_is_refused(tmp_path):
    for arguments in (
        ("run", "may-2025", "--json", str(tmp_path)),
        ("world", "--json", str(tmp_path)),
    ):
        done = multipolar(*arguments)
        assert done.returncode == 2
        assert "is a folder, not a file to write" in done.stderr


def test_a_derivative_of_a_group_is_refused():
    done = multipolar("sensitivity", "may-2025", "real_income", "EU")
    assert done.returncode == 2
    assert "'EU' is 27 of them; name one country" in done.stderr
