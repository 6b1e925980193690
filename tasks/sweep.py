"""The backlog sweep, carried out by the coordinator: it knows what runs and what is free."""

from domain.backlog import Swept
from tasks.blocks import outside
from tasks.policy import step


@step("sweep")
async def sweep(repos: tuple[str, ...], labels: tuple[str, ...], limit: int) -> Swept:
    """What was started and what was written down; on one PC without a coordinator nothing is."""
    desk = await outside()
    if desk.dispatch is None:
        return Swept()
    named = repos or ((desk.settings.repo,) if desk.settings.repo else ())
    return await desk.dispatch.sweep(named, labels, limit)
