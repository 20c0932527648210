"""Meets the deadlines that are due, each by itself: one that cannot be met holds up no other. Absences end here."""

from datetime import timedelta

import structlog

from bot.domain.policy import Policy
from bot.ports import Clock
from bot.storage.deadlines import due_deadlines, postpone_deadline
from bot.storage.store import Store
from bot.use_cases.be_away import end_absence, returned
from bot.use_cases.meet_deadline import meet_deadline

log = structlog.get_logger(__name__)

TRIED_AGAIN_AFTER = timedelta(minutes=5)


class WatchJob:
    def __init__(self, store: Store, clock: Clock, policy: Policy) -> None:
        self._store, self._clock, self._policy = store, clock, policy

    async def run(self) -> None:
        now = self._clock.now()
        for deadline_id in await self._store.read(due_deadlines, now):
            try:
                await self._store.write(meet_deadline, deadline_id, self._policy, now)
            except Exception:
                log.exception("deadline.failed", deadline=deadline_id)
                await self._store.write(postpone_deadline, deadline_id, now + TRIED_AGAIN_AFTER)
        for teammate_id in await self._store.read(returned, now):
            try:
                await self._store.write(end_absence, teammate_id, now)
            except Exception:
                log.exception("absence.failed", teammate=teammate_id)
