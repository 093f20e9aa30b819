"""What a change of the policy would do to a country: the case compared with a second case."""

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from pydantic import model_validator

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.display.words import capital, ends_in_words, name
from multipolar.errors import InputError, choose, did_you_mean
from multipolar.model import Case, Outcome
from multipolar.policy.dated import DatedAct
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Question, Shown, measure
from multipolar.questions.asking.reading import income_change, party, source

ENDS = 5
DIFFERENCE = "difference, bn USD change a year"


@dataclass(frozen=True)
class Compared:
    """Two outcomes on one world: of the case, and of the case with the change (what if)."""

    here: Outcome
    there: Outcome


class WhatIf(Question):
    """What a change of the policy would do to a country: the case compared with a second case."""

    cost = "seconds"

    country: Side = entry("country", "Who is affected: a country or bloc.", pick="side")
    title: str = entry("title", "Title of the result, such as: The step of 2026.", default="")
    without: tuple[str, ...] = entry(
        "without", "Acts of the case that are left out.", default=(), pick="acts"
    )
    policy: tuple[DatedAct, ...] = entry("acts", "Acts that are added.", default=())
    reads: Literal["worth", "change"] = entry(
        "reads",
        'Whether the title names what the case has ("worth": the case less what if) or what the '
        'second one has ("change": what if less the case).',
        default="change",
    )

    @model_validator(mode="after")
    def _changes_something(self) -> "WhatIf":
        if not self.without and not self.policy:
            raise ValueError("changes nothing; name acts to leave out (without) or to add (policy)")
        return self

    def fields(self) -> dict[str, Any]:
        """As in a scenario file, but without the folder of a file of tariffs."""
        fields = super().fields()
        for act in fields.get("policy", []):
            act.pop("folder", None)
        return fields

    def acts(self) -> tuple[DatedAct, ...]:
        """The acts that are added."""
        return self.policy

    def ask(self, case: Case, on_step: OnStep = quiet) -> Compared:
        """Both outcomes."""
        on_step(self.title or "what if")
        (other,) = self.beside(case)
        return Compared(case.outcome, other.outcome)

    def beside(self, case: Case) -> tuple[Case]:
        """What if, as a case; one and the same as long as the case remembers it."""
        return (case.once(f"what if {self.model_dump_json()}", lambda: self._other(case)),)

    def _other(self, case: Case) -> Case:
        known = [act.name for act in case.policy if act.name]
        missing = [act for act in self.without if act not in known]
        if missing and (len(missing) == len(self.without) and not self.policy):
            raise InputError(
                f"{missing[0]!r} is not an act in force{choose(missing[0], known)}",
                field="without",
                value=missing[0],
            )
        policy = case.policy.without(self.without)
        for act in self.policy:
            if act.in_force(case.date):
                policy = policy + act.policy(case.date)
        return case.with_policy(policy)

    def _worth(self, found: Compared) -> float:
        """Real income in the case less that of what if, million USD of the benchmark."""
        at = party(found.here.countries, self.country).at
        return income_change(found.here, at)[1] - income_change(found.there, at)[1]

    def _told(self, found: Compared) -> float:
        return self._worth(found) if self.reads == "worth" else -self._worth(found)

    @property
    def _title(self) -> str:
        left = f"without {', '.join(self.without)}" if self.without else ""
        added = ", ".join(act.id for act in self.policy)
        return self.title or " and ".join(filter(None, (left, added and f"with {added}")))

    def tell(self, case: Case, found: Compared) -> list[Answer]:
        """Real income in both, and the difference in the sense of the title."""
        who = party(found.here.countries, self.country)
        here, there = (100 * income_change(o, who.at)[0] for o in (found.here, found.there))
        reads = "the case less what if" if self.reads == "worth" else "what if less the case"
        remark = f"Difference for {self._title!r}: {reads}."
        table = pd.DataFrame(
            {
                "for": who.name,
                "real income in the case, % change": here,
                "real income what if, % change": there,
                DIFFERENCE: self._told(found) / 1e3,
            },
            pd.Index([self._title], name="what if"),
        )
        return [Answer("what-if", "What if", table, remark, (self._bars(case, found),), joins=True)]

    def _bars(self, case: Case, found: Compared) -> Figure:
        sign = 1.0 if self.reads == "worth" else -1.0
        gap = sign * (found.here.values["real_income"] - found.there.values["real_income"])
        moved = pd.Series(
            gap * found.here.values["income_before"] / 1e3, list(found.here.countries)
        )
        own = [found.here.countries[k] for k in party(found.here.countries, self.country).at[:ENDS]]
        ranked = moved.sort_values()
        shown = list(dict.fromkeys([*ranked.index[:ENDS], *own, *ranked.index[-ENDS:]]))
        heading = "real income, bn USD change a year"
        values = pd.DataFrame(
            {"country": [name(c) for c in shown], heading: moved[shown].to_numpy()}
        ).sort_values(heading)
        return charts.ranked_bars(
            values,
            key=f"what-if-{self.name or party(found.here.countries, self.country).label}",
            title=f"{self._title}: who gains and loses",
            source=source(case),
            alt=f"Bars of {ends_in_words(values)}",
        )

    def say(self, case: Case, found: Compared) -> list[str]:
        """The difference in money."""
        who = party(found.here.countries, self.country)
        whose = "" if who.name in self._title else f" for {who.called}"
        sign = "" if self.reads == "worth" else "+"
        told = f"{self._told(found) / 1e3:{sign},.2f} bn USD a year"
        return [f"{capital(self._title)}{whose}: {told}."]

    def data(self, case: Case, found: Compared) -> dict[str, object]:
        """Changes of real income as fractions; what it is worth, million USD a year."""
        at = party(found.here.countries, self.country).at
        return {
            "real_income": income_change(found.here, at)[0],
            "real_income_what_if": income_change(found.there, at)[0],
            "worth": self._worth(found),
        }

    def shown(self, case: Case, found: Compared) -> list[Shown]:
        """The difference in the sense of the title."""
        who = party(found.here.countries, self.country)
        scale = 1e-3 if self.reads == "worth" else -1e-3
        label = self._title if who.name in self._title else f"{self._title}, for {who.called}"
        return [Shown("worth", {}, label, "bn USD", scale, self._title, DIFFERENCE)]

    def leaves_out_unknown(self, known: list[str]) -> str:
        """A sentence about an act that is left out but does not exist; empty where all do."""
        for act in self.without:
            if act not in known:
                return f"leaves out {act!r}, which is not an act{did_you_mean(act, known)}"
        return ""

    @measure("real income in the case less that of what if", "million USD a year")
    def worth(self, case: Case, found: Compared) -> float:
        """To the question's country."""
        return self._worth(found)
