"""The gas network: laws, another program, a case solved by hand, what happened in 2022 and 2023."""

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scripts

import multipolar as mp
from multipolar.cli import main
from multipolar.energy import (
    GasAssumptions,
    Network,
    calibrate,
    equilibrium,
    gas_equilibrium,
    market_of,
    outcomes,
    surplus_change,
)
from multipolar.energy.batch import solve_programs
from multipolar.energy.calibration import incidence, reconcile
from multipolar.energy.changes import apply
from multipolar.energy.equilibrium import _program
from multipolar.energy.network import LINKS, MILLION_USD, NODES
from multipolar.energy.program import solve_program
from multipolar.model import Case
from multipolar.policy import (
    CloseLink,
    GasBan,
    GasDemand,
    GasStocks,
    GasSupply,
    LinkCapacity,
    OpenLink,
    Policy,
)
from multipolar.report.headline import headline
from multipolar.scenario import Scenario

EUROPE = ["GBR", "BNL", "DEU", "FRA", "IBE", "ITA", "CEE", "POB", "BLK"]


def three_nodes(capacity=4.0, loss=0.0):
    """A seller A, a buyer B of its own, and a buyer C behind a pipeline; curves set by hand.

    A produces at marginal cost x; B pays 10 - q, C pays 12 - q; A and B are joined without cost or
    limit, C is reached from A at a cost of 1 and a loss.
    """
    nodes = pd.DataFrame(
        {"name": ["A", "B", "C"], "player": ["A", "B", "C"], "region": "rest",
         "production": [6.0, 0.0, 0.0], "consumption": [0.0, 4.0, 2.0], "stocks": 0.0,
         "price": [4.0, 4.0, 5.0], "latitude": 0.0, "longitude": 0.0},
        index=pd.Index(["A", "B", "C"], name="node"),
    )  # fmt: skip
    links = pd.DataFrame(
        {"kind": "pipeline", "from": ["A", "A"], "to": ["B", "C"], "capacity": [np.inf, capacity],
         "flow": [4.0, 2.0], "cost": [0.0, 1.0], "loss": [0.0, loss], "owners": ["", ""],
         "planned": [np.inf, 8.0], "source": "made up"},
        index=pd.Index(["home", "line"], name="link"),
    )  # fmt: skip
    market = calibrate(Network(nodes, links, 2023, "three"))
    return replace(
        market,
        supply_price=np.zeros(3), supply_slope=np.ones(3),
        demand_price=np.array([0.0, 10.0, 12.0]), demand_slope=np.ones(3),
        link_price=np.array([0.0, 1.0]), link_slope=np.array([1e-9, 1e-9]),
        capacity=np.array([np.inf, capacity]),
    )  # fmt: skip


@cache
def shipped(year):
    """A calibrated market that ships."""
    network = Network.load(year)
    return calibrate(network, GasAssumptions.long_run() if year > 2025 else None)


# --- laws -----------------------------------------------------------------------------------------


def test_three_nodes_by_hand():
    """Free flow: p = x, 10 - p + 12 - (p + 1) = p, so p = 7; with room for 4, p_A = 6 - ... ."""
    free = equilibrium(three_nodes(capacity=100.0))
    assert free.price == pytest.approx([7.0, 7.0, 8.0], abs=1e-6)
    assert free.flow == pytest.approx([3.0, 4.0], abs=1e-6)
    tight = equilibrium(three_nodes(capacity=2.0))  # x = 2 + 10 - p = p: 6; C pays 12 - 2 = 10
    assert tight.price == pytest.approx([6.0, 6.0, 10.0], abs=1e-6)
    assert tight.scarcity == pytest.approx([0.0, 3.0], abs=1e-6)
    # A tenth is lost on the way: p_C = (p + 1) / 0.9, q_C = 0.9 f.
    lossy = equilibrium(three_nodes(capacity=100.0, loss=0.1))
    f = lossy.flow[1]
    assert lossy.price[2] == pytest.approx(12 - 0.9 * f, abs=1e-6)
    assert 0.9 * lossy.price[2] == pytest.approx(lossy.price[0] + 1, abs=1e-6)


def test_market_power_by_hand():
    """Cournot: A's export to C also counts that it lowers C's price: 12 - 2 q + z0 = p + 1."""
    market = three_nodes(capacity=100.0)
    market = replace(market, assumptions=market.assumptions.changed(conjecture=1.0))
    found = equilibrium(market)
    at_a, at_c = found.price[0], found.price[2]
    # Benchmark sales (B 4, C 2) are the point from which the mark-up counts.
    assert at_c - (found.consumption[2] - 2.0) == pytest.approx(at_a + 1, abs=1e-5)
    assert found.price[1] - (found.consumption[1] - 4.0) == pytest.approx(at_a, abs=1e-5)


@pytest.mark.parametrize("year", [2021, 2022, 2023, 2030, 2035])
def test_the_benchmark_is_an_equilibrium_and_says_how_closely(year):
    market = shipped(year)
    found = equilibrium(market)
    assert found.converged
    assert found.residual < 1e-7
    assert found.gap < 1e-7
    used = market.consumption > 0.1
    assert found.price[used] == pytest.approx(market.price[used], abs=0.02)
    assert found.flow == pytest.approx(market.flow, abs=0.15)


