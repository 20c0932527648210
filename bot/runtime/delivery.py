"""Drains the outbox: one call in flight a destination, order within a lane, no limit overstepped."""

import asyncio
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from bot.ports import Budget, Carrier, Clock, Later, OutboxItem, Outcome, Settled, Unreachable
from bot.runtime.budgets import Ledger
from bot.runtime.metrics import CALLS, LAG, RATE_LIMITED, UNREACHABLE
from bot.storage.outbox import backlog, due_items, next_due, recent_calls
from bot.storage.store import Store

log = structlog.get_logger(__name__)

LOOKED_AT = 100
LONGEST_NAP_SECONDS = 1.0
"""The clock can be moved and another process can add work: the queue is looked at this often in any case."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 60.0
MEMORY = timedelta(seconds=60)


class Delivery:
    def __init__(self, store: Store, carriers: Iterable[Carrier], clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._carriers = {carrier.name: carrier for carrier in carriers}
        self._ledger = Ledger()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._freed = asyncio.Event()
        self._outages: dict[str, _Outage] = {name: _Outage() for name in self._carriers}
        self._stopping = False
        self.lag_seconds = 0.0
        self.waiting = 0

    async def run(self) -> None:
        """Until `stop` is called."""
        await self._remember()
        while not self._stopping:
            nap = await self._start_what_may_go()
            await self._sleep(nap)
        if self._tasks:
            await asyncio.wait(self._tasks.values())

    def stop(self) -> None:
        """What is under way is finished, nothing new is begun."""
        self._stopping = True
        self._freed.set()

    def reachable(self, carrier: str = "telegram") -> bool:
        return not self._outages[carrier].is_on

    async def _remember(self) -> None:
        """What was sent in the last minute counts against the budgets also after a restart."""
        now = self._clock.now()
        for destination, at, calls in await self._store.read(recent_calls, now - MEMORY):
            if (carrier := self._carrier_of(destination)) is not None:
                self._ledger.recall(carrier.budgets(destination), calls, at)

    async def _start_what_may_go(self) -> float:
        """Begins every item that may go now; seconds until it is worth looking again."""
        self._store.committed.clear()
        self._freed.clear()
        now = self._clock.now()
        due = await self._store.read(due_items, now, list(self._tasks), LOOKED_AT)
        naps = [LONGEST_NAP_SECONDS]
        for item in due:
            wait = self._wait(item, now)
            if wait > 0:
                naps.append(wait)
            else:
                self._begin(item)
        if not due and (upcoming := await self._store.read(next_due)) is not None:
            naps.append(max(0.0, (upcoming - now).total_seconds()) or LONGEST_NAP_SECONDS)
        self.waiting, self.lag_seconds = await self._store.read(backlog, now)
        LAG.set(self.lag_seconds)
        return min(naps)

    def _wait(self, item: OutboxItem, now: datetime) -> float:
        carrier = self._carrier_of(item.destination)
        if carrier is None:
            return LONGEST_NAP_SECONDS
        outage = self._outages[carrier.name].wait(item.id, bool(self._tasks))
        return max(outage, self._ledger.wait(carrier.budgets(item.destination), now))

    def _begin(self, item: OutboxItem) -> None:
        carrier = self._carriers[item.destination.partition(":")[0]]
        budgets = carrier.budgets(item.destination)
        self._ledger.begin(budgets)
        self._tasks[item.destination] = asyncio.create_task(self._carry(carrier, item, budgets))

    async def _carry(self, carrier: Carrier, item: OutboxItem, budgets: tuple[Budget, ...]) -> None:
        outcome: Outcome = Unreachable("the carrier failed")
        try:
            outcome = await carrier.carry(item)
        except Exception:
            log.exception("delivery.failed", kind=item.kind, item=item.id)
        finally:
            self._note(carrier, item, budgets, outcome)
            self._tasks.pop(item.destination, None)
            self._freed.set()

    def _note(self, carrier: Carrier, item: OutboxItem, budgets: tuple[Budget, ...], outcome: Outcome) -> None:
        now = self._clock.now()
        outage = self._outages[carrier.name]
        match outcome:
            case Settled(calls):
                self._ledger.end(budgets, calls, now)
                outage.end(item.id)
                CALLS.labels(item.kind).inc(calls)
            case Later(seconds):
                self._ledger.end(budgets, 1, now)
                self._ledger.pause(item.destination, now + timedelta(seconds=seconds))
                outage.end(item.id)
                RATE_LIMITED.inc()
                log.warning("delivery.rate_limited", kind=item.kind, seconds=seconds)
            case Unreachable(reason):
                self._ledger.end(budgets, 1, now)
                outage.begin(item.id)
                UNREACHABLE.inc()
                log.warning("delivery.unreachable", kind=item.kind, reason=reason)

    def _carrier_of(self, destination: str) -> Carrier | None:
        return self._carriers.get(destination.partition(":")[0])

    async def _sleep(self, seconds: float) -> None:
        """Until then, or until something was committed or a destination became free."""
        if self._stopping:
            return
        waits = [asyncio.ensure_future(self._store.committed.wait()), asyncio.ensure_future(self._freed.wait())]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


class _Outage:
    """The other side is away: one probe at a time, with growing pauses, and never the same item twice in a row."""

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0
        self._items: dict[int, tuple[int, float]] = {}

    @property
    def is_on(self) -> bool:
        return self._failures > 0

    def begin(self, item_id: int) -> None:
        now = time.monotonic()
        self._failures += 1
        self._until = now + _pause(self._failures)
        times = self._items.get(item_id, (0, 0.0))[0] + 1
        self._items[item_id] = (times, now + _pause(times))

    def end(self, item_id: int) -> None:
        self._failures = 0
        self._until = 0.0
        self._items.pop(item_id, None)

    def wait(self, item_id: int, probing: bool) -> float:
        """Real seconds until this item may be tried."""
        now = time.monotonic()
        own = self._items.get(item_id, (0, 0.0))[1]
        if not self.is_on:
            return max(0.0, own - now)
        if probing:
            return LONGEST_NAP_SECONDS
        return max(0.0, self._until - now, own - now)


def _pause(failures: int) -> float:
    return min(FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_SECONDS)
