"""The page in a real browser: what a reader does, and what she sees."""

import json
import re
import tomllib
from importlib.resources import files

import pytest

from multipolar.display.words import written
from multipolar.questions.asking.asked import ask
from multipolar.questions.asking.registry import build, kinds
from multipolar.scenario import Scenario

SOLVED = "html[data-solves='{}']"


@pytest.fixture(scope="module")
def reader(browser):
    """A reader, who keeps what she loaded."""
    context = browser.new_context(viewport={"width": 1300, "height": 900}, accept_downloads=True)
    yield context
    context.close()


@pytest.fixture
def page(reader, address):
    """The page, opened and solved once; complaints on the console fail the test."""
    tab = reader.new_page()
    complaints, elsewhere = [], []
    tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda r: elsewhere.append(r.url) if not ours(r.url, address) else None)
    tab.goto(address + "/")
    tab.wait_for_selector(SOLVED.format(1), state="attached", timeout=60_000)
    yield tab
    tab.close()
    expected = [c for c in complaints if "422" not in c]  # the browser notes every refusal
    assert expected == []
    assert elsewhere == []


def opened(browser, url):
    """Another reader's page."""
    tab = browser.new_page()
    tab.goto(url)
    wait(tab, 1)
    return tab


def ours(url, address):
    return url.startswith((address, "data:", "blob:"))


def wait(tab, solves):
    tab.wait_for_selector(SOLVED.format(solves), state="attached", timeout=30_000)


def tile(tab, code="USA"):
    return tab.locator(f"#tiles dd[data-country={code}]").inner_text()


def colours(tab):
    """What the map shows: fill by label of each country."""
    return tab.evaluate(
        """() => Object.fromEntries(
            [...document.querySelectorAll("#map svg path[aria-label]")]
                .map((path) => [path.getAttribute("aria-label"), path.getAttribute("fill")]))"""
    )


def number(text):
    """The first number in a text as shown, with its typographic minus."""
    return float(re.search(r"[−+-]?[\d.]+", text).group().replace("−", "-"))  # noqa: RUF001


def slide(tab, value, which=0):
    """Drag the slider: what a mouse or a key does to it."""
    tab.locator("#acts input[type=range]").nth(which).fill(str(value))


def test_it_opens_with_the_library_s_numbers(page):
    outcome = Scenario.load("may-2025").case().outcome
    value = 100 * float(outcome.real_income.sel(country="USA"))
    assert tile(page) == f"{value:+.2f} %".replace("-", "−")  # noqa: RUF001  (as it is shown)
    assert page.locator("#headline .first").inner_text().startswith("The 80 economies")
    assert page.locator("#map svg path").count() > 170


def test_the_slider_moves_number_and_map(page):
    before, was = tile(page, "CHN"), colours(page)
    slide(page, 0, which=0)
    wait(page, 2)
    slide(page, 0, which=1)
    wait(page, 3)
    assert tile(page, "CHN") != before
    now = colours(page)
    china = next(label for label in now if "country: China" in label)
    assert china not in was, "the map still says what it said"
    assert f"{number(china):.2f}" == f"{number(tile(page, 'CHN')):.2f}"
    paint = [{k.split(";")[0]: fill for k, fill in each.items()} for each in (was, now)]
    assert paint[0] != paint[1], "no country changed its colour"
    assert page.locator(".act.changed").count() == 2


# --- asking ---------------------------------------------------------------------------------------


def fill(tab, field, *values, where="#question-form"):
    """Type into a field of a form, an entry at a time."""
    for value in values:
        entry = tab.locator(f"{where} [data-field={field}] input").first
        entry.fill(value)
        entry.press("Enter")


def choose(tab, kind):
    tab.select_option("#question", kind)


def test_every_kind_of_question_has_a_form(page):
    """Each renders all its fields; none is listed in the page's own files."""
    drawn = page.evaluate(
        """() => {
            const picker = document.querySelector("#question");
            return Object.fromEntries([...picker.options].map((option) => {
                picker.value = option.value;
                picker.dispatchEvent(new Event("change"));
                const form = document.querySelector("#question-form");
                const fields = [...form.querySelectorAll(":scope > .fields > [data-field]")];
                const empty = fields.filter((f) => !f.querySelector("input, select"));
                return [option.value, [fields.map((f) => f.dataset.field), empty.length]];
            }));
        }"""
    )
    assert list(drawn) == list(kinds())
    for kind, (fields, empty) in drawn.items():
        assert fields == [name for name in kinds()[kind].model_fields if name != "name"]
        assert not empty
    for path in (files("multipolar.app") / "static").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not any(f'"{kind}"' in text for kind in kinds() if "-" in kind), path.name


