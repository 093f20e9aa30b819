"""The report: numbers in words that match the outcome, one file that needs nothing else."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

import multipolar as mp
from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.sheets import csv_of
from multipolar.questions.asking.asked import ask
from multipolar.questions.gains import NEAR_ZERO, Gains
from multipolar.report import as_json, manifest, write_run
from multipolar.report.document import command, report_of, to_html, to_markdown
from multipolar.report.headline import headline, hedge
from multipolar.report.manifest import verify
from multipolar.scenario import Scenario
from multipolar.world.labels import pick_group


@pytest.fixture(scope="module")
def run():
    """May 2025, solved once."""
    return Scenario.load("may-2025-tariffs").run()


@pytest.fixture(scope="module")
def page(run):
    """Its report."""
    return to_html(report_of(run))


def pictures(run):
    """How many pictures a run's report has."""
    return sum(len(answer.figures) for answer in run.answers)


class Reader(HTMLParser):
    """Tags, what they point to, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.points_to, self.words, self.ids = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "data", "action"):
                self.points_to.append(value)
            if name == "id":
                self.ids.append(value)

    def handle_data(self, data):
        self.words.append(data)


def test_the_file_needs_nothing_else(page, run):
    read = Reader(page)
    assert "script" not in read.tags
    assert "link" not in read.tags
    assert [target for target in read.points_to if not target.startswith("#")] == []
    assert not re.search(r"url\((?!#)", page)
    assert read.tags.count("svg") == pictures(run) >= 8


def test_the_report_has_every_part(page, run):
    words = " ".join(" ".join(Reader(page).words).split())
    for part in (
        "In short",
        "What it assumes",
        "What it leaves out",
        "How to reproduce it",
        "multipolar run may-2025-tariffs --out report",
        "trade imbalances stay a fixed share of world value added",
        "Bown (PIIE)",
        "001_036918e29117ad95.txt, paragraph 5",
        run.outcome.checksum,
    ):
        assert part in words, part
    for answer in run.answers:
        assert answer.title in words


def test_headline_numbers_are_the_outcome_s(run):
    said = " ".join(headline(run))
    change = 100 * run.outcome.real_income.to_series()
    income = run.outcome.income_before.to_series()
    world = (change * income).sum() / income.sum()
    assert f"lose {abs(world):.2f} % of real income" in said
    assert f"The United States loses {-change['USA']:.2f} %" in said
    assert f"({-change['CHN'] * income['CHN'] / 1e5:,.0f} bn USD a year)" in said
    assert "its sign may depend on the assumptions" in said
    assert "it is not a forecast" in said
    near = re.search(r"For (.*) the change is within", said).group(1)
    assert "Russia" in near
    assert abs(change["RUS"]) < NEAR_ZERO


@pytest.mark.parametrize("sign", [1, -1])
def test_headline_turns_with_the_sign(sign, world):
    """A policy that helps is not said to hurt."""
    case = mp.Case(world, mp.Productivity("DEU", "goods", change=0.1 * sign))
    said = " ".join(ask(Gains(countries=("DEU", "USA")), case).sentences)
    assert ("Germany gains" in said) == (sign > 0)
    assert ("Germany loses" in said) == (sign < 0)


@pytest.mark.parametrize("supply", ["perfect-competition", "krugman", "fixed-firms"])
def test_the_hedge_says_which_supply_was_assumed(supply):
    words = {"perfect-competition": "constant returns", "krugman": "scale economies",
             "fixed-firms": "a fixed number of firms"}  # fmt: skip
    said = hedge(mp.Assumptions(supply=supply))
    assert [key for key, word in words.items() if word in said] == [supply]


def test_no_policy_moves_nothing(tmp_path):
    path = tmp_path / "calm.toml"
    path.write_text('title = "Calm"\nstory = "Nothing happens."\n', encoding="utf-8")
    run = Scenario.load(path).run()
    assert headline(run)[0] == "No act is in force, so nothing changes."
    assert "No act is in force" in to_html(report_of(run))


def test_the_users_words_are_text_not_markup(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text(
        'title = "<script>alert(1)</script> | _x_"\nstory = "<img src=x onerror=alert(2)>"\n'
        '[[policy]]\nid = "<b>a</b>"\nact = "tariff"\nimporter = "USA"\nrate = 0.1\n'
        'source = "</pre><script>"\n',
        encoding="utf-8",
    )
    report = report_of(Scenario.load(path).run())
    read = Reader(to_html(report))
    assert not {"script", "img", "b"} & set(read.tags)
    assert "<script>" not in to_markdown(report).replace("\\<script\\>", "")


def test_the_command_makes_the_report_again():
    case = Scenario.load("may-2025")
    options = {"assume": {"horizon": 2.0, "deficits": "purged"}, "tariffs": False}
    assert command(case, options) == (
        "multipolar run may-2025 --assume horizon=2 --assume deficits=purged --no-tariffs "
        "--out report"
    )


def test_run_writes_report_and_pictures(run, tmp_path):
    written = write_run(run, tmp_path / "x", {"assume": {}, "tariffs": True})
    names = {path.relative_to(tmp_path / "x").as_posix() for path in written}
    assert {"report.html", "report.md", "manifest.json", "result.json"} <= names
    markdown = (tmp_path / "x" / "report.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\((figures/[\w-]+\.png)\)", markdown)
    assert len(linked) == pictures(run)
    assert set(linked) <= names
    for name in names:
        assert (tmp_path / "x" / name).stat().st_size > 50, name
    table = pd.read_csv(tmp_path / "x" / "figures" / "map-real-income.csv", index_col="code")
    assert table.loc["USA", "real income, % change"] == pytest.approx(
        100 * float(run.outcome.real_income.sel(country="USA"))
    )


def test_tables_of_the_markdown_are_square(run):
    rows = [line for line in to_markdown(report_of(run)).splitlines() if line.startswith("|")]
    bars = [len(re.findall(r"(?<!\\)\|", row)) for row in rows]
    edges = [k for k, row in enumerate(rows) if set(row) <= set("|-:")]
    assert len(edges) >= 8
    for k in edges:
        assert bars[k - 1] == bars[k] == bars[k + 1]


def test_the_report_opens_without_a_network(browser, page, run, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    context = browser.new_context(offline=True)
    asked, complaints = [], []
    tab = context.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(path.as_uri())
    assert complaints == []
    assert asked == [path.as_uri()]
    assert tab.locator("figure svg").count() == pictures(run)
    box = tab.locator("figure svg").first.bounding_box()
    assert box["width"] > 500
    assert box["height"] > 200
    context.close()


def test_a_picture_s_own_page_draws_without_a_network(browser, run, tmp_path):
    figure = run.answers[0].figures[0]
    path = figure.save(tmp_path / "map.html")
    context = browser.new_context(offline=True)
    tab, complaints = context.new_page(), []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    tab.goto(path.as_uri())
    tab.locator("svg path").nth(170).wait_for(state="attached")
    assert tab.title() == figure.title
    assert complaints == []
    context.close()


@pytest.fixture(scope="module")
def short():
    """May 2025 with one question: little to draw."""
    return Scenario.load("may-2025").run(asks=lambda question: question.kind == "trade")


def test_a_run_into_an_old_folder_leaves_nothing_stale(short, tmp_path):
    """The old manifest goes first, and what it listed and is not written again goes too."""
    folder = tmp_path / "x"
    write_run(short, folder, {})
    (folder / "gone.csv").write_text("old")
    (folder / "mine.txt").write_text("the user's own")
    old = json.loads((folder / "manifest.json").read_text())
    old["files"] |= dict.fromkeys(["gone.csv", "../outside.csv", "/etc/hostname"], "")
    (folder / "manifest.json").write_text(json.dumps(old))
    (tmp_path / "outside.csv").write_text("not ours")
    write_run(short, folder, {})
    assert not (folder / "gone.csv").exists()
    assert (folder / "mine.txt").exists()
    assert (tmp_path / "outside.csv").exists()


def test_a_killed_run_is_vouched_for_by_no_manifest(short, tmp_path, monkeypatch):
    folder = tmp_path / "x"
    write_run(short, folder, {})

    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("multipolar.report.files.write_report", killed)
    with pytest.raises(KeyboardInterrupt):
        write_run(short, folder, {})
    assert not (folder / "manifest.json").exists()


def test_every_country_and_every_pair_is_in_a_csv(short, tmp_path):
    write_run(short, tmp_path, {})
    countries = pd.read_csv(tmp_path / "countries.csv", index_col="iso3")
    assert len(countries) == 80
    change = short.outcome.real_income.to_series()
    income = short.outcome.income_before.to_series()
    assert countries["real income, bn USD"].to_numpy() == pytest.approx(
        (change * income / 1e3)[countries.index].to_numpy(), rel=1e-6
    )
    trade = pd.read_csv(tmp_path / "trade.csv").set_index(["exporter", "importer"])
    before = short.outcome.border_trade("before").sel(exporter="CHN", importer="USA")
    goods = pick_group(short.outcome.sectors)
    assert trade.loc[("CHN", "USA"), "goods before, million USD"] == pytest.approx(
        float(before[goods].sum()), rel=1e-6
    )


def test_a_title_is_no_formula_and_no_script(tmp_path):
    """A what-if's title used to reach a CSV as a formula, a label a page as a script."""
    table = pd.DataFrame({"a": ["=1+1", "b"], "n": [-1.5, 2.0]}, pd.Index(["=HYPERLINK(1)", "+x"]))
    rows = csv_of(table).splitlines()
    assert rows[1] == "'=HYPERLINK(1),'=1+1,-1.5"
    assert rows[2] == "'+x,b,2"
    values = pd.DataFrame({"who": ["</script><script>alert(1)</script>"], "n": [1.0]})
    figure = charts.ranked_bars(values, key="x", title="t", source="s")
    page = figure.save(tmp_path / "x.html").read_text(encoding="utf-8")
    assert "</script><script>alert(1)" not in page


