"""Repositories whose tests are red, hang or reach out, judged on real checkouts in real sandboxes."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil

from domain.report import TestReport
from domain.repository import RepositoryRules
from proof.bench import Bench, Prepared
from proof.guard import check
from proof.verify import verify

Prepare = Callable[[dict[str, str]], Awaitable[Prepared]]
_CODE = "def price():\n    return 4\n"
_RED = "from shop import price\ndef test_price(): assert price() == 3\ndef test_other(): assert False\n"


def _said(report: TestReport | None) -> dict[str, str]:
    assert report
    return {test.id.split("::")[-1]: test.status for test in report.tests}


async def test_tests_that_fail_on_the_base(bench: Bench, prepare: Prepare) -> None:
    """What was red before and still is counts as already failing, not as broken; what turned green as fixed."""
    prepared = await prepare({"shop.py": _CODE, "test_shop.py": _RED})
    base = await bench.base_report(prepared)
    assert _said(base) == {"test_price": "failed", "test_other": "failed"}
    (prepared.workspace.path / "shop.py").write_text(_CODE.replace("4", "3"))
    change = await bench.workspaces.snapshot(prepared.workspace)
    receipt = (await verify(bench, prepared, change, base)).receipt
    assert receipt
    assert [test.split("::")[-1] for test in receipt.fixed] == ["test_price"]
    assert [test.split("::")[-1] for test in receipt.already_failing] == ["test_other"]
    assert receipt.broken == ()


async def test_tests_that_hang(bench: Bench, prepare: Prepare) -> None:
    """The repository's own limit ends them with everything they started; the receipt is not green."""
    files = {
        ".claude-cluster.toml": "[tests]\ntimeout_s = 2\n",
        "shop.py": _CODE,
        "test_shop.py": "import subprocess, time\n"
        "def test_hangs():\n    subprocess.Popen(['sleep', '4217'])\n    time.sleep(600)\n",
    }
    prepared = await prepare(files)
    base = await bench.base_report(prepared)
    assert base
    assert (base.timed_out, base.exit_code, base.green) == (True, None, False)
    assert base.duration_s < 60
    assert [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", "4217"]] == []
    (prepared.workspace.path / "shop.py").write_text(_CODE.replace("4", "3"))
    change = await bench.workspaces.snapshot(prepared.workspace)
    receipt = (await verify(bench, prepared, change, base)).receipt
    assert receipt
    assert (receipt.green, receipt.proven) == (False, False)


async def test_a_report_that_cant_be_read(bench: Bench, prepare: Prepare) -> None:
    """The receipt names the file and what was wrong with it, on each side."""
    files = {
        ".claude-cluster.toml": "[tests]\ncommand = 'sh run.sh'\nreport = 'out/junit.xml'\n",
        "run.sh": "grep -q 3 shop.py && mkdir -p out && printf '<testsuite><testcase' > out/junit.xml; grep 3 shop.py",
        "shop.py": _CODE,
    }
    prepared = await prepare(files)
    base = await bench.base_report(prepared)
    (prepared.workspace.path / "shop.py").write_text(_CODE.replace("4", "3"))
    change = await bench.workspaces.snapshot(prepared.workspace)
    receipt = (await verify(bench, prepared, change, base)).receipt
    assert receipt
    broken = "the report is not JUnit XML: unclosed token: line 1, column 11"
    assert receipt.notes == (
        "only exit codes are known: single tests can't be compared",
        "single tests are not known on the base (out/junit.xml: no test report was written)",
        f"single tests are not known on the head (out/junit.xml: {broken})",
    )


async def test_tests_that_write_outside(bench: Bench, prepare: Prepare, tmp_path: Path) -> None:
    """What they write beside the checkout is not on this machine, nor in the environment, nor in the next run."""
    canary = tmp_path / "canary"
    files = {
        "shop.py": _CODE,
        "test_shop.py": "import os, pathlib\n"
        "def test_fresh(): assert not any(pathlib.Path(p).exists() for p in ('left', '/tmp/left'))\n"
        "def test_writes():\n"
        f"    for path in ({str(canary)!r}, '/etc/left', '/env/left', '/tmp/left', 'left', '../left',\n"
        "                 os.path.expanduser('~/left')):\n"
        "        try: pathlib.Path(path).write_text('x')\n"
        "        except OSError: pass\n",
    }
    prepared = await prepare(files)
    for _ in range(2):
        assert _said(await bench.base_report(prepared)) == {"test_fresh": "passed", "test_writes": "passed"}
    places = [canary, Path("/etc/left"), Path("/tmp/left"), Path.home() / "left"]
    if prepared.environment:
        places.append(prepared.environment / "left")
    assert [place for place in places if place.exists()] == []
    assert (await bench.workspaces.snapshot(prepared.workspace)).empty


async def test_odd_names_can_be_vouched_for(bench: Bench, prepare: Prepare) -> None:
    """The guard reads the difference of files named with spaces, quotes, line feeds, Japanese and emoji."""
    prepared = await prepare({"shop.py": _CODE})
    names = ("with space.py", "quo\"te's.py", "new\nline.py", "tab\tslash\\.py", "日本語.py", "🛒.py", "-rf")
    for name in names:
        (prepared.workspace.path / name).write_text("x = 1\n")
    (prepared.workspace.path / "crlf.py").write_bytes(b"x = 1\r\ny = 2\r\n")
    (prepared.workspace.path / "latin.py").write_bytes(b"# caf\xe9 \x0c \x85\n")
    change = await bench.workspaces.snapshot(prepared.workspace)
    assert {file.path for file in change.files} == {*names, "crlf.py", "latin.py"}
    assert check(change, RepositoryRules(), prepared.workspace.case.issue).findings == ()
