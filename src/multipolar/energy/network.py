"""The gas network as labelled tables: nodes, links, what flowed in a year; checked on the way in.

Quantities are bcm of the Energy Institute (40 MJ/m3 gross, 15 C), prices USD/MMBtu. A link is a
pipeline, a country's liquefaction plants ("lng-export") or import terminals ("lng-import"), or a
sea route between the two.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multipolar.errors import InputError, choose, did_you_mean

MMBTU_PER_CUBIC_METRE = 37.91e6 / 1e9  # gross, Energy Institute's cubic metre of 40 MJ at 15 C
MILLION_USD = 37.91  # 1 bcm at 1 USD/MMBtu
RUSSIAN = 0.927  # Energy Institute's m3 in a Russian m3 (8,850 kcal at 20 C)
USD_PER_1000_RUSSIAN = 1000 * MMBTU_PER_CUBIC_METRE * RUSSIAN  # for 1 USD/MMBtu
KINDS = ("pipeline", "lng-export", "lng-import", "route")
NODES = ("name", "player", "region", "production", "consumption", "stocks", "price", "latitude",
         "longitude")  # fmt: skip
LINKS = ("kind", "from", "to", "capacity", "flow", "cost", "loss", "owners", "source")
NUMBERS = ("production", "consumption", "stocks", "price", "latitude", "longitude", "capacity",
           "flow", "cost", "loss", "planned")  # fmt: skip
TEXTS = ("name", "player", "region", "countries", "owners", "source")
NEEDED = ("links.capacity", "links.cost", "links.loss", "nodes.stocks")  # the others may be NaN
FEW = 6  # names that an error lists
FOLDER = files("multipolar.energy") / "data"


def per_1000_cubic_metres(price: Any) -> Any:
    """USD/MMBtu in USD per 1,000 Russian cubic metres, the unit of Gazprom's contracts."""
    return price * USD_PER_1000_RUSSIAN