def test_labels_never_become_paths():
    for key in ("/etc/passwd", "../../x", "a\\b", "x" * 500, "..", "a b"):
        name = Answer(key, "t", pd.DataFrame({"n": [1]})).key
        assert re.fullmatch(r"[\w@-]{1,120}", name), name
    one, other = (Answer(key, "t", pd.DataFrame()).key for key in ("a/b", "a:b"))
    assert one != other


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of one's own file with a table beside it, written with --out."""
    folder = tmp_path_factory.mktemp("mine")
    (folder / "t.csv").write_text("importer,exporter,sector,rate\nUSA,CHN,C26,0.3\n")
    (folder / "parent.toml").write_text(
        'title = "P"\n[[policy]]\nid = "t"\nact = "tariff-schedule"\nfile = "t.csv"\n'
    )
    mine = folder / "mine.toml"
    mine.write_text('extends = "parent"\ntitle = "M"\n[[questions]]\nask = "standoff"\n'
                    'one = "CHN"\nother = "RUS"\n')  # fmt: skip
    write_run(Scenario.load(mine).run(), folder / "out", {"assume": {}, "tariffs": True})
    return folder


def test_a_run_verifies(finished):
    told = json.loads((finished / "out" / "manifest.json").read_text())
    named = {Path(name).name for name in told["inputs"]}
    assert named == {"mine.toml", "parent.toml", "t.csv"}
    assert verify(finished / "out", as_json) == []


