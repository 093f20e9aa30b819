"""The price of neutrality: what it costs to join neither hegemon, and who gives in first."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from multipolar.alignment.clubs import GAIN, neutrality, tipping
from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.figure import Figure
from multipolar.display.words import called, ends_in_words, name
from multipolar.errors import InputError
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import entry
from multipolar.questions.asking.hegemons import HegemonsQuestion
from multipolar.questions.asking.plain import plain
from multipolar.questions.asking.question import measure
from multipolar.questions.asking.reading import source

PRICE = "price of neutrality, %"


@dataclass(frozen=True, eq=False)
class Price:
    """`prices` [player, share], log income; `tips` the share at which each player gives in.

    `sides`: the club, 1 the first's and -1 the second's, that is worth more at the last share.
    """

    prices: pd.DataFrame
    sides: pd.Series
    tips: pd.Series


class Neutrality(HegemonsQuestion):
    """The price of neutrality: what it costs to join neither hegemon, and who gives in first."""

    cost = "minutes"
    scenario = ""

    shares: tuple[float, ...] = entry(
        "shares",
        "The neutrals' share of both threats, ascending, 0 to 1.",
        default=(0.0, 0.25, 0.5, 0.75, 1.0),
        unit="fraction",
        min_length=2,
        max_length=12,
    )

    def ask(self, case: Case, on_step: OnStep = quiet) -> Price:
        """Prices with all others neutral; see `alignment.neutrality`."""
        shares = list(self.shares)
        if shares != sorted(set(shares)) or not 0 <= shares[0] <= shares[-1] <= 1:
            reason = "shares must ascend and lie between 0 and 1"
            raise InputError(reason, field="shares", value=str(shares))
        prices, sides = neutrality(case, self.offers(0.0), shares, on_step=on_step)
        return Price(prices, sides, tipping(prices))

    def tell(self, case: Case, found: Price) -> list[Answer]:
        """The dearest neutrality by share; the order in which players give in."""
        return [self._prices(case, found), self._order(case, found)]

    def _prices(self, case: Case, found: Price) -> Answer:
        highest = found.prices.columns[-1]
        ranked = (100 * found.prices).sort_values(highest, ascending=False)
        top = ranked.head(2 * ROWS)
        side = found.sides.map({1: called(self.first), -1: called(self.second)})
        table = top.set_axis([f"at {100 * float(str(s)):g} %" for s in top], axis=1)
        table.insert(0, "would join", side.reindex(top.index))
        table = table.rename(index=name).rename_axis(PRICE)
        staying = (found.prices <= GAIN).sum()
        counts = "; ".join(f"{int(n)} at {100 * float(str(s)):g} %" for s, n in staying.items())
        remark = (
            "Log income of the better club less that of neither, all others neutral, by the "
            f"neutrals' share of both threats ({100 * self.threat:g} % tariff). Minus: staying "
            f"out pays. So many of {len(found.prices)} stay out: {counts}."
        )
        long = ranked.head(ROWS).rename(index=name).rename_axis("player").reset_index()
        lines = long.melt("player", var_name="share", value_name=PRICE)
        lines["share of the threats, %"] = 100 * lines["share"].astype(float)
        shown = lines[["share of the threats, %", "player", PRICE]]
        figure = charts.lines(
            shown,
            key="neutrality",
            title="The price of neutrality",
            source=source(case),
            alt=f"Price by share of the threats. {ends_in_words(shown[['player', PRICE]])}",
        )
        return Answer("neutrality", "The price of neutrality", table, remark, (figure,))

    def _order(self, case: Case, found: Price) -> Answer:
        heading = "gives in at, % of the threats"
        tips = (100 * found.tips.dropna()).rename(index=name)
        at_once = int((found.tips <= float(str(found.prices.columns[0]))).sum())
        later = tips.iloc[at_once:]
        table = later.head(2 * ROWS).rename(heading).to_frame().rename_axis("player")
        never = int(found.tips.isna().sum())
        remark = (
            f"{at_once} join a club without any threat to neutrals, {len(later)} give in later, "
            f"{never} never; the price is taken as linear between the shares that were solved."
        )
        bars = table.reset_index()
        figures: tuple[Figure, ...] = ()
        if len(bars):
            figures = (
                charts.ranked_bars(
                    bars, digits=1, key="neutrality-order", title="Who gives in first",
                    source=source(case),
                ),
            )  # fmt: skip
        return Answer("neutrality-order", "Who gives in first", table, remark, figures)

    def say(self, case: Case, found: Price) -> list[str]:
        """Whose neutrality is dearest if neutrals bear all of both threats."""
        last = (100 * found.prices.iloc[:, -1]).sort_values(ascending=False).head(3)
        parts = ", ".join(f"{called(str(c))} {v:.1f} %" for c, v in last.items())
        share = 100 * float(str(found.prices.columns[-1]))
        return [f"Neutrality is dearest, at {share:g} % of both threats, for {parts} of income."]

    def data(self, case: Case, found: Price) -> dict[str, Any]:
        """Prices by player and share, the better side, and where players give in."""
        return {
            "prices": {str(s): plain(found.prices[s].to_dict()) for s in found.prices},
            "side": plain(found.sides.to_dict()),
            "tips_at": plain(found.tips.to_dict()),
        }

    @measure("price of neutrality at the highest share", "fraction of real income")
    def price(self, case: Case, found: Price, *, country: str) -> float:
        """Of a player; minus: staying out pays."""
        return float(found.prices.iloc[:, -1][country])
