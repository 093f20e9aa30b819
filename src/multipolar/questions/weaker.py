"""How a weaker country changes each partner's leverage over it."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from multipolar import leverage
from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.words import called, name
from multipolar.model import Case
from multipolar.model.groups import label
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Question, Shown, measure
from multipolar.questions.asking.reading import on_horizons, source

LEVERAGE = "partner's leverage"


class Weaker(Question):
    """How a weaker country changes each partner's leverage over it."""

    cost = "seconds"
    scenario = ""

    target: Side = entry("target", "Who weakens.", default="RUS", pick="side")
    partners: tuple[Side, ...] = entry(
        "partners", "Who might gain leverage.", default=("CHN", "SANCTIONS"), pick="sides",
        min_length=1, max_length=10,
    )  # fmt: skip
    labour_force: float = entry(
        "labour force", "Its change.", default=-0.05, unit="fraction", gt=-1, le=10
    )
    productivity: float = entry(
        "productivity", "Its change.", default=-0.05, unit="fraction", gt=-1, le=10
    )
    debt_service: float = entry(
        "debt service", "Paid to the first partner.", default=0.0, unit="bn USD a year", ge=0
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> pd.DataFrame:
        """A row for each state, partner and horizon; see `leverage.weaker`."""
        return leverage.weaker(
            case,
            self.target,
            {label(partner): partner for partner in self.partners},
            self.labour_force,
            self.productivity,
            1e3 * self.debt_service,
            self.partners[0],
            on_step=on_step,
        )

    def tell(self, case: Case, found: pd.DataFrame) -> list[Answer]:
        """Losses and leverage in each state of the target."""
        who = label(self.target)
        labels = [
            f"{name(row['partner'])}, {row['horizon']}: {_state(row)}"
            for row in found.to_dict("records")
        ]
        first = found.groupby(["partner", "horizon"])["leverage"].transform("first")
        moved = 100 * (found["leverage"] / first - 1)
        rows = pd.DataFrame(
            {
                f"loss of {called(who)}, %": 100 * found["loss"].to_numpy(),
                "the partner's loss, %": 100 * found["partner_loss"].to_numpy(),
                LEVERAGE: found["leverage"].to_numpy(),
                "leverage, % change": np.where(found["state"] == "as_is", np.nan, moved),
            },
            pd.Index(labels, name=f"{name(who)}, cut off from"),
        ).sort_index(kind="stable")
        bars = rows[["leverage, % change"]].dropna().reset_index()
        title = f"A weaker {name(who)}: who gains leverage"
        figure = charts.ranked_bars(
            bars, digits=1, key=f"weaker-{who}", title=title, source=source(case)
        )
        return [Answer(figure.key, title, rows, on_horizons(found["horizon"]), (figure,))]

    def shown(self, case: Case, found: pd.DataFrame) -> list[Shown]:
        """The leverage of each partner in each state of the target."""
        keys = ("partner", "state", "horizon")
        return [
            Shown("leverage", {k: row[k] for k in keys}, text, "ratio", 1.0, text, LEVERAGE)
            for row in found.to_dict("records")
            for text in (f"{name(row['partner'])}, {row['horizon']}: {_state(row)}",)
        ]

    @measure("leverage of a partner", "ratio")
    def leverage(
        self,
        case: Case,
        found: pd.DataFrame,
        *,
        partner: str,
        state: str = "as_is",
        horizon: str = "long run",
    ) -> float:
        """In a state of the target: as_is, labour_force, productivity, debt_service."""
        at = found[(found["partner"] == partner) & (found["state"] == state)]
        return float(at[at["horizon"] == horizon]["leverage"].iloc[0])


def _state(row: Mapping[Hashable, Any]) -> str:
    """A state of the target in words."""
    shock = float(str(row["shock"]))
    words = {
        "as_is": "as it is",
        "labour_force": f"labour force {100 * shock:+g} %",
        "productivity": f"productivity {100 * shock:+g} %",
        "debt_service": f"debt service {shock / 1e3:g} bn USD",
    }
    return words[str(row["state"])]
