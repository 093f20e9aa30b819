"""Derivatives against central differences of the exact solve; batches against single solves."""

import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from worlds import random_world

import multipolar as mp
from multipolar.model import gradient
from multipolar.model.search import rounds
from multipolar.model.sensitivity import target_weights
from multipolar.progress import Cancelled
from multipolar.scenario import Scenario

solve_module = sys.modules["multipolar.model.solve"]  # the package has a function of this name


@pytest.fixture(scope="module")
def may(world):
    """The policy of the main job, and the model around it."""
    case = Scenario.load("may-2025")
    policy = case.policy_on(case.date)
    return policy, mp.differentiable(world, policy)


def real_income(world, policy, country: str) -> float:
    return float(mp.solve(world, policy, tolerance=1e-13).real_income.sel(country=country))


def slope_of(far: float, near: float, back: float, farther: float, step: float) -> float:
    """The derivative from values at +2, +1, -1, -2 steps, error of order step^4."""
    return (8 * (near - back) - (far - farther)) / (12 * step)


def test_gradient_in_tariffs_agrees_with_central_differences(world, may):
    """Twenty random cells whose effect stands clear of rounding, to five digits."""
    policy, model = may
    us = world.countries.index("USA")
    slope = np.asarray(
        jax.grad(lambda levers: model.respond(levers).real_income[us])(model.levers).tariff
    )
    foreign = ~np.eye(len(world.countries), dtype=bool)[None]
    cells = np.argwhere((np.abs(slope) > 3e-6) & foreign)
    step = 1e-3
    for s, i, n in np.random.default_rng(0).choice(cells, 20, replace=False):
        moved = [
            policy
            + mp.Tariff(world.countries[n], world.countries[i], world.sectors[s], rate=sign * step)
            for sign in (2, 1, -1, -2)
        ]
        difference = slope_of(*(real_income(world, p, "USA") for p in moved), step)
        assert slope[s, i, n] == pytest.approx(difference, rel=1e-5)


@pytest.mark.parametrize(
    ("wrt", "cell", "act"),
    [
        ("export_tax", (20, 14, 77), lambda h: mp.ExportTax("CHN", "USA", "C26", rate=h)),
        ("trade_cost", (20, 14, 77), lambda h: mp.TradeCost("CHN", "USA", "C26", rate=h)),
        ("productivity", (20, 14), lambda h: mp.Productivity("CHN", "C26", change=h)),
    ],
)
def test_gradient_in_other_levers(world, may, wrt, cell, act):
    """Export taxes, trade costs and productivity, at an interior point of each."""
    _, model = may
    assert (world.sectors[20], world.countries[14], world.countries[77]) == ("C26", "CHN", "USA")
    policy = may[0] + act(0.05)
    model = mp.differentiable(world, policy)
    weights = target_weights(world, ("real_income", "CHN"))
    slope = float(gradient.slopes(model, weights, wrt)[cell])
    step = 1e-3
    moved = (real_income(world, may[0] + act(0.05 + k * step), "CHN") for k in (2, 1, -1, -2))
    assert slope == pytest.approx(slope_of(*moved, step), rel=1e-5)


def test_gradient_in_the_elasticity(world, may):
    policy, model = may
    weights = target_weights(world, ("real_income", "CHN"))
    slope = float(gradient.slopes(model, weights, "trade_elasticity")[20])
    theta = float(world.trade_elasticity[20])
    up, down = (
        float(
            mp.solve(world, policy, mp.Assumptions(elasticities={"C26": theta + h}),
                     tolerance=1e-13).real_income.sel(country="CHN")
        )
        for h in (1e-2, -1e-2)
    )  # fmt: skip
    assert slope == pytest.approx((up - down) / 2e-2, rel=1e-4)


@pytest.mark.parametrize("scale_of", ["sector", "country"])
@pytest.mark.parametrize("wrt", gradient.Levers._fields)
def test_the_fast_gradient_is_the_one_jax_takes_through_the_solve(wrt, scale_of):
    """The chain written out by hand against automatic differentiation, every kind of lever."""
    small = random_world(3)
    a, b = small.countries[:2]
    policy = mp.Tariff(a, b, "*", rate=0.2) + mp.ExportTax(b, a, "*", rate=0.1)
    policy += mp.TradeCost(a, b, "*", rate=0.05)
    krugman = mp.Assumptions(supply="krugman", scale=0.2, scale_of=scale_of)
    model = mp.differentiable(small, policy, krugman)
    weights = target_weights(small, ("real_income", a))
    by_jax = jax.grad(lambda levers: model.respond(levers).real_income[0])(model.levers)
    ours = gradient.slopes(model, weights, wrt)
    np.testing.assert_allclose(ours, getattr(by_jax, wrt), rtol=1e-6, atol=1e-9)


