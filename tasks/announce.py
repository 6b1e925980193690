"""The status comment of a case under way, made once the first answer is paid for."""

from domain.case import CaseFile
from domain.repository import RepositoryRules
from proof.status_comment import working
from tasks.blocks import outside
from tasks.place import noted


async def announce(file: CaseFile, rules: RepositoryRules) -> None:
    """Say on the issue that work goes on, unless it was said or the run is dry.

    Not earlier: a wrong key for the model must leave nothing on the forge.
    """
    if file.comment_id is not None or file.case.dry_run:
        return
    desk = await outside()
    case = file.case
    comment = await desk.issues.comment(case.repository.name, case.issue.number, working(file, rules), None)
    await noted(case.id, comment_id=comment)
