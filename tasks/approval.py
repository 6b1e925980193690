"""Ask a person before a step: the run is suspended and holds no slot until somebody lets it go on."""

import logging
from typing import Any

from prefect.client.orchestration import get_client
from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import apause_flow_run, asuspend_flow_run
from prefect.runtime import deployment

from domain import clock
from domain.approval import Approval, ApprovalPoint
from domain.case import CaseFile
from domain.ending import Ending
from domain.errors import ClusterError
from domain.outcome import Outcome, Refusal
from proof.status_comment import asking
from tasks.blocks import outside
from tasks.comeback import go_on_with
from tasks.place import noted

_LOOK_S = 2
_log = logging.getLogger(__name__)


async def asked(ending: Ending, before: ApprovalPoint) -> Ending:
    """The same where nobody must be asked or somebody said yes; refused where nobody did within seven days.

    A worker's run ends here as Suspended and begins again when it is resumed: in the UI, by `claude-cluster
    approve`, or by a comment. A command's run waits where it is.
    """
    if before not in ending.rules.approval.before or ending.case.dry_run:
        return ending
    file = await (await outside()).cases.read(ending.case.id)
    approval = next((one for one in file.approvals if one.before == before), None)
    if approval is None:
        approval = Approval(before=before, asked=clock.now())
    if approval.granted:
        return ending
    rest_s = int((approval.over - clock.now()).total_seconds())
    if rest_s <= 0 or not await _granted(await _ask(file, approval, ending), approval, rest_s):
        return ending.refused(Refusal(outcome=Outcome.BLOCKED, reason="nobody approved it within 7 days"))
    return ending


async def _ask(file: CaseFile, approval: Approval, ending: Ending) -> CaseFile:
    step = approval.before.replace("_", " ")
    action = f"waiting for approval before {step}: claude-cluster approve {file.case.id}"
    known = approval in file.approvals
    file = await noted(file.case.id, status="suspended", action=action, approvals=_with(file, approval))
    if known:
        return file
    desk, name, number = await outside(), file.case.repository.name, file.case.issue.number
    try:
        words = asking(file, ending.rules)
        comment = await desk.issues.comment(name, number, words, file.comment_id)
        file = await noted(file.case.id, comment_id=comment, comment_rests=True)
    except ClusterError as error:
        _log.warning("issue not told repo=%s issue=%s reason=%s", name, number, error)
    return file


async def _granted(file: CaseFile, approval: Approval, rest_s: int) -> bool:
    """Wait; False when the time is over. Raises Prefect's `Pause` where the process is to end meanwhile."""
    key = f"{file.case.id}-{file.case.attempt}-{approval.before}"
    try:
        if deployment.id is None:
            await apause_flow_run(timeout=rest_s, poll_interval=_LOOK_S, key=key)
        else:
            async with get_client() as client:
                await go_on_with(client, file.case.id)
            await asuspend_flow_run(timeout=rest_s, key=key)
    except FlowPauseTimeout:
        return False
    now = clock.now()
    file = await (await outside()).cases.read(file.case.id)
    known = next((one for one in file.approvals if one.before == approval.before), approval)
    granted = known if known.granted else known.model_copy(update={"granted": now, "by": "prefect"})
    changes: dict[str, Any] = {"status": "running", "action": "", "approvals": _with(file, granted)}
    if deployment.id is None:
        changes["idle_s"] = file.idle_s + (now - approval.asked).total_seconds()
    await noted(file.case.id, **changes)
    return True


def _with(file: CaseFile, approval: Approval) -> tuple[Approval, ...]:
    return (*(one for one in file.approvals if one.before != approval.before), approval)
