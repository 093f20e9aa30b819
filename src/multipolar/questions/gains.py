"""Who gains and who loses: real income, prices and trade of countries and blocs."""

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.figure import Figure
from multipolar.display.words import called, capital, ends_in_words, listed, name
from multipolar.model import Case, Outcome
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Question, Shown, measure
from multipolar.questions.asking.reading import income_change, parties, party, source

FEW = 3
BELIEVED = 0.5  # change of real income beyond which a result needs a word of warning
# Changes of real income (%) so small that closure and elasticities decide their sign; see third
# countries in the table of docs/assumptions.md.
NEAR_ZERO = 0.05
INCOME, BILLIONS = "real income, % change", "real income, bn USD"


class Gains(Question):
    """Who gains and who loses: real income, prices and trade of countries and blocs."""

    tells_change = True

    countries: tuple[Side, ...] = entry(
        "countries",
        "Countries or blocs in the table and the headline; none: those with the largest changes.",
        default=(),
        pick="sides",
        max_length=100,
    )

    def tell(self, case: Case, found: Outcome) -> list[Answer]:
        """The table, a map of all countries, bars of the chosen ones."""
        rows, extra = self._rows(found)
        total = 100 * income_change(found, np.arange(len(found.countries)))[0]
        moved = income_change(found, np.arange(len(found.countries)))[1] / 1e3
        remark = (
            f"Real income of the {len(found.countries)} countries together: {moved:+,.0f} bn USD "
            f"({total:+.2f} %).{extra}"
        )
        rows = rows.rename(index=name).rename_axis("country")
        figures = (_map(case, found), _bars(case, rows))
        return [Answer("real-income", "Who gains and who loses", rows, remark, figures)]

    def shown(self, case: Case, found: Outcome) -> list[Shown]:
        """Real income of the table's countries."""
        return [
            Shown(
                "real_income",
                {"country": code},
                f"real income of {called(code)}",
                "%",
                100.0,
                name(code),
                INCOME,
            )
            for code in self._rows(found)[0].index
        ]

    def _rows(self, found: Outcome) -> tuple[pd.DataFrame, str]:
        """The chosen countries and the extremes, largest loss first; and which ones were added."""
        everyone = found.table()
        ranked = list(everyone.index)
        if self.countries:
            chosen = found.table(list(self.countries))
            moved = everyone[INCOME].abs() >= NEAR_ZERO
            ends = [c for c in ranked[:FEW] + ranked[-FEW:] if c not in chosen.index and moved[c]]
            table = pd.concat([chosen, everyone.loc[ends]]).sort_values(INCOME, kind="stable")
        else:
            ends = []
            table = (
                everyone
                if len(ranked) <= 2 * ROWS
                else everyone.iloc[[*range(ROWS), *range(-ROWS, 0)]]
            )
        who = [party(found.countries, code) for code in table.index]
        table.insert(1, BILLIONS, [income_change(found, each.at)[1] / 1e3 for each in who])
        extra = (
            f" Added because their changes are the largest: {', '.join(map(name, ends))}."
            if ends
            else ""
        )
        return table, extra

    def say(self, case: Case, found: Outcome) -> list[str]:
        """All countries together; who loses and gains most; for whom the sign is uncertain."""
        if not len(case.policy):
            return ["No act is in force, so nothing changes."]
        return [_together(found), *self._named(found), *_extremes(found)]

    def _named(self, found: Outcome) -> list[str]:
        chosen = [party(found.countries, side) for side in self.countries or found.countries]
        change = [income_change(found, each.at) for each in chosen]
        table = pd.DataFrame(
            {
                "percent": [100 * share for share, _ in change],
                "bn": [usd / 1e3 for _, usd in change],
            },
            pd.Index([each.called for each in chosen]),
        )
        clear = table[table["percent"].abs() >= NEAR_ZERO].sort_values("bn")
        sides = (("loses", clear[clear["bn"] < 0]), ("gains", clear[clear["bn"] > 0][::-1]))
        said = [_most(verb, rows[:FEW]) for verb, rows in sides if len(rows)]
        small = list(table.index[table["percent"].abs() < NEAR_ZERO]) if self.countries else []
        if small:
            said.append(
                f"For {listed(small)} the change is within {NEAR_ZERO:g} % of zero: its sign "
                "may depend on the assumptions."
            )
        return said

    def data(self, case: Case, found: Outcome) -> dict[str, object]:
        """Real income by party: a fraction, and million USD a year."""
        return {
            each.label: dict(
                zip(("real_income", "real_income_usd"), income_change(found, each.at), strict=True)
            )
            for each in parties(found, self.countries or found.countries)
        }

    @measure("change of real income", "fraction")
    def real_income(self, case: Case, found: Outcome, *, country: str) -> float:
        """Of a country or bloc."""
        return income_change(found, party(found.countries, country).at)[0]

    @measure("change of consumer prices; world value added is the numeraire", "fraction")
    def price_index(self, case: Case, found: Outcome, *, country: str) -> float:
        """Of a country or bloc."""
        at, income = party(found.countries, country).at, found.values["income_before"]
        return float(np.average(found.values["price_index"][at], weights=income[at]))

    @measure("without work, of those who would work; zero unless wages have a floor", "fraction")
    def unemployment(self, case: Case, found: Outcome, *, country: str) -> float:
        """Of a country or bloc."""
        at, income = party(found.countries, country).at, found.values["income_before"]
        return float(np.average(found.values["unemployment"][at], weights=income[at]))

    @measure("change of tariff revenue", "million USD a year")
    def tariff_revenue(self, case: Case, found: Outcome, *, country: str) -> float:
        """Of a country or bloc."""
        at = party(found.countries, country).at
        after, before = (found.values[f"tariff_revenue{end}"][at].sum() for end in ("", "_before"))
        return float(after - before)


