"""Posts the digests that are due, and the pictures that follow them."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import structlog

from bot.domain.kpi import Period
from bot.domain.working_time import WorkingHours
from bot.drawing import Picture
from bot.locales import Texts
from bot.ports import Clock
from bot.storage.store import Store
from bot.use_cases.build_digest import pictures_to_draw, post_due_digests, post_picture, trend_until
from integrations.telegram.digest_picture import picture_of

log = structlog.get_logger(__name__)


class DigestJob:
    def __init__(self, store: Store, clock: Clock, hours: WorkingHours, digest_time: str) -> None:
        self._store, self._clock, self._hours, self._digest_time = store, clock, hours, digest_time

    async def run(self) -> None:
        await self._store.write(post_due_digests, self._hours, self._digest_time, self._clock.now())


class PictureJob:
    """Draws while nothing waits for it: a digest whose picture fails, or takes too long, goes without."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        hours: WorkingHours,
        texts: Texts,
        draw: Callable[[Picture], Awaitable[bytes]],
    ) -> None:
        self._store, self._clock, self._hours, self._texts, self._draw = store, clock, hours, texts, draw

    async def run(self) -> None:
        drawn: dict[date, bytes | None] = {}
        for wanted in await self._store.read(pictures_to_draw, self._hours, self._clock.now()):
            if wanted.end not in drawn:
                drawn[wanted.end] = await self._picture_until(wanted.end)
            now = self._clock.now()
            await self._store.write(post_picture, wanted.digest_id, drawn[wanted.end], self._hours.zone, now)

    async def _picture_until(self, end: date) -> bytes | None:
        trend = await self._store.read(trend_until, Period.between(end - timedelta(days=1), end, self._hours.zone))
        try:
            return await self._draw(picture_of(trend, self._texts, self._hours, self._clock.now()))
        except Exception as error:  # whatever it is, tried again at every tick it would not be better
            log.warning("digest.no_picture", error=str(error) or type(error).__name__)
            return None
