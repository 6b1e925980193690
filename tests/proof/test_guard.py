"""The policy on what a change may touch, over real differences made by git."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.change import Change
from domain.frozen import Frozen
from domain.issue import Issue
from domain.repository import GuardRules, RepositoryRules
from proof.guard import GuardFinding, GuardVerdict, check
from proof.watched_paths import is_lock, is_manifest, is_protected

ISSUE = Issue(repo="a/b", number=1, title="Speed up the build", body="Edit .github/workflows/ci.yml please.")
RULES = RepositoryRules()
TOKEN = "gh" + "p_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"
DRAWN = "aB3dE6gH9jK2mN5pQ8sT1vW4"


def _write(path: str, content: str | bytes) -> Callable[[Path], object]:
    def edit(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())

    return edit


class Case(Frozen):
    """An edit, and what the guard says of it."""

    name: str
    edit: Callable[[Path], object]
    said: tuple[GuardFinding, ...]


CASES = (
    Case(name="an honest edit", edit=_write("src/a.py", "print(1)\n"), said=()),
    Case(
        name="the CI",
        edit=_write(".github/workflows/ci.yml", "on: push\n"),
        said=(
            GuardFinding(
                kind="protected",
                path=".github/workflows/ci.yml",
                text="`.github/workflows/ci.yml` is protected, and the issue names it: please approve this change",
            ),
        ),
    ),
    Case(
        name="an agent's rules, moved",
        edit=lambda root: (root / "README.md").rename(root / "Agents.md"),
        said=(
            GuardFinding(
                kind="protected", path="Agents.md", text="`Agents.md` is protected: please approve this change"
            ),
        ),
    ),
    Case(
        name="a manifest",
        edit=_write("web/package.json", "{}\n"),
        said=(
            GuardFinding(
                kind="manifest",
                path="web/package.json",
                text="`web/package.json` says what is installed: please approve this change",
            ),
        ),
    ),
    Case(
        name="a binary",
        edit=_write("logo.png", b"\x89PNG\0\1"),
        said=(GuardFinding(kind="binary", path="logo.png", text="`logo.png` is binary: nobody can read what changed"),),
    ),
    Case(
        name="too large to be read",
        edit=_write("dump.sql", "select 1;\n" * 300_000),
        said=(
            GuardFinding(kind="too_large", path="", text="300000 lines change, more than 5000"),
            GuardFinding(kind="big_file", path="dump.sql", text="`dump.sql` is too large to be read as a difference"),
        ),
    ),
    Case(
        name="a link out",
        edit=lambda root: (root / "up").symlink_to("../../etc/passwd"),
        said=(GuardFinding(kind="symlink", path="up", text="`up` is a link that leads out of the repository"),),
    ),
    Case(
        name="a link to git's own files",
        edit=lambda root: (root / "hooks").symlink_to(".git/hooks"),
        said=(GuardFinding(kind="symlink", path="hooks", text="`hooks` is a link that leads out of the repository"),),
    ),
    Case(name="a link within", edit=lambda root: (root / "same").symlink_to("README.md"), said=()),
    Case(
        name="a mode",
        edit=lambda root: (root / "run.sh").chmod(0o755),
        said=(GuardFinding(kind="executable", path="run.sh", text="`run.sh` became executable"),),
    ),
    Case(
        name="a token, even in a test",
        edit=_write("tests/test_a.py", f"x = '{TOKEN}'\n"),
        said=(
            GuardFinding(
                kind="secret",
                path="tests/test_a.py",
                text="`tests/test_a.py:1` looks like a secret (GitHub token); the change must not leave this machine",
                blocks=True,
            ),
        ),
    ),
    Case(
        name="a password",
        edit=_write("src/a.py", f"\npassword = '{DRAWN}'\n"),
        said=(
            GuardFinding(
                kind="secret",
                path="src/a.py",
                text="`src/a.py:2` looks like a secret (a long random value given to a secret's name); "
                "the change must not leave this machine",
                blocks=True,
            ),
        ),
    ),
    Case(
        name="a password in a test",
        edit=_write("tests/test_a.py", f"password = '{DRAWN}'\n"),
        said=(
            GuardFinding(
                kind="secret",
                path="tests/test_a.py",
                text="`tests/test_a.py:1` holds what may be a secret (a long random value given to a secret's name); "
                "please check that it is made up",
            ),
        ),
    ),
    Case(name="something deleted", edit=lambda root: (root / "run.sh").unlink(), said=()),
    Case(
        name="a name full of tricks",
        edit=_write("@you `x` 日本.bin", b"\0\1"),
        said=(
            GuardFinding(
                kind="binary",
                path="@you `x` 日本.bin",
                text="``@you `x` 日本.bin`` is binary: nobody can read what changed",
            ),
        ),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_kind_of_change_is_judged(case: Case, change: Callable[[Callable[[Path], object]], Change]) -> None:
    """Findings say what a person should look at, secrets block, and no secret is repeated."""
    verdict = check(change(case.edit), RULES, ISSUE)
    assert verdict == GuardVerdict(findings=case.said)
    assert verdict.blocked is any(finding.blocks for finding in case.said)
    assert TOKEN not in verdict.model_dump_json()
    assert DRAWN not in verdict.model_dump_json()


def test_size_is_limited_by_the_repository(change: Callable[[Callable[[Path], object]], Change]) -> None:
    """More files or lines than the rules allow are findings; lines of lock files do not count."""

    def edit(root: Path) -> None:
        for name in ("a.txt", "b.txt", "uv.lock"):
            (root / name).write_text("x\n" * (9_000 if name == "uv.lock" else 6))

    rules = RepositoryRules(guard=GuardRules(max_files=2, max_lines=11))
    texts = [finding.text for finding in check(change(edit), rules, ISSUE).findings if finding.kind == "too_large"]
    assert texts == ["3 files change, more than 2", "12 lines change, more than 11"]


def test_what_can_not_be_read_blocks() -> None:
    """A difference that is none vouches for nothing."""
    broken = Change(base_sha="0", tree="1", diff="--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n+one\n", files=())
    assert check(broken, RULES, ISSUE).blocked


def test_findings_speak_the_readers_language(change: Callable[[Callable[[Path], object]], Change]) -> None:
    """A Japanese issue gets Japanese findings; what blocks comes first."""

    def edit(root: Path) -> None:
        (root / "go.mod").write_text("module x\n")
        (root / "a.py").write_text(f"t = '{TOKEN}'\n")

    verdict = check(change(edit), RULES, Issue(repo="a/b", number=1, title="ビルドが遅い", body=""))
    assert [finding.text for finding in verdict.findings] == [
        "`a.py:1` に秘密情報\uff08GitHub token\uff09らしきものがあるため、この変更は外部に送信しません",
        "`go.mod` はインストール内容を決めるファイルです。この変更を承認してください",
    ]


@pytest.mark.parametrize(
    ("path", "own", "protected"),
    [
        (".github/workflows/ci.yml", (), True),
        (".GitHub/Workflows/CI.yml", (), True),
        ("docs/CODEOWNERS", (), True),
        ("sub/CLAUDE.md", (), True),
        (".claude-cluster.toml", (), True),
        ("sub/.claude-cluster.toml", (), False),
        ("src/agents.py", (), False),
        ("infra/main.tf", ("infra/**",), True),
        ("infra/docs/a.md", ("infra/**", "!infra/docs/**"), False),
        ("AGENTS.md", ("!AGENTS.md",), False),
    ],
)
def test_protected_paths(path: str, own: tuple[str, ...], *, protected: bool) -> None:
    """Ours in any case of letters, then the repository's own, which may also take protection away."""
    assert is_protected(path, own) is protected


@pytest.mark.parametrize(
    ("path", "manifest", "lock"),
    [
        ("package.json", True, False),
        ("web/pnpm-lock.yaml", True, True),
        ("requirements-dev.txt", True, False),
        ("Gemfile.lock", True, True),
        ("Cargo.toml", True, False),
        ("src/package.py", False, False),
        ("docs/requirements.md", False, False),
    ],
)
def test_manifests(path: str, *, manifest: bool, lock: bool) -> None:
    """What is installed is known by name, anywhere in the tree."""
    assert (is_manifest(path), is_lock(path)) == (manifest, lock)