def test_a_question_s_numbers_are_the_library_s(page):
    choose(page, "suppliers")
    page.click("#ask")
    trouble = page.locator("#question-form [data-field=sectors] .trouble")
    assert trouble.inner_text() == "This is needed."
    page.locator("#question-form [data-field=importer] input").fill("Germany")
    fill(page, "sectors", "cars")
    page.click("#ask")
    card = page.locator("#asked article").first
    card.locator("table").first.wait_for(state="attached", timeout=30_000)
    assert "The first week of May 2025" in card.locator(".of").inner_text()
    scenario = Scenario.load("may-2025")
    question = build({"ask": "suppliers", "importer": "DEU", "sectors": "cars"})
    table = ask(question, scenario.case()).answers[0].shown
    cells = card.locator("tbody tr").first.locator("td").all_text_contents()
    assert cells == [written(v, h)[0] for v, h in zip(table.iloc[0], table.columns, strict=True)]
    with page.expect_download() as waited:
        card.locator("button.csv").first.evaluate("node => node.click()")
    assert str(table.index[0]) in waited.value.path().read_text(encoding="utf-8")
    choose(page, "prices")  # another, of a changed case: both are kept, newest first
    page.locator("#question-form [data-field=country] input").fill("japan")
    slide(page, 0, which=1)
    wait(page, 2)
    page.click("#ask")
    page.locator("#asked article").nth(1).wait_for(timeout=30_000)
    said = page.locator("#asked .of strong").all_inner_texts()
    assert "at 0 %" in said[0]
    assert "at 0 %" not in said[1]
    page.locator("#asked .of button").first.click()
    assert page.locator("#asked article").count() == 1


def test_a_map_moves_through_time(page):
    """The slider under the map of a path: another period is another map, and it says which."""
    choose(page, "income-path")
    page.locator("#question-form [data-field=over] input").fill("2025Q1:2025Q2")
    page.click("#ask")
    card = page.locator("#asked article").first
    slider = card.locator(".vega-bind input[type=range]")
    slider.wait_for(timeout=60_000)
    assert slider.input_value() == slider.get_attribute("max") == "1"
    assert card.locator("svg text", has_text="2025Q2").count() == 1

    def paint():
        shapes = "nodes => nodes.map(node => node.getAttribute('fill'))"
        return card.locator("svg path[aria-label*='country']").evaluate_all(shapes)

    last = paint()
    slider.fill("0")
    card.locator("svg text", has_text="2025Q1").wait_for(timeout=10_000)
    assert len(last) > 60
    assert len(paint()) == len(last)
    assert paint() != last


def test_a_refusal_stands_at_its_field(page):
    choose(page, "suppliers")
    page.locator("#question-form [data-field=importer] input").fill("Iran")
    fill(page, "sectors", "cars")
    page.click("#ask")
    trouble = page.locator("#question-form [data-field=importer] .trouble", has_text="Iran")
    trouble.wait_for(timeout=20_000)
    assert page.locator("#complaint").is_hidden(), "the results stay as they are"


def test_a_made_up_question_gets_a_form_and_an_answer(reader, address, tally):
    tab = opened(reader, address)
    choose(tab, tally.kind)
    tab.locator("[data-field=whose] input").fill("Viet Nam")
    tab.locator("[data-field=whose] input").fill("Vietnam")
    tab.locator("[data-field=times] input").fill("4")
    tab.locator("[data-field=share] input").fill("25")
    tab.locator("[data-field=mood] select").select_option(label="sad")
    tab.locator("[data-field=aloud] input").check()
    fill(tab, "against", "European Union", "but Germany")
    fill(tab, "others", "China + Russia", "USMCA")
    tab.locator("[data-field=routes] input").nth(0).fill("China")
    tab.locator("[data-field=routes] input").nth(1).fill("Mexico")
    fill(tab, "goods", "cars", "Glass, cement, ceramics")
    fill(tab, "weights", "C29=2", "cars = 0.5")
    fill(tab, "grid", "3")
    fill(tab, "answer", "0.5")
    tab.click("#ask")
    tab.locator("#asked article table").wait_for(timeout=20_000)
    assert tab.locator("#asked .said").inner_text() == "VNM counts 80 economies 4 times: 320."
    rows = dict(
        zip(
            tab.locator("#asked tbody th").all_inner_texts(),
            tab.locator("#asked tbody td").all_inner_texts(),
            strict=True,
        )
    )
    assert {name: rows[name] for name in ("share", "mood", "aloud", "grid", "answer", "stake")} == {
        "share": "0.25", "mood": "sad", "aloud": "True", "grid": "(1.0, 2.0, 3.0)",
        "answer": "0.5", "stake": "None",
    }  # fmt: skip
    assert rows["against"] == "('EU', '-DEU')"
    assert rows["others"] == "(('CHN', 'RUS'), 'USMCA')"
    assert rows["routes"] == "(('CHN', 'MEX'),)"
    assert rows["goods"] == "('cars', 'C23')"
    assert rows["weights"] == "{'C29': 2.0, 'cars': 0.5}"
    tab.close()


