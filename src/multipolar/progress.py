"""How long work tells where it has got to.

Whatever takes longer than a moment takes an `on_step` and calls it; who listens decides what
becomes of it. The command line draws a bar (`display.progress`), the page shows a line. A listener
may raise `Cancelled`: the work then stops there, and the error passes through every room.
"""

from typing import Protocol


class OnStep(Protocol):
    """Hears what is being done, and how many of how many steps are done (total 0: unknown)."""

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None:
        """Hear of a step."""


class Cancelled(Exception):  # noqa: N818  (nothing went wrong: nobody waits for the answer)
    """Raised by a listener when nobody waits for the answer any more."""


def quiet(text: str, done: int = 0, total: int = 0) -> None:
    """Hear nothing: the default of every `on_step`."""


def within(on_step: OnStep, whole: str) -> OnStep:
    """A listener for a part of some work, which names the whole first."""

    def inner(text: str, done: int = 0, total: int = 0) -> None:
        on_step(f"{whole}: {text}" if text else whole, done, total)

    return inner
