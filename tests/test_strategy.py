"""Strategy against closed forms, published tables, finite differences and a plain search."""

import numpy as np
import pytest
import scipy.io
from scipy.optimize import minimize
from worlds import random_world

import multipolar as mp
from multipolar import strategy
from multipolar.model import members, nearby
from multipolar.progress import Cancelled
from multipolar.strategy import Tariffs
from multipolar.strategy.bargain import Bargain
from multipolar.strategy.play import with_tariffs
from multipolar.strategy.tariff_game import TariffGame


def one_sector(sizes, theta, home_share=0.7):
    """A balanced, tariff-free world of one sector without inputs."""
    sizes = np.asarray(sizes, dtype=float)
    n = len(sizes)
    sales = (1 - home_share) * np.outer(sizes, sizes) / sizes.sum()
    sales += np.diag(sizes - sales.sum(axis=1))
    names = ["USA", "CHN", "RUS", "DEU"][:n]
    return mp.World.from_flows(
        names, ["grain"], sales=sales[None], intermediate_use=np.zeros((1, 1, n)),
        trade_elasticity=[theta],
    )  # fmt: skip


ALL = Tariffs(sectors="*")
FINE = Tariffs("partner-sector", "*")
UNIFORM = Tariffs("uniform")


# --- closed forms --------------------------------------------------------------------------------


@pytest.mark.parametrize("theta", [2.0, 4.0, 9.0])
@pytest.mark.parametrize("sizes", [(1.0, 1.0), (3.0, 1.0), (1.0, 8.0)])
def test_optimal_tariff_of_two_countries(theta, sizes):
    """t = 1 / (theta x the other's spending at home), there (Gros 1987)."""
    world = one_sector(sizes, theta)
    play = strategy.optimal(mp.Case(world), "USA", Tariffs("uniform", "*"))
    trade = play.after.trade.to_numpy()[0]
    at_home = trade[1, 1] / trade[:, 1].sum()
    assert play.converged
    assert play.tariffs.then.item() == pytest.approx(1 / (theta * at_home), rel=1e-5)


@pytest.mark.parametrize("theta", [3.0, 8.0])
def test_optimal_tariff_of_a_small_country(theta):
    """1 / theta in the limit; and the same against everyone."""
    world = one_sector((1e-4, 1.0, 2.0, 3.0), theta, home_share=0.999)
    play = strategy.optimal(mp.Case(world), "USA", ALL)
    np.testing.assert_allclose(play.tariffs.then, 1 / theta, rtol=2e-3)


def test_war_of_equals_is_even_and_hurts_and_peace_is_free_trade():
    world = one_sector((1.0, 1.0), 4.0)
    war = strategy.nash(mp.Case(world), ["USA", "CHN"], ALL)
    assert war.converged
    assert war.tariffs.then[0] == pytest.approx(war.tariffs.then[1], rel=1e-5)
    assert (war.payoffs()["gain"] < 0).all()
    peace = strategy.cooperate(mp.Case(world), ["USA", "CHN"], ALL, disagreement="war")
    np.testing.assert_allclose(peace.tariffs.then, 0, atol=1e-4)
    ends = (1 + peace.payoffs()["then"]) / (1 + war.payoffs()["then"]) - 1
    np.testing.assert_allclose(peace.payoffs()["gain_over_war"], ends, atol=1e-7)
    bargain = strategy.cooperate(
        mp.Case(world), ["USA", "CHN"], ALL, disagreement="war", rule="nash-bargaining"
    )
    np.testing.assert_allclose(bargain.tariffs.then, 0, atol=1e-4)


# --- Ossa (2014) ---------------------------------------------------------------------------------

FIXED = mp.Assumptions(supply="fixed-firms")


