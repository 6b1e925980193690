"""What agents and proof see of the outside world. Each adapter floor implements some of these."""

from pathlib import Path
from typing import Protocol

from domain.case import Case, CaseFile, WorkRequest
from domain.change import Change
from domain.claim import Claim
from domain.command import CommandResult, Place
from domain.conversation import Query, Reply
from domain.issue import Issue
from domain.pull_request import PullRequest, PullRequestText
from domain.repository import Repository
from domain.review import Finding
from domain.spend import Spend
from domain.transcript import RoundKey, Transcript
from domain.workspace import Branch, Overlay, Workspace


class Issues(Protocol):
    """The forge's issues. Raises the `ForgeError`s and `Transient`s of domain.errors."""

    async def repository(self, repo: str) -> Repository:
        """The repository `owner/name`, redirects followed."""
        ...

    async def head_sha(self, repo: str, branch: str) -> str | None:
        """The commit a branch points to; None if the branch does not exist (an empty repository has none)."""
        ...

    async def issue(self, repo: str, number: int) -> Issue:
        """The issue with its comments. Raises `UsageError` if the number is a pull request's."""
        ...

    async def comment(self, repo: str, number: int, body: str, comment_id: int | None) -> int:
        """Create our comment, or edit it in place when `comment_id` still exists; gives its id."""
        ...

    async def login(self) -> str:
        """Who our token is."""
        ...


class Rights(Protocol):
    """What our token may do that the forge tells only to those who try."""

    async def may_push(self, repo: str) -> bool:
        """Whether a push would be taken; nothing is pushed. Raises `AuthenticationFailed`, `NotFound`, `Transient`."""
        ...


class PullRequests(Protocol):
    """The forge's pull requests."""

    async def on_branch(self, repo: str, branch: str) -> tuple[PullRequest, ...]:
        """Those whose head is this branch of the same repository, any state, newest first."""
        ...

    async def solving(self, repo: str, issue: int) -> tuple[PullRequest, ...]:
        """Open pull requests that say they close the issue."""
        ...

    async def open(self, repo: str, text: PullRequestText) -> PullRequest:
        """Open one, or return the open one of that branch, updated, if it exists already."""
        ...

    async def update(self, repo: str, number: int, text: PullRequestText) -> PullRequest:
        """Set title, body and, where the forge can, draft or ready."""
        ...

    async def remark(self, repo: str, number: int, head_sha: str, findings: tuple[Finding, ...]) -> None:
        """Leave review comments on lines."""
        ...


class Workspaces(Protocol):
    """Checkouts of a repository on this machine; made again at will, never persisted."""

    async def prepare(self, case: Case) -> Workspace:
        """A workspace at the case's base, with a toy repository of its own for the agent."""
        ...

    async def snapshot(self, workspace: Workspace) -> Change:
        """What the agent's files are now, against the base. Raises `BadWork` for what can't be taken."""
        ...

    async def restore(self, workspace: Workspace, tree: str) -> None:
        """Set the agent's files to an earlier snapshot."""
        ...

    async def checkout(self, workspace: Workspace, tree: str, name: str, overlay: Overlay | None = None) -> Path:
        """A clean checkout of a tree or commit, outside the agent's workspace, without `.git`."""
        ...

    async def discard(self, case: Case) -> None:
        """Remove the case's workspace, its checkouts and its refs, if there are any."""
        ...


class History(Protocol):
    """The repository's commits: what is read from them, and the one branch that we write."""

    async def read(self, workspace: Workspace, path: str) -> bytes | None:
        """A file of the base commit; None if it is not there."""
        ...

    async def files(self, workspace: Workspace) -> tuple[str, ...]:
        """Every path of the base commit."""
        ...

    async def branch(self, workspace: Workspace, branch: str) -> Branch | None:
        """Our branch as it is on the forge now; None if it is not there."""
        ...

    async def commit(self, workspace: Workspace, tree: str, message: str, parents: tuple[str, ...]) -> str:
        """Make a commit of a snapshot, by the author of the settings; gives its sha."""
        ...

    async def push(self, workspace: Workspace, sha: str, branch: str, expected: str | None) -> None:
        """Push `sha` to our branch if the branch still is at `expected` (None: does not exist).

        Raises `PushRejected`, `AuthenticationFailed`, `PermissionDenied`, `Transient`.
        """
        ...


class Model(Protocol):
    """The language model."""

    async def ask(self, query: Query) -> Reply:
        """One call. Raises `ModelAccountError`, `ModelRejected`, `RateLimited`, `Transient`."""
        ...

    def worst_case_usd(self, query: Query) -> float:
        """What the call costs at most. Raises `UnknownPrice`."""
        ...

    def output_price_usd(self, model: str) -> float:
        """US dollars per output token. Raises `UnknownPrice`."""
        ...


class Shell(Protocol):
    """One persistent shell: directory, variables and functions survive from command to command."""

    async def run(self, command: str, timeout_s: float) -> CommandResult:
        """Run it; on time-out everything it started is killed and the shell goes on."""
        ...

    async def restart(self) -> None:
        """Start afresh."""
        ...

    async def close(self) -> None:
        """Kill the shell and all its children."""
        ...


