"""Every chart rendered, and not blank; the figure's table, caption and files."""

import io
import itertools
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import multipolar as mp
from multipolar.display import charts, theme
from multipolar.display.figure import Figure

WORDS = {"key": "k", "title": "A title", "source": "multipolar.", "alt": "What is seen."}
NAMES = ["Canada", "China", "Chad", "Cuba"]
SIGNED = pd.DataFrame({"country": NAMES, "real income, % change": [-1.5, -0.1, 0.0, 2.0]})
FROM_TO = SIGNED.assign(**{"after, bn USD": [1.0, 2, 3, 4], "change, bn USD": [-1.0, 0, 1, 2]})
PAIRS = pd.DataFrame(
    [(a, b, k + 1.0, 20.0 * (k - 1)) for k, a in enumerate(NAMES) for b in NAMES if a != b],
    columns=["exporter", "importer", "bn USD", "% change"],
)
PATHS = pd.DataFrame(
    [(year, who, year * k) for year in range(5) for k, who in enumerate(NAMES, -1)],
    columns=["year", "country", "real income, % change"],
)


def figures():
    """One of each chart."""
    coded = SIGNED.copy()
    coded.insert(0, "code", ["CAN", "CHN", "TCD", "SGP"])
    blocs = coded.iloc[:, :2].assign(bloc=["G7", "BRICS", "none", "none"])
    spread = pd.DataFrame({"% change": np.random.default_rng(0).normal(size=200)})
    yield "map", charts.shape_map(coded, **WORDS)
    yield "groups", charts.shape_map(blocs, **WORDS)
    yield "bars", charts.ranked_bars(SIGNED, **WORDS)
    yield "waterfall", charts.waterfall(SIGNED, total=float(SIGNED.iloc[:, 1].sum()), **WORDS)
    yield "before-after", charts.before_after(FROM_TO, **WORDS)
    yield "heat", charts.heat_map(PAIRS.drop(columns="bn USD"), **WORDS)
    yield "shares", charts.heat_map(PAIRS.drop(columns="% change"), signed=False, **WORDS)
    yield "flows", charts.flows(PAIRS, **WORDS)
    yield "distribution", charts.distribution(spread, **WORDS)
    yield "lines", charts.lines(PATHS, **WORDS)
    dated = PATHS.assign(year=[f"{2020 + year}-01-01" for year in PATHS["year"]])
    yield "over-time", charts.over_time(dated, [("2022-05-01", "a truce")], **WORDS)
    yield "panels", charts.panels(dated, [("2022-05-01", "a truce")], **WORDS)
    periods = coded.assign(**{"2025Q1": [0.0, -1.0, 2.0, 1.0], "2025-02": [1.0, 1.0, -3.0, 4.0]})
    periods = periods.drop(columns=coded.columns[2])
    yield "map-over-time", charts.map_over_time(periods, "% change", **WORDS)
    yield "scatter", charts.scatter(FROM_TO, diagonal=True, **WORDS)


ALL = dict(figures())


def pixels(figure: Figure) -> np.ndarray:
    """The picture without its words, as [row, column, colour]."""
    plain = Image.open(io.BytesIO(figure.png())).convert("RGB")
    return np.asarray(plain)


def strong(picture: np.ndarray) -> int:
    """How many pixels are a colour, not white and not a grey of text and rules."""
    spread = picture.max(axis=2).astype(int) - picture.min(axis=2)
    return int((spread > 60).sum())


@pytest.mark.parametrize("name", ALL)
def test_a_chart_is_drawn_and_not_blank(name):
    assert strong(pixels(ALL[name])) > 500, "hardly a coloured pixel"


@pytest.mark.parametrize("name", ["map", "bars", "before-after", "flows", "heat"])
def test_other_numbers_are_another_picture(name):
    """The numbers reach the picture: swap signs and it changes."""
    figure = ALL[name]
    measure = figure.data.columns[-1]
    turned = figure.data.assign(**{measure: -figure.data[measure]})
    draw = {
        "map": charts.shape_map,
        "bars": charts.ranked_bars,
        "before-after": charts.before_after,
        "flows": charts.flows,
        "heat": charts.heat_map,
    }[name]
    before, after = pixels(figure), pixels(draw(turned, **WORDS))
    assert before.shape != after.shape or (before != after).any()


