"""Ranges: the priors, the bands of draws, what carries the variance, and how they are told."""

import dataclasses
import json
import math

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import lognorm, norm
from worlds import random_world

import multipolar as mp
from multipolar.app import solutions
from multipolar.cli import app
from multipolar.errors import InputError
from multipolar.model import cases, spread
from multipolar.model.priors import CONVENTION, alternatives, drawn, priors
from multipolar.progress import quiet
from multipolar.questions.asking import bands, ranges
from multipolar.questions.asking.asked import ask
from multipolar.questions.asking.question import KNOWN, Question, Shown, measure
from multipolar.questions.asking.ranges import with_ranges


@pytest.fixture(scope="module")
def case():
    """A small world in which one country taxes another."""
    policy = mp.Policy((mp.Tariff("USA", "CHN", rate=0.3),))
    return mp.Case(random_world(3, countries=4), policy)


@pytest.fixture(scope="module")
def asked(case):
    """Who gains, with 1,024 draws."""
    (found,) = with_ranges([ask("gains", case)], 1024)
    return found


# --- priors --------------------------------------------------------------------------------------


def test_standard_errors_are_those_of_the_paper(papers):
    """Caliendo & Parro (2015, Table 1), recomputed from their sample."""
    sample = pd.read_csv(papers / "caliendo-parro-2015" / "elasticity_sample_100.csv", header=None)[
        [0, 1, 2]
    ].apply(pd.to_numeric, errors="coerce")
    from multipolar.model.priors import _errors

    for code, name, published in ((1, "Agriculture", 1.86), (2, "Mining", 2.76)):
        y, x = sample[sample[0] == code].dropna()[[1, 2]].to_numpy().T
        theta = -(x @ y) / (x @ x)
        n, e = len(y), y + theta * x
        error = math.sqrt(n / (n - 1) * ((x * e) ** 2).sum()) / (x @ x)
        assert error == pytest.approx(published, abs=0.005)
        assert _errors()[name] == pytest.approx((theta, error), abs=0.005)


def test_draws_have_the_stated_distribution():
    """Median 1 and the stated spread for a sector with an estimate and for a convention."""
    known = priors(["A01", "C29", "J61", "K"])
    factor = known.elasticities(np.ones(4), known.draws(4096))
    assert np.median(factor, axis=0) == pytest.approx(np.ones(4), abs=0.01)
    own = math.sqrt(math.log1p((1.86 / 8.11) ** 2))
    common = known.loadings[0, 0]
    assert np.log(factor[:, 0]).std() == pytest.approx(math.hypot(own, common), rel=0.02)
    assert np.log(factor[:, 1]).std() == pytest.approx(math.hypot(CONVENTION, common), rel=0.02)
    assert (factor[:, 2] == factor[:, 3]).all(), "services share one convention"


def test_sectors_of_one_estimate_move_together():
    known = priors(["A01", "A02", "C28"])
    assert (known.loadings[:, 0] == known.loadings[:, 1]).all()
    assert known.inputs == ("common level", "Agriculture", "Machinery n.e.c.")


def test_the_same_seed_draws_the_same():
    known = priors(["A01", "C28"])
    assert (known.draws(64, seed=5) == known.draws(64, seed=5)).all()
    assert (known.draws(64, seed=5) != known.draws(64, seed=6)).any()


def test_draws_keep_the_horizon(case):
    """The horizon scales each draw as it scales the median."""
    long, short = mp.Assumptions(), mp.Assumptions(horizon=1.0)
    one, other = (drawn(case.world, given, 4)[2] for given in (long, short))
    ratio = short.horizon_ratio()
    for a, b in zip(one, other, strict=True):
        thetas = [x.trade_elasticity(case.world) for x in (a, b)]
        assert thetas[1] == pytest.approx(ratio * thetas[0])


@pytest.mark.parametrize("count", [1, 0, -3, 100_000])
def test_a_senseless_count_is_refused(count):
    with pytest.raises(InputError, match="takes 2 to 65,536 draws"):
        priors(["A01"]).draws(count)


