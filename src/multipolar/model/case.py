"""Case: a world, a policy and assumptions, solved once. Questions are asked of a case."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeVar

from multipolar.errors import InputError
from multipolar.model.anticipation import Anticipation
from multipolar.model.assumptions import Assumptions
from multipolar.model.course import Course
from multipolar.model.gradient import Model, differentiable
from multipolar.model.outcome import Outcome
from multipolar.model.path import path
from multipolar.model.solve import solve
from multipolar.policy import Instrument, Policy
from multipolar.policy.calendar import Dated, usual_periods
from multipolar.progress import OnStep, quiet
from multipolar.world import World

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Case:
    """A world under a policy and assumptions. Immutable.

    Every capability takes a case as its first argument. `outcome` and `model` are worked out when
    they are first asked for, and only once, even if several threads ask. `date` is the day of the
    policy; blocs in acts that are added later are as of that day. `network` names the second
    benchmark, the gas network on which acts of `policy.network` work (`multipolar.energy`). `dated`
    are the acts of a path, with their days (default: those of the policy, from its first day), and
    `over` its periods (default: three years by quarter from the first act on); `anticipation` lets
    buyers on it adapt to what is announced. Raises `InputError` for an argument that is not a
    world, a policy, or assumptions.
    """

    world: World
    policy: Policy = field(default_factory=Policy)
    assumptions: Assumptions = field(default_factory=Assumptions)
    name: str = ""
    date: dt.date | None = None
    network: str = ""
    dated: tuple[Dated, ...] = ()
    over: str = ""
    anticipation: Anticipation | None = None
    _known: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.policy, Instrument):
            object.__setattr__(self, "policy", Policy((self.policy,)))
        for name, kind in (("world", World), ("policy", Policy), ("assumptions", Assumptions)):
            given = getattr(self, name)
            if not isinstance(given, kind):
                raise InputError(f"{given!r} is not a {kind.__name__}", field=name, value=given)

    def __reduce__(self) -> tuple[type["Case"], tuple[Any, ...]]:
        """A case travels to another process without what was worked out here."""
        return Case, (self.world, self.policy, self.assumptions, self.name, self.date,
                      self.network, self.dated, self.over, self.anticipation)  # fmt: skip

    @property
    def outcome(self) -> Outcome:
        """What the economy does; raises `NotConverged` where no equilibrium is found."""
        return self.once("outcome", lambda: solve(self.world, self.policy, self.assumptions))

    @property
    def model(self) -> Model:
        """The equilibrium around the policy as a differentiable function.

        Raises `NotConverged`, and `InputError` for a policy that leaks or caps prices.
        """
        return self.once("model", lambda: differentiable(self.world, self.policy, self.assumptions))

    def course(self, over: str = "", on_step: OnStep = quiet) -> Course:
        """What the economy does along a path; `over`: other periods than the case's.

        Raises `InputError` and `NotConverged`.
        """
        acts = self.on_a_path
        written = over or self.over or usual_periods(acts, self.world.year)

        def walk() -> Course:
            return path(
                self.world, acts, written, self.assumptions,
                anticipation=self.anticipation, on_step=on_step,
            )  # fmt: skip

        return self.once(f"course {written}", walk)

    @property
    def on_a_path(self) -> tuple[Dated, ...]:
        """The acts of a path, each with its days."""
        alone = (Dated(Policy((act,)), name=act.name) for act in self.policy)
        return self.dated or tuple(alone)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` returns; made when it is first asked for under this name, and only once."""
        # A lock for each case: with a cached_property (Python 3.11) all cases would share one.
        with self._lock:
            if name not in self._known:
                self._known[name] = make()
            found: T = self._known[name]
            return found

    def know(self, outcome: Outcome) -> None:
        """Take an outcome that was worked out elsewhere, in a batch."""
        with self._lock:
            self._known["outcome"] = outcome

    def forget(self) -> None:
        """Drop what was worked out, and its memory; it is worked out again when asked for."""
        with self._lock:
            self._known.clear()

    def with_policy(self, policy: Policy | Instrument) -> "Case":
        """The same world and assumptions under another policy; on a path, from its first day."""
        return self._changed(policy=policy, dated=())

    def plus(self, policy: Policy | Instrument) -> "Case":
        """The case with further acts added to its own; on a path, from its first day."""
        more = (*self.dated, Dated(policy)) if self.dated else ()  # type: ignore[arg-type]
        return self._changed(policy=self.policy + policy, dated=more)

    def assuming(self, **changes: Any) -> "Case":
        """The case under other assumptions: ``case.assuming(horizon=1.0)``."""
        given: Mapping[str, Any] = self.assumptions.as_dict() | changes
        return self._changed(assumptions=Assumptions.from_dict(given))

    def with_dated(self, dated: tuple[Dated, ...]) -> "Case":
        """The case with other acts on its path; its policy stays."""
        return self._changed(dated=dated)

    def on_world(self, world: World) -> "Case":
        """The same policy and assumptions on another world."""
        return self._changed(world=world)

    def _changed(self, **changes: Any) -> "Case":
        return replace(self, _known={}, _lock=Lock(), **changes)

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"<Case{name}: {self.policy!r} on {self.world.name or 'an unnamed world'}>"
