"""The slow, plain solver of `plain_solver.py` and `solve` find the same equilibrium.

On the world that ships, to 1e-8 in real income, wages and every flow.
"""

import numpy as np
import plain_solver
import pytest

import multipolar as mp

POLICIES = {
    "tariffs": mp.Tariff("USA", "CHN", rate=1.45)
    + mp.Tariff("CHN", "USA", rate=1.25)
    + mp.Tariff("USA", rate=0.1),
    "embargoes": mp.Embargo("G7", "RUS")
    + mp.Embargo("RUS", "G7", "energy")
    + mp.Embargo("EU", "RUS", "cars", coverage=0.8),
    "productivity and labour": mp.Productivity("CHN", change=-0.05)
    + mp.Productivity("RUS", "energy", change=0.1)
    + mp.LabourSupply("RUS", change=-0.02)
    + mp.Transfer("EU", "UKR", amount=50_000),
    "export tax and trade cost": mp.ExportTax("CHN", "USA", rate=0.5)
    + mp.TradeCost("RUS", "EU", rate=0.3),
}


@pytest.mark.parametrize(
    ("name", "elasticities"), [*((name, (1, 1, 1)) for name in POLICIES),
                               ("embargoes", (0.2, 0, 2))],
)  # fmt: skip
def test_agrees_with_the_plain_solver(world, name, elasticities):
    """The equations by nested loops, cell by cell, against the factored solver."""
    policy = POLICIES[name]
    names = ("materials_elasticity", "input_elasticity", "final_elasticity")
    assumed = mp.Assumptions(**dict(zip(names, elasticities, strict=True)))
    fast = mp.solve(world, policy, assumed, tolerance=1e-12)
    slow = plain_solver.solve(world, policy, elasticities=elasticities)
    np.testing.assert_allclose(slow.real_income, 1 + fast.real_income, rtol=1e-8)
    np.testing.assert_allclose(slow.wage, 1 + fast.wage, rtol=1e-8)
    bought = world.expenditure.values > 0
    np.testing.assert_allclose(slow.price[bought], 1 + fast.price.values[bought], rtol=1e-8)
    np.testing.assert_allclose(slow.trade, fast.trade, rtol=1e-8, atol=1e-30)
