"""What a visitor of a site says and is shown, unit by unit."""

import asyncio
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.domain.messages import Consent, Direction, InboundMessage, MessageStatus, Sender, Touch
from bot.locales import Texts
from bot.ports import OutboxItem
from bot.storage.messages import add_copy
from bot.storage.store import Tx
from bot.storage.tables import channel_identities, consents, contacts, outbox, touches
from bot.storage.window import Seen, Standing, add_line, conversation_with, lines_after, newest_news
from bot.use_cases.forget_contact import forget
from bot.use_cases.show_in_window import (
    read_in_window,
    receive_from_window,
    show_in_window,
    type_in_window,
    waiting_told,
)
from tests.storage.scan import cells_with
from tests.use_cases.house import ANNA, BORIS, POLICY, House

VISITOR = "Vis1torVis1torVis1tor0"
PHONE = "+79165550142"
MOSCOW = ZoneInfo("Europe/Moscow")


def said(house: House, text: str, number: str, **more: Any) -> InboundMessage:
    sender = Sender(VISITOR, "Ольга", language="ru", phone=more.pop("phone", None), unproven=True)
    return InboundMessage("webchat", sender, f"webchat:{VISITOR}", number, house.now, text=text, **more)


async def says(house: House, text: str = "Сколько стоит кухня?", number: str = "m-1", **more: Any) -> str:
    return await house.do(receive_from_window, said(house, text, number, **more), house.policy, house.now)


async def shown(house: House, after: int = 0) -> Seen:
    """All promises to the visitor are carried out; the lines of his window."""
    texts = Texts("ru", MOSCOW)

    def unit(tx: Tx) -> None:
        due = sa.select(outbox).where(outbox.c.status == "pending", outbox.c.destination == f"webchat:{VISITOR}")
        for row in tx.execute(due.order_by(outbox.c.id)).mappings().all():
            item = OutboxItem(**{name: row[name] for name in OutboxItem.__dataclass_fields__})
            show_in_window(tx, item, texts, house.policy, house.now)

    await house.do(unit)
    return await house.store.read(lines_after, "webchat", VISITOR, after)


async def eyes(house: House) -> list[int]:
    """Under which of Anna's messages it stands that they were seen."""
    seen = sa.select(outbox.c.payload).where(outbox.c.kind == "react").order_by(outbox.c.id)
    return [payload["message"] for payload in await house.store.read(lambda tx: list(tx.scalars(seen)))]


async def lead_of(house: House) -> int:
    (message,) = [m for m in await house.messages(direction="inbound") if m.external_id == "m-1"]
    assert message.lead_id is not None
    return message.lead_id


async def test_said_once_acknowledged_and_answered_by_name(house: House) -> None:
    touch = Touch(source="yandex", landing_page="https://shop.example")
    ticked = Consent("v1", "webchat", "Даю согласие")
    for _ in range(3):
        assert await says(house, touch=touch, consents=(ticked,)) == "m-1"
    assert (await shown(house)).lines[0].text == "Сколько стоит кухня?"
    assert (await house.store.read(lambda tx: tx.execute(sa.select(consents.c.words, consents.c.purpose)).all())) == [
        ("Даю согласие", "personal_data")
    ]
    assert await house.store.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(touches))) == 1

    lead_id = await lead_of(house)
    await house.claims(ANNA, lead_id)
    await house.says_to_bot(ANNA, "Здравствуйте! От 90 000", message_id=77)
    lines = (await shown(house)).lines
    assert [line.number for line in lines] == [1, 2, 3, 4]
    assert "Анна" in lines[2].text and lines[2].direction is None
    assert (lines[3].text, lines[3].direction, lines[3].author) == (
        "Здравствуйте! От 90 000",
        Direction.OUTBOUND,
        "Анна",
    )
    (answer,) = await house.messages(direction="outbound")
    assert answer.status is MessageStatus.SENT
    assert (await house.lead(lead_id)).waiting_since is None

    await house.do(read_in_window, "webchat", VISITOR, 3, POLICY, house.now)
    assert await eyes(house) == []
    for _ in range(2):
        await house.do(read_in_window, "webchat", VISITOR, 99, POLICY, house.now)
    assert await eyes(house) == [77]

    assert await house.corrects(ANNA, 77, "От 95 000")
    (edit,) = (await shown(house, after=4)).lines
    assert (edit.number, edit.message_id, edit.text) == (5, answer.id, "От 95 000") and edit.edited_at is not None


async def test_who_has_lost_the_lead_says_nothing_more(house: House) -> None:
    await says(house)
    lead_id = await lead_of(house)
    await house.claims(ANNA, lead_id)
    await house.says_to_bot(ANNA, "Секрет")
    await house.leaves(ANNA)
    await house.claims(BORIS, lead_id)
    assert not [line for line in (await shown(house)).lines if line.direction is Direction.OUTBOUND]
    (answer,) = await house.messages(direction="outbound")
    assert answer.status is MessageStatus.FAILED