@pytest.fixture(scope="module")
def ossa(papers):
    """The seven regions of Ossa (2014), and his political weights."""
    data = scipy.io.loadmat(papers / "ossa-2014" / "DATA.mat")
    names = ["BRA", "CHN", "EUR", "IND", "JPN", "ROW", "USA"]

    def world(sigma):
        return mp.World.from_flows(
            names, [str(x[0][0]) for x in data["LABELS"]],
            sales=data["TRADE"].reshape(33, 7, 7), intermediate_use=np.zeros((33, 33, 7)),
            tariff=data["TARIFF"].reshape(33, 7, 7), trade_elasticity=sigma - 1, name="Ossa 2014",
        )  # fmt: skip

    return world, data["SIGMA"].ravel(), data["SIGMAALT"][:, 2], data["LAMBDAPOL"].T


@pytest.mark.parametrize(("lobbying", "printed"), [(False, 58.9), (True, 62.4)])
def test_ossas_optimal_tariffs(ossa, lobbying, printed):
    """Average of median optimal tariffs; own gain 2.2 and others' -0.7 without lobbying.

    To the printed digit without lobbying. With it 62.1 comes out: 0.3 points are left (within the
    one point asked for), as how tariff revenue is shared among industries is ours.
    """
    world, sigma, _, weights = ossa
    benchmark = world(sigma)
    plays = [
        strategy.optimal(
            mp.Case(benchmark, assumptions=FIXED), name, FINE,
            political=weights if lobbying else None,
        )
        for name in benchmark.countries
    ]  # fmt: skip
    assert all(play.converged for play in plays)
    median = 100 * np.mean([play.tariffs.then.median() for play in plays])
    assert median == pytest.approx(printed, abs=1.0 if lobbying else 0.05)
    if not lobbying:
        own = [100 * play.payoffs()["gain"].item() for play in plays]
        others = [100 * play.incidence().drop(play.players[0]).mean() for play in plays]
        assert np.mean(own) == pytest.approx(2.2, abs=0.05)
        assert np.mean(others) == pytest.approx(-0.7, abs=0.05)


@pytest.mark.parametrize(
    ("mean_sigma_5", "tariff", "welfare"), [(False, 58.1, -2.4), (True, 34.4, -1.0)]
)
def test_ossas_trade_war(ossa, mean_sigma_5, tariff, welfare):
    """Nash tariffs and mean welfare, with his elasticities and with their mean at five."""
    world, sigma, alternative, _ = ossa
    benchmark = world(alternative if mean_sigma_5 else sigma)
    war = strategy.nash(
        mp.Case(benchmark, assumptions=FIXED), benchmark.countries, FINE, several_starts=False
    )  # fmt: skip
    assert war.converged
    median = 100 * war.tariffs.groupby("player").then.median().mean()
    assert median == pytest.approx(tariff, abs=0.1)
    assert 100 * war.payoffs()["gain"].mean() == pytest.approx(welfare, abs=0.05)


def test_fixed_firms_against_ossas_own_equations(ossa):
    """His system in changes (eqs. 11 to 14), by plain iteration on wages and spending."""
    world, sigma, _, _ = ossa
    w = world(sigma)
    t0, T = w.tariff.values, w.trade.values / (1 + w.tariff.values)
    t1 = t0.copy()
    t1[:, 1, 6] += 0.5
    s = sigma[:, None]
    output = T.sum(axis=2)
    labour = ((s - 1) / s * output).sum(axis=0)
    X = (T * (1 + t0)).sum(axis=(0, 1))
    gamma = T * (1 + t0) / (T * (1 + t0)).sum(axis=1, keepdims=True)
    tau = (1 + t1) / (1 + t0)
    wage, spend = np.ones(7), np.ones(7)
    power = (1 - sigma)[:, None, None]
    for _ in range(4000):
        price = (gamma * tau**power * wage[None, :, None] ** power).sum(axis=1) ** (1 / (1 - s))
        flow = T * tau ** (-s[..., None]) * wage[None, :, None] ** power
        flow = flow * (price ** (s - 1) * spend[None])[:, None, :]
        sold = flow.sum(axis=2)
        new_wage = ((s - 1) / s * sold).sum(axis=0) / labour
        income = labour * wage + (sold / s).sum(axis=0) + (t1 * flow).sum(axis=(0, 1))
        wage, spend = wage**0.7 * new_wage**0.3, spend**0.7 * (income / X) ** 0.3
        spend, wage = spend / wage[0], wage / wage[0]
    share = (T * (1 + t0)).sum(axis=1) / X
    welfare = spend / np.exp((share * np.log(price)).sum(axis=0)) - 1
    ours = mp.solve(w, mp.Tariff("USA", "CHN", "*", rate=0.5), FIXED).real_income
    np.testing.assert_allclose(ours, welfare, atol=1e-8)


