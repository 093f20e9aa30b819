"""The server: routes, limits and refusals. Every answer is worked out in `solutions`.

Binds to this machine only unless told otherwise, and then answers only to its own names, so that
no page of another site can reach it through the reader's browser. Nothing is stored; no request
names a file.
"""

import json
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from threading import Thread
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from multipolar.app import kept, solutions
from multipolar.app.choices import described
from multipolar.app.desk import LONG_QUEUE, LONG_WORKERS, LONGEST, Busy, Desk
from multipolar.app.drafts import (
    AskRequest,
    CompareRequest,
    Draft,
    RangeRequest,
    SolveRequest,
    TableRequest,
    shipped,
    to_toml,
)
from multipolar.app.guard import Guard
from multipolar.errors import InputError, InputErrors, NotConverged
from multipolar.scenario import scenario_names

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (compared with, not bound to)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FAULT = {"message": "a fault of the program, not of your input", "field": "", "kind": "fault"}


class Complaint(BaseModel):
    """Why a request was refused: what is wrong, in which field."""

    message: str
    field: str = ""
    kind: str = "input"
    each: list[dict[str, str]] = []


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Complaint, "description": "Not to be read at all"},
    404: {"model": Complaint, "description": "No such thing"},
    413: {"model": Complaint, "description": "The request is too large"},
    422: {"model": Complaint, "description": "Wrong input, or no equilibrium"},
    503: {"model": Complaint, "description": "Too busy; try again"},
}


def create_app(host: str = "127.0.0.1") -> FastAPI:
    """The application; `host` is the name it answers to beside those of this machine."""
    desk, long_desk = Desk(), Desk(LONG_WORKERS, LONG_QUEUE, LONGEST)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        Thread(target=_warm, daemon=True).start()
        yield
        desk.close()
        long_desk.close()

    app = FastAPI(
        title="multipolar",
        version=version("multipolar"),
        description="Solve scenarios of the world economy in great-power conflict.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=REFUSALS,
    )
    app.add_middleware(Guard)
    if host not in EVERYWHERE:
        names = ["127.0.0.1", "localhost", "[::1]", host]
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=names)
    _refuse(app)
    _page(app)
    _reads(app)
    _asks(app, desk)
    _streams(app, desk, long_desk)
    return app


