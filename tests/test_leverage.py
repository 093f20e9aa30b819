"""Dependence and leverage: laws, an independent count, what is kept on disk, published figures."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from worlds import random_flows, random_world

import multipolar as mp
from multipolar import leverage
from multipolar.leverage import kept_rows
from multipolar.progress import Cancelled
from multipolar.world.files import read_netcdf, write_netcdf

seeds = st.integers(0, 2**32 - 1)
LONG = mp.Assumptions(deficits="purged", horizon=8)  # one horizon, nothing cut off in deficit


def case(world, policy=None, assumptions=LONG):
    return mp.Case(world, mp.Policy() if policy is None else policy, assumptions)


@given(seed=seeds)
def test_leverage_of_the_reversed_pair_is_the_inverse(seed):
    world = random_world(seed)
    one = leverage.standoff(case(world), "USA", "RUS").set_index("country")
    other = leverage.standoff(case(world), "RUS", "USA").set_index("country")
    assert one["leverage"].prod() == pytest.approx(1)
    np.testing.assert_allclose(one["loss"], other["loss"][one.index], rtol=1e-6, atol=1e-9)


@given(seed=seeds)
def test_a_loss_is_what_the_solve_says(seed):
    """Against `solve` itself, on top of another policy, by hand; for a bloc weighted by income."""
    world, under = random_world(seed), mp.LabourSupply("RUS", change=-0.1)
    table = leverage.standoff(case(world, under), ["USA", "DEU"], "RUS", "steel")
    before, after = (
        mp.solve(world, policy, LONG, tolerance=1e-12)
        for policy in (under, under + leverage.cut_off(["USA", "DEU"], "RUS", "steel"))
    )
    level = [(1 + o.real_income) * o.income_before for o in (before, after)]
    russia = 1 - float(level[1][2] / level[0][2])
    pair = 1 - float(level[1][[0, 3]].sum() / level[0][[0, 3]].sum())
    assert table.set_index("country")["loss"].to_dict() == pytest.approx(
        {"USA, DEU": pair, "RUS": russia}, abs=1e-9
    )


RUS = 2


@given(home=st.floats(0.3, 0.95), theta=st.floats(1.5, 12))
def test_a_coalition_of_all_is_autarky(home, theta):
    """Three like countries, one sector: cut off from both, W = pi_home^(1 / theta).

    Apart is what two standoffs say; which is larger is left open: after the first cut the terms of
    trade with the other worsen already.
    """
    foreign = (1 - home) / 2
    world = mp.World.from_flows(
        ["USA", "DEU", "RUS"],
        ["all"],
        sales=1e6 * (foreign + (home - foreign) * np.eye(3))[None],
        intermediate_use=np.zeros((1, 1, 3)),
        trade_elasticity=[theta],
    )
    row = leverage.complementarity(case(world), ["USA", "DEU"], "RUS").iloc[0]
    ends = 1 - home ** (1 / (LONG.horizon_ratio() * theta))
    assert row["together"] == pytest.approx(ends, rel=1e-7)
    single = leverage.standoff(case(world), "RUS", "USA").set_index("country")
    assert row["apart"] == pytest.approx(2 * single["loss"]["RUS"], rel=1e-7)
    assert row["complementarity"] == row["together"] - row["apart"]


@given(seed=seeds)
def test_the_closed_form_is_superadditive(seed):
    """ln(1 - a - b) <= ln(1 - a) + ln(1 - b): what one denies the other could have supplied."""
    world = random_world(seed)
    share = world.expenditure_share.values
    apart = leverage.screen(case(world)).sel(country="RUS", partner=["USA", "CHN"]).sum()
    joint = share[:, 0, RUS] + share[:, 1, RUS]  # one seller instead of two
    spent = world.consumption_share.values[:, RUS]
    theta = case(world).assumptions.trade_elasticity(world)
    together = -(spent * np.log1p(-joint) / theta).sum()
    assert float(together) >= float(apart) - 1e-12


@given(seed=seeds, rho=st.floats(0.3, 6))
def test_the_closed_form(seed, rho):
    """Its limit at rho = 1 is the sum; it is zero without trade, and grows with what is bought."""
    world = random_world(seed)
    limit = leverage.screen(case(world))
    near = leverage.screen(case(world), rho=1 + 1e-7)
    np.testing.assert_allclose(near, limit, rtol=1e-5, atol=1e-9)
    assert (np.diagonal(limit) == 0).all()
    assert (leverage.screen(case(world), rho=rho).to_numpy() >= -1e-12).all()


def test_the_closed_form_in_one_sector():
    """-ln(1 - omega) / theta."""
    world = random_world(3, sectors=1)
    share = world.expenditure_share.values[0, 0, RUS]
    closed = leverage.screen(mp.Case(world)).sel(country="RUS", partner="USA")
    theta = float(world.trade_elasticity[0])
    assert float(closed) == pytest.approx(-np.log(1 - share) / theta)


# --- the matrix ----------------------------------------------------------------------------------


def test_the_matrix_is_every_standoff(tmp_path):
    world = random_world(5)
    found = leverage.dependence_matrix(case(world), folder=tmp_path)
    for one, other in (("USA", "CHN"), ("DEU", "RUS")):
        losses = leverage.standoff(case(world), one, other).set_index("country")["loss"]
        assert float(found["loss"].sel(country=one, partner=other)) == pytest.approx(
            losses[one], abs=1e-6
        )
        assert float(found["loss"].sel(country=other, partner=one)) == pytest.approx(
            losses[other], abs=1e-6
        )
    ratio = leverage.asymmetry(found).to_numpy()
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose((ratio * ratio.T)[off], 1)
    size = world.value_added.values
    others = [0, 1, 3]
    expected = (found["loss"].to_numpy()[others, RUS] * size[others]).sum() / size[others].sum()
    assert leverage.power(found)["RUS"] == pytest.approx(expected)


def test_nothing_is_lost_when_it_is_killed(tmp_path, monkeypatch):
    """Rows that are finished are found again, and a row that is no row is solved again."""
    world, solved = random_world(5), []
    honest = kept_rows.solve_many

    def counting(world, acts, *args, **kwargs):
        if len(solved) == 2:
            raise KeyboardInterrupt
        solved.append(list(acts))
        return honest(world, acts, *args, **kwargs)

    monkeypatch.setattr(kept_rows, "solve_many", counting)
    monkeypatch.setattr(kept_rows, "GROUP", 1)  # rows, one by one
    with pytest.raises(KeyboardInterrupt):
        leverage.dependence_matrix(case(world), folder=tmp_path)
    assert len(solved) == 2
    monkeypatch.setattr(kept_rows, "solve_many", honest)
    whole = leverage.dependence_matrix(case(world), folder=tmp_path / "fresh")
    monkeypatch.setattr(kept_rows, "solve_many", lambda *_, **__: pytest.fail("solved twice"))
    again = leverage.dependence_matrix(case(world), folder=tmp_path / "fresh")
    np.testing.assert_array_equal(again["loss"], whole["loss"])
    monkeypatch.setattr(kept_rows, "solve_many", honest)
    next((tmp_path / "fresh").rglob("*.nc")).write_bytes(b"half a file")
    mended = leverage.dependence_matrix(case(world), folder=tmp_path / "fresh")
    np.testing.assert_array_equal(mended["loss"], whole["loss"])


def test_other_assumptions_keep_other_rows(tmp_path):
    world = random_world(5)
    one = leverage.dependence_matrix(case(world), folder=tmp_path)
    other = leverage.dependence_matrix(case(world), "steel", folder=tmp_path)
    assert one.attrs["folder"] != other.attrs["folder"]
    assert not np.allclose(one["loss"], other["loss"])


def test_a_cut_off_without_an_equilibrium_is_a_row(tmp_path):
    """With two countries and fixed deficits nothing balances after the cut: said, not raised."""
    world = mp.World.from_flows(**random_flows(1, countries=2))
    found = leverage.dependence_matrix(
        case(world, assumptions=mp.Assumptions(horizon=8)), folder=tmp_path
    )
    assert "it could then not run" in str(found["status"].values[0, 1])
    assert np.isnan(found["loss"].values[0, 1])


def test_blocs_and_their_members(tmp_path):
    """A member is cut off from the rest of its bloc."""
    world = random_world(5)
    found = leverage.bloc_matrix(case(world), blocs=["BRICS"], folder=tmp_path)
    table = leverage.standoff(case(world), "CHN", ["RUS"])
    mine = float(table.set_index("country")["loss"]["CHN"])
    assert float(found["loss"].sel(country="CHN", partner="BRICS")) == pytest.approx(mine, abs=1e-6)


def test_the_screen_ranks_as_the_exact_losses_do(world):
    """100 random pairs of the shipped world: rank correlation of closed form and exact loss."""
    rng = np.random.default_rng(1)
    pairs = {tuple(rng.choice(world.countries, 2, replace=False)) for _ in range(100)}
    cuts = {f"{a} {b}": leverage.cut_off(str(a), str(b)) for a, b in pairs}
    found = mp.solve_many(world, cuts, variables="real_income", tolerance=1e-7)
    assert (found["status"] == "converged").all()
    exact = [-float(found["real_income"].sel(scenario=f"{a} {b}", country=a)) for a, b in pairs]
    closed = [float(leverage.screen(mp.Case(world)).sel(country=a, partner=b)) for a, b in pairs]
    assert spearmanr(exact, closed).statistic > 0.9


def test_exposure_is_every_standoff_largest_first():
    """Countries, and blocs as far as this world has members of theirs."""
    world = random_world(5)
    table = leverage.exposure(case(world), "RUS")
    assert set(table.loc[table["kind"] == "country", "partner"]) == {"USA", "CHN", "DEU"}
    assert table["loss"].is_monotonic_decreasing
    for row in table[table["partner"].isin(["USA", "CHN"])].itertuples():
        pair = leverage.standoff(case(world), "RUS", row.partner)
        assert [row.loss, row.partner_loss] == pytest.approx(list(pair["loss"]), abs=1e-9)
        assert row.leverage == pytest.approx(pair["leverage"].iloc[1], rel=1e-6)


# --- the policy of the case is in force on both sides --------------------------------------------

UNDER = mp.Tariff("DEU", "RUS", "*", rate=0.4) + mp.LabourSupply("RUS", change=-0.1)


def loss_by_hand(world, act, country):
    before, after = (mp.solve(world, p, LONG) for p in (UNDER, UNDER + act))
    return 1 - float((1 + after.real_income[country]) / (1 + before.real_income[country]))


def test_the_policy_counts_in_every_table(tmp_path):
    world = random_world(5)
    under = case(world, UNDER)
    cut = loss_by_hand(world, leverage.cut_off("RUS", "USA"), RUS)
    matrix = leverage.dependence_matrix(under, folder=tmp_path)
    assert float(matrix["loss"].sel(country="RUS", partner="USA")) == pytest.approx(cut, abs=1e-6)
    blocs = leverage.bloc_matrix(under, blocs=["G7"], folder=tmp_path)
    both = loss_by_hand(world, leverage.cut_off("RUS", ["USA", "DEU"]), RUS)
    assert float(blocs["loss"].sel(country="RUS", partner="G7")) == pytest.approx(both, abs=1e-6)
    row = leverage.complementarity(under, ["USA", "DEU"], "RUS").iloc[0]
    assert row["together"] == pytest.approx(both, abs=1e-8)
    worst = leverage.chokepoints(under, "RUS", "DEU", top=1).iloc[0]
    withheld = mp.Embargo("DEU", "RUS", worst["sector"])
    assert worst["loss"] == pytest.approx(loss_by_hand(world, withheld, RUS), abs=1e-8)
    sold = mp.solve(world, UNDER, LONG).trade.sel(
        sector=worst["sector"], exporter="DEU", importer="RUS"
    )
    assert worst["imports"] == pytest.approx(float(sold))
    assert not np.allclose(leverage.screen(under), leverage.screen(case(world)))


def test_every_column_is_explained():
    world = random_world(5)
    tables = (
        leverage.standoff(case(world), "USA", "RUS"),
        leverage.exposure(case(world), "RUS"),
        leverage.complementarity(case(world), ["USA", "DEU"], "RUS"),
        leverage.chokepoints(case(world), "RUS", top=2),
    )
    assert {column for table in tables for column in table} <= set(leverage.COLUMNS)


def test_work_can_be_called_off(tmp_path):
    heard = []

    def impatient(text, done=0, total=0):
        heard.append((text, done, total))
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        leverage.dependence_matrix(case(random_world(5)), folder=tmp_path, on_step=impatient)
    assert heard == [("cutting off", 0, 6), ("cutting off", 1, 6)]


# --- rows on disk are believed only as far as they are checked -----------------------------------


def labelled(countries):
    """A world whose countries are called so."""
    return mp.World.from_flows(**random_flows(3, countries=3) | {"countries": countries})


def test_labels_never_become_paths(tmp_path):
    """A label that is a path is refused; any other names no file of the cache."""
    with pytest.raises(mp.InputError, match="cannot be a label: it has a slash"):
        labelled(["../../outside/X", "Y", "DEU"])
    world = labelled(["CON.X", "..Y", "DEU"])
    folder = tmp_path / "cache"
    leverage.dependence_matrix(case(world), folder=folder)
    written = [path.name for path in tmp_path.rglob("*.nc")]
    assert written
    assert all("X" not in name and "Y" not in name for name in written)


def altered(row):
    row["real_income"][:] = 0.123


def stranger(row):
    row.attrs["world"] = "another"


def older(row):
    row.attrs["version"] = "0.0.1"


def turned(row):
    row["real_income"] = row["real_income"].transpose()


@pytest.mark.parametrize("spoil", [altered, stranger, older, turned])
def test_well_formed_wrong_rows_are_solved_again(tmp_path, spoil):
    world = random_world(5)
    honest = leverage.dependence_matrix(case(world), folder=tmp_path)
    for path in tmp_path.rglob("*.nc"):
        row = read_netcdf(path, "a row")
        spoil(row)
        write_netcdf(row, path)
    again = leverage.dependence_matrix(case(world), folder=tmp_path)
    np.testing.assert_array_equal(again["loss"], honest["loss"])


def test_a_row_without_its_numbers_is_solved_again(tmp_path):
    world = random_world(5)
    honest = leverage.dependence_matrix(case(world), folder=tmp_path)
    for path in tmp_path.rglob("*.nc"):
        write_netcdf(read_netcdf(path, "a row").drop_vars("status"), path)
    again = leverage.dependence_matrix(case(world), folder=tmp_path)
    np.testing.assert_array_equal(again["loss"], honest["loss"])


def test_rows_are_kept_by_all_that_they_rest_on(tmp_path, monkeypatch):
    """Policy, elasticities and version: each has a folder of its own."""
    world = random_world(5)
    asked = (case(world), case(world, UNDER))
    folders = {leverage.dependence_matrix(c, folder=tmp_path).attrs["folder"] for c in asked}
    monkeypatch.setattr(kept_rows.metadata, "version", lambda _: "9.9")
    folders.add(leverage.dependence_matrix(case(world), folder=tmp_path).attrs["folder"])
    theta = mp.Assumptions.trade_elasticity
    monkeypatch.setattr(mp.Assumptions, "trade_elasticity", lambda a, w: 1.01 * theta(a, w))
    folders.add(leverage.dependence_matrix(case(world), folder=tmp_path).attrs["folder"])
    assert len(folders) == 4


@pytest.mark.parametrize("broken", ["mkdir", "write"])
def test_a_cache_that_cannot_be_written_stops_nobody(tmp_path, monkeypatch, broken):
    world, heard = random_world(5), []
    expected = leverage.dependence_matrix(case(world), folder=tmp_path / "fine")

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    if broken == "mkdir":
        monkeypatch.setattr(Path, "mkdir", full)
    else:
        monkeypatch.setattr(kept_rows, "write_netcdf", full)
    found = leverage.dependence_matrix(
        case(world), folder=tmp_path / "full", on_step=lambda text, *_: heard.append(text)
    )
    np.testing.assert_array_equal(found["loss"], expected["loss"])
    assert "No space left" in found.attrs["note"]
    assert found.attrs["folder"] == ""
    assert sum("not kept" in text for text in heard) == 1
    assert expected.attrs["note"] == ""


# --- chokepoints, refusals -----------------------------------------------------------------------


def test_chokepoints_are_exact_and_ranked(world):
    table = leverage.chokepoints(
        case(world, assumptions=mp.Assumptions(horizon=1)), "JPN", "RUS", top=5
    )
    assert len(table) == 5
    assert table["loss"].is_monotonic_decreasing
    worst = table.iloc[0]
    outcome = mp.solve(world, mp.Embargo("RUS", "JPN", worst["sector"]), mp.Assumptions(horizon=1))
    assert worst["loss"] == pytest.approx(-float(outcome.real_income.sel(country="JPN")), abs=1e-8)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda w: leverage.standoff(w, "USA", ["USA", "RUS"]), r"other: USA and .* overlap"),
        (lambda w: leverage.standoff(w, "UAS", "RUS"), r"one: this world has no country 'UAS'"),
        (lambda w: leverage.complementarity(w, ["USA"], "RUS"), "coalition: .* two members"),
        (lambda w: leverage.chokepoints(w, "*"), "supplier: nobody outside the target"),
        (lambda w: leverage.chokepoints(w, "USA", top=0), "top: needs at least one cell"),
        (lambda w: leverage.exposure(w, "*"), "country: nobody is left outside"),
        (lambda w: leverage.screen(w, rho=0.0), "rho: .* above zero"),
        (lambda w: leverage.bloc_matrix(w, blocs=[]), "blocs: name a bloc"),
        (lambda w: leverage.exposure(w, "X"), r"country: this world has no country 'X'"),
    ],
)
def test_questions_that_make_no_sense(ask, message):
    with pytest.raises(mp.InputError, match=message):
        ask(case(random_world(1)))
