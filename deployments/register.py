"""Registers pools and deployments with a Prefect server; safe to run again."""

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound
from prefect.types.entrypoint import EntrypointType
from prefect.workers.process import ProcessWorker

from deployments.catalogue import Deployment, Pool, deployments, pools
from flows.issue_to_pr import issue_to_pr


async def register() -> None:
    """Every pool of type process, then every deployment; the stored ones run on any PC with the package.

    Source: an entrypoint by module path stores neither a folder nor pull steps.
    """
    async with get_client() as client:
        for pool in pools():
            await _register_pool(client, pool)
    for one in deployments():
        await _register_deployment(one)


async def _register_pool(client: PrefectClient, pool: Pool) -> None:
    template = ProcessWorker.get_default_base_job_template()
    try:
        await client.read_work_pool(pool.name)
    except ObjectNotFound:
        create = WorkPoolCreate(
            name=pool.name, type="process", description=pool.description, base_job_template=template
        )
        await client.create_work_pool(create)
    else:
        await client.update_work_pool(pool.name, WorkPoolUpdate(description=pool.description))


async def _register_deployment(one: Deployment) -> None:
    made = await issue_to_pr.ato_deployment(
        name=one.name,
        description=one.description,
        work_pool_name=one.pool,
        parameters={"specialist": one.specialist} if one.specialist else {},
        tags=list(one.tags),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    await made.aapply()
