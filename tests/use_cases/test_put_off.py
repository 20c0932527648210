"""*Called* and *Later*: what was said on the phone, and what can wait."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.leads import CallOutcome, Status
from bot.use_cases.call_customer import (
    Called,
    NeedsNoAnswer,
    ask_how_it_went,
    needs_no_answer,
    record_no_answer,
    record_talk,
)
from bot.use_cases.claim_lead import release_lead
from bot.use_cases.list_leads import list_own_leads, list_waiting_leads
from bot.use_cases.put_off import PutOff, call_back_at, snooze_lead
from bot.use_cases.team import NotYours, Past, TooLate
from bot.use_cases.team_message import NotAsked
from tests.use_cases.house import ANNA, BORIS, House
from tests.use_cases.test_reminders import reminded, ticks


async def test_a_talk_is_a_human_answer(house: House) -> None:
    lead_id = await house.owned_lead()
    house.clock.advance(minutes=10)
    told = await house.do(record_talk, lead_id, ANNA, house.policy, house.now)
    assert told == Called(CallOutcome.TALKED)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.first_answered_at, lead.waiting_since) == (Status.WORKING, house.now, None)
    assert await house.event(lead_id, "answered") == {"seconds": 600, "first": True}
    house.clock.advance(hours=5)
    assert await ticks(house) == 0


async def test_a_later_message_waits_again_and_a_second_talk_is_not_the_first(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(record_talk, lead_id, ANNA, house.policy, house.now)
    house.clock.advance(minutes=5)
    await house.writes("Иван", "И ещё вопрос")
    assert (await house.lead(lead_id)).waiting_since == house.now
    await house.do(record_talk, lead_id, ANNA, house.policy, house.now)
    assert (await house.lead(lead_id)).waiting_since is None
    assert (await house.events(lead_id)).count("answered") == 1


async def test_the_third_call_in_vain_proposes_unreachable(house: House) -> None:
    lead_id = await house.owned_lead()
    for times in (1, 2, 3):
        await house.do(ask_how_it_went, lead_id, ANNA, house.policy, house.now)
        told = await house.do(record_no_answer, lead_id, ANNA, house.policy, house.now)
        assert told == Called(CallOutcome.NO_ANSWER, times)
        assert await house.told(ANNA.telegram_id) == ["told.unreachable"] * (times == 3)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.first_answered_at) == (Status.CLAIMED, None)
    assert lead.waiting_since is not None


async def test_a_double_tap_is_one_call(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(ask_how_it_went, lead_id, ANNA, house.policy, house.now)
    told = await asyncio.gather(*(house.do(record_no_answer, lead_id, ANNA, house.policy, house.now) for _ in range(3)))
    assert told.count(Called(CallOutcome.NO_ANSWER, 1)) == 1
    assert told.count(NotAsked()) == 2
    assert (await house.events(lead_id)).count("called") == 1


async def test_a_call_back_reminds_with_the_number(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.delivers()
    at = house.now + timedelta(days=1)
    assert await house.do(call_back_at, lead_id, at, ANNA, house.policy, house.now) == PutOff(at)
    (line,) = await house.store.read(list_own_leads, ANNA.telegram_id)
    assert line.call_at == at
    house.clock.advance(hours=23)
    assert await ticks(house) == 0
    house.clock.advance(hours=1)
    assert await ticks(house) == 1
    assert await reminded(house) == [("call_back", str(ANNA.telegram_id))]
    house.clock.advance(minutes=30)
    assert await ticks(house) == 1  # he has not called: the customer waits on
    assert await reminded(house) == [("answer", str(ANNA.telegram_id))]


async def test_later_hides_until_its_time(house: House) -> None:
    lead_id, other = await house.owned_lead(), await house.owned_lead("Ольга")
    await house.delivers()
    until = house.now + timedelta(hours=1)
    assert await house.do(snooze_lead, lead_id, until, ANNA, house.policy, house.now) == PutOff(until)
    own = await house.store.read(list_own_leads, ANNA.telegram_id)
    assert [(line.lead.id, line.put_off) for line in own] == [(other, None), (lead_id, until)]
    assert [line.lead.id for line in await house.store.read(list_waiting_leads)] == [other]
    await house.do(needs_no_answer, other, ANNA, house.policy, house.now)
    house.clock.advance(minutes=59)
    assert await ticks(house) == 0
    house.clock.advance(minutes=1)
    assert await ticks(house) == 1
    assert await reminded(house) == [("woken", str(ANNA.telegram_id))]
    assert (await house.lead(lead_id)).snoozed_until is None
    house.clock.advance(minutes=30)
    assert await ticks(house) == 1
    assert await reminded(house) == [("answer", str(ANNA.telegram_id))]


async def test_the_customer_wakes_it(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(snooze_lead, lead_id, house.now + timedelta(days=3), ANNA, house.policy, house.now)
    await house.forgets_promises()
    await house.writes("Иван", "Я передумал")
    assert (await house.lead(lead_id)).snoozed_until is None
    assert (await house.event(lead_id, "woken")) == {"why": "message"}
    assert [item.destination for item in await house.promised("relay")] == [f"telegram:{ANNA.telegram_id}"]
    house.clock.advance(minutes=30)
    assert await ticks(house) == 1


@pytest.mark.parametrize(("words", "hours"), [("через 2 часа", 2), ("tomorrow at 10", 22)])
async def test_in_words(house: House, words: str, hours: int) -> None:
    house.clock.advance(hours=3)  # noon of the house's zone, UTC
    lead_id = await house.owned_lead()
    await house.do(snooze_lead, lead_id, None, ANNA, house.policy, house.now)
    await house.delivers()
    (asked,) = await house.prompts("until_when")
    await house.says_to_bot(ANNA, "как-нибудь", reply_to=asked.message_id)
    await house.delivers()
    (again,) = await house.prompts("until_when")
    assert again.data["text"] == "ask.when_again"
    await house.says_to_bot(ANNA, words, reply_to=again.message_id)
    assert (await house.lead(lead_id)).snoozed_until == house.now + timedelta(hours=hours)
    assert await house.told(ANNA.telegram_id) == ["told.put_off"]


async def test_no_answer_needed_is_no_answer(house: House) -> None:
    lead_id = await house.owned_lead()
    assert await house.do(needs_no_answer, lead_id, ANNA, house.policy, house.now) == NeedsNoAnswer()
    lead = await house.lead(lead_id)
    assert (lead.waiting_since, lead.first_answered_at, lead.status) == (None, None, Status.CLAIMED)
    house.clock.advance(hours=5)
    assert await ticks(house) == 0


async def test_who_may_not_and_what_is_over(house: House) -> None:
    lead_id = await house.owned_lead()
    soon = house.now + timedelta(hours=1)
    for unit in (record_talk, record_no_answer, needs_no_answer):
        assert await house.do(unit, lead_id, BORIS, house.policy, house.now) == NotYours("Анна")
    assert await house.do(snooze_lead, lead_id, soon, BORIS, house.policy, house.now) == NotYours("Анна")
    assert await house.do(snooze_lead, lead_id, house.now, ANNA, house.policy, house.now) == Past()
    far = house.now + timedelta(days=4_000)
    assert await house.do(call_back_at, lead_id, far, ANNA, house.policy, house.now) == Past()
    await house.wins(ANNA, lead_id)
    assert await house.do(record_talk, lead_id, ANNA, house.policy, house.now) == TooLate(Status.WON)
    assert await house.do(snooze_lead, lead_id, soon, ANNA, house.policy, house.now) == TooLate(Status.WON)


async def test_closing_and_giving_back_end_what_was_put_off(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(snooze_lead, lead_id, house.now + timedelta(hours=1), ANNA, house.policy, house.now)
    await asyncio.gather(
        house.do(release_lead, lead_id, ANNA, house.policy, house.now),
        house.do(snooze_lead, lead_id, house.now + timedelta(hours=2), ANNA, house.policy, house.now),
    )
    lead = await house.lead(lead_id)
    assert (lead.status, lead.snoozed_until) == (Status.OFFERED, None)
