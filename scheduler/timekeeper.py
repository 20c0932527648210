"""Knows when the clock was set, forward or back: delays are kept, and nothing is forgotten on the word of a leap."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from prometheus_client import Counter, Gauge

from bot.ports import Clock
from bot.storage.delays import keep_delays
from bot.storage.marks import leave_mark, read_mark
from bot.storage.store import Store, Tx

log = structlog.get_logger(__name__)

CLOCK_SET = Counter("gemba_clock_set_total", "Times the machine's clock was set by more than some seconds")
DOUBTED = Gauge("gemba_clock_doubted_seconds", "How far the clock is ahead of the time by which data is forgotten")

NOTICED = timedelta(seconds=5)
"""Less than that is a clock that is kept right."""

BELIEVED_AFTER = timedelta(days=1)
"""So long we run with a clock that has leapt until data is forgotten by it; whoever sets it back has that time."""

SETTLED_AFTER = timedelta(seconds=1)
"""So long after it was set back what had read the clock before may still be on its way into the store."""

REMEMBERED_EVERY = timedelta(minutes=1)

MARK = "clock"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the clock said when we last looked, and what of it is believed."""

    now: datetime
    believed: datetime
    doubted_for: timedelta = timedelta()

    def then(self, now: datetime, passed: timedelta, *, leapt: bool) -> "_Seen":
        """Each leap is doubted for as long, however long an earlier one was."""
        believed, doubted_for = self.believed + passed, passed + (timedelta() if leapt else self.doubted_for)
        if now <= believed + NOTICED or doubted_for >= BELIEVED_AFTER:
            return _Seen(now, now)
        return _Seen(now, believed, doubted_for)

    @property
    def doubted(self) -> float:
        return (self.now - self.believed).total_seconds()


class Timekeeper:
    """Compares the clock with a time that goes on evenly, and over a restart with the last time that was seen.

    `believed` is the time by which data is forgotten. It goes on with the clock, and goes back with it at once; where
    the clock leaps ahead, also while we were down, it goes on evenly behind it for a day.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._seen, self._steady = _Seen(clock.now(), clock.now()), clock.steady()
        self._remembered_at: datetime | None = None
        self._back_since: datetime | None = None
        self._one_at_a_time = asyncio.Lock()
        self._last_set: dict[str, Any] = {}

    def believed(self) -> datetime:
        return self._seen.believed

    def figures(self) -> dict[str, Any]:
        """For `/readyz`: how the clock was set last, and how far it is ahead of what is believed."""
        doubted = self._seen.doubted
        return self._last_set | ({"doubted_seconds": round(doubted)} if doubted else {})

    async def begin(self) -> None:
        """Before anything else looks at the clock. While we were down time has passed, unless it went back."""
        remembered, now = await self._store.read(read_mark, MARK), self._clock.now()
        seen = _read(remembered) if remembered is not None else self._seen
        away = now - seen.now
        leapt = away >= BELIEVED_AFTER  # less is a restart: many of them must not put it off for ever
        await self._go_on(seen, now, self._clock.steady(), timedelta(), min(away, timedelta()), leapt=leapt)

    async def look(self) -> None:
        """Where the store is away it raises, and finds the same at the next look."""
        async with self._one_at_a_time:
            now, steady = self._clock.now(), self._clock.steady()
            passed = steady - self._steady
            set_by = now - self._seen.now - passed
            if set_by <= -NOTICED:
                self._back_since = self._back_since or steady
                if steady - self._back_since < SETTLED_AFTER:
                    return
            self._back_since = None
            await self._go_on(self._seen, now, steady, passed, set_by, leapt=set_by >= NOTICED)

    async def _go_on(
        self, before: _Seen, now: datetime, steady: datetime, passed: timedelta, set_by: timedelta, *, leapt: bool
    ) -> None:
        seen, was_set = before.then(now, passed, leapt=leapt), abs(set_by) >= NOTICED
        if was_set or self._remembered_at is None or steady - self._remembered_at >= REMEMBERED_EVERY:
            moved = await self._store.write(_follow, before.now, set_by if was_set else timedelta(), _written(seen))
            self._remembered_at = steady
            if was_set:
                self._last_set = {"set_by_seconds": round(set_by.total_seconds(), 1), "set_at": now.isoformat()}
                CLOCK_SET.inc()
                log.warning("clock.was_set", seconds=self._last_set["set_by_seconds"], moved=moved)
        self._seen, self._steady = seen, steady
        DOUBTED.set(seen.doubted)


def _follow(tx: Tx, was: datetime, set_by: timedelta, seen: str) -> int:
    """In one transaction: after a kill nothing is moved twice."""
    leave_mark(tx, MARK, seen)
    return keep_delays(tx, was, set_by) if set_by else 0


def _written(seen: _Seen) -> str:
    times = {"now": seen.now.isoformat(), "believed": seen.believed.isoformat()}
    return orjson.dumps(times | {"doubted_for": seen.doubted_for.total_seconds()}).decode()


def _read(words: str) -> _Seen:
    kept = orjson.loads(words)
    now, believed = datetime.fromisoformat(kept["now"]), datetime.fromisoformat(kept["believed"])
    return _Seen(now, believed, timedelta(seconds=kept["doubted_for"]))
