"""Outcome and assumptions: labels, units, tables, files; what is not found is not told."""

import dataclasses
import json
import sys
from types import SimpleNamespace

import audit
import numpy as np
import pytest
from worlds import COMMON_VARIANTS, random_world

import multipolar as mp
from multipolar.model.catalogue import ASSUMPTIONS
from multipolar.model.outcome import CONTENTS

solve_module = sys.modules["multipolar.model.solve"]  # the package has a function of this name

POLICY = mp.Tariff("USA", "CHN", rate=0.6) + mp.Tariff("CHN", "USA", rate=0.6)


@pytest.fixture(scope="module")
def small():
    return random_world(1)


@pytest.fixture(scope="module")
def outcome(small):
    return mp.solve(small, POLICY)


@pytest.fixture(scope="module")
def unfinished(small):
    return mp.solve(small, POLICY, throw=False, max_iterations=1)


# --- what it holds -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONTENTS)
def test_contents(small, outcome, name):
    """Every array is an attribute with its dims, labels, unit and title, and is finite."""
    dims, unit, title = CONTENTS[name]
    array = getattr(outcome, name)
    labels = {"sector": small.sectors} | dict.fromkeys(
        ("country", "exporter", "importer"), small.countries
    )
    assert array.dims == dims
    assert (array.attrs["units"], array.attrs["long_name"]) == (unit, title)
    assert array.dtype == np.float64
    assert np.isfinite(array).all()
    for dim in dims:
        assert list(array[dim].values) == labels[dim]


def test_an_outcome_says_what_it_rests_on(small, outcome):
    """World and checksum, policy, assumptions, status, residual."""
    assert (outcome.world, outcome.checksum) == ("seed 1", small.checksum)
    assert outcome.policy == repr(POLICY)
    assert outcome.assumptions == mp.Assumptions()
    assert outcome.converged
    assert outcome.status == "converged"
    assert 0 <= outcome.residual <= 1e-10
    assert outcome.iterations > 0
    assert outcome.seconds > 0
    for words in ("converged on seed 1", "United States adds 60 %", "deficits world-gdp"):
        assert words in repr(outcome)
    assert outcome.data.attrs["policy"] == repr(POLICY)
    assert json.loads(outcome.data.attrs["assumptions"]) == mp.Assumptions().as_dict()


def test_unknown_name(outcome):
    """What there is, when what was asked is not."""
    with pytest.raises(AttributeError, match="an outcome has no 'gdp'; it has real_income, "):
        outcome.gdp  # noqa: B018  (asking is the test)


def test_levels_and_changes_agree(outcome):
    """Levels after over levels before are the changes; trade at the border nets tariffs."""
    np.testing.assert_allclose(
        outcome.income / outcome.income_before / (1 + outcome.price_index) - 1,
        outcome.real_income,
        atol=1e-12,
    )
    np.testing.assert_allclose(
        (1 + outcome.wage) / (1 + outcome.price_index) - 1, outcome.real_wage, atol=1e-12
    )
    volume = outcome.output / outcome.output_before / (1 + outcome.unit_cost) - 1
    np.testing.assert_allclose(volume, outcome.output_volume, atol=1e-12)
    border = outcome.border_trade()
    np.testing.assert_allclose(border * (1 + outcome.tariff), outcome.trade)
    abroad = border.sum("sector") * (1 - np.eye(4))
    np.testing.assert_allclose(outcome.exports, abroad.sum("importer"))
    np.testing.assert_allclose(outcome.imports, abroad.sum("exporter"))
    before = outcome.border_trade("before").sum("sector") * (1 - np.eye(4))
    np.testing.assert_allclose(outcome.exports_before, before.sum("importer"))
    np.testing.assert_allclose(outcome.imports_before, before.sum("exporter"))


def test_welfare_is_real_income_where_labour_is_inelastic(outcome):
    """Without a choice of hours nothing is lost but consumption."""
    np.testing.assert_allclose(outcome.welfare, outcome.real_income, atol=1e-12)


