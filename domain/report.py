"""What one run of the repository's tests said."""

from typing import Literal

from domain.frozen import Frozen

TestStatus = Literal["passed", "failed", "error", "skipped"]


class TestOutcome(Frozen):
    """One test. `failed` means inside its body; `error` means it could not be collected or set up.

    `times` is how often a report has it, errors of tearing down not counted; the worst result stands here.
    """

    __test__ = False

    id: str
    status: TestStatus
    message: str = ""
    times: int = 1


class TestReport(Frozen):
    """One run. `tests` is empty when only the exit code is known; `exit_code` is None when it was killed.

    `output` is the head and the tail of what was printed; `duration_s` is wall time in seconds. `notes` say
    what the run suffered from (no network, a report that can't be read), each a sentence without a full stop;
    `network` says what of it could be reached, where the repository's settings name hosts. `unread` says why single
    tests are not known: the report, and what was wrong with it.
    """

    __test__ = False

    command: str
    runner: str
    exit_code: int | None
    tests: tuple[TestOutcome, ...] = ()
    output: str = ""
    duration_s: float = 0.0
    timed_out: bool = False
    notes: tuple[str, ...] = ()
    network: tuple[str, ...] = ()
    unread: str = ""

    @property
    def per_test(self) -> bool:
        """Whether single tests are known, not only the exit code."""
        return bool(self.tests)

    @property
    def green(self) -> bool:
        """Whether everything that ran passed."""
        return self.exit_code == 0 and not any(t.status in {"failed", "error"} for t in self.tests)

    def count(self, *statuses: TestStatus) -> int:
        """How many tests have one of these statuses."""
        return sum(test.status in statuses for test in self.tests)
