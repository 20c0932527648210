"""A life of the product that ends at the n-th point at which it waits for the store or for Telegram.

Everything real but the process around it: intake, units, delivery, carrier, on a store that stays. Only one thing is
waited for at a time, so that the n-th point of a step is the same one in every run.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from unittest.mock import Mock

import aiohttp
import orjson
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bot.domain.policy import Policy
from bot.domain.working_time import WorkingHours
from bot.runtime.clocks import FileClock
from bot.runtime.delivery import LONGEST_NAP_SECONDS
from bot.storage.store import Store, open_store
from bot.storage.store.base import P, R, Unit
from integrations.telegram.client import TelegramClient, Upload, _result
from integrations.telegram.introduction import Profile
from integrations.telegram.polling import Polling
from integrations.telegram.sandbox.sandbox import Sandbox
from integrations.telegram.sandbox.updates import Update
from integrations.telegram.webhook import PATH, SECRET_HEADER, webhook_handler
from scheduler.digest import DigestJob
from scheduler.watch import WatchJob
from tests.integrations.telegram.office import put_together

T = TypeVar("T")

PATIENCE_SECONDS = 60.0
SECRET = "journey-secret"


@dataclass
class Mortality:
    """Counts the points of a step, and ends the life at the last of them."""

    last: int | None = None
    points: int = 0
    ended_at: str = ""
    died: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def begin(self, last: int | None) -> None:
        self.points, self.last = 0, last

    async def through(self, what: str, effect: Callable[[], Awaitable[T]]) -> T:
        """One effect on what stays, between two points at which the process may die."""
        async with self._turn:
            await self._point(f"before {what}")
            result = await effect()
            await self._point(f"after {what}")
            return result

    async def _point(self, where: str) -> None:
        """As in a kill nothing is raised: nobody goes on from here."""
        self.points += 1
        if self.points == self.last:
            self.ended_at = where
            self.died.set()
        if self.died.is_set():
            await asyncio.Future()


class MortalStore:
    def __init__(self, store: Store, mortality: Mortality) -> None:
        self._store, self._mortality = store, mortality
        self.url, self.committed, self.trouble = store.url, store.committed, store.trouble

    async def write(self, unit: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._mortality.through(
            f"the write of {_name(unit)}", lambda: self._store.write(unit, *args, **kwargs)
        )

    async def write_first(self, unit: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._mortality.through(
            f"the write of {_name(unit)}", lambda: self._store.write_first(unit, *args, **kwargs)
        )

    async def read(self, query: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._mortality.through(
            f"the read of {_name(query)}", lambda: self._store.read(query, *args, **kwargs)
        )

    async def look(self, query: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._mortality.through(
            f"the look of {_name(query)}", lambda: self._store.look(query, *args, **kwargs)
        )

    async def close(self) -> None:
        await self._store.close()


class MortalClient(TelegramClient):
    """Calls the sandbox without a network between; a long poll that brings nothing waits for `news`."""

    def __init__(self, sandbox: Sandbox, mortality: Mortality) -> None:
        super().__init__(sandbox.token, "")
        self._sandbox, self._mortality = sandbox, mortality
        self.news, self.idle = asyncio.Event(), asyncio.Event()

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        files: Mapping[str, Upload] | None = None,
        *,
        patience: float | None = None,
    ) -> Any:
        assert not files, "this story sends none"
        raw = orjson.loads(orjson.dumps({**(params or {}), "timeout": 0} if method == "getUpdates" else params or {}))
        while True:
            status, body = await self._mortality.through(method, lambda: self._sandbox.answer(method, raw, {}))
            self._sandbox.record(method, raw, {}, status, body)
            if method != "getUpdates" or body.get("result"):
                return _result(method, status, orjson.dumps(body))
            self.news.clear()
            self.idle.set()
            await self.news.wait()
            self.idle.clear()


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Wire:
    """Between the sandbox's webhook sender, whose order and retries are the real ones, and the handler of a life.

    It outlasts the lives. Whoever died in the middle of an update has not answered; the sender comes again with it.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._updates = sandbox.updates
        self._open, self.idle = asyncio.Event(), asyncio.Event()
        self._handler: Handler | None = None
        self._under_way: set[asyncio.Future[web.StreamResponse]] = set()
        self._taken: set[int] = set()
        sandbox.sender._post = self._post  # type: ignore[assignment, method-assign]

    def open(self, handler: Handler) -> None:
        self._handler = handler
        self._open.set()
        self._look()

    def shut(self) -> None:
        """Nothing is under way any more."""
        self._open.clear()
        for handling in self._under_way:
            handling.cancel()

    def _look(self) -> None:
        waiting = any(update not in self._taken for update in self._updates.pending)
        self.idle.clear() if waiting else self.idle.set()

    async def _post(self, _webhook: object, _http: object, update: Update) -> tuple[bool, float | None]:
        """Whether it was taken, and how long the sender shall wait if not: until somebody lives again."""
        await self._open.wait()
        self.idle.clear()
        assert self._handler is not None
        handling = asyncio.ensure_future(self._handler(_request(update.body)))
        self._under_way.add(handling)
        await asyncio.wait({handling})
        self._under_way.discard(handling)
        if handling.cancelled():
            return False, 0.0
        assert handling.result().status == 200, handling.result().status
        self._taken.add(update.id)
        self._look()
        return True, None