@dataclass(frozen=True, eq=False)
class Network:
    """Nodes and links of one year. Immutable; every change makes a new network.

    `nodes` (index node): name, player (who decides over it; empty: nobody in a game), region,
    production and consumption (bcm, NaN if not observed), stocks (bcm put into stores), price
    (USD/MMBtu, NaN if not observed), latitude, longitude. `links` (index link): kind (`KINDS`),
    from, to, capacity (bcm, inf if not limited), flow (observed, bcm, or NaN), cost (of transport,
    USD/MMBtu), loss (fraction), owners (players beside those of its ends without whom it carries
    nothing, joined by "+"), source. May be left out: `countries` of a node (ISO codes; by default
    none, so that the world's trade does not see it) and `planned` of a link (capacity that opening
    it gives, bcm; by default its capacity). Raises `InputError`.
    """

    nodes: pd.DataFrame
    links: pd.DataFrame
    year: int
    name: str = ""

    def __post_init__(self) -> None:
        if "countries" not in self.nodes:
            object.__setattr__(self, "nodes", self.nodes.assign(countries=""))
        if "planned" not in self.links and "capacity" in self.links:
            links = self.links.assign(planned=self.links["capacity"])
            object.__setattr__(self, "links", links)
        for what, table, columns in (("nodes", self.nodes, NODES), ("links", self.links, LINKS)):
            for column in columns:
                if column not in table:
                    near = did_you_mean(column, map(str, table.columns))
                    raise InputError(f"the column {column!r} is missing{near}", field=what)
            if table.index.has_duplicates:
                twice = table.index[table.index.duplicated()][0]
                raise InputError(f"two rows are called {twice!r}", field=what, value=twice)
        _check_links(self.nodes, self.links)
        _check_numbers(self.nodes, self.links)

    @classmethod
    def load(cls, year: int | str = 2023) -> "Network":
        """The network that ships, of 2021, 2022 or 2023, or an outlook ("2030", "2035").

        Or a folder of one's own, whose name ends in the year. Raises `InputError` for a year that
        the shipped network lacks.
        """
        if Path(str(year)).is_dir():
            return cls.from_folder(str(year), _year_of(Path(str(year)).resolve().name))
        return _shipped(str(year).removeprefix("gas-"))

    @classmethod
    def from_folder(cls, folder: str | Path, year: int) -> "Network":
        """A network of one's own: nodes.csv and links.csv with the columns of `Network`.

        So data under a licence that forbids shipping them are read from a user's own download.
        """
        tables = []
        for name in ("nodes", "links"):
            path = Path(folder) / f"{name}.csv"
            if not path.is_file():
                raise InputError("no such file", file=str(path))
            try:
                tables.append(_table(path))
            except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
                reason = f"is no table of comma-separated values ({error})"
                raise InputError(reason, file=str(path)) from None
            except InputError as error:
                raise error.located(file=str(path)) from None
        return cls(tables[0], tables[1], year, Path(folder).name)

    def link(self, name: str) -> str:
        """The name of a link in full; raises `InputError` with a suggestion."""
        if name in self.links.index:
            return name
        same = [x for x in self.links.index if str(x).casefold() == name.casefold()]
        if same:
            return str(same[0])
        pipes = self.links.index[self.links["kind"] != "route"]
        raise InputError(f"no link {name!r}{near(name, pipes)}", field="link", value=name)

    def node(self, name: str) -> str:
        """A node by its code, or by its name; raises `InputError` with a suggestion."""
        names = dict(zip(self.nodes["name"].str.casefold(), self.nodes.index, strict=True))
        found = name if name in self.nodes.index else names.get(name.casefold())
        if found is None:
            inland = self.nodes[self.nodes["region"] != "port"]
            known = [*inland["name"], *inland.index]
            raise InputError(f"no node {name!r}{near(name, known)}", field="node", value=name)
        return str(found)

    def pick_nodes(self, which: "str | Iterable[str]") -> list[str]:
        """Nodes by code, name, region or player ("*": all that are no port)."""
        wanted = [which] if isinstance(which, str) else list(which)
        found: list[str] = []
        inland = self.nodes[self.nodes["region"] != "port"]
        for each in wanted:
            if each == "*":
                found += list(inland.index)
                continue
            of = (inland["region"] == each) | (inland["player"] == each)
            found += list(inland.index[of]) if of.any() else [self.node(each)]
        return list(dict.fromkeys(found))

    def with_links(self, names: Collection[str], **changes: Any) -> "Network":
        """The same network with columns of some links changed."""
        links = self.links.copy()
        for column, value in changes.items():
            links.loc[list(names), column] = value
        return replace(self, links=links)

    def with_nodes(self, names: Collection[str], **changes: Any) -> "Network":
        """The same network with columns of some nodes changed."""
        nodes = self.nodes.copy()
        for column, value in changes.items():
            nodes.loc[list(names), column] = value
        return replace(self, nodes=nodes)

    def players(self) -> list[str]:
        """Everybody who owns a node or a link, in order."""
        owners = [o for text in self.links["owners"] for o in str(text).split("+") if o]
        return sorted({p for p in self.nodes["player"] if p} | set(owners))


def _table(path: Any) -> pd.DataFrame:
    """A table of nodes or links; raises `InputError` for a cell that is no number."""
    with path.open(encoding="utf-8") as file:
        table = pd.read_csv(file, index_col=0, dtype=dict.fromkeys(TEXTS, str))
    for column in table.columns.intersection(list(NUMBERS)):
        numbers = pd.to_numeric(table[column], errors="coerce")
        wrong = np.flatnonzero(numbers.isna() & table[column].notna())
        if wrong.size:
            row, value = table.index[wrong[0]], table[column].iloc[wrong[0]]
            raise InputError(
                f"{row!r} has {value!r}, which is no number", field=column, value=value
            )
        table[column] = numbers
    return table.fillna({column: "" for column in TEXTS if column in table})


