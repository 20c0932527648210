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
    """`may_begin` says whether this process still leads: Telegram suffers one poll at a time."""

    def __init__(
        self,
        client: TelegramClient,
        bot_id: int,
        take: Callable[[RawEvent], Awaitable[object]],
        may_begin: Callable[[], bool] = lambda: True,
    ) -> None:
        self._client, self._bot_id, self._take, self._may_begin = client, bot_id, take, may_begin
        self._failures = 0
        self.trouble: str | None = None
        """Why nothing comes in, in a few words; None when all is well."""

    async def run(self) -> None:
        """Until cancelled. What was fetched and not yet committed is delivered again by Telegram."""
        offset = 0
        while True:
            if not self._may_begin():
                await asyncio.sleep(FIRST_PAUSE_SECONDS)
                continue
            try:
                updates = await self._fetch(offset)
                committed = await self._take_all(updates)
                offset = max([offset, *(update["update_id"] + 1 for update in committed)])
                if len(committed) < len(updates):
                    raise StoreUnavailableError
            except Exception as error:
                await self._pause(error)
                continue
            self._failures, self.trouble = 0, None

    async def _take_all(self, updates: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The updates, in their order, up to the first one that could not be stored."""
        events = [telegram_event(update, self._bot_id) for update in updates]
        outcomes = await asyncio.gather(*(self._take(event) for event in events), return_exceptions=True)
        committed = []
        for update, outcome in zip(updates, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                if not isinstance(outcome, StoreUnavailableError):
                    log.error("polling.not_taken", error=type(outcome).__name__, exc_info=outcome)
                break
            committed.append(update)
        return committed

    async def _fetch(self, offset: int) -> list[dict[str, Any]]:
        asked = {"offset": offset, "limit": BATCH, "timeout": POLL_SECONDS, "allowed_updates": ALLOWED_UPDATES}
        updates: list[dict[str, Any]] = await self._client.call("getUpdates", asked, patience=POLL_SECONDS + 15)
        return updates

    async def _pause(self, error: Exception) -> None:
        """A webhook that is still set keeps polling out: it is taken away; everything else is waited for."""
        self._failures += 1
        self.trouble = _in_words(error)
        log.warning("polling.trouble", trouble=self.trouble, failures=self._failures)
        if isinstance(error, TelegramError) and "webhook is active" in error.description:
            try:
                await self._client.call("deleteWebhook")
            except (TelegramError, TelegramUnreachableError) as still:
                log.warning("polling.webhook_stays", reason=str(still))
            else:
                return
        wanted = error.retry_after if isinstance(error, TelegramError) else None
        backoff = min(FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures - 1, 10), LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(wanted or backoff)


def _in_words(error: Exception) -> str:
    """Of an error that is none of ours only its kind: the text may quote a customer."""
    if isinstance(error, (TelegramError, TelegramUnreachableError, StoreUnavailableError)):
        return str(error)
    return type(error).__name__
