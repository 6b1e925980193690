"""Attempts to have git do the work: what the agent plants in its repository runs nowhere but in the sandbox."""

import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.git.runner import Git
from adapters.git.workspaces import GitWorkspaces
from adapters.sandbox import ConfinedFiles, Isolation
from domain.case import Case
from domain.command import CommandResult, Place
from domain.errors import BadWork
from domain.issue import Issue
from domain.repository import Repository
from domain.workspace import Workspace

CANARY = "canary-3317"


@dataclass
class Desk:
    """A workspace on a real clone; `here` is where an attack on this machine would leave its mark."""

    workspaces: GitWorkspaces
    workspace: Workspace
    case: Case
    here: Path
    run: Callable[[str], Awaitable[CommandResult]]

    async def all_of_ours(self) -> None:
        """Everything that our own git does with the agent's files afterwards."""
        change = await self.workspaces.snapshot(self.workspace)
        await self.workspaces.checkout(self.workspace, change.tree, "head")
        await self.workspaces.restore(self.workspace, change.tree)
        await self.workspaces.snapshot(self.workspace)


def _git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgSign=false")
    command = ["git", *identity, "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _forge(folder: Path) -> Path:
    seed, bare = folder / "seed", folder / "forge" / "acme" / "shop.git"
    seed.mkdir()
    _git(seed, "init", "-q", "-b", "main")
    (seed / "a.txt").write_text("one\n")
    _git(seed, "add", "-A")
    _git(seed, "commit", "-qm", "First")
    bare.parent.mkdir(parents=True)
    _git(folder, "clone", "-q", "--bare", str(seed), str(bare))
    for name in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        _git(bare, "config", name, "true")
    return bare


def _case(bare: Path, number: int) -> Case:
    return Case(
        id=f"task-20261122-{number:03}",
        forge="file",
        repository=Repository(name="acme/shop", id=42, default_branch="main", can_push=True),
        issue=Issue(repo="acme/shop", number=number, title="T", body="B"),
        base="main",
        base_sha=_git(bare, "rev-parse", "main"),
        model="none",
        created=datetime(2026, 11, 22, tzinfo=UTC),
    )


@pytest.fixture
async def desk(confined: Isolation, tmp_path: Path) -> Desk:
    """A prepared workspace, with the sandbox open on it as the agent has it."""
    bare = _forge(tmp_path)
    git = Git(server_url=bare.parents[1].as_uri(), extra={"GIT_ALLOW_PROTOCOL": "file"})
    workspaces = GitWorkspaces(git, tmp_path / "state", confined)
    case = _case(bare, 1)
    workspace = await workspaces.prepare(case)
    place = Place(workspace=workspace.path, read_only=(workspace.clone / "objects",))

    async def run(command: str) -> CommandResult:
        real = confined.path(place, "/workspace")
        return await confined.run(place, command.replace("/workspace", real), 60, {})

    return Desk(workspaces, workspace, case, tmp_path / "ran", run)


_HOOKS = "pre-commit post-commit post-checkout post-index-change pre-push post-merge reference-transaction fsmonitor"
PLANTS = {
    "hooks": f"mkdir -p .git/hooks; for h in {_HOOKS}; do printf '#!/bin/sh\\nEVIL\\n' > .git/hooks/$h; "
    "chmod +x .git/hooks/$h; done",
    "hooks_elsewhere": "mkdir h; printf '#!/bin/sh\\nEVIL\\n' > h/post-index-change; chmod +x h/*; "
    "git config core.hooksPath /workspace/h",
    "fsmonitor": "git config core.fsmonitor 'EVIL'",
    "programs": "for k in core.sshCommand core.pager core.editor sequence.editor core.askPass credential.helper "
    "gpg.program diff.external pager.status; do git config $k 'EVIL'; done",
    "aliases": "for c in add write-tree status diff read-tree checkout-index; do git config alias.$c '!EVIL'; done",
    "include": "printf '[core]\\n\\tfsmonitor = EVIL\\n' > inc; git config include.path ../inc; "
    "git config includeIf.gitdir:/.path ../inc",
    "filters": "git config filter.x.clean 'EVIL; cat'; git config filter.x.smudge 'EVIL; cat'; "
    "echo '* filter=x' > .gitattributes; echo b > b.txt",
    "filter_processes": "git config filter.x.process 'EVIL'; git config filter.x.required true; "
    "echo '* filter=x' > .gitattributes; echo b > b.txt",
    "attributes_of_git": "mkdir -p .git/info; git config filter.x.clean 'EVIL; cat'; echo b > b.txt; "
    "echo '* filter=x' > .git/info/attributes",
    "lfs": "git config filter.lfs.clean 'EVIL; cat'; echo '* filter=lfs' > .gitattributes; echo b > b.txt",
    "textconv": "git config diff.x.textconv 'EVIL'; git config diff.x.command 'EVIL'; "
    "echo '* diff=x' > .gitattributes; echo b > a.txt",
    "merge_driver": "git config merge.x.driver 'EVIL'; echo '* merge=x' > .gitattributes; echo b > a.txt",
    "submodule_address": "printf '[submodule \"x\"]\\n\\tpath = x\\n\\turl = ext::sh -c EVIL\\n\\tupdate = !EVIL\\n' "
    "> .gitmodules; git config submodule.x.url 'ext::sh -c EVIL'; git config submodule.x.update '!EVIL'",
    "remote": "git remote add origin 'ext::sh -c EVIL'; git config remote.origin.uploadpack 'EVIL'; "
    "git config url.ext::.insteadOf file://",
    "replaced_git_folder": "mv .git g; mkdir -p g/hooks; printf '#!/bin/sh\\nEVIL\\n' > g/hooks/post-index-change; "
    "chmod +x g/hooks/*; echo 'gitdir: ../files/g' > .git; rm -r g",
    "git_folder_by_link": "rm -r .git; ln -s /HERE/.git .git",
    "bare_repository_in_the_root": "git init -q --bare .; git config core.fsmonitor 'EVIL'; rm -rf hooks; true",
    "alternates": "echo /HERE/objects >> .git/objects/info/alternates; echo b > b.txt",
    "commondir": "echo /HERE > .git/commondir; echo b > b.txt",
    "program_called_git": "mkdir -p node_modules/.bin bin; for d in node_modules/.bin bin .; do "
    "printf '#!/bin/sh\\nEVIL\\n' > $d/git; chmod +x $d/git; done",
    "environment_files": "for f in .env .envrc .bashrc .profile .gitconfig; do echo 'EVIL' > $f; done; "
    "cp .gitconfig ~/.gitconfig; cp .bashrc ~/.bashrc; cp .bashrc ~/.bash_profile",
}


@pytest.mark.parametrize("plant", PLANTS)
async def test_what_is_planted_stays_dead(desk: Desk, plant: str) -> None:
    """Our own snapshot, checkout and restore run nothing of it, here or in the sandbox; at most the work is refused."""
    mark = f"touch {desk.here} /workspace/ran-inside"
    await desk.run(PLANTS[plant].replace("EVIL", mark).replace("/HERE", str(desk.here)))
    (desk.workspace.path / "ran-inside").unlink(missing_ok=True)  # by the agent's own git, in its own sandbox
    with suppress(BadWork):
        await desk.all_of_ours()
    assert not desk.here.exists()
    assert not (desk.workspace.path / "ran-inside").exists()


@pytest.mark.parametrize("plant", ["hooks", "fsmonitor", "attributes_of_git", "include"])
async def test_the_plants_are_alive(desk: Desk, plant: str) -> None:
    """The same do run where git believes the agent's repository: in the sandbox, by the agent's own git."""
    await desk.run(PLANTS[plant].replace("EVIL", "touch /workspace/ran-inside"))
    await desk.run("git add -A; git commit -qm x")
    assert (desk.workspace.path / "ran-inside").exists()


NESTED = {
    "folder": "mkdir sub; git init -q sub; git -C sub config core.fsmonitor 'EVIL'",
    "file": "mkdir sub g; git init -q --bare g/r; echo 'gitdir: ../g/r' > sub/.git; "
    "git -C g/r config core.fsmonitor 'EVIL'",
    "link": "mkdir sub; ln -s ../.git sub/.git",
    "other_case": "mkdir sub; cp -r .git sub/.GIT",
    "hidden_character": "mkdir sub; cp -r .git \"sub/.g$(printf '\\342\\200\\214')it\"",
    "deep": "mkdir -p a/b/c/d/e; git init -q a/b/c/d/e",
    "submodule_entry": "git init -q sub; git -C sub -c user.name=a -c user.email=a@b commit -q --allow-empty -m x; "
    "git add sub",
}


@pytest.mark.parametrize("kind", NESTED)
async def test_nested_repositories(desk: Desk, kind: str) -> None:
    """A repository inside the repository is refused or is plain files, and its configuration is never obeyed."""
    made = await desk.run(NESTED[kind].replace("EVIL", f"touch {desk.here}; cat"))
    assert made.exit_code == 0, made.output
    try:
        change = await desk.workspaces.snapshot(desk.workspace)
    except BadWork:
        change = None
    assert not desk.here.exists()
    assert change is None or all(file.new_mode != "160000" for file in change.files)
    assert change is None or kind == "hidden_character"


async def test_links_are_staged_as_links(desk: Desk, tmp_path: Path) -> None:
    """What a link points to outside is neither read by us nor staged."""
    (tmp_path / "secret").write_text(CANARY)
    await desk.run(f"ln -s {tmp_path}/secret out; ln -s {tmp_path} folder; rm a.txt; ln -s /etc/shadow a.txt")
    change = await desk.workspaces.snapshot(desk.workspace)
    assert {file.path: file.new_mode for file in change.files} == dict.fromkeys(("a.txt", "folder", "out"), "120000")
    assert CANARY not in change.diff
    head = await desk.workspaces.checkout(desk.workspace, change.tree, "head")
    with pytest.raises(BadWork):
        ConfinedFiles(head).read("folder/secret")


async def test_other_runs_of_the_clone(desk: Desk, tmp_path: Path) -> None:
    """Beside the objects nothing of the clone is shown: no ref, no configuration, no other run's work."""
    other = await desk.workspaces.prepare(_case(tmp_path / "forge" / "acme" / "shop.git", 2))
    (other.path / "secret.txt").write_text(CANARY)
    change = await desk.workspaces.snapshot(other)
    clone = desk.workspace.clone
    ways = f"ls {clone}; cat {clone}/packed-refs {clone}/config; ls -R {other.path.parent} {other.scratch}; "
    ways += f"git --git-dir={clone} for-each-ref; git cat-file -p {change.tree}; git log --all --oneline -p; "
    ways += f"GIT_ALTERNATE_OBJECT_DIRECTORIES={other.scratch}/objects git cat-file -p {change.tree}"
    told = await desk.run(f"({ways}) 2>/dev/null")
    assert (await desk.run(f"ls {clone} 2>/dev/null")).output in {"objects\n", ""}
    assert CANARY not in told.output
    assert "secret" not in told.output
    assert "task-" not in told.output


async def test_the_clone_stays_as_it_was(desk: Desk) -> None:
    """Nothing that the agent's git can do changes an object or a ref that other runs use."""
    clone = desk.workspace.clone
    before = _times(clone)
    ways = (
        f"rm -rf {clone}/objects/*; chmod -R 777 {clone}; touch {clone}/objects/x; git gc --prune=now; "
        f"git repack -adf; git prune; git --git-dir={clone} update-ref -d refs/heads/main; "
        f"git push {clone} HEAD:x; git push origin HEAD:x; git commit --allow-empty -qm x; git fetch --all"
    )
    await desk.run(f"({ways}) >/dev/null 2>&1")
    assert _times(clone) == before


def _times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("when", ["2200-01-01", "1901-12-14", "@0", "@4102444800"])
async def test_times_that_lie(desk: Desk, when: str) -> None:
    """A file dated into the future or the past, its size unchanged, is still seen to be changed."""
    await desk.run(f"printf 'two\\n' > a.txt; touch -d '{when}' a.txt . .git/index")
    change = await desk.workspaces.snapshot(desk.workspace)
    assert [(file.path, file.added, file.removed) for file in change.files] == [("a.txt", 1, 1)]


async def test_names_that_mean_something(desk: Desk) -> None:
    """Names like options, with line breaks, escapes or no UTF-8 are names and nothing else."""
    names = (b"--upload-pack=x", b"-rf", b"a\nb", b"\x1b]0;t\x07", b"\xff\xfe", b"$(x)", b":(top)")
    program = f"for name in {names!r}: open(name, 'w').write('x')"
    await desk.run(f"python3 - <<'END'\n{program}\nEND")
    change = await desk.workspaces.snapshot(desk.workspace)
    assert len(change.files) == 7
    assert all(file.status == "added" for file in change.files)
