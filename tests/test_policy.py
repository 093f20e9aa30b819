"""Instruments and the wedges they become; how they meet; what is refused, and in which words."""

import dataclasses
import datetime as dt
import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import random_flows, random_policy, random_world

import multipolar as mp
from multipolar.policy import ACTS, DatedAct
from multipolar.policy.wedges import BILATERAL, NATIONAL

USA, CHN, RUS, DEU = range(4)
GRAIN, STEEL, BANKING = range(3)


@pytest.fixture(scope="module")
def small():
    return random_world(1)


def change(world, policy, wedge):
    """What a policy adds to one wedge over the benchmark."""
    return getattr(policy.wedges(world), wedge) - getattr(mp.Policy().wedges(world), wedge)


def cells(array):
    """Positions of the cells that are not zero."""
    return {tuple(int(k) for k in cell) for cell in np.argwhere(np.abs(array) > 1e-15)}


# --- what each act does --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "wedge"),
    [
        (mp.Tariff("CHN", "USA", "steel", rate=0.25), "tariff"),
        (mp.ExportTax("USA", "CHN", "steel", rate=0.25), "export_tax"),
        (mp.TradeCost("USA", "CHN", "steel", rate=0.25), "trade_cost"),
        (mp.Embargo("USA", "CHN", "steel", coverage=0.25), "coverage"),
    ],
)
def test_bilateral_acts(small, act, wedge):
    """Each raises its own wedge on its own cell, [sector, exporter, importer], and nothing else."""
    after, before = act.wedges(small), mp.Policy().wedges(small)
    for name in (*BILATERAL, *NATIONAL):
        moved = getattr(after, name) - getattr(before, name)
        assert cells(moved) == ({(STEEL, USA, CHN)} if name == wedge else set())
    assert change(small, act, wedge)[STEEL, USA, CHN] == pytest.approx(0.25)


def test_acts_within_a_country(small):
    """Productivity by sector and country, labour by country."""
    made = mp.Productivity("RUS", ["steel", "grain"], change=-0.05)
    assert cells(made.wedges(small).productivity) == {(GRAIN, RUS), (STEEL, RUS)}
    labour = mp.LabourSupply(["USA", "CHN"], change=0.02).wedges(small).labour
    np.testing.assert_array_equal(labour, [0.02, 0.02, 0, 0])


def test_transfer(small):
    """Senders and receivers share a payment in proportion to value added; it sums to zero."""
    paid = mp.Transfer("USA", ["CHN", "DEU"], amount=100).wedges(small).transfer
    size = small.value_added.values
    assert paid[USA] == -100
    assert paid[CHN] / paid[DEU] == pytest.approx(size[CHN] / size[DEU])
    assert paid.sum() == pytest.approx(0, abs=1e-12)


def test_default_sectors(world, small):
    """Taxes fall on goods, the rest on everything; where no sector is a good, taxes do too."""
    goods = set(world.pick_sectors("goods"))
    taxed = change(world, mp.Tariff("USA", "CHN", rate=0.1), "tariff")
    assert {s for s, _, _ in cells(taxed)} == goods
    taxed = change(world, mp.ExportTax("USA", "CHN", rate=0.1), "export_tax")
    assert {s for s, _, _ in cells(taxed)} == goods
    stopped = change(world, mp.Embargo("USA", "CHN"), "coverage")
    assert {s for s, _, _ in cells(stopped)} == set(range(50))
    taxed = change(small, mp.Tariff("USA", "CHN", rate=0.1), "tariff")
    assert {s for s, _, _ in cells(taxed)} == {GRAIN, STEEL, BANKING}


@pytest.mark.parametrize(
    "act",
    [
        mp.Tariff("*", "*", "*", rate=0.3),
        mp.Tariff(["USA", "CHN"], ["CHN", "USA"], rate=0.3, how="set"),
        mp.ExportTax("*", "*", "*", rate=0.3),
        mp.TradeCost("*", "*", rate=0.3),
        mp.Embargo("*", "*"),
        mp.TariffSchedule(np.full((3, 4, 4), 0.3)),
    ],
)
def test_domestic_sales_are_never_touched(small, act):
    """Nothing bilateral acts within a country."""
    after, before = act.wedges(small), mp.Policy().wedges(small)
    for wedge in ("tariff", "export_tax", "trade_cost", "coverage"):
        home = np.einsum("snn->sn", getattr(after, wedge) - getattr(before, wedge))
        assert not home.any(), wedge