def test_a_slow_question_shows_how_far_it_is_and_can_be_stopped(reader, address, dawdle):
    tab = opened(reader, address)
    choose(tab, dawdle.kind)
    tab.click("#ask")
    line = tab.locator(".asking .progress")
    line.locator("[role=status]", has_text="Dawdling").wait_for(timeout=10_000)
    tab.locator(".elapsed", has_text="1 s").first.wait_for(timeout=5_000)
    assert "of 600" in line.inner_text()
    assert line.locator("progress").get_attribute("max") == "600"
    slide(tab, 12)  # meanwhile the slider answers
    wait(tab, 2)
    assert not dawdle.ended
    line.locator("button.stop").click()
    line.wait_for(state="hidden")
    tab.wait_for_timeout(1000)
    assert len(dawdle.ended) == 1
    assert not dawdle.gate.is_set()
    assert tab.locator("#asked article").count() == 0
    assert tab.locator("#ask").is_enabled()
    tab.close()


def test_a_scenario_s_longer_question_is_worked_out_when_asked_for(page):
    sections = page.locator("#left > section")
    longer = [q for q in Scenario.load("may-2025").all_questions() if q.cost != "reads"]
    assert sections.count() == len(longer)
    section = sections.first  # of causes
    section.get_by_role("button", name="takes seconds").click()
    section.locator("table").wait_for(state="attached", timeout=60_000)
    assert "Russia" in section.inner_text()
    slide(page, 30)
    wait(page, 2)
    assert section.locator("table").count() == 0, "the number of another case"
    assert section.get_by_role("button", name="takes seconds").is_visible()


def test_back_returns_to_the_scenario_before(page):
    slide(page, 30)
    wait(page, 2)
    shown = tile(page, "CHN")
    page.select_option("#base", "sanctions-2022")
    wait(page, 3)
    assert page.locator("[data-assumption=horizon]").first.input_value() == "a number"
    assert page.locator("#assumptions input[data-assumption=horizon]").input_value() == "2"
    page.go_back()
    wait(page, 4)
    assert page.locator("#base").input_value() == "may-2025"
    assert tile(page, "CHN") == shown
    assert page.locator("#acts input[type=range]").first.input_value() == "30"
    page.go_forward()
    wait(page, 5)
    assert page.locator("#base").input_value() == "sanctions-2022"


def test_assumptions_are_the_scenario_s_own_and_can_all_be_chosen(page):
    page.select_option("#base", "sanctions-2022")
    wait(page, 2)
    page.locator("#assumed summary").first.click()
    assert "after 2 years" in page.locator("#status").inner_text()
    page.locator("select[data-assumption=horizon]").select_option("long-run")
    wait(page, 3)
    assert "long run" in page.locator("#status").inner_text()
    assert "The scenario's own: 2 years" in page.locator("#assumptions").inner_text()
    assert page.locator("#assume-scale").is_hidden()
    page.locator("select[data-assumption=supply]").select_option("krugman")
    page.locator("#assume-scale").wait_for(state="visible")
    page.locator("#assume-scale").fill("7")
    page.locator("#assumptions .trouble", has_text="from 0 to 1").wait_for()


def test_my_country_is_on_the_tiles(page, browser):
    assert page.locator("#tiles dd[data-country=POL]").count() == 0
    page.locator("#watch").fill("Poland")
    page.locator("#watch").press("Enter")
    wait(page, 2)
    page.locator("#watch").fill("ASEAN")
    page.locator("#watch").press("Enter")
    wait(page, 3)
    outcome = Scenario.load("may-2025").case().outcome
    value = 100 * float(outcome.real_income.sel(country="POL"))
    assert tile(page, "POL") == f"{value:+.2f} %".replace("-", "−")  # noqa: RUF001
    bloc = outcome.table(["ASEAN"])["real income, % change"].iloc[0]
    assert number(tile(page, "ASEAN")) == pytest.approx(bloc, abs=0.006)
    other = opened(browser, page.url)
    assert tile(other, "POL") == tile(page, "POL")
    other.close()
    page.locator("#watch").fill("Iran")
    page.locator("#watch").press("Enter")
    assert "none of the 80" in page.locator("#watch-trouble").inner_text()


