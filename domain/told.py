"""A task as programs read it: the object of `workflow --json`, and where the task stands."""

from typing import Any

from domain.case import CaseFile
from domain.spend import Timing


def task_object(file: CaseFile) -> dict[str, Any]:
    """Every field of a result, null where nothing is known yet, with status, step, times (ISO 8601) and node.

    `shares` is there where other specialists do or did parts of it.
    """
    case = file.case
    known: dict[str, Any] = {
        "task_id": case.id,
        "flow_run_id": file.flow_run_id,
        "repo": case.repository.name,
        "issue": case.issue.number,
        "outcome": None,
        "reason": file.failure.reason if file.failure else None,
        "attempt": case.attempt,
        "pull_request": None,
        "routing": file.routing.model_dump(mode="json") if file.routing else None,
        "receipt": None,
        "review": None,
        "spend": file.spend.model_dump(mode="json"),
        "timing": Timing().model_dump(mode="json"),
    }
    place = {
        "status": file.status,
        "step": file.step,
        "action": file.action,
        "created": case.created.isoformat(),
        "updated": file.updated.isoformat(),
        "node": file.node,
    }
    shares = {"shares": [one.told() for one in file.shares]} if file.shares else {}
    return {**known, **(file.result.told() if file.result else {}), **place, **shares}
