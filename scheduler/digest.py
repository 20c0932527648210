"""Posts the digests that are due."""

from bot.domain.working_time import WorkingHours
from bot.ports import Clock
from bot.storage.store import Store
from bot.use_cases.build_digest import post_due_digests


class DigestJob:
    def __init__(self, store: Store, clock: Clock, hours: WorkingHours, digest_time: str) -> None:
        self._store, self._clock, self._hours, self._digest_time = store, clock, hours, digest_time

    async def run(self) -> None:
        await self._store.write(post_due_digests, self._hours, self._digest_time, self._clock.now())
