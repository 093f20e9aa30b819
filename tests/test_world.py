"""World: accounts that add up, labels that are found or missed with a hint, files, and refusals."""

import itertools
import os
import pickle
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from worlds import random_flows, random_world

import multipolar as mp
from multipolar.world.files import read_text, write_text
from multipolar.world.labels import (
    bloc,
    bloc_names,
    country_names,
    other_country_names,
    resolve,
    say,
    sector_groups,
    table,
)

VALUATION = 0.85  # goods at basic prices over goods fob: see tools/build_world


@pytest.fixture(scope="module")
def small():
    return random_world(1)


@pytest.fixture(scope="module")
def flows():
    return random_flows(1)


def given(world):
    """What `from_arrays` needs: the arrays of a world but spending, which follows."""
    return {name: array for name, array in world.arrays().items() if name != "expenditure"}


def rebuilt(world, **changed):
    return mp.World.from_arrays(world.countries, world.sectors, **given(world) | changed)


# --- the world that ships ------------------------------------------------------------------------


def test_shipped_world_adds_up(world):
    """Every accounting identity to 1e-9, and the size it says it has."""
    assert world.check(1e-9) is world
    assert (len(world.countries), len(world.sectors), world.year) == (80, 50, 2023)
    assert repr(world).startswith("<World world-2023: 80 countries x 50 sectors, value added 9")


def test_shipped_world_has_the_known_figures(world):
    """World output, value added and its largest holders, trillion USD; signs of deficits."""
    assert float(world.output.sum()) / 1e6 == pytest.approx(192.4, abs=0.1)
    value_added = world.value_added.to_series() / 1e6
    assert value_added.sum() == pytest.approx(93, abs=0.5)
    known = {"USA": (25.2, 0.2), "CHN": (17.4, 0.1), "DEU": (3.8, 0.1), "RUS": (2.1, 0.05)}
    for country, (size, tolerance) in known.items():
        assert value_added[country] == pytest.approx(size, abs=tolerance), country
    assert list(value_added.sort_values(ascending=False).index[:2]) == ["USA", "CHN"]
    assert world.transfer.sel(country="USA") > 0 > world.transfer.sel(country="CHN")


def test_shipped_world_has_the_trade_of_2023(world):
    """Goods between Russia and China, at 0.85 of the customs' 110.0 and 129.0 billion USD."""
    border = (
        (world.trade / (1 + world.tariff)).isel(sector=world.pick_sectors("goods")).sum("sector")
    )
    assert float(border.sel(exporter="CHN", importer="RUS")) == pytest.approx(93_500, rel=0.01)
    assert float(border.sel(exporter="RUS", importer="CHN")) == pytest.approx(109_650, rel=0.01)
    assert float(border.sel(exporter="RUS", importer="DEU")) < 5_000


def test_shipped_world_follows_baci(world, trade_data):
    """Bilateral goods trade against CEPII BACI 2023: log correlation 0.995 or more.

    Hong Kong, an entrepot, is left free, and so are pairs without a row (all of Taiwan's).
    """
    baci = pd.read_csv(trade_data / "baci_2023_goods_trade_194.csv")
    wide = baci.pivot(index="exporter", columns="importer", values="usd_m")
    wide = VALUATION * wide.reindex(index=world.countries, columns=world.countries).to_numpy()
    goods = world.pick_sectors("goods")
    ours = (world.trade / (1 + world.tariff)).values[goods].sum(axis=0)
    assert np.isnan(wide[world.countries.index("TWN")]).all()
    free = np.array(world.countries) == "HKG"
    pairs = ~np.eye(80, dtype=bool) & ~free[:, None] & ~free[None] & (ours > 0) & (wide > 0)
    assert pairs.sum() > 5_000
    assert np.corrcoef(np.log(ours[pairs]), np.log(wide[pairs]))[0, 1] >= 0.995
    for exporter, importer in (("CHN", "RUS"), ("RUS", "CHN"), ("CHN", "USA"), ("DEU", "USA")):
        i, n = world.countries.index(exporter), world.countries.index(importer)
        assert ours[i, n] == pytest.approx(wide[i, n], rel=0.01), (exporter, importer)


