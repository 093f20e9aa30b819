"""The command line: one command for each question, and some for scenarios, worlds, evidence.

Exit status: 0 when everything converged, 1 when no equilibrium was found, 2 for wrong input,
70 for a fault of the program itself, 130 when interrupted.
"""

import os
import signal
import sys

import click
from click.shell_completion import CompletionItem

from multipolar.cli import about, claims, evidence, questions, read, run, serve, sweep, world
from multipolar.errors import InputError, NotConverged
from multipolar.progress import INTERRUPTED
from multipolar.questions.asking import registry

FAULT = 70  # exit status of a fault in the program
SECTIONS = {
    "Scenarios": (
        run.run,
        run.verify,
        run.picture,
        claims.claims,
        sweep.sweep,
        about.scenarios,
        about.show,
        about.schema,
        about.template,
    ),
    "Data": (world.world, about.codes, evidence.evidence, read.read),
    "The page": (serve.serve,),
}
COMMANDS = {str(command.name): command for part in SECTIONS.values() for command in part}


class Commands(click.Group):
    """The commands defined here, and one for each question of the registry."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names."""
        return [*COMMANDS, *registry.summaries()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A command by name; a question's is made when it is called."""
        if cmd_name in COMMANDS:
            return COMMANDS[cmd_name]
        return questions.command(cmd_name) if cmd_name in registry.summaries() else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names, or an error that suggests one."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            from multipolar.errors import did_you_mean

            hint = did_you_mean(args[0], self.list_commands(ctx)) or "; see multipolar --help"
            raise InputError(f"no command of this name{hint}", field=args[0])
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands and questions that begin with what was typed; this imports no question."""
        told = {name: command.get_short_help_str() for name, command in COMMANDS.items()}
        told |= registry.summaries()
        items = [CompletionItem(n, help=h) for n, h in told.items() if n.startswith(incomplete)]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Commands by section, each with its sentence; this imports no question."""
        for title, part in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(str(c.name), c.get_short_help_str(70)) for c in part])
        with formatter.section("Questions (asked of a scenario with --scenario)"):
            formatter.write_dl(sorted(registry.summaries().items()))


app = Commands(
    "multipolar",
    help="Simulate the world economy in great-power conflict: tariffs, sanctions, deals.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line; an error is one line, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a title may have letters that a terminal lacks
    before = signal.signal(signal.SIGINT, _interrupt)
    try:
        app(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except BrokenPipeError:  # the reader has gone, as in `multipolar ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (Exception, KeyboardInterrupt) as error:
        message, status = _told(error)
        if status == FAULT and os.environ.get("MULTIPOLAR_DEBUG"):
            raise
        sys.stderr.write(f"multipolar: {message}\n")
        sys.exit(status)
    finally:
        INTERRUPTED.clear()
        signal.signal(signal.SIGINT, before)


def _interrupt(*_: object) -> None:
    INTERRUPTED.set()
    raise KeyboardInterrupt


def _told(error: BaseException) -> tuple[str, int]:
    """The message for an error, and the exit status."""
    if isinstance(error, InputError):
        return str(error), 2
    if isinstance(error, NotConverged):
        return str(error), 1
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return "interrupted", 130
    if isinstance(error, OSError):
        return f"{error.filename or 'output'}: {error.strerror}", 2
    fault = f"{type(error).__name__}: {error}"
    told = f"a fault of the program, not of your input ({fault}); please report it with the command"
    return f"{told}. MULTIPOLAR_DEBUG=1 shows where it happened", FAULT
