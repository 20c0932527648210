"""Marketing agrees, disputes or warms up; a manager settles a dispute; a verdict can meet a newer lead."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.leads import FeedbackState, Status, WarmUpTerm
from bot.domain.messages import Touch
from bot.storage.feedback import last_feedback
from bot.storage.leads import open_lead_of
from bot.storage.tables import leads, touches
from bot.storage.team import record_membership
from bot.use_cases.be_away import be_away_until
from bot.use_cases.join_team import record_member
from bot.use_cases.settle_feedback import OwnCase, Settled, judge_dispute, settle_feedback
from bot.use_cases.start_new_request import start_new_request
from bot.use_cases.team import Gone, NotAllowed, Person, TooLate
from bot.use_cases.warm_up_lead import warm_up
from tests.use_cases.house import ANNA, BORIS, MANAGERS, MARIA, NINA, POLICY, SALES, VIKTOR, House

AGREED, NURTURED, DISPUTED = FeedbackState.AGREED, FeedbackState.NURTURED, FeedbackState.DISPUTED
UPHELD, OVERTURNED = FeedbackState.UPHELD, FeedbackState.OVERTURNED


async def rejected(house: House, name: str = "Иван", *, answered: bool = True) -> int:
    lead_id = await house.owned_lead(name)
    if answered:
        await house.says_to_bot(ANNA, "Какой бюджет?")
    await house.delivers()
    await house.rejects(ANNA, lead_id)
    await house.delivers()
    return lead_id


async def settles(house: House, lead_id: int, to: FeedbackState, person: Person = MARIA) -> object:
    if to is NURTURED:
        return await house.do(warm_up, lead_id, WarmUpTerm.MONTH, person, POLICY, house.now)
    return await house.do(settle_feedback, lead_id, to, person, POLICY, house.now)


async def judges(house: House, lead_id: int, to: FeedbackState, person: Person = VIKTOR) -> object:
    return await house.do(judge_dispute, lead_id, to, person, POLICY, house.now)


async def state(house: House, lead_id: int) -> FeedbackState:
    case = await house.store.read(last_feedback, lead_id)
    assert case is not None
    return case.state


async def test_agreed_leaves_it_rejected(house: House) -> None:
    lead_id = await rejected(house)
    assert await settles(house, lead_id, AGREED) == Settled(AGREED)
    assert (await house.lead(lead_id)).status is Status.REJECTED


async def test_warmed_up_it_stands_before_marketing_and_still_waits(house: House) -> None:
    lead_id = await rejected(house, answered=False)
    assert await settles(house, lead_id, NURTURED) == Settled(NURTURED)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id, lead.closed_at) == (Status.NURTURING, None, None)
    assert lead.waiting_since == lead.first_inbound_at
    assert "marketing" in [item.payload["place"] for item in await house.promised("card")]


async def test_a_customer_who_was_answered_does_not_wait(house: House) -> None:
    lead_id = await rejected(house, answered=True)
    await settles(house, lead_id, NURTURED)
    assert (await house.lead(lead_id)).waiting_since is None


@pytest.mark.parametrize(
    ("verdict", "status"), [(UPHELD, Status.REJECTED), (OVERTURNED, Status.OFFERED)], ids=["upheld", "overturned"]
)
async def test_a_manager_settles_a_dispute(house: House, verdict: FeedbackState, status: Status) -> None:
    lead_id = await rejected(house)
    await settles(house, lead_id, DISPUTED)
    (card,) = [item for item in await house.promised("card") if item.payload["place"] == "dispute"]
    assert card.destination == f"telegram:{MANAGERS}"
    assert await judges(house, lead_id, verdict) == Settled(verdict)
    assert (await house.lead(lead_id)).status is status
    assert await judges(house, lead_id, UPHELD) == TooLate(verdict)


async def test_who_may_say_what(house: House) -> None:
    lead_id = await rejected(house)
    assert await settles(house, lead_id, AGREED, ANNA) == NotAllowed("marketing")
    assert await judges(house, lead_id, OVERTURNED) == TooLate(FeedbackState.OPEN)
    assert await judges(house, lead_id, OVERTURNED, MARIA) == NotAllowed("managers")
    assert await settles(house, 10**9, AGREED) == Gone()
    assert await settles(house, lead_id, OVERTURNED) == TooLate(FeedbackState.OPEN)


async def test_nobody_judges_his_own_rejection_while_there_is_another(house: House) -> None:
    for chat_id in (SALES, MANAGERS):
        await house.do(record_membership, ANNA.telegram_id, chat_id, "member", house.now)
    lead_id = await rejected(house)
    await settles(house, lead_id, DISPUTED)
    assert await judges(house, lead_id, UPHELD, ANNA) == OwnCase()
    await house.leaves(VIKTOR, MANAGERS)
    boss = replace(POLICY, admins=frozenset({7}))
    assert await house.do(judge_dispute, lead_id, UPHELD, ANNA, boss, house.now) == OwnCase()
    assert await judges(house, lead_id, UPHELD, ANNA) == Settled(UPHELD)


async def test_rejected_again_is_a_new_case(house: House) -> None:
    lead_id = await rejected(house)
    await settles(house, lead_id, DISPUTED)
    await judges(house, lead_id, OVERTURNED)
    await house.claims(BORIS, lead_id)
    await house.rejects(BORIS, lead_id)
    assert await state(house, lead_id) is FeedbackState.OPEN
    assert await settles(house, lead_id, AGREED) == Settled(AGREED)


async def test_agree_against_dispute(house: House) -> None:
    lead_id = await rejected(house)
    results = await asyncio.gather(
        *(settles(house, lead_id, to, person) for to in (AGREED, DISPUTED, NURTURED) for person in (MARIA, NINA) * 3)
    )
    (won,) = [result for result in results if isinstance(result, Settled)]
    assert await state(house, lead_id) is won.state
    assert {result for result in results if result != won} == {TooLate(won.state)}
    nurtured = (await house.lead(lead_id)).status is Status.NURTURING
    assert nurtured == (won.state is NURTURED)


async def test_overturn_against_uphold(house: House) -> None:
    lead_id = await rejected(house)
    await settles(house, lead_id, DISPUTED)
    await house.do(record_member, NINA.telegram_id, MANAGERS, "member", POLICY, house.now)
    results = await asyncio.gather(
        *(judges(house, lead_id, to, person) for to in (UPHELD, OVERTURNED) for person in (VIKTOR, NINA) * 4)
    )
    (won,) = [result for result in results if isinstance(result, Settled)]
    assert ((await house.lead(lead_id)).status is Status.OFFERED) == (won.state is OVERTURNED)


# A newer lead of the same contact ------------------------------------------------------------------------------------


async def two_leads(house: House, *, owner: Person, newer_answer: bool) -> tuple[int, int]:
    """Anna answered and rejected; days later the customer came back and somebody else has him."""
    await house.starts("Иван", Touch(source="yandex"))
    old = await rejected(house)
    await settles(house, old, DISPUTED)
    house.clock.advance(hours=73)
    new = (await house.writes("Иван", "Всё же хочу")).lead_id
    assert new is not None and new != old
    await house.claims(owner, new)
    if newer_answer:
        await house.says_to_bot(owner, "Конечно!")
        await house.delivers()
    return old, new


async def test_the_open_lead_stays_takes_the_older_touch_and_the_verdict_is_on_both(house: House) -> None:
    old, new = await two_leads(house, owner=BORIS, newer_answer=True)
    assert await judges(house, old, OVERTURNED) == Settled(OVERTURNED)
    assert (await house.lead(old)).status is Status.REJECTED
    assert await house.event(old, "overturned") == {"kept_closed": True, "continued_by": new}
    assert await house.event(new, "overturned") == {"of": old}
    first = sa.select(touches.c.source).join(leads, leads.c.first_touch_id == touches.c.id).where(leads.c.id == new)
    assert await house.store.read(lambda tx: tx.scalar(first)) == "yandex"


async def test_the_owner_with_the_newer_answer_keeps_the_customer_and_the_other_is_told(house: House) -> None:
    old, new = await two_leads(house, owner=BORIS, newer_answer=True)
    await judges(house, old, OVERTURNED)
    assert (await house.lead(new)).owner_id == await house.teammate(BORIS)
    assert await house.told(ANNA.telegram_id) == ["told.lead_stays", "told.overturned"]


async def test_or_gets_him_back(house: House) -> None:
    old, new = await two_leads(house, owner=BORIS, newer_answer=False)
    await house.says_to_bot(BORIS, "Ещё не ушло")
    await judges(house, old, OVERTURNED)
    lead = await house.lead(new)
    assert (lead.status, lead.owner_id) == (Status.CLAIMED, await house.teammate(ANNA))
    assert set(await house.told(BORIS.telegram_id)) == {"told.lead_moved", "not_delivered"}
    assert f"telegram:{ANNA.telegram_id}" in [item.destination for item in await house.promised("relay")]
    assert await house.delivers() == []


async def test_who_left_gets_nobody_back(house: House) -> None:
    old, new = await two_leads(house, owner=BORIS, newer_answer=False)
    await house.leaves(ANNA)
    await judges(house, old, OVERTURNED)
    assert (await house.lead(new)).owner_id == await house.teammate(BORIS)


async def test_nor_does_who_is_away(house: House) -> None:
    old, new = await two_leads(house, owner=BORIS, newer_answer=False)
    await house.do(be_away_until, 0, house.now + timedelta(days=7), ANNA, POLICY, house.now)
    await judges(house, old, OVERTURNED)
    assert (await house.lead(new)).owner_id == await house.teammate(BORIS)
    assert "told.lead_stays" in await house.told(ANNA.telegram_id)


async def test_warming_up_what_goes_on_elsewhere_opens_no_second_lead(house: House) -> None:
    old = await rejected(house)
    await house.writes("Иван", "Передумал")
    await house.do(start_new_request, old, ANNA, POLICY, house.now)
    assert await settles(house, old, NURTURED) == Settled(NURTURED)
    lead = await house.lead(old)
    current = await house.store.read(open_lead_of, lead.contact_id)
    assert (lead.status, current and current.status) == (Status.REJECTED, Status.CLAIMED)


async def test_a_verdict_and_a_new_message_at_once_leave_one_open_lead(house: House) -> None:
    for turn in range(6):
        old = await rejected(house, f"Клиент {turn}")
        await settles(house, old, DISPUTED)
        house.clock.advance(hours=73)
        await asyncio.gather(judges(house, old, OVERTURNED), house.writes(f"Клиент {turn}", "Ну?"))
        contact = (await house.lead(old)).contact_id
        found = sa.select(leads.c.status).where(leads.c.contact_id == contact, leads.c.status != "rejected")
        assert await house.store.read(lambda tx, f=found: list(tx.scalars(f))) == ["offered"]  # type: ignore[misc]
