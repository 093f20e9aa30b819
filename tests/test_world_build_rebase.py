"""Worlds made of other worlds: other trade, other tariffs, other groups; and the command."""

import json
import sys
from dataclasses import replace

import numpy as np
import published
import pytest
from test_world_build import CODES, without_tariffs
from worlds import random_policy, random_world, split_country, split_sector

import multipolar as mp
from multipolar.cli import main
from multipolar.world import read_map, read_totals, rebase

ABROAD = ~np.eye(4, dtype=bool)


@pytest.fixture(scope="module")
def small():
    return random_world(5)


def own_totals(world):
    sales = (world.trade / (1 + world.tariff)).sum("sector")
    return sales.where(~np.eye(len(world.countries), dtype=bool))


def apart(one, other):
    """The largest difference of any array, relative to the largest number of its kind."""
    return max(
        np.abs(values - other.arrays()[name]).max() / np.abs(values).max()
        for name, values in one.arrays().items()
    )


# --- rebasing ------------------------------------------------------------------------------------


def test_rebasing_to_its_own_totals_changes_nothing(small, nine):
    for world in (small, nine):
        totals = own_totals(world)
        found = rebase(world, totals, sectors="*")
        assert apart(world, found.world) < 1e-12
        assert found.report.loc["trade of the pairs moved", "value"] < 1e-12
        assert found.report.loc["rounds", "value"] == 0


def test_rebasing_meets_other_totals(small):
    """Totals 10 % up or down are met; outputs and tariffs stay; a free pair may move."""
    rng = np.random.default_rng(1)
    totals = own_totals(small) * rng.uniform(0.9, 1.1, (4, 4))
    totals[3, 0] = np.nan
    found = rebase(small, totals, sectors="*", year=2019)
    world = found.world.check(1e-9)
    met = own_totals(world).values
    asked = ABROAD & np.isfinite(totals.values)
    np.testing.assert_allclose(met[asked], totals.values[asked], rtol=1e-4)
    np.testing.assert_allclose(world.output, small.output, rtol=1e-9)
    np.testing.assert_array_equal(world.tariff, small.tariff)
    assert (world.year, world.name) == (2019, f"{small.name}, rebased to 2019")
    assert found.report.loc["pairs with a total", "value"] == asked.sum()
    assert found.report.loc["totals missed after", "value"] < 1e-4
    moved = (found.pairs["after"] - found.pairs["before"]).abs()
    assert moved.is_monotonic_decreasing
    # A valuation of 2 is the same as totals twice as large.
    twice = rebase(small, totals / 2, sectors="*", valuation=2.0).world
    assert apart(world, twice) < 1e-9


def test_what_cannot_flow_is_reported(small):
    """A pair that trades nothing cannot be scaled up; the report says so."""
    flows = small.trade.values / (1 + small.tariff.values)
    flows = flows.copy()
    flows[:, 0, 1] = 0.0
    closed = mp.World.from_flows(
        small.countries, small.sectors, sales=flows,
        intermediate_use=0 * small.input_share.values, trade_elasticity=[4.0] * 3,
    )  # fmt: skip
    totals = own_totals(closed)
    totals[0, 1] = 1000.0
    report = rebase(closed, totals, sectors="*").report
    row = report.loc["pairs whose total cannot be met, because nothing flows"]
    assert row["value"] == 1
    strange = totals.assign_coords(exporter=["USA", "CHN", "RUS", "GER"])
    with pytest.raises(mp.InputError, match="totals: this world has no country 'GER'"):
        rebase(closed, strange)
    with pytest.raises(mp.InputError, match="totals: must be numbers of zero or more"):
        rebase(closed, -totals)


def test_totals_are_read_from_a_table(tmp_path, small):
    path = tmp_path / "totals.csv"
    path.write_text(
        "# a comment\nexporter,importer,value,year\nUSA,China,10,2017\nUSA,CHN,5,2017\n"
        "USA,CHN,99,2018\nUSA,FRA,7,2017\n"
    )
    totals = read_totals(path, small.countries, 2017)
    assert float(totals.sel(exporter="USA", importer="CHN")) == 15.0
    assert int(np.isfinite(totals).sum()) == 1


def test_totals_are_read_from_baci_s_own_file(tmp_path, small):
    """CEPII's layout: numeric codes, products, thousand dollars; names of codes beside it."""
    (tmp_path / "country_codes_V202501.csv").write_text(
        "country_code,country_name,country_iso2,country_iso3\n156,China,CN,CHN\n842,USA,US,USA\n"
    )
    path = tmp_path / "BACI_HS17_Y2017_V202501.csv"
    path.write_text(
        "t,i,j,k,v,q\n2017,156,842,010121,1500.0,1\n2017,156,842,850440,500.0,2\n2017,842,156,"
        "120190,250.5,3\n"
    )
    totals = read_totals(path, small.countries)
    assert float(totals.sel(exporter="CHN", importer="USA")) == 2.0
    assert float(totals.sel(exporter="USA", importer="CHN")) == 0.2505
    (tmp_path / "country_codes_V202501.csv").unlink()
    with pytest.raises(mp.InputError, match=r"V202501.csv: is a file of BACI, and needs its"):
        read_totals(path, small.countries)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("exporter,importer,worth\nUSA,CHN,1\n", "totals.csv: no column 'value'"),
        ("exporter,importer,value\nUSA,CHN,many\n", "line 2: value: 'many' is not a number"),
        ("exporter,importer,value\nUSA,CHN,-1\n", "line 2: value: -1.0 is not a value of zero"),
        ("exporter,importer,value\nFRA,GBR,1\n", "has no pair of countries that this world has"),
        ("exporter,importer,value\n", "totals.csv: has no rows"),
    ],
)
def test_bad_totals_are_refused_in_one_line(tmp_path, small, text, told):
    path = tmp_path / "totals.csv"
    path.write_text(text)
    with pytest.raises(mp.InputError, match=told):
        read_totals(path, small.countries)


