"""Draft or ready: REST cannot change it, GraphQL can where a server has it."""

import logging

from adapters.github.failures import Unreadable
from adapters.github.pull_payload import PullPayload
from adapters.github.session import Session
from domain.errors import NotFound, PermissionDenied, Rejected

_TO_DRAFT = "mutation($id: ID!) {convertPullRequestToDraft(input: {pullRequestId: $id}) {clientMutationId}}"
_TO_READY = "mutation($id: ID!) {markPullRequestReadyForReview(input: {pullRequestId: $id}) {clientMutationId}}"
_log = logging.getLogger(__name__)


async def set_draft(session: Session, pull: PullPayload, *, draft: bool) -> PullPayload:
    """The pull request as it is then; unchanged where the forge cannot, and for one that is closed."""
    if bool(pull.draft) == draft or pull.outcome != "open" or not pull.node_id:
        return pull
    subject = f"the draft state of #{pull.number}"
    try:
        await session.graphql(_TO_DRAFT if draft else _TO_READY, {"id": pull.node_id}, subject)
    except (NotFound, PermissionDenied, Rejected, Unreadable) as error:
        _log.warning("draft_unchanged pull=%s wanted=%s reason=%s", pull.number, draft, error)
        return pull
    return pull.model_copy(update={"draft": draft})
