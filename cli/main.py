"""`claude-cluster`: finds the command, runs it, and turns errors into one line and an exit code."""

import importlib
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import click

_SUMMARIES = {
    "setup": "Check this machine, the keys and the rights; say what to do about each failure.",
    "agents": "List the specialists, or score them against an issue.",
    "locate": "The files most likely to change for a text, best first.",
    "workflow": "Take an issue to a pull request, with live progress.",
    "create-task": "Freeze an issue into a task and print the task's id.",
    "run-task": "Run a task, or show it if it is running.",
    "resume": "Go on with an interrupted task; what was paid is not paid again.",
    "retry": "A new attempt at a task that has ended.",
    "approve": "Let a task go on that waits for a person's word.",
    "cancel": "Stop a task with everything it started.",
    "serve": "Prefect server, UI and workers of this PC, until Ctrl-C.",
    "status": "Tasks: state, step, cost.",
    "logs": "The log, of one task or of all.",
    "demo": "The rehearsal: the whole pipeline without any account.",
}
_MODULES = {
    "create-task": "cli.tasks:create_task",
    "run-task": "cli.tasks:run_task",
    "resume": "cli.tasks:resume",
    "retry": "cli.tasks:retry",
    "approve": "cli.tasks:approve",
    "cancel": "cli.tasks:cancel",
}


class Commands(click.Group):
    """The commands by name, loaded when asked for, so that `--help` costs nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Their names, in the order of the work."""
        return list(_SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of that name."""
        if cmd_name not in _SUMMARIES:
            return None
        module, _, name = _MODULES.get(cmd_name, f"cli.{cmd_name}:{cmd_name}").partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The table of `--help`, without loading a command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUMMARIES.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="claude-cluster")
def commands() -> None:
    """A GitHub issue goes in, a pull request that proves itself comes out."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """The program. Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 refused, 4 stuck, 130 Ctrl-C."""
    if sys.platform == "win32":
        sys.exit("claude-cluster runs on Linux and macOS; on Windows start it in WSL2")
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        code = commands.main(args=arguments, prog_name="claude-cluster", standalone_mode=False)
    except click.exceptions.Abort:
        _fail("interrupted", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the last stop: one line for people, the trace for LOG_LEVEL=DEBUG
        _report(error)
    sys.exit(code if isinstance(code, int) else 0)


def _interrupted(signum: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the shape of a signal handler
    """SIGTERM is taken like Ctrl-C, so that children are ended by those who started them."""
    raise KeyboardInterrupt


def _report(error: Exception) -> NoReturn:
    from domain.errors import ClusterError

    if os.environ.get("LOG_LEVEL", "").upper() == "DEBUG":
        import traceback

        traceback.print_exception(error)
    if isinstance(error, ClusterError):
        _fail(f"Error: {error}", error.exit_code)
    words = " ".join(str(error).split())[:500] or "no message"
    _fail(f"Error: {type(error).__name__}: {words} - run again with LOG_LEVEL=DEBUG for the trace", 1)


def _fail(line: str, code: int) -> NoReturn:
    click.echo(line, err=True)
    sys.exit(code)
