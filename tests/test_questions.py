"""Every question on every surface: the same numbers in files, commands, JSON, report and page."""

import asyncio
import datetime as dt
import html
import json
import pickle
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor

import httpx
import pandas as pd
import pytest
import tomli_w

import multipolar as mp
from multipolar.app import server, solutions
from multipolar.cli import app
from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.model import Case
from multipolar.model import case as case_module
from multipolar.policy import LabourSupply
from multipolar.questions.asking import registry
from multipolar.questions.asking.asked import ask
from multipolar.questions.asking.fields import Country, entry
from multipolar.questions.asking.question import Question, measure
from multipolar.report import as_json, write_run
from multipolar.report.document import report_of, report_on, to_html
from multipolar.scenario import Scenario

# One of each kind, small enough for a world of nine economies and five sectors.
EXAMPLES = {
    "gains": {"countries": ["USA", "G7"]},
    "trade": {"pairs": [["CHN", "USA"], ["RUS", "G7"]]},
    "markets": {"exporter": "CHN"},
    "output": {"country": "CHN"},
    "prices": {"country": "USA"},
    "suppliers": {"importer": "USA", "sectors": "C26"},
    "flows": {"countries": ["USA", "CHN", "DEU"]},
    "what-if": {"name": "open", "country": "USA", "without": ["tariff"]},
    "levers": {"result": "real_income", "of": ["USA"]},
    "causes": {"countries": ["USA", "G7"], "by": "partner"},
    "screen": {"countries": ["USA", "CHN", "RUS"]},
    "affinity": {"weights": {"votes": 2.0, "trade": 1.0}},
    "blocs": {"rule": "ideal points"},
    "polarity": {},
    "fragmentation": {"rule": "ideal points", "falls": [0.12, 1.0]},
    "clubs": {"neutral": 0.25},
    "neutrality": {"shares": [0.0, 1.0]},
    "standoff": {"one": "CHN", "other": "RUS"},
    "exposure": {"country": "RUS"},
    "dependence": {},
    "chokepoints": {"target": "JPN", "top": 6},
    "coalition": {"target": "RUS", "members": ["USA", "DEU"]},
    "frontier": {"coalition": "G7", "target": "RUS", "weights": [0.0, 0.5]},
    "peel-away": {"target": "CHN", "suitor": "USA", "rival": "RUS", "stake": 100.0},
    "leaks": {"exporter": "USA", "importer": "RUS", "secondary": 0.01},
    "weaker": {"target": "RUS", "partners": ["CHN"]},
    "optimal": {"country": "USA", "partners": ["CHN"], "retaliation": {"CHN": 1.0}},
    "nash": {"players": ["USA", "CHN"], "starts": False},
    "cooperate": {"players": ["USA", "CHN"]},
    "deal": {"thirds": ["VNM", "IND"]},
    "gas-market": {},
    "gas-replacement": {},
    "gas-income": {"countries": ["DEU", "RUS"]},
    "gas-link": {"link": "Nord Stream", "players": ["RUS", "DEU"], "outlay": 10.0},
    "power-of-siberia": {"samples": 8, "drivers": False, "lng": -1.0},
    "income-path": {"countries": ["USA", "G7"], "over": "2025Q1:2025Q3"},
    "trade-path": {"pairs": [["CHN", "USA"], ["RUS", "G7"]], "over": "2025Q1:2025Q3"},
    "sector-path": {"country": "CHN", "sectors": "C26", "over": "2025Q1:2025Q3"},
    "truce": {"agreed": ["wide"], "ended": ["tariff"], "over": "2025Q1:2025Q3"},
    "pay-back": {"agreed": ["wide"], "ended": ["tariff"], "over": "2025Q1:2025Q3"},
    "leaders": {"thirds": ["VNM"], "offers": [0.0, 1.0], "threats": [0.0, 0.5]},
}
TIMED = ("seconds", "milliseconds")
SHIPPED = {**registry.kinds()}  # before a test adds one


def without_times(data):
    """The same data without what the clock decides."""
    if isinstance(data, dict):
        return {k: without_times(v) for k, v in data.items() if k not in TIMED}
    return [without_times(v) for v in data] if isinstance(data, list) else data


@pytest.fixture(scope="module")
def small(nine):
    """The world on which every question is asked."""
    return nine


