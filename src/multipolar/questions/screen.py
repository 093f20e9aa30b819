"""Whose tariffs would hurt or help whom most, to first order: a screen of all pairs."""

from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import ends_in_words, name
from multipolar.errors import InputError
from multipolar.model import Case, first_order
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Question, measure
from multipolar.questions.asking.reading import parties, party, source

POINTS = 10  # percentage points by which results say that a lever moves
LARGEST = 12  # economies that are shown unless some are named


class Screen(Question):
    """Whose tariffs would hurt or help whom most, to first order: a screen of all pairs."""

    cost = "seconds"

    countries: tuple[Side, ...] = entry(
        "countries",
        "Whose real income; none given: the largest economies.",
        default=(),
        pick="sides",
        max_length=40,
    )
    wrt: Literal["tariff", "export_tax", "trade_cost"] = entry(
        "lever", "What one country of a pair does to the other on all goods.", default="tariff"
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> xr.DataArray:
        """Derivatives (country, exporter, importer): fractions of real income per unit."""
        on_step("the derivatives of everyone's real income")
        return first_order(case.world, case.policy, case.assumptions, self.wrt)

    def _matrix(self, case: Case, found: xr.DataArray) -> pd.DataFrame:
        """Effect of the column's lever on the row's real income, million USD for ten points."""
        largest = np.argsort(-case.world.value_added.to_numpy())[:LARGEST]
        chosen = self.countries or tuple(case.world.countries[k] for k in sorted(largest))
        who = parties(case.outcome, chosen)
        others = tuple(case.world.countries[k] for k in sorted(largest))
        actors = who if len(who) > 1 else parties(case.outcome, others)
        usd = found.to_numpy() * case.outcome.values["income_before"][:, None, None] * POINTS / 100

        def effect(loser: np.ndarray, actor: np.ndarray) -> float:
            pair = (loser, actor) if self.wrt != "export_tax" else (actor, loser)
            return float(usd[np.ix_(loser, *pair)].sum())

        values = [
            [np.nan if a.label == b.label else effect(a.at, b.at) for b in actors] for a in who
        ]
        names = [each.label for each in actors]
        return pd.DataFrame(values, pd.Index([each.label for each in who], name="country"), names)

    def tell(self, case: Case, found: xr.DataArray) -> list[Answer]:
        """For each country, whose lever hurts it most, and whose hurts it least or helps."""
        matrix = self._matrix(case, found) / 1e3
        kept = matrix.dropna(how="all")
        worst, best = kept.idxmin(axis=1), kept.idxmax(axis=1)
        rows = pd.DataFrame(
            {
                "hurt most by": [name(str(c)) for c in worst],
                "bn USD change": kept.min(axis=1).to_numpy(),
                "hurt least by": [name(str(c)) for c in best],
                "least, bn USD change": kept.max(axis=1).to_numpy(),
            },
            pd.Index([name(c) for c in kept.index], name="real income of"),
        ).sort_values("bn USD change")
        heading = "bn USD change a year"
        wide = matrix.rename(index=name, columns=name).reset_index()
        table = wide.melt("country", var_name="by", value_name=heading)
        words = pd.DataFrame(
            {"pair": table["country"] + " by " + table["by"], heading: table[heading]}
        )
        what = self.wrt.replace("_", " ")
        figure = charts.heat_map(
            table,
            key=f"screen-{self.wrt}",
            title=f"What {POINTS} more points of {what} would do to whom",
            subtitle=f"real income, {heading}; rows: whose, columns: who acts on its goods",
            source=source(case),
            alt="Matrix of " + ends_in_words(words),
        )
        title = f"{POINTS} more points of {what} on all goods: who would be hurt most by whom"
        remark = "To first order around this policy: for ranking only, not a result."
        return [Answer(figure.key, title, rows, remark, (figure,))]

    @measure("derivative of real income in a pair's lever", "fraction per unit")
    def slope(
        self, case: Case, found: xr.DataArray, *, country: str, exporter: str, importer: str
    ) -> float:
        """Of one country."""
        who = [party(case.world.countries, each) for each in (country, exporter, importer)]
        if any(each.at.size > 1 for each in who):
            raise InputError("name single countries, not a bloc", field="of")
        return float(found.to_numpy()[tuple(each.at[0] for each in who)])
