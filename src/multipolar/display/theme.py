"""One look for every picture: fonts, colours, sizes, and how numbers are written."""

from typing import Any

import numpy as np

# Pictures use fonts as wide as those that the layout is computed with; pages use the system's.
FONT = "Arial, Helvetica, 'Liberation Sans', Arimo, sans-serif"
PAGE_FONT = (
    "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
)
INK, QUIET, RULE = "#1d2733", "#5d6975", "#e3e6e9"
LAND, COAST = "#fafafa", "#c9ced3"  # where a map has no value

# Losses to gains: orange and blue, distinguishable with every common kind of colour blindness, dark
# at both ends, pale at zero. Based on the idea of ColorBrewer's PuOr (Harrower & Brewer 2003).
DIVERGING = ("#8a3a06", "#cf6f25", "#f2c195", "#e7e5df", "#a9cbe5", "#3f82b8", "#124c80")
STEADY = "#aab2ba"  # a line on a map that does not change
LOSS, GAIN = "#c8641b", "#2f74ad"
# Boundaries between the classes of a diverging scale, as shares of its limit.
BREAKS = (-1.0, -0.4, -0.1, 0.1, 0.4, 1.0)
# Lines and groups without order (Okabe & Ito 2008), without yellow, which is pale on white.
GROUPS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#5d6975")
# For one direction, from little to much.
SEQUENTIAL = ("#f3f5f6", "#d3e2ee", "#a3c4de", "#6aa0ca", "#3a7cb2", "#1b5a92", "#0d3b66")

WIDTH = 640  # of a picture, pixels; a column of the report

CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "white",
    "padding": 8,
    "view": {"stroke": None},
    "title": {
        "anchor": "start",
        "frame": "group",
        "fontSize": 17,
        "fontWeight": 600,
        "color": INK,
        "subtitleFontSize": 12.5,
        "subtitleColor": QUIET,
        "subtitlePadding": 5,
        "offset": 14,
    },
    "axis": {
        "labelColor": INK,
        "labelFontSize": 12,
        "labelLimit": 230,
        "titleColor": QUIET,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "domain": False,
        "ticks": False,
        "gridColor": RULE,
        "labelPadding": 6,
        "titlePadding": 8,
    },
    "legend": {
        "labelColor": INK,
        "labelFontSize": 11.5,
        "titleColor": QUIET,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titleLimit": 500,
    },
    "header": {"labelColor": INK, "labelFontSize": 12.5, "title": None},
    "text": {"color": INK, "fontSize": 12},
}


def nice_limit(values: np.ndarray) -> float:
    """A round number above nearly all magnitudes: the end of a scale around zero.

    A twentieth of the magnitudes (in a long list at least two) may lie beyond it and take the last
    colour, so that one small economy does not make all others pale. 1 if there are no numbers.
    """
    sizes = np.abs(values[np.isfinite(values)])
    if not sizes.size or sizes.max() <= 0:
        return 1.0
    largest = float(np.quantile(sizes, 0.95)) if sizes.size > 20 else float(sizes.max())
    largest = largest if largest > 0 else float(sizes.max())
    power = 10.0 ** np.floor(np.log10(largest))
    return float(next(k * power for k in (1, 2, 5, 10) if largest <= k * power * (1 + 1e-9)))