def test_star_facing_a_bloc_means_the_outside(world):
    """The EU's tariff on everyone is not levied among its members."""
    eu = world.pick_countries("EU")
    outside = [k for k in range(80) if k not in eu]
    for act, wedge in (
        (mp.Tariff("EU", "*", rate=0.1), "tariff"),
        (mp.Tariff("EU@2024-01-01", rate=0.1), "tariff"),
        (mp.TradeCost("*", "EU", rate=0.1), "trade_cost"),
    ):
        moved = change(world, act, wedge)[0]
        assert not moved[np.ix_(eu, eu)].any()
        assert (moved[np.ix_(outside, eu)] > 0).all()
    within = change(world, mp.Tariff(list(np.array(world.countries)[eu]), rate=0.1), "tariff")[0]
    assert within[eu[0], eu[1]] == pytest.approx(0.1)  # a list of members is no bloc


# --- how acts meet -------------------------------------------------------------------------------


def tariff_on(world, policy, exporter=CHN):
    return policy.wedges(world).tariff[STEEL, exporter, USA]


def test_add_set_scale(small):
    """Add to the rate there is, set a new one, multiply: first set, then scale, then add."""
    there = float(small.tariff[STEEL, CHN, USA])
    assert there > 0
    add, put, scale = (
        mp.Tariff("USA", "CHN", rate=rate, how=how)
        for rate, how in ((0.1, "add"), (0.5, "set"), (2, "scale"))
    )
    assert tariff_on(small, add) == pytest.approx(there + 0.1)
    assert tariff_on(small, put) == pytest.approx(0.5)
    assert tariff_on(small, scale) == pytest.approx(2 * there)
    for order in itertools.permutations([add, put, scale]):
        assert tariff_on(small, sum(order)) == pytest.approx(2 * 0.5 + 0.1)


def test_scale_compounds_changes(small):
    """Costs and changes compound when scaled, 1.2 x 1.1; added, they add."""
    one = mp.TradeCost("CHN", "USA", rate=0.2)
    assert (one + one).wedges(small).trade_cost[0, CHN, USA] == pytest.approx(0.4)
    more = mp.TradeCost("CHN", "USA", rate=0.2, how="set") + mp.TradeCost(
        "CHN", "USA", rate=0.1, how="scale"
    )
    assert more.wedges(small).trade_cost[0, CHN, USA] == pytest.approx(1.2 * 1.1 - 1)
    made = mp.Productivity("CHN", change=0.2, how="set") + mp.Productivity(
        "CHN", change=-0.1, how="scale"
    )
    assert made.wedges(small).productivity[0, CHN] == pytest.approx(1.2 * 0.9 - 1)


def test_embargoes_add_up_to_a_full_one(small):
    """Coverage stops at everything."""
    twice = 2 * [mp.Embargo("USA", "CHN", coverage=0.7)]
    assert sum(twice).wedges(small).coverage.max() == 1


@given(seed=st.integers(0, 2**32 - 1))
def test_order_does_not_matter(seed):
    """A policy is a sum: it commutes."""
    world, rng = random_world(seed), np.random.default_rng(seed)
    acts = [act for k in range(3) for act in random_policy((seed + k) % 2**32, world)]
    how = [("add", "set", "scale")[rng.integers(3)] for _ in acts]
    acts = [
        dataclasses.replace(act, how="scale") if h == "scale" and hasattr(act, "how") else act
        for act, h in zip(acts, how, strict=True)
    ]
    one, two = sum(acts).wedges(world), sum(acts[::-1]).wedges(world)
    for name in (*BILATERAL, *NATIONAL):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), atol=1e-12)