# --- certificates --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "how"),
    [
        ("uniform", {}),
        ("partner", {}),
        ("partner-sector", {}),
        ("sector", {"political": {"steel": 1.5}}),
        ("partner", {"mirror": {"CHN": 0.5}}),
    ],
    ids=str,
)
def test_gradients_of_payoffs_against_finite_differences(by, how):
    world = random_world(5)
    game = TariffGame(mp.Case(world), {"USA": ["CHN", "RUS", "DEU"]}, Tariffs(by, "*"), **how)
    x = game.start() + 0.1
    _, pull = game(x)
    ours, h = pull(np.ones(1)), 1e-3
    for k, step in enumerate(h * np.eye(x.size)):
        up, down, far, farther = (float(game(x + m * step)[0][0]) for m in (1, -1, 2, -2))
        slope = (8 * (up - down) - (far - farther)) / (12 * h)
        assert ours[k] == pytest.approx(slope, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_optima_are_summits(seed):
    """No derivative above 1e-6 is left, and a step in any direction costs."""
    world, fine = random_world(seed), Tariffs("partner-sector", "*", (0.0, 3.0))
    play = strategy.optimal(mp.Case(world), "USA", fine)
    assert play.converged
    assert play.uphill["USA"] < 1e-6
    game = TariffGame(mp.Case(world), {"USA": ["CHN", "RUS", "DEU"]}, fine)
    x, box = np.log1p(play.tariffs.then.to_numpy()), game.box()
    best = float(game(x)[0][0])
    rng = np.random.default_rng(seed)
    for _ in range(20):
        step = np.clip(x + 0.05 * rng.normal(size=x.size), box.low, box.high)
        assert float(game(step)[0][0]) <= best + 1e-12


def test_best_replies_of_a_war_against_a_search_without_derivatives():
    """Nelder-Mead from elsewhere finds no better reply, and the same one."""
    world = random_world(2)
    players = ["USA", "CHN", "RUS"]
    war = strategy.nash(mp.Case(world), players, Tariffs("partner", "*", (0.0, 3.0)))
    assert war.converged
    assert max(war.starts) < 1e-6
    partners = {name: [other for other in players if other != name] for name in players}
    game = TariffGame(mp.Case(world), partners, ALL)
    x = np.log1p(war.tariffs.then.to_numpy())
    for k, own in enumerate(game.own):

        def loss(mine, k=k, own=own):
            moved = x.copy()
            moved[own] = np.clip(mine, 0.0, np.log(4.0))
            return -float(game(moved)[0][k])

        plain = minimize(loss, np.full(own.size, 0.4), method="Nelder-Mead",
                         options={"xatol": 1e-7, "fatol": 1e-13, "maxiter": 2000})  # fmt: skip
        np.testing.assert_allclose(np.clip(plain.x, 0, np.log(4.0)), x[own], atol=2e-4)
        assert -plain.fun <= war_payoff(game, x, k) + 1e-10


def war_payoff(game, x, k):
    return float(game(x)[0][k])


def test_an_agreement_leaves_nobody_behind():
    world = random_world(4)
    players = ["USA", "CHN", "DEU"]
    deal = strategy.cooperate(mp.Case(world), players, ALL)
    assert deal.converged
    assert (deal.payoffs()["gain"] > 0).all()
    bargain = strategy.cooperate(mp.Case(world), players, ALL, rule="nash-bargaining")
    assert bargain.converged
    assert (bargain.payoffs()["gain"] > 0).all()
    worst = [play.payoffs()["gain"].min() for play in (deal, bargain)]
    assert worst[0] >= worst[1] - 1e-6


def test_a_bloc_plays_as_one(world):
    """The EU has one tariff on each partner, none within, and the income of its members."""
    play = strategy.optimal(mp.Case(world), "EU", UNIFORM)
    after = play.after.tariff
    assert float(abs(after - play.before.tariff).sel(exporter="DEU", importer="FRA").max()) == 0
    goods = [world.sectors[s] for s in world.pick_goods()]
    of_eu = after.sel(exporter="USA", importer=["DEU", "FRA"], sector=goods)
    assert float(of_eu.max() - of_eu.min()) < 1e-12
    assert play.converged


def test_retaliation_in_kind_lowers_the_optimum(world):
    alone, answered = (
        strategy.optimal(mp.Case(world), "USA", UNIFORM, partners=["CHN"], retaliation=reply)
        for reply in (None, {"CHN": 1.0})
    )
    assert answered.tariffs.then.iloc[0] < alone.tariffs.then.item()
    assert answered.after.real_income.sel(country="CHN") != alone.after.real_income.sel(
        country="CHN"
    )


def test_a_reply_in_kind_is_never_a_subsidy_and_is_shown(world):
    """From a tariff above the partner's, the reply falls to zero and stops there."""
    today = mp.Tariff("USA", "CHN", rate=1.0) + mp.Tariff("CHN", "USA", rate=0.3)
    play = strategy.optimal(
        mp.Case(world, today), "USA", UNIFORM, partners=["CHN"], retaliation={"CHN": 1.0}
    )
    pair = {"exporter": "USA", "importer": "CHN"}
    assert float(play.after.tariff.sel(pair).min()) >= 0
    shown = play.tariffs[play.tariffs.player == "CHN"]
    assert shown.partner.item() == "USA"
    assert 0 <= shown.then.item() < shown.today.item()
    assert shown.reply.all()
    assert not play.tariffs[play.tariffs.player == "USA"].reply.any()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda w: strategy.optimal(w, "USA", retaliation={"USA": 1.0}), "name a partner"),
        (lambda w: strategy.optimal(w, "USA", retaliation={"CHN": -1.0}), "1 replies in kind"),
        (lambda w: strategy.optimal(w, "USA", retaliation={"CHN": np.nan}), "1 replies in kind"),
        (
            lambda w: strategy.deal(
                w, strategy.Terms("USA", "CHN", 0.1), "VNM", siding={"KOR": 0.01}
            ),
            "not among the third",
        ),
        (lambda w: strategy.nash(w, ["USA"]), "two players"),
        (lambda w: strategy.nash(w, ["USA", "CHN", "USA"]), "must not overlap; name each once"),
        (lambda w: strategy.nash(w, ["USA", "CHN"], against="all"), "choose one of players"),
        (lambda w: strategy.optimal(w, "USA", political={"C10T12": -1.0}), "numbers of 0 or more"),
        (lambda w: strategy.optimal(w, "USA", political=np.ones((2, 2))), r"\(sector, country\)"),
        (lambda _: strategy.Choices(offers=()), "offers: give one or more"),
        (lambda _: strategy.Choices(threats=(0.1, 0.1)), "threats: give one or more, each once"),
        (lambda _: strategy.Choices(offers=(25,)), "0.25 = 25 %"),
        (lambda w: strategy.nash(w, ["EU", "DEU"]), "must not overlap"),
        (lambda w: strategy.nash(w, ["USA", "CHNA"]), "did you mean China or CHN"),
        (lambda _: Tariffs("parner"), "did you mean partner"),
        (lambda w: strategy.optimal(w, "USA", partners=["USA"]), "nobody to tax"),
        (lambda _: Tariffs(bounds=(0.0, 145.0)), "fractions"),
        (lambda w: strategy.cooperate(w, ["USA", "CHN"], rule="equal"), "did you mean equal-gains"),
        (lambda w: strategy.deal(w, strategy.Terms("USA", "USA", 0.1)), "its own rival"),
        (lambda w: strategy.deal(w, strategy.Terms("USA", "CHN", 0.1), "USA"), "no third country"),
        (lambda _: strategy.Terms("USA", "CHN", 25), "0.25 = 25 %"),
        (lambda _: strategy.Terms("USA", "CHN", 0.2, retaliation=-1), "0.25 = 25 %"),
    ],
)
def test_wrong_questions_are_refused(world, ask, message):
    with pytest.raises(mp.InputError, match=message):
        ask(mp.Case(world))


