"""What one can make happen by a button, and how it goes on: told as figures, the page has the words."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.crowd import SIZE, Crowd
from bot.demo.keeper import BotKeeper
from bot.demo.progress import arrived, newest_lead, now_begins, progress
from bot.demo.words import Words
from bot.domain.working_time import WorkingHours
from bot.storage.store import Store
from integrations.telegram.sandbox.client import SandboxClient

DOWN_SECONDS = 60.0
PATIENCE_SECONDS = 300.0
LOOK_SECONDS = 0.25
MORNING = timedelta(hours=9, seconds=5)

Told = dict[str, Any]


class Troubles:
    """One at a time; `told` is what the page shows of the last one."""

    def __init__(
        self, sandbox: SandboxClient, keeper: BotKeeper, store: Store, crowd: Crowd, words: Words, hours: WorkingHours
    ) -> None:
        self._sandbox, self._keeper, self._store, self._crowd = sandbox, keeper, store, crowd
        self._words, self._hours = words, hours
        self._going: asyncio.Task[None] | None = None
        self.told: Told | None = None
        self._all: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "crowd": self._come,
            "morning": self._next_morning,
            "down": self._telegram_down,
            "kill": self._kill,
        }

    def begin(self, name: str) -> bool:
        """False when there is no such trouble, or another one is still going on."""
        if name not in self._all or (self._going is not None and not self._going.done()):
            return False
        self.told = {"name": name, "done": False}
        self._going = asyncio.create_task(self._tell(name))
        return True

    async def end(self) -> None:
        """Telegram comes back at once."""
        await self._sandbox.clear_faults()

    async def close(self) -> None:
        if self._going is not None:
            self._going.cancel()
            await asyncio.gather(self._going, return_exceptions=True)

    async def _tell(self, name: str) -> None:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._all[name]()
            self._say(done=True, seconds=round(time.monotonic() - begun, 1))
        except Exception as error:
            self._say(done=True, failed=str(error) or type(error).__name__)

    def _say(self, **more: Any) -> None:
        self.told = {**(self.told or {}), **more}

    async def _until_arrived(self, after: int, count: int, **told: Callable[[], Any]) -> None:
        """Until the team sees so many new leads."""
        seen = 0
        while seen < count:
            _leads, seen = await self._store.read(arrived, after)
            self._say(arrived=seen, **{name: figure() for name, figure in told.items()})
            await asyncio.sleep(LOOK_SECONDS)

    async def _come(self) -> None:
        before = await self._store.read(newest_lead)
        self._crowd.sent = 0
        coming = asyncio.create_task(self._crowd.come())
        await self._until_arrived(before, SIZE, sent=lambda: self._crowd.sent)
        await coming
        self._say(refused=sum((await self._sandbox.limits())["refused"].values()))

    async def _next_morning(self) -> None:
        since = await self._store.read(now_begins)
        zone = ZoneInfo(self._hours.zone)
        now = datetime.fromtimestamp(await self._sandbox.now(), zone)
        day = now.date() + timedelta(days=1)
        while not self._hours.is_working_day(day):
            day += timedelta(days=1)
        morning = datetime.combine(day, datetime.min.time(), zone) + MORNING
        await self._sandbox.advance((morning - now).total_seconds())
        while not (await self._store.read(progress, since))["steps"][5]:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(LOOK_SECONDS)

    async def _telegram_down(self) -> None:
        """Somebody writes on the site meanwhile: the bot takes it, and it waits for the way out."""
        await self._sandbox.down(DOWN_SECONDS)
        back, before = time.monotonic() + DOWN_SECONDS, await self._store.read(newest_lead)
        await self._crowd.one_comes(self._words.while_away, self._words.while_away_says)
        await self._until_arrived(
            before,
            1,
            left=lambda: max(0, round(back - time.monotonic())),
            waiting=lambda: self._keeper.waiting,
        )

    async def _kill(self) -> None:
        """While the bot lies there, a customer writes in Telegram."""
        before, starts = await self._store.read(newest_lead), self._keeper.starts
        self._keeper.kill()
        person = await self._sandbox.create(*self._words.while_away)
        await self._sandbox.send(person, person, self._words.while_away_says)
        while self._keeper.starts == starts or not self._keeper.is_ready:
            self._say(away=round(self._keeper.seconds_away, 1))
            await asyncio.sleep(LOOK_SECONDS)
        self._say(away=0)
        await self._until_arrived(before, 1)
