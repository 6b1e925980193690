"""Registering again, as every start of a coordinator does, on a real Prefect server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_CODE = """
import asyncio, json
from deployments.register import register
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate

async def main():
    await register()
    async with get_client() as client:
        sweep = await client.read_deployment_by_name("backlog-sweep/nightly")
        await client.update_deployment(sweep.id, DeploymentUpdate(parameters={"repos": ["acme/shop"]}))
        await client.update_deployment_schedule(sweep.id, sweep.schedules[0].id, active=False)
    await register()
    async with get_client() as client:
        found = [await client.read_deployment_by_name(name) for name in ("backlog-sweep/nightly", "issue-to-pr/docs")]
    print(json.dumps([[one.parameters, [[s.schedule.cron, s.active] for s in one.schedules]] for one in found]))

asyncio.run(main())
"""


def test_what_people_have_set_stays(prefect: Any, tmp_path: Path) -> None:
    """The sweep's repositories and its schedule, switched off, are as they were left."""
    environment = {**os.environ, "PREFECT_API_URL": prefect.url, "PREFECT_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", _CODE], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [
        [{"repos": ["acme/shop"]}, [["0 2 * * *", False]]],
        [{"specialist": "docs"}, []],
    ]
