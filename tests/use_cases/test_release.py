"""A lead goes back to the sales chat: by its owner, by a manager, or because its owner has left."""

import asyncio

from bot.domain.leads import Status
from bot.domain.messages import MessageStatus
from bot.use_cases.claim_lead import Claimed, claim_lead, release_lead
from bot.use_cases.reject_lead import ask_reject_reason
from bot.use_cases.team import Gone, NotAllowed, NotYours, TooLate
from bot.use_cases.undo_act import Undone, undo_act
from tests.use_cases.house import ANNA, BORIS, MARIA, POLICY, VIKTOR, House


async def test_the_card_comes_anew_and_the_next_one_takes_it(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.delivers()
    old = await house.card(lead_id, "sales")
    await house.releases(ANNA, lead_id)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id, lead.former_owner_id) == (Status.OFFERED, None, await house.teammate(ANNA))
    assert [item.payload["message"] for item in await house.promised("remove")] == [old]
    assert lead.waiting_since is not None
    await house.claims(BORIS, lead_id)
    assert f"telegram:{BORIS.telegram_id}" in [item.destination for item in await house.promised("relay")]


async def test_who_may(house: House) -> None:
    lead_id = await house.owned_lead()
    assert await house.do(release_lead, lead_id, BORIS, POLICY, house.now) == NotYours("Анна")
    assert await house.do(release_lead, lead_id, MARIA, POLICY, house.now) == NotAllowed("sales")
    assert await house.do(release_lead, 10**9, ANNA, POLICY, house.now) == Gone()
    assert await house.do(release_lead, lead_id, VIKTOR, POLICY, house.now) is None
    assert await house.do(release_lead, lead_id, ANNA, POLICY, house.now) == NotYours(None)
    assert await house.do(release_lead, lead_id, VIKTOR, POLICY, house.now) == TooLate(Status.OFFERED)


async def test_words_still_on_their_way_are_taken_back_and_their_writer_is_told(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.says_to_bot(ANNA, "Сейчас посчитаю")
    await house.releases(ANNA, lead_id)
    assert await house.promised("answer") == []
    (message,) = await house.messages(direction="outbound")
    assert (message.status, message.failure) == (MessageStatus.FAILED, "why.released")
    assert await house.told(ANNA.telegram_id) == ["not_delivered"]
    await house.claims(ANNA, lead_id)
    assert await house.delivers() == []


async def test_an_open_question_about_its_fate_is_withdrawn(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(ask_reject_reason, lead_id, ANNA, POLICY, house.now)
    await house.releases(ANNA, lead_id)
    assert await house.prompts("reject") == []


async def test_release_against_claim(house: House) -> None:
    """However they interleave, the log tells one story and its end is what the lead is."""
    lead_id = await house.owned_lead()
    acts = [
        *(house.do(release_lead, lead_id, ANNA, POLICY, house.now) for _ in range(6)),
        *(house.do(claim_lead, lead_id, person, POLICY, house.now) for person in (ANNA, BORIS) * 6),
    ]
    results = await asyncio.gather(*acts)
    lead, events = await house.lead(lead_id), await house.events(lead_id)
    changes = [kind for kind in events if kind in ("claimed", "released")]
    assert changes == ["claimed", "released"] * (len(changes) // 2) + ["claimed"] * (len(changes) % 2)
    assert changes.count("claimed") == 1 + sum(isinstance(result, Claimed) for result in results)
    assert (lead.owner_id is None) == (lead.status is Status.OFFERED) == (changes[-1] == "released")


async def test_who_leaves_gives_up_everything_and_hears_nothing_more(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.says_to_bot(ANNA, "Перезвоню")
    await house.leaves(ANNA)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id) == (Status.OFFERED, None)
    assert (await house.events(lead_id))[-2:] == ["taken_back", "message_failed"]
    assert await house.promised("answer") == []
    hers = [item.kind for item in await house.promised() if item.destination == f"telegram:{ANNA.telegram_id}"]
    assert hers == []
    await house.writes("Иван", "Ну что?")
    assert await house.promised("relay") == []


async def test_whose_lead_a_manager_gives_away_is_told(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(release_lead, lead_id, VIKTOR, POLICY, house.now)
    assert await house.told(ANNA.telegram_id) == ["told.released"]
    await house.forgets_promises()
    await house.claims(BORIS, lead_id)
    await house.releases(BORIS, lead_id)
    assert await house.told(BORIS.telegram_id) == []


async def test_whose_claim_a_manager_undoes_is_told(house: House) -> None:
    lead_id = await house.owned_lead()
    assert await house.do(undo_act, lead_id, VIKTOR, POLICY, house.now) == Undone("claimed")
    assert await house.told(ANNA.telegram_id) == ["told.released"]