class Sandbox(Protocol):
    """Where untrusted commands run: no network, no token, no home."""

    async def shell(self, place: Place) -> Shell:
        """A persistent shell at /workspace."""
        ...

    async def run(
        self,
        place: Place,
        command: str,
        timeout_s: float,
        variables: dict[str, str],
        *,
        writable_environment: bool = False,
    ) -> CommandResult:
        """One command in a sandbox of its own at /workspace; dies with all its children.

        `writable_environment` lets it write to /env.
        """
        ...

    def path(self, place: Place, inside: str) -> str:
        """How a path that commands see (`/workspace/...`, `/env/...`) must be written for this sandbox."""
        ...


class Environments(Protocol):
    """Installed dependencies of a checkout."""

    async def environment(self, checkout: Path, setup: str | None) -> Path | None:
        """A folder to mount at /env for this checkout's manifests, built once and kept; None if none is needed."""
        ...


class Files(Protocol):
    """The agent's files, confined: a path that leaves the workspace, by links too, is refused with `BadWork`."""

    def read(self, path: str, largest: int | None = None) -> bytes:
        """The bytes of a file. Raises `BadWork` if it is not a regular file below the workspace.

        One of more than `largest` bytes is refused without being read, with `BadWork` too.
        """
        ...

    def write(self, path: str, data: bytes) -> None:
        """Write a file, its folders made as needed; an existing file keeps its mode."""
        ...

    def listing(self, path: str) -> tuple[str, ...]:
        """Names below a folder, two levels deep, folders ending in a slash, hidden ones left out."""
        ...

    def kind(self, path: str) -> str:
        """`file`, `folder` or `missing`."""
        ...


class Cases(Protocol):
    """The ledger of cases."""

    async def open(self, case: Case, request: WorkRequest) -> CaseFile:
        """Write a new case file; the id in `case` is replaced by the day's next."""
        ...

    async def read(self, task_id: str) -> CaseFile:
        """The case file. Raises `UnknownTask`."""
        ...

    async def write(self, file: CaseFile) -> None:
        """Replace a case file by its newer self."""
        ...

    async def of_issue(self, forge: str, repository_id: int, issue: int) -> tuple[CaseFile, ...]:
        """All cases of an issue, newest first."""
        ...

    async def recent(self, limit: int) -> tuple[CaseFile, ...]:
        """The newest case files."""
        ...


class Claims(Protocol):
    """One holder an issue."""

    async def acquire(self, case: Case, lease_s: float) -> Claim:
        """Take the issue for this process. Raises `ClaimLost` if somebody else holds it."""
        ...

    async def prove(self, claim: Claim, lease_s: float) -> None:
        """Show that the claim is still ours, and prolong it. Raises `ClaimLost`."""
        ...

    async def release(self, claim: Claim) -> None:
        """Let others have it."""
        ...

    async def holder(self, case: Case) -> Claim | None:
        """Who else works on the case's issue now."""
        ...


class Budget(Protocol):
    """Money, reserved before it is spent."""

    async def reserve(self, task_id: str, usd: float, run_cap: float, daily_cap: float) -> str | None:
        """Reserve the worst case of a call; None if a cap would be passed."""
        ...

    async def settle(self, reservation: str, usd: float) -> None:
        """Book what the call really cost and give the rest back."""
        ...

    async def left(self, task_id: str, run_cap: float, daily_cap: float) -> float:
        """US dollars that may still be reserved for the task."""
        ...


class Breaker(Protocol):
    """Stands between the runs of one state folder and the model's account while the service refuses it."""

    async def trip(self, reason: str) -> bool:
        """The service refused the account; whether this is news. `reason` is one line, without secrets."""
        ...

    async def admit(self) -> None:
        """Let a run begin. Raises `AccountPaused`, unless it is time for one run to try whether the account works."""
        ...

    async def reset(self) -> None:
        """The service answered: the account works."""
        ...


class Checkpoints(Protocol):
    """Transcripts that outlive the process, so that no round is paid twice."""

    async def load(self, key: RoundKey) -> Transcript | None:
        """The transcript of a round, finished or not; None if it never began."""
        ...

    async def save(self, key: RoundKey, transcript: Transcript) -> None:
        """Store the transcript so that a crash right after loses nothing."""
        ...

    async def forget(self, task_id: str) -> None:
        """Remove all rounds of a case."""
        ...


class Liveness(Protocol):
    """Whether a case's files on this machine are still needed."""

    async def __call__(self, task_id: str, attempt: int | None) -> bool:
        """For an attempt, or (None) for any: somebody works on it, or may go on with it."""
        ...


class Upkeep(Protocol):
    """The state folder's size and age."""

    async def trim(self, live: Liveness) -> int:
        """Remove what is too old or too much, never what a live case needs; how many things went."""
        ...


class Progress(Protocol):
    """Where the work stands, for people who watch."""

    async def __call__(self, action: str, spend: Spend) -> None:
        """The agent's last act in a few words, and what this round cost so far."""
        ...
