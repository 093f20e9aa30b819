"""Build the files of `multipolar/energy/data` from their sources.

    python -m build_gas --data FOLDER --out src/multipolar/energy/data

`FOLDER` holds the publishers' tables (Global Energy Monitor, BACI, World Mining Data) and single
facts. What may not be shipped is read only for a fact that is quoted with its source: consumption
of a node (rounded to 1 bcm), flows of named pipelines (to 0.1 bcm), annual prices.
"""

import argparse
import math
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
LNG = 1.36  # bcm in a million tonnes: Energy Institute, conversion factors
RUSSIAN = 0.927
YEARS = (2021, 2022, 2023)
WMD = "World Mining Data (Austrian Federal Ministry of Finance), natural gas, sum of countries"
EI = "Energy Institute, Statistical Review of World Energy 2024"
BACI = "CEPII BACI HS92, 271111, tonnes x 1.36 bcm/Mt (Etalab 2.0)"
GEM = "Global Energy Monitor, Global Gas Infrastructure Tracker, October 2024 (CC BY 4.0)"
HUBS = ("DEU", "FRA", "IBE", "ITA", "CEE", "POB", "BLK")
# Annual means, USD/MMBtu: single figures of the Statistical Review 2024.
PRICES = {
    2021: {"BNL": 15.67, "GBR": 15.45, "NAM": 3.84, "JPN": 9.93, "CHN": 10.66, "KOR": 10.50},
    2022: {"BNL": 37.09, "GBR": 24.55, "NAM": 6.38, "JPN": 16.98, "CHN": 15.59, "KOR": 20.00},
    2023: {"BNL": 12.87, "GBR": 12.30, "NAM": 2.53, "JPN": 13.22, "CHN": 12.11, "KOR": 14.82},
}
ASSUMED = {  # prices of the outlook, USD/MMBtu of 2023
    2030: {"BNL": 8.5, "GBR": 8.5, "NAM": 3.5, "JPN": 9.5, "CHN": 9.3, "KOR": 9.5},
    2035: {"BNL": 8.0, "GBR": 8.0, "NAM": 3.5, "JPN": 9.0, "CHN": 8.8, "KOR": 9.0},
}
RUSSIAN_PRICE = 2.0  # assumed, about 70 USD per 1,000 m3: between home tariff and netback
# Consumption shares kept from the outlook's base: European demand, relative to 2023 (assumed).
EUROPE = {2030: 0.92, 2035: 0.84}
# LNG sold, bcm: plants running in 2023 and those under construction (GEM), assumed to be full.
EXPORTS = {
    2030: {"NAM": 205, "QAT": 165, "AUS": 118, "SAX": 54, "AFR": 44, "RUL": 52},
    2035: {"NAM": 240, "QAT": 180, "AUS": 111, "SAX": 44, "AFR": 54, "RUL": 62},
}
CLOSED = (
    "Nord Stream", "Yamal-Europe II (BY-PL)", "Baltic lines RU-FI/EE/LV", "Maghreb-Europe",
    "Ukraine-Poland", "Ukraine-Slovakia/Hungary", "Ukraine-Romania (Trans-Balkan)",
)  # fmt: skip
# Capacity (Russian bcm), ends, owners beside the ends, km, source.
PLANNED = {
    "Power of Siberia 2": (
        50,
        "RUW",
        "CHN",
        "MNG",
        2600,
        GEM + "; Gazprom's memorandum of September 2025",
    ),
    "Russia-Kazakhstan-China": (40, "RUW", "CHN", "KAZ", 3000, GEM + ", proposed; length assumed"),
    "Central Asia-China D": (
        30,
        "TKM",
        "CHN",
        "UZB",
        3000,
        GEM + ", under construction; length assumed",
    ),
    "Far East route": (
        12,
        "RUE",
        "CHN",
        "",
        1500,
        "Gazprom's contract of 2022 for 10, raised to 12 in 2025; press; length assumed",
    ),
}


