"""Forgets whom nobody has had to do with for as long as the firm keeps personal data, some at every tick."""

from datetime import timedelta

import structlog

from bot.ports import Clock
from bot.storage.store import Store
from bot.use_cases.forget_contact import forget_all, silent_contacts

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 200
"""The rest has its turn at the next tick."""


class RetentionJob:
    def __init__(self, store: Store, clock: Clock, days: int | None) -> None:
        self._store, self._clock, self._days = store, clock, days

    async def run(self) -> None:
        if self._days is None:
            return
        now = self._clock.now()
        found = await self._store.read(silent_contacts, now - timedelta(days=self._days), MOST_AT_ONCE)
        await forget_all(self._store, found, now)
        if found:
            log.info("retention.forgot", contacts=len(found))