@pytest.mark.parametrize("name", ["world-2023", "world-2021"])
def test_pairs_that_the_trade_file_lacks_trade(name):
    """No row in the aggregate is a gap: Korea and Vietnam, Russia and Belarus trade billions."""
    world = mp.World.load(name)
    goods = world.trade.isel(sector=world.pick_sectors("goods")).sum("sector")
    for pair in (("KOR", "VNM"), ("RUS", "BLR"), ("RUS", "KOR")):
        for exporter, importer in (pair, pair[::-1]):
            assert float(goods.sel(exporter=exporter, importer=importer)) > 5_000, pair


def test_shipped_tariffs_fall_on_goods_that_cross_borders(world):
    """No tariff on services or on home sales; rates are fractions."""
    tariff = world.tariff.values
    services = [k for k in range(50) if k not in world.pick_sectors("goods")]
    assert not tariff[services].any()
    assert not np.einsum("snn->sn", tariff).any()
    assert 0.1 < tariff.max() < 1


# --- making one from another ---------------------------------------------------------------------


def test_arrays_make_the_same_world(world):
    """`from_arrays` of a world's own arrays finds its spending and value added again."""
    again = rebuilt(world)
    np.testing.assert_allclose(again.expenditure, world.expenditure, rtol=1e-9, atol=1e-3)
    np.testing.assert_allclose(again.value_added, world.value_added, rtol=1e-10)


def test_rounding_in_the_source_moves_into_value_added(small):
    """Value added off by 1e-7 is the source's rounding; the accounts then hold exactly."""
    off = small.value_added.values * [1 + 1e-7, 1, 1, 1]
    rebuilt(small, value_added=off).check(1e-12)


def test_without_tariffs(world):
    """Zero tariffs over the same flows before tariff, output as it was, accounts that hold."""
    free = world.without_tariffs()
    assert not free.tariff.any()
    assert free.name == "world-2023-no-tariffs"
    np.testing.assert_allclose(free.trade, world.trade / (1 + world.tariff), rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(free.output, world.output, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(free.transfer, world.transfer, atol=1e-9 * world.value_added.sum())


def test_with_elasticity(small):
    """Other elasticities, the same accounts, another checksum."""
    other = small.with_elasticity([2, 3, 4])
    assert list(other.trade_elasticity.values) == [2, 3, 4]
    assert other.trade.equals(small.trade)
    assert other.checksum != small.checksum
    with pytest.raises(mp.InputError, match="trade_elasticity: needs 3 positive numbers"):
        small.with_elasticity([2, 3])
    with pytest.raises(mp.InputError, match="trade_elasticity: needs 3 positive numbers"):
        small.with_elasticity([2, 3, np.nan])


def test_idle_sectors_and_missing_purchases(flows):
    """A sector nobody makes or buys in a country has value-added share 1 and its home as seller."""
    sales, use = flows["sales"].copy(), 0.1 * flows["intermediate_use"]
    sales[1, 0, :] = sales[1, :, 0] = 0
    use[1, :, 0] = use[:, 1, 0] = 0
    made = mp.World.from_flows(**flows | {"sales": sales, "intermediate_use": use})
    assert float(made.value_added_share[1, 0]) == 1
    assert float(made.input_share[1, 1, 0]) == 1
    assert float(made.expenditure_share[1, 0, 0]) == 1
    assert float(made.expenditure[1, 0]) == 0


def test_arrays_are_read_only(small):
    """A world is immutable: its arrays refuse to be written."""
    with pytest.raises(ValueError, match="read-only"):
        small.tariff.values[0, 0, 1] = 1


# --- files ---------------------------------------------------------------------------------------


def test_save_and_load(small, tmp_path):
    """A world comes back from its file bit for bit, and leaves no draft behind."""
    again = mp.World.load(small.save(tmp_path / "small.nc"))
    assert again.checksum == small.checksum
    assert (again.countries, again.sectors) == (small.countries, small.sectors)
    assert (again.name, again.year) == (small.name, small.year)
    assert again.data["expenditure"].attrs == small.data["expenditure"].attrs
    for name, array in small.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], array, err_msg=name)
    assert [file.name for file in tmp_path.iterdir()] == ["small.nc"]


