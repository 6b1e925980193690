"""A workspace for a part, at the base of the whole, and what its specialist is told."""

from prefect.runtime import flow_run

from agents.assignment import assign
from agents.job import Job
from agents.parts import for_part
from domain.frozen import Frozen
from domain.routing import Routing
from domain.share import Share
from proof.bench import Prepared
from tasks.blocks import outside
from tasks.ground import able_here, ground_of
from tasks.logbook import open_logbook
from tasks.policy import step
from tasks.share_hold import hold_of
from tasks.upkeep import make_room


class PreparedShare(Frozen):
    """A part ready to be worked on."""

    prepared: Prepared
    job: Job


@step("prepare_share")
async def prepare_share(share: Share) -> PreparedShare:
    """Its files have a place of their own, also where the whole is worked on."""
    desk = await outside()
    open_logbook(desk.settings, share.task_id, str(flow_run.id))
    await hold_of(share).prove()
    file = await desk.cases.read(share.task_id)
    await make_room(share.task_id)
    case = file.case.model_copy(update={"part": share.number})
    hold_of(share).case = case
    prepared = await desk.bench.prepare(case)
    only = Routing(primary=share.part.specialist, secondary=(), scores=())
    job = await assign(case, only, await able_here(prepared), await ground_of(prepared))
    every = await hold_of(share).shares.look(share.task_id, share.attempt)
    author = file.routing.primary if file.routing else "first"
    return PreparedShare(prepared=prepared, job=for_part(job, share, author, every))
