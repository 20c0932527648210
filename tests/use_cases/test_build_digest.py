"""Each audience once a working day, however often the clock is asked."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from bot.domain.kpi import Period, PeriodKind
from bot.domain.public_holidays import PublicHolidays
from bot.domain.working_time import WorkingHours
from bot.storage.store import Store
from bot.storage.tables import digests
from bot.use_cases.bind_chats import bind_purpose, migrate_group
from bot.use_cases.build_digest import (
    note_posted,
    pictures_to_draw,
    post_due_digests,
    post_picture,
    show_digest,
)
from tests.conftest import MovableClock
from tests.use_cases.house import ANNA, MANAGERS, MARKETING, SALES, House

HOURS = WorkingHours.parse("Mon-Fri 09:00-18:00", "Europe/Moscow")
CALENDAR = PublicHolidays("RU")
RUSSIA = WorkingHours.parse("Mon-Fri 09:00-18:00", "Europe/Moscow", CALENDAR.is_holiday, CALENDAR.is_workday)


def moscow(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 on the wall clock in Moscow; the 16th is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


async def post(house: House, at: datetime, hours: WorkingHours = HOURS) -> int:
    return await house.do(post_due_digests, hours, "09:00", at)


async def tell(house: House, at: datetime, hours: WorkingHours = HOURS) -> int:
    """Posted, and taken by Telegram."""
    told = await post(house, at, hours)
    await house.do(lambda tx: tx.execute(sa.update(digests).values(posted_at=at)) and None)
    return told


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
    await tell(house, moscow(13, 9))
    assert await post(house, moscow(14, 9)) == await post(house, moscow(15, 9)) == 0
    await tell(house, moscow(16, 9))
    await tell(house, moscow(18, 9))
    assert sorted(set(await periods(house))) == [
        ("2026-11-12", "2026-11-13"),
        ("2026-11-13", "2026-11-16"),
        ("2026-11-16", "2026-11-18"),
    ]


async def test_what_an_outage_of_a_whole_day_has_swallowed_is_told_the_day_after(house: House) -> None:
    await tell(house, moscow(17, 9))
    await post(house, moscow(18, 9))
    await house.forgets_promises()
    await post(house, moscow(19, 9))
    assert set(await periods(house)) == {("2026-11-17", "2026-11-19")}


async def test_a_long_silence_is_not_told_in_full(house: House) -> None:
    await tell(house, moscow(2, 9))
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
    await house.do(show_digest, SALES, None, {"sales"}, HOURS, moscow(17, hour, 30))
    assert await periods(house) == [("2026-11-16", "2026-11-17")]


async def test_a_period_that_was_asked_for(house: House) -> None:
    october = Period.of(PeriodKind.MONTH, date(2026, 10, 1), "Europe/Moscow")
    await house.do(show_digest, ANNA.telegram_id, 7, {"sales"}, HOURS, moscow(17, 12), october)
    (item,) = await house.promised("digest")
    assert (item.payload["kind"], item.payload["first"], item.payload["thread"]) == ("month", "2026-10-01", 7)


async def test_holidays_are_skipped_and_told_of_afterwards(house: House) -> None:
    """From Wednesday, 30 December, to Monday, 11 January: twelve days, longer than the usual look back."""
    new_year = date(2026, 12, 30)
    posted = {}
    for number in range(14):
        at = datetime.combine(new_year + timedelta(days=number), time(6, 30), UTC)
        posted[number] = await tell(house, at, RUSSIA)
    assert {number for number, count in posted.items() if count} == {0, 12, 13}
    assert sorted(set(await periods(house)))[1:] == [("2026-12-30", "2027-01-11"), ("2027-01-11", "2027-01-12")]


async def test_the_first_digest_after_holidays_goes_back_to_the_last_working_day(house: House) -> None:
    await house.do(post_due_digests, RUSSIA, "09:00", datetime(2027, 1, 11, 6, 30, tzinfo=UTC))
    assert set(await periods(house)) == {("2026-12-30", "2027-01-11")}


async def test_a_saturday_that_is_worked_has_its_digest(house: House) -> None:
    await house.do(bind_purpose, "sales", SALES, None, datetime(2025, 10, 1, tzinfo=UTC))
    await house.do(post_due_digests, RUSSIA, "09:00", datetime(2025, 11, 1, 6, 30, tzinfo=UTC))
    assert ("2025-10-31", "2025-11-01") in await periods(house)


async def to_draw(house: House, at: datetime) -> list[int]:
    return [wanted.digest_id for wanted in await house.store.read(pictures_to_draw, HOURS, at)]


async def test_the_picture_follows_its_text_once_the_same_day(house: House) -> None:
    await post(house, moscow(17, 9))
    items = await house.promised("digest")
    assert await to_draw(house, moscow(17, 9)) == []
    for item in items:
        await house.do(note_posted, item.payload["digest"], 1, "", moscow(17, 9, 1))
    drawn = await to_draw(house, moscow(17, 12))
    assert sorted(drawn) == sorted(item.payload["digest"] for item in items)
    assert await to_draw(house, moscow(18, 0)) == []  # never the day after

    tries = [house.do(post_picture, drawn[0], b"png", HOURS.zone, moscow(17, 12)) for _ in range(5)]
    assert sum(await asyncio.gather(*tries)) == 1
    assert not await house.do(post_picture, drawn[1], None, HOURS.zone, moscow(17, 12))
    assert await to_draw(house, moscow(17, 13)) == drawn[2:]
    (picture,) = await house.promised("picture")
    assert (picture.payload, picture.expires_at) == ({"png": "cG5n"}, moscow(18, 0))


async def test_a_group_that_becomes_a_supergroup_hears_nothing_twice(house: House) -> None:
    await post(house, moscow(17, 9))
    await house.do(migrate_group, MANAGERS, -1009, moscow(17, 10))
    assert await post(house, moscow(17, 11)) == 0
