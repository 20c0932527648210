"""Long polling that confirms an update only when it is committed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.domain.errors import StoreUnavailableError
from bot.ports import RawEvent
from integrations.telegram.client import TelegramClient, TelegramError, TelegramUnreachableError
from integrations.telegram.reception import ALLOWED_UPDATES, telegram_event

log = structlog.get_logger(__name__)

POLL_SECONDS = 30
BATCH = 100
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0


class Polling:
    def __init__(self, client: TelegramClient, bot_id: int, take: Callable[[RawEvent], Awaitable[None]]) -> None:
        self._client, self._bot_id, self._take = client, bot_id, take
        self._failures = 0
        self.trouble: str | None = None
        """Why nothing comes in, in a few words; None when all is well."""

    async def run(self) -> None:
        """Until cancelled. What was fetched and not yet committed is delivered again by Telegram."""
        offset = 0
        while True:
            try:
                updates = await self._fetch(offset)
                await asyncio.gather(*(self._take(telegram_event(update, self._bot_id)) for update in updates))
            except (TelegramError, TelegramUnreachableError, StoreUnavailableError) as error:
                await self._pause(error)
                continue
            self._failures, self.trouble = 0, None
            if updates:
                offset = max(update["update_id"] for update in updates) + 1

    async def _fetch(self, offset: int) -> list[dict[str, Any]]:
        asked = {"offset": offset, "limit": BATCH, "timeout": POLL_SECONDS, "allowed_updates": ALLOWED_UPDATES}
        updates: list[dict[str, Any]] = await self._client.call("getUpdates", asked, patience=POLL_SECONDS + 15)
        return updates

    async def _pause(self, error: Exception) -> None:
        """A webhook that is still set keeps polling out: it is taken away; everything else is waited for."""
        self._failures += 1
        self.trouble = str(error) or type(error).__name__
        log.warning("polling.trouble", trouble=self.trouble, failures=self._failures)
        if isinstance(error, TelegramError) and "webhook is active" in error.description:
            await self._client.call("deleteWebhook")
            return
        wanted = error.retry_after if isinstance(error, TelegramError) else None
        backoff = min(FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures - 1, 10), LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(wanted or backoff)
