"""A specialist who did not write the change reads it."""

from functools import partial

from agents.assignment import rule_texts
from agents.review import ReviewRound, choose_reviewer
from agents.review import review as ask
from domain.change import Change
from domain.receipt import Receipt
from domain.routing import Routing
from domain.transcript import RoundKey
from proof.bench import Prepared
from tasks.account import account_watched
from tasks.blocks import outside
from tasks.claim import prove
from tasks.ground import able_here
from tasks.held import HeldModel
from tasks.place import entered
from tasks.policy import step
from tasks.shipping import checkpoints_of


@step("review")
async def review(
    prepared: Prepared,
    routing: Routing,
    change: Change,
    receipt: Receipt | None,
    key: RoundKey,
    helpers: tuple[str, ...] = (),
) -> ReviewRound:
    """Issue, difference, receipt and the repository's rules; never the author's transcript.

    `helpers` are the specialists who did parts of it.
    """
    desk = await outside()
    case = prepared.workspace.case
    await entered(case.id, "review")
    able = await able_here(prepared)
    rules = "\n\n".join(f"{one.path}\n{one.text}" for one in await rule_texts(prepared.workspace, desk.history))
    reviewer, language = choose_reviewer(routing, able, helpers), prepared.rules.pull_request.language
    key = key.model_copy(update={"role": "reviewer"})
    async with account_watched():
        model = HeldModel(desk.model, partial(prove, case.id), desk.turns, desk.model_key)
        kept = await checkpoints_of(prepared.workspace)
        return await ask(case, reviewer, change, receipt, rules, model, desk.budget, kept, key, language)