@pytest.fixture(scope="module")
def file(small, tmp_path_factory):
    """A scenario file that asks every question, on the small world."""
    folder = tmp_path_factory.mktemp("small")
    fields = {
        "title": "All that can be asked",
        "world": str(small.save(folder / "small.nc")),
        "policy": [
            {"id": "tariff", "act": "tariff", "importer": "USA", "exporter": "CHN", "rate": 0.2},
            {"id": "wide", "act": "tariff", "importer": "USA", "exporter": ["VNM", "IND"],
             "rate": 0.1},
            {"id": "bans", "act": "embargo", "exporter": "USA", "importer": "RUS",
             "coverage": 0.5, "sectors": "C26"},
        ],
        "questions": [{"ask": kind, **given} for kind, given in EXAMPLES.items()],
    }  # fmt: skip
    path = folder / "all.toml"
    path.write_text(tomli_w.dumps(fields), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(file):
    """That file, run once."""
    return Scenario.load(file).run()


@pytest.fixture(scope="module")
def json_of(run):
    """The run's JSON, as a reader of the file gets it."""
    return json.loads(json.dumps(as_json(run), allow_nan=False))


def test_every_question_has_an_example():
    assert set(EXAMPLES) == set(SHIPPED)


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_a_question_in_a_file_is_the_question_asked_directly(kind, run, json_of):
    question = registry.build({"ask": kind, **EXAMPLES[kind]})
    assert registry.build(question.fields()) == question
    asked = ask(question, run.case)
    assert asked.converged, asked.status
    told = next(each for each in json_of["questions"] if each["ask"] == kind)
    assert told["status"] == "converged"
    assert without_times(told) == without_times(json.loads(json.dumps(asked.data)))
    assert tomllib.loads(tomli_w.dumps(question.fields())) == question.fields()


@pytest.fixture(scope="module")
def whole(run):
    """The report of that run: every picture is drawn once."""
    return to_html(report_of(run))


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_a_question_is_told_in_the_report(kind, run, whole):
    asked = run.find(kind)
    page = to_html(report_on(asked, "multipolar"))
    assert asked.answers
    assert "<svg" in page
    for answer in asked.answers:
        assert answer.title
        assert answer.table.shape[0] > 0
        assert charts_are_complete(answer)
        assert html.escape(answer.title, quote=True).replace("&#x27;", "&#39;") in whole
    for sentence in asked.sentences:
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith(".")


def charts_are_complete(answer):
    return all(f.title and f.alt and f.source and len(f.data) for f in answer.figures)


def arguments(kind):
    """A question's example as words of a command line."""
    fields = registry.kind_of(kind).model_fields
    words, named = [], []
    for name, value in EXAMPLES[kind].items():
        if name == "name":
            continue
        texts = [value] if not isinstance(value, list | dict) else value
        if isinstance(value, dict):
            texts = [f"{k}={v}" for k, v in value.items()]
        if name == "pairs":
            texts = [":".join(pair) for pair in value]
        if fields[name].is_required():
            words += map(str, texts)
        elif isinstance(value, bool):
            named.append(f"--{name}" if value else f"--no-{name}")
        else:
            named += [part for text in texts for part in (f"--{name}", str(text))]
    return [kind, *words, *named]


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_a_question_as_a_command_has_the_same_numbers(kind, file, json_of, tmp_path, capsys):
    written = tmp_path / "found.json"
    app([*arguments(kind), "--scenario", str(file), "--json", str(written)], standalone_mode=False)
    shown = capsys.readouterr().out
    found = json.loads(written.read_text())
    told = next(each for each in json_of["questions"] if each["ask"] == kind)
    assert without_times(found["result"]) == without_times(told["found"])
    assert found["status"] == "converged"
    assert max(map(len, shown.splitlines())) <= 80
    assert_no_number_is_split(shown)


def assert_no_number_is_split(text):
    """Every number of a table stands whole: none ends in a point, a comma or a sign."""
    for word in text.split():
        assert not re.fullmatch(r"[+-]?\d[\d,]*[.,]", word.rstrip()) or word.endswith("."), word
    assert not re.search(r"\d\n\s+\d", re.sub(r"[^\n\d ]", "", "")), text


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_a_question_as_a_command_has_help(kind, capsys):
    with pytest.raises(SystemExit):
        app([kind, "--help"])
    shown = capsys.readouterr().out
    assert registry.summaries()[kind].split(":")[0].split(",")[0] in " ".join(shown.split())
    for name in EXAMPLES[kind]:
        if name != "name":
            assert name.upper() in shown or f"--{name.replace('_', '-')}" in shown


class Reader:
    """Who asks the page's server, without a socket."""

    def __init__(self, app):
        self.app = app

    def ask(self, method, path, **more):
        async def asked():
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost"
            ) as client:
                return await client.request(method, path, timeout=120, **more)

        return asyncio.run(asked())


