"""A round of the agent, from wherever its checkpoint stands."""

from agents.job import Job, Seat
from agents.loop import work
from domain.change import Change
from domain.frozen import Frozen
from domain.spend import Spend
from domain.transcript import Transcript
from proof.bench import Prepared
from tasks.announce import announce
from tasks.blocks import outside
from tasks.place import acted, entered
from tasks.policy import step


class Work(Frozen):
    """A finished round: what was said and paid, and what the files are now."""

    transcript: Transcript
    change: Change


@step("generate")
async def generate(prepared: Prepared, job: Job, before: Spend) -> Work:
    """Work until the round stops; `before` is what the case has cost so far."""
    desk = await outside()
    await entered(job.case.id, "generate")

    async def progress(action: str, spend: Spend) -> None:
        await announce(await acted(job.case.id, action, before + spend), prepared.rules)

    shell = await desk.sandbox.shell(prepared.place)
    try:
        files = desk.files(prepared.workspace.path)
        transcript = await work(
            job,
            Seat(
                desk.model, shell, files, desk.workspaces, prepared.workspace, desk.budget, desk.checkpoints, progress
            ),
        )
    finally:
        await shell.close()
    return Work(transcript=transcript, change=await desk.workspaces.snapshot(prepared.workspace))
