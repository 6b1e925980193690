"""Whether others do parts of the work at the same time: asked once an attempt, and only where they could begin now."""

from functools import partial

from agents.job import Job
from agents.parts import with_parts
from agents.plan import Land, PlanRound, known_plan, make_plan
from agents.purse import Purse
from agents.specialist import resolve
from domain.frozen import Frozen
from domain.repository import RepositoryRules
from domain.routing import Routing
from domain.share import Share
from domain.spend import Spend
from proof.bench import Prepared
from proof.watched_paths import is_protected
from tasks.account import account_watched
from tasks.blocks import outside
from tasks.claim import prove
from tasks.ground import able_here
from tasks.held import HeldModel
from tasks.place import noted
from tasks.policy import step
from tasks.shipping import checkpoints_of


class Division(Frozen):
    """The author's job, knowing the shares of others; without them it is as it was. `spend` is the plan's."""

    job: Job
    shares: tuple[Share, ...] = ()
    spend: Spend = Spend()
    model_s: float = 0.0


@step("divide")
async def divide(prepared: Prepared, job: Job, routing: Routing | None) -> Division:
    """What was offered before a crash is looked up; where the author has begun nothing is offered any more."""
    desk = await outside()
    if desk.shares is None or desk.offers is None or routing is None or not routing.secondary:
        return Division(job=job)
    case, kept = job.case, await checkpoints_of(prepared.workspace)
    shares = await desk.shares.look(case.id, case.attempt)
    asked = await known_plan(kept, job.key.model_copy(update={"role": "planner"}))
    if not shares and await kept.load(job.key) is None:
        asked = asked or await _asked(prepared, job, routing)
        if asked.plan.parts:
            shares = await desk.offers.offer(case.id, case.attempt, asked.plan.parts)
    if shares:
        await noted(case.id, shares=shares)
    paid = asked or PlanRound()
    return Division(job=with_parts(job, shares), shares=shares, spend=paid.spend, model_s=paid.model_s)


async def _asked(prepared: Prepared, job: Job, routing: Routing) -> PlanRound:
    """The plan for those who are free at this moment; nobody is asked where nobody is."""
    desk, case = await outside(), job.case
    able = await able_here(prepared)
    free = await desk.offers.free(case.id, routing.secondary) if desk.offers else ()
    if not free:
        return PlanRound()
    await noted(case.id, action="looks whether the work splits")
    paths, own = (*prepared.files, *prepared.left_out), prepared.rules
    land = Land(paths=paths, protected=tuple(path for path in paths if not _may_give(own, path)))
    model = HeldModel(desk.model, partial(prove, case.id), desk.turns, desk.model_key)
    async with account_watched():
        return await make_plan(
            case,
            resolve(routing.primary, able),
            [resolve(name, able) for name in free],
            land,
            partial(_may_give, own),
            Purse(model, desk.budget, case),
            await checkpoints_of(prepared.workspace),
            job.key.model_copy(update={"role": "planner"}),
        )


def _may_give(rules: RepositoryRules, path: str) -> bool:
    """Not what steers machines and agents: hidden folders, and protected paths, or folders of such."""
    hidden = any(name.startswith(".") for name in path.split("/"))
    inside = f"{path.rstrip('/*')}/any"
    return not hidden and not any(is_protected(one, rules.guard.protected) for one in (path, inside))
