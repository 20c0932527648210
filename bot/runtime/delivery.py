"""Drains the outbox: one call in flight a destination, order within a lane, no limit overstepped."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.domain.errors import LeadershipLostError
from bot.ports import Ahead, Budget, Carrier, Clock, Later, OutboxItem, Outcome, Settled, Unreachable, Wider
from bot.runtime.budgets import LONGEST_WINDOW, Ledger
from bot.runtime.metrics import BUDGET_USE, LAG, RATE_LIMITED, UNREACHABLE, calls_of, sent_to, waited_for
from bot.runtime.outages import Outage
from bot.storage.outbox import Priority, again, backlog, due_items, next_due, oldest_due, recent_calls, rests
from bot.storage.store import Store
from bot.storage.team import get_team_chats
from bot.use_cases.promises import team_destination

log = structlog.get_logger(__name__)

LOOKED_AT = 100
LONGEST_NAP_SECONDS = 1.0
"""The clock can be moved and another process can add work: the queue is looked at this often in any case."""

FLOCK_SECONDS = 0.01
"""Commits and free destinations come in flocks: there is one look for each flock."""

STORE_PAUSE_SECONDS = 1.0
LAGS_FROM_SECONDS = 5.0
SLOW_FROM_SECONDS = 1.0
LATEST_CALLS = 5


@dataclass(frozen=True, slots=True)
class _Start:
    """A call as it began: what it may use, and what was known of the outage."""

    carrier: Carrier
    item: OutboxItem
    budgets: tuple[Budget, ...]
    calls: int
    seen: int
    carry: Callable[[int], Awaitable[Outcome]]
    waited: float
    """Seconds since it was due."""
    began: float


class Delivery:
    """`may_begin` says whether this process still leads; what is under way is finished in any case."""

    def __init__(
        self,
        store: Store,
        carriers: Iterable[Carrier],
        clock: Clock,
        may_begin: Callable[[], bool] = lambda: True,
        ledger: Ledger | None = None,
    ) -> None:
        self._store, self._clock, self._may_begin = store, clock, may_begin
        self._carriers = {carrier.name: carrier for carrier in carriers}
        self._ledger = ledger or Ledger()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._freed = asyncio.Event()
        self._outages = {name: Outage() for name in self._carriers}
        self._widths: dict[int, int] = {}
        self._roles: dict[str, str] = {}
        self._stopping = self._crowded = False
        self._counted_at = self._looked_at = 0.0
        self.lag_seconds = 0.0
        self.waiting = 0
        self.call_seconds = 0.0
        """How long the latest calls took, in the mean."""
        self.held_up: dict[str, str] | None = None
        self.resting: dict[str, float] = {}
        """Destinations to which the other side wants nothing sent, and for how many seconds more."""

    async def run(self) -> None:
        """Until `stop` is called. A store that is away is waited for."""
        remembered = False
        try:
            while not self._stopping:
                try:
                    if not remembered:
                        await self._remember()
                        remembered = True
                    nap = await self._start_what_may_go()
                except LeadershipLostError:
                    nap = STORE_PAUSE_SECONDS
                except Exception as error:
                    log.exception("delivery.store_away", exc_info=error)
                    nap = STORE_PAUSE_SECONDS
                await self._sleep(nap)
            if self._tasks:
                await asyncio.wait(self._tasks.values())
        finally:
            for task in (left := list(self._tasks.values())):
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def stop(self) -> None:
        """What is under way is finished, nothing new is begun."""
        self._stopping = True
        self._freed.set()

    def reachable(self) -> bool:
        return not any(outage.is_on for outage in self._outages.values())

    async def _remember(self) -> None:
        """What was sent in the last minute counts against the budgets also after a restart.

        So does what a kill may have cut off in flight: nobody knows whether it arrived.
        """
        now, steady = self._clock.now(), self._clock.steady()
        for destination, at, calls in await self._store.read(recent_calls, now - LONGEST_WINDOW):
            self._recall(destination, calls, steady - max(now - at, timedelta()))
        for item in await self._store.read(due_items, now, frozenset(), LOOKED_AT):
            self._recall(item.destination, 1, steady)
        for destination, until in await self._store.read(rests, now):
            self._ledger.pause(destination, steady + (until - now))
            self._ledger.learn(destination, steady)

    def _recall(self, destination: str, calls: int, at: datetime) -> None:
        if (carrier := self._carrier_of(destination)) is not None:
            self._ledger.recall(carrier.budgets(destination), calls, at)

    async def _start_what_may_go(self) -> float:
        """Begins every item that may go now; seconds until it is worth looking again."""
        self._store.committed.clear()
        self._freed.clear()
        self._looked_at = time.monotonic()
        if not self._may_begin():
            return LONGEST_NAP_SECONDS
        now = self._clock.now()
        self.resting = self._ledger.paused(self._clock.steady())
        due = await self._store.look(due_items, now, {*self._tasks, *self.resting}, LOOKED_AT)
        naps = [LONGEST_NAP_SECONDS, *self.resting.values()]
        self._crowded = False
        for item in sorted(due, key=self._tries):  # stable: the most urgent first among those tried as often
            wait = self._wait(item)
            if wait > 0:
                naps.append(wait)
                self._crowded = True
            elif not self._stopping:
                self._begin(item)
        idle = not due and not self._tasks  # else the next look comes when a destination is free
        if idle and (upcoming := await self._store.read(next_due)) is not None:
            naps.append(max(0.0, (upcoming - now).total_seconds()) or LONGEST_NAP_SECONDS)
        await self._count(now, idle=idle)
        return min(naps)

    async def _count(self, now: datetime, *, idle: bool) -> None:
        """The figures for whoever asks, once a second; where nothing is left to send nothing is out of reach."""
        if idle:
            for outage in self._outages.values():
                outage.end()
        if time.monotonic() - self._counted_at < LONGEST_NAP_SECONDS:
            return
        self._counted_at = time.monotonic()
        self.waiting, self.lag_seconds = await self._store.read(backlog, now)
        LAG.set(self.lag_seconds)
        self.held_up = await self._held_up(now) if self.lag_seconds > LAGS_FROM_SECONDS else None
        chats = await self._store.read(get_team_chats)
        self._roles = {team_destination(chat_id): role for role, chat_id in chats.bound.items()}
        steady = self._clock.steady()
        self._ledger.forget_idle(steady)
        for to, use in self._ledger.use(steady, self._roles).items():
            BUDGET_USE.labels(to).set(use)

    async def _held_up(self, now: datetime) -> dict[str, str] | None:
        """What has waited longest, where to, since when, and what for; nothing in it tells of a customer."""
        item = await self._store.read(oldest_due, now)
        carrier = self._carrier_of(item.destination) if item is not None else None
        if item is None or carrier is None:
            return None
        by = "order"
        if item.destination in self.resting:
            by = "told to wait"
        elif self._outages[carrier.name].is_on:
            by = "unreachable"
        elif self._wait(item) > 0:
            by = "budget"
        elif item.destination in self._tasks and self.call_seconds > SLOW_FROM_SECONDS:
            by = "slow"
        to = self._whose(item.destination, carrier)
        return {"kind": item.kind, "to": to, "since": item.not_before.isoformat(), "by": by}

    def _tries(self, item: OutboxItem) -> int:
        carrier = self._carrier_of(item.destination)
        return self._outages[carrier.name].tried(item.id) if carrier is not None else 0

    def _wait(self, item: OutboxItem) -> float:
        carrier = self._carrier_of(item.destination)
        if carrier is None:
            return LONGEST_NAP_SECONDS
        budgets, calls = carrier.budgets(item.destination), self._widths.get(item.id, 1)
        room = self._ledger.wait(budgets, self._clock.steady(), calls, spread=item.priority > Priority.PERSONAL)
        return max(self._outages[carrier.name].wait(item.id), room)

    def _begin(self, item: OutboxItem) -> None:
        carrier = self._carriers[item.destination.partition(":")[0]]
        start = self._start(carrier, item, partial(carrier.carry, item))
        self._tasks[item.destination] = asyncio.create_task(self._carry(start))

    def _start(self, carrier: Carrier, item: OutboxItem, carry: Callable[[int], Awaitable[Outcome]]) -> _Start:
        budgets, calls = carrier.budgets(item.destination), self._widths.pop(item.id, 1)
        waited = max(0.0, (self._clock.now() - item.not_before).total_seconds())
        seen, began = self._outages[carrier.name].begin(item.id), time.monotonic()
        self._ledger.begin(budgets, calls)
        return _Start(carrier, item, budgets, calls, seen, carry, waited, began)

    async def _carry(self, start: _Start | None) -> None:
        """One after another, as long as nothing has to wait."""
        while start is not None:
            start = await self._carry_one(start)

    async def _carry_one(self, start: _Start) -> _Start | None:
        item, outcome, following = start.item, None, None
        try:
            outcome = await start.carry(start.calls)
        except LeadershipLostError:
            outcome = Settled(0)
        except Exception as error:
            log.exception("delivery.failed", kind=item.kind, item=item.id, exc_info=error)
            outcome = Unreachable("the carrier failed")
        finally:
            alone = self._note(start, outcome or Unreachable("the call was broken off"))
            if isinstance(outcome, Later):
                await self._set_aside(item, outcome.seconds, rests=True)
            elif alone is not None and outcome is not None:
                await self._set_aside(item, alone)
            if isinstance(outcome, Settled) and outcome.ahead is not None:
                following = self._follow(start.carrier, outcome.ahead)
            if following is None:
                self._tasks.pop(item.destination, None)
                self._freed.set()
        return following

    def _follow(self, carrier: Carrier, ahead: Ahead) -> _Start | None:
        """At once, unless something must wait: then whoever is more urgent comes first, at the next look."""
        if self._stopping or self._crowded or not self._may_begin() or self._wait(ahead.item) > 0:
            return None
        return self._start(carrier, ahead.item, ahead.carry)

    def _note(self, start: _Start, outcome: Outcome) -> float | None:
        """Seconds that this item alone shall wait, when it is the one that the other side chokes on."""
        item, now, outage = start.item, self._clock.steady(), self._outages[start.carrier.name]
        whose = self._whose(item.destination, start.carrier)
        if isinstance(outcome, Unreachable) or (isinstance(outcome, Settled) and outcome.calls):
            self.call_seconds += (time.monotonic() - start.began - self.call_seconds) / LATEST_CALLS
        match outcome:
            case Settled(calls):
                self._ledger.end(start.budgets, now, begun=start.calls, calls=calls)
                outage.answered(item.id) if calls else outage.set_aside(item.id)
                calls_of(item.kind).inc(calls)
                if calls:
                    sent_to(whose).inc(calls)
                    waited_for(whose).observe(start.waited)
            case Wider(calls):
                self._ledger.end(start.budgets, now, begun=start.calls, calls=0)
                outage.set_aside(item.id)
                self._widths[item.id] = calls
            case Later(seconds):
                self._ledger.end(start.budgets, now, begun=start.calls, calls=1)
                self._ledger.pause(item.destination, now + timedelta(seconds=seconds))
                self._ledger.learn(item.destination, now)
                outage.answered(item.id)
                RATE_LIMITED.labels(whose).inc()
                log.warning("delivery.rate_limited", kind=item.kind, item=item.id, seconds=seconds)
            case Unreachable(reason):
                self._ledger.end(start.budgets, now, begun=start.calls, calls=start.calls)
                UNREACHABLE.inc()
                log.warning("delivery.unreachable", kind=item.kind, item=item.id, reason=reason)
                return outage.failed(item.id, start.seen)
        return None

    async def _set_aside(self, item: OutboxItem, seconds: float, *, rests: bool = False) -> None:
        """In the store, so that the next lane of the same destination has its turn."""
        try:
            await self._store.write(again, item, at=self._clock.now() + timedelta(seconds=seconds), rests=rests)
        except Exception as error:
            log.warning("delivery.not_set_aside", item=item.id, error=type(error).__name__)

    def _whose(self, destination: str, carrier: Carrier) -> str:
        """Where it goes, for the figures: a team's group by its role, everybody else by the kind alone."""
        kinds = [budget.kind for budget in carrier.budgets(destination) if budget.name == destination]
        return self._roles.get(destination) or "".join(kinds) or carrier.name

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
        await asyncio.sleep(self._looked_at + FLOCK_SECONDS - time.monotonic())