def test_the_benchmark_is_an_equilibrium_under_market_power_too():
    market = shipped(2023)
    market = replace(market, assumptions=market.assumptions.changed(conjecture=1.0))
    found = equilibrium(market)
    used = market.consumption > 1
    assert found.price[used] == pytest.approx(market.price[used], abs=0.05)


def test_balances_hold_and_prices_obey_arbitrage():
    market = shipped(2023)
    found = apply(market, [CloseLink("TurkStream 2")]).solve()
    net = found.production - found.consumption + incidence(market.network) @ found.flow
    assert np.abs(net - market.stocks).max() < 1e-6
    start, end = (market.network.nodes.index.get_indexer(pd.Index(market.network.links[e]))
                  for e in ("from", "to"))  # fmt: skip
    used = (found.flow > 0.01) & np.isfinite(found.price[start] + found.price[end])
    cost = market.transport(found.flow)[0] + found.scarcity
    gap = found.price[end] - found.price[start] - cost
    assert np.abs(gap[used]).max() < 1e-4


def test_more_capacity_never_lowers_the_surplus_of_all():
    market = shipped(2023)
    rng = np.random.default_rng(3)
    names = rng.choice(market.network.links.index, 12, replace=False)
    before = equilibrium(market).total_surplus()
    for name in names:
        more = apply(market, [LinkCapacity(str(name), capacity=5.0, how="add")]).solve()
        less = apply(market, [LinkCapacity(str(name), capacity=0.5, how="scale")]).solve()
        assert more.total_surplus() >= before - 0.5
        assert less.total_surplus() <= before + 0.5


@pytest.mark.parametrize("conjecture", [0.0, 1.0])
def test_surplus_of_all_adds_up_to_the_areas_under_the_curves(conjecture):
    """Consumers, producers, transport and sellers' mark-ups; areas measured by the trapezoid."""
    market = shipped(2023)
    market = replace(market, assumptions=market.assumptions.changed(conjecture=conjecture))
    found = apply(market, [CloseLink("TurkStream 2")]).solve()
    parts = found.surplus().sum()
    steps = np.linspace(0, 1, 4001)

    def area(marginal, quantity):
        return np.trapezoid(np.array([marginal(s * quantity) for s in steps]), steps, axis=0)

    users = area(lambda q: market.demand_price - market.demand_slope * q, found.consumption)
    wells = area(lambda x: np.maximum(market.supply_price + market.supply_slope * x, 0),
                 found.production)  # fmt: skip
    ships = area(lambda f: market.transport(f)[0], found.flow)
    whole = users @ found.consumption - wells @ found.production - ships @ found.flow
    assert parts.sum() == pytest.approx(MILLION_USD * whole, rel=1e-6)
    assert (abs(parts["sellers"]) > 100) == (conjecture > 0)


@pytest.mark.parametrize("year", [2021, 2022, 2023, 2030, 2035])
def test_no_link_costs_less_than_nothing_and_every_curve_rises(year):
    market = shipped(year)
    most = np.where(np.isfinite(market.capacity), market.capacity, 3 * market.flow + 10)
    ladder = np.linspace(0, 1, 200)[:, None] * most
    marginal = np.array([market.transport(step)[0] for step in ladder])
    assert marginal.min() >= 0
    open_links = most > 1e-3
    assert (np.diff(marginal, axis=0) > 0)[:, open_links].all()
    costs = np.array([market.transport(step)[1] for step in ladder])
    assert costs.min() >= 0
    at_benchmark, _ = market.transport(market.flow)
    start, end = (market.network.nodes.index.get_indexer(pd.Index(market.network.links[e]))
                  for e in ("from", "to"))  # fmt: skip
    spread = market.price[end] - market.price[start]
    inside = (market.flow > 1e-3) & (market.flow < 0.98 * market.capacity)
    assert at_benchmark[inside] == pytest.approx(spread[inside], abs=0.05)


def test_a_store_gives_gas_beyond_what_its_place_uses():
    """B's store gives 6 where 4 are burnt: the rest goes on to C; by hand p_B = p_C - 1."""
    market = three_nodes(capacity=100.0)
    links = market.network.links.copy()
    links.loc["line", ["from", "to"]] = ["B", "C"]
    market = replace(market, network=replace(market.network, links=links),
                     stocks=np.array([0.0, -20.0, 0.0]))  # fmt: skip
    for conjecture in (0.0, 1.0):
        market = replace(market, assumptions=market.assumptions.changed(conjecture=conjecture))
        found = equilibrium(market)
        # 20 + p = (10 - p) + (12 - (p + 1)), for A makes p; so p = 1/3.
        assert found.price[1:] == pytest.approx([1 / 3, 4 / 3], abs=1e-3)
        assert found.flow == pytest.approx([1 / 3, 32 / 3], abs=1e-3)
        assert found.sales.to_numpy().sum() == pytest.approx(32 / 3, abs=1e-3)


