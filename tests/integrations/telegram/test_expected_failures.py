"""Each way in which Telegram refuses, end to end: what happens then, and who is told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.storage.store import Store
from bot.storage.tables import leads, messages
from bot.use_cases.bind_chats import bind_purpose
from integrations.telegram.sandbox.client import Json
from tests.integrations.telegram.office import Office, open_office


@pytest.fixture
async def office(store: Store, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(store, tmp_path) as opened:
        yield opened


@pytest.fixture
async def forum(store: Store, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(store, tmp_path, topics=True) as opened:
        yield opened


async def refused(office: Office, text: str) -> list[Json]:
    return [call for call in await office.sandbox.calls() if text in str(call["answer"])]


async def answers(office: Office, relayed: Json, text: str) -> int:
    return await office.sandbox.send(office.anna, office.anna, text, reply_to=relayed["message_id"])


async def until_told(office: Office, answer: int, why: str) -> None:
    """Anna reads under her own words that they did not arrive; they carry no tick and are not called sent."""
    told = await office.sees(office.anna, why, after=answer)
    assert told["reply_to_message"]["message_id"] == answer
    (message,) = [row for row in await office.outbound() if row.external_id == str(answer)]
    assert message.status == "failed" and message.sent_at is None
    (own,) = await office.sandbox.messages(office.anna, after=answer - 1, limit=1)
    assert not own.get("reactions")


async def test_message_is_not_modified(office: Office) -> None:
    person, relayed = await office.has_talk()
    (words,) = [m for m in await office.sandbox.messages(person) if m.get("text") == "Почём кухня?"]
    same = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
    await office.sandbox.faults("error", "editMessageText", office.anna, code=400, description=same)
    await office.sandbox.edit(person, person, words["message_id"], "Почём две?")
    await office.until_promised("relay_edit", 0)
    await office.until_quiet()
    assert {item.status for item in await office.items()} == {"done"}
    assert "Почём две?" not in await office.said(office.anna, after=relayed["message_id"])


async def test_message_to_edit_not_found_shows_the_card_anew(office: Office) -> None:
    person, card = await office.has_lead()
    await office.sandbox.delete(office.chief, office.sales, card["message_id"])
    await office.sandbox.send(person, person, "И ещё шкаф")
    anew = await office.sees(office.sales, "И ещё шкаф")
    assert anew["message_id"] > card["message_id"] and await refused(office, "message to edit not found")
    await office.sandbox.tap(office.anna, office.sales, anew["message_id"], "Беру")
    await office.sees(office.sales, "Ведёт Анна")


async def test_message_to_copy_not_found_sends_what_is_stored(office: Office) -> None:
    person, relayed = await office.has_talk()
    office.sends = False
    words = await office.sandbox.send(person, person, "Передумал")
    photo = await office.sandbox.send_photo(person, person, caption="Вот план")
    await office.until_promised("relay", 2)
    for message in (words, photo):
        await office.sandbox.delete(person, person, message)
    office.sends = True
    after = relayed["message_id"]
    await office.sees(office.anna, "Передумал", after=after)
    plan = await office.sees(office.anna, "Вот план", after=after)
    assert plan["photo"] and len(await refused(office, "message to copy not found")) == 2


async def test_an_answer_deleted_before_it_was_copied_goes_as_stored(office: Office) -> None:
    person, relayed = await office.has_talk()
    office.sends = False
    answer = await answers(office, relayed, "От 90 000")
    await office.until_promised("answer")
    await office.sandbox.delete(office.anna, office.anna, answer)
    office.sends = True
    await office.sees(person, "От 90 000")


async def test_an_album_of_which_a_part_is_gone_arrives_whole(office: Office) -> None:
    person, _ = await office.has_talk()
    office.sends = False
    album = await office.sandbox.send_album(person, person, [None, None, None], "Три вида")
    await office.until_stored(4)
    await office.sandbox.delete(person, person, album[1])
    office.sends = True
    await office.sandbox.advance(2)

    async def three() -> bool:
        return len([words for words in await office.said(office.anna) if words in ("Три вида", "[photo]")]) == 3

    await office.until(three)
    await office.until_quiet()
    assert await three()


async def test_the_late_part_of_an_album_follows_alone(office: Office) -> None:
    person, relayed = await office.has_talk()
    album = str(await office.sandbox.act("new_album"))
    answer = {"reply_to": relayed["message_id"], "album": album}
    for _ in range(2):
        await office.sandbox.send_photo(office.anna, office.anna, **answer)
        await office.sandbox.send_photo(person, person, album=album + "c")
    await office.until_stored(5)
    await office.sandbox.advance(2)
    await office.until_quiet()
    await office.sandbox.send_photo(office.anna, office.anna, **answer)
    await office.sandbox.send_photo(person, person, album=album + "c")
    await office.until_stored(7)
    await office.sandbox.advance(2)
    await office.until_quiet()
    for chat in (person, office.anna):
        assert (await office.said(chat)).count("[photo]") == 3
    assert {row.status for row in await office.outbound()} == {"sent"}


async def test_bot_was_blocked_by_the_customer(office: Office) -> None:
    person, relayed = await office.has_talk()
    await office.sandbox.block(person)
    answer = await answers(office, relayed, "Вы тут?")
    await until_told(office, answer, "клиент заблокировал бота")


async def test_a_whole_album_that_failed_is_told_once(office: Office) -> None:
    person, relayed = await office.has_talk()
    await office.sandbox.block(person)
    await office.sandbox.send_album(office.anna, office.anna, [None, None, None], reply_to=relayed["message_id"])

    await office.until_stored(4)
    await office.sandbox.advance(2)
    await office.sees(office.anna, "Не доставлено")
    await office.until_quiet()
    assert len([words for words in await office.said(office.anna) if "Не доставлено" in words]) == 1
    assert [row.status for row in await office.outbound()] == ["failed"] * 3


async def test_whatever_else_telegram_has_against_an_answer_is_told(office: Office) -> None:
    _, relayed = await office.has_talk()
    await office.sandbox.faults("error", "copyMessage", code=400, description="Bad Request: VOICE_MESSAGES_FORBIDDEN")
    answer = await answers(office, relayed, "Слышно?")
    await until_told(office, answer, "Не доставлено")


async def test_who_never_opened_the_bot_gets_all_when_he_does(store: Store, tmp_path: Path) -> None:
    async with open_office(store, tmp_path) as office:
        oleg = await office.sandbox.create("Олег")
        await office.sandbox.join(oleg, office.sales)
        person, card = await office.has_lead()
        query = await office.sandbox.tap(oleg, office.sales, card["message_id"], "Беру")
        assert "?start=lead_" in (await office.sandbox.answer(query))["url"]
        await office.sandbox.send(person, person, "Вы где?")
        await office.sees(office.sales, "Ведёт Олег")
        await office.until_quiet()
        assert not await office.said(oleg)
        await office.sandbox.start(oleg, "lead_1")
        await office.sees(oleg, "Вы где?")
        assert not await refused(office, "can't initiate")  # it was never even tried


async def test_a_teammate_who_blocked_the_bot_gets_all_when_he_lets_it_in_again(office: Office) -> None:
    person, relayed = await office.has_talk()
    await office.sandbox.block(office.anna)
    await office.sandbox.send(person, person, "Ау!")
    await office.sandbox.send(person, person, "Ответьте!")
    await office.until_quiet()
    await office.sandbox.unblock(office.anna)
    await office.sees(office.anna, "Ау!", after=relayed["message_id"])
    await office.sees(office.anna, "Ответьте!")


@pytest.mark.parametrize("told_first", [True, False])
async def test_a_chat_that_became_a_supergroup_is_followed(store: Store, tmp_path: Path, told_first: bool) -> None:
    async with open_office(store, tmp_path) as office:
        group = await office.sandbox.create_group("Малая", members=[office.anna], admins=[office.chief], kind="group")
        await store.write(bind_purpose, "sales", group, None, office.clock.now())
        office.sends = False
        person = await office.sandbox.create("Иван")
        await office.sandbox.start(person, "yandex")
        await office.sandbox.send(person, person, "Почём кухня?")
        await office.until_promised("card")
        if not told_first:
            await office.sandbox.hold_updates(10, 3)
        big = await office.sandbox.migrate(group)
        office.sends = True
        await office.sees(big, "Иван")
        await office.until_quiet()
        assert len(await office.said(big)) == 1
        if not told_first:
            assert await refused(office, "upgraded to a supergroup")


async def test_a_chat_that_threw_the_bot_out_waits_and_its_people_are_told_once(office: Office) -> None:
    await office.sandbox.set_bot_member(office.sales, "kicked")
    for number in range(3):
        person = await office.sandbox.create(f"Иван {number}")
        await office.sandbox.start(person, "yandex")
        await office.sandbox.send(person, person, "Почём кухня?")
    await office.sees(office.marketing, "больше нет в чате")
    await office.until_promised("card", 3)
    await office.until_quiet()
    assert len([words for words in await office.said(office.marketing) if "больше нет в чате" in words]) == 1
    await office.sandbox.set_bot_member(office.sales, "administrator")
    for _ in range(12):  # an hour of trying has used nothing up
        await office.sandbox.advance(301)
        await office.until_quiet()
    for number in range(3):
        await office.sees(office.sales, f"Иван {number}")


async def test_not_enough_rights_is_told_to_who_can_give_them(forum: Office) -> None:
    await forum.sandbox.set_bot_member(forum.sales, "administrator", {"can_manage_topics": False})
    _, card = await forum.has_lead()
    await forum.sandbox.tap(forum.anna, forum.sales, card["message_id"], "Беру")
    await forum.sees(forum.marketing, "не хватает прав")
    await forum.sandbox.set_bot_member(forum.sales, "administrator")
    await forum.sandbox.advance(301)
    await forum.sees(forum.sales, "Почём кухня?", predicate=lambda m: m["text"] == "Почём кухня?")


async def test_a_deleted_topic_is_built_anew_and_nothing_that_waited_is_lost(forum: Office) -> None:
    person, relayed = await forum.has_talk()
    thread = relayed["message_thread_id"]
    forum.sends = False
    for number in range(15):
        await forum.sandbox.send(person, person, f"Вопрос {number}")
    await forum.until_promised("relay", 15)
    await forum.sandbox.delete_topic(forum.chief, forum.sales, thread)
    forum.sends = True
    last = await forum.sees(forum.sales, "Вопрос 14")
    assert last["message_thread_id"] != thread
    said = await forum.said(forum.sales, thread=last["message_thread_id"])
    assert [words for words in said if words.startswith("Вопрос")] == [f"Вопрос {number}" for number in range(15)]


async def test_a_closed_topic_is_opened_again(forum: Office) -> None:
    person, relayed = await forum.has_talk()
    await forum.sandbox.close_topic(forum.chief, forum.sales, relayed["message_thread_id"])
    await forum.sandbox.faults("error", "copyMessage", code=400, description="Bad Request: TOPIC_CLOSED")
    await forum.sandbox.send(person, person, "Ещё вопрос")
    again = await forum.sees(forum.sales, "Ещё вопрос", after=relayed["message_id"])
    assert again["message_thread_id"] == relayed["message_thread_id"]


async def test_a_topic_that_somebody_opened_meanwhile_costs_no_message(forum: Office) -> None:
    person, relayed = await forum.has_talk()
    await forum.sandbox.faults("error", "copyMessage", code=400, description="Bad Request: TOPIC_CLOSED")
    await forum.sandbox.faults("error", "reopenForumTopic", code=400, description="Bad Request: TOPIC_NOT_MODIFIED")
    await forum.sandbox.send(person, person, "Ещё вопрос")
    await forum.sees(forum.sales, "Ещё вопрос", after=relayed["message_id"])


async def test_what_is_said_in_a_lost_topic_reaches_the_teammate_elsewhere(forum: Office) -> None:
    person, relayed = await forum.has_talk()
    await forum.sandbox.block(person)
    await forum.sees(forum.sales, "бот у клиента заблокирован")
    await forum.sandbox.faults("error", "sendMessage", code=400, description="Bad Request: message thread not found")
    place = {"thread": relayed["message_thread_id"], "reply_to": relayed["message_id"]}
    await forum.sandbox.send(forum.anna, forum.sales, "Вы тут?", **place)
    told = await forum.sees(forum.sales, "Не доставлено")
    assert told.get("message_thread_id") is None


async def test_a_refused_entity_goes_as_plain_text(office: Office) -> None:
    text = "Bad Request: can't parse entities: Unsupported start tag"
    await office.sandbox.faults("error", "sendMessage", office.sales, code=400, description=text)
    _, card = await office.has_lead("Иван <b>", "5 < 6 & 7")
    assert "Иван <b>" in card["text"] and "5 < 6 & 7" in card["text"] and "&lt;" not in card["text"]
    assert not card.get("entities")


async def test_a_proxys_page_is_no_word_of_telegram(office: Office) -> None:
    await office.sandbox.faults("bad_gateway", "sendMessage", office.sales, count=2)
    await office.has_lead()
    await office.until_quiet()
    assert len(await office.said(office.sales)) == 1


async def test_a_page_after_the_effect_repeats_at_most_that_call(office: Office) -> None:
    await office.sandbox.faults("cut_after", "sendMessage", office.sales)
    _, first = await office.has_lead()
    await office.until_quiet()
    cards = await office.sandbox.messages(office.sales, from_bot=True, deleted=False)
    assert len(cards) == 2
    query = await office.sandbox.tap(office.anna, office.sales, first["message_id"], "Беру")
    assert "Ваш лид" in (await office.sandbox.answer(query))["text"]
    await office.until_quiet()
    assert len(await office.said(office.sales)) == 1  # the repeat was recognised at the tap


async def test_429_is_waited_for_there_and_nowhere_else(office: Office) -> None:
    more: Json = {"code": 429, "description": "Too Many Requests: retry after 900", "parameters": {"retry_after": 900}}
    await office.sandbox.faults("error", "sendMessage", office.sales, **more)
    person = await office.sandbox.create("Иван")
    await office.sandbox.start(person, "yandex")
    await office.sandbox.send(person, person, "Почём кухня?")
    await office.sees(person, "Здравствуйте")
    place = f"telegram:{office.sales}"

    async def rests() -> bool:
        return place in office.delivery.resting

    await office.until(rests)
    assert office.delivery.resting[place] == pytest.approx(900, abs=10) and office.delivery.reachable()
    assert not await office.said(office.sales)
    await office.sandbox.advance(901)
    await office.sees(office.sales, "Иван")


async def test_a_voice_that_its_reader_does_not_accept_is_at_least_told(office: Office) -> None:
    person, _ = await office.has_talk()
    for method in ("copyMessage", "sendVoice"):
        await office.sandbox.faults("error", method, code=400, description="Bad Request: VOICE_MESSAGES_FORBIDDEN")
    await office.sandbox.send_voice(person, person)
    await office.sees(office.anna, "Голосовое")


async def test_a_correction_that_cannot_be_made_in_place_is_made_anew(office: Office) -> None:
    person, relayed = await office.has_talk()
    await office.sandbox.delete(office.anna, office.anna, relayed["message_id"])
    (words,) = [m for m in await office.sandbox.messages(person) if m.get("text") == "Почём кухня?"]
    await office.sandbox.edit(person, person, words["message_id"], "Почём ДВЕ кухни?")
    await office.sees(office.anna, "Почём ДВЕ кухни?", after=relayed["message_id"])


async def test_who_has_lost_the_lead_says_nothing_more_and_is_told(office: Office) -> None:
    person, relayed = await office.has_talk()
    office.sends = False
    await answers(office, relayed, "Секунду")
    await office.until_promised("answer")

    def taken_away(tx: object) -> None:
        tx.execute(update(leads).values(owner_id=None, status="offered"))  # type: ignore[attr-defined]

    await office.store.write(taken_away)
    office.sends = True
    await office.sees(office.anna, "Клиент этого не увидит")
    assert "Секунду" not in await office.said(person)
    assert [row.status for row in await office.outbound()] == ["failed"]


async def test_a_stranger_who_writes_when_the_roster_is_refused_keeps_nobody_out(office: Office) -> None:
    """A refusal about a chat is no word about a person: Anna keeps her leads."""
    _, _ = await office.has_talk()
    await office.sandbox.advance(timedelta(hours=2).total_seconds())
    await office.sandbox.faults("error", "getChatMember", code=400, count=4, description="Bad Request: chat not found")
    asked = await office.sandbox.send(office.anna, office.anna, "/my")
    await office.sees(office.anna, "Иван", after=asked)
    owner = await office.store.read(lambda tx: tx.scalar(leads.select().with_only_columns(leads.c.owner_id)))
    calls = await office.sandbox.calls(method="getChatMember")
    assert owner is not None and "fault: error" in [call["answer"] for call in calls]


async def test_every_answer_is_ticked_or_told(office: Office) -> None:
    """A teammate never reads "sent" when it was not, whatever Telegram says to each of them."""
    person, relayed = await office.has_talk()
    ways = ["", "Bad Request: MESSAGE_TOO_LONG", "Bad Request: something new", "Forbidden: user is deactivated"]
    for way in ways:
        if way:
            code = 403 if way.startswith("Forbidden") else 400
            await office.sandbox.faults("error", "copyMessage", person, code=code, description=way)
        answer = await answers(office, relayed, f"Ответ {way}")
        if way:
            await until_told(office, answer, "Не доставлено")
        else:
            await office.sees(person, "Ответ")
        await office.until_quiet()
    rows = await office.outbound()
    assert [row.status for row in rows] == ["sent", "failed", "failed", "failed"]
    assert (
        await office.store.read(lambda tx: tx.scalar(messages.select().where(messages.c.status == "pending"))) is None
    )
