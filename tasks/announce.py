"""The status comment of a case under way, made once the first answer is paid for."""

from domain.case import CaseFile
from domain.errors import IssueGone, NotFound
from domain.repository import RepositoryRules
from proof.status_comment import working
from tasks.blocks import outside
from tasks.place import noted


async def announce(file: CaseFile, rules: RepositoryRules) -> None:
    """Say on the issue that work goes on, unless that is what the comment says, or the run is dry.

    Not earlier: a wrong key for the model must leave nothing on the forge. Raises `IssueGone`.
    """
    if file.case.dry_run or (file.comment_id is not None and not file.comment_rests):
        return
    await noted(file.case.id, comment_id=await _told(file, rules), comment_rests=False)


async def _told(file: CaseFile, rules: RepositoryRules) -> int:
    desk, case = await outside(), file.case
    name, number = case.repository.name, case.issue.number
    try:
        return await desk.issues.comment(name, number, working(file, rules), file.comment_id)
    except NotFound as error:
        raise IssueGone(f"issue #{number} of {name} was deleted") from error