def test_no_price_falls_below_zero_and_fields_are_shut_in():
    """Norway without its pipes, China without nine tenths of its demand, Korea the same."""
    market = shipped(2023)
    links = market.network.links
    pipes = tuple(links.index[(links["from"] == "NOR") & (links["kind"] == "pipeline")])
    base = equilibrium(market)
    for act, node in ((CloseLink(pipes), "NOR"), (GasDemand("CHN", change=-0.9), "CHN"),
                      (GasDemand("KOR", change=-0.9), "KOR")):  # fmt: skip
        found = apply(market, [act]).solve()
        at = market.network.nodes.index.get_loc(node)
        assert found.residual < 1e-7
        assert np.nanmin(found.price) > -1e-6
        assert found.discarded.max() < 1e-6  # nobody ships what nobody takes
        assert found.price[at] < base.price[at]
        net = found.production - found.consumption - found.discarded
        net += incidence(market.network) @ found.flow
        assert np.abs(net - market.stocks).max() < 1e-6
        assert found.production[at] <= base.production[at]
        producers = found.surplus()["producers"]
        earned = MILLION_USD * np.nan_to_num(found.price) * found.production
        assert (producers <= earned + 1e-3).all()


def test_the_worth_of_a_closed_link_is_what_a_little_capacity_earns():
    """Against a finite difference; a terminal, a pipeline, lines shut by an act or by war."""
    market = apply(shipped(2023), [CloseLink(("TurkStream 2", "LNG to JPN"))]).market
    base = equilibrium(market)
    few = 0.02  # bcm
    for name in ("TurkStream 2", "LNG to JPN", "Nord Stream", "Yamal-Europe II (BY-PL)"):
        more = apply(market, [LinkCapacity(name, capacity=few)]).solve()
        found = (more.total_surplus() - base.total_surplus()) / MILLION_USD / few
        assert base.links()["scarcity"][name] == pytest.approx(found, abs=0.03), name
    assert base.links()["scarcity"]["TurkStream 2"] > 5
    banned = apply(market, [GasBan("RUS", tuple(EUROPE))]).solve()
    assert banned.links()["scarcity"]["TurkStream 2"] == 0


def test_a_shifted_curve_earns_nothing_by_being_shifted():
    market = shipped(2023)
    before = equilibrium(market)
    for act, column in ((GasSupply("NOR", change=0.1), "producers"),
                        (GasStocks("NOR", volume=1.0), "consumers"),
                        (GasDemand("NOR", change=0.1), "consumers")):  # fmt: skip
        change = surplus_change(before, apply(market, [act]).solve())
        assert np.isnan(change.loc["NOR", column])
        assert int(change.isna().to_numpy().sum()) == 1


def test_shocks_have_their_signs():
    market = shipped(2023)
    base = equilibrium(market)
    at = market.network.nodes.index.get_loc("BNL")
    for act, sign in ((GasDemand("Europe", change=0.1), 1), (GasSupply("NOR", change=0.1), -1),
                      (GasStocks("DEU", volume=5.0), 1), (CloseLink("TurkStream 2"), 1),
                      (GasDemand("DEU", change=0.0), 0)):  # fmt: skip
        moved = apply(market, [act]).solve().price[at] - base.price[at]
        assert np.sign(np.round(moved, 4)) == sign, act


def test_a_ban_follows_the_gas_however_it_travels():
    market = shipped(2023)
    found = apply(market, [GasBan("RUS", tuple(EUROPE))]).solve()
    assert found.converged
    routes = found.links().loc[[f"LNG RUL-{n}" for n in ("BNL", "FRA", "IBE")], "flow"]
    assert routes.to_numpy() == pytest.approx(0.0, abs=1e-4)
    assert found.links()["flow"]["Blue Stream + TurkStream 1"] > 10  # Turkey still buys
    assert found.price[market.network.nodes.index.get_loc("DEU")] > 13


# --- other programs -------------------------------------------------------------------------------