# --- regrouping ----------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", [mp.Assumptions(), mp.Assumptions(deficits="purged")])
def test_solving_and_regrouping_commute_for_twins(small, variant):
    """A country, or a sector, that is two of the same kind: merged before or after, the same.

    Twins face the same policy, so their wages and prices move alike, and what merging averages is
    equal (the condition of exact aggregation). Merging first must give the world's own answer.
    """
    policy = random_policy(2, small, transfers=False)
    whole = mp.solve(small, policy, variant)
    for twins, merged in (
        (split_country(small, "DEU", "BAV", 0.3), {"countries": {"DEU": ["DEU", "BAV"]}}),
        (split_sector(small, "steel", "iron", 0.4), {"sectors": {"steel": ["steel", "iron"]}}),
    ):
        apart_world = mp.World.from_flows(**twins, domestic_tariffs=True)
        again = mp.regroup(apart_world, **merged)
        order = [again.countries.index(code) for code in small.countries]
        np.testing.assert_allclose(
            again.value_added.values[order], small.value_added.values, rtol=1e-12
        )
        alias = {"DEU": ["DEU", "BAV"]} if "countries" in merged else {}
        acts = random_policy(2, small, transfers=False, alias=alias)
        acts = sectors_doubled(acts) if "sectors" in merged else acts
        before = mp.solve(apart_world, acts, variant)
        for code in small.countries:
            expected = float(whole.real_income.sel(country=code))
            assert float(before.real_income.sel(country=code)) == pytest.approx(expected, abs=1e-8)
        if "countries" in merged:
            twin = float(before.real_income.sel(country="BAV"))
            assert twin == pytest.approx(float(whole.real_income.sel(country="DEU")), abs=1e-8)
        after = mp.solve(again, policy, variant)
        np.testing.assert_allclose(
            after.real_income.values[order], whole.real_income.values, atol=1e-8
        )


def sectors_doubled(policy):
    """Acts on steel are on its twin too."""

    def wider(act):
        named = getattr(act, "sectors", None)
        return replace(act, sectors=["steel", "iron"]) if named in ("steel", ("steel",)) else act

    return sum((wider(act) for act in policy), mp.Policy())


def test_a_map_of_groups(tmp_path, small):
    path = tmp_path / "map.toml"
    path.write_text('[countries]\nWEST = ["USA", "DEU"]\n[sectors]\ngoods = ["grain", "steel"]\n')
    merged = mp.regroup(small, **read_map(path))
    assert merged.countries == ["WEST", "CHN", "RUS"]
    assert merged.sectors == ["goods", "banking"]
    for text, told in (
        ("[countrys]\n", r"map.toml: countrys: no table of this name; did you mean countries\?"),
        ("[countries]\nEU = 3\n", "map.toml: countries.EU: 3 is not a code, a name, a bloc"),
        ("[countries\n", "map.toml: is not TOML"),
        ("", "map.toml: names no groups"),
    ):
        path.write_text(text)
        with pytest.raises(mp.InputError, match=told):
            read_map(path)


# --- other tariffs as the benchmark --------------------------------------------------------------


def schedule(world, rate):
    levels = np.full(world.tariff.shape, rate)
    return mp.TariffSchedule(levels=levels)


def test_the_same_tariffs_change_nothing(small):
    same = mp.alter_tariffs(small, mp.TariffSchedule(levels=small.tariff.values))
    assert apart(small, same) < 1e-11


def test_altered_tariffs_keep_shares_of_spending(small):
    """Other rates, the same shares at prices with tariff, the same technology and world income."""
    altered = mp.alter_tariffs(small, schedule(small, 0.25)).check(1e-9)
    for name in ("expenditure_share", "input_share", "value_added_share", "consumption_share"):
        np.testing.assert_allclose(
            getattr(altered, name), getattr(small, name), rtol=1e-9, atol=1e-12
        )
    np.testing.assert_allclose(altered.tariff.values[:, ABROAD], 0.25, rtol=1e-12)
    assert float(altered.value_added.sum()) == pytest.approx(float(small.value_added.sum()))
    np.testing.assert_allclose(altered.transfer, small.transfer, rtol=1e-9, atol=1e-6)