def test_forward_and_reverse_agree(world, may):
    """A directional derivative by jax.jvp is the gradient times the direction."""
    _, model = may
    us = world.countries.index("USA")

    def income(levers):
        return model.respond(levers).real_income[us]

    direction = jax.tree.map(jnp.zeros_like, model.levers)
    direction = direction._replace(tariff=direction.tariff.at[20, 14, us].set(1.0))
    _, along = jax.jvp(income, (model.levers,), (direction,))
    assert float(along) == pytest.approx(
        float(jax.grad(income)(model.levers).tariff[20, 14, us]), rel=1e-7
    )


def test_a_response_away_from_the_policy_is_the_exact_solve(world, may):
    policy, model = may
    tariff = model.levers.tariff.at[20, 14, 77].add(0.3)
    moved = model.respond(model.levers._replace(tariff=tariff))
    exact = mp.solve(world, policy + mp.Tariff("USA", "CHN", "C26", rate=0.3))
    np.testing.assert_allclose(moved.real_income, exact.real_income, atol=1e-10)
    np.testing.assert_allclose(moved.trade, exact.trade, rtol=1e-7, atol=1e-7)


def test_sensitivity_is_a_labelled_table(world, may):
    table = mp.sensitivity(world, may[0], ("trade", "CHN", "RUS"))
    assert table.index.names == ["exporter", "importer"]
    assert "million USD per percentage point of tariff" in table.columns[0]
    size = np.abs(table.iloc[:, 0].to_numpy())
    assert (np.diff(size) <= 0).all()
    assert table.loc[("CHN", "RUS")].item() < 0
    cells = mp.sensitivity(world, may[0], ("price", "USA", "C26"), by="cell")
    assert cells.loc[("C26", "CHN", "USA")].item() > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": ("real_incom", "USA")}, "did you mean real_income"),
        ({"target": ("trade", "CHN")}, "trade needs exporter and importer"),
        ({"target": ("real_income", "UAS")}, "did you mean USA"),
        ({"target": ("real_income", "USA"), "wrt": "tarif"}, "did you mean tariff"),
        ({"target": ("real_income", "USA"), "by": "row"}, "choose pair or cell"),
    ],
)
def test_sensitivity_refuses(world, arguments, message):
    with pytest.raises(mp.InputError, match=message):
        mp.sensitivity(world, None, **arguments)


def test_the_first_order_screen_is_the_slope_at_nothing(world):
    """At a thousandth of a point the screen is the exact change, own and cross effects."""
    screen = mp.first_order(world)
    rate = 1e-5
    exact = mp.solve(world, mp.Tariff("USA", "CHN", rate=rate), tolerance=1e-13)
    linear = rate * screen.sel(exporter="CHN", importer="USA")
    np.testing.assert_allclose(linear, exact.real_income, rtol=2e-3, atol=1e-12)
    assert "first order" in screen.attrs["units"]


# --- batches -----------------------------------------------------------------------------------


def test_a_batch_is_the_single_solves_in_order(world):
    policies = {
        f"rate {rate}": mp.Tariff("USA", "CHN", rate=rate) + mp.Embargo("G7", "RUS", coverage=rate)
        for rate in (0.1, 0.9, 0.5)
    }
    many = mp.solve_many(world, policies, variables=("real_income", "output", "trade"))
    assert list(many.scenario.values) == list(policies)
    for name, policy in policies.items():
        one = mp.solve(world, policy)
        row = many.sel(scenario=name)
        assert row.status.item() == "converged"
        np.testing.assert_array_equal(row.real_income, one.real_income)
        np.testing.assert_array_equal(row.output, one.output)
        np.testing.assert_array_equal(row.trade, one.trade)


def test_a_failed_member_is_a_row_and_stops_nobody(world):
    tariff = mp.Tariff("USA", "CHN", rate=0.1)
    cut_off = mp.Embargo("*", "RUS") + mp.Embargo("RUS", "*")
    many = mp.solve_many(world, [tariff, cut_off, mp.Tariff("USA", "CHM", rate=0.1), tariff])
    status = [str(s) for s in many.status.values]
    assert status[0] == status[3] == "converged"
    assert status[1].startswith("refused: policy: the policy cuts RUS off")
    assert "no country 'CHM'; did you mean" in status[2]
    assert np.isnan(many.real_income[1:3]).all()
    assert np.isfinite(many.real_income[[0, 3]]).all()