def oracle(weight, linear, balance, right, high):
    """The same program stated to cvxpy: the multipliers of its balances."""
    cvxpy = pytest.importorskip("cvxpy")
    free = high > 0
    x = cvxpy.Variable(int(free.sum()))
    cost = cvxpy.sum(cvxpy.multiply(weight[free] / 2, cvxpy.square(x))) + linear[free] @ x
    balances = balance[:, free] @ x == right
    capped = np.flatnonzero(np.isfinite(high[free]))
    limits = [balances, x >= 0, x[capped] <= high[free][capped]]
    problem = cvxpy.Problem(cvxpy.Minimize(cost), limits)
    tight = {"tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}
    problem.solve(solver="CLARABEL", **tight)
    return balances.dual_value


def test_prices_are_those_of_cvxpy():
    """To 1e-6 where gas is burnt, on the hand-made network and on the shipped one."""
    market = three_nodes(capacity=2.0)
    weight, linear, balance, high = _program(market, ["others"], {})
    right = np.zeros(balance.shape[0])
    found = equilibrium(market)
    dual = oracle(weight, linear, balance, right, high)
    assert found.price[1:] == pytest.approx(np.abs(dual[4:6]), abs=1e-6)
    market = apply(shipped(2023), [CloseLink("Ukraine-Slovakia/Hungary")]).market
    weight, linear, balance, high = _program(market, ["others"], {})
    n = len(market.price)
    right = np.zeros(balance.shape[0])
    right[n : 2 * n] = market.stocks
    dual = np.abs(oracle(weight, linear, balance, right, high)[n : 2 * n])
    used = market.consumption > 0.5
    assert equilibrium(market).price[used] == pytest.approx(dual[used], abs=1e-6)


def test_a_batch_finds_what_single_programs_find():
    market = shipped(2035)
    from scipy import sparse

    n = len(market.price)
    eye = sparse.identity(n)
    parts = market.pieces
    ways = incidence(market.network)[:, parts.link]
    balance = sparse.csc_matrix(sparse.hstack([eye, -eye, ways]))
    weight = np.concatenate([market.supply_slope, market.demand_slope, parts.slope])
    linear = np.concatenate([market.supply_price, -market.demand_price, parts.price])
    high = np.concatenate(
        [
            np.where(market.production > 0, np.inf, 0),
            np.where(market.consumption > 0, np.inf, 0),
            parts.room,
        ]
    )
    rng = np.random.default_rng(0)
    many = np.tile(high, (24, 1))
    shut = rng.random((23, len(market.flow))) < 0.4
    many[1:, 2 * n :][shut[:, parts.link]] = 0.0
    found = solve_programs(weight[None], linear[None], balance, market.stocks[None], many)
    assert found.residual.max() < 1e-8
    for k in range(24):
        single = solve_program(weight, linear, balance, market.stocks, many[k])
        assert single.status == "converged"
        value = float(0.5 * weight @ single.x**2 + linear @ single.x)
        assert found.value[k] == pytest.approx(value, rel=1e-8)
        used = (market.consumption > 0.5) & (single.x[n : 2 * n] > 0.5)
        assert found.price[k][used] == pytest.approx(single.price[used], abs=1e-3)


# --- the shipped data -----------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "flows"), [(2021, 3), (2022, 8), (2023, 8)])
def test_reconciling_moves_little(year, flows):
    market = shipped(year)
    seen = market.network.links["flow"]
    flow = reconcile(market.network)[2]
    moved = np.abs(flow - seen)[seen.notna()].sum()
    assert moved < flows  # bcm, of about 800 observed
    there_and_back = flow.sum() - market.flow.sum()  # swaps on paper, netted
    assert -1e-9 < there_and_back < 20
    assert market.moved < 40


def test_every_row_says_where_it_comes_from():
    for year in (2021, 2022, 2023, 2030, 2035):
        network = Network.load(year)
        assert (network.nodes["source"].str.len() > 5).all()
        assert (network.links["source"].str.len() > 5).all()
        assert network.links["source"].str.contains("assumed|Monitor|GEM|BACI").all()
        if year > 2023:
            assert network.links["source"].str.contains("outlook, assumed").all()


def test_units_are_carried_exactly():
    assert mp_per_1000(1.0) == pytest.approx(35.14, abs=0.01)
    assert pytest.approx(37.91) == MILLION_USD
    assert Network.load(2035).links["planned"]["Power of Siberia 2"] == pytest.approx(
        50 * 0.927, abs=1e-3
    )


def mp_per_1000(price):
    from multipolar.energy import per_1000_cubic_metres

    return per_1000_cubic_metres(price)


def test_a_network_of_ones_own_is_read_from_a_folder(tmp_path):
    network = Network.load(2023)
    network.nodes.to_csv(tmp_path / "nodes.csv")
    network.links.to_csv(tmp_path / "links.csv")
    again = Network.from_folder(tmp_path, 2023)
    assert calibrate(again).flow == pytest.approx(calibrate(network).flow)
    with pytest.raises(mp.InputError, match="no such file"):
        Network.from_folder(tmp_path / "nowhere", 2023)
    mine = tmp_path / "mine-2023"
    mine.mkdir()
    for name in ("nodes", "links"):
        (mine / f"{name}.csv").write_text((tmp_path / f"{name}.csv").read_text())
    assert Network.load(str(mine)).year == 2023  # so that a scenario can name it
    with pytest.raises(mp.InputError, match="must end in its year"):
        Network.load(str(tmp_path))


def test_a_network_of_ones_own_needs_no_more_than_its_columns(tmp_path):
    """Exactly the columns of NODES and LINKS; a wrong cell names file, column and row."""
    network = Network.load(2021)
    mine = tmp_path / "mine-2021"
    mine.mkdir()
    network.nodes[list(NODES)].to_csv(mine / "nodes.csv")
    network.links[list(LINKS)].to_csv(mine / "links.csv")
    again = Network.load(str(mine))
    assert (again.links["planned"] == again.links["capacity"]).all()
    assert apply(calibrate(again), [OpenLink("Nord Stream")]).solve().converged
    text = (mine / "links.csv").read_text()
    for cell, message in (("abc", "'Nord Stream' has 'abc', which is no number"),
                          ("", "'Nord Stream' has no number; it must lie between")):  # fmt: skip
        lines = text.splitlines()
        at = next(k for k, line in enumerate(lines) if line.startswith("Nord Stream,"))
        cells = lines[at].split(",")
        cells[4] = cell
        lines[at] = ",".join(cells)
        (mine / "links.csv").write_text("\n".join(lines))
        with pytest.raises(mp.InputError, match=message) as caught:
            Network.load(str(mine))
        assert "capacity" in str(caught.value)
    (mine / "links.csv").write_text("")
    with pytest.raises(mp.InputError, match=r"links.csv: is no table"):
        Network.load(str(mine))


# --- hindcasts ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def script():
    return scripts.script("gas")


def test_hindcast_of_the_shut_off_on_the_data_that_ship(script):
    """Calibrated on 2021. Flexibilities were chosen on 2022; 2023 is out of sample."""
    networks = {year: Network.load(year) for year in (2021, 2022, 2023)}
    first, second = (script.hindcast(networks[2021], networks[year]) for year in (2022, 2023))
    assert first["no_change"] == pytest.approx(0.73, abs=0.02)
    assert first["model"] > 0.90
    assert second["no_change"] == pytest.approx(0.44, abs=0.02)
    assert second["model"] > 0.85
    assert first["lng"] == pytest.approx(1.0, abs=0.05)
    assert first["american"] == pytest.approx(1.0, abs=0.10)


@pytest.fixture(scope="module")
def institute():
    """The networks with the Energy Institute's accounts, which may not be shipped."""
    folder = Path(__file__).parents[2] / "shared" / "data" / "gas" / "prototype"
    if not folder.is_dir():
        pytest.skip("no accounts of the Energy Institute here")
    return {year: with_accounts(folder, year) for year in (2021, 2022, 2023)}


def with_accounts(folder, year):
    """The shipped network with production, consumption and LNG routes of the Energy Institute."""
    network = Network.load(year)
    accounts = pd.read_csv(folder / f"proto_nodes_{year}.csv", index_col=0)
    flows = pd.read_csv(folder / f"proto_reconciled_flows_{year}.csv", index_col=0)
    nodes, links = network.nodes.copy(), network.links.copy()
    inland = [n for n in accounts.index if n in nodes.index]
    nodes.loc[inland, "production"] = accounts.loc[inland, "prod"]
    nodes.loc[inland, "consumption"] = accounts.loc[inland, "cons"]
    net = ["LBY", "MMR", "AFR", "SEA"]  # they also trade with places that the network lacks
    nodes.loc[net, "consumption"] = np.nan
    routes = flows[flows["kind"] == "lng"]
    routes.index = [f"LNG {a}-{b}" for a, b in zip(routes["fr"], routes["to"], strict=True)]
    both = links.index.intersection(routes.index)
    links.loc[both, "flow"] = routes.loc[both, "obs"]
    sold = links[links["kind"] == "route"].groupby("from")["flow"].sum()
    for node, total in sold.items():
        name = f"LNG from {str(node).removesuffix('-x')}"
        links.loc[name, "capacity"] = max(links.loc[name, "capacity"], total)
    landed = links[links["kind"] == "route"].groupby("to")["flow"].sum()
    for node, total in landed.items():
        name = f"LNG to {str(node).removesuffix('-m')}"
        links.loc[name, "capacity"] = max(links.loc[name, "capacity"], total)
    return replace(network, nodes=nodes, links=links)


def test_hindcast_of_the_shut_off_on_the_accounts_of_the_energy_institute(script, institute):
    first, second = (script.hindcast(institute[2021], institute[year]) for year in (2022, 2023))
    assert first["model"] > 0.90
    assert second["model"] > 0.85
    assert first["lng"] == pytest.approx(1.0, abs=0.05)


def test_the_end_of_transit_through_ukraine():
    """January 2025 from 2023: signs; the sizes are in docs/gas.md beside the facts."""
    scenario = Scenario.load("ukraine-transit-ends")
    before, after = outcomes(scenario.case())
    moved = after.links()["flow"] - before.links()["flow"]
    assert moved["Ukraine-Slovakia/Hungary"] < -11
    assert moved["TurkStream 2"] > 0.5
    landed = after.market.network.links["from"].isin([f"{n}-m" for n in EUROPE])
    assert 0.4 < moved[landed].sum() / 11.87 < 0.8


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (CloseLink("Nord Strem"), "no link 'Nord Strem'; did you mean Nord Stream"),
        (GasDemand("Germny", change=0.1), "no node 'Germny'; did you mean Germany"),
        (GasBan("RUSS", "DEU"), "no seller 'RUSS'; did you mean RUS"),
        (OpenLink(("Nord Stream", "Nowhere")), "no link 'Nowhere'"),
    ],
)
def test_an_act_on_what_is_not_there_is_refused(act, message):
    with pytest.raises(mp.InputError, match=message):
        gas_equilibrium(Network.load(2023), act)


