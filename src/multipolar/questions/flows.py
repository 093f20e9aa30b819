"""Who sells goods to whom among some countries, and what each of them makes."""

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.display.words import ends_in_words
from multipolar.model import Case, Outcome
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Question
from multipolar.questions.asking.reading import (
    before_after_table,
    between,
    goods_sectors,
    goods_trade,
    parties,
    parties_apart,
    source,
)


class Flows(Question):
    """Who sells goods to whom among some countries, and what each of them makes."""

    tells_change = True

    countries: tuple[Side, ...] = entry(
        "countries", "Countries or blocs, two to twelve.", pick="sides", min_length=2, max_length=12
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> Outcome:
        """The outcome, if the parties do not overlap."""
        on_step("solving")
        parties_apart(case.outcome, self.countries, "countries")
        return case.outcome

    def _among(self, found: Outcome) -> tuple[np.ndarray, np.ndarray]:
        """Goods trade among the countries [exporter, importer] before and after, million USD."""
        who = parties(found, self.countries)
        before, after = (goods_trade(found, when).sum(axis=0) for when in ("before", "after"))
        both = [
            np.array([[between(flow, i.at, n.at) * (i != n) for n in who] for i in who])
            for flow in (before, after)
        ]
        return both[0], both[1]

    def tell(self, case: Case, found: Outcome) -> list[Answer]:
        """Goods sold to the others, bands between the countries, factory output by sector."""
        before, after = self._among(found)
        index = pd.Index([each.name for each in parties(found, self.countries)], name="country")
        sold = before_after_table(pd.Series(before.sum(1), index), pd.Series(after.sum(1), index))
        return [
            Answer(
                "flows",
                "Goods sold to the other countries of these",
                sold,
                figures=(self._bands(case, found), self._sectors(case, found)),
            )
        ]

    def data(self, case: Case, found: Outcome) -> list[dict[str, object]]:
        """Trade of each pair before and after, million USD a year."""
        before, after = self._among(found)
        who = parties(found, self.countries)
        return [
            {
                "exporter": i.label, "importer": n.label,
                "before": float(before[k, m]), "after": float(after[k, m]),
            }
            for k, i in enumerate(who) for m, n in enumerate(who) if k != m
        ]  # fmt: skip

    def _bands(self, case: Case, found: Outcome) -> Figure:
        before, after = (flow / 1e3 for flow in self._among(found))
        names = [each.name for each in parties(found, self.countries)]
        table = pd.DataFrame(
            [
                (i, n, after[k, m], 100 * (after[k, m] / before[k, m] - 1))
                for k, i in enumerate(names)
                for m, n in enumerate(names)
                if before[k, m] > 0
            ],
            columns=["exporter", "importer", "after, bn USD", "change, %"],
        )
        pairs = table["exporter"] + " to " + table["importer"]
        words = pd.DataFrame({"pair": pairs, "change, %": table["change, %"]})
        return charts.flows(
            table,
            key="flows",
            title="Who sells goods to whom",
            subtitle="width: bn USD a year after, before tariff; colour: change against before",
            source=source(case),
            alt="Goods trade among " + ", ".join(names) + ": " + ends_in_words(words),
            note="Only trade among these countries.",
        )

    def _sectors(self, case: Case, found: Outcome) -> Figure:
        """Factory output by sector and country, change in quantity."""
        at, index = goods_sectors(found, "manufacturing")
        who = parties(found, self.countries)
        made, volume = (found.values[k][at] for k in ("output_before", "output_volume"))
        total = np.stack([made[:, each.at].sum(axis=1) for each in who], axis=1)
        moved = np.stack([(made * volume)[:, each.at].sum(axis=1) for each in who], axis=1)
        change = np.where(total > 0, 100 * moved / np.where(total > 0, total, 1.0), np.nan)
        measure = "output, % change"
        wide = pd.DataFrame(change, index, [each.name for each in who])
        table = wide.reset_index().melt("sector", var_name="country", value_name=measure)
        cells = table["sector"] + " in " + table["country"]
        return charts.heat_map(
            table,
            key="sectors",
            title="Factory output by sector and country",
            subtitle="quantity, % change",
            source=source(case),
            alt="Matrix of sectors and countries: "
            + ends_in_words(pd.DataFrame({"cell": cells, measure: table[measure]})),
        )
