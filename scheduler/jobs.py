"""The timetable."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from prometheus_client import Counter

from bot.domain.errors import LeadershipLostError

TICKS = Counter("gemba_ticks", "How often each job of the timetable has looked, to the end", ["job"])

MINDED_EVERY_SECONDS = 1.0

Job = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Tick:
    """A job and how often, in seconds, it looks whether something is due."""

    name: str
    job: Job
    every: float


class _Every(BaseTrigger):  # type: ignore[misc] # the library has no types
    """So long after now, however late: the library's own would name each second of a year that was leapt over."""

    def __init__(self, seconds: float) -> None:
        self.interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + self.interval


class Timetable:
    """In memory: what is due is a row of the store. `first` comes before each look."""

    def __init__(self, ticks: Iterable[Tick], first: Job) -> None:
        # The library's default grace of one second would drop a tick that the loop was late for.
        self._scheduler = AsyncIOScheduler(
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}, timezone="UTC"
        )
        logging.getLogger("apscheduler.executors.default").addFilter(_is_told)
        for tick in ticks:
            self._scheduler.add_job(_looking(tick, first), _Every(tick.every))
        self._minding: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._scheduler.start()
        self._minding = asyncio.create_task(self._mind_the_clock())

    def stop(self) -> None:
        if self._minding is not None:
            self._minding.cancel()
        self._scheduler.shutdown(wait=False)

    async def _mind_the_clock(self) -> None:
        """The library reckons by the clock: when that is set back by an hour, it would look for nothing for an hour."""
        while True:
            await asyncio.sleep(MINDED_EVERY_SECONDS)
            now = datetime.now(UTC)
            for job in self._scheduler.get_jobs():
                if job.next_run_time - now > job.trigger.interval:
                    job.modify(next_run_time=now)


def _is_told(record: logging.LogRecord) -> bool:
    """A look that ended before it had begun says nothing either."""
    return not (record.exc_info and record.exc_info[0] is asyncio.CancelledError)


def _looking(tick: Tick, first: Job) -> Job:
    """Of an end in the midst of a look nothing is told: the library would call it an error, at length."""

    async def run() -> None:
        with contextlib.suppress(LeadershipLostError, asyncio.CancelledError):
            await first()
            await tick.job()
            TICKS.labels(tick.name).inc()

    return run
