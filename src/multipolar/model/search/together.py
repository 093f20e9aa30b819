"""Many searches at once, on kernels that all share: products with vectors become matrix products.

The members of a batch sit in slots. Where most have found their equilibrium, they leave, and others
take their slots; when nobody waits any more, the last few go on in fewer slots. Shapes depend only
on the world and, in a few steps, on how many cells differ, so that nothing is compiled anew.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from multipolar.model import equilibrium as eq
from multipolar.model.search.acceleration import Iteration, begin, go_on
from multipolar.model.search.preconditioner import Preconditioner
from multipolar.model.search.rounds import MARGIN, packing, preconditioned

Array = NDArray[np.float64]
Cells = NDArray[np.intp]

SLOTS = 32  # with more, the memory of the iterations would not fit into the cache
FEW_SLOTS = 8
MOST_PASSES = 60  # who has not arrived by then is better off alone
CELLS = (1024, 4096, 16384)  # sizes to which the list of cells that differ is filled up
MOST_CELLS = CELLS[-1]
OWN = ("theta", "psi_sector", "psi_country", "D", "d", "A", "L")  # what members may differ in
SHARED = ("alpha", "beta", "profit", "VA", "X", "Y", "R")


class Member(NamedTuple):
    """A search to be made."""

    economy: eq.Economy  # with the kernels that all members share, instead of its own
    cells: Cells  # flat indices [s, i, n] where its own kernels differ, ascending
    K: Array  # [cell] what its own K has more there
    K_border: Array  # [cell]
    K_taxed: Array  # [cell]


class Arrival(NamedTuple):
    """Where a member's search ended; state and flows in plain arrays."""

    number: int
    state: eq.State
    flows: eq.Flows
    residual: float
    passes: int


