"""Registers pools and deployments with a Prefect server; safe to run again."""

from typing import Any

from prefect import Flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.objects import WorkPool
from prefect.client.schemas.responses import DeploymentResponse
from prefect.types.entrypoint import EntrypointType
from prefect.workers.process import ProcessWorker

from deployments.catalogue import Deployment, Kind, Pool, deployments, pools
from deployments.containers import Containers
from deployments.standing import Standing, says_the_same
from domain.errors import ConfigurationError
from flows.backlog_sweep import backlog_sweep
from flows.issue_to_pr import issue_to_pr
from flows.self_check import self_check
from flows.specialist_share import specialist_share

_FLOWS: dict[str, Flow[..., Any]] = {
    one.name: one for one in (issue_to_pr, specialist_share, backlog_sweep, self_check)
}


async def register(kind: Kind = "process", containers: Containers | None = None) -> None:
    """Every pool, then every deployment; the stored ones run on any PC with the package.

    `containers` are the tasks' in a cluster of type docker; a pool that is there keeps what people gave it.
    Source: an entrypoint by module path stores neither a folder nor pull steps.
    """
    async with get_client() as client:
        standing = await Standing.of(client)
        for pool in pools(kind):
            await _register_pool(client, pool, containers or Containers(), standing.pools.get(pool.name))
        for one in deployments(kind):
            await _register_deployment(one, standing.deployments.get(f"{one.flow}/{one.name}"))


async def _register_pool(client: PrefectClient, pool: Pool, containers: Containers, known: WorkPool | None) -> None:
    if known is None:
        docker = pool.kind == "docker"
        template = containers.template() if docker else ProcessWorker.get_default_base_job_template()
        create = WorkPoolCreate(
            name=pool.name, type=pool.kind, description=pool.description, base_job_template=template
        )
        await client.create_work_pool(create)
        return
    if known.type != pool.kind:
        raise ConfigurationError(
            f"the pool {pool.name} is of type {known.type}, not {pool.kind}", "start the coordinator with that --type"
        )
    if known.description != pool.description:
        await client.update_work_pool(pool.name, WorkPoolUpdate(description=pool.description))


async def _register_deployment(one: Deployment, known: DeploymentResponse | None) -> None:
    """One that is there keeps the default parameters and the schedules that people gave it."""
    parameters, cron, schedules = one.parameters, one.cron, None
    if known is not None:
        parameters, cron = {**known.parameters, **one.parameters}, None
        schedules = [
            DeploymentScheduleCreate(schedule=each.schedule, active=each.active, parameters=each.parameters)
            for each in known.schedules
        ]
    made = await _FLOWS[one.flow].ato_deployment(
        name=one.name,
        description=one.description,
        work_pool_name=one.pool,
        parameters=parameters,
        tags=list(one.tags),
        schedules=schedules or None,
        cron=cron,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    if known is None or not says_the_same(made, known):
        await made.aapply()
