"""Results that are worked out once for a world, and kept only as long as the world exists."""

import weakref
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from multipolar.world.world import World

T = TypeVar("T")


class PerWorld(Generic[T]):
    """The results used last for each world, by key; shared by threads.

    `keep` bounds the memory: a batch over elasticities asks for a new key with every member.
    """

    def __init__(self, keep: int = 4) -> None:
        self._keep, self._lock = keep, Lock()
        self._kept: weakref.WeakKeyDictionary[World, dict[Hashable, T]]
        self._kept = weakref.WeakKeyDictionary()

    def get(self, world: "World", key: Hashable, make: Callable[[], T]) -> T:
        """The result kept for this world and key; if there is none, what `make` returns."""
        with self._lock:
            mine = self._kept.setdefault(world, {})
            found = mine.pop(key, None)
            if found is not None:
                mine[key] = found  # the last one used is the last to go
        if found is None:
            found = make()
            with self._lock:
                mine = self._kept.setdefault(world, {})
                while len(mine) >= self._keep:
                    del mine[next(iter(mine))]
                mine[key] = found
        return found

    def count(self, world: "World") -> int:
        """How many results are kept for a world."""
        with self._lock:
            return len(self._kept.get(world, {}))
