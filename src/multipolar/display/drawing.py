"""How charts are drawn: with Altair, from the names of a table's columns; the numbers come later.

Every function refers to its data by name: `figure.ROWS` for the table, the names in `charts` for
other data of a figure; `limit` is a parameter, the end of a scale around zero.
"""

from typing import Any

import altair as alt

from multipolar.display import theme
from multipolar.display.figure import PLACES, ROWS, SHAPES

NO_DATA = alt.NamedData(ROWS)


def _limited() -> alt.Scale:
    """A diverging scale in classes around zero, out to the parameter `limit`."""
    return alt.Scale(
        type="threshold",
        domain=[alt.ExprRef(f"{share} * limit") for share in theme.BREAKS],
        range=list(theme.DIVERGING),
    )


def world_map(measure: str, *, signed: bool) -> Any:
    """Shapes and small circles, coloured around zero or by group; see `charts.shape_map`."""
    if signed:
        colour, tip = _signed_colour(measure, measure)
    else:
        colour = alt.Color(
            field=measure, type="nominal", scale=alt.Scale(range=list(theme.GROUPS)),
            legend=alt.Legend(orient="bottom", title=measure),
        )  # fmt: skip
        tip = alt.Tooltip(field=measure, type="nominal")
    return _on_map([measure], f"datum[{measure!r}]", colour, tip)


def map_over_time(labels: list[str], heading: str) -> Any:
    """A map with a slider over the columns of its table; see `charts.map_over_time`."""
    colour, tip = _signed_colour("now", heading)
    slider = alt.binding_range(min=0, max=len(labels) - 1, step=1, name="Period ")
    period = alt.param(name="period", value=len(labels) - 1, bind=slider)
    named = alt.param(name="labels", value=labels)
    drawn = _on_map(labels, "datum[labels[period]]", colour, tip)
    when = alt.Chart(alt.NamedData("one")).transform_calculate(said="labels[period]")
    when = when.mark_text(align="left", fontSize=15, fontWeight=600, color=theme.INK)
    written = when.encode(x=alt.value(8), y=alt.value(14), text=alt.Text(field="said"))
    return (drawn + written).add_params(period, named)


def _signed_colour(field: str, heading: str) -> tuple[Any, Any]:
    """Colour and tooltip of a number around zero."""
    legend = alt.Legend(
        orient="bottom", type="gradient", direction="horizontal", gradientLength=440,
        gradientThickness=11, title=heading, format="~g", offset=4,
    )  # fmt: skip
    colour = alt.Color(field=field, type="quantitative", scale=_limited(), legend=legend)
    return colour, alt.Tooltip(field=field, type="quantitative", format="+.3~f", title=heading)


def _on_map(columns: list[str], shown: str, colour: Any, tip: Any) -> Any:
    """Shapes and circles of places coloured by what is looked up in some columns of the table.

    `shown`: an expression for the number or group of a place; `now` is its value.
    """
    land = {"name": SHAPES, "format": {"type": "topojson", "feature": "countries"}}
    found = alt.LookupData(NO_DATA, key="code", fields=["country", *columns])
    tooltip = [alt.Tooltip(field="country", type="nominal"), tip]
    grey = alt.Chart(land).mark_geoshape(fill=theme.LAND, stroke=theme.COAST, strokeWidth=0.5)
    coloured = (
        alt.Chart(land)
        .mark_geoshape(stroke="white", strokeWidth=0.5)
        .transform_lookup(lookup="id", from_=found)
        .transform_filter(f"isValid({shown})")
        .transform_calculate(now=shown)
        .encode(color=colour, tooltip=tooltip)
    )
    small = (
        alt.Chart(alt.NamedData(PLACES))
        .mark_circle(size=42, stroke="white", strokeWidth=0.8, opacity=1)
        .transform_lookup(lookup="iso3", from_=found)
        .transform_filter(f"isValid({shown})")
        .transform_calculate(now=shown)
        .encode(longitude="longitude:Q", latitude="latitude:Q", color=colour, tooltip=tooltip)
    )
    return (
        (grey + coloured + small)
        .project(type="naturalEarth1")
        .properties(width=theme.WIDTH + 80, height=345)
    )


