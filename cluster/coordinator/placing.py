"""Which pool and which queue a run goes to: the specialist's, on a machine that has what the repository needs."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from agents.assignment import route
from agents.specialist import load_specialists, resolve
from deployments.catalogue import Kind, pool_of
from domain.case import Case, Priority
from domain.errors import UsageError
from domain.frozen import Frozen
from domain.node import NodeState

DEFAULT_QUEUE = "default"
# A lower number goes first; Prefect's own `default` queue has 1 until others are put before it.
PRIORITIES: dict[Priority, int] = {"critical": 1, "high": 2, "normal": 3, "low": 4}
_TOOLCHAINS = {
    "go": "go",
    "rust": "cargo",
    "java": "java",
    "kotlin": "java",
    "javascript": "node",
    "typescript": "node",
}


class Placement(Frozen):
    """Where a run goes, which toolchain it needs there, and why: one line for people."""

    pool: str
    queue: str
    why: str
    need: str | None = None


def place(case: Case, nodes: Sequence[NodeState], kind: Kind = "process", *, anywhere: bool = False) -> Placement:
    """The specialist's pool, on nodes with the toolchain that the repository needs if any node has it.

    With `anywhere`, a pool that a node serves now goes before the specialist's own.
    """
    wanted = pool_of(_primary(case), kind)
    now = datetime.now(UTC)
    alive = [one for one in nodes if one.lives(now) and not one.draining]
    first = queue(case.priority)
    need = _TOOLCHAINS.get(case.repository.language.lower())
    able = [one for one in alive if need in one.card.capabilities.toolchains]
    if need is None or not able:
        pools = _served(alive)
        if anywhere and wanted not in pools and pools:
            return Placement(pool=pools[0], queue=first, why=f"no node serves {wanted}")
        return Placement(pool=wanted, queue=first, why=f"{wanted} scored best")
    pools = _served(able)
    if wanted in pools:
        return Placement(pool=wanted, queue=first, why=f"{wanted} scored best, needs {need}", need=need)
    return Placement(pool=pools[0], queue=first, why=f"no node with {need} serves {wanted}", need=need)


def _primary(case: Case) -> str:
    """Scoring reads the whole issue (up to a quarter of a second): who was asked for by name needs none of it.

    A specialist of the repository's own has no pool: the best of the bundled ones names it.
    """
    known = load_specialists()
    if case.specialist:
        with suppress(UsageError):
            return resolve(case.specialist, known).name
    return route(case.model_copy(update={"specialist": None}), known).primary


def queue(priority: Priority) -> str:
    """The name of a priority's queue; a pool's queues are polled in the order of their numbers."""
    return DEFAULT_QUEUE if priority == "normal" else priority


def _served(nodes: Sequence[NodeState]) -> list[str]:
    """The pools of these nodes, those of the least busy first."""
    free = sorted(nodes, key=lambda one: one.running / one.card.max_tasks)
    return list(dict.fromkeys(pool for one in free for pool in one.card.pools))
