"""Which partners a country or bloc needs: its loss when each country or bloc cuts it off."""

import pandas as pd

from multipolar import leverage
from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.words import called, capital, name
from multipolar.model import Case
from multipolar.model.groups import label
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Sectors, Side, entry
from multipolar.questions.asking.question import Question, Shown, measure
from multipolar.questions.asking.reading import on_horizons, source

LOSS = "loss of real income, %"


class Exposure(Question):
    """Which partners a country or bloc needs: its loss when each country or bloc cuts it off."""

    cost = "seconds"
    scenario = ""

    country: Side = entry("country", "A country or bloc.", pick="side")
    sectors: Sectors = entry("sectors", "What is cut off.", default="*", pick="sectors")

    def ask(self, case: Case, on_step: OnStep = quiet) -> pd.DataFrame:
        """A row for each horizon and partner; see `leverage.exposure`."""
        return leverage.exposure(case, self.country, self.sectors, on_step=on_step)

    def tell(self, case: Case, found: pd.DataFrame) -> list[Answer]:
        """The partners, countries and blocs, that it would hurt most to lose."""
        who, first = label(self.country), found["horizon"].iloc[0]
        shown = self._table(found)
        later = found[found["horizon"] != first].set_index("partner")["loss"]
        rows = pd.DataFrame(
            {
                f"{LOSS}, {first}": 100 * shown["loss"].to_numpy(),
                "the partner's own loss, %": 100 * shown["partner_loss"].to_numpy(),
                "leverage of the partner": shown["leverage"].to_numpy(),
            },
            pd.Index([name(c) for c in shown["partner"]], name="cut off from"),
        )
        if len(later):
            rows.insert(1, f"{LOSS}, long run", 100 * later[shown["partner"]].to_numpy())
        title = f"Whom {called(who)} needs"
        figure = charts.ranked_bars(
            rows.iloc[:, :1].reset_index(),
            key=f"exposure-{who}",
            title=title,
            subtitle=f"{LOSS}, {first}, from the end of all trade with each",
            source=source(case),
            rise_is_loss=True,
        )
        failed = int((found["status"] != "converged").sum())
        remark = f"{failed} cut-offs have no equilibrium and so no number. " if failed else ""
        remark = f"{remark}{on_horizons(found['horizon'])}".strip()
        return [Answer(figure.key, title, rows, remark, (figure,))]

    def say(self, case: Case, found: pd.DataFrame) -> list[str]:
        """The country that it needs most."""
        top = found[found["kind"] == "country"].iloc[0]
        return [
            (
                f"{capital(called(label(self.country)))} needs {called(top['partner'])} most: "
                f"without it, it would lose {100 * top['loss']:.2f} % ({top['horizon']})."
            )
        ]

    def shown(self, case: Case, found: pd.DataFrame) -> list[Shown]:
        """The loss from a cut-off by each partner of the table."""
        first = found["horizon"].iloc[0]
        return [
            Shown("loss", {"partner": code}, name(code), "%", 100.0, name(code), f"{LOSS}, {first}")
            for code in self._table(found)["partner"]
        ]

    @staticmethod
    def _table(found: pd.DataFrame) -> pd.DataFrame:
        """The partners that the table shows: countries and blocs whose loss would hurt most."""
        here = found[found["horizon"] == found["horizon"].iloc[0]]
        return pd.concat([here[here["kind"] == k].head(ROWS + 2) for k in ("country", "bloc")])

    @measure("loss of real income from a cut-off by a partner", "fraction")
    def loss(self, case: Case, found: pd.DataFrame, *, partner: str, horizon: str = "") -> float:
        """At the first horizon unless one is named."""
        at = found[found["partner"] == partner]
        at = at[at["horizon"] == (horizon or found["horizon"].iloc[0])]
        return float(at["loss"].iloc[0])
