"""Each audience once a working day, however often the clock is asked."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.domain.kpi import Period
from bot.domain.working_time import WorkingHours
from bot.storage.store import Store
from bot.storage.tables import digests
from bot.use_cases.bind_chats import bind_purpose
from bot.use_cases.build_digest import digest_report, post_due_digests
from tests.conftest import MovableClock
from tests.use_cases.house import MANAGERS, MARKETING, SALES, House

HOURS = WorkingHours.parse("Mon-Fri 09:00-18:00", "Europe/Moscow")


def moscow(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 on the wall clock in Moscow; the 16th is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


async def post(house: House, at: datetime) -> int:
    return await house.do(post_due_digests, HOURS, "09:00", at)


async def periods(house: House) -> list[tuple[str, str]]:
    return [(item.payload["first"], item.payload["end"]) for item in await house.promised("digest")]


async def test_each_chat_gets_its_own_once(house: House) -> None:
    assert await post(house, moscow(17, 8, 59)) == 0
    assert [await post(house, moscow(17, 9, minute)) for minute in range(3)] == [3, 0, 0]
    told = {item.destination: item.payload["audiences"] for item in await house.promised("digest")}
    assert told == {
        f"telegram:{SALES}": ["sales"],
        f"telegram:{MARKETING}": ["marketing"],
        f"telegram:{MANAGERS}": ["managers"],
    }
    assert await periods(house) == [("2026-11-16", "2026-11-17")] * 3


async def test_audiences_that_share_a_chat_get_one(store: Store, clock: MovableClock) -> None:
    house = House(store, clock)
    await house.opens({"sales": SALES})
    assert await post(house, moscow(17, 9)) == 1
    (item,) = await house.promised("digest")
    assert item.payload["audiences"] == ["managers", "marketing", "sales"]


async def test_a_missed_one_comes_later_the_same_day_and_expires_with_it(house: House) -> None:
    assert await post(house, moscow(17, 23, 59)) == 3
    assert {item.expires_at for item in await house.promised("digest")} == {moscow(18, 0)}


async def test_monday_tells_of_the_weekend_and_a_missed_day_is_not_forgotten(house: House) -> None:
    await post(house, moscow(13, 9))
    assert await post(house, moscow(14, 9)) == await post(house, moscow(15, 9)) == 0
    await post(house, moscow(16, 9))
    await post(house, moscow(18, 9))
    assert sorted(set(await periods(house))) == [
        ("2026-11-12", "2026-11-13"),
        ("2026-11-13", "2026-11-16"),
        ("2026-11-16", "2026-11-18"),
    ]


async def test_a_long_silence_is_not_told_in_full(house: House) -> None:
    await post(house, moscow(2, 9))
    await house.forgets_promises()
    await post(house, moscow(20, 9))
    assert set(await periods(house)) == {("2026-11-13", "2026-11-20")}


async def test_a_chat_bound_today_hears_nothing_of_yesterday(house: House) -> None:
    await house.do(bind_purpose, "managers", -88, None, moscow(17, 12))
    assert await post(house, moscow(17, 13)) == 2
    assert await post(house, moscow(18, 9)) == 3


async def test_many_clocks_at_once_post_it_once(house: House) -> None:
    assert sum(await asyncio.gather(*(post(house, moscow(17, 9)) for _ in range(12)))) == 3
    assert await house.store.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(digests))) == 3


@pytest.mark.parametrize("hour", [0, 12, 23])
async def test_what_the_next_one_would_say_at_any_hour(house: House, hour: int) -> None:
    await house.writes("Иван", at=moscow(16, 12))
    report = await house.store.read(digest_report, SALES, frozenset({"sales"}), moscow(17, hour, 30), "Europe/Moscow")
    assert report.period == Period.between(date(2026, 11, 16), date(2026, 11, 17), "Europe/Moscow")
    assert report.totals.created == 1
