"""Power of Siberia 2: the price at which all three sides gain, and what it hangs on."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import Answer
from multipolar.display.figure import Figure
from multipolar.energy import (
    Deals,
    Market,
    Sides,
    Terms,
    apply,
    break_evens,
    deals,
    division,
    drawn_terms,
    equilibrium,
    market_of,
    market_under,
)
from multipolar.energy.changes import LAST_YEAR
from multipolar.errors import InputError, choose
from multipolar.model import Case
from multipolar.policy import CloseLink, OpenLink, Policy
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import entry
from multipolar.questions.asking.gas import gas_source, network_line
from multipolar.questions.asking.question import Question, measure
from multipolar.questions.gas_replacement import EUROPE

OUTLOOK = "gas-2035"
PATH = (-4.0, -3.5, -3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
PER_1000 = "USD per 1,000 m3"
CHANGE = "change of the price of gas in China, USD/MMBtu"
NOTHING = 0.5  # USD per 1,000 m3
# What the band is compared with, USD per 1,000 m3.
ANCHORS = {"Power of Siberia 1, 2025": 248.7, "China's ask: 60": 60.0, "or 150": 150.0}
UNITS = {
    "capex": "bn USD", "discount_rate": "a year", "lng": "USD/MMBtu", "demand": "fraction",
    "onward": "USD/MMBtu", "variety": "USD/MMBtu", "detour": "bn USD of capex",
}  # fmt: skip
NAMES = {
    "capex": "capex", "discount_rate": "discount rate", "lng": "price of gas in China (LNG)",
    "demand": "China's demand", "onward": "transport within China",
    "variety": "premium for variety", "detour": "detour around Mongolia",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class SiberiaFound:
    """`cases`: a row for each variant; `drivers`: `energy.break_evens`; `draws`: a row each.

    `path`: a row for each change of the price of gas in China (index, USD/MMBtu). Columns of cases,
    path and draws: flow (Russian bcm), surplus (million USD a year), low, high (the
    band, USD per 1,000 Russian m3), and those of `energy.division`.
    """

    cases: pd.DataFrame
    drivers: pd.DataFrame
    path: pd.DataFrame
    draws: pd.DataFrame


class PowerOfSiberia(Question):
    """Power of Siberia 2: at which price Russia, Mongolia and China all gain, and who gets what."""

    cost = "seconds"
    needs_trade = False
    needs_network = True
    scenario = "power-of-siberia-2"

    capex: float = entry("capex", "To build it.", default=22.0, unit="bn USD", ge=0, le=1000)
    discount_rate: float = entry(
        "discount rate", "At which capex is spread over 30 years.", default=0.10,
        unit="fraction a year", gt=0, le=1,
    )  # fmt: skip
    onward: float = entry(
        "onward transport", "From the border to where it competes with LNG.", default=1.5,
        unit="USD/MMBtu", ge=0, le=20,
    )  # fmt: skip
    lng: float = entry(
        "LNG", "Change of the price of gas in China from more or less LNG.", default=0.0,
        unit="USD/MMBtu", ge=-7, le=3,
    )  # fmt: skip
    demand: float = entry(
        "China's demand", "Change from the outlook.", default=0.0, unit="fraction", ge=-0.6, le=0.6
    )
    variety: float = entry(
        "variety", "What China pays for another supplier; negative: for depending on Russia less.",
        default=0.0, unit="USD/MMBtu", ge=-8, le=8,
    )  # fmt: skip
    detour: float = entry(
        "detour", "More capex around Mongolia, through Kazakhstan.", default=6.0, unit="bn USD",
        ge=0, le=1000,
    )  # fmt: skip
    patience: tuple[float, float, float] = entry(
        "patience", "Rates at which Russia, Mongolia and China discount waiting.",
        default=(0.10, 0.10, 0.10), unit="fraction a year",
    )  # fmt: skip
    samples: int = entry(
        "samples",
        "How many sets of assumptions are drawn for the range.",
        default=200,
        ge=0,
        le=5000,
    )
    drivers: bool = entry("drivers", "Whether to find every driver's break-even.", default=True)

    @property
    def _terms(self) -> Terms:
        for rate in self.patience:
            if not 0 < rate <= 1:
                reason = f"rates must lie above 0 and up to 1 (one is {rate:g})"
                raise InputError(reason, field="patience", value=rate)
        seller, transit, buyer = self.patience
        return Terms(
            capex=self.capex, discount_rate=self.discount_rate, onward=self.onward, lng=self.lng,
            demand=self.demand, variety=self.variety, detour=self.detour, patience_seller=seller,
            patience_transit=transit, patience_buyer=buyer,
        )  # fmt: skip

    def rests(self, case: Case) -> str:
        """The gas network; no trade is solved."""
        return network_line(case, OUTLOOK)

    def ask(self, case: Case, on_step: OnStep = quiet) -> SiberiaFound:
        """Variants, break-evens and draws; see `energy.deals`."""
        market = market_of(case, network=OUTLOOK)
        if market.network.year <= LAST_YEAR:
            reason = f"Power of Siberia 2 needs an outlook (gas-2030, gas-2035), not {case.network}"
            raise InputError(reason, field="network", value=case.network)
        market = market_under(market, case.policy, [Sides().link])
        cases = {}
        for name, (acts, terms) in variants(market, self._terms).items():
            on_step(f"Power of Siberia 2: {name}")
            cases[name] = _row(apply(market, acts).market, [terms]).iloc[0]
        on_step("break-evens")
        drivers, path = pd.DataFrame(), pd.DataFrame()
        if self.drivers:
            drivers = break_evens(market, self._terms)
            steps = [self._terms.changed(lng=step) for step in PATH]
            path = _row(market, steps).set_axis(pd.Index(PATH, name="lng"))
        on_step("draws")
        drawn = drawn_terms(self._terms, self.samples) if self.samples else []
        draws = _row(market, drawn) if drawn else pd.DataFrame()
        return SiberiaFound(pd.DataFrame(cases).T.rename_axis("variant"), drivers, path, draws)

    def tell(self, case: Case, found: SiberiaFound) -> list[Answer]:
        """The band in each variant, who gets what, break-evens, the range of draws."""
        answers = [self._bands(case, found)]
        if found.cases["surplus"].iloc[0] > 0:
            answers.append(self._shares(found))
        if len(found.drivers):
            answers.append(self._drivers(case, found))
        if len(found.draws) and (found.draws["surplus"] > 0).any():
            answers.append(self._range(case, found))
        return answers

    def _bands(self, case: Case, found: SiberiaFound) -> Answer:
        cases = found.cases
        rows = pd.DataFrame(
            {
                "Russia gains above": cases["low"],
                "China gains below": cases["high"],
                "agreed price": cases["nash_price"],
                "surplus, bn USD": cases["surplus"] / 1e3,
                "flow, bcm": cases["flow"],
            }
        )
        values = rows.iloc[:, :3].reset_index().dropna()
        values = values[values["Russia gains above"] < values["China gains below"]]
        title = "Power of Siberia 2: at which price do all gain?"
        figures: tuple[Figure, ...] = ()
        if len(values):
            figures = (
                charts.price_bands(
                    values,
                    ANCHORS,
                    key="power-of-siberia",
                    title=title,
                    subtitle="USD per 1,000 m3 at the Chinese border; black: Nash bargaining",
                    source=gas_source(equilibrium(market_of(case, network=OUTLOOK))),
                    alt="Bands of prices: " + "; ".join(
                        f"{v} {a:.0f} to {b:.0f}" for v, a, b, _ in values.to_numpy()
                    ) + ".",
                ),
            )  # fmt: skip
        remark = (
            "Prices in USD per 1,000 Russian m3 before Mongolia's fee, surplus a year, volumes in "
            "Russian bcm. Compare: Power of Siberia 1 paid 248.7 in 2025; China is said to ask 60 "
            "to 150. Without a surplus there is no deal."
        )
        return Answer("power-of-siberia", title, rows, remark, figures)

    def _shares(self, found: SiberiaFound) -> Answer:
        first = found.cases.iloc[0]
        rows = pd.DataFrame(
            {
                f"{concept}, bn USD a year": [
                    first[f"{key}_{side}"] / 1e3 for side in ("seller", "transit", "buyer")
                ]
                for concept, key in (("Nash bargaining", "nash"), ("Shapley", "shapley"))
            },
            pd.Index(["Russia", "Mongolia", "China"], name="side"),
        )
        remark = (
            f"So much each side loses by a year's delay. Mongolia is paid {first['nash_fee']:.1f} "
            f"USD per 1,000 m3 under Nash bargaining, {first['shapley_fee']:.1f} under Shapley."
        )
        return Answer("power-of-siberia-shares", "Who gets what", rows, remark)

    def _drivers(self, case: Case, found: SiberiaFound) -> Answer:
        drivers = found.drivers
        rows = pd.DataFrame(
            {
                "stated": drivers["stated"],
                "worth nothing at": drivers["break_even"],
                "unit": [UNITS[d] for d in drivers.index],
            }
        ).set_axis(pd.Index([NAMES[d] for d in drivers.index], name="driver"))
        remark = (
            "One driver at a time, the others as stated; -: at no value within its range. For the "
            "detour: from there on the whole surplus hangs on Mongolia."
        )
        title = "At which value of each driver the line is worth nothing"
        figure = self._crossing(case, found)
        return Answer("power-of-siberia-drivers", title, rows, remark, (figure,))

    def _crossing(self, case: Case, found: SiberiaFound) -> Figure:
        """The band against the price of gas in China: where its ends meet, there is no deal."""
        shown = {"low": "Russia gains above", "high": "China gains below"}
        path = found.path[found.path["flow"] > 1][list(shown)].rename(columns=shown)
        values = path.reset_index().melt("lng", var_name="line", value_name=PER_1000)
        zero = found.drivers["break_even"]["lng"]
        return charts.lines(
            values.set_axis([CHANGE, "line", PER_1000], axis=1),
            key="power-of-siberia-break-even",
            title="Where the band closes",
            subtitle=f"{PER_1000}, against the {CHANGE}; the ends meet at {zero:+.1f}",
            source=gas_source(equilibrium(market_of(case, network=OUTLOOK))),
            note="Kinks: other pipelines to China fall idle as LNG gets cheaper.",
            alt=f"Both ends of the band; they meet where gas in China is {zero:+.1f} USD dearer.",
        )

    def _range(self, case: Case, found: SiberiaFound) -> Answer:
        draws, some = found.draws, found.draws[found.draws["surplus"] > 0]
        shown = {"low": "Russia gains above", "high": "China gains below",
                 "nash_price": "agreed price"}  # fmt: skip
        table = some[list(shown)].quantile([0.1, 0.5, 0.9]).T
        rows = table.set_axis(["1 in 10 below", "median", "1 in 10 above"], axis=1)
        rows.index = pd.Index([shown[c] for c in rows.index], name="USD per 1,000 m3")
        share = len(some) / len(draws)
        remark = (
            f"{len(draws)} sets of assumptions, drawn evenly from their ranges "
            "(docs/gas.md), whatever is stated above; the line is worth "
            f"building in {100 * share:.0f} % of them, and the table is about these."
        )
        figure = charts.distribution(
            some[["nash_price"]].set_axis(["agreed price, USD per 1,000 m3"], axis=1),
            key="power-of-siberia-draws",
            title="The agreed price over the draws",
            source=gas_source(equilibrium(market_of(case, network=OUTLOOK))),
            alt=f"Distribution of the agreed price, median {some['nash_price'].median():.0f}.",
        )
        return Answer("power-of-siberia-draws", "The range", rows, remark, (figure,))

    def say(self, case: Case, found: SiberiaFound) -> list[str]:
        """The band and what Europe's exit does to it."""
        first = found.cases.iloc[0]
        if not first["surplus"] > 0:
            return ["Power of Siberia 2 is worth less than it costs: there is no deal."]
        year = market_of(case, network=OUTLOOK).network.year
        told = (
            f"On the assumed outlook of {year} Russia, Mongolia and China would all gain from "
            f"Power of Siberia 2 at a price between {first['low']:.0f} and {first['high']:.0f} "
            f"USD per 1,000 m3; together {first['surplus'] / 1e3:.1f} bn USD a year."
        )
        moved = found.cases["nash_price"]["Europe exits"] - first["nash_price"]
        leaves = f"moves by {moved:+.1f} USD the price"
        leaves = "does not move the price" if abs(moved) < NOTHING else leaves
        return [told, f"Europe's exit from Russian gas {leaves} of Power of Siberia 2."]

    @measure("end of the band, or the agreed price", "USD per 1,000 Russian m3")
    def price(self, case: Case, found: SiberiaFound, *, which: str = "nash_price",
              variant: str = "as stated") -> float:  # fmt: skip
        """Which: "low", "high", "nash_price" or "shapley_price", of a variant."""
        return float(found.cases[which][variant])

    @measure("what a side gains at a price", "million USD a year")
    def gain(
        self, case: Case, found: SiberiaFound, *, side: str, price: str, variant: str = "as stated"
    ) -> float:
        """Of Russia or China, at a border price in USD per 1,000 Russian m3, before any fee."""
        low, high, flow = (float(found.cases[c][variant]) for c in ("low", "high", "flow"))
        try:
            at = float(price)
        except ValueError:
            raise InputError(f"{price!r} is not a number", field="of.price") from None
        gains = {"RUS": (at - low) * flow, "CHN": (high - at) * flow}
        if side not in gains:
            raise InputError(f"no side at the border{choose(side, gains)}", field="of.side")
        return gains[side]

    @measure("what the line is worth to the three sides together", "million USD a year")
    def surplus(self, case: Case, found: SiberiaFound, *, variant: str = "as stated") -> float:
        """Of a variant."""
        return float(found.cases["surplus"][variant])


