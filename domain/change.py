"""What the agent changed, and what it said when it handed the work in."""

from typing import Literal

from domain.frozen import Frozen


class FileChange(Frozen):
    """One changed path (relative, POSIX). `added` and `removed` count lines; modes are git's (`100644`)."""

    path: str
    status: Literal["added", "modified", "deleted", "renamed", "typechanged"]
    added: int = 0
    removed: int = 0
    binary: bool = False
    old_path: str | None = None
    old_mode: str = "000000"
    new_mode: str = "000000"


class Change(Frozen):
    """The difference between the base and a snapshot; `tree` is the git tree id of the whole snapshot."""

    base_sha: str
    tree: str
    diff: str
    files: tuple[FileChange, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing differs from the base."""
        return not self.files


SubmissionKind = Literal["change", "no_change_needed", "needs_information"]


class Submission(Frozen):
    """The agent's own words at submit.

    `title` is a pull request title without prefix; `summary` says what and why in a few lines;
    `evidence` is how it was reproduced and checked; `questions` are for `needs_information`;
    `not_done` names what was left out.
    """

    kind: SubmissionKind
    title: str = ""
    summary: str = ""
    evidence: str = ""
    questions: tuple[str, ...] = ()
    not_done: tuple[str, ...] = ()
