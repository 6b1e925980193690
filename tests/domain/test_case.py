"""Task ids, branches and limits."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.case import Case, CaseFile, Limits, Wait, WorkRequest, parse_task_id, task_id
from domain.issue import Issue
from domain.repository import Repository

_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_FIRST, _LAST = datetime(2000, 1, 2), datetime(2999, 12, 30)  # noqa: DTZ001 - hypothesis wants naive bounds
_MOMENTS = st.datetimes(min_value=_FIRST, max_value=_LAST, timezones=_OFFSETS)


@given(_MOMENTS, st.integers(1, 10**7))
def test_a_task_id_says_its_utc_day_and_number(moment: datetime, number: int) -> None:
    """What was written can be read back, whatever the writer's time zone."""
    assert parse_task_id(task_id(moment, number)) == (f"{moment.astimezone(UTC):%Y%m%d}", number)


@given(st.integers(1, 998))
def test_ids_of_a_day_sort_by_number(number: int) -> None:
    """Up to 999 a day, the order of the text is the order of the cases."""
    day = datetime(2026, 11, 22, tzinfo=UTC)
    assert task_id(day, number) < task_id(day, number + 1)


@given(st.text(max_size=40))
def test_only_task_ids_are_taken_for_task_ids(text: str) -> None:
    """Whatever is accepted is written exactly as it was given; no other digits than ASCII's."""
    parsed = parse_task_id(text)
    if parsed:
        assert text == f"task-{parsed[0]}-{text.rsplit('-', 1)[1]}"
        assert text.isascii()


@pytest.mark.parametrize("text", ["task-20261122-1", "task-2026112-001", "task-20261122-001 ", "Task-20261122-001", ""])
def test_near_misses_are_no_task_ids(text: str) -> None:
    """Three digits at least, eight for the day, nothing around it."""
    assert parse_task_id(text) is None


def test_a_task_number_counts_from_one() -> None:
    """Zero is a mistake of the caller."""
    with pytest.raises(ValueError, match="from 1"):
        task_id(datetime.now(UTC), 0)


def make_case(number: int) -> Case:
    """A case on issue `number`."""
    return Case(
        id="task-20261122-001",
        forge="github.com",
        repository=Repository(name="a/b", id=1, default_branch="main", can_push=True),
        issue=Issue(repo="a/b", number=number, title="t", body=""),
        base="main",
        base_sha="0" * 40,
        model="m",
        created=datetime(2026, 11, 22, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("branch", "ours"),
    [
        ("claude/issue-1", True),
        ("claude/issue-1-2", True),
        ("claude/issue-12", False),
        ("claude/issue-1-x", False),
        ("x/claude/issue-1", False),
    ],
)
def test_a_case_knows_its_branches(branch: str, ours: bool) -> None:
    """Issue 1 does not own the branch of issue 12."""
    assert make_case(1).owns(branch) is ours


@pytest.mark.parametrize("field", ["max_cost_usd", "max_steps", "max_seconds", "command_seconds"])
def test_limits_are_positive(field: str) -> None:
    """Nothing may be used without limit, and nothing works with none."""
    with pytest.raises(ValidationError, match=field):
        Limits.model_validate({field: 0})


def test_issue_numbers_count_from_one() -> None:
    """The form of the UI refuses 0."""
    with pytest.raises(ValidationError, match="issue"):
        WorkRequest(repo="a/b", issue=0)


def test_waiting_is_no_work() -> None:
    """An attempt's seconds are those at work; a wait counts only as long as the case is in the queue."""
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    wait = Wait(until=noon + timedelta(minutes=5), cause="rate_limit")
    file = CaseFile(case=make_case(7), updated=noon, status="queued", wait=wait)
    assert (file.seconds(noon), file.waiting, wait.minute) == (0.0, wait, "2026-11-22 12:06 UTC")
    again = file.model_copy(update={"status": "running", "started": noon, "idle_s": 300.0})
    assert (again.seconds(noon + timedelta(minutes=6)), again.seconds(noon), again.waiting) == (60.0, 0.0, None)
