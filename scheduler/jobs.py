"""The timetable."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from prometheus_client import Counter

from bot.domain.errors import LeadershipLostError

TICKS = Counter("gemba_ticks", "How often each job of the timetable has looked, to the end", ["job"])

Job = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Tick:
    """A job and how often, in seconds, it looks whether something is due."""

    name: str
    job: Job
    every: float


def build_scheduler(ticks: list[Tick]) -> AsyncIOScheduler:
    """In memory: the library's default grace of one second would drop a tick that the loop was late for."""
    scheduler = AsyncIOScheduler(
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}, timezone="UTC"
    )
    for tick in ticks:
        scheduler.add_job(_counted(tick), "interval", seconds=tick.every)
    return scheduler


def _counted(tick: Tick) -> Job:
    """Of an end in the midst of a look nothing is told: the library would call it an error, at length."""

    async def run() -> None:
        with contextlib.suppress(LeadershipLostError, asyncio.CancelledError):
            await tick.job()
            TICKS.labels(tick.name).inc()

    return run
