"""The common parts of the questions about tariffs: fields, tables and pictures of a play."""

from typing import Any, Literal

import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.figure import Figure
from multipolar.display.words import called, ends_in_words, listed, name, sector_name
from multipolar.model import Case
from multipolar.questions.asking.fields import Sectors, entry
from multipolar.questions.asking.plain import plain
from multipolar.questions.asking.question import Question, Shown, measure
from multipolar.questions.asking.reading import source
from multipolar.strategy import TariffPlay, Tariffs

INCOME = "real income, % change against today"
RATE = "tariff, %"
MOST_PARTNERS = 14  # rows of the picture of tariffs


class TariffQuestion(Question, abstract=True):
    """Who would choose which tariffs, and what it does to everyone."""

    by: Literal["uniform", "partner", "sector", "partner-sector"] = entry(
        "differ by", "By what a player's tariffs may differ.", default="partner"
    )
    sectors: Sectors = entry("sectors", "What is taxed.", default="goods", pick="sectors")
    highest: float = entry(
        "highest tariff", "10 = 1,000 %.", default=10.0, unit="fraction", gt=0, le=10
    )

    @property
    def tariffs(self) -> Tariffs:
        """Which tariffs players may choose."""
        return Tariffs(self.by, self.sectors, (0.0, self.highest))

    def title_of(self, play: TariffPlay) -> str:
        """The title of a play."""
        raise NotImplementedError

    def verb(self, play: TariffPlay) -> str:
        """What the headline says about a play, before the numbers."""
        raise NotImplementedError

    def status(self, found: TariffPlay) -> str:
        """Whether the play is a resting point."""
        if found.converged:
            return "converged"
        return f"no resting point found: a slope of {max(found.uphill.values()):.0e} is left"

    def tell(self, case: Case, found: TariffPlay) -> list[Answer]:
        """What players gain, who pays, and the tariffs."""
        return [self._gains(case, found), self._tariffs(case, found)]

    def say(self, case: Case, found: TariffPlay) -> list[str]:
        """The result for the players."""
        who = [called(player) for player in found.players]
        if not found.converged:
            return [f"The search for what {listed(who)} would choose found no resting point."]
        gains = 100 * found.payoffs()["gain"]
        parts = [f"{x} {gain:+.2f} %" for x, gain in zip(who, gains, strict=True)]
        return [f"{self.verb(found)}: {listed(parts)}."]

    def data(self, case: Case, found: TariffPlay) -> dict[str, Any]:
        """Payoffs, tariffs and incidence; rates and changes are fractions."""
        return {
            "kind": found.kind,
            "players": list(found.players),
            "by": found.by,
            "uphill": plain(found.uphill),
            "rounds": found.rounds,
            "seconds": found.seconds,
            "other_starts_apart": list(found.starts),
            "payoffs": plain(found.payoffs().to_dict("index")),
            "tariffs": plain(found.tariffs),
            "mean_tariffs": plain(found.table()),
            "real_income_against_today": plain(found.incidence()),
        }

    def shown(self, case: Case, found: TariffPlay) -> list[Shown]:
        """The gain of each player."""
        column = "gain against today, % change"
        return [
            Shown(
                "gain",
                {"player": player},
                f"{name(player)} gains",
                "%",
                100.0,
                name(player),
                column,
            )
            for player in found.players
        ]

    @measure("gain of a player against today", "fraction of real income")
    def gain(self, case: Case, found: TariffPlay, *, player: str) -> float:
        """Of one of the players."""
        return float(found.payoffs()["gain"][player])

    @measure("change of real income against today", "fraction")
    def real_income(self, case: Case, found: TariffPlay, *, country: str) -> float:
        """Of any country."""
        return float(found.incidence()[country])

    # --- tables and pictures ----------------------------------------------------------------------

    def _key(self, play: TariffPlay) -> str:
        return f"{self.kind}-{'-'.join(play.players)}-{self.by}".replace(" ", "").lower()

    def _gains(self, case: Case, play: TariffPlay) -> Answer:
        payoffs = 100 * play.payoffs()
        rows = pd.DataFrame(
            {
                "real income today, % change": payoffs["today"],
                "real income then, % change": payoffs["then"],
                "gain against today, % change": payoffs["gain"],
            }
        )
        if "gain_over_war" in payoffs:
            rows["gain against war, % change"] = payoffs["gain_over_war"]
        rows = rows.rename(index=name).rename_axis("player")
        spread = 100 * play.incidence()
        inside = [code for codes in play.members.values() for code in codes]
        others = spread.drop(inside, errors="ignore")
        bystanders = ""
        if len(others):
            low, high = (f"{name(c)} {others[c]:+.2f} %" for c in others.index[[0, -1]])
            bystanders = f" Bystanders: from {low} to {high}."
        values = pd.DataFrame(
            {
                "code": spread.index,
                "country": [name(c) for c in spread.index],
                INCOME: spread.values,
            }
        )
        figure = charts.shape_map(
            values,
            least=0.5,
            key=f"{self._key(play)}-map",
            title=f"{self.title_of(play)}: who pays",
            source=source(case),
            alt="World map of real income against today: "
            + ends_in_words(values[["country", INCOME]]),
        )
        title, remark = self.title_of(play), _standing(play) + bystanders
        return Answer(f"{self._key(play)}-gains", title, rows, remark, (figure,))

    def _tariffs(self, case: Case, play: TariffPlay) -> Answer:
        """Mean tariffs by trade; the picture shows sectors if tariffs differ by sector."""
        table = 100 * play.table()
        alone = table.index.get_level_values("player").nunique() == 1
        labels = [
            _partner(on) if alone else f"{name(by)} on {_partner(on)}" for by, on in table.index
        ]
        rows = pd.DataFrame(
            {
                "tariff today, %, mean": table["today"].to_numpy(),
                "tariff then, %, mean": table["then"].to_numpy(),
                "tariff then, %, highest": table["highest"].to_numpy(),
            },
            pd.Index(labels, name="tariff on" if alone else "tariff"),
        )
        ranked = rows.sort_values("tariff then, %, mean", ascending=False)
        many = len(rows) > 3 * ROWS
        shown = pd.concat([ranked.head(ROWS), ranked.tail(ROWS)]) if many else rows
        remark = "Means are weighted by the benchmark's trade."
        if many:
            remark += f" The first and last of {len(rows)} rows; the JSON has all rows."
        figures = (self._picture(case, play),) if len(rows) > 1 else ()
        title = f"{self.title_of(play)}: the tariffs"
        return Answer(f"{self._key(play)}-tariffs", title, shown, remark, figures)

    def _picture(self, case: Case, play: TariffPlay) -> Figure:
        means = (100 * play.table()["then"]).rename(RATE).reset_index()
        words: Any = {
            "key": f"{self._key(play)}-tariffs",
            "title": f"{self.title_of(play)}: the tariffs",
            "source": source(case),
        }
        if len(play.players) > 1:
            cells = pd.DataFrame(
                {
                    "by": means["player"].map(name),
                    "on": means["partner"].map(_partner),
                    RATE: means[RATE],
                }
            )
        elif "sector" in play.by:
            cells = _by_sector(play)
        else:
            bars = pd.DataFrame({"on": means["partner"].map(_partner), RATE: means[RATE]})
            ranked = bars.sort_values(RATE, ascending=False).head(2 * ROWS)
            return charts.ranked_bars(ranked, digits=1, **words)
        words["alt"] = f"Tariffs chosen: {ends_in_words(cells.iloc[:, [1, 2]])}"
        return charts.heat_map(cells, signed=False, subtitle=RATE, **words)


