"""What became of pull requests, asked of a real forge because no webhook told."""

import shutil
from typing import Any

import pytest

from adapters.cases.runs import SqlRuns
from adapters.cases.unsettled import SqlUnsettled
from cluster.coordinator.desk import CoordinatorDesk
from cluster.coordinator.prefect_api import PrefectApi
from cluster.coordinator.runs import Runs
from cluster.sweep.settling import Settling
from demo.wire.faults import Fault
from domain.case import CaseFile
from domain.errors import Transient
from domain.outcome import Outcome, PullRequestLink, Result


class Fates:
    """Settling with the coordinator's own desk, which needs no Prefect server for it."""

    def __init__(self, scene: Any) -> None:
        self.scene, self.out = scene, scene.outside
        orders = SqlRuns(self.out.database)
        prefect = PrefectApi("http://127.0.0.1:9/api", None)
        desk = CoordinatorDesk(self.out, Runs(prefect, orders, self.out.cases, None, "process"), orders, prefect)  # type: ignore[arg-type] - no node is asked for
        self.settling = Settling(self.out.issues, self.out.pulls, SqlUnsettled(self.out.database), desk)

    async def opened(self, repo: str | None = None) -> CaseFile:
        """A case that has ended with a pull request."""
        repo = repo or self.scene.repo
        number = self.scene.issue("claude", repo=repo)
        file = await self.scene.case_of(number, repo)
        link = PullRequestLink.of(await self.scene.pull(number, repo))
        result = Result(
            task_id=file.case.id, flow_run_id=None, repo=repo, issue=number, outcome=Outcome.OPENED, reason=None,
            attempt=1, pull_request=link,
        )  # fmt: skip
        file = file.model_copy(update={"outcome": Outcome.OPENED, "status": "completed", "result": result})
        await self.out.cases.write(file)
        return file

    async def merge(self, file: CaseFile, repo: str | None = None) -> int:
        """A maintainer merges it; gives its number."""
        number = pull_of(file)
        self.scene.rest("PUT", f"pulls/{number}/merge", self.scene.ann, {}, repo or self.scene.repo)
        return number

    async def known(self, file: CaseFile) -> Any:
        """What the ledger says of it."""
        return (await self.out.cases.read(file.case.id)).settled


def pull_of(file: CaseFile) -> int:
    """The number of a case's pull request."""
    assert file.result
    assert file.result.pull_request
    return file.result.pull_request.number


@pytest.fixture
def fates(scene: Any) -> Fates:
    """Nothing is open yet."""
    return Fates(scene)


async def test_merged_closed_and_open_ones(fates: Fates) -> None:
    """Each once, with the time of the merge; an open one is asked about again the next time."""
    merged, closed, still_open = [await fates.opened() for _ in range(3)]
    number = await fates.merge(merged)
    fates.scene.forge.close(fates.scene.repo, pull_of(closed), fates.scene.ann)
    told = await fates.settling.settle(10)
    assert sorted(told) == [
        f"{fates.scene.repo}#{number} merged",
        f"{fates.scene.repo}#{pull_of(closed)} closed",
    ]
    assert (await fates.known(merged)).merged_at == fates.scene.forge.issue(fates.scene.repo, number).pull.merged_at
    assert (await fates.known(closed)).merged_at is None
    assert await fates.known(still_open) is None
    assert await fates.settling.settle(10) == ()


async def test_a_renamed_repository(fates: Fates) -> None:
    """It is asked by its name of today."""
    file = await fates.opened()
    number = await fates.merge(file)
    fates.scene.forge.rename(fates.scene.repo, "elsewhere/market")
    assert await fates.settling.settle(10) == (f"elsewhere/market#{number} merged",)


async def test_another_repository_under_the_old_name_says_nothing(fates: Fates) -> None:
    """What was merged there was not ours; other repositories are asked all the same."""
    file, other = await fates.opened(), await fates.opened(fates.scene.other)
    number = await fates.merge(other, fates.scene.other)
    gone = fates.scene.forge.store.repositories.pop(fates.scene.repo)
    shutil.rmtree(gone.path)
    fates.scene.forge.create_repository(fates.scene.repo)
    assert await fates.settling.settle(10) == (f"{fates.scene.other}#{number} merged",)
    assert await fates.known(file) is None


async def test_a_repository_that_is_gone_keeps_nobody_waiting(fates: Fates) -> None:
    """It is told in the log; the others are settled."""
    await fates.opened()
    other = await fates.opened(fates.scene.other)
    number = await fates.merge(other, fates.scene.other)
    del fates.scene.forge.store.repositories[fates.scene.repo]
    assert await fates.settling.settle(10) == (f"{fates.scene.other}#{number} merged",)


async def test_a_forge_that_is_away_is_asked_with_the_next_sweep(fates: Fates) -> None:
    """Nothing is written down on a guess."""
    file = await fates.opened()
    await fates.merge(file)
    fates.scene.forge.fail(Fault(path="/repos", status=503, times=None))
    with pytest.raises(Transient):
        await fates.settling.settle(10)
    assert await fates.known(file) is None
    fates.scene.forge.faults.clear()
    assert len(await fates.settling.settle(10)) == 1
