"""How the real income of countries changes over time, while acts come and go."""

from collections.abc import Iterator

import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.display.words import capital, listed, name
from multipolar.model import Case, Course
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.along import OnAPath, by_period, over_time, source
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import measure
from multipolar.questions.asking.reading import Party, parties

CHANGE = "real income, % change"


class IncomePath(OnAPath):
    """How real income changes over time, while acts come and go and buyers adapt."""

    countries: tuple[Side, ...] = entry(
        "countries", "Countries or blocs, at most six.", pick="sides",
        default=("USA", "CHN"), min_length=1, max_length=6,
    )  # fmt: skip

    def ask(self, case: Case, on_step: OnStep = quiet) -> Course:
        """The path."""
        return self.walk(case, on_step)

    def _lines(self, found: Course) -> dict[str, pd.Series]:
        return {who.name: 100 * found.income(each) for each, who in self._whose(found)}

    def _whose(self, found: Course) -> Iterator[tuple[Side, Party]]:
        return zip(self.countries, parties(found, self.countries), strict=True)

    def tell(self, case: Case, found: Course) -> list[Answer]:
        """A row for each period, a line for each country."""
        lines = self._lines(found)
        table = pd.DataFrame({f"{who}, % change": line for who, line in lines.items()})
        figure = over_time(
            case, found, lines, CHANGE, "income-path", "Real income while acts come and go"
        )
        remark = "Against the benchmark, before any of the acts; real income of each period."
        figures = (figure, self._map(case, found))
        return [Answer("income-path", "Real income over time", table, remark, figures)]

    def _map(self, case: Case, found: Course) -> Figure:
        """Every country's real income, with a slider over the periods."""
        percent = 100 * found.data["real_income"].values.T
        values = pd.DataFrame(percent, columns=found.labels)
        values.insert(0, "country", [name(code) for code in found.countries])
        values.insert(0, "code", found.countries)
        last = values.iloc[:, [1, -1]].set_index("country").iloc[:, 0]
        return charts.map_over_time(
            values,
            CHANGE,
            key="income-over-time",
            title=f"Real income by country, {found.labels[0]} to {found.labels[-1]}",
            source=source(case, found),
            alt=f"A map of {CHANGE}, with a slider over the periods. In {found.labels[-1]}: most "
            f"{last.idxmax()} {last.max():+.2f}, least {last.idxmin()} {last.min():+.2f}.",
        )

    def say(self, case: Case, found: Course) -> list[str]:
        """Where real income is lowest, and where it ends."""
        told = []
        for who, line in self._lines(found).items():
            low = str(line.idxmin())
            told.append(f"{who} {line[low]:+.2f} % in {low}, {line.iloc[-1]:+.2f} % at the end")
        return [f"{capital(f'real income over time, at its lowest and last: {listed(told)}')}."]

    def data(self, case: Case, found: Course) -> dict[str, dict[str, float]]:
        """Change of real income by country and period, fractions."""
        return {who.label: by_period(found.income(each)) for each, who in self._whose(found)}

    @measure("change of real income in a period", "fraction")
    def real_income(self, case: Case, found: Course, *, country: str, period: str) -> float:
        """Of a country or bloc in one of the periods."""
        return float(found.income(country)[period])
