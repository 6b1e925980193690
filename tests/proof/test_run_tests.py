"""Tests of small repositories run for real, in real sandboxes."""

from pathlib import Path

import pytest

from adapters.sandbox.bubblewrap import Bubblewrap
from adapters.sandbox.choose import find_program
from adapters.sandbox.environments import InstalledEnvironments
from adapters.sandbox.none import Unconfined
from domain.command import Place
from domain.report import TestReport
from domain.repository import TestRules
from proof.detection.detect import detect
from proof.run_tests import run_tests


@pytest.fixture
def sandbox() -> Bubblewrap:
    """The sandbox of this machine."""
    return Bubblewrap(find_program())


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environments are shared by all tests here, as they are by all runs of a node."""
    return tmp_path_factory.mktemp("environments")


async def _run(
    folder: Path,
    files: dict[str, str],
    environments: Path,
    sandbox: Bubblewrap | Unconfined,
    rules: TestRules | None = None,
    only: tuple[str, ...] = (),
) -> TestReport:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    plan = detect(list(files), lambda path: files[path].encode() if path in files else None, rules or TestRules())
    assert plan
    environment = await InstalledEnvironments(environments, sandbox).environment(folder, None)
    before = sorted(path.name for path in folder.iterdir())
    report = await run_tests(sandbox, Place(workspace=folder, environment=environment), plan, only)
    left = {path.name for path in folder.iterdir()} - {*before, ".pytest_cache", "node_modules"}
    assert not {name for name in left if "report" in name}, "our report must not stay in the checkout"
    return report


def _said(report: TestReport) -> dict[str, str]:
    return {test.id: test.status for test in report.tests}


_PYTEST = {
    "shop/__init__.py": "def price(): return 3\n",
    "tests/test_shop.py": """
import pytest, unittest
from shop import price
@pytest.fixture
def broken(): raise RuntimeError("no database")
def test_right(): assert price() == 3
def test_wrong(): assert price() == 4, "<&>"
def test_set_up(broken): pass
@pytest.mark.skip
def test_skipped(): pass
@pytest.mark.xfail
def test_expected(): assert 0
class TestMany:
    @pytest.mark.parametrize("n", [1, "a/b"])
    def test_each(self, n): pass
class TestOld(unittest.TestCase):
    def test_parts(self):
        with self.subTest(i=1): assert 0
""",
    "tests/test_lost.py": "import nothing_like_that\n",
}


async def test_pytest(tmp_path: Path, environments: Path, sandbox: Bubblewrap) -> None:
    """Every pytest test is told by its node id; failing in the body and failing around it are not the same."""
    report = await _run(tmp_path, _PYTEST, environments, sandbox)
    assert (report.command, report.runner, report.exit_code, report.timed_out) == (
        "python -m pytest",
        "pytest",
        1,
        False,
    )
    assert _said(report) == {
        "tests/test_lost.py": "error",
        "tests/test_shop.py::test_right": "passed",
        "tests/test_shop.py::test_wrong": "failed",
        "tests/test_shop.py::test_set_up": "error",
        "tests/test_shop.py::test_skipped": "skipped",
        "tests/test_shop.py::test_expected": "skipped",
        "tests/test_shop.py::TestMany::test_each[1]": "passed",
        "tests/test_shop.py::TestMany::test_each[a/b]": "passed",
        "tests/test_shop.py::TestOld::test_parts": "failed",
    }
    assert {test.id: test.message.splitlines()[0] for test in report.tests if test.id.endswith("wrong")} == {
        "tests/test_shop.py::test_wrong": "AssertionError: <&>"
    }


async def test_pytest_only(tmp_path: Path, environments: Path, sandbox: Bubblewrap) -> None:
    """Single pytest tests run again by their ids."""
    wanted = ("tests/test_shop.py::TestMany::test_each[a/b]", "tests/test_shop.py::test_wrong")
    report = await _run(tmp_path, _PYTEST, environments, sandbox, only=wanted)
    assert _said(report) == {wanted[0]: "passed", wanted[1]: "failed"}


async def test_pytest_stops_at_nothing(tmp_path: Path, environments: Path, sandbox: Bubblewrap) -> None:
    """A repository that asks pytest to stop at the first failure still tells all its tests."""
    files = {"pytest.ini": "[pytest]\naddopts = -x\n", "test_a.py": "def test_a(): assert 0\ndef test_b(): pass\n"}
    report = await _run(tmp_path, files, environments, sandbox)
    assert _said(report) == {"test_a.py::test_a": "failed", "test_a.py::test_b": "passed"}


_UNITTEST = {
    "tests/__init__.py": "",
    "tests/test_sums.py": """
