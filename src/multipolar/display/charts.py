"""Charts: each is a function from a table to a `Figure` and does not know what the numbers mean.

How they are drawn is in `drawing`. The headings of the tables are what readers and the CSV get: a
measure's heading says its unit ("real income, % change"). A heading must not contain a dot, a
bracket or a quote, because these have a meaning in the grammar of the charts. Signed numbers get a
colour scale that diverges around zero.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.resources import files
from typing import Any, NotRequired, TypedDict, Unpack

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from multipolar.display import theme
from multipolar.display.figure import PLACES, SHAPES, Figure
from multipolar.display.words import ends_in_words

BORDERS = (
    "Borders as Natural Earth draws them, by actual control; among the contested ones: Crimea, "
    "Kashmir, Kosovo, Northern Cyprus, Palestine, Somaliland, Taiwan and Western Sahara. No "
    "position is taken. White: not in this world."
)


class Words(TypedDict):
    """The texts around the picture that every chart takes; see `Figure`."""

    key: str
    title: str
    source: str
    alt: NotRequired[str]  # bars write their own; every other chart needs one
    subtitle: NotRequired[str]  # by default the measure's heading, in charts where that makes sense
    note: NotRequired[str]


@dataclass(frozen=True)
class Drawn:
    """A chart that has been drawn: its specification, without the numbers."""

    spec: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The specification; not to be changed in place."""
        return self.spec


@dataclass(frozen=True)
class Delayed:
    """A chart to be drawn when it is called, because importing Altair takes long.

    `kind`: a function of `drawing`, or of another module of this package ("curves.lines"). `told`:
    its arguments as JSON.
    """

    kind: str
    told: str

    def __call__(self) -> Drawn:
        """Draw it."""
        return _drawn(self.kind, self.told)


def _later(kind: str, *given: Any, **named: Any) -> Delayed:
    return Delayed(kind, json.dumps([given, named]))


@lru_cache(maxsize=512)
def _drawn(kind: str, told: str) -> Drawn:
    """A chart, drawn once for each set of arguments: names of columns, never their numbers."""
    room, _, kind = kind.rpartition(".")
    drawing = import_module(f"multipolar.display.{room or 'drawing'}")
    given, named = json.loads(told)
    return Drawn(getattr(drawing, kind)(*given, **named).to_dict())


@cache
def map_data() -> dict[str, Any]:
    """Shapes (a topology with ISO3 ids) and places of small economies, by dataset name."""
    folder = files("multipolar.display") / "data"
    with (folder / "places.csv").open(encoding="utf-8") as file:
        places = pd.read_csv(file)
    return {
        SHAPES: json.loads((folder / "world-110m.json").read_text(encoding="utf-8")),
        PLACES: places.to_dict("records"),
    }


def shape_map(values: pd.DataFrame, *, least: float = 0.0, **words: Unpack[Words]) -> Figure:
    """A world map. `values`: columns "code" (ISO3), "country" (its name), and the measure.

    `least`: the scale of numbers reaches at least this far, so that noise is not coloured; a tenth
    of it is the neutral class.

    Numbers are coloured around zero; text (such as blocs) is coloured by group. Small economies are
    circles. Codes without a shape (blocs of a regrouped world) are left out.
    """
    measure = str(values.columns[2])
    numbers = values[measure].to_numpy() if is_numeric_dtype(values[measure]) else None
    words.setdefault("subtitle", measure)
    words.setdefault("note", BORDERS)
    words["source"] += " Shapes: Natural Earth."
    return Figure(
        **words,
        data=values,
        draw=_later("world_map", measure, signed=numbers is not None),
        settings={} if numbers is None else {"limit": max(theme.nice_limit(numbers), least)},
        fixed=map_data(),
    )


def map_over_time(values: pd.DataFrame, measure: str, **words: Unpack[Words]) -> Figure:
    """A world map with a slider over time. `values`: "code", "country", then a column a period.

    `measure` is the heading of all of them, with its unit. Where nothing can be moved (a printed
    report) the last period is shown. The colours mean the same in every period.
    """
    labels = [str(name) for name in values.columns[2:]]
    words.setdefault("subtitle", measure)
    words.setdefault("note", BORDERS)
    words["source"] += " Shapes: Natural Earth."
    return Figure(
        **words,
        data=values,
        draw=_later("map_over_time", labels, measure),
        settings={"limit": theme.nice_limit(values[labels].to_numpy(float).ravel())},
        others={"one": [{}]},
        fixed=map_data(),
    )


