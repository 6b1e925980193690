"""What a verification costs beyond the test commands that it runs, and what of it a generation hides."""

import asyncio
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import maven_sample
from figure import Figure, below

from adapters.git.clones import Clones
from adapters.git.history import GitHistory
from adapters.git.runner import Git
from adapters.git.workspaces import GitWorkspaces
from adapters.sandbox.choose import choose_sandbox
from adapters.sandbox.environments import InstalledEnvironments
from adapters.sandbox.files import ConfinedFiles
from domain.case import Case
from domain.issue import Issue
from domain.report import TestReport
from domain.repository import Repository
from proof.bench import Bench, Prepared
from proof.verify import verify

_RUNS = 5
_TESTS = 300
_EACH_RUN_S = 0.1
_WHOLE = 1.25
_MODEL_S = 3.0
_HIDDEN = 0.9


@dataclass(frozen=True)
class _Ecosystem:
    """A repository of `_TESTS` tests, and a fix with a test; `needs` are its programs."""

    name: str
    needs: tuple[str, ...]
    base: Mapping[str, str]
    fix: Mapping[str, str]


_PYTHON = "def add(a, b):\n    return a {sign} b\n"
_PYTEST = "from shop import add\n\n" + "".join(
    f"def test_{n}():\n    assert add({n}, 0) == {n}\n" for n in range(_TESTS)
)
_NODE = "exports.add = (a, b) => a {sign} b;\n"
_NODE_TEST = (
    "const test = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('..');\n"
    + "".join(f"test('{n}', () => assert.equal(add({n}, 0), {n}));\n" for n in range(_TESTS))
)
_GO = "package shop\n\nfunc Add(a, b int) int {{ return a {sign} b }}\n"
_GO_LINE = 'func Test{n}(t *testing.T) {{ if Add({a}, {b}) != {n} {{ t.Fatal("no") }} }}\n'
_GO_TEST = 'package shop\n\nimport "testing"\n\n' + "".join(_GO_LINE.format(n=n, a=n, b=0) for n in range(_TESTS))
_RUST = "pub fn add(a: i32, b: i32) -> i32 {{ a {sign} b }}\n"
_RUST_LINE = "#[test]\nfn t{n}() {{ assert_eq!(shop::add({a}, {b}), {n}); }}\n"
_RUST_TEST = "".join(_RUST_LINE.format(n=n, a=n, b=0) for n in range(_TESTS))
_ECOSYSTEMS = (
    _Ecosystem(
        "pytest",
        ("python3",),
        {"shop.py": _PYTHON.format(sign="-"), "tests/test_shop.py": _PYTEST, "conftest.py": ""},
        {
            "shop.py": _PYTHON.format(sign="+"),
            "tests/test_shop.py": f"{_PYTEST}def test_adds():\n    assert add(1, 2) == 3\n",
        },
    ),
    _Ecosystem(
        "node:test",
        ("node", "npm"),
        {
            "package.json": '{"name": "shop", "scripts": {"test": "node --test"}}',
            "index.js": _NODE.format(sign="-"),
            "test/shop.test.js": _NODE_TEST,
        },
        {
            "index.js": _NODE.format(sign="+"),
            "test/shop.test.js": f"{_NODE_TEST}test('adds', () => assert.equal(add(1, 2), 3));\n",
        },
    ),
    _Ecosystem(
        "Go",
        ("go",),
        {"go.mod": "module shop\n\ngo 1.19\n", "shop.go": _GO.format(sign="-"), "shop_test.go": _GO_TEST},
        {"shop.go": _GO.format(sign="+"), "shop_test.go": _GO_TEST + _GO_LINE.format(n=_TESTS, a=1, b=_TESTS - 1)},
    ),
    _Ecosystem(
        "Rust",
        ("cargo", "cc"),
        {
            "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
            ".gitignore": "/target\nCargo.lock\n",
            "src/lib.rs": _RUST.format(sign="-"),
            "tests/it.rs": _RUST_TEST,
        },
        {
            "src/lib.rs": _RUST.format(sign="+"),
            "tests/it.rs": _RUST_TEST + _RUST_LINE.format(n=_TESTS, a=1, b=_TESTS - 1),
        },
    ),
)


def measure() -> list[Figure]:
    """Seconds and ratios of each ecosystem whose programs are here, and the critical path of one."""
    with maven_sample.artifacts() as address:
        maven = [_maven(address)] if address else []
        found = [one for one in (*_ECOSYSTEMS, *maven) if all(map(shutil.which, one.needs))]
        figures = []
        for ecosystem in found:
            with tempfile.TemporaryDirectory() as folder:
                figures += asyncio.run(_measured(ecosystem, Path(folder), path=ecosystem is found[0]))
        return figures


def _maven(address: str) -> _Ecosystem:
    """Its artifacts are this machine's own: a run of another place's speed would measure the network."""
    return _Ecosystem("Maven", ("mvn", "javac"), maven_sample.base(address, _TESTS), maven_sample.fix(_TESTS))


