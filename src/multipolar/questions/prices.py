"""What a country's buyers pay, by sector, and what its treasury takes."""

import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.words import ends_in_words
from multipolar.model import Case, Outcome
from multipolar.questions.asking.fields import Country, entry
from multipolar.questions.asking.question import Question, measure
from multipolar.questions.asking.reading import goods_sectors, goods_trade, party, source

PRICE = "price to buyers, % change"


class Prices(Question):
    """What a country's buyers pay, by sector, and what its treasury takes."""

    tells_change = True

    country: Country = entry("country", "Whose buyers.", pick="country")

    def _of(self, found: Outcome, quantity: str) -> float:
        return float(found.values[quantity][party(found.countries, self.country).at[0]])

    def tell(self, case: Case, found: Outcome) -> list[Answer]:
        """The goods that become dearest, consumer prices, wages, tariff revenue."""
        who = party(found.countries, self.country)
        at, index = goods_sectors(found)
        table = pd.DataFrame(
            {
                PRICE: 100 * found.values["price"][at, who.at[0]],
                "imports before, bn USD": goods_trade(found, "before")[:, :, who.at[0]].sum(1)
                / 1e3,
            },
            index,
        )
        dearest = table.sort_values(PRICE, ascending=False)[: ROWS + 2]
        values = dearest[[PRICE]].reset_index()
        figure = charts.ranked_bars(
            values,
            key=f"prices-{who.label}",
            title=f"{who.name}: where prices rise most",
            source=source(case),
            alt=f"Bars of {ends_in_words(values)}",
            digits=1,
            rise_is_loss=True,
        )
        take, took = (self._of(found, f"tariff_revenue{k}") / 1e3 for k in ("", "_before"))
        remark = (
            f"Consumer prices {100 * self._of(found, 'price_index'):+.2f} %, wages "
            f"{100 * self._of(found, 'wage'):+.2f} % (both against world value added). "
            f"Tariff revenue {took:,.0f} to {take:,.0f} bn USD a year."
        )
        title = f"{who.name}: prices and revenue"
        return [Answer(f"prices-{who.label}", title, dearest, remark, (figure,))]

    def say(self, case: Case, found: Outcome) -> list[str]:
        """The change of what wages buy, and of prices."""
        level, real = (100 * self._of(found, k) for k in ("price_index", "real_wage"))
        who, verb = party(found.countries, self.country).called, "rise" if level > 0 else "fall"
        return [
            (
                f"What wages buy in {who} changes by {real:+.2f} %; consumer prices there {verb} "
                f"{abs(level):.2f} % against world incomes, which is not a forecast of inflation."
            )
        ]

    def data(self, case: Case, found: Outcome) -> dict[str, object]:
        """Changes as fractions, revenue in million USD a year; prices by sector."""
        at, n = goods_sectors(found)[0], party(found.countries, self.country).at[0]
        names = ("price_index", "wage", "real_wage", "tariff_revenue", "tariff_revenue_before")
        by_sector = {found.sectors[k]: float(found.values["price"][k, n]) for k in at}
        return {name: self._of(found, name) for name in names} | {"price": by_sector}

    @measure("change of what wages buy", "fraction")
    def real_wage(self, case: Case, found: Outcome) -> float:
        """Of the country."""
        return self._of(found, "real_wage")

    @measure("change of consumer prices; world value added is the numeraire", "fraction")
    def price_index(self, case: Case, found: Outcome) -> float:
        """Of the country."""
        return self._of(found, "price_index")
