"""Scenarios: each shipped one finds what it says; files that make no sense are refused."""

import dataclasses
import datetime as dt
import re
import textwrap
from pathlib import Path

import pytest
from worlds import random_world

import multipolar as mp
from multipolar.policy.dated import HYPOTHETICAL
from multipolar.report import as_json
from multipolar.report.document import report_of, to_html, to_markdown
from multipolar.report.terminal import plain_console, print_run
from multipolar.scenario import FOLDER, Scenario, scenario_names


@pytest.fixture(scope="module")
def runs(world):
    """Every shipped scenario with what takes no minutes, solved once.

    What several inherit about gas, where no act of theirs moves any, is asked once.
    """
    known = []

    def solved(scenario):
        moves_gas = scenario.network or any(act.on_network for act in scenario.policy)

        def asks(question):
            if question.needs_trade or moves_gas:
                return question.cost != "minutes"
            known.append(question)
            return known.count(question) == 1

        own = world if scenario.world == world.name else None
        return scenario.run(own, asks=asks, judge=False)

    return {name: solved(Scenario.load(name)) for name in scenario_names()}


@pytest.mark.parametrize("name", scenario_names())
def test_a_shipped_scenario_finds_what_it_says(name, runs):
    run = runs[name]
    assert run.converged
    assert run.outcome.residual <= 1e-10
    assert run.scenario.findings
    for finding in run.scenario.findings:
        number = run.measure(finding)
        assert (number > 0) == (finding.sign == "+"), f"{finding.says}: {number}"


@pytest.mark.parametrize("name", scenario_names())
def test_contributions_add_up_in_every_scenario_that_ships(name, runs):
    """To 1e-4 of the whole change; where they are not asked, the run says why."""
    asked = [each for each in runs[name].asked if each.question.kind == "causes"]
    assert bool(asked) != ("causes" in runs[name].not_asked)
    for each in asked:
        assert (abs(each.found.missing) <= 1e-4 * abs(each.found.total)).all()


@pytest.mark.parametrize("name", ["trade-war", "deals-2025"])
def test_games_and_deals_that_ship_are_played(name, world, runs):
    """What takes a minute too; its own numbers are those of the rest, and with it all is asked."""
    scenario, rest = Scenario.load(name), runs[name]
    wars = [question for question in scenario.questions if question.kind == "nash"]
    long = [question for question in rest.left if question not in wars[1:]]  # five take long
    played = scenario.run(world, asks=lambda question: question in long, judge=False)
    assert played.converged, played.failures
    alone = rest.outcome.real_income
    assert float(abs(played.outcome.real_income - alone).max()) == pytest.approx(0, abs=1e-12)
    run = dataclasses.replace(played, asked=(*rest.asked, *played.asked))
    asked = {asked.question.called for asked in run.asked}
    assert asked == {question.called for question in scenario.all_questions()}
    if name == "deals-2025":
        deal = run.find("deal")
        assert deal.measure("accepting") == 18
        assert deal.measure("worth", country="KHM") > 0 > deal.measure("worth", country="LAO")
    else:
        war = run.find("nash")
        assert len(run.answers) == len({answer.key for answer in run.answers})
        for player in ("USA", "CHN", "EU"):
            play = war.found.payoffs()
            assert war.measure("gain", player=player) == pytest.approx(play["gain"][player])
        assert run.find("cooperate").measure("gain", player="USA") > 0


@pytest.mark.parametrize("name", scenario_names())
def test_every_act_names_its_source(name):
    for act in Scenario.load(name).all_acts():
        assert act.evidence or act.source not in ("", HYPOTHETICAL)


def test_the_siblings_rank_as_they_should(runs):
    """Retaliation and the end of exemptions hurt China; the truce helps both."""
    china, us = (
        {name: float(run.outcome.real_income.sel(country=code)) for name, run in runs.items()}
        for code in ("CHN", "USA")
    )
    assert china["may-2025"] < china["may-2025-no-retaliation"]
    assert china["may-2025-no-exemptions"] < china["may-2025"] < china["truce-2025-05-12"]
    assert us["may-2025-no-exemptions"] < us["may-2025"] < us["truce-2025-05-12"]
    assert china["world-trade-war"] < china["may-2025"]


