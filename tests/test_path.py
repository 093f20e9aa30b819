"""Paths: laws of partial adjustment, dates weighted by days, capital, and what is refused."""

import datetime as dt
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
import scripts
from worlds import random_policy, random_world

import multipolar as mp
from multipolar.cli import app
from multipolar.model import equilibrium as eq
from multipolar.model import sourcing
from multipolar.model.assumptions import SPEED
from multipolar.model.economy import economy_under, log_costs
from multipolar.model.path import Walk, on_a_path
from multipolar.model.search import rounds
from multipolar.policy.calendar import Dated, periods, shares_of
from multipolar.policy.wedges import mean_wedges

# A path holds elasticities of substitution at one; so must what it is compared with.
HELD = {"materials_elasticity": 1.0, "input_elasticity": 1.0, "final_elasticity": 1.0}
START = dt.date(2025, 1, 1)
TARIFFS = mp.Tariff("USA", "CHN", rate=0.1) + mp.Tariff("CHN", "USA", "grain", rate=0.05)


@pytest.fixture(scope="module")
def small():
    return random_world(3)


def static(world, policy, horizon, **more):
    return mp.solve(world, policy, mp.Assumptions(horizon=horizon, **HELD, **more))


def since_2025(policy, until=None):
    return [Dated(policy, START, until, "acts")]


# --- laws -----------------------------------------------------------------------------------------


