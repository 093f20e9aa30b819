"""Batches on shared kernels against solves one by one, for every kind of act and assumption."""

import numpy as np
import pytest
from worlds import COMMON_VARIANTS, random_policy, random_world

import multipolar as mp
from multipolar.model import batch, members

VARIABLES = (*batch.COUNTRY_MEASURES, "trade", "output", "unit_cost", "terms_of_trade")


@pytest.fixture(autouse=True)
def small_worlds_too(monkeypatch):
    monkeypatch.setattr(members, "SMALLEST", 0)


def one_by_one(monkeypatch):
    monkeypatch.setattr(members, "FEWEST", 10**9)


def agree(one, other, atol=1e-9):
    """All changes to `atol`; levels relative to the largest."""
    assert list(one.status.values) == list(other.status.values)
    for name in one.data_vars:
        if name in ("status", "residual", "iterations"):
            continue
        a, b = one[name].values, other[name].values
        size = max(1.0, float(np.nanmax(np.abs(b))))
        np.testing.assert_allclose(a / size, b / size, rtol=0, atol=atol, err_msg=name)


@pytest.mark.parametrize("assumed", COMMON_VARIANTS, ids=str)
def test_together_is_one_by_one(assumed, monkeypatch):
    """Fifty policies of every kind of act, some refused, on a small world."""
    world = random_world(4)
    policies = [random_policy(seed, world) for seed in range(48)]
    leak = mp.Leakage("CHN", "USA", via="DEU", share=0.5, markup=0.1) + mp.Embargo("CHN", "USA")
    policies[7:7] = [leak, mp.Embargo("*", "RUS"), mp.Tariff("USA", "CHM", rate=0.1)]
    how = {"variables": VARIABLES, "tolerance": 1e-12}
    together = mp.solve_many(world, policies, assumed, **how)
    one_by_one(monkeypatch)
    agree(together, mp.solve_many(world, policies, assumed, **how))


def test_members_that_differ_in_elasticities(monkeypatch):
    """One policy under many elasticities, some of them under another horizon."""
    world = random_world(4)
    rng = np.random.default_rng(0)
    several = [
        mp.Assumptions(
            elasticities={s: float(rng.uniform(1, 9)) for s in world.sectors},
            horizon="long-run" if k % 3 else 1.0,
        )
        for k in range(30)
    ]
    policy = random_policy(3, world)
    together = mp.solve_many(world, policy, several, variables=VARIABLES, tolerance=1e-12)
    one_by_one(monkeypatch)
    agree(together, mp.solve_many(world, policy, several, variables=VARIABLES, tolerance=1e-12))


def test_who_sits_beside_does_not_matter():
    """A member's numbers are the same in any company, to rounding."""
    world = random_world(4)
    policies = [random_policy(seed, world) for seed in range(80)]
    whole = mp.solve_many(world, policies, tolerance=1e-12)
    order = np.random.default_rng(1).permutation(80)[:30]
    some = mp.solve_many(world, [policies[k] for k in order], tolerance=1e-12)
    agree(some, whole.isel(scenario=order))


def test_cut_offs_on_the_shipped_world_share_its_kernels(world, monkeypatch):
    """A hundred cells in 320,000: nobody is left to be solved alone."""
    codes = world.countries
    pairs = [(a, b) for k, a in enumerate(codes) for b in codes[k + 1 :]][::79]
    cuts = [mp.Embargo(a, b) + mp.Embargo(b, a) for a, b in pairs]
    with monkeypatch.context() as patch:
        patch.setattr(members.Batch, "_alone", lambda *_: pytest.fail("was solved alone"))
        together = mp.solve_many(world, cuts, variables=("real_income", "trade"), tolerance=1e-11)
    one_by_one(monkeypatch)
    some = mp.solve_many(world, cuts[::8], variables=("real_income", "trade"), tolerance=1e-11)
    agree(together.isel(scenario=slice(None, None, 8)), some)


def test_members_near_the_first_begin_at_its_equilibrium(world):
    """Deals beside a large policy differ from it in few cells, and take few passes."""
    policy = mp.Tariff("USA", "*", rate=0.1) + mp.Tariff("USA", "CHN", rate=1.35)
    more = [policy + mp.Tariff("USA", "VNM", rate=0.01 * k) for k in range(12)]
    found = mp.solve_many(world, more, tolerance=1e-9)
    alone = mp.solve(world, more[-1], tolerance=1e-9)
    assert found.iterations.max() < alone.iterations
    np.testing.assert_allclose(found.real_income[-1], alone.real_income, rtol=0, atol=1e-8)
