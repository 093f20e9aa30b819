"""Two runs beside each other."""

import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import ends_in_words, name
from multipolar.errors import InputError
from multipolar.questions.asking.reading import source
from multipolar.scenario import Run

POINTS = "real income, second less first, percentage points"


def compare(first: Run, second: Run) -> Answer:
    """Real income under two runs on one world: table, and a map of the difference.

    Raises `InputError` if the two runs do not have the same countries.
    """
    if first.outcome.countries != second.outcome.countries:
        raise InputError("the two runs do not have the same countries", field="second")
    change = [100 * run.outcome.real_income.to_series() for run in (first, second)]
    income = second.outcome.income_before.to_series() / 1e3
    gap = change[1] - change[0]
    table = pd.DataFrame(
        {
            "first, % change": change[0],
            "second, % change": change[1],
            "change between, percentage points": gap,
            "change between, bn USD": gap / 100 * income,
        }
    ).sort_values("change between, percentage points")
    asked = {code for run in (first, second) for code in run.scenario.countries}
    ends = [*table.index[:3], *table.index[-3:]]
    chosen = table.loc[[c for c in table.index if c in asked or c in ends or not asked]]
    drawn = pd.DataFrame(
        {"code": gap.index, "country": [name(c) for c in gap.index], POINTS: gap.to_numpy()}
    )
    total = float((gap / 100 * income).sum())
    worlds = [run.outcome.world for run in (first, second)]
    apart = (
        f" They start from two worlds, {' and '.join(worlds)}." if worlds[0] != worlds[1] else ""
    )
    figure = charts.shape_map(
        drawn,
        least=0.5,
        key="map-comparison",
        title="Where the second scenario is better or worse",
        source=source(second.case),
        alt=f"World map of {ends_in_words(drawn[['country', POINTS]])}",
    )
    return Answer(
        "comparison",
        "Second scenario against the first: real income",
        chosen.rename(index=name).rename_axis("country"),
        f"All {len(gap)} economies together: {total:+,.0f} bn USD a year in the second against "
        f"the first.{apart}",
        (figure,),
    )
