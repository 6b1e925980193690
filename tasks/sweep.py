"""The backlog sweep, carried out by the coordinator: it knows what runs and what is free."""

from tasks.blocks import outside
from tasks.policy import step


@step("sweep")
async def sweep(repos: tuple[str, ...], labels: tuple[str, ...], limit: int) -> tuple[str, ...]:
    """The tasks that were started, each with its issue; on one PC without a coordinator there are none."""
    desk = await outside()
    if desk.dispatch is None:
        return ()
    named = repos or ((desk.settings.repo,) if desk.settings.repo else ())
    return await desk.dispatch.sweep(named, labels, limit)
