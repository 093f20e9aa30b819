"""How goods trade between chosen pairs changes over time."""

from typing import Any

import pandas as pd

from multipolar.display.answer import Answer
from multipolar.model import Case, Course
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.along import OnAPath, by_period, over_time
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import measure
from multipolar.questions.asking.reading import Party, parties

BEFORE = "before"


class TradePath(OnAPath):
    """How goods trade between chosen pairs changes over time."""

    pairs: tuple[tuple[Side, Side], ...] = entry(
        "pairs", "Exporter and importer of each, at most six; on a command line CHN:USA.",
        pick="pairs", min_length=1, max_length=6,
    )  # fmt: skip

    def ask(self, case: Case, on_step: OnStep = quiet) -> Course:
        """The path."""
        return self.walk(case, on_step)

    def _flows(self, found: Course) -> dict[tuple[str, str], tuple[str, pd.Series]]:
        """By labels of exporter and importer: the pair's name, and its trade in million USD."""
        flows = {}
        for exporter, importer in self.pairs:
            i, n = parties(found, (exporter, importer))
            flows[i.label, n.label] = (_called(i, n), found.flow(exporter, importer))
        return flows

    def tell(self, case: Case, found: Course) -> list[Answer]:
        """A row for each period; bn USD at annual rates."""
        flows = dict(self._flows(found).values())
        table = pd.DataFrame({f"{pair}, bn USD": flow / 1e3 for pair, flow in flows.items()})
        table.index.name = "period"
        changes = {pair: 100 * (flow / flow[BEFORE] - 1).iloc[1:] for pair, flow in flows.items()}
        figure = over_time(
            case, found, changes, "goods trade, % change", "trade-path", "Goods trade over time"
        )
        remark = "At annual rates, before tariff, world value added as the unit of account."
        return [Answer("trade-path", "Trade over time", table, remark, (figure,))]

    def say(self, case: Case, found: Course) -> list[str]:
        """The change in the last period."""
        last = found.labels[-1]
        return [
            f"Goods from {pair} in {last}: {100 * (flow[last] / flow[BEFORE] - 1):+.1f} %."
            for pair, flow in self._flows(found).values()
            if flow[BEFORE] > 0
        ]

    def data(self, case: Case, found: Course) -> list[dict[str, Any]]:
        """Each pair's goods trade before and by period, million USD a year."""
        return [
            {"exporter": i, "importer": n, "sectors": "goods", "trade": by_period(flow)}
            for (i, n), (_, flow) in self._flows(found).items()
        ]

    @measure("change of goods trade in a period", "fraction")
    def change(
        self, case: Case, found: Course, *, exporter: str, importer: str, period: str
    ) -> float:
        """Of a pair in one of the periods, before tariff."""
        flow = found.flow(exporter, importer)
        return float(flow[period] / flow[BEFORE] - 1)


def _called(exporter: Party, importer: Party) -> str:
    return f"{exporter.name} to {importer.name}"
