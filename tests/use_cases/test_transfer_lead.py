"""A lead is given to a colleague, with a note or without."""

import asyncio

from bot.domain.leads import Status
from bot.use_cases.claim_lead import release_lead
from bot.use_cases.seat import Asked
from bot.use_cases.team import Gone, NotYours, Person, TooLate
from bot.use_cases.team_message import NotAsked
from bot.use_cases.transfer_lead import ask_colleague, ask_transfer_note, transfer_without_note
from bot.use_cases.undo_act import Undone, undo_act
from bot.use_cases.view_lead import view_lead
from tests.use_cases.house import ANNA, BORIS, MARIA, POLICY, VIKTOR, House


async def chooses_boris(house: House, lead_id: int, person: Person = ANNA) -> None:
    boris = await house.teammate(BORIS)
    assert await house.do(ask_transfer_note, lead_id, boris, person, POLICY, house.now) == Asked("tap.asked")


async def test_with_a_note_and_both_sides_words(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.says_to_bot(ANNA, "Кухни от 90 000")
    await house.delivers()
    assert await house.do(ask_colleague, lead_id, ANNA, POLICY, house.now) == Asked("tap.choose_colleague")
    view = await house.store.read(view_lead, lead_id, house.now)
    assert view is not None and [one.name for one in view.colleagues] == ["Борис"]
    await chooses_boris(house, lead_id)
    await house.delivers()
    (prompt,) = await house.prompts("transfer_note")
    await house.says_to_bot(ANNA, "Просит скидку", reply_to=prompt.message_id)
    lead = await house.lead(lead_id)
    assert (lead.status, lead.owner_id) == (Status.WORKING, await house.teammate(BORIS))
    assert await house.notes() == ["Просит скидку"]
    relayed = [item.payload["message"] for item in await house.promised("relay")]
    assert [message.text for message in await house.messages() if message.id in relayed] == [
        "Сколько стоит кухня?",
        "Кухни от 90 000",
    ]
    assert await house.told(BORIS.telegram_id) == ["told.lead_given"]
    assert await house.told(ANNA.telegram_id) == ["told.lead_transferred"]


async def test_a_manager_gives_and_takes_back(house: House) -> None:
    lead_id = await house.owned_lead()
    assert await house.do(ask_colleague, lead_id, VIKTOR, POLICY, house.now) == Asked("tap.see_private")
    await chooses_boris(house, lead_id, VIKTOR)
    given = await house.do(transfer_without_note, lead_id, VIKTOR, POLICY, house.now)
    assert given == Asked("tap.transferred")
    assert await house.told(ANNA.telegram_id) == ["told.lead_transferred"]
    await house.forgets_promises()
    assert await house.do(undo_act, lead_id, VIKTOR, POLICY, house.now) == Undone("transferred")
    assert (await house.lead(lead_id)).owner_id == await house.teammate(ANNA)
    assert await house.told(BORIS.telegram_id) == ["told.lead_transferred"]


async def test_who_may_not_and_to_whom_not(house: House) -> None:
    lead_id = await house.owned_lead()
    maria = await house.teammate(MARIA)
    assert await house.do(ask_colleague, lead_id, BORIS, POLICY, house.now) == NotYours("Анна")
    assert await house.do(ask_transfer_note, lead_id, maria, ANNA, POLICY, house.now) == Gone()
    assert await house.do(transfer_without_note, lead_id, ANNA, POLICY, house.now) == NotAsked()
    await house.wins(ANNA, lead_id)
    assert await house.do(ask_colleague, lead_id, ANNA, POLICY, house.now) == TooLate(Status.WON)


async def test_given_once_however_many_tap(house: House) -> None:
    lead_id = await house.owned_lead()
    await chooses_boris(house, lead_id)
    await asyncio.gather(
        *(house.do(transfer_without_note, lead_id, ANNA, POLICY, house.now) for _ in range(4)),
        house.do(release_lead, lead_id, ANNA, POLICY, house.now),
    )
    events = await house.events(lead_id)
    assert events.count("transferred") + events.count("released") == 1
    lead = await house.lead(lead_id)
    expected = (await house.teammate(BORIS)) if "transferred" in events else None
    assert lead.owner_id == expected