import unittest
from unittest import mock
class Sums(unittest.TestCase):
    def test_right(self): self.assertEqual(1 + 1, 2)
    def test_wrong(self): self.assertEqual(1 + 1, 3)
    @mock.patch("os.getcwd")
    def test_raises(self, getcwd): raise KeyError("x")
    @unittest.skip("later")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    @unittest.expectedFailure
    def test_unexpected(self): pass
    def test_parts(self):
        for i in range(3):
            with self.subTest(i=i): self.assertLess(i, 2)
class SetUp(unittest.TestCase):
    def setUp(self): raise OSError("no database")
    def test_never(self): pass
class ClassSetUp(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise OSError("no database")
    def test_never(self): pass
class Waiting(unittest.IsolatedAsyncioTestCase):
    async def test_wrong(self): self.fail("no")
""",
    "tests/test_lost.py": "import unittest\nimport nothing_like_that\n",
}


async def test_unittest(tmp_path: Path, environments: Path, sandbox: Bubblewrap) -> None:
    """Every unittest test is told by its dotted name, with set-up and import errors told apart from failures."""
    report = await _run(tmp_path, _UNITTEST, environments, sandbox)
    assert (report.command, report.runner, report.exit_code) == ("python -m unittest", "unittest", 1)
    assert _said(report) == {
        "tests.test_lost": "error",
        "setUpClass (tests.test_sums.ClassSetUp)": "error",
        "tests.test_sums.SetUp.test_never": "error",
        "tests.test_sums.Sums.test_expected": "skipped",
        "tests.test_sums.Sums.test_parts": "failed",
        "tests.test_sums.Sums.test_raises": "failed",
        "tests.test_sums.Sums.test_right": "passed",
        "tests.test_sums.Sums.test_skipped": "skipped",
        "tests.test_sums.Sums.test_unexpected": "failed",
        "tests.test_sums.Sums.test_wrong": "failed",
        "tests.test_sums.Waiting.test_wrong": "failed",
    }
    assert "FAILED (failures=" in report.output


async def test_unittest_only(tmp_path: Path, environments: Path, sandbox: Bubblewrap) -> None:
    """Single unittest tests run again by their names."""
    report = await _run(tmp_path, _UNITTEST, environments, sandbox, only=("tests.test_sums.Sums.test_right",))
    assert (report.exit_code, _said(report)) == (0, {"tests.test_sums.Sums.test_right": "passed"})


_NODE = {
    "package.json": '{"name": "x", "scripts": {"test": "node --test test/"}}',
    "test/sums.test.mjs": """
import { test, describe, it, before } from 'node:test'; import assert from 'node:assert';
test('right', () => {}); test('wrong', () => assert.equal(1, 2)); test('later', { skip: true }, () => {});
test('todo', { todo: true }, () => assert.fail());
describe('sums', () => { it('adds', () => {});
  describe('deep', () => { it('fails', () => { throw new Error('no') }) }) });
describe('hooked', () => { before(() => { throw new Error('no database') }); it('never', () => {}) });
test('parent', async (t) => { await t.test('child', () => {}) });
""",
    "test/lost.test.mjs": "import './nothing.mjs';",
}


async def test_node(tmp_path: Path, environments: Path, sandbox: Bubblewrap) -> None:
    """Every node:test test is told by file and titles, started by npm as people start it."""
    report = await _run(tmp_path, _NODE, environments, sandbox)
    assert (report.command, report.runner, report.exit_code) == ("npm test", "node", 1)
    said = _said(report)
    assert said.pop("test/sums.test.mjs > hooked", "error") == "error"
    assert said == {
        "test/lost.test.mjs": "error",
        "test/sums.test.mjs > right": "passed",
        "test/sums.test.mjs > wrong": "failed",
        "test/sums.test.mjs > later": "skipped",
        "test/sums.test.mjs > todo": "skipped",
        "test/sums.test.mjs > sums > adds": "passed",
        "test/sums.test.mjs > sums > deep > fails": "failed",
        "test/sums.test.mjs > hooked > never": "error",
        "test/sums.test.mjs > parent": "passed",
        "test/sums.test.mjs > parent > child": "passed",
    }


async def test_without_a_sandbox(tmp_path: Path, environments: Path) -> None:
    """Nothing changes where commands run unconfined: paths with spaces too."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    node = await _run(
        folder, {"a.test.mjs": "import { test } from 'node:test'; test('a', () => {})"}, environments, Unconfined()
    )
    assert _said(node) == {"a.test.mjs > a": "passed"}
    (folder / "a.test.mjs").unlink()
    python = await _run(folder, {"test_a.py": "def test_a(): pass"}, environments, Unconfined())
    assert _said(python) == {"test_a.py::test_a": "passed"}