def main() -> None:
    """Write nodes and links of every year."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    for year in (*YEARS, 2030, 2035):
        nodes, links = observed(chosen.data, year) if year in YEARS else outlook(chosen.data, year)
        nodes.round(3).to_csv(chosen.out / f"nodes-{year}.csv", index_label="node")
        links.round(3).to_csv(chosen.out / f"links-{year}.csv", index_label="link")
        print(year, len(nodes), "nodes", len(links), "links")


def observed(data: Path, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Nodes and links of a year that has been."""
    nodes = pd.read_csv(HERE / "nodes.csv", index_col=0, keep_default_na=False)
    places = {c: node for node, text in nodes["countries"].items() for c in text.split()}
    routes = lng_trade(data, year, places)
    made = production(data, year, places)
    russian = routes[routes["exporter"] == "RUL"]["flow"].sum()
    east = pipelines(data, year).loc["Power of Siberia 1", "flow"]
    made["RUL"], made["RUE"] = russian, east
    made["RUW"] = made["RUW"] - russian - east
    nodes["production"] = made.reindex(nodes.index).fillna(0.0)
    nodes["consumption"] = consumption(data, year, nodes)
    nodes["stocks"] = stocks(year, nodes)
    nodes["price"] = pd.Series(prices(PRICES[year])).reindex(nodes.index)
    nodes["source"] = f"production: {WMD}; consumption: " + nodes["consumption"].map(
        lambda c: "what balances" if math.isnan(c) else f"{EI}, quoted, rounded to 1 bcm"
    )
    nodes.loc[["RUE", "RUL"], "source"] = "production: what is sold over its one way out"
    nodes.loc[nodes["price"].notna(), "source"] += f"; price: {EI}, or that of its hub (assumed)"
    nodes.loc["RUW", "source"] = f"production: {WMD}; consumption: what balances; price: assumed"
    links = pd.concat([pipelines(data, year), terminals(data, year, routes, places), routes.drop(
        columns=["exporter", "importer"]), planned()])  # fmt: skip
    return ports(nodes, routes), tidy(links)


def prices(known: dict[str, float]) -> dict[str, float]:
    """European hubs cost as much as the Dutch one, South and South-East Asia as Japan (assumed)."""
    more = dict.fromkeys(HUBS, known["BNL"]) | dict.fromkeys(("IND", "SEA"), known["JPN"])
    return {**more, **known, "RUW": RUSSIAN_PRICE}


def production(data: Path, year: int, places: dict[str, str]) -> pd.Series:
    """By node, bcm."""
    table = pd.read_csv(data / "wmd_oil_gas_production_2018_2024.csv")
    table = table[(table["commodity"] == "natural_gas") & (table["year"] == year)]
    return (table["value"] / 1000).groupby(table["iso3"].map(places)).sum()


def consumption(data: Path, year: int, nodes: pd.DataFrame) -> pd.Series:
    """European nodes and Central Asia: quoted, rounded. Elsewhere it is what balances (NaN)."""
    known = pd.read_csv(data / "prototype" / f"proto_nodes_{year}.csv", index_col=0)["cons"].round(
        0
    )
    quoted = (nodes["region"] == "Europe") | nodes.index.isin(["TKM", "UZB", "KAZ"])
    found = known.reindex(nodes.index).where(quoted)
    found[["RUE", "RUL", "MNG"]] = 0.0
    return found


def stocks(year: int, nodes: pd.DataFrame) -> pd.Series:
    """What Europe put into its stores, bcm: production and imports less consumption, quoted."""
    put = {2021: -19.0, 2022: 32.0, 2023: 10.0}[year]
    european = (nodes["region"] == "Europe") & ~nodes.index.isin(["NOR", "UKR", "BLR", "TUR"])
    share = nodes["consumption"].where(european, 0.0)
    return put * share / share.sum()


def pipelines(data: Path, year: int) -> pd.DataFrame:
    """Named pipelines: capacity, flow, transport cost."""
    table = pd.read_csv(data / "prototype" / "proto_pipelines.csv", index_col=0)
    open_ = (table["open_from"] < year + 1) & ~(table["closed_from"] <= year)
    # The lines to Belarus also feed it and Lithuania: 33 + 27 Russian bcm (the latter assumed).
    table.loc["Yamal-Europe I (RU-BY)", "capacity_bcm_ei"] = 60 * RUSSIAN
    part = (1 - (table["open_from"] - year).clip(0, 1)) * (
        table["closed_from"].fillna(9999) - year
    ).clip(0, 1)
    flow = table[f"flow_{year}"].round(1)
    known = table["flow_source"].fillna("memory").str.contains("memory") == False  # noqa: E712
    flow = flow.where(known)
    transit = table["transit_states"].fillna("")
    seen = table["flow_source"].where(known, "not observed")
    return pd.DataFrame(
        {
            "kind": "pipeline", "from": table["from"], "to": table["to"],
            "capacity": (table["capacity_bcm_ei"] * part).where(open_, 0.0), "flow": flow,
            "cost": 0.3 + 0.6 * table["km_assumed"] / 1000, "loss": 0.0, "owners": transit,
            "planned": table["capacity_bcm_ei"],
            "source": "capacity: " + table["capacity_source"].fillna("assumed") + "; flow: " + seen,
        }
    )  # fmt: skip


def planned() -> pd.DataFrame:
    """Pipelines that do not run yet: capacity 0; `planned` is what opening them gives."""
    rows = {
        name: {"kind": "pipeline", "from": start, "to": end, "capacity": 0.0, "flow": math.nan,
               "cost": 0.3 + 0.6 * km / 1000, "loss": 0.0, "owners": owners,
               "planned": size * RUSSIAN, "source": source}
        for name, (size, start, end, owners, km, source) in PLANNED.items()
    }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index")


