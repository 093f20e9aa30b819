"""How close two states are, by votes, alliances and trade, and what changed since 2021."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from multipolar.alignment.affinity import (
    BEFORE,
    NOW,
    WEIGHTS,
    Measure,
    between,
    changes,
    combined,
    distances,
    measures,
    percentiles,
)
from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.words import called, name
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.alignment import SOURCE, OnAlignment, day_of
from multipolar.questions.asking.fields import Country, entry
from multipolar.questions.asking.plain import plain
from multipolar.questions.asking.question import measure

ANCHORS = ("USA", "CHN", "RUS")
SPANS = tuple((last - 3, last) for last in range(2017, 2026))
ENOUGH = 0.5  # of the weights with data, to be ranked
DISTANCE = "distance, standard deviations of all states"


@dataclass(frozen=True, eq=False)
class Closeness:
    """`measures` by name, `together` and `known` (state, state), `path` and `moved` as tables.

    `together`: weighted mean of percentiles, 0 to 1. `known`: share of the weights with data.
    `path`: distance of the pair by span of years. `moved`: `alignment.changes` of all states.
    """

    measures: dict[str, Measure]
    together: pd.DataFrame
    known: pd.DataFrame
    path: pd.DataFrame
    moved: pd.DataFrame


class Affinity(OnAlignment):
    """How close two states are, by votes, alliances and trade, and what changed since 2021."""

    one: Country = entry("one", "A state.", default="RUS", pick="country")
    other: Country = entry("other", "The other state.", default="CHN", pick="country")
    weights: dict[str, float] = entry(
        "weights", "Of the measures in their combination, stated by you.", default=dict(WEIGHTS)
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> Closeness:
        """The measures, their combination and their changes; see `multipolar.alignment`."""
        found = measures(case.world, day_of(case))
        together, known = combined(found, self.weights)
        rows = []
        for span in SPANS:
            apart, error = distances(span)
            if self.one in apart.index and self.other in apart.index:
                at = (self.one, self.other)
                rows.append((span[1], between(apart, *at), between(error, *at)))
        path = pd.DataFrame(rows, columns=["year", "distance", "error"])
        return Closeness(found, together, known, path, changes(case.world.countries, ANCHORS))

    def tell(self, case: Case, found: Closeness) -> list[Answer]:
        """The pair by each measure; who is closest to whom; what changed most."""
        return [self._pair(found), self._nearest(found), _moved(found)]

    def _pair(self, found: Closeness) -> Answer:
        rows = []
        for label, each in found.measures.items():
            rank = percentiles(each.closeness.to_numpy())
            ranks = pd.DataFrame(rank, each.closeness.index, each.closeness.index)
            value, error, at = (
                between(table, self.one, self.other)
                for table in (each.closeness, each.error, ranks)
            )
            shown = abs(value) if label == "ideal points" else value
            rows.append((shown, error, 100 * at, each.dated, self.weights.get(label, 0.0)))
        columns = ["value", "standard error", "percentile", "of when", "weight"]
        index = pd.Index([LABELS[label] for label in found.measures], name="measure")
        table = pd.DataFrame(rows, index, columns)
        whole, share = (between(t, self.one, self.other) for t in (found.together, found.known))
        title = f"{name(self.one)} and {name(self.other)}: how close"
        together = "no measure is known" if np.isnan(whole) else (
            f"together {100 * whole:.0f} of 100 (weighted mean of percentiles, "
            f"{100 * share:.0f} % of the weights known)"
        )  # fmt: skip
        remark = (
            f"Percentile: share of all pairs that are less close; {together}. -: a record, or no "
            "data. Votes of 2025: the United States agrees with few, so compare percentiles."
        )
        figures = (self._path(found),) if len(found.path) else ()
        return Answer(f"affinity-{self.one}-{self.other}", title, table, remark, figures)

    def _path(self, found: Closeness) -> Any:
        long = found.path.assign(
            low=found.path["distance"] - 1.645 * found.path["error"],
            high=found.path["distance"] + 1.645 * found.path["error"],
        ).melt("year", ["distance", "low", "high"], var_name="line", value_name=DISTANCE)
        words = {"distance": "distance", "low": "5 % below", "high": "5 % above"}
        long["line"] = long["line"].map(words)
        long = long.rename(columns={"year": "last of four years"})
        return charts.lines(
            long,
            key=f"affinity-{self.one}-{self.other}-path",
            title=f"{name(self.one)} and {name(self.other)}: distance in the General Assembly",
            source=SOURCE,
            alt="Distance of ideal points with its 90 % band, four years pooled, up to 2025.",
            note="Four years are pooled by precision: 2024 rests on 8 votes, 2025 on 158.",
        )

    def _nearest(self, found: Closeness) -> Answer:
        columns = {}
        for who in (self.one, self.other):
            enough = found.together[who].where(found.known[who] >= ENOUGH)
            ranked = enough.drop(who).dropna().sort_values(ascending=False)
            columns[f"closest to {called(who)}"] = [
                f"{name(str(c))} {100 * v:.0f}" for c, v in ranked.head(ROWS).items()
            ]
        length = max(map(len, columns.values()))
        table = pd.DataFrame({k: v + [""] * (length - len(v)) for k, v in columns.items()})
        table.index = pd.RangeIndex(1, length + 1, name="rank")
        weights = ", ".join(f"{v:g} for {k}" for k, v in self.weights.items())
        remark = (
            f"Weighted mean of percentiles, 0 to 100; weights: {weights}. Only pairs with data for "
            "half of the weights or more."
        )
        return Answer("affinity-closest", "Who is closest, all measures together", table, remark)

    def say(self, case: Case, found: Closeness) -> list[str]:
        """Whether the pair came closer since 2021, if that is sure."""
        at = found.path[found.path["year"].isin([BEFORE[1], NOW[1]])]
        if len(at) < 2:
            return []
        change = at["distance"].iloc[1] - at["distance"].iloc[0]
        error = float(np.hypot(*at["error"]))
        how = "came closer in" if change < 0 else "moved apart in"
        sure = "" if abs(change) > 1.645 * error else ", which is within its error"
        said = (
            f"Between {BEFORE[0]}-{BEFORE[1]} and {NOW[0]}-{NOW[1]} {called(self.one)} and "
            f"{called(self.other)} {how} the General Assembly by {abs(change):.2f} standard "
            f"deviations (standard error {error:.2f}){sure}."
        )
        return [said]

    def data(self, case: Case, found: Closeness) -> dict[str, Any]:
        """The pair by measure, the combination, the path, and the changes of all states."""
        at = (self.one, self.other)
        pair = {
            label: {
                "closeness": plain(between(m.closeness, *at)),
                "error": plain(between(m.error, *at)),
                "dated": m.dated,
                "unit": m.unit,
            }
            for label, m in found.measures.items()
        }
        return {
            "pair": pair,
            "together": plain(between(found.together, *at)),
            "known": plain(between(found.known, *at)),
            "path": plain(found.path.to_dict("records")),
            "changes": plain(found.moved.to_dict("records")),
        }

    @measure("closeness of two states, weighted mean of percentiles", "share of all pairs")
    def closeness(self, case: Case, found: Closeness, *, one: str = "", other: str = "") -> float:
        """Of the question's pair, or of another."""
        return between(found.together, one or self.one, other or self.other)


