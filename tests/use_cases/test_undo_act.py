"""A mis-tap is taken back within 30 seconds, and then it was never counted."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.leads import DeadlineKind, FeedbackState, LossReason, RejectReason, Status
from bot.domain.messages import Touch
from bot.storage.deadlines import get_deadline
from bot.storage.feedback import last_feedback
from bot.use_cases.claim_lead import claim_lead
from bot.use_cases.close_lead import lose_lead
from bot.use_cases.meet_deadline import meet_deadline
from bot.use_cases.put_off import call_back_at
from bot.use_cases.reopen_lead import reopen_lead
from bot.use_cases.settle_feedback import settle_feedback
from bot.use_cases.team import NotAllowed, NotYours, Person
from bot.use_cases.undo_act import CannotUndo, OtherOpen, Undone, undo_act
from tests.use_cases.house import ANNA, BORIS, MARIA, POLICY, SALES, STRANGER, VIKTOR, House


async def undoes(house: House, person: Person, lead_id: int) -> object:
    return await house.do(undo_act, lead_id, person, POLICY, house.now)


async def test_a_claim(house: House) -> None:
    lead_id = await house.owned_lead()
    before = await house.lead(lead_id)
    assert await undoes(house, ANNA, lead_id) == Undone("claimed")
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id, lead.claimed_at) == (Status.OFFERED, None, None)
    assert lead.waiting_since == before.waiting_since
    assert any(item.payload["place"] == "sales" for item in await house.promised("card"))
    assert await house.do(claim_lead, lead_id, BORIS, POLICY, house.now)
    assert (await house.lead(lead_id)).owner_id == await house.teammate(BORIS)


async def test_a_release_gives_the_talk_back(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.releases(ANNA, lead_id)
    await house.writes("Иван", "Вы здесь?")
    await house.forgets_promises()
    assert await undoes(house, ANNA, lead_id) == Undone("released")
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id) == (Status.CLAIMED, await house.teammate(ANNA))
    assert len(await house.promised("relay")) == 2


async def test_a_win_with_its_amount(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.wins(ANNA, lead_id)
    await house.delivers()
    (prompt,) = await house.prompts("amount")
    await house.says_to_bot(ANNA, "500 $ диван", reply_to=prompt.message_id)
    assert (await house.lead(lead_id)).currency == "USD"
    assert await undoes(house, ANNA, lead_id) == Undone("won")
    lead = await house.lead(lead_id)
    assert (lead.status, lead.amount, lead.product, lead.closed_at) == (Status.CLAIMED, None, None, None)
    assert lead.waiting_since is not None, "the customer waits as before"
    booked = await house.event(lead_id, "amount_set")
    assert (booked["amount"], booked["previous"], booked["currency"]) == (0, 500_00, "USD")


async def test_a_rejection_with_its_feedback(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.rejects(ANNA, lead_id)
    await house.delivers()
    assert await house.card(lead_id, "feedback") is not None
    assert await undoes(house, ANNA, lead_id) == Undone("rejected")
    lead = await house.lead(lead_id)
    assert (lead.status, lead.reject_reason) == (Status.CLAIMED, None)
    assert await house.store.read(last_feedback, lead_id) is None
    assert await house.card(lead_id, "feedback") is None
    assert len(await house.promised("remove")) == 1


async def test_marketings_agreement(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.rejects(ANNA, lead_id)
    await house.do(settle_feedback, lead_id, FeedbackState.AGREED, MARIA, POLICY, house.now)
    assert await undoes(house, ANNA, lead_id) == NotAllowed("marketing")
    assert await undoes(house, MARIA, lead_id) == Undone("agreed")
    case = await house.store.read(last_feedback, lead_id)
    assert case is not None
    assert (case.state, case.settled_by) == (FeedbackState.OPEN, None)
    assert (await house.lead(lead_id)).status is Status.REJECTED


async def test_only_who_did_it_or_a_manager(house: House) -> None:
    lead_id = await house.owned_lead()
    assert await undoes(house, BORIS, lead_id) == NotYours("Анна")
    assert await undoes(house, MARIA, lead_id) == NotAllowed("sales")
    assert await undoes(house, STRANGER, lead_id) == NotAllowed("sales")
    assert await undoes(house, VIKTOR, lead_id) == Undone("claimed")


@pytest.mark.parametrize("late", [True, False])
async def test_it_is_refused_when_late_or_somebody_has_acted(house: House, *, late: bool) -> None:
    lead_id = await house.owned_lead()
    if late:
        house.clock.advance(seconds=30)
    else:
        await house.says_to_bot(ANNA, "Здравствуйте")
        await house.delivers()
    assert await undoes(house, ANNA, lead_id) == CannotUndo()
    assert (await house.lead(lead_id)).owner_id == await house.teammate(ANNA)


async def test_once_however_many_taps(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(lose_lead, lead_id, LossReason.PRICE, ANNA, POLICY, house.now)
    results = await asyncio.gather(*(undoes(house, person, lead_id) for person in (ANNA, VIKTOR) * 4))
    assert results.count(Undone("lost")) == 1
    assert results.count(CannotUndo()) == 7
    assert (await house.events(lead_id)).count("undone") == 1


async def test_a_claim_races_its_own_undo(house: House) -> None:
    lead_id = await house.owned_lead()
    await asyncio.gather(undoes(house, ANNA, lead_id), house.do(claim_lead, lead_id, BORIS, POLICY, house.now))
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id) in ((Status.OFFERED, None), (Status.CLAIMED, await house.teammate(BORIS)))


async def test_not_past_another_open_lead(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.rejects(ANNA, lead_id, RejectReason.DUPLICATE)
    await house.leaves(ANNA, SALES)
    other = await house.writes("Иван", "Так сколько стоит кухня?")
    assert other.lead_id is not None
    assert await undoes(house, VIKTOR, lead_id) == OtherOpen(other.lead_id)


@pytest.mark.parametrize("which", [0, 2])
async def test_a_rejection_that_shares_its_card(house: House, which: int) -> None:
    """What stood with it stays before marketing: with the others, or each on a card of its own."""
    found = []
    for name in ("Иван", "Пётр", "Ольга"):
        await house.starts(name, Touch(source="yandex", campaign="Осень"))
        found.append(await house.owned_lead(name))
        await house.rejects(ANNA, found[-1])
    await house.delivers()
    first = await house.store.read(last_feedback, found[0])
    assert first is not None
    assert await undoes(house, ANNA, found[which]) == Undone("rejected")
    await house.delivers()
    others = [lead_id for lead_id in found if lead_id != found[which]]
    cases = [await house.store.read(last_feedback, lead_id) for lead_id in others]
    joined = [case.joined_id for case in cases if case is not None]
    assert joined == ([None, None] if which == 0 else [None, first.id])
    alone = [await house.card(lead_id, "feedback") is not None for lead_id in others]
    assert alone == ([True, True] if which == 0 else [False, False])
    assert (await house.card(found[0], f"joined:{first.id}") is not None) is (which == 2)


@pytest.mark.parametrize("reopened", [True, False])
async def test_a_closing_after_a_call_was_promised(house: House, *, reopened: bool) -> None:
    lead_id = await house.owned_lead()
    at = house.now + timedelta(hours=2)
    await house.do(call_back_at, lead_id, at, ANNA, POLICY, house.now)
    await house.do(lose_lead, lead_id, LossReason.PRICE, ANNA, POLICY, house.now)
    house.clock.advance(minutes=30 if reopened else 0)
    await house.do(reopen_lead if reopened else undo_act, lead_id, ANNA, POLICY, house.now)
    await house.forgets_promises()
    house.clock.advance(hours=2)
    kept = await house.store.read(get_deadline, lead_id, DeadlineKind.CALL_BACK)
    assert kept is not None and kept.due_at == at
    await house.do(meet_deadline, kept.id, POLICY, house.now)
    assert [item.payload["of"] for item in await house.promised("remind")] == ["call_back"]


async def test_of_a_call_to_a_closed_lead_nobody_is_reminded(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(call_back_at, lead_id, house.now + timedelta(hours=2), ANNA, POLICY, house.now)
    await house.wins(ANNA, lead_id)
    house.clock.advance(hours=2)
    kept = await house.store.read(get_deadline, lead_id, DeadlineKind.CALL_BACK)
    assert kept is not None
    await house.do(meet_deadline, kept.id, POLICY, house.now)
    assert await house.promised("remind") == []
    assert "reminded" not in await house.events(lead_id)
