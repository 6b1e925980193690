"""Which specialist works, and why; and what that specialist is told."""

from agents.assignment import assign, route
from agents.job import Job
from domain.case import CaseFile
from domain.frozen import Frozen
from domain.routing import Routing
from proof.bench import Prepared
from tasks.artifacts import routing_artifact
from tasks.ground import able_here, ground_of
from tasks.place import entered
from tasks.policy import step
from tasks.tags import tag_run


class Assignment(Frozen):
    """The choice with its reasons, and the first round's job."""

    routing: Routing
    job: Job


@step("score_agents")
async def score_agents(file: CaseFile, prepared: Prepared) -> Assignment:
    """Scored once an attempt: a case file that has its routing keeps it."""
    able = await able_here(prepared)
    routing = file.routing or route(file.case, able)
    await entered(file.case.id, "score_agents", routing=routing)
    await tag_run(f"specialist:{routing.primary}")
    routing_artifact(file.case, routing)
    job = await assign(file.case, routing, able, await ground_of(prepared))
    return Assignment(routing=routing, job=job)
