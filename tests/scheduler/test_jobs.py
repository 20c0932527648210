"""The timetable."""

import asyncio
import logging

import pytest

from bot.domain.errors import LeadershipLostError
from scheduler.jobs import Tick, build_scheduler
from tests.runtime.porter import until


async def test_who_leads_no_longer_ends_without_a_word_and_a_mistake_is_told(caplog: pytest.LogCaptureFixture) -> None:
    looked: list[str] = []

    async def refused() -> None:
        looked.append("refused")
        raise LeadershipLostError

    async def unfinished() -> None:
        looked.append("unfinished")
        await asyncio.Event().wait()

    async def wrong() -> None:
        looked.append("wrong")
        raise ZeroDivisionError

    ticks = [Tick(job.__name__, job, every=0.01) for job in (refused, unfinished, wrong)]
    scheduler = build_scheduler(ticks)
    with caplog.at_level(logging.ERROR):
        scheduler.start()
        await until(lambda: set(looked) == {"refused", "unfinished", "wrong"})
        scheduler.shutdown(wait=False)
        await asyncio.sleep(0.05)  # in which what was broken off would complain
    assert {type(record.exc_info[1]) for record in caplog.records if record.exc_info} == {ZeroDivisionError}