def test_alternatives_leave_out_what_is_assumed():
    told = alternatives(mp.Assumptions(deficits="purged"))
    assert "deficits purged" not in told
    assert told["deficits world-gdp"].deficits == "world-gdp"
    assert told["supply krugman"].deficits == "purged", "one thing is changed at a time"


# --- bands and shares ----------------------------------------------------------------------------


def test_the_band_of_a_known_distribution():
    """Quantiles of a log-normal and the share above zero of a normal, against SciPy's."""
    known = priors(["A01", "C28"])
    z = known.draws(1024)[:, 0]
    found = spread.band(2.0, 2.0 * np.exp(0.5 * z))
    law = lognorm(0.5, scale=2.0)
    assert (found.low, found.median, found.high) == pytest.approx(law.ppf([0.05, 0.5, 0.95]), 0.02)
    assert found.same_sign == 1.0
    shifted = spread.band(0.5, 0.5 + z)
    assert shifted.same_sign == pytest.approx(norm.cdf(0.5), abs=0.01)
    assert not shifted.sign_certain


def test_coverage_of_bands_from_few_draws():
    """The band of 256 draws holds 90 % of the law, and its ends move by a few % of its width."""
    law = lognorm(0.4)
    known = priors(["A01", "C28"])
    held, ends = [], []
    for seed in range(40):
        found = spread.band(1.0, np.exp(0.4 * known.draws(256, seed)[:, 0]))
        held.append(law.cdf(found.high) - law.cdf(found.low))
        ends.append((found.low, found.high))
    assert np.mean(held) == pytest.approx(0.9, abs=0.01)
    width = law.ppf(0.95) - law.ppf(0.05)
    assert np.std(ends, axis=0).max() < 0.03 * width


def test_draws_without_a_number_are_left_out():
    values = np.array([1.0, np.nan, *[3.0] * 7, -1.0, -2.0])
    assert spread.band(1.0, values).count == 10
    assert spread.band(1.0, values).same_sign == pytest.approx(8 / 10)
    assert spread.band(1.0, np.full(30, np.nan)).count == 0


def test_few_draws_and_a_selection_of_draws_make_no_band():
    """Draws without an answer are no random ones; a band of the others would mislead."""
    for values in (np.arange(7.0), np.r_[np.arange(12.0), np.full(4, np.nan)]):
        found = spread.band(1.0, values)
        assert found.count == 0
        assert not found.sign_certain


def test_variance_shares_of_functions_with_known_ones():
    """A sum of normals, and a product of log-normals whose first-order indices have a formula."""
    z = priors([f"s{k}" for k in range(3)]).draws(2048)
    line = spread.first_order_shares(z, z @ [3.0, 1.0, 2.0, 0.0], ["a", "b", "b", "c"])
    assert line == pytest.approx({"a": 9 / 14, "b": 5 / 14, "c": 0.0}, abs=0.01)
    sizes = np.array([0.4, 0.2, 0.0, 0.0])
    found = spread.first_order_shares(z, np.exp(z @ sizes), list("abcd"))
    whole = math.expm1((sizes**2).sum())
    exact = [math.expm1(size**2) / whole for size in sizes]
    assert [found[k] for k in "abcd"] == pytest.approx(exact, abs=0.02)


def test_shares_need_enough_draws_that_vary():
    z = priors(["A01", "C28"]).draws(8)
    assert spread.first_order_shares(z, z[:, 0], list("abc")) == {}
    assert spread.first_order_shares(np.tile(z, (9, 1)), np.ones(72), list("abc")) == {}


# --- questions -----------------------------------------------------------------------------------


def test_256_draws_against_1024(case, asked):
    """The ends of bands of 256 draws are within 6 % of the band's width of those of 1,024."""
    (few,) = with_ranges([ask("gains", case)], 256)
    for one, many in zip(few.ranges.ranged, asked.ranges.ranged, strict=True):
        width = many.band.high - many.band.low
        assert abs(one.band.low - many.band.low) < 0.06 * width
        assert abs(one.band.high - many.band.high) < 0.06 * width
        assert one.band.central == many.band.central


