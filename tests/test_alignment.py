"""Alignment: laws of distances, textbook poles, official totals, tables of others."""

import datetime as dt
import itertools
import math
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from conftest import SHARED
from worlds import random_flows, random_world

import multipolar as mp
from multipolar import alignment
from multipolar.alignment import tables
from multipolar.alignment.attendance import attended, closeness_to_host, missed, roc_area
from multipolar.alignment.blocs import BETWEEN, CORE, EAST, RULES, WEST, RuleName
from multipolar.alignment.clubs import ClubGame, Offers
from multipolar.errors import InputError
from multipolar.model import Case
from multipolar.questions.asking.asked import ask
from multipolar.scenario import Scenario

DAY = dt.date(2025, 5, 6)


@pytest.fixture(scope="module")
def found(world):
    """The five measures among the 80 economies."""
    return alignment.measures(world, DAY)


# --- affinity ------------------------------------------------------------------------------------


def test_distances_are_a_metric():
    apart, error = (table.to_numpy() for table in alignment.distances())
    assert np.array_equal(apart, apart.T)
    assert np.array_equal(error, error.T)
    assert not np.diag(apart).any()
    detour = (apart[:, None, :] + apart[None, :, :]).min(axis=2)  # through the best third state
    assert (apart <= detour + 1e-12).all()


def test_a_pooled_point_is_the_mean_weighted_by_precision():
    point, error = (table.loc["FRA", 2022:2025] for table in tables.ideal_points())
    weight = error**-2
    by_hand = (weight * point).sum() / weight.sum()
    chi_squared = (weight * (point - by_hand) ** 2).sum()
    found = alignment.pooled((2022, 2025)).loc["FRA"]
    assert found["point"] == pytest.approx(by_hand, rel=1e-12)
    assert found["error"] == pytest.approx(math.sqrt(max(chi_squared / 3, 1) / weight.sum()))
    assert alignment.pooled((2022, 2025)).loc["TUR", "years"] == 3  # it has no point for 2025


def test_the_agenda_of_a_year_may_move_and_stretch_all_points(monkeypatch):
    """A year's points count from its mean in its spread: shifting and stretching change nothing."""
    before = alignment.pooled((2022, 2025))
    table = tables.read("ideal-points").copy()
    at, numbers = table["year"] == 2025, ["point", "low", "high"]
    table.loc[at, numbers] = 3 * table.loc[at, numbers] + 2
    monkeypatch.setattr(tables, "read", lambda name: table)
    tables.ideal_points.cache_clear()
    try:
        pd.testing.assert_frame_equal(alignment.pooled((2022, 2025)), before)
    finally:
        tables.ideal_points.cache_clear()


def test_agreement_and_what_is_beyond_chance():
    """By hand, and with kappa of two raters as in the textbook (Cohen 1968, linear weights)."""
    votes = pd.DataFrame(
        [[1, 1, 0, 0.5, 1], [1, 0, 0, 0.5, np.nan], [1, 1, 1, 1, 1]], ["AAA", "BBB", "CCC"]
    )
    mean, error = alignment.agreement(votes)
    assert mean.loc["AAA", "BBB"] == 0.75
    assert error.loc["AAA", "BBB"] == pytest.approx(np.std([1, 0, 1, 1]) / 2)
    assert mean.loc["AAA", "CCC"] == pytest.approx(3.5 / 5)
    # Both cast: A 1 1 0 .5, B 1 0 0 .5; habits A (1/4, 1/4, 1/2), B (1/2, 1/4, 1/4) of 0, .5, 1.
    expected = sum(
        a * b * abs(x - y)
        for x, a in zip((0, 0.5, 1), (0.25, 0.25, 0.5), strict=True)
        for y, b in zip((0, 0.5, 1), (0.5, 0.25, 0.25), strict=True)
    )
    kappa = alignment.beyond_chance(votes)
    assert kappa.loc["AAA", "BBB"] == pytest.approx(1 - 0.25 / expected)
    assert kappa.loc["AAA", "AAA"] == 1
    assert math.isnan(kappa.loc["CCC", "CCC"])


def test_agreement_of_2025_is_that_of_another_table():
    """Agreement with five powers as computed by others from the same votes (their file)."""
    path = SHARED / "affinity" / "unga_2025_agreement.csv"
    if not path.is_file():
        pytest.skip(f"no {path}")
    theirs = pd.read_csv(path, index_col="iso3")
    ours, _ = alignment.agreement(tables.votes_2025())
    for power in ("USA", "CHN", "RUS", "FRA", "IND"):
        column = theirs[f"agree_{power}"].drop(power, errors="ignore").dropna()
        assert np.abs(ours.loc[column.index, power] - column).max() < 2e-4


