"""Carries answers to the windows: kept for the visitor first, then his open windows are woken."""

from datetime import timedelta

import structlog

from bot.domain.errors import LeadershipLostError
from bot.domain.policy import Policy
from bot.locales import Texts
from bot.ports import Budget, Clock, OutboxItem, Outcome, Settled
from bot.storage.outbox import again, finish
from bot.storage.store import Store
from bot.use_cases.show_in_window import show_in_window
from integrations.webchat.hub import Hub
from integrations.webchat.words import CHANNEL

log = structlog.get_logger(__name__)

MOST_STUMBLES = 8


class WindowCarrier:
    name = CHANNEL

    def __init__(self, store: Store, hub: Hub, texts: Texts, policy: Policy, clock: Clock) -> None:
        self._store, self._hub, self._texts, self._policy, self._clock = store, hub, texts, policy, clock

    def budgets(self, destination: str) -> tuple[Budget, ...]:  # noqa: ARG002
        return ()

    async def carry(self, item: OutboxItem, room: int) -> Outcome:  # noqa: ARG002
        now = self._clock.now()
        try:
            await self._store.write(show_in_window, item, self._texts, self._policy, now)
        except LeadershipLostError:
            raise
        except Exception as error:
            log.exception("window.stumbled", kind=item.kind, item=item.id, exc_info=error)
            if item.attempts < MOST_STUMBLES:
                await self._store.write(again, item, at=now + timedelta(seconds=2**item.attempts))
            else:
                await self._store.write(finish, item, now, calls=0, error=type(error).__name__)
        self._hub.wake(item.destination.partition(":")[2])
        return Settled()
