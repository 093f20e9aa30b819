"""What the economy does.

Importing this package turns on float64 in JAX. Unless JAX was told otherwise, it also keeps
compiled programs in the user's cache folder, so that a second process starts fast.
"""

import os

from multipolar.model.programs import keep_programs

keep_programs()

# Splitting small products over cores costs more than it gains; whole solves run side by side on
# the cores instead (`solve_many`). No effect if JAX has already computed something.
if "xla_cpu_multi_thread_eigen" not in os.environ.get("XLA_FLAGS", ""):
    os.environ["XLA_FLAGS"] = (
        os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
    ).strip()

from multipolar.model.anticipation import Anticipation  # noqa: E402
from multipolar.model.assumptions import Assumptions  # noqa: E402
from multipolar.model.batch import solve_many  # noqa: E402
from multipolar.model.case import Case  # noqa: E402
from multipolar.model.course import Course  # noqa: E402
from multipolar.model.gradient import differentiable  # noqa: E402
from multipolar.model.impact import impact  # noqa: E402
from multipolar.model.outcome import Outcome  # noqa: E402  (float64 before any array exists)
from multipolar.model.path import Capital, path  # noqa: E402
from multipolar.model.rebase import alter_tariffs, taken_back  # noqa: E402
from multipolar.model.sensitivity import first_order, sensitivity  # noqa: E402
from multipolar.model.solve import solve  # noqa: E402

__all__ = [
    "Anticipation",
    "Assumptions",
    "Capital",
    "Case",
    "Course",
    "Outcome",
    "alter_tariffs",
    "differentiable",
    "first_order",
    "impact",
    "path",
    "sensitivity",
    "solve",
    "solve_many",
    "taken_back",
]
