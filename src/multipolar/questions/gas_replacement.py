"""Who replaces whose gas in a market."""

from dataclasses import dataclass
from functools import partial

import pandas as pd

from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.words import ends_in_words, name
from multipolar.energy import outcomes
from multipolar.energy.changes import named
from multipolar.energy.network import near
from multipolar.errors import InputError
from multipolar.model import Case
from multipolar.progress import OnStep, quiet
from multipolar.questions.asking.fields import entry
from multipolar.questions.asking.gas import gas_source, network_line, player_name
from multipolar.questions.asking.question import Question, measure

USERS = "burnt less (-: more)"
STORES = "stored less (-: more)"
WORDS = {"users": USERS, "stores": STORES, "rest": "all other sellers"}
LEAST = 0.05  # bcm a year: thinner rows are shown together
EUROPE = ("GBR", "BNL", "DEU", "FRA", "IBE", "ITA", "CEE", "POB", "BLK")


@dataclass(frozen=True, eq=False)
class Replaced:
    """By seller: gas sold to the buyers, bcm a year (before, after, change).

    The last rows, "users" and "stores", are what the buyers burn less and store less, so that
    changes add up to zero. `lng`: change of what their terminals land from all others, `lost`: what
    the seller sells less; bcm.
    """

    sellers: pd.DataFrame
    lng: float
    lost: float


class GasReplacement(Question):
    """Who replaces whose gas in a market, by seller, and how much is simply burnt less."""

    cost = "reads"
    needs_trade = False
    needs_network = True
    scenario = "ukraine-transit-ends"

    buyers: tuple[str, ...] = entry(
        "buyers", "Nodes of the gas network, or a region; by default Europe without Turkey.",
        default=EUROPE, min_length=1,
    )  # fmt: skip
    without: str = entry("seller", "Whose gas is replaced.", default="RUS")

    def rests(self, case: Case) -> str:
        """The gas network; no trade is solved."""
        return network_line(case)

    def ask(self, case: Case, on_step: OnStep = quiet) -> Replaced:
        """Sales by seller, traced through the network; see `energy.equilibrium.trace`."""
        on_step("solving the gas market")
        before, after = outcomes(case)
        network = after.market.network
        nodes = named("buyers", partial(network.pick_nodes, self.buyers))
        sales = pd.DataFrame(
            {
                "before": before.sales.loc[nodes].sum(),
                "after": after.sales.reindex(columns=before.sales.columns).loc[nodes].sum(),
            }
        ).fillna(0.0)
        if self.without not in sales.index:
            known = [str(each) for each in sales.index if each != "others"]
            hint = near(self.without, known)
            raise InputError(f"{self.without!r} sells no gas here{hint}", field="without")
        sales["change"] = sales["after"] - sales["before"]
        less = -float(sales["change"].sum())
        at_buyers = network.nodes.index.get_indexer(pd.Index(nodes))
        unstored = float((before.market.stocks - after.market.stocks)[at_buyers].sum())
        sales.loc["users"] = [0.0, less - unstored, less - unstored]
        sales.loc["stores"] = [0.0, unstored, unstored]
        links = network.links
        at = links["to"].isin([f"{n}-m" for n in nodes]) & (links["kind"] == "route")
        at &= links["from"].map(network.nodes["player"]) != self.without
        lng = float((after.flow - before.flow)[at.to_numpy()].sum())
        lost = -float(sales["change"][self.without])
        return Replaced(sales.rename_axis("seller"), lng, lost)

    def tell(self, case: Case, found: Replaced) -> list[Answer]:
        """Sellers by how much more or less they sell."""
        rows = shown(found.sellers)
        if rows["change"].abs().max() < LEAST:
            sold = found.sellers["before"].nlargest(ROWS + 4).rename("sold, bcm").to_frame()
            _, after = outcomes(case)
            sold.index = pd.Index([player_name(after, str(s)) for s in sold.index], name="seller")
            remark = "Gas sold to the buyers in a year. No act changes who sells."
            picture = charts.ranked_bars(
                sold.reset_index(), key="gas-replacement", title="Who sells gas",
                source=gas_source(after),
            )  # fmt: skip
            return [Answer(picture.key, picture.title, sold, remark, (picture,))]
        rows = rows.set_axis([f"{c}, bcm" for c in rows], axis=1)
        _, after = outcomes(case)
        rows.index = pd.Index(
            [WORDS.get(s) or player_name(after, s) for s in rows.index], name="seller"
        )
        values = rows[["change, bcm"]].reset_index()
        figure = charts.ranked_bars(
            values, digits=1, key="gas-replacement", title="Who replaces whose gas",
            subtitle="gas sold to the buyers, change, bcm a year", source=gas_source(after),
            alt="Sellers, " + ends_in_words(values),
        )  # fmt: skip
        remark = "Traced through the network: what enters a place leaves it well mixed."
        return [Answer(figure.key, "Who replaces whose gas", rows, remark, (figure,))]

    def say(self, case: Case, found: Replaced) -> list[str]:
        """How much is replaced by LNG."""
        if found.lost < 0.05:
            return [f"{name(self.without)} sells the buyers no less gas than before."]
        users, stores = (float(found.sellers["change"][row]) for row in ("users", "stores"))
        rest = f"users burn {_less(users)}"
        rest += f" and stores take {_less(stores)}" if abs(stores) >= LEAST else ""
        told = (
            f"Of {found.lost:.1f} bcm of gas that {name(self.without)} no longer sells there, LNG "
            f"replaces {100 * found.lng / found.lost:.0f} %; {rest}."
        )
        return [told]

    @measure("share of the lost gas that LNG replaces", "fraction")
    def lng_share(self, case: Case, found: Replaced) -> float:
        """LNG of all other sellers."""
        return found.lng / found.lost if found.lost > 0 else float("nan")

    @measure("change of what a seller sells to the buyers", "bcm a year")
    def change(self, case: Case, found: Replaced, *, seller: str) -> float:
        """By the network's name of the seller; "users": burnt less, "stores": stored less."""
        return float(found.sellers["change"][seller])


def shown(sellers: pd.DataFrame) -> pd.DataFrame:
    """The rows that change most, the others together in one, so that changes add up to zero."""
    some = sellers[sellers.abs().max(axis=1) > LEAST]
    top = some["change"].abs().nlargest(ROWS + 4).index
    rows = sellers.loc[top].sort_values("change")
    rows.loc["rest"] = sellers.drop(index=top).sum()
    return rows


def _less(volume: float) -> str:
    return f"{abs(volume):.1f} bcm {'less' if volume >= 0 else 'more'}"
