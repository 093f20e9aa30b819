"""How long-running work reports its progress.

A function that takes longer than a moment has an argument `on_step` and calls it. The listener
decides what to do with it: the command line draws a bar (`display.progress`), the page shows a
line. A listener may raise `Cancelled`: the work then stops, and every room lets the error pass.
"""

from threading import Event
from typing import Protocol

# Set once the user interrupts: Python loses an interrupt that falls into a callback of its garbage
# collector, and a listener that looks here heeds it at the next step.
INTERRUPTED = Event()


class OnStep(Protocol):
    """Is told what is being done, and how many steps of how many are done (total 0: unknown)."""

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None:
        """Be told of a step."""


class Cancelled(Exception):  # noqa: N818  (nothing went wrong: nobody waits for the answer)
    """Raised by a listener when nobody waits for the result any more."""


def quiet(text: str, done: int = 0, total: int = 0) -> None:
    """Do nothing: the default of every `on_step`."""


def within(on_step: OnStep, whole: str) -> OnStep:
    """A listener for one part of some work; it puts the name of the whole work first."""

    def inner(text: str, done: int = 0, total: int = 0) -> None:
        on_step(f"{whole}: {text}" if text else whole, done, total)

    return inner


def heeding(on_step: OnStep) -> OnStep:
    """A listener that stops the work if the user has interrupted it."""

    def heed(text: str, done: int = 0, total: int = 0) -> None:
        if INTERRUPTED.is_set():
            raise KeyboardInterrupt
        on_step(text, done, total)

    return heed
