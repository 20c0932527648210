"""Promised times: reminders in working hours, once each, and a customer left unanswered is offered to the others."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.leads import OWED_IN, DeadlineKind, RejectReason, Status, WarmUpTerm
from bot.domain.working_time import WorkingHours
from bot.storage.deadlines import clear_deadlines, due_deadlines, get_deadline
from bot.storage.leads import lock_lead
from bot.storage.store import Tx
from bot.storage.tables import deadlines, lead_events
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.meet_deadline import meet_deadline
from bot.use_cases.reject_lead import reject_lead
from bot.use_cases.reopen_lead import reopen_lead
from bot.use_cases.take_back_spam import take_back_spam
from bot.use_cases.team import Person
from bot.use_cases.undo_act import undo_act
from bot.use_cases.warm_up_lead import warm_up
from tests.use_cases.house import ANNA, BORIS, MANAGERS, MARIA, MARKETING, SALES, VIKTOR, House

FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)
SOMEBODY_WAITS = """
    select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
"""


async def ticks(house: House) -> int:
    """The watch looks what is due; how many deadlines it has met."""
    due = sa.select(deadlines.c.id).where(deadlines.c.due_at <= house.now, deadlines.c.kind.in_(list(OWED_IN)))
    met = 0
    for deadline_id in await house.store.read(lambda tx: list(tx.scalars(due.order_by(deadlines.c.due_at)))):
        met += await house.do(meet_deadline, deadline_id, house.policy, house.now)
    return met


async def reminded(house: House) -> list[tuple[str, str]]:
    """(what of, where) for each reminder on its way; they are then taken as sent."""
    found = [
        (item.payload.get("of") or item.payload["place"], item.destination.removeprefix("telegram:"))
        for item in await house.promised("remind", "overdue")
    ]
    await house.delivers()
    return found


async def test_a_lead_nobody_takes_reminds_twice_and_the_managers_once(house: House) -> None:
    lead_id = (await house.writes("Иван")).lead_id
    house.clock.advance(minutes=14)
    assert await ticks(house) == 0
    house.clock.advance(minutes=1)
    assert await ticks(house) == 1
    assert await reminded(house) == [("sales", str(SALES))]
    house.clock.advance(minutes=44)
    assert await ticks(house) == 0
    house.clock.advance(minutes=1)
    assert await ticks(house) == 1
    assert await reminded(house) == [("sales", str(SALES)), ("managers", str(MANAGERS))]
    house.clock.advance(days=3)
    assert await ticks(house) == 0
    assert (await house.events(lead_id)).count("reminded") == 2


async def test_many_overdue_at_once_are_one_message(house: House) -> None:
    for number in range(5):
        await house.writes(f"Клиент {number}")
    house.clock.advance(minutes=15)
    assert await ticks(house) == 5
    assert await reminded(house) == [("sales", str(SALES))]


async def test_a_claim_or_a_new_offer_restarts_the_clock(house: House) -> None:
    lead_id = await house.owned_lead()
    house.clock.advance(minutes=20)
    await house.releases(ANNA, lead_id)
    house.clock.advance(minutes=14)
    assert await ticks(house) == 0
    house.clock.advance(minutes=1)
    assert await ticks(house) == 1
    await house.claims(BORIS, lead_id)
    house.clock.advance(minutes=29)
    assert await ticks(house) == 0


async def test_what_marketing_does_not_answer_reminds_marketing(house: House) -> None:
    lead_id = (await house.shows_photo("Пётр")).lead_id
    house.clock.advance(minutes=15)
    assert await ticks(house) == 1
    assert await reminded(house) == [("marketing", str(MARKETING))]
    assert (await house.lead(lead_id)).status is Status.NURTURING


async def test_the_owner_is_reminded_and_then_the_lead_is_offered_again(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.delivers()
    house.clock.advance(minutes=30)
    assert await ticks(house) == 1
    assert await reminded(house) == [("answer", str(ANNA.telegram_id))]
    house.clock.advance(minutes=60)
    assert await ticks(house) == 1
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id) == (Status.OFFERED, None)
    assert await house.event(lead_id, "taken_back") == {"why": "unanswered", "from": await house.teammate(ANNA)}
    assert await house.told(ANNA.telegram_id) == ["told.taken_back"]
    assert ("card", f"telegram:{SALES}") in [(item.kind, item.destination) for item in await house.promised()]


async def test_an_answer_stops_the_clock_and_a_new_message_starts_it(house: House) -> None:
    lead_id = await house.owned_lead()
    house.clock.advance(minutes=29)
    await house.says_to_bot(ANNA, "Здравствуйте")
    await house.delivers()
    house.clock.advance(minutes=60)
    assert await ticks(house) == 0
    await house.writes("Иван", "А доставка?")
    house.clock.advance(minutes=20)
    await house.writes("Иван", "Ау!")
    house.clock.advance(minutes=10)
    assert await ticks(house) == 1
    assert await reminded(house) == [("answer", str(ANNA.telegram_id))]
    await house.says_to_bot(ANNA, "Бесплатно")
    await house.delivers()
    house.clock.advance(minutes=60)
    assert await ticks(house) == 0
    assert (await house.lead(lead_id)).status is Status.WORKING


async def test_an_answer_to_older_words_leaves_the_newer_ones_their_time(house: House) -> None:
    await house.owned_lead()
    house.clock.advance(minutes=20)
    await house.says_to_bot(ANNA, "Здравствуйте")
    house.clock.advance(minutes=1)
    await house.writes("Иван", "А доставка?")
    await house.delivers()
    house.clock.advance(minutes=9)
    assert await ticks(house) == 1
    assert await reminded(house) == []
    house.clock.advance(minutes=21)
    assert await ticks(house) == 1
    assert await reminded(house) == [("answer", str(ANNA.telegram_id))]


async def test_a_marketer_is_reminded_and_marketing_gets_it_back(house: House) -> None:
    lead_id = (await house.shows_photo("Пётр")).lead_id
    assert lead_id is not None
    await house.do(answer_as_marketer, lead_id, MARIA, house.policy, house.now)
    await house.delivers()
    house.clock.advance(minutes=30)
    assert await ticks(house) == 1
    assert await reminded(house) == [("answer", str(MARIA.telegram_id))]
    house.clock.advance(minutes=60)
    assert await ticks(house) == 1
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id) == (Status.NURTURING, None)
    assert (await house.event(lead_id, "taken_back"))["why"] == "unanswered"


async def test_nobody_is_reminded_at_night_at_weekends_or_on_holidays(house: House) -> None:
    """Friday 17:50 in Moscow, Monday is a holiday: 15 working minutes end on Tuesday at 9:05."""
    holiday = date(2026, 11, 23)
    hours = WorkingHours.parse("Mon-Fri 09:00-18:00", "Europe/Moscow", lambda day: day == holiday)
    house.policy = replace(house.policy, hours=hours)
    house.clock.time = FRIDAY + timedelta(hours=14, minutes=50)
    await house.writes("Иван")
    of_claim = sa.select(deadlines.c.due_at).where(deadlines.c.kind == "claim")
    due = await house.store.read(lambda tx: tx.scalar(of_claim))
    assert due == datetime(2026, 11, 24, 6, 5, tzinfo=UTC)


async def test_what_was_due_while_nothing_ran_waits_for_the_morning(house: House) -> None:
    house.policy = replace(house.policy, hours=WorkingHours.parse("Mon-Fri 09:00-18:00", "Europe/Moscow"))
    house.clock.time = FRIDAY + timedelta(hours=14, minutes=40)
    lead_id = (await house.writes("Иван")).lead_id
    house.clock.time = FRIDAY + timedelta(hours=17)
    assert await ticks(house) == 1
    assert "reminded" not in await house.events(lead_id)
    house.clock.time = FRIDAY + timedelta(days=3, hours=6)
    assert await ticks(house) == 1
    assert await reminded(house) == [("sales", str(SALES))]


async def test_a_deadline_is_met_once(house: House) -> None:
    await house.writes("Иван")
    house.clock.advance(minutes=15)
    (due,) = await house.store.read(due_deadlines, house.now)
    met = await asyncio.gather(*(house.do(meet_deadline, due, house.policy, house.now) for _ in range(5)))
    assert met.count(True) == 1
    count = sa.select(sa.func.count()).where(lead_events.c.kind == "reminded")
    assert await house.store.read(lambda tx: tx.scalar(count)) == 1


async def test_who_has_answered_is_not_reminded_while_his_words_are_on_their_way(house: House) -> None:
    """The channel may be down for hours: the lead stays with who has done his part, and so do his words."""
    lead_id = await house.owned_lead()
    await house.says_to_bot(ANNA, "Кухни от 90 000")
    for _ in range(6):
        house.clock.advance(minutes=30)
        await ticks(house)
    assert await house.promised("remind") == []
    assert (await house.lead(lead_id)).owner_id == await house.teammate(ANNA)
    assert await house.delivers() == ["Кухни от 90 000"]
    house.clock.advance(hours=5)
    assert await ticks(house) == 0


async def test_a_reminder_that_waits_for_the_former_owner_does_not_swallow_the_next_ones(house: House) -> None:
    lead_id = await house.owned_lead(owner=ANNA)
    await house.delivers()
    house.clock.advance(minutes=30)
    assert await ticks(house) == 1  # Anna's reminder is held: she has blocked the bot
    await house.releases(ANNA, lead_id)
    await house.claims(BORIS, lead_id)
    house.clock.advance(minutes=30)
    assert await ticks(house) == 1
    waiting = {item.destination: item.payload["owner"] for item in await house.promised("remind")}
    assert waiting[f"telegram:{BORIS.telegram_id}"] == await house.teammate(BORIS)


async def test_the_clock_and_a_tap_do_not_block_one_another(house: House) -> None:
    """Both take the lead first: in the other order PostgreSQL would have to end one of them, after a second."""
    lead_id = await house.owned_lead()
    house.clock.advance(minutes=30)
    due = await house.store.read(get_deadline, lead_id, DeadlineKind.ANSWER)
    assert due is not None and due.due_at == house.now
    runs: list[str] = []
    is_locked, loop = asyncio.Event(), asyncio.get_running_loop()

    def tap(tx: Tx) -> None:
        lock_lead(tx, lead_id)
        runs.append("tap")
        loop.call_soon_threadsafe(is_locked.set)
        while tx.dialect.name == "postgresql" and not tx.scalar(sa.text(SOMEBODY_WAITS)):
            tx.execute(sa.text("select pg_sleep(0.01), pg_stat_clear_snapshot()"))
        clear_deadlines(tx, lead_id, DeadlineKind.ANSWER)

    def watch(tx: Tx) -> bool:
        runs.append("watch")
        return meet_deadline(tx, due.id, house.policy, house.now)

    async def looks() -> bool:
        await is_locked.wait()
        return await house.do(watch)

    met, _ = await asyncio.wait_for(asyncio.gather(looks(), house.do(tap)), 30)
    assert (sorted(runs), met) == (["tap", "watch"], False)


async def rejected_by_sales(house: House) -> int:
    lead_id = await house.owned_lead()
    await house.rejects(ANNA, lead_id)
    return lead_id


async def spam_of_marketing(house: House) -> int:
    lead_id = (await house.shows_photo("Иван")).lead_id
    assert lead_id is not None
    await house.do(reject_lead, lead_id, RejectReason.SPAM, MARIA, house.policy, house.now)
    return lead_id


@pytest.mark.parametrize(
    ("rejected", "back", "more", "by"),
    [
        (rejected_by_sales, warm_up, [WarmUpTerm.MONTH], MARIA),
        (spam_of_marketing, take_back_spam, [], MARIA),
        (spam_of_marketing, reopen_lead, [], VIKTOR),
        (spam_of_marketing, undo_act, [], MARIA),
    ],
    ids=["warmed up", "not spam", "reopened", "undone"],
)
async def test_who_waits_and_is_back_with_marketing_is_not_left_to_chance(
    house: House, rejected: Callable[[House], Awaitable[int]], back: Callable[..., Any], more: list[Any], by: Person
) -> None:
    lead_id = await rejected(house)
    await house.do(back, lead_id, *more, by, house.policy, house.now)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id, lead.waiting_since) == (Status.NURTURING, None, house.now)
    await house.delivers()
    house.clock.advance(minutes=15)
    await ticks(house)
    assert await reminded(house) == [("marketing", str(MARKETING))]