def _request(body: bytes) -> web.Request:
    content = aiohttp.StreamReader(Mock(_reading_paused=False), len(body), loop=asyncio.get_running_loop())
    content.feed_data(body)
    content.feed_eof()
    headers = {SECRET_HEADER: SECRET, "Content-Length": str(len(body))}
    return make_mocked_request("POST", PATH, headers=headers, payload=content)


class Life:
    """Its updates come over the wire; without one it polls."""

    def __init__(
        self,
        sandbox: Sandbox,
        store: Store,
        clock: FileClock,
        policy: Policy,
        hours: WorkingHours,
        profile: Profile,
        wire: Wire | None,
    ) -> None:
        self.mortality = Mortality()
        self._sandbox, self._clock = sandbox, clock
        self._store = MortalStore(store, self.mortality)
        self._client = MortalClient(sandbox, self.mortality)
        intake, self._delivery = put_together(self._store, self._client, clock, policy, profile)
        self._delivery._counted_at = float("inf")  # counted each second of real time: no step would be like another
        self._wire = wire
        self._idle = self._client.idle if wire is None else wire.idle
        self._handler = webhook_handler(SECRET, profile.bot_id, intake.take)
        polling = Polling(self._client, profile.bot_id, intake.take)
        self._polling = {asyncio.create_task(polling.run())} if wire is None else set()
        self._jobs: list[Callable[[], Awaitable[object]]] = [
            DigestJob(self._store, clock, hours, "09:00").run,
            WatchJob(self._store, clock, policy).run,
            intake.retry_due,
        ]
        self._remembers = False

    async def until_rest(self, last: int | None) -> bool:
        """Everything received is stored and everything promised is sent; False when it dies at point `last` before."""
        self.mortality.begin(last)
        self._receive()
        resting = asyncio.create_task(self._rest())
        dying = asyncio.create_task(self.mortality.died.wait())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.wait({resting, dying, *self._polling}, return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if resting.done():
            resting.result()
            if self._wire is not None:
                self._wire.shut()
            return True
        await self._end([resting])
        return False

    def _receive(self) -> None:
        if self._wire is not None:
            self._wire.open(self._handler)
        else:
            self._client.idle.clear()
            self._client.news.set()

    async def close(self) -> None:
        await self._end([])

    async def _end(self, more: list["asyncio.Task[None]"]) -> None:
        self.mortality.died.set()
        if self._wire is not None:
            self._wire.shut()
        tasks = [*more, *self._polling, *self._delivery._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _rest(self) -> None:
        if not self._remembers:
            await self._delivery._remember()
            self._remembers = True
        timely = False
        while True:
            nap = await self._delivery._start_what_may_go()
            if tasks := list(self._delivery._tasks.values()):
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            elif not await self._is_idle():
                continue
            elif not timely:
                for job in self._jobs:
                    await job()
                timely = True
            elif nap < LONGEST_NAP_SECONDS:
                self._sandbox.clock.advance(nap)
            elif not self._store.committed.is_set():
                return

    async def _is_idle(self) -> bool:
        """Nothing more comes in, and nothing was committed since the outbox was looked at."""
        waits = [asyncio.create_task(event.wait()) for event in (self._store.committed, self._idle)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return not self._store.committed.is_set()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = open_store(url)
    try:
        yield store
    finally:
        await store.close()


def _name(unit: Any) -> str:
    return getattr(unit, "__name__", "a unit")