def test_an_unconverged_member_says_so(world):
    many = mp.solve_many(world, [mp.Tariff("USA", "*", rate=1.0)], max_iterations=2)
    assert "no equilibrium found" in many.status.item()
    assert np.isnan(many.real_income).all()


def test_a_batch_of_assumptions(world):
    tariff = mp.Tariff("USA", "CHN", rate=0.5)
    several = [mp.Assumptions(elasticities={"goods": theta}) for theta in (3.0, 6.0, 9.0)]
    many = mp.solve_many(world, [tariff], several)
    for k, assumed in enumerate(several):
        one = mp.solve(world, tariff, assumed)
        np.testing.assert_array_equal(many.real_income[k], one.real_income)


def test_a_batch_refuses_what_does_not_match(world):
    tariff = mp.Tariff("USA", "CHN", rate=0.5)
    with pytest.raises(mp.InputError, match="2 policies but 3 assumptions"):
        mp.solve_many(world, [tariff] * 2, [mp.Assumptions()] * 3)
    with pytest.raises(mp.InputError, match="did you mean real_income"):
        mp.solve_many(world, [tariff], variables=["real_incomes"])


@pytest.mark.parametrize("why", [KeyboardInterrupt, Cancelled])
def test_a_batch_that_is_interrupted_ends_at_once(why):
    """Twelve thousand members, of which all would be solved if nobody cancelled them."""
    small = random_world(3)
    a, b = small.countries[:2]
    heard = []

    def stop(text, done=0, total=0):
        heard.append((text, done, total))
        if done == 3:
            raise why

    begin = time.perf_counter()
    with pytest.raises(why):
        mp.solve_many(small, [mp.Tariff(a, b, rate=0.1)] * 12_000, on_step=stop)
    assert time.perf_counter() - begin < 5
    assert heard == [("solving", done, 12_000) for done in (1, 2, 3)]


def test_random_policies_all_converge_or_say_why(world):
    """Sixty of the benchmark's two thousand: tariffs to 500 %, embargoes, productivity +-50 %."""
    rng = np.random.default_rng(7)
    policies = []
    for _ in range(60):
        exporter, importer = (str(c) for c in rng.choice(world.countries, 2, replace=False))
        policy = mp.Policy() + mp.Tariff(importer, exporter, rate=float(rng.uniform(0, 5)))
        if rng.random() < 0.5:
            policy += mp.Tariff(
                str(rng.choice(world.countries)), "*", rate=float(rng.uniform(0, 5))
            )
        if rng.random() < 0.4:
            policy += mp.Embargo("G7", str(rng.choice(["CHN", "RUS", "IND", "BRA"])))
        if rng.random() < 0.4:
            change = float(rng.uniform(-0.5, 0.5))
            policy += mp.Productivity(str(rng.choice(world.countries)), change=change)
        policies.append(policy)
    found = mp.solve_many(world, policies, tolerance=1e-9)
    status = [str(s) for s in found.status.values]
    assert all(s == "converged" or s.startswith("refused") for s in status), status
    assert status.count("converged") >= 55
    assert float(found.residual.max()) <= 1e-8


def test_a_batch_of_elasticities_keeps_few_purged_worlds():
    """What is worked out for each member is let go again: memory does not grow with the batch."""
    world = random_world(5)
    several = [
        mp.Assumptions(deficits="purged", elasticities={world.sectors[0]: 3 + 0.1 * k})
        for k in range(30)
    ]
    tariff = mp.Tariff(*world.countries[:2], rate=0.2)
    many = mp.solve_many(world, [tariff], several)
    assert (many.status == "converged").all()
    assert solve_module._PURGED.count(world) <= 4


def test_programs_of_few_shapes_of_world_are_kept(monkeypatch):
    """Each is 46 MB that JAX would never free; a shape that was let go is compiled again."""
    monkeypatch.setattr(rounds, "SHAPES", 2)
    monkeypatch.setattr(rounds, "_COMPILED", set())
    found = []
    for countries, sectors in ((2, 2), (2, 3), (3, 2), (2, 2)):
        small = random_world(1, countries, sectors)
        found.append(mp.solve(small, mp.Tariff(*small.countries[:2], rate=0.1)))
        assert len(rounds._COMPILED) <= rounds.SHAPES
    np.testing.assert_array_equal(found[0].real_income, found[-1].real_income)
