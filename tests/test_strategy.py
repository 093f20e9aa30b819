"""Strategy against closed forms, published tables, finite differences and a plain search."""

import json

import numpy as np
import pytest
import scipy.io
from scipy.optimize import minimize
from typer.testing import CliRunner
from worlds import random_world

import multipolar as mp
from multipolar import strategy
from multipolar.cli import app
from multipolar.report import as_json
from multipolar.scenario import Scenario
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


# --- closed forms --------------------------------------------------------------------------------


@pytest.mark.parametrize("theta", [2.0, 4.0, 9.0])
@pytest.mark.parametrize("sizes", [(1.0, 1.0), (3.0, 1.0), (1.0, 8.0)])
def test_optimal_tariff_of_two_countries(theta, sizes):
    """t = 1 / (theta x the other's spending at home), there (Gros 1987)."""
    world = one_sector(sizes, theta)
    play = strategy.optimal(world, "USA", by="uniform", sectors="*")
    trade = play.after.trade.to_numpy()[0]
    at_home = trade[1, 1] / trade[:, 1].sum()
    assert play.converged
    assert play.tariffs.rate.item() == pytest.approx(1 / (theta * at_home), rel=1e-5)


@pytest.mark.parametrize("theta", [3.0, 8.0])
def test_optimal_tariff_of_a_small_country(theta):
    """1 / theta in the limit; and the same against everyone."""
    world = one_sector((1e-4, 1.0, 2.0, 3.0), theta, home_share=0.999)
    play = strategy.optimal(world, "USA", by="partner", sectors="*")
    np.testing.assert_allclose(play.tariffs.rate, 1 / theta, rtol=2e-3)


def test_war_of_equals_is_even_and_hurts_and_peace_is_free_trade():
    world = one_sector((1.0, 1.0), 4.0)
    war = strategy.nash(world, ["USA", "CHN"], sectors="*")
    assert war.converged
    assert war.tariffs.rate[0] == pytest.approx(war.tariffs.rate[1], rel=1e-5)
    assert (war.payoffs()["gain against today, %"] < 0).all()
    peace = strategy.cooperate(world, ["USA", "CHN"], sectors="*", disagreement="war")
    np.testing.assert_allclose(peace.tariffs.rate, 0, atol=1e-4)
    bargain = strategy.cooperate(
        world, ["USA", "CHN"], sectors="*", disagreement="war", rule="nash-bargaining"
    )
    np.testing.assert_allclose(bargain.tariffs.rate, 0, atol=1e-4)


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
            benchmark, name, assumptions=FIXED, by="partner-sector", sectors="*",
            political=weights if lobbying else None,
        )
        for name in benchmark.countries
    ]  # fmt: skip
    assert all(play.converged for play in plays)
    median = 100 * np.mean([play.tariffs.rate.median() for play in plays])
    assert median == pytest.approx(printed, abs=1.0 if lobbying else 0.05)
    if not lobbying:
        own = [play.payoffs()["gain against today, %"].item() for play in plays]
        others = [play.incidence().drop(play.players[0]).mean() for play in plays]
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
        benchmark, benchmark.countries, assumptions=FIXED, by="partner-sector", sectors="*",
        several_starts=False,
    )  # fmt: skip
    assert war.converged
    median = 100 * war.tariffs.groupby("player").rate.median().mean()
    assert median == pytest.approx(tariff, abs=0.1)
    assert war.payoffs()["gain against today, %"].mean() == pytest.approx(welfare, abs=0.05)


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
    "how",
    [
        {"by": "uniform"},
        {"by": "partner"},
        {"by": "partner-sector"},
        {"by": "sector", "political": {"steel": 1.5}},
        {"by": "partner", "mirror": {"CHN": 0.5}},
    ],
    ids=str,
)
def test_gradients_of_payoffs_against_finite_differences(how):
    world = random_world(5)
    game = TariffGame(
        world, ["USA"], None, None, sectors="*", partners={"USA": ["CHN", "RUS", "DEU"]}, **how
    )
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
    world = random_world(seed)
    play = strategy.optimal(world, "USA", by="partner-sector", sectors="*", bounds=(0.0, 3.0))
    assert play.converged
    assert play.uphill["USA"] < 1e-6
    game = TariffGame(
        world, ["USA"], None, None, by="partner-sector", sectors="*",
        partners={"USA": ["CHN", "RUS", "DEU"]},
    )  # fmt: skip
    x, box = np.log1p(play.tariffs.rate.to_numpy()), game.box(0.0, 3.0)
    best = float(game(x)[0][0])
    rng = np.random.default_rng(seed)
    for _ in range(20):
        step = np.clip(x + 0.05 * rng.normal(size=x.size), box.low, box.high)
        assert float(game(step)[0][0]) <= best + 1e-12


