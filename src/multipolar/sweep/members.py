"""Members: the scenarios of a design as policies and assumptions, and what is kept of each."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtri

from multipolar.errors import InputError, InputErrors, NotConverged
from multipolar.model import Assumptions, Case, solve_many
from multipolar.model.catalogue import ASSUMPTIONS
from multipolar.model.priors import Priors, priors
from multipolar.policy import Policy
from multipolar.policy.table import ACTS
from multipolar.questions.asking import registry
from multipolar.questions.asking.question import Question
from multipolar.scenario import Scenario
from multipolar.sweep.design import PRIORS, Design, Kept, Value, unknown
from multipolar.world import World

ABOUT = ("status", "residual", "iterations")
Member = tuple[Policy, Assumptions]


@dataclass(frozen=True, eq=False)
class Members:
    """A design on its scenario and world: makes and solves the scenarios of any numbers."""

    design: Design
    scenario: Scenario
    world: World
    _known: dict[Any, Policy] = field(default_factory=dict, repr=False)

    def check(self) -> "Members":
        """Raise `InputError` with all that names nothing in the scenario, or makes no sense there.

        The first and the last scenario are made, so that a value of the wrong kind fails here.
        """
        wrong = [unknown(each.what, self._can_vary) for each in self.design.vary
                 if not self._varies(each.what)]  # fmt: skip
        for kept in self.design.measures:
            try:
                self._question(kept)
            except InputError as error:
                wrong.append(error.located(field=f"measures.{kept.measure}"))
        if not wrong:
            for number in {0, self.design.size - 1}:
                try:
                    self.made(range(number, number + 1))[0].policy.wedges(self.world)
                except InputError as error:
                    wrong.append(error)
        if wrong:
            raise InputErrors.of(wrong).located(file=self.design.file)
        return self

    @property
    def _can_vary(self) -> list[str]:
        acts = [
            f"{act.id}.{name}" for act in self.scenario.policy for name in act.model_extra or {}
        ]
        return [*acts, *(f"assumptions.{name}" for name in ASSUMPTIONS), "date", PRIORS]

    def _varies(self, what: str) -> bool:
        owner, _, name = what.rpartition(".")
        acts = {act.id: act for act in self.scenario.policy}
        if owner in acts:
            return acts[owner].act in ACTS and name in ACTS[acts[owner].act].fields
        return what in self._can_vary or owner == "elasticities"

    # --- making ----------------------------------------------------------------------------------

    @cached_property
    def _priors(self) -> Priors | None:
        asked = any(each.what == PRIORS for each in self.design.vary)
        return priors(self.world.sectors) if asked else None

    def inputs(self, numbers: range) -> list[dict[str, Value]]:
        """What varies in these scenarios, by name; errors of the priors as ``priors.NAME``."""
        rows = self.design.values(numbers)
        if self._priors is None:
            return rows
        own = sum(each.what != PRIORS for each in self.design.vary)
        uniform = self.design.uniform(numbers, len(self._priors.inputs), skip=own)
        errors = ndtri(np.clip(uniform, 1e-9, 1 - 1e-9)).tolist()
        names = [f"{PRIORS}.{name}" for name in self._priors.inputs]
        return [
            row | dict(zip(names, error, strict=True))
            for row, error in zip(rows, errors, strict=True)
        ]

    def made(self, numbers: range) -> list["Made"]:
        """These scenarios; raises `InputError` for one that is refused."""
        return [self.make(row) for row in self.inputs(numbers)]

    def make(self, row: Mapping[str, Value]) -> "Made":
        """Policy and assumptions under a row of what varies."""
        acts: dict[str, dict[str, Value]] = {}
        changes: dict[str, Any] = {}
        for what, value in row.items():
            owner, _, name = what.rpartition(".")
            if owner == "assumptions":
                changes[name] = value
            elif owner not in ("", PRIORS, "elasticities"):
                acts.setdefault(owner, {})[name] = value
        try:
            assumed = Assumptions.from_dict(self.scenario.assumptions | changes)
            return Made(self._policy(row.get("date"), acts), self._elasticities(assumed, row))
        except (InputError, ValueError) as error:
            told = ", ".join(f"{name} = {value}" for name, value in row.items()
                             if not name.startswith(PRIORS))  # fmt: skip
            raise InputError(f"{error} (with {told})") from None

    def _policy(self, date: Value | None, acts: Mapping[str, Mapping[str, Value]]) -> Policy:
        day = dt.date.fromisoformat(str(date)) if date is not None else self.scenario.date
        parts = []
        for act in self.scenario.acts(day):
            changed = acts.get(act.id)
            key = (act.id, day, tuple(sorted(changed.items())) if changed else ())
            if changed or key not in self._known:
                made = act.model_copy(update=dict(changed)) if changed else act
                policy = made.policy(day)
                if changed:
                    parts.append(policy)
                    continue
                self._known[key] = policy
            parts.append(self._known[key])
        return sum(parts, start=Policy())

    def _elasticities(self, assumed: Assumptions, row: Mapping[str, Value]) -> Assumptions:
        """The assumptions with the elasticities that vary, by sector."""
        levels = {w.partition(".")[2]: v for w, v in row.items() if w.startswith("elasticities.")}
        if not levels and self._priors is None:
            return assumed
        given = assumed.as_dict()
        theta = assumed.full_elasticity(self.world)
        for selector, value in levels.items():
            theta[self.world.pick_sectors(selector)] = float(value)  # type: ignore[arg-type]
        if self._priors is not None:
            names = (f"{PRIORS}.{name}" for name in self._priors.inputs)
            errors = np.array([row[name] for name in names], dtype=float)
            theta = self._priors.elasticities(theta, errors)
        by_sector = dict(zip(self.world.sectors, theta.tolist(), strict=True))
        return Assumptions.from_dict(given | {"elasticities": by_sector})

    # --- solving ---------------------------------------------------------------------------------

    def solved(self, numbers: range, workers: int = 1) -> dict[str, np.ndarray | list[Any]]:
        """Columns of these scenarios: number, what varies, status, and what is kept.

        A scenario that is refused or has no equilibrium is a row of NaN whose status says why.
        """
        rows, made, refused = self.inputs(numbers), [], {}
        for k, row in enumerate(rows):
            try:
                made.append(self.make(row))
            except InputError as error:
                refused[k] = f"refused: {error}"
                made.append(Made(Policy(), Assumptions()))
        found = self._measured(made) if self.design.measures else self._kept(made, workers)
        status = list(found.pop("status"))
        for k, reason in refused.items():
            status[k] = reason
            for column in found.values():
                column[k] = np.nan if column.dtype.kind == "f" else 0
        varied = {f"vary.{name}": _plain([row[name] for row in rows]) for name in rows[0]}
        number = np.arange(numbers.start, numbers.stop)
        return {"scenario": number, **varied, "status": status, **found}

    def _kept(self, made: Sequence["Made"], workers: int) -> dict[str, Any]:
        """The quantities of every country."""
        found = solve_many(
            self.world,
            [each.policy for each in made],
            [each.assumptions for each in made],
            variables=self.design.keep,
            workers=workers,
        )
        columns: dict[str, Any] = {name: found[name].to_numpy() for name in ABOUT}
        for name in self.design.keep:
            values = found[name].to_numpy()
            for k, country in enumerate(self.world.countries):
                columns[f"{name}.{country}"] = values[:, k].copy()
        return columns

    def _measured(self, made: Sequence["Made"]) -> dict[str, Any]:
        """The quantities of every country, and the measures of questions."""
        questions = [self._question(kept) for kept in self.design.measures]
        heads = [f"{name}.{code}" for name in self.design.keep for code in self.world.countries]
        heads += [kept.column for kept in self.design.measures]
        values = np.full((len(made), len(heads)), np.nan)
        status = ["converged"] * len(made)
        about = np.full((len(made), 2), np.nan)
        for k, each in enumerate(made):
            case = Case(self.world, each.policy, each.assumptions, date=self.scenario.date)
            try:
                outcome = case.outcome
                about[k] = outcome.residual, outcome.iterations
                row = [outcome.values[name] for name in self.design.keep]
                own = [
                    asked.measured(case, asked.ask(case), kept.measure.partition(".")[2], **kept.of)
                    for asked, kept in zip(questions, self.design.measures, strict=True)
                ]
                values[k] = np.concatenate([*row, own])
            except (InputError, NotConverged) as error:
                status[k] = getattr(error, "reason", str(error))
        columns: dict[str, Any] = {"status": status, "residual": about[:, 0]}
        columns["iterations"] = np.nan_to_num(about[:, 1]).astype(int)
        return columns | {head: values[:, k].copy() for k, head in enumerate(heads)}

    def _question(self, kept: Kept) -> Question:
        """The question that a measure is of: one of the scenario's, or one with fields given."""
        kind, _, name = kept.measure.partition(".")
        asked = [
            question
            for question in self.scenario.all_questions()
            if question.kind == kind and kept.question in ("", question.name)
        ]
        if asked and not kept.fields:
            question = asked[0]
        else:
            question = registry.build({"ask": kind, **kept.fields})
        if name not in question.measures:
            raise InputError(f"{kind} has no measure {name!r}", field="measure")
        question.check(self.world)
        return question


@dataclass(frozen=True)
class Made:
    """One scenario of a design."""

    policy: Policy
    assumptions: Assumptions


def _plain(values: list[Value]) -> np.ndarray | list[Any]:
    """A column of numbers, or of texts where some are no numbers."""
    if all(isinstance(value, int | float) for value in values):
        return np.array(values, dtype=float)
    return [str(value) for value in values]
