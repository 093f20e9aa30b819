"""How goods trade changes between chosen pairs of countries or blocs."""

from typing import Any

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import ends_in_words
from multipolar.model import Case, Outcome
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Question, Shown, measure
from multipolar.questions.asking.reading import (
    Party,
    before_after_table,
    between,
    goods_trade,
    party,
    source,
    trade_rows,
)
from multipolar.world.labels import pick_group, pick_sectors

CHANGE = "change, bn USD"


class Trade(Question):
    """How goods trade changes between chosen pairs of countries or blocs."""

    tells_change = True

    pairs: tuple[tuple[Side, Side], ...] = entry(
        "pairs",
        "Exporter and importer of each; on a command line CHN:USA.",
        pick="pairs",
        min_length=1,
        max_length=400,
    )

    def tell(self, case: Case, found: Outcome) -> list[Answer]:
        """Trade of each pair before and after."""
        sides = self._sides(found)
        index = pd.Index([_called(*pair) for pair in sides], name="goods trade")
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

    def _sides(self, found: Outcome) -> list[tuple[Party, Party]]:
        return [(party(found.countries, i), party(found.countries, n)) for i, n in self.pairs]

    def shown(self, case: Case, found: Outcome) -> list[Shown]:
        """The change of goods trade of each pair."""
        return [
            Shown(
                "change",
                {"exporter": i.label, "importer": n.label, "sectors": "goods"},
                f"goods from {_called(i, n)}",
                "bn USD",
                1e-3,
                _called(i, n),
                CHANGE,
            )
            for i, n in self._sides(found)
        ]

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
        goods = sectors == "goods"  # on a world without that group: all
        what = pick_group(found.sectors) if goods else pick_sectors(sectors, found.sectors)
        i, n = (party(found.countries, side).at for side in (exporter, importer))
        cells = np.ix_(np.array(what), i, n)
        after, before = (
            found.values[f"trade{end}"][cells] / (1 + found.values[f"tariff{end}"][cells])
            for end in ("", "_before")
        )
        moved = (after - before).sum(axis=0)
        return float(moved[i[:, None] != n].sum())


def _called(exporter: Party, importer: Party) -> str:
    return f"{exporter.name} to {importer.name}"
