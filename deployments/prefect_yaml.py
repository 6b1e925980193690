"""Writes prefect.yaml from the catalogue: `python -m deployments.prefect_yaml > prefect.yaml`."""

import json
import sys

from deployments.catalogue import ENTRYPOINTS, Deployment, Pool, deployments, pools

_HEAD = """\
# Written from deployments/catalogue.py: make prefect-yaml. A test holds the two equal.
# Register with: prefect --no-prompt deploy --all (the pools must be there: claude-cluster serve makes them).
name: claude-cluster

# Nothing is pulled: the package is installed on each machine. Without this step Prefect would
# store the folder of whoever deployed, which other machines do not have.
pull:
  - prefect.deployments.steps.set_working_directory:
      directory: /
"""


def render() -> str:
    """The whole file."""
    anchors = "\n".join(_pool(pool) for pool in pools())
    entries = "\n".join(_deployment(one) for one in deployments())
    return f"{_HEAD}\ndefinitions:\n  pools:\n{anchors}\ndeployments:\n{entries}"


def _pool(pool: Pool) -> str:
    return f"    {pool.name}: &{pool.name}\n      name: {pool.name}\n"


def _deployment(one: Deployment) -> str:
    lines = [
        f"  - name: {one.name}",
        f"    description: {json.dumps(one.description)}",
        f"    entrypoint: {ENTRYPOINTS[one.flow]}",
        f"    work_pool: *{one.pool}",
    ]
    if one.parameters:
        lines += ["    parameters:", *(f"      {name}: {value}" for name, value in one.parameters.items())]
    if one.tags:
        lines += ["    tags:", *(f"      - {tag}" for tag in one.tags)]
    if one.cron:
        lines += ["    schedules:", f"      - cron: {one.cron}", "        timezone: UTC"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
