"""What only a repository's own script can test."""

from typing import Any

_MAKEFILE = "test:\n\t@sh check.sh\n"


async def test_make(court: Any) -> None:
    """By its exit code alone, a red target that turns green is fixed, and a green one that turns red is broken."""
    judged = await court({"Makefile": _MAKEFILE, "total": "2\n", "check.sh": 'test "$(cat total)" = 3\n'})
    good = await judged.judge({"total": "3\n"})
    assert (good.command, good.green, good.fixed) == ("make test", True, ("make test",))
    judged = await judged.bench.run(judged.prepared, judged.prepared.plan, judged.prepared.workspace.case.base_sha, "x")
    assert (judged.exit_code, judged.tests) == (2, ())


async def test_make_that_breaks(court: Any) -> None:
    """The other way round it is not green."""
    judged = await court({"Makefile": _MAKEFILE, "total": "3\n", "check.sh": 'test "$(cat total)" = 3\n'})
    bad = await judged.judge({"total": "4\n"})
    assert (bad.green, bad.broken) == (False, ("make test",))


async def test_a_command_with_a_report(court: Any) -> None:
    """A configured command tells single tests by its JUnit files."""
    script = (
        'for n in 0 3; do if test "$(cat total)" -ge $n; then r=""; else r="<failure/>"; fi; '
        'echo "<testsuite><testcase name=\\"at least $n\\">$r</testcase></testsuite>" > out/$n.xml; done\n'
    )
    files = {
        ".claude-cluster.toml": '[tests]\ncommand = "mkdir -p out && sh tests/run.sh"\nreport = "out/*.xml"\n',
        "tests/run.sh": script,
        "total": "2\n",
    }
    judged = await court(files)
    good = await judged.judge({"total": "3\n"})
    assert (good.green, good.fixed, good.broken) == (True, ("at least 3",), ())
