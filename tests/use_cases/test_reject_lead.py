"""Sales gives a lead back with a reason, and marketing hears of it."""

import asyncio

import pytest

from bot.domain.leads import RejectReason, Status
from bot.storage.feedback import last_feedback
from bot.use_cases.claim_lead import Claimed, claim_lead
from bot.use_cases.reject_lead import Rejected, ask_reject_reason, reject_lead
from bot.use_cases.seat import Asked
from bot.use_cases.team import NotAllowed, NotYours, TooLate
from tests.use_cases.house import ANNA, BORIS, MARIA, MARKETING, NINA, POLICY, VIKTOR, House


@pytest.mark.parametrize("reason", [reason for reason in RejectReason if reason is not RejectReason.OTHER])
async def test_every_reason_rejects_at_the_tap(house: House, reason: RejectReason) -> None:
    lead_id = await house.owned_lead()
    told = await house.do(reject_lead, lead_id, reason, ANNA, POLICY, house.now)
    assert told == Rejected(lead_id, as_spam=reason is RejectReason.SPAM)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.reject_reason, lead.closed_at) == (Status.REJECTED, reason, house.now)
    assert await house.event(lead_id, "rejected") == {"reason": reason, "note": None}
    assert (lead_id, "feedback", f"telegram:{MARKETING}") in [
        (item.payload["lead"], item.payload["place"], item.destination) for item in await house.promised("card")
    ]


async def test_other_needs_a_note(house: House) -> None:
    lead_id = await house.owned_lead()
    assert await house.do(reject_lead, lead_id, RejectReason.OTHER, ANNA, POLICY, house.now) == Asked("tap.asked")
    assert (await house.lead(lead_id)).status is Status.CLAIMED
    for reply, left in ((" ", 1), ("Ищет работу\x00" + "!" * 5_000, 0)):
        await house.delivers()
        (prompt,) = await house.prompts("reject_note")
        await house.says_to_bot(ANNA, reply, reply_to=prompt.message_id)
        assert len(await house.prompts("reject_note")) == left
    lead = await house.lead(lead_id)
    assert (lead.status, lead.reject_reason) == (Status.REJECTED, "other")
    assert lead.verdict_note is not None and lead.verdict_note.startswith("Ищет работу!")


async def test_a_manager_can_be_asked_why_too(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(reject_lead, lead_id, RejectReason.OTHER, VIKTOR, POLICY, house.now)
    await house.delivers()
    (prompt,) = await house.prompts("reject_note")
    await house.says_to_bot(VIKTOR, "Это наш поставщик", reply_to=prompt.message_id)
    assert (await house.lead(lead_id)).verdict_note == "Это наш поставщик"


async def test_a_note_that_comes_too_late_changes_nothing(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(reject_lead, lead_id, RejectReason.OTHER, ANNA, POLICY, house.now)
    await house.delivers()
    (prompt,) = await house.prompts("reject_note")
    await house.releases(ANNA, lead_id)
    await house.says_to_bot(ANNA, "Ищет работу", reply_to=prompt.message_id)
    assert (await house.lead(lead_id)).status is Status.OFFERED


async def test_who_may_reject(house: House) -> None:
    lead_id = await house.owned_lead()
    for person, refusal in ((BORIS, NotYours("Анна")), (MARIA, NotAllowed("sales"))):
        assert await house.do(reject_lead, lead_id, RejectReason.SPAM, person, POLICY, house.now) == refusal
        assert await house.do(ask_reject_reason, lead_id, person, POLICY, house.now) == refusal


async def test_marketing_marks_spam_of_its_own_and_gets_no_feedback_about_it(house: House) -> None:
    lead_id = (await house.shows_photo("Казино")).lead_id
    assert lead_id is not None
    assert await house.do(reject_lead, lead_id, RejectReason.SPAM, ANNA, POLICY, house.now) == NotAllowed("marketing")
    assert await house.do(reject_lead, lead_id, RejectReason.SPAM, MARIA, POLICY, house.now) == Rejected(
        lead_id, as_spam=True
    )
    assert await house.store.read(last_feedback, lead_id) is None
    assert await house.do(reject_lead, lead_id, RejectReason.SPAM, NINA, POLICY, house.now) != Rejected(
        lead_id, as_spam=True
    )


async def test_a_late_tap_is_told_what_the_lead_is_now(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.wins(ANNA, lead_id)
    assert await house.do(reject_lead, lead_id, RejectReason.SPAM, ANNA, POLICY, house.now) == TooLate(Status.WON)


async def test_one_rejection_however_many_taps(house: House) -> None:
    lead_id = await house.owned_lead()
    taps = [
        house.do(reject_lead, lead_id, reason, person, POLICY, house.now)
        for reason in (RejectReason.SPAM, RejectReason.NO_BUDGET)
        for person in (ANNA, VIKTOR) * 4
    ]
    claims = [house.do(claim_lead, lead_id, BORIS, POLICY, house.now) for _ in range(4)]
    results = await asyncio.gather(*taps, *claims)
    assert sum(isinstance(result, Rejected) for result in results) == 1
    assert not any(isinstance(result, Claimed) for result in results)
    assert (await house.events(lead_id)).count("rejected") == 1