@pytest.fixture(scope="module")
def client(small):
    """The page's server, every draft on the small world."""
    patch = pytest.MonkeyPatch()
    patch.setattr(solutions, "world", lambda _name, tariffs: small)
    yield Reader(server.create_app())
    patch.undo()


DRAFT = {
    "acts": [
        {"id": "tariff", "act": "tariff", "importer": "USA", "exporter": "CHN", "rate": 0.2},
        {"id": "wide", "act": "tariff", "importer": "USA", "exporter": ["VNM", "IND"],
         "rate": 0.1},
        {"id": "bans", "act": "embargo", "exporter": "USA", "importer": "RUS", "coverage": 0.5,
         "sectors": "C26"},
    ]
}  # fmt: skip


def asked_on_the_page(client, fields):
    """The last line of the page's stream."""
    done = client.ask("POST", "/api/ask", json={"case": DRAFT, "question": fields})
    assert done.status_code == 200, done.text
    return json.loads(done.text.splitlines()[-1])


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_a_question_on_the_page_has_the_same_numbers(kind, client, json_of):
    last = asked_on_the_page(client, {"ask": kind, **EXAMPLES[kind]})
    told = next(each for each in json_of["questions"] if each["ask"] == kind)
    assert without_times(last["answer"]["data"]) == without_times(told)
    for answer in last["answer"]["answers"]:
        assert answer["rows"]
        assert all("spec" in figure for figure in answer["figures"])


def test_the_page_offers_every_question_with_a_schema(client):
    offered = {each["ask"]: each for each in client.ask("GET", "/api/choices").json()["questions"]}
    assert set(SHIPPED) <= set(offered)
    for kind, each in offered.items():
        assert each["summary"]
        assert each["schema"]["properties"], kind
        for name, field in each["schema"]["properties"].items():
            assert field.get("title"), f"{kind}.{name}"


def test_a_run_works_each_answer_out_once(file, tmp_path, monkeypatch):
    """Report, CSV, JSON and terminal read the same answers: `tell` is called once a question."""
    counts: dict[str, int] = {}

    def counted(kind, tell):
        def count(self, case, found):
            counts[kind] = counts.get(kind, 0) + 1
            return tell(self, case, found)

        return count

    for kind, each in SHIPPED.items():
        monkeypatch.setattr(each, "tell", counted(kind, each.tell))
    cheap = {"gains", "trade", "markets", "standoff"}
    run = Scenario.load(file).run(asks=lambda question: question.kind in cheap)
    write_run(run, tmp_path / "x", {})
    as_json(run)
    assert run.answers
    assert counts == dict.fromkeys(cheap, 1)


def test_measures_are_read_by_name(run):
    gains = run.find("gains")
    usa = gains.measure("real_income", country="USA")
    assert usa == pytest.approx(float(run.outcome.real_income.sel(country="USA")))
    change = run.find("trade").measure("change", exporter="CHN", importer="USA")
    assert change < 0
    assert run.find("what-if").measure("worth") != 0
    assert run.find("standoff").measure("loss", country="RUS") > 0
    for kind, each in SHIPPED.items():
        for name, known in each.measures.items():
            assert known.title, f"{kind}.{name}"
            assert known.unit, f"{kind}.{name}"
    with pytest.raises(mp.InputError, match="gains has no measure 'income'"):
        gains.measure("income", country="USA")
    with pytest.raises(mp.InputError, match="real_income needs country"):
        gains.measure("real_income")
    with pytest.raises(mp.InputError, match="real_income takes no county; did you mean country"):
        gains.measure("real_income", county="USA")


def test_a_question_without_an_equilibrium_is_an_answer_that_says_so(small):
    """It stops nobody else's, and never passes for a result."""

    class Hopeless(Question):
        """What nobody can find."""

        def ask(self, case, on_step=None):
            raise mp.NotConverged("nothing was found")

    try:
        asked = ask(Hopeless(), Case(small))
        assert not asked.converged
        assert asked.status == "nothing was found"
        assert "No answer" in asked.answers[0].remark
        assert asked.data == {"ask": "hopeless", "status": "nothing was found", "found": None}
    finally:
        registry.KNOWN.pop("hopeless")


