"""What a country's factories make: quantity and value by sector."""

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import ends_in_words
from multipolar.model import Case, Outcome
from multipolar.questions.asking.fields import Country, entry
from multipolar.questions.asking.question import Question, measure
from multipolar.questions.asking.reading import goods_sectors, party, source

QUANTITY = "quantity, % change"


class Output(Question):
    """What a country's factories make: quantity and value by sector."""

    tells_change = True

    country: Country = entry("country", "Whose factories.", pick="country")

    def _made(self, found: Outcome) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Value before, change of quantity, value after, by manufacturing sector."""
        at, n = goods_sectors(found, "manufacturing")[0], party(found.countries, self.country).at[0]
        before, volume, after = (
            found.values[k][at, n] for k in ("output_before", "output_volume", "output")
        )
        return before, volume, after

    def tell(self, case: Case, found: Outcome) -> list[Answer]:
        """Manufacturing by sector, largest fall first."""
        who = party(found.countries, self.country)
        before, volume, after = self._made(found)
        table = pd.DataFrame(
            {
                "output before, bn USD": before / 1e3,
                QUANTITY: 100 * volume,
                "value, bn USD change": (after - before) / 1e3,
            },
            goods_sectors(found, "manufacturing")[1],
        ).sort_values(QUANTITY)
        values = table[[QUANTITY]].reset_index()
        figure = charts.ranked_bars(
            values,
            key=f"output-{who.label}",
            title=f"{who.name}: factory output, quantity produced",
            source=source(case),
            alt=f"Bars of {ends_in_words(values)}",
            digits=1,
        )
        remark = f"All together: {100 * self.quantity(case, found):+.2f} % in quantity."
        title = f"{who.name}: factories"
        return [Answer(f"output-{who.label}", title, table, remark, (figure,))]

    def data(self, case: Case, found: Outcome) -> dict[str, object]:
        """Output before and after, million USD a year; change of quantity, a fraction."""
        at = goods_sectors(found, "manufacturing")[0]
        rows = zip(at, *(each.tolist() for each in self._made(found)), strict=True)
        return {
            found.sectors[k]: {"before": before, "quantity": volume, "after": after}
            for k, before, volume, after in rows
        }

    @measure("change of the quantity that factories make, at old prices", "fraction")
    def quantity(self, case: Case, found: Outcome) -> float:
        """Of all manufacturing together."""
        before, volume, _ = self._made(found)
        return float((before * volume).sum() / before.sum())
