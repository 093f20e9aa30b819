"""The page's server: the library's numbers, whatever is asked at once; clear refusals."""

import io
import json
import re
import socket
import tomllib

import httpx
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import multipolar as mp
from multipolar.app.drafts import Draft, fields_of
from multipolar.app.guard import LARGEST_BODY
from multipolar.app.server import listen
from multipolar.display.words import written
from multipolar.model.catalogue import ASSUMPTIONS
from multipolar.policy import INSTRUMENTS
from multipolar.questions.asking.asked import ask
from multipolar.questions.asking.registry import build, kinds
from multipolar.scenario import Scenario, scenario_names

AGREES = 1e-9


def tariff(rate, importer="USA", exporter="CHN", **more):
    """A case built from nothing: one tariff."""
    act = {"id": "a", "act": "tariff", "importer": importer, "exporter": exporter, "rate": rate}
    return {"acts": [act | more]}


@pytest.fixture(scope="module")
def client(address):
    """Someone who asks the server."""
    with httpx.Client(base_url=address, timeout=120) as client:
        yield client


def test_a_shipped_scenario_has_the_library_s_numbers(client):
    answer = client.post("/api/solve", json={"case": {"base": "may-2025"}})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    outcome = Scenario.load("may-2025").case().outcome
    for code in outcome.countries:
        value = found["real_income"][code]
        assert value == pytest.approx(float(outcome.real_income.sel(country=code)), abs=AGREES)
    assert "The United States loses" in " ".join(found["headline"])
    keys = [figure["key"] for each in found["answers"] for figure in each["figures"]]
    assert keys[0] == "map-real-income"
    assert "spec" not in found["answers"][0]["figures"][0]


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_that_ships_is_on_the_page(client, name):
    """Each is listed, solves, and brings specifications that are complete."""
    assert name in [each["name"] for each in client.get("/api/choices").json()["scenarios"]]
    assert client.get(f"/api/scenarios/{name}").json()["acts"]
    found = client.post("/api/solve", json={"case": {"base": name}, "specs": True}).json()
    assert found["status"] == "converged"
    figures = [figure for answer in found["answers"] for figure in answer["figures"]]
    least = 1 if Scenario.load(name).only_gas else 4  # other questions on gas take seconds
    assert len({figure["key"] for figure in figures}) == len(figures) >= least
    for figure in figures:
        assert figure["datasets"]["rows"]
        assert figure["alt"]
        assert "Source: multipolar" in figure["caption"]


SHUT = {"id": "shut", "act": "close-link", "link": "TurkStream 2"}


def test_a_case_about_gas_alone_solves_no_trade(client):
    found = client.post("/api/solve", json={"case": {"acts": [SHUT]}, "specs": True}).json()
    assert found["network"] == "gas-2023"
    assert found["status"] == "converged"
    assert found["world"] == ""
    assert found["real_income"] == {}
    keys = [answer["key"] for answer in found["answers"]]
    assert keys == ["gas-prices", "gas-flows", "gas-replacement"]
    assert "gas market" in found["headline"][-1]
    table = {"case": {"acts": [SHUT]}, "table": "countries"}
    assert client.post("/api/csv", json=table).text.startswith('node,"price before')
    toml = tomllib.loads(client.post("/api/toml", json={"acts": [SHUT]}).text)
    assert toml["network"] == "gas-2023"
    two = {"first": {"acts": [SHUT]}, "second": {"acts": [SHUT]}}
    assert "a case about gas alone has none" in client.post("/api/compare", json=two).text


def test_the_year_of_the_network_is_chosen(client):
    prices = {}
    for network in ("gas-2021", "gas-2023"):
        case = {"acts": [SHUT], "network": network}
        found = client.post("/api/solve", json={"case": case}).json()
        assert found["network"] == network
        prices[network] = found["answers"][0]["rows"][0]
    assert prices["gas-2021"] != prices["gas-2023"]
    refused = client.post("/api/solve", json={"case": {"acts": [SHUT], "network": "/etc"}})
    assert refused.status_code == 422
    assert refused.json()["field"] == "network"
    refused = client.post("/api/solve", json={"case": {"acts": [SHUT | {"link": "Nowhere"}]}})
    assert "no link 'Nowhere'" in refused.json()["message"]


def test_gas_beside_trade(client):
    case = {"base": "may-2025", "acts": [SHUT]}
    found = client.post("/api/solve", json={"case": case}).json()
    assert found["world"] == "world-2023"
    assert {"real-income", "gas-prices"} <= {answer["key"] for answer in found["answers"]}


