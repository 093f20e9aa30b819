"""Sweeps: designs, their scenarios, shards on disk, and that nothing is lost or counted twice."""

import datetime as dt
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import qmc
from worlds import random_world

import multipolar as mp
from multipolar.cli import app
from multipolar.errors import InputError
from multipolar.sweep import shards
from multipolar.sweep.design import Design
from multipolar.sweep.running import members_of

THREADS = (lambda: ThreadPoolExecutor(2), 2)
GRID = [
    {"what": "t.rate", "values": [0.0, 0.1, 0.2]},
    {"what": "assumptions.deficits", "values": ["world-gdp", "own-gdp"]},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a scenario on a small world: a tariff, and an answer that comes later."""
    folder = tmp_path_factory.mktemp("sweep")
    random_world(3, countries=4).save(folder / "small.nc")
    (folder / "s.toml").write_text(
        textwrap.dedent(f"""
        title = "A tariff"
        world = "{folder / "small.nc"}"
        date = 2025-01-01
        [[policy]]
        id = "t"
        act = "tariff"
        importer = "USA"
        exporter = "CHN"
        rate = 0.3
        [[policy]]
        id = "answer"
        act = "tariff"
        importer = "CHN"
        exporter = "USA"
        rate = 0.3
        from = 2025-06-01
        """)
    )
    return folder


@pytest.fixture
def design(folder):
    """Fields of a design on the small scenario, with some of them replaced."""

    def made(**fields):
        given = {"scenario": str(folder / "s.toml"), "vary": GRID, "chunk": 2, **fields}
        return {name: value for name, value in given.items() if value is not None}

    return made


def swept(design, out, **how):
    """Run a design on threads; its table."""
    mp.sweep.run(design, out, executor=THREADS, **how)
    return mp.sweep.table(out)


# --- designs -------------------------------------------------------------------------------------


def test_all_that_is_wrong_is_said_at_once(design, folder):
    with pytest.raises(InputError) as told:
        Design.from_data(design(kind="sobol", keep=["real_incme"], vary=[{"what": "t.rate"}]))
    assert "3 things are wrong" in str(told.value)
    assert "vary.t.rate: needs values, or low below high" in str(told.value)
    assert "count: a sample needs a count" in str(told.value)
    assert "did you mean real_income" in str(told.value)
    vary = [{"what": "t.rte", "values": [0.1]}, {"what": "assumptions.dficits", "values": ["x"]}]
    with pytest.raises(InputError) as told:
        members_of(design(vary=vary, measures=[{"measure": "gains.real_incom"}]))
    assert "did you mean t.rate" in str(told.value)
    assert "did you mean assumptions.deficits" in str(told.value)
    assert "gains has no measure 'real_incom'" in str(told.value)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"kind": "list", "vary": [*GRID]},
            "a list takes as many values of each; here t.rate 3, assumptions.deficits 2",
        ),
        ({"count": 3}, "count: the values of a grid say how many"),
        ({"vary": [{"what": "t.rate", "low": 0.1, "high": 0.2}]}, "needs values in a grid"),
        ({"vary": [GRID[0], GRID[0]]}, "is listed twice"),
        ({"vary": [{"what": "priors"}]}, 'needs kind = "sobol"'),
        ({"kind": "spiral"}, "choose one of"),
        ({"vry": []}, "no such field; did you mean vary"),
        ({"scenario": "may-2052"}, "did you mean may-2025"),
        ({"vary": [{"what": "t.rate", "values": [30.0]}]}, "was 30 % meant"),
    ],
)
def test_a_design_that_makes_no_sense_is_refused(design, fields, reason):
    with pytest.raises(InputError, match=reason):
        members_of(design(**fields))


def test_a_grid_is_every_combination_the_last_fastest(design):
    rows = Design.from_data(design()).values(range(6))
    assert [tuple(row.values()) for row in rows] == [
        (rate, closure) for rate in (0.0, 0.1, 0.2) for closure in ("world-gdp", "own-gdp")
    ]


@pytest.mark.parametrize("kind", ["sobol", "latin-hypercube"])
def test_a_sample_does_not_depend_on_how_it_is_cut(design, kind):
    vary = [
        {"what": "t.rate", "low": 0.0, "high": 0.5},
        {"what": "elasticities.steel", "low": 2.0, "high": 8.0, "spacing": "log"},
        {"what": "assumptions.deficits", "values": ["world-gdp", "own-gdp"]},
    ]
    made = Design.from_data(design(kind=kind, count=20, seed=4, vary=vary))
    whole = made.values(range(20))
    assert whole == [row for k in range(10) for row in made.values(made.numbers(k))]
    if kind == "sobol":
        with pytest.warns(UserWarning, match="power of 2"):
            points = qmc.Sobol(3, rng=np.random.default_rng(4)).random(20)
        assert [row["t.rate"] for row in whole] == pytest.approx(0.5 * points[:, 0])
        assert [row["elasticities.steel"] for row in whole] == pytest.approx(
            2 * 4.0 ** points[:, 1]
        )
    else:
        places = np.sort([int(40 * row["t.rate"]) for row in whole])
        assert (places == np.arange(20)).all(), "one point in each of 20 intervals"


def test_the_design_in_the_documents_is_one():
    text = (Path(__file__).parents[1] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    members = members_of(tomllib.loads(block))
    assert members.design.size == 10_000
    assert set(members.inputs(range(1))[0]) == {each.what for each in members.design.vary}


# --- scenarios -----------------------------------------------------------------------------------


def test_each_row_is_its_scenario(design, tmp_path, folder):
    """As solved alone, for an act's number, an assumption, an elasticity, a date."""
    vary = [
        {"what": "t.rate", "values": [0.1, 0.2]},
        {"what": "assumptions.deficits", "values": ["world-gdp", "own-gdp"]},
        {"what": "elasticities.steel", "values": [2.0, 6.0]},
        {"what": "date", "values": [dt.date(2025, 1, 1), dt.date(2025, 7, 1)]},
    ]
    found = swept(design(kind="list", vary=vary), tmp_path)
    world = mp.World.load(str(folder / "small.nc"))
    tax, answer = mp.Tariff("USA", "CHN", rate=0.1), mp.Tariff("CHN", "USA", rate=0.3)
    first = mp.solve(world, tax, mp.Assumptions(elasticities={"steel": 2.0}))
    second = mp.solve(
        world,
        mp.Tariff("USA", "CHN", rate=0.2) + answer,
        mp.Assumptions(deficits="own-gdp", elasticities={"steel": 6.0}),
    )
    columns = [f"real_income.{code}" for code in world.countries]
    assert found[columns].to_numpy() == pytest.approx(
        np.array([first.real_income, second.real_income]), rel=1e-9
    )
    assert list(found["vary.date"]) == ["2025-01-01", "2025-07-01"]


def test_measures_of_questions_are_kept(design, tmp_path):
    measures = [
        {"measure": "trade.change", "of": {"exporter": "CHN", "importer": "USA"},
         "fields": {"pairs": [["CHN", "USA"]]}},
        {"measure": "gains.tariff_revenue", "of": {"country": "USA"}},
    ]  # fmt: skip
    found = swept(design(measures=measures, keep=["price_index"]), tmp_path)
    plain = swept(design(keep=["price_index", "tariff_revenue"]), tmp_path / "plain")
    assert (found["trade.change.CHN.USA"][2:] < 0).all()
    took = plain["tariff_revenue.USA"] - plain["tariff_revenue.USA"][0]
    assert found["gains.tariff_revenue.USA"][[2, 4]].to_numpy() == pytest.approx(
        took[[2, 4]].to_numpy(), rel=1e-6
    )
    assert found["price_index.DEU"].to_numpy() == pytest.approx(plain["price_index.DEU"], rel=1e-8)


def test_the_priors_are_a_sample(design, tmp_path):
    found = swept(design(kind="sobol", count=16, vary=[{"what": "priors"}]), tmp_path)
    assert next(c for c in found if c.startswith("vary.")) == "vary.priors.common level"
    assert found["real_income.USA"].nunique() == 16
    assert found["vary.priors.common level"].mean() == pytest.approx(0, abs=0.1)
    scenario = members_of(design()).scenario
    usa = scenario.run().with_ranges(16).asked[0].ranges.of("real_income", {"country": "USA"})
    assert found["real_income.USA"].median() == pytest.approx(usa.band.median, rel=1e-8), (
        "a sample of the priors alone has the draws of the ranges"
    )


def test_failures_are_rows_with_their_status(design, tmp_path):
    """A rate that is refused, in the middle; the others are solved."""
    vary = [{"what": "t.rate", "values": [0.1, -2.0, 0.2]}]
    found = swept(design(vary=vary), tmp_path)
    assert list(found["status"] == "converged") == [True, False, True]
    assert found["status"][1].startswith("refused: ")
    assert shards.failures(tmp_path) == {found["status"][1]: 1}
    assert found["real_income.USA"].isna().tolist() == [False, True, False]


# --- on disk -------------------------------------------------------------------------------------


def test_resuming_solves_what_is_missing_only(design, tmp_path):
    """A shard that is gone, and one that is damaged, are made again; the others stay."""
    whole = swept(design(), tmp_path)
    paths = shards.files(tmp_path)
    assert len(paths) == 3
    stays = paths[1].stat().st_mtime_ns
    paths[0].unlink()
    paths[2].write_bytes(paths[2].read_bytes()[:-40])
    again = mp.sweep.run(design(), tmp_path, executor=THREADS)
    assert again.found == 2
    assert paths[1].stat().st_mtime_ns == stays
    pd.testing.assert_frame_equal(mp.sweep.table(tmp_path), whole, check_exact=True)


def test_another_design_is_refused_a_folder_that_is_taken(design, tmp_path):
    first = swept(design(), tmp_path)
    with pytest.raises(InputError, match="holds another sweep"):
        swept(design(vary=[{"what": "t.rate", "values": [0.4]}]), tmp_path)
    back = mp.sweep.run(design(), tmp_path, executor=THREADS)
    assert back.found == 6
    pd.testing.assert_frame_equal(mp.sweep.table(tmp_path), first, check_exact=True)


def test_the_hash_follows_everything_that_goes_in(design, folder):
    def made(**fields):
        return shards.fingerprint(members_of(design(**fields)))

    same = made()
    assert made() == same
    assert made(seed=1) != same
    assert made(keep=["wage"]) != same
    assert made(assumptions={"horizon": 1.0}) != same
    path = folder / "s.toml"
    text = path.read_text()
    path.write_text(text.replace("rate = 0.3", "rate = 0.4", 1))
    changed = made()
    path.write_text(text)
    assert changed != same


def test_a_folder_without_a_sweep_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds no sweep \(no sweep.json\)"):
        mp.sweep.table(tmp_path)


KILLED = """
import sys
from concurrent.futures import ThreadPoolExecutor
import multipolar as mp
mp.sweep.run(sys.argv[1], sys.argv[2], executor=(lambda: ThreadPoolExecutor(1), 1))
"""


def test_kill_9_loses_and_doubles_nothing(folder, tmp_path):
    """Killed in the middle, resumed: the same table as without."""
    file = folder / "design.toml"
    rates = ", ".join(f"{k / 200:.3f}" for k in range(80))
    file.write_text(
        f'scenario = "s.toml"\nchunk = 2\n[[vary]]\nwhat = "t.rate"\nvalues = [{rates}]\n'
    )
    out = tmp_path / "killed"
    victim = subprocess.Popen([sys.executable, "-c", KILLED, str(file), str(out)], env=os.environ)
    while len(list(out.glob("shards/[!.]*.parquet"))) < 5 and victim.poll() is None:
        time.sleep(0.005)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    done = len(shards.files(out))
    assert 5 <= done < 40
    again = mp.sweep.run(file, out, executor=THREADS)
    assert again.found >= 2 * done
    found = mp.sweep.table(out)
    assert list(found.index) == list(range(80))
    pd.testing.assert_frame_equal(found, swept(str(file), tmp_path / "whole"), check_exact=True)


def test_the_command_with_processes(folder, tmp_path):
    """In a process of its own core, whose result is that of threads."""
    file = folder / "few.toml"
    file.write_text('scenario = "s.toml"\n[[vary]]\nwhat = "t.rate"\nvalues = [0.1, 0.2]\n')
    out = CliRunner().invoke(
        app, ["sweep", str(file), "--out", str(tmp_path / "o"), "--workers", "1"]
    )
    assert out.exit_code == 0, out.output
    assert "2 scenarios" in out.output
    pd.testing.assert_frame_equal(
        mp.sweep.table(tmp_path / "o"), swept(str(file), tmp_path / "t"), check_exact=True
    )


def test_a_dask_cluster(folder, tmp_path, design):
    """Its workers give the same table."""
    distributed = pytest.importorskip("distributed")
    options = {
        "n_workers": 1,
        "threads_per_worker": 2,
        "processes": False,
        "dashboard_address": None,
    }
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster):
        mp.sweep.run(design(), tmp_path / "d", executor=mp.sweep.dask(cluster.scheduler_address))
    pd.testing.assert_frame_equal(
        mp.sweep.table(tmp_path / "d"), swept(design(), tmp_path / "t"), check_exact=True
    )


def test_a_cluster_that_is_not_there_is_one_line(tmp_path, folder):
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match="no Dask cluster there"):
        mp.sweep.dask("nonsense://here")
