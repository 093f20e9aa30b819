"""The desk and the guard: no long question holds up another reader; nothing is done in vain."""

import asyncio
import json
import resource
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import pytest

import multipolar as mp
from multipolar.app import drafts, guard, server
from multipolar.app.desk import Busy, Desk


def tariff(rate):
    act = {"id": "a", "act": "tariff", "importer": "USA", "exporter": "CHN", "rate": rate}
    return {"acts": [act]}


@contextmanager
def asking(address, kind, name):
    """A reader who waits for a long answer; leaving the block closes the connection."""
    body = {"case": {}, "question": {"ask": kind.kind, "name": name}}
    with (
        httpx.Client(base_url=address, timeout=30) as client,
        client.stream("POST", "/api/ask", json=body) as answer,
    ):
        lines = answer.iter_lines()
        yield json.loads(next(lines)), lines


def eventually(true, seconds=5.0):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    assert true()


def test_long_questions_hold_up_no_slider(address, dawdle):
    httpx.post(f"{address}/api/solve", json={"case": tariff(0.1)}, timeout=60)  # compiled
    with ExitStack() as readers:
        for name in ("one", "two", "three"):
            readers.enter_context(asking(address, dawdle, name))
        eventually(lambda: dawdle.begun)
        began = time.monotonic()
        answer = httpx.post(f"{address}/api/solve", json={"case": tariff(0.2)}, timeout=20)
        assert answer.status_code == 200
        assert time.monotonic() - began < 5


def test_a_waiting_question_says_so_and_is_not_begun_once_its_reader_has_gone(address, dawdle):
    with asking(address, dawdle, "first"):
        eventually(lambda: "first" in dawdle.begun)
        with asking(address, dawdle, "second") as (step, _):
            assert step["step"] == "waiting for its turn"
        time.sleep(0.3)  # that the server hears of it
        with asking(address, dawdle, "third") as (_, lines):
            dawdle.gate.set()
            assert (
                json.loads(list(lines)[-1])["answer"]["answers"][0]["title"] == "It took its time"
            )
    assert "second" not in dawdle.begun
    assert "third" in dawdle.begun


def test_a_question_at_work_stops_when_its_reader_goes(address, dawdle):
    with asking(address, dawdle, "first"):
        eventually(lambda: dawdle.begun)
    gone = time.monotonic()
    eventually(lambda: dawdle.ended)
    assert dawdle.ended[0] - gone < 3
    assert not dawdle.gate.is_set()


def test_a_question_ends_with_its_time():
    async def slow():
        desk, stopped = Desk(workers=1, patience=0.1), threading.Event()

        def job(on_step):
            try:
                for _ in range(500):
                    on_step("working")
                    time.sleep(0.01)
            finally:
                stopped.set()

        with pytest.raises(Busy, match=r"no answer within 0\.1 seconds"):
            async for _ in desk.stream(job):
                pass
        assert await asyncio.to_thread(stopped.wait, 2), "it went on working"
        desk.close()

    asyncio.run(slow())


def test_a_body_that_never_arrives_is_given_up(address, monkeypatch):
    monkeypatch.setattr(guard, "SLOWEST_BODY", 0.2)
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(
            f"POST /api/solve HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            "Content-Length: 100\r\n\r\n{".encode()
        )
        assert b" 408 " in line.recv(4096)


def test_another_site_s_page_is_refused(address):
    def sent(**headers):
        known = {"content-type": "application/json", **headers}
        return httpx.post(f"{address}/api/solve", content=b"{}", headers=known).status_code

    assert sent(origin="http://evil.example") == 403
    assert sent(**{"content-type": "text/plain"}) == 415
    assert sent(origin=address) == 422  # ours: read, and found wanting


@pytest.mark.parametrize(("host", "warned"), [("0.0.0.0", True), ("127.0.0.1", False)])  # noqa: S104
def test_listening_to_everyone_warns(monkeypatch, capsys, host, warned):
    monkeypatch.setattr("uvicorn.Server.run", lambda _, sockets: [each.close() for each in sockets])
    server.serve(host, 0, open_browser=False)
    said = capsys.readouterr().out
    assert ("Warning: everyone who reaches this machine" in said) == warned
    assert "multipolar is at http://127.0.0.1:" in said


def test_a_world_is_read_by_one_thread_at_a_time(monkeypatch):
    """HDF5 bears no more: two readers at the start got an error for the file."""
    inside, most = [0], [0]

    def load(name):
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.05)
        inside[0] -= 1
        return name

    monkeypatch.setattr(drafts.World, "load", load)
    with ThreadPoolExecutor(4) as crowd:
        found = crowd.map(lambda k: drafts.world(f"made-up-{k}", tariffs=True), range(4))
        assert sorted(found) == [f"made-up-{k}" for k in range(4)]
    assert most[0] == 1
    drafts._world.cache_clear()


# --- many at once --------------------------------------------------------------------------------


def test_many_at_once_none_lost_none_wrong(address, world):
    rates = [0.05 * k for k in range(16)]
    httpx.post(f"{address}/api/solve", json={"case": tariff(0.5)}, timeout=60).raise_for_status()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def ask(rate):
        return httpx.post(f"{address}/api/solve", json={"case": tariff(rate)}, timeout=60)

    with ThreadPoolExecutor(len(rates)) as crowd:
        answers = list(crowd.map(ask, rates))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # kilobytes
    assert {answer.status_code for answer in answers} == {200}
    for rate, answer in list(zip(rates, answers, strict=True))[::5]:
        truth = mp.solve(world, mp.Tariff("USA", "CHN", rate=rate)).real_income
        found = answer.json()["real_income"]
        for code in ("USA", "CHN", "VNM", "RUS"):
            assert found[code] == pytest.approx(float(truth.sel(country=code)), abs=1e-8)
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


def test_a_departed_reader_s_job_is_not_begun():
    async def crowd():
        desk, gate, begun = Desk(workers=1), threading.Event(), []

        async def gone():
            return True

        first = asyncio.create_task(desk.run(gate.wait))
        await asyncio.sleep(0.05)
        with pytest.raises(Busy, match="nobody waits"):
            await desk.run(lambda: begun.append(1), gone)
        gate.set()
        await first
        assert await desk.run(lambda: 1) == 1
        assert not begun
        desk.close()

    asyncio.run(crowd())


def test_what_is_given_up_still_fills_its_place():
    """A job whose reader has gone but which cannot be stopped counts until it ends."""

    async def crowd():
        gate = threading.Event()
        desk = Desk(workers=1, queue=0, patience=0.05)
        with pytest.raises(Busy, match=r"no answer within 0\.05 seconds"):
            await desk.run(gate.wait)
        with pytest.raises(Busy, match="too many requests"):
            await desk.run(lambda: 1)
        gate.set()
        desk.close()

    asyncio.run(crowd())
