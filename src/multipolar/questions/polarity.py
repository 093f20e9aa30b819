"""How many poles the world has, by which measure, and moving where."""

from typing import Any

import pandas as pd

from multipolar.alignment.blocs import DEFAULT, RuleName
from multipolar.alignment.polarity import polarity
from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.display.words import name
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.alignment import SOURCE, OnAlignment
from multipolar.questions.asking.fields import entry
from multipolar.questions.asking.plain import plain
from multipolar.questions.asking.question import measure

POLES = "effective poles"


class Polarity(OnAlignment):
    """How many poles the world has, by which measure, and moving where."""

    rule: RuleName = entry(
        "rule", "By which blocs are drawn, as in the question blocs.", default=DEFAULT
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> pd.DataFrame:
        """Concentrations by measure, year and kind of player; see `alignment.polarity`."""
        return polarity(case.world, self.rule)

    def tell(self, case: Case, found: pd.DataFrame) -> list[Answer]:
        """First and last year of each measure, by state and by bloc; the years as pictures."""
        return [self._table(found, by) for by in ("state", "bloc")]

    def _table(self, found: pd.DataFrame, by: str) -> Answer:
        mine = found[found["by"] == by]
        rows = []
        for _, years in mine.groupby("measure", sort=False):
            ordered = years.sort_values("year")
            rows += ordered.iloc[[0, -1] if len(ordered) > 1 else [0]].to_dict("records")
        table = pd.DataFrame(
            {
                POLES: [r["poles"] for r in rows],
                "CON": [r["con"] for r in rows],
                "second over first": [r["second_over_first"] for r in rows],
                "first": [name(str(r["first"])) for r in rows],
                "so": [r["verdict"] for r in rows],
            },
            pd.Index([f"{r['measure']}, {r['year']}" for r in rows], name="measure"),
        )
        sizes = mine.drop_duplicates("measure").set_index("measure")["players"].astype(int)
        sample = ", ".join(f"{v} for {k}" for k, v in sizes.items())
        remark = (
            f"Players, fixed along the years: {sample}. Effective poles: 1 / sum of squared "
            "shares. CON is zero for any number of equal poles, so read both. Convention: unipolar "
            "if the second has less than half of the first; else bipolar if the two have more than "
            "half of all; else multipolar."
        )
        if by == "bloc":
            remark += (
                f" Blocs by the rule: {self.rule}; a state between them "
                "or without data stands for itself."
            )
        figures = (_lines(mine, by),) if mine.groupby("measure").size().max() > 1 else ()
        return Answer(f"polarity-{by}", f"How many poles, by {by}", table, remark, figures)

    def say(self, case: Case, found: pd.DataFrame) -> list[str]:
        """What states count for, in the latest year of each measure."""
        told = found[found["by"] == "state"].sort_values("year")
        parts = []
        for kind, years in told.groupby("measure", sort=False):
            first, last = years.iloc[0], years.iloc[-1]
            since = f"; {first['poles']:.1f} in {first['year']}" if len(years) > 1 else ""
            parts.append(f"{kind} {last['poles']:.1f} ({last['year']}{since}) is {last['verdict']}")
        return [f"Effective poles by state: {', '.join(sorted(parts))}."]

    def data(self, case: Case, found: pd.DataFrame) -> list[dict[str, Any]]:
        """All rows."""
        rows: list[dict[str, Any]] = plain(found.to_dict("records"))
        return rows

    @measure("effective poles", "poles")
    def poles(
        self, case: Case, found: pd.DataFrame, *, of: str = "GDP", year: str = "", by: str = "state"
    ) -> float:
        """Of "GDP", "military spending", "capabilities" or "goods trade"; the latest year."""
        mine = found[(found["measure"] == of) & (found["by"] == by)].sort_values("year")
        at = mine[mine["year"] == int(year)] if year else mine
        return float(at["poles"].iloc[-1])


def _lines(found: pd.DataFrame, by: str) -> Figure:
    several = found[found.groupby("measure")["year"].transform("size") > 1]
    values = several[["year", "measure", "poles"]].rename(columns={"poles": POLES})
    return charts.lines(
        values,
        key=f"polarity-{by}",
        title=f"Effective poles by {by}",
        source=SOURCE,
        alt=f"Effective poles by {by}: {values[POLES].min():.1f} to {values[POLES].max():.1f}.",
    )
