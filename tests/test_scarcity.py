"""Inputs that cannot be replaced, and wages that do not fall: nests, floors, and their limits."""

from dataclasses import replace

import numpy as np
import pytest
from worlds import random_flows, random_world

import multipolar as mp
from multipolar.model import gradient, nests
from multipolar.model.assumptions import IN_FIRST_YEAR
from multipolar.model.sensitivity import target_weights

ONES = dict.fromkeys(IN_FIRST_YEAR, 1.0)
CUT = mp.Embargo("RUS", "EU", "B06") + mp.Embargo("RUS", "EU", "C19")


def change(world, policy, **assumed):
    found = mp.solve(world, policy, mp.Assumptions(**assumed), tolerance=1e-12)
    return found.real_income.values


# --- the nests ----------------------------------------------------------------------------------


def test_elasticities_of_one_are_cobb_douglas(world):
    """Stated as one, or as one and a hair: today's model; at the long run that is the default."""
    plain = change(world, CUT, **ONES)
    np.testing.assert_array_equal(change(world, CUT), plain)
    near = change(world, CUT, **dict.fromkeys(ONES, 1 + 1e-9))
    np.testing.assert_allclose(near, plain, atol=1e-9)
    above, below = (change(world, CUT, **dict.fromkeys(ONES, e)) for e in (1.001, 0.999))
    np.testing.assert_allclose((above + below) / 2, plain, atol=1e-7)


def test_leontief_is_approached_smoothly():
    """Halving small elasticities halves the distance from elasticities of zero."""
    world = random_world(3)
    bad = mp.Productivity("*", world.sectors[0], change=-0.2)
    zero, small, smaller = (change(world, bad, **dict.fromkeys(ONES, e)) for e in (0, 0.02, 0.01))
    moved = np.abs(small - zero).max()
    assert moved > 1e-5
    np.testing.assert_allclose(2 * (smaller - zero), small - zero, atol=0.05 * moved)


def test_one_elasticity_for_all_sectors_and_one_for_each_agree(world):
    """The two ways in which inputs are bundled: factored, and cell by cell."""
    alike = change(world, CUT, input_elasticity=0.2)
    apart = change(world, CUT, input_elasticity={"goods": 0.2, "services": 0.2 + 1e-13, "B06": 0.2})
    np.testing.assert_allclose(apart, alike, atol=1e-11)


@pytest.mark.parametrize(
    ("share", "left", "elasticity", "printed"),
    [(0.04, 0.9, 0.04, -1.57), (0.01, 0.7, 0.1, -2.3), (0.04, 0.9, 1, None), (0.01, 0.7, 1, None)],
)
def test_two_inputs_of_bachmann_and_others(share, left, elasticity, printed):
    """Germany without Russian energy: a bundle of energy and all else; some energy is gone.

    Spending at the price at which what is left is just bought, against the CES aggregate of what
    is left, and what Bachmann et al. (2022, Table 2; -1.57 in their code) print, in percent.
    """
    r = np.float64(1 - elasticity)
    bundle = nests.Nests(np.array([r]), r, r)
    alpha, e = np.array([[share], [1 - share]]), elasticity
    price = np.array([[-np.log(left) / e], [0.0]])
    cpi = nests.consumer_prices(bundle, alpha, price)
    income = share * np.exp(price[0, 0]) * left + 1 - share
    exact = left**share - 1
    if e != 1:
        exact = (share * left ** (1 - 1 / e) + 1 - share) ** (1 / (1 - 1 / e)) - 1
    found = income * np.exp(-float(cpi[0])) - 1
    assert found == pytest.approx(exact, rel=1e-10)
    if printed:
        digits = 0.006 if printed == -1.57 else 0.06
        assert 100 * found == pytest.approx(printed, abs=digits)
    bought = nests.final_demand(bundle, alpha, price, cpi)[:, 0] * income / np.exp(price[:, 0])
    np.testing.assert_allclose(bought, [share * left, 1 - share], rtol=1e-12)


def test_second_order_is_exact_to_third_order():
    """Baqaee & Farhi (2019): first and second derivatives, and what is left shrinks by eight."""
    world = random_world(3)
    e = dict.fromkeys(ONES, 0.3)

    def at(size):
        return np.log1p(
            change(world, mp.Productivity(world.countries[0], change=np.expm1(size)), **e)
        )

    first = (at(1e-3) - at(-1e-3)) / 2e-3
    second = (at(1e-3) + at(-1e-3)) / 1e-6
    left = [at(-h) - (-h * first + h**2 / 2 * second) for h in (0.04, 0.08)]
    assert np.abs(left[1]).max() > 1e-6
    np.testing.assert_allclose(left[1][0] / left[0][0], 8, rtol=0.15)