def test_welfare_counts_the_cost_of_labour(small):
    """To first order welfare is terms + volume of trade with elastic labour too (envelope theorem).

    The denominator is consumption less the cost of labour, kappa / (1 + kappa) of payroll.
    """
    kappa, errors = 0.5, []
    for step in (2e-3, 1e-3):
        act = mp.Tariff("USA", rate=step) + mp.Tariff("DEU", "CHN", rate=step)
        o = mp.solve(small, act, mp.Assumptions(labour_elasticity=kappa), tolerance=1e-13)
        net = 1 - kappa / (1 + kappa) * small.value_added / o.income_before
        errors.append(np.abs(o.welfare * net - o.terms_of_trade - o.volume_of_trade).max().item())
    assert errors[0] < 1e-4
    assert errors[1] / errors[0] == pytest.approx(1 / 4, abs=0.02)


# --- tables and files ----------------------------------------------------------------------------


def test_table(outcome):
    """A row a country, the largest loss first, numbers as the columns say."""
    table = outcome.table()
    assert list(table.columns) == [
        "real income, % change",
        "consumer prices, % change",
        "wage, % change",
        "exports, % change",
        "imports, % change",
        "tariff revenue, bn USD",
        "terms of trade, % of income",
        "volume of trade, % of income",
    ]
    assert sorted(table.index) == sorted(outcome.countries)
    assert table["real income, % change"].is_monotonic_increasing
    china = table.loc["CHN"]
    assert china["real income, % change"] == 100 * float(outcome.real_income.sel(country="CHN"))
    revenue = float(outcome.tariff_revenue.sel(country="CHN")) / 1e3
    assert china["tariff revenue, bn USD"] == revenue
    assert table.attrs["assumptions"] == outcome.assumptions.sentence()
    assert list(outcome.table(["USA", "CHN"]).index) == ["USA", "CHN"]


@pytest.mark.parametrize(
    "assumptions",
    [
        mp.Assumptions(),
        mp.Assumptions(deficits="purged", horizon=2.5, elasticities={"steel": 3.0}),
        mp.Assumptions(supply="krugman", scale=0.5, scale_of="country", labour_elasticity=0.2),
    ],
)
def test_save_and_load(small, tmp_path, assumptions):
    """An outcome comes back from its file bit for bit, assumptions and all."""
    outcome = mp.solve(small, POLICY, assumptions)
    again = mp.Outcome.load(outcome.save(tmp_path / "outcome.nc"))
    assert repr(again) == repr(outcome)
    assert again.assumptions == outcome.assumptions
    assert (again.residual, again.seconds) == (outcome.residual, outcome.seconds)
    for name in CONTENTS:
        np.testing.assert_array_equal(getattr(again, name), getattr(outcome, name), err_msg=name)
    assert again.table().equals(outcome.table())


def test_files_that_are_no_outcome(small, outcome, tmp_path):
    """A world, half an outcome, and nothing."""
    with pytest.raises(mp.InputError, match="is not an outcome: no variable 'real_income'"):
        mp.Outcome.load(small.save(tmp_path / "world.nc"))
    path = outcome.save(tmp_path / "half.nc")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(mp.InputError, match=r"half\.nc: cannot be read as an outcome: .*truncated"):
        mp.Outcome.load(path)
    with pytest.raises(mp.InputError, match=r"none\.nc: cannot be read \(No such file"):
        mp.Outcome.load(tmp_path / "none.nc")
    with pytest.raises(mp.InputError, match="is not a world: no variable 'expenditure_share'"):
        mp.World.load(outcome.save(tmp_path / "outcome.nc"))


# --- no equilibrium, no numbers ------------------------------------------------------------------


def test_not_converged_raises(small):
    """The status, the residual, and the policy that did it."""
    message = "no equilibrium found: conditions still fail by .* after 1 pass.*; policy: the United"
    with pytest.raises(mp.NotConverged, match=message):
        mp.solve(small, POLICY, max_iterations=1)


