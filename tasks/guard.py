"""The policy on what a change may touch, and whether it is still asked for."""

from domain.ending import Ending
from proof import guard as policy
from proof.bench import Prepared
from proof.standing import with_standing
from tasks.artifacts import change_artifact
from tasks.blocks import outside
from tasks.place import entered
from tasks.policy import step


@step("guard")
async def guard(prepared: Prepared, ending: Ending) -> policy.GuardVerdict:
    """Findings that make a draft, and those that block."""
    case = ending.case
    await entered(case.id, "guard")
    if ending.change is None:
        return policy.GuardVerdict()
    verdict = policy.check(ending.change, prepared.rules, case.issue)
    change_artifact(case, ending.change, shown=not verdict.blocked)
    if case.dry_run:
        return verdict
    return await with_standing(verdict, case, prepared.rules, (await outside()).issues)