def bars(label: str, measure: str, digits: int, *, rise_is_loss: bool) -> Any:
    """Bars with their numbers; see `charts.ranked_bars`."""
    loses = f"datum[{measure!r}] < 0"
    x = alt.X(field=measure, type="quantitative", axis=None, scale=alt.Scale(padding=56, zero=True))
    y = alt.Y(field=label, type="nominal", title=None, sort=None)
    base = alt.Chart(NO_DATA).encode(x=x, y=y)
    bars = base.mark_bar(height={"band": 0.72}).encode(
        color=_by_sign(measure, rise_is_loss=rise_is_loss)
    )
    numbers = base.mark_text(
        align=alt.ExprRef(f"{loses} ? 'right' : 'left'"), dx=alt.ExprRef(f"{loses} ? -5 : 5")
    ).encode(text=alt.Text(field=measure, type="quantitative", format=f"+,.{digits}f"))
    zero = alt.Chart(NO_DATA).mark_rule(color=theme.QUIET).encode(x=alt.datum(0))
    return alt.layer(bars, numbers, zero).properties(width=theme.WIDTH - 120, height=alt.Step(21))


def waterfall(label: str, measure: str, digits: int) -> Any:
    """Bars that begin where the one before ended; see `charts.waterfall`."""
    loses = f"datum[{measure!r}] < 0"
    scale = alt.Scale(padding=56, zero=True)
    base = alt.Chart(NO_DATA).encode(y=alt.Y(field=label, type="nominal", title=None, sort=None))
    start = alt.X(field="from", type="quantitative", axis=None, scale=scale)
    bars = base.mark_bar(height={"band": 0.72}).encode(
        x=start, x2=alt.X2("to"), color=_by_sign(measure)
    )
    numbers = base.mark_text(
        align=alt.ExprRef(f"{loses} ? 'right' : 'left'"), dx=alt.ExprRef(f"{loses} ? -5 : 5")
    ).encode(
        x=alt.X(field="to", type="quantitative", axis=None, scale=scale),
        text=alt.Text(field=measure, type="quantitative", format=f"+,.{digits}f"),
    )
    zero = alt.Chart(NO_DATA).mark_rule(color=theme.QUIET).encode(x=alt.datum(0))
    return alt.layer(bars, numbers, zero).properties(width=theme.WIDTH - 120, height=alt.Step(21))


def _by_sign(measure: str, *, rise_is_loss: bool = False) -> Any:
    """The colour of a loss or of a gain."""
    fall, rise = (theme.GAIN, theme.LOSS) if rise_is_loss else (theme.LOSS, theme.GAIN)
    return alt.condition(f"datum[{measure!r}] < 0", alt.value(fall), alt.value(rise))


