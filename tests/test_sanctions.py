"""Sanctions: coverage, leakage, secondary sanctions and price caps, by their laws."""

import audit
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from worlds import COMMON_VARIANTS, random_flows, random_policy, random_world

import multipolar as mp

USA, CHN, RUS, DEU = range(4)
TIGHT = 1e-12
seeds = st.integers(0, 2**32 - 1)
fractions = st.floats(0, 1)


def solve(world, policy=None, assumptions=None):
    return mp.solve(world, policy, assumptions, tolerance=TIGHT)


def embargo(coverage=1.0):
    return mp.Embargo("RUS", "USA", "steel", coverage=coverage)


def leakage(share, markup, via="CHN", **secondary):
    return mp.Leakage("RUS", "USA", via, "steel", share=share, markup=markup, **secondary)


def cap(ceiling=0.8, serviced=0.5, discount=0.0, **where):
    return mp.PriceCap(
        "RUS", sectors="steel", cap=ceiling, price=1.0, service_coverage=serviced,
        shadow_discount=discount, **where,
    )  # fmt: skip


def same(one, other):
    for name in ("real_income", "wage", "price_index"):
        np.testing.assert_allclose(one.data[name], other.data[name], atol=1e-9, err_msg=name)
    np.testing.assert_allclose(one.trade, other.trade, rtol=1e-7)


# --- the limits of each act ----------------------------------------------------------------------


@given(seed=seeds)
def test_coverage_zero_is_nothing_and_one_the_embargo(seed):
    world = random_world(seed)
    same(solve(world, embargo(0.0)), solve(world))
    stopped = solve(world, embargo(1.0)).trade[1, RUS, USA]
    assert stopped == 0


@given(seed=seeds, coverage=fractions, share=fractions, markup=st.floats(0, 2))
def test_the_limits_of_leakage(seed, coverage, share, markup):
    """Nothing without an embargo; an embargo undone at share 1 and no mark-up; nothing at 0."""
    world = random_world(seed)
    benchmark = solve(world)
    same(solve(world, leakage(share, markup) + mp.Policy()), benchmark)
    same(solve(world, embargo(coverage) + leakage(1.0, 0.0)), benchmark)
    same(solve(world, embargo(coverage) + leakage(0.0, markup)), solve(world, embargo(coverage)))


@given(seed=seeds, serviced=fractions, ceiling=st.floats(1.5, 3))
def test_the_limits_of_a_cap(seed, serviced, ceiling):
    """A cap above the price is nothing, one without services and discount too."""
    world = random_world(seed)
    same(solve(world, cap(ceiling, serviced) + mp.Policy()), solve(world))
    same(solve(world, cap(0.5, 0.0) + mp.Policy()), solve(world))


@pytest.mark.parametrize("assumptions", COMMON_VARIANTS, ids=lambda a: a.sentence())
@given(seed=seeds, share=fractions, markup=st.floats(0, 1), ceiling=st.floats(0.3, 1.2))
def test_every_condition_holds(assumptions, seed, share, markup, ceiling):
    """Markets clear and budgets add up where goods leak and prices are capped."""
    world = random_world(seed)
    policy = random_policy(seed, world, transfers=False) + embargo(0.7)
    policy += leakage(share, markup, ["CHN", "DEU"], sanctioner="USA", secondary=0.2)
    policy += mp.ExportTax("RUS", "USA", "steel", rate=0.1)
    policy += cap(ceiling, discount=0.2, importer=["USA", "DEU"])
    outcome = solve(world, policy, assumptions)
    name, size = audit.worst(world, policy, outcome)
    assert size < 1e-9, name


@given(seed=seeds, serviced=fractions, ceiling=st.floats(0.2, 0.9))
def test_the_price_hits_the_cap(seed, serviced, ceiling):
    """Without a discount what Russia gives up is what serviced sales would bring above the cap.

    Average receipts per unit are then serviced x cap + (1 - serviced) x market price, exactly.
    """
    world = random_world(seed)
    outcome = solve(world, cap(ceiling, serviced, importer="USA"))
    market = 1 + float(outcome.unit_cost[1, RUS])
    sales = float(outcome.border_trade()[1, RUS, USA])
    assume(sales > 0)
    given_up = -float(outcome.rent[RUS])
    average = market * (1 - given_up / sales)
    assert average == pytest.approx(
        serviced * min(ceiling, market) + (1 - serviced) * market, rel=1e-8
    )
    assert float(outcome.rent.sum()) == pytest.approx(0, abs=1e-6 * sales + 1e-6)


def test_a_cap_takes_rent_not_barrels(world):
    """Russia loses up to an eighth of what its oil brings, and sells as much (Johnson et al. 2023).

    Less than the eighth, 0.5 (1 - 60 / 80), because its price falls with its income.
    """
    policy = mp.PriceCap("RUS", cap=60, price=80, service_coverage=0.5)
    outcome = mp.solve(world, policy)
    assert float(outcome.real_income.sel(country="RUS")) < 0
    for buyer in ("CHN", "IND", "TUR"):
        assert float(outcome.real_income.sel(country=buyer)) > 0
    before, after = (
        float(outcome.border_trade(when).sel(sector="B06", exporter="RUS").sum())
        for when in ("before", "after")
    )
    assert 0.06 < -float(outcome.rent.sel(country="RUS")) / after < 0.125
    assert after / before == pytest.approx(1, abs=0.04)


