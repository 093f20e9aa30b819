"""Accounts, retellings, facts and the ledger; what five real accounts state, read by a person."""

import csv
import json
import os
from pathlib import Path

import pytest
import spinning
from test_cli import multipolar

from multipolar import evidence
from multipolar.errors import InputError
from multipolar.evidence import (
    Account,
    compare,
    facts_of,
    ledger,
    outline,
    read_accounts,
    read_ledger,
)
from multipolar.evidence.draft import draft
from multipolar.evidence.quantities import readings_of
from multipolar.scenario import Scenario

EXAMPLES = Path(evidence.__file__).parent / "examples"
LABELS = Path(__file__).parent / "data" / "account-facts.csv"
ACCOUNTS = Path(__file__).parents[2] / "shared" / "accounts"


@pytest.fixture(scope="module")
def five():
    """The five accounts of May 2025, which are not part of the project."""
    folder = Path(os.environ.get("MULTIPOLAR_ACCOUNTS", ACCOUNTS))
    if not folder.is_dir():
        pytest.skip(f"no accounts in {folder}; set MULTIPOLAR_ACCOUNTS to their folder")
    return compare(read_accounts([folder]))


@pytest.fixture(scope="module")
def harbour():
    return compare(read_accounts([EXAMPLES]))


def fact(found, kind, value):
    return next(f for f in facts_of(found) if f.kind == kind and f.value == value)


def told_by(found, one):
    return {found.accounts[s.account].name[:3] for s in one.stated}


# --- the five accounts ---------------------------------------------------------------------------


def test_three_accounts_are_one_report_with_a_margin(five):
    assert five.report == (0, 0, 0, 1, 2)
    within = [five.score(i, j) for i, j in ((0, 1), (0, 2), (1, 2))]
    others = [pair.score for pair in five.pairs if pair.other > 2]
    assert min(within) > 0.8
    assert max(others) < 0.25


def test_the_wrong_year_is_found_and_its_reasons_told(five):
    conflict = fact(five, "date", "mid-2022")
    assert conflict.resolved
    assert told_by(five, conflict) == {"000", "001"}
    (odd,) = conflict.against
    assert (five.accounts[odd.account].name[:3], odd.reading.value) == ("002", "mid-2012")
    assert any(doubt.startswith("impossible date") for doubt in odd.doubts)
    assert any(doubt.startswith("isolated") for doubt in odd.doubts)


@pytest.mark.parametrize(
    ("kind", "value", "accounts", "sources"),
    [
        ("money", 245e9, {"000", "001", "002"}, 1),
        ("percent", 68.0, {"000", "001", "002"}, 1),
        ("percent", 145.0, {"001", "002", "003"}, 2),
        ("date", "2025-05-07", {"000", "004"}, 2),
        ("date", "2025-05-09", {"003", "004"}, 2),
        ("duration", 4.0, {"000", "001", "003", "004"}, 3),
    ],
)
def test_facts_have_the_right_accounts_and_sources(five, kind, value, accounts, sources):
    found = fact(five, kind, value)
    assert (told_by(five, found), found.sources) == (accounts, sources)


def test_readings_against_the_table_read_by_a_person(five):
    """Nothing stated that no account states; nearly nine in ten of what they state."""
    with LABELS.open(encoding="utf-8") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
    told = {(a, int(p), kind, unit, number(kind, value)) for a, p, kind, unit, value in rows}
    read = {
        (account.name, account.statements[r.statement].paragraph, r.kind, r.unit, r.value)
        for account in five.accounts
        for r in readings_of(account)
    }
    assert not read - told  # precision 1
    assert len(read & told) >= 0.87 * len(told)


def number(kind, text):
    return text if kind in ("date", "person") else float(text)


def test_one_thing_has_one_name(tmp_path):
    """Tons are tonnes and workers are people; "late 2021" is no whole year."""
    path = tmp_path / "one.txt"
    path.write_text("The port shipped 4,000 tons in late 2021. It laid off 900 workers.\n")
    (account,) = read_accounts([path])
    found = {(r.kind, r.unit, r.value) for r in readings_of(account)}
    assert found == {
        ("count", "tonnes", 4000.0), ("date", "", "late-2021"), ("count", "people", 900.0),
    }  # fmt: skip