LABELS = {
    "ideal points": "distance of ideal points, sd",
    "votes": "agreement in votes",
    "Ukraine": "agreement on Ukraine",
    "alliance": "bound to defend, 1 or 0",
    "trade": "mean share in goods trade",
}


def _moved(found: Closeness) -> Answer:
    """The largest changes of distance to the three powers, those first that are surest."""
    ranked = found.moved.dropna(subset=["z"]).sort_values("z", key=np.abs, ascending=False)
    top = ranked.head(2 * ROWS)
    table = pd.DataFrame(
        {
            "distance before": top["before"].to_numpy(),
            "distance now": top["now"].to_numpy(),
            "change": top["change"].to_numpy(),
            "standard error": top["error"].to_numpy(),
        },
        pd.Index(
            [f"{name(a)} from {name(b)}" for a, b in zip(top["state"], top["anchor"], strict=True)],
            name="distance of",
        ),
    )
    remark = (
        f"{BEFORE[0]}-{BEFORE[1]} and {NOW[0]}-{NOW[1]}, pooled by precision, standard deviations "
        f"of all states; the {len(top)} changes that are largest against their error, of "
        f"{len(ranked)}."
    )
    title = "What changed most since 2021: distance from three powers"
    return Answer("affinity-changes", title, table, remark)
