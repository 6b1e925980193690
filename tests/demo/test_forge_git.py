"""Git over HTTP: real git clones, fetches and pushes."""

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from demo.forge import Forge
from demo.rehearsal import Rehearsal

Git = Callable[..., subprocess.CompletedProcess[str]]
REPO = "rehearsal/shop"


def header(rehearsal: Rehearsal, token: str, *, bearer: bool = False) -> tuple[str, str]:
    """The option that makes git send a token."""
    value = f"Bearer {token}" if bearer else f"Basic {base64.b64encode(f'x-access-token:{token}'.encode()).decode()}"
    return "-c", f"http.{rehearsal.server_url}/.extraHeader=Authorization: {value}"


@pytest.fixture
def clone(git: Git, rehearsal: Rehearsal, tmp_path: Path) -> Path:
    """An ordinary clone with one commit more on a branch."""
    git("clone", "-q", f"{rehearsal.server_url}/{REPO}.git", "clone")
    folder = tmp_path / "clone"
    git("checkout", "-q", "-b", "claude/issue-9", folder=folder)
    (folder / "big.txt").write_text("line\n" * 500_000)
    git("add", ".", folder=folder)
    git("commit", "-q", "-m", "Big", folder=folder)
    return folder


def test_a_partial_clone_fetches_blobs_later(git: Git, rehearsal: Rehearsal, tmp_path: Path) -> None:
    """--filter=blob:none is obeyed, and a missing blob comes when it is asked for."""
    git("clone", "-q", "--bare", "--filter=blob:none", f"{rehearsal.server_url}/{REPO}.git", "bare.git")
    missing = git("rev-list", "--objects", "--missing=print", "main", folder=tmp_path / "bare.git").stdout
    assert missing.count("\n?") > 10
    assert git("show", "main:README.md", folder=tmp_path / "bare.git").stdout.startswith("# shop\n")


def test_any_commit_can_be_fetched_by_its_sha(git: Git, rehearsal: Rehearsal, forge: Forge, tmp_path: Path) -> None:
    """Even one that no branch names any more."""
    sha = forge.commit(REPO, "gone", {"gone.txt": "gone\n"}, "Gone")
    forge.repository(REPO).git.set_ref("refs/heads/gone", None)
    git("init", "-q", "fresh")
    git("fetch", "-q", "--depth=1", f"{rehearsal.server_url}/{REPO}.git", sha, folder=tmp_path / "fresh")
    assert git("rev-parse", "FETCH_HEAD", folder=tmp_path / "fresh").stdout.strip() == sha


@pytest.mark.parametrize("bearer", [False, True])
def test_a_push_with_the_right_token(git: Git, rehearsal: Rehearsal, forge: Forge, clone: Path, bearer: bool) -> None:
    """Basic and Bearer are taken; 2.5 MB go through; the branch is there and the API sees it."""
    auth = header(rehearsal, rehearsal.token, bearer=bearer)
    git(*auth, "-c", "http.postBuffer=65536", "push", "-q", "origin", "HEAD:refs/heads/claude/issue-9", folder=clone)
    assert forge.branch_sha(REPO, "claude/issue-9") == git("rev-parse", "HEAD", folder=clone).stdout.strip()


def test_a_push_without_rights_is_refused(git: Git, rehearsal: Rehearsal, forge: Forge, clone: Path) -> None:
    """403 for a reader, 401 for a wrong token or none; nothing arrives."""
    forge.add_token("visitor-token", "visitor")
    push = ("push", "origin", "HEAD:refs/heads/claude/issue-9")
    reader = git(*header(rehearsal, "visitor-token"), *push, folder=clone, may_fail=True)
    assert "error: 403" in reader.stderr
    for auth in (header(rehearsal, "wrong"), ()):
        assert git(*auth, *push, folder=clone, may_fail=True).returncode == 128
    assert forge.branch_sha(REPO, "claude/issue-9") is None


def test_a_lease_protects_the_branch(git: Git, rehearsal: Rehearsal, forge: Forge, clone: Path) -> None:
    """A push with a stale lease is refused by git, and the foreign commit stays."""
    foreign = forge.commit(REPO, "claude/issue-9", {"b.txt": "b\n"}, "Foreign", "stranger")
    lease = "--force-with-lease=refs/heads/claude/issue-9:" + forge.branch_sha(REPO, "main")  # type: ignore[operator]
    push = (*header(rehearsal, rehearsal.token), "push", lease, "origin", "HEAD:refs/heads/claude/issue-9")
    assert git(*push, folder=clone, may_fail=True).returncode == 1
    assert forge.branch_sha(REPO, "claude/issue-9") == foreign


def test_a_push_moves_the_pull_request(git: Git, rehearsal: Rehearsal, api: httpx.Client, clone: Path) -> None:
    """Right after the push the API has the new head, and refs/pull/N/head can be fetched."""
    auth = header(rehearsal, rehearsal.token)
    git(*auth, "push", "-q", "origin", "HEAD:refs/heads/claude/issue-9", folder=clone)
    number = api.post("/pulls", json={"title": "t", "head": "claude/issue-9", "base": "main"}).json()["number"]
    git("commit", "-q", "--allow-empty", "-m", "More", folder=clone)
    git(*auth, "push", "-q", "origin", "HEAD:refs/heads/claude/issue-9", folder=clone)
    tip = git("rev-parse", "HEAD", folder=clone).stdout.strip()
    assert api.get(f"/pulls/{number}").json()["head"]["sha"] == tip
    git("fetch", "-q", "origin", f"refs/pull/{number}/head", folder=clone)
    assert git("rev-parse", "FETCH_HEAD", folder=clone).stdout.strip() == tip


def test_private_and_missing_repositories_look_alike(git: Git, rehearsal: Rehearsal, forge: Forge) -> None:
    """Anonymous: asked for a name; with a token without rights: not found. A reader of it may clone."""
    forge.create_repository("rehearsal/secret", private=True)
    for name in ("secret", "none"):
        url = f"{rehearsal.server_url}/rehearsal/{name}.git/info/refs?service=git-upload-pack"
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers={"authorization": f"Bearer {rehearsal.token}"}).status_code == 404
    forge.set_permission("rehearsal/secret", "rehearsal-bot", "read")
    git(*header(rehearsal, rehearsal.token), "clone", "-q", f"{rehearsal.server_url}/rehearsal/secret.git")


def test_a_renamed_repository_can_still_be_cloned(git: Git, rehearsal: Rehearsal, forge: Forge) -> None:
    """Git follows the redirect."""
    forge.rename(REPO, "rehearsal/store")
    assert (
        git("ls-remote", f"{rehearsal.server_url}/{REPO}.git", "refs/heads/main").stdout.split()[1] == "refs/heads/main"
    )