def _page(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    def page(request: Request) -> Response:
        return kept.static(kept.PAGE).to(request)

    @app.get("/static/{name}", include_in_schema=False)
    def static(name: str, request: Request) -> Response:
        if name not in kept.STATIC:
            raise HTTPException(404, "no such file")
        return kept.static(name).to(request)


def _reads(app: FastAPI) -> None:
    @app.get("/api/choices", response_class=JSONResponse)
    def choices(request: Request) -> Response:
        """Scenarios, countries, sectors, acts, assumptions, questions: all that can be asked."""
        return kept.offered().to(request)

    @app.get("/api/scenarios/{name}")
    def scenario(name: Annotated[str, Path(max_length=80)]) -> dict[str, Any]:
        """A shipped scenario: its acts in force with their fields, and its assumptions."""
        if name not in scenario_names():
            raise HTTPException(404, f"no scenario {name!r} ships")
        return described(shipped(name))

    @app.get("/api/shapes", response_class=JSONResponse)
    def shapes(request: Request) -> Response:
        """Shapes of countries and places of small ones, which maps refer to by name."""
        return kept.shapes().to(request)


def _asks(app: FastAPI, desk: Desk) -> None:
    @app.post("/api/solve")
    async def solve(asked: SolveRequest, request: Request) -> JSONResponse:
        """Solve a draft: headline, tables, and the numbers of every picture."""
        job = partial(solutions.solution, asked.case, specs=asked.specs)
        return JSONResponse(await desk.run(job, request.is_disconnected))

    @app.post("/api/compare")
    async def compare(asked: CompareRequest, request: Request) -> JSONResponse:
        """Solve two drafts and set real income side by side."""
        job = partial(solutions.comparison, asked.first, asked.second)
        return JSONResponse(await desk.run(job, request.is_disconnected))

    @app.post("/api/toml", response_class=Response)
    async def toml(asked: Draft) -> Response:
        """The draft as a scenario file for `multipolar run`."""
        text = await desk.run(partial(to_toml, asked))
        return Response(text, media_type="application/toml")

    @app.post("/api/csv", response_class=Response)
    async def csv(asked: TableRequest, request: Request) -> Response:
        """A table of the draft as CSV."""
        job = partial(solutions.table_csv, asked.case, asked.table)
        return Response(await desk.run(job, request.is_disconnected), media_type="text/csv")

    @app.post("/api/report", response_class=Response)
    async def report(asked: Draft, request: Request) -> Response:
        """The draft's report as one HTML file."""
        job = partial(solutions.report_html, asked)
        return Response(await desk.run(job, request.is_disconnected), media_type="text/html")

    @app.post("/api/workbook", response_class=Response)
    async def workbook(asked: Draft, request: Request) -> Response:
        """The draft's report as a workbook for a spreadsheet program (.xlsx)."""
        job = partial(solutions.workbook, asked)
        return Response(await desk.run(job, request.is_disconnected), media_type=XLSX)


def _streams(app: FastAPI, desk: Desk, long_desk: Desk) -> None:
    @app.post("/api/ask", response_class=StreamingResponse)
    async def ask(asked: AskRequest) -> StreamingResponse:
        """Ask a question of a draft: a line of JSON for each step, the last one the answer.

        {"step", "done", "total"} while it works; {"answer": {...}} or {"refused": {"message",
        "field", "kind"}} at the end. Closing the connection stops the work.
        """
        chosen = desk if solutions.cost_of(asked.question) == "reads" else long_desk
        lines = chosen.stream(partial(solutions.answered, asked.case, asked.question))
        return StreamingResponse(_told(lines), media_type="application/x-ndjson")

    @app.post("/api/range", response_class=StreamingResponse)
    async def range_of(asked: RangeRequest) -> StreamingResponse:
        """Solve a draft with a band beside every number; lines of JSON as in /api/ask."""
        lines = long_desk.stream(partial(solutions.ranged, asked.case))
        return StreamingResponse(_told(lines), media_type="application/x-ndjson")

    @app.post("/api/claims", response_class=StreamingResponse)
    async def claims(asked: RangeRequest) -> StreamingResponse:
        """Judge what the accounts claim, but for games; lines of JSON as in /api/ask."""
        lines = long_desk.stream(partial(solutions.judged, asked.case))
        return StreamingResponse(_told(lines), media_type="application/x-ndjson")


async def _told(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """Lines of a stream; what refuses half-way becomes the last line."""
    try:
        async for line in lines:
            yield line
    except (InputError, NotConverged, Busy) as error:
        yield json.dumps({"refused": _complaint(error)}) + "\n"
    except Exception:  # a stream must not end without a last line
        yield json.dumps({"refused": FAULT}) + "\n"
        raise


def _complaint(error: Exception) -> dict[str, Any]:
    """What a refusal says: what is wrong, in which field, of which kind; all that is wrong."""
    if isinstance(error, InputErrors):
        message = "; ".join(f"{each.field}: {each.reason}" for each in error.errors)
        each = [{"field": one.field, "message": one.reason} for one in error.errors]
        return {"message": message, "field": error.errors[0].field, "kind": "input", "each": each}
    if isinstance(error, InputError):
        return {"message": error.reason, "field": error.field, "kind": "input"}
    kind = "busy" if isinstance(error, Busy) else "equilibrium"
    return {"message": str(error), "field": "", "kind": kind}


def _refuse(app: FastAPI) -> None:
    """Every refusal in one form, with the message that the library gives."""

    def complaint(status: int, message: str, field: str = "", kind: str = "input") -> Response:
        return JSONResponse({"message": message, "field": field, "kind": kind}, status)

    @app.exception_handler(InputError)
    @app.exception_handler(NotConverged)
    @app.exception_handler(Busy)
    def refused(_: Request, error: Exception) -> Response:
        return JSONResponse(_complaint(error), 503 if isinstance(error, Busy) else 422)

    @app.exception_handler(RequestValidationError)
    def malformed(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"] if part != "body")
        return complaint(422, str(first["msg"]), field)

    @app.exception_handler(HTTPException)
    def other(_: Request, error: HTTPException) -> Response:
        return complaint(error.status_code, str(error.detail), kind="http")


def _warm() -> None:
    """Load the world and compile the solver before somebody waits for it."""
    solutions.solution(Draft(base="may-2025"), specs=True)
    kept.offered()
    kept.static(kept.VEGA)


def listen(host: str, port: int) -> socket.socket:
    """A socket to serve on; `InputError` for one that is taken or makes no sense."""
    taken = None
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, kind, proto)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except (OSError, OverflowError) as error:
        if taken is not None:
            taken.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"cannot listen there ({reason}); choose another --port or --host",
            field=f"{host}:{port}",
        ) from None
    return taken


def serve(host: str = "127.0.0.1", port: int = 8025, *, open_browser: bool = True) -> None:
    """Serve the page until interrupted; `port` 0 takes a free one."""
    taken = listen(host, port)
    shown = "127.0.0.1" if host in EVERYWHERE else host
    if host in EVERYWHERE:
        sys.stdout.write(
            "Warning: everyone who reaches this machine can use the page, under any name of it; "
            "leave --host out to keep it to yourself\n"
        )
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{taken.getsockname()[1]}/"
    sys.stdout.write(f"multipolar is at {url} (Ctrl+C ends it)\n")
    sys.stdout.flush()
    if open_browser:
        webbrowser.open(url)
    config = uvicorn.Config(create_app(host), log_level="warning", timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[taken])
