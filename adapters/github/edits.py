"""When an issue's text was last changed, and by whom; REST does not tell, GraphQL does where a server has it."""

import logging
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from adapters.github.failures import Unreadable
from adapters.github.session import Session
from domain.backlog import Labelled
from domain.errors import NotFound, PermissionDenied, Rejected

_QUERY = (
    "query($owner: String!, $name: String!, $number: Int!) "
    "{repository(owner: $owner, name: $name) {issue(number: $number) {lastEditedAt editor {login}}}}"
)
_log = logging.getLogger(__name__)


class _Editor(BaseModel):
    model_config = ConfigDict(extra="ignore")

    login: str = ""


class _Edited(BaseModel):
    model_config = ConfigDict(extra="ignore")

    at: datetime | None = Field(default=None, alias="lastEditedAt")
    editor: _Editor | None = None


class _Repository(BaseModel):
    issue: _Edited


class _Data(BaseModel):
    repository: _Repository


async def edited_since(session: Session, repo: str, number: int, since: Labelled) -> bool:
    """Whether somebody else changed the body in that second or later; False on servers that don't know."""
    owner, _, name = repo.partition("/")
    subject = f"the edits of #{number} in {repo}"
    try:
        answer = await session.graphql(_QUERY, {"owner": owner, "name": name, "number": number}, subject)
        found = _Data.model_validate(answer.data).repository.issue
    except (NotFound, PermissionDenied, Rejected, Unreadable, ValueError) as error:
        _log.info("edits_unknown repo=%s issue=%s reason=%s", repo, number, type(error).__name__)
        return False
    by_another = found.editor is None or found.editor.login.lower() != since.by.login.lower()
    return found.at is not None and found.at >= since.at and by_another