def test_missing_file():
    """The name is repeated, and what there is instead."""
    with pytest.raises(
        mp.InputError, match=r"nowhere\.nc: world: no world and no file of this name"
    ):
        mp.World.load("nowhere.nc")
    with pytest.raises(mp.InputError, match=r"did you mean world-2021 or world-2023\?"):
        mp.World.load("world-2022")


def test_truncated_file(small, tmp_path):
    """Half a file is refused as such."""
    path = small.save(tmp_path / "half.nc")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(mp.InputError, match=r"half\.nc: cannot be read as a world: .*truncated"):
        mp.World.load(path)


def test_file_of_another_kind(tmp_path):
    """Text, and NetCDF that holds something else."""
    text, other = tmp_path / "text.nc", tmp_path / "other.nc"
    text.write_text("countries,sectors\n")
    with pytest.raises(mp.InputError, match=r"text\.nc: cannot be read as a world"):
        mp.World.load(text)
    xr.Dataset({"rain": 1.0}).to_netcdf(other, engine="h5netcdf")
    with pytest.raises(mp.InputError, match="is not a world: no variable 'expenditure_share'"):
        mp.World.load(other)


def test_file_with_missing_dimensions(small, tmp_path):
    """Variables of the right name and the wrong shape are not a world either."""
    path = tmp_path / "flat.nc"
    small.data.isel(exporter=0, drop=True).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(mp.InputError, match=r"flat\.nc: "):
        mp.World.load(path)


