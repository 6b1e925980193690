"""What the work may read is what stood there when somebody asked for it."""

from datetime import UTC, datetime, timedelta

from domain.delivery import FrozenText
from domain.issue import Comment, Issue
from proof.intake import as_frozen

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def comment(number: int, author: str, written: int, edited: int | None = None) -> Comment:
    """A comment of so many seconds after noon."""
    times = [NOON + timedelta(seconds=one) for one in (written, written if edited is None else edited)]
    return Comment(id=number, author=author, body=f"c{number}", created_at=times[0], updated_at=times[1])


def issue(*comments: Comment) -> Issue:
    """The issue as the forge tells it now."""
    return Issue(repo="o/r", number=7, title="Now", body="Edited.", labels=("bug",), comments=comments)


def test_the_text_of_the_trigger_goes_before_the_forges() -> None:
    """Title, body and labels; what is not known of that moment stays as it is now."""
    frozen = FrozenText(moment=NOON, by="ann", title="Then", body="", labels=("claude",))
    assert as_frozen(issue(), frozen) == issue().model_copy(update={"title": "Then", "body": "", "labels": ("claude",)})
    assert as_frozen(issue(), FrozenText(moment=NOON, by="ann")) == issue()
    assert as_frozen(issue(comment(1, "eve", 5)), None) == issue(comment(1, "eve", 5))


def test_later_comments_and_edits_are_left_out() -> None:
    """Those of the same second too, because the forge counts in seconds; the asker's own are kept, in any case."""
    comments = (
        comment(1, "eve", -60),
        comment(2, "eve", -60, edited=30),
        comment(3, "eve", -60, edited=0),
        comment(4, "eve", 0),
        comment(5, "eve", 30),
        comment(6, "Ann", -60, edited=30),
        comment(7, "ann", 0),
        comment(8, "ANN", 30),
    )
    kept = as_frozen(issue(*comments), FrozenText(moment=NOON, by="aNN")).comments
    assert [one.id for one in kept] == [1, 6, 7, 8]
