"""The long poll: one at a time, and a newer one ends the older."""

import asyncio

from integrations.telegram.sandbox.changes import Changes
from integrations.telegram.sandbox.errors import ApiError, conflict
from integrations.telegram.sandbox.updates import Update, UpdateQueue

SECOND_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"


class Poller:
    def __init__(self, updates: UpdateQueue) -> None:
        self._updates = updates
        self.waits = Changes()
        self._waiting: asyncio.Future[None] | None = None

    def end(self, reason: str) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(conflict(reason))

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Update]:
        self.end(SECOND_POLLER)
        batch = self._updates.fetch(offset, limit)
        if batch or seconds <= 0:
            return batch
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting = ended
        self.waits.touch()
        seen = self._updates.arrivals.version
        arrival: asyncio.Future[int] = asyncio.ensure_future(self._updates.arrivals.wait(seen, seconds))
        try:
            await asyncio.wait((arrival, ended), return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                error = ended.exception()
                raise error if error is not None else ApiError(500, "Internal Server Error")
            return self._updates.fetch(max(offset, 0), limit)
        finally:
            arrival.cancel()
            if self._waiting is ended:
                self._waiting = None