def test_best_replies_of_a_war_against_a_search_without_derivatives():
    """Nelder-Mead from elsewhere finds no better reply, and the same one."""
    world = random_world(2)
    players = ["USA", "CHN", "RUS"]
    war = strategy.nash(world, players, sectors="*", bounds=(0.0, 3.0))
    assert war.converged
    assert max(war.starts) < 1e-6
    partners = {name: [other for other in players if other != name] for name in players}
    game = TariffGame(world, players, None, None, by="partner", sectors="*", partners=partners)
    x = np.log1p(war.tariffs.rate.to_numpy())
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
    deal = strategy.cooperate(world, players, sectors="*")
    assert deal.converged
    assert (deal.payoffs()["gain against today, %"] > 0).all()
    bargain = strategy.cooperate(world, players, sectors="*", rule="nash-bargaining")
    assert bargain.converged
    assert (bargain.payoffs()["gain against today, %"] > 0).all()
    worst = [play.payoffs()["gain against today, %"].min() for play in (deal, bargain)]
    assert worst[0] >= worst[1] - 1e-6


def test_a_bloc_plays_as_one(world):
    """The EU has one tariff on each partner, none within, and the income of its members."""
    play = strategy.optimal(world, "EU", by="uniform")
    after = play.after.tariff
    assert float(abs(after - play.before.tariff).sel(exporter="DEU", importer="FRA").max()) == 0
    goods = [world.sectors[s] for s in world.pick_goods()]
    of_eu = after.sel(exporter="USA", importer=["DEU", "FRA"], sector=goods)
    assert float(of_eu.max() - of_eu.min()) < 1e-12
    assert play.converged


def test_retaliation_in_kind_lowers_the_optimum(world):
    alone, answered = (
        strategy.optimal(world, "USA", by="uniform", partners=["CHN"], retaliation=answer)
        for answer in (None, {"CHN": 1.0})
    )
    assert answered.tariffs.rate.iloc[0] < alone.tariffs.rate.item()
    assert answered.after.real_income.sel(country="CHN") != alone.after.real_income.sel(
        country="CHN"
    )