def test_no_act_no_motion(small):
    course = mp.path(small, [], "2025Q1:2026Q4")
    assert np.abs(course.real_income).max() < 1e-9
    assert np.allclose(course.trade, course.trade_before, rtol=1e-8, atol=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_first_year_is_the_horizon_of_one_year(seed):
    """Random policies of all kinds; equal to 1e-9, because it is the same equilibrium."""
    world = random_world(seed)
    policy = random_policy(seed, world)
    course = mp.path(world, since_2025(policy), "2025")
    after_one = static(world, policy, 1.0)
    assert np.abs(course.real_income[0].values - after_one.real_income.values).max() < 1e-9


@pytest.mark.parametrize(
    ("policy", "most"),
    [(TARIFFS, 0.0004), (mp.Embargo("USA", "CHN", coverage=0.05), 0.0012)],
)
def test_a_constant_policy_passes_every_horizon_to_the_long_run(small, policy, most):
    """Trade within 0.3 points, income within 0.04 points at every date; in the end, within 1e-4.

    What an embargo costs changes by a factor of two while buyers adapt to it, and buyers remember
    what costs were; a static horizon has them know only those of its date. So its income is allowed
    0.12 points, of 1.8.
    """
    course = mp.path(small, since_2025(policy), "2025:2064")
    for year in (1, 2, 3, 5, 8, 12, 20, 40):
        horizon = static(small, policy, float(year) if year < 40 else "long-run")
        flows, expected = course.trade[year - 1].values, horizon.border_trade().values
        some = course.trade_before.values > 0
        off = np.abs(flows[some] - expected[some]) / course.trade_before.values[some]
        income = np.abs(course.real_income[year - 1].values - horizon.real_income.values)
        assert off.max() < (0.003 if year < 40 else 1e-4)
        assert income.max() < (most if year < 40 else 1e-5)


def test_halving_the_step_halves_the_error(small):
    """First order in the length of a period, towards months."""
    acts = since_2025(TARIFFS)
    ends = [
        mp.path(small, acts, over).real_income[-1].values
        for over in ("2025:2028", "2025Q1:2028Q4", "2025-01:2028-12")
    ]
    days = [START + dt.timedelta(days=round(k * 365.25 / 2)) for k in range(9)]
    halves = mp.path(small, acts, ":".join(map(str, days))).real_income[-1].values
    # Errors e(dt) = a dt: e(1) - e(1/4) over e(1/2) - e(1/4) is 3; measured against the months.
    errors = [np.abs(end - ends[2]).max() for end in (ends[0], halves, ends[1])]
    assert errors[0] < 4e-4
    assert 1.7 < errors[0] / errors[1] < 2.6
    assert 2.0 < errors[1] / errors[2] < 3.2  # 1/2 - 1/12 over 1/4 - 1/12 is 2.5


def test_with_given_costs_the_price_index_is_the_one_of_the_horizon(small):
    """Habits without equilibrium: at fixed unit costs, prices are exactly those of each horizon."""
    policy = TARIFFS + mp.Embargo("RUS", "USA", coverage=0.4)
    wedges = policy.wedges(small)
    walk = Walk(small, on_a_path(mp.Assumptions()))
    kappa = log_costs(small, wedges)
    c = jnp.asarray(np.random.default_rng(0).normal(0, 0.1, (3, 4)))
    habits, year = None, 0.25
    speed = sourcing.Speed(1 - np.exp(-SPEED * year), walk.short, walk.long)
    base = economy_under(small, wedges, mp.Assumptions(horizon=year, **HELD))
    for k in range(1, 30):
        leaning = sourcing.lean(base, kappa, c, habits or sourcing.no_habits(base), speed)
        price = eq.prices(leaning.economy, c).price
        horizon = economy_under(small, wedges, mp.Assumptions(horizon=k * year, **HELD))
        assert np.abs(price - eq.prices(horizon, c).price).max() < 1e-12
        habits = sourcing.adapt(leaning, kappa, c, price, speed)


def test_an_act_repealed_is_forgotten_at_the_speed_lambda(small):
    """Once costs are back, what is left of habits shrinks by exp(-speed) a year."""
    n = len(small.countries)
    base = economy_under(small, mp.Policy().wedges(small), mp.Assumptions(horizon=1.0, **HELD))
    long = mp.Assumptions().trade_elasticity(small)
    speed = sourcing.Speed(1 - np.exp(-SPEED), 0.13 * long, long)
    nothing, c = jnp.zeros((3, n, n)), jnp.zeros((3, n))
    B = jnp.asarray(np.random.default_rng(1).normal(0, 0.1, (3, n, n)))
    habits = sourcing.Habits(B, jnp.zeros((3, n)))
    for _ in range(4):
        leaning = sourcing.lean(base, nothing, c, habits, speed)
        habits = sourcing.adapt(leaning, nothing, c, jnp.zeros((3, n)), speed)
    spread = habits.B - habits.B[:, :1]  # the level of a market moves no share
    assert np.abs(spread - np.exp(-4 * SPEED) * (B - B[:, :1])).max() < 1e-12


def test_after_the_repeal_trade_comes_back_slowly_and_wholly(small):
    acts = since_2025(TARIFFS, until=dt.date(2030, 1, 1))
    course = mp.path(small, acts, "2025:2050")
    sold = course.flow("CHN", "USA", "*")
    gap = 1 - sold.iloc[1:].to_numpy() / sold["before"]
    assert gap[4] > gap[0] > 0  # the longer it lasts, the less is bought
    assert 0.2 * gap[4] < gap[5] < gap[4]  # hysteresis: the tariff is gone, the habit is not
    assert gap[25] < 0.005 * gap[4]
    assert np.abs(course.real_income[-1]).max() < 1e-4


def test_the_supplier_keeps_its_customers_without_bookkeeping(small):
    """An act cut in half on its second birthday ends where the half alone would end."""
    half = mp.Tariff("USA", "CHN", rate=0.1)
    acts = [Dated(half, START, None, "half"), Dated(half, START, dt.date(2027, 1, 1), "other")]
    with pytest.raises(mp.InputError, match="the same act"):
        mp.path(small, acts, "2025:2030")
    acts[1] = Dated(mp.Tariff("USA", "CHN", rate=0.05), START, dt.date(2027, 1, 1), "other")
    end = mp.path(small, acts, "2025:2064").real_income[-1]
    assert np.abs(end.values - static(small, half, "long-run").real_income.values).max() < 1e-5


@pytest.mark.parametrize("deficits", ["own-gdp", "purged"])
def test_other_closures_reach_their_own_long_run(small, deficits):
    course = mp.path(small, since_2025(TARIFFS), "2025:2064", mp.Assumptions(deficits=deficits))
    end = static(small, TARIFFS, "long-run", deficits=deficits)
    assert np.abs(course.real_income[-1].values - end.real_income.values).max() < 1e-4


# --- an earlier benchmark -------------------------------------------------------------------------


def test_what_is_taken_back_can_be_brought_back(small):
    """By one solve of the same horizon exactly, and by a path of as many years nearly."""
    before, cut = (mp.Tariff("USA", "CHN", rate=rate) for rate in (0.05, -0.05))
    world = mp.World(small.data.assign_attrs(year=2023))
    earlier = mp.taken_back(world, before, 4.0, 2018)
    again = static(earlier, cut, 4.0)
    assert np.allclose(again.border_trade(), world.trade / (1 + world.tariff), rtol=1e-7)
    acts = [Dated(cut, dt.date(2019, 1, 1), None, "cut")]
    course = mp.path(earlier, acts, "2019:2022")
    now = mp.solve(world).border_trade().values
    some = now > 0
    assert np.abs(course.trade[-1].values[some] / now[some] - 1).max() < 2e-3
    with pytest.raises(mp.InputError, match="not an age"):
        mp.taken_back(world, before, 0.0)


# --- capital --------------------------------------------------------------------------------------


def test_capital_multiplies_income_by_one_over_one_less_its_share(small):
    """More labour everywhere moves no price: in logs, exactly 1 / (1 - share) in the long run."""
    better = mp.LabourSupply("*", change=0.02)
    still = mp.path(small, since_2025(better), "2025")
    capital = mp.Capital(share=0.4, depreciation=0.3)
    course = mp.path(small, since_2025(better), "2025:2124", capital=capital)
    first, last = np.log1p(still.real_income[0]), np.log1p(course.real_income[-1])
    assert np.abs(last / first - 1 / (1 - 0.4)).max() < 1e-6
    assert np.allclose(course.capital[-1], course.real_income[-1], atol=1e-7)
    assert (course.capital[0] == 0).all()  # capital of the first period is the benchmark's


def test_without_a_share_capital_changes_nothing(small):
    with_it = mp.path(small, since_2025(TARIFFS), "2025:2027", capital=mp.Capital(share=0.0))
    without = mp.path(small, since_2025(TARIFFS), "2025:2027")
    assert np.abs(with_it.real_income - without.real_income).max() < 1e-9
    assert "capital" not in without.data


# --- dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "labels", "days"),
    [
        ("2025Q1:2025Q4", ["2025Q1", "2025Q2", "2025Q3", "2025Q4"], [90, 91, 92, 92]),
        ("2023:2024", ["2023", "2024"], [365, 366]),
        ("2024-02:2024-03", ["2024-02", "2024-03"], [29, 31]),
        ("2025q3", ["2025Q3"], [92]),
        ("2025-01-01:2025-05-14:2026-01-01", ["2025-01-01", "2025-05-14"], [133, 232]),
    ],
)
def test_periods_are_read(written, labels, days):
    found = periods(written)
    assert [period.label for period in found] == labels
    assert [period.days for period in found] == days


