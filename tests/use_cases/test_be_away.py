"""Away: nobody's customers are left alone, and a former customer finds his seller again."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.leads import Status
from bot.storage.team import teammate_by_telegram
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.be_away import be_away_until, come_back, end_absence, go_away, returned
from bot.use_cases.call_customer import record_talk
from bot.use_cases.claim_lead import claim_lead
from bot.use_cases.put_off import call_back_at
from bot.use_cases.reopen_lead import reopen_lead
from bot.use_cases.seat import Asked
from bot.use_cases.team import IsAway, Person
from bot.use_cases.transfer_lead import ask_transfer_note
from bot.use_cases.undo_act import undo_act
from tests.use_cases.house import ANNA, BORIS, MARIA, SALES, VIKTOR, House
from tests.use_cases.test_reminders import ticks


async def goes(house: House, person: Person = ANNA, days: float = 7) -> int:
    mate = await house.store.read(teammate_by_telegram, person.telegram_id)
    assert mate is not None
    return await house.do(go_away, mate, house.now + timedelta(days=days), house.policy, house.now)


async def returns(house: House, person: Person = ANNA) -> bool:
    mate = await house.store.read(teammate_by_telegram, person.telegram_id)
    assert mate is not None
    return await house.do(come_back, mate, house.now)


async def test_who_waits_goes_to_colleagues_at_once_and_who_writes_later_then(house: House) -> None:
    waiting, quiet = await house.owned_lead("Иван"), await house.owned_lead("Ольга")
    await house.do(record_talk, quiet, ANNA, house.policy, house.now)
    assert await goes(house) == 1
    assert (await house.lead(waiting)).status is Status.OFFERED
    assert (await house.lead(quiet)).owner_id == await house.teammate(ANNA)
    await house.forgets_promises()
    await house.writes("Ольга", "Я снова тут")
    lead = await house.lead(quiet)
    assert (lead.status, lead.owner_id, lead.waiting_since) == (Status.OFFERED, None, house.now)
    assert (await house.event(quiet, "taken_back"))["why"] == "away"
    shown = [(item.kind, item.destination) for item in await house.promised()]
    assert ("card", f"telegram:{SALES}") in shown
    assert ("relay", f"telegram:{ANNA.telegram_id}") not in shown


async def test_on_return_he_is_told_what_colleagues_were_offered(house: House) -> None:
    lead_id = await house.owned_lead()
    await goes(house)
    await house.claims(BORIS, lead_id)
    await house.forgets_promises()
    assert await returns(house)
    (told,) = await house.promised("view")
    assert (told.payload["view"], told.payload["leads"]) == ("back", [lead_id])
    assert not await returns(house)


async def test_the_absence_ends_by_itself(house: House) -> None:
    await goes(house, days=1)
    assert await house.store.read(returned, house.now) == []
    house.clock.advance(days=1)
    (mate_id,) = await house.store.read(returned, house.now)
    await asyncio.gather(*(house.do(end_absence, mate_id, house.now) for _ in range(3)))
    assert len(await house.promised("view")) == 1
    assert await house.store.read(returned, house.now) == []


async def test_a_promised_call_is_made_by_a_colleague(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(record_talk, lead_id, ANNA, house.policy, house.now)
    await house.do(call_back_at, lead_id, house.now + timedelta(days=2), ANNA, house.policy, house.now)
    await goes(house)
    house.clock.advance(days=2)
    assert await ticks(house) == 1
    assert (await house.lead(lead_id)).status is Status.OFFERED


async def test_who_claims_is_back(house: House) -> None:
    await goes(house)
    lead_id = await house.owned_lead(owner=ANNA)
    await house.writes("Иван", "Ау")
    assert (await house.lead(lead_id)).owner_id == await house.teammate(ANNA)


async def test_going_away_while_a_customer_writes_leaves_him_to_somebody(house: House) -> None:
    for turn in range(5):
        name = f"Клиент {turn}"
        lead_id = await house.owned_lead(name)
        await house.do(record_talk, lead_id, ANNA, house.policy, house.now)
        house.clock.advance(minutes=1)
        await asyncio.gather(house.writes(name, "Ещё вопрос"), goes(house))
        assert (await house.lead(lead_id)).status is Status.OFFERED
        await returns(house)


async def test_a_former_customer_finds_his_seller(house: House) -> None:
    first = await house.owned_lead("Иван", owner=ANNA)
    await house.wins(ANNA, first)
    house.clock.advance(days=10)
    await house.forgets_promises()
    again = (await house.writes("Иван", "Сколько стоит шкаф?")).lead_id
    assert again != first and again is not None
    (told,) = [item for item in await house.promised("say") if item.payload["text"] == "told.former_customer"]
    assert told.destination == f"telegram:{ANNA.telegram_id}"
    assert told.payload["buttons"] == [[["button.claim", f"claim:{again}:v"]]]
    await asyncio.gather(*(house.do(claim_lead, again, who, house.policy, house.now) for who in (ANNA, BORIS)))
    assert (await house.events(again)).count("claimed") == 1


async def test_a_former_seller_who_left_or_is_away_is_not_told(house: House) -> None:
    first = await house.owned_lead("Иван", owner=ANNA)
    await house.wins(ANNA, first)
    await goes(house, days=30)
    house.clock.advance(days=10)
    await house.writes("Иван", "Сколько стоит шкаф?")
    assert "told.former_customer" not in await house.told(ANNA.telegram_id)


async def test_nobody_gives_a_lead_to_who_is_away(house: House) -> None:
    lead_id = await house.owned_lead(owner=ANNA)
    boris = await house.teammate(BORIS)
    await goes(house, BORIS)
    told = await house.do(ask_transfer_note, lead_id, boris, ANNA, house.policy, house.now)
    assert told == IsAway("Борис")


async def test_until_when_in_words_asked_for_once_more(house: House) -> None:
    told = await house.do(be_away_until, 0, None, ANNA, house.policy, house.now)
    assert told == Asked("tap.asked")
    for words, away in (("не знаю", False), ("до пятницы", True)):
        await house.delivers()
        (prompt,) = await house.prompts("away")
        await house.says_to_bot(ANNA, words, reply_to=prompt.message_id)
        mate = await house.store.read(teammate_by_telegram, ANNA.telegram_id)
        assert mate is not None and mate.is_away(house.now) is away
    assert await house.told(ANNA.telegram_id) == ["away.gone"]
    assert await house.prompts("away") == []


async def test_a_late_word_to_who_is_away_is_a_new_request(house: House) -> None:
    first = await house.owned_lead()
    await house.wins(ANNA, first)
    await goes(house)
    again = (await house.writes("Иван", "А доставка?")).lead_id
    assert again != first
    assert (await house.lead(again)).status is Status.OFFERED


@pytest.mark.parametrize("reopened", [True, False])
async def test_what_comes_back_to_life_while_its_owner_is_away_is_for_colleagues(
    house: House, *, reopened: bool
) -> None:
    lead_id = await house.owned_lead()
    await house.wins(ANNA, lead_id)
    await goes(house)
    await house.do(reopen_lead if reopened else undo_act, lead_id, VIKTOR, house.policy, house.now)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id) == (Status.OFFERED, None)
    assert (await house.event(lead_id, "taken_back"))["why"] == "away"


async def test_who_takes_a_customer_is_away_no_more(house: House) -> None:
    lead_id = (await house.shows_photo("Пётр")).lead_id
    assert lead_id is not None
    await goes(house, MARIA)
    await house.do(answer_as_marketer, lead_id, MARIA, house.policy, house.now)
    mate = await house.store.read(teammate_by_telegram, MARIA.telegram_id)
    assert mate is not None and not mate.is_away(house.now)


async def test_what_he_has_just_answered_still_goes_out(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.says_to_bot(ANNA, "Пришлю расчёт завтра")
    assert await goes(house) == 0
    assert await house.delivers() == ["Пришлю расчёт завтра"]
    assert (await house.lead(lead_id)).owner_id == await house.teammate(ANNA)
