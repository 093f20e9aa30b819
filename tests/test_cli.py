"""The command line as a user meets it: output, exit status, never a traceback."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest

import multipolar as mp
from multipolar.cli import app, main


def multipolar(*arguments: str):
    """Run the command in this process, as `main` does: exit status, what was printed where."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        redirect_stdout(out), redirect_stderr(err),
        pytest.MonkeyPatch.context() as patch,
    ):  # fmt: skip
        patch.setattr(sys, "argv", ["multipolar", *arguments])
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def in_a_process(*arguments: str):
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "multipolar.cli", *arguments],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_a_process_of_its_own():
    done = in_a_process("world", "--json", "-")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["world"] == "world-2023"
    wrong = in_a_process("run", "may-2052")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("multipolar: may-2052: no scenario")
    assert "Traceback" not in wrong.stderr


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
        "In short",
        "The United States loses 0.34 %",
        "China: goods exports, lost and new markets",
        "China: goods exports by sector",
        "China to Russia",
        "What its exemption from the 10 % is worth to Russia",
        "China: factories",
        "United States: prices and revenue",
        "Tariff revenue",
        "% change",
        "Equilibrium converged",
        "Written:",
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
    assert all(len(digest) == 64 for digest in manifest["inputs"].values())


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


@pytest.fixture(scope="module")
def file(nine, tmp_path_factory):
    """A scenario on the world of nine economies: one tariff of 145 %."""
    folder = tmp_path_factory.mktemp("nine")
    path = folder / "nine.toml"
    path.write_text(
        f'title = "Nine"\nworld = "{nine.save(folder / "small.nc")}"\n[[policy]]\n'
        'act = "tariff"\nimporter = "USA"\nexporter = "CHN"\nrate = 1.45\n'
    )
    return str(path)


def test_json_to_standard_output_is_json_only(file):
    done = multipolar("run", file, "--json", "-", "--assume", "deficits=purged")
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
        (["rum"], "no command of this name; did you mean run"),
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


def test_no_tariffs_is_another_benchmark(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text('title = "t"\n[[policy]]\nact = "tariff"\nimporter = "USA"\nrate = 0.1\n')
    done = multipolar("run", str(path), "--no-tariffs", "--json", "-")
    result = json.loads(done.stdout)
    assert result["world"] == "world-2023-no-tariffs"
    assert result["countries"]["USA"]["tariff_revenue_before"] == 0


def test_levers_say_who_moves_them_and_speak_json():
    printed = multipolar("levers", "trade", "CHN", "RUS", "--top", "3")
    assert printed.returncode == 0, printed.stderr
    assert "tariff on goods from" in " ".join(printed.stdout.split())
    done = multipolar("levers", "trade", "CHN", "RUS", "--json", "-")
    found = json.loads(done.stdout)["result"]
    assert len(found) > 1000
    wrong = multipolar("levers", "real_incom", "USA")
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
    done = multipolar("levers", "real_income", "EU")
    assert done.returncode == 2
    assert "'EU' stands for 27; name one country" in done.stderr


def test_help_is_there_at_once():
    """No question and no solver is loaded to list the commands: 0.2 s here, 0.6 at most."""
    code = (
        "import sys\nfrom multipolar.cli import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'jax', 'pandas', 'scipy', 'xarray', 'altair'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for words in ("Questions", "stand", "peel-away", "run", "codes"):
        assert words in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["standoff", "RUSS", "CHN"], "did you mean RUS"),
        (["standoff", "RUS", "RUS"], "RUS and RUS overlap"),
        (["standoff", "RUS", "CHN", "--sectors", "godos"], "no sector 'godos'; did you mean goods"),
        (["standoff", "RUS", "CHN", "--assume", "horizn=1"], "did you mean horizon"),
        (["frontier", "G8", "RUS"], "coalition: this world has no country 'G8'"),
        (["peel-away", "--scenario", "sanctions-2023"], "did you mean sanctions-2022"),
        (["peel-away", "--scenario", "may-2025", "--suitor", "BRA"], "no measure on RUS"),
        (["leaks", "--share", "33"], "share: input should be less than or equal to 1"),
        (["leaks", "--scenario", "may-2025", "--through", "TUR"], "nothing is blocked"),
        (["weaker", "--labour-force", "-5"], "labour_force: input should be greater than -1"),
        (["nash", "USA"], "players: needs 2 entries or more"),
        (["deal", "--siding", "VNM"], "is not NAME=NUMBER"),
        (["what-if", "USA"], "changes nothing"),
        (["what-if", "USA", "--policy", "tariff"], "is not an inline TOML table"),
        (["gains", "--countries", "Iran"], "Iran is not among the 80"),
        (["gains", "--out", ""], "name a folder for the results"),
        (["codes", "xyzzy"], "no code or name contains 'xyzzy'"),
    ],
)
def test_a_question_that_makes_no_sense_is_a_line(arguments, message, capsys):
    with pytest.raises(mp.InputError) as caught:
        app(arguments, standalone_mode=False)
    assert message in str(caught.value)


def test_a_run_without_an_equilibrium_is_a_line(file):
    """Scale economies so strong that none is found; they used to end in a traceback."""
    done = multipolar("run", file, "--assume", "supply=krugman", "--assume", "scale=1")
    assert done.returncode == 1
    assert "no equilibrium found" in done.stderr
    assert "Traceback" not in done.stderr


def test_codes_can_be_discovered(capsys):
    app(["codes"], standalone_mode=False)
    shown = capsys.readouterr().out
    for words in ("VNM", "Vietnam", "C26", "BRICS", "energy", "SANCTIONS"):
        assert words in shown
    app(["codes", "oil"], standalone_mode=False)
    assert "B06" in capsys.readouterr().out


def test_a_fault_of_the_program_is_not_taken_for_a_missing_equilibrium(monkeypatch, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("multipolar.world.World.load", broken)
    monkeypatch.setattr(sys, "argv", ["multipolar", "world"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 70
    shown = capsys.readouterr().err
    assert "a fault of the program, not of your input (ZeroDivisionError: oops)" in shown
    assert "Traceback" not in shown


def test_a_title_that_a_terminal_lacks_is_no_traceback(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text('title = "Санкции"\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "multipolar.cli", "show", str(path)], capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_run_fits_eighty_columns(written, file):
    """But for the names of files, which are never split."""
    told, _, _ = written[0].stdout.partition("Written:")
    following = multipolar("run", file).stdout
    assert "Next:" in following
    for line in (told + following.replace(file, "nine.toml")).splitlines():
        assert len(line) <= 80, line


@pytest.mark.parametrize(
    "arguments",
    [("scenarios",), ("show", "may-2025"), ("world",), ("codes",), ("evidence",),
     ("evidence", "may-2025"), ("--help",)],
)  # fmt: skip
def test_every_command_fits_eighty_columns(arguments):
    done = multipolar(*arguments)
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
