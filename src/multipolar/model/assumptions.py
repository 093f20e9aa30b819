"""Assumptions: what a result rests on, named, checked, and turned into numbers."""

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError, choose, did_you_mean
from multipolar.world import World
from multipolar.world.labels import pick_sectors, table

Deficits = Literal["world-gdp", "own-gdp", "purged"]
Supply = Literal["perfect-competition", "krugman", "fixed-firms"]
ScaleOf = Literal["sector", "country"]
Revenue = Literal["lump-sum", "income-tax"]

CHOICES: dict[str, tuple[str, ...]] = {
    "deficits": get_args(Deficits),
    "supply": get_args(Supply),
    "scale_of": get_args(ScaleOf),
    "revenue": get_args(Revenue),
}

# Boehm, Levchenko & Pandalai-Nayar (2023, AER 113): tariff elasticity -0.76 after one year, -1.75
# to -2.25 in the long run, seven to ten years to get there. Carried over as ratios: 0.76 / 2 after
# a year, 95 % of the way after 8.5 years, which fixes the two parameters of the path.
RATIO_AFTER_ONE_YEAR = 0.76 / 2.0
RATIO_AFTER_8_5_YEARS = 0.95
SPEED = math.log((1 - RATIO_AFTER_ONE_YEAR) / (1 - RATIO_AFTER_8_5_YEARS)) / 7.5
RATIO_ON_IMPACT = 1 - (1 - RATIO_AFTER_ONE_YEAR) * math.exp(SPEED)


@dataclass(frozen=True)
class Assumptions:
    """What a result rests on. Every outcome and every table carries it.

    `deficits`: transfers between countries stay fixed as a share of world value added
    ("world-gdp"), of the receiver's ("own-gdp", the imbalance of the world spread in proportion to
    value added), or are taken to zero before the policy acts ("purged": Dekle, Eaton & Kortum
    2008). `elasticities`: "world" (those stored in it), a column of the elasticity table
    ("caliendo-parro", "fontagne"), or a mapping from sector selectors to theta over the world's.
    `horizon`: "long-run", or years since the policy, which scales theta down by the path of Boehm,
    Levchenko & Pandalai-Nayar (2023). `supply`: "perfect-competition" (Armington, Eaton-Kortum) or
    "krugman", in which unit cost falls with the size of the `scale_of` "sector" or "country" with
    elasticity `scale` / theta (Ignatenko et al. 2025: 0.67), or "fixed-firms", which nobody enters
    and whose profits, 1 / (theta + 1) of sales, stay in the country (Ossa 2014).
    `labour_elasticity`: of labour supply
    to the real wage after tax. `revenue`: of tariffs, handed out "lump-sum" or relieving the
    "income-tax" (which matters where labour is elastic).

    Raises `InputError` for an unknown name or an impossible number.
    """

    deficits: Deficits = "world-gdp"
    elasticities: str | Mapping[str, float] = "world"
    horizon: float | Literal["long-run"] = "long-run"
    supply: Supply = "perfect-competition"
    scale: float = 0.67
    scale_of: ScaleOf = "sector"
    labour_elasticity: float = 0.0
    revenue: Revenue = "lump-sum"

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            _one_of(name, getattr(self, name), allowed)
        if not isinstance(self.elasticities, str | Mapping):
            raise InputError(
                f"{self.elasticities!r} must be a name, or a table of sectors and numbers",
                field="elasticities",
                value=self.elasticities,
            )
        if isinstance(self.elasticities, Mapping):
            frozen = MappingProxyType(dict(self.elasticities))
            object.__setattr__(self, "elasticities", frozen)
        else:
            _one_of("elasticities", self.elasticities, ("world", *_columns()))
        _number("scale", self.scale, 0.0, 1.0)
        _number("labour_elasticity", self.labour_elasticity, 0.0, 10.0)
        if self.horizon != "long-run":
            _number("horizon", self.horizon, 0.0, 1e6, 'years, or "long-run"')

    def trade_elasticity(self, world: World) -> NDArray[np.float64]:
        """Trade elasticity by sector at the horizon; `InputError` for sectors not in the table."""
        theta = np.array(world.arrays()["trade_elasticity"])
        if isinstance(self.elasticities, Mapping):
            picked = []
            for selector, value in self.elasticities.items():
                _number(f"elasticities.{selector}", value, 1e-3, 1e3)
                try:
                    picked.append((pick_sectors(selector, world.sectors), float(value)))
                except InputError as error:
                    reason = InputError(error.reason, value=selector)
                    raise reason.located(field="elasticities") from None
            for cells, value in sorted(picked, key=lambda pair: -len(pair[0])):
                theta[cells] = value  # the narrower selector counts
        elif self.elasticities != "world":
            column = table("elasticities").set_index("sector")[self.elasticities].astype(float)
            unknown = [code for code in world.sectors if code not in column.index]
            if unknown:
                raise InputError(
                    f"the elasticity table has no sector {unknown[0]!r}; give a mapping from "
                    "sectors to numbers instead",
                    field="elasticities",
                    value=self.elasticities,
                )
            theta = np.asarray(column[world.sectors], dtype=np.float64)
        return theta * self.horizon_ratio()

    def horizon_ratio(self) -> float:
        """Trade elasticity at the horizon over its long-run value."""
        if self.horizon == "long-run":
            return 1.0
        return 1 - (1 - RATIO_ON_IMPACT) * math.exp(-SPEED * self.horizon)

    def as_dict(self) -> dict[str, Any]:
        """The assumptions as plain data, for JSON, files and tables."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        if isinstance(self.elasticities, Mapping):
            given["elasticities"] = dict(self.elasticities)
        return given

    def sentence(self) -> str:
        """The assumptions in a line for people."""
        theta = self.elasticities if isinstance(self.elasticities, str) else "as given"
        when = "long run" if self.horizon == "long-run" else f"after {self.horizon:g} years"
        parts = [
            f"deficits {self.deficits}",
            f"elasticities: {theta}, {when}",
            self.supply
            if self.supply != "krugman"
            else f"krugman scale {self.scale:g} by {self.scale_of}",
            f"labour supply {self.labour_elasticity:g}",
            f"revenue {self.revenue}",
        ]
        return "; ".join(parts)

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


def _columns() -> tuple[str, ...]:
    return tuple(
        name
        for name in table("elasticities").columns
        if name in ("default", "caliendo-parro", "fontagne")
    )


def _one_of(field: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputError(
            f"{value!r} is not known{choose(value, allowed)}", field=field, value=value
        )


def _number(field: str, value: object, low: float, high: float, unit: str = "a number") -> None:
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    number = float(value) if isinstance(value, numbers.Real) else math.nan
    if not real or not low <= number <= high:
        raise InputError(
            f"{value!r} must be {unit}, from {low:g} to {high:g}", field=field, value=value
        )
