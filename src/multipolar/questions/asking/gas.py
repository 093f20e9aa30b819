"""What questions on the gas network have in common: sources, places, tables."""

from importlib.metadata import version

import numpy as np
import pandas as pd

from multipolar.display import charts
from multipolar.display.figure import Figure
from multipolar.display.words import name
from multipolar.energy import GasOutcome, market_of
from multipolar.model import Case

DATA = "Global Energy Monitor 2024, CEPII BACI, World Mining Data, Energy Institute (quoted)"
LEAST = 1.0  # bcm a year: thinner lines are not drawn


def gas_source(found: GasOutcome) -> str:
    """Where a gas market's numbers come from, in one line."""
    network = found.market.network
    outlook = " an outlook assumed from 2023;" if network.year > 2025 else ""
    return (
        f"multipolar {version('multipolar')}, gas network {network.name} (data: {DATA});{outlook} "
        f"equilibrium to {found.residual:.0e}."
    )


def network_line(case: Case, network: str = "") -> str:
    """The gas network on which an answer rests, in a sentence."""
    return f"Gas network {market_of(case, network=network).network.name}."


def player_name(found: GasOutcome, player: str) -> str:
    """A player's name for a table: that of its node, or of the country."""
    nodes = found.market.network.nodes
    return str(nodes["name"][player]) if player in nodes.index else name(player)


def node_names(found: GasOutcome) -> pd.Series:
    """Names of the nodes that are no ports."""
    nodes = found.market.network.nodes
    return nodes.loc[nodes["region"] != "port", "name"]


def flow_map(before: GasOutcome, after: GasOutcome, *, key: str, title: str) -> Figure:
    """The network as a map: flows as wide lines, changes of prices as colours."""
    nodes = after.market.network.nodes
    change = pd.Series(after.price - before.price, nodes.index)
    shown = _places(after, change.rename("change of price, USD/MMBtu"))
    largest = shown["node"].iloc[np.abs(shown.iloc[:, 3]).argmax()]
    return charts.network_map(
        shown,
        _lines(after, after.flow - before.flow),
        key=key,
        title=title,
        subtitle="lines: flow, blue where it rises, orange where it falls; dots: USD/MMBtu",
        source=gas_source(after),
        alt=f"Gas flows between {len(shown)} places; the price changes most in {largest}.",
    )


def level_map(found: GasOutcome, *, key: str, title: str) -> Figure:
    """The network as a map: flows as wide lines, prices beside their mean as colours."""
    price = pd.Series(found.price, found.market.network.nodes.index)
    burnt = np.where(np.isfinite(found.price), found.consumption, 0.0)
    mean = float(np.nan_to_num(found.price) @ burnt / burnt.sum())
    shown = _places(found, (price - mean).rename("price less the mean, USD/MMBtu"))
    dearest = shown["node"].iloc[int(shown.iloc[:, 3].argmax())]
    return charts.network_map(
        shown,
        _lines(found, np.zeros_like(found.flow)),
        key=key,
        title=title,
        subtitle=f"lines: flow; dots: price less the mean of {mean:.1f}, USD/MMBtu",
        source=gas_source(found),
        alt=f"Gas flows between {len(shown)} places; gas is dearest in {dearest}.",
    )


def _places(found: GasOutcome, measure: pd.Series) -> pd.DataFrame:
    """Places that are no ports, with a measure of each."""
    nodes, inland = found.market.network.nodes, node_names(found).index
    shown = pd.DataFrame(
        {
            "node": nodes.loc[inland, "name"],
            "longitude": nodes.loc[inland, "longitude"],
            "latitude": nodes.loc[inland, "latitude"],
            measure.name: measure[inland],
        }
    )
    return shown.dropna()


def _lines(after: GasOutcome, moved: np.ndarray) -> pd.DataFrame:
    nodes, links = after.market.network.nodes, after.market.network.links
    shown = (np.maximum(after.flow, np.abs(moved)) > LEAST) & links["kind"].isin(
        ["pipeline", "route"]
    ).to_numpy()
    ends = [nodes.loc[links.loc[shown, end], ["longitude", "latitude"]] for end in ("from", "to")]
    return pd.DataFrame(
        {
            "link": links.index[shown],
            "longitude": ends[0]["longitude"].to_numpy(),
            "latitude": ends[0]["latitude"].to_numpy(),
            "longitude2": ends[1]["longitude"].to_numpy(),
            "latitude2": ends[1]["latitude"].to_numpy(),
            "flow, bcm": after.flow[shown],
            "change of flow, bcm": moved[shown],
        }
    )
