"""What a receipt can't show, in words."""

from domain.report import TestReport
from proof.compare import RED, Findings, ended_so_before
from proof.runs import Runs, ran_nothing
from proof.unmet_needs import is_unmet

_SHOWN = 5
_MANY = 0.1
EXIT_CODES_ONLY = "only exit codes are known: single tests can't be compared"


def notes_of(runs: Runs, found: Findings, renamed: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The notes, the weightiest first; each is a sentence without a full stop.

    `renamed` are the tests that have no name of their own.
    """
    return (
        *_of_base(runs),
        *_of_head(runs),
        *_of_reports(runs),
        *_of_comparison(runs, found),
        *_of_names(runs.as_one_test, found, renamed),
        *_of_skipped(runs),
        *(note for note in runs.head.notes if is_unmet(note)),
        *dict.fromkeys(note for report in runs.every for note in report.network),
    )


def left_out_note(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Says what the command does besides testing, which was not run; nothing without such lines."""
    return (f"what the command does besides testing was not run ({_some(lines, '; ')})",) if lines else ()


def _of_base(runs: Runs) -> list[str]:
    if runs.base is None:
        return ["the base has no tests"]
    if runs.base.timed_out:
        return ["the tests timed out on the base"]
    return []


def _of_head(runs: Runs) -> list[str]:
    head = runs.head
    red = any(test.status in RED for test in head.tests)
    texts = (
        (head.timed_out, "the tests timed out on the head"),
        (ran_nothing(head), "there are no tests to run on the head"),
        (
            not head.per_test and runs.base is not None and runs.base.per_test,
            "the head's run reported no single tests, the base's did: it is not green",
        ),
        (not head.per_test, EXIT_CODES_ONLY),
        (
            head.exit_code != 0 and not red and ended_so_before(runs),
            f"the runner ended with exit code {head.exit_code} on base and head though no test failed",
        ),
        (
            head.exit_code != 0 and not red,
            f"the runner ended with exit code {head.exit_code} on the head though no test failed: it is not green",
        ),
        (head.exit_code == 0 and red, "the runner ended with exit code 0 on the head though tests failed"),
    )
    return [text for is_so, text in texts if is_so][:1]


def _of_reports(runs: Runs) -> list[str]:
    """Why single tests are not known, where they are not."""
    base, head = runs.base.unread if runs.base else "", runs.head.unread
    if base == head:
        return [f"single tests are not known on base and head ({head})"] if head else []
    sides = (("base", base), ("head", head))
    return [f"single tests are not known on the {side} ({why})" for side, why in sides if why]


def _of_comparison(runs: Runs, found: Findings) -> list[str]:
    red = {test.id for test in runs.head.tests if test.status in RED}
    failing = tuple(test for test in found.new if test in red)
    # What errors on the base and is not red on the head became runnable with the change.
    lost = _lost(runs)
    uncollected = tuple(test for test in found.uncollected if test not in red)
    texts = (
        (failing, "new tests fail"),
        (uncollected, "new tests could not be collected or set up on the base: they are new, not proof"),
        (found.changed, "tests ask for something else than before: the base's version fails on the new code"),
        (found.gone, "tests of the base are not on the head any more, though they would pass"),
        (lost, "the base's tests gave no results on the new code, so they prove nothing"),
        (found.unfit, "tests of the base can't be collected or set up on the new code"),
    )
    return [f"{text} ({_some(tests)})" for tests, text in texts if tests]


def _lost(runs: Runs) -> tuple[str, ...]:
    """How the run of the base's tests on the new code ended, where it told nothing and the base's own run did."""
    crossed = runs.base_tests_on_head
    if crossed is None or crossed.per_test or runs.base is None or not runs.base.per_test:
        return ()
    ended = "timed out" if crossed.timed_out else f"exit code {crossed.exit_code}"
    return (ended, *((crossed.unread,) if crossed.unread else ()))


def _of_names(told: Runs, found: Findings, renamed: tuple[str, ...]) -> list[str]:
    flaky = tuple(f"{test}: {_failed(test, told)} of {_ran(test, told)}" for test in found.flaky)
    several = tuple(test.id for test in told.head.tests if test.times > 1)
    texts = (
        (flaky, "only some runs of these tests fail"),
        (renamed, "tests change their names from run to run; they are matched in their order"),
        (several, "these names stand for several tests; the worst result counts"),
        (
            _uneven(told),
            "these names were reported more or less often than on the base, so nothing is concluded from them",
        ),
    )
    return [f"{text} ({_some(tests)})" for tests, text in texts if tests]


def _uneven(told: Runs) -> tuple[str, ...]:
    """Passing tests of the base that its own files report another number of times on the new code."""
    base = {test.id: test for test in told.base.tests} if told.base else {}
    crossed = told.base_tests_on_head or told.head
    return tuple(
        test.id
        for test in crossed.tests
        if test.status == "passed" and test.id in base and base[test.id].status == "passed"
        if base[test.id].times != test.times
    )


def _of_skipped(runs: Runs) -> list[str]:
    """Many tests that no side runs: an optional part may be missing here."""
    if runs.base is None:
        return []
    skipped = {test.id for test in runs.base.tests if test.status == "skipped"}
    both = [test for test in runs.head.tests if test.status == "skipped" and test.id in skipped]
    if not both or len(both) < len(runs.head.tests) * _MANY:
        return []
    reasons = tuple(dict.fromkeys(reason for test in both if (reason := " ".join(test.message.split())[:100])))
    why = f": {_some(reasons, '; ')}" if reasons else ""
    return [f"tests are skipped on the base too, so they show nothing ({len(both)} of {len(runs.head.tests)}{why})"]


def _failed(test: str, told: Runs) -> int:
    return sum(_is_red(report, test) for report in _same(test, told))


def _ran(test: str, told: Runs) -> int:
    return sum(any(one.id == test for one in report.tests) for report in _same(test, told))


def _same(test: str, told: Runs) -> tuple[TestReport, ...]:
    """The runs of one version of a test on one code that end in different ways."""
    if _is_red(told.head, test):
        return (told.head, *told.reruns)
    base = told.new_tests_on_base or told.base
    return (base, *told.base_reruns) if base else ()


def _is_red(report: TestReport, test: str) -> bool:
    return any(one.id == test and one.status in RED for one in report.tests)


def _some(tests: tuple[str, ...], between: str = ", ") -> str:
    more = f" and {len(tests) - _SHOWN} more" if len(tests) > _SHOWN else ""
    return between.join(tests[:_SHOWN]) + more
