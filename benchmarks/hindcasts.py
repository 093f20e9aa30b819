"""Does history agree? Feeds past policy, and only that, to a world before it; writes the result.

    python benchmarks/hindcasts.py            # writes docs/hindcasts.md and its pictures

Facts and their sources: `benchmarks/hindcasts/`. Nothing is fitted to a target: horizons are the
years between policy and fact, elasticities the usual ones of the horizon.
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd

import multipolar as mp
from multipolar.display import charts
from multipolar.display.figure import Figure
from multipolar.display.words import name, source_line
from multipolar.leverage import cut_off
from multipolar.questions.asking.reading import goods_trade
from multipolar.scenario import Scenario

HERE = Path(__file__).parent
FACTS = HERE / "hindcasts"
DOCS = HERE.parent / "docs"

SOUTH_EAST_ASIA = ["BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "VNM"]
AFRICA = ["AGO", "CIV", "CMR", "COD", "EGY", "MAR", "NGA", "SEN", "STP", "TUN", "ZAF"]
LATIN_AMERICA = ["ARG", "BRA", "CHL", "COL", "CRI", "MEX", "PER"]

# Bown (PIIE), averages on 1 January 2018 and 1 July 2022, per cent; mean of the days of 2025 over
# its start.
US_ON_CHINA, CHINA_ON_US, US_ON_REST, CHINA_ON_REST = (
    (3.09, 19.28), (7.99, 21.14), (2.17, 3.01), (7.99, 6.51)
)  # fmt: skip
CHINA_ON_US_2025 = 18.89


@dataclass(frozen=True)
class Hindcast:
    """An episode: predicted and actual log changes of shares by partner, and a gravity rule's."""

    title: str
    table: pd.DataFrame  # index: whose; columns: predicted, actual, gravity
    years: str
    outcome: mp.Outcome = field(repr=False)

    @cached_property
    def scores(self) -> dict[str, float]:
        """Slope and correlation of actual on predicted, sign hits, skill over no change."""
        p, a = self.table["predicted"], self.table["actual"]
        return {
            "slope": float(np.polyfit(p, a, 1)[0]),
            "correlation": float(np.corrcoef(p, a)[0, 1]),
            "rank": float(p.corr(a, method="spearman")),
            "sign": float((np.sign(p) == np.sign(a)).mean()),
            "skill": float(1 - ((a - p) ** 2).sum() / (a**2).sum()),
        }

    @property
    def over_gravity(self) -> float:
        """1 - squared error over that of the gravity rule."""
        t = self.table
        miss, rule = (((t["actual"] - t[k]) ** 2).sum() for k in ("predicted", "gravity"))
        return float(1 - miss / rule)

    def picture(self, key: str) -> Figure:
        """Actual against predicted."""
        values = self.table[["predicted", "actual"]].rename(index=name).rename_axis("whose")
        values.columns = [
            "predicted change of share, log points",
            "actual change of share, log points",
        ]
        values = (100 * values).reset_index()
        rests = source_line(self.outcome.world, self.outcome.assumptions.sentence())
        return charts.scatter(
            values,
            diagonal=True,
            key=key,
            title=self.title,
            source=f"{rests} Facts: docs/hindcasts.md.",
            alt=f"{self.title}: actual against predicted change of share, by partner.",
        )


def goods(outcome: mp.Outcome, when: str) -> pd.DataFrame:
    """Goods trade [exporter, importer] before tariff, million USD; home sales left out."""
    return pd.DataFrame(
        goods_trade(outcome, when).sum(axis=0), list(outcome.countries), list(outcome.countries)
    )


def log_share(flow: pd.Series) -> pd.Series:
    """Log shares in the total."""
    sold = flow[flow > 0]
    return np.log(sold / sold.sum())


# --- Russia after 2022 ---------------------------------------------------------------------------


