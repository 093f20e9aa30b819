"""Rows for countries and blocs, read from an outcome; a bloc's row is its members together."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multipolar.world.labels import Selector, pick_countries

if TYPE_CHECKING:
    from multipolar.model.outcome import Outcome

Indices = NDArray[np.intp]

# These are averaged with benchmark income as weights; other columns are added.
WEIGHTED = (
    "real_income", "price_index", "wage", "unemployment", "terms_of_trade", "volume_of_trade",
)  # fmt: skip


def label(selector: Selector) -> str:
    """A selector as a row's label."""
    return selector if isinstance(selector, str) else ", ".join(selector)


def national(outcome: "Outcome") -> pd.DataFrame:
    """Every country, by code: changes as fractions, levels in million USD a year."""
    levels = ("exports", "exports_before", "imports", "imports_before",
              "tariff_revenue", "tariff_revenue_before", "income_before")  # fmt: skip
    columns = {name: outcome.values[name] for name in (*WEIGHTED, *levels)}
    return pd.DataFrame(columns, pd.Index(outcome.countries, name="country"))


def rows_of(outcome: "Outcome", selectors: Sequence[Selector]) -> pd.DataFrame:
    """A row for each selector with the columns of `national`; a bloc's members taken together.

    Exports and imports of a bloc are those across its border. Raises `InputError` for a selector
    that names no country of the outcome.
    """
    each = national(outcome)
    if not len(selectors):
        return each.iloc[:0]
    found = {}
    for selector in selectors:
        at = np.array(pick_countries(selector, outcome.countries))
        one = at.size == 1
        name = outcome.countries[at[0]] if one else label(selector)
        found[name] = each.iloc[at[0]] if one else _together(outcome, each, at)
    return pd.DataFrame.from_dict(found, orient="index").rename_axis("country")


def _together(outcome: "Outcome", each: pd.DataFrame, at: Indices) -> pd.Series:
    members, income = each.iloc[at], each["income_before"].to_numpy()[at]
    row = members.sum()
    for name in WEIGHTED:
        row[name] = np.average(members[name], weights=income)
    outside = np.setdiff1d(np.arange(len(each)), at)
    for suffix in ("", "_before"):
        flow = outcome.values[f"trade{suffix}"] / (1 + outcome.values[f"tariff{suffix}"])
        row[f"exports{suffix}"] = flow[:, at][:, :, outside].sum()
        row[f"imports{suffix}"] = flow[:, outside][:, :, at].sum()
    return row
