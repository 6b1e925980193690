"""Transcripts and snapshots leave the machine while the work goes on, so that another one can go on with it."""

import asyncio
import logging
import time
from dataclasses import dataclass, field

from domain.errors import BadWork, ClusterError
from domain.ports import Checkpoints, Parcels
from domain.transcript import RoundKey, Transcript
from domain.workspace import Workspace
from tasks.blocks import outside

_STEPS, _SECONDS = 10, 60.0
_log = logging.getLogger(__name__)


@dataclass
class ShippedCheckpoints:
    """The port `Checkpoints`: this machine's, and every 10 steps or 60 s and at the end a copy at the coordinator.

    A step never waits for the copy; the end of a round does.
    """

    here: Checkpoints
    there: Checkpoints
    parcels: Parcels
    workspace: Workspace
    _shipped: dict[RoundKey, tuple[int, float]] = field(default_factory=dict)
    _under_way: "asyncio.Task[None] | None" = None

    async def load(self, key: RoundKey) -> Transcript | None:
        """The newer of the two; one that comes from there brings its files."""
        ours, theirs = await self.here.load(key), await self.there.load(key)
        if theirs is None or (ours is not None and _age(ours) >= _age(theirs)):
            return ours
        if data := await self.there.files(key):
            try:
                await self.parcels.unpack(self.workspace, data)
            except BadWork as damaged:
                _log.warning("snapshot refused task=%s reason=%s", key.task_id, damaged)
        await self.here.save(key, theirs)
        return theirs

    async def save(self, key: RoundKey, transcript: Transcript) -> None:
        """Store it here; it goes there now and then, and in any case when the round has stopped."""
        await self.here.save(key, transcript)
        steps, at = self._shipped.setdefault(key, (0, time.monotonic()))
        if transcript.stop is not None:
            await self._ended()
            await self._ship(key, transcript)
            return
        due = transcript.steps - steps >= _STEPS or time.monotonic() - at >= _SECONDS
        if due and (self._under_way is None or self._under_way.done()):
            self._shipped[key] = (transcript.steps, time.monotonic())
            self._under_way = asyncio.create_task(self._ship(key, transcript))

    async def forget(self, task_id: str) -> None:
        """Remove all rounds of a case, here and there."""
        await self.here.forget(task_id)
        await self.there.forget(task_id)

    async def keep_files(self, key: RoundKey, data: bytes) -> None:
        """Store a pack of files here."""
        await self.here.keep_files(key, data)

    async def files(self, key: RoundKey) -> bytes | None:
        """The pack of files that is here."""
        return await self.here.files(key)

    async def _ship(self, key: RoundKey, transcript: Transcript) -> None:
        """The files first: a transcript whose files are missing would be gone on with on the wrong ones."""
        try:
            if transcript.tree and (data := await self.parcels.pack(self.workspace, transcript.tree)):
                await self.there.keep_files(key, data)
            await self.there.save(key, transcript)
        except ClusterError as error:
            _log.warning("checkpoint not sent task=%s reason=%s", key.task_id, error)

    async def _ended(self) -> None:
        if self._under_way is not None:
            await self._under_way


async def checkpoints_of(workspace: Workspace) -> Checkpoints:
    """Where a round's transcripts go: this machine's disk, and on a node the coordinator too."""
    desk = await outside()
    if desk.depot is None:
        return desk.checkpoints
    return ShippedCheckpoints(desk.checkpoints, desk.depot, desk.parcels, workspace)


def _age(transcript: Transcript) -> tuple[int, bool, int]:
    return transcript.steps, transcript.stop is not None, len(transcript.messages)