def russia(horizon: float = 2) -> dict[str, Any]:
    """The sanctions of 2022, as in the scenario, on Russia's trade by partner 2021 to 2024."""
    case = Scenario.load("sanctions-2022")
    world, day = case.benchmark(), case.date
    outcome = mp.solve(world, case.policy_on(day), mp.Assumptions(horizon=horizon))
    before = facts_of(HERE.parent / "tools" / "build_world" / "russia-2021.csv")
    after = facts_of(FACTS / "russia-2024.csv")
    total = {
        side: (all_2021, after.loc["world", side])
        for side, all_2021 in (("exports", 492.0), ("imports", 293.7))
    }
    covered = {"exports": 0.60, "imports": 0.55}  # of all goods, as in the scenario's sources
    coalition = [world.countries[k] for k in world.pick_countries("SANCTIONS")]
    old, new = goods(outcome, "before"), goods(outcome, "after")
    made = {}
    for side in ("exports", "imports"):
        flows = [t.loc["RUS"] if side == "exports" else t["RUS"] for t in (old, new)]
        both = after[side].reindex(before.index)
        partners = both[both > 0].index
        actual = np.log(both / total[side][1]) - np.log(before[side] / total[side][0])
        was, now = (log_share(f.drop("RUS")) for f in flows)
        rule = _gravity(flows[0], coalition, covered[side])
        table = pd.DataFrame({"predicted": now - was, "actual": actual, "gravity": rule})
        made[side] = Hindcast(
            f"Russia's {side} by partner", table.loc[partners].dropna(), "2021 to 2024", outcome
        )
    missing = [p for p in before.index if not after.loc[p, "exports"] > 0]
    return made | {"outcome": outcome, "before": old, "after": new, "missing": missing}


def _gravity(flow: pd.Series, lost: list[str], share: float) -> pd.Series:
    """What is lost spreads over the others in proportion to what they had."""
    left = flow.copy()
    left[lost] *= 1 - share
    left = left * np.where(left.index.isin(lost), 1.0,
                           1 + share * flow[lost].sum() / flow.drop(lost).sum())  # fmt: skip
    return log_share(left) - log_share(flow)


def facts_of(path: Path) -> pd.DataFrame:
    """A table of facts; lines that begin with # say where it comes from."""
    return pd.read_csv(path, comment="#", index_col=0)


def _theta(horizon: float) -> float:
    """The trade elasticity of the gravity rule: 5 (Head & Mayer 2014), at the same horizon."""
    return 5.0 * mp.Assumptions(horizon=horizon).horizon_ratio()


def _raised(rates: tuple[float, float]) -> float:
    return (1 + rates[1] / 100) / (1 + rates[0] / 100) - 1


# --- the tariffs of 2018-19 ----------------------------------------------------------------------


def trade_war(horizon: float = 4, elasticities: str = "by-horizon") -> dict[str, Any]:
    """The tariffs of 2018-19 taken back from today's world: who sold the United States what."""
    world = mp.World.load("world-2023")
    rest = ["*", "-USA", "-CHN"]
    policy = sum(
        [
            mp.Tariff("USA", "CHN", rate=US_ON_CHINA[0] / 100, how="set"),
            mp.Tariff("CHN", "USA", rate=CHINA_ON_US[0] / 100, how="set"),
            mp.Tariff("USA", rest, rate=(US_ON_REST[0] - US_ON_REST[1]) / 100),
            mp.Tariff("CHN", rest, rate=(CHINA_ON_REST[0] - CHINA_ON_REST[1]) / 100),
        ],
        mp.Policy(),
    )
    assumed = mp.Assumptions(horizon=horizon, elasticities=elasticities)
    outcome = mp.solve(world, policy, assumed)
    with_war, without = (goods(outcome, when)["USA"] for when in ("before", "after"))
    now, then = (100 * t / t.sum() for t in (with_war, without))
    facts = facts_of(FACTS / "us-imports-2017-2022.csv")["points"]
    rule = then * np.exp(-_theta(horizon) * np.log1p(_raised(US_ON_REST)))
    rule["CHN"] = then["CHN"] * np.exp(-_theta(horizon) * np.log1p(_raised(US_ON_CHINA)))
    spread = 100 * rule / rule.sum() - then
    points = pd.DataFrame(
        {"predicted": (now - then)[facts.index], "actual": facts, "gravity": spread[facts.index]}
    )
    base = then[facts.index]
    logs = points.apply(lambda column: np.log1p(column / base))
    war = Hindcast("US imports by supplier", logs, "2017 to 2022", outcome)
    return {"hindcast": war, "points": points, "outcome": outcome}


