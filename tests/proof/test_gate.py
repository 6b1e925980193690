"""The run half of the tamper gate, on real checkouts in real sandboxes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.sandbox.choose import choose_sandbox
from domain.issue import Issue
from domain.receipt import Receipt
from proof.bench import Bench, Prepared
from proof.verify import verify

_PROJECT = '[project]\nname = "shop"\n'
_CODE = "def price():\n    return 3\n"
_TEST = (
    "from shop import price\n\ndef test_price():\n    assert price() == 3\n\ndef test_sign():\n    assert price() > 0\n"
)
_FILES = {"shop.py": _CODE, "tests/test_shop.py": _TEST, "conftest.py": ""}
_WRONG = {"shop.py": _CODE.replace("3", "4")}
_PRICE = "tests/test_shop.py::test_price"
_LESS = (
    "tests/test_shop.py:4: an assertion asks for less than before "
    "(assert price() == 3 became assert price() is not None)"
)
_OWN = f"{_PRICE}: the base's own version of this test fails on the new code"
Judged = Callable[..., Awaitable[Receipt]]


@pytest.fixture
def judged(bench: Bench, prepare: Callable[[dict[str, str]], Awaitable[Prepared]]) -> Judged:
    """The receipt for a change of these files, perhaps asked for by an issue."""

    async def run(files: dict[str, str], changes: dict[str, str], body: str = "") -> Receipt:
        prepared = await prepare(files)
        if body:
            issue = Issue(repo="acme/shop", number=1, title="Price", body=body)
            case = prepared.workspace.case.model_copy(update={"issue": issue})
            workspace = prepared.workspace.model_copy(update={"case": case})
            prepared = prepared.model_copy(update={"workspace": workspace})
        base = await bench.base_report(prepared)
        for name, text in changes.items():
            path = prepared.workspace.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        change = await bench.workspaces.snapshot(prepared.workspace)
        receipt = (await verify(bench, prepared, change, base)).receipt
        assert receipt
        return receipt

    return run


@pytest.mark.parametrize(
    "steering",
    [
        {"tests/conftest.py": "def pytest_collection_modifyitems(items):\n    items[:] = items[1:]\n"},
        {"pyproject.toml": f"{_PROJECT}\n[tool.pytest.ini_options]\naddopts = '-k sign'\n"},
        {"setup.cfg": "[tool:pytest]\naddopts = -k sign\n"},
        {"pytest.py": "import sys\nsys.exit(0)\n"},
    ],
    ids=["conftest", "pyproject", "setup.cfg", "a runner of its own"],
)
async def test_what_steers_the_runner_comes_from_the_base(judged: Judged, steering: dict[str, str]) -> None:
    """A change can't leave a failing test of the base out: its run does not see new settings or plugins."""
    receipt = await judged(_FILES | {"pyproject.toml": _PROJECT}, _WRONG | steering)
    assert (receipt.green, receipt.proven, receipt.fixed) == (False, False, ())
    told = (*receipt.broken, *receipt.tampered)
    assert any(one.startswith("pytest.py:1: " if "pytest.py" in steering else _PRICE) for one in told)


async def test_settings_that_are_not_the_tests_stay_the_changes_own(judged: Judged) -> None:
    """A manifest that says something else now is not replaced, and nothing is found."""
    receipt = await judged(_FILES | {"pyproject.toml": _PROJECT}, {"pyproject.toml": f"{_PROJECT}version = '2'\n"})
    assert (receipt.green, receipt.tampered, receipt.broken, receipt.notes) == (True, (), (), ())


async def test_a_weakened_test_is_told_by_text_and_by_run(judged: Judged) -> None:
    """The text half names the line, the run half the test; nothing is broken, and all of it is a finding."""
    weak = _TEST.replace("price() == 3", "price() is not None")
    receipt = await judged(_FILES, _WRONG | {"tests/test_shop.py": weak})
    assert receipt.tampered == (_LESS, _OWN)
    assert (receipt.broken, receipt.asked) == ((), ())


async def test_what_the_issue_asks_for_is_told_apart(judged: Judged) -> None:
    """A test that the issue wants skipped is skipped: that is said, and is no finding."""
    skipped = _TEST.replace("def test_price", "@pytest.mark.skip\ndef test_price").replace(
        "from", "import pytest\nfrom", 1
    )
    change = {"tests/test_shop.py": skipped}
    receipt = await judged(_FILES, _WRONG | change, "Prices are being renegotiated. Skip `test_price` until then.")
    told = "tests/test_shop.py:4: a test is skipped or expected to fail (@pytest.mark.skip)"
    assert (receipt.tampered, receipt.asked) == ((), (told, _OWN))


