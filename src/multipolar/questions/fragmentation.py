"""What walls between blocs would cost: friend-shoring, decoupling, an iron curtain."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from multipolar.alignment.blocs import DEFAULT, EAST, WEST, RuleName, blocs
from multipolar.alignment.fragmentation import fragment
from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.figure import Figure
from multipolar.display.words import ends_in_words, name
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.alignment import day_of
from multipolar.questions.asking.fields import Sectors, entry
from multipolar.questions.asking.plain import plain
from multipolar.questions.asking.question import Question, Shown, measure
from multipolar.questions.asking.reading import source

INCOME = "real income, % change"
WHO = {
    "world": "world", "west": "West", "west_median": "West, median", "east": "China's side",
    "east_median": "China's side, median", "others": "in between",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Walls:
    """`incomes` [country, fall], fractions; `summary` by fall: see `alignment.fragment`."""

    incomes: pd.DataFrame
    summary: pd.DataFrame


class Fragmentation(Question):
    """What walls between blocs would cost: friend-shoring, decoupling, an iron curtain."""

    cost = "seconds"
    scenario = ""

    rule: RuleName = entry("rule", "By which blocs are drawn; see blocs.", default=DEFAULT)
    falls: tuple[float, ...] = entry(
        "falls",
        "By how much trade between the blocs falls at given prices; 1 is an embargo.",
        default=(0.12, 0.4, 1.0),
        unit="fraction",
        min_length=1,
        max_length=12,
    )
    sectors: Sectors = entry("sectors", "What the wall is for.", default="goods", pick="sectors")

    def ask(self, case: Case, on_step: OnStep = quiet) -> Walls:
        """Every wall on top of the case; see `alignment.fragment`."""
        sides = blocs(self.rule, day=day_of(case))["bloc"]
        return Walls(*fragment(case, sides, sorted(set(self.falls)), self.sectors, on_step=on_step))

    def status(self, found: Walls) -> str:
        """The first wall without an equilibrium, if there is one."""
        failed = found.summary[found.summary["status"] != "converged"]
        if failed.empty:
            return "converged"
        return f"{_wall(float(str(failed.index[0])))}: {failed['status'].iloc[0]}"

    def tell(self, case: Case, found: Walls) -> list[Answer]:
        """Blocs by severity; who loses most behind the highest wall, on a map."""
        return [self._blocs(case, found), self._countries(case, found)]

    def _blocs(self, case: Case, found: Walls) -> Answer:
        table = (100 * found.summary[list(WHO)]).rename(columns=WHO)
        labels = [_wall(float(str(fall))) for fall in found.summary.index]
        table.index = pd.Index(labels, name=INCOME)
        told = found.summary["gravity"].dropna()
        fell = ", ".join(f"{100 * np.expm1(b):.1f} % ({b:.3f})" for b in told)
        remark = (
            f"{INCOME}, of {self._what} between {WEST} and {EAST} (rule: {self.rule}); means "
            "weighted by value added."
        )
        if fell:
            remark += (
                f" Between-bloc goods trade relative to trade within blocs, in equilibrium: {fell} "
                "(gravity coefficient)."
            )
        figures: tuple[Figure, ...] = ()
        if len(found.summary) > 1:
            long = found.summary[["world", "west", "east", "others"]].reset_index()
            lines = long.melt("fall", var_name="bloc", value_name=INCOME)
            lines["bloc"], lines[INCOME] = lines["bloc"].map(WHO), 100 * lines[INCOME]
            lines["fall"] *= 100
            lines = lines.rename(columns={"fall": "fall of trade at given prices, %"})
            figures = (
                charts.lines(
                    lines,
                    key="fragmentation",
                    title="What walls between blocs cost",
                    source=source(case),
                    alt="Real income by bloc and height of the wall. "
                    + ends_in_words(lines[["bloc", INCOME]]),
                ),
            )
        return Answer("fragmentation", "What walls between blocs cost", table, remark, figures)

    def _countries(self, case: Case, found: Walls) -> Answer:
        fall = float(found.summary.index[-1])
        change = 100 * found.incomes[fall].sort_values()
        ends = pd.concat([change.head(ROWS), change.tail(ROWS)])
        sides = blocs(self.rule, day=day_of(case))["bloc"]
        table = pd.DataFrame({INCOME: ends, "bloc": sides.reindex(ends.index).fillna("-")})
        title = f"Who pays: {_wall(fall)}"
        codes = change.index
        values = pd.DataFrame(
            {"code": codes, "country": [name(str(c)) for c in codes], INCOME: change.to_numpy()}
        )
        figure = charts.shape_map(
            values,
            least=0.5,
            key="fragmentation-map",
            title=title,
            source=source(case),
            alt=f"World map of real income: {ends_in_words(values[['country', INCOME]])}",
        )
        table = table.rename(index=name).rename_axis("country")
        remark = "The largest losses and gains; the JSON has all."
        return Answer("fragmentation-countries", title, table, remark, (figure,))

    @property
    def _what(self) -> str:
        return "walls for goods" if self.sectors == "goods" else "walls for what is named"

    def say(self, case: Case, found: Walls) -> list[str]:
        """The highest wall."""
        last = found.summary.iloc[-1]
        wall = _wall(float(found.summary.index[-1]))
        said = (
            f"{wall[0].upper()}{wall[1:]} between {WEST} and {EAST}: the world "
            f"{100 * last['world']:+.2f} %, {WEST} {100 * last['west']:+.2f} %, {EAST} "
            f"{100 * last['east']:+.2f} %, those in between {100 * last['others']:+.2f} %."
        )
        return [said]

    def data(self, case: Case, found: Walls) -> dict[str, Any]:
        """The summary by fall, and incomes of all countries; fractions."""
        return {
            "summary": plain(found.summary.reset_index().to_dict("records")),
            "real_income": {
                str(fall): plain(found.incomes[fall].to_dict()) for fall in found.incomes
            },
        }

    def shown(self, case: Case, found: Walls) -> list[Shown]:
        """The world's change behind each wall."""
        return [
            Shown("change", {"fall": str(fall)}, f"world, {_wall(float(str(fall)))}", "%", 100.0,
                  _wall(float(str(fall))), "world")
            for fall in found.summary.index
        ]  # fmt: skip

    @measure("change of real income", "fraction")
    def change(self, case: Case, found: Walls, *, fall: str, who: str = "world") -> float:
        """Of "world", "west", "east", "others", "west_median", "east_median", or a country."""
        at = float(fall)
        if who in found.incomes.index:
            return float(found.incomes[at][who])
        return float(found.summary[who][at])

    @measure("gravity coefficient of between-bloc goods trade", "log points")
    def coefficient(self, case: Case, found: Walls, *, fall: str) -> float:
        """Relative to trade within blocs; minus: less trade between them."""
        return float(found.summary["gravity"][float(fall)])


def _wall(fall: float) -> str:
    return "an embargo" if fall == 1 else f"a wall of {100 * fall:g} %"