def before_after(names: list[str], digits: int) -> Any:
    """Hollow and full dots with a line between them; see `charts.before_after`."""
    label, before, after, change = names
    dotted = alt.Axis(grid=True, gridDash=[1, 3])
    y = alt.Y(field=label, type="nominal", title=None, sort=None, axis=dotted)
    x = alt.X(
        field=before,
        type="quantitative",
        title=None,
        axis=alt.Axis(orient="top", format=",~r", tickCount=5),
        scale=alt.Scale(zero=True, nice=False, padding=8),
    )
    colour = _by_sign(change)
    tooltip = [
        alt.Tooltip(field=label, type="nominal"),
        *(alt.Tooltip(field=n, type="quantitative", format=",.2f") for n in names[1:]),
    ]
    base = alt.Chart(NO_DATA).encode(y=y, tooltip=tooltip)
    line = base.mark_rule(strokeWidth=3, opacity=0.55).encode(x=x, x2=alt.X2(after), color=colour)
    was = base.mark_circle(size=70, color="white", stroke=theme.QUIET, opacity=1).encode(x=x)
    now = base.mark_circle(size=95, opacity=1).encode(
        x=alt.X(field=after, type="quantitative"), color=colour
    )
    number = (
        alt.Chart(NO_DATA, title=alt.TitleParams("change", anchor="end", **_SMALL))
        .mark_text(align="right", dx=26)
        .encode(
            y=alt.Y(field=label, type="nominal", axis=None, sort=None),
            text=alt.Text(field=change, type="quantitative", format=f"+,.{digits}f"),
            color=colour,
        )
    )
    picture = alt.layer(line, was, now).properties(width=theme.WIDTH - 200, height=alt.Step(22))
    return alt.hconcat(picture, number.properties(width=56, height=alt.Step(22)), spacing=10)


_SMALL: dict[str, Any] = {
    "fontSize": 12, "fontWeight": "normal", "color": theme.QUIET, "offset": 8, "frame": "bounds",
}  # fmt: skip


def heat_map(names: tuple[str, str, str], digits: int, *, signed: bool) -> Any:
    """Coloured cells with numbers; see `charts.heat_map`."""
    row, column, measure = names
    rising = alt.Scale(domain=[0, alt.ExprRef("limit")], range=list(theme.SEQUENTIAL), clamp=True)
    base = alt.Chart(NO_DATA).encode(
        x=alt.X(
            field=column, type="nominal", title=None, sort=None,
            axis=alt.Axis(orient="top", labelAngle=-35 , labelAlign="left"),
        ),
        y=alt.Y(field=row, type="nominal", title=None, sort=None),
        tooltip=[
            alt.Tooltip(field=row, type="nominal"),
            alt.Tooltip(field=column, type="nominal"),
            alt.Tooltip(field=measure, type="quantitative", format=".3~f"),
        ],
    )  # fmt: skip
    colour = alt.Color(
        field=measure, type="quantitative", legend=None, scale=_limited() if signed else rising
    )
    dark = f"abs(datum[{measure!r}]) > {0.5 if signed else 0.6} * limit"
    number = alt.Text(
        field=measure, type="quantitative", format=f"{'+' if signed else ''},.{digits}f"
    )
    cells = base.mark_rect(stroke="white", strokeWidth=1.5).encode(color=colour)
    numbers = base.mark_text(fontSize=10.5).encode(
        text=number, color=alt.condition(dark, alt.value("white"), alt.value(theme.INK))
    )
    return (
        alt.layer(cells, numbers)
        .transform_filter(f"isValid(datum[{measure!r}])")
        .properties(width=alt.Step(54), height=alt.Step(20))
    )


def flows(names: list[str]) -> Any:
    """Bands between two sides; see `charts.flows`."""
    origin, destination, flow, change = names
    down = alt.Scale(reverse=True, zero=True, nice=False)
    y = alt.Y(field="top", type="quantitative", axis=None, scale=down)
    y2 = alt.Y2(field="bottom")
    wide = alt.Scale(domain=[0, 1], nice=False)
    bands = (
        alt.Chart(alt.NamedData("bands"))
        .mark_area(interpolate="monotone", opacity=0.85, stroke="white", strokeWidth=0.6)
        .encode(
            x=alt.X(field="across", type="quantitative", axis=None, scale=wide),
            y=y,
            y2=y2,
            detail=alt.Detail(field="band", type="nominal"),
            color=alt.Color(
                field=change, type="quantitative", scale=_limited(),
                legend=alt.Legend(
                    orient="bottom", type="gradient", direction="horizontal", title=change,
                    gradientLength=300, gradientThickness=11, format="~g",
                ),
            ),
            tooltip=[
                alt.Tooltip(field="band", type="nominal"),
                alt.Tooltip(field=flow, type="quantitative", format=",.1f"),
                alt.Tooltip(field=change, type="quantitative", format="+.1f"),
            ],
        )
    )  # fmt: skip
    sides = []
    for side, at, shift in ((origin, 0, -10), (destination, 1, 10)):
        here = alt.Chart(alt.NamedData("ends")).transform_filter(f"datum.side == {side!r}")
        here = here.transform_calculate(middle="(datum.top + datum.bottom) / 2")
        bar = here.mark_bar(width=7, color=theme.INK).encode(x=alt.datum(at), y=y, y2=y2)
        text = here.mark_text(align="right" if at == 0 else "left", dx=shift).encode(
            x=alt.datum(at),
            y=alt.Y(field="middle", type="quantitative", axis=None, scale=down),
            text=alt.Text(field="end", type="nominal"),
        )
        sides += [bar, text]
    return alt.layer(bands, *sides).properties(width=theme.WIDTH - 260, height=420)