@pytest.mark.parametrize(
    "ask",
    [
        lambda o, _: o.real_income,
        lambda o, _: o.data,
        lambda o, _: o.table(),
        lambda o, _: o.exports,
        lambda o, _: o.imports_before,
        lambda o, _: o.border_trade(),
        lambda o, folder: o.save(folder / "outcome.nc"),
    ],
)
def test_not_converged_refuses_numbers(unfinished, tmp_path, ask):
    """With ``throw=False`` an outcome comes back, and says that it has nothing to say."""
    assert not unfinished.converged
    assert unfinished.residual > 1e-10
    assert unfinished.iterations == 1
    with pytest.raises(mp.NotConverged, match="this outcome has no numbers: no equilibrium found"):
        ask(unfinished, tmp_path)


def test_tolerance_is_what_is_left(small):
    """A tighter tolerance leaves a smaller residual."""
    loose, tight = (mp.solve(small, POLICY, tolerance=x) for x in (1e-6, 1e-12))
    assert tight.residual <= 1e-12 < loose.residual <= 1e-6
    np.testing.assert_allclose(loose.real_income, tight.real_income, atol=1e-5)


ALTERED = {
    "NaN": (
        lambda d: d.assign(wage=np.nan * d["wage"]),
        "wage: holds a value that is not a finite number",
    ),
    "dims": (lambda d: d.assign(wage=d["wage"].rename(country="exporter")), "wage: has dims"),
    "labels": (
        lambda d: d.assign_coords(exporter=d["exporter"].values[::-1]),
        "exporter: labels differ from those of 'country'",
    ),
    "status": (
        lambda d: d.assign_attrs(status="lost"),
        "status: is not that of an outcome that converged",
    ),
    "residual": (
        lambda d: d.assign_attrs(residual=np.nan),
        "is not the residual of an equilibrium",
    ),
    "assumed": (lambda d: d.assign_attrs(assumptions="{"), "is not an outcome"),
    "deficit": (lambda d: d.assign_attrs(assumptions='{"deficits": 3}'), "deficits: 3 is not"),
    "missing": (lambda d: d.drop_attrs(deep=False).assign_attrs(status="converged"), "'world'"),
}


@pytest.mark.parametrize("how", ALTERED)
def test_an_altered_file_is_no_outcome(small, tmp_path, how):
    """What could not have been saved is refused, and the file is named."""
    alter, message = ALTERED[how]
    path = tmp_path / "altered.nc"
    alter(mp.solve(small, POLICY).data).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(mp.InputError, match=message) as caught:
        mp.Outcome.load(path)
    assert "altered.nc" in str(caught.value)


def test_without_throwing_an_unpurged_world_is_an_outcome(small, monkeypatch):
    """Deficits that cannot be purged are a status like any other."""
    monkeypatch.setattr(solve_module, "_balance", lambda *_: fail())
    purged = mp.Assumptions(deficits="purged", elasticities={"*": 4.25})
    found = mp.solve(small, POLICY, purged, throw=False)
    assert (found.converged, found.status) == (False, "deficits cannot be purged: a test")
    with pytest.raises(mp.NotConverged, match="this outcome has no numbers"):
        _ = found.real_income
    with pytest.raises(mp.NotConverged, match="deficits cannot be purged"):
        mp.solve(small, POLICY, purged)


def fail():
    raise mp.NotConverged("deficits cannot be purged: a test")


def test_scale_economies_of_one_are_no_crash(small):
    """At `scale = 1` a block of the preconditioner is singular; an equilibrium or a status."""
    for world in (small, mp.World.load()):
        found = mp.solve(
            world,
            mp.Tariff("USA", "CHN", rate=0.5),
            mp.Assumptions(supply="krugman", scale=1),
            throw=False,
            max_iterations=100,
        )
        assert found.converged or "no equilibrium found" in found.status


def test_only_a_surplus_is_called_one(small):
    """A country with a deficit and little left to spend is not told of a surplus below zero."""
    flows = SimpleNamespace(
        income=np.array([0.1, 1, 1, 1]), payroll=np.ones(4), D=np.array([624.8e3, 0, 0, 0])
    )
    found = SimpleNamespace(residual=1.0, passes=7, flows=flows)
    assert "surplus" not in solve_module.why(small, found, 2000)
    found.flows.D = -found.flows.D
    assert "surplus of 624.8 bn USD" in solve_module.why(small, found, 2000)


