"""How goods trade changes between chosen pairs of countries or blocs."""

from typing import Any

import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import ends_in_words
from multipolar.model import Case, Outcome
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Question, measure
from multipolar.questions.asking.reading import (
    before_after_table,
    between,
    goods_trade,
    party,
    source,
    trade_rows,
)
from multipolar.world.labels import pick_sectors


class Trade(Question):
    """How goods trade changes between chosen pairs of countries or blocs."""

    pairs: tuple[tuple[Side, Side], ...] = entry(
        "pairs",
        "Exporter and importer of each; on a command line CHN:USA.",
        pick="pairs",
        min_length=1,
        max_length=400,
    )

    def tell(self, case: Case, found: Outcome) -> list[Answer]:
        """Trade of each pair before and after."""
        sides = [[party(found.countries, side) for side in pair] for pair in self.pairs]
        index = pd.Index([f"{i.name} to {n.name}" for i, n in sides], name="goods trade")
        before, after = (
            pd.Series([between(flow, i.at, n.at) for i, n in sides], index)
            for flow in (goods_trade(found, when).sum(axis=0) for when in ("before", "after"))
        )
        table = before_after_table(before, after).loc[index]
        values = table.iloc[:, :3].reset_index()
        figure = charts.before_after(
            values,
            key="trade",
            title="Goods trade between chosen pairs, before and after",
            subtitle="bn USD a year before tariff; hollow: before, full: after",
            source=source(case),
            alt="Goods trade of pairs, " + ends_in_words(values.iloc[:, [0, 3]]),
        )
        return [Answer("trade", "Trade between", table, figures=(figure,))]

    def data(self, case: Case, found: Outcome) -> list[dict[str, Any]]:
        """Each pair before and after, million USD a year; the change as a fraction."""
        return trade_rows(found, self.pairs)

    @measure("change of trade before tariff", "million USD a year")
    def change(
        self,
        case: Case,
        found: Outcome,
        *,
        exporter: str,
        importer: str,
        sectors: str = "*",
    ) -> float:
        """Of a pair, all sectors unless some are named."""
        what = pick_sectors(sectors, found.sectors)
        i, n = (party(found.countries, side).at for side in (exporter, importer))
        after, before = (
            between(found.border_trade(when).to_numpy()[what].sum(axis=0), i, n)
            for when in ("after", "before")
        )
        return after - before