def test_acts_that_make_no_sense_are_refused():
    with pytest.raises(mp.InputError, match="below what is possible"):
        LinkCapacity("Nord Stream", capacity=-1.0)
    with pytest.raises(mp.InputError, match="needs a name"):
        CloseLink([])
    with pytest.raises(mp.InputError, match="needs a name"):
        CloseLink(3)


def test_a_network_that_makes_no_sense_is_refused():
    network = Network.load(2023)
    with pytest.raises(mp.InputError, match=r"has no 2024; choose 2021, 2022, 2023, 2030, 2035"):
        Network.load(2024)
    with pytest.raises(mp.InputError, match=r"links.capacity: 'Nord Stream' has -1; it must lie"):
        network.with_links(["Nord Stream"], capacity=-1.0)
    alone = network.with_nodes(["JPN"], production=0.0, consumption=90.0)
    with pytest.raises(mp.InputError, match=r"Japan .JPN. consumes gas but no supply reaches it"):
        alone.with_links(["LNG to JPN"], capacity=0.0)
    with pytest.raises(mp.InputError, match="'Nord Stream' ends at a node that does not exist"):
        network.with_links(["Nord Stream"], to="DEX")
    with pytest.raises(mp.InputError, match="no known kind; did you mean pipeline"):
        network.with_links(["Nord Stream"], kind="pipline")
    with pytest.raises(mp.InputError, match="the column 'capacity' is missing"):
        Network(network.nodes, network.links.drop(columns="capacity"), 2023)
    with pytest.raises(mp.InputError, match="no such assumption; did you mean supply_elasticity"):
        GasAssumptions().changed(suply_elasticity=1.0)
    with pytest.raises(mp.InputError, match="conjecture: must lie between 0 and 1"):
        GasAssumptions(conjecture=2.0)