def test_acts_are_in_force_by_date():
    case = Scenario.load("may-2025")
    on_day = {act.id for act in case.acts(dt.date(2025, 5, 6))}
    after_truce = {act.id for act in case.acts(dt.date(2025, 5, 14))}
    assert "china-retaliation" in on_day
    assert "china-retaliation" not in after_truce
    assert "china-retaliation-truce" in after_truce - on_day


def test_145_percent_is_20_and_125(world):
    """The headline of the accounts, as the sum of the acts on a liable sector; exempt ones less."""
    wedges = Scenario.load("may-2025").policy_on(dt.date(2025, 5, 6)).wedges(world)
    china, us = world.countries.index("CHN"), world.countries.index("USA")
    added = wedges.tariff - world.tariff.to_numpy()
    at = {code: added[world.sectors.index(code), china, us] for code in world.sectors}
    assert at["C13T15"] == pytest.approx(1.45)
    assert at["C26"] == pytest.approx(0.20)
    assert at["C29"] == pytest.approx(0.45)
    russia = world.countries.index("RUS")
    assert added[world.sectors.index("C13T15"), russia, us] == 0


def test_evidence_points_to_paragraphs():
    for name in scenario_names():
        for fact in Scenario.load(name).facts:
            for account in fact.accounts:
                assert re.fullmatch(r"\d{3}_[0-9a-f]{16}\.txt, paragraph \d+", account)


def test_a_scenario_on_another_world(world):
    """A what-if that changes nothing is worth nothing."""
    scenario = Scenario.load("may-2025-tariffs")
    nothing = next(q for q in scenario.questions if q.kind == "what-if")
    nothing = nothing.model_copy(update={"policy": ()})
    asked = scenario.model_copy(update={"questions": (nothing,)})
    run = asked.run(world, asks=lambda question: question == nothing, judge=False)
    assert run.find("what-if").measure("worth") == pytest.approx(0.0, abs=1e-3)


# --- files that make no sense ------------------------------------------------------------------

GOOD = """
title = "A case"
story = "A story."
date = 2025-05-06
[[policy]]
id = "one"
act = "tariff"
importer = "USA"
exporter = "CHN"
rate = 0.1
source = "made up for a test"
[[questions]]
ask = "gains"
countries = ["USA"]
"""


