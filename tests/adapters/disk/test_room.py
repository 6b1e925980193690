"""Nothing is asked that could not be written down."""

from pathlib import Path

import pytest

from adapters.disk.room import ModelWithRoom
from domain.conversation import Message, Query, Reply
from domain.errors import DiskFull
from domain.spend import Spend


class _Echo:
    """A model that counts."""

    def __init__(self) -> None:
        self.asked = 0

    async def ask(self, query: Query) -> Reply:
        self.asked += 1
        return Reply(message=query.messages[0], stop_reason="end_turn", spend=Spend())

    def worst_case_usd(self, query: Query) -> float:
        return float(query.max_tokens)

    def output_price_usd(self, model: str) -> float:
        return float(len(model))


@pytest.fixture
def query() -> Query:
    """Any question."""
    return Query(model="m", system="", messages=(Message(role="user", content=({"type": "text", "text": "?"},)),))


async def test_with_room_it_is_the_model(tmp_path: Path, query: Query) -> None:
    """Answers and prices are the model's own."""
    model = ModelWithRoom(_Echo(), tmp_path, least=0)
    assert (await model.ask(query)).message == query.messages[0]
    assert (model.worst_case_usd(query), model.output_price_usd("m")) == (float(query.max_tokens), 1.0)


async def test_without_room_nothing_is_asked(tmp_path: Path, query: Query) -> None:
    """One line says which disk is full and what to do."""
    echo = _Echo()
    with pytest.raises(DiskFull, match=rf"the disk of {tmp_path} is full \(\d+ MB are free\) - make room on") as full:
        await ModelWithRoom(echo, tmp_path, least=10**18).ask(query)
    assert (echo.asked, "\n" in str(full.value)) == (0, False)
