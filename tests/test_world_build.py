"""Worlds of published tables: each reader on its publisher's layout, balancing, and refusals."""

import gzip
import hashlib
import http.server
import threading
import zipfile

import numpy as np
import pandas as pd
import published
import pytest
import xarray as xr
from worlds import random_flows

import multipolar as mp
from multipolar.world import balance, lay_tariffs, tables, trade_elasticities
from multipolar.world.labels import sector_groups
from multipolar.world.tables import (
    Table,
    fetching,
    read_long,
    read_oecd,
    read_table,
    read_wiod,
)

CODES = ("A01", "C26", "K")  # sectors of the release of 2025
OLDER = ("A01_02", "C24", "K")  # sectors of the release of 2023


def without_tariffs(sectors=CODES, countries=4, seed=3):
    """A made-up world without tariffs, as published tables have none."""
    flows = random_flows(seed, countries, tariffs=False) | {"sectors": sectors}
    return mp.World.from_flows(**flows | {"name": "made up", "year": 2022})


@pytest.fixture(scope="module")
def origin():
    return without_tariffs()


@pytest.fixture
def file(origin, tmp_path):
    path = tmp_path / "2022_SML.csv"
    published.oecd(origin).to_csv(path)
    return path


def same(made, origin, rtol=1e-9):
    """Every array of two worlds, to `rtol` of the largest number of its kind."""
    assert made.countries == origin.countries
    assert made.sectors == origin.sectors
    for name, values in origin.arrays().items():
        if name != "trade_elasticity":
            scale = np.abs(values).max()
            np.testing.assert_allclose(
                made.arrays()[name], values, rtol=rtol, atol=rtol * scale, err_msg=name
            )


# --- each reader on its publisher's layout -------------------------------------------------------


def test_oecd_gives_the_world_back(file, origin):
    """Written out in OECD's layout and read back: the same world to 1e-9, nothing moved."""
    table = read_oecd(file)
    assert (table.year, table.uses) == (2022, published.OECD_USES)
    balanced = balance(table)
    same(balanced.world.check(1e-9), origin)
    assert balanced.report["cells"].sum() == 0
    assert balanced.world.name == "OECD ICIO 2022, release 2025"


def test_oecd_of_2023_has_its_own_sectors(tmp_path):
    """The release of 2023: goods and elasticities of merged sectors are those of their parts."""
    older = without_tariffs(OLDER)
    published.oecd(older).to_csv(tmp_path / "2020_SML.csv")
    table = read_oecd(tmp_path / "2020_SML.csv", release="2023")
    world = balance(table).world
    same(world, older)
    assert world.year == 2020
    assert [world.sectors[k] for k in world.pick_goods()] == ["A01_02", "C24"]
    mean = trade_elasticities(["A01", "A02"]).mean()
    assert float(world.trade_elasticity.sel(sector="A01_02")) == mean


@pytest.mark.parametrize("kept", [True, False], ids=["with CHN", "without CHN"])
def test_the_parts_of_china_are_added_up(origin, tmp_path, kept):
    """The extended files split China; its final demand does not, and CHN may stay as zeros."""
    frame = published.split(published.oecd(origin))
    if kept:
        rows = [label for label in frame.index if label.startswith("CN1_")]
        for axis in (0, 1):
            names = [label.replace("CN1", "CHN") for label in rows]
            block = 0 * (frame.loc[rows] if axis == 0 else frame[rows])
            block = block.set_axis(names, axis=axis)
            parts = [frame, block] if axis == 0 else [block, frame]
            frame = pd.concat(parts, axis=axis)
        frame.index.name = "V1"
    path = tmp_path / "2022_EXT.csv"
    frame.to_csv(path)
    table = read_oecd(path)
    order = [table.countries.index(code) for code in origin.countries]
    world = balance(table).world
    np.testing.assert_allclose(
        world.value_added.values[order], origin.value_added.values, rtol=1e-9
    )
    np.testing.assert_allclose(
        world.trade.values[:, order][:, :, order], origin.trade.values, rtol=1e-9
    )


