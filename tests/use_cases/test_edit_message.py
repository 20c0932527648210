"""Corrections on either side: the old text is kept, and nobody speaks by them who may not speak."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.errors import EditBeforeMessageError
from bot.domain.messages import MessageKind, MessageStatus
from bot.storage.tables import contacts, message_versions
from bot.use_cases.receive_message import Received, receive_message
from tests.use_cases.house import ANNA, BORIS, POLICY, House, address


async def versions(house: House) -> list[str]:
    statement = sa.select(message_versions.c.text).order_by(message_versions.c.id)
    return await house.store.read(lambda tx: list(tx.scalars(statement)))


async def edits(house: House) -> list[str]:
    texts = {message.id: message.text for message in await house.messages()}
    return [texts[item.payload["message"]] for item in await house.promised("answer_edit")]


async def test_a_customers_correction_reaches_the_owner_and_is_learned_from(house: House) -> None:
    said = house.says("Иван", "Кухню, пожалуйста")
    received = await house.do(receive_message, said, POLICY, house.now)
    assert isinstance(received, Received)
    await house.claims(ANNA, received.lead_id)
    await house.edits(said, "Кухню, пожалуйста. 89161234567")
    (item,) = await house.promised("relay_edit")
    assert item.payload["message"] == received.message_id
    assert await versions(house) == ["Кухню, пожалуйста"]
    assert await house.store.read(lambda tx: tx.scalar(sa.select(contacts.c.phone))) == "+79161234567"


async def test_an_older_correction_that_comes_later_is_only_an_old_version(house: House) -> None:
    said = house.says("Иван", "Кухню")
    await house.do(receive_message, said, POLICY, house.now)
    newer, older = house.now + timedelta(seconds=20), house.now + timedelta(seconds=10)
    await house.edits(replace(said, edited_at=newer), "Кухню и шкаф")
    await house.edits(replace(said, edited_at=older), "Кухню и стол")
    assert [message.text for message in await house.messages()] == ["Кухню и шкаф"]
    assert await versions(house) == ["Кухню", "Кухню и стол"]


async def test_an_edit_that_changes_nothing_does_nothing(house: House) -> None:
    said = house.says("Иван", "Кухню")
    await house.do(receive_message, said, POLICY, house.now)
    await house.forgets_promises()
    await house.edits(said, "Кухню")
    assert (await versions(house), await house.promised()) == ([], [])


async def test_an_edit_waits_for_its_message_and_in_the_end_is_the_message(house: House) -> None:
    said = house.says("Иван", "Кухню")
    with pytest.raises(EditBeforeMessageError):
        await house.edits(said, "Кухню и шкаф")
    house.clock.advance(minutes=10)
    received = await house.edits(said, "Кухню и шкаф")
    assert isinstance(received, Received)
    assert [message.text for message in await house.messages()] == ["Кухню и шкаф"]


async def test_a_correction_after_release_goes_to_nobodys_desk(house: House) -> None:
    said = house.says("Иван", "Кухню")
    received = await house.do(receive_message, said, POLICY, house.now)
    assert isinstance(received, Received) and received.lead_id is not None
    await house.claims(ANNA, received.lead_id)
    await house.releases(ANNA, received.lead_id)
    await house.edits(said, "Шкаф")
    assert await house.promised("relay_edit") == []


async def test_an_answer_still_on_its_way_and_a_sent_one_are_both_followed(house: House) -> None:
    """Whether it has just been copied nobody knows; the correction comes after it, in the same lane."""
    await house.owned_lead()
    await house.says_to_bot(ANNA, "От 90 000", message_id=70)
    assert await house.corrects(ANNA, 70, "От 95 000")
    answer, edit = await house.promised("answer", "answer_edit")
    assert answer.lane == edit.lane
    assert await house.delivers() == ["От 95 000"]
    assert await house.corrects(ANNA, 70, "От 99 000")
    assert await edits(house) == ["От 99 000"]
    assert await versions(house) == ["От 90 000", "От 95 000"]


@pytest.mark.parametrize("text", ["// минимум 80 000", "\u200f// минимум 80 000", "/note минимум 80 000"])
async def test_edited_into_a_note_before_it_was_sent_it_stays_inside(house: House, text: str) -> None:
    await house.owned_lead()
    await house.says_to_bot(ANNA, "Минимум 80 000", message_id=70)
    assert not await house.corrects(ANNA, 70, text)
    assert await house.delivers() == []
    assert await house.notes() == ["минимум 80 000"]
    (message,) = await house.messages(direction="outbound")
    assert message.status is MessageStatus.FAILED


async def test_edited_into_a_note_after_it_was_sent_the_writer_is_told_so(house: House) -> None:
    await house.owned_lead()
    await house.says_to_bot(ANNA, "Минимум 80 000", message_id=70)
    await house.delivers()
    await house.corrects(ANNA, 70, "// минимум 80 000")
    assert await edits(house) == []
    assert await house.told(ANNA.telegram_id) == ["refused.note_too_late"]
    (message,) = await house.messages(direction="outbound")
    assert message.text == "Минимум 80 000"  # what the customer reads


async def test_a_note_that_loses_its_mark_is_still_no_answer(house: House) -> None:
    await house.owned_lead()
    await house.says_to_bot(ANNA, "// минимум 80 000", message_id=70)
    assert not await house.corrects(ANNA, 70, "минимум 80 000")
    assert await house.promised("answer", "answer_edit") == []


async def test_a_caption_may_become_empty_and_a_text_may_not(house: House) -> None:
    await house.owned_lead()
    await house.says_to_bot(ANNA, "Каталог", message_id=70, kind=MessageKind.PHOTO)
    assert await house.corrects(ANNA, 70, "")
    await house.says_to_bot(ANNA, "Текст", message_id=71)
    assert not await house.corrects(ANNA, 71, "")


async def test_who_gave_the_lead_away_corrects_nothing_more(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.says_to_bot(ANNA, "От 90 000", message_id=70)
    await house.delivers()
    await house.releases(ANNA, lead_id)
    await house.claims(BORIS, lead_id)
    assert not await house.corrects(ANNA, 70, "Купите у другой фирмы")
    assert await edits(house) == []
    assert await house.told(ANNA.telegram_id) == ["refused.not_yours"]


async def test_who_left_the_team_corrects_nothing_by_either_road(house: House) -> None:
    """His private chat with the bot is a customer's chat now."""
    await house.owned_lead()
    await house.says_to_bot(ANNA, "От 90 000", message_id=70)
    await house.delivers()
    await house.leaves(ANNA)
    await house.forgets_promises()
    assert not await house.corrects(ANNA, 70, "Ваши данные проданы")
    forged = replace(house.says("Анна", external_id="70"), chat=address(ANNA))
    assert await house.edits(forged, "Ваши данные проданы") is None
    assert (await house.promised(), await versions(house)) == ([], [])
