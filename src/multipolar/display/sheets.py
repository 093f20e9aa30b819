"""Tables as CSV: only digits that are right, and no text that a spreadsheet would run."""

import pandas as pd
from pandas.api.types import is_numeric_dtype

DIGITS = "%.8g"  # the solver's tolerance allows no more
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(table: pd.DataFrame, *, index: bool = True) -> str:
    """A table as CSV; a text that would be a formula in a spreadsheet gets an apostrophe."""
    safe = table.copy()
    if index:
        safe.index = safe.index.map(harmless)
    for k in range(safe.shape[1]):
        if not is_numeric_dtype(safe.iloc[:, k]):
            safe.isetitem(k, [harmless(value) for value in safe.iloc[:, k]])
    safe.columns = [harmless(name) for name in table.columns]
    safe.index.name = table.index.name
    return safe.to_csv(index=index, float_format=DIGITS, lineterminator="\n")


def harmless(value: object) -> object:
    """The value; a text that a spreadsheet would take for a formula gets an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
