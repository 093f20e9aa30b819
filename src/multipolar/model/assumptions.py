"""Assumptions: what a result depends on, named, checked, and turned into numbers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError, did_you_mean
from multipolar.model.catalogue import ASSUMPTIONS, Assumption, check_number
from multipolar.world import World
from multipolar.world.labels import pick_sectors, table

Deficits = Literal["world-gdp", "own-gdp", "purged"]
Supply = Literal["perfect-competition", "krugman", "fixed-firms"]
ScaleOf = Literal["sector", "country"]
Revenue = Literal["lump-sum", "income-tax"]
Wages = Literal["flexible", "floor"]
FloorIn = Literal["consumer-prices", "numeraire"]
Elasticity = float | Mapping[str, float] | Literal["by-horizon"]


# Boehm, Levchenko & Pandalai-Nayar (2023, AER 113): tariff elasticity -0.76 after one year, -1.75
# to -2.25 in the long run, reached in seven to ten years. Used here as ratios: 0.76 / 2 after a
# year, 95 % of the way after 8.5 years. These fix the two parameters of the path.
RATIO_AFTER_ONE_YEAR = 0.76 / 2.0
RATIO_AFTER_8_5_YEARS = 0.95
SPEED = math.log((1 - RATIO_AFTER_ONE_YEAR) / (1 - RATIO_AFTER_8_5_YEARS)) / 7.5
RATIO_ON_IMPACT = 1 - (1 - RATIO_AFTER_ONE_YEAR) * math.exp(SPEED)

# Elasticities of substitution in the first year; sources in docs/substitution.md.
IN_FIRST_YEAR = {"materials_elasticity": 0.5, "input_elasticity": 0.2, "final_elasticity": 0.9}
TABLES = tuple(name for name, about in ASSUMPTIONS.items() if about.takes_table)


@dataclass(frozen=True)
class Assumptions:
    """What a result depends on. Every outcome and every table states it.

    `deficits`: transfers between countries stay fixed as a share of world value added
    ("world-gdp") or of the receiver's value added ("own-gdp"; the sum that is left over is spread
    in proportion to value added), or are removed before the policy acts ("purged": Dekle, Eaton &
    Kortum 2008). `elasticities`: "world" (those stored in the world), a column of the elasticity
    table ("caliendo-parro", "fontagne", "tariffs-2018"), "by-horizon" ("world" in the long run,
    "tariffs-2018" some years after the policy; sectors that the table lacks keep those of the
    world), or a mapping from sector selectors to theta, in the place of that of "by-horizon".
    `horizon`: "long-run", or years since the policy, which scale theta down along the path of
    Boehm, Levchenko & Pandalai-Nayar (2023), and bring the elasticities of substitution down
    towards those of the first year. `supply`:
    "perfect-competition" (Armington, Eaton-Kortum); "krugman", where unit cost falls with the size
    of the `scale_of` "sector" or "country" with elasticity `scale` / theta (Ignatenko et al. 2025:
    0.67); or "fixed-firms", where no firm enters or leaves and profits, 1 / (theta + 1) of sales,
    stay in the country (Ossa 2014). `labour_elasticity`: of labour supply with respect to the real
    wage after tax. `revenue`: tariff revenue is handed out ("lump-sum") or lowers the income tax
    ("income-tax"; this matters where labour is elastic). `materials_elasticity`,
    `input_elasticity`, `final_elasticity`: of substitution between value added and materials,
    across inputs, across final goods: "by-horizon" (one in the long run), a number, or for the
    first two a table of sectors and numbers (Baqaee & Farhi 2024). `wages`: "flexible", or on a
    "floor" in "consumer-prices" or in the "numeraire" (`floor_in`), to which they can fall by
    `wage_fall`; labour is the `labour_share` of value added (Schmitt-Grohe & Uribe 2016).

    Raises `InputError` for an unknown name or an impossible number.
    """

    deficits: Deficits = "world-gdp"
    elasticities: str | Mapping[str, float] = "by-horizon"
    horizon: float | Literal["long-run"] = "long-run"
    supply: Supply = "perfect-competition"
    scale: float = 0.67
    scale_of: ScaleOf = "sector"
    labour_elasticity: float = 0.0
    revenue: Revenue = "lump-sum"
    materials_elasticity: Elasticity = "by-horizon"
    input_elasticity: Elasticity = "by-horizon"
    final_elasticity: float | Literal["by-horizon"] = "by-horizon"
    wages: Wages = "flexible"
    floor_in: FloorIn = "consumer-prices"
    wage_fall: float = 0.0
    labour_share: float = 0.6

    def __post_init__(self) -> None:
        for name, about in ASSUMPTIONS.items():
            about.check(getattr(self, name))
        for name in TABLES:
            if isinstance(given := getattr(self, name), Mapping):
                object.__setattr__(self, name, MappingProxyType(dict(given)))

    def trade_elasticity(self, world: World) -> NDArray[np.float64]:
        """Trade elasticity by sector at the horizon; `InputError` for sectors not in the table."""
        return self.full_elasticity(world) * self.horizon_ratio()

    def full_elasticity(self, world: World) -> NDArray[np.float64]:
        """The trade elasticity [s] that `horizon_ratio` scales: once trade has fully reacted.

        Raises `InputError` for sectors that a named column of the table lacks.
        """
        given, stored = self.elasticities, np.array(world.arrays()["trade_elasticity"])
        if isinstance(given, Mapping):
            usual = replace(self, elasticities="by-horizon").full_elasticity(world)
            return _by_sector(world, "elasticities", given, usual, 1e-3, 1e3)
        if (name := self.elasticities_used()) == "world":
            return stored
        column = {row["sector"]: float(row[name]) for row in table("elasticities")}
        unknown = [code for code in world.sectors if code not in column]
        if unknown and given != "by-horizon":
            raise InputError(
                f"the elasticity table has no sector {unknown[0]!r}; give a mapping from "
                "sectors to numbers instead",
                field="elasticities",
                value=given,
            )
        known = zip(world.sectors, stored, strict=True)
        return np.array([column.get(code, own) for code, own in known])

    def elasticities_used(self) -> str:
        """The set of trade elasticities by name: which one "by-horizon" is at this horizon."""
        if not isinstance(self.elasticities, str):
            return "as given"
        if self.elasticities != "by-horizon":
            return self.elasticities
        return "world" if self.horizon == "long-run" else "tariffs-2018"

    def substitution(self, world: World) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Elasticities between value added and materials [s], across inputs [s], and final goods.

        Sectors that a table leaves out keep the elasticity of the horizon. `InputError` for sectors
        that the world has not.
        """
        ones = np.ones(len(world.sectors))
        by_sector = []
        for name in ("materials_elasticity", "input_elasticity"):
            given, usual = getattr(self, name), self.substitution_at(name) * ones
            if isinstance(given, Mapping):
                usual = _by_sector(world, name, given, usual, 0.0, 10.0)
            elif not isinstance(given, str):
                usual = given * ones
            by_sector.append(usual)
        final = self.final_elasticity
        if isinstance(final, str):
            final = self.substitution_at("final_elasticity")
        return by_sector[0], by_sector[1], float(final)

    def substitution_at(self, name: str) -> float:
        """The usual elasticity of a kind at the horizon: estimated in the first year, then to one.

        1 - (1 - estimate) exp(-SPEED (years - 1)), as fast as trade elasticities grow.
        """
        if self.horizon == "long-run":
            return 1.0
        return 1 - (1 - IN_FIRST_YEAR[name]) * math.exp(-SPEED * max(0.0, self.horizon - 1))

    def horizon_ratio(self) -> float:
        """Trade elasticity at the horizon over its long-run value."""
        if self.horizon == "long-run":
            return 1.0
        return 1 - (1 - RATIO_ON_IMPACT) * math.exp(-SPEED * self.horizon)

    def as_dict(self) -> dict[str, Any]:
        """The assumptions as plain data, for JSON, files and tables."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in TABLES:
            if isinstance(given[name], Mapping):
                given[name] = dict(given[name])
        return given

    def stated(self) -> list[Assumption]:
        """The assumptions that have a meaning: `scale` has none without scale economies."""
        return [
            about
            for about in ASSUMPTIONS.values()
            if about.only_with is None or getattr(self, about.only_with[0]) == about.only_with[1]
        ]

    def sentence(self) -> str:
        """The assumptions in one readable line."""
        years = "year" if self.horizon == 1 else "years"
        when = "long run" if self.horizon == "long-run" else f"after {self.horizon:g} {years}"
        said = {"horizon": when, "elasticities": self.elasticities_used()}
        return "".join(
            about.clause.format(said.get(about.name) or about.text(getattr(self, about.name)))
            for about in self.stated()
            if not (about.unsaid and getattr(self, about.name) == about.default)
        )

    def rows(self) -> list[tuple[str, str, str]]:
        """Name, value as text and meaning of each assumption of `stated`."""
        return [
            (about.name, about.text(value), about.means(value))
            for about in self.stated()
            for value in (getattr(self, about.name),)
        ]

    def phrase(self, name: str) -> str:
        """An assumption as part of a sentence: "with constant returns to scale".

        For `deficits` and `supply`; raises `KeyError` for assumptions without phrases.
        """
        return ASSUMPTIONS[name].phrases[getattr(self, name)]

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> "Assumptions":
        """Assumptions from plain data; `InputError` for a field that does not exist."""
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                raise InputError(
                    f"no assumption of this name{did_you_mean(name, known)}", field=name
                )
        return cls(**given)


def _by_sector(
    world: World,
    field: str,
    given: Mapping[str, float],
    usual: NDArray[np.float64],
    low: float,
    high: float,
) -> NDArray[np.float64]:
    """A table of sectors and numbers over the usual numbers [s]; the narrowest selector counts."""
    picked, numbers = [], usual.copy()
    at = {code: [k] for k, code in enumerate(world.sectors)}
    for selector, value in given.items():
        check_number(f"{field}.{selector}", value, low, high)
        try:
            cells = at.get(selector) or pick_sectors(selector, world.sectors)
            picked.append((cells, float(value)))
        except InputError as error:
            raise InputError(error.reason, value=selector).located(field=field) from None
    for cells, value in sorted(picked, key=lambda pair: -len(pair[0])):
        numbers[cells] = value
    return numbers