def test_votes_on_ukraine_are_the_official_totals():
    table = tables.ukraine_votes()
    for date, totals in zip(
        tables.UKRAINE, ((100, 11, 58), (141, 5, 35), (93, 18, 65)), strict=True
    ):
        assert tuple((table[date] == code).sum() for code in (1.0, 0.0, 0.5)) == totals


def test_measures_are_symmetric_and_nobody_without_data_has_one(found):
    for each in found.values():
        values = each.closeness.to_numpy()
        assert np.array_equal(values, values.T, equal_nan=True)
    for voted in ("ideal points", "votes", "Ukraine", "alliance"):
        assert found[voted].closeness.loc[["TWN", "HKG"]].isna().all(axis=None)
    share = alignment.trade_shares(random_world(3))
    assert share.sum(axis=1).to_numpy() == pytest.approx(1)


def test_the_combination_is_a_mean_of_percentiles(found):
    together, known = alignment.combined(found, {"trade": 2.0})
    trade = found["trade"].closeness.to_numpy()
    upper = np.triu_indices(len(trade), 1)
    pairs = trade[upper]
    less = np.array([((pairs < value).mean() + (pairs <= value).mean()) / 2 for value in pairs])
    assert together.to_numpy()[upper] == pytest.approx(less)
    assert (known == 1).all(axis=None)
    all_five, known = alignment.combined(found)
    assert known.loc["TWN", "USA"] == pytest.approx(0.2)  # trade alone
    assert all_five.loc["USA", "GBR"] > all_five.loc["USA", "IDN"]
    with pytest.raises(InputError, match=r"no measure 'vote'.*did you mean"):
        alignment.combined(found, {"vote": 1.0})
    with pytest.raises(InputError, match="needs a weight above zero"):
        alignment.combined(found, {"trade": 0.0})


def test_changes_are_differences_of_distances():
    rows = alignment.changes(["ARG", "TWN"], ["USA"]).set_index("state")
    old, new = (alignment.distances(years)[0] for years in ((2018, 2021), (2022, 2025)))
    before, now = (table.loc["ARG", "USA"] for table in (old, new))
    assert list(rows.index) == ["ARG"]
    assert rows.loc["ARG", "change"] == pytest.approx(now - before)
    with pytest.raises(InputError, match="known from 2014 to 2025"):
        alignment.pooled((2010, 2012))


# --- blocs ---------------------------------------------------------------------------------------


def test_every_rule_can_be_named():
    assert get_args(RuleName) == tuple(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_nobody_without_data_is_assigned(rule):
    sides = alignment.blocs(rule)
    assert sides["bloc"].isin([WEST, EAST, BETWEEN]).all()
    assert "HKG" not in sides.index
    assert ("TWN" in sides.index) == (rule == "sanctions")  # of which it is on the list
    known = sides.dropna(subset=["certainty"])
    assert known["certainty"].between(0, 1).all()
    assert (sides["margin"].dropna() >= 0).all()


def test_a_cut_further_out_takes_nobody_to_a_side():
    near, far = (alignment.blocs("ideal points", cut=cut)["bloc"] for cut in (0.2, 0.5))
    assert set(far.index[far == WEST]) <= set(near.index[near == WEST])
    assert set(near.index[near == BETWEEN]) <= set(far.index[far == BETWEEN])
    ends = alignment.blocs("ideal points").loc[["CHN", *CORE], "bloc"].tolist()
    assert ends == [EAST, *[WEST] * 6]


def test_certainty_is_the_share_of_draws():
    """The default rule's certainty against 20,000 draws of the ideal points."""
    sides = alignment.blocs()
    points = alignment.pooled()
    rng = np.random.default_rng(1)
    draws = points["point"].to_numpy() + points["error"].to_numpy() * rng.normal(
        size=(20_000, len(points))
    )
    at = {state: k for k, state in enumerate(points.index)}
    core = draws[:, [at[state] for state in CORE]].mean(axis=1)
    cut = sides.loc["BRA", "margin"]  # Argentina and Brazil are equally far from the cut
    assert cut == pytest.approx(sides.loc["ARG", "margin"])
    limit = abs(points.loc["ARG", "point"] - points.loc[list(CORE), "point"].mean()) + cut
    for state in ("ARG", "RUS"):
        west = (core - draws[:, at[state]] < limit).mean()
        share = west if sides.loc[state, "bloc"] == WEST else 1 - west
        assert sides.loc[state, "certainty"] == pytest.approx(share, abs=0.015)


def test_who_changes_sides_and_who_disagrees_with_the_vote_of_2022(world):
    states = [state for state in world.countries if state not in ("TWN", "HKG")]
    rules = alignment.by_rules(states, day=DAY)
    assert rules.loc["IND", "ideal points"] == EAST
    assert rules.loc["BRA"].nunique() == 3
    assert not alignment.flips(rules)[["DEU", "BLR", "CZE"]].any()
    odd = alignment.disagreements(states)
    assert {"BRA", "SAU", "ARE"} <= set(odd.index)  # Brazil and the Gulf voted for
    assert "IND" not in odd.index  # it abstained
    assert "SCO" in alignment.memberships(["BLR"], DAY)["BLR"]
    assert "SCO" not in alignment.memberships(["BLR"], dt.date(2023, 1, 1))["BLR"]
    with pytest.raises(InputError, match="no rule 'vote of 2023'"):
        alignment.blocs("vote of 2023")


# --- polarity ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "con", "poles", "second"),
    [
        ([7.0, 0, 0, 0], 1.0, 1.0, 0.0),  # one pole
        ([3.0, 3.0], 0.0, 2.0, 1.0),  # two equal poles and nobody else
        ([3.0, 3.0, 0, 0], math.sqrt(1 / 3), 2.0, 1.0),  # two equal poles among four
        ([2.0] * 9, 0.0, 9.0, 1.0),  # nine equal ones: CON is zero again
        ([3.0, 1.0], 0.5, 1.6, 1 / 3),
    ],
)
def test_poles_of_the_textbook(held, con, poles, second):
    found = alignment.concentration(pd.Series(held))
    assert found["con"] == pytest.approx(con)
    assert found["poles"] == pytest.approx(poles)
    assert found["second_over_first"] == pytest.approx(second)


