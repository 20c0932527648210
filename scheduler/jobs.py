"""The timetable."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apscheduler.schedulers.asyncio import AsyncIOScheduler

Job = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Tick:
    """A job and how often, in seconds, it looks whether something is due."""

    job: Job
    every: float


def build_scheduler(ticks: list[Tick]) -> AsyncIOScheduler:
    """In memory: the library's default grace of one second would drop a tick that the loop was late for."""
    scheduler = AsyncIOScheduler(
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}, timezone="UTC"
    )
    for tick in ticks:
        scheduler.add_job(tick.job, "interval", seconds=tick.every)
    return scheduler
