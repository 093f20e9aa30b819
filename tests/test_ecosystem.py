"""Results in the forms that others read: data frames, Parquet, notebooks, schemas, completion."""

import datetime as dt
import json
import re
import tomllib
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from click.shell_completion import ShellComplete

import multipolar as mp
from multipolar.cli import app
from multipolar.model.frames import TABLES
from multipolar.scenario import scenario_names
from multipolar.sweep.design import Design
from multipolar.sweep.schema import sweep_schema

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def outcome(nine):
    return mp.solve(nine, mp.Tariff("USA", "CHN", rate=0.2))


@pytest.fixture(scope="module")
def course(nine):
    act = mp.Dated(mp.Tariff("USA", "CHN", rate=0.2), dt.date(2025, 7, 1), name="tariff")
    return mp.path(nine, [act], "2025:2026")


@pytest.mark.parametrize("what", TABLES)
def test_a_tidy_table_has_every_number_under_its_labels(what, outcome):
    frame = outcome.to_pandas(what)
    labels = list(TABLES[what])
    assert list(frame.columns[: len(labels)]) == labels
    assert not frame.duplicated(labels).any()
    indexed = frame.set_index(labels)
    for name in indexed:
        array = outcome.data[name]
        assert array.dims == TABLES[what]
        assert (indexed[name].to_xarray().sel(array.coords).transpose(*labels) == array).all()
        assert frame.attrs["units"][name] == array.attrs["units"]
    assert {"countries": "real_income", "sectors": "output", "trade": "tariff"}[what] in indexed


def test_every_quantity_is_in_one_of_the_tables(outcome):
    found = {name for what in TABLES for name in outcome.to_pandas(what)}
    assert set(outcome.data) <= found


def test_a_path_is_tidy_by_period(course):
    frame = course.to_pandas()
    assert list(frame.columns[:2]) == ["time", "country"]
    assert len(frame) == len(course.labels) * len(course.countries)
    last = frame[frame["time"] == "2026-01-01"].set_index("country")["real_income"]
    assert last.to_numpy() == pytest.approx(course.real_income.isel(time=-1).values)
    trade = course.to_pandas("trade").set_index(["time", "sector", "exporter", "importer"])
    assert trade["trade"].to_numpy().reshape(course.trade.shape) == pytest.approx(
        course.trade.values
    )


@pytest.mark.parametrize("what", TABLES)
def test_parquet_gives_back_what_was_written(what, outcome, tmp_path):
    path = outcome.to_parquet(tmp_path / "x.parquet", what)
    back = pd.read_parquet(path)
    pd.testing.assert_frame_equal(back, outcome.to_pandas(what))
    assert back.attrs["units"] == outcome.to_pandas(what).attrs["units"]


def test_another_table_is_refused(outcome):
    with pytest.raises(mp.InputError, match="no table 'contries'; did you mean countries"):
        outcome.to_pandas("contries")


def test_every_variable_says_its_unit_and_what_it_is(outcome, course, nine):
    for data in (outcome.data, course.data, nine.data):
        for name, array in data.items():
            assert array.attrs.get("units"), name
            assert array.attrs.get("long_name"), name


def test_a_notebook_shows_what_a_thing_is(nine, outcome, course):
    scenario = mp.Scenario.from_data(
        {"title": "<b>T</b>", "policy": [
            {"id": "<i>", "act": "tariff", "importer": "USA", "rate": 0.1, "source": "a law"}]}
    )  # fmt: skip
    shown = {
        "world": (nine, "USA"),
        "policy": (mp.Tariff("USA", "CHN", rate=0.2) + mp.Embargo("G7", "RUS", "goods"), "20 %"),
        "outcome": (outcome, "real income"),
        "course": (course, "2025"),
        "scenario": (scenario, "a law"),
    }
    for name, (thing, word) in shown.items():
        html = thing._repr_html_()
        assert word in html, name
        assert not re.search(r"<(b|i|script)>", html), name
        for tag in ("table", "ul", "li", "p", "h4"):
            assert len(re.findall(f"<{tag}[ >]", html)) == html.count(f"</{tag}>"), name


def completed(*words):
    """What a shell offers for the last word."""
    *before, begun = words
    shell = ShellComplete(app, {}, "multipolar", "_MULTIPOLAR_COMPLETE")
    return [item.value for item in shell.get_completions(list(before), begun)]


def test_a_shell_completes_commands_questions_and_scenarios():
    assert completed("ru") == ["run"]
    assert completed("fro") == ["frontier"]
    assert completed("run", "") == scenario_names()
    assert completed("standoff", "--scenario", "san") == ["sanctions-2022"]
    assert "--assume" in completed("run", "may-2025", "--as")


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(json.dumps(sweep_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def design():
    """The design in docs/sweeps.md."""
    text = (ROOT / "docs/sweeps.md").read_text()
    return tomllib.loads(re.search(r"```toml\n(.*?)```", text, re.DOTALL).group(1))


def test_the_design_in_the_documents_is_valid(validator):
    assert [error.message for error in validator.iter_errors(design())] == []
    Design.from_data(design())


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "grids"}, {"count": 0}, {"count": None}, {"scenario": 3}, {"vary": []},
        {"keep": ["incomes"]}, {"seed": -1}, {"chunk": 0}, {"colour": "red"},
        {"kind": "grid", "vary": [{"what": "date", "values": ["2025-01-01"]}]},
        {"vary": [{"what": "x", "low": 0.0, "high": 1.0, "spacing": "cubic"}]},
        {"vary": [{"low": 0.0, "high": 1.0}]}, {"measures": [{"of": {}}]},
    ],
    ids=str,
)  # fmt: skip
def test_what_the_schema_refuses_a_sweep_refuses(change, validator):
    data = {name: value for name, value in {**design(), **change}.items() if value is not None}
    assert not validator.is_valid(data)
    with pytest.raises(mp.InputError):
        Design.from_data(data)


def test_numbers_of_a_table_are_not_copies_that_can_be_spoiled(outcome):
    frame = outcome.to_pandas()
    frame["real_income"] = np.nan
    assert np.isfinite(outcome.to_pandas()["real_income"]).all()
