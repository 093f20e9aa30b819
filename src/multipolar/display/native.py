"""A figure as a native chart of a spreadsheet: bars, lines and points, from the figure's numbers.

Maps, flows and heat maps have no native chart; there a workbook shows the picture itself.
"""

from typing import Any

import pandas as pd
from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from multipolar.display import theme
from multipolar.display.figure import Figure
from multipolar.display.sheets import harmless
from multipolar.display.workbook import Book

WIDTH, TALL = 640, 380  # pixels of a chart without bars
BAR, AROUND = 22, 90  # pixels of a bar, and of title and margins
# Kinds of figures (functions of `drawing`), and the native chart of each.
NATIVE = {
    "bars": {"type": "bar"},
    "waterfall": {"type": "bar"},
    "before_after": {"type": "bar"},
    "lines": {"type": "scatter", "subtype": "straight"},
    "over_time": {"type": "line"},
    "scatter": {"type": "scatter"},
}


def numbers_of(figure: Figure) -> pd.DataFrame | None:
    """What a native chart shows: labels or positions first, then a column for each series.

    None where the figure has no native chart, or nothing to show.
    """
    columns = [str(name) for name in figure.data.columns]
    if figure.kind not in NATIVE or figure.data.empty:
        return None
    if figure.kind == "before_after":
        return figure.data[columns[:3]]
    if figure.kind == "scatter":
        return figure.data[[columns[1], columns[2], columns[0]]]
    if figure.kind in ("bars", "waterfall"):
        return figure.data[columns[:2]]
    along, whose, measure = columns[:3]
    wide = figure.data.pivot_table(
        index=along, columns=whose, values=measure, sort=False, aggfunc="first"
    )
    return wide.sort_index().rename_axis(columns=None).reset_index()


def native_chart(book: Book, data: Worksheet, row: int, figure: Figure) -> tuple[Chart, int] | None:
    """A figure's native chart; its numbers are written to the sheet `data` from `row` on.

    Returns the chart and the first free row; None where the figure has no native chart.
    """
    table = numbers_of(figure)
    if table is None:
        return None
    book.write(data, row, 0, figure.title, "strong")
    last, _ = book.table(data, table, row + 1)
    chart = book.book.add_chart(NATIVE[figure.kind])
    series = 1 if figure.kind == "scatter" else len(table.columns) - 1
    for k in range(1, series + 1):
        chart.add_series(
            {
                "name": [data.name, row + 1, k],
                "categories": [data.name, row + 2, 0, last, 0],
                "values": [data.name, row + 2, k, last, k],
                **_drawn(figure, table, k),
            }
        )
    _lay_out(chart, figure, table)
    return chart, last + 2


def _drawn(figure: Figure, table: pd.DataFrame, k: int) -> dict[str, Any]:
    """How series `k` is drawn: colours as in the picture, numbers beside bars."""
    shown = {"value": True, "num_format": "#,##0.00"}
    if figure.kind in ("bars", "waterfall"):
        rise, fall = (theme.GAIN, theme.LOSS)[:: -1 if "price" in str(table.columns[k]) else 1]
        points = [{"fill": {"color": fall if value < 0 else rise}} for value in table.iloc[:, k]]
        return {"points": points, "gap": 40, "data_labels": shown}
    if figure.kind == "before_after":
        return {"fill": {"color": (theme.STEADY, theme.GAIN)[k - 1]}, "gap": 50}
    if figure.kind == "scatter":
        names = [{"value": harmless(str(label))} for label in table.iloc[:, 2]]
        point = {"type": "circle", "size": 6, "fill": {"color": theme.GAIN}}
        return {"marker": point, "data_labels": {"value": True, "custom": names}}
    colour = theme.GROUPS[(k - 1) % len(theme.GROUPS)]
    return {"line": {"color": colour, "width": 2}, "marker": {"type": "none"}}


def _lay_out(chart: Chart, figure: Figure, table: pd.DataFrame) -> None:
    """Title, axes, legend and size of a chart."""
    across, up = (str(name) for name in table.columns[:2])
    bars = NATIVE[figure.kind]["type"] == "bar"
    plain = {"line": {"none": True}, "num_font": {"color": theme.INK}}
    title = {"size": 12, "bold": True, "color": theme.INK}
    chart.set_title({"name": harmless(figure.title), "name_font": title})
    said = figure.subtitle.partition(";")[0]  # what follows tells how the picture is drawn
    unit = {"name": harmless(said or up), "name_font": {"bold": False, "color": theme.QUIET}}
    faint = {"visible": True, "line": {"color": theme.RULE}}
    if bars:
        # Here x is the axis of the numbers; it stays below though the labels begin at the top.
        chart.set_y_axis({"reverse": True, "label_position": "low", **plain})
        chart.set_x_axis({**unit, "major_gridlines": faint, "label_position": "high", **plain})
    else:
        along = {"name": harmless(across), "name_font": unit["name_font"], "label_position": "low"}
        if figure.kind == "lines":
            ends = table.iloc[:, 0]
            along |= {"min": float(ends.min()), "max": float(ends.max())}
        chart.set_x_axis({**along, "major_gridlines": {"visible": False}, **plain})
        chart.set_y_axis({**unit, "major_gridlines": faint, **plain})
    alone = figure.kind in ("bars", "waterfall", "scatter")
    chart.set_legend({"none": True} if alone else {"position": "bottom"})
    height = AROUND + BAR * len(table) * (1 if alone else 2) if bars else TALL
    chart.set_size({"width": WIDTH, "height": max(height, 220)})