def test_days_weigh_the_acts_of_a_period(small):
    """An act that begins in the middle of a quarter counts for its days."""
    quarter = periods("2025Q2")[0]
    acts = [
        Dated(mp.Tariff("USA", "CHN", rate=0.8), dt.date(2025, 4, 10), dt.date(2025, 5, 14)),
        Dated(mp.Embargo("USA", "CHN", coverage=0.5), dt.date(2025, 6, 30)),
    ]
    shares = shares_of(acts, quarter)
    assert [round(91 * share) for share, _ in shares] == [9, 34, 47, 1]
    parts = [
        (share, sum((a.policy for a in there), mp.Policy()).wedges(small))
        for share, there in shares
    ]
    mean = mean_wedges(small, parts)
    usa, chn = small.countries.index("USA"), small.countries.index("CHN")
    rise = mean.tariff[:, chn, usa] - small.tariff.values[:, chn, usa]
    assert np.allclose(rise, 0.8 * 34 / 91)
    assert np.allclose(mean.coverage[:, usa, chn], 0.5 / 91)


def test_a_cap_for_part_of_a_period_keeps_its_ceiling(small):
    cap = mp.PriceCap("RUS", "USA", sectors="grain", cap=60, price=80, service_coverage=0.5)
    mean = mean_wedges(small, [(0.25, cap.wedges(small)), (0.75, mp.Policy().wedges(small))])
    whole = cap.wedges(small)
    on = whole.serviced > 0
    assert np.allclose(mean.ceiling[on], whole.ceiling[on])
    assert np.allclose(mean.serviced[on], 0.25 * whole.serviced[on])