def test_a_band_is_that_of_single_solves(case):
    """The same numbers as one solve after another, whatever the threads."""
    (found,) = with_ranges([ask("gains", case)], 16, seed=2)
    under = drawn(case.world, case.assumptions, 16, seed=2)[2]
    each = [mp.solve(case.world, case.policy, given).real_income for given in under]
    for ranged in found.ranges.ranged:
        values = np.array([float(one.sel(country=ranged.shown.of["country"])) for one in each])
        alone = spread.band(ranged.band.central, values)
        assert dataclasses.astuple(ranged.band) == pytest.approx(dataclasses.astuple(alone), 1e-12)
    (again,) = with_ranges([ask("gains", case)], 16, seed=2)
    assert bands.data(again.ranges) == bands.data(found.ranges), "the same draws, the same numbers"


def test_structure_is_that_of_single_solves(case, asked):
    (usa,) = (r for r in asked.ranges.ranged if r.shown.of == {"country": "USA"})
    other = mp.solve(case.world, case.policy, mp.Assumptions(deficits="own-gdp"))
    assert usa.structure["deficits own-gdp"] == pytest.approx(float(other.real_income[0]), rel=1e-9)


def test_the_table_has_the_band_beside_the_number(asked):
    table = asked.answers[0].table
    at = list(table.columns).index("real income, % change")
    assert table.columns[at + 1] == "90 % band: real income, % change"
    usa = asked.ranges.of("real_income", {"country": "USA"}).band
    assert table.iloc[:, at + 1]["United States"] == bands._text(
        spread.Band(0, 0, 100 * usa.low, 100 * usa.high, 1, 2)
    )
    assert [answer.key for answer in asked.answers[1:]] == ["ranges", "structure"]


def test_an_uncertain_sign_is_said_in_words():
    """With the share of draws that agree; a certain one is said too."""

    def told(same):
        shown = Shown("m", {}, "Turkey", "%", 100.0)
        known = spread.Band(0.1, 0.1, -0.1, 0.3, same, 256)
        found = ranges.Ranged(shown, known, {"services": 0.83, "goods": 0.1}, "services", 0.83, {})
        return bands.sentences([ranges.Ranges(256, 0, (found,))])

    unsure, hangs = told(0.7)
    assert unsure.startswith("Sign not certain: Turkey (70 %)")
    assert "services, which is a convention and no estimate: Turkey 83 %" in hangs
    assert told(0.97)[0].startswith("The sign is the same in 95 % or more of 256 draws")


@pytest.fixture
def sometimes():
    """A kind of question that has no answer where the first sector's elasticity is low."""

    class Sometimes(Question):
        """It fails under half of the draws."""

        def ask(self, case, on_step=quiet):
            theta = case.assumptions.trade_elasticity(case.world)
            if theta[0] < case.world.trade_elasticity[0]:
                raise mp.NotConverged("no equilibrium found")
            return 3

        def tell(self, case, found):
            return []

        @measure("how many", "economies")
        def count(self, case, found):
            return found

    yield Sometimes
    del KNOWN[Sometimes.kind]


def test_failures_are_counted_and_said(case, sometimes):
    (found,) = with_ranges([ask(sometimes(), case)], 16)
    ((why, failed),) = found.ranges.failed.items()
    assert why == "no equilibrium found"
    assert 4 <= failed <= 12  # half of the draws, more or less
    assert found.ranges.ranged[0].band.count == 0
    assert "1 of 1 numbers have no band" in found.sentences[-1]
    assert f"{failed} gave no answer (no equilibrium found)" in bands._drawn_remark(found.ranges)


def test_a_question_without_a_range_says_why(case):
    """Several of them in one sentence."""
    flows = ask("flows", case, countries=["USA", "CHN"])
    found = with_ranges([ask("gains", case), ask("causes", case), flows], 8)
    told = "none of the numbers in its tables is followed over the draws"
    assert found[1].sentences[-1] == f"No range for causes: {told}."
    both = bands.sentences([each.ranges for each in found])
    assert both[-1] == f"No range for causes and flows: {told}."
    assert bands.data(found[1].ranges)["left"] == f"no range for causes: {told}"


