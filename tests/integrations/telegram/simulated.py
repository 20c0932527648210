"""Minutes of Telegram's traffic in seconds: real units and real delivery, a clock that jumps, the sandbox's limits."""

import asyncio
import heapq
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from bot.locales import Texts
from bot.runtime.budgets import Ledger
from bot.runtime.delivery import Delivery
from bot.storage.store import Store
from integrations.telegram.carrier import TelegramCarrier
from integrations.telegram.client import TelegramClient, TelegramError
from integrations.telegram.errands import all_errands
from integrations.telegram.errands.base import Surroundings
from integrations.telegram.rates import Rates
from integrations.telegram.sandbox import limits
from integrations.telegram.sandbox.clock import Clock
from integrations.telegram.sandbox.errors import ApiError
from tests.conftest import MovableClock
from tests.use_cases.house import POLICY

LATENCY = timedelta(milliseconds=80)
PATIENCE_SECONDS = 60.0

Deed = Callable[[], Coroutine[Any, Any, Any]]


@dataclass(frozen=True, slots=True)
class Made:
    """A call as Telegram saw it."""

    at: datetime
    method: str
    params: Mapping[str, Any]
    message_id: int


@dataclass
class Wire:
    """Telegram at the other end: counts as the sandbox does, and each call takes its time."""

    clock: MovableClock
    rates: limits.Rates = field(default_factory=limits.Rates)
    made: list[Made] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    on_made: Callable[[Made], None] = lambda _made: None
    parked: list[tuple[datetime, int, asyncio.Future[None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._limiter = limits.RateLimiter(cast(Clock, self), self.rates)  # of a clock it wants nothing but the time
        self._count = 0

    def now(self) -> float:
        return self.clock.now().timestamp()

    async def call(self, method: str, params: Mapping[str, Any], _files: Any = None) -> Any:
        self._count += 1
        number, arrives = self._count, asyncio.get_running_loop().create_future()
        heapq.heappush(self.parked, (self.clock.now() + LATENCY, number, arrives))
        await arrives
        try:
            self._limiter.take(params["chat_id"], 1)
        except ApiError as error:
            self.refused.append(params["chat_id"])
            raise TelegramError(429, "Too Many Requests", {"retry_after": error.parameters["retry_after"]}) from None
        made = Made(self.clock.now(), method, params, params.get("message_id") or number)
        self.made.append(made)
        self.on_made(made)
        return {"message_id": made.message_id, "message_thread_id": number, "chat": {"id": params["chat_id"]}}


class Simulation:
    """Deeds at their times, and what delivery makes of them."""

    def __init__(self, store: Store, clock: MovableClock, wire: Wire) -> None:
        self._clock, self._wire = clock, wire
        rates, ledger = Rates(), Ledger()

        def ease(destination: str) -> float:
            return ledger.ease(rates.budgets(destination), clock.steady())

        around = Surroundings(Texts("ru", ZoneInfo("Europe/Moscow")), POLICY, 1, False, "gemba_bot", ease)
        carrier = TelegramCarrier(store, cast(TelegramClient, wire), all_errands(around), clock, rates)
        self._delivery = Delivery(store, [carrier], clock, ledger=ledger)
        self._deeds: list[tuple[datetime, int, Deed]] = []
        self._planned = 0

    def plan(self, at: datetime, deed: Deed) -> None:
        self._planned += 1
        heapq.heappush(self._deeds, (at, self._planned, deed))

    async def run(self, until: datetime) -> None:
        while self._clock.now() < until:
            nap = await self._delivery._start_what_may_go()
            await self._until_all_wait()
            upcoming = [until, self._clock.now() + timedelta(seconds=max(nap, 0.001))]
            upcoming += [queue[0][0] for queue in (self._wire.parked, self._deeds) if queue]
            self._clock.time = max(self._clock.now(), min(upcoming))
            while self._deeds and self._deeds[0][0] <= self._clock.now():
                await heapq.heappop(self._deeds)[2]()
            while self._wire.parked and self._wire.parked[0][0] <= self._clock.now():
                heapq.heappop(self._wire.parked)[2].set_result(None)
                await asyncio.sleep(0)
            await self._until_all_wait()

    async def _until_all_wait(self) -> None:
        """What is under way has arrived at the other end, or is over."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self._wire.parked) < len(self._delivery._tasks):
                self._delivery._freed.clear()
                await asyncio.sleep(0.0005)  # the store's threads are at it
