"""A round of the agent, from wherever its checkpoint stands."""

from functools import partial

from agents.job import Job, Seat
from agents.loop import work
from domain.change import Change
from domain.frozen import Frozen
from domain.share import Share
from domain.spend import Spend
from domain.transcript import Transcript
from proof.bench import Prepared
from tasks.account import account_watched, account_works
from tasks.announce import Announcement
from tasks.blocks import outside
from tasks.claim import prove
from tasks.held import HeldModel
from tasks.place import acted, entered
from tasks.policy import step
from tasks.shipping import checkpoints_of
from tasks.watch import Watch


class Work(Frozen):
    """A finished round: what was said and paid, and what the files are now."""

    transcript: Transcript
    change: Change


@step("generate")
async def generate(prepared: Prepared, job: Job, before: Spend, shares: tuple[Share, ...] = ()) -> Work:
    """Work until the round stops; `before` is what the case has cost so far, `shares` are what others do meanwhile."""
    desk = await outside()
    await entered(job.case.id, "generate")
    watch = Watch(desk.shares, job.case, shares) if shares and desk.shares else None

    announcement = Announcement(prepared.rules)

    async def progress(action: str, spend: Spend) -> None:
        await account_works()
        seen = {"shares": watch.seen} if watch else {}
        paid = before + spend + (watch.spend if watch else Spend())
        await announcement.see(await acted(job.case.id, action, paid, **seen))

    shell = await desk.sandbox.shell(prepared.place)
    try:
        files = desk.files(prepared.workspace.path)
        held, workspace = partial(prove, job.case.id), prepared.workspace
        model = HeldModel(desk.model, held, desk.turns, desk.model_key)
        ledger = (desk.budget, await checkpoints_of(workspace))
        ports = (model, shell, files, desk.workspaces, workspace, *ledger, progress)
        seat = Seat(*ports, remarks=desk.remarks, given_back=watch)
        async with account_watched():
            transcript = await work(job, seat)
        await announcement.told()
    finally:
        await announcement.end()
        await shell.close()
    return Work(transcript=transcript, change=await desk.workspaces.snapshot(prepared.workspace))
