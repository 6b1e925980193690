"""A real forge with two small repositories, and a ledger."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from cluster.sweep.finding import Sweep
from cluster.webhooks.house import House
from demo.rehearsal import Rehearsal
from domain.case import CaseFile, WorkRequest
from domain.pull_request import PullRequest, PullRequestText
from domain.settings import Settings
from proof.intake import forge_name, open_case
from wiring.outside import Outside

REPO, OTHER = "rehearsal/stall", "rehearsal/kiosk"
ANN = Rehearsal.maintainer


class Scene:
    """The forge, and the sweep over it."""

    repo, other, ann = REPO, OTHER, ANN

    def __init__(self, rehearsal: Rehearsal, home: Path) -> None:
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
                home=home,
            )
        )

    def issue(self, *labels: str, by: str = ANN, repo: str = REPO, hours_ago: int = 0) -> int:
        """An issue with labels that somebody set; its number."""
        made = self.forge.create_issue(repo, "T", "B", author="reader", labels=dict.fromkeys(labels, by))
        made.created_at -= timedelta(hours=hours_ago)
        return made.number

    def rest(self, method: str, path: str, login: str, body: dict[str, str], repo: str = REPO) -> None:
        """Somebody does something over the API."""
        self.forge.add_token(f"token-of-{login}", login)
        url = f"{self.forge.api_url}/repos/{repo}/{path}"
        headers = {"authorization": f"Bearer token-of-{login}"}
        httpx.request(method, url, json=body, headers=headers).raise_for_status()

    async def found(self, *labels: str, repos: tuple[str, ...] = (REPO,), limit: int = 10, **house: Any) -> list[Any]:
        """Repository and number of what the sweep finds."""
        out = self.outside
        sweep = Sweep(
            out.backlog, out.issues, out.pulls, out.actors, out.cases, House(**house), forge_name(out.settings)
        )
        found = await sweep.find(repos, labels, limit)
        self.last = found
        return [(one.request.repo, one.request.issue) if len(repos) > 1 else one.request.issue for one in found]

    async def case_of(self, number: int, repo: str = REPO) -> CaseFile:
        """A case of an issue."""
        out = self.outside
        request = WorkRequest(repo=repo, issue=number)
        return await open_case(request, out.issues, out.pulls, out.cases, out.settings)

    async def pull(self, number: int, repo: str = REPO) -> PullRequest:
        """Our pull request for an issue."""
        branch = f"claude/issue-{number}"
        self.forge.commit(repo, branch, {f"{number}.txt": "b\n"}, "Ours")
        text = PullRequestText(title="Fix", body=f"Closes #{number}", draft=False, branch=branch, base="main")
        return await self.outside.pulls.open(repo, text)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A fresh one."""
    with Rehearsal(tmp_path / "rehearsal") as rehearsal:
        yield Scene(rehearsal, tmp_path / "state")