def _together(outcome: Outcome) -> str:
    count = len(outcome.countries)
    share, moved = income_change(outcome, np.arange(count))
    if abs(100 * share) < 0.005:
        return f"The {count} economies together change by less than 0.005 % of real income."
    verb = "gain" if share > 0 else "lose"
    return (
        f"The {count} economies together {verb} {100 * abs(share):.2f} % of real income, "
        f"{abs(moved) / 1e3:,.0f} bn USD a year."
    )


def _extremes(outcome: Outcome) -> list[str]:
    """A warning if a result is so large that it says more about the model than about the world."""
    change = outcome.values["real_income"]
    far = [called(outcome.countries[k]) for k in np.flatnonzero(np.abs(change) > BELIEVED)]
    if not far:
        return []
    few = f"{listed(far[:FEW])}{f' and {len(far) - FEW} more' if len(far) > FEW else ''}"
    return [
        (
            f"Beware: real income of {few} changes by more than half. That is an equilibrium of "
            "the model, but far outside anything with which the model has been compared."
        )
    ]


def _most(verb: str, rows: pd.DataFrame) -> str:
    parts = [
        f"{who} {verb if k == 0 else ''} {abs(row.percent):.2f} % "
        f"({abs(row.bn):,.{0 if abs(row.bn) >= 10 else 1}f} bn USD a year)".replace("  ", " ")
        for k, (who, row) in enumerate(rows.iterrows())
    ]
    return f"{listed([capital(parts[0]), *parts[1:]])}."


def _map(case: Case, outcome: Outcome) -> Figure:
    """Real income of every country on the map."""
    values = pd.DataFrame(
        {
            "code": list(outcome.countries),
            "country": [name(c) for c in outcome.countries],
            INCOME: 100 * outcome.real_income.to_numpy(),
        }
    )
    day = f" ({case.date.day} {case.date:%B %Y})" if case.date else ""
    of = f"; {case.name}{day}" if case.name else ""
    return charts.shape_map(
        values,
        least=10 * NEAR_ZERO,
        key="map-real-income",
        title=_together(outcome).removesuffix(".") if len(case.policy) else "No act yet",
        subtitle=f"{INCOME}{of}",
        source=source(case),
        alt=f"World map of {ends_in_words(values[['country', INCOME]])}",
    )


def _bars(case: Case, table: pd.DataFrame) -> Figure:
    """Real income of a table's countries (index: names), largest loss first."""
    values = table[[INCOME]].sort_values(INCOME).reset_index()
    return charts.ranked_bars(
        values,
        key="bars-real-income",
        title="Real income of chosen countries and of the extremes",
        source=source(case),
        alt=f"Bars of {ends_in_words(values)}",
    )