def test_capabilities_that_make_no_sense():
    for held in ([], [1.0, -1.0], [0.0, 0.0], [1.0, math.nan]):
        with pytest.raises(InputError, match="needs capabilities"):
            alignment.concentration(pd.Series(held, dtype=float))


def test_effective_poles_along_the_years():
    """On fixed samples: 10.3 to 9.1, 5.9 to 6.0, 12.6 to 11.7, as others found from these data."""
    rows = alignment.polarity().query("by == 'state'").set_index(["measure", "year"])["poles"]
    assert rows["GDP", 2018] == pytest.approx(10.3, abs=0.05)
    assert rows["GDP", 2023] == pytest.approx(9.1, abs=0.05)
    assert rows["military spending", 2018] == pytest.approx(5.9, abs=0.05)
    assert rows["military spending", 2024] == pytest.approx(6.0, abs=0.05)
    assert rows["capabilities", 2010] == pytest.approx(12.6, abs=0.05)
    assert rows["capabilities", 2022] == pytest.approx(11.7, abs=0.05)


def test_the_derived_table_is_that_of_the_downloads():
    path = SHARED / "countries" / "cow_nmc_2010_2022.csv"
    if not path.is_file():
        pytest.skip(f"no {path}")
    table = pd.read_csv(path).pivot(index="iso3", columns="year", values="cinc").dropna()
    row = tables.read("concentration").query(
        "measure == 'capabilities' and by == 'state' and year == 2022"
    )
    hhi = (table[2022] ** 2).sum() / table[2022].sum() ** 2
    assert row["hhi"].item() == pytest.approx(hhi, abs=1e-5)


# --- fragmentation -------------------------------------------------------------------------------


def test_gravity_finds_what_was_put_in():
    """Flows that change by exporter, importer and group: the groups' coefficients, exactly."""
    rng = np.random.default_rng(2)
    before = rng.lognormal(0, 2, (12, 12))
    side = np.arange(12) % 3
    between = (side[:, None] == 0) & (side[None] == 1) | (side[:, None] == 1) & (side[None] == 0)
    others = (side[:, None] == 2) | (side[None] == 2)
    effects = rng.lognormal(0, 0.5, (2, 12))
    after = before * effects[0][:, None] * effects[1][None] * np.exp(-0.3 * between + 0.1 * others)
    assert alignment.gravity(before, after, (between, others)) == pytest.approx([-0.3, 0.1])
    assert alignment.gravity(before, 2 * before, (between,)) == pytest.approx([0.0])