def test_archives_and_compressed_files(file, origin, tmp_path):
    """A zip of several years asks which; a zip of one and a gz file are read as they are."""
    archive = tmp_path / "2016-2022_SML.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for year in (2021, 2022):
            made.write(file, f"{year}_SML.csv")
    same(balance(read_oecd(archive, 2021)).world, origin)
    with pytest.raises(
        mp.InputError, match=r"2016-2022_SML.zip: year: holds several .* 2021, 2022"
    ):
        read_oecd(archive)
    with pytest.raises(mp.InputError, match=r"has no table of 2019 \(it has 2021, 2022\)"):
        read_oecd(archive, 2019)
    packed = tmp_path / "2022_SML.csv.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    same(balance(read_oecd(packed)).world, origin)
    archive.write_bytes(archive.read_bytes()[:1000])
    with pytest.raises(mp.InputError, match=r"not a whole zip archive"):
        read_oecd(archive, 2021)


def test_oecd_agrees_with_pymrio(file):
    """The flows that pymrio's own parser finds in the same file."""
    pymrio = pytest.importorskip("pymrio")
    table = read_oecd(file, tiny=0.0)
    theirs = pymrio.parse_oecd(file)
    ours = tables.from_pymrio(
        type("System", (), {"Z": theirs.Z, "Y": theirs.Y, "unit": theirs.unit, "meta": None})(),
        tiny=0.0,
    )
    assert set(ours.countries) == set(table.countries)
    c = [ours.countries.index(code) for code in table.countries]
    s = [ours.sectors.index(code) for code in table.sectors]
    u = [ours.uses.index(use) for use in table.uses]
    np.testing.assert_allclose(
        ours.intermediate_use[np.ix_(s, s, c)], table.intermediate_use, rtol=1e-12
    )
    np.testing.assert_allclose(
        ours.final_sales[np.ix_(u, s, c, c)], table.final_sales, rtol=1e-12, atol=1e-12
    )


def test_wiod_gives_the_world_back(origin, tmp_path):
    path = tmp_path / "WIOT2014_October16_ROW.dta"
    published.wiod(origin).to_stata(path, write_index=False)
    table = read_wiod(path)
    assert (table.year, table.name) == (2014, "WIOD 2016, 2014")
    same(balance(table).world, origin)
    archive = tmp_path / "WIOTS_in_STATA.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.write(path, path.name)
    same(balance(read_table(archive, "wiod", 2014)).world, origin)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(mp.InputError, match=r"ROW.dta: is not a whole Stata file"):
        read_wiod(path)


def test_long_form_gives_the_world_back(origin, tmp_path):
    path = tmp_path / "mine.csv"
    published.long(origin).to_csv(path, index=False)
    same(balance(read_long(path, 2022)).world, origin)


def test_a_dataset_gives_the_world_back(origin):
    """Dims in another order count by their names."""
    flows, final = published.matrices(origin)
    n, j = len(origin.countries), len(origin.sectors)
    names = {"exporter": origin.countries, "importer": origin.countries, "sector": origin.sectors}
    data = xr.Dataset(
        {
            "inputs": (("exporter", "input", "importer", "sector"), flows.reshape(n, j, n, j)),
            "final": (("exporter", "sector", "importer", "use"), final.reshape(n, j, n, 1)),
        },
        coords=names | {"input": origin.sectors, "use": ["consumption"]},
    )
    same(balance(tables.from_dataset(data.transpose())).world, origin)
    with pytest.raises(mp.InputError, match="final: has dims"):
        tables.from_dataset(data.assign(final=data["final"].sum("use")))


# --- pymrio --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pymrio():
    return pytest.importorskip("pymrio")


