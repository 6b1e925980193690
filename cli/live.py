"""The live view of a case: where it stands, for how long, at what cost, what the agent just did."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from cluster.launch import CaseProcess
from domain.approval import Approval
from domain.case import CaseFile, Wait
from domain.claim import Claim
from domain.ports import Cases, Claims
from domain.steps import STEPS

_POLL_SECONDS = 0.25
_PATIENCE_SECONDS = 5.0
_WORKER_SECONDS = 300.0  # a worker takes up a run that is due; with all its slots taken it may be later


class LiveView:
    """A few lines that change in a terminal; one line for each step elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._shown = ""
        self._waited: Wait | None = None
        self._asked: Approval | None = None
        self._spinner = Spinner("dots")
        self._live = Live(console=console, transient=True, refresh_per_second=8) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def say(self, line: str) -> None:
        """Something that stays on the screen."""
        self._console.print(line, markup=False, soft_wrap=True)

    def show(self, file: CaseFile) -> None:
        """Where the case stands now."""
        step = file.step
        if step and step != self._shown:
            self._shown = step
            self.say(self._line(file, step))
        if file.awaits and file.awaits != self._asked:
            self._asked = file.awaits
            self.say(f"{self._elapsed()}         {file.action}  (or Resume in the Prefect UI)")
        if file.waiting and file.waiting != self._waited:
            self._waited = file.waiting
            self.say(f"{self._elapsed()}         {file.action}; then it goes on by itself")
        if self._live:
            self._live.update(self._now(file, step))

    def _line(self, file: CaseFile, step: str) -> str:
        number = f"{STEPS.index(step) + 1:>2}/{len(STEPS)}" if step in STEPS else "     "
        extra = f"  {file.routing.primary}" if file.routing and step == "generate" else ""
        return f"{self._elapsed()}  {number}  {step.replace('_', ' ')}{extra}"

    def _now(self, file: CaseFile, step: str) -> Group:
        cost = f"${file.spend.cost_usd:.2f} of ${file.case.limits.max_cost_usd:.2f}, {file.spend.calls} calls"
        head = Text.assemble((f"{step.replace('_', ' ')} ", "bold"), (f" {self._elapsed()}  {cost}", "dim"))
        action = Text(f"  {file.action}", style="cyan", no_wrap=True, overflow="ellipsis")
        self._spinner.update(text=head)
        return Group(self._spinner, action)

    def _elapsed(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        return f"{minutes:02d}:{seconds:02d}"


async def watch(claims: Claims, cases: Cases, claim: Claim, view: LiveView) -> CaseFile:
    """Show somebody else's run, its waits too, until nobody works on the issue any more; gives its case file."""
    while True:
        holder = await claims.holder((await cases.read(claim.task_id)).case)
        file = await cases.read(claim.task_id)
        view.show(file)
        if holder is None and not _comes_back(file):
            return file
        await asyncio.sleep(_POLL_SECONDS)


def _comes_back(file: CaseFile) -> bool:
    wait = file.waiting
    return wait is not None and datetime.now(UTC) < wait.until + timedelta(seconds=_WORKER_SECONDS)


async def follow(process: CaseProcess, cases: Cases, task_id: str, view: LiveView) -> CaseFile:
    """Show the case until its process has ended; gives the case file as it is then.

    A case that was ended from outside (cancelled) ends its process.
    """
    ended_at: float | None = None
    while True:
        exit_code = process.exit_code
        file = await cases.read(task_id)
        view.show(file)
        if exit_code is not None:
            return file
        if file.ended:
            ended_at = ended_at or time.monotonic()
            if file.outcome == "cancelled" or time.monotonic() - ended_at > _PATIENCE_SECONDS:
                process.stop()
        await asyncio.sleep(_POLL_SECONDS)
