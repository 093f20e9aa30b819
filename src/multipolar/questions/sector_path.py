"""What a country makes of some goods, and what they cost its buyers, over time."""

import numpy as np
import pandas as pd

from multipolar.display.answer import Answer
from multipolar.model import Case, Course
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.along import OnAPath, by_period, over_time
from multipolar.questions.asking.fields import Country, Sectors, entry
from multipolar.questions.asking.question import measure
from multipolar.questions.asking.reading import party
from multipolar.world.labels import pick_group, pick_sectors

MADE, PAID = "quantity made", "price to buyers"


class SectorPath(OnAPath):
    """What a country makes of some goods, and what they cost its buyers, over time."""

    country: Country = entry("country", "Whose factories and buyers.", pick="country")
    sectors: Sectors = entry(
        "sectors", "Codes or a group of sectors, taken together.", pick="sectors", default="goods"
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> Course:
        """The path."""
        return self.walk(case, on_step)

    def _lines(self, found: Course) -> dict[str, pd.Series]:
        """Change of quantity and of price by period, fractions, at weights of the benchmark."""
        known = found.data["sector"].values.tolist()
        n = int(party(found.countries, self.country).at[0])
        goods = self.sectors == "goods"  # on a world without that group: all
        at = np.array(pick_group(known) if goods else pick_sectors(self.sectors, known))
        made = found.data["output_before"].values[at, n]
        bought = found.data["trade_before"].values[at, :, n].sum(axis=1)
        lines = {
            MADE: found.data["output_volume"].values[:, at, n] @ made / made.sum(),
            PAID: found.data["price"].values[:, at, n] @ bought / bought.sum(),
        }
        index = pd.Index(found.labels, name="period")
        return {name: pd.Series(line, index) for name, line in lines.items()}

    def tell(self, case: Case, found: Course) -> list[Answer]:
        """A row for each period: quantity and price."""
        who = party(found.countries, self.country)
        lines = {name: 100 * line for name, line in self._lines(found).items()}
        table = pd.DataFrame({f"{name}, % change": line for name, line in lines.items()})
        what = self.sectors if isinstance(self.sectors, str) else ", ".join(self.sectors)
        title = f"{who.name}, {what}: output and prices over time"
        key = f"sector-path-{who.label}"
        figure = over_time(case, found, lines, "% change", key, title)
        remark = "Prices with tariff, world value added as the unit of account; benchmark weights."
        return [Answer(key, title, table, remark, (figure,))]

    def say(self, case: Case, found: Course) -> list[str]:
        """Both in the last period."""
        who = party(found.countries, self.country)
        told = ", ".join(
            f"{name} {100 * line.iloc[-1]:+.2f} %" for name, line in self._lines(found).items()
        )
        return [f"{who.name} in {found.labels[-1]}: {told}."]

    def data(self, case: Case, found: Course) -> dict[str, dict[str, float]]:
        """Changes by period, fractions."""
        lines = self._lines(found)
        return {"quantity": by_period(lines[MADE]), "price": by_period(lines[PAID])}

    @measure("change of the quantity made in a period", "fraction")
    def quantity(self, case: Case, found: Course, *, period: str) -> float:
        """Of the question's sectors together, at old prices."""
        return float(self._lines(found)[MADE][period])

    @measure("change of the price to buyers in a period", "fraction")
    def price(self, case: Case, found: Course, *, period: str) -> float:
        """Of the question's sectors together, tariff included."""
        return float(self._lines(found)[PAID][period])
