"""The ledger's ports in memory, for the agent loop."""

from domain.transcript import RoundKey, Transcript


class MemoryBudget:
    """Reservations against one cap; `booked` is what was settled."""

    def __init__(self) -> None:
        self.booked: list[float] = []
        self.open: dict[str, float] = {}
        self.spent_by_others = 0.0

    async def reserve(self, task_id: str, usd: float, run_cap: float, daily_cap: float) -> str | None:
        """None if it does not fit."""
        if usd > await self.left(task_id, run_cap, daily_cap):
            return None
        name = f"r{len(self.booked) + len(self.open)}"
        self.open[name] = usd
        return name

    async def settle(self, reservation: str, usd: float) -> None:
        """Book it."""
        del self.open[reservation]
        self.booked.append(usd)

    async def left(self, task_id: str, run_cap: float, daily_cap: float) -> float:
        """What is free under both caps."""
        taken = sum(self.booked) + sum(self.open.values())
        return min(run_cap - taken, daily_cap - taken - self.spent_by_others)


class MemoryCheckpoints:
    """Transcripts as JSON, as a real store has them."""

    def __init__(self) -> None:
        self.stored: dict[RoundKey, str] = {}
        self.saves = 0

    async def load(self, key: RoundKey) -> Transcript | None:
        """Read one."""
        return Transcript.model_validate_json(self.stored[key]) if key in self.stored else None

    async def save(self, key: RoundKey, transcript: Transcript) -> None:
        """Write one."""
        self.saves += 1
        self.stored[key] = transcript.model_dump_json()

    async def forget(self, task_id: str) -> None:
        """Not the loop's business."""
        raise AssertionError("the loop forgets nothing")