def test_pymrio_s_own_test_table(pymrio):
    """Six regions, eight sectors, in million USD: output and inputs as pymrio's own figures."""
    system = pymrio.load_test()
    table = tables.from_pymrio(system)
    balanced = balance(table, trade_elasticity=4.0)
    world = balanced.world.check(1e-9)
    output = (system.Z.sum(axis=1) + system.Y.sum(axis=1)).unstack().loc[world.countries]
    np.testing.assert_allclose(world.output.values.T, output[world.sectors], rtol=1e-12)
    assert (balanced.report["moved"] == 0).all()
    assert set(world.trade_elasticity.values) == {4.0}
    with pytest.raises(mp.InputError, match="no trade elasticity is known for 8 of 8 sectors"):
        balance(table)


def test_a_system_of_coefficients(pymrio):
    """GLORIA comes as coefficients and final demand, thousand dollars: flows are worked out."""
    known = pymrio.load_test().calc_all()
    unit = known.unit.assign(unit="\u2018000 US$")
    system = pymrio.IOSystem(A=known.A, Y=known.Y, unit=unit)
    whole = tables.from_pymrio(pymrio.load_test(), tiny=0.0)
    table = tables.from_pymrio(system, tiny=0.0)
    np.testing.assert_allclose(table.intermediate_use, whole.intermediate_use / 1e3, rtol=1e-9)
    np.testing.assert_allclose(table.output, whole.output / 1e3, rtol=1e-9)
    with pytest.raises(mp.InputError, match="unit: unit 'gold' is not known"):
        tables.from_pymrio(pymrio.IOSystem(A=known.A, Y=known.Y, unit=unit.assign(unit="gold")))


def test_exiobase_is_in_euros(pymrio, tmp_path):
    """pymrio's test table stored as EXIOBASE is, countries in two letters, million euros."""
    system = pymrio.load_test()
    codes = ["DE", "FR", "US", "CN", "WA", "WF"]
    system.rename_regions(dict(zip(system.get_regions(), codes, strict=True)))
    system.unit["unit"] = "M.EUR"
    system.save_all(tmp_path / "IOT_2022_ixi")
    with pytest.raises(mp.InputError, match=r"unit: values are in M\.EUR; say how many US dollars"):
        read_table(tmp_path / "IOT_2022_ixi", "exiobase")
    table = read_table(tmp_path / "IOT_2022_ixi", "exiobase", 2022, dollars=1.05)
    assert table.countries == ("DEU", "FRA", "USA", "CHN", "WA", "WF")
    total = 1.05 * float(system.Z.sum(axis=1).sum() + system.Y.sum(axis=1).sum())
    assert table.output.sum() == pytest.approx(total, rel=1e-12)


def test_eora_is_in_thousand_dollars(pymrio, origin, tmp_path):
    """A table in Eora26's layout: tab-separated blocks, labels in files of their own."""
    flows, final = published.matrices(origin)
    labels = [
        (f"full {country}", country, "Industries", sector)
        for country in origin.countries
        for sector in origin.sectors
    ]
    uses = [(f"full {c}", c, "Final Demand", "Household") for c in origin.countries]
    files = {
        "Eora26_2015_bp_T": 1e3 * flows,
        "Eora26_2015_bp_FD": 1e3 * final,
        "Eora26_2015_bp_VA": 1e3 * (flows.sum(1) + final.sum(1) - flows.sum(0))[None],
        "Eora26_2015_bp_Q": np.ones((1, len(labels))),
        "Eora26_2015_bp_QY": np.ones((1, len(uses))),
    }
    for name, block in files.items():
        np.savetxt(tmp_path / f"{name}.txt", block, delimiter="\t", fmt="%.17g")
    for name, rows in (
        ("T", labels),
        ("FD", uses),
        ("Q", [("gas (t)", "CO2")]),
        ("VA", [("Primary input", "Value added")]),
    ):
        pd.DataFrame(rows).to_csv(
            tmp_path / f"labels_{name}.txt", sep="\t", header=False, index=False
        )
    same(balance(read_table(tmp_path, "eora", 2015)).world, origin)
    with pytest.raises(mp.InputError, match="pymrio cannot read it as eora"):
        read_table(tmp_path, "eora", 2014)