def test_an_answer_in_kind_is_never_a_subsidy_and_is_shown(world):
    """From a tariff above the partner's, the answer falls to zero and stops there."""
    today = mp.Tariff("USA", "CHN", rate=1.0) + mp.Tariff("CHN", "USA", rate=0.3)
    play = strategy.optimal(
        world, "USA", policy=today, by="uniform", partners=["CHN"], retaliation={"CHN": 1.0}
    )
    pair = {"exporter": "USA", "importer": "CHN"}
    assert float(play.after.tariff.sel(pair).min()) >= 0
    shown = play.tariffs[play.tariffs.player == "CHN"]
    assert shown.partner.item() == "USA"
    assert 0 <= shown.rate.item() < shown.rate_before.item()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda w: strategy.optimal(w, "USA", retaliation={"USA": 1.0}), "name a partner"),
        (lambda w: strategy.optimal(w, "USA", retaliation={"CHN": -1.0}), "1 answers in kind"),
        (lambda w: strategy.optimal(w, "USA", retaliation={"CHN": np.nan}), "1 answers in kind"),
        (
            lambda w: strategy.deal(
                w, strategy.Terms("USA", "CHN", 0.1), "VNM", siding={"KOR": 0.01}
            ),
            "not among the third",
        ),
        (lambda w: strategy.nash(w, ["USA"]), "two players"),
        (lambda w: strategy.nash(w, ["EU", "DEU"]), "must not overlap"),
        (lambda w: strategy.nash(w, ["USA", "CHNA"]), "did you mean China or CHN"),
        (lambda w: strategy.optimal(w, "USA", by="parner"), "did you mean partner"),
        (lambda w: strategy.optimal(w, "USA", partners=["USA"]), "nobody to tax"),
        (lambda w: strategy.optimal(w, "USA", bounds=(0.0, 145.0)), "fractions"),
        (lambda w: strategy.cooperate(w, ["USA", "CHN"], rule="equal"), "did you mean equal-gains"),
        (lambda w: strategy.deal(w, strategy.Terms("USA", "USA", 0.1)), "its own rival"),
        (lambda w: strategy.deal(w, strategy.Terms("USA", "CHN", 0.1), "USA"), "no third country"),
        (lambda _: strategy.Terms("USA", "CHN", 25), "0.25 = 25 %"),
        (lambda _: strategy.Terms("USA", "CHN", 0.2, retaliation=-1), "0.25 = 25 %"),
    ],
)
def test_wrong_questions_are_refused(world, ask, message):
    with pytest.raises(mp.InputError, match=message):
        ask(world)


def test_fixed_firms_need_value_added(world):
    short = mp.Assumptions(supply="fixed-firms", elasticities={"*": 0.3})
    with pytest.raises(mp.InputError, match="would be profit, but value added in"):
        mp.solve(world, None, short)


# --- deals ---------------------------------------------------------------------------------------

TODAY = mp.Tariff("USA", "*", "*", rate=0.1) + mp.Tariff("USA", "CHN", "*", rate=1.0)


@pytest.fixture(scope="module")
def table():
    world = random_world(11)
    return strategy.deals.Table(world, "USA", "CHN", TODAY)


def ask(**terms):
    world = random_world(11)
    return strategy.deal(world, strategy.Terms("USA", "CHN", **terms), policy=TODAY)


def column(found, key):
    return found.table[strategy.deals.COLUMNS[key]]


def test_nothing_asked_and_nothing_offered_changes_nothing():
    """The benchmark's tariffs are already above the demand; no relief, no retaliation."""
    found = ask(demand=0.0, offer=0.0, retaliation=0.0)
    np.testing.assert_allclose(column(found, "deal"), 0, atol=1e-8)
    assert found.accepting() == list(found.table.index)


def test_relief_without_demand_is_always_taken():
    found = ask(demand=0.0, offer=1.0, retaliation=0.0)
    assert (column(found, "deal") > 0).all()
    assert (column(found, "least") == 0).all()


def test_more_retaliation_never_helps_the_third_country():
    deals = [column(ask(demand=0.3, retaliation=r), "deal") for r in (0.0, 0.2, 0.8)]
    assert (deals[0] >= deals[1] - 1e-9).all()
    assert (deals[1] >= deals[2] - 1e-9).all()


def test_break_evens_are_where_the_country_is_indifferent(table):
    """At the least relief, and at the break-even retaliation, the deal is worth nothing."""
    found = ask(demand=0.3, retaliation=0.1)
    countries = table.world.countries
    checked = 0
    for code, row in found.table.iterrows():
        k = countries.index(code)
        outside = max(
            0.0, *(table.income(k, float(a), 0.0, 0.0)[0] for a in np.linspace(0, 0.3, 5)[1:])
        )
        least = row[strategy.deals.COLUMNS["least"]] / 100
        threat = row[strategy.deals.COLUMNS["break_even"]] / 100
        if 0 < least < 1:
            assert table.income(k, 0.3, least, 0.1)[0] == pytest.approx(outside, abs=2e-5)
            checked += 1
        if 0 < threat < 10:
            assert table.income(k, 0.3, 1.0, threat)[0] == pytest.approx(outside, abs=2e-5)
            checked += 1
    assert checked