def test_specifications_only_when_asked_and_without_the_shapes(client):
    found = client.post("/api/solve", json={"case": tariff(0.3), "specs": True}).json()
    figure = found["answers"][0]["figures"][0]
    assert figure["fixed"] == ["shapes", "places"]
    assert set(figure["spec"]["datasets"]) == {"rows"}
    shapes = client.get("/api/shapes").json()
    assert set(shapes) == {"shapes", "places"}


def test_a_moved_act_replaces_the_one_that_ships(client, world):
    shown = client.get("/api/scenarios/truce-2025-05-12").json()
    act = next(a for a in shown["acts"] if a["act"] == "tariff" and not a["fixed"])
    case = {
        "base": "truce-2025-05-12",
        "without": [act["id"]],
        "acts": [{"id": act["id"], "act": "tariff", **act["fields"], "rate": 0.42}],
    }
    found = client.post("/api/solve", json={"case": case}).json()
    scenario = Scenario.load("truce-2025-05-12")
    kept = [a for a in scenario.acts(scenario.date) if a.id != act["id"]]
    policy = sum((scenario.policy_of(a) for a in kept), mp.policy.Policy())
    policy += mp.Tariff(**(act["fields"] | {"rate": 0.42}))
    expected = mp.solve(world, policy, scenario.assume())
    assert found["real_income"]["USA"] == pytest.approx(
        float(expected.real_income.sel(country="USA")), abs=AGREES
    )


def test_the_scenario_file_says_the_same(client, tmp_path):
    """What is downloaded, run by the command line's own code, gives the page's numbers."""
    case = {
        **tariff(0.35, exporter="EU", sectors=["goods", "-C29"]),
        "base": "truce-2025-05-12",
        "assumptions": {"deficits": "own-gdp", "horizon": 3},
    }
    shown = client.post("/api/solve", json={"case": case}).json()
    text = client.post("/api/toml", json=case).text
    assert tomllib.loads(text)["extends"] == "truce-2025-05-12"
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    outcome = Scenario.load(path).run().outcome
    for code in outcome.countries:
        value = shown["real_income"][code]
        assert value == pytest.approx(float(outcome.real_income.sel(country=code)), abs=AGREES)


def test_csv_and_report(client):
    case = {"base": "may-2025"}
    text = client.post("/api/csv", json={"case": case}).text
    table = pd.read_csv(io.StringIO(text), index_col="iso3")
    assert len(table) == 80
    outcome = Scenario.load("may-2025").case().outcome
    assert table.loc["CAN", "real income, % change"] == pytest.approx(
        100 * float(outcome.real_income.sel(country="CAN"))
    )
    pairs = client.post("/api/csv", json={"case": case, "table": "trade"}).text
    assert "China to Russia" in pairs
    report = client.post("/api/report", json=case)
    assert report.headers["content-type"].startswith("text/html")
    assert "What it leaves out" in report.text


def test_the_workbook_has_the_numbers_of_the_csv(client):
    act = {"id": "a", "act": "tariff", "importer": "USA", "exporter": "CHN", "rate": 0.1}
    case = {"acts": [act], "title": "=1+1"}
    book = client.post("/api/workbook", json=case)
    assert book.headers["content-type"].endswith("spreadsheetml.sheet")
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book.content))
    (head, *rows) = sheets.get_sheet_by_name("Countries").to_python()
    text = client.post("/api/csv", json={"case": case}).text
    table = pd.read_csv(io.StringIO(text))
    assert head == list(table.columns)
    assert rows == table.to_numpy().tolist()
    assert sheets.get_sheet_by_name("Overview").to_python()[0][0] == "=1+1"


def test_comparison_is_the_difference(client):
    one, two = {"base": "may-2025"}, {"base": "may-2025-no-retaliation"}
    found = client.post("/api/compare", json={"first": one, "second": two}).json()
    rows = {row["code"]: row for row in found["answer"]["figures"][0]["datasets"]["rows"]}
    gap = [
        float(Scenario.load(case["base"]).case().outcome.real_income.sel(country="CHN"))
        for case in (one, two)
    ]
    measure = next(key for key in rows["CHN"] if key.startswith("real income"))
    assert rows["CHN"][measure] == pytest.approx(100 * (gap[1] - gap[0]), rel=1e-6)


# --- questions that are asked for ----------------------------------------------------------------