async def test_code_that_has_its_tests_skipped(judged: Judged) -> None:
    """A test that passes on the base and that the new code has skipped is a finding."""
    test = _TEST.replace(
        "    assert price() == 3", "    getattr(shop, 'QUIET', 0) and pytest.skip()\n    assert price() == 3"
    )
    files = _FILES | {"tests/test_shop.py": f"import pytest, shop\n{test}"}
    receipt = await judged(files, {"shop.py": f"QUIET = True\n{_WRONG['shop.py']}"})
    assert receipt.tampered == (f"{_PRICE}: passed on the base and is skipped on the new code",)


_CHANGING = (
    "import datetime, pytest, random, uuid\nfrom shop import price\n"
    "VALUES = [datetime.datetime.now().isoformat(), str(object()), str(random.random()), str(uuid.uuid4())]\n"
    "@pytest.mark.parametrize('value', VALUES)\ndef test_value(value):\n    assert price() == 3\n"
)


@pytest.mark.parametrize(("code", "broken"), [(f"# three\n{_CODE}", 0), (_WRONG["shop.py"], 4)], ids=["right", "wrong"])
async def test_names_that_change_from_run_to_run(judged: Judged, code: str, broken: int) -> None:
    """Times, addresses and random parameters alone break nothing and fix nothing; the receipt says what was done."""
    receipt = await judged(_FILES | {"tests/test_shop.py": _CHANGING}, {"shop.py": code})
    assert (receipt.green, receipt.proven, receipt.fixed, receipt.new) == (not broken, False, (), ())
    assert (len(receipt.broken), receipt.flaky, receipt.tampered) == (broken, (), ())
    assert [note.split(" (")[0] for note in receipt.notes] == [
        "tests change their names from run to run; they are matched in their order"
    ]


async def test_a_test_that_fails_only_sometimes(judged: Judged) -> None:
    """What fails in one run and passes in the next is flaky, not broken; the receipt counts."""
    test = f"{_TEST}    shop.SEEN.append(1)\n\ndef test_alone():\n    assert shop.SEEN == []\n".replace(
        "from", "import shop\nfrom", 1
    )
    files = _FILES | {
        "shop.py": f"class Seen(list):\n    append = print\nSEEN = Seen()\n{_CODE}",
        "tests/test_shop.py": test,
    }
    receipt = await judged(files, {"shop.py": f"SEEN = []\n{_CODE}"})
    assert (receipt.green, receipt.broken, receipt.flaky) == (True, (), ("tests/test_shop.py::test_alone",))
    assert receipt.notes == ("only some runs of these tests fail (tests/test_shop.py::test_alone: 1 of 2)",)


_TWICE = "import shop\n\ndef test_other():\n    shop.SEEN.append(1)\n\ndef test_alone():\n    assert shop.SEEN == []\n"


async def test_a_test_that_fails_after_others_only(judged: Judged) -> None:
    """Red on the base whenever all tests run, it is fixed though it would pass there alone."""
    files = {"shop.py": "SEEN = []\n", "tests/test_shop.py": _TWICE, "conftest.py": ""}
    receipt = await judged(files, {"shop.py": "class Seen(list):\n    append = print\nSEEN = Seen()\n"})
    assert (receipt.green, receipt.fixed, receipt.flaky) == (True, ("tests/test_shop.py::test_alone",), ())


async def test_a_test_that_was_red_by_chance(
    bench: Bench, prepare: Callable[[dict[str, str]], Awaitable[Prepared]], tmp_path: Path
) -> None:
    """What fails on the base once and passes there when it runs again is flaky, and was not fixed."""
    open_bench = replace(bench, sandbox=choose_sandbox("none"))
    seen = tmp_path / "seen"
    script = f"test -e {seen} || {{ touch {seen}; exit 1; }}\n"
    settings = '[tests]\ncommand = "sh tests/run.sh"\n'
    prepared = await prepare({".claude-cluster.toml": settings, "tests/run.sh": script, "shop.sh": "echo 3\n"})
    base = await open_bench.base_report(prepared)
    (prepared.workspace.path / "shop.sh").write_text("echo 4\n")
    change = await bench.workspaces.snapshot(prepared.workspace)
    receipt = (await verify(open_bench, prepared, change, base)).receipt
    assert receipt
    assert (receipt.base.failed, receipt.head.passed, receipt.fixed) == (1, 1, ())
    assert (receipt.green, receipt.proven, receipt.flaky) == (True, False, ("sh tests/run.sh",))
    assert "only some runs of these tests fail (sh tests/run.sh: 1 of 2)" in receipt.notes


async def test_code_that_ends_the_run(judged: Judged) -> None:
    """Code that leaves in the middle of the tests, with exit code 0, makes nothing green."""
    receipt = await judged(_FILES, {"shop.py": "import os\n\n\ndef price():\n    os._exit(0)\n"})
    assert (receipt.green, receipt.proven, receipt.head.passed) == (False, False, 0)