@pytest.mark.parametrize("turn", [1, -1])
def test_narrower_set_overrides_a_wider_one(small, turn):
    """The exception overrides the rule, written before it or after."""
    rule, exception, finer = [
        mp.Tariff("USA", rate=0.1, how="set"),
        mp.Tariff("USA", ["CHN", "RUS"], rate=0.2, how="set"),
        mp.Tariff("USA", "CHN", "steel", rate=0.3, how="set"),
    ]
    policy = sum([rule, exception, finer][::turn])
    assert tariff_on(small, policy, DEU) == 0.1
    assert tariff_on(small, policy, RUS) == 0.2
    assert tariff_on(small, policy, CHN) == 0.3
    assert policy.wedges(small).tariff[GRAIN, CHN, USA] == 0.2


def test_contradiction_is_refused(small):
    """Two that set the same cells to different levels, neither within the other."""
    one, two = (
        mp.Tariff("USA", partners, rate=rate, how="set")
        for partners, rate in ((["CHN", "RUS"], 0.1), (["RUS", "DEU"], 0.2))
    )
    message = (
        "how: two instruments set the same tariff to different levels: 'the United States sets its "
        "tariff on goods from China and Russia to 10 %' and .*drop one, or use how = 'add'"
    )
    with pytest.raises(mp.InputError, match=message):
        (one + two).wedges(small)
    with pytest.raises(mp.InputError, match="set the same tariff to different levels"):
        (one + dataclasses.replace(one, rate=0.3)).wedges(small)
    agreeing = (one + dataclasses.replace(two, rate=0.1)).wedges(small)
    np.testing.assert_array_equal(agreeing.tariff[0, [CHN, RUS, DEU], USA], 0.1)


def test_levels_stay_above_minus_100_percent(small):
    """What adds up to giving goods away, or worse, is refused with its cell."""
    twice = mp.Tariff("USA", rate=-0.9, how="set") + mp.Tariff("USA", rate=-0.9)
    with pytest.raises(
        mp.InputError, match=r"tariff: the instruments add up to -180 % at \(grain,"
    ):
        twice.wedges(small)
    loss = mp.Productivity("USA", "steel", change=-0.6)
    with pytest.raises(mp.InputError, match=r"productivity: .* -120 % at \(steel, USA\); it must"):
        (loss + loss).wedges(small)
    leave = mp.LabourSupply("RUS", change=-0.6)
    with pytest.raises(mp.InputError, match=r"labour: .* -120 % at \(RUS\)"):
        (leave + leave).wedges(small)


# --- sums and words ------------------------------------------------------------------------------


def test_sums():
    """Acts and policies add up to policies; so does `sum`; the empty one is neutral."""
    tariff, embargo = mp.Tariff("USA", rate=0.1), mp.Embargo("USA", "CHN")
    assert tariff + embargo == mp.Policy((tariff, embargo)) == sum([tariff, embargo])
    assert (tariff + embargo) + tariff == tariff + (embargo + tariff)
    assert mp.Policy() + tariff == tariff + mp.Policy() == mp.Policy((tariff,))
    assert len(tariff + embargo) == 2
    assert list(tariff + embargo) == [tariff, embargo]
    with pytest.raises(TypeError, match="unsupported operand"):
        1 + tariff