def test_an_act_of_any_kind_can_be_added(page):
    page.locator("#adder summary").first.click()
    kind = page.locator("#adder select").first
    kind.select_option("transfer")
    fill(page, "sender", "Germany", where="#adder")
    fill(page, "receiver", "Nowhere", where="#adder")
    page.locator("#adder [data-field=amount] input").fill("20000")
    page.click("#add")
    page.locator("#adder [data-field=receiver] .trouble", has_text="Nowhere").wait_for(
        timeout=9_000
    )
    page.locator("#adder [data-field=receiver] .chip button").click()
    fill(page, "receiver", "Ukraine", where="#adder")
    page.click("#add")
    wait(page, 2)
    assert page.locator(".act .name").first.inner_text() == "Transfer from Germany to Ukraine"
    for _ in range(2):
        kind.select_option("tariff")
        fill(page, "importer", "India", where="#adder")
        page.locator("#adder [data-field=rate] input").fill("7.5")
        before = page.locator(".act").count()
        page.click("#add")
        page.wait_for_function("n => document.querySelectorAll('.act').length > n", arg=before)
    said = page.locator(".act .name").all_inner_texts()[1:3]
    assert [each.partition(" (")[0] for each in said] == [
        "India: tariff on goods from everyone"] * 2  # fmt: skip
    assert said[0] != said[1], "told apart by their ids"
    sources = page.locator(".act .source p").all_text_contents()
    assert any("Executive Order" in each or "EO" in each for each in sources), sources[:3]


def test_a_case_about_gas_is_built_on_the_page(page):
    page.select_option("#base", "")
    wait(page, 2)
    assert not page.locator("#gas").is_visible()
    page.locator("#adder select").first.select_option("close-link")
    page.locator("#adder [data-field=link] input").fill("Nord Strem")
    page.click("#add")
    page.locator("#adder [data-field=link] .trouble", has_text="Nord Stream").wait_for(
        timeout=9_000
    )
    page.locator("#adder [data-field=link] input").fill("TurkStream 2")
    page.click("#add")
    wait(page, 3)
    assert page.locator(".act .name").first.inner_text() == "TurkStream 2: closed"
    assert page.locator("#network").input_value() == "gas-2023"
    assert not page.locator("#tiles").is_visible()
    before = page.locator("#headline").inner_text()
    assert "USD/MMBtu" in before
    page.select_option("#network", "gas-2030")
    wait(page, 4)
    assert page.locator("#headline").inner_text() != before
    assert "Gas network gas-2030. Trade was not solved" in page.locator("#status").inner_text()


def test_a_picture_as_png(page):
    with page.expect_download() as waited:
        page.locator("#map button.png").click()
    data = waited.value.path().read_bytes()
    assert data.startswith(b"\x89PNG")
    assert int.from_bytes(data[16:20]) > 1200, "pixels across"


# --- links, files, refusals -------------------------------------------------------------------


def test_the_link_restores_the_state(page, browser, address):
    slide(page, 60, which=1)
    wait(page, 2)
    page.locator("#acts input[type=checkbox]").nth(0).uncheck()
    wait(page, 3)
    shown = [tile(page, code) for code in ("USA", "CHN", "RUS")]
    other = browser.new_page()
    other.goto(page.url)
    wait(other, 1)
    assert [tile(other, code) for code in ("USA", "CHN", "RUS")] == shown
    assert other.locator("#acts input[type=range]").nth(1).input_value() == "60"
    assert not other.locator("#acts input[type=checkbox]").nth(0).is_checked()
    other.close()
    assert page.url.startswith(address + "/#")


def test_a_damaged_link_says_so(browser, address):
    tab = browser.new_page()
    tab.goto(address + "/#bm90anNvbg")
    tab.locator("#complaint", has_text="This link is damaged").wait_for(timeout=30_000)
    assert tile(tab)
    tab.close()