def test_outcomes_of_a_batch_are_named_as_those_of_a_solve(case):
    """With purged deficits, changes are against another benchmark, which has a name of its own."""
    purged, named = case.assuming(deficits="purged"), []
    cases.read_each([purged], lambda _: named.append(purged.outcome))
    alone = mp.solve(case.world, case.policy, purged.assumptions)
    for each in ("world", "checksum", "policy", "status", "countries", "assumptions"):
        assert getattr(named[0], each) == getattr(alone, each)
    assert alone.world.endswith(", deficits purged")


def test_a_question_that_takes_long_is_left_and_says_so(case):
    answered = ask("nash", case, players=["USA", "CHN"], by="uniform")
    slow = dataclasses.replace(answered, seconds=50.0)
    (found,) = with_ranges([slow], 256)
    assert not found.ranges.ranged
    assert "256 draws would take about" in found.sentences[-1]
    assert "--draws" in found.sentences[-1]


# --- command line and page -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(case, tmp_path_factory):
    """A scenario on the small world, with a finding."""
    folder = tmp_path_factory.mktemp("ranges")
    case.world.save(folder / "small.nc")
    text = (
        f'title = "A tariff"\nworld = "{folder / "small.nc"}"\n'
        '[[policy]]\nid = "t"\nact = "tariff"\nimporter = "USA"\nexporter = "CHN"\nrate = 0.3\n'
        '[[questions]]\nask = "trade"\npairs = [["CHN", "USA"]]\n'
        '[[findings]]\nsays = "China sells less"\nmeasure = "trade.change"\n'
        'of = { exporter = "CHN", importer = "USA" }\nsign = "-"\nbecause = "it is taxed"\n'
    )
    path = folder / "tariff.toml"
    path.write_text(text)
    return path


def test_run_with_ranges_on_the_command_line(file, tmp_path):
    out = CliRunner().invoke(
        app, ["run", str(file), "--draws", "64", "--out", str(tmp_path / "r"), "--json",
              str(tmp_path / "r.json")],
    )  # fmt: skip
    assert out.exit_code == 0, out.output
    assert "How sure" in out.output
    assert "90 % band" in out.output
    data = json.loads((tmp_path / "r.json").read_text())
    (trade,) = (q for q in data["questions"] if q["ask"] == "trade")
    first = trade["ranges"]["measures"][0]
    assert first["low"] <= first["median"] <= first["high"] < 0
    assert first["same_sign"] == 1.0
    assert data["findings"][0]["same_sign"] == 1.0
    assert "not pooled with the draws" in (tmp_path / "r" / "report.md").read_text()
    verified = CliRunner().invoke(app, ["verify", str(tmp_path / "r")])
    assert verified.exit_code == 0, verified.output + str(verified.exception)


def test_a_question_with_ranges_on_the_command_line(file):
    out = CliRunner().invoke(
        app, ["prices", "USA", "--scenario", str(file), "--draws", "32", "--json", "-"]
    )
    assert out.exit_code == 0, out.output
    assert json.loads(out.output)["headline"][-1]


def test_a_reader_of_the_page_asks_how_sure(monkeypatch, browser, address):
    """A band beside the number until the case changes."""
    monkeypatch.setattr(solutions, "DRAWS", 8)
    monkeypatch.setattr(ranges, "alternatives", lambda _: {})
    tab = browser.new_page()
    complaints = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(address + "/")
    tab.wait_for_selector("html[data-solves='1']", state="attached", timeout=60_000)
    tab.locator("#how-sure").click()
    tab.wait_for_selector("html[data-ranged='8']", state="attached", timeout=60_000)
    headings = tab.locator("#answer-real-income th").all_text_contents()
    assert "90 % band: real income, % change" in headings
    assert tab.locator("#answer-ranges").is_visible()
    assert "Sign not certain" in tab.locator("#more").inner_text()
    assert tab.locator("#map svg path[aria-label]").count() > 50
    tab.locator("#acts input[type=range]").first.fill("5")
    tab.wait_for_selector("html[data-solves='2']", state="attached", timeout=60_000)
    assert not tab.locator("#answer-ranges").count(), "numbers of another case have no band yet"
    tab.close()
    assert complaints == []
