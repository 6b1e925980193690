"""The agent's own repository: a `.git` made by hand, which we write once and never read again."""

import os
import re
import shutil
from pathlib import Path

from adapters.git.clones import ATTRIBUTES
from domain.cone import Cone
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
_SPARSE = """[core]
\tsparseCheckout = true
\tsparseCheckoutCone = true
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
    if workspace.cone is not None:
        _narrow(folder, workspace.cone)
    shutil.copy2(index, folder / "index")


def _narrow(folder: Path, cone: Cone) -> None:
    """The agent's git knows what was left out; `git sparse-checkout add FOLDER` brings more in, from the clone."""
    with (folder / "config").open("a") as config:
        config.write(_SPARSE)
    lines = ["/*", "!/*/"]
    for above in sorted(cone.above - {""}):
        lines += [f"/{_quoted(above)}/", f"!/{_quoted(above)}/*/"]
    lines += [f"/{_quoted(whole)}/" for whole in cone.folders]
    (folder / "info" / "sparse-checkout").write_bytes(os.fsencode("\n".join(lines) + "\n"))


def _quoted(name: str) -> str:
    """A folder as a pattern that stands for nothing else."""
    return re.sub(r"([*?\[\\])", r"\\\1", name)