def test_every_reading_points_to_its_characters(five):
    for account in five.accounts:
        for r in readings_of(account):
            assert account.text[r.start : r.end] == r.text


def test_citations_of_the_ledger_exist(five):
    paragraphs = {a.name: {s.paragraph for s in a.statements} for a in five.accounts}
    for entry in ledger().values():
        for citation in entry.accounts:
            name, _, paragraph = citation.partition(", paragraph ")
            assert int(paragraph) in paragraphs[name], entry.key


# --- the example that ships ----------------------------------------------------------------------


def test_the_planted_conflicts_are_found(harbour):
    assert harbour.report == (0, 0, 0, 1)
    for value, other, doubt in (
        ("2031-06-30", "06-31", "no such day"),
        ("mid-2024", "mid-2014", "isolated"),
    ):
        planted = fact(harbour, "date", value)
        assert planted.resolved
        (odd,) = planted.against
        assert odd.reading.value == other
        assert any(doubt in reason for reason in odd.doubts)
    disputed = fact(harbour, "percent", 10.0)
    assert not disputed.resolved
    assert disputed.against[0].reading.value == 12.0
    money = fact(harbour, "money", 12.4e9)
    assert len(money.stated) == 3
    assert fact(harbour, "percent", 22.0).against == ()  # one has it in words


def test_what_retellings_drop_and_garble(harbour):
    told = outline(harbour, harbour.reports[0])
    assert len(told.drops[0]) == 0
    assert len(told.drops[2]) >= 2
    garbled = {(harbour.accounts[g.account].name, g.written, g.others) for g in told.garbles}
    assert ("harbour-c.txt", "Vandremark", "Vandermark") in garbled
    assert ("harbour-b.txt", "2014", "2024") in garbled


def test_a_draft_is_refused_until_it_has_been_read(harbour, tmp_path):
    text = draft(harbour, facts_of(harbour))
    assert '"harbour-a.txt, paragraph 2"' in text
    (tmp_path / "new.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="still a draft"):
        read_ledger(tmp_path)


# --- texts that nobody tuned to ------------------------------------------------------------------


@pytest.mark.parametrize(("strength", "recall"), [(1.0, 0.99), (2.0, 0.93)])
def test_spun_reports_are_found_among_hundreds(strength, recall):
    made = spinning.accounts(250, seed=101, strength=strength)
    found = compare([Account.from_text(name, text) for name, text, _ in made])
    true = spinning.true_pairs([label for *_, label in made])
    told = spinning.true_pairs([str(number) for number in found.report])
    assert len(true & told) >= 0.99 * len(told)
    assert len(true & told) >= recall * len(true)


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("field", ["value", "official.value", "official.within", "against"])
def test_a_fact_is_no_infinite_number(tmp_path, number, field):
    """JSON could not say it."""
    lines = {
        "value": f"value = {number}",
        "official.value": f"official = {{ value = {number}, within = 1.0, source = 'x' }}",
        "official.within": f"official = {{ value = 1.0, within = {number}, source = 'x' }}",
        "against": f"against = [{{ value = {number}, accounts = ['b.txt'] }}]",
    }
    entry = f"[[fact]]\nkey = 'k'\nsays = 's'\naccounts = ['a.txt']\n{lines[field]}\n"
    (tmp_path / "facts.toml").write_text(entry)
    with pytest.raises(InputError, match=rf"k\.{field.partition('.')[0]}") as caught:
        read_ledger(tmp_path)
    assert "finite" in str(caught.value) or "greater than or equal to 0" in str(caught.value)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have(name):
    with pytest.raises(InputError, match="cannot be read"):
        read_accounts([name])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n 12 \n", "is empty"),
        (b"\x7fELF\0\0\1\2", "is binary"),
        ("Zürich said no.".encode("latin-1"), r"is not UTF-8 text \(byte 1\)"),
        (b"a" * 50_000_000, r"is 50\.0 MB; at most 0\.5 MB are read"),
    ],
)
def test_a_file_that_is_no_account_is_refused(tmp_path, content, message):
    path = tmp_path / "account.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_accounts([path])


