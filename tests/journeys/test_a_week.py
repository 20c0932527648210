"""A week by the clock: hours, nights, a public holiday, a restart and a kill; nothing is lost, twice, or at night."""

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from bot.domain.public_holidays import PublicHolidays
from bot.domain.working_time import WorkingHours
from integrations.telegram.sandbox.client import Json
from tests.journeys.stage import Stage, on_stage

pytestmark = pytest.mark.journey

MOSCOW = ZoneInfo("Europe/Moscow")
CALENDAR = PublicHolidays("RU")
HOURS = WorkingHours.parse("Mon-Fri 09:00-18:00", "Europe/Moscow", CALENDAR.is_holiday, CALENDAR.is_workday)
DAY = timedelta(days=1)


def holidays_after(today: date) -> Iterator[date]:
    """Single holidays in the middle of a week: the days around them are worked."""
    day = today
    while True:
        day += DAY
        around = [day - DAY, day + DAY, day + 2 * DAY]
        if CALENDAR.is_holiday(day) and day.weekday() in (1, 2, 3) and all(map(HOURS.is_working_day, around)):
            yield day


class Week:
    """The firm's wall clock, its customers, and what its chats have heard."""

    def __init__(self, stage: Stage, holiday: date) -> None:
        self.stage, self.holiday = stage, holiday
        self.before, self.after = holiday - DAY, holiday + DAY
        self.ivan = self.olga = 0
        self.digests: dict[int, int] = {}

    async def comes(self, day: date, hour: int, minute: int = 0) -> None:
        """It is that time now."""
        wanted = datetime(day.year, day.month, day.day, hour, minute, tzinfo=MOSCOW)
        await self.stage.sandbox.advance(wanted.timestamp() - await self.stage.sandbox.now())

    async def heard(self, chat: int, words: str) -> int:
        """How many messages of the bot in a chat hold these words; a space stands for any space."""
        said = await self.stage.sandbox.messages(chat, from_bot=True)
        return sum(words in " ".join((message.get("text") or "").split()) for message in said)

    async def all_heard(self) -> dict[int, int]:
        """How many messages the bot has sent to everybody so far."""
        stage = self.stage
        places = (stage.sales, stage.marketing, stage.managers, stage.anna, stage.boris, self.ivan, self.olga)
        return {place: len(await stage.sandbox.messages(place, from_bot=True)) for place in places}

    async def a_round_of_the_clock(self) -> None:
        """Since the clock was moved the bot has looked at everything that may be due, and has sent what it promised."""
        begun, deadline = await self._looks(), time.monotonic() + 30
        looks = begun
        while looks["lag"] or any(looks[job] < begun[job] + 2 for job in ("watch", "digest")):
            assert time.monotonic() < deadline, "the bot does not look at its clock"
            await asyncio.sleep(0.1)
            looks = await self._looks()

    async def the_digest_comes(self) -> dict[int, Json]:
        """To each chat a new one, and only one."""
        stage, found = self.stage, dict[int, Json]()
        for chat in (stage.sales, stage.marketing, stage.managers):
            found[chat] = await stage.card(chat, "☀️", after=self.digests.get(chat, 0))
            self.digests[chat] = found[chat]["message_id"]
        return found

    async def _looks(self) -> dict[str, float]:
        """How often two jobs of the timetable have looked by now, and how long the oldest due item waits."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.stage.bot.url}/metrics") as response:
            page = await response.text()
        named = r'^gemba_(?:ticks_total\{job="(\w+)"\}|outbox_(lag)_seconds) (\S+)$'
        found = {job or lag: float(value) for job, lag, value in re.findall(named, page, re.MULTILINE)}
        return {"watch": 0.0, "digest": 0.0, **found}


@pytest.mark.parametrize(
    ("database_url", "locale"), [("sqlite", "ru"), ("postgresql", "en")], indirect=["database_url"]
)
async def test_a_week_with_a_holiday(tmp_path: Path, database_url: str, locale: str) -> None:
    async with on_stage(tmp_path, database=database_url, locale=locale) as stage:
        today = datetime.fromtimestamp(await stage.sandbox.now(), MOSCOW).date()
        week = Week(stage, next(holidays_after(today + DAY)))
        await week.comes(week.before, 10)
        await stage.opens_bot(stage.anna, stage.boris)
        await the_digest_of_that_morning(week)
        await nobody_takes_ivan_and_the_chat_is_reminded(week)
        await anna_is_reminded_though_the_process_was_killed(week)
        await olga_writes_when_the_day_is_over(week)
        await nobody_is_disturbed_at_night_and_on_the_holiday(week)
        await the_morning_after_brings_everything(week)
        await boris_calls_and_puts_it_off(week)
        await the_last_morning(week)
        assert await stage.sandbox.violations() in (None, [])
        assert await stage.refusals() == 0


async def the_digest_of_that_morning(week: Week) -> None:
    for chat in await week.the_digest_comes():
        assert await week.heard(chat, "☀️") == 1
        await week.stage.thing(chat, "photo")  # follows when it is drawn: nothing may come later than it should


async def nobody_takes_ivan_and_the_chat_is_reminded(week: Week) -> None:
    stage = week.stage
    ivan = week.ivan = await stage.sandbox.create("Иван", language_code=stage.texts.locale)
    await stage.sandbox.send(ivan, ivan, "Сколько стоит кухня?")
    promise = await stage.card(ivan, stage.says("greet.received"))
    assert "45" in promise["text"]  # 15 minutes to take it and 30 to answer
    await stage.card(stage.sales, "Иван")
    await week.comes(week.before, 10, 16)
    await stage.card(stage.sales, stage.plain("overdue.head", count=1))
    claim = stage.says("button.claim_named", name="Иван")
    reminder = await stage.card(stage.sales, "Иван", predicate=stage.has_button(claim))
    told = await stage.tap(stage.anna, stage.sales, reminder, claim)
    assert told["text"] == stage.says("tap.claimed")
    await stage.card(stage.anna, "Сколько стоит кухня?")


async def anna_is_reminded_though_the_process_was_killed(week: Week) -> None:
    stage = week.stage
    await stage.kill()
    await week.comes(week.before, 10, 47)
    await stage.bot.start()
    reminder = await stage.card(stage.anna, "Иван", predicate=stage.has_button(stage.says("button.needs_no_answer")))
    ivan = week.ivan
    late = await stage.card(ivan, stage.says("greet.late"))
    answer = await stage.sandbox.send(stage.anna, stage.anna, "От 90 000.")  # the kill may have repeated his words
    await stage.until_ticked(stage.anna, answer)
    heard = [m["text"] for m in await stage.sandbox.messages(ivan, from_bot=True, after=late["message_id"])]
    assert heard == [stage.says("introduce.sales", name="Анна Смирнова"), "От 90 000."]
    await week.comes(week.before, 12)
    await week.a_round_of_the_clock()
    kept = [m for m in await stage.sandbox.messages(stage.anna, from_bot=True) if m["text"] == reminder["text"]]
    assert len(kept) == 1 and await week.heard(ivan, stage.says("greet.late")) == 1
    assert await week.heard(stage.sales, stage.plain("overdue.head", count=1)) == 1


async def olga_writes_when_the_day_is_over(week: Week) -> None:
    stage = week.stage
    await week.comes(week.before, 17, 50)
    olga = week.olga = await stage.sandbox.create("Ольга", language_code=stage.texts.locale)
    await stage.sandbox.send(olga, olga, "Хочу заказать шкаф, сколько стоит?")
    promise = await stage.card(olga, stage.says("greet.received"))
    assert "09:00" in promise["text"] and "09:35" in promise["text"]  # 45 minutes, 10 of them today
    await stage.card(stage.sales, "Ольга")


async def nobody_is_disturbed_at_night_and_on_the_holiday(week: Week) -> None:
    stage = week.stage
    before = await week.all_heard()
    for day, hour in ((week.before, 22), (week.holiday, 9)):
        await week.comes(day, hour, 30)
        await week.a_round_of_the_clock()
    assert await stage.bot.stop() == 0
    await stage.bot.start()
    await week.comes(week.holiday, 17)
    await week.a_round_of_the_clock()
    assert await week.all_heard() == before


async def the_morning_after_brings_everything(week: Week) -> None:
    stage = week.stage
    await week.comes(week.after, 9, 1)
    for chat, digest in (await week.the_digest_comes()).items():
        assert stage.texts.days(week.before, week.holiday, week.after.year) in digest["text"]
        assert chat == stage.marketing or "Ольга" in digest["text"]  # she waits for sales
    await week.comes(week.after, 9, 6)
    await stage.card(stage.sales, "Ольга", predicate=stage.has_button(stage.says("button.claim_named", name="Ольга")))
    await week.a_round_of_the_clock()
    for chat in (stage.sales, stage.marketing, stage.managers):
        assert await week.heard(chat, "☀️") == 2


async def boris_calls_and_puts_it_off(week: Week) -> None:
    stage = week.stage
    card = await stage.card(stage.sales, "Ольга", predicate=stage.has_button(stage.says("button.claim")))
    await stage.tap(stage.boris, stage.sales, card, stage.says("button.claim"))
    for label in ("button.called", "button.talked", "button.later"):
        head = await stage.card(stage.boris, "Ольга", predicate=stage.has_button(stage.says(label)))
        await stage.tap(stage.boris, stage.boris, head, stage.says(label))
    tomorrow = datetime.combine(week.after + DAY, datetime.min.time(), MOSCOW).replace(hour=10)
    label = stage.texts.when(tomorrow, datetime.fromtimestamp(await stage.sandbox.now(), UTC)).capitalize()
    head = await stage.card(stage.boris, "Ольга", predicate=stage.has_button(label))
    await stage.tap(stage.boris, stage.boris, head, label)


async def the_last_morning(week: Week) -> None:
    stage = week.stage
    before = await week.heard(stage.boris, stage.plain("remind.woken", name="Ольга"))
    await week.comes(week.after + DAY, 9, 59)
    await week.a_round_of_the_clock()
    assert await week.heard(stage.boris, stage.plain("remind.woken", name="Ольга")) == before == 0
    await week.comes(week.after + DAY, 10, 1)
    await stage.card(stage.boris, stage.plain("remind.woken", name="Ольга"))
    await week.a_round_of_the_clock()
    assert await week.heard(stage.boris, stage.plain("remind.woken", name="Ольга")) == 1
    for chat in await week.the_digest_comes():
        assert await week.heard(chat, "☀️") == 3
