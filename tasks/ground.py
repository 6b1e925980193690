"""What a specialist finds in a prepared workspace."""

from agents.assignment import Ground, rule_texts, specialists
from agents.specialist import Specialist
from proof.bench import Prepared
from tasks.blocks import outside


async def ground_of(prepared: Prepared) -> Ground:
    """The repository's rules, its paths and files, how its tests are run."""
    desk = await outside()
    return Ground(
        rules=await rule_texts(prepared.workspace, desk.history),
        paths=prepared.files,
        files=desk.files(prepared.workspace.path),
        test_command=prepared.plan.command if prepared.plan else None,
        language=prepared.rules.pull_request.language,
        left_out=prepared.left_out,
        # Only this kind lets through what is listed, and nothing else.
        hosts=tuple(map(str, prepared.rules.tests.network)) if desk.sandbox_kind == "bubblewrap" else (),
    )


async def able_here(prepared: Prepared) -> tuple[Specialist, ...]:
    """Who may work on this repository, its own specialists included."""
    return await specialists(prepared.workspace, prepared.rules.agents, (await outside()).history)