# --- a question that somebody adds ----------------------------------------------------------------


@pytest.fixture
def headcount():
    """A made-up question: one class, nothing else."""

    class Headcount(Question):
        """What a larger labour force would be worth to a country."""

        cost = "seconds"

        country: Country = entry("country", "Whose.", pick="country")
        growth: float = entry("growth", "Of it.", default=0.01, unit="fraction", gt=-1, le=1)

        def ask(self, case, on_step=lambda *_: None):
            on_step("solving twice")
            larger = case.plus(LabourSupply(self.country, change=self.growth))
            return larger.outcome.real_income.sel(country=self.country).item()

        def tell(self, case, found):
            table = pd.DataFrame(
                {"real income, % change": [100 * found]}, pd.Index([self.country], name="country")
            )
            bars = charts.ranked_bars(
                table.reset_index(), key="headcount", title="Headcount", source="a test"
            )
            return [Answer("headcount", "A larger labour force", table, "", (bars,))]

        def say(self, case, found):
            return [f"A larger labour force is worth {100 * found:.2f} %."]

        @measure("change of real income", "fraction")
        def worth(self, case, found):
            return found

    yield Headcount
    registry.KNOWN.pop("headcount")


def test_a_made_up_question_has_every_surface(headcount, file, client, tmp_path, capsys):
    text = 'ask = "headcount"\ncountry = "RUS"\ngrowth = 0.02\n'
    mine = tmp_path / "mine.toml"
    world = tomllib.loads(file.read_text())["world"]
    mine.write_text(f'title = "Mine"\nworld = {world!r}\n[[questions]]\n{text}', encoding="utf-8")
    run = Scenario.load(mine).run()
    asked = run.find("headcount")
    assert isinstance(asked.question, headcount)
    number = asked.measure("worth")
    assert as_json(run)["questions"][-1] == {
        "ask": "headcount", "country": "RUS", "growth": 0.02, "status": "converged",
        "found": number,
    }  # fmt: skip
    page = to_html(report_of(run))
    assert '<section id="headcount">' in page
    assert "A larger labour force is worth" in page
    assert page.count("<svg") == 3
    with pytest.raises(SystemExit):
        app(["headcount", "--help"])
    shown = capsys.readouterr().out
    assert "What a larger labour force would be worth" in shown
    assert "--growth" in shown
    found = tmp_path / "found.json"
    words = ["headcount", "RUS", "--growth", "0.02", "--scenario", str(mine), "--json", str(found)]
    app(words, standalone_mode=False)
    assert json.loads(found.read_text())["result"] == number
    offered = {each["ask"]: each for each in client.ask("GET", "/api/choices").json()["questions"]}
    assert offered["headcount"]["schema"]["properties"]["growth"]["unit"] == "fraction"
    last = asked_on_the_page(client, {"ask": "headcount", "country": "RUS"})
    assert last["answer"]["answers"][0]["figures"][0]["spec"]
    assert "headcount" in registry.summaries()


# --- the case -------------------------------------------------------------------------------------


def test_a_case_is_solved_once_whichever_thread_asks(small, monkeypatch):
    calls = []
    solve = case_module.solve

    def counted(*arguments):
        calls.append(arguments)
        return solve(*arguments)

    monkeypatch.setattr(case_module, "solve", counted)
    case = Case(small, mp.Tariff("USA", "CHN", rate=0.1), date=dt.date(2025, 5, 6))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: case.outcome, range(16)))
    assert len(calls) == 1
    assert all(each is found[0] for each in found)


def test_a_case_changes_into_others_and_travels(small):
    case = Case(small, mp.Tariff("USA", "CHN", rate=0.1), name="c", date=dt.date(2025, 5, 6))
    again = pickle.loads(pickle.dumps(case))  # noqa: S301  (our own)
    assert again.policy == case.policy
    assert again.date == case.date
    assert float(again.outcome.real_income[0]) == float(case.outcome.real_income[0])
    assert len(case.plus(mp.Tariff("CHN", "USA", rate=0.1)).policy) == 2
    assert case.assuming(horizon=1.0).assumptions.horizon == 1.0
    assert len(case.policy) == 1
    with pytest.raises(mp.InputError, match="assumptions"):
        Case(small, assumptions={"horizon": 1})


