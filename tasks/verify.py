"""The repository's own tests judge the change."""

from domain.change import Change
from domain.report import TestReport
from proof import verify as judge
from proof.bench import Prepared
from tasks.artifacts import receipt_artifact
from tasks.blocks import outside
from tasks.place import entered
from tasks.policy import step


@step("verify")
async def verify(prepared: Prepared, change: Change, base: TestReport | None) -> judge.Verification:
    """The receipt, from clean checkouts; the agent's workspace is not looked at."""
    desk = await outside()
    case = prepared.workspace.case
    await entered(case.id, "verify")
    verification = await judge.verify(desk.bench, prepared, change, base)
    receipt_artifact(case, prepared.rules, verification.receipt)
    return verification