def test_a_wall_is_the_trade_costs_that_it_says():
    """One bilateral cost for each sector and direction, laid out one by one."""
    world = random_world(4)
    sides = pd.Series({"USA": WEST, "CHN": EAST, "RUS": EAST})
    built = alignment.wall(Case(world), sides, 0.12, "*").wedges(world)
    theta = world.trade_elasticity.to_series()
    acts = [
        mp.TradeCost(one, other, sector, rate=0.88 ** (-1 / theta[sector]) - 1)
        for sector in world.sectors
        for one, other in (("USA", ["CHN", "RUS"]), (["CHN", "RUS"], "USA"))
    ]
    assert built.trade_cost == pytest.approx(sum(acts, mp.Policy()).wedges(world).trade_cost)
    with pytest.raises(InputError, match=r"write 0.12 for 12 %"):
        alignment.wall(Case(world), sides, 12)
    with pytest.raises(InputError, match="no member"):
        alignment.wall(Case(world), sides.drop("USA"), 0.12)


def test_walls_against_published_numbers(world):
    """The gap to each is told in docs/alignment.md."""
    sides = alignment.blocs(day=DAY)["bloc"]
    _, goods = alignment.fragment(Case(world), sides, (0.12, 1.0))
    _, everything = alignment.fragment(Case(world), sides, (1.0,), "*")
    assert np.expm1(goods["gravity"][0.12]) == pytest.approx(-0.11, abs=0.005)  # Gopinath et al.
    assert -0.05 < everything["world"][1.0] < goods["world"][1.0] < 0  # Goes & Bekkers, with ideas
    assert -0.034 < goods["east_median"][1.0] < -0.02  # Campos et al.: up to 3.4 %


def test_the_lists_of_the_scenarios_are_the_blocs_of_the_rule(world):
    sides = alignment.blocs(day=DAY)["bloc"]
    for scenario in ("friend-shoring", "iron-curtain"):
        for act in Scenario.load(scenario).all_acts():
            (made,) = act.policy()
            for who in (made.exporter, made.importer):
                side = WEST if "USA" in who else EAST
                assert list(who) == [c for c in world.countries if sides.get(c) == side]


# --- the questions -------------------------------------------------------------------------------


def test_on_a_world_without_states_nothing_is_known():
    """A world of labels that are no states: only trade is left, and nobody is assigned."""
    labels = ("AAA", "BBB", "CCC", "DDD")
    case = Case(mp.World.from_flows(**random_flows(3) | {"countries": labels}), date=DAY)
    for kind, fields in (("affinity", {"one": "AAA", "other": "BBB"}), ("blocs", {}),
                         ("polarity", {})):  # fmt: skip
        asked = ask(kind, case, **fields)
        assert asked.converged
        assert asked.answers
    assert ask("blocs", case).found.chosen["bloc"].isna().all()
    assert ask("affinity", case, one="AAA", other="BBB").measure("closeness") > 0


# --- clubs ---------------------------------------------------------------------------------------

OFFERS = Offers(offer=0.5, threat=0.3, neutral=0.4)
THIRDS = ("DEU", "RUS", "IND")  # who comes first is in the European Union


def by_hand(world, profile, offers):
    """Log income of players after a profile, each tariff an act of its own."""
    acts = [mp.Tariff("USA", "CHN", "*", rate=0.0)]
    for player, action in zip(THIRDS, profile, strict=True):
        for hegemon, side in (("USA", action), ("CHN", -action)):
            if side == 1:
                acts.append(mp.Tariff(hegemon, player, "*", rate=1 - offers.offer, how="scale"))
            else:
                rate = offers.threat * (offers.neutral if side == 0 else 1)
                acts.append(mp.Tariff(hegemon, player, "*", rate=rate))
    income = mp.solve(world, sum(acts, mp.Policy())).real_income
    return [math.log1p(float(income.sel(country=player))) for player in THIRDS]


@pytest.fixture(scope="module")
def club_world():
    """Five states, three of them between two hegemons; all its sectors count as goods."""
    return random_world(11, countries=5, sectors=2)


def test_resting_points_are_nash_equilibria_of_all_profiles(club_world):
    """All 27 profiles solved one by one; what the search finds are equilibria among them."""
    game = ClubGame(Case(club_world), OFFERS)
    assert tuple(game.players) == THIRDS
    profiles = list(itertools.product((1, 0, -1), repeat=3))
    incomes = {p: by_hand(club_world, p, OFFERS) for p in profiles}
    assert game.incomes(profiles) == pytest.approx(np.array(list(incomes.values())), abs=1e-9)

    def rests(profile):
        others = [(k, (*profile[:k], a, *profile[k + 1 :])) for k in range(3) for a in (1, 0, -1)]
        return all(incomes[other][k] <= incomes[profile][k] + 1e-9 for k, other in others)

    points = {profile for profile in profiles if rests(profile)}
    found = alignment.clubs(Case(club_world), OFFERS)
    assert {each.profile for each in found.resting} <= points
    assert {each.profile for each in found.resting}


def test_without_weight_income_decides_and_with_all_weight_affinity(club_world, monkeypatch):
    """In between, the break-even weight is where the choice turns."""
    case = Case(club_world)
    free = alignment.clubs(case, OFFERS).resting[1]
    game = ClubGame(case, OFFERS)
    best = [(1, 0, -1)[k] for k in free.worth.argmax(axis=1)]
    assert list(free.profile) == best
    for k, weight in enumerate(free.kappa):
        for factor, home in ((0.99, False), (1.01, True)):
            if weight > 0:
                game.kappa = factor * weight
                choice = (1, 0, -1)[game.payoffs(free.worth)[k].argmax()]
                assert (choice == game.at_home()[k]) == home
    monkeypatch.setitem(ClubGame.incomes.__globals__, "solve_many", None)
    follow = alignment.clubs(case, OFFERS, math.inf)
    assert {each.profile for each in follow.resting} == {game.at_home()}


def test_who_runs_in_circles_is_caught(club_world):
    """Two players of matching pennies never come to rest, and the search says so."""
    game = ClubGame(Case(club_world), OFFERS)

    def pennies(profiles, neutral=None, on_step=None):
        first = np.array([(p[0] == 1) == (p[1] == 1) for p in profiles], dtype=float)
        return np.stack([first, -first, np.array([p[2] == 0 for p in profiles])], axis=1)

    game.incomes = pennies
    found = game.rest(1)
    assert found.profile == ()
    assert found.how == "in turn"


def test_where_neutrality_tips():
    prices = pd.DataFrame(
        [[0.1, 0.2, 0.3], [-0.1, 0.1, 0.2], [-0.3, -0.2, -0.1], [-0.2, -0.1, 0.3]],
        ["AAA", "BBB", "CCC", "DDD"],
        [0.0, 0.5, 1.0],
    )
    tips = alignment.tipping(prices)
    assert tips.dropna().to_dict() == pytest.approx({"AAA": 0, "BBB": 0.25, "DDD": 0.625})
    assert math.isnan(tips["CCC"])


def test_the_price_of_neutrality_is_an_income_forgone(club_world):
    prices, sides = alignment.neutrality(Case(club_world), OFFERS, (0.4,))
    neutral = by_hand(club_world, (0, 0, 0), OFFERS)
    for k, player in enumerate(prices.index):
        joined = {
            side: by_hand(club_world, tuple(side * (j == k) for j in range(3)), OFFERS)[k]
            for side in (1, -1)
        }
        assert sides[player] == max(joined, key=joined.get)
        assert prices.loc[player, 0.4] == pytest.approx(max(joined.values()) - neutral[k], abs=1e-9)


def test_clubs_that_make_no_sense(club_world):
    case = Case(club_world)
    for offers, kappa, message in (
        (Offers(first="FRA"), 0.0, "is not in this world"),
        (Offers(second="USA"), 0.0, "one and the same"),
        (Offers(), -1.0, "zero or more"),
    ):
        with pytest.raises(InputError, match=message):
            alignment.clubs(case, offers, kappa)


# --- the parade of 9 May 2025 --------------------------------------------------------------------


def test_the_area_is_the_share_of_pairs_in_the_right_order():
    closeness = pd.Series([0.1, 0.4, 0.4, 0.9, np.nan], ["AAA", "BBB", "CCC", "DDD", "EEE"])
    # Came: BBB, DDD. Pairs: B-A right, B-C tied, D-A right, D-C right.
    assert roc_area(closeness, ("BBB", "DDD", "EEE")) == pytest.approx(3.5 / 4)
    assert math.isnan(roc_area(closeness, ()))
    assert missed(closeness, ("BBB", "DDD"), 1) == (["BBB"], ["CCC"])


def test_who_came_to_the_parade_is_told_by_affinity(world):
    """At least 0.75 for the three measures together; a chance order would have 0.5."""
    came, closeness = attended(), closeness_to_host(world)
    assert len(came) == 22
    assert not {"LAO", "AZE", "IND", "BIH", "PSE", "VEN"} & set(came)  # not there, or no vote
    assert roc_area(closeness["rank sum"], came) >= 0.75
    far, near = missed(closeness["rank sum"], came)
    assert far[0] == "SVK"  # an ally of the West whose leader came
    assert "IND" in near  # expected, and stayed away over Pakistan