@pytest.mark.parametrize("other", [1, None, "a tariff"])
def test_sums_with_what_is_no_act(other):
    """A number, nothing, a word cannot be added to a policy."""
    with pytest.raises(TypeError, match="unsupported operand"):
        mp.Tariff("USA", rate=0.1) + other
    with pytest.raises(TypeError, match="unsupported operand"):
        mp.Policy() + other


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (mp.Tariff("USA", "CHN", rate=1.45),
         "the United States adds 145 % to its tariff on goods from China"),
        (mp.Tariff("EU", rate=0.1, how="set"),
         "the European Union sets its tariff on goods from everyone to 10 %"),
        (mp.Tariff("USA", ["CHN", "VNM"], "C29", rate=2, how="scale"),
         "the United States multiplies its tariff on Motor vehicles from China and Vietnam by 2"),
        (mp.ExportTax("CHN", sectors="steel", rate=0.1),
         "China adds 10 % to its export tax on steel to everyone"),
        (mp.TradeCost("CHN", "USA", rate=0.1),
         "a shock adds 10 % to the cost of shipping everything from China to the United States"),
        (mp.Embargo("RUS", "EU", "energy"),
         "an embargo stops energy from Russia to the European Union"),
        (mp.Embargo("RUS", "EU", "energy", coverage=0.5),
         "coverage: adds 50 % to the embargo of energy from Russia to the European Union"),
        (mp.Productivity("RUS", change=-0.05), "Russia adds -5 % to productivity in everything"),
        (mp.LabourSupply("RUS", change=-0.02), "Russia adds -2 % to its labour supply"),
        (mp.Transfer("EU", "UKR", amount=50_000),
         "the European Union pays Ukraine 50,000 million USD"),
        (mp.Policy(), "no policy"),
    ],
)  # fmt: skip
def test_sentences(act, words):
    """Every act says what it does."""
    assert repr(act) == words


def test_sentences_of_what_compounds():
    """Scaling a change by -5 % multiplies by 0.95; a trade cost of 10 % more, by 1.1."""
    assert "by -0.05" not in repr(mp.Productivity("RUS", change=-0.05, how="scale"))
    assert "by 0.1" not in repr(mp.TradeCost("CHN", "USA", rate=0.1, how="scale"))


def test_policy_is_a_list_of_sentences():
    """A policy's words are its acts' words."""
    both = mp.LabourSupply("RUS", change=-0.02) + mp.Embargo("RUS", "EU")
    assert repr(both) == "; ".join(repr(act) for act in both)


# --- schedules -----------------------------------------------------------------------------------


def csv(tmp_path, *rows, header="importer,exporter,sector,rate"):
    path = tmp_path / "tariffs.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_schedule_from_an_array(small):
    """New levels where there are numbers, the old ones where there are none, never at home."""
    levels = np.full(small.tariff.shape, np.nan)
    levels[STEEL, :, USA] = 0.25
    after = mp.TariffSchedule(levels).wedges(small).tariff.copy()
    np.testing.assert_array_equal(after[STEEL, 1:, USA], 0.25)
    assert after[STEEL, USA, USA] == small.tariff[STEEL, USA, USA]
    after[STEEL, :, USA] = small.tariff.values[STEEL, :, USA]
    np.testing.assert_array_equal(after, small.tariff)


def test_schedule_adds_and_scales(small):
    """A schedule combines as other tariffs do."""
    there = small.tariff.values
    levels = np.full(there.shape, 0.5)
    foreign = 1 - np.eye(4)
    added = mp.TariffSchedule(levels, how="add").wedges(small).tariff
    np.testing.assert_allclose(added, there + 0.5 * foreign)
    scaled = mp.TariffSchedule(levels, how="scale").wedges(small).tariff
    np.testing.assert_allclose(scaled, there * np.where(foreign, 0.5, 1))