def test_names_of_nodes_are_no_blocs():
    """A dated scenario dates blocs in selectors; places of the gas network stay as they are."""
    fields = {"title": "t", "network": "gas-2023", "date": "2024-01-01",
              "policy": [{"id": "cold", "act": "gas-demand", "node": "EU", "change": 0.1}],
              "questions": [{"ask": "gas-market"}]}  # fmt: skip
    with pytest.raises(mp.InputError, match=r"policy\.cold.*no node 'EU'; "):
        Scenario.from_data(fields).case()
    fields["policy"][0]["node"] = "Europe"
    assert len(Scenario.from_data(fields).case().policy) == 1


def test_a_scenario_names_the_act_that_the_network_refuses():
    fields = {"title": "t", "network": "gas-2023",
              "policy": [{"id": "shut", "act": "close-link", "link": "Nord Strem"}],
              "questions": [{"ask": "gas-market"}]}  # fmt: skip
    with pytest.raises(mp.InputError, match=r"policy\.shut.*no link 'Nord Strem'"):
        Scenario.from_data(fields).case()
    with pytest.raises(mp.InputError, match=r"network.*no 2024"):
        Scenario.from_data({**fields, "network": "gas-2024"}).case()


# --- scenarios ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["shut-off-2022", "europe-exits", "ukraine-transit-ends"])
def test_a_scenario_about_gas_alone_solves_no_trade(name, monkeypatch):
    def refuse(*_):
        raise AssertionError("trade was solved")

    monkeypatch.setattr("multipolar.model.case.solve", refuse)
    run = Scenario.load(name).run(asks=lambda question: question.kind != "gas-link")
    assert run.converged
    assert all(finding.holds(number) for finding, number in run.verdicts)


def test_acts_on_the_network_and_on_trade_stand_in_one_policy(world):
    policy = Policy((CloseLink("TurkStream 2"), mp.Tariff("USA", "CHN", rate=0.1)))
    case = Case(world, policy, network="gas-2023")
    assert market_of(case) is market_of(case)
    before, after = outcomes(case)
    assert after.links()["flow"]["TurkStream 2"] == pytest.approx(0, abs=1e-9)
    assert before.links()["flow"]["TurkStream 2"] > 10
    wedges = policy.wedges(world)
    assert (wedges.tariff != world.tariff.values).any()
    assert (CloseLink("TurkStream 2").wedges(world).tariff == world.tariff.values).all()


# --- the coupling ---------------------------------------------------------------------------------


def test_dearer_gas_costs_europe_about_its_bill(world):
    """Gas dearer by a fifth and not a molecule less: the loss is near first order, -bill/income."""
    from multipolar.energy import coupled
    from multipolar.questions.asking.reading import income_change

    before = equilibrium(shipped(2023))
    place = before.market.network.nodes.index
    dear = before.price.copy()
    dear[place.get_indexer(pd.Index(EUROPE))] *= 1.2
    found = coupled(Case(world), before, replace(before, price=dear))
    assert found.found == pytest.approx(found.wanted, rel=0.01)
    assert 0.5 < found.scale < 2
    europe = world.pick_countries("EU")
    members = [world.countries[k] for k in europe]
    paid = found.pairs[found.pairs["buyer"] != "GBR"]["dearer"].sum()
    income = found.outcome.values["income_before"][europe].sum()
    loss = float(income_change(found.outcome, np.array(europe))[0])
    assert loss == pytest.approx(-paid / income, rel=1 / 3)
    assert float(found.outcome.real_income.sel(country="NOR")) > 0
    assert len(members) == 27


