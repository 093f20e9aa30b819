"""Who caused what: a change of real income, shared out among acts, partners and sectors.

The policy is put in force little by little, all acts together: at each share of it the gradient
says what the next little part of every act does, and the sum over the way is the whole change
(Harrison, Horridge & Pearson 2000, Computational Economics 15). So there is no order of acts to
choose, and acts that only work together share what they do together.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import NotConverged
from multipolar.model import equilibrium as eq
from multipolar.model import search
from multipolar.model.batch import cores
from multipolar.model.case import Case
from multipolar.model.economy import economy_under, kernels_at, rents_at
from multipolar.model.gradient import ACCEPTED, TOLERANCE, pulls
from multipolar.model.quantities import Quantities
from multipolar.model.solve import MAX_ITERATIONS, purge
from multipolar.policy.wedges import BILATERAL, NATIONAL, Layer, Wedges, credits_of
from multipolar.progress import OnStep, quiet

Array = NDArray[np.float64]

POINTS = (4, 8, 16, 32)  # of the integral; more are taken until the parts add up
MISSING = 1e-4  # of the whole change; what parts may fail to add up to
NUDGE = 1e-6  # of a wedge, for the central differences of the kernels in a cell
HELD = ("markup", "ceiling", "route")  # what an act is like, not how strong it is: in force at once


@dataclass(frozen=True)
class Contributions:
    """The parts of the change of some countries' real income; all fractions of real income.

    Weights w of countries or blocs [party, country] turn changes by country into those of a party.
    """

    acts: tuple[str, ...]
    parties: tuple[str, ...]
    by_act: Array  # [act, party]
    by_pair: Array  # [party, exporter, importer]; acts within a country are on the diagonal
    by_sector: Array  # [party, sector]; acts that have none are left out
    total: Array  # [party] the exact change
    points: int  # of the integral

    @property
    def missing(self) -> Array:
        """What the parts do not add up to  [party]."""
        return self.total - self.by_act.sum(axis=0)


def contributions(
    case: Case, weights: Mapping[str, Array], on_step: OnStep = quiet
) -> Contributions:
    """Share out the change of real income of some parties.

    `weights`: for each party what the change of every country counts  [country]; one for a single
    country, shares of benchmark income for the members of a bloc. Points of Gauss and Legendre are
    added until the parts add up to the exact change within `MISSING` of it, as far as `POINTS` go.
    Raises `NotConverged`.
    """
    rows = np.stack([np.asarray(row, dtype=float) for row in weights.values()])
    way = _Way(case)
    total = rows @ way.change
    for points in POINTS:
        pressure = way.pressure(rows, points, on_step)
        found = _shared_out(way, pressure, tuple(weights), total, points)
        if (np.abs(found.missing) <= np.maximum(MISSING * np.abs(total), 1e-9)).all():
            break
    return found


class _Way:
    """The straight way from no policy to the policy of a case."""

    def __init__(self, case: Case) -> None:
        world, assumed = case.world, case.assumptions
        self.world = purge(world, assumed) if assumed.deficits == "purged" else world
        self.assumed, self.acts = assumed, list(case.policy)
        laid = [(k, layer) for k, act in enumerate(self.acts) for layer in act.layers(self.world)]
        self.owners, self.layers = [k for k, _ in laid], [layer for _, layer in laid]
        self.whole = case.policy.wedges(self.world)
        self.theta = assumed.trade_elasticity(self.world)
        self._state: eq.State | None = None
        found = self._found(1.0)
        quantities = Quantities(
            self.world, self.whole, found.state, found.flows, assumed.labour_elasticity,
            lambda: found.economy,
        )  # fmt: skip
        self.income, self.change = quantities["income_before"], quantities["real_income"]

    def at(self, share: float, nudged: str = "", by: float = 0.0) -> Wedges:
        """The wedges when a share of the policy is in force, one of them moved a little more."""
        whole, before = self.whole, Wedges(self.world, self.whole.touched, {})
        levels = {}
        for name, end in {**whole.levels, **{k: getattr(whole, k) for k in NATIONAL}}.items():
            start = before.at(name) if name in BILATERAL else 0.0
            level = end if name in HELD else start + share * (end - start)
            levels[name] = level + by if name == nudged else level
        return Wedges(self.world, whole.touched, levels)

    def _found(self, share: float) -> search.Found:
        """The equilibrium when a share of the policy is in force."""
        economy = economy_under(self.world, self.at(share), self.assumed)
        self.pre = search.prepare(self.world, economy)
        found = search.find(self.world, economy, self.pre, TOLERANCE, MAX_ITERATIONS, self._state)
        if not found.residual <= ACCEPTED:
            raise NotConverged(
                f"no equilibrium found with {100 * share:.0f} % of the policy in force: conditions "
                f"still fail by {found.residual:.1e}"
            )
        self._state = found.state
        return found

    def pressure(self, rows: Array, points: int, on_step: OnStep) -> dict[str, Array]:
        """What one unit of a wedge does on the average of the way  [party, cell].

        Bilateral wedges in the cells that the policy touches, the others in all of theirs.
        """
        nodes, parts = np.polynomial.legendre.leggauss(points)
        total: dict[str, Array] = {}
        for k, (share, part) in enumerate(zip((1 - nodes) / 2, parts / 2, strict=True)):
            on_step("contributions of the acts", k, points)
            found = self._found(float(share))
            slopes = self._slopes(float(share))
            with ThreadPoolExecutor(cores()) as pool:
                here = list(pool.map(partial(self._pull, found, slopes), rows))
            for name in here[0]:
                more = part * np.stack([pull[name] for pull in here])
                total[name] = total[name] + more if name in total else more
        on_step("contributions of the acts", points, points)
        return total

    def _slopes(self, share: float) -> dict[str, dict[str, Array]]:
        """How each bilateral wedge moves kernels and rents in its cell: wedge, array, [cell]."""

        def arrays(name: str, by: float) -> dict[str, Any]:
            wedges = self.at(share, name, by)
            found = kernels_at(self.world, wedges, self.theta)._asdict()
            return {**found, **rents_at(self.world, wedges, self.theta)}

        slopes = {}
        for name in self.whole.levels:
            if name not in HELD:
                up, down = arrays(name, NUDGE), arrays(name, -NUDGE)
                slopes[name] = {key: (up[key] - down[key]) / (2 * NUDGE) for key in up}
        return slopes

    def _pull(
        self, found: search.Found, slopes: dict[str, dict[str, Array]], row: Array
    ) -> dict[str, Array]:
        """What one unit more of each wedge does to a party here."""
        bar = pulls(found.economy, found.state, self.pre, self.income, row)
        rents = bar.pop("rents", None)
        inside = {key: np.asarray(array) for key, array in bar.items()}
        if rents is not None:
            inside |= {key: np.asarray(array) for key, array in rents._asdict().items()}
        cells = self.whole.touched
        pull = {
            name: sum(
                (inside[key].reshape(-1)[cells] * slope for key, slope in by_array.items()
                 if key in inside),
                start=np.zeros(cells.size),
            )
            for name, by_array in slopes.items()
        }  # fmt: skip
        national = {"productivity": "A", "labour": "L", "transfer": "D"}
        return pull | {name: inside[key].reshape(-1) for name, key in national.items()}


def _shared_out(
    way: _Way, pressure: dict[str, Array], parties: tuple[str, ...], total: Array, points: int
) -> Contributions:
    """Pressure times what every act adds, by act, pair of countries and sector."""
    s, n, count = len(way.world.sectors), len(way.world.countries), len(parties)
    by_act = np.zeros((len(way.acts), count))
    by_pair, by_sector = np.zeros((count, n * n)), np.zeros((count, s))
    place = np.empty(s * n * n, dtype=np.intp)
    place[way.whole.touched] = np.arange(way.whole.touched.size)
    for owner, layer, credit in zip(
        way.owners, way.layers, credits_of(way.layers, way.world), strict=True
    ):
        if layer.wedge in HELD:
            continue
        cells = place[layer.cells] if layer.wedge in BILATERAL else layer.cells
        parts = pressure[layer.wedge][:, cells] * credit
        by_act[owner] += parts.sum(axis=1)
        sector, pair = _places(layer, n)
        for party in range(count):
            by_pair[party] += np.bincount(pair, parts[party], minlength=n * n)
            if sector is not None:
                by_sector[party] += np.bincount(sector, parts[party], minlength=s)
    names = tuple(act.name or repr(act) for act in way.acts)
    return Contributions(
        names, parties, by_act, by_pair.reshape(count, n, n), by_sector, total, points
    )


def _places(layer: Layer, n: int) -> tuple[NDArray[np.intp] | None, NDArray[np.intp]]:
    """Sector and pair of countries (flat) of a layer's cells; a country by itself is (n, n)."""
    if layer.wedge in BILATERAL:
        return layer.cells // n**2, layer.cells % n**2
    country = layer.cells % n
    return (layer.cells // n if layer.wedge == "productivity" else None), country * (n + 1)