def find_together(
    pre: Preconditioner,
    members: Iterator[tuple[int, Member]],
    start: eq.State,
    tolerance: float,
    max_iterations: int,
    *,
    few: bool = False,
) -> Iterator[Arrival]:
    """Search for the equilibria of all members, from `start`; in any order, with their numbers.

    The members share the kernels, the preconditioner and all arrays but those in `OWN`; none has
    rents, or more than `MOST_CELLS` cells of its own. `few`: whether there are too few of them to
    fill all slots. Where the residual is above the tolerance, the member did not arrive.
    """
    slots, most = FEW_SLOTS if few else SLOTS, min(MOST_PASSES, max_iterations)
    crowd = _Crowd(pre, members, packing(start)[0](start), slots, most)
    while crowd.admit():
        last, many = crowd.nobody_waits, len(crowd.seats) > FEW_SLOTS
        crowd.advance(tolerance, (FEW_SLOTS if many else 0) if last else len(crowd.seats) // 4)
        yield from crowd.leave(tolerance)
        if last and many:
            crowd.close_ranks()


class _Crowd:
    """The members in their slots, and how far their searches have come."""

    def __init__(
        self,
        pre: Preconditioner,
        members: Iterator[tuple[int, Member]],
        start: jax.Array,
        slots: int,
        most: int,
    ) -> None:
        self._pre, self._members, self._start, self._most = pre, members, start, most
        self._next = next(members, None)
        self.seats: list[tuple[int, Member] | None] = [None] * slots
        if self._next is not None:
            self._prepare(self._next[1].economy)

    def _prepare(self, economy: eq.Economy) -> None:
        """Room for the arrays of the members; what they share, laid out for a batch."""
        self._shared, slots = economy, len(self.seats)
        self._own = {name: _slots(getattr(economy, name), slots) for name in OWN}
        self._together = {name: np.asarray(getattr(economy, name))[..., None] for name in SHARED}
        self._together |= {
            "nests": _for_members(economy.nests),
            "floor": _for_members(economy.floor),
        }
        self._users = np.zeros(np.size(economy.K), dtype=np.int16)  # members that differ in a cell
        self._iteration = _nobody(self._start, slots)

    @property
    def nobody_waits(self) -> bool:
        return self._next is None

    def admit(self) -> bool:
        """Let members take free slots; whether any slot is taken."""
        new = np.zeros(len(self.seats), dtype=bool)
        for slot in [k for k, seat in enumerate(self.seats) if seat is None]:
            if self._next is None or not self._fits(self._next[1]):
                break
            self._seat(slot, *self._next)
            new[slot], self._next = True, next(self._members, None)
        if new.any():
            self._iteration = _welcome(self._iteration, new, self._start)
            self._economy = self._laid_out()
        return any(self.seats)

    def _fits(self, member: Member) -> bool:
        more = np.count_nonzero(self._users[member.cells] == 0)
        return bool(np.count_nonzero(self._users) + more <= MOST_CELLS)

    def _seat(self, slot: int, number: int, member: Member) -> None:
        self.seats[slot] = number, member
        self._users[member.cells] += 1
        for name, slots in self._own.items():
            slots[..., slot] = getattr(member.economy, name)

    def advance(self, tolerance: float, leave: int) -> None:
        """Pass after pass, until no more than `leave` members are still searching."""
        self._iteration = _advance(
            self._economy, self._pre, self._iteration, MARGIN * tolerance, self._most, leave
        )

    def leave(self, tolerance: float) -> Iterator[Arrival]:
        """Those who have arrived, or never will, free their slots."""
        it = self._iteration
        done = np.asarray((it.best_r <= MARGIN * tolerance) | (it.k > self._most))
        passes = np.asarray(it.k) - 1
        found = jax.tree.map(np.asarray, _implied(self._economy, it.best))
        for slot, seat in enumerate(self.seats):
            if seat is not None and done[slot]:
                self._users[seat[1].cells] -= 1
                self.seats[slot] = None
                state, flows, residual = jax.tree.map(lambda a, k=slot: a[..., k], found)
                yield Arrival(seat[0], state, flows, float(residual), int(passes[slot]))

    def close_ranks(self) -> None:
        """Go on in fewer slots."""
        taken = [slot for slot, seat in enumerate(self.seats) if seat]
        kept = np.array((taken + [k for k, seat in enumerate(self.seats) if not seat])[:FEW_SLOTS])
        self.seats = [self.seats[slot] for slot in kept]
        self._own = {name: slots[..., kept] for name, slots in self._own.items()}
        self._iteration = _of_slots(self._iteration, kept)
        self._economy = self._laid_out()

    def _laid_out(self) -> eq.Economy:
        """The economies of all slots, with the cells that any of their members is about."""
        cells = np.flatnonzero(self._users)
        room = next(size for size in CELLS if size >= cells.size)
        place = np.empty(self._users.size, dtype=np.intp)
        place[cells] = np.arange(cells.size)
        kernels = ("K", "K_border", "K_taxed")
        more: dict[str, Any] = {name: np.zeros((room, len(self.seats))) for name in kernels}
        for slot, seat in enumerate(self.seats):
            if seat is not None:
                for name, array in more.items():
                    array[place[seat[1].cells], slot] = getattr(seat[1], name)
        n = len(self._shared.VA)
        sector, exporter, importer = np.unravel_index(
            np.append(cells, np.zeros(room - cells.size, dtype=np.intp)), self._shared.K.shape
        )
        at: Any = (sector * n + exporter, sector * n + importer)
        few = eq.Few(*at, **more)
        taxes = np.bool_(self._shared.taxes_exports or more["K_taxed"].any())
        arrays: dict[str, Any] = {**self._own, **self._together, "taxes_exports": taxes}
        return self._shared._replace(**arrays, few=few)


def _for_members(parts: Any) -> Any:
    """The same numbers for every member; switches, which are alike for all, stay scalars."""
    return jax.tree.map(lambda a: a if np.asarray(a).dtype == bool else a[..., None], parts)


def _slots(array: Any, slots: int) -> Array:
    """Room for the same array in every slot  [.., slot]."""
    return np.repeat(np.asarray(array, dtype=np.float64)[..., None], slots, axis=-1)


def _like(economy: eq.Economy) -> Any:
    """A state of the batch, of which only the shapes matter."""
    (s, slots), n = economy.theta.shape, len(economy.VA)
    return eq.State(*(np.broadcast_to(0.0, (*dims, slots)) for dims in ((n,), (s, n), (s, n))))  # type: ignore[arg-type]


@partial(jax.jit, static_argnames="slots")
def _nobody(start: jax.Array, slots: int) -> Iteration:
    """An iteration whose slots are all free: it asks for no pass."""
    empty = begin(jnp.broadcast_to(start[:, None], (start.size, slots)))
    return empty._replace(best_r=jnp.zeros(slots))


@partial(jax.jit, donate_argnames="iteration")
def _advance(
    economy: eq.Economy,
    pre: Preconditioner,
    iteration: Iteration,
    tolerance: float,
    most: int,
    leave: int,
) -> Iteration:
    gap = preconditioned(economy, pre, _like(economy))
    return go_on(gap, iteration, tolerance, most, leave)


@jax.jit
def _implied(economy: eq.Economy, points: jax.Array) -> tuple[eq.State, eq.Flows, jax.Array]:
    """What the points [dim, slot] imply, and how far the conditions fail there."""
    state = packing(_like(economy))[1](points)
    return state, eq.flows(economy, state), eq.residual(economy, state)


@partial(jax.jit, donate_argnames="iteration")
def _welcome(iteration: Iteration, new: Array, start: jax.Array) -> Iteration:
    """An iteration in which some slots begin anew; their memory counts as empty."""
    fresh, it = begin(start), iteration

    def where(name: str) -> Any:
        there = getattr(fresh, name)
        return jnp.where(new, there[..., None], getattr(it, name))

    names = ("k", "v", "best", "best_r", "mark_r", "mark_k", "damping", "fresh", "used")
    return it._replace(**{name: where(name) for name in names})


@jax.jit
def _of_slots(iteration: Iteration, kept: Array) -> Iteration:
    """The same iteration with some of its slots only."""
    return jax.tree.map(lambda a: a[..., kept] if a.ndim else a, iteration)