def test_schedule_from_a_file(small, tmp_path):
    """Rows of importer, exporter, sector, rate; selectors work; comments are skipped.

    Of two rows on a cell the one that covers fewer cells counts, however the table combines.
    """
    rows = ["# a comment", "usa,CHN,*,0.2", "USA,China;RUS,steel,0.3", "EU,USA,grain,0.1"]
    path = csv(tmp_path, *rows)
    after = mp.TariffSchedule.from_csv(path).wedges(small).tariff
    assert after[GRAIN, CHN, USA] == after[BANKING, CHN, USA] == 0.2
    assert after[STEEL, CHN, USA] == after[STEEL, RUS, USA] == 0.3
    assert after[GRAIN, USA, DEU] == 0.1
    added = mp.TariffSchedule.from_csv(path, how="add").wedges(small).tariff
    assert added[STEEL, CHN, USA] == pytest.approx(float(small.tariff[STEEL, CHN, USA]) + 0.3)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["USA,CHN,*,0.2", "USA,RUS,*,ten"], r"tariffs\.csv: row 2, rate: 'ten' is not a number"),
        (["USA,CHN"], r"tariffs\.csv: row 1, rate: .* is not a number"),
        (["USA,CHN,*,"], r"tariffs\.csv: row 1, rate: .* is not a number"),
        (["USA,CHN,*,25"], r"tariffs\.csv: row 1.*rate: 25 is above 10; .*Write 0\.25"),
        (["USA,CHN,*,nan"], r"tariffs\.csv: row 1.*rate: 'nan' is not a number"),
        ([], r"tariffs\.csv: has no rows"),
    ],
)
def test_schedule_with_a_bad_row(tmp_path, rows, message):
    """The file, the row and the field."""
    with pytest.raises(mp.InputError, match=message):
        mp.TariffSchedule.from_csv(csv(tmp_path, *rows))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["USA,CHN,*,0.2", "USA,CHNN,*,0.2"],
         r"tariffs\.csv: row 2\.exporter: this world has no country 'CHNN'; did you mean CHN"),
        (["USA,CHN,stel,0.2"],
         r"tariffs\.csv: row 1\.sector: this world has no sector 'stel'; did you mean steel"),
        (["USA,CHN,*,0.2", "USA,CHN,*,0.3"], r"tariffs\.csv: row 2: contradicts"),
    ],
)  # fmt: skip
def test_schedule_that_does_not_fit_the_world(small, tmp_path, rows, message):
    """Labels are looked up when the world is known; file and row are still named."""
    schedule = mp.TariffSchedule.from_csv(csv(tmp_path, *rows))
    with pytest.raises(mp.InputError, match=message):
        schedule.wedges(small)


def test_schedule_without_a_column(tmp_path):
    """A column that is missing, with the one that was probably meant."""
    path = csv(tmp_path, "USA,CHN,*,0.2", header="importer,exporter,sectors,rate")
    with pytest.raises(mp.InputError, match=r"sector: no column of this name .*mean sectors\?"):
        mp.TariffSchedule.from_csv(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("importer,exporter,sector,rate,rate\nUSA,CHN,*,0.1,0.9\n", "rate: this column is there"),
        ("importer,exporter,sector,rate\nUSA,CHN,*,1_0\n", "row 1, rate: '1_0' is not a number"),
        ("importer,exporter,sector,rate\n" + "x" * 140_000 + ",CHN,*,0.1\n",
         "is not a readable CSV"),
        ("", "has no rows"),
    ],
)  # fmt: skip
def test_schedule_from_a_file_that_misleads(tmp_path, text, message):
    """Of two columns none is taken; underscores are no digits; giant fields are refused."""
    path = tmp_path / "odd.csv"
    path.write_text(text)
    with pytest.raises(mp.InputError, match=message):
        mp.TariffSchedule.from_csv(path)


def test_a_schedule_with_labels_counts_by_them(small):
    """Levels in another order of dims are put in order; other labels are refused."""
    levels = small.tariff + 0.1 * (1 - np.eye(4))
    turned = mp.TariffSchedule(levels.transpose("importer", "sector", "exporter"))
    np.testing.assert_array_equal(
        turned.wedges(small).tariff, mp.TariffSchedule(levels).wedges(small).tariff
    )
    with pytest.raises(mp.InputError, match="levels: the labels of its exporter"):
        mp.TariffSchedule(levels.isel(exporter=[1, 0, 2, 3])).wedges(small)


def test_a_schedule_of_200_000_rows_takes_seconds(world, tmp_path):
    """Read and laid out cell by cell; what it sets is what the rows say."""
    rng = np.random.default_rng(3)
    cells = [
        (i, n, s) for i in range(80) for n in range(80) for s in range(50) if i != n
    ][:200_000]  # fmt: skip
    rates = rng.uniform(0, 1, len(cells)).round(3)
    where = [
        f"{world.countries[n]},{world.countries[i]},{world.sectors[s]},{rate}"
        for (i, n, s), rate in zip(cells, rates, strict=True)
    ]
    path = csv(tmp_path, *where)
    begin = time.perf_counter()
    tariff = mp.TariffSchedule.from_csv(path).wedges(world).tariff
    assert time.perf_counter() - begin < 10
    i, n, s = np.array(cells).T
    np.testing.assert_array_equal(tariff[s, i, n], rates)


