"""Balancing: margins are met, what is consistent is left alone, known spending is found again."""

import numpy as np
import pytest
from worlds import random_flows

from multipolar.world import balancing


@pytest.fixture
def flows():
    return random_flows(1)


def test_final_spending_is_found_again(flows):
    """Sales that a known non-negative spending makes give that spending back, without residual."""
    shares = balancing.expenditure_shares(flows["sales"])
    spending = flows["sales"].sum(axis=1)
    sales = np.einsum("sin,sn->si", shares, spending)
    found, residual = balancing.final_spending(shares, sales)
    np.testing.assert_allclose(found, spending, rtol=1e-7)
    assert residual.max() < 1e-9


def test_who_buys_nothing_buys_at_home(flows):
    sales = flows["sales"].copy()
    sales[1, :, 2] = 0
    shares = balancing.expenditure_shares(sales)
    np.testing.assert_array_equal(shares[1, :, 2], np.eye(4)[2])
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)


def test_fitting_meets_its_three_constraints(flows):
    """Pairs as targeted, sales exactly, purchases at least what is needed; home left free."""
    sales = flows["sales"]
    goods = np.array([True, True, False])
    rng = np.random.default_rng(2)
    target = sales[goods].sum(axis=0) * rng.uniform(0.9, 1.1, (4, 4))
    target[3, 0] = np.nan
    output = sales.sum(axis=2)
    need = 0.3 * sales.sum(axis=1)
    fitted = balancing.fit_to_trade(sales, output, need, target, goods, 600)
    np.testing.assert_allclose(fitted.sum(axis=2), output, rtol=1e-12)
    abroad = ~np.eye(4, dtype=bool) & np.isfinite(target)
    np.testing.assert_allclose(fitted[goods].sum(axis=0)[abroad], target[abroad], rtol=1e-4)
    assert (fitted.sum(axis=1) >= need * (1 - 1e-6)).all()


def test_what_is_consistent_is_left_alone(flows):
    """Targets that hold already move nothing; inputs that can be paid are not cut."""
    sales, use = flows["sales"], flows["intermediate_use"]
    goods = np.array([True, True, False])
    kept = balancing.fit_to_trade(
        sales, sales.sum(axis=2), 0 * sales.sum(axis=1), sales[goods].sum(axis=0), goods, 5
    )
    np.testing.assert_allclose(kept, sales, rtol=1e-12)
    np.testing.assert_allclose(balancing.affordable(use, sales, 0 * sales), use, rtol=1e-12)


def test_inputs_are_cut_to_what_can_be_paid(flows):
    """Ten times the inputs: no more than is bought, no dearer than the share of output."""
    sales, levy = flows["sales"], flows["tariff"]
    paid = balancing.affordable(10 * flows["intermediate_use"], sales, levy, 0.5)
    assert (paid.sum(axis=0) <= 0.5 * sales.sum(axis=2) * (1 + 1e-12)).all()
    assert (paid.sum(axis=1) <= (sales * (1 + levy)).sum(axis=1) * (1 + 1e-12)).all()