async def _measured(ecosystem: _Ecosystem, folder: Path, *, path: bool) -> list[Figure]:
    bench = _bench(folder)
    prepared = await bench.prepare(_case(folder, ecosystem.base))
    base = await bench.base_report(prepared)
    if base is None or base.count("passed") != _TESTS:
        raise RuntimeError(f"{ecosystem.name}: {base and base.output}")
    figures = await _each_run(ecosystem, bench, prepared)
    _write(prepared.workspace.path, ecosystem.fix)
    figures += await _whole(ecosystem, bench, prepared, base)
    return figures + (await _critical_path(ecosystem, bench, prepared) if path else [])


async def _each_run(ecosystem: _Ecosystem, bench: Bench, prepared: Prepared) -> list[Figure]:
    beyond, commands = [], []
    for _ in range(_RUNS):
        began = time.perf_counter()
        report = await bench.base_report(prepared)
        commands.append(report.duration_s if report else 0.0)
        beyond.append(time.perf_counter() - began - commands[-1])
    name = f"{ecosystem.name}, {_TESTS} tests"
    return [
        Figure(f"{name}: the test command, in the sandbox", statistics.median(commands), "s"),
        below(f"{name}: a run beyond its command (checkout, report)", statistics.median(beyond), "s", _EACH_RUN_S),
    ]


async def _whole(ecosystem: _Ecosystem, bench: Bench, prepared: Prepared, base: TestReport) -> list[Figure]:
    """A fix with its test: head, the base's tests on it, its tests on the base, and these once more."""
    change = await bench.workspaces.snapshot(prepared.workspace)
    ratios, runs = [], []
    for _ in range(_RUNS):
        began = time.perf_counter()
        verification = await verify(bench, prepared, change, base)
        if verification.receipt is None or not verification.receipt.proven or verification.head is None:
            raise RuntimeError(f"{ecosystem.name}: {verification.receipt}")
        wall = time.perf_counter() - began
        ratios.append(wall / verification.tests_s)
        runs.append(wall / verification.head.duration_s)
    name = f"{ecosystem.name}, a whole verification"
    return [
        below(f"{name} against all its test commands", statistics.median(ratios), "x", _WHOLE),
        Figure(f"{name} against one of them", statistics.median(runs), "x"),
    ]


async def _critical_path(ecosystem: _Ecosystem, bench: Bench, prepared: Prepared) -> list[Figure]:
    """The base's tests beside a generation, for which a model that thinks stands in."""
    alone, together = [], []
    for _ in range(_RUNS):
        began = time.perf_counter()
        await bench.base_report(prepared)
        alone.append(time.perf_counter() - began)
        began = time.perf_counter()
        await asyncio.gather(bench.base_report(prepared), asyncio.sleep(_MODEL_S))
        together.append(time.perf_counter() - began)
    first, beside = statistics.median(alone), statistics.median(together)
    hidden = 1 - max(beside - _MODEL_S, 0) / first
    name = f"critical path, {ecosystem.name}"
    return [
        Figure(f"{name}: the base's tests by themselves", first, "s"),
        Figure(f"{name}: the base's tests beside a generation of {_MODEL_S:g} s, both", beside, "s"),
        Figure(
            f"{name}: of the base's tests, hidden by the generation",
            hidden * 100,
            "%",
            f"at least {_HIDDEN:.0%}",
            hidden >= _HIDDEN,
        ),
    ]


def _bench(folder: Path) -> Bench:
    sandbox = choose_sandbox("bubblewrap")
    git = Git(server_url=(folder / "forge").as_uri(), extra={"GIT_ALLOW_PROTOCOL": "file"})
    return Bench(
        GitWorkspaces(git, folder / "state", sandbox),
        GitHistory(git, Clones(git, folder / "state")),
        sandbox,
        InstalledEnvironments(folder / "environments", sandbox),
        ConfinedFiles,
    )


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def _case(folder: Path, files: Mapping[str, str]) -> Case:
    seed, forge = folder / "seed", folder / "forge/acme/shop.git"
    _write(seed, files)
    _git("init", "-q", "-b", "main", str(seed))
    _git("-C", str(seed), "add", "-A")
    _git("-C", str(seed), "-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-qm", "First")
    _git("clone", "-q", "--bare", str(seed), str(forge))
    _git("-C", str(forge), "config", "uploadpack.allowFilter", "true")
    return Case(
        id="task-20261122-001",
        forge="file",
        repository=Repository(name="acme/shop", id=1, default_branch="main", can_push=True),
        issue=Issue(repo="acme/shop", number=1, title="Totals are wrong", body="1 and 2 make 3."),
        base="main",
        base_sha=_git("-C", str(seed), "rev-parse", "HEAD").strip(),
        model="none",
        created=datetime.now(UTC),
    )


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout
