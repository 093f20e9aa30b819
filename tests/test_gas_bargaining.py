"""Coalitions on the gas network, what a link changes, and the deal about Power of Siberia 2."""

from dataclasses import replace
from functools import cache
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

import multipolar as mp
from multipolar.energy import (
    GasAssumptions,
    Network,
    Terms,
    apply,
    break_evens,
    calibrate,
    deals,
    division,
    drawn_terms,
    equilibrium,
    link_worth,
    network_game,
)
from multipolar.energy.chain import Route, chain_game
from multipolar.energy.network import MILLION_USD
from multipolar.games import nucleolus, shapley
from multipolar.policy import CloseLink, OpenLink


@cache
def outlook():
    return calibrate(Network.load(2035), GasAssumptions.long_run())


@cache
def before_the_war():
    return calibrate(Network.load(2021))


# --- the network game -----------------------------------------------------------------------------


@cache
def game():
    return network_game(before_the_war(), ["RUS", "UKR", "DEU", "MNG"])


def test_shapley_efficiency_dummy_and_monotonicity():
    found = game()
    value = found.shapley()
    assert value.sum() == pytest.approx(found.values[-1], rel=1e-9)
    assert found.nucleolus().sum() == pytest.approx(found.values[-1], rel=1e-9)
    assert value["MNG"] == pytest.approx(0.0, abs=1e-3)  # Mongolia has no gas and no pipeline
    assert found.nucleolus()["MNG"] == pytest.approx(0.0, abs=1e-2)
    for m in range(16):
        for k in range(4):
            assert found.values[m | 1 << k] >= found.values[m] - 1e-3


def test_symmetric_players_get_the_same():
    """Two owners of one line without other assets cannot be told apart."""
    market = before_the_war()
    links = market.network.links.copy()
    links.loc["Nord Stream", "owners"] = "ONE+TWO"
    found = network_game(replace(market, network=replace(market.network, links=links)),
                         ["RUS", "ONE", "TWO"])  # fmt: skip
    value, least = found.shapley(), found.nucleolus()
    assert value["ONE"] == pytest.approx(value["TWO"], abs=1e-3)
    assert least["ONE"] == pytest.approx(least["TWO"], abs=1e-1)
    assert value["ONE"] > 0


def test_the_grand_coalition_makes_the_market_s_surplus():
    """With everybody in, the value is the equilibrium's surplus less what all make alone."""
    market = replace(before_the_war(), stocks=np.zeros(len(before_the_war().price)))
    found = network_game(market, ["RUS", "DEU"])
    without = apply(market, [CloseLink("Nord Stream")]).market
    less = network_game(without, ["RUS", "DEU"])
    change = equilibrium(market).total_surplus() - equilibrium(without).total_surplus()
    assert found.values[-1] - less.values[-1] == pytest.approx(change, rel=1e-4)


def test_a_field_without_a_way_out_is_worth_nothing():
    """Norway's contribution to a coalition that its gas cannot reach is no negative cost."""
    market = before_the_war()
    links = market.network.links
    ways = tuple(links.index[(links["from"] == "NOR") & (links["kind"] != "route")])
    shut = apply(market, [CloseLink(ways)]).market
    found = network_game(shut, ["NOR", "RUS", "DEU"])
    assert found.shapley()["NOR"] == pytest.approx(0.0, abs=1e-2)
    sold = market.price * market.production
    most = MILLION_USD * float(sold[market.network.nodes.index.get_loc("NOR")])
    assert network_game(market, ["NOR"]).values[-1] < 2 * most


def test_a_planned_link_is_built_only_by_those_who_can_and_if_it_pays():
    market = outlook()
    cheap = network_game(market, ["RUS", "MNG", "CHN"], {"Power of Siberia 2": 1000.0})
    dear = network_game(market, ["RUS", "MNG", "CHN"], {"Power of Siberia 2": 1e6})
    assert cheap.built[-1] == ("Power of Siberia 2",)
    assert all(not built for built in cheap.built[:-1])  # every one of the three is needed
    assert not any(dear.built)
    worth = link_worth(market, "Power of Siberia 2", ["RUS", "MNG", "CHN"], 1000.0)
    assert worth["shapley"].to_numpy() == pytest.approx(worth["shapley"].iloc[0], rel=1e-3)


def test_a_bypass_weakens_the_transit_state():
    """Mongolia is as needed as the others until Russia and China can go through Kazakhstan."""
    market, players = outlook(), ["RUS", "MNG", "CHN", "KAZ"]
    alone = link_worth(market, "Power of Siberia 2", players, 2000.0)
    bypass = {"Russia-Kazakhstan-China": 2600.0}
    free = link_worth(market, "Power of Siberia 2", players, 2000.0, bypass)
    assert free["shapley"]["MNG"] < alone["shapley"]["MNG"] - 50  # million USD a year
    assert free["shapley_with"]["RUS"] > alone["shapley_with"]["RUS"]
    assert free["shapley"]["KAZ"] < 0  # its own line is worth less beside another


def test_players_that_are_not_there_are_refused():
    market = before_the_war()
    with pytest.raises(mp.InputError, match="'RUSS' owns nothing here; did you mean RUS"):
        network_game(market, ["RUSS", "DEU"])
    with pytest.raises(mp.InputError, match="takes 1 to 12 players, not 13"):
        network_game(market, [str(k) for k in range(13)])
    with pytest.raises(mp.InputError, match="'RUS' is named twice"):
        network_game(market, {"one": ["RUS"], "two": ["RUS"]})
    with pytest.raises(mp.InputError, match="no link 'Nord Strem'"):
        link_worth(market, "Nord Strem", ["RUS", "DEU"])


# --- the nucleolus on known games -----------------------------------------------------------------


def airport(costs):
    """Littlechild & Thompson's (1977) airport game as savings: v(S) = sum of costs less the max."""
    k = len(costs)
    values = np.zeros(1 << k)
    for m in range(1, 1 << k):
        part = [c for j, c in enumerate(costs) if m >> j & 1]
        values[m] = sum(part) - max(part)
    return values


def test_nucleolus_of_a_bankruptcy_is_the_talmud_s():
    """Aumann & Maschler (1985): claims 100, 200, 300 and estates of 100, 200, 300."""
    claims = (100, 200, 300)
    for estate, shares in ((100, (33.333333, 33.333333, 33.333333)), (200, (50, 75, 75)),
                           (300, (50, 100, 150))):  # fmt: skip
        values = np.array([max(0.0, estate - sum(c for j, c in enumerate(claims) if not m >> j & 1))
                           for m in range(8)])  # fmt: skip
        assert nucleolus(values) == pytest.approx(shares, abs=1e-5)


def test_nucleolus_of_gloves_and_of_the_airport():
    gloves = np.array([float(bool(m & 1) and bool(m & 6)) for m in range(8)])  # one left, two right
    assert nucleolus(gloves) == pytest.approx([1, 0, 0], abs=1e-9)
    found = nucleolus(airport([1.0, 2.0, 3.0, 4.0]))
    paid = np.array([1.0, 2.0, 3.0, 4.0]) - found
    # Littlechild's (1974) rule: min over i of (c_i + rest) / (i + 1): 0.5, then 0.75, 1, 1.75 ...
    assert paid.sum() == pytest.approx(4.0)
    assert paid[0] == pytest.approx(0.5, abs=1e-6)
    assert np.all(np.diff(paid) > -1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_nucleolus_against_excesses_sorted(seed):
    """No point nearby has a lexicographically smaller vector of sorted excesses."""
    rng = np.random.default_rng(seed)
    values = np.zeros(32)
    sizes = np.array([m.bit_count() for m in range(32)])
    values[1:] = rng.random(31) * sizes[1:] ** 2
    values[sizes == 1] = 0
    point = nucleolus(values)
    rows = (np.arange(32)[:, None] >> np.arange(5) & 1).astype(float)

    def excesses(x):
        return np.sort((values - rows @ x)[1:-1])[::-1]

    base = excesses(point)
    for _ in range(300):
        step = rng.normal(size=5) * 10 ** rng.uniform(-4, -1)
        other = excesses(point + step - step.mean())
        differs = np.abs(other - base) > 1e-9
        assert other[differs][0] > base[differs][0]


# --- the chain game -------------------------------------------------------------------------------


def chain(**routes):
    return chain_game(
        ["RUS", "UKR", "BLR"], [Route(**r) for r in routes.values()], choke=12.0, slope=0.05,
        production=2.0,
    )  # fmt: skip


UKRAINE = {"owners": ("RUS", "UKR"), "capacity": 70.0, "cost": 0.5, "expansion": 0.3}
BELARUS = {"owners": ("RUS", "BLR"), "capacity": 28.0, "cost": 0.5, "expansion": 1.0}
BYPASS = {"owners": ("RUS",), "capacity": 0.0, "cost": 0.5, "expansion": 1.5}


def test_transit_states_are_strong_without_a_bypass_and_weak_with_it():
    """Hubert & Ikonnikova (2011): options to invest turn the chain's profit to Russia."""
    fixed = chain(u=UKRAINE | {"expansion": np.inf}, b=BELARUS | {"expansion": np.inf})
    free = chain(u=UKRAINE, b=BELARUS, n=BYPASS)
    before, after = (shapley(v) / v[-1] for v in (fixed, free))
    assert before[1] > 0.2
    assert after[1] < 0.5 * before[1]
    assert after[2] < 0.5 * before[2]
    assert after[0] > before[0] + 0.15


def test_the_chain_by_hand():
    """One route, room for 70: p = 12 - 0.05 Q, cost 2.5, so Q = 95 > 70; profit 70 (9.5 - 3.5)."""
    values = chain(u=UKRAINE | {"expansion": np.inf})
    assert values[0b011] == pytest.approx(70 * (12 - 3.5 - 2.5))
    assert values[0b001] == values[0b010] == values[0b101] == 0
    assert values[0b111] == values[0b011]


# --- Power of Siberia 2 ---------------------------------------------------------------------------


def test_the_band_and_its_division():
    found = deals(outlook(), [Terms()])
    shares = division(found, [Terms()]).iloc[0]
    assert found.residual.max() < 1e-8
    assert found.flow[0] == pytest.approx(50.0, abs=1e-3)
    assert 0 < found.low[0] < found.high[0]
    width = (found.high - found.low)[0] * found.flow[0]
    assert width == pytest.approx(found.surplus[0], rel=1e-6)
    for concept in ("nash", "shapley"):
        parts = [shares[f"{concept}_{side}"] for side in ("seller", "transit", "buyer")]
        assert sum(parts) == pytest.approx(found.surplus[0], rel=1e-9)
        assert min(parts) >= 0
    assert found.low[0] < shares["nash_price"] < found.high[0]


def test_the_surplus_is_that_of_the_whole_market():
    """Gains of the three and of all others add up to the change of everybody's surplus."""
    market = outlook()
    found = deals(market, [Terms(running=1.0, onward=1.5)])
    at = market.network.links.index.get_loc("Power of Siberia 2")
    price = market.link_price.copy()
    price[at] = 2.5
    priced = replace(market, link_price=price)
    built = apply(priced, [OpenLink("Power of Siberia 2")]).solve().total_surplus()
    change = built - equilibrium(priced).total_surplus()
    capex = 22e3 * Terms().annuity
    assert found.surplus[0] + found.others[0] == pytest.approx(change - capex, rel=1e-3)


def test_drivers_push_where_they_should():
    changes = {"capex": 5.0, "discount_rate": 0.02, "onward": 0.5, "lng": 1.0, "demand": 0.05,
               "variety": 0.5}  # fmt: skip
    signs = {"capex": -1, "discount_rate": -1, "onward": -1, "lng": 1, "demand": 1, "variety": 1}
    base = Terms()
    found = deals(outlook(), [base, *(base.changed(**{d: getattr(base, d) + c})
                                      for d, c in changes.items())])  # fmt: skip
    for k, driver in enumerate(changes, start=1):
        assert np.sign(found.surplus[k] - found.surplus[0]) == signs[driver], driver
    price = deals(outlook(), [base.changed(lng=-2.0)])
    assert price.surplus[0] < found.surplus[0]


def test_break_evens_are_where_the_line_is_worth_nothing():
    table = break_evens(outlook(), Terms())
    for driver in ("capex", "onward", "variety", "lng"):
        value = float(table["break_even"][driver])
        found = deals(outlook(), [Terms().changed(**{driver: value})])
        assert abs(found.surplus[0]) < 5.0, driver  # million USD a year
    assert table["break_even"]["detour"] > Terms().detour


def test_patience_and_the_detour_decide_who_gets_what():
    market = outlook()
    patient = Terms(patience_buyer=0.05)
    shares = division(deals(market, [Terms(), patient]), [Terms(), patient])
    assert shares["nash_buyer"][1] > shares["nash_buyer"][0]
    assert shares["nash_price"][1] < shares["nash_price"][0]
    easy, hard = Terms(detour=0.0), Terms(detour=1000.0)
    shares = division(deals(market, [easy, hard]), [easy, hard])
    assert shares["nash_transit"][0] == shares["shapley_transit"][0] == 0
    third = shares["shapley_seller"][1]
    assert shares["shapley_transit"][1] == pytest.approx(third, rel=1e-9)  # nobody can go round it


def test_no_surplus_no_deal():
    found = deals(outlook(), [Terms(capex=150.0)])
    shares = division(found, [Terms(capex=150.0)]).iloc[0]
    assert found.surplus[0] < 0
    assert found.low[0] > found.high[0]
    assert shares[["nash_seller", "nash_transit", "nash_buyer"]].sum() == 0
    assert np.isnan(shares["nash_price"])


def test_draws_cover_their_ranges_and_are_the_same_each_time():
    drawn, again = (drawn_terms(Terms(), 50, seed=1) for _ in range(2))
    assert drawn == again
    capex = np.array([t.capex for t in drawn])
    assert 13.6 <= capex.min() < 15
    assert 32 < capex.max() <= 34
    found = deals(outlook(), drawn[:6])
    one = deals(outlook(), drawn[2:3])
    assert found.surplus[2] == pytest.approx(one.surplus[0], rel=1e-4)
    with pytest.raises(mp.InputError, match="no such driver; did you mean capex"):
        Terms().changed(capx=1.0)
    with pytest.raises(mp.InputError, match="discount_rate: must lie between"):
        Terms(discount_rate=-0.1)


def test_shapley_of_three_is_the_mean_over_orders():
    values = np.array([0, 0, 0, 0, 0, 3.0, 0, 10.0])
    total = np.zeros(3)
    for order in permutations(range(3)):
        mask = 0
        for k in order:
            total[k] += values[mask | 1 << k] - values[mask]
            mask |= 1 << k
    assert shapley(values) == pytest.approx(total / 6)
    assert pd.Series(total).sum() / 6 == pytest.approx(10.0)