async def test_a_typed_phone_joins_a_visitor_to_nobody(house: House) -> None:
    """He reads our answers: whoever types another person's phone must not come into that conversation."""
    known = await house.writes("Иван", f"Мой номер {PHONE}")
    await says(house, phone=PHONE)
    assert await lead_of(house) != known.lead_id
    both = sa.select(contacts.c.id).where(contacts.c.phone == PHONE)
    assert len(await house.store.read(lambda tx: tx.execute(both).all())) == 2


async def test_lines_have_no_gaps_when_all_come_at_once(house: House) -> None:
    await says(house)

    def more(tx: Tx, number: int) -> int:
        talk = conversation_with(tx, "webchat", VISITOR)
        assert talk is not None
        return add_line(tx, talk, house.now, text=str(number))

    taken = await asyncio.gather(*(house.do(more, number) for number in range(4)))
    assert sorted(taken) == [2, 3, 4, 5]
    assert [line.number for line in await _lines(house)] == [1, 2, 3, 4, 5]


async def _lines(house: House) -> Any:
    return (await house.store.read(lines_after, "webchat", VISITOR, 0)).lines


async def test_forgotten_he_leaves_nothing_and_begins_anew(house: House) -> None:
    await says(house, phone=PHONE)
    await house.claims(ANNA, await lead_of(house))
    await house.says_to_bot(ANNA, "Здравствуйте!")
    await shown(house)
    other = await house.writes("Иван")  # somebody else's promises stand in the outbox too
    contact = sa.select(channel_identities.c.contact_id).where(channel_identities.c.external_id == VISITOR)
    contact_id = await house.store.read(lambda tx: tx.scalar(contact))
    assert contact_id is not None
    await forget(house.store, contact_id, house.now)
    assert await house.store.read(cells_with, [VISITOR, PHONE, "Ольга", "Здравствуйте!"]) == []
    assert await house.store.read(lines_after, "webchat", VISITOR, 4) == Seen((), anew=True)
    await says(house, "Это снова я", "m-2")
    assert [line.number for line in await _lines(house)] == [1]
    assert other.lead_id is not None
    assert await forget(house.store, (await house.lead(other.lead_id)).contact_id, house.now) is not None


async def test_the_time_told_is_that_of_the_acknowledgement(house: House) -> None:
    texts = Texts("en", MOSCOW)
    is_open, words = await house.store.read(waiting_told, texts, POLICY, house.now)
    assert is_open and words == texts.plain("wait.minutes", count=45)


async def standing(house: House) -> Standing:
    return (await house.store.read(lines_after, "webchat", VISITOR, 0)).standing


async def test_how_far_his_words_have_come(house: House) -> None:
    await says(house)
    assert await standing(house) == Standing()
    await house.delivers()
    assert await standing(house) == Standing(shown=1)

    house.clock.advance(seconds=30)
    await says(house, "И когда?", "m-2")
    assert await standing(house) == Standing(shown=1)
    before = await house.store.read(newest_news, "webchat", 50)
    await house.claims(ANNA, await lead_of(house))
    assert await standing(house) == Standing(shown=1, owner="Анна")
    second = (await house.messages(external_id="m-2"))[0]
    await house.do(add_copy, second.id, "telegram:1:101", "900")
    assert await standing(house) == Standing(shown=2, owner="Анна")
    after = await house.store.read(newest_news, "webchat", 50)
    assert {kind for kind, _ in after.keys() - before.keys()} == {"event", "copy"} and set(after.values()) == {VISITOR}

    await house.says_to_bot(ANNA, "Здравствуйте!")
    await shown(house)
    assert (await standing(house)).owner is None, "nothing waits for her any more"


async def typing(house: House) -> list[str]:
    await house.do(type_in_window, "webchat", VISITOR, house.now)
    return [item.destination for item in await house.promised("typing")]


async def test_the_owner_alone_sees_that_he_writes(house: House) -> None:
    assert await typing(house) == []
    await says(house)
    assert await typing(house) == []
    await house.claims(ANNA, await lead_of(house))
    assert await typing(house) == ["telegram:101"]
    assert await typing(house) == ["telegram:101"], "one promise, however long he writes"
    await house.forgets_promises()
    await house.releases(ANNA, await lead_of(house))
    assert await typing(house) == []


async def test_a_group_has_no_calls_to_spare_for_typing(house: House) -> None:
    house.policy = replace(POLICY, conversations="topics")
    await says(house)
    await house.claims(ANNA, await lead_of(house))
    assert await typing(house) == []