def test_sixty_overlapping_sets_take_seconds(world):
    """Sets that nest are laid on from the widest in; every pair is still held against the other."""
    members = list(world.countries)
    nested = sum((
        mp.Tariff(members[: 20 + k], "*", "*", rate=0.01 * k, how="set") for k in range(60)
    ), mp.Policy())  # fmt: skip
    begin = time.perf_counter()
    tariff = nested.wedges(world).tariff
    assert time.perf_counter() - begin < 10
    np.testing.assert_allclose(tariff[:, 0, 1:20], 0.0)
    np.testing.assert_allclose(tariff[:, 0, 50], 0.31)
    across = mp.Tariff("*", members[0], "*", rate=0.5, how="set")
    with pytest.raises(mp.InputError, match="two instruments set the same tariff"):
        (nested + across).wedges(world)


def test_schedule_without_a_file(tmp_path):
    with pytest.raises(mp.InputError, match=r"none\.csv: cannot be read"):
        mp.TariffSchedule.from_csv(tmp_path / "none.csv")


def test_schedule_of_the_wrong_shape_or_size(small):
    """Shape, percentages, and nothing at all."""
    with pytest.raises(mp.InputError, match=r"levels: has shape \(4, 4\); \(3, 4, 4\) is needed"):
        mp.TariffSchedule(np.zeros((4, 4))).wedges(small)
    with pytest.raises(mp.InputError, match=r"levels: 145 is above 10; .*Write 1\.45"):
        mp.TariffSchedule(np.full((3, 4, 4), 145.0)).wedges(small)
    with pytest.raises(mp.InputError, match="levels: -1 is below what is possible"):
        mp.TariffSchedule(np.full((3, 4, 4), -1.0)).wedges(small)
    with pytest.raises(mp.InputError, match="levels: a schedule needs levels or rows"):
        mp.TariffSchedule()


def test_schedule_refuses_infinity(small):
    """Only NaN means unchanged."""
    with pytest.raises(mp.InputError, match="levels: "):
        mp.TariffSchedule(np.full((3, 4, 4), np.inf)).wedges(small)


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda: mp.Tariff("USA", rate=145),
         r"rate: 145 is above 10; .* \(1\.45 = 145 %\); was 145 % meant\? Write 1\.45"),
        (lambda: mp.Tariff("USA", rate=float("nan")), "rate: nan is not a number"),
        (lambda: mp.Tariff("USA", rate="10 %"), "rate: '10 %' is not a number"),
        (lambda: mp.Tariff("USA", rate=True), "rate: True is not a number"),
        (lambda: mp.Tariff("USA", rate=-1), "rate: -1 is below what is possible"),
        (lambda: mp.ExportTax("USA", rate=20), "rate: 20 is above 10"),
        (lambda: mp.TradeCost("USA", "CHN", rate=-1), "rate: -1 is below what is possible"),
        (lambda: mp.Embargo("USA", "CHN", coverage=2), "coverage: 2 is above 1"),
        (lambda: mp.Embargo("USA", "CHN", coverage=-0.1), "coverage: -0.1 is below"),
        (lambda: mp.Productivity("USA", change=-1.5), r"change: -1\.5 is below"),
        (lambda: mp.LabourSupply("USA", change=float("nan")), "change: nan is not a number"),
        (lambda: mp.Transfer("USA", "CHN", amount=-5), "amount: -5 is below what is possible"),
        (lambda: mp.Tariff("USA", rate=0.1, how="ad"),
         r"how: 'ad' is not known; did you mean add\?; choose one of add, set, scale"),
        (lambda: mp.TariffSchedule(np.zeros((3, 4, 4)), how="sett"),
         r"how: 'sett' is not known; did you mean set\?"),
    ],
)  # fmt: skip
def test_numbers_and_words_that_are_refused(write, message):
    """Refused when written, before any world is known."""
    with pytest.raises(mp.InputError, match=message):
        write()


