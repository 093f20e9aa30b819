"""Answers about dependence and leverage: tables for people, with their pictures."""

import numpy as np
import pandas as pd
import xarray as xr

from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.figure import Figure
from multipolar.display.words import ends_in_words, name
from multipolar.leverage import asymmetry, power
from multipolar.world import World
from multipolar.world.labels import sector_names

LOSS = "loss of real income, %"
LARGEST = 16  # economies side by side in the picture of the matrix


def exposure_answer(country: str, table: pd.DataFrame, source: str) -> Answer:
    """Whom a country needs. `table`: what `leverage.exposure` returns."""
    first = table["horizon"].iloc[0]
    here = table[table["horizon"] == first]
    shown = pd.concat([here[here["kind"] == kind].head(ROWS + 2) for kind in ("country", "bloc")])
    later = table[table["horizon"] != first].set_index("partner")["loss"]
    rows = pd.DataFrame(
        {
            f"{LOSS}, {first}": 100 * shown["loss"].to_numpy(),
            "the partner's own loss, %": 100 * shown["partner_loss"].to_numpy(),
            "leverage of the partner": shown["leverage"].to_numpy(),
        },
        pd.Index([name(c) for c in shown["partner"]], name="cut off from"),
    )
    if len(later):
        rows.insert(1, f"{LOSS}, long run", 100 * later[shown["partner"]].to_numpy())
    bars = rows.iloc[:, :1].reset_index()
    figure = charts.ranked_bars(
        bars,
        key=f"exposure-{country}",
        title=f"Whom {name(country)} needs",
        subtitle=f"{LOSS}, {first}, from the end of all trade with each",
        source=source,
        alt=f"Bars of {ends_in_words(bars)}",
    )
    failed = int((table["status"] != "converged").sum())
    remark = f"{failed} cut-offs have no equilibrium and no number." if failed else ""
    return Answer(f"exposure-{country}", f"Whom {name(country)} needs", rows, remark, (figure,))


def matrix_answer(matrix: xr.Dataset, world: World, horizon: str, source: str) -> Answer:
    """All pairs: the powerful. `matrix`: what `leverage.dependence_matrix` returns."""
    strength = power(matrix, world)
    loss = matrix["loss"].sel(partner=strength.index).to_numpy()
    codes = matrix["country"].to_numpy()
    own = codes[:, None] == strength.index.to_numpy()[None]
    most = np.where(own | np.isnan(loss), -np.inf, loss).argmax(axis=0)
    rows = pd.DataFrame(
        {
            "power: mean loss of others cut off from it, %": 100 * strength.to_numpy(),
            "most dependent": [name(codes[k]) for k in most],
            "its loss, %": 100 * loss[most, np.arange(len(most))],
        },
        pd.Index([name(c) for c in strength.index], name="cut off from"),
    ).head(2 * ROWS)
    failed = int((matrix["status"] != "converged").sum())
    losses = int((~own).sum())
    remark = f"{losses:,} losses, {failed} of them without an equilibrium; mean weighted by "
    partners = [str(p) for p in strength.index[:LARGEST]]
    size = world.value_added.values
    largest = [world.countries[k] for k in np.argsort(-size)[:LARGEST]]
    return Answer(
        f"power-{horizon.replace(' ', '-')}",
        f"Power: what others lose when cut off, {horizon}",
        rows,
        remark + "value added.",
        (matrix_figure(matrix, largest, partners, horizon, source),),
    )


def matrix_figure(
    matrix: xr.Dataset, codes: list[str], partners: list[str], horizon: str, source: str
) -> Figure:
    """Heat map of who loses how much from whom, for some countries and partners."""
    loss = 100 * matrix["loss"].sel(country=codes, partner=partners).to_numpy()
    own = np.array(codes)[:, None] == np.array(partners)[None]
    names = pd.Index([name(c) for c in codes], name="who loses")
    wide = pd.DataFrame(np.where(own, np.nan, loss), names, [name(c) for c in partners])
    table = wide.reset_index().melt("who loses", var_name="cut off from", value_name=LOSS)
    cells = table["who loses"] + " without " + table["cut off from"]
    return charts.heat_map(
        table,
        digits=1,
        signed=False,
        key=f"dependence-{horizon.replace(' ', '-')}",
        title=f"Who needs whom, {horizon}",
        subtitle=f"{LOSS}, from the end of all trade between two economies",
        source=source,
        alt="Matrix of losses: " + ends_in_words(pd.DataFrame({"pair": cells, LOSS: table[LOSS]})),
    )


def chokepoints_answer(target: str, table: pd.DataFrame, source: str) -> Answer:
    """Sectors and suppliers. `table`: what `leverage.chokepoints` returns."""
    first = table["horizon"].iloc[0]
    here = table[table["horizon"] == first].head(2 * ROWS)
    labels = [
        f"{sector_names().get(s, s)} from {name(i)}" for i, s in _pairs(here, "supplier", "sector")
    ]
    rows = pd.DataFrame(
        {
            f"{LOSS}, {first}": 100 * here["loss"].to_numpy(),
            "loss, bn USD a year": here["cost"].to_numpy() / 1e3,
            "share of spending on the sector, %": 100 * here["share"].to_numpy(),
            "the supplier's own loss, %": 100 * here["rest"].to_numpy(),
        },
        pd.Index(labels, name="withheld"),
    )
    bars = rows.iloc[:, :1].reset_index()
    figure = charts.ranked_bars(
        bars,
        key=f"chokepoints-{target}",
        title=f"Chokepoints of {name(target)}",
        subtitle=f"{LOSS}, {first}, when one supplier withholds one sector",
        source=source,
        alt=f"Bars of {ends_in_words(bars)}",
    )
    remark = "A sector is as fine as the world's fifty: single products are not seen."
    return Answer(
        f"chokepoints-{target}", f"Chokepoints of {name(target)}", rows, remark, (figure,)
    )


def matrix_records(matrix: xr.Dataset, world: World) -> dict[str, object]:
    """A dependence matrix as plain data: losses, leverage, power, and what failed."""
    square = matrix.sizes["partner"] == matrix.sizes["country"]
    status = matrix["status"].to_numpy()
    codes, partners = (matrix[dim].values.tolist() for dim in ("country", "partner"))
    return {
        "loss": _nested(matrix["loss"]),
        "leverage": _nested(asymmetry(matrix)) if square else {},
        "power": power(matrix, world).to_dict(),
        "failed": [
            {"country": codes[k], "partner": partners[m], "status": status[k, m]}
            for k, m in np.argwhere(status != "converged").tolist()
        ],
    }


def _nested(array: xr.DataArray) -> dict[str, dict[str, float | None]]:
    """Rows of a matrix by name; the own country left out, None for what is no number."""
    return {
        c: {
            p: float(x) if np.isfinite(x) else None
            for p, x in zip(array["partner"].values.tolist(), row, strict=True)
            if p != c
        }
        for c, row in zip(array["country"].values.tolist(), array.to_numpy(), strict=True)
    }


def _pairs(table: pd.DataFrame, one: str, other: str) -> list[tuple[str, str]]:
    return list(zip(table[one], table[other], strict=True))
