"""The model, asked only while the issue is ours."""

from dataclasses import dataclass

from domain.conversation import Query, Reply
from domain.ports import Model
from tasks.claim import prove


@dataclass(frozen=True)
class HeldModel:
    """The port `Model` of a case: a process that slept through its lease finds out before it pays for anything."""

    model: Model
    task_id: str

    async def ask(self, query: Query) -> Reply:
        """One call. Raises `ClaimLost`, and what the model raises."""
        await prove(self.task_id)
        return await self.model.ask(query)

    def worst_case_usd(self, query: Query) -> float:
        """The model's own figure."""
        return self.model.worst_case_usd(query)

    def output_price_usd(self, model: str) -> float:
        """The model's own figure."""
        return self.model.output_price_usd(model)
