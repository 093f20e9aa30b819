"""The sectors and suppliers that a country could least do without."""

import pandas as pd

from multipolar import leverage
from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.words import called, capital, name, sector_name
from multipolar.model import Case
from multipolar.model.groups import label
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Question, Shown, measure
from multipolar.questions.asking.reading import on_horizons, source

LOSS = "loss of real income, %"


class Chokepoints(Question):
    """The sectors and suppliers that a country could least do without."""

    cost = "seconds"
    scenario = ""

    target: Side = entry("target", "Whose chokepoints: a country or bloc.", pick="side")
    supplier: Side = entry("supplier", "Who might withhold; * for all.", default="*", pick="side")
    top: int = entry(
        "cells", "How many of the largest are solved exactly.", default=60, ge=1, le=4000
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> pd.DataFrame:
        """A row for each horizon, supplier and sector; see `leverage.chokepoints`."""
        return leverage.chokepoints(case, self.target, self.supplier, self.top, on_step=on_step)

    def tell(self, case: Case, found: pd.DataFrame) -> list[Answer]:
        """The largest losses when one supplier withholds one sector."""
        who, first = label(self.target), found["horizon"].iloc[0]
        here = found[found["horizon"] == first].head(2 * ROWS)
        labels = [
            f"{sector_name(s)} from {name(i)}"
            for i, s in zip(here["supplier"], here["sector"], strict=True)
        ]
        rows = pd.DataFrame(
            {
                f"{LOSS}, {first}": 100 * here["loss"].to_numpy(),
                "loss, bn USD a year": here["cost"].to_numpy() / 1e3,
                "share of spending on the sector, %": 100 * here["share"].to_numpy(),
                "the supplier's own loss, %": 100 * here["supplier_loss"].to_numpy(),
            },
            pd.Index(labels, name="withheld"),
        )
        title = f"Chokepoints of {called(who)}"
        figure = charts.ranked_bars(
            rows.iloc[:, :1].reset_index(),
            key=f"chokepoints-{who}",
            title=title,
            subtitle=f"{LOSS}, {first}, when one supplier withholds one sector",
            source=source(case),
            rise_is_loss=True,
        )
        failed = int((found["status"] != "converged").sum())
        remark = "Sectors are those of the world: single products cannot be seen."
        remark += (
            f" {failed} of {len(found)} have no equilibrium and so no number." if failed else ""
        )
        remark = f"{remark} {on_horizons(found['horizon'])}".strip()
        return [Answer(figure.key, title, rows, remark, (figure,))]

    def say(self, case: Case, found: pd.DataFrame) -> list[str]:
        """The narrowest."""
        top = found.iloc[0]
        what = f"{called(top['supplier'])} withheld {sector_name(top['sector']).lower()}"
        return [
            (
                f"{capital(called(label(self.target)))} would lose most, {100 * top['loss']:.3f} % "
                f"({top['horizon']}), if {what}."
            )
        ]

    def shown(self, case: Case, found: pd.DataFrame) -> list[Shown]:
        """The loss from each of the largest chokepoints."""
        first = found["horizon"].iloc[0]
        here = found[found["horizon"] == first].head(2 * ROWS)
        pairs = zip(here["supplier"], here["sector"], strict=True)
        return [
            Shown("loss", {"supplier": i, "sector": s}, row, "%", 100.0, row, f"{LOSS}, {first}")
            for i, s in pairs
            for row in (f"{sector_name(s)} from {name(i)}",)
        ]

    @measure("loss of real income when a supplier withholds a sector", "fraction")
    def loss(self, case: Case, found: pd.DataFrame, *, supplier: str, sector: str) -> float:
        """At the first horizon."""
        at = found[(found["supplier"] == supplier) & (found["sector"] == sector)]
        return float(at["loss"].iloc[0])
