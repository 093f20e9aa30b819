"""Assumptions: what a result depends on, named, checked, and turned into numbers."""

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from multipolar.errors import InputError, choose, did_you_mean
from multipolar.world import World
from multipolar.world.labels import pick_sectors, table

Deficits = Literal["world-gdp", "own-gdp", "purged"]
Supply = Literal["perfect-competition", "krugman", "fixed-firms"]
ScaleOf = Literal["sector", "country"]
Revenue = Literal["lump-sum", "income-tax"]


@dataclass(frozen=True)
class Assumption:
    """One thing that is assumed, as data: checks, sentences, docs and controls are made from it.

    `choices`: what each word means. `limits`: the lowest and highest number, in `unit`.
    `phrases`: each word as a sentence may use it ("with ..."). `clause`: how
    `Assumptions.sentence` continues with it. `only_with`: the other assumption, and its value,
    under which this one has a meaning.
    """

    name: str
    title: str
    default: str | float
    meaning: str
    choices: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[float, float] | None = None
    unit: str = ""
    source: str = ""
    phrases: Mapping[str, str] = field(default_factory=dict)
    clause: str = ""
    only_with: tuple[str, str] | None = None
    takes_table: bool = False  # of sectors and numbers

    def check(self, value: object) -> None:
        """Raise `InputError` for a value that the assumption cannot have."""
        if self.takes_table and not isinstance(value, str):
            if isinstance(value, Mapping):
                return
            raise InputError(
                f"{value!r} must be a name, or a table of sectors and numbers",
                field=self.name,
                value=value,
            )
        if self.limits and not (isinstance(value, str) and value in self.choices):
            words = "".join(f', or "{word}"' for word in self.choices)
            _number(self.name, value, *self.limits, (self.unit or "a number") + words)
        elif not self.limits:
            _one_of(self.name, value, tuple(self.choices))

    def text(self, value: object) -> str:
        """A value as text, with its unit."""
        if isinstance(value, Mapping):
            return ", ".join(f"{sectors} {number:g}" for sectors, number in value.items())
        if isinstance(value, str):
            return value
        return f"{value:g} {self.unit}".strip()

    def means(self, value: object) -> str:
        """What a value means."""
        return self.choices.get(value, self.meaning) if isinstance(value, str) else self.meaning


ASSUMPTIONS: Mapping[str, Assumption] = MappingProxyType({each.name: each for each in (
    Assumption(
        "deficits", "Trade imbalances", "world-gdp", "which trade imbalances stay fixed",
        choices={
            "world-gdp": "trade imbalances stay a fixed share of world value added",
            "own-gdp": "trade imbalances stay in proportion to each country's own value added",
            "purged": "trade imbalances are first removed; changes are relative to that world",
        },
        source="Dekle, Eaton & Kortum (2008)",
        phrases={
            "world-gdp": "trade balances fixed as a share of world value added",
            "own-gdp": "trade balances in proportion to each country's own value added",
            "purged": "no trade imbalances",
        },
        clause="deficits {}",
    ),
    Assumption(
        "elasticities", "Trade elasticities", "world",
        "trade elasticities; numbers of your own replace those of the world",
        choices={
            "world": "trade elasticities of the world (docs/world.md)",
            "caliendo-parro": "trade elasticities of Caliendo & Parro (2015)",
            "fontagne": "trade elasticities of Fontagne, Guimbard & Orefice (2022)",
        },
        clause="; elasticities: {}", takes_table=True,
    ),
    Assumption(
        "horizon", "Horizon", "long-run", "years since the policy; trade reacts more with time",
        choices={"long-run": "after seven to ten years, when trade has fully reacted"},
        limits=(0.0, 1e6), unit="years",
        source="Boehm, Levchenko & Pandalai-Nayar (2023)", clause=", {}",
    ),
    Assumption(
        "supply", "Supply", "perfect-competition", "how firms make and price goods",
        choices={
            "perfect-competition": "constant returns to scale",
            "krugman": "unit cost falls with the size of the sector (or country)",
            "fixed-firms": "no firm enters or leaves; profits, 1 / (theta + 1) of sales, stay in "
            "the country",
        },
        source="Ignatenko et al. (2025); Ossa (2014)",
        phrases={
            "perfect-competition": "constant returns to scale",
            "krugman": "scale economies",
            "fixed-firms": "a fixed number of firms",
        },
        clause="; {}",
    ),
    Assumption(
        "scale", "Scale elasticity", 0.67, "scale elasticity times theta; 1: as in Krugman (1980)",
        limits=(0.0, 1.0), source="Ignatenko et al. (2025)", clause=" scale {}",
        only_with=("supply", "krugman"),
    ),
    Assumption(
        "scale_of", "Scale of", "sector", "the size that lowers unit cost",
        choices={
            "sector": "unit cost falls with the size of the sector",
            "country": "unit cost falls with the size of the country",
        },
        clause=" by {}", only_with=("supply", "krugman"),
    ),
    Assumption(
        "labour_elasticity", "Labour supply", 0.0,
        "elasticity of labour supply to the real wage after tax", limits=(0.0, 10.0),
        clause="; labour supply {}",
    ),
    Assumption(
        "revenue", "Tariff revenue", "lump-sum", "what becomes of tariff revenue",
        choices={
            "lump-sum": "tariff revenue is handed out",
            "income-tax": "tariff revenue relieves income tax",
        },
        clause="; revenue {}",
    ),
)})  # fmt: skip