def ranked_bars(
    values: pd.DataFrame,
    *,
    digits: int = 2,
    rise_is_loss: bool = False,
    **words: Unpack[Words],
) -> Figure:
    """Bars from zero, each with its number, in the order given. `values`: label, measure.

    `rise_is_loss` swaps the colours, for example for prices.
    """
    label, measure = (str(name) for name in values.columns[:2])
    words.setdefault("subtitle", measure)
    words.setdefault("alt", f"Bars of {ends_in_words(values)}")
    return Figure(
        **words,
        data=values,
        draw=_later("bars", label, measure, digits, rise_is_loss=rise_is_loss),
    )


def waterfall(
    values: pd.DataFrame, *, total: float, digits: int = 3, **words: Unpack[Words]
) -> Figure:
    """Parts that add up, each beginning where the one before ended; the last bar is the total.

    `values`: label, part, in the order given. The picture's data have where each bar begins too.
    """
    label, measure = (str(name) for name in values.columns[:2])
    words.setdefault("subtitle", measure)
    ends = values[measure].cumsum()
    whole = pd.DataFrame({label: ["together"], measure: [total], "from": [0.0], "to": [total]})
    steps = values.assign(**{"from": ends - values[measure], "to": ends})
    return Figure(
        **words,
        data=pd.concat([steps, whole], ignore_index=True),
        draw=_later("waterfall", label, measure, digits),
    )


def before_after(
    values: pd.DataFrame,
    *,
    digits: int = 1,
    **words: Unpack[Words],
) -> Figure:
    """From before to after. `values`: label, before, after and change, in one unit, in order."""
    names = [str(name) for name in values.columns[:4]]
    return Figure(
        **words,
        data=values,
        draw=_later("before_after", names, digits),
    )


def heat_map(
    values: pd.DataFrame,
    *,
    digits: int = 1,
    signed: bool = True,
    **words: Unpack[Words],
) -> Figure:
    """Cells of a matrix. `values`: row label, column label, measure; in the order in which to show.

    `signed`: colours around zero (changes); otherwise from little to much (shares, dependence).
    """
    row, column, measure = (str(name) for name in values.columns[:3])
    numbers = values[measure].to_numpy(float)
    words.setdefault("subtitle", measure)
    return Figure(
        **words,
        data=values,
        draw=_later("heat_map", (row, column, measure), digits, signed=signed),
        settings={"limit": theme.nice_limit(numbers)},
    )


def flows(values: pd.DataFrame, **words: Unpack[Words]) -> Figure:
    """Bands from origins to destinations; width is the flow, colour is its change.

    `values`: origin, destination, flow (at least zero), change (signed, such as % change).
    """
    names = [str(name) for name in values.columns[:4]]
    return Figure(
        **words,
        data=values,
        draw=_later("flows", names),
        settings={"limit": theme.nice_limit(values[names[3]].to_numpy(float))},
        others=_bands(values, names),
    )


GAP = 0.03  # between neighbours on a side of a flow diagram, as a share of the total flow
ACROSS = np.linspace(0, 1, 13)


def _bands(values: pd.DataFrame, names: list[str]) -> dict[str, Any]:
    """Positions of bands and their ends: across 0 to 1; down from 0, as shares of all flows."""
    origin, destination, flow, change = names
    size = values[flow] / max(float(values[flow].sum()), 1e-300)
    edges, ends = [], []
    for side, other in ((origin, destination), (destination, origin)):
        total = size.groupby(values[side]).sum().sort_values(ascending=False)
        start = total.cumsum() - total + GAP * np.arange(len(total))
        order = values[other].map({name: k for k, name in enumerate(total.index)}).fillna(99)
        within = size.loc[order.sort_values(kind="stable").index]
        below = within.groupby(values[side]).cumsum() - within
        edges.append((below + values[side].map(start)).reindex(values.index))
        ends += [
            {"end": name, "side": side, "top": start[name], "bottom": start[name] + total[name]}
            for name in total.index
        ]
    left, right = (edge.to_numpy()[:, None] for edge in edges)
    bend = ACROSS**2 * (3 - 2 * ACROSS)  # level at both ends
    top = left + bend * (right - left)
    path = pd.DataFrame(
        {
            "band": np.repeat(values[origin] + " to " + values[destination], ACROSS.size),
            flow: np.repeat(values[flow], ACROSS.size),
            change: np.repeat(values[change], ACROSS.size),
            "across": np.tile(ACROSS, len(values)),
            "top": top.ravel(),
            "bottom": (top + size.to_numpy()[:, None]).ravel(),
        }
    )
    bands = json.loads(path.to_json(orient="records", double_precision=4))
    return {"bands": bands, "ends": ends}


