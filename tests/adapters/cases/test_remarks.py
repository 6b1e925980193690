"""What people say to running agents, in the ledger."""

import pytest
from pydantic import SecretStr

from adapters.cases.database import Database
from adapters.cases.remarks import SqlRemarks
from domain.delivery import Remark
from domain.secrecy import keep_secret

TASK = "task-20261122-001"


@pytest.fixture
def remarks(database: Database) -> SqlRemarks:
    """The port."""
    return SqlRemarks(database)


async def test_remarks_are_heard_in_order_and_from_where_one_was(remarks: SqlRemarks) -> None:
    """Those of other tasks are not, and what was heard is still there for a run that begins anew."""
    await remarks.say(TASK, "ann", "First, 日本語.", "d-1")
    await remarks.say("task-20261122-002", "bob", "Elsewhere.", "d-2")
    await remarks.say(TASK, "bob", "Second.", "d-3")
    first, second = await remarks.take(TASK, 0)
    assert (first, second) == (
        Remark(number=1, author="ann", text="First, 日本語."),
        Remark(number=3, author="bob", text="Second."),
    )
    assert await remarks.take(TASK, first.number) == (second,)
    assert await remarks.take(TASK, second.number) == ()
    assert await remarks.take(TASK, 0) == (first, second)


async def test_the_same_source_says_it_once(remarks: SqlRemarks) -> None:
    """After a crash the loop says it again."""
    await remarks.say(TASK, "ann", "Once.", "d-1")
    await remarks.say(TASK, "ann", "Once.", "d-1")
    assert [one.text for one in await remarks.take(TASK, 0)] == ["Once."]


async def test_secrets_and_endless_text_are_not_kept(remarks: SqlRemarks) -> None:
    """A person may paste a token that we know."""
    keep_secret(SecretStr("canary-of-the-remarks"))
    await remarks.say(TASK, "ann", "Use canary-of-the-remarks" + "x" * 30_000, "d-1")
    (one,) = await remarks.take(TASK, 0)
    assert (one.text[:10], len(one.text)) == ("Use ***xxx", 20_000)
