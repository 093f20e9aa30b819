"""Cases side by side: each is solved, read, and forgotten, so that memory holds only a few.

This is the one seam between questions that are asked of many cases and how batches are solved.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from threading import Lock

from multipolar.model.batch import cores
from multipolar.model.case import Case
from multipolar.model.members import Batch
from multipolar.model.quantities import Quantities
from multipolar.model.solve import MAX_ITERATIONS, TOLERANCE, outcome_of
from multipolar.progress import OnStep, quiet


def read_each(
    cases: Sequence[Case],
    read: Callable[[int], None],
    beside: Callable[[Case], Sequence[Case]] = lambda _case: (),
    said: str = "solving",
    on_step: OnStep = quiet,
) -> None:
    """Let `read(k)` read the outcome of each case, on threads; a case forgets its own afterwards.

    All cases are of one world. `beside` names other cases that are read together with a case; they
    are solved in the same batch. `read` must not raise what concerns one case alone. `on_step`
    hears of every case that is solved; if it raises, cases that have not begun are not begun.
    """
    others = [(k, other) for k, case in enumerate(cases) for other in beside(case)]
    owners = [*range(len(cases)), *(k for k, _ in others)]
    everyone = [*cases, *(other for _, other in others)]
    left, lock = Counter(owners), Lock()

    def keep(
        number: int, status: str, residual: float, passes: int, found: Quantities | None
    ) -> None:
        case, owner = everyone[number], owners[number]
        if found is not None:
            case.know(
                outcome_of(
                    found.world, case.policy, case.assumptions, status,
                    residual=residual, iterations=passes, values=found,
                )
            )  # fmt: skip
        with lock:
            left[owner] -= 1
            complete = not left[owner]
        if complete:
            read(owner)
            cases[owner].forget()

    def step(text: str, done: int = 0, total: int = 0) -> None:  # noqa: ARG001
        on_step(said, done, total)

    members = [(case.policy, case.assumptions) for case in everyone]
    Batch(cases[0].world, members, TOLERANCE, MAX_ITERATIONS, keep).run(cores(), step)