# --- balancing -----------------------------------------------------------------------------------


def made_table(inputs, final, output=None, **how):
    """A table of two countries and two sectors (the codes are OECD's)."""
    return Table.from_matrices(
        ["USA", "CHN"], ["C26", "K"], ["HFCE", "INVNT"],
        inputs=np.array(inputs, dtype=float), final=np.array(final, dtype=float),
        output=output, **how,
    )  # fmt: skip


INPUTS = 10 + np.arange(16.0).reshape(4, 4)
FINAL = 100 + 10 * np.arange(16.0).reshape(4, 4)


def test_inventories_run_down_keep_output():
    """Stocks sold to oneself beyond what is bought: the cell is zero, output stays, all adds up."""
    final = FINAL.copy()
    final[0, 1] = -150.0  # USA C26: households buy 100 at home, stocks fall by 150
    balanced = balance(made_table(INPUTS, final))
    world = balanced.world.check(1e-9)
    output = (INPUTS.sum(1) + final.sum(1)).reshape(2, 2).T
    np.testing.assert_allclose(world.output, output, rtol=1e-12)
    moved = balanced.report.loc["negative final purchases set to zero"]
    assert (moved["cells"], moved["moved"], moved["largest"]) == (1, 50.0, "C26 USA USA")
    final_spending = world.consumption_share * (world.value_added + world.transfer)
    np.testing.assert_allclose(
        balanced.final_use.sum("use").transpose("sector", "country"), final_spending, rtol=1e-9
    )
    assert float(balanced.final_use.sel(use="INVNT", sector="K").min()) > 0


def test_negative_and_tiny_inputs_are_counted():
    inputs = INPUTS.copy()
    inputs[0, 3], inputs[2, 1] = -5.0, 3e-7
    report = balance(made_table(inputs, FINAL)).report
    negative, tiny = report.iloc[0], report.iloc[1]
    assert (negative["cells"], negative["moved"]) == (1, 5.0)
    assert (tiny["cells"], tiny["moved"]) == (1, 3e-7)


def test_firms_that_buy_more_than_is_made_raise_output():
    """Inventories fell by more than all final sales: firms still get what they bought."""
    final = FINAL.copy()
    final[0] = [0.0, 0.0, 0.0, -20.0]
    balanced = balance(made_table(INPUTS, final))
    assert float(balanced.world.output.sel(country="USA", sector="C26")) == pytest.approx(46.0)
    raised = balanced.report.loc["output raised to what firms buy"]
    assert (raised["cells"], raised["moved"]) == (1, pytest.approx(20.0))


def test_inputs_dearer_than_output_are_cut():
    """Negative value added as published: inputs are cut to 98 % of output, and that is said."""
    inputs = INPUTS.copy()
    inputs[:, 1] *= 40
    balanced = balance(made_table(inputs, FINAL))
    share = float(balanced.world.value_added_share.sel(country="USA", sector="K"))
    assert share == pytest.approx(0.02)
    assert balanced.report.loc["inputs cut to what output pays", "cells"] > 0


def test_an_industry_that_is_empty_stays_empty():
    """Households as employers in most countries: no output, no inputs, no purchases."""
    inputs, final = INPUTS.copy(), FINAL.copy()
    inputs[3], inputs[:, 3], final[3] = 0.0, 0.0, 0.0
    world = balance(made_table(inputs, final)).world.check(1e-9)
    assert float(world.output.sel(country="CHN", sector="K")) == 0.0
    assert np.isfinite(mp.solve(world, mp.Tariff("USA", "CHN", rate=0.1)).real_income).all()


