"""How lines are drawn, over the calendar or another scale; see `drawing`."""

from typing import Any

import altair as alt

from multipolar.display import theme
from multipolar.display.figure import ROWS

NO_DATA = alt.NamedData(ROWS)
MARKS = alt.NamedData("marks")


def lines(along: str, whose: str, measure: str) -> Any:
    """Lines with names at their ends; see `charts.lines`."""
    across = {"field": along, "type": "quantitative"}
    zero = alt.Chart(NO_DATA).mark_rule(color=theme.QUIET).encode(y=alt.datum(0))
    drawn = _named_lines(across, {"format": "~g"}, whose, measure, f"datum[{along!r}]")
    return alt.layer(zero, *drawn).properties(width=theme.WIDTH - 150, height=300)


def over_time(day: str, whose: str, measure: str) -> Any:
    """Lines over the calendar with rules where something happens; see `charts.over_time`."""
    across = {"field": day, "type": "temporal"}
    rules = alt.Chart(MARKS).mark_rule(color=theme.QUIET, strokeDash=[3, 3])
    when = alt.X(field="on", type="temporal", title=None)
    marks = rules.encode(x=when, tooltip=alt.Tooltip(field="what", type="nominal"))
    drawn = _named_lines(
        across, {"tickCount": 8, "title": None}, whose, measure, f"toDate(datum[{day!r}])"
    )
    return alt.layer(marks, *drawn).properties(width=theme.WIDTH - 150, height=300)


def _named_lines(
    across: dict[str, Any], axis: dict[str, Any], whose: str, measure: str, place: str
) -> tuple[Any, Any]:
    """Lines, and their names where each ends; `place` computes the position along the path."""
    colours = alt.Scale(range=list(theme.GROUPS))
    base = alt.Chart(NO_DATA).encode(
        x=alt.X(**across, axis=alt.Axis(grid=False, **axis)),
        y=alt.Y(field=measure, type="quantitative", title=None),
        color=alt.Color(field=whose, type="nominal", legend=None, scale=colours),
        tooltip=[
            alt.Tooltip(field=whose, type="nominal"),
            alt.Tooltip(**across),
            alt.Tooltip(field=measure, type="quantitative", format="+.3~f"),
        ],
    )
    last = base.transform_calculate(place=place)
    last = last.transform_joinaggregate(last="max(place)", groupby=[whose])
    ends = last.transform_filter("datum.place == datum.last").mark_text(align="left", dx=6)
    drawn = base.mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=28))
    return drawn, ends.encode(text=alt.Text(field=whose, type="nominal"))


def panels(day: str, whose: str, measure: str, columns: int) -> Any:
    """One panel for each line, the others pale behind it; see `charts.panels`."""
    axis = alt.Axis(grid=False, tickCount=3, title=None)
    x = alt.X(field=day, type="temporal", axis=axis)
    y = alt.Y(field=measure, type="quantitative", title=None, axis=alt.Axis(tickCount=4))
    when = alt.X(field="on", type="temporal", title=None)
    marks = alt.Chart(MARKS).mark_rule(color=theme.QUIET, strokeDash=[2, 3], opacity=0.6)
    marks = marks.encode(x=when, tooltip=alt.Tooltip(field="what", type="nominal"))
    # A copy of the data under another name is not cut into panels: it is behind each of them.
    others = alt.Chart(alt.NamedData("behind")).mark_line(color=theme.STEADY, strokeWidth=1)
    others = others.encode(x=x, y=y, detail=alt.Detail(field=whose, type="nominal"))
    zero = alt.Chart(MARKS).mark_rule(color=theme.QUIET).encode(y=alt.datum(0))
    tooltip = [
        alt.Tooltip(field=whose, type="nominal"),
        alt.Tooltip(field=day, type="temporal"),
        alt.Tooltip(field=measure, type="quantitative", format="+.3~f"),
    ]
    line = alt.Chart().mark_line(color=theme.GAIN, strokeWidth=2.5).encode(x=x, y=y)
    layers = alt.layer(zero, marks, others, line.encode(tooltip=tooltip), data=NO_DATA)
    head = alt.Header(title=None, labelAnchor="start", labelFontWeight=600, labelFontSize=13)
    return layers.properties(width=(theme.WIDTH - 40) // columns - 50, height=130).facet(
        facet=alt.Facet(field=whose, type="nominal", header=head, sort=None), columns=columns
    )