def test_fixed_firms_need_value_added(world):
    short = mp.Assumptions(supply="fixed-firms", elasticities={"*": 0.3})
    with pytest.raises(mp.InputError, match="would be profit, but value added in"):
        mp.solve(world, None, short)


# --- deals ---------------------------------------------------------------------------------------

TODAY = mp.Tariff("USA", "*", "*", rate=0.1) + mp.Tariff("USA", "CHN", "*", rate=1.0)


@pytest.fixture(scope="module")
def bargain():
    world = random_world(11)
    return Bargain(mp.Case(world, TODAY), "USA", "CHN")


def ask(**terms):
    world = random_world(11)
    return strategy.deal(mp.Case(world, TODAY), strategy.Terms("USA", "CHN", **terms))


def test_nothing_asked_and_nothing_offered_changes_nothing():
    """The benchmark's tariffs are already above the demand; no relief, no retaliation."""
    found = ask(demand=0.0, offer=0.0, retaliation=0.0)
    np.testing.assert_allclose(found.table["deal"], 0, atol=1e-8)
    assert found.accepting() == list(found.table.index)


def test_relief_without_demand_is_always_taken():
    found = ask(demand=0.0, offer=1.0, retaliation=0.0)
    assert (found.table["deal"] > 0).all()
    assert (found.table["least"] == 0).all()