def load(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "case.toml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return Scenario.load(path)


BAD = {
    "not TOML": (GOOD + "\nrate = = 1", r"case\.toml: is not a readable TOML file"),
    "no title": (GOOD.replace('title = "A case"', ""), r"case\.toml: title: .*missing"),
    "misspelt field": (
        GOOD.replace("story", "storey"),
        r"storey: no such field; did you mean story",
    ),
    "misspelt act": (
        GOOD.replace('"tariff"', '"tarif"'),
        r"policy\.one\.act: 'tarif' is not an instrument; did you mean tariff",
    ),
    "misspelt act field": (
        GOOD.replace("importer", "imprter"),
        r"policy\.one\.imprter: a Tariff has no such field; did you mean importer",
    ),
    "missing act field": (
        GOOD.replace('importer = "USA"', ""),
        r"policy\.one\.importer: this field is missing",
    ),
    "percentage": (
        GOOD.replace("rate = 0.1", "rate = 145"),
        r"policy\.one\.rate: 145 is above 10; .*was 145 % meant\? Write 1\.45",
    ),
    "NaN": (GOOD.replace("rate = 0.1", "rate = nan"), r"policy\.one\.rate: nan is not a number"),
    "text rate": (
        GOOD.replace("rate = 0.1", 'rate = "ten"'),
        r"policy\.one\.rate: 'ten' is not a number",
    ),
    "unlisted evidence": (
        GOOD.replace('source = "made up for a test"', 'evidence = ["nowhere"]'),
        r"cites evidence 'nowhere', not listed",
    ),
    "ends before it begins": (
        GOOD.replace("rate = 0.1", "rate = 0.1\nfrom = 2025-05-01\nuntil = 2025-04-01"),
        r"ends on 2025-04-01, before it begins on 2025-05-01",
    ),
    "twice the same id": (
        GOOD + GOOD[GOOD.index("[[policy]]") : GOOD.index("[[questions]]")],
        r"two acts have the id 'one'",
    ),
    "unknown assumption": (
        GOOD + '[assumptions]\ndeficit = "purged"',
        r"assumptions\.deficit: no assumption of this name; did you mean deficits",
    ),
    "wrong assumption": (
        GOOD + '[assumptions]\ndeficits = "purge"',
        r"assumptions\.deficits: 'purge' is not known; did you mean purged",
    ),
    "unknown parent": (
        'extends = "may-2024"\n' + GOOD,
        r"no scenario and no file of this name; did you mean may-2025",
    ),
    "unknown act dropped": (
        'extends = "may-2025"\nwithout = ["us-steal"]\n' + GOOD,
        r"without: may-2025 has no act 'us-steal'; did you mean us-steel",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused(case, tmp_path):
    text, message = BAD[case]
    with pytest.raises(mp.InputError, match=message):
        load(tmp_path, text)


LATE = {
    "unknown country": (
        GOOD.replace('"CHN"', '"CHI"'),
        r"policy\.one\.exporter: this world has no country 'CHI'; did you mean .*CHN",
    ),
    "unknown sector": (
        GOOD.replace("rate = 0.1", 'rate = 0.1\nsectors = "C99"'),
        r"no sector 'C99'",
    ),
    "unknown headline": (
        GOOD.replace('countries = ["USA"]', 'countries = ["UAS"]'),
        r"questions\.gains\.countries: this world has no country 'UAS'; did you mean USA",
    ),
    "unknown sector of a supplier": (
        GOOD + '[[questions]]\nask = "suppliers"\nimporter = "USA"\nsectors = "C99"',
        r"questions\.suppliers\.sectors: this world has no sector 'C99'",
    ),
    "unknown side of a standoff": (
        GOOD + '[[questions]]\nask = "standoff"\none = "USA"\nother = "G8"',
        r"case\.toml: questions\.standoff\.other: this world has no country 'G8'",
    ),
    "contradiction": (
        GOOD.replace("rate = 0.1", 'rate = 0.1\nhow = "set"').replace(
            "[[questions]]",
            '[[policy]]\nid = "two"\nact = "tariff"\nimporter = "USA"\nexporter = "CHN"\n'
            'rate = 0.2\nhow = "set"\nsource = "made up"\n[[questions]]',
        ),
        r"two instruments set the same tariff to different levels",
    ),
    "unknown world": (
        GOOD.replace("date =", 'world = "world-2032"\ndate ='),
        r"world-2032: world: no world and no file of this name; did you mean .*world-2023",
    ),
}


@pytest.mark.parametrize("case", LATE)
def test_a_file_that_does_not_fit_the_world_is_refused(case, tmp_path):
    text, message = LATE[case]
    with pytest.raises(mp.InputError, match=message):
        load(tmp_path, text).run()


def test_errors_name_the_file(tmp_path):
    text, _ = LATE["unknown country"]
    with pytest.raises(mp.InputError, match=r"case\.toml"):
        load(tmp_path, text).run()


def test_a_schedule_lies_beside_its_scenario(tmp_path):
    text = GOOD.replace('act = "tariff"', 'act = "tariff-schedule"\nfile = "../x.csv"')
    text = re.sub(r"(importer|exporter|rate) = .*\n", "", text)
    with pytest.raises(mp.InputError, match=r"file: needs the name of a CSV beside the scenario"):
        load(tmp_path, text)


def test_shipped_scenarios_are_found_by_name_only():
    assert "may-2025" in scenario_names()
    assert all((FOLDER / f"{name}.toml").is_file() for name in scenario_names())
    with pytest.raises(mp.InputError, match=r"may-2052: no scenario.*did you mean may-2025"):
        Scenario.load("may-2052")


# --- what a careful user tried ------------------------------------------------------------------


def test_scenarios_that_extend_each_other_in_a_circle(tmp_path):
    for one, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{one}.toml").write_text(f'extends = "{other}"\n{GOOD}', encoding="utf-8")
    with pytest.raises(mp.InputError, match=r"extends: 'a' comes back to this file"):
        Scenario.load(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('assumptions = "purged"', r"assumptions: must be a table, is 'purged'"),
        ("without = 3", r"without: must be a list, is 3"),
        ('policy = ["x"]', r"policy: must hold tables, has 'x'"),
        ('extends = ["may-2025"]', r"extends: must be text"),
    ],
)
def test_the_shape_of_a_file_that_extends_is_checked(tmp_path, line, message):
    head = "" if line.startswith("extends") else 'extends = "may-2025"\n'
    with pytest.raises(mp.InputError, match=message):
        load(tmp_path, f'{head}{line}\ntitle = "x"\nstory = "y"\n')


def test_a_child_finds_its_parents_schedule(tmp_path, world):
    child = 'extends = "liberation-day"\ntitle = "A child"\nstory = "Of a case that ships."\n'
    assert load(tmp_path, child).policy_on(None).wedges(world).tariff.max() > 0.4


WHAT_IF = """
[[questions]]
ask = "what-if"
name = "w"
title = "t"
country = "usa"
"""


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            'without = ["onee"]',
            r"'what-if w' leaves out 'onee', which is not an act; did you mean one",
        ),
        (
            'policy = [{id = "two", act = "tariff", rate = 0.1, evidence = ["no"]}]',
            r"act 'two' cites evidence 'no', not listed",
        ),
    ],
)
def test_what_ifs_are_checked(tmp_path, more, message):
    with pytest.raises(mp.InputError, match=message):
        load(tmp_path, f"{GOOD}{WHAT_IF}{more}\n")