@pytest.mark.parametrize("number", [np.float64(0.5), np.float32(0.5), np.int64(1), 1])
def test_any_kind_of_number_is_one(small, number):
    """NumPy's and pandas' numbers are numbers."""
    assert change(small, mp.Tariff("USA", rate=number), "tariff").max() == pytest.approx(number)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (mp.Tariff("UAS", rate=0.1),
         "importer: this world has no country 'UAS'; did you mean USA"),
        (mp.Tariff("USA", sectors="steal", rate=0.1), r"no sector 'steal'; did you mean steel\?"),
        (mp.Transfer("USA", "USA", amount=5), "receiver: the United States would pay itself"),
        (mp.Transfer(["USA", "CHN"], ["CHN", "USA"], amount=5), "would pay itself"),
    ],
)  # fmt: skip
def test_labels_that_are_refused(small, act, message):
    """Refused when a world is known."""
    with pytest.raises(mp.InputError, match=message):
        act.wedges(small)
    with pytest.raises(mp.InputError, match=message):
        mp.solve(small, act)


def test_transfers_are_finite():
    """An endless payment is not a number of dollars."""
    with pytest.raises(mp.InputError, match="amount: inf"):
        mp.Transfer("USA", "CHN", amount=float("inf"))


# --- policies that no economy can carry out ------------------------------------------------------


def world_without_american_steel():
    """A world in which the USA makes no steel, but buys some."""
    flows = random_flows(1)
    sales, use = flows["sales"].copy(), 0.2 * flows["intermediate_use"]
    sales[STEEL, USA, :] = 0
    use[:, STEEL, USA] = use[STEEL, :, USA] = 0
    return mp.World.from_flows(**flows | {"sales": sales, "intermediate_use": use})


def test_market_without_a_supplier():
    """An embargo on all steel where none is made: refused, sector and country named."""
    world = world_without_american_steel()
    message = (
        "policy: the policy leaves steel in USA without a supplier; lower the coverage of an "
        "embargo, or leave one seller open"
    )
    with pytest.raises(mp.InputError, match=message):
        mp.solve(world, mp.Embargo("*", "USA", "steel"))
    assert mp.solve(world, mp.Embargo("*", "USA", "steel", coverage=0.99)).converged
    assert mp.solve(world, mp.Embargo(["CHN", "RUS"], "USA", "steel")).converged


def test_many_markets_without_a_supplier(world):
    """On the shipped world: Malta grows no trees."""
    with pytest.raises(mp.InputError, match=r"leaves \w+ in MLT without a supplier, nor \d+ more"):
        mp.solve(world, mp.Embargo("*", "MLT"))


def test_country_cut_off_with_a_surplus(small):
    """A surplus is goods sold abroad: who may not sell cannot run one."""
    surplus = small.transfer.to_series()
    country = surplus.idxmin()
    assert surplus[country] < 0
    message = (
        rf"policy: the policy cuts {country} off, but it has a trade surplus of .* bn USD .*"
        "assumption deficits = 'purged'"
    )
    with pytest.raises(mp.InputError, match=message):
        mp.solve(small, mp.Embargo(country, "*"))
    shut = mp.Embargo(country, "*") + mp.Embargo("*", country)
    assert mp.solve(small, shut, mp.Assumptions(deficits="purged")).converged


def test_country_cut_off_with_a_deficit(small):
    """A deficit is goods bought abroad: who may not buy cannot run one."""
    deficit = small.transfer.to_series()
    country = deficit.idxmax()
    with pytest.raises(mp.InputError, match=f"cuts {country} off, but it has a trade deficit of"):
        mp.solve(small, mp.Embargo("*", country))


@pytest.mark.parametrize("selector", [[], None, 3, "-USA", ["USA", None], ["-USA"]])
def test_a_selector_that_names_nothing(selector):
    with pytest.raises(mp.InputError, match=r"importer: .* names nothing; write a code"):
        mp.Tariff(selector, rate=0.1)


def test_an_act_within_one_country_covers_no_border(world):
    with pytest.raises(mp.InputError, match="United States and the United States have no"):
        mp.Tariff("USA", "USA", rate=0.1).wedges(world)


