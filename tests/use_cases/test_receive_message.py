"""A customer writes: a lead, a score, and a human in front of whom it stands."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.leads import RejectReason, Status, WarmUpTerm
from bot.domain.messages import MessageKind, Sender, Touch
from bot.storage.store import Store
from bot.storage.tables import contacts, leads, messages, touches
from bot.use_cases.claim_lead import claim_lead
from bot.use_cases.hand_off_lead import hand_to_sales
from bot.use_cases.receive_message import AlreadyReceived, receive_message
from bot.use_cases.warm_up_lead import warm_up
from tests.conftest import MovableClock
from tests.use_cases.house import ANNA, BORIS, MARIA, MARKETING, POLICY, SALES, House

AUTUMN = Touch(source="yandex", campaign="autumn", offer="kitchen")


async def places(house: House) -> list[str]:
    return [item.payload["place"] for item in await house.promised("card")]


async def count(house: House, table: sa.Table) -> int | None:
    return await house.store.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(table)))


async def test_who_asks_stands_in_the_sales_chat_at_once(house: House) -> None:
    received = await house.writes("Иван", "Сколько стоит кухня? +7 916 123-45-67, ivan@mail.ru")
    lead = await house.lead(received.lead_id)
    assert (lead.status, lead.owner_id, lead.first_inbound_at, lead.waiting_since) == (
        Status.OFFERED,
        None,
        house.now,
        house.now,
    )
    assert await house.events(lead.id) == ["created", "scored", "handed_off", "promised"]
    assert await places(house) == ["sales"]
    assert [item.destination for item in await house.promised("greet")] == [f"telegram:{house.customer('Иван')}"]
    contact = await house.store.read(lambda tx: tx.execute(sa.select(contacts)).one())
    assert (contact.name, contact.phone, contact.email) == ("Иван", "+79161234567", "ivan@mail.ru")


async def test_who_is_not_ready_yet_but_writes_stands_before_marketing(house: House) -> None:
    lead = await house.lead((await house.shows_photo("Пётр")).lead_id)
    assert lead.status is Status.NURTURING
    assert [(item.payload["place"], item.destination) for item in await house.promised("card")] == [
        ("marketing", f"telegram:{MARKETING}")
    ]


async def test_without_a_marketing_chat_everybody_who_writes_is_for_sales(store: Store, clock: MovableClock) -> None:
    house = House(store, clock)
    await house.opens({"sales": SALES})
    lead = await house.lead((await house.shows_photo("Пётр")).lead_id)
    assert (lead.status, await places(house)) == (Status.OFFERED, ["sales"])


async def test_before_any_chat_is_bound_nothing_is_lost(store: Store, clock: MovableClock) -> None:
    house = House(store, clock)
    received = await house.writes("Иван")
    assert await house.promised("card") == []
    await house.opens()
    assert (await house.lead(received.lead_id)).status is Status.OFFERED
    assert await places(house) == ["sales"]


async def test_who_only_opens_the_bot_is_greeted_and_is_no_lead_yet(house: House) -> None:
    received = await house.starts("Иван")
    assert received.lead_id is None
    written = await house.writes("Иван", "Сколько стоит стол?")
    assert written.lead_id is not None


async def test_a_start_alone_calls_nobody(house: House) -> None:
    received = await house.starts("Иван", AUTUMN)
    lead = await house.lead(received.lead_id)
    assert (lead.status, lead.waiting_since) == (Status.NURTURING, None)
    assert await house.promised("card") == []
    assert await house.event(lead.id, "created") == {
        "channel": "telegram",
        "source": "yandex",
        "campaign": "autumn",
    }


async def test_the_first_touch_stays_and_the_last_one_moves(house: House) -> None:
    first = await house.starts("Иван", AUTUMN)
    house.clock.advance(hours=1)
    await house.writes("Иван")
    await house.starts("Иван", Touch(source="vk"))
    row = await house.store.read(lambda tx: tx.execute(sa.select(leads).where(leads.c.id == first.lead_id)).one())
    sources = dict(
        await house.store.read(lambda tx: [tuple(r) for r in tx.execute(sa.select(touches.c.id, touches.c.source))])
    )
    assert (sources[row.first_touch_id], sources[row.last_touch_id]) == ("yandex", "vk")


async def test_the_same_message_again_changes_nothing(house: House) -> None:
    said = house.says("Иван", "Здравствуйте")
    await house.do(receive_message, said, POLICY, house.now)
    before = await house.promised()
    assert await house.do(receive_message, said, POLICY, house.now) == AlreadyReceived()
    assert await house.promised() == before


async def test_two_first_messages_at_once_are_one_contact_and_one_lead(house: House) -> None:
    said = [house.says("Иван", f"Сообщение {n}") for n in range(12)]
    got = await asyncio.gather(*(house.do(receive_message, one, POLICY, house.now) for one in said))
    assert len({received.lead_id for received in got if not isinstance(received, AlreadyReceived)}) == 1
    for table, number in ((contacts, 1), (leads, 1), (messages, 12)):
        assert await count(house, table) == number


async def test_a_message_is_never_lost_between_the_chat_and_the_new_owner(house: House) -> None:
    """Whoever is first, the claim or the message: it is replayed to the owner or relayed to him."""
    for turn in range(8):
        name = f"Клиент {turn}"
        lead_id = (await house.writes(name)).lead_id
        assert lead_id is not None
        said = house.says(name, "и ещё вопрос")
        await asyncio.gather(
            house.do(receive_message, said, POLICY, house.now), house.do(claim_lead, lead_id, ANNA, POLICY, house.now)
        )
        relayed = [item.payload["message"] for item in await house.promised("relay") if item.payload["lead"] == lead_id]
        assert relayed == [message.id for message in await house.messages(lead_id=lead_id)]


async def test_the_owner_gets_every_word_and_the_parts_of_an_album_together(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.delivers()
    await house.writes("Иван", "Вот план")
    for part in range(3):
        await house.writes("Иван", "", kind=MessageKind.PHOTO, album_id="7", external_id=f"album {part}")
    text, album = await house.promised("relay")
    assert album.key == f"album:{lead_id}:{await house.teammate(ANNA)}:7"
    assert album.not_before == house.now + timedelta(seconds=1)
    assert text.lane == album.lane


async def test_the_customer_waits_from_the_oldest_unanswered_message_on(house: House) -> None:
    lead_id = (await house.writes("Иван")).lead_id
    first = house.now
    house.clock.advance(minutes=5)
    await house.writes("Иван", "Вы тут?")
    assert (await house.lead(lead_id)).waiting_since == first
    late = first - timedelta(minutes=1)
    await house.writes("Иван", "это было раньше", at=late)
    lead = await house.lead(lead_id)
    assert (lead.first_inbound_at, lead.waiting_since) == (late, late)


async def test_who_writes_to_marketing_again_gets_a_card_that_is_noticed(house: House) -> None:
    lead_id = (await house.shows_photo("Пётр")).lead_id
    assert lead_id is not None
    await house.delivers()
    old = await house.card(lead_id, "marketing")
    await house.shows_photo("Пётр")
    assert await house.promised("remove") == []  # in a burst the card is there already
    await house.do(lambda tx: tx.execute(leads.update().values(waiting_since=None)))
    house.clock.advance(days=7)
    await house.shows_photo("Пётр")
    (removed,) = await house.promised("remove")
    assert removed.payload == {"chat": MARKETING, "message": old}
    assert await house.card(lead_id, "marketing") is None
    assert "marketing" in await places(house)


async def test_a_lead_handed_over_again_is_a_new_message_in_the_sales_chat(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.delivers()
    old = await house.card(lead_id, "sales")
    await house.rejects(ANNA, lead_id)

    await house.do(warm_up, lead_id, WarmUpTerm.WEEK, MARIA, POLICY, house.now)
    assert await house.do(hand_to_sales, lead_id, MARIA, POLICY, house.now) is None
    assert old in [item.payload["message"] for item in await house.promised("remove")]


@pytest.mark.parametrize("name", ["<3", "\x00", "И" * 10_000, "\u202eкинжолат", "👩‍👩‍👧‍👦", "'; DROP TABLE leads; --"])
async def test_nobody_is_too_strange_to_be_served(house: House, name: str) -> None:
    sender = Sender("77", name, username=None)
    received = await house.writes(name, f"Хочу заказать \x00 {'ы' * 10_000}", sender=sender)
    assert (await house.lead(received.lead_id)).status is Status.OFFERED


async def test_automatic_words_come_once_a_day_and_never_into_a_live_talk(house: House) -> None:
    lead_id = (await house.writes("Иван")).lead_id
    await house.writes("Иван", "Ау")
    assert len(await house.promised("greet")) == 1
    await house.claims(ANNA, lead_id)
    await house.says_to_bot(ANNA, "Здравствуйте!")
    await house.delivers()
    house.clock.advance(days=2)
    await house.writes("Иван", "Спасибо")
    assert await house.promised("greet") == []


# Late words ----------------------------------------------------------------------------------------------------------


async def closed_lead(house: House) -> int:
    lead_id = await house.owned_lead()
    await house.delivers()
    await house.wins(ANNA, lead_id)
    await house.forgets_promises()
    house.clock.advance(hours=1)
    return lead_id


async def test_thank_you_opens_no_lead_and_reaches_the_former_owner(house: House) -> None:
    lead_id = await closed_lead(house)
    received = await house.writes("Иван", "Спасибо!")
    assert received.lead_id is None
    (relay,) = await house.promised("relay")
    assert (relay.destination, relay.payload["message"]) == (f"telegram:{ANNA.telegram_id}", received.message_id)
    (notice,) = await house.promised("say")
    assert notice.payload["buttons"] == [[["button.new_request", f"new:{lead_id}"]]]
    assert (await house.lead(lead_id)).waiting_since is None


async def test_several_late_words_are_one_notice(house: House) -> None:
    await closed_lead(house)
    for text in ("Спасибо!", "Всё отлично", "И ещё"):
        await house.writes("Иван", text)
        house.clock.advance(minutes=1)
    assert len(await house.promised("relay")) == 3
    assert await house.told(ANNA.telegram_id) == ["late_word"]
    house.clock.advance(hours=2)
    await house.writes("Иван", "А можно вторую?")
    assert await house.told(ANNA.telegram_id) == ["late_word", "late_word"]


async def test_who_left_the_team_reads_no_late_words_and_a_new_lead_opens(house: House) -> None:
    lead_id = await closed_lead(house)
    await house.leaves(ANNA)
    received = await house.writes("Иван", "Вы где?")
    assert received.lead_id not in (None, lead_id)
    assert (await house.lead(received.lead_id)).status is Status.OFFERED
    assert [item for item in await house.promised() if item.destination == f"telegram:{ANNA.telegram_id}"] == []


async def test_after_spam_messages_are_stored_and_nobody_is_pushed(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.delivers()
    await house.rejects(ANNA, lead_id, RejectReason.SPAM)
    await house.forgets_promises()
    received = await house.writes("Иван", "Казино!")
    assert received.lead_id is None
    assert await house.promised() == []
    assert (await house.events(lead_id)).count("late_word") == 1


async def test_after_72_hours_a_new_lead_opens(house: House) -> None:
    lead_id = await closed_lead(house)
    house.clock.advance(hours=72)
    received = await house.writes("Иван", "Хочу ещё одну")
    assert received.lead_id not in (None, lead_id)


async def test_a_new_lead_has_the_touch_that_brought_the_customer_back(house: House) -> None:
    lead_id = await closed_lead(house)
    await house.starts("Иван", Touch(source="vk", campaign="winter"))
    house.clock.advance(hours=72)
    received = await house.writes("Иван", "Хочу ещё одну")
    assert received.lead_id != lead_id
    assert await house.event(received.lead_id, "created") == {
        "channel": "telegram",
        "source": "vk",
        "campaign": "winter",
    }


async def test_a_colleague_who_taps_too_late_changes_nothing_of_it(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.do(claim_lead, lead_id, BORIS, POLICY, house.now)
    await house.delivers()
    await house.writes("Иван", "и ещё")
    (relay,) = await house.promised("relay")
    assert relay.destination == f"telegram:{ANNA.telegram_id}"