async def test_command_with_a_junit_file(tmp_path: Path, environments: Path, sandbox: Bubblewrap) -> None:
    """A configured command tells single tests through the JUnit file that the settings name."""
    failed = '<testcase name="d"><failure message="no"/></testcase>'
    xml = f'<testsuite name="s"><testcase classname="a.B" name="c"/>{failed}</testsuite>'
    rules = TestRules(command=f"mkdir -p out; echo '{xml}' > out/junit.xml; exit 3", report="out/junit.xml")
    report = await _run(tmp_path, {"a.txt": ""}, environments, sandbox, rules)
    assert (report.exit_code, _said(report)) == (3, {"a.B::c": "passed", "d": "failed"})


async def test_an_old_report_is_not_believed(tmp_path: Path, environments: Path, sandbox: Bubblewrap) -> None:
    """A report that lay in the checkout before the run is not taken for the run's."""
    files = {"out.xml": '<testsuite><testcase name="forged"/></testsuite>'}
    rules = TestRules(command="true", report="out.xml")
    report = await _run(tmp_path, files, environments, sandbox, rules)
    assert (report.tests, report.output) == ((), "[out.xml: no test report was written; only the exit code is known]")


_HOSTILE = {
    "a link out": ('ln -s /etc/passwd "$R"', "can't be opened: Too many levels of symbolic links"),
    "a pipe": ('mkfifo "$R"', "is not a file"),
    "a folder": ('mkdir "$R"', "is not a file"),
    "too large": ('truncate -s 21M "$R"', "is larger than 20 MB"),
    "not UTF-8": ("printf '\\377' > \"$R\"", "is not UTF-8"),
    "an entity bomb": ('printf \'<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>\' > "$R"', "declares a document type"),
    "not XML": ('echo "<testsuite" > "$R"', "is not JUnit XML: unclosed token: line 1, column 0"),
    "no tests": ('echo "<testsuites/>" > "$R"', "holds no tests"),
}


@pytest.mark.parametrize(("command", "why"), _HOSTILE.values(), ids=_HOSTILE.keys())
async def test_a_hostile_report(
    tmp_path: Path, sandbox: Bubblewrap, environments: Path, command: str, why: str
) -> None:
    """A report that can't be trusted is left aside, and only the exit code counts; the run says which and why."""
    rules = TestRules(command=f"R=out.xml; {command}", report="out.xml")
    report = await _run(tmp_path, {"a.txt": ""}, environments, sandbox, rules)
    assert (report.exit_code, report.tests, report.unread) == (0, (), f"out.xml: the report {why}")
    assert why == "holds no tests" or report.output.endswith(f"[{report.unread}; only the exit code is known]")


async def test_time_out_keeps_what_was_told(tmp_path: Path, environments: Path, sandbox: Bubblewrap) -> None:
    """A run that takes too long is killed; what its report holds until then stays."""
    files = {
        "test_slow.py": "import time, unittest\nclass A(unittest.TestCase):\n"
        "  def test_a(self): pass\n  def test_b(self): time.sleep(60)\n"
    }
    report = await _run(tmp_path, files, environments, sandbox, TestRules(timeout_s=3))
    assert (report.exit_code, report.timed_out, _said(report)) == (None, True, {"test_slow.A.test_a": "passed"})
