"""Who needs whom: every country cut off from every other, or from every bloc; and who has power."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from multipolar import leverage
from multipolar.display import charts
from multipolar.display.answer import ROWS, Answer
from multipolar.display.figure import Figure
from multipolar.display.words import ends_in_words, name
from multipolar.model import Case
from multipolar.progress import OnStep, quiet, within
from multipolar.questions.asking.fields import Sectors, entry
from multipolar.questions.asking.plain import plain
from multipolar.questions.asking.question import Question, measure
from multipolar.questions.asking.reading import on_horizons, source

LOSS = "loss of real income, %"
LARGEST = 16  # economies side by side in the picture of the matrix
Found = Mapping[str, xr.Dataset]


class Dependence(Question):
    """Who needs whom: every country cut off from every other, or every bloc; and who has power."""

    cost = "minutes"
    scenario = ""

    partners: Literal["countries", "blocs"] = entry(
        "cut off by", "Every country in turn, or every bloc.", default="countries"
    )
    sectors: Sectors = entry("sectors", "What is cut off.", default="*", pick="sectors")

    def ask(self, case: Case, on_step: OnStep = quiet) -> Found:
        """A matrix of losses for each horizon; see `leverage.dependence_matrix`."""
        solve = leverage.bloc_matrix if self.partners == "blocs" else leverage.dependence_matrix
        return {
            horizon: solve(then, self.sectors, on_step=within(on_step, horizon))
            for horizon, then in leverage.at_horizons(case).items()
        }

    def tell(self, case: Case, found: Found) -> list[Answer]:
        """Who has power, and whom a cut-off by them hurts most; the matrix as a picture."""
        return [self._power(case, found[horizon], horizon, on_horizons(found)) for horizon in found]

    def _power(self, case: Case, matrix: xr.Dataset, horizon: str, said: str) -> Answer:
        strength = leverage.power(matrix)
        loss = matrix["loss"].sel(partner=strength.index).to_numpy()
        codes = matrix["country"].to_numpy()
        own = codes[:, None] == strength.index.to_numpy()[None]
        most = np.where(own | np.isnan(loss), -np.inf, loss).argmax(axis=0)
        rows = pd.DataFrame(
            {
                "power: mean loss of others, %": 100 * strength.to_numpy(),
                "most dependent": [name(str(codes[k])) for k in most],
                "its loss, %": 100 * loss[most, np.arange(len(most))],
            },
            pd.Index([name(str(c)) for c in strength.index], name="cut off from"),
        ).head(2 * ROWS)
        failed = int((matrix["status"] != "converged").sum())
        remark = (
            f"{int((~own).sum()):,} losses, {failed} of them without an equilibrium; means of all "
            "others, weighted by value added."
        )
        note = f"{said} {matrix.attrs.get('note', '')}".strip()
        when = horizon.replace(" ", "-")
        return Answer(
            f"power-{self.partners}-{when}",
            f"Power: what others lose when cut off, {horizon}",
            rows,
            f"{remark} {note}".strip(),
            (self._picture(case, matrix, [str(p) for p in strength.index[:LARGEST]], horizon),),
        )

    def _picture(self, case: Case, matrix: xr.Dataset, partners: list[str], horizon: str) -> Figure:
        """Heat map of who loses how much from whom, for the largest countries."""
        size = case.world.value_added.to_numpy()
        codes = [case.world.countries[k] for k in np.argsort(-size)[:LARGEST]]
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
            key=f"dependence-{self.partners}-{horizon.replace(' ', '-')}",
            title=f"Who needs whom, {horizon}",
            subtitle=f"{LOSS}, from the end of all trade between two economies",
            source=source(case),
            alt="Matrix of losses: "
            + ends_in_words(pd.DataFrame({"pair": cells, LOSS: table[LOSS]})),
        )

    def data(self, case: Case, found: Found) -> dict[str, Any]:
        """By horizon: losses, leverage, power, and failures."""
        return {horizon: _records(matrix) for horizon, matrix in found.items()}

    @measure("loss of real income from a cut-off by a partner", "fraction")
    def loss(
        self,
        case: Case,
        found: Found,
        *,
        country: str,
        partner: str,
        horizon: str = "long run",
    ) -> float:
        """Of a country."""
        return float(found[horizon]["loss"].sel(country=country, partner=partner))

    @measure("power: mean loss of the others, weighted by value added", "fraction")
    def power(
        self,
        case: Case,
        found: Found,
        *,
        partner: str,
        horizon: str = "long run",
    ) -> float:
        """Of a country or bloc."""
        return float(leverage.power(found[horizon])[partner])


def _records(matrix: xr.Dataset) -> dict[str, Any]:
    square = matrix.sizes["partner"] == matrix.sizes["country"]
    status = matrix["status"].to_numpy()
    codes, partners = (matrix[dim].values.tolist() for dim in ("country", "partner"))
    return {
        "loss": plain(matrix["loss"]),
        "leverage": plain(leverage.asymmetry(matrix)) if square else {},
        "power": leverage.power(matrix).to_dict(),
        "failed": [
            {"country": codes[k], "partner": partners[m], "status": status[k, m]}
            for k, m in np.argwhere(status != "converged").tolist()
        ],
    }
