"""Who caused what: each act's part in the change of real income."""

from typing import Literal

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.figure import Figure
from multipolar.display.words import called, capital, ends_in_words, name, sector_name
from multipolar.errors import InputError, choose
from multipolar.model import Case
from multipolar.model.contributions import Contributions, contributions
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import Side, entry
from multipolar.questions.asking.question import Question, measure
from multipolar.questions.asking.reading import Party, party, source

FEW = 5  # parties, if none are named: those whose income moves most
TOGETHER = "together"
OTHERS = "between others"
ITSELF = "itself"
NO_SECTOR = "acts without a sector"


class Causes(Question):
    """Who caused what: each act's part in the change of real income."""

    cost = "seconds"
    tells_change = True

    countries: tuple[Side, ...] = entry(
        "countries",
        "Countries or blocs whose change is shared out; none: the five whose income moves most.",
        default=(),
        pick="sides",
        max_length=20,
    )
    by: Literal["act", "partner", "sector"] = entry(
        "by",
        "What the change is shared out among: acts, the country on the other side of the border, "
        "or the sectors in which the acts apply.",
        default="act",
    )

    def _parties(self, case: Case) -> list[Party]:
        labels = case.world.countries
        if self.countries:
            return [party(labels, side) for side in self.countries]
        moved = case.outcome.values["real_income"] * case.outcome.values["income_before"]
        return [party(labels, labels[k]) for k in np.argsort(-np.abs(moved))[:FEW]]

    def ask(self, case: Case, on_step: OnStep = quiet) -> Contributions:
        """The parts of every party's change, by act, pair of countries and sector; fractions."""
        if not len(case.policy):
            raise InputError("no act is in force, so nothing has a cause", field="policy")
        income, weights = case.outcome.values["income_before"], {}
        for each in self._parties(case):
            row = np.zeros(len(income))
            row[each.at] = income[each.at] / income[each.at].sum()
            weights[each.label] = row
        return contributions(case, weights, on_step)

    def _parts(self, case: Case, found: Contributions) -> pd.DataFrame:
        """Fractions of real income: a row for each act, partner or sector, a column for a party."""
        if self.by == "act":
            parts = pd.DataFrame(found.by_act, pd.Index(found.acts, name="act"))
            return parts.groupby(level=0, sort=False).sum().set_axis(list(found.parties), axis=1)
        if self.by == "sector":
            index = pd.Index([sector_name(code) for code in case.world.sectors], name="sector")
            parts = pd.DataFrame(found.by_sector.T, index, list(found.parties))
            parts.loc[NO_SECTOR] = found.by_act.sum(axis=0) - found.by_sector.sum(axis=1)
            return parts
        codes, columns = case.world.countries, {}
        for label, pairs in zip(found.parties, found.by_pair, strict=True):
            at = party(codes, label.split(", ") if ", " in label else label).at
            inside = np.zeros(len(codes), dtype=bool)
            inside[at] = True
            sold, bought = pairs[inside].sum(axis=0), pairs[:, inside].sum(axis=1)
            both = pairs[np.ix_(inside, inside)].sum()
            column = pd.Series(np.where(inside, 0.0, sold + bought), [name(c) for c in codes])
            column[ITSELF] = both
            column[OTHERS] = pairs[np.ix_(~inside, ~inside)].sum()
            columns[label] = column
        return pd.DataFrame(columns).rename_axis("partner")

    def tell(self, case: Case, found: Contributions) -> list[Answer]:
        """The parts and their sum, and a waterfall for every party."""
        parts = 100 * self._parts(case, found)
        gap = np.abs(100 * found.total - parts.sum(axis=0)).max()
        parts = parts.loc[(parts.abs().max(axis=1) > 1e-12)]
        order = parts.abs().max(axis=1).sort_values(ascending=False, kind="stable").index
        parts = _short(parts.loc[order])
        table = parts.copy()
        table.loc[TOGETHER] = 100 * found.total
        table.columns = [f"{name(label)}, change, points" for label in table.columns]
        figures = tuple(
            _waterfall(case, parts[label], 100 * total, self.by)
            for label, total in zip(found.parties, found.total, strict=True)
        )
        remark = (
            "Parts of the change of real income, in percentage points. All acts come into force "
            "little by little and together, so no order of acts is chosen; the parts add up to "
            f"the whole but for {gap:.1g} points."
        )
        return [
            Answer(f"causes-{self.by}", f"Who caused what, by {self.by}", table, remark, figures)
        ]

    def say(self, case: Case, found: Contributions) -> list[str]:
        """For the first party: what did most of it."""
        parts = self._parts(case, found).iloc[:, 0].sort_values(key=abs, ascending=False)
        who, largest = called(found.parties[0]), parts.index[0]
        if self.by != "act" or abs(parts.iloc[0]) < 1e-5:
            return []
        return [
            (
                f"{capital(who)}: of the change of {100 * found.total[0]:+.2f} % of real income, "
                f"{largest} accounts for {100 * parts.iloc[0]:+.2f} points, more than any other "
                "act."
            )
        ]

    def data(self, case: Case, found: Contributions) -> dict[str, object]:
        """Parts and totals as fractions of real income, by party."""
        parts = self._parts(case, found)
        return {
            label: {
                "total": float(total),
                "missing": float(total - parts[label].sum()),
                "parts": {str(k): float(v) for k, v in parts[label].items() if v},
            }
            for label, total in zip(found.parties, found.total, strict=True)
        }

    @measure("part of an act in the change of real income", "fraction")
    def part(self, case: Case, found: Contributions, *, country: str, act: str) -> float:
        """Of a country or bloc."""
        label = party(case.world.countries, country).label
        for given, known, field in ((label, found.parties, "country"), (act, found.acts, "act")):
            if given not in known:
                raise InputError(
                    f"{given!r} is not among them{choose(given, known)}", field=f"of.{field}"
                )
        column = found.parties.index(label)
        rows = [k for k, known in enumerate(found.acts) if known == act]
        return float(found.by_act[rows, column].sum())


def _short(parts: pd.DataFrame) -> pd.DataFrame:
    """The largest parts, and the sum of all others."""
    rows = 2 * ROWS
    if len(parts) <= rows:
        return parts
    large = parts.index[: rows - 3].tolist()
    large += [each for each in (ITSELF, OTHERS, NO_SECTOR) if each in parts.index[rows - 3 :]]
    rest = parts.drop(large)
    kept = parts.loc[large].copy()
    kept.loc[f"the {len(rest)} others, each less"] = rest.sum()
    return kept


def _waterfall(case: Case, parts: pd.Series, total: float, by: str) -> Figure:
    """From zero to the whole change, part by part."""
    label = str(parts.name)
    values = pd.DataFrame({by: parts.index, "real income, % change": parts.to_numpy()})
    return charts.waterfall(
        values,
        total=total,
        key=f"causes-{by}-{label}",
        title=f"{name(label)}: who caused {total:+.2f} % of real income",
        source=source(case),
        alt=f"Waterfall of {ends_in_words(values)} Together {total:+.2f}.",
    )
