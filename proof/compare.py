"""Compares the runs of base and head, test by test."""

import re
from collections.abc import Iterable

from domain.frozen import Frozen
from domain.report import TestReport, TestStatus
from proof.runs import Runs, ran_nothing

Statuses = dict[str, TestStatus]
RED = frozenset({"failed", "error"})


class Findings(Frozen):
    """Test ids. The first five are those of the receipt.

    `weakened`: passes or is skipped on the head only because the test changed, and asks nothing new.
    `changed`: the same, but its new version fails on the base, so it asks for something else.
    `uncollected`: tests of the head that could not be collected or set up on the base.
    `unfit`: tests of the base that could not be collected or set up on the head's code.
    `gone`: tests of the base that the head has no more, by name neither, though they would pass.
    `silent`: passed on the base, and skipped on the head's code though they are the base's own.
    `skipped`: passed on the base and would pass on the head's code, where their own version is skipped.
    `unreported`: tests of the base without any result on the head's code, and without a failure that explains it.
    """

    fixed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    already_failing: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    weakened: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    uncollected: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    unreported: tuple[str, ...] = ()


def compare(runs: Runs) -> Findings:
    """What the runs say of each test; nothing is broken or new where one side told no single tests."""
    base, head = _statuses(runs.base), _statuses(runs.head)
    base_tests = _statuses(runs.base_tests_on_head) if runs.base_tests_on_head else head
    new_tests = _statuses(runs.new_tests_on_base) if runs.new_tests_on_base else base
    again = {test.id for report in runs.reruns for test in report.tests if test.status == "passed"}
    fixed = {test for test in head if head[test] == "passed" and _was_red(test, base, base_tests, new_tests)}
    unfixed = {test.id for report in runs.base_reruns for test in report.tests if test.status == "passed"}
    flaky = {test for test in again if head.get(test) in RED} | (fixed & unfixed)
    bent = {test for test in base if _bent(head.get(test), base_tests.get(test))}
    changed = {test for test in bent if new_tests.get(test) == "failed" and head[test] == "passed"}
    comparable = runs.head.per_test or ran_nothing(runs.head)
    known = runs.base is None or runs.base.per_test or ran_nothing(runs.base)
    return Findings(
        fixed=_sorted(fixed - flaky),
        broken=_sorted(t for t in base if t not in flaky and _broke(t, base, head, base_tests)) if comparable else (),
        already_failing=_sorted(t for t in base if base[t] in RED and head.get(t) in RED),
        flaky=_sorted(flaky),
        new=_sorted(t for t in head if _is_new(base.get(t), head[t])) if known else (),
        weakened=_sorted(bent - changed),
        changed=_sorted(changed),
        uncollected=_sorted(t for t in new_tests if new_tests[t] == "error" and base.get(t) != "error"),
        unfit=_sorted(t for t in base_tests if base_tests[t] == "error" and t not in base and t not in head),
        gone=_gone(base, head, base_tests),
        silent=_sorted(t for t in base if base[t] == "passed" and base_tests.get(t) == "skipped"),
        skipped=_sorted(t for t in base if base[t] == base_tests.get(t) == "passed" and head.get(t) == "skipped"),
        unreported=_unreported(runs, base, base_tests),
    )


def ended_so_before(runs: Runs) -> bool:
    """Whether the base's run ended with the head's exit code too, without a red test (a coverage threshold, say)."""
    base = runs.base
    if base is None or not base.per_test or base.timed_out:
        return False
    return base.exit_code == runs.head.exit_code and not base.count("failed", "error")


def _statuses(report: TestReport | None) -> Statuses:
    return {test.id: test.status for test in report.tests} if report else {}


def _bent(head: TestStatus | None, base_test_on_head: TestStatus | None) -> bool:
    return head in {"passed", "skipped"} and base_test_on_head in RED


def _was_red(test: str, base: Statuses, base_tests: Statuses, new_tests: Statuses) -> bool:
    """Red inside its body on the base: the head's version of the test, or the base's own if it passes now too."""
    return new_tests.get(test) == "failed" or (base.get(test) == "failed" and base_tests.get(test) == "passed")


def _broke(test: str, base: Statuses, head: Statuses, base_tests: Statuses) -> bool:
    if base[test] != "passed":
        return False
    return head[test] in RED if test in head else base_tests.get(test) not in {"passed", "skipped"}


def _is_new(base: TestStatus | None, head: TestStatus) -> bool:
    return base is None or (base == "error" and head == "passed")


def _gone(base: Statuses, head: Statuses, base_tests: Statuses) -> tuple[str, ...]:
    names = {last_name(test) for test in head.keys() - base.keys()}
    missing = (test for test in base if test not in head and base_tests.get(test) == "passed")
    return _sorted(test for test in missing if last_name(test) not in names)


def _unreported(runs: Runs, base: Statuses, base_tests: Statuses) -> tuple[str, ...]:
    report = runs.base_tests_on_head
    if report is None or report.timed_out or (not base_tests and report.exit_code != 0):
        return ()
    excuses = [test for test, status in base_tests.items() if status in RED and base.get(test) not in RED]
    missing = (test for test in base if test not in base_tests and base[test] in {"passed", "failed"})
    return _sorted(test for test in missing if not any(_explains(excuse, test) for excuse in excuses))


def _explains(failure: str, test: str) -> bool:
    """Whether a failure is of the file, module or package that the test is in."""
    return test.startswith(failure) and test[len(failure) : len(failure) + 1] in {":", ">", " ", "/", "."}


def last_name(test: str) -> str:
    """A test's own name, without its file, class or suite."""
    return re.split(r"::| > |/|\.", test)[-1]


def _sorted(tests: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(tests))
