"""A round of the agent, from wherever its checkpoint stands."""

from agents.job import Job, Seat
from agents.loop import work
from domain.change import Change
from domain.frozen import Frozen
from domain.spend import Spend
from domain.transcript import Transcript
from proof.bench import Prepared
from tasks.account import account_watched, account_works
from tasks.announce import announce
from tasks.blocks import outside
from tasks.held import HeldModel
from tasks.place import acted, entered
from tasks.policy import step
from tasks.shipping import checkpoints_of


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
        await account_works()
        await announce(await acted(job.case.id, action, before + spend), prepared.rules)

    shell = await desk.sandbox.shell(prepared.place)
    try:
        files = desk.files(prepared.workspace.path)
        model, workspace = HeldModel(desk.model, job.case.id, desk.turns, desk.model_key), prepared.workspace
        kept = await checkpoints_of(workspace)
        ledger = (desk.budget, kept)
        seat = Seat(model, shell, files, desk.workspaces, workspace, *ledger, progress, remarks=desk.remarks)
        async with account_watched():
            transcript = await work(job, seat)
    finally:
        await shell.close()
    return Work(transcript=transcript, change=await desk.workspaces.snapshot(prepared.workspace))
