"""The recorded passage of a lead from marketing to sales."""

import asyncio

import sqlalchemy as sa

from bot.domain.leads import Status
from bot.domain.messages import MessageStatus
from bot.storage.tables import handoffs
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.claim_lead import Claimed
from bot.use_cases.hand_off_lead import hand_to_sales
from bot.use_cases.team import Gone, NotAllowed, NotYours, TooLate
from tests.use_cases.house import ANNA, MARIA, NINA, POLICY, House


async def nurtured(house: House, name: str = "Пётр") -> int:
    lead_id = (await house.shows_photo(name)).lead_id
    assert lead_id is not None
    await house.delivers()
    return lead_id


async def test_the_passage_keeps_score_reasons_and_the_policy_of_its_day(house: House) -> None:
    lead_id = (await house.writes("Иван")).lead_id
    row = await house.store.read(lambda tx: tx.execute(sa.select(handoffs)).one())
    lead = await house.lead(lead_id)
    assert (row.lead_id, row.score, row.band, row.at) == (lead.id, lead.score, lead.band, house.now)
    assert row.reasons == lead.reasons and sum(reason["points"] for reason in row.reasons) == row.score
    assert row.policy == {"handoff": POLICY.rules.handoff, "claim_seconds": 900, "answer_seconds": 1800}
    assert await house.event(lead_id, "handed_off") == {"score": lead.score, "band": lead.band, "why": "score"}


async def test_a_marketer_gives_sales_what_the_score_would_not(house: House) -> None:
    lead_id = await nurtured(house)
    assert await house.do(hand_to_sales, lead_id, MARIA, POLICY, house.now) is None
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id, lead.offered_at) == (Status.OFFERED, None, house.now)
    assert (await house.event(lead_id, "handed_off"))["why"] == "marketing"
    assert sorted(item.payload["place"] for item in await house.promised("card")) == ["marketing", "sales"]
    assert await house.do(hand_to_sales, lead_id, MARIA, POLICY, house.now) == TooLate(Status.OFFERED)


async def test_her_own_lead_loses_its_owner_and_her_unsent_words(house: House) -> None:
    lead_id = await nurtured(house)
    await house.do(answer_as_marketer, lead_id, MARIA, POLICY, house.now)
    await house.says_to_bot(MARIA, "Сейчас передам")
    assert await house.do(hand_to_sales, lead_id, MARIA, POLICY, house.now) is None
    lead = await house.lead(lead_id)
    assert (lead.owner_id, lead.former_owner_id) == (None, await house.teammate(MARIA))
    assert [message.status for message in await house.messages(direction="outbound")] == [MessageStatus.FAILED]


async def test_who_may(house: House) -> None:
    lead_id = await nurtured(house)
    await house.do(answer_as_marketer, lead_id, MARIA, POLICY, house.now)
    assert await house.do(hand_to_sales, lead_id, NINA, POLICY, house.now) == NotYours("Мария")
    assert await house.do(hand_to_sales, lead_id, ANNA, POLICY, house.now) == NotAllowed("marketing")
    assert await house.do(hand_to_sales, 10**9, MARIA, POLICY, house.now) == Gone()


async def test_an_old_button_reopens_no_rejected_lead(house: House) -> None:
    """Back to sales it comes by a manager's verdict alone."""
    lead_id = await nurtured(house)
    await house.do(hand_to_sales, lead_id, MARIA, POLICY, house.now)
    await house.claims(ANNA, lead_id)
    await house.rejects(ANNA, lead_id)
    assert await house.do(hand_to_sales, lead_id, MARIA, POLICY, house.now) == TooLate(Status.REJECTED)
    assert (await house.lead(lead_id)).status is Status.REJECTED


async def test_a_lead_that_gets_hot_while_a_marketer_answers_it_stays_with_her(house: House) -> None:
    lead_id = await nurtured(house)
    await house.do(answer_as_marketer, lead_id, MARIA, POLICY, house.now)
    await house.forgets_promises()
    await house.writes("Пётр", "Хочу купить, выставьте счёт")
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id) == (Status.NURTURING, await house.teammate(MARIA))
    assert [item.destination for item in await house.promised("relay")] == [f"telegram:{MARIA.telegram_id}"]


async def test_answer_against_hand_to_sales(house: House) -> None:
    """Either she has it and sales has not, or the other way round."""
    for turn in range(6):
        lead_id = await nurtured(house, f"Клиент {turn}")
        answered, handed = await asyncio.gather(
            house.do(answer_as_marketer, lead_id, MARIA, POLICY, house.now),
            house.do(hand_to_sales, lead_id, NINA, POLICY, house.now),
        )
        lead = await house.lead(lead_id)
        assert isinstance(answered, Claimed) != (handed is None)
        assert (lead.status is Status.OFFERED) == (lead.owner_id is None) == (handed is None)
