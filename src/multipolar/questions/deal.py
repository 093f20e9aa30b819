"""What would buy each third country against the rival of a hegemon, and what would stop it."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from multipolar import strategy
from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.display.words import called, ends_in_words, listed, name
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.courting import CourtingQuestion, words_of
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.plain import plain
from multipolar.questions.asking.question import Shown, measure
from multipolar.questions.asking.reading import source
from multipolar.strategy import Deals

FEW = 5  # up to this many third countries, the parts of the deal are drawn instead of a map
FIRST = 3  # how many countries the headline names
SHOWN = {
    "tariff": "tariff today, %",
    "relief": "relief alone, % change",
    "loss": "lost to the rival, % change",
    "deal": "the deal, % change",
    "accepts": "accepts",
    "least": "least relief, % of tariff",
    "break_even": "deterring threat, points",
}
PARTS = {
    "relief": "relief alone",
    "demand": "the demand alone",
    "loss": "the rival's retaliation",
    "deal": "the deal with retaliation",
    "counter": "if the rival drops its own tariff",
}
INCOME = "% of real income"


class Deal(CourtingQuestion):
    """What would buy each third country against the rival of a hegemon, and what would stop it."""

    cost = "minutes"

    thirds: tuple[Side, ...] = entry(
        "third countries", "Who is courted; * for all.", default=("*",), pick="sides", min_length=1
    )
    offer: float = entry(
        "offer",
        "Share of the hegemon's tariff that is taken away.",
        default=1.0,
        unit="fraction",
        ge=0,
        le=1,
    )
    retaliation: float | Literal["optimal"] = entry(
        "retaliation",
        "What the rival adds to its tariff; optimal: what serves the rival best.",
        default=0.25,
        unit="fraction",
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> Deals:
        """Every country's reply; see `strategy.deal`."""
        terms = strategy.Terms(self.hegemon, self.rival, self.demand, self.offer, self.retaliation)
        thirds = words_of(self.thirds)
        return strategy.deal(case, terms, thirds, self.siding, on_step=on_step)

    def tell(self, case: Case, found: Deals) -> list[Answer]:
        """A row for each country, and for which the deal is worth it."""
        table = found.table
        rows = pd.DataFrame(
            {
                heading: np.where(table[key], "yes", "no")
                if key == "accepts"
                else 100 * table[key].to_numpy(float)
                for key, heading in SHOWN.items()
            },
            pd.Index([name(code) for code in table.index], name="country"),
        )
        hegemon, rival = called(found.terms.hegemon), called(found.terms.rival)
        draw = self._many if len(table) > FEW else self._few
        title = f"The deal of {hegemon} against {rival}"
        return [Answer(self._key, title, rows, self._terms(found), draw(case, found))]

    @property
    def _key(self) -> str:
        return f"deal-{self.hegemon}-{self.rival}"

    def _terms(self, found: Deals) -> str:
        hegemon, rival = called(found.terms.hegemon), called(found.terms.rival)
        threat = self.retaliation
        reply = "its best" if isinstance(threat, str) else f"{100 * threat:g} points"
        remark = (
            f"Asked: {100 * self.demand:g} % on goods from {rival}, for {100 * self.offer:g} % of "
            f"the tariff of {hegemon} taken away; {rival} retaliates by {reply}. "
            f"{len(found.accepting())} of {len(found.table)} accept; leanings count only where "
            "stated."
        )
        if found.failed:
            remark += f" No equilibrium for: {', '.join(map(name, found.failed))}."
        return remark

    def say(self, case: Case, found: Deals) -> list[str]:
        """How many accept, and which countries gain most."""
        yes = found.accepting()
        first = f", first {listed([called(c) for c in yes[:FIRST]])}" if yes else ""
        return [
            (
                f"{len(yes)} of {len(found.table)} countries would take the deal of "
                f"{called(found.terms.hegemon)} against {called(found.terms.rival)}{first}."
            )
        ]

    def data(self, case: Case, found: Deals) -> dict[str, Any]:
        """Terms, a row for each country (fractions; transfer in million USD), and failures."""
        return {
            "terms": plain(found.terms),
            "countries": plain(found.table.to_dict("index")),
            "failed": dict(found.failed),
        }

    def _many(self, case: Case, found: Deals) -> tuple[Figure, ...]:
        """For which countries the deal is worth it; gain from relief against loss."""
        table, hegemon, rival = found.table, called(found.terms.hegemon), called(found.terms.rival)
        names, worth = [name(code) for code in table.index], f"deal with retaliation, {INCOME}"
        values = pd.DataFrame(
            {"code": table.index, "country": names, worth: 100 * table["deal"].to_numpy()}
        )
        world_map = charts.shape_map(
            values,
            key=f"{self._key}-map",
            title=f"Who would take the deal of {hegemon} against {rival}",
            source=source(case),
            alt=f"World map of the worth of the deal: {ends_in_words(values[['country', worth]])}",
        )
        loss, relief = f"loss under retaliation, {INCOME}", f"gain from relief alone, {INCOME}"
        both = pd.DataFrame(
            {
                "country": names,
                loss: 100 * table["loss"].to_numpy(),
                relief: 100 * table["relief"].to_numpy(),
            }
        )
        scatter = charts.scatter(
            both,
            key=f"{self._key}-sides",
            title="Two dependences",
            subtitle=f"gain from relief by {hegemon} against loss under retaliation by {rival}, "
            f"{INCOME}",
            source=source(case),
            alt="Gain from relief against loss under retaliation: "
            + ends_in_words(both[["country", relief]]),
        )
        return world_map, scatter

    def _few(self, case: Case, found: Deals) -> tuple[Figure, ...]:
        """What the deal is made of, country by country."""
        values = pd.DataFrame(
            [
                (words, name(str(code)), 100 * float(row[part]))
                for part, words in PARTS.items()
                for code, row in found.table.iterrows()
            ],
            columns=["part", "country", INCOME],
        )
        about: Any = {
            "key": f"{self._key}-parts",
            "title": "What the deal is made of",
            "source": source(case),
            "alt": f"Parts of the deal: {ends_in_words(values[['part', INCOME]])}",
        }
        if len(found.table) == 1:
            return (charts.ranked_bars(values[["part", INCOME]], **about),)
        return (charts.heat_map(values, digits=2, **about),)

    def shown(self, case: Case, found: Deals) -> list[Shown]:
        """The worth of the deal to each country, and how many accept."""
        each = [
            Shown("worth", {"country": code}, name(code), "%", 100.0) for code in found.table.index
        ]
        return [*each, Shown("accepting", {}, "countries that accept", "countries")]

    @measure("worth of the deal, retaliation included", "fraction of real income")
    def worth(self, case: Case, found: Deals, *, country: str) -> float:
        """To a third country."""
        return float(found.table["deal"][country])

    @measure("how many accept", "countries")
    def accepting(self, case: Case, found: Deals) -> float:
        """Of those asked."""
        return float(len(found.accepting()))
