"""What the gas market's changes do to real incomes, through the trade of the world."""

import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.words import called, capital, name
from multipolar.energy import Coupled, coupled, outcomes
from multipolar.energy.coupling import HORIZON
from multipolar.model import Assumptions, Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.gas import gas_source, network_line
from multipolar.questions.asking.question import Question, measure
from multipolar.questions.asking.reading import income_change, party


class GasIncome(Question):
    """What the gas market's changes do to real incomes, through the trade of the world."""

    cost = "seconds"
    needs_network = True
    scenario = "ukraine-transit-ends"

    countries: tuple[Side, ...] = entry(
        "countries", "Whose incomes are told besides the largest changes.",
        default=("EU", "RUS", "USA", "CHN"), pick="sides",
    )  # fmt: skip

    def rests(self, case: Case) -> str:
        """The gas network and the world."""
        return f"{network_line(case)} {super().rests(case)}"

    def assumed(self, case: Case) -> Assumptions:
        """Those of the case, after one year."""
        return case.assuming(horizon=HORIZON).assumptions

    def ask(self, case: Case, on_step: OnStep = quiet) -> Coupled:
        """The gas market as acts on trade, after one year; see `energy.coupled`."""
        on_step("solving the gas market")
        before, after = outcomes(case)
        on_step("solving trade")
        return coupled(case, before, after)

    def data(self, case: Case, found: Coupled) -> dict[str, object]:
        """Real incomes (fractions), and how well trade and gas agree (million USD a year)."""
        return {
            "real_income": {str(c): float(x) for c, x in found.real_income().items()},
            "scale": found.scale, "wanted": found.wanted, "found": found.found,
            "unplaced": found.unplaced,
        }  # fmt: skip

    def _change(self, found: Coupled, side: Side) -> float:
        at = party(found.outcome.countries, side).at
        changed, before = (float(income_change(o, at)[0]) for o in (found.outcome, found.without))
        return (1 + changed) / (1 + before) - 1

    def tell(self, case: Case, found: Coupled) -> list[Answer]:
        """The sides asked for, and the countries whose income changes most."""
        income = 100 * found.real_income()
        most = income.abs().nlargest(ROWS).index
        asked = {party(found.outcome.countries, s).name: 100 * self._change(found, s)
                 for s in self.countries}  # fmt: skip
        rest = {name(str(code)): float(income[code]) for code in most}
        rows = pd.DataFrame({"real income, % change": pd.Series({**asked, **rest})})
        rows = rows.rename_axis("country")
        figure = charts.ranked_bars(
            rows.sort_values("real income, % change", ascending=False).reset_index(),
            digits=3,
            key="gas-income",
            title="What the gas market does to real incomes",
            source=gas_source(outcomes(case)[1]),
        )
        more = "more" if found.wanted >= 0 else "less"
        remark = (
            "Against the case without its acts on gas, both after one year (horizon 1). Buyers pay "
            f"{abs(found.wanted) / 1e3:.1f} bn USD a year {more} for "
            f"the gas that they still buy; as export taxes on sector B06 "
            f"{abs(found.found) / 1e3:.1f} (taxes times {found.scale:.2f}). "
            f"{abs(found.unplaced) / 1e3:.1f} bn fall on pairs that the world lacks (Qatar, "
            "Algeria, Azerbaijan and others) and on nobody here."
        )
        return [Answer(figure.key, figure.title, rows, remark, (figure,))]

    def say(self, case: Case, found: Coupled) -> list[str]:
        """Who loses most."""
        income = found.real_income()
        if income.abs().max() < 1e-6:
            return ["No act moves the gas market, so no income changes."]
        worst = str(income.idxmin())
        return [
            capital(
                f"{called(worst)} loses most by what happens to gas: {100 * income[worst]:+.2f} % "
                "of real income after one year."
            )
        ]

    @measure("change of real income", "fraction")
    def real_income(self, case: Case, found: Coupled, *, country: str) -> float:
        """Of a country or bloc."""
        return self._change(found, country)
