"""The page's server: the library's numbers, whatever is asked at once; clear refusals."""

import asyncio
import io
import resource
import socket
import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor

import httpx
import pandas as pd
import pytest

import multipolar as mp
from multipolar import strategy
from multipolar.app.desk import Busy, Desk
from multipolar.app.server import LARGEST_BODY, listen
from multipolar.display.words import written
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
    outcome = Scenario.load("may-2025").run().outcome
    for code, value in found["real_income"].items():
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
    assert len({figure["key"] for figure in figures}) == len(figures) >= 4
    for figure in figures:
        assert figure["datasets"]["rows"]
        assert figure["alt"]
        assert "Source: multipolar" in figure["caption"]


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
    for code, value in shown["real_income"].items():
        assert value == pytest.approx(float(outcome.real_income.sel(country=code)), abs=AGREES)


def test_csv_and_report(client):
    case = {"base": "may-2025"}
    text = client.post("/api/csv", json={"case": case}).text
    table = pd.read_csv(io.StringIO(text), index_col="iso3")
    assert len(table) == 80
    outcome = Scenario.load("may-2025").run().outcome
    assert table.loc["CAN", "real income, % change"] == pytest.approx(
        100 * float(outcome.real_income.sel(country="CAN"))
    )
    pairs = client.post("/api/csv", json={"case": case, "table": "pairs"}).text
    assert "China to Russia" in pairs
    report = client.post("/api/report", json=case)
    assert report.headers["content-type"].startswith("text/html")
    assert "What it leaves out" in report.text


def test_comparison_is_the_difference(client):
    one, two = {"base": "may-2025"}, {"base": "may-2025-no-retaliation"}
    found = client.post("/api/compare", json={"first": one, "second": two}).json()
    rows = {row["code"]: row for row in found["answer"]["figures"][0]["datasets"]["rows"]}
    gap = [
        float(Scenario.load(case["base"]).run().outcome.real_income.sel(country="CHN"))
        for case in (one, two)
    ]
    measure = next(key for key in rows["CHN"] if key.startswith("real income"))
    assert rows["CHN"][measure] == pytest.approx(100 * (gap[1] - gap[0]), rel=1e-6)


def test_levers_are_the_library_s(client, world):
    asked = {"case": tariff(0.1), "target": ["real_income", "USA"], "top": 4}
    found = client.post("/api/levers", json=asked).json()
    table = mp.sensitivity(
        world, mp.Tariff("USA", "CHN", rate=0.1), ("real_income", "USA"), "tariff"
    )
    assert [row["slope"] for row in found["rows"]] == pytest.approx(
        table.iloc[:4, 0].tolist(), rel=1e-5
    )
    assert "percentage point" in found["measure"]


def test_next_moves_are_the_library_s(client, world):
    """Optimal tariffs, a deal and a cut-off, from the tariffs that the case has."""
    asked = {"case": tariff(0.6), "question": "optimal", "one": "IND"}
    payoffs = client.post("/api/next", json=asked).json()["answers"][0]
    play = strategy.optimal(world, "IND", policy=mp.Tariff("USA", "CHN", rate=0.6))
    gain = play.payoffs()["gain against today, %"].item()
    assert payoffs["rows"][0][1][2][0] == written(gain, "%")[0]
    for question, other in (("deal", "CHN"), ("standoff", "USA"), ("war", "USA")):
        asked = {"case": tariff(0.6), "question": question, "one": "VNM", "other": other}
        found = client.post("/api/next", json=asked)
        assert found.status_code == 200, found.text
        assert found.json()["answers"][0]["rows"]
    asked = {"case": tariff(0.6), "question": "optimal", "one": "INDA"}
    assert "did you mean" in client.post("/api/next", json=asked).text


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (tariff(145), "145"),
        (tariff(0.1, importer="UAS"), "did you mean USA"),
        (tariff(0.1, sectors="carz"), "did you mean cars"),
        (tariff(0.1) | {"base": "may-2052"}, "did you mean may-2025"),
        (tariff(0.1, act="tarif"), "did you mean tariff"),
        (tariff(0.1, act="tariff-schedule", file="/etc/passwd"), "is no instrument"),
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
    assert set(complaint) == {"message", "field", "kind"}
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

    answer = client.post("/api/solve", content=chunks())
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


# --- many at once --------------------------------------------------------------------------------


def test_fifty_at_once_none_lost_none_wrong(client, address, world):
    rates = [0.02 * k for k in range(50)]
    client.post("/api/solve", json={"case": tariff(0.5)}).raise_for_status()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def ask(rate):
        return httpx.post(f"{address}/api/solve", json={"case": tariff(rate)}, timeout=120)

    with ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(ask, rates))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # kilobytes
    assert [answer.status_code for answer in answers] == [200] * 50
    expected = mp.solve_many(world, [mp.Tariff("USA", "CHN", rate=rate) for rate in rates])
    for k, answer in enumerate(answers):
        found = answer.json()["real_income"]
        for code in ("USA", "CHN", "VNM", "RUS"):
            truth = float(expected.real_income.isel(scenario=k).sel(country=code))
            assert found[code] == pytest.approx(truth, abs=1e-8)
    assert grown < 400_000, f"{grown / 1e3:.0f} MB more at the height of it"


def test_no_more_at_work_than_there_are_hands():
    """What bounds the memory: fifty jobs, never more than two at once."""
    lock, inside, most = threading.Lock(), [0], [0]

    def job():
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.002)
        with lock:
            inside[0] -= 1
        return 1

    async def crowd():
        desk = Desk(workers=2)
        assert await asyncio.gather(*(desk.run(job) for _ in range(50))) == [1] * 50
        desk.close()

    asyncio.run(crowd())
    assert most[0] == 2


def test_a_full_desk_says_so():
    async def crowd():
        desk, gate = Desk(workers=1, queue=1, patience=30), threading.Event()
        waiting = [asyncio.create_task(desk.run(gate.wait)) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(Busy, match="too many requests are waiting"):
            await desk.run(gate.wait)
        gate.set()
        assert await asyncio.gather(*waiting) == [True, True]
        assert await desk.run(lambda: 1) == 1
        desk.close()

    asyncio.run(crowd())


def test_what_takes_too_long_is_given_up():
    async def slow():
        gate = threading.Event()
        desk = Desk(workers=1, patience=0.05)
        with pytest.raises(Busy, match=r"no answer within 0\.05 seconds"):
            await desk.run(gate.wait)
        gate.set()
        desk.close()

    asyncio.run(slow())
