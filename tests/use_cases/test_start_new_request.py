"""A late word was a new request after all."""

import asyncio

from bot.domain.leads import Status
from bot.domain.messages import Touch
from bot.use_cases.claim_lead import Claimed
from bot.use_cases.start_new_request import start_new_request
from bot.use_cases.team import Gone, NotAllowed, NotYours, TooLate
from tests.use_cases.house import ANNA, BORIS, MARIA, POLICY, House


async def late_words(house: House, *texts: str) -> int:
    lead_id = await house.owned_lead()
    await house.wins(ANNA, lead_id)
    await house.delivers()
    for text in texts:
        house.clock.advance(minutes=1)
        await house.writes("Иван", text)
    return lead_id


async def test_the_words_move_to_a_lead_that_is_claimed_at_once(house: House) -> None:
    old = await late_words(house, *(f"Слово {n}" for n in range(15)))
    claimed = await house.do(start_new_request, old, ANNA, POLICY, house.now)
    assert isinstance(claimed, Claimed)
    lead = await house.lead(claimed.lead_id)
    said = await house.messages(lead_id=lead.id)
    assert [message.text for message in said] == [f"Слово {n}" for n in range(15)]
    assert (lead.status, lead.owner_id) == (Status.CLAIMED, await house.teammate(ANNA))
    assert (lead.first_inbound_at, lead.waiting_since) == (said[0].at, said[0].at)
    assert await house.events(lead.id) == ["created", "handed_off", "claimed"]
    assert [message.text for message in await house.messages(lead_id=old)] == ["Сколько стоит кухня?"]


async def test_it_keeps_the_mark_that_brought_the_customer_back(house: House) -> None:
    old = await late_words(house)
    house.clock.advance(minutes=1)
    await house.starts("Иван", Touch(source="vk"))
    await house.writes("Иван", "И шкаф")
    claimed = await house.do(start_new_request, old, ANNA, POLICY, house.now)
    assert isinstance(claimed, Claimed)
    assert (await house.event(claimed.lead_id, "created"))["source"] == "vk"


async def test_who_may(house: House) -> None:
    old = await late_words(house, "И шкаф")
    assert await house.do(start_new_request, old, BORIS, POLICY, house.now) == NotYours("Анна")
    assert await house.do(start_new_request, old, MARIA, POLICY, house.now) == NotAllowed("sales")
    assert await house.do(start_new_request, 10**9, ANNA, POLICY, house.now) == Gone()


async def test_many_taps_are_one_request(house: House) -> None:
    old = await late_words(house, "И шкаф")
    results = await asyncio.gather(
        *(house.do(start_new_request, old, ANNA, POLICY, house.now) for _ in range(10)),
    )
    assert sum(isinstance(result, Claimed) for result in results) == 1
    assert results.count(TooLate(Status.CLAIMED)) == 9


async def test_an_old_button_takes_only_the_words_since_the_last_closing(house: House) -> None:
    old = await late_words(house, "И шкаф")
    first = await house.do(start_new_request, old, ANNA, POLICY, house.now)
    assert isinstance(first, Claimed)
    await house.wins(ANNA, first.lead_id)
    house.clock.advance(minutes=1)
    await house.writes("Иван", "И стол")
    second = await house.do(start_new_request, old, ANNA, POLICY, house.now)
    assert isinstance(second, Claimed)
    assert [message.text for message in await house.messages(lead_id=first.lead_id)] == ["И шкаф"]
    assert [message.text for message in await house.messages(lead_id=second.lead_id)] == ["И стол"]
    third = await house.do(start_new_request, first.lead_id, ANNA, POLICY, house.now)
    assert third == TooLate(Status.CLAIMED)


async def test_where_nothing_was_written_nobody_waits(house: House) -> None:
    """The button is old, or the customer asked by telephone."""
    old = await late_words(house)
    claimed = await house.do(start_new_request, old, ANNA, POLICY, house.now)
    assert isinstance(claimed, Claimed)
    lead = await house.lead(claimed.lead_id)
    assert (lead.first_inbound_at, lead.waiting_since) == (None, None)
