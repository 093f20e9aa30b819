"""The command line: thin over scenario, strategy, leverage, evidence and report.

Exit status: 0 when everything converged, 1 when no equilibrium was found, 2 for wrong input.
"""

import sys

import typer

from multipolar.cli import evidence, leverage, scenarios, strategy
from multipolar.errors import InputError, NotConverged

app = typer.Typer(
    help="Simulate the world economy in great-power conflict: tariffs, sanctions, deals.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (scenarios, leverage, strategy, evidence):
    part.add_to(app)


def main() -> None:
    """Run the command line; errors are a line, never a traceback."""
    try:
        app()
    except InputError as error:
        sys.stderr.write(f"multipolar: {error}\n")
        sys.exit(2)
    except NotConverged as error:
        sys.stderr.write(f"multipolar: {error}\n")
        sys.exit(1)
    except OSError as error:
        sys.stderr.write(f"multipolar: {error.filename or 'output'}: {error.strerror}\n")
        sys.exit(2)
