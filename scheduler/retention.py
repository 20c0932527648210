"""Forgets whom nobody has had to do with for as long as the firm keeps personal data, some at every tick."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.ports import Clock
from bot.storage.store import Store
from bot.use_cases.forget_contact import forget_all, silent_contacts

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 200
"""The rest has its turn at the next tick."""


class RetentionJob:
    """`believed` says who was silent for how long, and is no clock that anybody could set: who is forgotten is gone."""

    def __init__(self, store: Store, clock: Clock, believed: Callable[[], datetime], days: int | None) -> None:
        self._store, self._clock, self._believed, self._days = store, clock, believed, days

    async def run(self) -> None:
        if self._days is None:
            return
        since = self._believed() - timedelta(days=self._days)
        found = await self._store.read(silent_contacts, since, MOST_AT_ONCE)
        await forget_all(self._store, found, self._clock.now())
        if found:
            log.info("retention.forgot", contacts=len(found))