# --- assumptions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"deficits": "world"}, r"deficits: 'world' is not known; did you mean world-gdp\?"),
        ({"supply": "krugmann"}, r"supply: 'krugmann' is not known; did you mean krugman\?"),
        ({"scale_of": "sectors"}, r"scale_of: 'sectors' is not known; did you mean sector\?"),
        ({"revenue": "burnt"}, "revenue: 'burnt' is not known; choose one of lump-sum, income-tax"),
        ({"elasticities": "caliendo"}, r"elasticities: 'caliendo' .*did you mean caliendo-parro\?"),
        ({"horizon": -1}, 'horizon: -1 must be years, or "long-run", from 0'),
        ({"horizon": "soon"}, "horizon: 'soon' must be years"),
        ({"horizon": float("nan")}, "horizon: nan must be years"),
        ({"scale": 2}, "scale: 2 must be a number, from 0 to 1"),
        ({"labour_elasticity": -1}, "labour_elasticity: -1 must be a number, from 0 to 10"),
        ({"labour_elasticity": True}, "labour_elasticity: True must be a number"),
        ({"deficit": "purged"},
         r"deficit: no assumption of this name; did you mean deficits\?"),
    ],
)  # fmt: skip
def test_assumptions_that_are_refused(given, message):
    """Unknown words with the known ones, impossible numbers with the possible range."""
    with pytest.raises(mp.InputError, match=message):
        mp.Assumptions.from_dict(given)


def test_assumptions_from_data():
    """To plain data and back; what is not given is the default."""
    chosen = mp.Assumptions(deficits="own-gdp", horizon=3, elasticities={"steel": 2.0})
    assert mp.Assumptions.from_dict(chosen.as_dict()) == chosen
    assert mp.Assumptions.from_dict(json.loads(json.dumps(chosen.as_dict()))) == chosen
    assert mp.Assumptions.from_dict({}) == mp.Assumptions()


def test_horizon():
    """Boehm, Levchenko & Pandalai-Nayar (2023): 0.38 of the long run in a year, 0.95 in 8.5."""
    ratio = [mp.Assumptions(horizon=years).horizon_ratio() for years in (0, 1, 8.5, 1000)]
    assert ratio[1] == pytest.approx(0.38, abs=1e-12)
    assert ratio[2] == pytest.approx(0.95, abs=1e-12)
    assert 0 < ratio[0] < ratio[1]
    assert ratio[3] == pytest.approx(1)
    assert mp.Assumptions().horizon_ratio() == 1


def test_elasticities(world, small):
    """The world's own, a column of the table, or numbers by sector; scaled by the horizon."""
    own = mp.Assumptions().trade_elasticity(world)
    np.testing.assert_array_equal(own, world.trade_elasticity)
    given = mp.Assumptions(elasticities={"*": 4, "cars": 2}, horizon=1).trade_elasticity(world)
    assert given[world.sectors.index("C29")] == pytest.approx(2 * 0.38)
    assert given[0] == pytest.approx(4 * 0.38)
    assert (mp.Assumptions(elasticities="fontagne").trade_elasticity(world) != own).any()
    with pytest.raises(mp.InputError, match="elasticities: the elasticity table has no sector"):
        mp.Assumptions(elasticities="fontagne").trade_elasticity(small)
    with pytest.raises(mp.InputError, match=r"no sector 'stel'; did you mean steel\?"):
        mp.solve(small, None, mp.Assumptions(elasticities={"stel": 2}))
    with pytest.raises(mp.InputError, match=r"elasticities\.steel: -1 must be a number"):
        mp.solve(small, None, mp.Assumptions(elasticities={"steel": -1}))