# --- refusals and files ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("2028Q4:2025Q1", "ends in 2025Q1, before it begins in 2028Q4"),
        ("2025Q5", "is not a row of periods; write quarters"),
        ("2025-13", "'2025-13' does not exist"),
        ("2025:2025Q4", "is not a row of periods"),
        ("2025-01-01:2024-01-01", "2024-01-01 does not come after 2025-01-01"),
        ("2025-02-30:2025-03-01", "'2025-02-30' is not a day"),
        ("1900-01:2025-01", "1501 periods; at most 240"),
    ],
)
def test_periods_that_make_no_sense_are_refused(written, message):
    with pytest.raises(mp.InputError, match=message):
        periods(written)


def test_acts_that_make_no_sense_in_time_are_refused(small):
    with pytest.raises(mp.InputError, match="ends on 2024-01-01, before it begins on 2025-01-01"):
        Dated(TARIFFS, START, dt.date(2024, 1, 1), "acts")
    with pytest.raises(mp.InputError, match="in force since 2025-01-01, before the path begins"):
        mp.path(small, since_2025(TARIFFS), "2026:2027")
    clash = [
        Dated(mp.Tariff("USA", "CHN", rate=rate, how="set"), START, None, name)
        for rate, name in ((0.1, "low"), (0.2, "high"))
    ]
    with pytest.raises(mp.InputError, match=r"2025 \(low, high\).*set the same tariff"):
        mp.path(small, clash, "2025")
    with pytest.raises(mp.InputError, match="perfect-competition only"):
        mp.path(small, [], "2025", mp.Assumptions(supply="krugman"))
    with pytest.raises(mp.InputError, match="must lie between 0 and 1"):
        mp.Capital(share=1.0)


def test_a_path_before_its_data_is_refused(nine):
    with pytest.raises(mp.InputError, match="no data covers what was before; begin in 2023"):
        mp.path(nine, [], "2018Q1:2019Q4")


def test_a_period_without_equilibrium_is_named(small):
    with pytest.raises((mp.NotConverged, mp.InputError), match="2025"):
        mp.path(
            small,
            since_2025(mp.Transfer("USA", "CHN", amount=2 * float(small.value_added.sum()))),
            "2025",
        )


def test_a_path_is_saved_and_loaded(small, tmp_path):
    course = mp.path(small, since_2025(TARIFFS, dt.date(2025, 8, 1)), "2025Q1:2025Q4")
    again = mp.Course.load(course.save(tmp_path / "path.nc"))
    assert again.data.equals(course.data)
    assert again.marks == course.marks
    assert [(str(mark.day), mark.text) for mark in again.marks] == [
        ("2025-01-01", "acts begins"),
        ("2025-08-01", "acts ends"),
    ]
    assert again.assumptions == course.assumptions
    assert again.real_income.attrs["units"].startswith("fraction")
    assert course.table(["USA"]).shape == (4, 1)
    with pytest.raises(AttributeError, match="a path has no 'incom'; it has real_income"):
        course.incom  # noqa: B018
    outcome = mp.solve(small).save(tmp_path / "outcome.nc")
    with pytest.raises(mp.InputError, match="is not a path"):
        mp.Course.load(outcome)


# --- scenarios and the command line ---------------------------------------------------------------

FILE = """
title = "A tariff and its truce"
world = "WORLD"
path = "2025Q1:2025Q3"

[[policy]]
id = "high"
act = "tariff"
importer = "USA"
exporter = "CHN"
rate = 0.5
from = 2025-02-01
until = 2025-05-14

[[policy]]
id = "low"
act = "tariff"
importer = "USA"
exporter = "CHN"
rate = 0.1
from = 2025-05-14

[[questions]]
ask = "gains"
countries = ["USA", "CHN"]

[[questions]]
ask = "truce"
agreed = ["low"]
ended = ["high"]
"""


