"""What a receipt can't show, in words."""

from proof.compare import RED, Findings, Runs, ended_so_before, ran_nothing

_SHOWN = 5


def notes_of(runs: Runs, found: Findings) -> tuple[str, ...]:
    """The notes, the weightiest first; each is a sentence without a full stop."""
    return (*_of_base(runs), *_of_head(runs), *_of_comparison(runs, found))


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
        (not head.per_test, "only exit codes are known: single tests can't be compared"),
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


def _of_comparison(runs: Runs, found: Findings) -> list[str]:
    red = {test.id for test in runs.head.tests if test.status in RED}
    failing = tuple(test for test in found.new if test in red)
    # What errors on the base and is not red on the head became runnable with the change.
    uncollected = tuple(test for test in found.uncollected if test not in red)
    texts = (
        (failing, "new tests fail"),
        (uncollected, "new tests could not be collected or set up on the base: they are new, not proof"),
        (found.changed, "tests ask for something else than before: the base's version fails on the new code"),
        (found.gone, "tests of the base are not on the head any more, though they would pass"),
        (found.unfit, "tests of the base can't be collected or set up on the new code"),
    )
    return [f"{text} ({_some(tests)})" for tests, text in texts if tests]


def _some(tests: tuple[str, ...]) -> str:
    more = f" and {len(tests) - _SHOWN} more" if len(tests) > _SHOWN else ""
    return ", ".join(tests[:_SHOWN]) + more