def test_altered_tariffs_are_the_limit_of_the_model(small):
    """As trade elasticities fall to zero, the model's own answer comes to AlterTax's."""
    altered = mp.alter_tariffs(small, schedule(small, 0.25))
    gaps = []
    for theta in (0.1, 0.01):
        inert = small.with_elasticity([theta] * 3)
        gaps.append(apart_but_elasticity(
            altered, mp.alter_tariffs(inert, schedule(inert, 0.25), mp.Assumptions())
        ))  # fmt: skip
    assert gaps[1] < 0.2 * gaps[0] < 0.02


def apart_but_elasticity(one, other):
    return max(
        np.abs(values - other.arrays()[name]).max() / np.abs(values).max()
        for name, values in one.arrays().items()
        if name != "trade_elasticity"
    )


def test_the_equilibrium_as_a_benchmark(small):
    """With assumptions, the benchmark is the outcome: solving it again without acts finds it."""
    acts = schedule(small, 0.25)
    altered = mp.alter_tariffs(small, acts, mp.Assumptions())
    trade = mp.solve(small, acts).trade
    np.testing.assert_allclose(altered.trade, trade, rtol=1e-6, atol=1e-3)
    with pytest.raises(mp.InputError, match="does more than change tariffs"):
        mp.alter_tariffs(small, mp.Embargo(exporter="RUS", importer="DEU"))


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "2022_SML.csv"
    published.oecd(without_tariffs(CODES)).to_csv(path)
    return path


def run(monkeypatch, capsys, *words):
    """What the command line prints, and its exit status."""
    monkeypatch.setattr(sys, "argv", ["multipolar", *map(str, words)])
    status = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code or 0
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_world_is_built_and_used(file, tmp_path, monkeypatch, capsys):
    """From OECD's file to a scenario: rebased, taxed, altered and regrouped on the way."""
    origin = without_tariffs(CODES)
    totals = own_totals(origin).to_series().dropna() * 1.02
    totals.rename("value").reset_index().to_csv(tmp_path / "totals.csv", index=False)
    (tmp_path / "tariffs.csv").write_text("importer,exporter,sector,rate\nUSA,CHN,C26,0.2\n")
    (tmp_path / "new.csv").write_text("importer,exporter,sector,rate\nCHN,USA,A01,0.1\n")
    (tmp_path / "map.toml").write_text('[countries]\nEAST = ["CHN", "RUS"]\n')
    out = tmp_path / "mine.nc"
    status, said, _ = run(
        monkeypatch, capsys, "world", "build", file, "--out", out, "--name", "mine",
        "--rebase", tmp_path / "totals.csv", "--tariffs", tmp_path / "tariffs.csv",
        "--alter-tariffs", tmp_path / "new.csv", "--regroup", tmp_path / "map.toml",
        "--json", tmp_path / "moved.json",
    )  # fmt: skip
    assert status == 0
    assert "Rebased: what moved most, bn USD" in said
    assert f"Written: {out}" in said.replace("\n", "")
    world = mp.World.load(out)
    assert (world.name, world.countries) == ("mine", ["EAST", "USA", "DEU"])
    assert json.loads((tmp_path / "moved.json").read_text())["checksum"] == world.checksum
    scenario = tmp_path / "case.toml"
    scenario.write_text(
        f'title = "Mine"\nworld = "{out}"\n[[policy]]\nid = "t"\nact = "tariff"\n'
        'importer = "USA"\nexporter = "EAST"\nrate = 0.1\nsource = "hypothetical"\n'
    )
    assert mp.Scenario.load(scenario).run().outcome.status.startswith("converged")


def test_the_command_still_shows_worlds(file, tmp_path, monkeypatch, capsys):
    out = tmp_path / "mine.nc"
    assert run(monkeypatch, capsys, "world", "build", file, "--out", out)[0] == 0
    for words in (("world", out), ("world", "show", out)):
        status, said, _ = run(monkeypatch, capsys, *words, "--json", "-")
        assert status == 0
        assert json.loads(said)["world"] == "OECD ICIO 2022, release 2025"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["FILE", "--out", "x.txt"], "--out: 'x.txt' is not a file FILE.nc"),
        (["gone_SML.csv", "--out", "x.nc"], "gone_SML.csv: no file of this name"),
        (["FILE", "--out", "x.nc", "--format", "gtap"], "format: no format 'gtap'"),
        (["FILE", "--out", "x.nc", "--rebase", "gone.csv"], "gone.csv: no file of this name"),
        (["FILE", "--out", "x.nc", "--regroup", "gone.toml"], "gone.toml: cannot be read"),
        (["world-2032", "--out", "x.nc"], "did you mean world-2021 or world-2023?"),
    ],
)
def test_the_command_refuses_in_one_line(file, tmp_path, monkeypatch, capsys, words, told):
    monkeypatch.chdir(tmp_path)
    status, _, said = run(
        monkeypatch, capsys, "world", "build", *(file if word == "FILE" else word for word in words)
    )
    assert status == 2
    assert told in said
    assert said.count("\n") == 1
    assert not (tmp_path / "x.nc").exists()
