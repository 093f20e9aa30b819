"""Design: which scenarios a sweep solves, and what it keeps of each.

A design is data: a TOML file that names a scenario and what varies in it. A list takes the values
of all that varies side by side, a grid every combination (the last varies fastest), a sample points
of a Sobol sequence or a Latin hypercube. Every scenario of a design has a number, and what it
varies follows from the design and that number alone; so work can be cut, killed and resumed.
"""

import datetime as dt
import warnings
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from scipy.stats import qmc

from multipolar.errors import InputError, InputErrors, choose, did_you_mean
from multipolar.model.batch import COUNTRY_MEASURES
from multipolar.questions.asking.registry import readable
from multipolar.scenario import Scenario
from multipolar.scenario.files import read

Kind = Literal["list", "grid", "sobol", "latin-hypercube"]
SAMPLES = ("sobol", "latin-hypercube")
Value = float | str | dt.date
MOST = 100_000_000  # scenarios of one design
PRIORS = "priors"


class Varied(BaseModel):
    """One thing that varies.

    `what`: "ACT.FIELD" (the id of an act and one of its numbers or names), "assumptions.NAME",
    "elasticities.SECTORS" (the long-run elasticity of a sector or group), "date", or "priors" (all
    elasticities, drawn from their priors; samples only). Its `values`, or a range from `low` to
    `high` for a sample, even in logs with `spacing = "log"`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    values: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None
    spacing: Literal["linear", "log"] = "linear"

    def at(self, uniform: float) -> Value:
        """The value for a number between 0 and 1."""
        if self.values:
            return self.values[min(int(uniform * len(self.values)), len(self.values) - 1)]
        low, high = float(self.low or 0.0), float(self.high or 0.0)
        if self.spacing == "log":
            return float(low * (high / low) ** uniform)
        return low + (high - low) * uniform

    def wrong(self, kind: Kind) -> str:
        """What is wrong with it in a design of this kind; empty if nothing is."""
        if self.what == PRIORS:
            return "" if kind in SAMPLES else 'needs kind = "sobol" or "latin-hypercube"'
        if self.values:
            ranged = {"low", "high", "spacing"} & self.model_fields_set
            return "has values, so leave out low, high and spacing" if ranged else ""
        if kind not in SAMPLES:
            return f"needs values in a {kind}; low and high are for samples"
        if self.low is None or self.high is None or not self.low < self.high:
            return "needs values, or low below high"
        return "needs low above zero" if self.spacing == "log" and self.low <= 0 else ""


class Kept(BaseModel):
    """A measure that is kept: as in a finding, with the question's own fields if it has some."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: str
    of: dict[str, str] = {}
    question: str = ""
    fields: dict[str, Any] = {}

    @property
    def column(self) -> str:
        """The heading of its column: measure, question and names."""
        return ".".join([self.measure, *filter(None, [self.question]), *self.of.values()])