def test_assumptions_in_words():
    """The line that every table carries."""
    words = mp.Assumptions(supply="krugman", horizon=2, labour_elasticity=0.5).sentence()
    for part in ("deficits world-gdp", "after 2 years", "krugman scale 0.67 by sector",
                 "labour supply 0.5", "revenue lump-sum"):  # fmt: skip
        assert part in words


def test_the_table_of_assumptions_is_that_of_the_fields():
    """Names, order and defaults agree; each default, and each word, is one that is allowed."""
    fields = dataclasses.fields(mp.Assumptions)
    assert [(f.name, f.default) for f in fields] == [
        (about.name, about.default) for about in ASSUMPTIONS.values()
    ]
    for name, about in ASSUMPTIONS.items():
        for word in about.choices:
            assumed = mp.Assumptions.from_dict({name: word})
            assert (name, word, about.choices[word]) in assumed.rows() or about.only_with


def test_assumptions_as_rows():
    """What has no meaning is left out; numbers carry their unit; fixed firms are explained."""
    rows = {name: rest for name, *rest in mp.Assumptions(horizon=2, supply="fixed-firms").rows()}
    assert rows["horizon"][0] == "2 years"
    assert "profits" in rows["supply"][1]
    assert not {"scale", "scale_of"} & set(rows)
    scaled = {name: text for name, text, _ in mp.Assumptions(supply="krugman").rows()}
    assert (scaled["scale"], scaled["scale_of"]) == ("0.67", "sector")
    assert mp.Assumptions(supply="fixed-firms").phrase("supply") == "a fixed number of firms"


# --- variants, on the world that ships -----------------------------------------------------------


@pytest.mark.parametrize(
    "assumptions",
    [
        *COMMON_VARIANTS,
        mp.Assumptions(labour_elasticity=0.5, revenue="income-tax"),
        mp.Assumptions(supply="krugman", scale=0.3, labour_elasticity=0.5, deficits="own-gdp"),
        mp.Assumptions(horizon=1),
        mp.Assumptions(elasticities="fontagne"),
    ],
    ids=lambda a: a.sentence(),
)
def test_variants_on_the_shipped_world(world, assumptions):
    """Every variant finds an equilibrium; each condition, worked out again, holds to 1e-9."""
    policy = (
        POLICY + mp.ExportTax("RUS", "EU", "energy", rate=0.2) + mp.Embargo("G7", "RUS", "cars")
    )
    outcome = mp.solve(world, policy, assumptions)
    name, size = audit.worst(world, policy, outcome)
    assert size <= 1e-9, name


def test_a_warm_start_changes_the_time_not_the_answer(world):
    """Two starts, one solution; and a short way from nearby."""
    near, policy = (mp.Tariff("USA", "CHN", rate=rate) for rate in (1.40, 1.45))
    cold = mp.solve(world, policy)
    warm = mp.solve(world, policy, start=mp.solve(world, near))
    np.testing.assert_allclose(warm.real_income, cold.real_income, atol=1e-11)
    assert warm.iterations < cold.iterations
    assert mp.solve(world, policy, start=cold).iterations <= 2
    with pytest.raises(mp.InputError, match="start: this outcome is of another world"):
        mp.solve(random_world(1), start=cold)


def test_an_outcome_is_not_saved_over_a_folder(tmp_path, world):
    outcome = mp.solve(world)
    with pytest.raises(mp.InputError, match="is a folder, not a file to write"):
        outcome.save(tmp_path)
    with pytest.raises(mp.InputError, match=r"cannot be written \(No such file"):
        outcome.save(tmp_path / "nowhere" / "x.nc")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tolerance", [float("nan"), 0.0, -1.0, 1.0])
def test_a_tolerance_that_says_nothing_is_refused(world, tolerance):
    tariff = mp.Tariff("USA", "CHN", rate=0.1)
    with pytest.raises(mp.InputError, match=r"tolerance: .* must lie between 1e-14 and 1"):
        mp.solve(world, tariff, tolerance=tolerance)
    with pytest.raises(mp.InputError, match="must lie between"):
        mp.solve_many(world, [tariff], tolerance=tolerance)
