"""The cluster's figures for Prometheus."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate

from prometheus_client.core import (
    CollectorRegistry,
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from domain.figures import STEP_BOUNDS_S, Figures
from domain.node import NodeState


def exposition(figures: Figures, nodes: tuple[NodeState, ...]) -> bytes:
    """The text of `GET /metrics`, in the format 0.0.4."""
    registry = CollectorRegistry()
    registry.register(_Figures(figures, nodes))
    return generate_latest(registry)


class _Figures(Collector):
    """One moment's figures."""

    def __init__(self, figures: Figures, nodes: tuple[NodeState, ...]) -> None:
        self._figures, self._nodes = figures, nodes

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield from self._tasks()
        yield from self._spent()
        yield self._steps()
        yield from self._places()

    def _tasks(self) -> Iterator[Metric]:
        tasks = GaugeMetricFamily(
            "claude_cluster_tasks", "Tasks by status and specialty", labels=("status", "specialty")
        )
        for one in self._figures.counts:
            tasks.add_metric((one.status, one.specialty or "unrouted"), one.tasks)
        yield tasks
        yield GaugeMetricFamily(
            "claude_cluster_queue_oldest_seconds", "Age of the oldest queued task", value=self._figures.oldest_s
        )

    def _spent(self) -> Iterator[Metric]:
        now = self._figures
        yield CounterMetricFamily("claude_cluster_cost_usd", "US dollars paid to the model", value=now.cost_usd)
        tokens = CounterMetricFamily("claude_cluster_tokens", "Tokens by kind", labels=("kind",))
        for kind in ("input", "cache_read", "cache_write", "output"):
            tokens.add_metric((kind,), getattr(now, f"{kind}_tokens"))
        yield tokens
        yield GaugeMetricFamily(
            "claude_cluster_cache_share", "Share of what was read from the cache", value=now.cache_share
        )
        seconds = CounterMetricFamily("claude_cluster_task_seconds", "Seconds of ended tasks by part", labels=("part",))
        for part in ("model", "tests", "overhead"):
            seconds.add_metric((part,), getattr(now, f"{part}_s"))
        yield seconds

    def _steps(self) -> Metric:
        took = HistogramMetricFamily("claude_cluster_step_duration_seconds", "Finished steps by name", labels=("step",))
        for one in self._figures.steps:
            sums = list(accumulate(one.counts))
            buckets = [(str(bound).replace("inf", "+Inf"), n) for bound, n in zip(STEP_BOUNDS_S, sums, strict=True)]
            took.add_metric((one.step,), buckets, sum_value=one.seconds)
        return took

    def _places(self) -> Iterator[Metric]:
        now = datetime.now(UTC)
        states = GaugeMetricFamily("claude_cluster_nodes", "Nodes by state", labels=("state",))
        for state in ("online", "draining", "lost"):
            states.add_metric((state,), sum(one.state(now) == state for one in self._nodes))
        yield states
        up = GaugeMetricFamily("claude_cluster_node_up", "Whether a node gives signs of life", labels=("node",))
        slots = GaugeMetricFamily("claude_cluster_node_slots", "Slots of a node by use", labels=("node", "use"))
        for one in self._nodes:
            up.add_metric((one.card.id,), int(one.lives(now)))
            slots.add_metric((one.card.id, "running"), one.running)
            slots.add_metric((one.card.id, "all"), one.card.max_tasks)
        yield up
        yield slots
