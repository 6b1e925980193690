"""Tags of the flow run: what people filter by in the Prefect UI."""

from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.runtime import flow_run


async def tag_run(*tags: str) -> None:
    """Add tags to the run that this is; outside a run there is nothing to tag."""
    if flow_run.id is None:
        return
    async with get_client() as client:
        await client.update_flow_run(UUID(str(flow_run.id)), tags={*flow_run.tags, *tags})
