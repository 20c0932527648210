"""The way from a window into our Telegram: a link for one visitor alone."""

import time
from collections.abc import Callable
from typing import Any

from bot.ports import Clock
from bot.storage.store import Store, Tx
from bot.use_cases.follow_pass import give_pass
from integrations.gate import Pace
from integrations.page.trail import read_trail
from integrations.webchat.words import CHANNEL

LINKS_A_MINUTE = 6


class Onward:
    """`bot` finds the name of our bot, once Telegram has told it."""

    def __init__(self, store: Store, bot: Callable[[Tx], str | None], clock: Clock) -> None:
        self._store, self._bot, self._clock = store, bot, clock
        self._pace, self._name = Pace(LINKS_A_MINUTE, time.monotonic), ""

    async def is_open(self) -> bool:
        if not self._name:
            self._name = await self._store.read(lambda tx: self._bot(tx) or "")
        return bool(self._name)

    async def link(self, visitor: str, came: Any) -> str | None:
        """None when he has asked too often. `came` is his way to us, as his browser tells it."""
        if not await self.is_open() or self._pace.wait(visitor):
            return None
        now = self._clock.now()
        code = await self._store.write(give_pass, CHANNEL, visitor, read_trail(came, now), now)
        return f"https://t.me/{self._name}?start={code}"