# Boehm, Levchenko & Pandalai-Nayar (2023, AER 113): tariff elasticity -0.76 after one year, -1.75
# to -2.25 in the long run, reached in seven to ten years. Used here as ratios: 0.76 / 2 after a
# year, 95 % of the way after 8.5 years. These fix the two parameters of the path.
RATIO_AFTER_ONE_YEAR = 0.76 / 2.0
RATIO_AFTER_8_5_YEARS = 0.95
SPEED = math.log((1 - RATIO_AFTER_ONE_YEAR) / (1 - RATIO_AFTER_8_5_YEARS)) / 7.5
RATIO_ON_IMPACT = 1 - (1 - RATIO_AFTER_ONE_YEAR) * math.exp(SPEED)


@dataclass(frozen=True)
class Assumptions:
    """What a result depends on. Every outcome and every table states it.

    `deficits`: transfers between countries stay fixed as a share of world value added
    ("world-gdp") or of the receiver's value added ("own-gdp"; the sum that is left over is spread
    in proportion to value added), or are removed before the policy acts ("purged": Dekle, Eaton &
    Kortum 2008). `elasticities`: "world" (those stored in the world), a column of the elasticity
    table ("caliendo-parro", "fontagne"), or a mapping from sector selectors to theta, which
    replaces that of the world. `horizon`: "long-run", or years since the policy, which scale theta
    down along the path of Boehm, Levchenko & Pandalai-Nayar (2023). `supply`:
    "perfect-competition" (Armington, Eaton-Kortum); "krugman", where unit cost falls with the size
    of the `scale_of` "sector" or "country" with elasticity `scale` / theta (Ignatenko et al. 2025:
    0.67); or "fixed-firms", where no firm enters or leaves and profits, 1 / (theta + 1) of sales,
    stay in the country (Ossa 2014). `labour_elasticity`: of labour supply with respect to the real
    wage after tax. `revenue`: tariff revenue is handed out ("lump-sum") or lowers the income tax
    ("income-tax"; this matters where labour is elastic).

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
        for name, about in ASSUMPTIONS.items():
            about.check(getattr(self, name))
        if isinstance(self.elasticities, Mapping):
            frozen = MappingProxyType(dict(self.elasticities))
            object.__setattr__(self, "elasticities", frozen)

    def trade_elasticity(self, world: World) -> NDArray[np.float64]:
        """Trade elasticity by sector at the horizon; `InputError` for sectors not in the table."""
        theta = np.array(world.arrays()["trade_elasticity"])
        if isinstance(self.elasticities, Mapping):
            picked = []
            at = {code: [k] for k, code in enumerate(world.sectors)}
            for selector, value in self.elasticities.items():
                _number(f"elasticities.{selector}", value, 1e-3, 1e3)
                try:
                    cells = at.get(selector) or pick_sectors(selector, world.sectors)
                    picked.append((cells, float(value)))
                except InputError as error:
                    reason = InputError(error.reason, value=selector)
                    raise reason.located(field="elasticities") from None
            for cells, value in sorted(picked, key=lambda pair: -len(pair[0])):
                theta[cells] = value  # the narrowest selector comes last and counts
        elif self.elasticities != "world":
            column = {row["sector"]: row[self.elasticities] for row in table("elasticities")}
            unknown = [code for code in world.sectors if code not in column]
            if unknown:
                raise InputError(
                    f"the elasticity table has no sector {unknown[0]!r}; give a mapping from "
                    "sectors to numbers instead",
                    field="elasticities",
                    value=self.elasticities,
                )
            theta = np.array([float(column[code]) for code in world.sectors])
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

    def stated(self) -> list[Assumption]:
        """The assumptions that have a meaning: `scale` has none without scale economies."""
        return [
            about
            for about in ASSUMPTIONS.values()
            if about.only_with is None or getattr(self, about.only_with[0]) == about.only_with[1]
        ]

    def sentence(self) -> str:
        """The assumptions in one readable line."""
        when = "long run" if self.horizon == "long-run" else f"after {self.horizon:g} years"
        theta = self.elasticities if isinstance(self.elasticities, str) else "as given"
        said = {"horizon": when, "elasticities": theta}
        return "".join(
            about.clause.format(said.get(about.name) or about.text(getattr(self, about.name)))
            for about in self.stated()
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
