"""The `--help` of every command as one page: `python -m cli.manual > docs/commands.md`."""

import sys
from collections.abc import Iterator

import click

from cli.distributed import commands as distributed
from cli.main import commands

_WIDTH = 100
_HEAD = """\
# Commands

What the program says of itself, written by `python -m cli.manual`; a test holds this page equal to the program.

"""


def manual() -> str:
    """The page, the same on every terminal."""
    programs = (("claude-cluster", commands), ("claude-cluster-distributed", distributed))
    return "\n".join([_HEAD, *(part for name, program in programs for part in _program(name, program))])


def _program(title: str, program: click.Group, parent: click.Context | None = None) -> Iterator[str]:
    with _context(program, parent, title.rpartition(" ")[2]) as top:
        yield _block(title, program.get_help(top))
        for name in program.list_commands(top):
            command = program.get_command(top, name)
            if isinstance(command, click.Group):
                yield from _program(f"{title} {name}", command, top)
            elif command is not None:
                with _context(command, top, name) as context:
                    yield _block(f"{title} {name}", command.get_help(context))


def _context(command: click.Command, parent: click.Context | None, name: str) -> click.Context:
    return click.Context(
        command, parent=parent, info_name=name, terminal_width=_WIDTH, help_option_names=["-h", "--help"]
    )


def _block(title: str, text: str) -> str:
    return f"## {title}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(manual())
