"""How long steps take, noted as case files are written: what a step was cut short by is not counted."""

import time
from bisect import bisect_left
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from adapters.cases.tables import STEP_TIMES, STEPS_NOW
from domain.case import CaseFile
from domain.figures import STEP_BOUNDS_S, StepTimes
from domain.outcome import Outcome

_CUT_SHORT = {Outcome.CANCELLED, Outcome.FAILED}


def note_step(connection: Connection, file: CaseFile) -> None:
    """Within the transaction that writes the file."""
    ours = STEPS_NOW.c.task_id == file.case.id
    row = connection.execute(select(STEPS_NOW).where(ours)).one_or_none()
    works = file.status == "running" and not file.ended and file.step != ""
    place = {"attempt": file.case.attempt, "step": file.step}
    if row and works and (row.attempt, row.step) == (place["attempt"], place["step"]):
        return
    now = time.time()
    if row:
        connection.execute(delete(STEPS_NOW).where(ours))
        if row.attempt == file.case.attempt and (works or _finished(file)):
            _count(connection, row.step, max(now - row.since, 0.0))
    if works:
        connection.execute(insert(STEPS_NOW).values(task_id=file.case.id, since=now, **place))


def step_times(connection: Connection) -> tuple[StepTimes, ...]:
    """Every step that was ever finished, by name."""
    found: dict[str, StepTimes] = {}
    for row in connection.execute(select(STEP_TIMES).order_by(STEP_TIMES.c.step, STEP_TIMES.c.up_to)):
        known = found.get(row.step) or StepTimes(step=row.step)
        found[row.step] = known.with_more(row.up_to, row.steps, row.seconds)
    return tuple(found.values())


def _finished(file: CaseFile) -> bool:
    return file.ended and file.outcome not in _CUT_SHORT


def _count(connection: Connection, step: str, seconds: float) -> None:
    up_to = STEP_BOUNDS_S[bisect_left(STEP_BOUNDS_S, seconds)]
    its: Any = (STEP_TIMES.c.step == step) & (STEP_TIMES.c.up_to == up_to)
    more = {"steps": STEP_TIMES.c.steps + 1, "seconds": STEP_TIMES.c.seconds + seconds}
    if connection.execute(update(STEP_TIMES).where(its).values(**more)).rowcount == 0:
        connection.execute(insert(STEP_TIMES).values(step=step, up_to=up_to, steps=1, seconds=seconds))
