"""`claude-cluster`: the commands of one PC."""

from typing import NoReturn

import click

from cli.program import Commands, run

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
    "report": "Cost per merged pull request and first-pass rate, by specialist and model.",
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


@click.group(
    cls=Commands, summaries=_SUMMARIES, modules=_MODULES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="claude-cluster")
def commands() -> None:
    """A GitHub issue goes in, a pull request that proves itself comes out."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """The program."""
    run(commands, "claude-cluster", arguments)