def test_small_gaps_of_rows_are_scaled_away():
    """A row that misses its total by half a per cent is scaled to it; by two, it is refused."""
    total = INPUTS.sum(1) + FINAL.sum(1)
    near = total * [1.005, 1, 1, 1]
    world = balance(made_table(INPUTS, FINAL, output=near)).world
    np.testing.assert_allclose(world.output.values.T.ravel(), near, rtol=1e-12)
    with pytest.raises(mp.InputError, match=r"OUT: row USA_C26 adds up to .* published total is"):
        made_table(INPUTS, FINAL, output=total * [1.02, 1, 1, 1])


def test_tariffs_are_laid_on_flows(origin):
    """Flows before tariff stay; taking the tariffs off again gives the world back."""
    levy = np.full((3, 4, 4), 0.1)
    levy[:, np.arange(4), np.arange(4)] = 0
    taxed = lay_tariffs(origin, levy).check(1e-9)
    same(taxed.without_tariffs(), origin)
    assert float(taxed.tariff_revenue.sum()) > 0
    with pytest.raises(mp.InputError, match="a tariff on domestic sales"):
        lay_tariffs(origin, np.full((3, 4, 4), 0.1))


def test_elasticities_are_never_made_up():
    assert trade_elasticities(["C26", "tulips"], 3.0).tolist()[1] == 3.0
    assert trade_elasticities(["tulips"], {"tulips": 2.0}).tolist() == [2.0]
    with pytest.raises(mp.InputError, match="no sector 'tulip'; did you mean tulips"):
        trade_elasticities(["tulips"], {"tulip": 2.0})
    assert set(sector_groups()["goods"]) >= {"A01", "C26"}


# --- refusals: one line with file and place ------------------------------------------------------


def cut_rows(text):
    return "\n".join(text.splitlines()[:9]) + "\n"


def cut_line(text):
    return text[: int(len(text) * 0.8)]


def drop_country(text):
    """Every final use of one country is gone from the columns."""
    rows = [line.split(",") for line in text.splitlines()]
    kept = [k for k, label in enumerate(rows[0]) if label not in
            {f"RUS_{use}" for use in published.OECD_USES}]  # fmt: skip
    return "\n".join(",".join(row[k] for k in kept) for row in rows)


def no_number(text):
    lines = text.splitlines()
    row = lines[3].split(",")
    lines[3] = ",".join([row[0], "n.a.", *row[2:]])
    return "\n".join(lines)


def unbalanced(text):
    lines = text.splitlines()
    row = lines[2].split(",")
    lines[2] = ",".join([*row[:-1], str(1.1 * float(row[-1]))])
    return "\n".join(lines)


SPOILT = [
    (cut_rows, r"2022_SML.csv: ends with row \w+ and lacks \d+ of 15 rows, the first \w+; .*trunc"),
    (cut_line, r"2022_SML.csv: a line.* has \d+ entries instead of 38; the file is truncated"),
    (drop_country, r"2022_SML.csv: header: has no column 'RUS_HFCE' \(6 columns are missing\)"),
    (no_number, r"2022_SML.csv: 'n.a.' is not a number, in column USA_A01"),
    (unbalanced, r"2022_SML.csv: OUT: row USA_C26 adds up to [\d,.]+ million USD, but"),
    (lambda text: text.splitlines()[0] + "\n", r"2022_SML.csv: has no rows"),
    (lambda text: text.replace("_A01", "_01T03"), r"2022_SML.csv: release: is of another release"),
    (lambda text: text.replace(",OUT", ",TOTAL", 1), r"header: has no column 'OUT'"),
    (lambda text: text.replace("USA_C26", "USA_K", 1), r"header: column 'USA_K' occurs twice"),
]


@pytest.mark.parametrize(("spoil", "told"), SPOILT)
def test_oecd_refuses_in_one_line(file, spoil, told):
    file.write_text(spoil(file.read_text()))
    with pytest.raises(mp.InputError, match=told) as refused:
        read_oecd(file)
    assert "\n" not in str(refused.value)


