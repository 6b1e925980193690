"""How a node is: what its health says."""

from collections.abc import Callable, Sequence

from cluster.node.workers import NodeWorkers
from domain.node import NodeHealth

OUT_OF_REACH_S = 60.0


class Condition:
    """Puts a node's health together; `silence_s` tells for how many seconds the coordinator has not answered."""

    def __init__(
        self, workers: NodeWorkers, specialties: Sequence[str], sandbox: str, silence_s: Callable[[], float]
    ) -> None:
        self._workers = workers
        self._specialties = tuple(specialties)
        self._sandbox = sandbox
        self._silence_s = silence_s

    def report(self) -> NodeHealth:
        """Draining beats out of reach; after a minute of silence it is out of reach."""
        status = "ok"
        if self._silence_s() >= OUT_OF_REACH_S:
            status = "out_of_reach"
        if self._workers.draining:
            status = "draining"
        return NodeHealth.model_validate(
            {
                "status": status,
                "node_id": self._workers.name,
                "specialties": self._specialties,
                "running": self._workers.running,
                "max_tasks": self._workers.most,
                "sandbox": self._sandbox,
            }
        )
