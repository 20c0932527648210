"""A week by the clock: the text comes first, the picture follows, and no trouble with it holds up anything."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.public_holidays import PublicHolidays
from bot.domain.working_time import WorkingHours
from bot.drawing import Picture
from bot.locales import Texts
from bot.runtime.drawing import DrawingError
from bot.storage.store import Store
from bot.use_cases.build_digest import note_posted
from scheduler.digest import DigestJob, PictureJob
from tests.conftest import MovableClock
from tests.use_cases.house import House

RU = PublicHolidays("RU")
HOURS = WorkingHours.parse("Mon-Fri 09:00-18:00", "Europe/Moscow", RU.is_holiday, RU.is_workday)


class Studio:
    """Draws nothing, and remembers what it was asked for."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.asked: list[Picture] = []
        self.trouble = trouble

    async def draw(self, picture: Picture) -> bytes:
        self.asked.append(picture)
        if self.trouble is not None:
            raise self.trouble
        return b"png"


@pytest.fixture
async def house(store: Store) -> House:
    """On Monday, 2 November 2026, in a week with a holiday on Wednesday."""
    house = House(store, MovableClock(datetime(2026, 11, 2, 5, tzinfo=UTC)))
    await house.opens()
    return house


def jobs(house: House, studio: Studio) -> tuple[DigestJob, PictureJob]:
    """Also what a restart makes anew: they remember nothing."""
    texts = Texts("ru", ZoneInfo("Europe/Moscow"))
    return (
        DigestJob(house.store, house.clock, HOURS, "09:00"),
        PictureJob(house.store, house.clock, HOURS, texts, studio.draw),
    )


async def all_are_sent(house: House) -> list[str]:
    """What delivery does; the texts' days."""
    items = await house.promised("digest")
    for item in items:
        await house.do(note_posted, item.payload["digest"], 1, "", house.now)
    await house.forgets_promises()
    return [f"{item.payload['first']} … {item.payload['end']}" for item in items]


async def test_a_week_with_a_holiday_nights_and_a_restart_every_hour(house: House) -> None:
    studio, posted, pictures = Studio(), dict[str, set[str]](), dict[str, int]()
    for _ in range(8 * 24):
        for job in jobs(house, studio):
            await job.run()
        day = house.now.astimezone(ZoneInfo("Europe/Moscow")).strftime("%a %d %H:%M")
        if drawn := len(await house.promised("picture")):
            pictures[day] = drawn
        if told := await all_are_sent(house):
            posted[day] = set(told)
        house.clock.advance(hours=1)
    assert posted == {
        "Mon 02 09:00": {"2026-10-30 … 2026-11-02"},
        "Tue 03 09:00": {"2026-11-02 … 2026-11-03"},
        "Thu 05 09:00": {"2026-11-03 … 2026-11-05"},
        "Fri 06 09:00": {"2026-11-05 … 2026-11-06"},
        "Mon 09 09:00": {"2026-11-06 … 2026-11-09"},
    }
    assert pictures == {day.replace("09:00", "10:00"): 3 for day in posted}
    assert [picture.title for picture in studio.asked][:2] == ["19 октября – 1 ноября", "20 октября – 2 ноября"]


@pytest.mark.parametrize("trouble", [DrawingError("slow"), OSError("no memory for a child")])
async def test_a_picture_that_fails_is_not_tried_for_ever(house: House, trouble: Exception) -> None:
    house.clock.advance(hours=2)
    studio = Studio(trouble)
    digest, pictures = jobs(house, studio)
    await digest.run()
    await pictures.run()
    assert studio.asked == []  # no text stands there yet
    assert len(await all_are_sent(house)) == 3
    for _ in range(3):
        await pictures.run()
    assert len(studio.asked) == 1
    assert await house.promised("picture") == []


async def test_a_picture_that_comes_too_late_is_not_drawn(house: House) -> None:
    house.clock.advance(hours=15, minutes=59)  # 23:59
    studio = Studio()
    digest, pictures = jobs(house, studio)
    await digest.run()
    await all_are_sent(house)
    house.clock.advance(minutes=1)
    await pictures.run()
    assert studio.asked == []


@pytest.mark.parametrize("wrong", [{"hours": -10}, {"days": 1}, {"days": 7}])
async def test_one_a_day_whatever_the_clock_is_set_to_and_no_day_is_left_out(
    house: House, wrong: dict[str, float]
) -> None:
    """For three hours of each day it is wrong. A digest of a later day takes that day's own away, and nothing more."""
    told: Counter[str] = Counter()
    covered = set[str]()
    right = {unit: -by for unit, by in wrong.items()}
    for look in range(11 * 8):
        if look % 8 == 1:
            house.clock.jump(**wrong)
        if look % 8 == 2:
            house.clock.jump(**right)
        await jobs(house, Studio())[0].run()
        items = await house.promised("digest")
        for item in items:
            told[f"{item.destination} {item.key}"] += 1
            first, end = (date.fromisoformat(item.payload[name]) for name in ("first", "end"))
            covered |= {(first + timedelta(days=n)).isoformat() for n in range((end - first).days)}
        await all_are_sent(house)
        house.clock.advance(hours=3)
    assert set(told.values()) == {1}
    assert {f"2026-11-{day:02}" for day in range(2, 11)} <= covered


@pytest.mark.parametrize(("digest_time", "zone"), [("02:30", "Europe/Berlin"), ("00:30", "Asia/Beirut")])
@pytest.mark.parametrize("change", [date(2026, 3, 28), date(2026, 10, 24)])
async def test_one_a_day_where_the_hour_is_skipped_or_comes_twice(
    store: Store, digest_time: str, zone: str, change: date
) -> None:
    house = House(store, MovableClock(datetime.combine(change, time(), ZoneInfo(zone)).astimezone(UTC)))
    await house.opens()
    hours = WorkingHours.parse("Mon-Sun 09:00-18:00", zone)
    job = DigestJob(house.store, house.clock, hours, digest_time)
    days: Counter[str] = Counter()
    for _ in range(2 * 48 - 4):
        await job.run()
        days.update(item.payload["end"] for item in await house.promised("digest"))
        await all_are_sent(house)
        house.clock.advance(minutes=30)
    assert len(days) == 2 and set(days.values()) == {3}, "three chats, two days"