def distribution(measure: str) -> Any:
    """A histogram with its median and band; see `charts.distribution`."""
    near = alt.Scale(zero=False)
    base = alt.Chart(NO_DATA)
    bars = base.mark_bar(color=theme.GAIN, opacity=0.75).encode(
        x=alt.X(
            field=measure, type="quantitative", bin=alt.Bin(maxbins=24), scale=near,
            axis=alt.Axis(grid=False, title=measure, labelFlush=False),
        ),
        y=alt.Y("count()", title="solves", axis=alt.Axis(tickMinStep=1)),
    )  # fmt: skip
    marks = base.transform_quantile(measure, probs=[0.05, 0.5, 0.95], as_=["probability", "value"])
    tall = {"y": alt.value(0), "y2": alt.value(240)}
    x = alt.X("value:Q", scale=near)
    median = marks.transform_filter("datum.probability == 0.5")
    middle = median.mark_rule(color=theme.INK, strokeWidth=2).encode(x=x, **tall)
    text = median.mark_text(align="left", dx=6, dy=-8, fontWeight=600).encode(
        x=x, y=alt.value(0), text=alt.Text("value:Q", format="+.3~r")
    )
    band = (
        marks.transform_filter("datum.probability != 0.5")
        .transform_aggregate(low="min(value)", high="max(value)")
        .mark_rect(color=theme.QUIET, opacity=0.15)
        .encode(x=alt.X("low:Q", scale=near), x2="high:Q", **tall)
    )
    return alt.layer(band, bars, middle, text).properties(width=theme.WIDTH - 60, height=240)


def scatter(names: list[str], *, diagonal: bool) -> Any:
    """Dots with names; see `charts.scatter`."""
    label, across, up = names
    scale = alt.Scale(zero=False)
    base = alt.Chart(NO_DATA).encode(
        x=alt.X(field=across, type="quantitative", scale=scale),
        y=alt.Y(field=up, type="quantitative", scale=scale),
        tooltip=[
            alt.Tooltip(field=label, type="nominal"),
            alt.Tooltip(field=across, type="quantitative", format=",.3~f"),
            alt.Tooltip(field=up, type="quantitative", format=",.3~f"),
        ],
    )
    dots = base.mark_circle(size=60, color=theme.GAIN, opacity=0.8)
    text = base.mark_text(align="left", dx=7, fontSize=10.5, color=theme.QUIET)
    text = text.encode(text=alt.Text(field=label, type="nominal"))
    agree = alt.Chart(alt.NamedData("agree")).mark_line(color=theme.QUIET, strokeDash=[4, 4])
    agree = agree.encode(x=alt.X("at:Q", title=across), y=alt.Y("at:Q", title=up))
    layers = [agree, dots, text] if diagonal else [dots, text]
    return alt.layer(*layers).properties(width=theme.WIDTH - 80, height=400)


STEADY = 0.1  # a change of flow below this counts as none