def _by_sector(play: TariffPlay) -> pd.DataFrame:
    chosen = play.tariffs[~play.tariffs["reply"]]
    partners = list(dict.fromkeys(chosen["partner"]))[:MOST_PARTNERS]
    chosen = chosen[chosen["partner"].isin(partners)]
    return pd.DataFrame(
        {
            "sector": [sector_name(s) for s in chosen["sector"]],
            "on": chosen["partner"].map(_partner),
            RATE: 100 * chosen["then"],
        }
    )


def _partner(code: str) -> str:
    return "all whom it taxes" if code == "*" else name(code)


def _standing(play: TariffPlay) -> str:
    """How sure the result is: the certificate in words."""
    slope = max(play.uphill.values())
    if not play.converged:
        return f"NOT a resting point: a slope of {slope:.0e} is left after {play.rounds} rounds."
    claim = (
        "no small change of the agreed tariffs makes its objective larger; alone, each could still "
        "gain by breaking it"
        if play.kind == "cooperate"
        else "nobody gains by a small change of its own tariffs"
    )
    words = f"A local optimum: {claim} (the largest slope left is {slope:.0e})."
    if play.starts:
        apart = 100 * max(play.starts)
        words += f" {len(play.starts)} other starts end within {apart:.1g} % of these incomes."
    return words
