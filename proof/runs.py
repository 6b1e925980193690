"""Every run that a receipt is made of."""

from collections.abc import Callable

from domain.frozen import Frozen
from domain.report import TestOutcome, TestReport, TestStatus

# pytest, and unittest from Python 3.12 on, end with 5 when there is no test to run.
_NO_TESTS = 5


class Runs(Frozen):
    """`base` and `head` are each side's own tests on its own code.

    `base_tests_on_head`: the base's test-side files on the head's code (None if they are the same files).
    `new_tests_on_base`: the head's test-side files on the base's code (None if they are the same). `reruns`:
    the head again, for what looked broken; `base_reruns`: the base again, with the head's tests where they differ,
    for what looked fixed. Each of these may hold only those tests.
    """

    base: TestReport | None
    head: TestReport
    base_tests_on_head: TestReport | None = None
    new_tests_on_base: TestReport | None = None
    reruns: tuple[TestReport, ...] = ()
    base_reruns: tuple[TestReport, ...] = ()

    @property
    def every(self) -> tuple[TestReport, ...]:
        """All reports that there are."""
        crossed = (self.base_tests_on_head, self.new_tests_on_base)
        reports = (self.base, self.head, *crossed, *self.reruns, *self.base_reruns)
        return tuple(report for report in reports if report is not None)

    def map(self, change: Callable[[TestReport], TestReport]) -> "Runs":
        """The runs with every report changed."""
        return Runs(
            base=change(self.base) if self.base else None,
            head=change(self.head),
            base_tests_on_head=change(self.base_tests_on_head) if self.base_tests_on_head else None,
            new_tests_on_base=change(self.new_tests_on_base) if self.new_tests_on_base else None,
            reruns=tuple(map(change, self.reruns)),
            base_reruns=tuple(map(change, self.base_reruns)),
        )

    @property
    def as_one_test(self) -> "Runs":
        """Where no run tells single tests: each as one test, named like its command, by the exit code."""
        if any(report.per_test or ran_nothing(report) for report in self.every):
            return self
        return self.map(_as_one_test)


def ran_nothing(report: TestReport) -> bool:
    """Whether the runner said that there is no test to run, which is no failure."""
    return says_nothing_ran(report.runner, report.exit_code) and not report.tests


def says_nothing_ran(runner: str, exit_code: int | None) -> bool:
    """Whether a runner's exit code means that there is no test to run."""
    return runner in {"pytest", "unittest"} and exit_code == _NO_TESTS


def _as_one_test(report: TestReport) -> TestReport:
    if report.exit_code is None:
        return report
    status: TestStatus = "failed" if report.exit_code else "passed"
    return report.model_copy(update={"tests": (TestOutcome(id=report.command, status=status),)})