def test_one_account_and_the_same_twice(tmp_path):
    (one,) = read_accounts([EXAMPLES / "harbour-a.txt", EXAMPLES / "harbour-a.txt"])
    alone = compare([one])
    assert alone.report == (0,)
    assert all(f.sources == 1 for f in facts_of(alone))
    path = tmp_path / "copy.txt"
    path.write_text(one.text.upper(), encoding="utf-16")
    twice = compare(read_accounts([EXAMPLES / "harbour-a.txt", path]))
    assert twice.copies == [(0, 1)]
    assert twice.report == (0, 0)


def test_short_accounts_are_compared_too():
    texts = ("Yes.", "No, never.", "Ilse flew to Calder.", "Ilse flew to Calder.")
    found = compare([Account.from_text(f"{k}.txt", t) for k, t in enumerate(texts)])
    assert found.report[2] == found.report[3]
    assert len(set(found.report)) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare"], "name text files, or a folder"),
        (["compare", "nowhere.txt"], "nowhere.txt: cannot be read"),
        (["may-2052"], "did you mean may-2025"),
        (["may-2025", "other"], "takes one scenario"),
        (["draft", str(EXAMPLES), "--json", "-"], "compare has --json"),
    ],
)
def test_a_wrong_command_is_a_line(arguments, message):
    done = multipolar("evidence", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert message in " ".join(done.stderr.split())


# --- the ledger ----------------------------------------------------------------------------------


def test_standing_counts_reports_not_accounts():
    trade = ledger()["china-russia-trade-2024"]
    assert (trade.sources, trade.contested) == (1, False)
    assert trade.check.startswith("official figure 244.8 agrees")
    assert ledger()["us-tariff-on-china"].sources == 2
    growth = ledger()["china-russia-trade-growth"]
    assert growth.contested
    assert "66.6 differs" in growth.objections[0]
    assert not ledger()["china-exports-to-russia-low"].contested  # settled, with its reason


GOOD = '[[fact]]\nkey = "one"\nsays = "something"\naccounts = ["a.txt, paragraph 1"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + GOOD, "one: two facts have this key"),
        (GOOD.replace("says", "sais"), "one.(says|sais)"),
        (GOOD + "unti = 3", r"one\.unti: no such field; did you mean unit"),
        (GOOD + 'official = { value = 1.0, within = -1.0, source = "x" }', r"official\.within"),
        ("fact = 3 =", "not a readable TOML file"),
    ],
)
def test_a_bad_ledger_is_refused_by_key_and_field(tmp_path, text, message):
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_ledger(tmp_path)


def test_a_scenario_cites_the_ledger_and_says_what_is_contested(tmp_path):
    case = Scenario.load("may-2025")
    assert not case.evidence
    assert "us-tariff-on-china" in [entry.key for entry in case.facts]
    assert case.contested[0].startswith("china-russia-trade-growth is contested")
    path = tmp_path / "mine.toml"
    path.write_text('title = "t"\nstory = "s"\ncites = ["visit-dais"]\n', encoding="utf-8")
    with pytest.raises(InputError, match="cites 'visit-dais', not in the ledger; did you mean"):
        Scenario.load(path)


def test_the_command_lists_every_input_with_its_standing(tmp_path):
    data = json.loads(multipolar("evidence", "may-2025", "--json", "-").stdout)
    assert {row["key"] for row in data["facts"] if row["contested"]} == {
        "china-russia-trade-growth"
    }
    acts = {row["act"]: row for row in data["acts"]}
    assert all(row["facts"] or row["source"] for row in acts.values())
    done = multipolar("evidence", "compare", str(EXAMPLES), "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "4 accounts, 2 independent reports" in " ".join(done.stdout.split())
    assert (tmp_path / "figures/retellings.svg").is_file()
    compared = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert {a["report"] for a in compared["accounts"]} == {0, 1}
