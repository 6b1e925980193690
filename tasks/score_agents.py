"""Which specialist works, and why; and what that specialist is told."""

from agents.assignment import Ground, assign, route, rule_texts, specialists
from agents.job import Job
from domain.case import CaseFile
from domain.frozen import Frozen
from domain.routing import Routing
from proof.bench import Prepared
from tasks.artifacts import routing_artifact
from tasks.blocks import outside
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
    desk = await outside()
    able = await specialists(prepared.workspace, prepared.rules.agents, desk.history)
    routing = file.routing or route(file.case, able)
    await entered(file.case.id, "score_agents", routing=routing)
    await tag_run(f"specialist:{routing.primary}")
    await routing_artifact(file.case, routing)
    ground = Ground(
        rules=await rule_texts(prepared.workspace, desk.history),
        paths=prepared.files,
        files=desk.files(prepared.workspace.path),
        test_command=prepared.plan.command if prepared.plan else None,
        language=prepared.rules.pull_request.language,
        left_out=prepared.left_out,
    )
    return Assignment(routing=routing, job=await assign(file.case, routing, able, ground))