def test_more_retaliation_never_helps_the_third_country():
    deals = [ask(demand=0.3, retaliation=r).table["deal"] for r in (0.0, 0.2, 0.8)]
    assert (deals[0] >= deals[1] - 1e-9).all()
    assert (deals[1] >= deals[2] - 1e-9).all()


def test_break_evens_are_where_the_country_is_indifferent(bargain):
    """At the least relief, and at the break-even retaliation, the deal is worth nothing."""
    found = ask(demand=0.3, retaliation=0.1)
    countries = bargain.world.countries
    checked = 0
    for code, row in found.table.iterrows():
        k = countries.index(code)
        outside = max(
            0.0, *(bargain.income(k, float(a), 0.0, 0.0)[0] for a in np.linspace(0, 0.3, 5)[1:])
        )
        least = row["least"]
        threat = row["break_even"]
        if 0 < least < 1:
            assert bargain.income(k, 0.3, least, 0.1)[0] == pytest.approx(outside, abs=2e-5)
            checked += 1
        if 0 < threat < 10:
            assert bargain.income(k, 0.3, 1.0, threat)[0] == pytest.approx(outside, abs=2e-5)
            checked += 1
    assert checked


def test_side_by_side_is_one_by_one(monkeypatch):
    """On kernels that all share, and in lock-step: the same deals, roots to their accuracy."""
    terms = {"demand": 0.3, "retaliation": 0.1}
    alone = ask(**terms).table
    monkeypatch.setattr(members, "SMALLEST", 0)
    monkeypatch.setattr(members, "FEWEST", 0)
    with monkeypatch.context() as patch:
        patch.setattr(nearby._Search, "_alone", lambda *_: pytest.fail("was solved alone"))
        together = ask(**terms).table
    assert list(together.index) == list(alone.index)
    roots = ["least", "break_even"]
    np.testing.assert_allclose(together[roots], alone[roots], atol=2e-4)
    for name in set(alone) - set(roots):
        size = max(1.0, np.abs(alone[name]).max())
        np.testing.assert_allclose(together[name] / size, alone[name] / size, atol=1e-9)