def test_build_a_trade_war_from_nothing(page):
    page.locator("#base").select_option("")
    wait(page, 2)
    assert "No act is in force" in page.locator("#headline .first").inner_text()
    fill(page, "importer", "United States", where="#adder")
    fill(page, "exporter", "DEU", where="#adder")
    page.locator("#adder [data-field=sectors] .chip button").click()
    fill(page, "sectors", "cars", where="#adder")
    page.locator("#adder [data-field=rate] input").fill("30")
    page.locator("#answer").check()
    page.locator("#add").click()
    wait(page, 3)
    assert "−" in tile(page, "DEU")  # noqa: RUF001
    one = page.locator(".act .name").inner_text()
    assert "United States: tariff on cars from Germany, answered in kind" in one
    with page.expect_download() as waited:
        page.locator("#toml").click()
    data = tomllib.loads(waited.value.path().read_text(encoding="utf-8"))
    assert [(a["importer"], a["exporter"], a["rate"]) for a in data["policy"]] == [
        ("USA", "DEU", 0.3),
        ("DEU", "USA", 0.3),
    ]
    page.locator(".act .remove").click()
    wait(page, 4)
    assert "No act is in force" in page.locator("#headline .first").inner_text()


def test_downloads(page):
    for button, name, words in (
        ("csv", "may-2025.csv", "iso3,country,"),
        ("report", "may-2025.html", "What it leaves out"),
        ("toml", "may-2025-page.toml", 'extends = "may-2025"'),
    ):
        with page.expect_download() as waited:
            page.locator(f"#{button}").click()
        assert waited.value.suggested_filename == name
        assert words in waited.value.path().read_text(encoding="utf-8")
    page.locator("#done", has_text="is in your downloads").wait_for()


def test_an_impossible_input_shows_a_clear_message(page):
    card = page.locator("#acts .act").first
    exact = card.locator("input[type=number]")
    exact.fill("5000")
    card.locator(".trouble", has_text="5000 % is out of reach; write a number from").wait_for()
    exact.fill("")
    card.locator(".trouble", has_text="Write a number, such as 25 %").wait_for()
    exact.fill("25")
    card.locator(".trouble").wait_for(state="hidden")


def test_compare(page):
    page.locator("#keep").click()
    page.locator("#comparison h2").wait_for(timeout=30_000)
    slide(page, 0, which=1)
    titles = page.locator("#comparison .titles dd")
    titles.nth(1).filter(has_text="at 0 %").wait_for(timeout=30_000)
    assert titles.nth(0).inner_text() != titles.nth(1).inner_text()
    assert "bn USD a year in the second" in page.locator("#comparison .remark").inner_text()
    page.locator("#comparison svg").wait_for()


def test_by_keyboard_alone(page):
    page.locator("#base").focus()
    for _ in range(3):  # story's box, first act's box, its slider
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "range":
            break
    assert page.evaluate("document.activeElement.type") == "range"
    before = page.locator("#acts input[type=range]").first.input_value()
    page.keyboard.press("ArrowRight")
    wait(page, 2)
    after = page.locator("#acts input[type=range]").first.input_value()
    assert float(after) == float(before) + 1


def test_everything_has_a_name(page):
    """Every control and picture can be read out."""
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("input, select, button, summary, svg[role=img]")]
            .filter((n) => n.checkVisibility())
            .filter((n) => !(n.getAttribute("aria-label") || n.labels?.length
                             || n.textContent.trim()))
            .map((n) => n.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("[aria-live=polite]").count() >= 1


def test_it_fits_a_phone(browser, address):
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    tab = context.new_page()
    tab.goto(address + "/")
    wait(tab, 1)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert tab.locator("#map svg").bounding_box()["width"] <= 360
    assert tab.locator("#tiles").bounding_box()["y"] < 740
    context.close()


def test_words_of_a_link_stay_words(browser, address):
    """A link made by somebody else cannot put markup or script on the page."""
    import base64

    evil = {"base": "", "added": [{"id": "a", "act": "tariff", "says": "<img src=x>",
            "fields": {"importer": "<img src=x onerror=window.hurt=1>", "exporter": "CHN",
                       "rate": 0.1}}]}  # fmt: skip
    coded = base64.urlsafe_b64encode(json.dumps(evil).encode()).decode().rstrip("=")
    tab = browser.new_page()
    tab.goto(f"{address}/#{coded}")
    tab.locator("#complaint", has_text="this world has no country").wait_for(timeout=30_000)
    assert tab.locator("img").count() == 0
    assert tab.evaluate("window.hurt") is None
    tab.close()