def variants(market: Market, terms: Terms) -> dict[str, tuple[Policy, Terms]]:
    """What else could be: acts on the network and terms by name."""
    leaves = Policy((CloseLink(russian_ways(market)),))
    line_d = Policy((OpenLink("Central Asia-China D"),))
    return {
        "as stated": (Policy(), terms),
        "Europe exits": (leaves, terms),
        "line D is built": (line_d, terms),
        "LNG 2 USD cheaper": (Policy(), terms.changed(lng=max(terms.lng - 2, -7.0))),
        "variety worth 0.5 USD": (Policy(), terms.changed(variety=terms.variety + 0.5)),
        "all four": (leaves + line_d, terms.changed(
            lng=max(terms.lng - 2, -7.0), variety=terms.variety + 0.5)),
    }  # fmt: skip


def russian_ways(market: Market) -> tuple[str, ...]:
    """The links by which Russian gas reaches Europe: from Russia, or through its two neighbours.

    Through Turkey it could come too, but there Azerbaijan's gas can fill the line: prices and flows
    are those of a ban that follows the gas (see tests).
    """
    nodes, links = market.network.nodes, market.network.links
    ends = [*EUROPE, *(f"{node}-m" for node in EUROPE)]
    russian = links["from"].map(nodes["player"]).isin(["RUS", "BLR", "UKR"])
    return tuple(map(str, links.index[russian & links["to"].isin(ends)]))


def _row(market: Market, terms: list[Terms]) -> pd.DataFrame:
    found: Deals = deals(market, terms)
    table = pd.DataFrame({"flow": found.flow, "surplus": found.surplus, "low": found.low,
                          "high": found.high, "others": found.others})  # fmt: skip
    return table.join(division(found, terms)).astype(float).replace({np.inf: np.nan})
