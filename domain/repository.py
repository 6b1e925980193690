"""The repository: what the forge says of it, and what its own settings file asks for."""

from typing import Literal

from pydantic import Field

from domain.approval import ApprovalPoint
from domain.endpoint import NamedEndpoint
from domain.frozen import Frozen
from domain.issue import Language

MOST_ENDPOINTS = 20


class Repository(Frozen):
    """A repository as the forge names it now; `id` is the forge's database id, which survives renames.

    `language` is what the forge takes for its main programming language; empty if it does not say.
    """

    name: str
    id: int
    default_branch: str
    can_push: bool
    private: bool = False
    archived: bool = False
    language: str = ""


class TestRules(Frozen):
    """`[tests]`: how this repository's tests are run. `report` is a JUnit file's path in the checkout.

    `reruns` is how often a test that looks broken is run again, and on the base one that looks fixed;
    `snapshot_share` is how much of a recorded result may be rewritten in a change that touches no test.
    `network` are the services beyond the sandbox that tests, and the agent who runs them, may reach.
    """

    __test__ = False

    command: str | None = None
    setup: str | None = None
    timeout_s: int = Field(default=900, ge=1, le=14_400)
    report: str | None = None
    reruns: int = Field(default=2, ge=0, le=10)
    snapshot_share: float = Field(default=0.5, gt=0, le=1)
    network: tuple[NamedEndpoint, ...] = Field(default=(), max_length=MOST_ENDPOINTS)


class GuardRules(Frozen):
    """`[guard]`: globs nobody may change unasked, and the largest change that opens ready for review."""

    protected: tuple[str, ...] = ()
    max_files: int = Field(default=100, ge=1)
    max_lines: int = Field(default=5000, ge=1)


class PullRequestRules(Frozen):
    """`[pull_request]`: how the pull request is opened."""

    draft: Literal["auto", "always", "never"] = "auto"
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    language: Language | None = None


class AgentRules(Frozen):
    """`[agents]`: specialists that stay away, and Markdown files with further ones."""

    disabled: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


class ApprovalRules(Frozen):
    """`[approval]`: the steps before which a person is asked."""

    before: tuple[ApprovalPoint, ...] = ()


class RepositoryRules(Frozen):
    """`.claude-cluster.toml` on the default branch; every table may be missing."""

    tests: TestRules = TestRules()
    guard: GuardRules = GuardRules()
    pull_request: PullRequestRules = PullRequestRules()
    agents: AgentRules = AgentRules()
    approval: ApprovalRules = ApprovalRules()
