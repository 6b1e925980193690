"""Nodes in the ledger: joining, signs of life, leaving."""

from pathlib import Path

import pytest

from adapters.cases.database import Database
from adapters.cases.nodes import SqlNodes
from domain.errors import UsageError
from domain.node import Capabilities, NodeCard

CARD = NodeCard(
    id="node-a",
    start="first",
    host="pc",
    specialties=("backend",),
    pools=("backend",),
    max_tasks=2,
    release="0.1.0",
    capabilities=Capabilities(platform="linux-x86_64", sandbox="bubblewrap", toolchains=("go",)),
)


@pytest.fixture
def nodes(tmp_path: Path) -> SqlNodes:
    """An empty book of nodes."""
    return SqlNodes(Database(tmp_path))


async def test_a_node_is_what_it_said_of_itself(nodes: SqlNodes) -> None:
    """With what its last sign of life told."""
    await nodes.join(CARD)
    assert await nodes.beat("node-a", "first", 1, True)
    (found,) = await nodes.all()
    assert (found.card, found.running, found.draining) == (CARD, 1, True)


async def test_an_id_belongs_to_one_process(nodes: SqlNodes) -> None:
    """Another process is refused while the first lives; the same one may join again; once it left, it is free."""
    await nodes.join(CARD)
    other = CARD.model_copy(update={"start": "second"})
    with pytest.raises(UsageError, match="Node registration failed: a node node-a is there already"):
        await nodes.join(other)
    await nodes.join(CARD)
    await nodes.leave("node-a", "second")
    assert len(await nodes.all()) == 1
    await nodes.leave("node-a", "first")
    assert await nodes.all() == ()
    await nodes.join(other)
    assert not await nodes.beat("node-a", "first", 0, False)
    assert await nodes.beat("node-a", "second", 0, False)


async def test_a_stranger_must_join_first(nodes: SqlNodes) -> None:
    """A coordinator with a new ledger knows nobody."""
    assert not await nodes.beat("node-a", "first", 0, False)