def test_moves_near_a_policy_with_export_taxes(monkeypatch):
    """Many tariffs at once against one solve after another, from a policy of every kind."""
    monkeypatch.setattr(members, "SMALLEST", 0)
    world = random_world(11)
    policy = TODAY + mp.ExportTax("CHN", "*", rate=0.2) + mp.Embargo("RUS", "DEU", coverage=0.5)
    model, rng = mp.Case(world, policy).model, np.random.default_rng(0)
    moves = [(rng.permutation(48)[:9], rng.uniform(0, 1, 9)) for _ in range(20)]
    found = nearby.incomes_at(model, moves)
    assert not found.failed
    each = [model.at_tariffs(*move).real_income for move in moves]
    np.testing.assert_allclose(found.real_income, each, rtol=0, atol=1e-10)


def test_a_deal_without_an_equilibrium_is_told_apart(monkeypatch):
    monkeypatch.setattr(nearby.Model, "at_tariffs", fails_for_germany(nearby.Model.at_tariffs))
    found = ask(demand=0.3, retaliation=0.1)
    assert found.failed == {"DEU": "no equilibrium found"}
    assert list(found.table.index) == ["RUS"]


def fails_for_germany(honest):
    """Solve, but for what changes tariffs on goods to or from the fourth country of four."""

    def at_tariffs(model, cells, rates):
        if {3} & {*(cells // 4 % 4), *(cells % 4)}:
            raise mp.NotConverged("no equilibrium found")
        return honest(model, cells, rates)

    return at_tariffs


def test_the_cost_of_siding_turns_the_answer_where_it_says():
    found = ask(demand=0.3, retaliation=0.1)
    code = found.accepting()[0]
    worth = found.table["siding"][code]
    world, terms = random_world(11), strategy.Terms("USA", "CHN", 0.3, retaliation=0.1)
    for cost, accepts in ((0.9 * worth, True), (1.1 * worth, False)):
        again = strategy.deal(mp.Case(world, TODAY), terms, [code], {code: cost})
        assert (again.accepting() == [code]) is accepts


def test_optimal_retaliation_serves_the_rival_best(bargain):
    found = ask(demand=0.3, retaliation="optimal")
    for code, row in found.table.iterrows():
        k, chosen = bargain.world.countries.index(code), row["retaliation"]
        best = bargain.income(k, 0.3, 1.0, chosen)[2]
        assert all(bargain.income(k, 0.3, 1.0, r)[2] <= best + 1e-7 for r in (0.0, 0.3, 1.0))


def test_a_transfer_buys_who_refuses():
    """Million USD: what makes up for the loss, at its income of today."""
    found = ask(demand=0.3, retaliation=0.8).table
    refused = found[~found["accepts"]]
    assert len(refused)
    today = mp.solve(random_world(11), TODAY)
    income = (today.income_before * (1 + today.real_income)).to_series()[refused.index]
    worth = np.expm1(-np.log1p(refused["deal"])) * income
    np.testing.assert_allclose(refused["transfer"], worth, rtol=1e-6)
    assert (found["transfer"][found["accepts"]] == 0).all()
    assert list(found) == list(strategy.DEALS)[1:]


def test_two_leaders_and_followers():
    case = mp.Case(random_world(11), TODAY)
    terms, choices = strategy.Terms("USA", "CHN", 0.3), strategy.Choices((0.0, 1.0), (0.0, 0.5))
    found = strategy.two_leaders(case, terms, ["RUS", "DEU"], choices)
    moves = found.moves
    assert list(moves) == list(strategy.MOVES)
    assert list(zip(moves["offer"], moves["threat"], strict=True)) == [
        (0.0, 0.0), (0.0, 0.5), (1.0, 0.0), (1.0, 0.5),
    ]  # fmt: skip
    nothing = moves[moves["agree"].map(len) == 0]
    assert len(nothing)
    np.testing.assert_allclose(nothing[["hegemon", "rival"]], 0, atol=1e-9)
    leaned = strategy.two_leaders(case, terms, ["RUS", "DEU"], choices, alignment=0.01)
    assert list(leaned.moves["agree"]) == list(moves["agree"])
    np.testing.assert_allclose(
        leaned.moves["hegemon"] - moves["hegemon"], 0.01 * moves["agree"].map(len), atol=1e-12
    )
    worth = moves.set_index(["offer", "threat"])
    assert found.equilibria
    for offers, threats in found.equilibria:
        assert sum(offers.values()) == pytest.approx(1)
        assert sum(threats.values()) == pytest.approx(1)
        no_better(worth["hegemon"], offers, threats)
        no_better(worth["rival"].swaplevel(), threats, offers)


def no_better(worth, mine, theirs):
    """Each move that is played is worth as much as the best against the other's mix."""
    value = {
        move: sum(p * worth[move, other] for other, p in theirs.items())
        for move in worth.index.unique(0)
    }
    for move in mine:
        assert value[move] == pytest.approx(max(value.values()), abs=1e-9)


# --- results, progress ---------------------------------------------------------------------------


def test_the_table_of_tariffs_is_a_mean_by_trade():
    """By hand, from the arrays: a tariff by sector, today's and the one chosen."""
    world, today = random_world(5), mp.Tariff("USA", "CHN", "steel", rate=0.5)
    play = strategy.optimal(mp.Case(world, today), "USA", FINE)
    row = play.table().loc[("USA", "CHN")]
    pair = {"exporter": "CHN", "importer": "USA"}
    trade = world.trade.sel(pair)
    for name, outcome in (("today", play.before), ("then", play.after)):
        mean = float((trade * outcome.tariff.sel(pair)).sum() / trade.sum())
        assert row[name] == pytest.approx(mean)
    assert row["highest"] == pytest.approx(float(play.after.tariff.sel(pair).max()))
    assert set(play.table().reset_index()) <= set(strategy.TARIFFS)
    assert set(play.tariffs) <= set(strategy.TARIFFS)
    assert set(play.payoffs().reset_index()) == set(strategy.PAYOFFS)


def test_nothing_is_solved_twice(monkeypatch):
    """The outcome and the model of a case are asked for once, however many games it plays."""
    from multipolar.model import case as module

    world, solved = random_world(5), []
    for name in ("solve", "differentiable"):
        honest = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *given, f=honest, n=name: (solved.append(n), f(*given))[1]
        )
    case = mp.Case(world, TODAY)
    for _ in range(2):
        strategy.optimal(case, "USA", ALL)
        strategy.deal(case, strategy.Terms("USA", "CHN", 0.1))
    assert solved.count("differentiable") == 1
    assert solved.count("solve") == 3  # today, and each game's tariffs


def test_tariffs_are_chosen_anew_where_some_were_lifted():
    """An act that was lifted in part is a tariff still: it does not add to those chosen."""
    case = mp.Case(random_world(5), TODAY + mp.LabourSupply("RUS", change=-0.1))
    lifted = mp.leverage.lift(case, "steel", "USA", "CHN")
    levels = np.full(case.world.tariff.shape, 0.2)
    wedges = with_tariffs(lifted, levels).wedges(case.world)
    abroad = ~np.eye(4, dtype=bool)
    np.testing.assert_array_equal(wedges.tariff[:, abroad], 0.2)
    assert wedges.labour.any()


@pytest.mark.parametrize(
    "work",
    [
        lambda case, tell: strategy.optimal(case, "USA", ALL, on_step=tell),
        lambda case, tell: strategy.nash(case, ["USA", "CHN"], ALL, on_step=tell),
        lambda case, tell: strategy.cooperate(case, ["USA", "CHN"], ALL, on_step=tell),
        lambda case, tell: strategy.deal(case, strategy.Terms("USA", "CHN", 0.1), on_step=tell),
        lambda case, tell: strategy.two_leaders(
            case, strategy.Terms("USA", "CHN", 0.1), "*", on_step=tell
        ),
    ],
    ids=["optimal", "nash", "cooperate", "deal", "leaders"],
)
def test_work_can_be_called_off(work):
    heard = []

    def impatient(text, done=0, total=0):
        heard.append((text, done, total))
        if len(heard) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        work(mp.Case(random_world(5), TODAY), impatient)
    assert len(heard) == 3