def _year_of(name: str) -> int:
    if not (name[-4:].isdecimal() and name[-4:].startswith("20")):
        raise InputError(f"the name of the folder {name!r} must end in its year", field="network")
    return int(name[-4:])


def near(name: str, known: Iterable[str]) -> str:
    """A hint at what a name may have meant, or a few of the names there are."""
    names = [str(each) for each in known]
    few = f"; there are {len(names)}, such as {', '.join(names[:FEW])}"
    return did_you_mean(name, names) or few


def _check_links(nodes: pd.DataFrame, links: pd.DataFrame) -> None:
    for end in ("from", "to"):
        for link, node in links[end].items():
            if node not in nodes.index:
                raise InputError(
                    f"{link!r} {'begins' if end == 'from' else 'ends'} at a node that does not "
                    f"exist{near(str(node), nodes.index)}",
                    field=f"links.{end}",
                    value=node,
                )
    for link, kind in links["kind"].items():
        if kind not in KINDS:
            raise InputError(f"{link!r} is of no known kind{choose(str(kind), KINDS)}",
                             field="links.kind", value=kind)  # fmt: skip
    loop = links.index[links["from"] == links["to"]]
    if len(loop):
        raise InputError(f"{loop[0]!r} ends where it begins", field="links.to", value=loop[0])


def _check_numbers(nodes: pd.DataFrame, links: pd.DataFrame) -> None:
    rules: Mapping[str, tuple[pd.DataFrame, float, float]] = {
        "links.capacity": (links, 0, np.inf),
        "links.flow": (links, 0, np.inf),
        "links.cost": (links, 0, np.inf),
        "links.loss": (links, 0, 0.9),
        "nodes.production": (nodes, 0, np.inf),
        "nodes.consumption": (nodes, 0, np.inf),
        "nodes.stocks": (nodes, -np.inf, np.inf),
    }
    for field, (table, low, high) in rules.items():
        values = table[field.partition(".")[2]].to_numpy(float)
        needed = field in NEEDED
        wrong = np.flatnonzero((values < low) | (values > high) | (np.isnan(values) & needed))
        if wrong.size:
            at = wrong[0]
            has = "no number" if np.isnan(values[at]) else f"{values[at]:g}"
            raise InputError(
                f"{table.index[at]!r} has {has}; it must lie between {low:g} and {high:g}",
                field=field,
                value=values[at],
            )
    _check_reached(nodes, links)


def _check_reached(nodes: pd.DataFrame, links: pd.DataFrame) -> None:
    """Every node that consumes must be reached by gas from somewhere."""
    usable = links[(links["capacity"] > 0)]
    reached = set(nodes.index[nodes["production"].isna() | (nodes["production"] > 0)])
    while True:
        more = set(usable.loc[usable["from"].isin(reached), "to"]) - reached
        if not more:
            break
        reached |= more
    for node in nodes.index[nodes["consumption"].fillna(0) > 0]:
        if node not in reached:
            name = nodes.loc[node, "name"]
            raise InputError(
                f"{name} ({node}) consumes gas but no supply reaches it; give it production, or a "
                "link with capacity from a node that gas reaches",
                field="nodes",
                value=node,
            )


def shipped_networks() -> list[str]:
    """Names of the networks that ship, such as "gas-2023"."""
    return sorted(
        f"gas-{path.name.removeprefix('nodes-').removesuffix('.csv')}"
        for path in FOLDER.iterdir()
        if path.name.startswith("nodes-")
    )


@cache
def _shipped(year: str) -> Network:
    known = [name.removeprefix("gas-") for name in shipped_networks()]
    if year not in known:
        reason = f"the gas network has no {year}; choose {', '.join(known)}"
        raise InputError(reason, field="year", value=year)
    tables = [_table(FOLDER / f"{what}-{year}.csv") for what in ("nodes", "links")]
    return Network(tables[0], tables[1], int(year), f"gas-{year}")
