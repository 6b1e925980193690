"""A program of several commands: finds the command, runs it, and turns errors into one line and an exit code."""

import importlib
import os
import signal
import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any, NoReturn

import click


class Commands(click.Group):
    """The commands by name, loaded when asked for, so that `--help` costs nothing.

    `summaries` has them in the order of the work; `modules` says `module:name` where that is not `cli.<name>`.
    """

    def __init__(
        self, *arguments: Any, summaries: Mapping[str, str], modules: Mapping[str, str], **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._summaries, self._modules = summaries, modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Their names, in the order of the work."""
        return list(self._summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of that name."""
        if cmd_name not in self._summaries:
            return None
        module, _, name = self._modules.get(cmd_name, f"cli.{cmd_name}:{cmd_name}").partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The table of `--help`, without loading a command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._summaries.items()))


def run(commands: click.Group, name: str, arguments: list[str] | None = None) -> NoReturn:
    """The program. Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 refused, 4 stuck, 130 Ctrl-C."""
    if sys.platform == "win32":
        sys.exit("claude-cluster runs on Linux and macOS; on Windows start it in WSL2")
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        code = commands.main(args=arguments, prog_name=name, standalone_mode=False)
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
    from domain.errors import ClusterError  # noqa: PLC0415 - only when something went wrong

    if os.environ.get("LOG_LEVEL", "").upper() == "DEBUG":
        import traceback  # noqa: PLC0415 - the same

        traceback.print_exception(error)
    if isinstance(error, ClusterError):
        _fail(f"Error: {error}", error.exit_code)
    words = " ".join(str(error).split())[:500] or "no message"
    _fail(f"Error: {type(error).__name__}: {words} - run again with LOG_LEVEL=DEBUG for the trace", 1)


def _fail(line: str, code: int) -> NoReturn:
    click.echo(line, err=True)
    sys.exit(code)
