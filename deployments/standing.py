"""What a Prefect server has registered already: a coordinator that starts again changes only what is different."""

from typing import Any

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import WorkPool
from prefect.client.schemas.responses import DeploymentResponse
from prefect.deployments.runner import RunnerDeployment

_PAGE = 200


class Standing:
    """`pools` and `deployments` (`flow/name`) by their names, as they were when it was asked for."""

    def __init__(self, pools: list[WorkPool], deployments: dict[str, DeploymentResponse]) -> None:
        self.pools = {one.name: one for one in pools}
        self.deployments = deployments

    @classmethod
    async def of(cls, client: PrefectClient) -> "Standing":
        """In three requests, however much there is of ours."""
        pools = await client.read_work_pools(limit=_PAGE)
        flows = {one.id: one.name for one in await client.read_flows(limit=_PAGE)}
        found = await client.read_deployments(limit=_PAGE)
        return cls(pools, {f"{flows[one.flow_id]}/{one.name}": one for one in found if one.flow_id in flows})


def says_the_same(made: RunnerDeployment, known: DeploymentResponse) -> bool:
    """Whether applying it would change nothing. What people set besides (schedules, paused) is theirs."""
    schema: dict[str, Any] = made._parameter_openapi_schema.model_dump(exclude_unset=True)  # noqa: SLF001 - as Prefect itself sends it
    ours = (made.version, made.description, made.entrypoint, made.parameters, made.work_pool_name, schema)
    theirs = (
        *(known.version, known.description, known.entrypoint, known.parameters, known.work_pool_name),
        known.parameter_openapi_schema,
    )
    return ours == theirs and set(made.tags) == set(known.tags)
