"""Case: a world, a policy and assumptions, solved once. Questions are asked of a case."""

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

    Every capability takes a case as its first argument. `outcome` and `model` are worked out when
    they are first asked for, and only once, even if several threads ask. `date` is the day of the
    policy; blocs in acts that are added later are as of that day. `network` names the second
    benchmark, the gas network on which acts of `policy.network` work (`multipolar.energy`). Raises
    `InputError` for an argument that is not a world, a policy, or assumptions.
    """

    world: World
    policy: Policy = field(default_factory=Policy)
    assumptions: Assumptions = field(default_factory=Assumptions)
    name: str = ""
    date: dt.date | None = None
    network: str = ""
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
                      self.network)  # fmt: skip

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
        """The same world and assumptions under another policy."""
        return self._changed(policy=policy)

    def plus(self, policy: Policy | Instrument) -> "Case":
        """The case with further acts added to its own."""
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
