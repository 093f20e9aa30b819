"""The guard: what is refused before anything is read, and the safety headers on every answer."""

import asyncio
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 64 * 1024  # bytes; a draft of forty acts is a tenth of it
SLOWEST_BODY = 20.0  # seconds that a body may take to arrive
WRITES = ("POST", "PUT", "PATCH")
HEADERS = {
    # Vega is given the interpreter, so that no string ever becomes code; it sets styles in place.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Refused(Exception):  # noqa: N818  (becomes an answer)
    """A request that is not passed on: its status and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Guard:
    """Passes on small requests of this page only; puts the safety headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if it is small enough and comes from no other site."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        if scope["method"] not in WRITES:
            await self.app(scope, receive, guarded)
            return
        try:
            _check_sender(Headers(scope=scope))
            async with asyncio.timeout(SLOWEST_BODY):
                body = await _whole_body(receive)
        except Refused as error:
            refusal = {"message": error.message, "field": "", "kind": "input"}
            await JSONResponse(refusal, error.status)(scope, receive, guarded)
            return
        except TimeoutError:
            refusal = {"message": "the request arrived too slowly", "field": "", "kind": "input"}
            await JSONResponse(refusal, 408)(scope, receive, guarded)
            return
        if body is not None:
            await self.app(scope, _again(body, receive), guarded)


def _check_sender(headers: Headers) -> None:
    """Refuse what another site's page sends through a reader's browser."""
    origin = headers.get("origin")
    if origin and urlsplit(origin).netloc != headers.get("host"):
        raise Refused(403, "asked by a page of another site")
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(415, "send JSON, with Content-Type: application/json")


async def _whole_body(receive: Receive) -> bytes | None:
    """The body, or None where the client has gone."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            raise Refused(413, f"a request may have {LARGEST_BODY} bytes")
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """A body that was read already, then what comes after it."""
    taken = False

    async def again() -> Message:
        nonlocal taken
        if taken:
            return await receive()
        taken = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
