"""Figures of the whole cluster, counted in the ledger."""

from domain.frozen import Frozen


class Count(Frozen):
    """How many tasks have a status; `specialty` is empty where none is chosen yet."""

    status: str
    specialty: str
    tasks: int


class Worth(Frozen):
    """What one specialist, model or repository has cost and brought; money in US dollars."""

    specialist: str
    model: str
    repo: str
    ended: int
    pull_requests: int
    merged: int
    closed: int
    first_pass: int
    cost_usd: float


class Figures(Frozen):
    """Sums over all tasks: tokens, US dollars, seconds; `oldest_s` is the age of the oldest queued task."""

    counts: tuple[Count, ...] = ()
    oldest_s: float = 0.0
    cost_usd: float = 0.0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    model_s: float = 0.0
    tests_s: float = 0.0
    overhead_s: float = 0.0

    @property
    def cache_share(self) -> float:
        """How much of what was read came from the cache, 0 to 1."""
        read = self.input_tokens + self.cache_read_tokens + self.cache_write_tokens
        return self.cache_read_tokens / read if read else 0.0