def asked(client, case, **question):
    """Ask, and read all lines: the steps, and what came at the end."""
    found = client.post("/api/ask", json={"case": case, "question": question})
    lines = [json.loads(line) for line in found.text.splitlines()]
    return lines[:-1], lines[-1]


def test_an_answer_is_the_library_s(client, world):
    case = mp.Case(world, mp.Tariff("USA", "CHN", rate=0.3), mp.Assumptions(), "mine")
    question = build({"ask": "levers", "result": "real_income", "of": ["USA"], "top": 3})
    steps, last = asked(client, tariff(0.3), ask="levers", result="real_income", of=["USA"], top=3)
    assert steps[0]["step"] == "laying out the world"
    answer = last["answer"]
    table = ask(question, case).answers[0].table
    shown = [cells[0][0] for _, cells in answer["answers"][0]["rows"]]
    assert shown == [written(value, table.columns[0])[0] for value in table.iloc[:, 0]]
    assert answer["answers"][0]["figures"][0]["spec"]
    assert "adds 30 % to its tariff on goods from China" in answer["title"], "it says of what"


def test_what_a_scenario_leaves_for_later_can_be_asked(client):
    """Its longer questions are listed, each with its fields."""
    found = client.post("/api/solve", json={"case": {"base": "may-2025"}}).json()
    left = {each["question"]["ask"]: each for each in found["left"]}
    assert set(left) == {
        "causes", "what-if", "standoff", "weaker", "deal", "power-of-siberia", "trade-path",
    }  # fmt: skip
    assert left["what-if"]["cost"] == "seconds"
    _, last = asked(client, {"base": "may-2025"}, **left["what-if"]["question"])
    scenario = Scenario.load("may-2025")
    own = next(q for q in scenario.all_questions() if q.kind == "what-if")
    table = ask(own, scenario.case()).answers[0].table
    shown = last["answer"]["answers"][0]["rows"][0][1][-1][0]
    assert shown == written(table.iloc[0, -1], table.columns[-1])[0]