def distribution(values: pd.DataFrame, **words: Unpack[Words]) -> Figure:
    """How a result spreads over many solves. `values`: a row for each solve, the measure as column.

    A line marks the median; a band covers nine solves in ten.
    """
    measure = str(values.columns[0])
    words.setdefault("subtitle", f"{measure}; line: median, band: nine solves in ten")
    return Figure(
        **words,
        data=values,
        draw=_later("distribution", measure),
    )


def lines(values: pd.DataFrame, **words: Unpack[Words]) -> Figure:
    """Paths over time or a dose. `values`: position on the path, name of the line, measure."""
    along, whose, measure = (str(name) for name in values.columns[:3])
    words.setdefault("subtitle", measure)
    return Figure(
        **words,
        data=values,
        draw=_later("curves.lines", along, whose, measure),
    )


def over_time(
    values: pd.DataFrame, marks: Sequence[tuple[str, str]], **words: Unpack[Words]
) -> Figure:
    """Lines over the calendar. `values`: day (2025-01-01), name of the line, measure.

    `marks`: days on which something happens, drawn as upright rules, and what (a tooltip).
    """
    day, whose, measure = (str(name) for name in values.columns[:3])
    words.setdefault("subtitle", measure)
    return Figure(
        **words,
        data=values,
        draw=_later("curves.over_time", day, whose, measure),
        others={"marks": [{"on": on, "what": what} for on, what in marks]},
    )


def panels(
    values: pd.DataFrame, marks: Sequence[tuple[str, str]], **words: Unpack[Words]
) -> Figure:
    """Small multiples over the calendar: one panel for each line, the others pale behind it.

    `values` and `marks` as in `over_time`.
    """
    day, whose, measure = (str(name) for name in values.columns[:3])
    words.setdefault("subtitle", measure)
    across = 2 if values[whose].nunique() in (2, 4) else 3
    behind = json.loads(values.iloc[:, :3].to_json(orient="records"))
    return Figure(
        **words,
        data=values,
        draw=_later("curves.panels", day, whose, measure, across),
        others={"marks": [{"on": on, "what": what} for on, what in marks], "behind": behind},
    )


def scatter(
    values: pd.DataFrame,
    *,
    diagonal: bool = False,
    **words: Unpack[Words],
) -> Figure:
    """One measure against another. `values`: label, across, up; `diagonal` draws where both agree.

    Points whose label would be covered by others have none; the tooltip shows it.
    """
    names = [str(name) for name in values.columns[:3]]
    words.setdefault("subtitle", f"{names[2]} against {names[1]}")
    return Figure(
        **words,
        data=values,
        draw=_later("scatter", names, diagonal=diagonal),
        others={"agree": _ends_of(values[names[1:]])} if diagonal else {},
    )


def _ends_of(values: pd.DataFrame) -> list[dict[str, float]]:
    finite = values.to_numpy(float)
    finite = finite[np.isfinite(finite)]
    ends = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    return [{"at": float(end)} for end in ends]


def network_map(nodes: pd.DataFrame, links: pd.DataFrame, **words: Unpack[Words]) -> Figure:
    """A network on a map. `nodes`: node, longitude, latitude, measure (signed).

    `links`: link, longitude, latitude, longitude2, latitude2, flow (how wide), change (its colour).
    """
    measure = str(nodes.columns[3])
    flow, change = (str(name) for name in links.columns[5:7])
    words.setdefault("subtitle", measure)
    words.setdefault("note", BORDERS)
    words["source"] += " Shapes: Natural Earth."
    return Figure(
        **words,
        data=nodes,
        draw=_later("network_map", measure, flow, change),
        settings={"limit": theme.nice_limit(nodes[measure].to_numpy(float))},
        others={"links": json.loads(links.to_json(orient="records"))},
        fixed=map_data(),
    )


def price_bands(values: pd.DataFrame, anchors: dict[str, float], **words: Unpack[Words]) -> Figure:
    """Bands of prices. `values`: label, low, high, agreed price; `anchors`: prices beside them."""
    names = [str(name) for name in values.columns[:4]]
    said = [{"at": at, "said": text} for text, at in anchors.items()]
    return Figure(**words, data=values, draw=_later("price_bands", names), others={"anchors": said})
