"""The process of one case on one PC: runs the flow of a task id, `python -P -m cluster.case_process TASK`."""

import asyncio
import ctypes
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from wiring.configuration import load_settings
from wiring.outside import Outside

_PR_SET_PDEATHSIG = 1


def main(task_id: str) -> None:
    """Run the case to its end; its outcome is in the ledger, errors are there and in the log."""
    signal.signal(signal.SIGTERM, _stop)
    _die_with_the_command()
    from flows.issue_to_pr import issue_to_pr  # Prefect reads its settings when imported

    case = asyncio.run(Outside(load_settings()).cases.read(task_id)).case
    asyncio.run(
        issue_to_pr(
            issue=case.issue.number,
            repo=case.repository.name,
            base=case.base,
            specialist=case.specialist or "",
            priority=case.priority,
            dry_run=case.dry_run,
            max_cost_usd=case.limits.max_cost_usd,
            task_id=task_id,
        )
    )


def _stop(signum: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the shape of a signal handler
    raise KeyboardInterrupt


def _die_with_the_command() -> None:
    """Linux only: a command that was killed leaves nobody spending money."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() == 1:
            os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1])