@pytest.mark.parametrize("name", ["parent.toml", "t.csv", "out/countries.csv", "out/report.md"])
def test_one_changed_byte_is_found_and_named(name, finished, monkeypatch):
    monkeypatch.setattr(manifest, "_differences", lambda *_: iter(()))
    path = finished / name
    kept = path.read_bytes()
    path.write_bytes(kept + b"\n")
    try:
        wrong = verify(finished / "out", as_json)
    finally:
        path.write_bytes(kept)
    assert [line.partition(":")[0] for line in wrong] == [str(path)]


def test_one_changed_number_is_found_and_named(finished):
    path = finished / "out" / "result.json"
    kept = path.read_text()
    result = json.loads(kept)
    result["countries"]["USA"]["real_income"] *= 1 + 1e-6
    path.write_text(json.dumps(result))
    try:
        wrong = verify(finished / "out", as_json)
    finally:
        path.write_text(kept)
    assert len(wrong) == 2
    assert "has changed since the run" in wrong[0]
    assert "countries.USA.real_income was" in wrong[1]


def test_a_folder_without_a_run_does_not_verify(tmp_path):
    with pytest.raises(mp.InputError, match=r"has no manifest\.json"):
        verify(tmp_path, as_json)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(mp.InputError, match="is not the manifest of a run"):
        verify(tmp_path, as_json)