def test_scarcity_makes_bad_news_worse():
    """Closed economies: a power mean of prices rises with its power, so real income falls."""
    flows = random_flows(4, tariffs=False)
    flows["sales"] *= np.eye(len(flows["countries"]))
    flows["intermediate_use"] *= 0.5
    world = mp.World.from_flows(**flows)
    bad = mp.Productivity("*", world.sectors[0], change=-0.3)
    found = np.array([change(world, bad, **dict.fromkeys(ONES, e)) for e in (2, 1, 0.5, 0.1, 0)])
    assert (np.diff(found, axis=0) < -1e-6).all()


# --- wages that do not fall ----------------------------------------------------------------------


def test_a_floor_that_does_not_bind_changes_nothing(world):
    """Wages may fall by half, and none falls by that much."""
    free = change(world, CUT)
    loose = mp.solve(world, CUT, mp.Assumptions(wages="floor", wage_fall=0.5), tolerance=1e-12)
    np.testing.assert_allclose(loose.real_income, free, atol=1e-11)
    assert float(loose.unemployment.max()) == 0


@pytest.mark.parametrize("floor_in", ["consumer-prices", "numeraire"])
def test_who_is_idle_might_as_well_not_be_there(floor_in):
    """The same world without the idle, wages free: the same prices, trade, and real income."""
    world = random_world(5)
    one, two = world.countries[:2]
    policy = mp.Tariff(one, two, rate=0.5) + mp.Productivity(two, change=-0.05)
    assumed = mp.Assumptions(wages="floor", floor_in=floor_in, **dict.fromkeys(ONES, 0.4))
    rigid = mp.solve(world, policy, assumed, tolerance=1e-12)
    assert (rigid.unemployment > 1e-3).any()
    left = (1 - rigid.unemployment.values) ** assumed.labour_share
    gone = [mp.LabourSupply(n, change=float(left[k] - 1)) for k, n in enumerate(world.countries)]
    without = sum(gone, policy)
    free = mp.solve(world, without, replace(assumed, wages="flexible"), tolerance=1e-12)
    for name in ("real_income", "wage", "price", "trade", "tariff_revenue"):
        np.testing.assert_allclose(free.data[name], rigid.data[name], rtol=1e-9, atol=1e-9)


def test_more_can_fall_fewer_are_idle(world):
    """Fewer Russians are without work the more the wage can fall."""
    cut, idle = mp.Embargo("G7", "RUS"), []
    for fall in (0.0, 0.002, 0.005, 0.5):
        assumed = mp.Assumptions(horizon=1, wages="floor", wage_fall=fall)
        found = mp.solve(world, cut, assumed)
        idle.append(float(found.unemployment.sel(country="RUS")))
    assert idle[0] > idle[1] > idle[2] > idle[3] == 0


# --- batches and derivatives ---------------------------------------------------------------------


SCARCE = mp.Assumptions(horizon=1, wages="floor", input_elasticity={"C26": 0.05})


def test_batches_agree_one_by_one(world):
    """Members that share kernels, with nests and floors."""
    policies = [
        mp.Embargo(a, b, coverage=0.5) for a in ("USA", "DEU", "JPN") for b in ("CHN", "IND")
    ]
    policies = [*policies, *(mp.Tariff("USA", n, rate=0.3) for n in ("CHN", "VNM", "MEX", "CAN"))]
    for assumed in (SCARCE, mp.Assumptions(input_elasticity=0.2)):
        many = mp.solve_many(world, policies, assumed, tolerance=1e-11)
        for k, policy in enumerate(policies):
            alone = mp.solve(world, policy, assumed, tolerance=1e-11)
            np.testing.assert_allclose(many.real_income[k], alone.real_income, atol=1e-9)


def test_gradients_agree_with_differences():
    """The adjoint through nests and floors, against central differences."""
    world = random_world(11)
    here, there = world.countries[:2]
    assumed = mp.Assumptions(wages="floor", **dict.fromkeys(ONES, 0.3))
    policy = mp.Tariff(here, there, rate=0.5)
    model = mp.differentiable(world, policy, assumed)
    assert (mp.solve(world, policy, assumed).unemployment > 1e-4).any()
    slope = gradient.slopes(model, target_weights(world, ("real_income", there)), "tariff")
    for s, sector in enumerate(world.sectors):
        up, down = (
            mp.solve(world, policy + mp.Tariff(here, there, sector, rate=step), assumed,
                     tolerance=1e-13).real_income.values[1]
            for step in (1e-4, -1e-4)
        )  # fmt: skip
        assert float(slope[s, 1, 0]) == pytest.approx((up - down) / 2e-4, rel=1e-5)
