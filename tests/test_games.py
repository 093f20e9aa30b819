"""Games whose answers are known."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

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
    game = games.bimatrix(mine, mine.T)
    ((x, y),) = game.equilibria
    assert (game.degenerate, game.complete) == (False, True)
    np.testing.assert_allclose([x[1], y[1]], 1.0)


def test_battle_of_the_sexes():
    """Two pure equilibria and one in which each goes to the own favourite with 3/5."""
    found = games.bimatrix(np.array([[3.0, 0.0], [0.0, 2.0]]), np.array([[2.0, 0.0], [0.0, 3.0]]))
    assert sorted(round(float(x[0]), 6) for x, _ in found.equilibria) == [0.0, 0.6, 1.0]


def test_matrices_must_be_alike():
    with pytest.raises(mp.InputError, match="need the same shape, and moves"):
        games.bimatrix(np.zeros((2, 2)), np.zeros((2, 3)))


def test_a_degenerate_game_with_equilibria_of_unequal_support():
    """The row player is indifferent whatever happens: the column player's wish decides.

    Support enumeration, which pairs supports of equal size, misses all but pure strategies here.
    """
    game = games.bimatrix(np.ones((2, 2)), np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert (game.degenerate, game.complete) == (True, True)
    found = {(round(float(x[0]), 6), round(float(y[0]), 6)) for x, y in game.equilibria}
    assert found == {(1.0, 1.0), (0.0, 0.0), (0.5, 1.0), (0.5, 0.0)}


def test_a_degenerate_game_from_the_handbook():
    """von Stengel (2002), a 3 x 2 game: one corner of three best replies, a set of equilibria."""
    mine = np.array([[3.0, 3.0], [2.0, 5.0], [0.0, 6.0]])
    theirs = np.array([[3.0, 3.0], [2.0, 6.0], [3.0, 1.0]])
    game = games.bimatrix(mine, theirs)
    assert game.degenerate
    found = {tuple(np.r_[x, y].round(6)) for x, y in game.equilibria}
    expected = {
        (1, 0, 0, 1, 0),
        (1, 0, 0, round(2 / 3, 6), round(1 / 3, 6)),
        (0, round(1 / 3, 6), round(2 / 3, 6), round(1 / 3, 6), round(2 / 3, 6)),
    }
    assert expected <= found


@pytest.mark.parametrize("seed", range(25))
def test_equilibria_against_every_pair_of_supports(seed):
    """Brute force: where a linear program finds an equilibrium on supports, one is found there.

    Payoffs of 0, 1 and 2, so that most games are degenerate.
    """
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(1, 4, 2)
    mine, theirs = rng.integers(0, 3, (2, rows, columns)).astype(float)
    game = games.bimatrix(mine, theirs)
    assert game.equilibria
    for x, y in game.equilibria:
        assert games.is_nash(mine, theirs, x, y)
        np.testing.assert_allclose([x.sum(), y.sum()], 1.0)
    for some in subsets(rows):
        for others in subsets(columns):
            exists = reply(mine, some, others) and reply(theirs.T, others, some)
            there = any(
                inside(mine @ y, x, some) and inside(x @ theirs, y, others)
                for x, y in game.equilibria
            )
            assert exists == there, (some, others)


def subsets(count):
    return [s for k in range(1, count + 1) for s in itertools.combinations(range(count), k)]


def reply(payoffs, best, mixed):
    """Whether a mixture of the other side's moves `mixed` makes all of `best` best replies."""
    moves, others = payoffs.shape
    first = payoffs[best[0]]
    end = linprog(
        np.zeros(others),
        A_ub=payoffs - first, b_ub=np.zeros(moves),
        A_eq=np.vstack([payoffs[list(best)] - first, np.ones(others)]),
        b_eq=np.r_[np.zeros(len(best)), 1.0],
        bounds=[(0, None if k in mixed else 0) for k in range(others)],
        method="highs",
    )  # fmt: skip
    return end.success


def inside(payoffs, strategy, moves):
    """Whether a strategy mixes some of the moves, all of which are best replies."""
    best = payoffs >= payoffs.max() - 1e-7
    return bool(best[list(moves)].all()) and set(np.flatnonzero(strategy > 1e-9)) <= set(moves)


@pytest.mark.parametrize("seed", range(6))
def test_a_game_too_large_for_all_equilibria_has_one_all_the_same(seed):
    """Twelve moves a side: by paths, degenerate or not; it says that there may be more."""
    rng = np.random.default_rng(seed)
    draw = (lambda: rng.integers(0, 3, (12, 13)).astype(float)) if seed % 2 else (
        lambda: rng.random((12, 13)))  # fmt: skip
    mine, theirs = draw(), draw()
    game = games.bimatrix(mine, theirs)
    assert not game.complete
    assert game.equilibria
    assert all(games.is_nash(mine, theirs, x, y, 1e-6) for x, y in game.equilibria)


def test_payoffs_must_be_numbers():
    with pytest.raises(mp.InputError, match="payoffs must be finite"):
        games.bimatrix(np.array([[np.nan]]), np.ones((1, 1)))


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