class Design(BaseModel):
    """Which scenarios a sweep solves, and what it keeps.

    `count`: scenarios of a sample; `chunk`: scenarios of a shard. `keep`: quantities of every
    country; `measures`: numbers of questions. `assumptions` replace those of the scenario.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    scenario: str
    kind: Kind = "grid"
    count: int | None = Field(default=None, ge=1, le=MOST)
    seed: int = Field(default=0, ge=0)
    chunk: int = Field(default=1000, ge=1, le=100_000)
    assumptions: dict[str, Any] = {}
    keep: tuple[str, ...] = ("real_income",)
    measures: tuple[Kept, ...] = ()
    vary: tuple[Varied, ...] = Field(min_length=1, max_length=200)
    file: str = ""

    @classmethod
    def load(cls, path: str | Path) -> "Design":
        """A design from a TOML file; raises `InputError` with all that is wrong at once."""
        return cls.from_data(read(Path(path)), str(path))

    @classmethod
    def from_data(cls, data: dict[str, Any], file: str = "") -> "Design":
        """A design from the fields of a file; raises `InputError` with all that is wrong."""
        try:
            design = cls.model_validate({**data, "file": file})
        except ValidationError as error:
            wrong = [readable(each, cls.model_fields) for each in error.errors()]
            raise InputErrors.of(wrong).located(file=file) from None
        if complaints := design._complaints():
            raise InputErrors.of(complaints).located(file=file)
        return design

    def _complaints(self) -> list[InputError]:
        wrong = [
            InputError(text, field=f"vary.{each.what}")
            for each in self.vary
            if (text := each.wrong(self.kind))
        ]
        names = [each.what for each in self.vary]
        wrong += [
            InputError("is listed twice under vary; once is enough", field=f"vary.{name}")
            for name in dict.fromkeys(names)
            if names.count(name) > 1
        ]
        if self.kind in SAMPLES and self.count is None:
            wrong.append(InputError("a sample needs a count", field="count"))
        if self.kind not in SAMPLES and self.count is not None:
            reason = f"the values of a {self.kind} say how many scenarios there are; leave it out"
            wrong.append(InputError(reason, field="count"))
        if self.kind == "list" and len({len(each.values) for each in self.vary}) > 1:
            told = ", ".join(f"{each.what} {len(each.values)}" for each in self.vary)
            wrong.append(
                InputError(f"a list takes as many values of each; here {told}", field="vary")
            )
        for name in self.keep:
            if name not in COUNTRY_MEASURES:
                reason = f"countries have no {name!r}{choose(name, COUNTRY_MEASURES)}"
                wrong.append(InputError(reason, field="keep", value=name))
        if not wrong and self.size > MOST:
            reason = f"makes {self.size:,} scenarios; at most {MOST:,}"
            wrong.append(InputError(reason, field="vary"))
        return wrong

    @property
    def size(self) -> int:
        """How many scenarios there are."""
        if self.count is not None:
            return self.count
        sizes = [len(each.values) for each in self.vary]
        return prod(sizes) if self.kind == "grid" else sizes[0]

    @property
    def chunks(self) -> int:
        """How many shards there are."""
        return -(-self.size // self.chunk)

    def numbers(self, chunk: int) -> range:
        """The numbers of the scenarios of a shard."""
        return range(chunk * self.chunk, min(self.size, (chunk + 1) * self.chunk))

    def values(self, numbers: range) -> list[dict[str, Value]]:
        """What varies, by name, in the scenarios of these numbers (without the priors)."""
        plain = [each for each in self.vary if each.what != PRIORS]
        if self.kind in SAMPLES:
            points = self.uniform(numbers, len(plain))
            return [
                {each.what: each.at(u) for each, u in zip(plain, row, strict=True)}
                for row in points.tolist()
            ]
        at = np.arange(numbers.start, numbers.stop)
        sizes = tuple(len(each.values) for each in plain)
        places = np.unravel_index(at, sizes) if self.kind == "grid" else [at] * len(plain)
        columns = [[v.values[k] for k in place] for v, place in zip(plain, places, strict=True)]
        names = [each.what for each in plain]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def uniform(self, numbers: range, dimensions: int, skip: int = 0) -> NDArray[np.float64]:
        """Points [scenario, dimension] of the sample, the dimensions after the first `skip`."""
        whole = skip + dimensions
        if not whole or self.kind not in SAMPLES:
            return np.zeros((len(numbers), dimensions))
        if self.kind == "sobol":
            sequence = qmc.Sobol(whole, scramble=True, rng=np.random.default_rng(self.seed))
            if numbers.start:
                sequence.fast_forward(numbers.start)
            with warnings.catch_warnings():  # a count that is no power of 2 is less even, not wrong
                warnings.simplefilter("ignore", UserWarning)
                points = sequence.random(len(numbers))
        else:
            points = _latin_hypercube(whole, self.size, self.seed)[numbers.start : numbers.stop]
        return points[:, skip:]

    def find_scenario(self) -> Scenario:
        """The scenario: a file beside the design, or one that ships; with the assumptions."""
        beside = Path(self.file).parent / self.scenario
        try:
            found = Scenario.load(beside if self.file and beside.is_file() else self.scenario)
        except InputError as error:
            raise error.located(file=self.file, field="scenario") from None
        return found.with_options(self.assumptions)


@lru_cache(maxsize=1)  # a part of the sample needs all of it, so that shards would draw it again
def _latin_hypercube(dimensions: int, count: int, seed: int) -> NDArray[np.float64]:
    sample = qmc.LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(count)
    sample.flags.writeable = False
    return sample


def unknown(what: str, known: list[str]) -> InputError:
    """The error for something that cannot vary."""
    return InputError(
        f"cannot vary{did_you_mean(what, known)}; name an act of the scenario and its field "
        "(ACT.rate), assumptions.NAME, elasticities.SECTORS, date, or priors",
        field=f"vary.{what}",
    )
