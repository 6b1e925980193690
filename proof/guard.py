"""The policy on what a change may touch. A finding makes a draft that asks for approval; a secret blocks."""

import re
from collections.abc import Iterator
from typing import Literal

from domain.change import Change, FileChange
from domain.errors import BadWork
from domain.frozen import Frozen
from domain.issue import Issue
from domain.repository import RepositoryRules
from proof import neutral
from proof.added_lines import Added, added_lines
from proof.dependencies import doubts
from proof.links_out import leads_out
from proof.plan import is_test_side
from proof.secrets import find_secrets
from proof.watched_paths import is_lock, is_manifest, is_protected
from proof.wording import Words, words_for

_LARGEST_FILE = 5_000_000
_SYMLINK = "120000"
_GITLINK = "160000"
_EXECUTABLE = "100755"
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u2060\u2061-\u2064\U000e0001-\U000e007f]")

GuardKind = Literal[
    "secret",
    "protected",
    "manifest",
    "too_large",
    "binary",
    "big_file",
    "symlink",
    "executable",
    "submodule",
    "install_script",
    "lock",
    "lock_source",
    "hidden",
    "unreadable",
    "issue_closed",
    "issue_gone",
]


class GuardFinding(Frozen):
    """One thing that a person should look at; `text` is Markdown of ours and repeats no secret.

    `path` is empty where the finding is about the change as a whole.
    """

    kind: GuardKind
    path: str
    text: str
    blocks: bool = False


class GuardVerdict(Frozen):
    """All findings, what blocks first."""

    findings: tuple[GuardFinding, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether the change must not leave this machine."""
        return any(finding.blocks for finding in self.findings)


def check(change: Change, rules: RepositoryRules, issue: Issue) -> GuardVerdict:
    """Judge a change by the repository's rules; findings are in the language of the pull request."""
    say = words_for(rules, issue)
    try:
        added = tuple(added_lines(change.diff))
    except BadWork:
        unreadable = GuardFinding(kind="unreadable", path="", text=say("guard.unreadable"), blocks=True)
        return GuardVerdict(findings=(unreadable,))
    found = [
        *_secrets(change, say),
        *_size(change, rules, say),
        *(finding for file in change.files for finding in _paths(file, rules, issue, say)),
        *(finding for file in change.files for finding in _kinds(file, added, say)),
        *_dependencies(change, added, say),
        *_hidden(added, say),
    ]
    return GuardVerdict(findings=tuple(sorted(found, key=lambda finding: not finding.blocks)))


def _secrets(change: Change, say: Words) -> Iterator[GuardFinding]:
    for secret in find_secrets(change.diff):
        # Tests are full of made-up keys; only tokens of a known shape block there.
        blocks = secret.sure or not is_test_side(secret.path)
        text = say(
            "guard.secret" if blocks else "guard.perhaps_secret",
            kind=say(f"secret.{secret.kind}") if f"secret.{secret.kind}" in say else secret.kind,
            place=neutral.code(f"{secret.path}:{secret.line}"),
        )
        yield GuardFinding(kind="secret", path=secret.path, text=text, blocks=blocks)


def _size(change: Change, rules: RepositoryRules, say: Words) -> Iterator[GuardFinding]:
    lines = sum(file.added + file.removed for file in change.files if not is_lock(file.path))
    guard = rules.guard
    if len(change.files) > guard.max_files:
        text = say("guard.many_files", count=len(change.files), limit=guard.max_files)
        yield GuardFinding(kind="too_large", path="", text=text)
    if lines > guard.max_lines:
        yield GuardFinding(kind="too_large", path="", text=say("guard.many_lines", count=lines, limit=guard.max_lines))


def _paths(file: FileChange, rules: RepositoryRules, issue: Issue, say: Words) -> Iterator[GuardFinding]:
    for path in dict.fromkeys(filter(None, (file.path, file.old_path))):
        shown = neutral.code(path)
        if is_protected(path, rules.guard.protected):
            asked = path in issue.title or path in issue.body
            text = say("guard.protected_asked" if asked else "guard.protected", path=shown)
            yield GuardFinding(kind="protected", path=path, text=text)
        elif is_manifest(path):
            yield GuardFinding(kind="manifest", path=path, text=say("guard.manifest", path=shown))


def _kinds(file: FileChange, added: tuple[Added, ...], say: Words) -> Iterator[GuardFinding]:
    own = [run for run in added if run.path == file.path]
    if _GITLINK in {file.new_mode, file.old_mode}:
        yield _about("submodule", file, say)
    elif file.status == "deleted":
        return
    elif file.new_mode == _SYMLINK:
        # Where a link was only moved, the difference does not say where it leads.
        if leads_out(file.path, own[0].text.rstrip("\n") if own else None):
            yield _about("symlink", file, say)
    elif file.binary:
        yield _about("binary", file, say)
    elif (file.added and not own) or sum(len(run.text) for run in own) > _LARGEST_FILE:
        yield _about("big_file", file, say)
    if file.new_mode == _EXECUTABLE and file.old_mode not in {_EXECUTABLE, "000000"}:
        yield _about("executable", file, say)


def _dependencies(change: Change, added: tuple[Added, ...], say: Words) -> Iterator[GuardFinding]:
    for doubt in doubts(change, added):
        text = say(f"guard.{doubt.kind}", path=neutral.code(doubt.path), host=neutral.code(doubt.host or "-"))
        yield GuardFinding(kind=doubt.kind, path=doubt.path, text=text)


def _hidden(added: tuple[Added, ...], say: Words) -> Iterator[GuardFinding]:
    """Characters that make code look other than it is (CVE-2021-42574)."""
    for run in added:
        if found := _TURNING.search(run.text):
            line = run.first + run.text.count("\n", 0, found.start())
            text = say("guard.hidden", place=neutral.code(f"{run.path}:{line}"))
            yield GuardFinding(kind="hidden", path=run.path, text=text)


def _about(kind: GuardKind, file: FileChange, say: Words) -> GuardFinding:
    return GuardFinding(kind=kind, path=file.path, text=say(f"guard.{kind}", path=neutral.code(file.path)))