# --- questions ------------------------------------------------------------------------------------


def ask(world, question, *acts, network):
    case = Case(world, Policy(acts), network=network)
    return question, case, question.ask(case)


def test_replacement_tells_what_is_burnt_from_what_is_stored(world):
    from multipolar.questions.gas_replacement import GasReplacement, shown

    shut = ("TurkStream 2", "Ukraine-Slovakia/Hungary")
    acts = (CloseLink(shut), GasStocks(tuple(EUROPE), volume=51.0))
    question, case, found = ask(world, GasReplacement(), *acts, network="gas-2023")
    change = found.sellers["change"]
    assert change["stores"] == pytest.approx(-51.0)
    assert change["users"] > 0
    assert change.sum() == pytest.approx(0, abs=1e-9)
    rows = shown(found.sellers)
    assert {"users", "stores", "rest"} <= set(rows.index)
    assert rows["change"].sum() == pytest.approx(0, abs=1e-9)
    assert "stores take 51.0 bcm more" in question.say(case, found)[0]


def test_what_tells_no_sellers_apart_refuses_bans_and_shut_lines(world):
    from multipolar.questions.gas_link import GasLink
    from multipolar.questions.power_of_siberia import PowerOfSiberia

    deal, link = PowerOfSiberia(samples=0, drivers=False), GasLink(players=("RUS", "DEU"))
    with pytest.raises(mp.InputError, match=r"a gas-ban on RUS cannot be told.*close-link"):
        ask(world, deal, GasBan("RUS", "CHN"), network="gas-2035")
    with pytest.raises(mp.InputError, match="a gas-ban on RUS cannot be told"):
        ask(world, link, GasBan("RUS", "DEU"), network="gas-2023")
    with pytest.raises(mp.InputError, match="an act shuts 'Power of Siberia 2'"):
        ask(world, deal, CloseLink("Power of Siberia 2"), network="gas-2035")
    with pytest.raises(mp.InputError, match="an act shuts 'Nord Stream'"):
        ask(world, link, CloseLink("Nord Stream"), network="gas-2021")
    with pytest.raises(mp.InputError, match=r"needs an outlook .*, not gas-2023"):
        ask(world, deal, network="gas-2023")
    half = OpenLink("Power of Siberia 2", capacity=25 * 0.927)
    question, case, found = ask(world, deal, half, network="gas-2035")
    assert found.cases["flow"]["as stated"] == pytest.approx(25.0, abs=1e-3)
    assert question.gain(case, found, side="RUS", price="150") < 0
    low = found.cases["low"]["as stated"]
    assert question.gain(case, found, side="RUS", price=str(low)) == pytest.approx(0, abs=1e-6)
    both = sum(question.gain(case, found, side=side, price="200") for side in ("RUS", "CHN"))
    assert both == pytest.approx(found.cases["surplus"]["as stated"], rel=1e-6)


def test_europe_s_exit_in_the_deal_is_a_ban_by_all_ways():
    from multipolar.questions.power_of_siberia import russian_ways

    opened = [OpenLink(("Nord Stream", "Ukraine-Slovakia/Hungary"))]
    market = apply(shipped(2035), opened).market
    closed = apply(market, [CloseLink(russian_ways(market))]).solve()
    banned = apply(market, [GasBan("RUS", tuple(EUROPE))]).solve()
    used = market.consumption > 0.5
    assert closed.price[used] == pytest.approx(banned.price[used], abs=1e-3)


def test_players_with_the_same_number_are_told_together(world):
    from multipolar.questions.gas_link import GasLink

    players = ("RUS", "MNG", "CHN", "KAZ")
    question = GasLink(link="Power of Siberia 2", players=players, outlay=2334.0)
    question, case, found = ask(world, question, network="gas-2035")
    told = question.say(case, found)[0]
    assert "worth the same to Russia, Mongolia and China" in told
    assert "least to Kazakhstan" in told


# --- what a user reads ----------------------------------------------------------------------------

SHUT = {"id": "shut", "act": "close-link", "link": "TurkStream 2"}
TARIFF = {"id": "t", "act": "tariff", "importer": "USA", "exporter": "CHN", "rate": 0.1}


def scenario(*acts, asks=("gas-market",), **more):
    fields = {"title": "t", "network": "gas-2023", "policy": list(acts),
              "questions": [{"ask": kind} for kind in asks]}  # fmt: skip
    return Scenario.from_data(fields | more)


def test_acts_on_gas_need_a_network():
    with pytest.raises(mp.InputError, match=r"network: its acts on gas need .*gas-2035, or a fold"):
        scenario(SHUT, network="").case()