@given(seed=seeds, share=st.floats(0.1, 1), markup=st.floats(0.05, 1))
def test_third_countries_earn_the_mark_up(seed, share, markup):
    """The margin is markup / (1 + markup) of what leaks, and goes to the country named."""
    world = random_world(seed)
    outcome = solve(world, embargo() + leakage(share, markup))
    sales = float(outcome.border_trade()[1, RUS, USA])
    assert float(outcome.rent[CHN]) == pytest.approx(sales * markup / (1 + markup), rel=1e-9)
    assert not outcome.rent[[USA, RUS, DEU]].any()


# --- the small country ---------------------------------------------------------------------------


def small_target(seed):
    """A world in which Russia is a thousandth of its size: what it does moves no other."""
    flows = random_flows(seed, tariffs=False, inputs=False)
    size = np.ones((4, 4))
    size[RUS] = size[:, RUS] = 1e-3
    return mp.World.from_flows(**flows | {"sales": flows["sales"] * size})


@given(seed=seeds)
def test_more_coverage_never_helps_a_small_target(seed):
    """The loss of a small country rises with coverage, and falls with what leaks."""
    world = small_target(seed)
    closed = mp.Assumptions(deficits="purged")

    def loss(coverage, share=0.0):
        policy = sum(
            (
                mp.Embargo(*pair, coverage=coverage)
                + mp.Leakage(*pair, via=["CHN"], share=share, markup=0.2)
                for pair in (("RUS", ["USA", "DEU"]), (["USA", "DEU"], "RUS"))
            ),
            mp.Policy(),
        )
        return -float(solve(world, policy, closed).real_income[RUS])

    losses = [loss(coverage) for coverage in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert np.diff(losses).min() > -1e-9
    assert loss(1.0, share=0.5) <= losses[-1] + 1e-9


# --- words ---------------------------------------------------------------------------------------


def test_secondary_sanctions_cut_both_ways():
    world = random_world(1)
    wedges = leakage(0.5, 0.1, sanctioner="DEU", secondary=0.3).wedges(world)
    assert (wedges.coverage[:, CHN, DEU] == 0.3).all()
    assert (wedges.coverage[:, DEU, CHN] == 0.3).all()
    assert wedges.coverage.sum() == pytest.approx(2 * 3 * 0.3)


def test_routes_sum_to_one_and_pass_nobody_by():
    world = random_world(1)
    policy = mp.Leakage("*", "USA", ["CHN", "RUS"], share=0.5, markup=0.1)
    route = policy.wedges(world).route
    np.testing.assert_allclose(route[[CHN, RUS, DEU], USA].sum(axis=1), 1)
    assert route[CHN, USA, CHN] == route[CHN, USA, USA] == 0
    assert route[CHN, USA, RUS] == 1


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda: leakage(1.5, 0.1), r"share: 1\.5 is above 1"),
        (lambda: leakage(0.5, -0.1), r"markup: -0\.1 is below what is possible"),
        (lambda: leakage(0.5, 0.1, secondary=0.5), r"sanctioner: secondary sanctions need both"),
        (lambda: cap(serviced=60), r"service_coverage: 60 is above 1"),
        (
            lambda: mp.PriceCap("RUS", cap=60, price=0, service_coverage=0.5),
            r"price: must be above zero",
        ),
    ],
)
def test_numbers_that_are_refused(write, message):
    with pytest.raises(mp.InputError, match=message):
        write()


def test_a_country_is_no_third_country_to_itself():
    with pytest.raises(mp.InputError, match=r"via: Russia is not a third country between Russia"):
        leakage(0.5, 0.1, via="RUS").wedges(random_world(1))


def test_two_leaks_that_disagree_are_refused():
    policy = leakage(0.5, 0.1) + leakage(0.6, 0.1)
    with pytest.raises(mp.InputError, match="two instruments set the same leak"):
        policy.wedges(random_world(1))


def test_no_derivatives_around_a_leak(world):
    with pytest.raises(mp.InputError, match="no derivatives are taken around a policy that leaks"):
        mp.differentiable(world, mp.PriceCap("RUS", cap=60, price=80, service_coverage=0.5))


def test_sentences():
    act = leakage(0.5, 0.1, sanctioner="DEU", secondary=0.3)
    assert repr(act) == (
        "50 % of what is blocked of steel from Russia to the United States returns through China "
        "at a mark-up of 10 %, for which Germany stops 30 % of its trade with them"
    )
    assert repr(cap(60)) == (
        "a price cap of 60 (market 1) on steel from Russia to everyone; 50 % serviced, shadow "
        "fleet at 0 % below market"
    )
