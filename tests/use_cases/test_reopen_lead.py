"""A closed lead goes on."""

import asyncio

from bot.domain.leads import LossReason, Status
from bot.storage.feedback import last_feedback
from bot.use_cases.close_lead import lose_lead
from bot.use_cases.reopen_lead import Reopened, reopen_lead
from bot.use_cases.team import NotYours, TooLate
from bot.use_cases.undo_act import OtherOpen
from tests.use_cases.house import ANNA, BORIS, POLICY, SALES, VIKTOR, House


async def test_by_its_last_owner_or_a_manager(house: House) -> None:
    lead_id = await house.owned_lead()
    assert await house.do(reopen_lead, lead_id, ANNA, POLICY, house.now) == TooLate(Status.CLAIMED)
    await house.do(lose_lead, lead_id, LossReason.PRICE, ANNA, POLICY, house.now)
    house.clock.advance(hours=30)
    assert await house.do(reopen_lead, lead_id, BORIS, POLICY, house.now) == NotYours("Анна")
    results = await asyncio.gather(
        *(house.do(reopen_lead, lead_id, person, POLICY, house.now) for person in (ANNA, VIKTOR) * 3)
    )
    assert results.count(Reopened(lead_id)) == 1
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id, lead.loss_reason) == (Status.CLAIMED, await house.teammate(ANNA), None)
    assert lead.closed_at is None and lead.waiting_since is not None


async def test_a_rejection_leaves_nothing_to_settle(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.rejects(ANNA, lead_id)
    await house.do(reopen_lead, lead_id, ANNA, POLICY, house.now)
    assert await house.store.read(last_feedback, lead_id) is None


async def test_whose_owner_has_left_is_offered_to_everybody(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.rejects(ANNA, lead_id)
    await house.leaves(ANNA, SALES)
    assert await house.do(reopen_lead, lead_id, VIKTOR, POLICY, house.now) == Reopened(lead_id)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id) == (Status.OFFERED, None)


async def test_the_other_open_lead_goes_on_for_both(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.rejects(ANNA, lead_id)
    house.clock.advance(hours=80)
    other = (await house.writes("Иван", "Сколько стоит шкаф?")).lead_id
    assert other is not None
    assert await house.do(reopen_lead, lead_id, ANNA, POLICY, house.now) == OtherOpen(other)
    assert (await house.lead(lead_id)).status is Status.REJECTED
    assert "reopened" in await house.events(other)
