"""Tables in their publishers' own layouts, made of a world: what the readers are given to read."""

import numpy as np
import pandas as pd

OECD_USES = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")
SHARES = (0.6, 0.05, 0.15, 0.2, 0.0, 0.0)  # how final purchases fall on the uses of OECD
PARTS = {"CHN": (("CN1", 0.25), ("CN2", 0.75)), "MEX": (("MX1", 0.4), ("MX2", 0.6))}


def matrices(world):
    """Inputs and final sales [country x sector, ...] of a world, country by country, basic prices.

    Every buyer in a country is given the same mix of origins, which the world says nothing about.
    """
    sales = world.trade.values / (1 + world.tariff.values)
    spending = world.expenditure.values
    before = sales.sum(axis=1) / np.where(spending > 0, spending, 1.0)
    bought = sales.sum(axis=1)
    origin = sales / np.where(bought > 0, bought, 1.0)[:, None, :]
    inputs = (1 - world.value_added_share.values) * world.output.values
    use = world.input_share.values * inputs * before[:, None, :]
    n, j = len(world.countries), len(world.sectors)
    flows = np.einsum("kin,ksn->ikns", origin, use, optimize=True).reshape(n * j, n * j)
    final = sales - np.einsum("kin,ksn->kin", origin, use, optimize=True)
    return flows, np.maximum(final, 0.0).transpose(1, 0, 2).reshape(n * j, n)


def producers(countries, sectors):
    return [f"{country}_{sector}" for country in countries for sector in sectors]


def oecd(world, uses=OECD_USES, shares=SHARES):
    """A frame as OECD lays its csv files out, with their labels of columns and rows."""
    flows, final = matrices(world)
    labels = producers(world.countries, world.sectors)
    bought = np.einsum("rn,u->rnu", final, np.array(shares)).reshape(len(labels), -1)
    final_labels = [f"{country}_{use}" for country in world.countries for use in uses]
    frame = pd.DataFrame(np.hstack([flows, bought]), index=labels, columns=[*labels, *final_labels])
    frame["OUT"] = frame.sum(axis=1)
    output, cost = frame["OUT"].to_numpy(), flows.sum(axis=0)
    taxes = 0.1 * (output - cost)
    for label, row in (("TLS", taxes), ("VA", output - cost - taxes), ("OUT", output)):
        frame.loc[label] = np.concatenate([row, np.zeros(len(final_labels) + 1)])
    frame.index.name = "V1"
    return frame


def split(frame, country="CHN"):
    """The same as the extended files have it: rows and columns of a country in two parts."""
    for axis in (0, 1):
        made = frame.axes[axis]
        whole = [
            label for label in made
            if label.startswith(f"{country}_") and label.split("_", 1)[1] not in OECD_USES
        ]  # fmt: skip
        parts = []
        for part, share in PARTS[country]:
            block = share * (frame.loc[whole] if axis == 0 else frame[whole])
            block = block.rename(lambda label, part=part: label.replace(country, part), axis=axis)
            parts.append(block)
        frame = pd.concat([frame.drop(whole, axis=axis), *parts], axis=axis)
    rows = [label for label in frame.index if label not in ("TLS", "VA", "OUT")]
    sectors = [label for label in frame.columns if label in rows]
    rest = [label for label in frame.columns if label not in rows]
    frame = frame.loc[[*rows, "TLS", "VA", "OUT"], [*sectors, *rest]]
    frame.index.name = "V1"
    return frame


def wiod(world, year=2014):
    """A frame as WIOD lays its Stata files of 2016 out."""
    flows, final = matrices(world)
    n, j = len(world.countries), len(world.sectors)
    columns = [f"v{code}{k + 1}" for code in world.countries for k in range(j)]
    uses = [f"v{code}{57 + k}" for code in world.countries for k in range(5)]
    shares = np.array([0.6, 0.05, 0.15, 0.2, 0.0])
    values = np.hstack([flows, np.einsum("rn,u->rnu", final, shares).reshape(n * j, -1)])
    total = values.sum(axis=1)
    frame = pd.DataFrame(values, columns=[*columns, *uses])
    frame.insert(0, "IndustryCode", world.sectors * n)
    frame.insert(1, "IndustryDescription", world.sectors * n)
    frame.insert(2, "Country", np.repeat(world.countries, j))
    frame.insert(3, "RNr", np.tile(np.arange(1, j + 1), n).astype("int8"))
    frame.insert(4, "Year", np.int16(year))
    frame["TOT"] = total
    for number, code in ((65, "II_fob"), (70, "VA"), (73, "GO")):
        row = dict.fromkeys(frame.columns, 0.0)
        row |= {"IndustryCode": code, "IndustryDescription": code, "Country": "TOT"}
        row |= {"RNr": number, "Year": year}
        worth = {"II_fob": flows.sum(0), "VA": total - flows.sum(0), "GO": total}[code]
        row |= dict(zip(columns, worth, strict=True))
        frame.loc[len(frame)] = row
    return frame.astype({"RNr": "int8", "Year": "int16"})


def long(world):
    """A frame of exporter, sector, importer, use, value."""
    flows, final = matrices(world)
    labels = [(country, sector) for country in world.countries for sector in world.sectors]
    inputs = [
        (i, k, n, s, flows[row, column])
        for row, (i, k) in enumerate(labels)
        for column, (n, s) in enumerate(labels)
    ]
    bought = [
        (i, k, n, "consumption", final[row, column])
        for row, (i, k) in enumerate(labels)
        for column, n in enumerate(world.countries)
    ]
    return pd.DataFrame(
        [*inputs, *bought], columns=["exporter", "sector", "importer", "use", "value"]
    )
