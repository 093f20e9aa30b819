"""Claims: the rules of the verdicts, what decides a claim, and that none goes missing."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from pydantic import ValidationError

import multipolar as mp
from multipolar.app import solutions
from multipolar.cli import app
from multipolar.evidence import ledger
from multipolar.report import as_json
from multipolar.report.document import report_of, to_html, to_markdown
from multipolar.scenario import Claim, Scenario, judging
from multipolar.scenario.claim import (
    CONTRADICTED,
    SMALL,
    SUPPORTED,
    TOPICS,
    UNANSWERABLE,
    UNCERTAIN,
    History,
    Number,
    judge,
    judge_fact,
    judge_history,
)  # fmt: skip
from multipolar.scenario.judging import LEFT_OUT

SAYS = {"says": "It is so", "topic": "tariffs", "speaker": "somebody", "accounts": ["a, 1"]}
WEEK = Scenario.load("may-2025")


def claim(**fields) -> Claim:
    return Claim(id="a-claim", **{**SAYS, **fields})


def loss(**fields) -> Claim:
    return claim(measure="gains.real_income", of={"country": "USA"}, **fields)


# --- rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "share", "fields", "word"), [
    (-0.01, None, {"expects": "-"}, SUPPORTED),
    (0.01, None, {"expects": "-"}, CONTRADICTED),
    (-0.0004, None, {"expects": "-"}, SMALL),
    (-0.0004, None, {"expects": "-", "small": 1e-4}, SUPPORTED),
    (-0.01, 0.94, {"expects": "-"}, UNCERTAIN),
    (-0.01, 0.95, {"expects": "-"}, SUPPORTED),
    (-0.0004, 0.5, {"expects": "-"}, SMALL),  # too small comes before not certain
    (0.04, 1.0, {"at_least": 0.03}, SUPPORTED),
    (0.02, 1.0, {"at_least": 0.03}, CONTRADICTED),
    (0.0001, 1.0, {"at_most": 0.03}, SUPPORTED),  # nothing is too small for a threshold
    (0.02, 0.8, {"at_most": 0.03}, UNCERTAIN),
])  # fmt: skip
def test_the_rules_in_their_order(value, share, fields, word):
    number = Number(value, "fraction", None, None, share)
    assert judge(loss(**fields), number)[0] == word


def test_a_band_needs_eight_draws_and_counts_the_side_of_the_edge():
    draws = np.array([0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, np.nan])
    assert Number.of(0.04, "fraction", draws, 0.03).low is None
    found = Number.of(0.04, "fraction", np.append(draws, 0.08), 0.025)
    assert found.this_side == pytest.approx(6 / 8)
    assert (found.low, found.high) == pytest.approx(
        tuple(np.quantile(np.array([*draws[:7], 0.08]), [0.05, 0.95]))
    )


def test_official_figures_decide_facts():
    """A fact that customs confirm, one that they correct, one that nobody has counted."""
    facts = ledger()
    assert judge_fact(facts["china-russia-trade-2024"])[0] == SUPPORTED
    assert judge_fact(facts["china-russia-trade-growth"])[0] == CONTRADICTED
    assert judge_fact(facts["makers-left"])[0] == UNANSWERABLE


def test_figures_decide_history():
    quarter = History(says="s", value=53.2, unit="bn USD", below=53.85, source="customs")
    assert judge_history(quarter)[0] == SUPPORTED
    assert judge_history(quarter.model_copy(update={"value": 60.0}))[0] == CONTRADICTED


@pytest.mark.parametrize(("fields", "wrong"), [
    ({}, "exactly one of measure, fact, history, unanswerable"),
    ({"fact": "visit-days", "unanswerable": "no"}, "exactly one of"),
    ({"measure": "gains.real_income"}, "exactly one of expects, at_least, at_most"),
    ({"measure": "gains", "expects": "+"}, "such as gains.real_income"),
    ({"unanswerable": "no", "expects": "+"}, "no measure to be on it"),
    ({"topic": "cooking", "unanswerable": "no"}, "topic"),
])  # fmt: skip
def test_a_claim_that_makes_no_sense_is_refused(fields, wrong):
    with pytest.raises(ValidationError, match=wrong):
        claim(**fields)


@pytest.mark.parametrize(("fields", "wrong"), [
    ({"measure": "gains.real_incom", "expects": "+"}, "did you mean real_income"),
    ({"measure": "gain.real_income", "expects": "+"}, "did you mean gains"),
    ({"measure": "gains.real_income", "expects": "+", "asks": {"ask": "trade"}}, "cannot be read"),
    ({"fact": "visit-day"}, "did you mean visit-days"),
])  # fmt: skip
def test_a_scenario_refuses_claims_that_nothing_can_decide(fields, wrong):
    data = {"title": "t", "claims": [{"id": "a", **SAYS, **fields}]}
    with pytest.raises(mp.InputError, match=wrong):
        Scenario.from_data(data)


# --- the week ------------------------------------------------------------------------------------


def test_the_week_has_claims_of_every_system():
    assert len(WEEK.claims) >= 30
    assert {claim.topic for claim in WEEK.claims} == set(TOPICS)
    for each in WEEK.claims:
        assert each.turns or each.unanswerable or each.fact, each.id
        for place in each.accounts:
            assert place.split(", paragraph ")[0].endswith(".txt"), each.id


@pytest.fixture(scope="module")
def some():
    """A few claims of each kind, judged."""
    ids = ["tariffs-hurt-china", "exemption-matters", "new-markets-replace", "growth-of-68",
           "fee-cuts-chinese-cars", "deals-are-taken", "talks-are-no-bid-for-moscow",
           "becoming-more-so"]  # fmt: skip
    return {verdict.claim.id: verdict for verdict in WEEK.judged(ids, quick=True)}


def test_every_claim_of_the_week_can_be_read(monkeypatch):
    """All but games, without bands: what has no answer says so itself, or is a game."""
    monkeypatch.setattr(judging, "DRAWS", {})
    verdicts = WEEK.judged([claim.id for claim in WEEK.claims], quick=True)
    assert [verdict.claim.id for verdict in verdicts] == [claim.id for claim in WEEK.claims]
    open_ones = [v for v in verdicts if v.word == UNANSWERABLE and not v.claim.unanswerable]
    assert {verdict.why for verdict in open_ones} == {LEFT_OUT}
    assert [verdict.claim.id for verdict in open_ones] == ["deals-are-taken"]


def test_a_report_opens_with_headline_map_and_claims(monkeypatch):
    """Ten sentences and the hedges; a map; the table; who says it at the end; JSON has all."""
    monkeypatch.setattr(judging, "DRAWS", {"reads": 8, "seconds": 0})
    few = WEEK.model_copy(update={
        "claims": WEEK.claims[:3],
        "findings": (),
        "questions": tuple(q for q in WEEK.questions if q.kind in ("gains", "markets", "prices")),
    })  # fmt: skip
    run = few.run()
    made = report_of(run)
    assert made.headline[:2] == run.find("gains").said[:2]
    assert "3 claims: " in " ".join(made.headline)
    text = to_html(made)
    at = [text.index(part) for part in (made.headline[0], made.opening.alt, 'id="claims"',
                                        'id="real-income"', 'id="who-claims-what"')]  # fmt: skip
    assert at == sorted(at)
    assert text.count(f'aria-label="{made.opening.title}"') == 1
    assert WEEK.claims[0].turns in to_markdown(made)
    assert [each["id"] for each in as_json(run)["claims"]] == [c.id for c in WEEK.claims[:3]]


def test_verdicts_have_their_numbers(some):
    hurt = some["tariffs-hurt-china"]
    assert hurt.word == SUPPORTED
    assert hurt.number.low < hurt.number.value < hurt.number.high < 0
    outcome = WEEK.case().outcome
    assert hurt.number.value == pytest.approx(float(outcome.real_income.sel(country="CHN")))
    assert some["exemption-matters"].word == SMALL
    assert some["new-markets-replace"].word == CONTRADICTED
    assert some["fee-cuts-chinese-cars"].word == SUPPORTED  # read in another scenario
    poles = some["becoming-more-so"].number
    assert poles.unit == "fraction"
    assert poles.low is None  # nothing in it is drawn


def test_what_is_switched_off_is_not_answerable(some):
    """Games under --quick: the claim stays, with its reason."""
    verdict = some["deals-are-taken"]
    assert (verdict.word, verdict.why) == (UNANSWERABLE, LEFT_OUT)
    without = WEEK.model_copy(update={
        "without_questions": ("polarity",),
        "questions": tuple(q for q in WEEK.questions if q.kind != "polarity"),
    })  # fmt: skip
    assert without.judged(["becoming-more-so"])[0].why == LEFT_OUT


def test_the_command_beside_a_verdict_gives_it_again(some):
    for name in ("exemption-matters", "growth-of-68"):
        words = some[name].command.split()
        assert words[:2] == ["multipolar", "claims"]
        run = CliRunner().invoke(app, [*words[1:], "--json", "-"])
        assert run.exit_code == 0, run.output
        (again,) = json.loads(run.output)["claims"]
        assert again == json.loads(json.dumps(some[name].as_data()))


def test_a_reader_of_the_page_has_claims_judged(monkeypatch, browser, address):
    """A row for each claim, with who says it, and where there are none, a word about it."""
    few = WEEK.model_copy(update={"claims": WEEK.claims[:4]})
    monkeypatch.setattr(solutions, "scenario_of", lambda _draft: few)
    tab = browser.new_page()
    complaints = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(address + "/")
    tab.wait_for_selector("html[data-solves='1']", state="attached", timeout=60_000)
    tab.locator("#judge").click()
    tab.wait_for_selector("html[data-judged='4']", state="attached", timeout=60_000)
    assert tab.locator("#judged-answer-claims tbody tr").count() == 4
    tab.locator("#claims details summary").first.click()
    assert "Again: multipolar claims may-2025" in tab.locator("#claims").inner_text()
    none = WEEK.model_copy(update={"claims": ()})
    monkeypatch.setattr(solutions, "scenario_of", lambda _draft: none)
    tab.locator("#judge").click()
    tab.wait_for_selector("#claims .trouble:not([hidden])", timeout=60_000)
    assert "names no claims" in tab.locator("#claims .trouble").inner_text()
    tab.close()
    assert complaints == []


def test_an_unknown_claim_is_refused():
    run = CliRunner().invoke(app, ["claims", "may-2025", "exemption-mater"])
    assert run.exit_code != 0
    assert "did you mean exemption-matters" in str(run.exception)


def test_a_child_inherits_claims_and_may_restate_them():
    data = {"extends": "may-2025", "claims": [{"id": "tariff-of-145", **SAYS, "unanswerable": "x"}]}
    child = Scenario.from_data(data)
    assert len(child.claims) == len(WEEK.claims)
    assert {c.id: c for c in child.claims}["tariff-of-145"].unanswerable == "x"
