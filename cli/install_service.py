"""`install-service`: what the start commands do, done by systemd from boot on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cli.output import progress_console
from cli.serve import serve
from cli.start_coordinator import start_coordinator
from cli.start_node import start_node
from wiring.configuration import load_settings

_OWN = (
    click.Option(["--print", "only_print"], is_flag=True, help="Print the unit; write nothing."),
    click.Option(["--user", "of_user"], is_flag=True, help="A service of yours, not of the system."),
)


@click.group("install-service")
def install_service() -> None:
    """Write a systemd unit, its environment file (0600) and its log's place; takes the flags of the command it runs."""


def _command(name: str, summary: str, runs: click.Command, role: str) -> click.Command:
    def install(only_print: bool, of_user: bool, **given: Any) -> int:  # noqa: FBT001 - click passes options by name
        from cluster.service import unit  # noqa: PLC0415 - `--help` needs none of it
        from cluster.service.install import install as write  # noqa: PLC0415 - the same
        from cluster.service.install import next_steps  # noqa: PLC0415 - the same

        kind: unit.Role = getattr(unit, role)
        place = unit.Place.of_user(kind) if of_user else unit.Place.of_system(kind)
        text = unit.unit_text(kind, place, _arguments(runs, given), float(given.get("drain_seconds") or 0))
        if only_print:
            click.echo(text, nl=False)
            return 0
        say = _teller()
        write(kind, place, text, load_settings(), say)
        say(next_steps(kind, place))
        return 0

    return click.Command(name, params=[*runs.params, *_OWN], callback=install, help=summary, short_help=summary)


def _arguments(runs: click.Command, given: dict[str, Any]) -> list[str]:
    """What was typed, and no defaults: those may change with the version. Paths become those of the whole system."""
    context = click.get_current_context()
    found = []
    for parameter in runs.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE:
            value = given[name].absolute() if isinstance(given[name], Path) else given[name]
            found += [max(parameter.opts, key=len), f"{value:g}" if isinstance(value, float) else str(value)]
    return found


def _teller() -> Callable[[str], None]:
    console = progress_console()
    return lambda line: console.print(line, markup=False, soft_wrap=True)


install_service.add_command(
    _command("coordinator", "claude-coordinator.service: start-coordinator.", start_coordinator, "COORDINATOR")
)
install_service.add_command(_command("node", "claude-agent.service: start-node.", start_node, "NODE"))
install_service.add_command(_command("one-pc", "claude-cluster.service: claude-cluster serve.", serve, "ONE_PC"))
