"""Whether issues could be worked on where this runs."""

import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from prefect.runtime import flow_run

from domain import clock
from domain.command import Place
from domain.errors import ClusterError, UnknownTask
from domain.frozen import Frozen
from tasks.blocks import outside
from tasks.policy import step

_SECONDS = 60
# What every issue needs: a shell at /workspace that can write, and a git that works there.
_TRIAL = (
    "git init -q . && git -c user.name=check -c user.email=check@localhost commit -q --allow-empty -m check"
    " && git rev-parse --verify -q HEAD"
)


class Checked(Frozen):
    """What was found; an unreachable model is a warning, because it may be back when work comes."""

    sandbox: str
    git: bool
    warnings: tuple[str, ...] = ()
    reason: str = ""

    @property
    def passed(self) -> bool:
        """Whether an issue could be worked on."""
        return not self.reason

    def told(self) -> dict[str, Any]:
        """For programs."""
        return {"sandbox": self.sandbox, "git": self.git, "warnings": list(self.warnings)}


@step("check_node")
async def check_node(task_id: str) -> Checked:
    """Tries it, and writes down what came out under the id."""
    await _noted(task_id, status="running", step="check_node")
    checked = await _tried()
    status = "completed" if checked.passed else "failed"
    await _noted(task_id, status=status, step="report", result=checked.told(), reason=checked.reason or None)
    return checked


async def _tried() -> Checked:
    desk = await outside()
    try:
        sandbox = desk.sandbox_kind
        with tempfile.TemporaryDirectory() as folder:
            done = await desk.sandbox.run(Place(workspace=Path(folder)), _TRIAL, _SECONDS, {})
    except (ClusterError, OSError) as error:
        return Checked(sandbox="none", git=False, reason=str(error))
    if done.exit_code != 0:
        return Checked(sandbox=sandbox, git=False, reason=f"git does not work in the sandbox: {done.output[-300:]}")
    try:
        await desk.look_up_model()
    except ClusterError as error:
        return Checked(sandbox=sandbox, git=True, warnings=(f"the model is out of reach: {error}",))
    return Checked(sandbox=sandbox, git=True)


async def _noted(task_id: str, **changes: object) -> None:
    desk = await outside()
    if desk.submissions is None:
        return
    with suppress(UnknownTask):  # a run that was started by hand: its state tells what came out
        file = await desk.submissions.read(task_id)
        where = {"node": desk.settings.node_id or socket.gethostname(), "flow_run_id": str(flow_run.id)}
        update = {**where, **changes, "updated": clock.now()}
        await desk.submissions.write(file.model_copy(update=update))
