"""Figure: a picture with everything that a reader needs to trust it, and the files made from it.

**A new picture.** Call one of the functions in `charts` (shape map, ranked bars, before and after,
heat map, flows, distribution, lines, scatter), which take a table and do not know what it means; or
write another one there, with its drawing in `drawing`. Put the figure into the `Answer` that it
belongs to: ``Answer(key, title, table, remark, figures=(charts.heat_map(...),))``. From there it
gets into the report, the page, the files of ``--out`` and the CSV without further code.
"""

import json
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import vl_convert

from multipolar.display.sheets import csv_of
from multipolar.display.theme import CONFIG, QUIET
from multipolar.display.words import slug
from multipolar.errors import InputError
from multipolar.world.files import write_text, write_whole

ROWS = "rows"  # the name under which a chart finds the figure's table
SCALE = 2.0  # pixels of a PNG per pixel of the picture
LINE = 112  # characters of a caption line
SHAPES, PLACES = "shapes", "places"  # names of the data on country shapes and small economies


@dataclass(frozen=True)
class Figure:
    """A picture, its numbers, and the text under it.

    `key` names its files; `title` says what is seen; `subtitle` has the unit and direction; `data`
    is the table that is drawn, units in its headings; `draw` makes the Altair chart, which finds
    the table under the name `ROWS`. `settings` are numbers that change with the table (parameters
    of the chart with these names); `others` are further data that the chart finds by name,
    computed from the numbers; `fixed` are data that never change (shapes of countries). `source`
    says where the numbers come from; `alt` is for readers who cannot see the picture.

    Raises `InputError` for a heading that the grammar of the charts does not allow.
    """

    key: str
    title: str
    data: pd.DataFrame
    draw: Callable[[], Any] = field(repr=False)
    source: str
    alt: str
    subtitle: str = ""
    note: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict, repr=False)
    fixed: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", slug(self.key))
        for heading in map(str, self.data.columns):
            if set(heading) & set(".[]'\"\\"):
                raise InputError(
                    "a heading with a dot, bracket, quote or backslash cannot be drawn; "
                    "leave it out",
                    field=heading,
                )

    @property
    def kind(self) -> str:
        """The kind of chart, the name of the function that draws it; empty for one of one's own."""
        return str(getattr(self.draw, "kind", "")).rpartition(".")[2]

    @property
    def caption(self) -> str:
        """The text under the picture: remarks, then where the numbers come from."""
        return " ".join(part for part in (self.note, f"Source: {self.source}") if part)

    def rows(self) -> list[dict[str, Any]]:
        """The table as the chart reads it: a record for each row, None where there is no number."""
        # pandas' own JSON turns NumPy scalars, dates and NaN into values that JSON has.
        records: list[dict[str, Any]] = json.loads(self.data.to_json(orient="records"))
        return records

    @cached_property
    def _bare(self) -> dict[str, Any]:
        return dict(self.draw().to_dict())

    def spec(self, *, captioned: bool = False) -> dict[str, Any]:
        """The Vega-Lite specification with data, title and (if `captioned`) caption."""
        bare = self._bare
        settings = [
            {"name": name, "value": value} for name, value in self.settings.items()
        ] + bare.get("params", [])
        top = {
            "$schema": bare["$schema"],
            "config": CONFIG,
            "params": settings,
            "datasets": {ROWS: self.rows(), **self.others, **self.fixed},
        }
        inner = {k: v for k, v in bare.items() if k not in ("$schema", "config", "params")}
        if not captioned:
            return {**inner, **top, "description": self.alt}
        inner["title"] = {"text": self.title, "subtitle": self.subtitle}
        under = {
            "text": textwrap.wrap(self.caption, LINE),
            "orient": "bottom",
            "anchor": "start",
            "fontSize": 10.5,
            "fontWeight": "normal",
            "color": QUIET,
            "offset": 12,
            "lineHeight": 14,
        }
        return {"vconcat": [inner], "title": under, **top, "description": self.alt}

    def png(self) -> bytes:
        """The picture as PNG, caption included."""
        return vl_convert.vegalite_to_png(self.spec(captioned=True), scale=SCALE)

    def svg(self, *, captioned: bool = True) -> str:
        """The picture as SVG."""
        return vl_convert.vegalite_to_svg(self.spec(captioned=captioned))

    def html(self) -> str:
        """The picture as a page of its own, with tooltips; it needs no network."""
        spec = _inert(self.spec())
        page = vl_convert.vegalite_to_html(spec, bundle=True, renderer="svg")
        head = f'<meta charset="utf-8"><title>{escape(self.title)}</title>'
        above = f"<h1>{escape(self.title)}</h1><p>{escape(self.subtitle)}</p>"
        under = f"<p>{escape(self.caption)}</p>"
        style = (
            "<style>body{font-family:system-ui,sans-serif;max-width:60em;margin:2em auto}</style>"
        )
        page = page.replace("<head>", f"<head>{head}{style}", 1)
        page = page.replace("<body>", f"<body>{above}", 1)
        return page.replace("</body>", f"{under}</body>", 1)

    def _repr_html_(self) -> str:
        """The picture, in a notebook."""
        return self.svg()

    def csv(self) -> str:
        """The numbers that are drawn, units in the headings."""
        return csv_of(self.data, index=False)

    def save(self, path: str | Path) -> Path:
        """Write the picture, whole or not at all; the file's ending says in which format.

        Raises `InputError` for an ending other than .png, .svg, .html and .csv.
        """
        path = check_ending(Path(path))
        text = {".svg": self.svg, ".html": self.html, ".csv": self.csv}
        if path.suffix == ".png":
            return write_whole(path, lambda draft: draft.write_bytes(self.png()))
        return write_text(path, text[path.suffix]())


def check_ending(path: Path) -> Path:
    """The path, if a picture can be written to it; otherwise raises `InputError`."""
    if path.suffix not in (".png", ".svg", ".html", ".csv"):
        raise InputError(
            f"no picture ends in {path.suffix!r}; choose .png, .svg, .html or .csv",
            file=str(path),
        )
    return path


def _inert(value: Any) -> Any:
    """The same data without text that would end the script element that holds it in a page."""
    if isinstance(value, dict):
        return {_inert(key): _inert(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_inert(inner) for inner in value]
    return (
        value.replace("</", "<\u200b/").replace("<!--", "<\u200b!--")
        if isinstance(value, str)
        else value
    )
