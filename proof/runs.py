"""Every run that a receipt is made of."""

from domain.frozen import Frozen
from domain.report import TestOutcome, TestReport, TestStatus

# pytest, and unittest from Python 3.12 on, end with 5 when there is no test to run.
_NO_TESTS = 5


class Runs(Frozen):
    """`base` and `head` are each side's own tests on its own code.

    `base_tests_on_head`: the base's test-side files on the head's code (None if they are the same files).
    `new_tests_on_base`: the head's test-side files on the base's code (None if they are the same). `reruns`:
    the head again, for what looked broken; each may hold only those tests.
    """

    base: TestReport | None
    head: TestReport
    base_tests_on_head: TestReport | None = None
    new_tests_on_base: TestReport | None = None
    reruns: tuple[TestReport, ...] = ()

    @property
    def every(self) -> tuple[TestReport, ...]:
        """All reports that there are."""
        reports = (self.base, self.head, self.base_tests_on_head, self.new_tests_on_base, *self.reruns)
        return tuple(report for report in reports if report is not None)

    @property
    def as_one_test(self) -> "Runs":
        """Where no run tells single tests: each as one test, named like its command, by the exit code."""
        if any(report.per_test or ran_nothing(report) for report in self.every):
            return self
        return Runs(
            base=_as_one_test(self.base),
            head=_as_one_test(self.head) or self.head,
            base_tests_on_head=_as_one_test(self.base_tests_on_head),
            new_tests_on_base=_as_one_test(self.new_tests_on_base),
            reruns=tuple(_as_one_test(report) or report for report in self.reruns),
        )


def ran_nothing(report: TestReport) -> bool:
    """Whether the runner said that there is no test to run, which is no failure."""
    return report.runner in {"pytest", "unittest"} and report.exit_code == _NO_TESTS and not report.tests


def _as_one_test(report: TestReport | None) -> TestReport | None:
    if report is None or report.exit_code is None:
        return report
    status: TestStatus = "failed" if report.exit_code else "passed"
    return report.model_copy(update={"tests": (TestOutcome(id=report.command, status=status),)})
