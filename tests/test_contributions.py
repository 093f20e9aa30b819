"""Who caused what: the parts add up, no order matters, equal acts share alike."""

import dataclasses

import numpy as np
import pytest
from worlds import random_policy, random_world

import multipolar as mp
from multipolar.model import contributions as module
from multipolar.model.contributions import contributions
from multipolar.policy.wedges import credits_of
from multipolar.scenario import Scenario


@pytest.fixture(scope="module")
def small():
    return random_world(4)


def named(*acts):
    return sum(
        (dataclasses.replace(act, name=f"act {k}") for k, act in enumerate(acts)), mp.Policy()
    )


def shared_out(world, policy, assumptions=None):
    weights = dict(zip(world.countries, np.eye(len(world.countries)), strict=True))
    return contributions(mp.Case(world, policy, assumptions or mp.Assumptions()), weights)


@pytest.mark.parametrize("seed", range(6))
def test_parts_add_up_to_the_exact_change(small, seed):
    policy = random_policy(seed, small)
    found = shared_out(small, policy)
    exact = mp.solve(small, policy).real_income.values
    np.testing.assert_allclose(found.total, exact, atol=1e-9)
    np.testing.assert_allclose(found.by_act.sum(axis=0), exact, atol=1e-4 * np.abs(exact).max())
    np.testing.assert_allclose(found.by_pair.sum(axis=(1, 2)), found.by_act.sum(axis=0), atol=1e-12)


def test_leaks_and_caps_have_parts_too(small):
    policy = named(
        mp.Embargo("CHN", "USA", coverage=0.8),
        mp.Leakage("CHN", "USA", via="DEU", share=0.5, markup=0.1),
        mp.PriceCap("RUS", "DEU", "steel", cap=0.9, price=1.0, service_coverage=0.6),
    )
    found = shared_out(small, policy, mp.Assumptions(deficits="purged"))
    exact = mp.solve(small, policy, mp.Assumptions(deficits="purged")).real_income.values
    np.testing.assert_allclose(found.by_act.sum(axis=0), exact, atol=1e-4 * np.abs(exact).max())
    assert (np.abs(found.by_act).max(axis=1) > 0).all()


def test_parts_on_the_main_job(world):
    case = Scenario.load("may-2025").case(world)
    weights = {"USA": np.eye(80)[world.countries.index("USA")]}
    found = contributions(case, weights)
    assert abs(found.missing[0]) <= 1e-4 * abs(found.total[0])
    assert found.total[0] == pytest.approx(case.outcome.real_income.sel(country="USA").item())
    assert found.by_sector.sum() == pytest.approx(found.by_act.sum())


def test_the_order_of_acts_does_not_matter(small):
    policy = named(
        mp.Tariff("USA", "*", rate=0.2, how="set"),
        mp.Tariff("USA", "CHN", rate=0.6, how="set"),
        mp.Tariff("USA", "CHN", rate=0.3),
        mp.Tariff("USA", "DEU", rate=1.5, how="scale"),
        mp.Embargo("RUS", "DEU", coverage=0.7),
        mp.Productivity("CHN", change=-0.02),
    )
    one = shared_out(small, policy)
    other = shared_out(small, mp.Policy(tuple(reversed(policy.instruments))))
    np.testing.assert_allclose(one.by_act, other.by_act[::-1], atol=1e-9)


@pytest.mark.parametrize(
    "act",
    [
        mp.Tariff("USA", "CHN", rate=0.2),
        mp.Tariff("USA", "CHN", rate=0.4, how="set"),
        mp.Tariff("USA", "CHN", rate=1.5, how="scale"),
        mp.Embargo("CHN", "USA", coverage=0.8),  # both together more than everything
        mp.Productivity("CHN", change=1.1, how="scale"),
    ],
    ids=lambda act: f"{type(act).__name__} {act.how}",
)
def test_two_identical_acts_share_alike(small, act):
    found = shared_out(small, named(act, act))
    np.testing.assert_allclose(found.by_act[0], found.by_act[1], atol=1e-12)
    exact = mp.solve(small, act + act).real_income.values
    np.testing.assert_allclose(found.by_act.sum(0), exact, atol=1e-4 * np.abs(exact).max())


def test_small_acts_have_the_parts_of_one_at_a_time(small):
    """To first order nothing interacts; large acts that work against each other do."""
    acts = [mp.Tariff("USA", "CHN", rate=1e-4), mp.Tariff("CHN", "USA", rate=2e-4)]
    found = shared_out(small, named(*acts))
    for part, act in zip(found.by_act, acts, strict=True):
        alone = mp.solve(small, act, tolerance=1e-13).real_income.values
        np.testing.assert_allclose(part, alone, atol=2e-3 * np.abs(alone).max())


def test_an_act_that_another_overrides_has_no_part(small):
    """The exception counts where it applies, the rule everywhere else."""
    rule = mp.Tariff("USA", "CHN", ["steel", "grain"], rate=0.1, how="set")
    exception = mp.Tariff("USA", "CHN", "steel", rate=0.5, how="set")
    policy = named(exception, rule)
    layers = [layer for act in policy for layer in act.layers(small)]
    of_exception, of_rule = credits_of(layers, small)
    before = small.tariff.sel(exporter="CHN", importer="USA")
    assert of_exception == pytest.approx(0.5 - before.sel(sector="steel").item())
    assert list(of_rule) == pytest.approx([0.1 - before.sel(sector="grain").item(), 0.0])


def test_a_way_without_an_equilibrium_says_where(small, monkeypatch):
    monkeypatch.setattr(module, "MAX_ITERATIONS", 1)
    with pytest.raises(mp.NotConverged, match="100 % of the policy in force"):
        shared_out(small, named(mp.Tariff("USA", "CHN", rate=1.0)))