def test_losses_are_orange_and_gains_are_blue():
    one = SIGNED.iloc[:1]
    red = pixels(charts.ranked_bars(one, **WORDS)).reshape(-1, 3).astype(int)
    blue = pixels(
        charts.ranked_bars(one.assign(**{"real income, % change": 1.0}), **WORDS)
    ).reshape(-1, 3).astype(int)  # fmt: skip
    assert ((red[:, 0] - red[:, 2]) > 100).sum() > 500
    assert ((blue[:, 2] - blue[:, 0]) > 100).sum() > 500
    assert ((red[:, 2] - red[:, 0]) > 100).sum() == 0


def test_every_shipped_economy_is_on_the_map(world):
    drawn = ALL["map"].fixed
    shapes = {g["id"] for g in drawn["shapes"]["objects"]["countries"]["geometries"]}
    places = {place["iso3"] for place in drawn["places"]}
    assert set(world.countries) <= shapes | places


def test_a_small_economy_shows_on_the_map():
    """Singapore has no shape at this scale: a circle."""
    coded = pd.DataFrame({"code": ["SGP"], "country": ["Singapore"], "% change": [-5.0]})
    none = coded.assign(**{"% change": np.nan})
    with_it, without = (pixels(charts.shape_map(t, **WORDS)) for t in (coded, none))
    assert (with_it != without).any()


def test_files_of_a_figure(tmp_path):
    figure = ALL["bars"]
    for ending in ("png", "svg", "html", "csv"):
        path = figure.save(tmp_path / f"bars.{ending}")
        assert path.stat().st_size > 50
    assert figure.save(tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    svg = (tmp_path / "bars.svg").read_text()
    assert "A title" in svg
    assert "Source: multipolar." in svg
    read = pd.read_csv(tmp_path / "bars.csv")
    pd.testing.assert_frame_equal(read, SIGNED)
    page = (tmp_path / "bars.html").read_text()
    assert "real income, % change" in page
    assert 'src="http' not in page
    assert "cdn." not in page.split("vegaEmbed", 1)[0][:2000]
    with pytest.raises(mp.InputError, match=r"no picture ends in '.gif'; choose .png"):
        figure.save(tmp_path / "a.gif")


def test_the_specification_is_data_only():
    """Strict JSON with the table in it; what a browser gets."""
    odd = SIGNED.assign(**{"real income, % change": [np.nan, np.inf, -np.inf, 1.0]})
    figure = charts.ranked_bars(odd, **WORDS)
    text = json.dumps(figure.spec(), allow_nan=False)
    assert json.loads(text)["datasets"]["rows"][3]["real income, % change"] == 1.0
    assert strong(pixels(figure)) > 100


@pytest.mark.parametrize("heading", ["growth, % p.a.", "x[1]", "China's"])
def test_a_heading_that_cannot_be_drawn_is_refused(heading):
    with pytest.raises(mp.InputError, match="cannot be drawn; leave it out"):
        charts.ranked_bars(SIGNED.set_axis(["country", heading], axis=1), **WORDS)


def test_bands_add_up():
    """On both sides bands fill their end without overlap."""
    others = ALL["flows"].others
    total = PAIRS["bn USD"].sum()
    for side, at in (("exporter", 0.0), ("importer", 1.0)):
        ends = [end for end in others["ends"] if end["side"] == side]
        sums = PAIRS.groupby(side)["bn USD"].sum() / total
        for end in ends:
            assert end["bottom"] - end["top"] == pytest.approx(sums[end["end"]])
        edges = sorted((b["top"], b["bottom"]) for b in others["bands"] if b["across"] == at)
        assert all(a[1] <= b[0] + 1e-12 for a, b in itertools.pairwise(edges))


@pytest.mark.parametrize(
    ("values", "limit"),
    [
        ([], 1.0),
        ([0.0, 0.0], 1.0),
        ([np.nan, 0.3], 0.5),
        ([-0.2, 0.1], 0.2),
        ([1e-9], 1e-9),
        ([-7.0, 3.0], 10.0),
        ([100.0] + [0.1] * 99, 0.1),
    ],
)
def test_a_scale_ends_at_a_round_number(values, limit):
    assert theme.nice_limit(np.array(values)) == pytest.approx(limit)