def test_where_no_act_is_on_trade_its_questions_are_skipped_in_a_sentence(monkeypatch):
    def refuse(*_):
        raise AssertionError("trade was solved")

    monkeypatch.setattr("multipolar.model.case.solve", refuse)
    run = scenario(SHUT, asks=("gains", "causes", "gas-market")).run()
    assert [asked.question.kind for asked in run.asked] == ["gas-market"]
    said = headline(run)
    assert (
        "No act here is on trade, so what acts on trade change is not asked (gains, causes)"
        in (said[-2])
    )
    assert "gas market" in said[-1]


@pytest.mark.parametrize("asks", [(), ("gains",)])
def test_acts_on_gas_alone_are_asked_about_gas(asks):
    run = scenario(SHUT, asks=asks).run()
    assert run.only_gas
    assert [asked.question.kind for asked in run.asked] == ["gas-market"]


def test_a_scenario_of_both_kinds_says_how_far_to_trust_both(world):
    run = scenario(SHUT, TARIFF, asks=("gas-market",)).run(world)
    assert [asked.question.kind for asked in run.asked] == ["gains", "gas-market"]
    gas, trade = headline(run)[-2:]
    assert "gas market" in gas
    assert "elasticities" in trade


def test_gas_incomes_count_only_gas_beside_acts_on_trade(world):
    """What a tariff does is no part of it: incomes by gas are nearly those without the tariff."""
    asked = [scenario(*acts, asks=("gas-income",)).run(world).find("gas-income")
             for acts in ((SHUT,), (SHUT, TARIFF))]  # fmt: skip
    alone, beside = (each.found.real_income() for each in asked)
    assert beside.to_numpy() == pytest.approx(alone.to_numpy(), abs=2e-5)
    assert abs(alone).max() > 1e-4
    tariff = mp.solve(world, mp.Tariff("USA", "CHN", rate=0.1), mp.Assumptions(horizon=1.0))
    without = asked[1].found.without
    assert without.real_income.to_numpy() == pytest.approx(tariff.real_income.to_numpy(), abs=1e-8)


@pytest.mark.parametrize(
    ("of", "message"),
    [({"link": "Nord Strem"}, r"findings.1.of.*no link 'Nord Strem'; did you mean Nord Stream"),
     ({"node": "Germny"}, r"findings.1.of.*no node 'Germny'; did you mean Germany")],
)  # fmt: skip
def test_a_finding_about_what_is_not_there_is_refused_first(of, message):
    measure = "gas-market.flow" if "link" in of else "gas-market.price"
    finding = {"says": "x", "measure": measure, "of": of, "sign": "+", "because": "y"}
    with pytest.raises(mp.InputError, match=message):
        scenario(SHUT, findings=[finding]).case()


def test_errors_name_the_fields_that_a_user_wrote(world):
    from multipolar.questions.gas_link import GasLink
    from multipolar.questions.gas_replacement import GasReplacement
    from multipolar.questions.power_of_siberia import PowerOfSiberia

    with pytest.raises(mp.InputError, match=r"^buyer: no node 'Germny'"):
        gas_equilibrium(Network.load(2023), GasBan("RUS", "Germny"))
    for question, field in ((GasReplacement(buyers=("Germny",)), "buyers"),
                            (GasLink(bypasses={"Foo": 1.0}), "bypasses"),
                            (PowerOfSiberia(patience=(0.0, 0.1, 0.1)), "patience")):  # fmt: skip
        with pytest.raises(mp.InputError, match=rf"^{field}: "):
            question.ask(Case(world, network=""))


def test_options_about_trade_are_refused_where_only_gas_is_solved(monkeypatch, capsys):
    for option in ("--range", "--draws=5", "--assume=deficits=purged"):
        for command in (("run", "ukraine-transit-ends"), ("gas-market",)):
            monkeypatch.setattr(sys, "argv", ["multipolar", *command, option])
            with pytest.raises(SystemExit) as ended:
                main()
            assert ended.value.code == 2
            assert f"{option.partition('=')[0]}: is about trade" in capsys.readouterr().err


@pytest.mark.parametrize("year", [2030, 2035])
def test_an_outlook_is_drawn(year, tmp_path):
    """Without acts: flows as lines, prices as dots, as in the outlook's own equilibrium."""
    run = scenario(network=f"gas-{year}").run()
    picture = run.answers[0].figures[0]
    assert picture.key == "gas-network"
    assert f"gas-{year}" in picture.source
    assert "outlook assumed" in picture.source
    rows = pd.DataFrame(picture.rows()).set_index("node").iloc[:, -1]
    price = run.asked[0].found.nodes.set_index("name")["price"]
    gap = price["Japan"] - price["Germany"]
    assert rows["Japan"] - rows["Germany"] == pytest.approx(gap, abs=1e-3)
    lines = {line["link"] for line in picture.others["links"]}
    assert "Power of Siberia 1" in lines
    assert "Nord Stream" not in lines
    picture.save(tmp_path / "map.svg")
    assert (tmp_path / "map.svg").stat().st_size > 10_000
