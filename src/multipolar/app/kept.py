"""What never changes while the server runs: the page's files, the choices, the shapes of countries.

Worked out once, kept plain and packed, sent packed to who takes it.
"""

import gzip
import hashlib
import json
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import vl_convert
from starlette.requests import Request
from starlette.responses import Response

from multipolar.app.choices import choices
from multipolar.display.charts import map_data

FOLDER = files("multipolar.app") / "static"
PAGE, VEGA = "page.html", "vega.js"
STATIC = {
    path.name: f"{mimetypes.guess_type(path.name)[0]}; charset=utf-8"
    for path in FOLDER.iterdir()
    if path.name.endswith((".html", ".css", ".js"))
} | {VEGA: "text/javascript; charset=utf-8"}


@dataclass(frozen=True)
class Kept:
    """Bytes to send, as they are and packed; `tag` says to who has them that they are the same."""

    kind: str
    plain: bytes
    packed: bytes
    tag: str

    @classmethod
    def of(cls, text: str, kind: str) -> "Kept":
        """Text, packed once."""
        plain = text.encode()
        tag = hashlib.sha256(plain).hexdigest()[:24]
        return cls(kind, plain, gzip.compress(plain, mtime=0), f'W/"{tag}"')

    def to(self, request: Request) -> Response:
        """The answer to a request, packed if its sender takes that."""
        takes = "gzip" in request.headers.get("accept-encoding", "")
        headers = {"Vary": "Accept-Encoding", "Cache-Control": "no-cache", "ETag": self.tag}
        if request.headers.get("if-none-match") == self.tag:
            return Response(status_code=304, headers=headers)
        headers |= {"Content-Encoding": "gzip"} if takes else {}
        return Response(self.packed if takes else self.plain, headers=headers, media_type=self.kind)


@cache
def static(name: str) -> Kept:
    """A file of the page; Vega, Vega-Lite and Vega-Embed are as vl-convert carries them."""
    if name == VEGA:
        text = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    else:
        text = (FOLDER / name).read_text(encoding="utf-8")
    return Kept.of(text, STATIC[name])


@cache
def shapes() -> Kept:
    """Shapes of countries and places of small ones, which maps refer to by name."""
    return Kept.of(json.dumps(map_data()), "application/json")


_choices: dict[int, Kept] = {}  # by the object that was packed: another once a question is added


def offered() -> Kept:
    """What the page offers; worked out again where a kind of question has been added."""
    found = choices()
    if id(found) not in _choices:
        _choices[id(found)] = Kept.of(json.dumps(found, allow_nan=False), "application/json")
    return _choices[id(found)]