def lng_trade(data: Path, year: int, places: dict[str, str]) -> pd.DataFrame:
    """Sea routes between nodes with their flow (bcm) and distance."""
    trade = pd.read_csv(data / "baci_gas_trade_2017_2024.csv")
    trade = trade[(trade["product"] == "LNG") & (trade["year"] == year)]
    sellers = {**places, "RUS": "RUL"}
    ends = pd.DataFrame({"exporter": trade["exporter"].map(sellers),
                         "importer": trade["importer"].map(places)})  # fmt: skip
    flow = (trade["kt"] * LNG / 1000).groupby([ends["exporter"], ends["importer"]]).sum()
    distance = pd.read_csv(data / "prototype" / "proto_lng_routes.csv")
    distance = distance.groupby(["from", "to"])["sea_nm"].first()
    rows = {}
    for (start, end), nautical in distance.items():
        seen = round(float(flow.get((start, end), 0.0)), 2)
        source = BACI
        if (start, end) == ("DZA", "TUR"):  # confidential in BACI
            seen, source = {2021: 6.1, 2022: 5.4, 2023: 6.1}[year], EI + ", quoted"
        rows[f"LNG {start}-{end}"] = {
            "kind": "route", "from": f"{start}-x", "to": f"{end}-m", "capacity": math.inf,
            "flow": seen, "cost": 0.3 + 0.00018 * nautical, "loss": 0.0, "owners": "",
            "planned": math.nan, "source": f"flow: {source}; distance: searoute 1.6.0",
            "exporter": start, "importer": end,
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index")


def terminals(data: Path, year: int, routes: pd.DataFrame, places: dict[str, str]) -> pd.DataFrame:
    """Liquefaction and import terminals of each node, with their capacity."""
    names = country_codes()
    table = pd.read_csv(data / "gem_lng_terminals_2024_10.csv")
    runs = table["status"].isin(["operating", "idle", "mothballed"]) & (table["start"] <= year)
    place = table["country"].map(names).map({**places, "S19": "SEA"})
    size = (table["mtpa"] * LNG)[runs].groupby([table["kind"], place]).sum()
    rows = {}
    for kind, end, cost in (("export", "exporter", 2.5), ("import", "importer", 0.4)):
        for node, used in routes.groupby(end)["flow"].sum().items():
            at = "RUW" if kind == "export" and node == "RUL" else node
            big = max(float(size.get((kind, at), 0.0)), used)
            name, port = f"LNG {'from' if kind == 'export' else 'to'} {node}", f"{node}-{kind[0]}"
            port = f"{node}-x" if kind == "export" else f"{node}-m"
            rows[name] = {
                "kind": f"lng-{kind}", "from": node if kind == "export" else port,
                "to": port if kind == "export" else node, "capacity": big, "flow": math.nan,
                "cost": cost, "loss": 0.0, "owners": "", "planned": big,
                "source": f"capacity: {GEM}, mtpa x 1.36, or flow if larger; cost: assumed",
            }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index")


def country_codes() -> dict[str, str]:
    """ISO codes by the names that Global Energy Monitor uses."""
    folder = HERE.parents[1] / "src" / "multipolar" / "world" / "data"
    tables = [
        pd.read_csv(folder / f"{x}countries.csv", keep_default_na=False) for x in ("", "other-")
    ]
    codes = {n: c for t in tables for n, c in zip(t["name"], t["iso3"], strict=True)}
    for code, text in zip(tables[0]["iso3"], tables[0]["aliases"], strict=True):
        codes |= {alias.strip(): code for alias in str(text).split(";")}
    return codes | {
        "Türkiye": "TUR", "Republic of the Congo": "COG", "Taiwan": "TWN", "Vietnam": "VNM",
        "Trinidad and Tobago": "TTO", "United Arab Emirates": "ARE", "South Korea": "KOR",
    }  # fmt: skip


def ports(nodes: pd.DataFrame, routes: pd.DataFrame) -> pd.DataFrame:
    """The nodes, and a port for each exporter and importer of LNG."""
    rows = {}
    for end, suffix, word in (("exporter", "x", "loading"), ("importer", "m", "landing")):
        for node in dict.fromkeys(routes[end]):
            rows[f"{node}-{suffix}"] = {
                "name": f"{node}, LNG {word}", "player": nodes.loc[node, "player"],
                "region": "port", "production": 0.0, "consumption": 0.0, "stocks": 0.0,
                "latitude": nodes.loc[node, "latitude"], "longitude": nodes.loc[node, "longitude"],
                "source": "no gas of its own",
            }  # fmt: skip
    return pd.concat([nodes, pd.DataFrame.from_dict(rows, orient="index")])


# What the table of pipelines calls a source and nobody could follow.
NO_SOURCES = {
    "GEM gives 20 MMcf/d: wrong, 11 from memory":
        "11 assumed (GEM gives 20 MMcf/d, which is less than flows)",
    "graphicnews 140": "assumed 140",
    "2023 = 28.3R pipeline total less TurkStream (methods.md)":
        "2023: Russia's pipelines to Europe 28.3 Russian bcm (assumed) less TurkStream",
}  # fmt: skip


def tidy(links: pd.DataFrame) -> pd.DataFrame:
    """Transport costs are assumed everywhere; say so in every row."""
    told = links["source"].str.contains("cost: assumed")
    links.loc[~told, "source"] += "; cost: assumed by length"
    for old, new in NO_SOURCES.items():
        links["source"] = links["source"].str.replace(old, new, regex=False)
    return links


def outlook(data: Path, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Nodes and links of a year to come: 2023, with the assumptions of outlook.csv."""
    nodes, links = observed(data, 2023)
    told = pd.read_csv(HERE / "outlook.csv", index_col=0)
    inland = nodes["region"] != "port"
    nodes["stocks"] = 0.0
    european = (nodes["region"] == "Europe") & ~nodes.index.isin(["NOR", "UKR", "BLR", "TUR"])
    nodes.loc[european, "consumption"] *= EUROPE[year]
    nodes.loc[european, "production"] *= EUROPE[year] ** 2  # assumed: fields decline faster
    nodes.loc["NOR", "production"] = {2030: 108.0, 2035: 95.0}[year]  # assumed
    free = {"RUW": 450.0, "DZA": 50.0, "IRN": 250.0, "AZE": 21.0, "LAT": 165.0}
    nodes.loc[list(free), "production"] = math.nan  # as much as is asked for
    nodes.loc[list(free), "consumption"] = pd.Series(free)
    for column in ("production", "consumption"):
        nodes.loc[told.index, column] = told[f"{column}_{year}"].astype(float)
    nodes["price"] = pd.Series(prices(ASSUMED[year])).reindex(nodes.index)
    nodes.loc[inland, "source"] = "assumed: as in 2023, Europe's demand falls"
    nodes.loc[told.index, "source"] = told["why"]
    links.loc[list(CLOSED), ["capacity", "flow"]] = 0.0
    links.loc[links["from"] == "NOR", "flow"] *= {2030: 0.92, 2035: 0.82}[year]
    links.loc[["Power of Siberia 1", "Far East route"], "capacity"] = [35.2, 11.1]
    links.loc[["Power of Siberia 1", "Far East route"], "flow"] = [35.2, 11.0]
    ship_lng(nodes, links, EXPORTS[year])
    imports = links["kind"] == "lng-import"
    links.loc[imports, ["capacity", "planned"]] *= 1.8
    links["source"] = "outlook, assumed from 2023: " + links["source"]
    return nodes, links


def ship_lng(nodes: pd.DataFrame, links: pd.DataFrame, exports: dict[str, float]) -> None:
    """Routes of 2023 scaled until sellers sell `exports` and buyers get what they lack."""
    routes = links["kind"] == "route"
    seen = links[routes]
    sold = seen.groupby("from")["flow"].sum()
    sold.update(pd.Series({f"{node}-x": total for node, total in exports.items()}))
    lacking = seen.groupby("to")["flow"].sum()
    pipes = links[(links["kind"] == "pipeline") & links["flow"].notna()]
    net = pipes.groupby("to")["flow"].sum().sub(pipes.groupby("from")["flow"].sum(), fill_value=0)
    for node in ("CHN", "IND", "SEA", "JPN", "KOR"):
        need = nodes.loc[node, "consumption"] - nodes.loc[node, "production"] - net.get(node, 0.0)
        lacking[f"{node}-m"] = need
    europe = [f"{node}-m" for node in (*HUBS, "BNL", "GBR") if f"{node}-m" in lacking]
    lacking[europe] *= max(sold.sum() - lacking.drop(europe).sum(), 60.0) / lacking[europe].sum()
    flow = seen["flow"] + 0.02
    for _ in range(200):
        flow *= seen["to"].map(lacking / flow.groupby(seen["to"]).sum())
        flow *= seen["from"].map(sold / flow.groupby(seen["from"]).sum())
    links.loc[routes, "flow"] = flow.round(2)
    for node, total in sold.items():
        at = f"LNG from {str(node).removesuffix('-x')}"
        links.loc[at, ["capacity", "planned"]] = max(1.02 * total, links.loc[at, "capacity"])


if __name__ == "__main__":
    main()
