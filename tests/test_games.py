"""Games whose answers are known."""

import numpy as np
import pytest

import multipolar as mp
from multipolar import games

SIDE = games.Box(np.zeros(2), np.full(2, 10.0), np.ones(2))
EACH = [np.array([0]), np.array([1])]


def cournot(q):
    """Price 12 - Q, costs 3: q = 3 each in equilibrium, 4.5 together as a cartel."""
    price = 12 - q.sum()
    values = q * (price - 3)

    def pull(weights):
        return weights * (price - 3 - q) - (weights @ q - weights * q)

    return values, pull


def test_cournot_equilibrium():
    play = games.nash(cournot, EACH, np.array([1.0, 8.0]), SIDE)
    assert play.converged
    np.testing.assert_allclose(play.actions, 3.0, atol=1e-6)
    np.testing.assert_allclose(play.payoffs, 9.0, atol=1e-6)


def test_an_equilibrium_at_a_bound_is_certified():
    tight = games.Box(np.zeros(2), np.full(2, 2.0), np.ones(2))
    play = games.nash(cournot, EACH, np.array([1.0, 1.0]), tight)
    assert play.converged
    np.testing.assert_array_equal(play.actions, 2.0)


def test_a_game_without_rest_says_so():
    """Matching pennies with smooth stakes: best replies chase one another."""

    def chase(x):
        values = np.array([-((x[0] - x[1]) ** 2), -((x[0] + x[1] - 10) ** 2) * (x[0] != -1)])
        return values, lambda w: np.array(
            [w[0] * -2 * (x[0] - x[1]) + w[1] * -2 * (x[0] + x[1] - 10),
             w[0] * 2 * (x[0] - x[1]) + w[1] * -2 * (x[0] + x[1] - 10)]
        )  # fmt: skip

    play = games.nash(chase, EACH, np.array([1.0, 2.0]), SIDE, max_rounds=5)
    assert not play.converged
    assert play.uphill.max() > 1


def test_maximin_splits_a_cake_evenly():
    """Two who value a cake's parts differently: payoffs equal at the best point."""

    def cake(x):
        return np.array([np.log(1 + 2 * x[0]), np.log(1 + (10 - x[0]))]), lambda w: np.array(
            [w[0] * 2 / (1 + 2 * x[0]) - w[1] / (11 - x[0]), 0.0]
        )

    play = games.maximin(cake, np.array([1.0, 0.0]), SIDE)
    assert play.converged
    assert play.actions[0] == pytest.approx(10 / 3, abs=1e-4)


def test_maximin_where_one_player_gains_from_everything():
    """The binding player alone decides: its own optimum."""

    def lopsided(x):
        return np.array([-((x[0] - 3) ** 2), 50.0 + x[0]]), lambda w: np.array(
            [-2 * w[0] * (x[0] - 3) + w[1], 0.0]
        )

    assert games.maximin(lopsided, np.array([8.0, 0.0]), SIDE).actions[0] == pytest.approx(
        3, abs=1e-4
    )


@pytest.mark.parametrize("power", [[0.5, 0.5], [0.75, 0.25]])
def test_nash_bargain_divides_a_dollar(power):
    """b of the surplus over disagreement (0.3, 0.1), on top of one's own."""
    one = games.Box(np.zeros(1), np.ones(1), np.ones(1))

    def dollar(x):
        return np.array([x[0], 1 - x[0]]), lambda w: np.array([w[0] - w[1]])

    play = games.nash_bargain(dollar, np.array([0.3, 0.1]), np.array([0.0]), one, np.array(power))
    assert play.converged
    assert play.actions[0] == pytest.approx(0.3 + power[0] * 0.6, abs=1e-6)


def test_no_bargain_where_there_is_no_surplus():
    one = games.Box(np.zeros(1), np.ones(1), np.ones(1))

    def dollar(x):
        return np.array([x[0], 1 - x[0]]), lambda w: np.array([w[0] - w[1]])

    assert not games.nash_bargain(dollar, np.array([0.8, 0.4]), np.array([0.5]), one).converged


def test_prisoners_dilemma():
    """Both defect (row and column 1)."""
    mine = np.array([[3.0, 0.0], [5.0, 1.0]])
    ((x, y),) = games.bimatrix(mine, mine.T)
    np.testing.assert_allclose([x[1], y[1]], 1.0)


def test_battle_of_the_sexes():
    """Two pure equilibria and one in which each goes to the own favourite with 3/5."""
    found = games.bimatrix(np.array([[3.0, 0.0], [0.0, 2.0]]), np.array([[2.0, 0.0], [0.0, 3.0]]))
    assert sorted(round(float(x[0]), 6) for x, _ in found) == [0.0, 0.6, 1.0]


def test_matrices_must_be_alike():
    with pytest.raises(mp.InputError, match="must be alike"):
        games.bimatrix(np.zeros((2, 2)), np.zeros((2, 3)))


def test_glove_game():
    """One left glove, two right: Shapley (2/3, 1/6, 1/6), nucleolus (1, 0, 0)."""
    v = games.coalition_values(3, lambda s: float(0 in s and len(s) > 1))
    np.testing.assert_allclose(games.shapley(v), [2 / 3, 1 / 6, 1 / 6])
    np.testing.assert_allclose(games.nucleolus(v), [1, 0, 0], atol=1e-9)


def test_airport_game():
    """Littlechild & Owen (1973): each part of the runway is shared by those who need it."""
    needs = np.array([1.0, 3.0, 7.0, 10.0])
    v = games.coalition_values(4, lambda s: -max(needs[k] for k in s))
    steps = np.diff(needs, prepend=0) / np.arange(4, 0, -1)
    np.testing.assert_allclose(games.shapley(v), -np.cumsum(steps))


@pytest.mark.parametrize(
    ("estate", "shares"),
    [(100, [100 / 3] * 3), (200, [50, 75, 75]), (300, [50, 100, 150])],
)
def test_the_talmuds_bankrupt(estate, shares):
    """Aumann & Maschler (1985): the Mishnah's divisions are the nucleolus."""
    claims = np.array([100.0, 200.0, 300.0])
    v = games.coalition_values(
        3, lambda s: max(0.0, estate - sum(claims[k] for k in range(3) if k not in s))
    )
    np.testing.assert_allclose(games.nucleolus(v), shares, atol=1e-7)


def test_laws_of_the_shapley_value():
    """Efficiency, symmetry, the null player, additivity, on random games."""
    rng = np.random.default_rng(0)
    v, u = (np.r_[0.0, rng.normal(size=31)] for _ in range(2))
    assert games.shapley(v).sum() == pytest.approx(v[-1])
    np.testing.assert_allclose(games.shapley(v + u), games.shapley(v) + games.shapley(u))
    null = np.array([v[m & 15] for m in range(32)])
    assert games.shapley(null)[4] == pytest.approx(0.0)


@pytest.mark.parametrize("v", [np.zeros(3), np.array([1.0, 1.0]), np.zeros(1)])
def test_what_is_no_game_is_refused(v):
    with pytest.raises(mp.InputError, match="2\\^k values"):
        games.shapley(v)
