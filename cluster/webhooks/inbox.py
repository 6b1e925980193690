"""Between requests and the ledger: deliveries that come in together are stored in one transaction."""

import asyncio
from collections.abc import Callable

from domain.delivery import Delivery
from domain.ports import Deliveries

_MOST = 200


class Inbox:
    """`arrived` is called after something new was stored."""

    def __init__(self, deliveries: Deliveries, arrived: Callable[[], None]) -> None:
        self._deliveries = deliveries
        self._arrived = arrived
        self._waiting: list[tuple[Delivery, asyncio.Future[bool]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def put(self, delivery: Delivery) -> bool:
        """Store it durably; whether it is new. A caller that gives up does not undo it. Raises as the port does."""
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await stored

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            try:
                new = await self._deliveries.receive(tuple(delivery for delivery, _ in batch))
            except BaseException as error:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_exception(error)
                if not isinstance(error, Exception):
                    raise
                continue
            for (_, stored), is_new in zip(batch, new, strict=True):
                if not stored.done():
                    stored.set_result(is_new)
            if any(new):
                self._arrived()
