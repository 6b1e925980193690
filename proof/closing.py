"""The last act: the result in the ledger, one status comment on the issue, nothing left behind."""

import logging

from domain import clock
from domain.case import CaseFile
from domain.ending import Ending
from domain.errors import NotFound
from domain.outcome import Outcome, Result, status_of
from domain.ports import Cases, Issues
from proof.status_comment import status_comment

_log = logging.getLogger(__name__)
_QUIET_REFUSALS = {Outcome.BLOCKED}


async def close(ending: Ending, cases: Cases, issues: Issues, *, tell: bool = True) -> Result:
    """Tell the issue, unless `tell` is off, then write the result; a second run edits the comment, found by its id.

    An issue that was deleted meanwhile can't be told, and is no error.
    """
    file = await cases.read(ending.case.id)
    if tell and _is_told(ending):
        told = await _told(ending, file, issues)
        if told.comment_id != file.comment_id:  # else the result comes at once: an outcome waits for no coordinator
            await cases.write(told)
        file = told
    return await _write(ending, file, cases)


async def _told(ending: Ending, file: CaseFile, issues: Issues) -> CaseFile:
    case = ending.case
    text = status_comment(ending, ending.rules)
    try:
        comment = await issues.comment(case.repository.name, case.issue.number, text, file.comment_id)
    except NotFound as error:
        _log.warning("issue not told repo=%s issue=%s reason=%s", case.repository.name, case.issue.number, error)
        return file
    return file.model_copy(update={"comment_id": comment})


async def _write(ending: Ending, file: CaseFile, cases: Cases) -> Result:
    now = clock.now()
    result = ending.result(file, now)
    changes = {
        "status": status_of(result.outcome),
        "step": "report",
        "action": "",
        "spend": ending.spend,
        "routing": ending.routing,
        "outcome": result.outcome,
        "result": result,
        "failure": None,
        "updated": now,
    }
    await cases.write(file.model_copy(update=changes))
    return result


def _is_told(ending: Ending) -> bool:
    """Who asked on this machine sees a refusal before paid work; the issue need not hear of it."""
    if ending.case.dry_run:
        return False
    return not (ending.outcome in _QUIET_REFUSALS and ending.spend.calls == 0)