# --- the tariffs of 2025 -------------------------------------------------------------------------


def year_2025(horizon: float = 1, elasticities: str = "by-horizon") -> dict[str, Any]:
    """The tariffs of 2025, weighted by the days they were in force, on China's exports."""
    world = mp.World.load("world-2023")
    raised = facts_of(FACTS / "us-tariffs-2025.csv")["increase"] / 100
    acts = [mp.Tariff("USA", "EU", rate=float(raised["EU27"]))]
    inside = {world.countries[k] for k in world.pick_countries("EU")}
    acts += [
        mp.Tariff("USA", code, rate=float(rate))
        for code, rate in raised.items()
        if code in world.countries and code not in inside
    ]
    acts.append(mp.Tariff("CHN", "USA", rate=CHINA_ON_US_2025 / 100))
    assumed = mp.Assumptions(horizon=horizon, elasticities=elasticities)
    outcome = mp.solve(world, sum(acts, mp.Policy()), assumed)
    before, after = (goods(outcome, when).loc["CHN"] for when in ("before", "after"))
    facts = facts_of(FACTS / "china-exports-2025.csv")["change"] / 100
    groups = {"USA": ["USA"], "South-East Asia": SOUTH_EAST_ASIA, "Africa": AFRICA,
              "Latin America": LATIN_AMERICA}  # fmt: skip
    growth = after.sum() / before.sum()
    rows = {}
    us = before["USA"] / before.sum()
    fall = np.exp(-_theta(horizon) * np.log1p(raised["CHN"]))
    fall /= 1 - us + us * fall
    for group, codes in groups.items():
        moved = after[codes].sum() / before[codes].sum() / growth
        real = (1 + facts[group]) / (1 + facts["total"])
        rule = fall if group == "USA" else (1 - us * fall) / (1 - us)
        rows[group] = {"predicted": np.log(moved), "actual": np.log(real), "gravity": np.log(rule)}
    table = pd.DataFrame.from_dict(rows, orient="index")
    found = Hindcast("China's exports by market", table, "2024 to 2025", outcome)
    change = {g: after[c].sum() / before[c].sum() - 1 for g, c in groups.items()}
    return {"hindcast": found, "change": change, "facts": facts, "outcome": outcome,
            "both": _both(goods(outcome, "before"), goods(outcome, "after"))}  # fmt: skip


def _both(before: pd.DataFrame, after: pd.DataFrame) -> float:
    """Change of US-China trade, both ways."""
    old, new = (t.loc["CHN", "USA"] + t.loc["USA", "CHN"] for t in (before, after))
    return float(new / old - 1)


# --- the document --------------------------------------------------------------------------------


def document() -> tuple[str, list[Figure]]:
    """docs/hindcasts.md and its pictures."""
    sanctions, war, tariffs = russia(), trade_war(), year_2025()
    episodes = [sanctions["exports"], sanctions["imports"], war["hindcast"], tariffs["hindcast"]]
    keys = ("hindcast-russia-exports", "hindcast-russia-imports", "hindcast-us-imports")
    figures = [e.picture(key) for e, key in zip(episodes, keys, strict=False)]
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FACTS),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (Markdown of our own numbers)
    )
    made.filters |= {
        "two": "{:.2f}".format,
        "whole": "{:.0f}".format,
        "signed": "{:+.0f}".format,
        "tenth": "{:+.1f}".format,
    }
    text = made.get_template("hindcasts.md.jinja").render(
        episodes=episodes,
        horizons=_horizons(),
        levels=_levels(war, tariffs),
        figures=figures,
        russia=_about_russia(sanctions),
        war=_about_the_war(war),
        tariffs=_about_2025(tariffs),
        published=_published(),
    )
    return text, figures


def _horizons() -> list[tuple[str, list[float]]]:
    """The same at other horizons: how much hangs on it."""
    rows: dict[str, list[float]] = {}
    for horizon in (1, 2, 4, "long-run"):
        found = russia(horizon)
        episodes = [found["exports"], found["imports"]]
        episodes += [run(horizon)["hindcast"] for run in (trade_war, year_2025)]
        for episode in episodes:
            rows.setdefault(episode.title, []).append(episode.scores["skill"])
    return list(rows.items())


