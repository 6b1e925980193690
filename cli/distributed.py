"""`claude-cluster-distributed`: the commands of a cluster of several PCs."""

from typing import NoReturn

import click

from cli.program import Commands, run

_SUMMARIES = {
    "start-coordinator": "Prefect server, API, webhooks, database and recovery of a cluster.",
    "start-node": "Join a cluster and work on the issues of one's specialties.",
    "status": "Nodes, pools, queue and tasks of the cluster.",
    "workflow": "Take an issue to a pull request on the cluster, with live progress.",
    "install-service": "Coordinator or node as a service of systemd.",
    "backup": "Everything that the coordinator knows, as one file.",
    "restore": "A coordinator's state from a backup.",
}
_MODULES = {
    "start-coordinator": "cli.start_coordinator:start_coordinator",
    "start-node": "cli.start_node:start_node",
    "status": "cli.cluster_status:cluster_status",
    "workflow": "cli.cluster_workflow:cluster_workflow",
    "install-service": "cli.install_service:install_service",
    "backup": "cli.backup:backup",
    "restore": "cli.backup:restore",
}


@click.group(
    cls=Commands, summaries=_SUMMARIES, modules=_MODULES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="claude-cluster")
def commands() -> None:
    """Several PCs, one Prefect server: any of them may die, and nothing is lost."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """The program."""
    run(commands, "claude-cluster-distributed", arguments)
