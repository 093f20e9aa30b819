"""Does history agree, quarter by quarter? Feeds dated policy to the model, and nothing else.

    python benchmarks/paths.py            # writes the table of hindcasts in docs/time.md

Facts and their sources: `benchmarks/hindcasts/`. Nothing is fitted. Beside the path stands the
static model: one equilibrium at one horizon, under the acts in force on the day.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

import multipolar as mp
from multipolar.scenario import Scenario
from multipolar.world.labels import pick_group

HERE = Path(__file__).parent
FACTS = HERE / "hindcasts"
DOCUMENT = HERE.parent / "docs" / "time.md"
START, END = "<!-- hindcasts -->", "<!-- end of hindcasts -->"

# Bown (PIIE), average tariff of China on US goods over that of 1 January 2025, points, by day.
CHINA_ON_US = {
    "2025-02-10": 0.71, "2025-03-10": 1.43, "2025-04-10": 85.43, "2025-04-12": 126.43,
    "2025-05-14": 11.43, "2025-11-10": 10.71,
}  # fmt: skip
HELD = {"materials_elasticity": 1.0, "input_elasticity": 1.0, "final_elasticity": 1.0}


@dataclass(frozen=True)
class Hindcast:
    """An episode: what a path, the static model and history say, by period."""

    title: str
    unit: str
    table: pd.DataFrame  # index: period; columns: path, static, actual

    def scores(self) -> dict[str, float]:
        """Slope and correlation of actual on the path, sign hits, skill over two rivals."""
        p, s, a = (self.table[name] for name in ("path", "static", "actual"))
        missed = ((a - p) ** 2).sum()
        return {
            "periods": len(a),
            "slope": float(np.polyfit(p, a, 1)[0]),
            "correlation": float(np.corrcoef(p, a)[0, 1]),
            "sign": float((np.sign(p) == np.sign(a)).mean()),
            "over no change": float(1 - missed / (a**2).sum()),
            "over static": float(1 - missed / ((a - s) ** 2).sum()),
        }


def facts(name: str) -> pd.DataFrame:
    """A table of facts; lines that begin with # say where it comes from."""
    return pd.read_csv(FACTS / name, comment="#", index_col=0)


# --- China and Russia after 2022 ------------------------------------------------------------------


def recycling_fees() -> list[mp.Dated]:
    """Russia's fees on cars of October 2024 and January 2025, as in the scenario."""
    known = {act.id: act for act in Scenario.load("recycling-fee").all_acts()}
    first, second = (known[f"fee-{year}"].policy() for year in (2024, 2025))
    change = dt.date(2025, 1, 1)
    return [
        mp.Dated(first, dt.date(2024, 10, 1), change, "fee-2024"),
        mp.Dated(second, change, None, "fee-2025"),
    ]


def china_russia(*, fees: bool = False) -> Hindcast:
    """China's trade with Russia under the sanctions of 2022, % change over 2021."""
    scenario = Scenario.load("sanctions-2022")
    world, acts = scenario.benchmark(), [*scenario.dated_acts()]
    course = mp.path(world, acts + (recycling_fees() if fees else []), "2022Q1:2025Q2")
    both = course.flow("CHN", "RUS") + course.flow("RUS", "CHN")
    static = mp.solve(world, scenario.policy_on(scenario.date), mp.Assumptions(horizon=2, **HELD))
    told = facts("china-russia-by-quarter.csv")["trade"]
    table = pd.DataFrame(
        {
            "path": (100 * (both / both["before"] - 1)).iloc[1:],
            "static": 100 * (_both(static, "after") / _both(static, "before") - 1),
            "actual": 100 * (4 * told.iloc[1:] / told["2021"] - 1),
        }
    )
    title = "China-Russia trade by quarter" + (", with the fees on cars" if fees else "")
    return Hindcast(title, "% over 2021", table)


def _both(outcome: mp.Outcome, when: str) -> float:
    flow = outcome.border_trade(when).isel(sector=pick_group(list(outcome.sectors))).sum("sector")
    return float(flow.loc["CHN", "RUS"] + flow.loc["RUS", "CHN"])


# --- the United States in 2025 --------------------------------------------------------------------


def us_acts(world: mp.World) -> list[mp.Dated]:
    """The US tariffs of 2025-26 by partner and sector, and China's answers."""
    steps = pd.read_csv(FACTS / "us-tariff-steps-2025.csv", comment="#")
    level = np.zeros(world.tariff.shape)
    us, found = world.countries.index("USA"), []
    days = sorted(set(steps["date"]))
    for day, after in zip(days, [*days[1:], None], strict=True):
        for row in steps[steps["date"] == day].itertuples():
            whose = "EU" if row.partner == "EU27" else row.partner
            if whose != "EU" and whose not in world.countries:
                continue
            for i in world.pick_countries(whose):
                level[world.sectors.index(row.sector), i, us] = row.increase / 100
        where = np.where(level != 0, level, np.nan)
        found.append(
            mp.Dated(mp.TariffSchedule(where, how="add"), _day(day), _day(after), f"us-{day}")
        )
    return [*found, *_china_answers()]


