"""Where a country's goods exports shrink and grow: by destination, and by sector."""

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.words import called, capital, ends_in_words, name
from multipolar.model import Case, Outcome
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Question, measure
from multipolar.questions.asking.reading import (
    before_after_table,
    goods_sales,
    goods_sectors,
    party,
    source,
)

NOTHING = 1e-6  # of all exports: a change that is none
LOST, WON = "change in shrinking markets, bn USD", "change in growing markets, bn USD"


class Markets(Question):
    """Where a country's goods exports shrink and grow: by destination, and by sector."""

    tells_change = True

    exporter: Side = entry(
        "exporter", "A country, or a bloc (then only sales outside the bloc).", pick="side"
    )

    def _sales(self, found: Outcome) -> tuple[np.ndarray, np.ndarray]:
        """Goods sales [sector, destination] before and after, million USD, without own members."""
        at = party(found.countries, self.exporter).at
        before, after = (goods_sales(found, at, when) for when in ("before", "after"))
        before[:, at] = after[:, at] = 0.0
        return before, after

    def tell(self, case: Case, found: Outcome) -> list[Answer]:
        """Lost and new markets; the same by sector."""
        who = party(found.countries, self.exporter)
        before, after = self._sales(found)
        index = pd.Index([name(c) for c in found.countries], name="destination")
        b, a = (pd.Series(flow.sum(axis=0), index) for flow in (before, after))
        table = before_after_table(b[b > 0], a[b > 0])
        change = table["change, bn USD"]
        ends = table if len(table) <= 2 * ROWS else pd.concat([table[:3], table[-ROWS:]])
        values = ends.iloc[:, :3].reset_index()
        figure = charts.before_after(
            values,
            key=f"diversion-{who.label}",
            title=f"Goods exports of {who.called}, before and after",
            subtitle="bn USD a year before tariff; hollow: before, full: after",
            source=source(case),
            alt=f"Exports of {who.called} by destination, " + ends_in_words(values.iloc[:, [0, 3]]),
            note="The largest losses and gains.",
        )
        remark = (
            f"Lost {-change[change < 0].sum():,.0f} bn USD, won {change[change > 0].sum():,.0f} bn "
            "USD elsewhere."
        )
        markets = Answer(
            f"markets-{who.label}",
            f"{who.name}: goods exports, lost and new markets",
            ends,
            remark,
            (figure,),
        )
        return [markets, self._by_sector(found, before, after)]

    def _by_sector(self, found: Outcome, before: np.ndarray, after: np.ndarray) -> Answer:
        """What is lost in the shrinking markets and gained in the growing ones."""
        change, total = (after - before) / 1e3, before.sum(axis=1) / 1e3
        shrinks = change.sum(axis=0) < 0
        table = pd.DataFrame(
            {
                "exports before, bn USD": total,
                LOST: change[:, shrinks].sum(axis=1),
                WON: change[:, ~shrinks].sum(axis=1),
                "change, %": 100 * change.sum(axis=1) / np.where(total > 0, total, 1.0),
            },
            goods_sectors(found)[1],
        )
        who = party(found.countries, self.exporter)
        largest = table[LOST].sort_values().index[: ROWS + 2]
        title = f"{who.name}: goods exports by sector"
        return Answer(f"new-goods-{who.label}", title, table.loc[largest])

    def say(self, case: Case, found: Outcome) -> list[str]:
        """The market where most is lost, and what is won elsewhere."""
        before, after = (flow.sum(axis=0) / 1e3 for flow in self._sales(found))
        change = after - before
        n = int(np.argmin(change))
        who = capital(party(found.countries, self.exporter).called)
        if np.abs(change).max() < NOTHING * before.sum():
            return [f"Goods exports of {party(found.countries, self.exporter).called} do not move."]
        if change.min() > -NOTHING * before.sum():
            growth = f"its goods exports grow by {change.sum():,.1f} bn USD a year"
            return [f"{who} loses no market; {growth}."]
        whose = f"{who}'" if who.endswith("s") else f"{who}'s"
        lost, won = -(change[change < 0].sum() - change[n]), change[change > 0].sum()
        parts = [f"{verb} {flow:,.0f} bn" for verb, flow in (("loses", lost), ("wins", won))
                 if flow >= 0.5]  # fmt: skip
        elsewhere = " and ".join(parts) or "wins nothing"
        fall = f"from {before[n]:,.1f} to {after[n]:,.1f}"
        if before[n] >= 10:
            fall = f"from {before[n]:,.0f} to {after[n]:,.0f}"
        return [
            (
                f"{whose} goods exports to {called(found.countries[n])} fall {fall} bn USD a year "
                f"({100 * change[n] / before[n]:+.0f} %); elsewhere it {elsewhere}."
            )
        ]

    def data(self, case: Case, found: Outcome) -> dict[str, object]:
        """Goods sales to each destination, before and after, million USD a year."""
        before, after = (flow.sum(axis=0) for flow in self._sales(found))
        rows = zip(found.countries, before.tolist(), after.tolist(), strict=True)
        return {code: {"before": b, "after": a} for code, b, a in rows if b > 0}

    @measure("exports lost in shrinking markets", "million USD a year")
    def lost(self, case: Case, found: Outcome) -> float:
        """Negative or zero."""
        change = np.subtract(*(flow.sum(axis=0) for flow in reversed(self._sales(found))))
        return float(change[change < 0].sum())

    @measure("exports won elsewhere over exports lost", "fraction")
    def made_up(self, case: Case, found: Outcome) -> float:
        """Zero where nothing is lost."""
        lost = self.lost(case, found)
        return self.won(case, found) / -lost if lost < 0 else 0.0

    @measure("exports won in growing markets", "million USD a year")
    def won(self, case: Case, found: Outcome) -> float:
        """Positive or zero."""
        change = np.subtract(*(flow.sum(axis=0) for flow in reversed(self._sales(found))))
        return float(change[change > 0].sum())
