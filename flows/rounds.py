"""Generate, with parts of others if there are any; verify, review. What blocks goes back, at most twice."""

import asyncio

from agents.handover import handed_over, sent_back
from agents.job import Job, next_round
from agents.parts import with_joined
from domain.ending import Ending
from domain.frozen import Frozen
from domain.report import TestReport
from domain.transcript import RoundKey
from proof.bench import Prepared
from proof.verify import Verification
from tasks.divide import divide
from tasks.generate import Work, generate
from tasks.join_shares import join_shares
from tasks.review import review
from tasks.verify import verify
from tasks.watch import spend_of

FIX_ROUNDS = 2


class Written(Frozen):
    """The first work to be judged, parts of others included, with the job it came of."""

    work: Work
    job: Job
    ending: Ending


async def work_in_rounds(
    ending: Ending, prepared: Prepared, job: Job, base: "asyncio.Future[TestReport | None]"
) -> Ending:
    """The change with its receipt and review, or the reason why there is none.

    Files that come back as they were sent back are not judged again: nothing more is to be had of the author.
    """
    written = await _written(ending, prepared, job)
    work, job, ending = written.work, written.job, written.ending
    tree, verification = "", Verification(receipt=None)
    for number in range(FIX_ROUNDS + 1):
        first = number == 0
        if not first:
            work = await generate(prepared, job, ending.spend)
        ending = handed_over(ending, work.transcript, work.change).knowing(fix_rounds=number)
        if not ending.deliverable:
            return ending
        report = await base
        again = work.change.tree == tree
        if not again:
            tree, verification = work.change.tree, await verify(prepared, work.change, report)
            first_s = report.duration_s if report and first else 0.0
            ending = ending.knowing(tests_s=ending.tests_s + verification.tests_s + first_s)
        ending = ending.knowing(receipt=verification.receipt, review=None)
        if ending.outcome:
            return ending
        last = again or number == FIX_ROUNDS
        if last or sent_back(ending, verification.head, first=first) is None:
            ending = await _reviewed(ending, prepared, job.key)
        back = sent_back(ending, verification.head, first=first)
        if last or back is None:
            return ending
        job = next_round(job, with_joined(back, ending.shares))
    return ending


async def _written(ending: Ending, prepared: Prepared, job: Job) -> Written:
    """The author's first round, and beside it the parts that others do; what they give back is a round of its own."""
    division = await divide(prepared, job, ending.routing)
    job, shares = division.job, division.shares
    ending = ending.paid(division.spend, division.model_s)
    work = await generate(prepared, job, ending.spend, shares)
    if not shares:
        return Written(work=work, job=job, ending=ending)
    joined = await join_shares(prepared, job, work)
    ending = ending.paid(spend_of(joined.shares), 0.0).knowing(shares=joined.shares)
    if joined.feedback is None:
        return Written(work=joined.work, job=job, ending=ending)
    ending = ending.paid(joined.work.transcript.spend, joined.work.transcript.model_s)
    job = next_round(job, joined.feedback, joined.returned)
    return Written(work=await generate(prepared, job, ending.spend), job=job, ending=ending)


async def _reviewed(ending: Ending, prepared: Prepared, key: RoundKey) -> Ending:
    if ending.routing is None or ending.change is None:
        return ending
    helpers = tuple(one.part.specialist for one in ending.helpers)
    came = await review(prepared, ending.routing, ending.change, ending.receipt, key, helpers)
    return ending.paid(came.spend, came.model_s).knowing(review=came.review)