def test_a_byte_order_mark_is_no_mistake_and_latin_1_is(tmp_path):
    path = tmp_path / "case.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert Scenario.load(path).title == "A case"
    path.write_bytes(GOOD.replace("A story", "Une épopée").encode("latin-1"))
    with pytest.raises(mp.InputError, match=r"is not UTF-8 text .*save it as UTF-8"):
        Scenario.load(path)


def test_codes_in_either_case(tmp_path, world):
    assert load(tmp_path, GOOD.replace('["USA"]', '["usa", "Germany"]')).run(world).converged


def test_acts_outside_the_date_are_checked_too(tmp_path):
    late = GOOD.replace("rate = 0.1", "rate = 145\nfrom = 2030-01-01")
    with pytest.raises(mp.InputError, match="was 145 % meant"):
        load(tmp_path, late)


# --- questions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('ask = "gain"', r"questions\.gain\.ask: 'gain' is not a question; did you mean gains"),
        ('kind = "gains"', r"questions\.2\.ask: needs a kind, such as ask = "),
        ('ask = "gains"\ncountry = "USA"', r"no such field; did you mean countries"),
        ('ask = "standoff"\none = "USA"', r"questions\.standoff\.other: this field is missing"),
        (
            'ask = "frontier"\ncoalition = "EU"\ntarget = "RUS"\nweights = ["a"]',
            r"must be a number",
        ),
        ('ask = "nash"\nplayers = ["USA"]', r"questions\.nash\.players: needs 2 entries or more"),
        ('ask = "nash"\nplayers = ["USA", "CHN"]\nby = "partners"', r"did you mean partner"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(tmp_path, text, message):
    with pytest.raises(mp.InputError, match=message):
        load(tmp_path, f"{GOOD}[[questions]]\n{text}\n")


def test_questions_of_one_name_and_doubles_are_refused(tmp_path):
    """A second what-if of the same name used to take the place of the first."""
    what_if = """
[[questions]]
ask = "what-if"
name = "w"
country = "USA"
without = ["one"]
"""
    other = what_if.replace("USA", "CHN")
    with pytest.raises(mp.InputError, match="two questions have the name 'w'"):
        load(tmp_path, GOOD + what_if + other)
    unnamed = what_if.replace('name = "w"\n', "")
    with pytest.raises(mp.InputError, match="the question 'what-if' is asked twice"):
        load(tmp_path, GOOD + unnamed + unnamed)


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    text = GOOD.replace("rate = 0.1", "rate = 145").replace('"USA"]', '"USA"]\ncountry = 1')
    text = text.replace("date =", 'date_ = "x"\ndate =')
    with pytest.raises(mp.InputError) as caught:
        load(tmp_path, text)
    message = str(caught.value)
    for part in ("questions.gains.country: no such field", "date_: no such field",
                 "policy.one.rate: 145 is above 10"):  # fmt: skip
        assert part in message
    assert message.startswith("3 things are wrong")


def test_a_child_keeps_drops_and_replaces_questions(tmp_path):
    base = 'extends = "may-2025"\ntitle = "A child"\n'
    kept = {q.kind for q in load(tmp_path, base).questions}
    assert {"gains", "markets", "trade", "what-if"} <= kept
    less = load(tmp_path, base + 'without_questions = ["markets", "russia-spared"]\n')
    assert kept - {q.kind for q in less.questions} == {"markets", "what-if"}
    own = load(tmp_path, base + '[[questions]]\nask = "markets"\nexporter = "VNM"\n')
    assert [q.exporter for q in own.questions if q.kind == "markets"] == ["VNM"]
    with pytest.raises(mp.InputError, match="may-2025 asks no 'market'; did you mean markets"):
        load(tmp_path, base + 'without_questions = ["market"]\n')


# --- who caused what, asked by itself -----------------------------------------------------------


@pytest.fixture(scope="module")
def on_small(tmp_path_factory):
    """Writes a scenario of some acts on a small world, and runs it."""
    folder = tmp_path_factory.mktemp("small")
    random_world(3, countries=4).save(folder / "small.nc")

    def run(*acts, more=""):
        text = f'title = "t"\n{more}\nworld = "{folder / "small.nc"}"\n'
        path = folder / "case.toml"
        path.write_text(text + "".join(f"[[policy]]\n{act}\n" for act in acts), encoding="utf-8")
        return Scenario.load(path).run()

    return run


TAX = 'id = "tax"\nact = "tariff"\nimporter = "USA"\nexporter = "CHN"\nrate = 0.3'
REPLY = 'id = "reply"\nact = "tariff"\nimporter = "CHN"\nexporter = "USA"\nrate = 0.2'
GAS = 'id = "gas"\nact = "close-link"\nlink = "Nord Stream"'


def test_a_run_says_who_caused_what(on_small, capsys):
    """In the run, its JSON, its report and on the terminal, for the headline's countries."""
    asks = '[[questions]]\nask = "gains"\ncountries = ["DEU", "CHN"]'
    run = on_small(TAX, f"{REPLY}\n{asks}")
    found = run.find("causes")
    assert found.found.parties == ("DEU", "CHN")
    assert [asked.question.kind for asked in run.asked] == ["gains", "causes"]
    parts = sum(found.measure("part", country="CHN", act=act) for act in ("tax", "reply"))
    assert parts == pytest.approx(float(run.outcome.real_income.sel(country="CHN")), rel=1e-4)
    assert "causes" in [question["ask"] for question in as_json(run)["questions"]]
    assert "Who caused what, by act" in to_markdown(report_of(run))
    print_run(run, plain_console())
    assert "Who caused what, by act" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("acts", "more", "reason"),
    [
        ((), "", "no act is in force"),
        ((TAX,), "", "tax is the only act in force, and all is its doing"),
        ((GAS,), 'network = "gas-2023"', "all acts are on the gas network, so that no trade moves"),
        ((TAX, REPLY), 'without_questions = ["causes"]', "the scenario leaves it out"),
    ],
)
def test_a_run_says_why_it_does_not_ask_who_caused_what(acts, more, reason, on_small, capsys):
    run = on_small(*acts, more=more)
    assert run.converged
    assert "causes" not in [asked.question.kind for asked in run.asked]
    assert run.not_asked == {"causes": reason}
    assert as_json(run)["not_asked"] == {"causes": reason}
    assert f"causes, because {reason}" in to_html(report_of(run))
    print_run(run, plain_console())
    assert f"Not asked: causes, because {reason}." in " ".join(capsys.readouterr().out.split())


