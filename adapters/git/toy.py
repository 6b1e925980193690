"""The agent's own repository: a `.git` made by hand, which we write once and never read again."""

import shutil
from pathlib import Path

from adapters.git.clones import ATTRIBUTES
from domain.workspace import Workspace

_CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
[user]
\tname = agent
\temail = agent@localhost
[gc]
\tauto = 0
[advice]
\tdetachedHead = false
"""


def make_toy(workspace: Workspace, index: Path, shallow: str | None) -> None:
    """Write `.git` into the workspace: status, diff, log, blame, stash and commit work in it.

    `index` is the index that filled the workspace; `shallow` is the oldest commit whose files are here.
    History comes from the clone's objects, which the sandbox shows read-only.
    """
    case = workspace.case
    folder = workspace.path / ".git"
    ref = folder / "refs" / "heads" / case.base
    for sub in (ref.parent, folder / "objects" / "info", folder / "info"):
        sub.mkdir(parents=True, exist_ok=True)
    (folder / "HEAD").write_text(f"ref: refs/heads/{case.base}\n")
    ref.write_text(f"{case.base_sha}\n")
    (folder / "config").write_text(_CONFIG)
    (folder / "objects" / "info" / "alternates").write_text(f"{workspace.clone / 'objects'}\n")
    (folder / "info" / "exclude").write_text("")
    (folder / "info" / "attributes").write_text(ATTRIBUTES)
    if shallow:
        (folder / "shallow").write_text(f"{shallow}\n")
    shutil.copy2(index, folder / "index")