@pytest.mark.parametrize("axis", ["exporter", "importer", "input"])
def test_file_whose_axes_disagree(small, tmp_path, axis):
    """Exporters, importers and countries are the same labels in the same order; so are inputs."""
    path = tmp_path / "reordered.nc"
    labels = list(reversed(small.data[axis].values))
    small.data.assign_coords({axis: labels}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(mp.InputError, match=axis):
        mp.World.load(path)


def test_file_whose_accounts_do_not_hold(small, tmp_path):
    """A loaded world is checked."""
    path = tmp_path / "wrong.nc"
    wrong = small.data.assign(expenditure=1.01 * small.data["expenditure"])
    wrong.to_netcdf(path, engine="h5netcdf")
    with pytest.raises(mp.InputError, match="spending differs from final and input demand by"):
        mp.World.load(path)


def test_a_file_keeps_its_permissions_and_links(tmp_path):
    """New files as the mask says; existing ones as they are; a link is written through."""
    old = os.umask(0o077)
    try:
        made = write_text(tmp_path / "new.txt", "one")
    finally:
        os.umask(old)
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    made.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(made)
    write_text(link, "two")
    assert link.is_symlink()
    assert (made.read_text(), stat.S_IMODE(made.stat().st_mode)) == ("two", 0o640)


def test_drafts_of_killed_processes_are_swept(tmp_path):
    """An old draft goes with the next write of its file; a young one may be somebody's."""
    for name, age in (("a", 7200), ("b", 10)):
        draft = tmp_path / f".out.{name}.draft.txt"
        draft.write_text("half")
        os.utime(draft, (time.time() - age,) * 2)
    write_text(tmp_path / "out.txt", "whole")
    assert sorted(file.name for file in tmp_path.iterdir()) == [".out.b.draft.txt", "out.txt"]


def test_only_regular_files_of_sense_are_read(tmp_path):
    """Pipes and devices would never end; names that cannot be, folders and giants say so."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(mp.InputError, match="is a pipe or a device, not a file to read"):
            read_text(path)
    with pytest.raises(mp.InputError, match="is a folder"):
        read_text(tmp_path)
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(mp.InputError, match="cannot be read"):
            read_text(name)
        with pytest.raises(mp.InputError, match=r"cannot be written|is not a possible file name"):
            write_text(name, "")
        with pytest.raises(mp.InputError, match="no world and no file of this name"):
            mp.World.load(name)
    big = tmp_path / "big.csv"
    big.write_bytes(b"x" * 2000)
    with pytest.raises(mp.InputError, match=r"big\.csv: is 0\.0 MB; at most 0\.0 MB are read"):
        read_text(big, limit=1000)
    big.write_bytes(b"\xff\xff")
    with pytest.raises(mp.InputError, match=r"is not UTF-8 text \(byte 0\)"):
        read_text(big)


def test_folder_that_does_not_exist(small, tmp_path):
    """Nowhere to write."""
    with pytest.raises(mp.InputError, match=r"no/small\.nc: cannot be written"):
        small.save(tmp_path / "no" / "small.nc")


# --- labels --------------------------------------------------------------------------------------


def countries(world, selector):
    return [world.countries[k] for k in world.pick_countries(selector)]


def sectors(world, selector):
    return [world.sectors[k] for k in world.pick_sectors(selector)]


@pytest.mark.parametrize("selector", ["CHN", "chn", "China", " China ", ["CHN"], ["chn", "China"]])
def test_a_country_has_many_names(world, selector):
    """Code in either case, name, list; no repeats."""
    assert countries(world, selector) == ["CHN"]


def test_everyone(world):
    """The star is everyone."""
    assert countries(world, "*") == world.countries
    assert sectors(world, "*") == world.sectors


def test_blocs(world):
    """All 27 of the EU are in the world; membership is dated; lists mix codes and blocs."""
    assert len(countries(world, "EU")) == 27
    assert "GBR" in countries(world, "EU@2019-12-31")
    assert countries(world, "BRICS@2023-12-31") == ["BRA", "CHN", "IND", "RUS", "ZAF"]
    assert "EGY" in countries(world, "brics@2024-01-01")
    assert "FIN" not in countries(world, "NATO@2022-02-24")
    assert len(bloc("G7")) == 7
    assert countries(world, ["G7", "CHN"]) == sorted([*bloc("G7"), "CHN"])
    assert {"EU", "G7", "BRICS", "NATO", "EAEU", "SCO", "ASEAN"} <= set(bloc_names())


def test_sector_groups(world):
    """Groups cover what they say; goods and services divide the sectors."""
    goods, services = sectors(world, "goods"), sectors(world, "services")
    assert sorted(goods + services) == sorted(world.sectors)
    assert sectors(world, "Cars") == sectors(world, "C29") == ["C29"]
    assert set(sectors(world, "energy")) <= set(world.sectors)
    assert set(sector_groups()) >= {"goods", "services", "energy", "cars", "steel"}


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("CHNN", "country: this world has no country 'CHNN'; did you mean CHN"),
        ("Germny", "this world has no country 'Germny'; did you mean .*Germany"),
        ("BRIC", "this world has no country 'BRIC'; did you mean BRICS"),
        ("BRICS@2023-13-31", "bloc: '2023-13-31' is not a date; write BLOC@YYYY-MM-DD"),
        (["USA", "Atlantis"], "this world has no country 'Atlantis'$"),
        ([], "selects no country"),
    ],
)
def test_countries_that_are_not_there(world, selector, message):
    """A near miss is answered by what was probably meant, another by nothing."""
    with pytest.raises(mp.InputError, match=message):
        world.pick_countries(selector)


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("C30", "sector: this world has no sector 'C30'; did you mean C301"),
        ("good", "this world has no sector 'good'; did you mean goods"),
        ([], "selects no sector"),
    ],
)
def test_sectors_that_are_not_there(world, selector, message):
    with pytest.raises(mp.InputError, match=message):
        world.pick_sectors(selector)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("UK", "GBR"), ("uk", "GBR"), ("the United Kingdom", "GBR"), ("US", "USA"),
        ("United States", "USA"), ("the United States", "USA"), ("South Korea", "KOR"),
        ("Germany", "DEU"), ("Russia", "RUS"), ("Türkiye", "TUR"),
        ("European Union", "EU"), ("the european union", "EU"), ("eu@2019-01-01", "EU@2019-01-01"),
        ("sanctions coalition", "SANCTIONS"), ("Atlantis", None), ("Iran", None),
    ],
)  # fmt: skip
def test_names_and_aliases_resolve(world, word, code):
    """One canonical spelling for each name; a selector takes any of them."""
    assert resolve(word) == code
    if code:
        assert world.pick_countries(word) == world.pick_countries(code)


def test_selectors_in_words():
    """Blocs and countries as a sentence has them."""
    assert say(["EU", "USA", "-DEU"]) == "the European Union and the United States except Germany"
    assert say("SANCTIONS") == "the sanctions coalition"
    assert say("UK") == "the United Kingdom"
    assert say("BRICS@2023-12-31") == "BRICS of 2023-12-31"
    assert (
        say(["C29", "steel", "*"], everyone="everything") == "Motor vehicles, steel and everything"
    )


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("Iran", "country: Iran is not among the 80 countries of world-2023$"),
        ("irn", "country: Iran is not among the 80 countries of world-2023$"),
        ("Kuwait", "Kuwait is not among the 80 countries"),
        ("EU@", "'' is not a date; write BLOC@YYYY-MM-DD"),
        ("European Unio", "did you mean the European Union"),
    ],
)
def test_a_real_country_that_no_world_has(world, word, message):
    """It is named, and no other one is suggested."""
    with pytest.raises(mp.InputError, match=message):
        world.pick_countries(word)


@pytest.mark.parametrize(
    ("word", "codes"),
    [("oil", ["B06", "C19"]), ("pork", ["A01", "C10T12"]), ("EVs", ["C29"]), ("chips", ["C26"]),
     ("barrels", ["B06", "C19"])],
)  # fmt: skip
def test_everyday_words_suggest_sectors(world, word, codes):
    with pytest.raises(mp.InputError, match="did you mean") as caught:
        world.pick_sectors(word)
    assert [code for code in world.sectors if f"{code} (" in str(caught.value)] == codes


def test_every_alias_means_one_thing():
    """No alias is the code, name or alias of another country or bloc; keywords are no groups."""
    for name, key in (("countries", "iso3"), ("bloc-names", "bloc")):
        words = [
            word
            for row in table(name)
            for word in {
                w.strip().casefold() for w in (row[key], row["name"], *row["aliases"].split(";"))
            }
            if word
        ]
        assert all(words.count(word) == 1 for word in words), words
    assert not set(country_names()) & set(other_country_names())
    assert {row["bloc"] for row in table("blocs")} == set(bloc_names())


def test_a_merged_world_is_asked_by_any_name_of_the_bloc(world):
    """A label `EU` of merged countries counts as the bloc, dated or not; `Home` in any case."""
    few = mp.regroup(world, {"EU": "EU", "Home": ["*", "-EU", "-USA"]})
    assert few.countries == ["EU", "Home", "USA"]
    for word in ("EU", "European Union", "EU@2024-01-01"):
        assert few.pick_countries(word) == [0]
    for word in ("Home", "home", "HOME"):
        assert few.pick_countries(word) == [1]


def test_labels_need_neither_pandas_nor_jax():
    """The command line starts with them."""
    script = (
        "import sys, multipolar.world.labels as labels; labels.resolve('UK'); "
        "print({'pandas', 'xarray', 'scipy', 'jax', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_bloc_without_a_member_in_the_world(small):
    """A bloc that is known but absent here."""
    with pytest.raises(mp.InputError, match="none of 'ASEAN' is in this world"):
        small.pick_countries("ASEAN")
    with pytest.raises(mp.InputError, match="none of 'goods' is in this world"):
        small.pick_sectors("goods")
    with pytest.raises(mp.InputError, match=r"bloc: no bloc 'BRICKS'; did you mean BRICS\?"):
        bloc("BRICKS")


# --- refusals: arrays ----------------------------------------------------------------------------


def at(array, cell, value):
    """The array with one cell replaced."""
    changed = np.array(array)
    changed[cell] = value
    return changed


@pytest.mark.parametrize(
    ("field", "change", "message"),
    [
        ("consumption_share", lambda a: at(a, (0, 1), np.nan),
         r"consumption_share: not a number: nan at \(grain, CHN\)"),
        ("expenditure_share", lambda a: at(a, (1, 2, 0), -0.1),
         r"expenditure_share: negative value -0\.1 at \(steel, RUS, USA\)"),
        ("expenditure_share", lambda a: 1.01 * a,
         r"expenditure_share: shares must sum to 1, but sum to 1\.01 at \(grain, USA\)"),
        ("input_share", lambda a: 1.1 * a, "input_share: shares must sum to 1, but sum to 1.1"),
        ("consumption_share", lambda a: 0.99 * a, "shares must sum to 1, but sum to 0.99"),
        ("value_added_share", lambda a: at(a, (0, 0), 1.2),
         r"value_added_share: above 1: 1\.2 at \(grain, USA\)"),
        ("value_added_share", lambda a: 0 * a, "spending does not settle"),
        ("value_added", lambda a: at(a, 3, 0), r"value_added: must be positive, is 0 at \(DEU\)"),
        ("value_added", lambda a: at(a, 3, 1.01 * a[3]),
         "DEU has value added .*, but its sales pay .* contradict each other"),
        ("transfer", lambda a: a + 1e6, "transfers must sum to zero over the world"),
        ("trade_elasticity", lambda a: at(a, 2, 0),
         r"trade_elasticity: must be positive, is 0 at \(banking\)"),
        ("tariff", lambda a: at(a, (0, 1, 2), -0.1), r"tariff: negative value -0\.1"),
        ("value_added", lambda a: a[:3],
         r"value_added: has shape \(3,\); \(4,\) is needed \(country\)"),
        ("expenditure_share", lambda a: a[:, :3],
         r"has shape \(3, 3, 4\); \(3, 4, 4\) is needed \(sector, exporter, importer\)"),
    ],
)  # fmt: skip
def test_arrays_that_make_no_world(small, field, change, message):
    """NaN, negative shares, shares that do not sum, wrong shapes, accounts that contradict."""
    with pytest.raises(mp.InputError, match=message):
        rebuilt(small, **{field: change(small.arrays()[field])})


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, "1", "2", "3"], "1 cannot be a label: it is not text"),
        (["USA", "usa", "CHN", "RUS"], "'usa' is listed twice"),
        (["*", "USA", "CHN", "RUS"], "'\\*' cannot be a label: selectors use"),
        (["", "USA", "CHN", "RUS"], "'' cannot be a label: it is empty"),
        (["-RUS", "USA", "CHN", "RUS"], "'-RUS' cannot be a label"),
        (["A@B", "USA", "CHN", "RUS"], "'A@B' cannot be a label"),
        (["../x", "USA", "CHN", "RUS"], "it has a slash or a control character"),
        (["a\nb", "USA", "CHN", "RUS"], "it has a slash or a control character"),
        (["x" * 41, "USA", "CHN", "RUS"], "more than 40 characters"),
        ({"USA", "CHN", "RUS", "DEU"}, "needs a list of labels"),
        ("ABCD", "needs a list of labels"),
    ],
)
def test_labels_that_nobody_could_ask_for(flows, labels, message):
    with pytest.raises(mp.InputError, match=message) as caught:
        mp.World.from_flows(**flows | {"countries": labels})
    assert caught.value.field == "country"


def test_labels_are_checked_in_files_too(small, tmp_path):
    """Whoever made the file: a label that is a path is refused."""
    bad = ["USA", "CHN", "RUS", "/etc/passwd"]
    path = tmp_path / "bad.nc"
    axes = dict.fromkeys(("country", "exporter", "importer"), bad)
    small.data.assign_coords(axes).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(mp.InputError, match=r"bad\.nc: country: '/etc/passwd' cannot be a label"):
        mp.World.load(path)


def test_arrays_with_names_count_by_them(flows):
    """Reordered dims are put in order by name; other dims and reordered labels are refused."""
    dims = ("sector", "exporter", "importer")
    labels = {"sector": flows["sectors"], **dict.fromkeys(dims[1:], flows["countries"])}
    sales = xr.DataArray(flows["sales"], {k: list(v) for k, v in labels.items()}, dims)
    for order in itertools.permutations(dims):
        made = mp.World.from_flows(**flows | {"sales": sales.transpose(*order)})
        assert made.checksum == mp.World.from_flows(**flows).checksum
    with pytest.raises(mp.InputError, match=r"sales: has dims .*; sector, exporter, importer are"):
        mp.World.from_flows(**flows | {"sales": sales.rename(sector="good")})
    turned = sales.isel(exporter=[1, 0, 2, 3])
    with pytest.raises(mp.InputError, match="sales: the labels of its exporter are not those of"):
        mp.World.from_flows(**flows | {"sales": turned})
    theta = pd.Series(flows["trade_elasticity"], index=list(flows["sectors"])[::-1])
    with pytest.raises(mp.InputError, match="trade_elasticity: the labels of its sector"):
        mp.World.from_flows(**flows | {"trade_elasticity": theta})


def test_numbers_that_would_be_lost_are_refused(small, flows):
    """Masked cells, imaginary parts, text, a rounding that is no number, tariffs at home."""
    masked = np.ma.masked_array(flows["sales"], mask=flows["sales"] > 1)
    with pytest.raises(mp.InputError, match="sales: has masked cells"):
        mp.World.from_flows(**flows | {"sales": masked})
    with pytest.raises(mp.InputError, match="sales: does not hold real numbers"):
        mp.World.from_flows(**flows | {"sales": flows["sales"] + 1j})
    with pytest.raises(mp.InputError, match="trade_elasticity: does not hold real numbers"):
        mp.World.from_flows(**flows | {"trade_elasticity": ["1", "2", "3"]})
    with pytest.raises(mp.InputError, match="rounding: nan must be a fraction"):
        rebuilt(small, rounding=np.nan)
    with pytest.raises(mp.InputError, match=r"a tariff on domestic sales: 0\.1 at \(grain, USA\)"):
        rebuilt(small, tariff=at(small.tariff, (0, 0, 0), 0.1))


def test_a_dataset_is_checked_before_it_is_a_world(small):
    """Value added of five times what sales pay is no benchmark."""
    wrong = small.data.assign(value_added=5 * small.value_added)
    with pytest.raises(mp.InputError, match="expenditure: spending differs from final"):
        mp.World(wrong)
    with pytest.raises(mp.InputError, match="no variable 'tariff'"):
        mp.World(small.data.drop_vars("tariff"))


def test_single_precision_is_rounding(small):
    """A world whose arrays were float32 is the same world to the digits that it has."""
    single = {name: array.astype(np.float32) for name, array in given(small).items()}
    again = mp.World.from_arrays(small.countries, small.sectors, **single)
    np.testing.assert_allclose(again.trade, small.trade, rtol=1e-5, atol=1e-3)
    again.check(1e-12)


def test_labels_listed_twice(flows):
    """Labels are names: each once."""
    with pytest.raises(mp.InputError, match="country: the country 'CHN' is listed twice"):
        mp.World.from_flows(**flows | {"countries": ["USA", "CHN", "CHN", "DEU"]})
    with pytest.raises(mp.InputError, match="sector: the sector 'steel' is listed twice"):
        mp.World.from_flows(**flows | {"sectors": ["grain", "steel", "steel"]})


@pytest.mark.parametrize(
    ("field", "change", "message"),
    [
        ("sales", lambda a: at(a, (1, 2, 0), np.nan),
         r"sales: not a number: nan at \(steel, RUS, USA\)"),
        ("sales", lambda a: at(a, (1, 2, 0), -1),
         r"sales: negative value -1 at \(steel, RUS, USA\)"),
        ("intermediate_use", lambda a: 3 * a, "intermediate_use: inputs cost more than output"),
        ("intermediate_use", lambda a: a.sum(0) * np.array([1, 0, 0])[:, None, None],
         r"sales: purchases do not cover what firms use as input at \(grain"),
        ("sales", lambda a: a * (np.arange(4) != 1)[:, None],
         "intermediate_use: inputs cost more than output"),
        ("trade_elasticity", lambda a: a[:2],
         r"trade_elasticity: has shape \(2,\); \(3,\) is needed \(sector\)"),
    ],
)  # fmt: skip
def test_flows_that_make_no_world(flows, field, change, message):
    """NaN, negative flows, inputs dearer than output, purchases that do not cover inputs."""
    with pytest.raises(mp.InputError, match=message):
        mp.World.from_flows(**flows | {field: change(flows[field])})


def test_country_without_final_spending(flows):
    """Who buys nothing has no place in a world."""
    nothing = {
        "sales": flows["sales"] * (np.arange(4) != 2),
        "intermediate_use": np.zeros((3, 3, 4)),
    }
    with pytest.raises(mp.InputError, match=r"final spending is not positive at \(RUS\)"):
        mp.World.from_flows(**flows | nothing)


def test_error_names_the_world(flows):
    """The message starts with the world's name, and the error carries its parts."""
    with pytest.raises(mp.InputError, match=r"^seed 1: intermediate_use: ") as caught:
        mp.World.from_flows(**flows | {"intermediate_use": 3 * flows["intermediate_use"]})
    assert (caught.value.file, caught.value.field) == ("seed 1", "intermediate_use")
    with pytest.raises(mp.InputError, match="expenditure_share: shares must sum to 1"):
        random_world(1).check(1e-30)


def test_nothing_of_a_world_can_be_changed(world):
    checksum = world.checksum
    world.countries.reverse()
    world.data["tariff"] = 0 * world.tariff
    assert world.countries[0] == "AGO"
    assert float(world.tariff.max()) > 0
    for array in (world.output, world.tariff_revenue, world.trade, world.tariff):
        with pytest.raises(ValueError, match="read-only"):
            array.values[:] = 0
    assert mp.World(world.data).checksum == checksum


def test_a_world_survives_pickling(world):
    assert pickle.loads(pickle.dumps(world)).checksum == world.checksum  # noqa: S301


def test_an_empty_world_is_refused():
    with pytest.raises(mp.InputError, match="a world needs at least one country"):
        mp.World.from_flows(
            [],
            ["a"],
            sales=np.zeros((1, 0, 0)),
            intermediate_use=np.zeros((1, 1, 0)),
            trade_elasticity=[4.0],
        )


def test_the_world_before_the_war_has_russias_trade_of_2021():
    """Russia's 35 pairs at 0.85 x the IMF's figures, the rest of the world as in world-2023."""
    path = Path(__file__).parents[1] / "tools" / "build_world" / "russia-2021.csv"
    facts = pd.read_csv(path, comment="#", index_col="partner")
    before, now = mp.World.load("world-2021").check(), mp.World.load("world-2023")
    goods = now.pick_goods()
    flow, flow_now = (
        (w.trade / (1 + w.tariff))[goods].sum("sector").to_pandas() for w in (before, now)
    )
    for mine, fact in ((flow.loc["RUS"], facts["exports"]), (flow["RUS"], facts["imports"])):
        miss = (mine[facts.index] - 850 * fact).abs()
        assert miss.sum() <= 0.005 * 850 * fact.sum()
        assert (miss <= 0.05 * 850 * fact).all()
    assert flow.loc["CHN", "USA"] == pytest.approx(flow_now.loc["CHN", "USA"], rel=0.002)
    np.testing.assert_allclose(before.output, now.output, rtol=1e-6, atol=1)
