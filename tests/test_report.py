"""The report: numbers in words that match the outcome, one file that needs nothing else."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

import multipolar as mp
from multipolar.report import answers, write_run
from multipolar.report.document import command, report_of, to_html, to_markdown
from multipolar.report.headline import NEAR_ZERO, headline
from multipolar.scenario import Scenario


@pytest.fixture(scope="module")
def run():
    """May 2025, solved once."""
    return Scenario.load("may-2025").run()


@pytest.fixture(scope="module")
def page(run):
    """Its report."""
    return to_html(report_of(run))


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


def test_the_file_needs_nothing_else(page):
    read = Reader(page)
    assert "script" not in read.tags
    assert "link" not in read.tags
    assert [target for target in read.points_to if not target.startswith("#")] == []
    assert not re.search(r"url\((?!#)", page)
    assert read.tags.count("svg") == 8


def test_the_report_has_every_part(page, run):
    words = " ".join(" ".join(Reader(page).words).split())
    for part in (
        "In short",
        "What it assumes",
        "What it leaves out",
        "How to reproduce it",
        "multipolar run may-2025 --out report",
        "trade imbalances stay a fixed share of world value added",
        "Bown (PIIE)",
        "001_036918e29117ad95.txt, paragraph 5",
        run.outcome.checksum,
    ):
        assert part in words, part
    for answer in answers(run):
        assert answer.title in words


def test_headline_numbers_are_the_outcome_s(run):
    said = " ".join(headline(run))
    change = 100 * run.outcome.real_income.to_series()
    income = run.outcome.income_before.to_series()
    world = (change * income).sum() / income.sum()
    assert f"lose {abs(world):.2f} % of real income" in said
    assert f"The United States loses {-change['USA']:.2f} %" in said
    assert f"({-change['CHN'] * income['CHN'] / 1e5:,.0f} bn USD a year)" in said
    assert "its sign depends on the assumptions" in said
    assert "it is no forecast" in said
    near = re.search(r"For (.*) the change is within", said).group(1)
    assert "Russia" in near
    assert abs(change["RUS"]) < NEAR_ZERO


@pytest.mark.parametrize("sign", [1, -1])
def test_headline_turns_with_the_sign(sign):
    """A policy that helps is not said to hurt."""
    policy = mp.Productivity("DEU", "goods", change=0.1 * sign)
    run = Scenario.load("truce-2025-05-12").run()
    outcome = mp.solve(mp.World.load(), policy)
    said = " ".join(headline(type(run)(run.scenario.model_copy(
        update={"questions": type(run.scenario.questions)(headline=("DEU", "USA"))}
    ), outcome, {})))  # fmt: skip
    assert ("Germany gains" in said) == (sign > 0)
    assert ("Germany loses" in said) == (sign < 0)


def test_no_policy_moves_nothing(tmp_path):
    path = tmp_path / "calm.toml"
    path.write_text('title = "Calm"\nstory = "Nothing happens."\n', encoding="utf-8")
    run = Scenario.load(path).run()
    assert "together neither gain nor lose" in headline(run)[0]
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
    assert len(linked) == 8
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


def test_the_report_opens_without_a_network(browser, page, tmp_path):
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
    assert tab.locator("figure svg").count() == 8
    box = tab.locator("figure svg").first.bounding_box()
    assert box["width"] > 500
    assert box["height"] > 200
    context.close()


def test_a_picture_s_own_page_draws_without_a_network(browser, run, tmp_path):
    figure = answers(run)[0].figures[0]
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
