"""The timetable."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bot.domain.errors import LeadershipLostError
from scheduler.jobs import Tick, Timetable
from tests.runtime.porter import until


async def nothing() -> None: ...


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

    timetable = Timetable([Tick(job.__name__, job, every=0.01) for job in (refused, unfinished, wrong)], first=nothing)
    with caplog.at_level(logging.ERROR):
        timetable.start()
        await until(lambda: set(looked) == {"refused", "unfinished", "wrong"} and looked.count("wrong") > 2)
        timetable.stop()
        await asyncio.sleep(0.05)  # in which what was broken off would complain
    assert looked.count("unfinished") == 1, "never twice at once"
    assert {type(record.exc_info[1]) for record in caplog.records if record.exc_info} == {ZeroDivisionError}


def test_an_end_before_a_look_has_begun_is_without_a_word_too(caplog: pytest.LogCaptureFixture) -> None:
    """Which of the looks are cut off so depends on the instant: said as the library says it."""
    Timetable([], first=nothing)
    for error in (asyncio.CancelledError(), ZeroDivisionError()):
        logging.getLogger("apscheduler.executors.default").error("Error running job", exc_info=error)
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [ZeroDivisionError]


@pytest.mark.parametrize("hours", [-1, 1, -24 * 365, 24 * 365])
async def test_it_looks_on_though_the_clock_is_set(hours: int) -> None:
    looked: list[datetime] = []

    async def look() -> None:
        looked.append(datetime.now(UTC))

    timetable = Timetable([Tick("look", look, every=0.01)], first=nothing)
    with time_machine.travel(datetime(2026, 11, 16, 9, tzinfo=UTC)) as clock:
        timetable.start()
        await until(lambda: looked)
        clock.shift(timedelta(hours=hours))
        seen = len(looked)
        await until(lambda: len(looked) > seen + 2)
        timetable.stop()


async def test_the_clock_is_looked_at_before_whatever_goes_by_it() -> None:
    """While it cannot be, the store being away, nothing else looks at it either."""
    looked: list[str] = []

    async def first() -> None:
        looked.append("first")
        if looked.count("first") < 3:
            raise ZeroDivisionError

    async def look() -> None:
        looked.append("look")

    timetable = Timetable([Tick("look", look, every=0.01)], first)
    timetable.start()
    await until(lambda: len(looked) >= 6)
    timetable.stop()
    assert looked[:6] == ["first", "first", "first", "look", "first", "look"]