def _levels(war: dict[str, Any], tariffs: dict[str, Any]) -> list[tuple[str, list[float]]]:
    """What the elasticities of the world, and those measured on the tariffs of 2018, say of both.

    China's fall in points, skill; change of China's exports to the United States, trade both ways,
    %, skill.
    """
    rows = []
    for title, one, other in (
        ("`world`, those of the world", trade_war(elasticities="world"),
         year_2025(elasticities="world")),
        ("`tariffs-2018`, the default", war, tariffs),
    ):  # fmt: skip
        fall, skill = one["points"].predicted["CHN"], one["hindcast"].scores["skill"]
        year = [100 * other["change"]["USA"], 100 * other["both"]]
        rows.append((title, [fall, skill, *year, other["hindcast"].scores["skill"]]))
    return rows


def _about_russia(found: dict[str, Any]) -> dict[str, Any]:
    ours, theirs = ((t.loc["RUS", "CHN"], t.loc["CHN", "RUS"])
                    for t in (found["before"], found["after"]))  # fmt: skip
    columns = [found[side].table[kind] for side in ("exports", "imports")
               for kind in ("predicted", "actual")]  # fmt: skip
    whom = ("CHN", "IND", "TUR", "BLR", "DEU", "NLD", "ITA", "KOR", "JPN", "USA")
    return {
        "level": 100 * (sum(theirs) / sum(ours) - 1),
        "rows": [(name(p), [100 * np.expm1(c[p]) for c in columns]) for p in whom],
        "missing": " and ".join(name(p) for p in found["missing"]),
    }


def _about_the_war(found: dict[str, Any]) -> dict[str, Any]:
    points = found["points"]
    return {
        "us": US_ON_CHINA,
        "china": CHINA_ON_US,
        "rows": [(name(str(p)), list(row)) for p, row in points.iterrows()],
        "miss": points.loc["CHN", "actual"] - points.loc["CHN", "predicted"],
    }


def _about_2025(found: dict[str, Any]) -> dict[str, Any]:
    half, table = year_2025(0.5), 100 * np.expm1(found["hindcast"].table)
    return {
        "answer": CHINA_ON_US_2025,
        "rows": [
            (market, [100 * found["change"][market], 100 * found["facts"][market],
                      table.loc[market, "predicted"], table.loc[market, "actual"]])
            for market in found["change"]
        ],
        "both": 100 * found["both"],
        "half": 100 * half["change"]["USA"],
        "half_both": 100 * half["both"],
    }  # fmt: skip


def _published() -> dict[str, Any]:
    """Numbers of papers beside ours."""

    def losses(world: mp.World, policy: mp.Policy, horizon: float | str) -> tuple[float, float]:
        outcome = mp.solve(world, policy, mp.Assumptions(horizon=horizon))
        lost = (outcome.real_income * outcome.income_before).to_series()
        inside = [world.countries[k] for k in world.pick_countries("SANCTIONS")]
        share = lost[inside].sum() / outcome.income_before.to_series()[inside].sum()
        return -float(outcome.real_income.sel(country="RUS")), -float(share)

    before, now = mp.World.load("world-2021"), mp.World.load("world-2023")
    ban = mp.Embargo("SANCTIONS", "RUS", "goods") + mp.Policy()
    ratios = [np.divide(*losses(before, ban, horizon)) for horizon in (1, "long-run")]
    alone, joined = cut_off("SANCTIONS", "RUS"), cut_off(["SANCTIONS", "CHN"], "RUS")
    cut = [losses(w, joined, 1)[0] / losses(w, alone, 1)[0] - 1 for w in (before, now)]
    cases = [Scenario.load(k) for k in ("sanctions-2022", "fortress-russia")]
    first, second = (losses(before, c.policy_on(c.date), 2)[0] for c in cases)
    return {"ratio": ratios, "joins": 100 * (second / first - 1), "cut": [100 * x for x in cut]}


def main() -> None:
    """Write the document and its pictures."""
    text, figures = document()
    (DOCS / "figures").mkdir(exist_ok=True)
    for figure in figures:
        figure.save(DOCS / "figures" / f"{figure.key}.svg")
    (DOCS / "hindcasts.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