def test_the_cost_of_siding_turns_the_answer_where_it_says():
    found = ask(demand=0.3, retaliation=0.1)
    code = found.accepting()[0]
    worth = column(found, "siding")[code] / 100
    world, terms = random_world(11), strategy.Terms("USA", "CHN", 0.3, retaliation=0.1)
    for cost, accepts in ((0.9 * worth, True), (1.1 * worth, False)):
        again = strategy.deal(world, terms, [code], policy=TODAY, siding={code: cost})
        assert (again.accepting() == [code]) is accepts


def test_optimal_retaliation_serves_the_rival_best(table):
    found = ask(demand=0.3, retaliation="optimal")
    for code, row in found.table.iterrows():
        k, chosen = table.world.countries.index(code), row[strategy.deals.COLUMNS["retaliation"]]
        best = table.income(k, 0.3, 1.0, chosen / 100)[2]
        assert all(table.income(k, 0.3, 1.0, r)[2] <= best + 1e-7 for r in (0.0, 0.3, 1.0))


def test_two_leaders_and_followers():
    world = random_world(11)
    moves, equilibria = strategy.two_leaders(
        world, strategy.Terms("USA", "CHN", 0.3), ["RUS", "DEU"], policy=TODAY,
        offers=(0.0, 1.0), threats=(0.0, 0.5),
    )  # fmt: skip
    assert len(moves) == 4
    assert equilibria
    nothing = moves[(moves.iloc[:, 0] == 0) & (moves["agree"] == "")]
    np.testing.assert_allclose(nothing["hegemon, % of real income"], 0, atol=1e-7)


def test_scenario_files_ask(tmp_path):
    """Games and deals of a scenario reach the answers, the JSON and the report; errors the file."""
    path = tmp_path / "asks.toml"
    text = """
title = "asks"
story = "a test"
[questions]
headline = ["USA"]
[[questions.games]]
kind = "optimal"
players = ["USA"]
by = "uniform"
[[questions.games]]
kind = "cooperate"
players = ["USA", "CHN"]
[[questions.deals]]
hegemon = "USA"
rival = "CHN"
demand = 0.1
thirds = ["VNM"]
[[policy]]
id = "a"
act = "tariff"
importer = "USA"
exporter = "CHN"
rate = 0.2
source = "a test"
"""
    path.write_text(text)
    heard = []
    run = Scenario.load(path).run(on_step=heard.append)
    assert [g.kind.split(",")[0] for g in run.games] == ["optimal", "cooperate"]
    assert list(run.deals[0].table.index) == ["VNM"]
    assert len(heard) == 3
    data = as_json(run)
    assert data["games"][0]["status"] == "converged"
    assert "VNM" in data["deals"][0]["countries"]
    assert any(answer["key"].startswith("deal-") for answer in data["answers"])
    path.write_text(text.replace('players = ["USA", "CHN"]', 'players = ["USA"]'))
    with pytest.raises(mp.InputError, match=r"asks.toml.*two players"):
        Scenario.load(path).run()


# --- the command line ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["optimal", "USA", "--by", "uniform", "--partner", "CHN"], "payoffs"),
        (["nash", "USA", "CHN", "--no-starts"], "payoffs"),
        (["cooperate", "USA", "CHN"], "payoffs"),
        (["deal", "VNM", "MEX"], "countries"),
        (["leaders", "VNM"], "moves"),
    ],
    ids=lambda x: x[0] if isinstance(x, list) else "",
)
def test_commands_print_tables_and_json(words, key):
    result = CliRunner().invoke(app, [*words, "--json", "-"])
    assert result.exit_code == 0, result.output
    assert key in json.loads(result.stdout)["result"]


def test_a_report_of_a_war(tmp_path):
    result = CliRunner().invoke(app, ["nash", "USA", "CHN", "--no-starts", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "Nobody's slope exceeds" in " ".join(result.stdout.split())
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert list((tmp_path / "figures").glob("nash-*-map.png"))