def test_the_release_asked_for(file):
    with pytest.raises(mp.InputError, match="release: is of the release of 2025, not of 2023"):
        read_oecd(file, release="2023")
    with pytest.raises(mp.InputError, match="no release '2024'; did you mean 2025"):
        read_oecd(file, release="2024")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("exporter,sector,importer,use,worth\n", "mine.csv: no column 'value'"),
        ("exporter,sector,importer,use,value\nUSA,C26,USA,C26,1\n", "use: has no final use"),
        ("exporter,sector,importer,use,value\nUSA,C26,USA,HFCE,x\n", "mine.csv: is not a readable"),
        ("exporter,sector,importer,use,value\nUSA,C26,,HFCE,1\n", "line 2: importer: has an empty"),
    ],
)
def test_long_form_refuses_in_one_line(tmp_path, text, told):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(mp.InputError, match=told):
        read_long(path)


def test_wiod_refuses_a_missing_row(origin, tmp_path):
    path = tmp_path / "WIOT2014_October16_ROW.dta"
    published.wiod(origin).drop(index=4).to_stata(path, write_index=False)
    with pytest.raises(mp.InputError, match=r"ROW.dta: 1 rows are missing, the first CHN_C26"):
        read_wiod(path)


# --- fetching ------------------------------------------------------------------------------------


@pytest.fixture
def publisher(tmp_path):
    """A server on this machine in the place of a publisher's: address, and what it was asked."""
    asked = []

    class Serving(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "7")
            self.end_headers()
            self.wfile.write(b"a table")

        def log_message(self, *told):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Serving)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/2022.zip", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_table_is_fetched_once_and_checked(publisher, tmp_path, monkeypatch):
    """Fetched from its address, told of, kept; another checksum than the known one is refused."""
    pytest.importorskip("pooch")
    address, asked = publisher
    right = f"sha256:{hashlib.sha256(b'a table').hexdigest()}"
    there = fetching.Source(address, 2022, 2022, right)
    monkeypatch.setitem(fetching.ADDRESSES, "oecd-2025", (there,))
    steps = []
    for _ in range(2):
        path = tables.fetch(
            "oecd-2025", 2022, tmp_path, on_step=lambda text, done=0, total=0: steps.append(done)
        )
        assert path.read_bytes() == b"a table"
    assert asked == ["/2022.zip"]
    assert max(steps) == 7
    wrong = fetching.Source(address, 2022, 2022, "sha256:" + 64 * "0")
    monkeypatch.setitem(fetching.ADDRESSES, "oecd-2025", (wrong,))
    with pytest.raises(mp.InputError, match=r"2022.zip: is not the file that was expected") as told:
        tables.fetch("oecd-2025", 2022, tmp_path / "new")
    assert "\n" not in str(told.value)
    assert not list((tmp_path / "new").glob("*"))


def test_what_is_there_is_not_fetched_again(tmp_path, monkeypatch):
    """A known checksum must match; a file in place is used; no network is touched."""
    pytest.importorskip("pooch")
    from multipolar.world.tables import fetching

    kept = tmp_path / "2016-2022_SML.zip"
    kept.write_bytes(b"a table")
    assert tables.fetch("oecd-2025", 2022, tmp_path, any_revision=True) == kept
    with pytest.raises(mp.InputError, match=r"oecd-2025: has the years 1995 to 2022, not 2024"):
        tables.fetch("oecd-2025", 2024)
    with pytest.raises(mp.InputError, match=r"no table 'oecd-2024'; did you mean oecd-202"):
        tables.fetch("oecd-2024", 2022)
    gone = fetching.Source("http://127.0.0.1:9/2022.zip", 2022, 2022)
    monkeypatch.setitem(fetching.ADDRESSES, "oecd-2025", (gone,))
    with pytest.raises(mp.InputError, match=r"9/2022.zip: cannot be fetched .* with a browser"):
        tables.fetch("oecd-2025", 2022, tmp_path / "new")
