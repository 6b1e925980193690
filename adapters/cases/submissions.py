"""Submissions in the ledger: what came in over the API under an id of the caller's."""

from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection, insert, select, update

from adapters.cases.database import Database
from adapters.cases.tables import SUBMISSIONS
from domain.errors import UnknownTask
from domain.secrecy import hidden_in
from domain.submission import Submission, SubmissionFile


class SqlSubmissions:
    """The port `Submissions` over the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, submission: Submission, task_id: str) -> tuple[SubmissionFile, bool | None]:
        """The file under this id, and whether it is new; None instead says that the id stands for another body."""
        return await self._database.write(partial(_open, submission=submission, task_id=task_id))

    async def read(self, task_id: str) -> SubmissionFile:
        """What became of it. Raises `UnknownTask`."""
        wanted = select(SUBMISSIONS.c.file).where(SUBMISSIONS.c.id == task_id)
        row = await self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        if row is None:
            raise UnknownTask(f"no task is called {task_id}", "claude-cluster-distributed status lists them")
        return SubmissionFile.model_validate(row.file)

    async def write(self, file: SubmissionFile) -> None:
        """Replace it by its newer self."""
        change = update(SUBMISSIONS).where(SUBMISSIONS.c.id == file.id).values(**_columns(file))
        await self._database.write(lambda connection: connection.execute(change))

    async def recent(self, limit: int) -> tuple[SubmissionFile, ...]:
        """The newest ones."""
        wanted = select(SUBMISSIONS.c.file).order_by(SUBMISSIONS.c.updated.desc()).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return tuple(SubmissionFile.model_validate(row.file) for row in rows)


def _open(connection: Connection, *, submission: Submission, task_id: str) -> tuple[SubmissionFile, bool | None]:
    body = submission.model_dump(mode="json")
    row = connection.execute(select(SUBMISSIONS).where(SUBMISSIONS.c.id == task_id)).one_or_none()
    if row is not None:
        return SubmissionFile.model_validate(row.file), False if row.body == body else None
    now = datetime.now(UTC)
    file = SubmissionFile(id=task_id, created=now, updated=now)
    connection.execute(insert(SUBMISSIONS).values(id=task_id, body=body, **_columns(file)))
    return file, True


def _columns(file: SubmissionFile) -> dict[str, object]:
    return {"file": hidden_in(file.model_dump(mode="json")), "updated": file.updated.timestamp()}
