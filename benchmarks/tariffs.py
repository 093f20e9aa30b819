"""American tariffs by day against independent trackers; writes docs/tariffs.md.

    python benchmarks/tariffs.py

The trackers' averages by partner: `benchmarks/tariffs/trackers.csv`.
"""

import datetime as dt
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd

import multipolar as mp
from multipolar.display.words import name
from multipolar.scenario import Scenario

HERE = Path(__file__).parent
FOLDER, DOCS = HERE / "tariffs", HERE.parent / "docs"
GROUPS = {"EU27": "EU"}


def paid(day: str) -> pd.DataFrame:
    """What partners sell the United States before tariff, and what it takes of it; million USD.

    `before`: at the benchmark's tariffs; `after`: at those of a day.
    """
    case = Scenario.load("tariffs").with_options({}, date=dt.date.fromisoformat(day)).case()
    world, us = case.world, case.world.countries.index("USA")
    goods = slice(0, len(world.pick_sectors("goods")))
    flow = (world.trade.values / (1 + world.tariff.values))[goods, :, us]
    levels = {"before": world.tariff.values, "after": case.policy.wedges(world).tariff}
    table = {when: (flow * level[goods, :, us]).sum(axis=0) for when, level in levels.items()}
    return pd.DataFrame({"flow": flow.sum(axis=0), **table}, world.countries)


def compared() -> pd.DataFrame:
    """The trackers' averages by partner with ours beside them, %."""
    table, world = pd.read_csv(FOLDER / "trackers.csv"), mp.World.load()
    known = {day: paid(day) for day in table["date"].unique()}
    ours = []
    for day, partner, what in zip(table["date"], table["partner"], table["what"], strict=True):
        codes = [world.countries[k] for k in world.pick_countries(GROUPS.get(partner, partner))]
        sums = known[day].loc[codes].sum()
        taken = sums["after"] - (sums["before"] if what == "increase" else 0)
        ours.append(100 * taken / sums["flow"])
    return table.assign(ours=ours, gap=np.array(ours) - table["average"])


def main() -> None:
    """Write the document."""
    table = compared()
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701
    template = environment.from_string((FOLDER / "tariffs.md.jinja").read_text())
    medians = {
        source: float(rows["gap"].abs().median()) for source, rows in table.groupby("source")
    }
    increases = table.loc[table["what"] == "increase", "gap"].abs().median()
    text = template.render(
        table=table, medians=medians, name=name, groups=GROUPS, met=increases < 1,
        known=Scenario.load("tariffs").known_until,
    )  # fmt: skip
    (DOCS / "tariffs.md").write_text(text)
    print(table.to_string(), medians)


if __name__ == "__main__":
    main()