def test_what_nobody_asked_does_not_make_a_run_fail(on_small, monkeypatch):
    """Half of the policy has no equilibrium: the run has, and says why causes are missing."""

    def fail(*_):
        raise mp.NotConverged("no equilibrium found with 50 % of the policy in force")

    monkeypatch.setattr("multipolar.questions.causes.contributions", fail)
    run = on_small(TAX, REPLY)
    assert run.converged
    assert "50 % of the policy" in run.not_asked["causes"]
    asked = on_small(TAX, f'{REPLY}\n[[questions]]\nask = "causes"')
    assert not asked.converged


def test_acts_on_gas_alone_have_no_table_of_trade(on_small):
    """What acts on trade would change is not asked; the gas market is."""
    more = 'network = "gas-2023"'
    run = on_small(f'{GAS}\n[[questions]]\nask = "trade"\npairs = [["CHN", "USA"]]', more=more)
    assert [asked.question.kind for asked in run.asked] == ["gas-market"]


def test_names_for_people_are_codes(tmp_path, world):
    text = GOOD.replace('["USA"]', '["Germany", "European Union", "uk", ["CHN", "Hong Kong"]]')
    run = load(tmp_path, text).run(world)
    told = run.find("gains").data["found"]
    assert list(told) == ["DEU", "EU", "GBR", "CHN, HKG"]
    income, change = (run.outcome.values[k] for k in ("income_before", "real_income"))
    inside = world.pick_countries("EU")
    assert told["EU"]["real_income"] == pytest.approx(
        float((income * change)[inside].sum() / income[inside].sum())
    )


