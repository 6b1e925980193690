"""What people see: results on stdout, progress on stderr."""

import sys

from rich.console import Console


def progress_console() -> Console:
    """For everything that is not the result."""
    return Console(stderr=True, highlight=False)


def result_console() -> Console:
    """For tables that are the result."""
    return Console(highlight=False)


def is_terminal() -> bool:
    """Whether somebody watches the progress."""
    return sys.stderr.isatty()
