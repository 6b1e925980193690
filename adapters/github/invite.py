"""Labels and reviewers: welcome on a pull request, never a reason to lose it."""

import logging

from adapters.github.address import address
from adapters.github.pull_payload import PullPayload
from adapters.github.session import Session
from domain.errors import NotFound, PermissionDenied, Rejected

_log = logging.getLogger(__name__)


async def add_labels(session: Session, repo: str, number: int, labels: tuple[str, ...]) -> None:
    """Add the labels to those that are there; what the forge refuses is logged."""
    if not labels:
        return
    try:
        await session.tell(
            "POST", address(repo, "issues", number, "labels"), f"labels of #{number}", {"labels": labels}
        )
    except (NotFound, PermissionDenied, Rejected) as error:
        _log.warning("labels_refused repo=%s pull=%s reason=%s", repo, number, error)


async def request_reviewers(session: Session, repo: str, pull: PullPayload, reviewers: tuple[str, ...]) -> None:
    """Ask logins, and teams written `organisation/team`, for a review; who may not review is logged."""
    asked = {user.login.lower() for user in pull.requested_reviewers or ()}
    missing = tuple(name for name in reviewers if name.lower() not in asked)
    if not missing or await _asked(session, repo, pull.number, missing) or len(missing) == 1:
        return
    # one name that cannot review makes GitHub refuse all of them
    for name in missing:
        await _asked(session, repo, pull.number, (name,))


async def _asked(session: Session, repo: str, number: int, names: tuple[str, ...]) -> bool:
    body = {
        "reviewers": [name for name in names if "/" not in name],
        "team_reviewers": [name.split("/", 1)[1] for name in names if "/" in name],
    }
    path = address(repo, "pulls", number, "requested_reviewers")
    try:
        await session.tell("POST", path, f"reviewers of #{number}", body)
    except (NotFound, PermissionDenied, Rejected) as error:
        _log.warning("reviewers_refused repo=%s pull=%s names=%s reason=%s", repo, number, ",".join(names), error)
        return False
    return True
