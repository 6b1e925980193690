"""Where a run goes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cluster.coordinator.placing import place
from domain.case import Case, Priority
from domain.issue import Issue
from domain.node import Capabilities, NodeCard, NodeState
from domain.repository import Repository

_BUG = "The API endpoint returns 500: the server handler crashes on a missing field in the request"


@pytest.fixture
def case() -> Callable[..., Case]:
    """A backend bug in a repository of a language."""

    def made(language: str = "", priority: Priority = "normal") -> Case:
        return Case(
            id="task-20261122-001",
            forge="forge.example",
            repository=Repository(name="acme/shop", id=7, default_branch="main", can_push=True, language=language),
            issue=Issue(repo="acme/shop", number=3, title="The API endpoint returns 500", body=_BUG),
            base="main",
            base_sha="a" * 40,
            priority=priority,
            model="a-model",
            created=datetime(2026, 11, 22, 9, tzinfo=UTC),
        )

    return made


def node(name: str, *pools: str, tools: tuple[str, ...] = (), running: int = 0, age_s: float = 0) -> NodeState:
    """A node that was last seen so many seconds ago."""
    card = NodeCard(
        id=name,
        start="1",
        specialties=pools,
        pools=pools,
        max_tasks=2,
        release="0.1.0",
        capabilities=Capabilities(platform="linux-x86_64", sandbox="bubblewrap", toolchains=tools),
    )
    now = datetime.now(UTC)
    return NodeState(card=card, joined=now, seen=now - timedelta(seconds=age_s), running=running)


def test_the_specialists_pool_comes_first(case: Callable[..., Case]) -> None:
    """Also when nobody serves it: it waits there, visibly."""
    assert place(case(), []).pool == "backend"
    assert place(case(), [node("a", "docs")]).pool == "backend"
    assert place(case(priority="critical"), []).queue == "critical"


def test_a_toolchain_that_some_node_has_is_needed(case: Callable[..., Case]) -> None:
    """In the specialist's pool if a node there has it, else where it is; what no node has is not asked for."""
    plain, with_go = node("a", "backend"), node("b", "docs", tools=("go",))
    assert (place(case("Go"), [plain, with_go]).pool, place(case("Go"), [plain, with_go]).need) == ("docs", "go")
    both = [plain, node("c", "backend", tools=("go", "node"))]
    assert (place(case("Go"), both).pool, place(case("Go"), both).need) == ("backend", "go")
    assert (place(case("Go"), [plain]).pool, place(case("Go"), [plain]).need) == ("backend", None)
    assert place(case("TypeScript"), both).need == "node"
    assert place(case("Haskell"), both).need is None


def test_after_a_while_any_node_will_do(case: Callable[..., Case]) -> None:
    """The least busy one; a node that is lost or drains is none."""
    busy, free, lost = node("a", "docs", running=2), node("b", "testing"), node("c", "backend", age_s=90)
    assert place(case(), [busy, free, lost], anywhere=True).pool == "testing"
    drains = node("d", "security").model_copy(update={"draining": True})
    assert place(case(), [drains, lost], anywhere=True).pool == "backend"
    assert place(case(), [free, node("e", "backend")], anywhere=True).pool == "backend"


def test_a_cluster_of_containers_has_other_pools(case: Callable[..., Case]) -> None:
    """Named with the type."""
    assert place(case(), [], "docker").pool == "backend-docker"


def test_a_specialist_of_the_repositorys_own_works_in_the_best_pool(case: Callable[..., Case]) -> None:
    """The bundled ones know no such name: the run finds it in the repository's settings, or says that nobody has it."""
    asked = case().model_copy(update={"specialist": "payments"})
    assert place(asked, [node("a", "backend", "docs")]).pool == place(case(), []).pool == "backend"
    assert place(case().model_copy(update={"specialist": "qa"}), []).pool == "testing"
