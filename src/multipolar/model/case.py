"""Case: what a question is asked of. A world, a policy, and assumptions, solved once."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeVar

from multipolar.errors import InputError
from multipolar.model.assumptions import Assumptions
from multipolar.model.gradient import Model, differentiable
from multipolar.model.outcome import Outcome
from multipolar.model.solve import solve
from multipolar.policy import Instrument, Policy
from multipolar.world import World

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Case:
    """A world under a policy and assumptions. Immutable.

    Every capability takes a case first. `outcome` and `model` are worked out when they are first
    asked for, and once, whichever thread asks. `date` is the day that the policy is of; blocs in
    acts that are added later are as of that day. Raises `InputError` for what is no world, no
    policy, or no assumptions.
    """

    world: World
    policy: Policy = field(default_factory=Policy)
    assumptions: Assumptions = field(default_factory=Assumptions)
    name: str = ""
    date: dt.date | None = None
    _known: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.policy, Instrument):
            object.__setattr__(self, "policy", Policy((self.policy,)))
        for name, kind in (("world", World), ("policy", Policy), ("assumptions", Assumptions)):
            given = getattr(self, name)
            if not isinstance(given, kind):
                raise InputError(f"{given!r} is no {kind.__name__}", field=name, value=given)

    @property
    def outcome(self) -> Outcome:
        """What the economy does; raises `NotConverged` where no equilibrium is found."""
        return self._once("outcome", lambda: solve(self.world, self.policy, self.assumptions))

    @property
    def model(self) -> Model:
        """The equilibrium around the policy as a differentiable function.

        Raises `NotConverged`, and `InputError` for a policy that leaks or caps prices.
        """
        return self._once(
            "model", lambda: differentiable(self.world, self.policy, self.assumptions)
        )

    def _once(self, name: str, make: Callable[[], T]) -> T:
        # A lock of its own, for a cached_property of Python 3.11 has one for all cases together.
        with self._lock:
            if name not in self._known:
                self._known[name] = make()
            found: T = self._known[name]
            return found

    def with_policy(self, policy: Policy | Instrument) -> "Case":
        """The same world and assumptions under another policy."""
        return self._changed(policy=policy)

    def plus(self, policy: Policy | Instrument) -> "Case":
        """The case with acts on top of its own."""
        return self._changed(policy=self.policy + policy)

    def assuming(self, **changes: Any) -> "Case":
        """The case under other assumptions: ``case.assuming(horizon=1.0)``."""
        given: Mapping[str, Any] = self.assumptions.as_dict() | changes
        return self._changed(assumptions=Assumptions.from_dict(given))

    def on_world(self, world: World) -> "Case":
        """The same policy and assumptions on another world."""
        return self._changed(world=world)

    def _changed(self, **changes: Any) -> "Case":
        return replace(self, _known={}, _lock=Lock(), **changes)

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"<Case{name}: {self.policy!r} on {self.world.name or 'an unnamed world'}>"
