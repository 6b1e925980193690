"""The policy on what a change may touch."""

from domain.ending import Ending
from proof import guard as policy
from proof.bench import Prepared
from tasks.place import entered
from tasks.policy import step


@step("guard")
async def guard(prepared: Prepared, ending: Ending) -> policy.GuardVerdict:
    """Findings that make a draft, and those that block."""
    case = ending.case
    await entered(case.id, "guard")
    if ending.change is None:
        return policy.GuardVerdict()
    return policy.check(ending.change, prepared.rules, case.issue)