def test_a_file_of_two_lines_runs(tmp_path, world):
    text = 'title = "t"\n[[policy]]\nact = "tariff"\nimporter = "USA"\nrate = 0.1\n'
    run = load(tmp_path, text).run(world)
    assert run.converged
    assert run.scenario.policy[0].source == HYPOTHETICAL


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = " + "[" * 500 + "]" * 500, "nested too deep|no such field"),
        ("x = " + "9" * 400, "too large a number"),
        ("x = " + "9" * 5000, "is not a readable TOML file|too large"),
        ('title = "a\\u001b[31mred"', "holds characters that cannot be shown"),
        ('title = "t"\nextends = "a\\u0000b"', "holds characters that cannot be shown"),
        ("questions = 3", "questions: must be a list"),
        ("[[questions]]\nask = 3", "needs a kind"),
    ],
)
def test_hostile_files_are_refused_with_a_sentence(tmp_path, text, message):
    with pytest.raises(mp.InputError, match=message):
        load(tmp_path, text)


def test_files_that_extend_one_another_for_ever_are_refused(tmp_path):
    for k in range(200):
        (tmp_path / f"s{k}.toml").write_text(f'extends = "s{k + 1}"\ntitle = "t"\n')
    with pytest.raises(mp.InputError, match="more than 50 files extend one another"):
        Scenario.load(tmp_path / "s0.toml")


def test_names_that_are_no_files_are_refused():
    for name in ("x" * 5000, "a\0b"):
        with pytest.raises(mp.InputError):
            Scenario.load(name)
