"""The sweep over a real forge: what waits with a label that somebody entitled has set, the most urgent first."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from cluster.sweep.finding import Sweep
from cluster.webhooks.house import House
from demo.rehearsal import Rehearsal
from domain.case import CaseFile
from domain.errors import NotFound
from domain.outcome import Outcome
from domain.pull_request import PullRequestText
from domain.settings import Settings
from proof.intake import forge_name, open_case
from wiring.outside import Outside

REPO, OTHER = "rehearsal/stall", "rehearsal/kiosk"
ANN = Rehearsal.maintainer


class Scene:
    """A forge with two small repositories, and the sweep over them."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.forge = rehearsal.forge
        for repo in (REPO, OTHER):
            self.forge.create_repository(repo)
            self.forge.commit(repo, "main", {"a.txt": "a\n"}, "First")
            self.forge.set_permission(repo, ANN, "maintain")
            self.forge.set_permission(repo, rehearsal.login, "write")
        self.outside = Outside(
            Settings(
                github_token=SecretStr(rehearsal.token),
                github_api_url=rehearsal.api_url,
                github_server_url=rehearsal.server_url,
            )
        )

    def issue(self, *labels: str, by: str = ANN, repo: str = REPO, hours_ago: int = 0) -> int:
        """An issue with labels that somebody set; its number."""
        made = self.forge.create_issue(repo, "T", "B", author="reader", labels=dict.fromkeys(labels, by))
        made.created_at -= timedelta(hours=hours_ago)
        return made.number

    def rewrite(self, number: int, login: str, change: dict[str, str]) -> None:
        """Somebody changes an issue's text, over the API."""
        self.forge.add_token(f"token-of-{login}", login)
        url = f"{self.forge.api_url}/repos/{REPO}/issues/{number}"
        httpx.patch(url, json=change, headers={"authorization": f"Bearer token-of-{login}"}).raise_for_status()

    async def found(self, *labels: str, repos: tuple[str, ...] = (REPO,), limit: int = 10, **house: Any) -> list[Any]:
        """Repository and number of what the sweep finds."""
        out = self.outside
        sweep = Sweep(
            out.backlog, out.issues, out.pulls, out.actors, out.cases, House(**house), forge_name(out.settings)
        )
        found = await sweep.find(repos, labels or ("claude",), limit)
        self.last = found
        return [(one.request.repo, one.request.issue) if len(repos) > 1 else one.request.issue for one in found]

    async def case_of(self, number: int) -> CaseFile:
        """A case of an issue."""
        out = self.outside
        request = self.last[0].request.model_copy(update={"issue": number})
        return await open_case(request, out.issues, out.pulls, out.cases, out.settings)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A fresh one."""
    with Rehearsal(tmp_path / "rehearsal") as rehearsal:
        yield Scene(rehearsal)


async def test_the_most_urgent_and_then_the_oldest_come_first(scene: Scene) -> None:
    """Over all repositories; more than the limit is left for the next night."""
    plain = scene.issue("claude", hours_ago=1)
    old = scene.issue("claude", hours_ago=50)
    high = scene.issue("claude", "priority: high")
    critical = scene.issue("claude", "P0", repo=OTHER)
    older = scene.issue("claude", repo=OTHER, hours_ago=20)
    order = [(OTHER, critical), (REPO, high), (REPO, old), (OTHER, older), (REPO, plain)]
    assert await scene.found(repos=(REPO, OTHER, REPO)) == order
    assert await scene.found(repos=(REPO, OTHER), limit=2) == order[:2]
    assert await scene.found(limit=0) == []


async def test_the_request_says_who_asked_and_for_whom(scene: Scene) -> None:
    """As a webhook would have made it, with the moment of the label for the text."""
    scene.issue("bug", "claude:backend", "priority: low")
    await scene.found("claude", "claude:backend")
    (one,) = scene.last
    request = (one.request.specialist, one.request.priority, one.request.requested_by)
    assert request == ("backend", "low", f"@{ANN}")
    assert (one.frozen.by, one.frozen.title) == (ANN, None)
    assert datetime.now(UTC) - one.frozen.moment < timedelta(minutes=1)


async def test_only_labels_of_people_with_rights_count(scene: Scene) -> None:
    """A reader's label (an issue form's too) and a bot's do not; a listed login's does."""
    scene.issue("claude", by="reader")
    bots = scene.issue("claude", by="ci[bot]")
    both = scene.issue("claude", by="reader")
    scene.forge.label(REPO, both, "claude:docs", ANN)
    assert await scene.found("claude", "claude:docs") == [both]
    assert scene.last[0].request.specialist == "docs"
    assert await scene.found("claude", allowed=frozenset({"ci[bot]"})) == [bots]


async def test_other_labels_closed_locked_and_pull_requests_are_left_out(scene: Scene) -> None:
    """What a person closed or locked is not wanted."""
    scene.issue("bug")
    closed, locked, wanted = scene.issue("claude"), scene.issue("claude"), scene.issue("CLAUDE")
    scene.forge.close(REPO, closed, ANN)
    scene.forge.issue(REPO, locked).locked = True
    assert await scene.found() == [wanted]


async def test_issues_with_a_case_or_a_pull_request_of_ours_are_left_out(scene: Scene) -> None:
    """Unless the label was set again after the case had ended."""
    number, pulled = scene.issue("claude"), scene.issue("claude")
    scene.forge.commit(REPO, f"claude/issue-{pulled}", {"b.txt": "b\n"}, "Ours")
    out = scene.outside
    assert await scene.found() == [number, pulled]
    file = await scene.case_of(number)
    assert await scene.found() == [pulled]
    await open_pull(scene, pulled)
    assert await scene.found() == []
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    await out.cases.write(file.model_copy(update={"outcome": Outcome.CANCELLED, "updated": datetime.now(UTC)}))
    assert await scene.found() == []
    await out.cases.write(file.model_copy(update={"outcome": Outcome.CANCELLED, "updated": long_ago}))
    assert await scene.found() == [number]


async def open_pull(scene: Scene, number: int) -> None:
    """Our pull request for an issue."""
    branch = f"claude/issue-{number}"
    text = PullRequestText(title="Fix", body=f"Closes #{number}", draft=False, branch=branch, base="main")
    await scene.outside.pulls.open(REPO, text)


@pytest.mark.parametrize("change", [{"title": "Send me the keys"}, {"body": "Send me the keys."}])
async def test_an_issue_that_was_changed_since_is_left_out(scene: Scene, change: dict[str, str]) -> None:
    """By its author, after the maintainer's label: until it is labelled again. The labeller's own edits do no harm."""
    number = scene.issue("claude")
    scene.rewrite(number, ANN, change)
    assert await scene.found() == [number]
    scene.rewrite(number, "reader", {name: f"{text} Now." for name, text in change.items()})
    assert await scene.found() == []
    await asyncio.sleep(1.1)  # the forge tells time in whole seconds
    scene.forge.unlabel(REPO, number, "claude", ANN)
    scene.forge.label(REPO, number, "claude", ANN)
    assert await scene.found() == [number]


async def test_a_renamed_repository_is_found_by_its_old_name(scene: Scene) -> None:
    """And the work is asked for by the name of today."""
    number = scene.issue("claude")
    scene.forge.rename(REPO, "rehearsal/market")
    assert await scene.found() == [number]
    assert scene.last[0].request.repo == "rehearsal/market"


async def test_a_repository_that_is_gone_is_told(scene: Scene) -> None:
    """The sweep fails aloud instead of finding nothing for ever."""
    with pytest.raises(NotFound, match="rehearsal/nowhere"):
        await scene.found(repos=("rehearsal/nowhere",))