@pytest.fixture(scope="module")
def file(nine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("path")
    world = nine.save(folder / "small.nc")
    path = folder / "truce.toml"
    path.write_text(FILE.replace("WORLD", str(world)), encoding="utf-8")
    return path


def test_a_scenario_along_a_path_is_the_path_of_its_acts(file, nine):
    run = mp.Scenario.load(file).along("2025Q1:2025Q4").run()
    assert [asked.question.kind for asked in run.asked] == ["truce"]
    acts = [
        Dated(mp.Tariff("USA", "CHN", rate=0.5), dt.date(2025, 2, 1), dt.date(2025, 5, 14)),
        Dated(mp.Tariff("USA", "CHN", rate=0.1), dt.date(2025, 5, 14)),
    ]
    course, war = run.asked[0].found.here, mp.path(
        nine, [Dated(acts[0].policy, acts[0].start)], "2025Q1:2025Q4"
    )  # fmt: skip
    assert np.allclose(course.real_income, mp.path(nine, acts, "2025Q1:2025Q4").real_income)
    assert np.allclose(run.asked[0].found.without.real_income, war.real_income)
    gap = 0.25 * (course.income("CHN") - war.income("CHN")).sum()
    income = float(course.income_before.sel(country="CHN"))
    assert run.asked[0].measure("worth", country="CHN") == pytest.approx(gap * income)
    assert run.asked[0].measure("worth", country="CHN") > 0


def test_without_questions_about_a_path_income_is_followed(file):
    scenario = mp.Scenario.load(file)
    plain = scenario.model_copy(update={"questions": scenario.questions[:1]})
    (income,) = plain.along("2025:2026").questions
    assert income.kind == "income-path"
    assert income.countries == ("USA", "CHN")


def test_a_sector_along_a_path_is_what_the_path_says(file, nine):
    case = mp.Scenario.load(file).case()
    asked = mp.ask("sector-path", case, country="USA", sectors="C26")
    course = case.course()
    here = {"country": "USA", "sector": "C26"}
    for name, quantity in (("quantity", "output_volume"), ("price", "price")):
        assert asked.measure(name, period="2025Q2") == pytest.approx(
            float(course.data[quantity].sel(here)[1])
        )
    assert asked.measure("price", period="2025Q2") > 0
    with pytest.raises(mp.InputError, match="no price of period '2031Q1'"):
        asked.measure("price", period="2031Q1")


def test_a_path_on_the_command_line_is_verified(file, tmp_path, capsys):
    out = tmp_path / "out"
    app(["run", str(file), "--path", "2025Q1:2025Q2", "--out", str(out)], standalone_mode=False)
    shown = capsys.readouterr().out
    assert "What the truce changed" in shown
    assert "one equilibrium for each period" in " ".join(shown.split())
    assert max(map(len, shown.splitlines()[:-3])) <= 80
    assert "--path 2025Q1:2025Q2" in (out / "report.md").read_text()
    app(["verify", str(out)], standalone_mode=False)
    assert "verifies" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "FILE", "--path", "2025Q9"], "--path: '2025Q9' is not a row of periods"),
        (["run", "FILE", "--path", "2026:2027"], "high is in force since 2025-02-01, before"),
        (["run", "FILE", "--path", "2019:2026"], "is the economy of 2023"),
        (["run", "shut-off-2022", "--path", "2025"], "on the gas network, which has no path"),
        (["truce", "--scenario", "FILE"], "name the acts that the deal ended, or brought"),
        (["truce", "--ended", "hihg", "--scenario", "FILE"], "not an act; did you mean high"),
        (["income-path", "--over", "1:2", "--scenario", "FILE"], "is not a row of periods"),
    ],
)
def test_wrong_paths_are_refused_in_one_line(file, words, message):
    with pytest.raises(mp.InputError) as error:
        app([str(file) if word == "FILE" else word for word in words], standalone_mode=False)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


# --- speed and history ----------------------------------------------------------------------------


def test_no_period_compiles_anything(small):
    """Other acts, other periods of the same length: the programs are there already."""
    programs = (rounds.run, sourcing.lean, sourcing.adapt)
    mp.path(small, since_2025(TARIFFS), "2025Q1:2025Q2")
    before = [program._cache_size() for program in programs]
    late = Dated(mp.Embargo("USA", "RUS", coverage=0.2), dt.date(2026, 2, 3), None, "late")
    mp.path(small, [*since_2025(TARIFFS), late], "2025Q1:2028Q4")
    assert [program._cache_size() for program in programs] == before


def test_the_document_has_the_hindcast_that_the_script_finds():
    """China's trade with Russia: the row of scores, and every quarter."""
    root = Path(__file__).parents[1]
    script = scripts.script("paths")
    printed = script.as_markdown([script.china_russia()]).splitlines()
    text = (root / "docs" / "time.md").read_text(encoding="utf-8")
    for line in printed:
        assert line in text
