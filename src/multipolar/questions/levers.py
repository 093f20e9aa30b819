"""Which levers move a result most: tariffs, taxes, trade costs, productivity, elasticities."""

from typing import Literal

import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import called, capital, ends_in_words, name, sector_name
from multipolar.errors import InputError
from multipolar.model import Case, sensitivity
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import entry
from multipolar.questions.asking.question import Question, measure
from multipolar.questions.asking.reading import source

POINTS = 10  # percentage points by which results say that a lever moves
LEVELS = ("trade", "output", "exports", "imports", "tariff_revenue")
BILATERAL = ("tariff", "export_tax", "trade_cost")


class Levers(Question):
    """Which levers move a result most: tariffs, taxes, trade costs, productivity, elasticities."""

    cost = "seconds"

    result: Literal[
        "real_income", "price_index", "wage", "tariff_revenue", "exports", "imports", "price",
        "output", "trade",
    ] = entry("result", "The result that changes.")  # fmt: skip
    of: tuple[str, ...] = entry(
        "of",
        "Of which country; for trade: exporter and importer; for price and output: also a sector.",
        min_length=1,
        max_length=2,
    )
    wrt: Literal["tariff", "export_tax", "trade_cost", "productivity", "trade_elasticity"] = entry(
        "lever", "What is changed a little.", default="tariff"
    )
    by: Literal["pair", "cell"] = entry(
        "by",
        "Levers between countries over all goods together, or sector by sector.",
        default="pair",
    )
    top: int = entry("rows", "How many are shown.", default=15, ge=1, le=1000)

    def ask(self, case: Case, on_step: OnStep = quiet) -> pd.Series:
        """The derivative in every lever, largest first: per unit, fractions or million USD."""
        on_step("the derivatives of the equilibrium")
        target = (self.result, *self.of)
        table = sensitivity(case.world, case.policy, target, self.wrt, case.assumptions, self.by)
        slope = table.iloc[:, 0].rename("slope")
        return slope * 100.0 if self.result in LEVELS else slope

    def tell(self, case: Case, found: pd.Series) -> list[Answer]:
        """The largest derivatives, each told as the effect of ten more points of the lever."""
        level, step = self.result in LEVELS, POINTS / 100
        moved = found.head(self.top) * step
        unit = "bn USD change" if level else "percentage points change"
        measured = f"{self.result.replace('_', ' ')}, {unit}"
        rows = pd.DataFrame(
            {measured: moved.to_numpy() / 1e3 if level else 100 * moved.to_numpy()},
            pd.Index([self._lever(key) for key in moved.index], name=self._heading),
        )
        if self.result == "real_income":
            income = float(case.outcome.income_before.sel(country=self._country(case)))
            rows["real income, bn USD change"] = rows[measured] / 100 * income / 1e3
        values = rows.iloc[:, :1].reset_index()
        whose = " to ".join(map(name, self.of))
        figure = charts.ranked_bars(
            values,
            digits=3,
            key=f"levers-{self.result}-{'-'.join(self.of)}",
            title=f"What moves {self.result.replace('_', ' ')} of {whose} most",
            source=source(case),
            alt=f"Bars of {ends_in_words(values)}",
        )
        remark = "To first order around this policy: exact only for small moves."
        return [Answer(figure.key, figure.title, rows, remark, (figure,))]

    def _country(self, case: Case) -> str:
        return case.world.countries[case.world.pick_countries(self.of[0])[0]]

    @property
    def _heading(self) -> str:
        more = (
            "elasticity a tenth higher" if self.wrt == "trade_elasticity" else f"+{POINTS} points"
        )
        return f"lever, {more}"

    def _lever(self, key: object) -> str:
        """A lever as a phrase that says who moves it."""
        labels = [str(part) for part in key] if isinstance(key, tuple) else [str(key)]
        if self.wrt == "trade_elasticity":
            return sector_name(labels[0])
        if self.wrt == "productivity":
            return f"{sector_name(labels[0])} in {name(labels[1])}"
        what = "goods" if self.by == "pair" else sector_name(labels[0])
        exporter, importer = labels[-2:]
        if self.wrt == "tariff":
            return f"{_whose(importer)} tariff on {what} from {called(exporter)}"
        if self.wrt == "export_tax":
            return f"{_whose(exporter)} export tax on {what} to {called(importer)}"
        return f"cost of shipping {what} from {called(exporter)} to {called(importer)}"

    @measure("derivative in a pair's lever over all goods", "per unit (1 = 100 percentage points)")
    def slope(self, case: Case, found: pd.Series, *, exporter: str, importer: str) -> float:
        """Of the result; fractions or million USD."""
        pair = [case.world.pick_countries(country) for country in (exporter, importer)]
        if any(len(each) > 1 for each in pair):
            raise InputError("name one country on each side, not a bloc", field="of")
        return float(found[tuple(case.world.countries[each[0]] for each in pair)])


def _whose(country: str) -> str:
    who = capital(called(country))
    return f"{who}'" if who.endswith("s") else f"{who}'s"
