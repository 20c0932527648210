"""A marketer answers a person whom marketing still warms up."""

import asyncio

from bot.domain.leads import Status
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.claim_lead import AlreadyClaimed, Claimed, claim_lead
from bot.use_cases.join_team import record_member
from bot.use_cases.team import Gone, NotAllowed, TooLate
from tests.use_cases.house import ANNA, MARIA, MARKETING, NINA, POLICY, House


async def nurtured(house: House) -> int:
    lead_id = (await house.shows_photo("Пётр")).lead_id
    assert lead_id is not None
    return lead_id


async def test_the_lead_is_hers_its_status_stays_and_she_gets_what_was_said(house: House) -> None:
    lead_id = await nurtured(house)
    assert await house.do(answer_as_marketer, lead_id, MARIA, POLICY, house.now) == Claimed(lead_id, True)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id) == (Status.NURTURING, await house.teammate(MARIA))
    assert (await house.events(lead_id))[-1] == "answered_by_marketing"
    assert [item.destination for item in await house.promised("relay")] == [f"telegram:{MARIA.telegram_id}"]


async def test_who_is_too_late_is_told_who_won_and_how_long_ago(house: House) -> None:
    lead_id = await nurtured(house)
    await house.do(answer_as_marketer, lead_id, MARIA, POLICY, house.now)
    house.clock.advance(seconds=7)
    late = await house.do(answer_as_marketer, lead_id, NINA, POLICY, house.now)
    assert late == AlreadyClaimed("Мария", 7.0, False)
    assert await house.do(claim_lead, lead_id, ANNA, POLICY, house.now) == AlreadyClaimed("Мария", 7.0, False)


async def test_who_may_not(house: House) -> None:
    lead_id = await nurtured(house)
    hot = (await house.writes("Иван")).lead_id
    assert hot is not None
    assert await house.do(answer_as_marketer, lead_id, ANNA, POLICY, house.now) == NotAllowed("marketing")
    assert await house.do(answer_as_marketer, hot, MARIA, POLICY, house.now) == TooLate(Status.OFFERED)
    assert await house.do(answer_as_marketer, 10**9, MARIA, POLICY, house.now) == Gone()


async def test_when_she_leaves_marketing_gets_the_person_back(house: House) -> None:
    lead_id = await nurtured(house)
    await house.do(answer_as_marketer, lead_id, MARIA, POLICY, house.now)
    await house.says_to_bot(MARIA, "Минуту")
    await house.do(record_member, MARIA.telegram_id, MARKETING, "left", POLICY, house.now)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id) == (Status.NURTURING, None)
    assert await house.promised("answer") == []
    assert "marketing" in [item.payload["place"] for item in await house.promised("card")]


async def test_one_winner(house: House) -> None:
    lead_id = await nurtured(house)
    results = await asyncio.gather(
        *(house.do(answer_as_marketer, lead_id, person, POLICY, house.now) for person in (MARIA, NINA) * 10)
    )
    assert sum(isinstance(result, Claimed) for result in results) == 1
    assert (await house.events(lead_id)).count("answered_by_marketing") == 1
