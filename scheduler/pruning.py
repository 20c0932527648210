"""Forgets what is done and old: raw events, outward acts, questions that nobody answered. In short steps."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.storage.intake import forget_events
from bot.storage.outbox import forget_items
from bot.storage.passes import forget_passes
from bot.storage.prompts import forget_prompts
from bot.storage.store import Store
from bot.storage.uploads import forget_uploads

RAW_EVENTS_KEPT = timedelta(days=14)
"""Longer than any platform redelivers; a redelivery after it would be taken for new."""

FINISHED_ITEMS_KEPT = timedelta(days=14)
UNANSWERED_KEPT = timedelta(days=14)
"""Questions that have expired: until then the message that asks can still be taken away."""

UNSAID_KEPT = timedelta(days=1)
"""Files that a visitor has attached, and then sent no message with them."""

UPLOADS_KEPT = timedelta(days=90)
"""After that they are where all others are: at Telegram."""


class PruningJob:
    """`believed` says how late it is, and is no clock that anybody could set: what is forgotten is gone."""

    def __init__(self, store: Store, believed: Callable[[], datetime]) -> None:
        self._store, self._believed = store, believed

    async def run(self) -> None:
        now = self._believed()
        while await self._store.write(forget_events, now - RAW_EVENTS_KEPT):
            pass
        while await self._store.write(forget_items, now - FINISHED_ITEMS_KEPT):
            pass
        while await self._store.write(forget_prompts, now - UNANSWERED_KEPT):
            pass
        while await self._store.write(forget_uploads, unsaid_before=now - UNSAID_KEPT, before=now - UPLOADS_KEPT):
            pass
        await self._store.write(forget_passes, now)
