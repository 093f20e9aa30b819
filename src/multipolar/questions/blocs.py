"""Who sides with whom, by which rule, how surely, and who changes sides with the rule."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from multipolar.alignment.blocs import (
    DEFAULT,
    EAST,
    RULES,
    WEST,
    RuleName,
    blocs,
    by_rules,
    disagreements,
    flips,
    memberships,
)
from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.figure import Figure
from multipolar.display.words import listed, name
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.alignment import SOURCE, OnAlignment, day_of
from multipolar.questions.asking.fields import entry
from multipolar.questions.asking.plain import plain
from multipolar.questions.asking.question import measure

SHORT = dict(
    zip(
        RULES, ("stated rule", "ideal points", "2022", "2025", "all 2025", "pacts", "sanctions"),
        strict=True,
    )
)  # fmt: skip
LETTER = {WEST: "W", EAST: "C", "between": "b"}


@dataclass(frozen=True, eq=False)
class Sides:
    """`chosen`: bloc, margin, certainty by the question's rule. `rules`: state x rule.

    `odd`: states whose bloc by ideal points and vote of 2 March 2022 disagree. `belongs`: dated
    memberships. Only states of the world; one without data has NaN.
    """

    chosen: pd.DataFrame
    rules: pd.DataFrame
    odd: pd.DataFrame
    belongs: pd.Series


class Blocs(OnAlignment):
    """Who sides with whom, by which rule, how surely, and who changes sides with the rule."""

    rule: RuleName = entry("rule", "By which blocs are drawn; docs/alignment.md.", default=DEFAULT)

    def ask(self, case: Case, on_step: OnStep = quiet) -> Sides:
        """Every rule on every state of the world; see `alignment.blocs`."""
        states, day = list(case.world.countries), day_of(case)
        chosen = blocs(self.rule, day=day).reindex(states)
        belongs = memberships(states, day)
        return Sides(chosen, by_rules(states, day=day), disagreements(states), belongs)

    def tell(self, case: Case, found: Sides) -> list[Answer]:
        """Blocs, who is near a cut, who flips, who disagrees with the vote."""
        return [self._blocs(found), self._flips(found), _odd(found)]

    def _blocs(self, found: Sides) -> Answer:
        chosen = found.chosen.dropna(subset=["bloc"])
        near = chosen.sort_values(["certainty", "margin"]).head(2 * ROWS)
        table = pd.DataFrame(
            {
                "bloc": near["bloc"],
                "margin": near["margin"],
                "certainty": near["certainty"],
                "member of": [found.belongs[c] or "-" for c in near.index],
            }
        ).rename(index=name).rename_axis("nearest to a cut")  # fmt: skip
        counts = chosen["bloc"].value_counts()
        without = found.chosen.index[found.chosen["bloc"].isna()]
        names = [name(c) for c in without]
        nobody = f" Not assigned, for want of data: {listed(names)}." if names else ""
        remark = (
            f"{'; '.join(f'{k}: {v}' for k, v in counts.items())}. {RULES[self.rule].says}. Margin "
            f"in {RULES[self.rule].unit}; certainty is the probability of this side of the cut."
            f"{nobody}"
        )
        title = f"Blocs, rule: {self.rule}"
        return Answer("blocs", title, table, remark, self._maps(found))

    def _maps(self, found: Sides) -> tuple[Figure, ...]:
        chosen = found.chosen.dropna(subset=["bloc"])
        if chosen.empty:
            return ()
        names = [name(c) for c in chosen.index]
        counts = chosen["bloc"].value_counts()
        sides = charts.shape_map(
            pd.DataFrame({"code": chosen.index, "country": names, "bloc": chosen["bloc"].values}),
            key="blocs",
            title=f"Blocs, rule: {self.rule}",
            source=SOURCE,
            alt=f"World map of blocs: {', '.join(f'{k} {v} states' for k, v in counts.items())}.",
        )
        known = chosen.dropna(subset=["margin"])
        if known.empty:
            return (sides,)
        heading = "margin, plus: West"
        signed = known["margin"] * np.where(known["bloc"] == WEST, 1.0, -1.0)
        values = pd.DataFrame(
            {"code": known.index, "country": [name(c) for c in known.index], heading: signed.values}
        )
        margins = charts.shape_map(
            values,
            key="blocs-margins",
            title="How far from the cut",
            subtitle=f"{heading}; {RULES[self.rule].unit}",
            source=SOURCE,
            alt=f"World map of margins, largest {signed.abs().max():.1f}.",
        )
        return (sides, margins)

    def _flips(self, found: Sides) -> Answer:
        known = found.rules.dropna(thresh=2)
        turned = known[flips(known)]
        across = turned[(turned == WEST).any(axis=1) & (turned == EAST).any(axis=1)]
        table = across.apply(lambda column: column.map(LETTER).fillna("-"))
        table = table.rename(columns=SHORT, index=name).rename_axis("state")
        remark = (
            f"{len(turned)} of {len(known)} change with the rule, {len(across)} of them from West "
            "(W) to China's side (C), listed here; b: between, -: no data. "
            + "; ".join(f"{SHORT[rule]}: {RULES[rule].says}" for rule in RULES)
            + "."
        )
        return Answer("blocs-flips", "Who changes sides under which rule", table, remark)

    def say(self, case: Case, found: Sides) -> list[str]:
        """How much hangs on the rule."""
        known = found.rules.dropna(thresh=2)
        if known.empty:
            return []
        said = (
            f"{int(flips(known).sum())} of {len(known)} economies change their bloc with the rule "
            f"by which blocs are drawn; {len(found.odd)} are on China's side by ideal points and "
            "voted for the resolution of 2 March 2022 or the other way round."
        )
        return [said]

    def data(self, case: Case, found: Sides) -> dict[str, Any]:
        """Blocs with margins and certainty, all rules, memberships, disagreements."""
        return {
            "rule": self.rule,
            "states": plain(found.chosen.to_dict("index")),
            "rules": plain(found.rules.to_dict("index")),
            "memberships": found.belongs.to_dict(),
            "disagree_with_2022": plain(found.odd.to_dict("index")),
        }

    @measure("states that change their bloc with the rule", "states")
    def flipping(self, case: Case, found: Sides) -> float:
        """Of those with data for two rules or more."""
        return float(flips(found.rules).sum())

    @measure("margin to the nearest cut", "unit of the rule")
    def margin(self, case: Case, found: Sides, *, country: str) -> float:
        """Of a country, by the question's rule."""
        return float(found.chosen["margin"][country])


def _odd(found: Sides) -> Answer:
    table = found.odd.rename(index=name).rename_axis("state")
    table.columns = pd.Index(["bloc by ideal points", "vote of 2 March 2022"])
    remark = "West that did not vote for, or China's side that voted for. Ideal points of 2022-25."
    title = "Whose vote of 2 March 2022 disagrees with its bloc"
    return Answer("blocs-2022", title, table, remark)
