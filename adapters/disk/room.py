"""No answer is paid for that could not be written down."""

import shutil
from pathlib import Path

from domain.conversation import Query, Reply
from domain.errors import DiskFull
from domain.ports import Model

LEAST = 32_000_000  # bytes; an answer, what its edits change, and the ledger's next rows


class ModelWithRoom:
    """The port `Model` around another one: it is asked only while there is room on the disk of `folder`."""

    def __init__(self, model: Model, folder: Path, least: int = LEAST) -> None:
        self._model = model
        self._folder = folder
        self._least = least

    async def ask(self, query: Query) -> Reply:
        """One call. Raises `DiskFull` before anything is asked, and what the other raises."""
        free = shutil.disk_usage(self._folder).free
        if free < self._least:
            raise DiskFull(f"the disk of {self._folder} is full ({free // 1_000_000} MB are free)")
        return await self._model.ask(query)

    def worst_case_usd(self, query: Query) -> float:
        """As the other's."""
        return self._model.worst_case_usd(query)

    def output_price_usd(self, model: str) -> float:
        """As the other's."""
        return self._model.output_price_usd(model)
