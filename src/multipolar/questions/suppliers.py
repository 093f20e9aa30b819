"""Who sells a sector's goods in a country, including its own makers, and what buyers pay."""

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.words import ends_in_words, name, sector_name
from multipolar.model import Case, Outcome
from multipolar.questions.asking.fields import Country, Sectors, entry
from multipolar.questions.asking.question import Question, measure
from multipolar.questions.asking.reading import before_after_table, party, source
from multipolar.world.labels import pick_sectors


class Suppliers(Question):
    """Who sells a sector's goods in a country, including its own makers, and what buyers pay."""

    importer: Country = entry("importer", "Who buys.", pick="country")
    sectors: Sectors = entry("sectors", "A sector, a group of sectors, or a list.", pick="sectors")

    def _sales(self, found: Outcome) -> tuple[np.ndarray, np.ndarray]:
        """What each country sells there before and after the policy; before tariff, million USD."""
        n, at = (
            party(found.countries, self.importer).at[0],
            pick_sectors(self.sectors, found.sectors),
        )
        before, after = (
            found.border_trade(when).to_numpy()[at, :, n].sum(axis=0)
            for when in ("before", "after")
        )
        return before, after

    @property
    def _what(self) -> str:
        words = [self.sectors] if isinstance(self.sectors, str) else self.sectors
        return ", ".join(sector_name(word) for word in words)

    def tell(self, case: Case, found: Outcome) -> list[Answer]:
        """The largest suppliers before and after."""
        who, what = party(found.countries, self.importer), self._what.lower()
        index = pd.Index([name(c) for c in found.countries], name="supplier")
        before, after = (pd.Series(flow, index) for flow in self._sales(found))
        table = before_after_table(before[before > 0], after[before > 0])
        large = table[["before, bn USD", "after, bn USD"]].max(axis=1).nlargest(ROWS + 2).index
        values = table.loc[large].iloc[:, :3].reset_index()
        key = f"suppliers-{who.label}-{self._key}"
        figure = charts.before_after(
            values,
            key=key,
            title=f"Who supplies {who.called} with {what}, before and after",
            subtitle="bn USD a year before tariff; hollow: before, full: after",
            source=source(case),
            alt="Suppliers, " + ends_in_words(values.iloc[:, [0, 3]]),
            note="The largest suppliers, including makers at home.",
        )
        remark = (
            f"Buyers pay {100 * self.price(case, found):+.1f} % (tariff included, against world "
            "value added)."
        )
        title = f"{who.name}: who supplies {what}"
        return [Answer(key, title, table.loc[large], remark, (figure,))]

    @property
    def _key(self) -> str:
        return self.sectors if isinstance(self.sectors, str) else "-".join(self.sectors)

    def data(self, case: Case, found: Outcome) -> dict[str, object]:
        """Sales before and after, million USD a year; change of the price, a fraction."""
        before, after = self._sales(found)
        rows = zip(found.countries, before.tolist(), after.tolist(), strict=True)
        return {
            "suppliers": {code: {"before": b, "after": a} for code, b, a in rows if b > 0},
            "price": self.price(case, found),
        }

    @measure("change of what buyers pay; world value added is the numeraire", "fraction")
    def price(self, case: Case, found: Outcome) -> float:
        """Tariff included, sectors weighted by benchmark spending."""
        n, at = (
            party(found.countries, self.importer).at[0],
            pick_sectors(self.sectors, found.sectors),
        )
        spent = found.values["trade_before"][at, :, n].sum(axis=1)
        return float(np.average(found.values["price"][at, n], weights=np.maximum(spent, 1e-300)))

    @measure("change of a supplier's sales", "million USD a year")
    def change(self, case: Case, found: Outcome, *, exporter: str) -> float:
        """Of a country or bloc."""
        before, after = self._sales(found)
        return float((after - before)[party(found.countries, exporter).at].sum())