def _china_answers() -> list[mp.Dated]:
    days = list(CHINA_ON_US)
    return [
        mp.Dated(mp.Tariff("CHN", "USA", rate=rate / 100), _day(day), _day(after), f"china-{day}")
        for (day, rate), after in zip(CHINA_ON_US.items(), [*days[1:], None], strict=True)
    ]


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def united_states() -> tuple[Hindcast, ...]:
    """China's exports to the United States, and duties collected, in 2025 by month.

    The last of them has buyers who know from 1 January on what the year will bring. Nobody did: it
    is the most that changing suppliers early can do, at a round discount.
    """
    world = mp.World.load("world-2023")
    acts = us_acts(world)
    course = mp.path(world, acts, "2025-01:2025-12")
    known = [replace(act, announced=dt.date(2025, 1, 1)) for act in acts]
    foreseen = mp.path(world, known, "2025-01:2025-12", anticipation=mp.Anticipation(0.05))
    middle = [dt.date(2025, month, 15) for month in range(1, 13)]
    static = [
        mp.solve(
            world,
            sum((act.policy for act in acts if act.in_force(day)), mp.Policy()),
            mp.Assumptions(horizon=1.0, **HELD),
        )
        for day in middle
    ]
    all_known = "China's exports to the United States, 2025, the year's acts known on 1 January"
    return (
        _exports(course, static),
        _exports(foreseen, static, all_known),
        _duties(course, static),
    )


def _exports(
    course: mp.Course,
    static: list[mp.Outcome],
    title: str = "China's exports to the United States, 2025",
) -> Hindcast:
    goods = pick_group(course.data["sector"].values.tolist())
    path = course.flow("CHN", "USA")
    before = path["before"]
    alone = [
        float(o.border_trade().isel(sector=goods).sum("sector").loc["CHN", "USA"]) for o in static
    ]
    months, told = path.iloc[1:], facts("china-exports-to-usa-2025.csv")
    rows = {}
    for period, row in told.iterrows():
        at = slice(int(row["first"][-2:]) - 1, int(row["last"][-2:]))
        rows[period] = {
            "path": 100 * (months.iloc[at].mean() / before - 1),
            "static": 100 * (np.mean(alone[at]) / before - 1),
            "actual": row["change"],
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    return Hindcast(title, "% over 2024", table)


def _duties(course: mp.Course, static: list[mp.Outcome]) -> Hindcast:
    """Duties over the customs value of goods, rise in points over 2024."""
    goods = pick_group(course.data["sector"].values.tolist())
    us = course.data["country"].values.tolist().index("USA")

    def imports(flow: np.ndarray) -> float:
        return float(np.delete(flow[goods][:, :, us], us, axis=1).sum())

    base = float(course.tariff_revenue_before[us]) / imports(course.trade_before.values)
    rate = [
        100 * (float(revenue) / imports(flow) - base)
        for revenue, flow in zip(course.tariff_revenue.values[:, us], course.trade.values,
                                 strict=True)
    ]  # fmt: skip
    alone = [
        100 * (float(o.tariff_revenue[us]) / imports(o.border_trade().values) - base)
        for o in static
    ]
    told = facts("us-duties-by-month.csv")
    year = told[told.index < "2025"].sum()
    actual = 100 * (told["duties"] / told["imports"] - year["duties"] / year["imports"])
    table = pd.DataFrame({"path": rate, "static": alone}, index=course.labels)
    return Hindcast(
        "US duties by month, 2025", "points over 2024", table.assign(actual=actual).dropna()
    )


# --- the document ---------------------------------------------------------------------------------


def everything() -> list[Hindcast]:
    """Every hindcast, in the order of the document."""
    return [china_russia(), china_russia(fees=True), *united_states()]


def as_markdown(found: list[Hindcast]) -> str:
    """The tables of the document."""
    lines = [
        "| episode | periods | slope | correlation | sign | skill over no change | over static |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in found:
        s = each.scores()
        lines.append(
            f"| {each.title} | {s['periods']} | {s['slope']:.2f} | {s['correlation']:.2f} | "
            f"{100 * s['sign']:.0f} % | {s['over no change']:.2f} | {s['over static']:.2f} |"
        )
    for each in found:
        lines += ["", f"{each.title}, {each.unit}:", "", "| | path | static | actual |",
                  "|---|---|---|---|"]  # fmt: skip
        for period, row in each.table.iterrows():
            cells = [f"{row[name]:+.1f}" for name in ("path", "static", "actual")]
            lines.append(f"| {period} | {' | '.join(cells)} |")
    return "\n".join(lines)


def write(text: str, put: Callable[[str], object] = DOCUMENT.write_text) -> None:
    """Put the tables between their marks in the document."""
    old = DOCUMENT.read_text(encoding="utf-8")
    head, rest = old.split(START)
    put(f"{head}{START}\n\n{text}\n\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    write(as_markdown(everything()))
