"""The catalogue of what can be assumed: every assumption as data, with its checks and words."""

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from multipolar.errors import InputError, choose


@dataclass(frozen=True)
class Assumption:
    """One thing that is assumed, as data: checks, sentences, docs and controls are made from it.

    `choices`: what each word means. `limits`: the lowest and highest number, in `unit`.
    `phrases`: each word as a sentence may use it ("with ..."). `clause`: how
    `Assumptions.sentence` continues with it. `only_with`: the other assumption, and its value,
    under which this one has a meaning. `unsaid`: the sentence leaves the default out.
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
    unsaid: bool = False

    def check(self, value: object) -> None:
        """Raise `InputError` for a value that the assumption cannot have."""
        if self.takes_table and isinstance(value, Mapping):
            return
        if self.takes_table and not self.limits and not isinstance(value, str):
            raise InputError(
                f"{value!r} must be a name, or a table of sectors and numbers",
                field=self.name,
                value=value,
            )
        if self.limits and not (isinstance(value, str) and value in self.choices):
            words = "".join(f', or "{word}"' for word in self.choices)
            check_number(self.name, value, *self.limits, (self.unit or "a number") + words)
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


SUBSTITUTION = {"by-horizon": "as estimated in the first year, nearing one with time"}

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
        "elasticities", "Trade elasticities", "by-horizon",
        "trade elasticities; numbers of your own replace those by horizon",
        choices={
            "by-horizon": "those of the world in the long run; at a horizon of years tariffs-2018, "
            "which history does not contradict (docs/hindcasts.md)",
            "world": "trade elasticities of the world (docs/world.md)",
            "caliendo-parro": "trade elasticities of Caliendo & Parro (2015)",
            "fontagne": "trade elasticities of Fontagne, Guimbard & Orefice (2022)",
            "tariffs-2018": "2.7 for manufactures, from American imports since 2018 "
            "(Tamberi 2025); else those of the shipped worlds",
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
    Assumption(
        "materials_elasticity", "Value added for materials", "by-horizon",
        "how easily a sector replaces materials by labour and capital (elasticity); 1: their "
        "shares of cost stand still", choices=SUBSTITUTION, limits=(0.0, 10.0), takes_table=True,
        source="docs/substitution.md", clause="; materials {}", unsaid=True,
    ),
    Assumption(
        "input_elasticity", "One input for another", "by-horizon",
        "how easily a sector replaces one input by another (elasticity); 1: shares stand still",
        choices=SUBSTITUTION, limits=(0.0, 10.0), takes_table=True,
        source="docs/substitution.md", clause="; inputs {}", unsaid=True,
    ),
    Assumption(
        "final_elasticity", "One final good for another", "by-horizon",
        "how easily consumers replace the goods of one sector by another's (elasticity); 1: shares "
        "stand still", choices=SUBSTITUTION, limits=(0.0, 10.0),
        source="docs/substitution.md", clause="; final goods {}", unsaid=True,
    ),
    Assumption(
        "wages", "Wages", "flexible", "whether wages fall until everybody has work",
        choices={
            "flexible": "wages move until everybody has work",
            "floor": "wages do not fall below a floor; who finds no work at it is unemployed",
        },
        source="Rodriguez-Clare, Ulate & Vasquez (2025); Baqaee & Farhi (2022)",
        clause="; wages {}", unsaid=True,
    ),
    Assumption(
        "floor_in", "The floor in", "consumer-prices", "in what the lowest wage is counted",
        choices={
            "consumer-prices": "the wage does not fall in consumer prices",
            "numeraire": "the wage does not fall in units of world value added",
        },
        clause=" in {}", only_with=("wages", "floor"),
    ),
    Assumption(
        "wage_fall", "Largest fall of wages", 0.0, "the share by which wages can fall to the floor",
        limits=(0.0, 0.99), clause=", fall {}", only_with=("wages", "floor"),
    ),
    Assumption(
        "labour_share", "Labour's share of value added", 0.6,
        "the share of value added that is wages; the rest, such as profits, has no floor",
        limits=(0.0, 1.0), source="an assumption, near the world's corporate labour share "
        "(Karabarbounis & Neiman 2014, Quarterly Journal of Economics 129)",
        clause=", labour {} of value added", only_with=("wages", "floor"),
    ),
)})  # fmt: skip


def _one_of(field: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputError(
            f"{value!r} is not known{choose(value, allowed)}", field=field, value=value
        )


def check_number(
    field: str, value: object, low: float, high: float, unit: str = "a number"
) -> None:
    """Raise `InputError` unless a value is a number between two limits."""
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    number = float(value) if isinstance(value, numbers.Real) else math.nan
    if not real or not low <= number <= high:
        raise InputError(
            f"{value!r} must be {unit}, from {low:g} to {high:g}", field=field, value=value
        )
