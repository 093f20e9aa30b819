"""The server: routes, limits and refusals. Every answer is worked out in `solutions`.

Binds to this machine only unless told otherwise, and then answers only to its own names, so that
no page of another site can reach it through the reader's browser. Nothing is stored; no request
names a file.
"""

import socket
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib.resources import files
from threading import Thread
from typing import Annotated, Any

import uvicorn
import vl_convert
from fastapi import FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import multipolar
from multipolar.app import solutions
from multipolar.app.desk import Busy, Desk
from multipolar.app.requests import (
    Case,
    CompareRequest,
    LeversRequest,
    NextRequest,
    SolveRequest,
    TableRequest,
    to_toml,
)
from multipolar.display.charts import map_data
from multipolar.errors import InputError, NotConverged
from multipolar.scenario import Scenario, scenario_names

LARGEST_BODY = 64 * 1024  # bytes; a case of forty acts is a tenth of it
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (compared with, not bound to)
HEADERS = {
    # Vega is given the interpreter, so that no string ever becomes code; it sets styles in place.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
STATIC = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "pictures.js": "text/javascript",
}


class Complaint(BaseModel):
    """Why a request was refused: what is wrong, in which field."""

    message: str
    field: str = ""
    kind: str = "input"


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Complaint, "description": "Not to be read at all"},
    404: {"model": Complaint, "description": "No such thing"},
    413: {"model": Complaint, "description": "The request is too large"},
    422: {"model": Complaint, "description": "Wrong input, or no equilibrium"},
    503: {"model": Complaint, "description": "Too busy; try again"},
}


def create_app(host: str = "127.0.0.1", desk: Desk | None = None) -> FastAPI:
    """The application; `host` is the name it answers to beside those of this machine."""
    desk = desk or Desk()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        Thread(target=_warm, daemon=True).start()
        yield
        desk.close()

    app = FastAPI(
        title="multipolar",
        version=multipolar.__version__,
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
    return app


def _page(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    def page() -> Response:
        return Response(_static("page.html"), media_type="text/html")

    @app.get("/static/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        if name == "vega.js":
            return Response(_vega(), media_type="text/javascript")
        if name not in STATIC:
            raise HTTPException(404, "no such file")
        return Response(_static(name), media_type=STATIC[name])


def _reads(app: FastAPI) -> None:
    @app.get("/api/choices")
    def choices() -> dict[str, Any]:
        """Scenarios, countries, sectors, assumptions, instruments: all that can be asked for."""
        return solutions.choices()

    @app.get("/api/scenarios/{name}")
    def scenario(name: Annotated[str, Path(max_length=80)]) -> dict[str, Any]:
        """A shipped scenario: its acts in force with their fields, and its assumptions."""
        if name not in scenario_names():
            raise HTTPException(404, f"no scenario {name!r} ships")
        return solutions.described(Scenario.load(name))

    @app.get("/api/shapes")
    def shapes() -> JSONResponse:
        """Shapes of countries and places of small ones, which maps refer to by name."""
        return JSONResponse(map_data())


def _asks(app: FastAPI, desk: Desk) -> None:
    @app.post("/api/solve")
    async def solve(asked: SolveRequest) -> JSONResponse:
        """Solve a case: headline, tables, and the numbers of every picture."""
        job = partial(solutions.solution, asked.case, specs=asked.specs)
        return JSONResponse(await desk.run(job))

    @app.post("/api/compare")
    async def compare(asked: CompareRequest) -> JSONResponse:
        """Solve two cases and set real income side by side."""
        return JSONResponse(
            await desk.run(partial(solutions.comparison, asked.first, asked.second))
        )

    @app.post("/api/levers")
    async def levers(asked: LeversRequest) -> JSONResponse:
        """Rank the levers that move a result most, at the margin of a case (first order)."""
        return JSONResponse(await desk.run(partial(solutions.levers, asked)))

    @app.post("/api/next")
    async def next_moves(asked: NextRequest) -> JSONResponse:
        """What a country would do next from a case: optimal tariffs, war, a deal, a cut-off."""
        return JSONResponse(await desk.run(partial(solutions.next_moves, asked)))

    @app.post("/api/toml", response_class=Response)
    async def toml(asked: Case) -> Response:
        """The case as a scenario file for `multipolar run`."""
        text = await desk.run(partial(to_toml, asked))
        return Response(text, media_type="application/toml")

    @app.post("/api/csv", response_class=Response)
    async def csv(asked: TableRequest) -> Response:
        """A table of the case as CSV."""
        text = await desk.run(partial(solutions.table_csv, asked.case, asked.table))
        return Response(text, media_type="text/csv")

    @app.post("/api/report", response_class=Response)
    async def report(asked: Case) -> Response:
        """The case's report as one HTML file."""
        text = await desk.run(partial(solutions.report_html, asked))
        return Response(text, media_type="text/html")


def _refuse(app: FastAPI) -> None:
    """Every refusal in one form, with the message that the library gives."""

    def complaint(status: int, message: str, field: str = "", kind: str = "input") -> Response:
        return JSONResponse({"message": message, "field": field, "kind": kind}, status)

    @app.exception_handler(InputError)
    def wrong(_: Request, error: InputError) -> Response:
        return complaint(422, error.reason, error.field)

    @app.exception_handler(NotConverged)
    def lost(_: Request, error: NotConverged) -> Response:
        return complaint(422, str(error), kind="equilibrium")

    @app.exception_handler(Busy)
    def busy(_: Request, error: Busy) -> Response:
        return complaint(503, str(error), kind="busy")

    @app.exception_handler(RequestValidationError)
    def malformed(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"] if part != "body")
        return complaint(422, str(first["msg"]), field)

    @app.exception_handler(HTTPException)
    def other(_: Request, error: HTTPException) -> Response:
        return complaint(error.status_code, str(error.detail), kind="http")


class Guard:
    """Refuses large bodies before they are read whole; puts the safety headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if it is small enough."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        body, more = bytearray(), scope["method"] in ("POST", "PUT", "PATCH")
        while more:
            message = await receive()
            if message["type"] != "http.request":  # the client has gone
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > LARGEST_BODY:
                refusal = {"message": f"a request may have {LARGEST_BODY} bytes", "field": "",
                           "kind": "input"}  # fmt: skip
                await JSONResponse(refusal, 413)(scope, receive, guarded)
                return
        taken = False

        async def again() -> Message:
            nonlocal taken
            if taken or scope["method"] not in ("POST", "PUT", "PATCH"):
                return await receive()
            taken = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self.app(scope, again, guarded)


@cache
def _static(name: str) -> str:
    return (files("multipolar.app") / "static" / name).read_text(encoding="utf-8")


@cache
def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as vl-convert carries them."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


def _warm() -> None:
    """Load the world and compile the solver before somebody waits for it."""
    solutions.solution(Case(base="may-2025"), specs=True)
    _vega()


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
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{taken.getsockname()[1]}/"
    sys.stdout.write(f"multipolar is at {url} (Ctrl+C ends it)\n")
    sys.stdout.flush()
    if open_browser:
        webbrowser.open(url)
    config = uvicorn.Config(create_app(host), log_level="warning", timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[taken])