def network_map(measure: str, flow: str, change: str) -> Any:
    """Lines as wide as their flow over a map, places coloured; see `charts.network_map`."""
    land = {"name": SHAPES, "format": {"type": "topojson", "feature": "countries"}}
    grey = alt.Chart(land).mark_geoshape(fill=theme.LAND, stroke=theme.COAST, strokeWidth=0.5)
    lines = _flow_lines(flow, change)
    legend = alt.Legend(
        orient="bottom", type="gradient", direction="horizontal", gradientLength=440,
        gradientThickness=11, title=measure, format="~g", offset=4,
    )  # fmt: skip
    dear = _limited()
    dear.range = list(reversed(theme.DIVERGING))  # a rise of prices is a loss
    places = (
        alt.Chart(NO_DATA)
        .mark_circle(size=110, stroke="white", strokeWidth=1, opacity=1)
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            color=alt.Color(field=measure, type="quantitative", scale=dear, legend=legend),
            tooltip=[
                alt.Tooltip(field="node", type="nominal"),
                alt.Tooltip(field=measure, type="quantitative", format="+.2f"),
            ],
        )
    )
    return (
        alt.layer(grey, lines, places)
        .resolve_scale(color="independent")
        .project(type="naturalEarth1")
        .properties(width=theme.WIDTH + 80, height=345)
    )


def _flow_lines(flow: str, change: str) -> Any:
    """Lines as wide as the flow, coloured where it changes."""
    far = alt.Scale(type="sqrt", domain=[0, 60], range=[0.3, 9])
    return (
        alt.Chart(alt.NamedData("links"))
        .mark_rule(opacity=0.6, strokeCap="round")
        .encode(
            longitude="longitude:Q", latitude="latitude:Q",
            longitude2="longitude2:Q", latitude2="latitude2:Q",
            size=alt.Size(field=flow, type="quantitative", scale=far, legend=None),
            color=alt.Color(
                field=change, type="quantitative", legend=None,
                scale=alt.Scale(type="threshold", domain=[-STEADY, STEADY],
                                range=[theme.LOSS, theme.STEADY, theme.GAIN]),
            ),
            tooltip=[
                alt.Tooltip(field="link", type="nominal"),
                alt.Tooltip(field=flow, type="quantitative", format=",.1f"),
                alt.Tooltip(field=change, type="quantitative", format="+,.1f"),
            ],
        )
    )  # fmt: skip


def price_bands(names: list[str]) -> Any:
    """Bands of prices with the agreed price in each, and anchors; see `charts.price_bands`."""
    label, low, high, agreed = names
    y = alt.Y(field=label, type="nominal", title=None, sort=None)
    scale = alt.Scale(zero=False, padding=20)
    x = alt.X(field=low, type="quantitative", title=None, scale=scale,
              axis=alt.Axis(orient="bottom", grid=True))  # fmt: skip
    prices = [alt.Tooltip(field=n, type="quantitative", format=",.0f") for n in names[1:]]
    tips = [alt.Tooltip(field=label, type="nominal"), *prices]
    base = alt.Chart(NO_DATA).encode(y=y, tooltip=tips)
    band = base.mark_bar(height={"band": 0.5}, color=theme.SEQUENTIAL[2]).encode(
        x=x, x2=alt.X2(high)
    )
    price = base.mark_tick(thickness=3, color=theme.INK).encode(
        x=alt.X(field=agreed, type="quantitative")
    )
    anchors = alt.Chart(alt.NamedData("anchors"))
    rules = anchors.mark_rule(color=theme.LOSS, strokeDash=[4, 3]).encode(x="at:Q")
    texts = anchors.mark_text(
        align="center", dy=-5, baseline="bottom", color=theme.LOSS, fontSize=11
    ).encode(x="at:Q", y=alt.value(0), text="said:N")
    return alt.layer(band, price, rules, texts).properties(
        width=theme.WIDTH - 180, height=alt.Step(30)
    )