@pytest.mark.parametrize(
    ("question", "field", "words"),
    [
        ({"ask": "standof"}, "ask", "did you mean standoff"),
        ({"ask": "suppliers", "importer": "Iram", "sectors": "goods"}, "importer", "no country"),
        ({"ask": "suppliers", "importer": "USA"}, "sectors", "missing"),
        ({"ask": "levers", "result": "real_income", "of": ["USA"], "top": 0}, "top", "greater"),
        ({"ask": "what-if", "country": "USA", "policy": [
            {"id": "a", "act": "tariff-schedule", "file": "/etc/passwd"}]}, "policy", "a page"),
        ({}, "ask", "is not a question"),
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_names_its_field(client, question, field, words):
    answer = client.post("/api/ask", json={"case": tariff(0.1), "question": question})
    last = json.loads(answer.text.splitlines()[-1])
    refused = last.get("refused", last)
    assert field in refused["field"].split(".")
    assert words in refused["message"]


def test_a_kind_of_question_from_elsewhere_is_offered(client, tally):
    assert tally.kind in [each["ask"] for each in client.get("/api/choices").json()["questions"]]
    steps, last = asked(client, tariff(0.1), ask=tally.kind, whose="Germany", times=3)
    assert {"step": "counting", "done": 2, "total": 3} in steps
    assert last["answer"]["headline"] == ["DEU counts 80 economies 3 times: 240."]


# --- what the page offers ------------------------------------------------------------------------


def test_every_table_is_on_offer(client):
    found = client.get("/api/choices").json()
    assert [each["ask"] for each in found["questions"]] == list(kinds())
    assert [each["name"] for each in found["assumptions"]] == list(ASSUMPTIONS)
    assert list(found["acts"]) == list(INSTRUMENTS)
    assert found["countries"]["DEU"] == "Germany"
    assert found["blocs"]["EU"] == "European Union"
    for kind in found["acts"].values():
        named = re.findall(r"{(\w+)}", kind["phrase"])
        assert named, "the page needs a phrase for every kind of act"
        assert set(named) <= set(kind["fields"])


def test_a_scenario_shows_its_own_assumptions(client):
    assert client.get("/api/scenarios/sanctions-2022").json()["assumptions"]["horizon"] == 2.0
    changed = {"base": "sanctions-2022", "assumptions": {"horizon": "long-run"}}
    found = client.post("/api/solve", json={"case": changed}).json()
    assert "long run" in found["assumptions"]
    assert "horizon long-run" in found["title"]


def test_my_country_and_my_bloc(client):
    case = {"base": "may-2025", "watch": ["POL", "ASEAN"]}
    found = client.post("/api/solve", json={"case": case}).json()
    outcome = Scenario.load("may-2025").case().outcome
    rows = dict(found["answers"][0]["rows"])
    assert rows["Poland"][0][0] == f"{100 * float(outcome.real_income.sel(country='POL')):+.3f}"
    assert "ASEAN" in rows
    heading = "real income, % change"
    value = outcome.table(["ASEAN"])[heading].iloc[0]
    assert 100 * found["real_income"]["ASEAN"] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ({"base": "may-2025"}, "May 2025"),
        ({"base": "may-2025", "without": ["us-fentanyl-china"]}, "without us-fentanyl-china"),
        ({"base": "may-2025", "assumptions": {"deficits": "purged"}}, "deficits purged"),
        (tariff(0.3), "the United States adds 30 % to its tariff on goods from China"),
        ({}, "Nobody acts"),
    ],
)
def test_a_title_names_what_was_changed(case, words):
    assert words in fields_of(Draft(**case))["title"]


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (tariff(145), "145"),
        (tariff(0.1, importer="UAS"), "did you mean USA"),
        (tariff(0.1, sectors="carz"), "did you mean cars"),
        (tariff(0.1) | {"base": "may-2052"}, "did you mean may-2025"),
        (tariff(0.1, act="tarif"), "did you mean tariff"),
        (tariff(0.1, act="tariff-schedule", file="/etc/passwd"), "is not an instrument"),
        (tariff(0.1, file="x.csv"), "no such field"),
        (tariff(0.1, folder="/etc"), "no such field"),
        (tariff(0.1, colour="red"), "no such field"),
        ({"base": "../../etc/passwd"}, "no scenario"),
        ({"base": "may-2025", "without": ["us-fentanyl-chin"]}, "did you mean"),
        ({"without": ["x"]}, "no base"),
        ({"assumptions": {"deficit": "purged"}}, "did you mean deficits"),
        ({"assumptions": {"horizon": -1}}, "horizon"),
        ({"acts": [tariff(0.1)["acts"][0]] * 2}, "two acts have the id"),
        ({"acts": [{"id": "a", "act": "embargo", "exporter": "*", "importer": "USA"}]}, "USA"),
    ],
)
def test_what_makes_no_sense_is_refused_clearly(client, case, words):
    answer = client.post("/api/solve", json={"case": case})
    assert answer.status_code == 422, answer.text
    complaint = answer.json()
    assert {"message", "field", "kind"} <= set(complaint)
    assert words in complaint["field"] + " " + complaint["message"], complaint
    assert "Traceback" not in answer.text
    assert ".toml" not in complaint["message"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'{"case": {"acts": 7}}', 422),
        (b'{"case": {"acts": [{"id": "a", "act": "tariff", "rate": NaN}]}}', 422),
        (b'{"case": {"acts": [{"id": "a", "act": "tariff", "rate": 1e999}]}}', 422),
        (b"\xff\xfe", 422),
        (b"[" * 50_000, 400),
        (b'"' + b"x" * LARGEST_BODY + b'"', 413),
    ],
)
def test_malformed_requests(client, content, status):
    headers = {"content-type": "application/json"}
    answer = client.post("/api/solve", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["message"]


def test_a_long_body_without_a_length_is_refused(client):
    def chunks():
        for _ in range(100):
            yield b" " * 4096

    answer = client.post(
        "/api/solve", content=chunks(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413


def test_unknown_addresses_and_other_hosts(client):
    assert client.get("/api/scenarios/nowhere").status_code == 404
    assert client.get("/static/..%2Fserver.py").status_code == 404
    assert client.get("/static/server.py").status_code == 404
    assert client.get("/api/choices", headers={"host": "evil.example"}).status_code == 400


def test_every_answer_has_the_safety_headers(client):
    for path in ("/", "/api/choices", "/static/page.js", "/nowhere"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "script-src 'self';" in policy


def test_the_page_asks_nobody_else(client):
    for path in ("/", "/static/page.js", "/static/page.css", "/static/pictures.js"):
        text = client.get(path).text
        assert "http://" not in text
        assert "https://" not in text


def test_a_taken_port_is_a_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(mp.InputError, match=r"cannot listen there .* choose another --port"):
            listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(mp.InputError, match="cannot listen there"):
        listen("no.such.host.invalid", 0)
