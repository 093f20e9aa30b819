"""Tariffs by day: dated rows of a schedule, the scenario `tariffs`, trackers, the option --date."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
import scripts

import multipolar as mp
from multipolar.cli import options
from multipolar.policy import TariffSchedule

ROOT = Path(__file__).parents[1]
ROWS = """# what for
from,importer,exporter,sector,rate
2025-04-05,USA,CHN,C26,0.1
2025-05-01,USA,CHN,C26,0.3
2025-05-01,USA,DEU,C26,0.2
"""


@pytest.fixture
def schedule(tmp_path):
    def write(text=ROWS):
        path = tmp_path / "rows.csv"
        path.write_text(text)
        return path

    return write


def rates(world, path, day):
    levels = TariffSchedule.from_csv(path, "set", dt.date.fromisoformat(day)).wedges(world).tariff
    s, us = world.sectors.index("C26"), world.countries.index("USA")
    before = world.tariff.values[s, :, us]
    china, germany = (world.countries.index(c) for c in ("CHN", "DEU"))
    return [levels[s, k, us] if levels[s, k, us] != before[k] else None for k in (china, germany)]


def test_a_row_counts_from_its_day_until_the_next(world, schedule):
    path = schedule()
    assert rates(world, path, "2025-04-04") == [None, None]
    assert rates(world, path, "2025-04-05") == [0.1, None]
    assert rates(world, path, "2025-04-30") == [0.1, None]
    assert rates(world, path, "2026-01-01") == [0.3, 0.2]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (ROWS.replace("2025-04-05", "5 April"), "'5 April' is not a day such as 2025-04-09"),
        (ROWS.replace("2025-04-05", "2025-05-01"), "begins on the same day as row 1"),
    ],
)
def test_days_that_make_no_sense_are_refused(schedule, wrong, message):
    with pytest.raises(mp.InputError, match=message):
        TariffSchedule.from_csv(schedule(wrong))


@pytest.fixture(scope="module")
def trackers():
    return scripts.script("tariffs").compared()


def test_increases_agree_with_the_tracker_by_product(trackers):
    """Waugh's engine on customs products; here the same by sector, on the benchmark's flows."""
    gaps = trackers.loc[trackers["what"] == "increase", "gap"].abs()
    assert len(gaps) == 65
    assert gaps.median() < 1
    text = (ROOT / "docs" / "tariffs.md").read_text(encoding="utf-8")
    assert f"| 65 | {gaps.median():.1f} |" in text


def test_levels_move_as_an_independent_engine_says(trackers):
    """Yale's rates by group and day: who rose more, and when, rank by rank."""
    yale = trackers[trackers["source"].str.startswith("Yale")]
    assert yale["ours"].corr(yale["average"], method="spearman") > 0.85


def test_nothing_is_in_force_before_the_first_act(world):
    case = mp.Scenario.load("tariffs").with_options({}, date=dt.date(2025, 2, 1)).case(world)
    np.testing.assert_array_equal(case.policy.wedges(world).tariff, world.tariff.values)


def test_the_run_says_how_old_its_tariffs_are():
    scenario = mp.Scenario.load("tariffs")
    today = scenario.known_until + dt.timedelta(days=10)
    assert scenario.age(today).endswith("known here up to 2026-07-23, 10 days ago.")
    later = scenario.with_options({}, date=dt.date(2026, 8, 20))
    assert "for 2026-08-20 it is what had been announced by then" in later.age(today)
    assert mp.Scenario.load("may-2025").age(today) == ""


def test_a_day_that_is_none_is_refused():
    with pytest.raises(mp.InputError, match=r"is not a day; write it as 2025-04-12"):
        options.day_of("12.4.2025")