# --- what fresh eyes found ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        ("flows", {"countries": ["USA", "United States"]}, "USA and USA overlap"),
        ("flows", {"countries": ["G7", "DEU"]}, "G7 and DEU overlap"),
        ("coalition", {"target": "RUS", "members": ["G7", "DEU"]}, "G7 and DEU overlap"),
        ("what-if", {"country": "RUS", "without": ["tarif"]}, "did you mean tariff"),
    ],
)
def test_what_makes_no_sense_is_refused_however_it_is_asked(kind, fields, message, run, client):
    with pytest.raises(mp.InputError, match=message):
        mp.ask(kind, run.case, **fields)
    last = asked_on_the_page(client, {"ask": kind, **fields})
    assert message in last["refused"]["message"]


def test_every_lever_can_be_told(run):
    for wrt in ("tariff", "export_tax", "trade_cost", "productivity", "trade_elasticity"):
        asked = mp.ask("levers", run.case, result="real_income", of=["USA"], wrt=wrt, top=2)
        assert asked.answers[0].figures[0].data.shape[0] == 2


def test_measures_take_names_and_refuse_what_is_not_there(run):
    standoff = run.find("standoff")
    assert standoff.measure("loss", country="Russia") == standoff.measure("loss", country="RUS")
    for kind, measure_, names in (
        ("standoff", "loss", {"country": "Mars"}),
        ("standoff", "loss", {"country": "RUS", "horizon": "soon"}),
        ("optimal", "real_income", {"country": "G7"}),
        ("deal", "worth", {"country": "USA"}),
        ("frontier", "paid", {"weight": "9"}),
        ("levers", "slope", {"exporter": "G7", "importer": "CHN"}),
    ):
        with pytest.raises(mp.InputError):
            run.find(kind).measure(measure_, **names)


def test_lists_on_a_command_line(small, tmp_path):
    """A repeated option is a list, a comma one too; of several sides a comma joins some."""
    file = str(small.save(tmp_path / "small.nc"))
    for words in (["--supplier", "CHN", "--supplier", "DEU"], ["--supplier", "CHN,DEU"]):
        out = tmp_path / "found.json"
        app(["chokepoints", "JPN", *words, "--world", file, "--json", str(out)],
            standalone_mode=False)  # fmt: skip
        found = json.loads(out.read_text())
        assert {row["supplier"] for row in found["result"]} == {"CHN", "DEU"}
    app(["gains", "--countries", "USA,CHN", "--countries", "DEU", "--world", file,
         "--scenario", "", "--json", str(out)], standalone_mode=False)  # fmt: skip
    assert list(json.loads(out.read_text())["result"]) == ["USA, CHN", "DEU"]
    frontier = registry.build({"ask": "frontier", "coalition": "USA", "target": "RUS"})
    assert frontier.weights[0] == 0.0


def test_a_case_without_acts_says_so(small):
    calm = Case(small)
    assert mp.ask("gains", calm).sentences == ["No act is in force, so nothing changes."]
    assert "do not move" in mp.ask("markets", calm, exporter="CHN").sentences[0]


def test_tariff_today_is_one_number(run):
    """A deal and an optimal tariff tell the same mean of today's tariff."""
    deal = run.find("deal").found.table["tariff"]
    play = mp.ask("optimal", run.case, country="USA", partners=["VNM", "IND"]).found.table()
    for country in ("VNM", "IND"):
        assert deal[country] == pytest.approx(play["today"][("USA", country)])


def test_findings_are_held_against_a_run(file, tmp_path, capsys):
    world = tomllib.loads(file.read_text())["world"]
    mine = tmp_path / "mine.toml"
    text = (
        'title = "t"\nworld = {!r}\n[[policy]]\nid = "a"\nact = "tariff"\nimporter = "USA"\n'
        'exporter = "CHN"\nrate = 0.5\n[[findings]]\nsays = "China gains"\n'
        'measure = "gains.{}"\nof = {{ country = "{}" }}\nsign = "+"\nbecause = "b"\n'
    )
    mine.write_text(text.format(world, "real_income", "CHN"))
    app(["run", str(mine)], standalone_mode=False)
    assert "Expected, but not found: China gains" in " ".join(capsys.readouterr().out.split())
    for measure_, country in (("income", "CHN"), ("real_income", "Narnia")):
        mine.write_text(text.format(world, measure_, country))
        with pytest.raises(mp.InputError, match=r"findings\.1"):
            app(["run", str(mine)], standalone_mode=False)
