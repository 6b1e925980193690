"""The `--help` of every command as one page: `python -m cli.manual > docs/commands.md`."""

import sys

import click

from cli.main import commands

_WIDTH = 100
_HEAD = """\
# Commands

What the program says of itself, written by `python -m cli.manual`; a test holds this page equal to the program.

"""


def manual() -> str:
    """The page, the same on every terminal."""
    with _context(commands, None, "claude-cluster") as top:
        parts = [_HEAD, _block("claude-cluster", commands.get_help(top))]
        for name in commands.list_commands(top):
            command = commands.get_command(top, name)
            if command is not None:
                with _context(command, top, name) as context:
                    parts.append(_block(f"claude-cluster {name}", command.get_help(context)))
    return "\n".join(parts)


def _context(command: click.Command, parent: click.Context | None, name: str) -> click.Context:
    return click.Context(
        command, parent=parent, info_name=name, terminal_width=_WIDTH, help_option_names=["-h", "--help"]
    )


def _block(title: str, text: str) -> str:
    return f"## {title}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(manual())
