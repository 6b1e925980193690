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

_AGAIN = """
import asyncio, json
from deployments.register import register
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate

async def moments():
    async with get_client() as client:
        return {str(one.id): str(one.updated) for one in await client.read_deployments(limit=200)}

async def main():
    await register()
    before = await moments()
    await register()
    same = await moments() == before
    async with get_client() as client:
        one = await client.read_deployment_by_name("issue-to-pr/docs")
        await client.update_deployment(one.id, DeploymentUpdate(description="Something else", tags=["wrong"]))
        await register()
        again = await client.read_deployment_by_name("issue-to-pr/docs")
    mended = (again.description, again.tags) == (one.description, one.tags)
    others = [name for name, at in (await moments()).items() if before[name] != at]
    print(json.dumps([same, mended, others == [str(one.id)]]))

asyncio.run(main())
"""


def _said(code: str, prefect: Any, folder: Path) -> Any:
    environment = {**os.environ, "PREFECT_API_URL": prefect.url, "PREFECT_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, env=environment, cwd=folder, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_start_changes_only_what_is_different(prefect: Any, tmp_path: Path) -> None:
    """Nothing is written for what stands there as it should; what somebody bent is put right, and only that."""
    assert _said(_AGAIN, prefect, tmp_path) == [True, True, True]


def test_what_people_have_set_stays(prefect: Any, tmp_path: Path) -> None:
    """The sweep's repositories and its schedule, switched off, are as they were left."""
    assert _said(_CODE, prefect, tmp_path) == [
        [{"repos": ["acme/shop"]}, [["0 2 * * *", False]]],
        [{"specialist": "docs"}, []],
    ]
