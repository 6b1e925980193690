"""Generate, verify, review; what blocks goes back to the author, at most twice."""

import asyncio

from agents.handover import handed_over, sent_back
from agents.job import Job
from domain.ending import Ending
from domain.report import TestReport
from domain.transcript import RoundKey
from proof.bench import Prepared
from proof.verify import Verification
from tasks.generate import generate
from tasks.review import review
from tasks.verify import verify

FIX_ROUNDS = 2


async def work_in_rounds(
    ending: Ending, prepared: Prepared, job: Job, base: "asyncio.Future[TestReport | None]"
) -> Ending:
    """The change with its receipt and review, or the reason why there is none.

    Files that come back as they were sent back are not judged again: nothing more is to be had of the author.
    """
    tree, verification = "", Verification(receipt=None)
    for number in range(FIX_ROUNDS + 1):
        job = job.model_copy(update={"key": job.key.model_copy(update={"round": number})})
        work = await generate(prepared, job, ending.spend)
        ending = handed_over(ending, work.transcript, work.change).knowing(fix_rounds=number)
        if not ending.deliverable:
            return ending
        report = await base
        again = work.change.tree == tree
        if not again:
            tree, verification = work.change.tree, await verify(prepared, work.change, report)
            first_s = report.duration_s if report and number == 0 else 0.0
            ending = ending.knowing(tests_s=ending.tests_s + verification.tests_s + first_s)
        ending = ending.knowing(receipt=verification.receipt, review=None)
        if ending.outcome:
            return ending
        last = again or number == FIX_ROUNDS
        first = number == 0
        if last or sent_back(ending, verification.head, first=first) is None:
            ending = await _reviewed(ending, prepared, job.key)
        back = sent_back(ending, verification.head, first=first)
        if last or back is None:
            return ending
        job = job.model_copy(update={"feedback": back})
    return ending


async def _reviewed(ending: Ending, prepared: Prepared, key: RoundKey) -> Ending:
    if ending.routing is None or ending.change is None:
        return ending
    came = await review(prepared, ending.routing, ending.change, ending.receipt, key)
    return ending.paid(came.spend, came.model_s).knowing(review=came.review)
