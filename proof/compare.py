"""Compares the runs of base and head, test by test."""

import re
from collections.abc import Iterable

from domain.frozen import Frozen
from domain.report import TestOutcome, TestReport, TestStatus

Statuses = dict[str, TestStatus]
RED = frozenset({"failed", "error"})
# pytest, and unittest from Python 3.12 on, end with 5 when there is no test to run.
_NO_TESTS = 5


class Runs(Frozen):
    """Every run that a receipt is made of.

    `base` and `head`: each side's own tests on its own code. `base_tests_on_head`: the base's test-side
    files on the head's code (None if they are the same files). `new_tests_on_base`: the head's test-side
    files on the base's code (None if they are the same). `reruns`: the head once more, for what looked
    broken (None if nothing did).
    """

    base: TestReport | None
    head: TestReport
    base_tests_on_head: TestReport | None = None
    new_tests_on_base: TestReport | None = None
    reruns: TestReport | None = None

    @property
    def as_one_test(self) -> "Runs":
        """Where no run tells single tests: each as one test, named like its command, by the exit code."""
        reports = {name: getattr(self, name) for name in type(self).model_fields}
        if any(report is not None and (report.per_test or ran_nothing(report)) for report in reports.values()):
            return self
        return Runs(**{name: _as_one_test(report) for name, report in reports.items()})


class Findings(Frozen):
    """Test ids. The first five are those of the receipt.

    `weakened`: passes or is skipped on the head only because the test changed, and asks nothing new.
    `changed`: the same, but its new version fails on the base, so it asks for something else.
    `uncollected`: tests of the head that could not be collected or set up on the base.
    `unfit`: tests of the base that could not be collected or set up on the head's code.
    `gone`: tests of the base that the head has no more, by name neither, though they would pass.
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


def compare(runs: Runs) -> Findings:
    """What the runs say of each test; nothing is broken or new where one side told no single tests."""
    base, head = _statuses(runs.base), _statuses(runs.head)
    base_tests = _statuses(runs.base_tests_on_head) if runs.base_tests_on_head else head
    new_tests = _statuses(runs.new_tests_on_base) if runs.new_tests_on_base else base
    again = _statuses(runs.reruns)
    flaky = {test for test, status in again.items() if head.get(test) in RED and status == "passed"}
    bent = {test for test in base if _bent(head.get(test), base_tests.get(test))}
    changed = {test for test in bent if new_tests.get(test) == "failed" and head[test] == "passed"}
    comparable = runs.head.per_test or ran_nothing(runs.head)
    known = runs.base is None or runs.base.per_test or ran_nothing(runs.base)
    return Findings(
        fixed=_sorted(t for t in head if head[t] == "passed" and _was_red(t, base, base_tests, new_tests)),
        broken=_sorted(t for t in base if t not in flaky and _broke(t, base, head, base_tests)) if comparable else (),
        already_failing=_sorted(t for t in base if base[t] in RED and head.get(t) in RED),
        flaky=_sorted(flaky),
        new=_sorted(t for t in head if _is_new(base.get(t), head[t])) if known else (),
        weakened=_sorted(bent - changed),
        changed=_sorted(changed),
        uncollected=_sorted(t for t in new_tests if new_tests[t] == "error" and base.get(t) != "error"),
        unfit=_sorted(t for t in base_tests if base_tests[t] == "error" and t not in base and t not in head),
        gone=_gone(base, head, base_tests),
    )


def ran_nothing(report: TestReport) -> bool:
    """Whether the runner said that there is no test to run, which is no failure."""
    return report.runner in {"pytest", "unittest"} and report.exit_code == _NO_TESTS and not report.tests


def _as_one_test(report: TestReport | None) -> TestReport | None:
    if report is None or report.exit_code is None:
        return report
    status: TestStatus = "failed" if report.exit_code else "passed"
    return report.model_copy(update={"tests": (TestOutcome(id=report.command, status=status),)})


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
    names = {_last_name(test) for test in head.keys() - base.keys()}
    missing = (test for test in base if test not in head and base_tests.get(test) == "passed")
    return _sorted(test for test in missing if _last_name(test) not in names)


def _last_name(test: str) -> str:
    return re.split(r"::| > |/|\.", test)[-1]


def _sorted(tests: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(tests))
