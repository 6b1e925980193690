"""Makes the bundle from the patches beside it: `python -m demo.samples.build`. The same commits every time."""

import subprocess
import sys
import tempfile
from pathlib import Path

from demo.forge.bare import git_environment

_HERE = Path(__file__).parent
_COMMITTER = {"GIT_COMMITTER_NAME": "Rehearsal", "GIT_COMMITTER_EMAIL": "rehearsal@shop.example"}


def build(patches: Path, bundle: Path) -> str:
    """Write a bundle whose branch `main` holds the patches in the order of their names; gives its tip."""
    with tempfile.TemporaryDirectory() as folder:

        def git(*arguments: str) -> str:
            env = git_environment() | _COMMITTER
            done = subprocess.run(["git", *arguments], cwd=folder, env=env, capture_output=True, check=True, text=True)
            return done.stdout

        git("init", "-q", "--initial-branch=main")
        git("am", "-q", "--committer-date-is-author-date", *map(str, sorted(patches.resolve().glob("*.patch"))))
        git("-c", "pack.threads=1", "bundle", "create", "-q", str(bundle.resolve()), "main")
        return git("rev-parse", "main").strip()


if __name__ == "__main__":
    sys.stdout.write(f"{build(_HERE / 'shop', _HERE / 'shop.bundle')}\n")
