"""Outcomes, the words for them and their exit codes."""

from domain.outcome import Outcome, exit_code_of, status_of


def test_every_outcome_has_its_status_and_exit_code() -> None:
    """The contract's table, whole."""
    assert {outcome.value: (status_of(outcome), exit_code_of(outcome)) for outcome in Outcome} == {
        "opened": ("completed", 0),
        "updated": ("completed", 0),
        "no_change_needed": ("completed", 0),
        "needs_information": ("refused", 3),
        "blocked": ("refused", 3),
        "over_budget": ("refused", 3),
        "stuck": ("stuck", 4),
        "failed": ("failed", 1),
        "cancelled": ("cancelled", 130),
    }
