"""What visitors attach is kept within bounds, and nothing is dropped before Telegram has it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.messages import MessageKind
from bot.storage.messages import learn_file
from bot.storage.store import Tx
from bot.storage.tables import channel_identities, messages, uploads
from bot.storage.uploads import Upload
from bot.use_cases import keep_upload as bounds
from bot.use_cases.export_person import export_person
from bot.use_cases.forget_contact import forget
from bot.use_cases.keep_upload import NoRoom, keep_upload
from bot.use_cases.show_in_window import receive_from_window
from scheduler.pruning import UNSAID_KEPT, UPLOADS_KEPT, PruningJob
from tests.storage.scan import cells_with
from tests.use_cases.house import House
from tests.use_cases.test_show_in_window import VISITOR, said

CONTENT = b"%PDF-" + bytes(95)


async def keeps(
    house: House, number: str = "f-1", visitor: str = VISITOR, most: int = 1_000, content: bytes = CONTENT
) -> Upload | NoRoom:
    address, name = f"webchat:{visitor}", f"{number}.pdf"
    mime, kind = "application/pdf", MessageKind.DOCUMENT
    return await house.do(keep_upload, address, number, kind, name, mime, content, most, house.now)


async def says(house: House, number: str) -> int:
    """The message that goes with the file of the same number."""
    await house.do(receive_from_window, said(house, "", number), house.policy, house.now, number)
    (message,) = await house.messages(external_id=number)
    return message.id


async def kept(house: House) -> list[str]:
    return await house.store.read(lambda tx: list(tx.scalars(sa.select(uploads.c.external_id).order_by(uploads.c.id))))


async def test_brought_twice_at_once_it_is_one_file_of_one_message(house: House) -> None:
    first, *others = await asyncio.gather(*(keeps(house) for _ in range(4)))
    assert isinstance(first, Upload) and all(other == first for other in others)
    message_id = await says(house, "f-1")
    (message,) = await house.messages(id=message_id)
    assert message.kind is MessageKind.DOCUMENT
    assert message.file == {"id": "", "name": "f-1.pdf", "mime": "application/pdf", "size": 100, "upload": first.id}


async def test_nobody_says_with_the_file_of_another(house: House) -> None:
    await keeps(house, visitor="Somebody0Somebody0Some")
    await house.do(receive_from_window, said(house, "Смотрите", "f-1"), house.policy, house.now, "f-1")
    (message,) = await house.messages(external_id="f-1")
    assert (message.kind, message.file) == (MessageKind.TEXT, {})


async def test_what_telegram_has_makes_room_and_what_it_has_not_stays(house: House) -> None:
    for number in ("f-1", "f-2", "f-3"):
        await keeps(house, number, most=300)
    first, second = await says(house, "f-1"), await says(house, "f-2")
    assert await keeps(house, "f-4", most=300) == NoRoom(own=False)
    for message_id in (second, first):
        await house.do(learn_file, message_id, MessageKind.DOCUMENT, "tg")
    assert isinstance(await keeps(house, "f-4", most=300), Upload)
    assert await kept(house) == ["f-2", "f-3", "f-4"]
    (message,) = await house.messages(id=first)
    assert message.file["id"] == "tg"


async def test_one_visitor_fills_his_own_day_only(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_A_DAY", 3)
    for number in range(3):
        await keeps(house, f"f-{number}")
    assert await keeps(house, "f-9") == NoRoom(own=True)
    assert isinstance(await keeps(house, "f-1"), Upload)  # one that is here already is no new one
    assert isinstance(await keeps(house, "f-9", visitor="Somebody0Somebody0Some"), Upload)
    monkeypatch.setattr(bounds, "MOST_BYTES_A_DAY", 150)
    assert await keeps(house, "f-8", visitor="Somebody0Somebody0Some") == NoRoom(own=True)
    house.clock.advance(days=1, seconds=1)
    assert isinstance(await keeps(house, "f-9"), Upload)


async def test_what_nobody_said_goes_after_a_day_and_the_rest_when_it_is_old(house: House) -> None:
    await keeps(house, "f-1")
    await keeps(house, "f-2")
    await says(house, "f-1")
    job = PruningJob(house.store, house.clock.now)
    for passed, left in (
        (UNSAID_KEPT, ["f-1", "f-2"]),
        (timedelta(seconds=1), ["f-1"]),
        (UPLOADS_KEPT - UNSAID_KEPT - timedelta(seconds=1), ["f-1"]),
        (timedelta(seconds=1), []),
    ):
        house.clock.time += passed
        await job.run()
        assert await kept(house) == left
    assert await house.store.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(messages))) == 1


async def test_exported_by_what_they_are_and_forgotten_with_what_is_in_them(house: House) -> None:
    await keeps(house, "f-1", content=b"%PDF- Lesnaya 5")
    await keeps(house, "f-2", content=b"%PDF- unsaid")
    inbound = replace(said(house, "Вот план", "f-1"))
    await house.do(receive_from_window, inbound, house.policy, house.now, "f-1")

    def contact(tx: Tx) -> int:
        own = channel_identities.c.external_id == VISITOR
        return int(tx.execute(sa.select(channel_identities.c.contact_id).where(own)).scalar_one())

    contact_id = await house.store.read(contact)
    told = await house.store.read(export_person, contact_id)
    assert told is not None
    assert [(file["name"], file["size"]) for file in told["files"]] == [("f-1.pdf", 15), ("f-2.pdf", 12)]
    assert all("content" not in file for file in told["files"])
    await forget(house.store, contact_id, house.now)
    assert await kept(house) == []
    assert await house.store.read(cells_with, [VISITOR, "f-1.pdf", "Lesnaya"]) == []
