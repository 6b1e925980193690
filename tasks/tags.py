"""Tags of the flow run: what people filter by in the Prefect UI."""

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.runtime import flow_run


async def tag_run(*tags: str) -> None:
    """Add tags to the run that this is; outside a run there is nothing to tag."""
    if flow_run.id is None:
        return
    run = UUID(str(flow_run.id))
    async with get_client() as client:
        there = (await client.read_flow_run(run)).tags
        await client.update_flow_run(run, tags={*there, *tags})
