"""The page in a real browser: what a reader does, and what she sees."""

import json
import re
import tomllib

import pytest

from multipolar.scenario import Scenario

SOLVED = "html[data-solves='{}']"


@pytest.fixture
def page(browser, address):
    """The page, opened and solved once; complaints on the console fail the test."""
    context = browser.new_context(viewport={"width": 1300, "height": 900}, accept_downloads=True)
    tab = context.new_page()
    complaints, elsewhere = [], []
    tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda r: elsewhere.append(r.url) if not ours(r.url, address) else None)
    tab.goto(address + "/")
    tab.wait_for_selector(SOLVED.format(1), state="attached", timeout=60_000)
    yield tab
    context.close()
    expected = [c for c in complaints if "422" not in c]  # the browser notes every refusal
    assert expected == []
    assert elsewhere == []


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
    outcome = Scenario.load("may-2025").run().outcome
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


def test_it_says_what_each_would_do_next(page):
    page.select_option("#one", "VNM")
    page.click("#play")
    section = page.locator("#played section").first
    section.wait_for(timeout=60_000)
    assert "Vietnam best" in section.inner_text()
    page.locator("#played figure svg").first.wait_for(timeout=30_000)
    page.select_option("#against", "VNM")
    page.click("#play")
    page.locator("#complaint", has_text="Both sides are the same").wait_for(timeout=5_000)


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
    assert "neither gain nor lose" in page.locator("#headline .first").inner_text()
    page.locator("#actor").select_option("USA")
    page.locator("#other").select_option("DEU")
    page.locator("#sectors").select_option("cars")
    page.locator("#rate").fill("30")
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
    assert "neither gain nor lose" in page.locator("#headline .first").inner_text()


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
    exact = page.locator("#acts input[type=number]").first
    exact.fill("5000")
    page.locator("#complaint", has_text="5000 % is out of reach; write a number from").wait_for()
    assert page.locator("#complaint").get_attribute("role") == "alert"
    exact.fill("")
    page.locator("#complaint", has_text="write a number of per cent").wait_for()
    exact.fill("25")
    page.locator("#complaint").wait_for(state="hidden")
    page.locator("#supply").evaluate(  # what only the library knows: its words
        "node => { node.add(new Option('x', 'krugmen')); node.value = 'krugmen';"
        " node.dispatchEvent(new Event('change')); }"
    )
    page.locator("#complaint", has_text="did you mean krugman").wait_for()


def test_compare_and_rank(page):
    page.locator("#keep").click()
    page.locator("#comparison h2").wait_for(timeout=30_000)
    slide(page, 0, which=1)
    page.locator("#comparison .titles", has_text="changed").wait_for(timeout=30_000)
    assert "bn USD a year in the second" in page.locator("#comparison .remark").inner_text()
    page.locator("#comparison svg").wait_for()
    page.locator("#rank").click()
    page.locator("#ranked tbody tr").first.wait_for(timeout=60_000)
    assert page.locator("#ranked tbody tr").count() == 15


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