def test_a_bloc_in_a_list_still_faces_outward(world):
    """ "*" is everyone outside each bloc named, alone or among others."""
    france, germany = (world.countries.index(c) for c in ("FRA", "DEU"))
    for importer, exporter in (("EU", "*"), (["EU", "GBR"], "*"), ("EU", ["*", "-UKR"])):
        wedges = mp.Tariff(importer, exporter, rate=0.1).wedges(world)
        assert (wedges.tariff == world.tariff.values)[:, germany, france].all()
    japan = world.countries.index("JPN")
    assert not mp.Embargo(["G7", "AUS"], "*").wedges(world).coverage[:, japan, germany].any()


def test_selectors_cannot_be_changed_afterwards():
    who = ["USA"]
    act = mp.Tariff(who, "CHN", rate=0.1)
    who.append("CAN")
    assert act.importer == ("USA",)


def test_a_tariff_is_not_scaled_below_zero():
    with pytest.raises(mp.InputError, match=r"-0\.5 is below what is possible"):
        mp.Tariff("USA", rate=-0.5, how="scale")


# --- the table of acts, and dated acts -----------------------------------------------------------


@pytest.mark.parametrize("kind", ACTS.values(), ids=list(ACTS))
def test_the_table_of_acts_says_what_an_act_takes(kind):
    """Every number at its ends is accepted, and refused beyond them, as the table says."""
    given = {"exporter": "CHN", "importer": "USA", "via": "IND", "country": "USA",
             "sender": "USA", "receiver": "CHN", "link": "Nord Stream", "node": "DEU",
             "seller": "RUS", "buyer": "DEU"}  # fmt: skip
    numbers = {name: about for name, about in kind.fields.items() if about.holds == "number"}
    fixed = {name: given[name] for name, about in kind.fields.items()
             if about.required and about.holds in ("countries", "text")}  # fmt: skip
    fixed |= {name: 0.5 for name, about in numbers.items() if about.required}
    for name, about in numbers.items():
        if math.isfinite(about.high):
            with pytest.raises(mp.InputError, match=f"{name}: .* is above {about.high:g}"):
                kind.instrument(**fixed | {name: about.high + 1})
        with pytest.raises(mp.InputError, match=f"{name}: .* is below what is possible"):
            kind.instrument(**fixed | {name: about.low - 0.5})
        if about.slider:
            for end in about.slider:
                kind.instrument(**fixed | {name: end})


def test_a_dated_act_is_in_force_between_its_days():
    act = DatedAct.model_validate(
        {"id": "one", "act": "tariff", "importer": "EU", "exporter": "RUS", "rate": 0.1,
         "from": "2020-01-01", "until": "2021-01-01"}
    )  # fmt: skip
    days = [dt.date(2019, 12, 31), dt.date(2020, 1, 1), dt.date(2020, 12, 31), dt.date(2021, 1, 1)]
    assert [act.in_force(day) for day in days] == [False, True, True, False]
    assert act.source == "hypothetical"
    (tariff,) = act.policy(dt.date(2019, 1, 1))
    assert tariff.importer == "EU@2019-01-01"
    assert tariff.name == "one"
    assert len(act.policy().without(["one"])) == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"act": "tarif"}, r"act: 'tarif' is not an instrument; did you mean tariff"),
        ({"act": "tariff", "importer": "USA"}, "rate: this field is missing"),
        ({"act": "tariff", "importer": "USA", "rate": 0.1, "exporters": "CHN"},
         r"exporters: a Tariff has no such field; did you mean exporter"),
        ({"act": "tariff", "importer": "USA", "rate": 30}, "rate: 30 is above 10"),
        ({"act": "tariff", "importer": "USA", "rate": 0.1, "name": "x"}, "name: .* no such field"),
        ({"act": "tariff-schedule"}, "file: this field is missing"),
        ({"act": "tariff-schedule", "file": "../x.csv"}, "file: needs the name of a CSV"),
    ],
)  # fmt: skip
def test_a_dated_act_that_makes_no_sense_is_refused(given, message):
    with pytest.raises(mp.InputError, match=message):
        DatedAct.model_validate({"id": "one", **given}).policy()
