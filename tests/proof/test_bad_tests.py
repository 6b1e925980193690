"""Test commands on their bad days: what a run says of each, and that it ends."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from adapters.sandbox.choose import choose_sandbox
from adapters.sandbox.environments import InstalledEnvironments
from domain.command import Place
from domain.errors import EnvironmentFailed, SandboxUnavailable
from domain.report import TestReport
from domain.repository import TestRules
from proof.detection.detect import detect
from proof.run_tests import run_tests

Run = Callable[..., Awaitable[TestReport]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the tests of these files, by these rules."""
    try:
        sandbox = choose_sandbox("bubblewrap")
    except SandboxUnavailable as unavailable:
        pytest.skip(str(unavailable))

    async def start(files: dict[str, str], **rules: object) -> TestReport:
        folder = tmp_path / "code"
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        asked = TestRules.model_validate(rules)
        plan = detect(list(files), lambda path: files[path].encode() if path in files else None, asked)
        assert plan
        environments = InstalledEnvironments(tmp_path / "environments", sandbox)
        environment = await environments.environment(folder, asked.setup)
        return await run_tests(sandbox, Place(workspace=folder, environment=environment), plan)

    return start


async def test_a_command_that_is_missing(run: Run) -> None:
    """The shell's own answer, and no tests."""
    report = await run({"a.txt": ""}, command="no-such-runner --all")
    assert (report.exit_code, report.tests, report.green) == (127, (), False)
    assert "no-such-runner: command not found" in report.output


async def test_a_command_that_hangs(run: Run) -> None:
    """It is stopped with all that it started, and told as such."""
    report = await run({"a.txt": ""}, command="sleep 600 & sleep 600", timeout_s=1)
    assert (report.exit_code, report.timed_out, report.green, report.duration_s < 10) == (None, True, False, True)


async def test_a_command_that_prints_a_gigabyte(run: Run) -> None:
    """The output is cut to its head and its tail."""
    report = await run(
        {"a.txt": ""}, command="echo first; yes 0123456789 | head -c 1000000000; echo last", timeout_s=60
    )
    assert report.output.startswith("first\n")
    assert len(report.output) < 1_000_000
    assert report.duration_s < 60


async def test_a_command_that_prints_no_utf8(run: Run) -> None:
    """What is no text is replaced, and the rest is kept."""
    report = await run({"a.txt": ""}, command="printf 'a\\377b\\n'; false")
    assert (report.exit_code, report.output) == (1, "a\ufffdb\n")


_RED = '<testsuite><testcase name="a"><failure message="no"/></testcase><testcase name="b"/></testsuite>'
_GREEN = '<testsuite><testcase name="a"/></testsuite>'


@pytest.mark.parametrize(("xml", "code", "green"), [(_RED, 0, False), (_GREEN, 3, False), (_GREEN, 0, True)])
async def test_exit_codes_that_contradict_the_report(run: Run, xml: str, code: int, green: bool) -> None:
    """Green needs both: an exit code of zero and a report without failures."""
    report = await run({"a.txt": ""}, command=f"echo '{xml}' > out.xml; exit {code}", report="out.xml")
    assert (report.exit_code, report.green, len(report.tests) > 0) == (code, green, True)


async def test_reports_in_several_files(run: Run) -> None:
    """A report may be a glob; old files that match are not believed."""
    one, two = '<testsuite><testcase name="one"/></testsuite>', '<testsuite><testcase name="two"/></testsuite>'
    files = {"out/old.xml": '<testsuite><testcase name="forged"/></testsuite>'}
    report = await run(files, command=f"echo '{one}' > out/1.xml; echo '{two}' > out/2.xml", report="out/*.xml")
    assert [test.id for test in report.tests] == ["one", "two"]


async def test_a_test_under_two_results(run: Run) -> None:
    """A name that is reported twice counts by its worst result, and says how often it came."""
    xml = '<testsuite><testcase name="a"/><testcase name="a"><failure message="no"/></testcase></testsuite>'
    report = await run({"a.txt": ""}, command=f"echo '{xml}' > out.xml", report="out.xml")
    assert [(test.id, test.status, test.times) for test in report.tests] == [("a", "failed", 2)]


_ASKS = {
    "the network": ("socket.create_connection(('example.com', 80))", "the network, which the sandbox does not have"),
    "a service": ("socket.create_connection(('127.0.0.1', 5432))", "a service that does not run in the sandbox"),
    "an address": ("socket.create_connection(('192.0.2.1', 80))", "the network, which the sandbox does not have"),
}


@pytest.mark.parametrize("need", _ASKS)
async def test_tests_that_need_more(run: Run, need: str) -> None:
    """Tests that fail for want of the network or of a service say so."""
    call, words = _ASKS[need]
    report = await run({"test_a.py": f"import socket\ndef test_a():\n    {call}\n"})
    assert [test.status for test in report.tests] == ["failed"]
    (note,) = report.notes
    assert note.startswith(f"the tests asked for {words}: ")
    assert "`[tests] command`" in note
    assert report.output.endswith(f"[{note}]")


@pytest.mark.parametrize("command", ["pnpm9 test", "sh -c 'pnpm9 test'", "./run"])
async def test_a_program_that_is_missing(run: Run, command: str) -> None:
    """The program is named, and where to install it, however the shell says that it is not there."""
    report = await run({"run": "#!/usr/bin/env pnpm9\n"}, command=f"chmod +x run; {command}")
    told = "the program pnpm9 is missing where the tests run: install it on the node, or in `[tests] setup`"
    assert (report.exit_code, report.notes) == (127, (told,)), report.output


async def test_an_installation_that_fails(run: Run) -> None:
    """The error names the command and where its log is."""
    with pytest.raises(EnvironmentFailed, match=r"did not install: `exit 7`: exit code 7 - see .*\.log"):
        await run({"a.py": ""}, command="true", setup="exit 7")


async def test_an_installation_that_asks(run: Run) -> None:
    """Nobody answers: a question ends at once, and does not wait for the time-out."""
    with pytest.raises(EnvironmentFailed, match="did not install"):
        await run({"a.py": ""}, command="true", setup="read -p 'Continue? ' answer")
