"""Options of paths: what is announced, paths that go on, derivatives, and a fine grid beside."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from worlds import random_world

import multipolar as mp
from multipolar.model.assumptions import SPEED
from multipolar.policy.calendar import Dated, outlook, periods
from multipolar.report.headline import hedges

TARIFFS = mp.Tariff("USA", "CHN", rate=0.1) + mp.Tariff("CHN", "USA", "grain", rate=0.05)
OVER = "2025Q1:2027Q4"
LATER, KNOWN = dt.date(2026, 1, 1), dt.date(2025, 1, 1)


@pytest.fixture(scope="module")
def small():
    return random_world(3)


def later(policy, announced=None, until=None):
    return [Dated(policy, LATER, until, "acts", announced)]


@pytest.fixture(scope="module")
def unforeseen(small):
    return mp.path(small, later(TARIFFS), OVER)


@pytest.fixture(scope="module")
def foreseen(small):
    return mp.path(small, later(TARIFFS, KNOWN), OVER, anticipation=mp.Anticipation())


# --- anticipation ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("announced", "options"),
    [
        (None, mp.Anticipation()),  # nobody announces
        (LATER, mp.Anticipation()),  # known when it begins
        (KNOWN, mp.Anticipation(weight=0.0)),  # nobody believes
        (KNOWN, None),  # nobody looks
    ],
)
def test_without_anticipation_a_path_is_what_it_was(small, unforeseen, announced, options):
    course = mp.path(small, later(TARIFFS, announced), OVER, anticipation=options)
    assert np.abs(course.real_income - unforeseen.real_income).max() < 1e-12
    assert np.allclose(course.trade, unforeseen.trade, rtol=1e-12, atol=0)


def test_an_announced_tariff_moves_trade_before_it_begins(foreseen, unforeseen):
    """Early and the right way; less is left for the day itself; the long run is the same."""
    line, sudden = (course.flow("CHN", "USA", "*") for course in (foreseen, unforeseen))
    line, sudden = line / line["before"], sudden / sudden["before"]
    assert np.abs(sudden.iloc[1:5] - 1).max() < 1e-8
    before = line.iloc[1:5].to_numpy()
    assert (np.diff(before) < 0).all()
    assert before[0] < 1
    assert line["2026Q1"] < sudden["2026Q1"]
    assert 0 < line["2025Q4"] - line["2026Q1"] < sudden["2025Q4"] - sudden["2026Q1"]
    gap = np.log(sudden / line).iloc[5:].to_numpy()
    assert (np.diff(gap) < 0).all()  # those who did not know catch up
    assert gap[-1] / gap[0] == pytest.approx(np.exp(-SPEED * 1.75), rel=0.1)  # but for costs


def test_an_announced_embargo_costs_less_when_it_begins(small):
    ban = mp.Embargo("USA", "CHN", coverage=0.05)
    sudden = mp.path(small, later(ban), "2025Q1:2026Q4").income("CHN")
    known = mp.path(small, later(ban, KNOWN), "2025Q1:2026Q4", anticipation=mp.Anticipation())
    line = known.income("CHN")
    assert np.abs(line.iloc[:4]).max() < 1e-8  # finding others early costs nothing in the model
    assert sudden["2026Q1"] < line["2026Q1"] < 0


def test_what_is_expected_is_the_discounted_mean_of_log_costs(small):
    """The closed form of a period beside a sum over its days."""
    anticipation = mp.Anticipation(discount=0.05, weight=0.8)
    first, end, turn = dt.date(2025, 4, 1), dt.date(2025, 7, 1), dt.date(2025, 11, 15)
    waits = [(turn - first).days - k - 0.5 for k in range((end - first).days)]
    by_days = 0.8 * np.mean(np.exp(-(0.05 + SPEED) * np.array(waits) / 365.25))
    assert anticipation.weigh(first, end, turn) == pytest.approx(by_days, rel=1e-7)


def test_an_end_is_foreseen_only_where_a_known_act_follows():
    """A phase that is followed by another, announced in the middle of a period."""
    high = Dated(
        mp.Tariff("USA", "CHN", rate=0.5), dt.date(2025, 1, 1), dt.date(2025, 6, 1), "high"
    )
    low = Dated(mp.Tariff("USA", "CHN", rate=0.1), dt.date(2025, 6, 1), None, "low",
                dt.date(2025, 5, 1))  # fmt: skip
    other = Dated(mp.Tariff("USA", "RUS", rate=0.1), dt.date(2025, 1, 1), dt.date(2025, 9, 1), "x")
    (found,) = outlook([high, low, other], periods("2025Q2")[0])
    day, end, regimes = found
    assert (day, end) == (dt.date(2025, 5, 1), dt.date(2025, 6, 1))
    assert [(when, [act.name for act in there]) for when, there in regimes] == [
        (dt.date(2025, 5, 1), ["high", "x"]),
        (dt.date(2025, 6, 1), ["low", "x"]),
    ]
    assert outlook([high, other], periods("2025Q2")[0]) == []


def test_wrong_announcements_are_refused():
    with pytest.raises(mp.InputError, match="announced on 2026-01-02, but begins on 2026-01-01"):
        later(TARIFFS, dt.date(2026, 1, 2))
    with pytest.raises(mp.InputError, match="has no day on which it begins"):
        Dated(TARIFFS, announced=KNOWN)
    with pytest.raises(mp.InputError, match="must lie between 0 and 1"):
        mp.Anticipation(discount=5)


FILE = """
title = "A tariff that is announced"
path = "2025Q1:2025Q3"

[anticipation]
discount = 0.1

[[policy]]
id = "tariff"
act = "tariff"
importer = "USA"
exporter = "CHN"
rate = 0.2
announced = 2025-01-01
from = 2025-07-01

[[questions]]
ask = "income-path"
"""


def test_a_scenario_file_lets_buyers_anticipate(small, tmp_path):
    path = tmp_path / "announced.toml"
    path.write_text(FILE, encoding="utf-8")
    case = mp.Scenario.load(path).case(small)
    assert case.anticipation == mp.Anticipation(0.1)
    course = case.course()
    assert (
        course.flow("CHN", "USA", "*")["2025Q2"] < 0.9999 * course.flow("CHN", "USA", "*").iloc[0]
    )
    assert "announced acts anticipated at a discount of 10 % a year" in course.sentence()
    (hedge,) = hedges([mp.Scenario.load(path).questions[0]], case)
    assert "Buyers change suppliers, but do not store goods, before what is announced" in hedge
    for wrong, message in (("discount = 7", "less than or equal to 1"), ("rate = 1", "rate")):
        path.write_text(FILE.replace("discount = 0.1", wrong), encoding="utf-8")
        with pytest.raises(mp.InputError, match=message):
            mp.Scenario.load(path)


# --- paths that go on -----------------------------------------------------------------------------


@pytest.mark.parametrize("anticipation", [None, mp.Anticipation()])
def test_a_path_that_goes_on_is_the_path_in_one_go(small, tmp_path, anticipation):
    acts = [
        *later(TARIFFS, KNOWN),
        Dated(mp.Embargo("USA", "RUS", coverage=0.1), None, None, "ban"),
    ]
    how = {"capital": mp.Capital(), "anticipation": anticipation}
    whole = mp.path(small, acts, "2025Q3:2026Q2", **how)
    half = mp.path(small, acts, "2025Q3:2025Q4", **how)
    half = mp.Course.load(half.save(tmp_path / "half.nc"))
    again = mp.path(small, acts, "2026Q1:2026Q2", start=half, **how)
    assert again.labels == whole.labels
    assert again.marks == whole.marks
    for name in whole.data:
        assert np.allclose(again.data[name], whole.data[name], rtol=1e-12, atol=1e-12), name
    assert (again.state == whole.state).all()
    third = mp.Course.load(again.save(tmp_path / "again.nc"))
    assert third.data.equals(again.data)


def test_a_path_that_does_not_fit_is_refused(small, unforeseen):
    acts = later(TARIFFS)
    with pytest.raises(
        mp.InputError, match="ends on 2028-01-01, but the new periods begin on 2029"
    ):
        mp.path(small, acts, "2029", start=unforeseen)
    with pytest.raises(mp.InputError, match="is a path of seed 3, or of another state of it"):
        mp.path(random_world(4), acts, "2028", start=unforeseen)
    with pytest.raises(mp.InputError, match="deficits is 'world-gdp', not 'own-gdp'"):
        mp.path(small, acts, "2028", mp.Assumptions(deficits="own-gdp"), start=unforeseen)
    with pytest.raises(mp.InputError, match="had other acts: they differ on 2026-01-01"):
        mp.path(small, [], "2028", start=unforeseen)
    half = mp.Tariff("USA", "CHN", rate=0.05)
    with pytest.raises(mp.InputError, match="had other acts on the same days"):
        mp.path(small, later(half), "2028", start=unforeseen)
    with pytest.raises(mp.InputError, match="has other anticipation: none"):
        mp.path(small, acts, "2028", start=unforeseen, anticipation=mp.Anticipation())
    old = mp.Course(unforeseen.data, unforeseen.assumptions, unforeseen.marks)
    with pytest.raises(mp.InputError, match="does not know where it ended"):
        mp.path(small, acts, "2028", start=old)


def test_an_interrupted_path_keeps_what_was_solved(small, unforeseen, tmp_path):
    kept = tmp_path / "kept.nc"

    def stop(told, done, of):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mp.path(small, later(TARIFFS), OVER, keep=kept, on_step=stop)
    half = mp.Course.load(kept)
    assert half.labels == unforeseen.labels[:2]
    rest = mp.path(small, later(TARIFFS), "2025Q3:2026Q1", start=half, keep=kept)
    assert np.abs(rest.real_income - unforeseen.real_income[:5]).max() < 1e-12
    assert mp.Course.load(kept).data.equals(rest.data)


# --- when a deal pays back ------------------------------------------------------------------------

DEAL = """
title = "A ban that hurts at first"
path = "2025:2034"

[[policy]]
id = "works"
act = "labour-supply"
country = "USA"
change = -0.02
from = 2025-01-01
until = 2028-01-01

[[policy]]
id = "better"
act = "productivity"
country = "USA"
change = 0.01
from = 2028-01-01

[[questions]]
ask = "pay-back"
agreed = ["works", "better"]
countries = ["USA", "RUS"]
"""


def test_a_deal_pays_back_when_its_sum_turns(small, tmp_path):
    """Three years of labour lost, then more from every hour: added up by hand."""
    path = tmp_path / "deal.toml"
    path.write_text(DEAL, encoding="utf-8")
    case = mp.Scenario.load(path).case(small)
    asked = mp.ask("pay-back", case, agreed=["works", "better"], countries=["USA", "RUS"])
    gain = asked.found.here.income("USA") - asked.found.without.income("USA")
    weight = 1.03 ** -(np.arange(10) + 0.5)
    sums = np.cumsum(gain.to_numpy() * weight) * float(
        small.value_added.sel(country="USA") + small.tariff_revenue.sel(country="USA")
        + small.transfer.sel(country="USA")
    )  # fmt: skip
    assert (gain.iloc[:3] < 0).all()
    assert (gain.iloc[3:] > 0).all()
    assert asked.measure("worth", country="USA") == pytest.approx(sums[-1])
    assert asked.measure("worth", country="USA", period="2026") == pytest.approx(sums[1])
    last = int(np.flatnonzero(sums <= 0)[-1])
    years = asked.measure("years", country="USA")
    assert last + 1 < years < last + 2
    assert asked.data["found"]["USA"]["period"] == str(2025 + last + 1)
    assert f"in {2025 + last + 1}, after {years:.1f} years" in asked.said[0]
    short = mp.ask(
        "pay-back", case, agreed=["works", "better"], countries=["USA"], over="2025:2027"
    )
    assert short.measure("years", country="USA") == np.inf
    assert "never within the path" in short.said[0]
    assert short.data["found"]["USA"]["years"] is None
    only = mp.ask("pay-back", case, agreed=["better"], countries=["USA"])
    assert only.measure("years", country="USA") == 0
    assert "from its first effect on, in 2028" in only.said[0]


# --- a fine grid ----------------------------------------------------------------------------------


def test_quarters_are_near_to_weeks(small):
    """Brute force: 78 weeks beside half-years, quarters and months, half a year after a repeal."""
    tariff = Dated(TARIFFS, dt.date(2025, 1, 1), dt.date(2026, 1, 1), "tariff")
    first, end = dt.date(2025, 1, 1), dt.date(2026, 7, 1)
    weeks = [first + dt.timedelta(days=7 * k) for k in range(78)]
    weeks = [*weeks, dt.date(2026, 1, 1), end]

    def last(days):
        course = mp.path(small, [tariff], ":".join(map(str, sorted({*days}))))
        return course.flow("CHN", "USA", "*"), course.income("CHN")

    fine, fine_income = last(weeks)
    errors = []
    for months in (6, 3, 1):
        days = [dt.date(2025 + k // 12, k % 12 + 1, 1) for k in range(0, 19, months)]
        flow, income = last(days)
        assert abs(income.iloc[-1] - fine_income.iloc[-1]) < 4e-4 * months / 6
        errors.append(abs(flow.iloc[-1] - fine.iloc[-1]) / fine["before"])
        assert errors[-1] < 4e-5 * months  # quarters: within 0.012 points of trade
    assert errors[0] > 2 * errors[1] > 4 * errors[2]  # first order


# --- derivatives ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrt", "act", "anticipation"),
    [
        ("tariff", mp.Tariff("RUS", "CHN", "grain", rate=1.0), None),
        ("tariff", mp.Tariff("USA", "CHN", "steel", rate=1.0), mp.Anticipation()),
        ("trade_cost", mp.TradeCost("CHN", "USA", "steel", rate=1.0), None),
        ("export_tax", mp.ExportTax("CHN", "USA", "grain", rate=1.0), None),
    ],
)
def test_the_impact_derivative_is_the_slope_with_habits_held(small, wrt, act, anticipation):
    """The last of several periods solved again at a little more and a little less."""
    acts = [
        Dated(mp.Tariff("USA", "CHN", rate=0.3), dt.date(2025, 2, 1), None, "tariff"),
        Dated(mp.Embargo("RUS", "CHN", coverage=0.2), dt.date(2025, 4, 1), None, "ban"),
        Dated(mp.Tariff("CHN", "USA", rate=0.2), dt.date(2027, 1, 1), None, "later",
              dt.date(2025, 5, 1)),
    ]  # fmt: skip
    how = {"anticipation": anticipation}
    half = mp.path(small, acts, "2025Q1:2025Q3", tolerance=1e-12, **how)
    slope = mp.impact(small, acts, "2025Q4", ["CHN", "RUS"], wrt, start=half, **how)
    if wrt == "trade_cost":
        whole = mp.impact(small, acts, "2025Q1:2025Q4", ["CHN", "RUS"], wrt, **how)
        assert np.allclose(slope, whole, rtol=1e-5, atol=1e-8)
    step, ends = 1e-4, []
    for size in (step, -step):
        more = replace(act, rate=size)
        moved = [*acts, Dated(more, dt.date(2025, 10, 1), None, "moved")]
        course = mp.path(small, moved, "2025Q4", start=half, tolerance=1e-12, **how)
        ends.append(course.income(["CHN", "RUS"])["2025Q4"])
    by_hand = (ends[0] - ends[1]) / (2 * step)
    exporter, importer, (sector,) = act.exporter, act.importer, [act.sectors]
    assert float(slope.sel(sector=sector, exporter=exporter, importer=importer)) == pytest.approx(
        by_hand, rel=1e-5, abs=1e-9
    )


def test_impossible_derivatives_are_refused(small):
    with pytest.raises(mp.InputError, match="'tarif' cannot be moved; did you mean tariff"):
        mp.impact(small, [], "2025", "USA", "tarif")
    cap = mp.PriceCap("RUS", "USA", sectors="grain", cap=60, price=80, service_coverage=0.5)
    with pytest.raises(mp.InputError, match="leaks or caps prices"):
        mp.impact(small, [Dated(cap)], "2025", "USA")
