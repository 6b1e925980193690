"""Case files in the ledger."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.cases.database import Database
from adapters.cases.deliveries import settle_with
from adapters.cases.json_text import without_nul
from adapters.cases.step_times import note_step
from adapters.cases.tables import CASES
from domain.case import Case, CaseFile, WorkRequest, task_id
from domain.errors import CaseError, Transient, UnknownTask
from domain.secrecy import hidden, hidden_in

_TRIES = 20
_NEWEST_FIRST = (CASES.c.day.desc(), CASES.c.number.desc())


class SqlCases:
    """The port `Cases` over the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, case: Case, request: WorkRequest, delivery: str | None = None) -> CaseFile:
        """Write a new case file under the next number of the UTC day on which the case was created.

        The webhook `delivery` that asked for it is settled in the same transaction.

        Raises:
            CaseError: the delivery was settled before.
            Transient: others took every number that was tried, or the ledger is out of reach.
        """
        for _ in range(_TRIES):
            try:
                return await self._database.write(partial(_open, case=case, request=request, delivery=delivery))
            except IntegrityError:
                continue
        raise Transient("the ledger gave no task number: too many cases begin at the same time")

    async def read(self, task_id: str) -> CaseFile:
        """The case file. Raises `UnknownTask`, and `CaseError` if a newer version wrote it."""
        files = await self._files(select(CASES.c.id, CASES.c.file).where(CASES.c.id == task_id))
        if not files:
            raise _unknown(task_id)
        return files[0]

    async def write(self, file: CaseFile, delivery: str | None = None) -> None:
        """Replace a case file by its newer self; of two writers at once, the second replaces the first.

        The webhook `delivery` that asked for it is settled in the same transaction.

        Raises:
            UnknownTask: it was never opened.
            CaseError: the attempt has ended and this would un-end it, a newer attempt has begun, or the
                delivery was settled before.
        """
        await self._database.write(partial(_replace, file=file, delivery=delivery))

    async def of_issue(self, forge: str, repository_id: int, issue: int) -> tuple[CaseFile, ...]:
        """All cases of an issue, newest first."""
        wanted = select(CASES.c.id, CASES.c.file).where(
            CASES.c.forge == forge, CASES.c.repository_id == repository_id, CASES.c.issue == issue
        )
        return await self._files(wanted.order_by(*_NEWEST_FIRST))

    async def recent(self, limit: int) -> tuple[CaseFile, ...]:
        """At most `limit` case files, newest first."""
        return await self._files(select(CASES.c.id, CASES.c.file).order_by(*_NEWEST_FIRST).limit(max(limit, 0)))

    async def _files(self, wanted: Select[Any]) -> tuple[CaseFile, ...]:
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return tuple(_file(row.id, row.file) for row in rows)


def _open(connection: Connection, *, case: Case, request: WorkRequest, delivery: str | None) -> CaseFile:
    day = f"{case.created.astimezone(UTC):%Y%m%d}"
    highest = connection.scalar(select(func.max(CASES.c.number)).where(CASES.c.day == day))
    number = (highest or 0) + 1
    numbered = case.model_copy(update={"id": task_id(case.created, number)})
    file = CaseFile(case=numbered, updated=datetime.now(UTC))
    row = {"day": day, "number": number, "version": 1, "request": request.model_dump(mode="json"), **_columns(file)}
    connection.execute(insert(CASES).values(**row))
    if delivery is not None:
        settle_with(connection, delivery_id=delivery, verdict=f"started {numbered.id}")
    return file


def _replace(connection: Connection, *, file: CaseFile, delivery: str | None) -> None:
    stored = select(CASES.c.attempt, CASES.c.outcome, CASES.c.version).where(CASES.c.id == file.case.id)
    row = connection.execute(stored).one_or_none()
    if row is None:
        raise _unknown(file.case.id)
    _refuse_going_back(file, row.attempt, row.outcome)
    change = update(CASES).where(CASES.c.id == file.case.id, CASES.c.version == row.version)
    done = connection.execute(change.values(version=row.version + 1, **_columns(file)))
    if done.rowcount != 1:
        raise Transient(f"{file.case.id} changed while it was written")
    note_step(connection, file)
    if delivery is not None:
        settle_with(connection, delivery_id=delivery, verdict=f"started {file.case.id} again")


def _file(task: str, stored: Any) -> CaseFile:
    try:
        return CaseFile.model_validate(stored)
    except ValidationError as error:
        raise CaseError(f"{task} is written in a way this version can't read", "update claude-cluster") from error


def _columns(file: CaseFile) -> dict[str, Any]:
    return {
        "id": file.case.id,
        "forge": file.case.forge,
        "repository_id": file.case.repository.id,
        "issue": file.case.issue.number,
        "status": file.status,
        "attempt": file.case.attempt,
        "outcome": file.outcome,
        "created": file.case.created.astimezone(UTC),
        "updated": file.updated.astimezone(UTC),
        "file": hidden_in(file.model_dump(mode="json")),
        **_summed(file),
    }


def _summed(file: CaseFile) -> dict[str, Any]:
    """What the figures count, so that they need not look into every case file."""
    specialty = file.routing.primary if file.routing else file.case.specialist or ""
    used = file.used
    return {
        "specialty": without_nul(hidden(specialty)),
        "cost_usd": used.spend.cost_usd,
        "input_tokens": used.spend.input_tokens,
        "cache_read_tokens": used.spend.cache_read_tokens,
        "cache_write_tokens": used.spend.cache_write_tokens,
        "output_tokens": used.spend.output_tokens,
        "model_s": used.timing.model_s,
        "tests_s": used.timing.tests_s,
        "overhead_s": used.timing.overhead_s,
    }


def _refuse_going_back(file: CaseFile, attempt: int, outcome: str | None) -> None:
    if file.case.attempt < attempt:
        raise CaseError(f"attempt {file.case.attempt} of {file.case.id} is over: attempt {attempt} has begun")
    if outcome and file.case.attempt == attempt and not file.ended:
        raise CaseError(f"attempt {attempt} of {file.case.id} has ended: {outcome}", "retry begins a new attempt")


def _unknown(task: str) -> UnknownTask:
    return UnknownTask(f"no task is called {task}", "claude-cluster status lists them")
