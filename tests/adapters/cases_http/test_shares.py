"""Parts of an issue over the wire: who holds one is told by the caller's name."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.cases.shares import Wanted
from adapters.cases_http.line import Line
from adapters.cases_http.shares import HttpShares
from domain.area import Area
from domain.case import Case, WorkRequest
from domain.errors import ShareLost
from domain.node import Capabilities, NodeCard
from domain.share import Handed, Part
from domain.spend import Spend

PART = Part(specialist="docs", area=Area(globs=("docs/**", "日本.md")), what="書く")


@pytest.fixture
async def offered(ports: dict[str, Callable[[str], Any]], case: Case) -> Case:
    """A case with one part on offer."""
    file = await ports["Cases"]("").open(case, WorkRequest(repo="acme/shop", issue=3))
    able = Capabilities(platform="linux-x86_64", sandbox="bubblewrap")
    names = {"specialties": ("docs",), "pools": ("docs",)}
    await ports["Nodes"]("").join(NodeCard(id="b", start="1", max_tasks=1, release="1", capabilities=able, **names))
    await ports["Shares"]("").offer(file.case.id, 1, [Wanted(part=PART, pool="docs")], 30)
    found: Case = file.case
    return found


async def test_a_part_goes_from_offer_to_done(line: Callable[..., Line], offered: Case) -> None:
    """The one that began with it hands it in; what it has paid, and what it made, comes to the author."""
    theirs, author = HttpShares(line("b:1:1.00")), HttpShares(line("a:2:2.00"))
    (seen,) = await author.look(offered.id, 1)
    assert (seen.state, seen.part) == ("offered", PART)
    share = await theirs.start(offered.id, 1, 1, "b", 60)
    await theirs.prove(share, 60, Spend(cost_usd=0.25, calls=2))
    handed = Handed(tree="d" * 40, summary="書いた", taken=("docs/a.md",), left_out=("b.py",))
    await theirs.hand_in(share, handed)
    (done,) = await author.look(offered.id, 1, "all")
    assert (done.state, done.node, done.handed, done.spend.calls) == ("done", "b", handed, 2)


async def test_the_wrong_process_is_told_so(line: Callable[..., Line], offered: Case) -> None:
    """With the error that it would meet on the coordinator."""
    theirs, other = HttpShares(line("b:1:1.00")), HttpShares(line("c:3:3.00"))
    share = await theirs.start(offered.id, 1, 1, "b", 60)
    with pytest.raises(ShareLost, match="part 1"):
        await other.start(offered.id, 1, 1, "c", 60)
    with pytest.raises(ShareLost, match="taken back"):
        await other.prove(share, 60, Spend())
    await other.fail(share, "not mine")
    assert [one.state for one in await theirs.look(offered.id, 1)] == ["started"]
    await theirs.fail(share, "it can't be done")
    assert [(one.state, one.reason) for one in await other.look(offered.id, 1)] == [("taken_back", "it can't be done")]
    with pytest.raises(ShareLost):
        await theirs.prove(share, 60, Spend())
